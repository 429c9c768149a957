/* What a compiled schema is made of. Private to schema/:
 *
 * - compile.c: the set, the queue of schemas to compile, what is done when all are compiled
 * - keyword.c: one JSON object, with the keywords in assertion.c, applicator.c
 * - object.c: the table of properties
 * - meta_schema.c: the meta-schema of the draft
 * - reference.c, uri.c: $id, $anchor, $ref: which JSON value does a reference mean?
 * - pattern.c, pattern_ecma.c: ECMA-262 patterns by PCRE2
 * - pattern_risk.c, automaton.c: which of them could take exponential time
 * - format.c, format_idn.c, format_uri.c: formats
 * - validate.c: runs a schema over a value, with check.c for each kind of value
 * - evaluated.c: what unevaluatedProperties and unevaluatedItems ask for
 * - compare.c: equality, order, multiples, uniqueness
 * - problem.c: sentences for people, branch.c: about the closest of several alternatives
 * - pointer.c: JSON Pointers
 * - settle.c: values made ready
 * - fields.c: what can be said without a value, password.c: where passwords may be
 * - claims.c: what can be said to people, keyword by keyword
 *
 * Every JSON object that is used as a schema becomes one `struct schema`; a cycle in the source is
 * a cycle of pointers. Nothing changes after schema_compile, except the one slot where threads
 * leave a spare matcher for each other. */
#ifndef WRIT_SCHEMA_PROGRAM_H
#define WRIT_SCHEMA_PROGRAM_H

#include <stdatomic.h>

#include "schema/schema.h"

enum {
  TYPES_ALL = (1 << (JSON_OBJECT + 1)) - 1,
  TYPES_NUMBER = 1 << JSON_INTEGER | 1 << JSON_REAL,
  IN_PLACE_DEPTH_MAX = 64, /* of $ref, allOf, … within each other, on one value */
  IN_PLACE_NODES_MAX = 20000,
};

#define NO_LIMIT UINT32_MAX

enum schema_normalization { NORMALIZE_TRIM = 1, NORMALIZE_LOWER = 2, NORMALIZE_UPPER = 4 };

enum schema_vocabulary {
  VOCABULARY_CORE = 1,
  VOCABULARY_APPLICATOR = 2,
  VOCABULARY_UNEVALUATED = 4,
  VOCABULARY_VALIDATION = 8,
  VOCABULARY_ANNOTATION = 16, /* meta-data, content, format as an annotation */
  VOCABULARY_FORMAT_ASSERTION = 32,
  VOCABULARY_WRIT = 64,
  VOCABULARY_DEFAULT = 127 - VOCABULARY_FORMAT_ASSERTION,
};

/* A file, or what else has been compiled from. */
struct schema_document {
  const struct source *source;
  const struct json *root;
};

/* A part of a document with a URI of its own: all of it, or a schema with $id. */
struct schema_resource {
  struct schema_resource *next_by_uri, *next_by_root; /* in the set's buckets */
  struct text uri; /* without fragment; a path within the set if it has no scheme */
  const struct json *root;
  const struct schema_document *document;
  struct schema_anchor *anchors;
  unsigned vocabularies;
};

struct schema_anchor {
  struct schema_anchor *next;
  struct text name;
  const struct json *value;
  const struct schema_resource *resource;
  bool dynamic;
};

/* A name that a $dynamicRef asks for, and where it leads in each resource. Kept for each set of
 * compile flags, since they give different programs. */
struct schema_dynamic {
  struct schema_dynamic *next;
  struct text name;
  unsigned flags;
  struct schema_dynamic_target {
    struct schema_dynamic_target *next;
    const struct schema_resource *resource;
    struct schema *schema;
  } * targets;
};

struct schema_pattern; /* pattern.c */

struct schema_string {
  uint32_t length_min, length_max; /* characters */
  const struct schema_pattern *pattern;
  const struct schema_format *format;
  unsigned normalize;
};

/* The limits point at the numbers in the source; NULL where there is none. */
struct schema_number {
  const struct json *minimum, *maximum, *exclusive_minimum, *exclusive_maximum, *multiple_of;
};

