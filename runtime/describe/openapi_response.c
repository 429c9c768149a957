/* Replies and refusals, and which headers go with them: that is decided by a table, which must
 * agree with dispatch/reply.c. */
#include "describe/openapi_internal.h"

extern const char openapi_problem[];
extern const size_t openapi_problem_length;

#define PROBLEM_TYPE "application/problem+json"

/* --- Headers --- */

static bool has_code(const struct problems *problems, enum denial denial)
{
  for (uint32_t i = 0; problems && i < problems->codes.length; i++)
    if (json_is_string(&problems->codes.items[i], denial_code(denial))) return true;
  return false;
}

/* Asked with the problems of a status; for a success these are NULL. */

static bool challenges(const struct contract *contract, const struct problems *problems)
{
  (void)contract;
  return problems && (problems->status == 401 || has_code(problems, DENIAL_INSUFFICIENT_SCOPE));
}

static bool is_cached(const struct contract *contract, const struct problems *problems)
{
  return !problems && contract->cached;
}

static bool is_cached_privately(const struct contract *contract, const struct problems *problems)
{
  return is_cached(contract, problems) && !contract->public;
}

static bool says_when(const struct contract *contract, const struct problems *problems)
{
  (void)contract;
  return has_code(problems, DENIAL_RATE_LIMITED) || has_code(problems, DENIAL_QUARANTINED);
}

static bool says_limit(const struct contract *contract, const struct problems *problems)
{
  (void)contract;
  return has_code(problems, DENIAL_RATE_LIMITED);
}

static bool sets_cookie(const struct contract *contract, const struct problems *problems)
{
  bool starts = contract->session_start != SESSION_NONE && contract->session_cookie;
  bool ends = contract->session_end == SESSION_END_THIS || contract->session_end == SESSION_END_ALL;
  return !problems && (starts || ends);
}

static bool is_repeatable(const struct contract *contract, const struct problems *problems)
{
  return !problems && contract->idempotency.present;
}

static const struct {
  const char *name, *type, *description;
  bool (*sent)(const struct contract *contract, const struct problems *problems);
} headers[] = {
    {"Cache-Control", "string", "How long the reply may be kept, and by whom", is_cached},
    {"ETag", "string", "For If-None-Match", is_cached},
    {"Idempotent-Replayed", "string", "`true`: this is the reply of an earlier call",
     is_repeatable},
    {"RateLimit-Limit", "integer", "The limit that was reached, in requests", says_limit},
    {"RateLimit-Remaining", "integer", "How many requests are left", says_limit},
    {"RateLimit-Reset", "integer", "Seconds until there are more", says_limit},
    {"Retry-After", "integer", "Seconds after which a request may succeed", says_when},
    {"Set-Cookie", "string", "The session's cookie; emptied where the session ends", sets_cookie},
    {"Vary", "string", "What the reply depends on", is_cached_privately},
    {"WWW-Authenticate", "string", "How to sign in: Bearer", challenges},
};
enum { HEADERS = sizeof headers / sizeof *headers };

/* Which of the table, as 1 << index. */
static unsigned headers_of(const struct contract *contract, const struct problems *problems)
{
  unsigned sent = 0;
  for (size_t i = 0; i < HEADERS; i++)
    if (headers[i].sent(contract, problems)) sent |= 1U << i;
  return sent;
}

static void add_headers(struct openapi *api, unsigned sent, struct json_builder *response)
{
  struct json_builder list = {0};
  api->headers |= sent;
  for (size_t i = 0; i < HEADERS; i++) {
    if (!(sent & 1U << i)) continue;
    openapi_add(api, &list, headers[i].name, openapi_ref(api, "headers", text_of(headers[i].name)));
  }
  if (list.length) openapi_add(api, response, "headers", json_builder_object(&list));
}

