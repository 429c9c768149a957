/* Tickets are odd numbers that never come again, so a signal that arrives late, in the next run,
 * finds that `expired` is not its ticket. */
#include "sandbox/deadline.h"

#include <signal.h>

static const long look_ns = 2000000;

static uint64_t cpu_ns(clockid_t clock)
{
  struct timespec now = {0};
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *watch(void *argument)
{
  struct watchdog *watchdog = argument;
  uint64_t seen = 0, due = 0;
  while (!atomic_load(&watchdog->stopping)) {
    nanosleep(&(struct timespec){.tv_nsec = look_ns}, NULL);
    uint64_t ticket = atomic_load(&watchdog->present);
    if (ticket % 2 == 0) continue;
    uint64_t now = cpu_ns(watchdog->clock);
    if (ticket != seen) {
      seen = ticket;
      uint64_t limit = atomic_load(&watchdog->limit_ns);
      due = limit < UINT64_MAX - now ? now + limit : UINT64_MAX;
    }
    if (now < due || atomic_load(&watchdog->present) != ticket) continue;
    atomic_store(&watchdog->expired, ticket);
    pthread_kill(watchdog->watched, SIGURG);
  }
  return NULL;
}

int watchdog_start(struct watchdog *watchdog)
{
  sigset_t all, before;
  watchdog->watched = pthread_self();
  if (pthread_getcpuclockid(watchdog->watched, &watchdog->clock) != 0) return -1;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* the process's signals are not for this thread */
  watchdog->started = pthread_create(&watchdog->thread, NULL, watch, watchdog) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return watchdog->started ? 0 : -1;
}

void watchdog_stop(struct watchdog *watchdog)
{
  if (!watchdog->started) return;
  atomic_store(&watchdog->stopping, true);
  pthread_join(watchdog->thread, NULL);
}

uint64_t watchdog_begin(struct watchdog *watchdog, uint64_t cpu_ns_allowed)
{
  uint64_t ticket = atomic_load_explicit(&watchdog->present, memory_order_relaxed) + 1;
  atomic_store_explicit(&watchdog->limit_ns, cpu_ns_allowed, memory_order_relaxed);
  atomic_store_explicit(&watchdog->present, ticket, memory_order_release);
  return ticket;
}

void watchdog_end(struct watchdog *watchdog)
{
  uint64_t ticket = atomic_load_explicit(&watchdog->present, memory_order_relaxed);
  atomic_store_explicit(&watchdog->present, ticket + 1, memory_order_release);
}

bool watchdog_expired(const struct watchdog *watchdog, uint64_t ticket)
{
  return atomic_load(&watchdog->expired) == ticket;
}
