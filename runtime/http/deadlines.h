/* Deadlines of many, for a tick that does not look at all of them: a hashed timing wheel (Varghese
 * and Lauck, 1987).
 *
 * An entry lies in the slot of the tick at which it is to be looked at again. Its owner keeps the
 * deadline itself, which may move without a word to the wheel as long as it moves away: whoever
 * comes up too early is put back. So a connection that answers thousands of requests a second costs
 * the wheel one look a tick.
 *
 * No clock: time is passed in. One thread. */
#ifndef WRIT_HTTP_DEADLINES_H
#define WRIT_HTTP_DEADLINES_H

#include <stdint.h>

enum { DEADLINE_SLOTS = 256 };

/* In its owner. Zero-initialised is in no wheel. */
struct deadline {
  struct deadline *next, **link; /* link: what points here; NULL: in no wheel */
  uint64_t tick;
};

struct deadlines {
  uint64_t tick_ms; /* how coarse it is */
  uint64_t tick;    /* all before it are done */
  struct deadline *slots[DEADLINE_SLOTS];
};

/* An empty wheel, in the caller's storage. `tick_ms` is at least 1. */
void deadlines_init(struct deadlines *deadlines, uint64_t tick_ms, uint64_t now_ms);

/* Sees to it that the entry comes up, at `at_ms` or before; where it does already, nothing is done.
 */
void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, uint64_t at_ms);

/* Takes it out; does nothing if it is not in. */
void deadlines_remove(struct deadline *deadline);

/* Takes out one whose tick has come, NULL if there is none (any more). */
struct deadline *deadlines_next(struct deadlines *deadlines, uint64_t now_ms);

#endif
