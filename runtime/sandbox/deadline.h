/* The watchdog: a thread that looks every 2 ms whether the present run has used up its CPU time.
 *
 * A run announces itself by storing a word, which costs nothing; no clock is read. When the
 * watchdog first sees a run, it reads the CPU clock of the run's thread, and allows the limit from
 * there. So a run never gets less than its limit, and at most two looks more (one before it is
 * seen, one until the next look after the limit): runs that end between two looks are never seen at
 * all. */
#ifndef WRIT_SANDBOX_DEADLINE_H
#define WRIT_SANDBOX_DEADLINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct watchdog {
  pthread_t thread, watched;
  clockid_t clock;               /* CPU time of `watched` */
  atomic_uint_fast64_t present;  /* the present run's ticket; even: none */
  atomic_uint_fast64_t limit_ns; /* of the present run */
  atomic_uint_fast64_t expired;  /* the ticket of the last run whose time was up */
  atomic_bool stopping;
  bool started;
};

/* Starts watching the calling thread. */
int watchdog_start(struct watchdog *watchdog);
void watchdog_stop(struct watchdog *watchdog);

/* Begins a run and returns its ticket. When its time is up, watchdog_expired becomes true and
 * SIGURG is sent to the thread, again at each look until the run ends. */
uint64_t watchdog_begin(struct watchdog *watchdog, uint64_t cpu_ns);
void watchdog_end(struct watchdog *watchdog);

/* Safe in a signal handler. */
bool watchdog_expired(const struct watchdog *watchdog, uint64_t ticket);

#endif
