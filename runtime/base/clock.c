/* The three clocks. They cannot fail on Linux, so their results are not asked for errors. */
#include "base/clock.h"

#include <time.h>

static struct timespec read_clock(clockid_t id)
{
  struct timespec now = {0};
  clock_gettime(id, &now);
  return now;
}

static uint64_t nanoseconds(struct timespec time)
{
  return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

int64_t clock_wall_ms(void)
{
  struct timespec now = read_clock(CLOCK_REALTIME);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t clock_monotonic_ns(void)
{
  return nanoseconds(read_clock(CLOCK_MONOTONIC));
}

uint64_t clock_thread_cpu_ns(void)
{
  return nanoseconds(read_clock(CLOCK_THREAD_CPUTIME_ID));
}
