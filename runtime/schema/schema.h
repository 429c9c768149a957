/* JSON Schema, draft 2020-12: a compiler and a validator.
 *
 * A schema is compiled once into an immutable program that lives in a generation's arena, and run
 * over `struct json` without allocating while the value is valid (objects and arrays beyond 256
 * members may cost a block where unevaluated* or uniqueItems need it). Validation has a step
 * budget, patterns (PCRE2, ECMA-262 meaning) count their steps against it, and nesting has a limit,
 * so that no value can hang a worker: running out is "not valid".
 *
 * Beyond the draft, a contract's schemas know two keywords: `format: "password"` (a secret field)
 * and `normalize`, an array of "trim" (white space of ASCII, U+00A0 and U+FEFF at both ends),
 * "lower" and "upper" (ASCII letters only: enough for addresses and codes, not for names).
 * Formats are checked, not just noted.
 *
 * Compiled schemas may be used by several threads at once. */
#ifndef WRIT_SCHEMA_SCHEMA_H
#define WRIT_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/report.h"

struct schema;
struct schema_set;

/* Finds the document behind a reference to another file. `path` is absolute within the set: where
 * "users/update.json" says "../defs/user.json", it is "defs/user.json". A reference with a scheme
 * arrives as its URI without fragment. Returns NULL if there is none; *source is for reports. Both
 * are borrowed until the set is freed. */
typedef const struct json *(*schema_loader)(void *context, struct text path,
                                            const struct source **source);

/* A set of documents that may refer to each other. The arena holds everything that is compiled; a
 * compiled schema points into the documents, which must live as long. */
struct schema_set *schema_set_new(struct arena *arena, schema_loader loader, void *context);
/* Frees the patterns; the rest is the arena's, which must still be there. NULL is allowed. */
void schema_set_free(struct schema_set *set);

enum schema_flags {
  /* A keyword that the draft (and Writ) does not have is an error, with a suggestion. */
  SCHEMA_STRICT = 1,
  /* What is not declared is refused, at every depth. At the root and wherever a schema is that of
   * a member or an element, it is read as if it said `unevaluatedProperties: false`, unless it says
   * additionalProperties or unevaluatedProperties itself, lists its values (const, enum) or is
   * `true`. What applies in place ($ref, allOf, anyOf, oneOf, if, dependentSchemas) is not closed
   * there, but declares for the place where it is used. `not` and `contains` only ask questions and
   * are not closed at all. */
  SCHEMA_CLOSED = 2,
  /* `format` (but for "password") is only an annotation, as the draft has it where a meta-schema
   * does not ask for more. Without this flag formats are checked. */
  SCHEMA_FORMAT_ANNOTATES = 4,
};

/* Compiles the schema `value`, which stands in the document `source` at `path` (within the set,
 * base of its relative references; `document` is that document's root, which "#/..." refers to).
 * Findings go to the report. Returns NULL if there were errors; those in a file that several
 * schemas refer to are reported once. */
const struct schema *schema_compile(struct schema_set *set, const struct source *source,
                                    const char *path, const struct json *document,
                                    const struct json *value, unsigned flags,
                                    struct report *report);

/* allOf over compiled schemas: what each of them admits, and nothing else. One that is closed stays
 * so: what it does not declare is refused, whatever the others declare. */
const struct schema *schema_all_of(struct schema_set *set, const struct schema *const *schemas,
                                   size_t count);

/* One reason why a value is not valid. */
struct schema_problem {
  struct text instance; /* JSON Pointer into the value */
  struct text keyword;  /* "maxLength" */
  struct text location; /* JSON Pointer into the schema's document; "defs/user.json#/…" if it is
                           another one that the schema refers to */
  struct text message;  /* a sentence to act on; never shows the value of a password field */
  uint32_t offset;      /* of the value that is wrong, in its source */
};

enum { SCHEMA_PROBLEMS_MAX = 16 };

struct schema_problems {
  struct arena *arena; /* for the messages */
  struct schema_problem items[SCHEMA_PROBLEMS_MAX];
  size_t count;
  /* JSON Pointer to what took too long to be checked, for whoever runs the service: the schema is
   * to blame. Its data is NULL if nothing did. */
  struct text gave_up;
};

/* True if the value is valid. `problems` may be NULL: then nothing is allocated and the first
 * failure ends it; otherwise all failures are listed, up to its size. */
bool schema_valid(const struct schema *schema, const struct json *value,
                  struct schema_problems *problems);

/* True if the value is certainly not valid: what is too complex to be checked is not. For schemas
 * whose being valid asks for more. */
bool schema_refutes(const struct schema *schema, const struct json *value);