struct schema_array {
  uint32_t items_min, items_max;
  bool unique;
  struct schema **prefix;
  uint32_t prefix_length;
  struct schema *items, *contains;
  uint32_t contains_min, contains_max;
};

struct schema_property {
  struct text name;
  struct schema *schema; /* NULL: `required` names it, `properties` does not */
  uint32_t required;     /* 1 + its place among the required ones; 0 if it is not */
};

struct schema_pattern_property {
  const struct schema_pattern *pattern;
  struct schema *schema;
  struct text text; /* of the pattern */
};

struct schema_object {
  uint32_t properties_min, properties_max;
  struct schema_property *properties;
  uint32_t length;
  uint32_t *slots; /* hash table: 1 + index into `properties`; 0 is free */
  uint32_t slot_mask;
  uint32_t required; /* how many */
  struct schema_pattern_property *patterns;
  uint32_t patterns_length;
  struct schema *additional, *names;
  const struct json *dependent_required;
  const struct json *properties_source, *required_source; /* while compiling */
};

struct schema_list {
  struct schema **items;
  uint32_t length;
};

struct schema_dependent {
  struct text name;
  struct schema *schema;
};

/* What applies to the same value. */
struct schema_in_place {
  struct schema *ref;
  struct schema *dynamic_ref; /* where it leads if the dynamic scope says nothing */
  const struct schema_dynamic *dynamic;
  struct schema_list all_of, any_of, one_of;
  struct schema *not_schema, *if_schema, *then_schema, *else_schema;
  struct schema_dependent *dependents;
  uint32_t dependents_length;
};

enum schema_state { STATE_NEW, STATE_ACTIVE, STATE_DONE };

struct schema {
  struct schema_set *set;
  const struct json *value; /* the source; NULL for schema_all_of */
  const struct schema_resource *resource;
  unsigned flags; /* it was compiled with */

  unsigned types; /* mask of 1 << enum json_type */
  bool always;    /* admits everything, declares nothing */
  bool never;     /* admits nothing */
  bool closed;    /* what is not declared is refused because of SCHEMA_CLOSED */
  bool secret;    /* it, or what applies in place, is a password */
  bool broken;    /* it or something compiled together with it had errors */
  bool requested; /* closed twin: not filled in yet */
  enum schema_state state;
  uint32_t in_place_nodes, in_place_depth;

  const struct json *constant, *values; /* const, enum */
  struct schema_string *string;
  struct schema_number *number;
  struct schema_array *array;
  struct schema_object *object;
  struct schema_in_place *in_place;
  struct schema *unevaluated_properties, *unevaluated_items;

  /* With SCHEMA_CLOSED a schema has two forms. Applied in place it is open, and only the place of
   * use is closed; as the schema of a child or the root it is closed. Each knows the other; NULL if
   * they are the same. */
  struct schema *twin;

  struct schema *next_queued, *next_of_batch, *next_twin; /* lists of the compiler */
};

enum { RESOURCE_BUCKETS = 256 };

struct schema_set {
  struct arena *arena;
  schema_loader loader;
  void *context;
  struct schema_resource *by_uri[RESOURCE_BUCKETS], *by_root[RESOURCE_BUCKETS];
  struct schema **cache; /* open addressing, by source value and flags; on the heap */
  size_t cache_length, cache_capacity;
  struct schema_dynamic *dynamics;
  struct schema_pattern *patterns;
  struct schema_secret {
    struct schema_secret *next;
    struct text name;
  } * secrets;    /* names of properties that hold a password anywhere in the set */
  bool hides_all; /* a password has no name: it is an element, or its name is a pattern's */
  struct schema_warned {
    struct schema_warned *next;
    const struct json *pattern;
  } * warned;                           /* the patterns in the source that have been warned of */
  struct schema_matcher *_Atomic spare; /* left by the last thread that matched a pattern */
  struct schema always, never;
};

/* --- compile.c */

struct schema_compiler {
  struct schema_set *set;
  struct report *report;
  unsigned flags; /* for the schema that is being compiled */
  size_t errors;
  struct schema *queue, **queue_end; /* to be compiled */
  struct schema *batch;              /* all that this call made */
  struct schema *twins;              /* closed twins to be filled in */
};

