/* What a schema says of one place of a value, as far as it says so for every value: through $ref
 * and allOf. Where more depends on the value (anyOf, if, patternProperties, …) the place is open:
 * other fields may be admitted there. */
#ifndef WRIT_ADVICE_EXPECTED_H
#define WRIT_ADVICE_EXPECTED_H

#include "schema/schema.h"

enum { EXPECTED_MAX = 32 };

struct expected {
  const struct schema_set *set;
  struct text path; /* for messages: "users[].email"; empty: the value itself */
  const struct schema *roots[EXPECTED_MAX]; /* each of them has to hold */
  size_t root_count;
  const struct schema *all[EXPECTED_MAX]; /* and what they apply to the same value */
  size_t count;
  unsigned types; /* as in schema_view; a number includes integers */
  bool closed;    /* what is not declared is refused */
  bool open;      /* or may yet be admitted */
};

struct expected expect_schema(const struct schema_set *set, const struct schema *schema);

/* A member, and whether it is declared; the elements of an array, and whether all are alike. */
bool expect_member(const struct expected *expected, struct arena *arena, struct text name,
                   struct expected *member);
bool expect_elements(const struct expected *expected, struct arena *arena,
                     struct expected *elements);

/* How many elements an array may have; UINT32_MAX: any number. */
uint32_t expected_elements_max(const struct expected *expected);

/* Names that are declared or, `required`, have to be there; in the arena. */
const struct text *expected_names(const struct expected *expected, struct arena *arena,
                                  bool required, size_t *count);

/* "a string or null" */
const char *expected_types(const struct expected *expected, struct arena *arena);

/* True if no value is valid that has one of these types alone (1 << enum json_type). */
bool expected_excludes(const struct expected *expected, unsigned types);

/* True if the value is not valid; *message then says why, in the arena. */
bool expected_refutes(const struct expected *expected, const struct json *value,
                      struct arena *arena, struct text *message);

#endif
