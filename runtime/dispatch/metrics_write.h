/* What the files that write metrics share: private to metrics*.c. */
#ifndef WRIT_DISPATCH_METRICS_WRITE_H
#define WRIT_DISPATCH_METRICS_WRITE_H

#include "dispatch/metrics_segment.h"

struct segments {
  const void *const *items;
  size_t count;
};

static inline const struct metrics *segment(const struct segments *segments, size_t i)
{
  return segments->items[i];
}

/* metrics_text.c: a sample whose name is a family's and a suffix. */
void metrics_write_part(struct buffer *out, const char *family, const char *suffix,
                        struct text labels, uint64_t value, bool seconds);
void metrics_write_histogram(struct buffer *out, struct text labels,
                             const struct metric_histogram_spec *spec,
                             const struct histogram *histogram);
void histogram_add(struct histogram *total, const struct histogram *part);

/* metrics_rows.c: the families that tell contracts apart. */
void metrics_write_rows(struct buffer *out, const struct segments *segments);

#endif
