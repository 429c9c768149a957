/* Metrics as text (metrics.h): what all workers counted, added up. First what tells contracts
 * apart, then what is of workers as a whole. */
#include <stdio.h>
#include <string.h>

#include "dispatch/metrics_write.h"

static struct text worker_label(char *storage, size_t size, size_t worker)
{
  int length = snprintf(storage, size, "worker=\"%zu\"", worker);
  return (struct text){storage, (size_t)length};
}

/* One whose worker never was says nothing by itself. */
static bool is_used(const struct segments *segments, size_t i)
{
  return word_read(&segment(segments, i)->starts) > 0;
}

static void write_each(struct buffer *out, const struct segments *segments, enum metric metric)
{
  char label[40];
  for (size_t i = 0; i < segments->count; i++) {
    uint64_t value = word_read(&segment(segments, i)->values[metric]);
    if (is_used(segments, i) && value > 0)
      metrics_write_sample(out, metric_specs[metric].family, worker_label(label, sizeof label, i),
                           value);
  }
}

static void write_values(struct buffer *out, const struct segments *segments)
{
  const char *family = "";
  for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
    const struct metric_spec *spec = &metric_specs[metric];
    if (strcmp(family, spec->family) != 0)
      metrics_write_family(out, spec->family, spec->kind == METRIC_COUNTER ? "counter" : "gauge",
                           spec->help);
    family = spec->family;
    if (spec->kind == METRIC_EACH) {
      write_each(out, segments, metric);
      continue;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < segments->count; i++)
      sum += word_read(&segment(segments, i)->values[metric]);
    if (spec->kind == METRIC_SUM && sum > INT64_MAX) sum = 0; /* below 0 for a moment */
    metrics_write_sample(out, spec->family, text_of(spec->labels), sum);
  }
}

static void write_histograms(struct buffer *out, const struct segments *segments)
{
  for (size_t h = 0; h < METRIC_HISTOGRAM_COUNT; h++) {
    const struct metric_histogram_spec *spec = &metric_histogram_specs[h];
    struct histogram total = {0};
    for (size_t i = 0; i < segments->count; i++)
      histogram_add(&total, &segment(segments, i)->histograms[h]);
    metrics_write_family(out, spec->family, "histogram", spec->help);
    metrics_write_histogram(out, TEXT(""), spec, &total);
  }
}

static void write_refused(struct buffer *out, const struct segments *segments)
{
  static const char family[] = "writ_http_refused_total";
  metrics_write_family(out, family, "counter",
                       "Requests that the HTTP server refused itself, by status");
  for (size_t s = 0; s < REFUSED_STATUSES; s++) {
    char label[40];
    uint64_t sum = 0;
    for (size_t i = 0; i < segments->count; i++)
      sum += word_read(&segment(segments, i)->refused[s]);
    if (refused_statuses[s])
      snprintf(label, sizeof label, "status=\"%d\"", refused_statuses[s]);
    else
      snprintf(label, sizeof label, "status=\"other\"");
    metrics_write_sample(out, family, text_of(label), sum);
  }
}

static void write_audit_age(struct buffer *out, const struct segments *segments, uint64_t now_ns)
{
  static const char family[] = "writ_audit_oldest_seconds";
  uint64_t oldest_ns = 0;
  for (size_t i = 0; i < segments->count; i++) {
    uint64_t since_ns = word_read(&segment(segments, i)->audit_oldest_ns);
    if (since_ns > 0 && since_ns < now_ns && now_ns - since_ns > oldest_ns)
      oldest_ns = now_ns - since_ns;
  }
  metrics_write_family(out, family, "gauge",
                       "How long the oldest has waited for its row in the audit log");
  metrics_write_seconds(out, family, TEXT(""), oldest_ns);
}

static void write_starts(struct buffer *out, const struct segments *segments)
{
  char label[40];
  metrics_write_family(out, "writ_worker_starts_total", "counter", "How often a worker has begun");
  for (size_t i = 0; i < segments->count; i++)
    if (is_used(segments, i))
      metrics_write_sample(out, "writ_worker_starts_total", worker_label(label, sizeof label, i),
                           word_read(&segment(segments, i)->starts));
  metrics_write_family(out, "writ_worker_start_time_seconds", "gauge",
                       "When the worker began, since 1970");
  for (size_t i = 0; i < segments->count; i++)
    if (is_used(segments, i))
      metrics_write_sample(out, "writ_worker_start_time_seconds",
                           worker_label(label, sizeof label, i),
                           word_read(&segment(segments, i)->started_ms) / 1000);
}

void metrics_write(struct buffer *out, const void *const *items, size_t count, uint64_t now_ns)
{
  const struct segments segments = {items, count};
  metrics_write_rows(out, &segments);
  write_values(out, &segments);
  write_histograms(out, &segments);
  write_refused(out, &segments);
  write_audit_age(out, &segments, now_ns);
  write_starts(out, &segments);
}
