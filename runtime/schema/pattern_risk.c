/* Can a backtracking matcher take exponential time for a pattern?
 *
 * It can if some text leads from a place in the pattern back to the same place in two ways, and
 * what follows may fail: then there are 2^n ways to read that text n times, and all of them are
 * tried. So two walkers start together in a loop of the automaton. If they can part and, reading
 * the same characters, come together again where they started, there are two ways. It is the same
 * if an edge of the loop exists twice, as in (a+)+, where `a` follows `a` by either loop.
 *
 * States in which the match has succeeded are left out: a loop through them is never tried again.
 * What is only quadratic or cubic is not looked for. */
#include "base/memory.h"
#include "schema/automaton.h"

enum { WORK_MAX = 20000000 }; /* pairs of steps; beyond that nothing is said */

struct search {
  const struct automaton *automaton;
  struct bits loop;   /* where the walkers may go */
  struct bits *seen;  /* per state of the first: which states of the second */
  uint32_t *queue;    /* of pairs */
  unsigned long work; /* left */
};

/* The states that can be reached, by one step at least. */
static struct bits reach(const struct bits *edges, unsigned start, struct bits within)
{
  struct bits found = bits_both(edges[start], within), todo = found;
  while (!bits_empty(todo)) {
    unsigned state = bits_next(&todo, 0);
    struct bits more = bits_without(bits_both(edges[state], within), found);
    todo = bits_union(todo, more);
    found = bits_union(found, more);
    struct bits done = {{0}};
    bits_add(&done, state);
    todo = bits_without(todo, done);
  }
  return found;
}

/* Marks the pairs that two walkers can reach from `start`, reading the same. */
static void walk(struct search *search, const struct bits *edges, unsigned start)
{
  const struct automaton *a = search->automaton;
  size_t length = 0;
  memset(search->seen, 0, a->count * sizeof *search->seen);
  search->queue[length++] = start * AUTOMATON_MAX + start;
  for (size_t at = 0; at < length; at++) {
    unsigned one = search->queue[at] / AUTOMATON_MAX, two = search->queue[at] % AUTOMATON_MAX;
    struct bits ones = bits_both(edges[one], search->loop);
    struct bits twos = bits_both(edges[two], search->loop);
    for (EACH_BIT(to, &ones)) {
      struct bits news = bits_without(bits_both(twos, a->overlaps[to]), search->seen[to]);
      if (search->work == 0) return;
      search->work--;
      search->seen[to] = bits_union(search->seen[to], news);
      for (EACH_BIT(other, &news)) search->queue[length++] = to * AUTOMATON_MAX + other;
    }
  }
}

/* Whether walkers from `start` can part and meet. */
static bool part_and_meet(struct search *search, unsigned start)
{
  const struct automaton *a = search->automaton;
  struct bits *forward = memory_new_array(a->count, sizeof *forward);
  search->seen = memory_new_array(a->count, sizeof *search->seen);
  search->queue = memory_new_array((size_t)a->count * a->count + 1, sizeof *search->queue);
  walk(search, a->next, start);
  memcpy(forward, search->seen, a->count * sizeof *forward);
  walk(search, a->previous, start);
  bool found = false;
  for (unsigned i = 0; i < a->count && !found; i++) {
    struct bits common = bits_both(forward[i], search->seen[i]), same = {{0}};
    bits_add(&same, i);
    found = !bits_empty(bits_without(common, same));
  }
  memory_free(search->queue);
  memory_free(search->seen);
  memory_free(forward);
  return found && search->work > 0;
}

static bool has_double_edge(const struct automaton *a, struct bits loop)
{
  for (EACH_BIT(from, &loop))
    if (!bits_empty(bits_both(a->twice[from], loop))) return true;
  return false;
}

/* The largest repetition of which all lies within the states; all of the pattern if there is none.
 */
static struct text repetition_of(const struct automaton *a, struct bits states)
{
  struct text found = a->pattern;
  size_t longest = 0;
  for (unsigned i = 0; i < a->loop_count; i++) {
    const struct automaton_loop *loop = &a->loops[i];
    if (loop->to - loop->from <= longest || bits_empty(loop->states) ||
        !bits_empty(bits_without(loop->states, states)))
      continue;
    longest = loop->to - loop->from;
    found = (struct text){a->pattern.data + loop->from, longest};
  }
  return found;
}

bool schema_pattern_explodes(struct text pattern, struct text *where)
{
  struct automaton *a = automaton_new(pattern);
  if (!a) return false;
  struct bits all = {{0}}, done = a->ends;
  for (unsigned i = 0; i < a->count; i++) bits_add(&all, i);
  struct search search = {.automaton = a, .work = WORK_MAX};
  bool found = false;
  for (unsigned i = 0; i < a->count && !found; i++) {
    if (bits_have(&done, i)) continue;
    struct bits live = bits_without(all, a->ends);
    search.loop = bits_both(reach(a->next, i, live), reach(a->previous, i, live));
    done = bits_union(done, search.loop);
    if (!bits_have(&search.loop, i)) continue;
    found = has_double_edge(a, search.loop) || part_and_meet(&search, i);
  }
  if (found) *where = repetition_of(a, search.loop);
  memory_free(a);
  return found;
}
