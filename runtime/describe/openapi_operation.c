/* One contract as an operation: what people read of it, who may call and how often. */
#include "describe/openapi_internal.h"

/* --- In words --- */

static void say(struct openapi *api, struct text *text, struct text sentence)
{
  *text = text->length
              ? arena_print(api->arena, "%.*s\n\n%.*s", TEXT_ARGS(*text), TEXT_ARGS(sentence))
              : sentence;
}

/* "a, b and c"; `last` is "and" or "or". */
static struct text list_names(struct openapi *api, const struct text *names, size_t count,
                              const char *last)
{
  struct text list = TEXT("");
  for (size_t i = 0; i < count; i++) {
    const char *between = i == 0 ? "" : i + 1 < count ? ", " : last;
    list = arena_print(api->arena, "%.*s%s%.*s", TEXT_ARGS(list), between, TEXT_ARGS(names[i]));
  }
  return list;
}

static void say_who(struct openapi *api, const struct contract *contract, struct text *text)
{
  struct text roles = list_names(api, contract->roles, contract->role_count, " or ");
  if (contract->webhook)
    say(api, text, arena_print(api->arena, "For what %.*s has signed.", TEXT_ARGS(roles)));
  else if (contract->public)
    say(api, text,
        arena_print(api->arena, "For everybody: %.*s.", TEXT_ARGS(contract->public_reason)));
  else if (roles.length)
    say(api, text, arena_print(api->arena, "For the role %.*s.", TEXT_ARGS(roles)));
  else
    say(api, text, TEXT("For everybody who is signed in."));
  if (contract->condition_count)
    say(api, text, TEXT("Of some inputs more is asked: see `x-when`."));
}

static void say_whose(struct openapi *api, const struct contract *contract, struct text *text)
{
  struct text *fields = arena_new_array(api->arena, contract->owns_count + 1, sizeof *fields);
  struct text exempt = list_names(api, contract->or_roles, contract->or_role_count, " or ");
  if (contract->owns_count == 0) return;
  for (size_t i = 0; i < contract->owns_count; i++) {
    const struct field *field = &contract->fields[contract->owns[i].field];
    fields[i] = arena_print(api->arena, "`%.*s`", TEXT_ARGS(field->schema.name));
  }
  struct text names = list_names(api, fields, contract->owns_count, " and ");
  say(api, text,
      arena_print(api->arena, "What %.*s names must be the caller's to name%s%.*s.",
                  TEXT_ARGS(names), exempt.length ? ", but for the role " : "", TEXT_ARGS(exempt)));
}

static void say_repeats(struct openapi *api, const struct contract *contract, struct text *text)
{
  if (!contract->idempotency.present) return;
  say(api, text, TEXT("Has its effect once: a repeat gets the first one's reply."));
}

static void say_session(struct openapi *api, const struct contract *contract, struct text *text)
{
  static const char *const ends[] = {[SESSION_END_THIS] = "Ends this session.",
                                     [SESSION_END_OTHERS] = "Ends the caller's other sessions.",
                                     [SESSION_END_ALL] = "Ends all of the caller's sessions."};
  struct text field = contract->session_field;
  if (contract->session_start != SESSION_NONE)
    say(api, text,
        arena_print(api->arena, "Starts a session, whose token is in %s%.*s%s%s.",
                    field.length ? "`" : "", TEXT_ARGS(field), field.length ? "`" : "",
                    !contract->session_cookie ? ""
                    : field.length            ? " and in a cookie"
                                              : "a cookie"));
  if (contract->session_end != SESSION_KEEP) say(api, text, text_of(ends[contract->session_end]));
}

/* --- Rate limits --- */

static struct json names_of(struct openapi *api, const struct text *names, size_t count)
{
  struct json_list list = {0};
  for (size_t i = 0; i < count; i++) openapi_push(api, &list, json_string(names[i]));
  return openapi_array(&list);
}

/* As contracts have it: "90s", "1m". */
static struct text duration(struct openapi *api, int64_t ms)
{
  static const struct {
    int64_t ms;
    const char *unit;
  } units[] = {{24 * 3600 * 1000, "d"}, {3600 * 1000, "h"}, {60 * 1000, "m"}, {1000, "s"}};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (ms % units[i].ms == 0)
      return arena_print(api->arena, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
  return arena_print(api->arena, "%lldms", (long long)ms);
}

/* What each is counted for: "ip", "principal", "input.email". */
static struct text *counted_for(struct openapi *api, const struct contract *contract,
                                const struct rate_limit *limit, size_t *count)
{
  struct text *names = arena_new_array(api->arena, limit->field_count + 2, sizeof *names);
  *count = 0;
  if (limit->by_ip) names[(*count)++] = TEXT("ip");
  if (limit->by_principal) names[(*count)++] = TEXT("principal");
  for (size_t i = 0; i < limit->field_count; i++)
    names[(*count)++] = arena_print(api->arena, "input.%.*s",
                                    TEXT_ARGS(contract->fields[limit->fields[i]].schema.name));
  return names;
}

static void say_rates(struct openapi *api, const struct contract *contract, struct text *text)
{
  struct text sentence = TEXT("");
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    size_t count;
    struct text *names = counted_for(api, contract, limit, &count);
    sentence = arena_print(api->arena, "%.*s%s%u requests in %.*s by %.*s%s", TEXT_ARGS(sentence),
                           i == 0 ? "At most " : ", ", (unsigned)limit->limit,
                           TEXT_ARGS(duration(api, limit->per_ms)),
                           TEXT_ARGS(list_names(api, names, count, " and ")),
                           limit->shared ? " (of all routes together)" : "");
  }
  if (sentence.length) say(api, text, arena_print(api->arena, "%.*s.", TEXT_ARGS(sentence)));
}

