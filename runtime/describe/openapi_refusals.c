/* Which refusals a contract can end in is decided by a table; the dispatcher's steps and
 * dispatch/reply.c are what it must agree with. */
#include "describe/openapi_internal.h"

static bool has_body(const struct contract *contract)
{
  enum method method = contract->route.method;
  return method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH;
}

static bool always(const struct contract *contract)
{
  (void)contract;
  return true;
}

static bool signs_in(const struct contract *contract)
{
  return !contract->public;
}

/* Some owned field is refused so (forbidden or not). */
static bool owns_so(const struct contract *contract, bool forbidden)
{
  bool found = false;
  for (size_t i = 0; i < contract->owns_count; i++)
    found |= contract->owns[i].forbidden == forbidden;
  for (size_t i = 0; i < contract->condition_count; i++)
    for (size_t k = 0; k < contract->conditions[i].owns_count; k++)
      found |= contract->conditions[i].owns[k].forbidden == forbidden;
  return found;
}

static bool owns(const struct contract *contract)
{
  return owns_so(contract, false);
}

static bool forbids(const struct contract *contract)
{
  bool asks = contract->role_count > 0 && !contract->webhook;
  for (size_t i = 0; i < contract->condition_count; i++)
    asks |= contract->conditions[i].role_count > 0;
  return asks || owns_so(contract, true);
}

static bool asks_for_scopes(const struct contract *contract)
{
  bool asks = contract->scope_count > 0;
  for (size_t i = 0; i < contract->condition_count; i++)
    asks |= contract->conditions[i].scope_count > 0;
  return asks;
}

/* A session that came in a cookie is not enough for these. */
static bool changes_things(const struct contract *contract)
{
  enum method method = contract->route.method;
  return !contract->anonymous && method != METHOD_GET && method != METHOD_HEAD;
}

static bool verifies(const struct contract *contract)
{
  return contract->credentials.present || contract->reauth.present;
}

static bool takes_key(const struct contract *contract)
{
  return contract->idempotency.present;
}

static bool compares_input(const struct contract *contract)
{
  return contract->idempotency.present && !contract->idempotency.by_input;
}

static bool commits(const struct contract *contract)
{
  return contract->writes || contract->audit_action.length > 0 || contract->use_count > 0;
}

static const struct {
  enum denial denial;
  bool (*possible)(const struct contract *contract);
  bool by_transport;  /* the transport may refuse so as well, and knows of no other status */
  const char *shared; /* its part of a shared response's name; NULL: made from its code */
} denials[] = {
    {DENIAL_MALFORMED, always, true, NULL},
    {DENIAL_IDEMPOTENCY_KEY_MISSING, takes_key, false, NULL},
    {DENIAL_UNAUTHENTICATED, signs_in, false, NULL},
    {DENIAL_WRONG_CREDENTIALS, verifies, false, NULL},
    {DENIAL_FORBIDDEN, forbids, false, NULL},
    {DENIAL_INSUFFICIENT_SCOPE, asks_for_scopes, false, NULL},
    {DENIAL_CROSS_SITE, changes_things, false, NULL},
    {DENIAL_NOT_OWNER, owns, false, NULL},
    {DENIAL_BODY_TOO_LARGE, has_body, true, NULL},
    {DENIAL_UNSUPPORTED_MEDIA_TYPE, has_body, true, NULL},
    {DENIAL_INVALID_INPUT, always, false, NULL}, /* at the least for a field that is not declared */
    {DENIAL_IDEMPOTENCY_MISMATCH, compares_input, false, NULL},
    {DENIAL_RATE_LIMITED, always, false, NULL}, /* if only for overruns */
    {DENIAL_HANDLER_FAILED, always, false, "Failed"},
    {DENIAL_HANDLER_DEADLINE, always, false, ""},
    {DENIAL_HANDLER_MEMORY, always, false, ""},
    {DENIAL_HANDLER_TRAPPED, always, false, ""},
    {DENIAL_BREACH, always, false, ""},
    {DENIAL_INTERNAL, always, false, ""},
    {DENIAL_OUTCOME_UNKNOWN, commits, false, ""},
    {DENIAL_HANDLER_UNAVAILABLE, always, false, "Unavailable"},
    {DENIAL_QUARANTINED, always, false, ""},
    {DENIAL_OVERLOADED, always, false, ""},
    {DENIAL_NOT_COMMITTED, commits, false, NULL},
};
enum { DENIALS_LISTED = sizeof denials / sizeof *denials };

