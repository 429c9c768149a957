/* How a segment lies in memory: private to metrics*.c.
 *
 * Words only, and names that are written once, before their row is counted among those that are:
 * whoever reads `row_count` may read so many names. All processes that share a segment run the same
 * program. */
#ifndef WRIT_DISPATCH_METRICS_SEGMENT_H
#define WRIT_DISPATCH_METRICS_SEGMENT_H

#include <stdatomic.h>

#include "dispatch/metrics.h"

enum {
  ROWS_MAX = 4096,
  ROW_NAME_BYTES = 112, /* a contract whose name is longer counts among the others */
  BUCKETS = 14,         /* and one more for all that is beyond */
  REFUSED_STATUSES = 16
};

typedef _Atomic uint64_t word;

struct histogram {
  word buckets[BUCKETS + 1]; /* not cumulative: how often the value was in this one */
  word sum;
};

struct metrics_row {
  char name[ROW_NAME_BYTES]; /* NUL-terminated; set once */
  word calls[DENIAL_COUNT];
  struct histogram latency;
  word runs, run_ns, run_ns_max, memory_max;
  word flags; /* 1 << enum metric_flag */
};

struct metrics {
  word starts;     /* of workers: how often this was attached to */
  word started_ms; /* wall time of the last one */
  word generation; /* how many have begun */
  word audit_oldest_ns;
  word values[METRIC_COUNT];
  struct histogram histograms[METRIC_HISTOGRAM_COUNT];
  word refused[REFUSED_STATUSES]; /* by refused_statuses */
  word row_count;
  word hashes[ROWS_MAX];     /* of the rows' names: to find one without touching all */
  struct metrics_row none;   /* calls without a contract */
  struct metrics_row others; /* contracts that no row was left for */
  struct metrics_row rows[ROWS_MAX];
};

enum metric_kind { METRIC_COUNTER, METRIC_SUM, METRIC_EACH };

struct metric_spec {
  enum metric_kind kind;
  const char *family, *labels, *help;
};

struct metric_histogram_spec {
  const char *family, *help;
  const uint64_t *bounds; /* BUCKETS of them, UINT64_MAX behind the last */
  bool seconds;           /* the values are nanoseconds */
};

extern const struct metric_spec metric_specs[METRIC_COUNT];
extern const struct metric_histogram_spec metric_histogram_specs[METRIC_HISTOGRAM_COUNT];
extern const uint64_t duration_bounds[BUCKETS]; /* nanoseconds */

/* The last one, 0, stands for all others. */
extern const int refused_statuses[REFUSED_STATUSES];

static inline uint64_t word_read(const word *from)
{
  return atomic_load_explicit(from, memory_order_relaxed);
}

/* Of the one writer. */
static inline void word_write(word *to, uint64_t value)
{
  atomic_store_explicit(to, value, memory_order_relaxed);
}

static inline void word_add(word *to, uint64_t amount)
{
  word_write(to, word_read(to) + amount);
}

#endif