static struct json rate_limits(struct openapi *api, const struct contract *contract)
{
  struct json_list limits = {0};
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    struct json_builder object = {0};
    size_t count;
    struct text *names = counted_for(api, contract, limit, &count);
    openapi_add(api, &object, "limit", json_integer(limit->limit));
    openapi_add_text(api, &object, "per", duration(api, limit->per_ms));
    openapi_add(api, &object, "by", names_of(api, names, count));
    if (limit->shared) openapi_add(api, &object, "shared", json_boolean(true));
    openapi_push(api, &limits, json_builder_object(&object));
  }
  return openapi_array(&limits);
}

/* --- Who --- */

/* "webhook:stripe", whose signature stands in the header that writ.json's scheme has. */
static const char *sign_in(struct openapi *api, struct text role)
{
  struct text name = role, prefix;
  struct json_builder scheme = {0};
  text_split(&name, ':', &prefix);
  const char *key = arena_print(api->arena, "webhook.%.*s", TEXT_ARGS(name)).data;
  for (uint32_t i = 0; i < api->signatures.length; i++)
    if (json_is_string(&api->signatures.members[i].key, key)) return key;
  const char *header = "Signature";
  for (size_t i = 0; i < api->info->signer_count; i++)
    if (text_equal(api->info->signers[i].name, name)) header = api->info->signers[i].header;
  openapi_add_text(api, &scheme, "type", TEXT("apiKey"));
  openapi_add_text(api, &scheme, "in", TEXT("header"));
  openapi_add_text(api, &scheme, "name", text_of(header));
  openapi_add_text(api, &scheme, "description", TEXT("The sender's signature of the body"));
  openapi_add(api, &api->signatures, key, json_builder_object(&scheme));
  return key;
}

static struct json security(struct openapi *api, const struct contract *contract)
{
  struct json_list ways = {0};
  struct json scopes = names_of(api, contract->scopes, contract->scope_count);
  for (size_t i = 0; contract->webhook && i < contract->role_count; i++)
    openapi_push(api, &ways, openapi_object(api, sign_in(api, contract->roles[i]), scopes));
  if (!contract->anonymous)
    for (size_t i = 0; i < OPENAPI_SCHEMES; i++)
      if (api->schemes & 1U << i)
        openapi_push(api, &ways, openapi_object(api, openapi_schemes[i], scopes));
  return openapi_array(&ways);
}

static struct json roles(struct openapi *api, const struct contract *contract)
{
  const struct text any = TEXT("*");
  return contract->role_count ? names_of(api, contract->roles, contract->role_count)
                              : names_of(api, &any, 1);
}

/* --- What is asked of some inputs --- */

static struct json condition(struct openapi *api, const struct contract *contract,
                             const struct condition *condition)
{
  struct json_builder object = {0};
  struct schema_view input = schema_view(condition->input);
  struct text *owned = arena_new_array(api->arena, condition->owns_count + 1, sizeof *owned);
  for (size_t i = 0; i < condition->owns_count; i++)
    owned[i] = contract->fields[condition->owns[i].field].schema.name;
  struct text *errors = arena_new_array(api->arena, condition->rule_count + 1, sizeof *errors);
  for (size_t i = 0; i < condition->rule_count; i++)
    errors[i] = contract->errors[condition->rules[i].error].code;
  const struct {
    const char *key;
    const struct text *names;
    size_t count;
  } asked[] = {{"roles", condition->roles, condition->role_count},
               {"scopes", condition->scopes, condition->scope_count},
               {"owns", owned, condition->owns_count},
               {"errors", errors, condition->rule_count}};
  openapi_add(api, &object, "input", openapi_schema(api, input.value, input.flags, false));
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
    if (asked[i].count)
      openapi_add(api, &object, asked[i].key, names_of(api, asked[i].names, asked[i].count));
  return json_builder_object(&object);
}

static struct json conditions(struct openapi *api, const struct contract *contract)
{
  struct json_list list = {0};
  for (size_t i = 0; i < contract->condition_count; i++)
    openapi_push(api, &list, condition(api, contract, &contract->conditions[i]));
  return openapi_array(&list);
}

/* --- The operation --- */

struct text openapi_tag(const struct contract *contract)
{
  const char *end = strrchr(contract->name, '.');
  return (struct text){contract->name, end ? (size_t)(end - contract->name) : 0};
}

struct json openapi_operation(struct openapi *api, const struct contract *contract,
                              const struct route *path)
{
  struct json_builder operation = {0};
  struct json_list tags = {0};
  struct text description = TEXT(""), tag = openapi_tag(contract);
  say_who(api, contract, &description);
  say_whose(api, contract, &description);
  say_session(api, contract, &description);
  say_repeats(api, contract, &description);
  say_rates(api, contract, &description);
  if (tag.length) {
    openapi_push(api, &tags, json_string(arena_copy(api->arena, tag)));
    openapi_add(api, &operation, "tags", openapi_array(&tags));
  }
  openapi_add_text(api, &operation, "summary", contract->summary);
  openapi_add_text(api, &operation, "description", description);
  openapi_add_text(api, &operation, "operationId", text_of(contract->name));
  openapi_add_input(api, contract, path, &operation);
  openapi_add(api, &operation, "responses", openapi_responses(api, contract));
  openapi_add(api, &operation, "security", security(api, contract));
  if (!contract->public) openapi_add(api, &operation, "x-roles", roles(api, contract));
  if (contract->condition_count) openapi_add(api, &operation, "x-when", conditions(api, contract));
  if (contract->rate_limit_count)
    openapi_add(api, &operation, "x-rate-limit", rate_limits(api, contract));
  return json_builder_object(&operation);
}
