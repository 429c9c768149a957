/* Texts that match a pattern (ECMA-262), and whether one does.
 *
 * A pattern is read into a tree of alternatives, sequences, repetitions and characters. Which
 * characters a class stands for is asked of the validator's own patterns, of a sample of some
 * hundred. Assertions but for ^ and $ are passed over: so a text may fail to match, and whoever
 * wants to be sure asks. */
#ifndef WRIT_TESTING_PATTERN_TEXT_H
#define WRIT_TESTING_PATTERN_TEXT_H

#include "testing/values.h"

struct pattern_text;

/* The pattern, read once for all. NULL if it is none, or too much to be read. */
struct pattern_text *pattern_text_of(struct values *values, struct text pattern);

/* False also where matching took too long. */
bool pattern_text_matches(const struct pattern_text *pattern, struct text text);

/* A matching text of `least` to `most` characters, nearer to `most`. It lies in the values' arena.
 * False if no try gave one. */
bool pattern_text_make(struct values *values, const struct pattern_text *pattern, uint32_t least,
                       uint32_t most, struct text *text);

/* What it is made of; pattern_text.c reads it, with pattern_sample.c,
 * pattern_text_make.c writes from it. */
enum pattern_kind {
  PATTERN_EMPTY,
  PATTERN_CHARACTERS,
  PATTERN_SEQUENCE,
  PATTERN_CHOICE,
  PATTERN_REPEAT,
  PATTERN_GROUP,
  PATTERN_BACK
};

enum { PATTERN_MANY = 100000, PATTERN_GROUPS_MAX = 16 };

struct pattern_node {
  enum pattern_kind kind;
  struct pattern_node *first, *last, *next; /* children, siblings */
  const struct text *characters;   /* CHARACTERS: each as UTF-8, letters and digits first */
  uint32_t count, plain;           /* of these; of the letters and digits among them */
  uint32_t repeat_min, repeat_max; /* REPEAT; PATTERN_MANY: without limit */
  uint32_t group;                  /* GROUP, BACK: its number */
  uint32_t least;                  /* characters that it takes at least */
};

struct pattern_text {
  struct pattern_text *next; /* of those that have been read */
  struct text pattern;
  const struct schema *schema; /* that has the pattern alone */
  struct pattern_node *root;
  bool anchored_start, anchored_end; /* so that nothing may be added there */
};

/* A schema that has this pattern and nothing else; NULL if it is none. */
const struct schema *pattern_text_probe(struct values *values, struct text pattern);

/* Finds the characters that this part of a pattern stands for; none if it is no pattern. */
void pattern_text_sample(struct values *values, struct text slice, struct pattern_node *node);

#endif
