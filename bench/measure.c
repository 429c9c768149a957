/* See measure.h. */
#include "measure.h"

#include <stdlib.h>

#include "base/clock.h"

void measure_add(struct measure *measure, double sample)
{
  if (measure->count < MEASURE_SAMPLES_MAX) measure->samples[measure->count++] = sample;
}

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double measure_rank(struct measure *measure, double rank)
{
  if (measure->count == 0) return 0;
  qsort(measure->samples, measure->count, sizeof measure->samples[0], by_size);
  return measure->samples[(size_t)(rank * (double)(measure->count - 1) + 0.5)];
}

double measure_ratio(const struct measure *a, const struct measure *b)
{
  struct measure ratios = {.count = 0};
  for (size_t i = 0; i < a->count && i < b->count; i++)
    measure_add(&ratios, a->samples[i] / b->samples[i]);
  return measure_rank(&ratios, 0.5);
}

static double time_ns(const struct contender *contender, long times)
{
  uint64_t begun = clock_thread_cpu_ns();
  contender->run(contender->context, times);
  return (double)(clock_thread_cpu_ns() - begun);
}

void measure_interleave(struct contender *contenders, size_t count, size_t rounds, double slice_ms)
{
  for (size_t i = 0; i < count; i++) {
    struct contender *contender = &contenders[i];
    double ns = 0;
    for (contender->times = 1; ns < slice_ms * 5e5; contender->times *= 2)
      ns = time_ns(contender, contender->times);
    contender->times = (long)((double)(contender->times / 2) * slice_ms * 1e6 / ns) + 1;
    contender->ns.count = 0;
  }
  for (size_t round = 0; round < rounds; round++)
    for (size_t i = 0; i < count; i++)
      measure_add(&contenders[i].ns,
                  time_ns(&contenders[i], contenders[i].times) / (double)contenders[i].times);
}
