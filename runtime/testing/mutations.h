/* What the derived attacks feed to a contract: from one valid input, every input beside it that
 * `validates` must refuse, the values at every bound, which it must admit, and hostile strings that
 * it admits.
 *
 * The attack must not ask the validator which it tests. So what is refused is decided from the
 * keywords in the source of the schema, those that hold whatever else the schema says: of the
 * schema itself, through $ref and allOf, `properties`, `items`, `prefixItems`. No sibling can admit
 * again what one of these refuses. `pattern` (a text that breaks it), and what stands below anyOf,
 * oneOf, if and the like, depends on more: there the validator is asked, what it admits is no
 * mutation, and is counted as undecided. The same the other way round: a value at a bound is
 * demanded to pass where every keyword above it is understood, and else only if the validator
 * admits it. */
#ifndef WRIT_TESTING_MUTATIONS_H
#define WRIT_TESTING_MUTATIONS_H

#include "contract/denial.h"
#include "testing/parts.h"
#include "testing/values.h"

enum mutation_kind {
  MUTATION_REFUSED,  /* must be refused as `denial` */
  MUTATION_ADMITTED, /* must pass `validates`: whatever the answer, it is neither `malformed` nor
                        `invalid_input` */
  MUTATION_PAYLOAD,  /* passes `validates`; the string at `pointer` is data: it comes back as it is
                        (`payload`) or not at all */
  MUTATION_KINDS
};

/* Borrowed until the callback returns. */
struct mutation {
  enum mutation_kind kind;
  struct text label;   /* "title: 201 characters, at most 200 are allowed" */
  struct text field;   /* of the input; empty: the input as a whole */
  struct text pointer; /* of the problem, where it can be told: "/lines/0/count"; "" if not */
  enum denial denial;  /* MALFORMED (then there is no pointer) or INVALID_INPUT; of a kind that
                          passes NONE. The status is contract->statuses[denial] */
  struct parts parts;  /* the request; POST and the like without body have none */
  struct json input;   /* it was made of; null where the request is no input (is malformed) */
  struct text payload; /* after `normalize` */
};

typedef void (*mutation_taker)(void *context, const struct mutation *mutation);

struct mutation_counts {
  size_t refused, admitted, payloads; /* given out */
  size_t left_out[MUTATION_KINDS];    /* beyond `most`: nobody has looked at them */
  size_t malformed_left_out;          /* of those that are refused as such */
  size_t undecided;  /* left out: the validator admits it (or refuses what was to be admitted) */
  size_t unsendable; /* left out: no request can carry it, or it would be refused before */
};

/* All of them, in a fixed order; of each kind, and of the malformed, no more than `most` (0: all),
 * which the values' dice choose. `input` is valid; `fixed`, an object or NULL, names fields that
 * must keep their value if the request is to succeed (owned ids): they are mutated only to be
 * refused. The values' arena is rewound after each. */
void mutations_each(struct values *values, const struct generation *generation,
                    const struct contract *contract, const struct json *input,
                    const struct json *fixed, size_t most, mutation_taker take, void *context,
                    struct mutation_counts *counts);

#endif