struct json openapi_headers(struct openapi *api)
{
  struct json_builder list = {0};
  for (size_t i = 0; i < HEADERS; i++) {
    if (!(api->headers & 1U << i)) continue;
    struct json_builder header = {0};
    struct json type = json_string(text_of(headers[i].type));
    openapi_add_text(api, &header, "description", text_of(headers[i].description));
    openapi_add(api, &header, "schema", openapi_object(api, "type", type));
    openapi_add(api, &list, headers[i].name, json_builder_object(&header));
  }
  return json_builder_object(&list);
}

/* --- Problems --- */

static struct json problem_response(struct openapi *api, const struct problems *problems,
                                    unsigned sent)
{
  struct json_builder response = {0}, properties = {0}, schema = {0};
  struct json_list all = {0};
  openapi_add(api, &properties, "status",
              openapi_object(api, "const", json_integer(problems->status)));
  openapi_add(api, &properties, "code",
              openapi_object(api, "enum", openapi_array(&problems->codes)));
  openapi_push(api, &all, openapi_ref(api, "schemas", TEXT("Problem")));
  openapi_push(api, &all, openapi_object(api, "properties", json_builder_object(&properties)));
  openapi_add(api, &schema, "allOf", openapi_array(&all));
  openapi_add_text(api, &response, "description", problems->description);
  add_headers(api, sent, &response);
  openapi_add(api, &response, "content",
              openapi_object(api, PROBLEM_TYPE,
                             openapi_object(api, "schema", json_builder_object(&schema))));
  return json_builder_object(&response);
}

/* One that stands among the components, and all that it was made of: a description names its codes.
 */
struct shared_response {
  struct shared_response *next;
  struct text name, description;
  int status;
  unsigned headers;
};

static void share_response(struct openapi *api, const struct problems *problems, unsigned sent,
                           struct json response)
{
  struct shared_response *shared = arena_new(api->arena, sizeof *shared);
  *shared = (struct shared_response){api->shared, problems->name, problems->description,
                                     problems->status, sent};
  api->shared = shared;
  json_builder_add(&api->responses, api->arena, problems->name, response);
}

/* Those of a contract's own say so in place, as does the second of one name, if it is another. */
static struct json refer_to_problems(struct openapi *api, const struct contract *contract,
                                     const struct problems *problems)
{
  unsigned sent = headers_of(contract, problems);
  const struct shared_response *shared = api->shared;
  if (problems->declared) return problem_response(api, problems, sent);
  while (shared && !text_equal(shared->name, problems->name)) shared = shared->next;
  bool alike = shared && shared->status == problems->status && shared->headers == sent &&
               text_equal(shared->description, problems->description);
  if (shared && !alike) return problem_response(api, problems, sent);
  if (!shared) share_response(api, problems, sent, problem_response(api, problems, sent));
  return openapi_ref(api, "responses", problems->name);
}

struct json openapi_problem_schema(struct openapi *api)
{
  struct text text = {openapi_problem, openapi_problem_length};
  struct json schema = json_null();
  json_read(api->arena, text, NULL, &schema, NULL); /* the tests read it, too */
  return schema;
}

/* For what is in no operation: the transport's refusals, which know no contract. */
void openapi_add_default_response(struct openapi *api)
{
  struct json_builder response = {0};
  struct json schema = openapi_object(api, "schema", openapi_ref(api, "schemas", TEXT("Problem")));
  openapi_add_text(api, &response, "description",
                   TEXT("Any other problem, such as a head that is too large."));
  openapi_add(api, &response, "content", openapi_object(api, PROBLEM_TYPE, schema));
  openapi_add(api, &api->responses, "Problem", json_builder_object(&response));
}

/* --- Successes --- */

static const struct json *returned_schema(const struct openapi *api,
                                          const struct contract *contract, int status)
{
  const struct json *ensures = json_get(openapi_document_of(api, contract)->root, "ensures");
  const struct json *returns = json_get(ensures, "returns");
  const struct json *by_status = json_get_text(returns, arena_print(api->arena, "%d", status));
  return by_status ? by_status : returns;
}

