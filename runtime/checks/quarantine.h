/* Quarantine: when a route stops calling its handler.
 *
 * An overrun is a run that its deadline ended, in the guest or in a query (not one that ran out of
 * memory: that costs the others no more than a success). A route remembers for a minute who caused
 * one: the principal or, in a call without, the address.
 *
 *   - A caller with several overruns in its minute is refused there until the minute is over.
 *   - Overruns by several callers close the route for a second. Then one run is let through on
 *     trial: if it ends in time the route is open again, if it overruns the pause doubles, up to a
 *     minute.
 *   - Each caller counts once in its minute, be it towards closing or towards doubling, and once
 *     while the route stays closed. So one client never closes a route, three close it for one
 *     second a minute, and every doubling takes one more.
 *   - A trap, which takes an attack on the interpreter, closes the route until its handler changes.
 *
 * A trial is a lease: if it never ends, the next one comes a pause later. Nothing has to be
 * released.
 *
 * What is known of a handler outlives a reload that does not change it, and the handler's last good
 * version has the hash of that version. Time is passed in. For one thread. */
#ifndef WRIT_CHECKS_QUARANTINE_H
#define WRIT_CHECKS_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "checks/facts.h"
#include "contract/generation.h"

enum {
  OVERRUN_COST = 10, /* requests that a call which overruns counts as, in every rate limit */
  OVERRUN_MEMORY_MS = 60000,
  OVERRUNS_MAX = 6,       /* of one caller in that time, whatever the contract's rate limits say */
  OVERRUN_CALLERS = 16,   /* remembered per route; then the oldest is forgotten */
  QUARANTINE_CALLERS = 3, /* that have not counted yet close a route */
  QUARANTINE_PAUSE_MS = 1000,
  QUARANTINE_PAUSE_MAX_MS = 60000
};

/* Somebody who caused overruns. */
struct overrunner {
  uint64_t caller; /* a keyed hash */
  uint64_t since_ms;
  uint32_t overruns; /* since then; 0: nobody */
  bool counted;      /* towards a pause */
};

/* The state of one route. All zero: nothing is known against it. */
struct quarantine {
  bool watched; /* anything below counts */
  bool trapped;
  bool on_trial;
  uint32_t pause_ms;                      /* 0: open */
  uint64_t trial_at_ms;                   /* paused: when the next run is let through */
  uint64_t trial_caller;                  /* on_trial: whose run decides */
  unsigned char handler_hash[HASH_BYTES]; /* the handler that all of this is about */
  struct overrunner overrunners[OVERRUN_CALLERS];
};

enum quarantine_answer {
  QUARANTINE_OPEN,    /* run; every run that is let through must be noted when it ends */
  QUARANTINE_CALLER,  /* refuse this caller */
  QUARANTINE_PAUSED,  /* refuse everybody */
  QUARANTINE_TRAPPED, /* refuse everybody, for good */
};

/* Whether this caller's run may begin. If not, *retry_after_ms says when; 0: nobody knows. */
enum quarantine_answer quarantine_ask(struct quarantine *quarantine, uint64_t caller,
                                      uint64_t now_ms, uint64_t *retry_after_ms);

/* How a run ended. The last two say whether that closed the route, or closed it for longer. */
void quarantine_in_time(struct quarantine *quarantine, uint64_t caller);
bool quarantine_overrun(struct quarantine *quarantine, uint64_t caller, uint64_t now_ms);
bool quarantine_trap(struct quarantine *quarantine);

/* --- The routes of a generation. --- */

struct quarantines;

struct quarantines *quarantines_new(size_t contract_count);
void quarantines_free(struct quarantines *quarantines);

/* What is known against handlers that are the same in both generations is from now on known in
 * both, also what the last calls of the former one bring to light. Before the first call of the new
 * one; either may be freed first. */
void quarantines_adopt(struct quarantines *quarantines, const struct generation *generation,
                       struct quarantines *former, const struct generation *former_generation);

/* The same for a call; where nothing is known against its route each is one branch.
 * check_quarantine gives false with *verdict. The others note the end of a run it let through. */
bool check_quarantine(struct quarantines *quarantines, const struct facts *facts, uint64_t now_ns,
                      struct verdict *verdict);
void note_in_time(struct quarantines *quarantines, const struct facts *facts);
void note_overrun(struct quarantines *quarantines, const struct facts *facts, uint64_t now_ns);
void note_trap(struct quarantines *quarantines, const struct facts *facts);

/* Whether the route is closed to all but a run on trial. */
bool route_is_quarantined(const struct quarantines *quarantines, const struct contract *contract);

#endif
