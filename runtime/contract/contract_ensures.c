/* What holds afterwards: the reply's schemas, the declared errors, the audit row, sessions, caches.
 */
#include "base/units.h"
#include "contract/load.h"

/* --- returns --- */

static bool is_number(struct text key)
{
  for (size_t i = 0; i < key.length; i++)
    if (key.data[i] < '0' || key.data[i] > '9') return false;
  return key.length > 0;
}

/* Members whose names are numbers make it one schema per status. */
static bool is_by_status(const struct json *returns)
{
  for (uint32_t i = 0; i < returns->length; i++)
    if (!is_number(json_text(&returns->members[i].key))) return false;
  return returns->length > 0;
}

static void read_returned(struct reading *reading, int status, const struct json *value,
                          struct returned *returns)
{
  struct contract *contract = reading->contract;
  struct returned *returned = &returns[contract->return_count++];
  returned->status = status;
  if (value->type == JSON_NULL) return;
  returned->schema = schema_compile(reading->loading->schemas, reading->source,
                                    reading->document->path, reading->document->root, value,
                                    SCHEMA_STRICT | SCHEMA_CLOSED, reading->report);
  refuse_passwords(reading, returned->schema, value, false);
  if (returned->schema && !schema_satisfiable(returned->schema))
    report_error(reading->report, FINDING_SCHEMA_EMPTY, reading->source, value->offset,
                 "look for keywords that contradict each other",
                 "no reply can be valid: the schema admits nothing");
}

static void read_returns(struct reading *reading)
{
  const struct json *said = member_of(reading->ensures, "returns", JSON_OBJECT);
  if (!said) return;
  struct returned *returns = arena_new_array(reading->arena, said->length + 1, sizeof *returns);
  reading->contract->returns = returns;
  if (!is_by_status(said)) {
    read_returned(reading, 200, said, returns);
    return;
  }
  for (uint32_t i = 0; i < said->length; i++) {
    const char *digits = said->members[i].key.string;
    if (digits[0] != '2' || said->members[i].key.length != 3) continue; /* reported */
    int status = 200 + (digits[1] - '0') * 10 + (digits[2] - '0');
    read_returned(reading, status, &said->members[i].value, returns);
  }
}

/* --- errors --- */

/* "email_taken" is "Email taken". */
static struct text title_of(struct reading *reading, struct text code)
{
  struct text title = arena_copy(reading->arena, code);
  char *bytes = (char *)title.data; /* just made */
  for (size_t i = 0; i < title.length; i++)
    if (bytes[i] == '_') bytes[i] = ' ';
  if (title.length > 0 && bytes[0] >= 'a' && bytes[0] <= 'z') bytes[0] = (char)(bytes[0] - 32);
  return title;
}

/* An error that no constraint could ever raise would leave its constraint a failure of the handler.
 */
static void check_constraint(const struct reading *reading, const struct json *said,
                             const struct constraint_list *known, const char *kind)
{
  if (said->type != JSON_STRING || !reading->loading->policy.in_force) return;
  for (size_t i = 0; i < known->count; i++)
    if (text_is(json_text(said), known->items[i])) return;
  const char *meant = text_suggestion(json_text(said), known->items, known->count);
  struct buffer help = {0};
  if (meant) {
    buffer_print(&help, "did you mean \"%s\"?", meant);
  } else {
    buffer_print(&help, known->count ? "there are" : "there is none in the migrations");
    for (size_t i = 0; i < known->count && i < 12; i++)
      buffer_print(&help, "%s \"%s\"", i ? "," : "", known->items[i]);
  }
  buffer_append_byte(&help, 0);
  report_error(reading->report, FINDING_CONSTRAINT_UNKNOWN, reading->source, said->offset,
               help.data, "the database has no %s constraint \"%s\"", kind, said->string);
  buffer_deinit(&help);
}

static struct text *read_constraints(struct reading *reading, const struct json *said,
                                     const struct constraint_list *known, const char *kind,
                                     size_t *count)
{
  bool many = said && said->type == JSON_ARRAY;
  *count = many ? said->length : said ? 1 : 0;
  struct text *constraints = arena_new_array(reading->arena, *count + 1, sizeof *constraints);
  for (size_t i = 0; i < *count; i++) {
    const struct json *item = many ? &said->items[i] : said;
    constraints[i] = json_text(item);
    check_constraint(reading, item, known, kind);
  }
  return constraints;
}

static void check_foreign_keys(const struct reading *reading, const struct json *said)
{
  const struct loading *loading = reading->loading;
  if (said && loading->policy.in_force && !loading->constraints.foreign_keys)
    report_error(reading->report, FINDING_CONSTRAINT_UNKNOWN, reading->source, said->offset,
                 "leave it out", "the database has no foreign key that could raise this error");
}

