/* What the makers of the OpenAPI document share. Private to openapi*.c. */
#ifndef WRIT_DESCRIBE_OPENAPI_INTERNAL_H
#define WRIT_DESCRIBE_OPENAPI_INTERNAL_H

#include "contract/document.h"
#include "contract/generation.h"
#include "contract/template.h"
#include "describe/openapi.h"

struct component;       /* openapi_schema.c */
struct shared_response; /* openapi_response.c */

/* How a caller can say who it is; their names in the document. */
enum openapi_scheme { OPENAPI_BEARER, OPENAPI_COOKIE, OPENAPI_SCHEMES };
extern const char *const openapi_schemes[OPENAPI_SCHEMES];

struct openapi {
  const struct generation *generation;
  const struct openapi_info *info;
  struct arena *arena;
  struct component *components, **components_end; /* schemas, in the order in which they are met */
  struct json_builder responses;                  /* that several operations share */
  struct shared_response *shared;                 /* the same, but "Problem" */
  struct json_builder signatures;                 /* security schemes of webhooks */
  unsigned schemes; /* that callers can use, as 1 << enum openapi_scheme */
  unsigned headers; /* of openapi_response.c's table, that are used */
};

/* --- JSON under construction; keys are literals or lie in the arena. --- */

struct json_list {
  struct json *items;
  uint32_t length, capacity;
};
void openapi_push(struct openapi *api, struct json_list *list, struct json item);
struct json openapi_array(const struct json_list *list);

void openapi_add(struct openapi *api, struct json_builder *object, const char *key,
                 struct json value);
/* Not if the text is empty. */
void openapi_add_text(struct openapi *api, struct json_builder *object, const char *key,
                      struct text text);

/* Puts the members in the order of their keys. */
void openapi_sort(struct json_builder *object);

/* An object with one member. */
struct json openapi_object(struct openapi *api, const char *key, struct json value);

/* {"$ref": "#/components/KIND/NAME"} */
struct json openapi_ref(struct openapi *api, const char *kind, struct text name);

/* --- openapi_schema.c --- */

/* Gives the schemas in contracts/defs their names. Comes first. */
void openapi_name_schemas(struct openapi *api);

/* A schema of a contract or template as it stands in the document. `value` is its source, compiled
 * with `flags`. `child`: it is the schema of a whole value (root, member or element), and says so
 * if the host refuses there what is not declared; otherwise something else says it. */
struct json openapi_schema(struct openapi *api, const struct json *value, unsigned flags,
                           bool child);

/* components/schemas, sorted: everything that has been referred to so far, and what that refers to.
 */
struct json openapi_components(struct openapi *api);

/* --- openapi_input.c --- */

/* Where the contract's file stands, with its JSON. */
const struct document *openapi_document_of(const struct openapi *api,
                                           const struct contract *contract);

/* Adds parameters, requestBody and, if these cannot say all that the schema of the input does,
 * x-input. `path` names the path's parameters: another contract of the same path may have been
 * first to name them. */
void openapi_add_input(struct openapi *api, const struct contract *contract,
                       const struct route *path, struct json_builder *operation);

/* --- openapi_refusals.c --- */

/* The problems of one status. */
struct problems {
  int status;
  bool declared; /* some are the contract's own */
  struct json_list codes;
  struct text description, name; /* titles by code; a name for what is shared */
};

struct problems openapi_problems(struct openapi *api, const struct contract *contract, int status);

/* Marks the statuses that the contract may have anything to say of: a few of all. */
enum { OPENAPI_STATUS_END = 600 };
void openapi_statuses(const struct contract *contract, bool statuses[OPENAPI_STATUS_END]);

/* --- openapi_response.c --- */

struct json openapi_responses(struct openapi *api, const struct contract *contract);

/* Adds the response for what no contract knows of. Comes first. */
void openapi_add_default_response(struct openapi *api);

/* components/headers, when all responses are made; and the schema of all problems. */
struct json openapi_headers(struct openapi *api);
struct json openapi_problem_schema(struct openapi *api);

/* --- openapi_operation.c --- */

/* "users.update_profile" is in the folder "users"; empty: in none. */
struct text openapi_tag(const struct contract *contract);

struct json openapi_operation(struct openapi *api, const struct contract *contract,
                              const struct route *path);

#endif
