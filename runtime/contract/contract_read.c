/* One file into one contract.
 *
 * meta_check has the say about structure; from then on whatever is missing or of the wrong type is
 * simply passed over, and only what the words mean together is reported here. So one look at a file
 * shows all that is wrong with it. Each keyword has its own function, in the contract_*.c beside
 * this one. */
#include "contract/load.h"
#include "contract/name.h"

/* "users/update_profile.json" is "users.update_profile". */
static void read_name(struct reading *reading)
{
  struct text path = text_of(reading->document->path), part;
  path.length -= strlen(".json");
  struct text name = arena_copy(reading->arena, path);
  char *bytes = (char *)name.data; /* just made */
  for (size_t i = 0; i < name.length; i++)
    if (bytes[i] == '/') bytes[i] = '.';
  reading->contract->name = bytes;
  reading->contract->handler_path =
      arena_print(reading->arena, "app/handlers/%.*s.lua", TEXT_ARGS(path)).data;
  while (text_split(&path, '/', &part))
    if (!name_is_lower(part))
      report_error(reading->report, FINDING_CONTRACT_NAME, reading->source, 0,
                   "use lower-case letters, digits and underscores",
                   "'%.*s' cannot be part of a contract's name", TEXT_ARGS(part));
}

static void read_route(struct reading *reading)
{
  const struct json *route = member_of(reading->document->root, "route", JSON_STRING);
  const char *message = NULL;
  if (route && route_parse(json_text(route), &reading->contract->route, &message))
    report_error(reading->report, FINDING_ROUTE_WRONG, reading->source, route->offset,
                 "write it like \"PATCH /users/{user_id}\"", "%s", message);
}

/* --- Templates --- */

static void read_template(struct reading *reading, const struct json *name)
{
  const struct template *template = template_find(&reading->loading->templates, json_text(name));
  if (template)
    reading->templates[reading->template_count++] = template;
  else
    report_error(reading->report, FINDING_TEMPLATE_UNKNOWN, reading->source, name->offset,
                 "templates are the files in contracts/templates, named without .json",
                 "there is no template '%s'", name->string);
}

static void read_extends(struct reading *reading)
{
  const struct json *extends = member_of(reading->document->root, "extends", JSON_ARRAY);
  uint32_t count = extends ? extends->length : 0;
  reading->templates = arena_new_array(reading->arena, count + 1, sizeof *reading->templates);
  for (uint32_t i = 0; i < count; i++)
    if (extends->items[i].type == JSON_STRING) read_template(reading, &extends->items[i]);
  reading->contract->templates = reading->templates;
  reading->contract->template_count = reading->template_count;
}

/* --- What only shows when all is read --- */

static bool says_rate_limit(const struct json *requires)
{
  const struct json *limits = member_of(requires, "rate_limit", JSON_ARRAY);
  return limits && limits->length > 0;
}

/* By itself or a template; the policy's limits are for all routes together. */
static bool is_rate_limited(const struct reading *reading)
{
  bool limited = says_rate_limit(reading->requires);
  for (size_t i = 0; i < reading->template_count; i++)
    limited |= says_rate_limit(reading->templates[i]->requires);
  return limited;
}

static void check_rate_limited(struct reading *reading)
{
  const struct contract *contract = reading->contract;
  const char *why = NULL;
  if (contract->public && contract->writes) why = "is public and can write";
  if (contract->credentials.present || contract->reauth.present) why = "verifies passwords";
  if (!why || is_rate_limited(reading)) return;
  report_error(reading->report, FINDING_RATE_LIMIT_MISSING, reading->source,
               reading->requires ? reading->requires->offset : 0,
               "add \"rate_limit\": [{ \"limit\": 5, \"per\": \"1m\", \"by\": \"ip\" }]",
               "this contract %s, and has no `rate_limit`", why);
}