/* What the handler returns, with the token that the host adds. */
static struct json with_token(struct openapi *api, const struct contract *contract,
                              const struct json *value)
{
  struct text field = contract->session_field;
  struct json_builder token = {0}, properties = {0}, object = {0}, schema = {0};
  struct json_list required = {0}, all = {0};
  openapi_add_text(api, &token, "description", TEXT("The new session's token"));
  openapi_add_text(api, &token, "type", TEXT("string"));
  openapi_add_text(api, &token, "pattern", TEXT("^[A-Za-z0-9_-]+$"));
  json_builder_add(&properties, api->arena, field, json_builder_object(&token));
  openapi_push(api, &required, json_string(field));
  openapi_add(api, &object, "type", json_string(TEXT("object")));
  openapi_add(api, &object, "properties", json_builder_object(&properties));
  openapi_add(api, &object, "required", openapi_array(&required));
  openapi_push(api, &all, openapi_schema(api, value, SCHEMA_STRICT | SCHEMA_CLOSED, false));
  openapi_push(api, &all, json_builder_object(&object));
  openapi_add(api, &schema, "allOf", openapi_array(&all));
  openapi_add(api, &schema, "unevaluatedProperties", json_boolean(false));
  return json_builder_object(&schema);
}

/* In the words of the schema, or of what it refers to. */
static struct text describe(const struct openapi *api, const struct json *value)
{
  const struct schema *schema =
      schema_find(api->generation->schemas, value, SCHEMA_STRICT | SCHEMA_CLOSED);
  struct text title = json_text(json_get(value, "description"));
  if (title.length == 0) title = json_text(json_get(value, "title"));
  if (title.length) return title;
  const struct schema *ref = schema ? schema_view(schema).ref : NULL;
  const struct json *target = ref ? schema_view(ref).value : NULL;
  if (target) return describe(api, target);
  return value->type == JSON_NULL ? TEXT("Done, and nothing to tell") : TEXT("Done");
}

static struct json success(struct openapi *api, const struct contract *contract,
                           const struct returned *returned)
{
  struct json_builder response = {0};
  const struct json *value = returned_schema(api, contract, returned->status);
  openapi_add_text(api, &response, "description", describe(api, value));
  add_headers(api, headers_of(contract, NULL), &response);
  if (!returned->schema) return json_builder_object(&response);
  struct json schema = contract->session_field.length
                           ? with_token(api, contract, value)
                           : openapi_schema(api, value, SCHEMA_STRICT | SCHEMA_CLOSED, true);
  openapi_add(api, &response, "content",
              openapi_object(api, "application/json", openapi_object(api, "schema", schema)));
  return json_builder_object(&response);
}

static struct json not_modified(struct openapi *api, const struct contract *contract)
{
  struct json_builder response = {0};
  openapi_add_text(api, &response, "description",
                   TEXT("What If-None-Match names is still the reply."));
  add_headers(api, headers_of(contract, NULL), &response);
  return json_builder_object(&response);
}

/* --- All of them --- */

static void add_responses(struct openapi *api, const struct contract *contract, int status,
                          struct json_builder *responses)
{
  struct text digits = arena_print(api->arena, "%d", status);
  for (size_t i = 0; i < contract->return_count; i++)
    if (contract->returns[i].status == status)
      json_builder_add(responses, api->arena, digits,
                       success(api, contract, &contract->returns[i]));
  if (status == 304 && contract->cached)
    json_builder_add(responses, api->arena, digits, not_modified(api, contract));
  struct problems problems = openapi_problems(api, contract, status);
  if (problems.codes.length == 0) return;
  json_builder_add(responses, api->arena, digits, refer_to_problems(api, contract, &problems));
}

struct json openapi_responses(struct openapi *api, const struct contract *contract)
{
  struct json_builder responses = {0};
  bool statuses[OPENAPI_STATUS_END] = {false};
  openapi_statuses(contract, statuses);
  for (int status = 0; status < OPENAPI_STATUS_END; status++)
    if (statuses[status]) add_responses(api, contract, status, &responses);
  openapi_add(api, &responses, "default", openapi_ref(api, "responses", TEXT("Problem")));
  return json_builder_object(&responses);
}
