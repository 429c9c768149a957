/* A pattern as an automaton (Glushkov's): its states are the characters of the pattern, and an edge
 * leads from each to those that may come next. Private to automaton.c, which makes it, and
 * pattern_risk.c, which looks for ways to read a text twice. */
#ifndef WRIT_SCHEMA_AUTOMATON_H
#define WRIT_SCHEMA_AUTOMATON_H

#include "schema/program.h"

enum {
  AUTOMATON_MAX = 256, /* states, and sample characters */
  AUTOMATON_LOOPS_MAX = 64,
};

/* A set of states or of sample characters. */
struct bits {
  uint64_t words[AUTOMATON_MAX / 64];
};

struct automaton_loop {
  size_t from, to; /* in the pattern */
  struct bits states;
};

struct automaton {
  struct text pattern;
  unsigned count; /* of states */
  struct bits next[AUTOMATON_MAX], previous[AUTOMATON_MAX];
  struct bits twice[AUTOMATON_MAX];    /* those of `next` that were found in two ways */
  struct bits overlaps[AUTOMATON_MAX]; /* the states that read a character which this one reads */
  struct bits ends;                    /* where the match, or an assertion, has succeeded */
  struct automaton_loop loops[AUTOMATON_LOOPS_MAX];
  unsigned loop_count;
};

/* Makes the automaton of a pattern that is valid; NULL if it is too large. Freed by the caller. */
struct automaton *automaton_new(struct text pattern);

static inline void bits_add(struct bits *bits, unsigned bit)
{
  bits->words[bit / 64] |= UINT64_C(1) << bit % 64;
}

static inline bool bits_have(const struct bits *bits, unsigned bit)
{
  return bits->words[bit / 64] >> bit % 64 & 1;
}

static inline struct bits bits_union(struct bits a, struct bits b)
{
  for (size_t i = 0; i < AUTOMATON_MAX / 64; i++) a.words[i] |= b.words[i];
  return a;
}

static inline struct bits bits_both(struct bits a, struct bits b)
{
  for (size_t i = 0; i < AUTOMATON_MAX / 64; i++) a.words[i] &= b.words[i];
  return a;
}

static inline struct bits bits_without(struct bits a, struct bits b)
{
  for (size_t i = 0; i < AUTOMATON_MAX / 64; i++) a.words[i] &= ~b.words[i];
  return a;
}

/* The first bit from `bit` on; AUTOMATON_MAX if there is none. */
static inline unsigned bits_next(const struct bits *bits, unsigned bit)
{
  for (; bit < AUTOMATON_MAX; bit = (bit / 64 + 1) * 64) {
    uint64_t word = bits->words[bit / 64] >> bit % 64;
    if (word) return bit + (unsigned)__builtin_ctzll(word);
  }
  return AUTOMATON_MAX;
}

static inline bool bits_empty(struct bits bits)
{
  return bits_next(&bits, 0) == AUTOMATON_MAX;
}

/* for (EACH_BIT(state, &bits)) … */
#define EACH_BIT(bit, bits)                                                                        \
  unsigned bit = bits_next(bits, 0);                                                               \
  bit < AUTOMATON_MAX;                                                                             \
  bit = bits_next(bits, bit + 1)

#endif
