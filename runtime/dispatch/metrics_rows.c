/* Metrics per contract: the rows of all segments, added up (metrics.h).
 *
 * All samples of a family stand together, so the rows are gathered and sorted by contract first,
 * and gone through once for each family. Names are copied out before they are compared: a segment
 * may change while it is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dispatch/call.h"
#include "dispatch/metrics_write.h"

/* A row of one segment, under its contract's name. */
struct row_ref {
  char name[ROW_NAME_BYTES];
  const struct metrics_row *row;
};

/* All rows of one contract, added up. */
struct row_sum {
  const char *name;
  struct metrics_row total;
};

struct row_sums {
  struct row_ref *refs;
  struct row_sum *items;
  size_t count;
};

static uint64_t rows_of(const struct metrics *metrics)
{
  uint64_t count = atomic_load_explicit(&metrics->row_count, memory_order_acquire);
  return count < ROWS_MAX ? count : ROWS_MAX;
}

static int compare_refs(const void *a, const void *b)
{
  return strcmp(((const struct row_ref *)a)->name, ((const struct row_ref *)b)->name);
}

/* Contracts are called like files. What is not can only be the work of a worker gone mad, which
 * must not make what the others counted illegible. */
static bool is_name(const char *name)
{
  for (const char *c = name; *c; c++)
    if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\' || *c == '(') return false;
  return name[0] != 0;
}

static const char none_name[] = "(none)", others_name[] = "(others)";

static struct row_ref ref_of(const char *name, const struct metrics_row *row)
{
  struct row_ref ref = {.row = row};
  memcpy(ref.name, name, strnlen(name, ROW_NAME_BYTES - 1));
  if (name != none_name && !is_name(ref.name)) memcpy(ref.name, others_name, sizeof others_name);
  return ref;
}

/* How many rows a segment has may have changed since there was room made for them. */
static size_t gather(const struct segments *segments, struct row_ref **refs)
{
  enum { ALWAYS = 2 };
  size_t rows_left = 0, count = 0;
  for (size_t i = 0; i < segments->count; i++) rows_left += rows_of(segment(segments, i));
  *refs = memory_new_array(rows_left + ALWAYS * segments->count + 1, sizeof **refs);
  for (size_t i = 0; i < segments->count; i++) {
    const struct metrics *metrics = segment(segments, i);
    uint64_t rows = rows_of(metrics);
    (*refs)[count++] = ref_of(none_name, &metrics->none);
    (*refs)[count++] = ref_of(others_name, &metrics->others);
    for (uint64_t row = 0; row < rows && rows_left > 0; row++, rows_left--)
      (*refs)[count++] = ref_of(metrics->rows[row].name, &metrics->rows[row]);
  }
  qsort(*refs, count, sizeof **refs, compare_refs);
  return count;
}

static void take_most(word *most, const word *value)
{
  if (word_read(value) > word_read(most)) word_write(most, word_read(value));
}

static void add_row(struct metrics_row *total, const struct metrics_row *row)
{
  for (size_t i = 0; i < DENIAL_COUNT; i++) word_add(&total->calls[i], word_read(&row->calls[i]));
  histogram_add(&total->latency, &row->latency);
  word_add(&total->runs, word_read(&row->runs));
  word_add(&total->run_ns, word_read(&row->run_ns));
  take_most(&total->run_ns_max, &row->run_ns_max);
  take_most(&total->memory_max, &row->memory_max);
  word_write(&total->flags, word_read(&total->flags) | word_read(&row->flags));
}

static struct row_sums sum_rows(const struct segments *segments)
{
  struct row_sums sums = {0};
  size_t count = gather(segments, &sums.refs);
  sums.items = memory_new_array(count + 1, sizeof *sums.items);
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || compare_refs(&sums.refs[i - 1], &sums.refs[i]) != 0)
      sums.items[sums.count++].name = sums.refs[i].name;
    add_row(&sums.items[sums.count - 1].total, sums.refs[i].row);
  }
  return sums;
}

static void free_sums(struct row_sums *sums)
{
  memory_free(sums->refs);
  memory_free(sums->items);
}

static struct text label_contract(struct buffer *labels, const struct row_sum *sum)
{
  buffer_clear(labels);
  buffer_append_text(labels, TEXT("contract=\""));
  metrics_write_label(labels, text_of(sum->name));
  buffer_append_byte(labels, '"');
  return buffer_text(labels);
}

static void write_requests(struct buffer *out, const struct row_sum *sum, struct buffer *labels)
{
  for (enum denial denial = DENIAL_NONE; denial < DENIAL_COUNT; denial++) {
    uint64_t count = word_read(&sum->total.calls[denial]);
    const char *reason = denial == DENIAL_DECLARED ? "declared" : denial_code(denial);
    if (count == 0 && denial != DENIAL_NONE) continue;
    label_contract(labels, sum);
    buffer_print(labels, ",outcome=\"%s\"", audit_outcome_name(outcome_of_denial(denial)));
    if (denial != DENIAL_NONE) buffer_print(labels, ",reason=\"%s\"", reason);
    metrics_write_sample(out, "writ_requests_total", buffer_text(labels), count);
  }
}

