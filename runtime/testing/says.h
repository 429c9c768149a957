/* What a schema says about one place of a value, read from the source of the schema: everything
 * that applies to that place together, through $ref and allOf, and from there to members and
 * elements.
 *
 * A keyword here is what the author wrote, not what the compiler made of it (schema/program.h): so
 * the attacks that are derived from it test the compiler as well. */
#ifndef WRIT_TESTING_SAYS_H
#define WRIT_TESTING_SAYS_H

#include "testing/values.h"

/* One schema that applies to the place. */
struct says_part {
  const struct schema *schema; /* as it applies in place */
  const struct json *source;   /* an object */
  bool sure; /* whatever the value is; false: it belongs to an alternative that was taken */
};

struct says {
  struct values *values; /* in whose arena everything lies */
  struct says_part *parts;
  uint32_t count, capacity;
  bool closed;        /* the host refuses members that are not declared, */
  bool closed_surely; /* sure or not */
  bool never;         /* one of the parts is `false` */
};

/* Starts with nothing said. */
void says_init(struct says *says, struct values *values);
/* The same, of which nothing more is shared. */
struct says says_copy(const struct says *says);

/* Adds a schema that applies in place, with all that it refers to and combines. */
void says_add(struct says *says, const struct schema *schema, bool sure);

/* Adds the schema of a root, member or element, which may be closed. */
void says_add_child(struct says *says, const struct schema *schema, bool sure);

/* The schema that stands at `value`, a subschema of a part; `asks`: as a question (if, not,
 * contains), which is never closed. NULL: it is `true`. */
const struct schema *says_schema(const struct says *says, const struct says_part *part,
                                 const struct json *value, bool asks);

/* What is said of a member, an element. */
void says_member(const struct says *says, struct text name, struct says *member);
void says_element(const struct says *says, uint32_t index, struct says *element);

/* Whether some part speaks of a member of this name: in `properties`, or by a pattern. */
bool says_declares(const struct says *says, struct text name);

/* --- All parts put together --- */

enum { SAYS_LIST_MAX = 8 };

struct says_limits {
  unsigned types;            /* that `type` leaves: a mask of 1 << enum json_type */
  const struct json *listed; /* what const and enum leave; NULL: nothing is listed */
  uint32_t listed_count;
  /* The tightest; NULL where there is none. */
  const struct json *minimum, *maximum, *exclusive_minimum, *exclusive_maximum;
  const struct json *multiples[SAYS_LIST_MAX];
  uint32_t multiple_count;
  uint32_t length_min, length_max; /* characters; UINT32_MAX: no limit */
  struct text patterns[SAYS_LIST_MAX], formats[SAYS_LIST_MAX];
  uint32_t pattern_count, format_count;
  bool lower, upper, trim; /* normalize */
  uint32_t items_min, items_max;
  bool unique;
  uint32_t prefix_length;
  uint32_t members_min, members_max;
  /* Keywords that depend on more than can be said here: what they refuse is not known. */
  bool conditional; /* anyOf, oneOf, not, if, dependent…, contains, … */
};

/* Of the sure parts alone, or of all. */
void says_limits(const struct says *says, bool surely, struct says_limits *limits);

/* Names in `required`, or in `properties`, each once, in the arena. */
struct text *says_required(const struct says *says, bool surely, uint32_t *count);
struct text *says_declared(const struct says *says, uint32_t *count);

/* Whether a member of a name that nothing declares is refused for sure. */
bool says_refuses_unknown(const struct says *says);

/* The order of two numbers: below, equal to, above 0. */
int says_compare(const struct json *a, const struct json *b);

#endif
