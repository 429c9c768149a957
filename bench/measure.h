/* Interleaved measurements: what is compared runs in turn, many times, in one process, so that a
 * busy machine troubles all alike. Times are CPU time of the thread; medians are quoted. */
#ifndef WRIT_BENCH_MEASURE_H
#define WRIT_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

enum { MEASURE_SAMPLES_MAX = 1001 };

struct measure {
  double samples[MEASURE_SAMPLES_MAX];
  size_t count;
};

void measure_add(struct measure *measure, double sample);

/* Sorts the samples. `rank` from 0 to 1: 0.5 is the median. 0 if there are none. */
double measure_rank(struct measure *measure, double rank);

/* The median of the ratios a[i] / b[i] of what was measured in turn. Before either is sorted. */
double measure_ratio(const struct measure *a, const struct measure *b);

/* One of several things to be timed: `run` does it `times` times. */
struct contender {
  void (*run)(void *context, long times);
  void *context;
  long times;        /* set by measure_interleave */
  struct measure ns; /* of one time */
};

/* Runs each in turn, `rounds` times, `slice_ms` at a time. */
void measure_interleave(struct contender *contenders, size_t count, size_t rounds, double slice_ms);

#endif