/* The schema for a JSON value as it applies in place, put on the queue if it is new. */
struct schema *schema_node(struct schema_compiler *compiler, const struct json *value,
                           const struct schema_resource *resource);

/* The same as the schema of a child: closed if SCHEMA_CLOSED says so. */
struct schema *schema_child(struct schema_compiler *compiler, const struct json *value,
                            const struct schema *parent);

/* The same as a question about a value that other schemas declare (not, contains): never closed. */
struct schema *schema_question(struct schema_compiler *compiler, const struct json *value,
                               const struct schema *parent);

/* Goes through the schemas that apply to the same value; start with *cursor = 0. NULL at the end.
 */
struct schema *schema_in_place_next(const struct schema *schema, uint32_t *cursor);

/* True if the schema is nothing but a reference, whatever the dynamic scope is. */
bool schema_is_plain_reference(const struct schema *schema);

/* Adds an error about a place in the source of a resource. */
void schema_error(struct schema_compiler *compiler, enum finding_code code,
                  const struct schema_resource *resource, const struct json *at, const char *help,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));

/* --- keyword.c */

enum schema_shape { SHAPE_OTHER, SHAPE_SCHEMA, SHAPE_LIST, SHAPE_MAP };

struct schema_at { /* the keyword that is being compiled, and for whom */
  struct schema_compiler *compiler;
  struct schema *schema;
  const struct schema_keyword *keyword;
};

struct schema_keyword {
  const char *name;
  unsigned vocabulary;
  enum schema_shape shape; /* which schemas its value holds */
  void (*compile)(struct schema_at at, const struct json *value);
};

const struct schema_keyword *schema_keyword_find(struct text name);
void schema_compile_keywords(struct schema_compiler *compiler, struct schema *schema);

/* --- object.c */

/* Builds the table of properties when `properties` and `required` are known. */
void schema_object_build(struct schema_compiler *compiler, struct schema *schema);
const struct schema_property *schema_property_find(const struct schema_object *object,
                                                   struct text name);

/* --- reference.c */

/* The resource that a whole document is. */
struct schema_resource *schema_resource_of_document(struct schema_set *set, struct text uri,
                                                    const struct source *source,
                                                    const struct json *root);
/* Registers every $id, $anchor and $dynamicAnchor within a schema; returns the resource it belongs
 * to. */
const struct schema_resource *schema_register(struct schema_compiler *compiler,
                                              const struct json *value,
                                              const struct schema_resource *resource);
/* The resource of a subschema within `outer`: its own if it has an $id. */
const struct schema_resource *schema_resource_at(const struct schema_set *set,
                                                 const struct json *value,
                                                 const struct schema_resource *outer);
/* What a reference means; NULL after an error. *dynamic: the name of the $dynamicAnchor it led to.
 */
struct schema *schema_resolve(struct schema_compiler *compiler, const struct schema *from,
                              const struct json *reference, struct text *dynamic);
/* Resolves a URI reference against a base (RFC 3986, 5.2; both may lack a scheme). False if a path
 * without scheme would leave its root. The result has no fragment. */
bool schema_uri_resolve(struct arena *arena, struct text base, struct text reference,
                        struct text *resolved);

/* --- meta_schema.c: a document of the draft itself, read into the arena; NULL if it is none */

const struct json *schema_meta_document(struct arena *arena, struct text uri,
                                        const struct source **source);

/* --- pattern.c */

/* MATCH_GAVE_UP: steps or memory have run out; neither yes nor no, so the run must be exhausted. */
enum schema_match { MATCH_NO, MATCH_YES, MATCH_GAVE_UP };

/* Compiles a pattern (ECMA-262, Unicode mode) into the set. Returns NULL and a message if it is
 * wrong. */
const struct schema_pattern *schema_pattern_new(struct schema_set *set, struct text text,
                                                struct error *error);
struct schema_run;
enum schema_match schema_pattern_match(struct schema_run *run, struct schema_set *set,
                                       const struct schema_pattern *pattern, struct text text);