/* The words of a status, while they are gathered. */
struct words {
  struct buffer description, name;
};

/* "not_found" is "NotFound". */
static void append_capitalized(struct buffer *name, struct text code)
{
  for (size_t i = 0; i < code.length; i++) {
    bool begins = i == 0 || code.data[i - 1] == '_';
    char c = code.data[i];
    if (c != '_') buffer_append_byte(name, begins && c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
  }
}

/* `shared`: its part of the name, or NULL. */
static void add_problem(struct openapi *api, struct problems *problems, struct words *words,
                        struct text code, struct text title, const char *shared)
{
  struct json item = json_string(code);
  for (uint32_t i = 0; i < problems->codes.length; i++)
    if (json_equal(&problems->codes.items[i], &item)) return;
  openapi_push(api, &problems->codes, item);
  const struct text parts[] = {words->description.length ? TEXT("\n\n`") : TEXT("`"), code,
                               TEXT("`: "), title, TEXT(".")};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    buffer_append_text(&words->description, parts[i]);
  if (shared)
    buffer_append_text(&words->name, text_of(shared));
  else
    append_capitalized(&words->name, code);
}

/* No cookie is set by any contract, so none comes. */
static bool is_without_cookie(const struct openapi *api, enum denial denial)
{
  return denial == DENIAL_CROSS_SITE && !(api->schemes & 1U << OPENAPI_COOKIE);
}

/* Adds what the host refuses with this status; true if any has another one usually. */
static bool add_denials(struct openapi *api, const struct contract *contract,
                        struct problems *problems, struct words *words)
{
  bool renumbered = false;
  for (size_t i = 0; i < DENIALS_LISTED; i++) {
    enum denial denial = denials[i].denial;
    bool usual = denial_status(denial) == problems->status;
    bool here =
        contract->statuses[denial] == problems->status || (usual && denials[i].by_transport);
    if (!here || is_without_cookie(api, denial) || !denials[i].possible(contract)) continue;
    add_problem(api, problems, words, text_of(denial_code(denial)), text_of(denial_title(denial)),
                denials[i].shared);
    if (!usual) renumbered = true;
  }
  return renumbered;
}

struct problems openapi_problems(struct openapi *api, const struct contract *contract, int status)
{
  struct problems problems = {.status = status};
  struct words words = {0};
  if (add_denials(api, contract, &problems, &words)) buffer_print(&words.name, "%d", status);
  for (size_t i = 0; i < contract->error_count; i++) {
    const struct declared_error *error = &contract->errors[i];
    if (error->status != status) continue;
    problems.declared = true;
    add_problem(api, &problems, &words, error->code,
                error->title.length ? error->title : error->code, NULL);
  }
  problems.description = arena_copy(api->arena, buffer_text(&words.description));
  problems.name = arena_copy(api->arena, buffer_text(&words.name));
  buffer_deinit(&words.description);
  buffer_deinit(&words.name);
  return problems;
}

static void note_status(bool statuses[OPENAPI_STATUS_END], int status)
{
  if (status > 0 && status < OPENAPI_STATUS_END) statuses[status] = true;
}

void openapi_statuses(const struct contract *contract, bool statuses[OPENAPI_STATUS_END])
{
  for (size_t i = 0; i < contract->return_count; i++)
    note_status(statuses, contract->returns[i].status);
  if (contract->cached) note_status(statuses, 304);
  for (size_t i = 0; i < DENIALS_LISTED; i++) {
    note_status(statuses, contract->statuses[denials[i].denial]);
    if (denials[i].by_transport) note_status(statuses, denial_status(denials[i].denial));
  }
  for (size_t i = 0; i < contract->error_count; i++)
    note_status(statuses, contract->errors[i].status);
}
