/* Counting: the writer's side of a segment (metrics.h). */
#include <string.h>

#include "dispatch/metrics_segment.h"

_Static_assert(sizeof(word) == sizeof(uint64_t), "a word is a plain one");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "or it would have a lock, which may lie elsewhere");

enum { PAGE_BYTES = 4096 };

#define MS UINT64_C(1000000)

const uint64_t duration_bounds[BUCKETS] = {MS / 2,    MS,        5 * MS / 2, 5 * MS,    10 * MS,
                                           25 * MS,   50 * MS,   100 * MS,   250 * MS,  500 * MS,
                                           1000 * MS, 2500 * MS, 5000 * MS,  10000 * MS};

/* A batch holds 64 jobs at most. */
static const uint64_t job_bounds[BUCKETS] = {
    1,          2,          4,          8,          16,         32,         64,
    UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

const struct metric_spec metric_specs[METRIC_COUNT] = {
#define X(name, kind, family, labels, help) {METRIC_##kind, family, labels, help},
    METRICS(X)
#undef X
};

const struct metric_histogram_spec metric_histogram_specs[METRIC_HISTOGRAM_COUNT] = {
#define X(name, family, help)                                                                      \
  {family, help,                                                                                   \
   METRIC_HISTOGRAM_##name == METRIC_HISTOGRAM_BATCH_JOBS ? job_bounds : duration_bounds,          \
   METRIC_HISTOGRAM_##name != METRIC_HISTOGRAM_BATCH_JOBS},
    METRIC_HISTOGRAMS(X)
#undef X
};

const int refused_statuses[REFUSED_STATUSES] = {400, 403, 404, 405, 408, 411, 413, 414,
                                                417, 421, 429, 431, 501, 503, 505, 0};

const char *metric_flag_name(enum metric_flag flag)
{
  static const char *const names[METRIC_FLAG_COUNT] = {"unavailable", "stale", "quarantined"};
  return names[flag];
}

size_t metrics_bytes(void)
{
  return (sizeof(struct metrics) + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

struct metrics *metrics_attach(void *memory, int64_t now_ms)
{
  struct metrics *metrics = memory;
  for (size_t i = 0; i < METRIC_COUNT; i++)
    if (metric_specs[i].kind != METRIC_COUNTER) word_write(&metrics->values[i], 0);
  word_write(&metrics->audit_oldest_ns, 0);
  metrics_begin_generation(metrics);
  word_write(&metrics->started_ms, (uint64_t)now_ms);
  word_add(&metrics->starts, 1);
  return metrics;
}

void metrics_add(struct metrics *metrics, enum metric metric, uint64_t amount)
{
  word_add(&metrics->values[metric], amount);
}

void metrics_subtract(struct metrics *metrics, enum metric metric, uint64_t amount)
{
  word_add(&metrics->values[metric], 0 - amount);
}

void metrics_set(struct metrics *metrics, enum metric metric, uint64_t value)
{
  word_write(&metrics->values[metric], value);
}

void metrics_set_audit_oldest(struct metrics *metrics, uint64_t since_ns)
{
  word_write(&metrics->audit_oldest_ns, since_ns);
}

static void observe(struct histogram *histogram, const uint64_t *bounds, uint64_t value)
{
  size_t i = 0;
  while (i < BUCKETS && value > bounds[i]) i++;
  word_add(&histogram->buckets[i], 1);
  word_add(&histogram->sum, value);
}

void metrics_observe(struct metrics *metrics, enum metric_histogram histogram, uint64_t value)
{
  observe(&metrics->histograms[histogram], metric_histogram_specs[histogram].bounds, value);
}

void metrics_count_refused(struct metrics *metrics, int status)
{
  size_t i = 0;
  while (i < REFUSED_STATUSES - 1 && refused_statuses[i] != status) i++;
  word_add(&metrics->refused[i], 1);
}

/* --- Rows --- */

/* FNV-1a. Names are the app's own: nobody gains by a collision, which costs one comparison. */
static uint64_t hash_of(struct text name)
{
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < name.length; i++)
    hash = (hash ^ (unsigned char)name.data[i]) * UINT64_C(0x100000001b3);
  return hash;
}

/* Whoever wrote it may have been taken over: it need not end. */
static bool is_called(const struct metrics_row *row, struct text name)
{
  return text_equal(name, (struct text){row->name, strnlen(row->name, ROW_NAME_BYTES)});
}

struct metrics_row *metrics_row(struct metrics *metrics, struct text contract)
{
  uint64_t hash = hash_of(contract), count = word_read(&metrics->row_count);
  if (contract.length == 0) return &metrics->none;
  if (contract.length >= ROW_NAME_BYTES) return &metrics->others;
  for (uint64_t i = 0; i < count && i < ROWS_MAX; i++)
    if (word_read(&metrics->hashes[i]) == hash && is_called(&metrics->rows[i], contract))
      return &metrics->rows[i];
  if (count >= ROWS_MAX) return &metrics->others;
  struct metrics_row *row = &metrics->rows[count];
  memcpy(row->name, contract.data, contract.length);
  row->name[contract.length] = 0; /* a writer that died may have left more */
  word_write(&metrics->hashes[count], hash);
  atomic_store_explicit(&metrics->row_count, count + 1, memory_order_release);
  return row;
}

void metrics_count_call(struct metrics_row *row, enum denial denial, uint64_t took_ns)
{
  word_add(&row->calls[denial], 1);
  observe(&row->latency, duration_bounds, took_ns);
}

static void raise_to(word *most, uint64_t value)
{
  if (value > word_read(most)) word_write(most, value);
}

void metrics_count_run(struct metrics_row *row, uint64_t took_ns, uint64_t memory_bytes)
{
  word_add(&row->runs, 1);
  word_add(&row->run_ns, took_ns);
  raise_to(&row->run_ns_max, took_ns);
  raise_to(&row->memory_max, memory_bytes);
}

uint64_t metrics_begin_generation(struct metrics *metrics)
{
  uint64_t count = word_read(&metrics->row_count);
  word_write(&metrics->others.flags, 0);
  for (uint64_t i = 0; i < count && i < ROWS_MAX; i++) word_write(&metrics->rows[i].flags, 0);
  word_add(&metrics->generation, 1);
  return word_read(&metrics->generation);
}

void metrics_set_flag(struct metrics *metrics, uint64_t generation, struct metrics_row *row,
                      enum metric_flag flag, bool on)
{
  uint64_t bit = UINT64_C(1) << flag, flags = word_read(&row->flags);
  if (word_read(&metrics->generation) != generation) return;
  if ((flags & bit) != (on ? bit : 0)) word_write(&row->flags, on ? flags | bit : flags & ~bit);
}