/* Appends its text, cut if it is long. */
void schema_append_pattern(struct buffer *out, const struct schema_pattern *pattern);
/* True if it is a pattern of ECMA-262: for "format": "regex". */
bool schema_pattern_is_valid(struct text text);
void schema_patterns_free(struct schema_set *set);
/* pattern_ecma.c: appends the PCRE2 spelling of an ECMA-262 pattern; -1 with a message. */
int schema_pattern_translate(struct buffer *out, struct text pattern, struct error *error);
/* pattern_risk.c: whether matching a valid pattern can take exponential time; *where is the part of
 * it that is to blame. */
bool schema_pattern_explodes(struct text pattern, struct text *where);

/* --- format.c */

struct schema_format {
  const char *name;
  const char *noun; /* "must be …" */
  bool (*valid)(struct text text);
};

const struct schema_format *schema_format_find(struct text name);
const char *schema_format_suggestion(struct text name);
bool schema_format_is_password(const struct schema_format *format);
bool schema_format_ipv4(struct text text);
bool schema_format_ipv6(struct text text);
/* format_idn.c */
bool schema_format_hostname(struct text text);
bool schema_format_idn_hostname(struct text text);
/* format_uri.c */
bool schema_format_uri(struct text text);
bool schema_format_uri_reference(struct text text);
bool schema_format_iri(struct text text);
bool schema_format_iri_reference(struct text text);
bool schema_format_uri_template(struct text text);

/* --- validate.c */

struct schema_place { /* where in the value; on the stack of the validator */
  const struct schema_place *up;
  struct text name; /* of a member; data is NULL for an element */
  uint32_t index;
};

struct schema_scope { /* the resources that have been entered, innermost first */
  const struct schema_scope *up;
  const struct schema_resource *resource;
};

struct schema_run {
  struct schema_problems *problems;     /* NULL: the first failure ends it */
  struct schema_problems *all_problems; /* the same, also while a branch is tried in silence */
  const struct schema *root;            /* that the run began with */
  const struct schema_scope *scope;
  uint32_t steps; /* left */
  uint32_t depth;
  unsigned secret; /* > 0: within a password */
  unsigned naming; /* > 0: the value is the name of a member */
  bool exhausted;
};

struct schema_evaluated;

/* Says that the steps have run out. Always false. */
bool schema_too_complex(const struct schema *schema, const struct json *value,
                        struct schema_problems *problems);

/* True if the value is valid. What was evaluated is added to `evaluated` unless that is NULL. */
bool schema_run(struct schema_run *run, const struct schema *schema, const struct json *value,
                const struct schema_place *place, struct schema_evaluated *evaluated);

/* Takes `cost` of the steps that are left; false if they have run out. */
static inline bool schema_spend(struct schema_run *run, uint32_t cost)
{
  if (run->steps < cost) {
    run->steps = 0;
    run->exhausted = true;
    return false;
  }
  run->steps -= cost;
  return true;
}

/* The same without collecting problems; what was evaluated counts only if the value is valid. */
bool schema_run_quietly(struct schema_run *run, const struct schema *schema,
                        const struct json *value, const struct schema_place *place,
                        struct schema_evaluated *evaluated);

/* True if the schema's const and enum, so far as it has them, list the value. */
bool schema_lists(struct schema_run *run, const struct schema *schema, const struct json *value);

/* Whether to go on after a failure: only if it is to be one of several. */
static inline bool schema_goes_on(const struct schema_run *run, bool valid)
{
  return (valid || run->problems) && !run->exhausted;
}

/* --- check.c: what a schema says of one kind of value, which it must have rules for */

bool schema_check_string(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place);
bool schema_check_number(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place);
bool schema_check_array(struct schema_run *run, const struct schema *schema,
                        const struct json *value, const struct schema_place *place,
                        struct schema_evaluated *evaluated);
bool schema_check_object(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place,
                         struct schema_evaluated *evaluated);

/* --- evaluated.c: which members or elements of one value have been looked at */

struct schema_evaluated {
  bool all;
  uint32_t first;   /* the first so many are evaluated */
  uint32_t words;   /* of `bits`; 0: none set yet */
  uint64_t room[4]; /* enough for 256 */
  uint64_t *bits;   /* room, or on the heap */
};

void schema_evaluated_init(struct schema_evaluated *evaluated);
void schema_evaluated_deinit(struct schema_evaluated *evaluated);
void schema_evaluated_add(struct schema_run *run, struct schema_evaluated *evaluated,
                          uint32_t index, uint32_t length);
