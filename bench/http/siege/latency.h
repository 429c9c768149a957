/* How long things took, counted in slots that are 3 % wide: a fixed size, whatever comes. One
 * thread counts, another may read meanwhile. */
#ifndef SIEGE_LATENCY_H
#define SIEGE_LATENCY_H

#include <stdatomic.h>
#include <stdint.h>

enum { LATENCY_SLOTS = 1024 };

struct latency {
  _Atomic uint64_t slots[LATENCY_SLOTS];
};

/* The same at one moment. */
struct latency_snapshot {
  uint64_t slots[LATENCY_SLOTS];
  uint64_t count;
};

void latency_note(struct latency *latency, uint64_t ns);

void latency_take(const struct latency *latency, struct latency_snapshot *snapshot);

/* Leaves in `snapshot` what came since `before`, and the whole of it in `before`. */
void latency_since(struct latency_snapshot *snapshot, struct latency_snapshot *before);

/* In milliseconds, the upper end of its slot; 0 if nothing was counted. 1 is the greatest. */
double latency_quantile_ms(const struct latency_snapshot *snapshot, double quantile);

#endif
