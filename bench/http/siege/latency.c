#include "latency.h"

/* Below 32 µs a slot for each; above, 32 slots for each power of two. */
static unsigned slot_of(uint64_t us)
{
  if (us < 32) return (unsigned)us;
  unsigned power = 63 - (unsigned)__builtin_clzll(us) - 5;
  unsigned slot = 32 * (power + 1) + (unsigned)((us >> power) & 31);
  return slot < LATENCY_SLOTS ? slot : LATENCY_SLOTS - 1;
}

/* The first value, in microseconds, beyond the slot. */
static uint64_t end_of(unsigned slot)
{
  if (slot < 32) return slot + 1;
  return (uint64_t)(32 + slot % 32 + 1) << (slot / 32 - 1);
}

void latency_note(struct latency *latency, uint64_t ns)
{
  uint64_t us = ns / 1000;
  atomic_fetch_add_explicit(&latency->slots[slot_of(us)], 1, memory_order_relaxed);
}

void latency_take(const struct latency *latency, struct latency_snapshot *snapshot)
{
  snapshot->count = 0;
  for (unsigned i = 0; i < LATENCY_SLOTS; i++) {
    snapshot->slots[i] = atomic_load_explicit(&latency->slots[i], memory_order_relaxed);
    snapshot->count += snapshot->slots[i];
  }
}

void latency_since(struct latency_snapshot *snapshot, struct latency_snapshot *before)
{
  struct latency_snapshot all = *snapshot;
  for (unsigned i = 0; i < LATENCY_SLOTS; i++) snapshot->slots[i] -= before->slots[i];
  snapshot->count -= before->count;
  *before = all;
}

double latency_quantile_ms(const struct latency_snapshot *snapshot, double quantile)
{
  uint64_t rank = (uint64_t)(quantile * (double)snapshot->count), seen = 0;
  if (snapshot->count == 0) return 0;
  if (rank == snapshot->count) rank--;
  for (unsigned i = 0; i < LATENCY_SLOTS; i++) {
    seen += snapshot->slots[i];
    if (seen > rank) return (double)end_of(i) / 1000;
  }
  return (double)end_of(LATENCY_SLOTS - 1) / 1000;
}