void schema_evaluated_merge(struct schema_run *run, struct schema_evaluated *evaluated,
                            const struct schema_evaluated *other, uint32_t length);
bool schema_evaluated_has(const struct schema_evaluated *evaluated, uint32_t index);

/* --- compare.c */

/* Less than, equal to or greater than 0; exact for any pair of numbers. */
int schema_compare_numbers(const struct json *a, const struct json *b);
/* Exact in decimal: 0.0075 is a multiple of 0.0001. */
bool schema_is_multiple(const struct json *value, const struct json *of);
/* json_equal within the budget. */
bool schema_equal(struct schema_run *run, const struct json *a, const struct json *b);
/* True if no two elements are equal; otherwise says which two. */
bool schema_is_unique(struct schema_run *run, const struct json *array, uint32_t *first,
                      uint32_t *second);
/* True for an integer and for a real without fraction. */
bool schema_is_whole(const struct json *value);
/* Unicode characters in well-formed UTF-8. */
size_t schema_characters(struct text text);

/* --- problem.c */

/* The JSON Pointer of a place; the run must collect problems. */
struct text schema_place_text(struct schema_run *run, const struct schema_place *place);

/* All of these return false, and do nothing if the run collects no problems. */

bool schema_problem(struct schema_run *run, const struct schema *schema, const char *keyword,
                    const struct json *value, const struct schema_place *place, const char *format,
                    ...) __attribute__((format(printf, 6, 7)));
bool schema_problem_type(struct schema_run *run, const struct schema *schema, unsigned types,
                         const char *keyword, const struct json *value,
                         const struct schema_place *place);
/* The value is none of those that the keyword lists. */
bool schema_problem_choice(struct schema_run *run, const struct schema *schema, const char *keyword,
                           const struct json *values, uint32_t count, const struct json *value,
                           const struct schema_place *place);
bool schema_problem_not(struct schema_run *run, const struct schema *schema,
                        const struct json *value, const struct schema_place *place);
/* The array has so many items as `contains` describes. */
bool schema_problem_contains(struct schema_run *run, const struct schema *schema, bool too_many,
                             uint32_t has, const struct json *value,
                             const struct schema_place *place);
bool schema_problem_unknown(struct schema_run *run, const struct schema *schema,
                            const char *keyword, const struct json *value,
                            const struct schema_place *place);
/* branch.c: runs the alternatives of anyOf or oneOf again and reports the one that came closest. */
bool schema_problem_branches(struct schema_run *run, const struct schema *schema,
                             const struct schema_list *branches, const char *keyword,
                             const struct json *value, const struct schema_place *place);
/* `; got "…"`, or nothing if the value may not be shown. Lies in the problems' arena. */
const char *schema_got(struct schema_run *run, const struct schema *schema,
                       const struct json *value, const struct schema_place *place);
/* `; has 12`, about the length of a string; the same otherwise. */
const char *schema_has(struct schema_run *run, const struct schema *schema, size_t characters,
                       const struct schema_place *place);
/* Moves what was written to the problems' arena. */
struct text schema_text(struct schema_run *run, struct buffer *buffer);

/* --- pointer.c */

void schema_append_token(struct buffer *out, struct text token);
void schema_append_place(struct buffer *out, const struct schema_place *place);
/* Where a schema stands: "defs/user.json#/$defs/id"; a pointer alone in the document that the root
 * stands in, which may be NULL. */
void schema_append_location(struct buffer *out, const struct schema *schema,
                            const struct schema *root);
struct text schema_location(const struct schema *schema, struct arena *arena);

/* --- password.c */

/* Notes the names under which the schema has passwords, or that they have none: those are known by
 * nothing, so no value is shown any more. */
void schema_note_secrets(struct schema_set *set, const struct schema *schema);

/* --- fields.c */

/* The types that a value may have, as far as the schema declares them, through all that applies in
 * place. */
unsigned schema_declared_types(const struct schema *schema);
/* True if the schema, or what applies in place, declares a member of this name. */
bool schema_declares(const struct schema *schema, struct text name);

#endif