void read_errors(struct reading *reading)
{
  const struct json *said = member_of(reading->ensures, "errors", JSON_OBJECT);
  uint32_t count = said ? said->length : 0;
  struct declared_error *errors = arena_new_array(reading->arena, count + 1, sizeof *errors);
  reading->contract->errors = errors;
  reading->contract->error_count = count;
  for (uint32_t i = 0; i < count; i++) {
    const struct json *value = &said->members[i].value;
    const struct json *status = member_of(value, "status", JSON_INTEGER);
    const struct json *title = member_of(value, "title", JSON_STRING);
    struct declared_error *error = &errors[i];
    error->code = json_text(&said->members[i].key);
    error->title = title ? json_text(title) : title_of(reading, error->code);
    error->status =
        status && status->integer >= 400 && status->integer < 500 ? (int)status->integer : 400;
    const struct constraints *known = &reading->loading->constraints;
    error->on_unique = read_constraints(reading, json_get(value, "on_unique"), &known->unique,
                                        "UNIQUE", &error->on_unique_count);
    error->on_check = read_constraints(reading, json_get(value, "on_check"), &known->checks,
                                       "CHECK", &error->on_check_count);
    error->on_foreign_key = json_get(value, "on_foreign_key") != NULL;
    check_foreign_keys(reading, json_get(value, "on_foreign_key"));
  }
}

/* --- audit --- */

static void read_audit(struct reading *reading)
{
  const struct json *said = json_get(reading->ensures, "audit");
  const struct json *record = member_of(said, "record", JSON_ARRAY);
  struct contract *contract = reading->contract;
  bool named = said && said->type == JSON_STRING;
  contract->audit_action = json_text(named ? said : json_get(said, "action"));
  uint32_t *fields = arena_new_array(reading->arena, record ? record->length : 1, sizeof *fields);
  contract->audit_fields = fields;
  for (uint32_t i = 0; record && i < record->length; i++) {
    const struct json *name = &record->items[i];
    int64_t index = field_find(reading, json_text(name), name);
    if (index < 0) continue;
    fields[contract->audit_field_count++] = (uint32_t)index;
    if (reading->fields[index].schema.password)
      report_error(reading->report, FINDING_PASSWORD_USE, reading->source, name->offset,
                   "leave it out", "the password '%s' is never recorded", name->string);
  }
}

/* --- session --- */

static void check_token_field(const struct reading *reading, const struct json *name)
{
  const struct contract *contract = reading->contract;
  for (size_t i = 0; i < contract->return_count; i++) {
    struct schema_field *fields;
    size_t count = 0;
    if (!contract->returns[i].schema) {
      report_error(reading->report, FINDING_SESSION_TOKEN, reading->source, name->offset,
                   "return an object, or use \"cookie\": true",
                   "a reply of status %d has no body to put the token into",
                   contract->returns[i].status);
      continue;
    }
    schema_fields(contract->returns[i].schema, reading->arena, &fields, &count);
    for (size_t k = 0; k < count; k++)
      if (text_equal(fields[k].name, json_text(name)))
        report_error(reading->report, FINDING_SESSION_TOKEN, reading->source, name->offset,
                     "take it out of `returns`: the host adds it afterwards",
                     "'%s' is for the session's token, and the handler would return it",
                     name->string);
  }
}

static bool binds_new_id(const struct contract *contract)
{
  for (size_t i = 0; i < contract->use_count; i++) {
    const struct use *use = &contract->uses[i];
    for (size_t k = 0; use->query && use->query->writes && k < use->query->parameter_count; k++)
      if (use->bindings[k].source == BIND_NEW_ID) return true;
  }
  return false;
}

static void read_start(struct reading *reading, const struct json *session,
                       const struct json *start)
{
  struct contract *contract = reading->contract;
  const struct json *field = member_of(session, "field", JSON_STRING);
  const struct json *cookie = member_of(session, "cookie", JSON_BOOLEAN);
  bool new_id = json_is_string(start, "new_id");
  contract->session_start = new_id ? SESSION_FOR_NEW_ID : SESSION_FOR_CREDENTIALS;
  contract->session_field = json_text(field);
  contract->session_cookie = cookie && cookie->boolean;
  if (field) check_token_field(reading, field);
  if (!field && !contract->session_cookie)
    report_error(reading->report, FINDING_SESSION_TOKEN, reading->source, session->offset,
                 "add \"field\": \"token\", or \"cookie\": true, or both",
                 "a session starts, but nobody gets its token");
  if (!contract->public)
    report_error(reading->report, FINDING_SESSION_START, reading->source, start->offset,
                 "make the contract public, or leave the session out",
                 "who is signed in already cannot start a session");
  if (!new_id && !contract->credentials.present)
    report_error(reading->report, FINDING_SESSION_START, reading->source, start->offset,
                 "add `requires.credentials`", "there are no credentials to start a session for");
  if (new_id && !binds_new_id(contract))
    report_error(reading->report, FINDING_SESSION_START, reading->source, start->offset,
                 "insert the new principal with :new_id as its id",
                 "no granted query writes :new_id, so the session would be nobody's");
}

