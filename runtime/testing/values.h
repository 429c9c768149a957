/* Valid values for schemas, made by chance from a seed: the inputs that derived attacks begin with.
 *
 * What the author of a schema gives as `examples`, `default`, `const` and `enum` is preferred. All
 * else is made: of keywords as they stand in the source (testing/says.h), in some tries of which
 * each takes other alternatives. The validator has the last word: a value is given out only if it
 * is valid. Where no try succeeds that is said, and what helps: `examples`. */
#ifndef WRIT_TESTING_VALUES_H
#define WRIT_TESTING_VALUES_H

#include "contract/generation.h"
#include "testing/dice.h"

enum value_shape {
  VALUE_MINIMAL, /* what is required, and no more */
  VALUE_FULL,    /* every field that is declared, so far as they go together */
};

/* Makes values of the schemas of one set. One thread at a time. */
struct values {
  const struct schema_set *set;
  struct arena *arena; /* for the values */
  struct dice dice;
  struct arena own;              /* for what follows */
  struct schema_set *probes;     /* patterns alone, to ask what they match */
  struct pattern_text *patterns; /* that have been read */
  uint32_t steps;                /* left for the present value */
};

/* The set and the arena outlive it. */
void values_init(struct values *values, const struct schema_set *set, struct arena *arena,
                 uint64_t seed);
void values_deinit(struct values *values);

/* A value that is valid under the schema. -1: none was found, and the value is null. */
int values_make(struct values *values, const struct schema *schema, enum value_shape shape,
                struct json *value, struct error *error);

/* An input that the contract's `validates` admits, templates included. `fixed`, an object or NULL,
 * has the fields that are given (such as ids of rows that are there): they come in as they are, and
 * nothing is made for them. -1: none was found, and the input is null. */
int values_input(struct values *values, const struct generation *generation,
                 const struct contract *contract, enum value_shape shape, const struct json *fixed,
                 struct json *input, struct error *error);

/* Whether `validates` admits an input, after all that the dispatcher does with one before (fields
 * of path and query string are text and become what is declared, defaults come in, `normalize`).
 * Where `settled` is not NULL: what the handler's queries are given. */
bool values_admit(const struct contract *contract, const struct json *input, struct arena *arena,
                  struct json *settled);

#endif
