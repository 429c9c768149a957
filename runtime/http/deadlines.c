/* The wheel (deadlines.h). Every entry lies less than a lap ahead, so those of a slot are all of
 * one tick. */
#include "http/deadlines.h"

#include <stddef.h>

void deadlines_init(struct deadlines *deadlines, uint64_t tick_ms, uint64_t now_ms)
{
  *deadlines = (struct deadlines){.tick_ms = tick_ms, .tick = now_ms / tick_ms};
}

static void insert(struct deadline **slot, struct deadline *deadline)
{
  deadline->next = *slot;
  deadline->link = slot;
  if (*slot) (*slot)->link = &deadline->next;
  *slot = deadline;
}

void deadlines_remove(struct deadline *deadline)
{
  if (!deadline->link) return;
  *deadline->link = deadline->next;
  if (deadline->next) deadline->next->link = deadline->link;
  deadline->link = NULL;
}

/* Rounded up, so that what comes up is due. One that is further away than a lap comes up early; one
 * that is late already, at once. */
static uint64_t tick_of(const struct deadlines *deadlines, uint64_t at_ms)
{
  uint64_t tick = at_ms / deadlines->tick_ms + (at_ms % deadlines->tick_ms > 0);
  uint64_t last = deadlines->tick + DEADLINE_SLOTS - 1;
  if (tick > last) return last;
  return tick < deadlines->tick ? deadlines->tick : tick;
}

void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, uint64_t at_ms)
{
  uint64_t tick = tick_of(deadlines, at_ms);
  if (deadline->link && deadline->tick <= tick) return;
  deadlines_remove(deadline);
  deadline->tick = tick;
  insert(&deadlines->slots[tick % DEADLINE_SLOTS], deadline);
}

/* After a lap every slot has been looked at, however long nobody came. */
struct deadline *deadlines_next(struct deadlines *deadlines, uint64_t now_ms)
{
  uint64_t now = now_ms / deadlines->tick_ms;
  for (size_t looked = 0; deadlines->tick <= now; looked++) {
    struct deadline *first = deadlines->slots[deadlines->tick % DEADLINE_SLOTS];
    if (first) {
      deadlines_remove(first);
      return first;
    }
    if (deadlines->tick == now) break;
    deadlines->tick = looked < DEADLINE_SLOTS ? deadlines->tick + 1 : now;
  }
  return NULL;
}