static void read_session(struct reading *reading)
{
  struct contract *contract = reading->contract;
  const struct json *session = member_of(reading->ensures, "session", JSON_OBJECT);
  const struct json *start = member_of(session, "start", JSON_STRING);
  const struct json *end = member_of(session, "end", JSON_STRING);
  if (start) read_start(reading, session, start);
  if (!end) return;
  contract->session_end = json_is_string(end, "this")     ? SESSION_END_THIS
                          : json_is_string(end, "others") ? SESSION_END_OTHERS
                                                          : SESSION_END_ALL;
  if (contract->anonymous)
    report_error(reading->report, FINDING_NO_PRINCIPAL, reading->source, end->offset,
                 "say in `auth` which roles may call", "in %s there is no session to end",
                 anonymous_kind(contract));
}

/* --- idempotent --- */

enum { KEEP_DEFAULT_MS = 24 * 60 * 60 * 1000, KEY_MEMBERS_MAX = 8 };

/* "input.event.id" */
static void read_key_place(struct reading *reading, const struct json *by,
                           struct idempotency *idempotency)
{
  struct text rest = json_text(by), name;
  struct text *members = arena_new_array(reading->arena, KEY_MEMBERS_MAX, sizeof *members);
  idempotency->by_input = true;
  idempotency->members = members;
  if (!text_split(&rest, '.', &name) || !text_split(&rest, '.', &name)) return; /* reported */
  int64_t index = field_find(reading, name, by);
  if (index < 0) return;
  const struct schema_field *field = &reading->fields[index].schema;
  idempotency->field = (uint32_t)index;
  while (text_split(&rest, '.', &name) && idempotency->member_count < KEY_MEMBERS_MAX)
    members[idempotency->member_count++] = name;
  unsigned types = field->types;
  bool is_key = types == 1U << JSON_STRING || types == 1U << JSON_INTEGER;
  if (field->password || !field->required || (idempotency->member_count == 0 && !is_key))
    report_error(reading->report, FINDING_IDEMPOTENT_KEY, reading->source, by->offset,
                 "name a required field of type string or integer",
                 "'%s' cannot tell one request from another", by->string);
}

static void read_idempotent(struct reading *reading)
{
  const struct json *said = json_get(reading->ensures, "idempotent");
  const struct json *by = member_of(said, "by", JSON_STRING);
  const struct json *keep = member_of(said, "for", JSON_STRING);
  struct contract *contract = reading->contract;
  if (!said) return;
  contract->idempotency.present = true;
  contract->idempotency.keep_ms = KEEP_DEFAULT_MS;
  if (keep)
    units_duration_ms(json_text(keep), &contract->idempotency.keep_ms); /* its form is checked */
  if (by) read_key_place(reading, by, &contract->idempotency);
  if (contract->public)
    report_error(reading->report, FINDING_IDEMPOTENT_KEY, reading->source, said->offset,
                 "leave it out, or say which roles may call",
                 "in a public contract anybody who knows a key would get another's reply");
  if (contract->webhook && !by)
    report_error(reading->report, FINDING_IDEMPOTENT_KEY, reading->source, said->offset,
                 "name the field that is the same in every delivery: { \"by\": \"input.id\" }",
                 "the sender of a webhook gives no Idempotency-Key");
  if (contract->session_start != SESSION_NONE || contract->session_end != SESSION_KEEP)
    report_error(reading->report, FINDING_SESSION_TOKEN, reading->source, said->offset,
                 "leave it out", "a session's token would be kept with the reply");
}

/* --- cache --- */

static void read_cache(struct reading *reading)
{
  const struct json *said = member_of(reading->ensures, "cache", JSON_STRING);
  struct contract *contract = reading->contract;
  enum method method = contract->route.method;
  if (!said) return;
  contract->cached = true;
  if (!json_is_string(said, "revalidate"))
    units_duration_ms(json_text(said), &contract->cache_max_age_ms); /* its form has been checked */
  if (method != METHOD_GET && method != METHOD_HEAD)
    report_error(reading->report, FINDING_CACHE_KEPT, reading->source, said->offset, "leave it out",
                 "the reply to a %s is not kept by any client", method_name(method));
  else if (contract->cache_max_age_ms > 0 && contract->audit_action.length > 0)
    report_error(reading->report, FINDING_CACHE_KEPT, reading->source, said->offset,
                 "write \"cache\": \"revalidate\", or leave out `audit`",
                 "each read is audited, and a client would read what it has kept without asking");
}

void read_ensures(struct reading *reading)
{
  read_returns(reading);
  read_audit(reading);
  read_session(reading);
  read_idempotent(reading);
  read_cache(reading);
}