static void check_writes(struct reading *reading)
{
  struct contract *contract = reading->contract;
  size_t at = reading->ensures ? reading->ensures->offset : 0;
  contract->writes =
      contract->session_start != SESSION_NONE || contract->session_end != SESSION_KEEP;
  for (size_t i = 0; i < contract->use_count; i++)
    contract->writes |= contract->uses[i].query && contract->uses[i].query->writes;
  static const char *const of_writes[] = {"unchanged", "idempotent"};
  for (size_t i = 0; i < 2 && !contract->writes; i++) {
    const struct json *said = json_get(reading->ensures, of_writes[i]);
    if (said)
      report_error(reading->report, FINDING_WRITES_NOTHING, reading->source, said->offset,
                   "leave it out", "this contract writes nothing, so `%s` has nothing to say",
                   of_writes[i]);
  }
  if (!contract->writes) return;
  if (contract->sleeps)
    report_error(
        reading->report, FINDING_WRITES_ASLEEP, reading->source,
        json_get(reading->uses, "sleep")->offset, "grant only queries that read, or leave it out",
        "this contract can write, so it must not sleep: it would hold up all other writes");
  enum method method = contract->route.method;
  if (method == METHOD_GET || method == METHOD_HEAD)
    report_error(reading->report, FINDING_WRITES_BY_GET, reading->source,
                 json_get(reading->document->root, "route")
                     ? json_get(reading->document->root, "route")->offset
                     : 0,
                 "use POST, PUT, PATCH or DELETE", "a %s must not write", method_name(method));
  if (contract->audit_action.length == 0)
    report_error(reading->report, FINDING_AUDIT_MISSING, reading->source, at,
                 "say under which name: \"audit\": \"profile_update\"",
                 "this contract can write, and has no `audit`");
}

static void check_principal(struct reading *reading)
{
  const struct policy *policy = &reading->loading->policy;
  if (reading->contract->anonymous || policy->principal_query || !policy->in_force) return;
  report_error(reading->report, FINDING_PRINCIPAL_UNKNOWN, reading->source,
               reading->requires ? reading->requires->offset : 0,
               "name in policy.json the `principal` query, which gives id and role for "
               ":principal_id, or make the contract public",
               "nothing says who the principal is");
}

/* A password that nothing takes is a slip of the pen. */
static void check_passwords(struct reading *reading)
{
  const struct json *validates = member_of(reading->requires, "validates", JSON_OBJECT);
  for (size_t i = 0; i < reading->contract->field_count; i++) {
    const struct field *field = &reading->fields[i];
    if (!field->schema.password || field->verified || field->hashed) continue;
    report_warning(reading->report, FINDING_PASSWORD_UNUSED, reading->source, validates->offset,
                   "name it in `credentials`, `reauth` or a query",
                   "nothing verifies or stores the password '%.*s'", TEXT_ARGS(field->schema.name));
  }
}

struct contract *contract_read(struct loading *loading, const struct document *document,
                               bool *complete)
{
  size_t errors_before = loading->report->errors;
  struct contract *contract = arena_new(loading->arena, sizeof *contract);
  contract->source = &document->source;
  contract->summary = json_text(json_get(document->root, "summary"));
  struct reading reading = {
      .loading = loading,
      .arena = loading->arena,
      .report = loading->report,
      .document = document,
      .source = &document->source,
      .requires = member_of(document->root, "requires", JSON_OBJECT),
      .uses = member_of(document->root, "uses", JSON_OBJECT),
      .ensures = member_of(document->root, "ensures", JSON_OBJECT),
      .contract = contract,
  };
  read_name(&reading);
  *complete = false;
  if (!document->root) return contract; /* it is not JSON, which has been reported */
  meta_check(&loading->meta, document, loading->report);
  read_route(&reading);
  read_extends(&reading);
  read_auth(&reading);
  read_input(&reading);
  read_errors(&reading);
  read_computes(&reading);
  read_host_queries(&reading); /* first: which password is verified decides what may be bound */
  read_uses(&reading);
  check_rates(loading, document, member_of(reading.requires, "rate_limit", JSON_ARRAY));
  compose(&reading);
  read_ensures(&reading);
  check_writes(&reading);
  check_rate_limited(&reading);
  check_principal(&reading);
  check_passwords(&reading);
  find_unasked(&reading);
  hash_contract(&reading);
  *complete = loading->report->errors == errors_before;
  return contract;
}