static void write_latency(struct buffer *out, const struct row_sum *sum, struct buffer *labels)
{
  static const struct metric_histogram_spec spec = {
      .family = "writ_request_seconds", .bounds = duration_bounds, .seconds = true};
  metrics_write_histogram(out, label_contract(labels, sum), &spec, &sum->total.latency);
}

static void write_runs(struct buffer *out, const struct row_sum *sum, struct buffer *labels)
{
  struct text contract = label_contract(labels, sum);
  const struct metrics_row *total = &sum->total;
  metrics_write_part(out, "writ_handler_seconds", "_sum", contract, word_read(&total->run_ns),
                     true);
  metrics_write_part(out, "writ_handler_seconds", "_count", contract, word_read(&total->runs),
                     false);
}

static void write_longest_run(struct buffer *out, const struct row_sum *sum, struct buffer *labels)
{
  metrics_write_seconds(out, "writ_handler_max_seconds", label_contract(labels, sum),
                        word_read(&sum->total.run_ns_max));
}

static void write_memory(struct buffer *out, const struct row_sum *sum, struct buffer *labels)
{
  metrics_write_sample(out, "writ_handler_memory_max_bytes", label_contract(labels, sum),
                       word_read(&sum->total.memory_max));
}

static bool has_flag(const struct row_sum *sum, enum metric_flag flag)
{
  return word_read(&sum->total.flags) >> flag & 1;
}

static void write_flags(struct buffer *out, const struct row_sum *sum, struct buffer *labels)
{
  for (enum metric_flag flag = 0; flag < METRIC_FLAG_COUNT; flag++) {
    if (!has_flag(sum, flag)) continue;
    label_contract(labels, sum);
    buffer_print(labels, ",state=\"%s\"", metric_flag_name(flag));
    metrics_write_sample(out, "writ_handler_state", buffer_text(labels), 1);
  }
}

static bool has_calls(const struct metrics_row *total)
{
  for (size_t i = 0; i < DENIAL_COUNT; i++)
    if (word_read(&total->calls[i]) > 0) return true;
  return false;
}

static bool has_runs(const struct metrics_row *total)
{
  return word_read(&total->runs) > 0;
}

static bool always(const struct metrics_row *total)
{
  (void)total;
  return true;
}

/* A family with samples of those contracts that have any. */
static const struct {
  const char *family, *type, *help;
  bool (*wanted)(const struct metrics_row *total);
  void (*write)(struct buffer *out, const struct row_sum *sum, struct buffer *labels);
} row_families[] = {
    {"writ_requests_total", "counter", "Calls by contract, and how they ended", has_calls,
     write_requests},
    {"writ_request_seconds", "histogram", "From a request to its reply, commit included", has_calls,
     write_latency},
    {"writ_handler_seconds", "summary",
     "Time that handlers held the loop, queries included, sleep not", has_runs, write_runs},
    {"writ_handler_max_seconds", "gauge", "The longest of them, since the server started", has_runs,
     write_longest_run},
    {"writ_handler_memory_max_bytes", "gauge",
     "The most memory that a run has written to, since the server started", has_runs, write_memory},
    {"writ_handler_state", "gauge",
     "1 for each handler that does not load, is stale or is quarantined", always, write_flags},
};

static void write_families(struct buffer *out, const struct row_sums *sums)
{
  struct buffer labels = {0};
  for (size_t f = 0; f < sizeof row_families / sizeof row_families[0]; f++) {
    metrics_write_family(out, row_families[f].family, row_families[f].type, row_families[f].help);
    for (size_t i = 0; i < sums->count; i++)
      if (row_families[f].wanted(&sums->items[i].total))
        row_families[f].write(out, &sums->items[i], &labels);
  }
  buffer_deinit(&labels);
}

static size_t flagged(const struct row_sums *sums, enum metric_flag flag,
                      void (*each)(void *context, struct text contract), void *context)
{
  size_t count = 0;
  for (size_t i = 0; i < sums->count; i++) {
    if (!has_flag(&sums->items[i], flag)) continue;
    count++;
    if (each) each(context, text_of(sums->items[i].name));
  }
  return count;
}

static void write_flag_counts(struct buffer *out, const struct row_sums *sums)
{
  metrics_write_family(out, "writ_handlers", "gauge",
                       "How many handlers do not load, are stale, are quarantined");
  for (enum metric_flag flag = 0; flag < METRIC_FLAG_COUNT; flag++) {
    char label[40];
    snprintf(label, sizeof label, "state=\"%s\"", metric_flag_name(flag));
    metrics_write_sample(out, "writ_handlers", text_of(label), flagged(sums, flag, NULL, NULL));
  }
}

size_t metrics_flagged(const void *const *items, size_t count, enum metric_flag flag,
                       void (*each)(void *context, struct text contract), void *context)
{
  const struct segments segments = {items, count};
  struct row_sums sums = sum_rows(&segments);
  size_t found = flagged(&sums, flag, each, context);
  free_sums(&sums);
  return found;
}

void metrics_write_rows(struct buffer *out, const struct segments *segments)
{
  struct row_sums sums = sum_rows(segments);
  write_families(out, &sums);
  write_flag_counts(out, &sums);
  free_sums(&sums);
}