/* What a value is made ready with before it is validated. */
enum settle_flags {
  /* Strings become the declared integer, number or boolean, in their one spelling: `01`, `+1` and
   * `1.0` for an integer stay strings and so are refused. Where a string is allowed it stays one.
   * Where an array is declared, one value becomes an array of one element. */
  SETTLE_COERCE = 1,
  /* `normalize` is applied; a whole-numbered real becomes an integer where one is declared. */
  SETTLE_NORMALIZE = 2,
  /* An empty array becomes an empty object where the schema wants one (Lua has one empty table). */
  SETTLE_EMPTY = 4,
};

/* Makes the value ready; what changes is copied into the problems' arena. Looks through $ref,
 * allOf, anyOf and oneOf. False, and a problem, if that is too much work: then it must not be used,
 * valid or not. */
bool schema_settle(const struct schema *schema, struct json *value, unsigned flags,
                   struct schema_problems *problems);

/* What a schema says of one field of its objects. */
struct schema_field {
  struct text name;
  /* Mask of 1 << enum json_type; a number is JSON_REAL alone; all bits if nothing is said. */
  unsigned types;
  unsigned element_types; /* the same of its elements, where it is an array */
  bool password;          /* "format": "password" */
  bool required;
  const struct json *values;  /* the array of `enum`, or NULL */
  const struct json *initial; /* `default`, or NULL */
  bool initial_fits;          /* the schemas of the field admit it */
};

/* The fields that an object schema declares at its top level: in `properties`, through $ref and
 * allOf. The list lies in the arena. */
void schema_fields(const struct schema *schema, struct arena *arena, struct schema_field **fields,
                   size_t *count);

/* One keyword of a schema, and which part of the value it is about: for people, and for comparing
 * two schemas keyword by keyword. */
struct schema_claim {
  /* A JSON Pointer: "" for the value itself, "/email"; but an asterisk is any element, [0] one that
   * has a schema of its own, two asterisks any other member. ~2 and ~3 are * and [ in a name. */
  struct text place;
  /* "maxLength", …; `properties`, `required`, `items` and `prefixItems` are said at the part's own
   * place, with `true`. `true`: it may be anything */
  struct text keyword;
  struct json value; /* $ref in it are replaced by what they lead to */
};

/* All that a schema says, through $ref and allOf, properties and elements; annotations left out
 * (`default` is none). A schema within itself is a claim `$ref` with the place of the one around
 * it. The list lies in the arena. -1 if it is too much to be listed. */
int schema_claims(const struct schema *schema, struct arena *arena, struct schema_claim **claims,
                  size_t *count);

/* The `false` of an additionalProperties or unevaluatedProperties by which a schema, or one that it
 * applies to the same value, refuses what it does not declare; NULL if there is none. `not` and
 * `if` only ask. *source is the file it stands in. */
const struct json *schema_closing(const struct schema *schema, const struct source **source);

/* A keyword of a schema, by its place. */
struct schema_mention {
  struct schema_mention *next;
  const struct source *source;
  uint32_t offset;
  struct text location; /* of its schema: "defs/user.json#/$defs/secret" */
};

/* Each "format": "password" that the schema comes to, through references as well, as a list in the
 * arena; but those of the input's fields, if they may be passwords. */
struct schema_mention *schema_passwords(const struct schema *schema, bool but_fields,
                                        struct arena *arena);

/* False if it can be seen that no value is valid (disjoint types, a minimum above a maximum, an
 * `enum` of which nothing is left, a required property that admits nothing). True does not promise
 * that one is. */
bool schema_satisfiable(const struct schema *schema);

/* --- A compiled schema in the words of its source, to show it elsewhere. --- */

/* What was compiled from this JSON value with these flags, as it applies in place. NULL if nothing
 * was; `true` and `false` may have no schema of their own. */
struct schema *schema_find(const struct schema_set *set, const struct json *value, unsigned flags);

struct schema_view {
  const struct json *value;         /* its source */
  const struct source *source;      /* the document that the value stands in */
  unsigned flags;                   /* it was compiled with */
  const struct schema *ref;         /* where its `$ref` leads, as that applies in place; or NULL */
  const struct schema *dynamic_ref; /* the same of `$dynamicRef`, if the scope says nothing */
  bool is_reference; /* it is a `$ref` and nothing else: as the schema of root, member or element it
                        is what the reference leads to */
  bool in_place;     /* others apply to the same value: $ref, allOf, anyOf, … */
  bool closes;       /* as the schema of root, member or element it refuses what is not declared */
  unsigned types;    /* that a valid value can have, as in schema_field */
};
struct schema_view schema_view(const struct schema *schema);

#endif
