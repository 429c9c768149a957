/* Queries that the host asks for itself, and whose results only it sees: credentials, reauth, owns,
 * rules, holds, unchanged. They read everybody's rows, and write none. */
#include "contract/load.h"

/* Finds, binds and compiles a query of the host's own. What is known of its statement, or NULL. */
static const struct statement_info *ask(struct reading *reading, const struct json *at,
                                        enum binder binder, uint32_t owned, struct use *use)
{
  const struct loading *loading = reading->loading;
  unsigned rights = STATEMENT_READ_ONLY | STATEMENT_FOREIGN;
  if (binder == BINDER_CREDENTIALS || binder == BINDER_REAUTH) rights |= STATEMENT_SECRETS;
  const struct query *query = at ? find_query(reading, at, json_text(at)) : NULL;
  if (!query) return NULL;
  bind_query(reading, at, query, binder, owned, use);
  if (query->writes) {
    report_error(reading->report, FINDING_HOST_QUERY_WRITES, reading->source, at->offset,
                 "write a SELECT for this",
                 "'%s' writes, and a query that only the host asks may not", query->name);
    return NULL;
  }
  if (!loading->policy.in_force) return NULL;
  use->exempt = statement_pool_get(loading->pool, query, rights, reading->report);
  use->own = use->exempt;
  return use->exempt ? statement_info(use->exempt->items[0]) : NULL;
}

static bool uses_parameter(const struct query *query, struct text name)
{
  for (size_t i = 0; query && i < query->parameter_count; i++)
    if (text_equal(query->parameters[i], name)) return true;
  return false;
}

/* Of owns, rules, holds. */
static void check_single_value(const struct reading *reading, const struct json *at,
                               const struct query *query, const struct statement_info *info)
{
  if (!info) return;
  if (info->column_count != 1)
    report_error(reading->report, FINDING_HOST_QUERY_VALUE, reading->source, at->offset,
                 "SELECT one column", "'%s' gives %zu columns where one value is asked for",
                 query->name, info->column_count);
  if (query->rows != ROWS_VALUE && query->rows != ROWS_ONE)
    report_error(reading->report, FINDING_HOST_QUERY_VALUE, reading->source, at->offset,
                 "mark the query :value", "'%s' gives many rows where one value is asked for",
                 query->name);
}

/* --- credentials, reauth --- */

static bool has_column(const struct statement_info *info, const char *name)
{
  for (size_t i = 0; i < info->column_count; i++)
    if (text_is(info->columns[i], name)) return true;
  return false;
}

static void verify_field(struct reading *reading, const struct json *name, uint32_t *password)
{
  int64_t index = name ? field_find(reading, json_text(name), name) : -1;
  if (index < 0) return;
  struct field *field = &reading->fields[index];
  *password = (uint32_t)index;
  field->verified = true;
  if (!field->schema.password)
    report_error(reading->report, FINDING_PASSWORD_FIELD, reading->source, name->offset,
                 "declare it with \"format\": \"password\", or the handler sees it",
                 "'%s' is verified as a password, but is not declared as one", name->string);
  if (!field->schema.required)
    report_error(reading->report, FINDING_PASSWORD_FIELD, reading->source, name->offset,
                 "list it under `required`",
                 "'%s' may be absent, and then nothing would be verified", name->string);
}

static void read_verification(struct reading *reading, const char *keyword, enum binder binder,
                              struct credentials *credentials)
{
  const struct json *said = member_of(reading->requires, keyword, JSON_OBJECT);
  const struct json *at = member_of(said, "query", JSON_STRING);
  if (!said) return;
  credentials->present = true;
  verify_field(reading, member_of(said, "password", JSON_STRING), &credentials->password);
  const struct statement_info *info = ask(reading, at, binder, 0, &credentials->use);
  const struct query *query = credentials->use.query;
  if (!info) return;
  if (query->rows != ROWS_ONE || !has_column(info, "id") || !has_column(info, "hash"))
    report_error(reading->report, FINDING_CREDENTIALS_QUERY, reading->source, at->offset,
                 "mark it :one, and SELECT id, password_hash AS hash",
                 "'%s' does not give one row with `id` and `hash`", query->name);
  if (binder == BINDER_REAUTH && !uses_parameter(query, TEXT("principal_id")))
    report_error(reading->report, FINDING_CREDENTIALS_QUERY, reading->source, at->offset,
                 "add WHERE id = :principal_id", "'%s' does not look for the principal's own row",
                 query->name);
}

static void check_verification(const struct reading *reading)
{
  const struct contract *contract = reading->contract;
  const struct json *credentials = json_get(reading->requires, "credentials");
  const struct json *reauth = json_get(reading->requires, "reauth");
  if (credentials && !contract->public)
    report_error(reading->report, FINDING_CREDENTIALS_KNOWN, reading->source, credentials->offset,
                 "use `reauth`, or make the contract public",
                 "who is signed in has no use for `credentials`");
  if (reauth && contract->anonymous)
    report_error(reading->report, FINDING_NO_PRINCIPAL, reading->source, reauth->offset,
                 "use `credentials`, or say which roles may call",
                 "in %s there is nobody to ask again with `reauth`", anonymous_kind(contract));
}

/* --- owns --- */

static bool is_one_type(unsigned types)
{
  return types == 1U << JSON_STRING || types == 1U << JSON_INTEGER;
}

static void check_owned_field(const struct reading *reading, const struct json *key,
                              const struct field *field, bool conditional,
                              struct ownership *ownership)
{
  unsigned types = field->schema.types;
  if (conditional) types &= ~(1U << JSON_NULL);
  ownership->each = types == 1U << JSON_ARRAY;
  if (!field->schema.required && !conditional)
    report_error(reading->report, FINDING_OWNED_FIELD, reading->source, key->offset,
                 "list it under `required`", "'%s' is owned, and may be absent", key->string);
  if (ownership->each && !is_one_type(field->schema.element_types))
    report_error(reading->report, FINDING_OWNED_FIELD, reading->source, key->offset,
                 "declare \"items\": { \"type\": \"string\" }, or \"integer\"",
                 "'%s' is owned, and its elements may be null or of several types", key->string);
  if (!ownership->each && !is_one_type(types))
    report_error(reading->report, FINDING_OWNED_FIELD, reading->source, key->offset,
                 "declare one `type`: string, integer, or array of these",
                 "'%s' is owned, and may be null or of several types", key->string);
}

static void read_ownership(struct reading *reading, const struct json_member *member,
                           bool conditional, struct ownership *owns, size_t *count)
{
  const struct json *at = &member->value;
  int64_t index = field_find(reading, json_text(&member->key), &member->key);
  if (index < 0) return;
  struct ownership *ownership = &owns[(*count)++];
  ownership->field = (uint32_t)index;
  check_owned_field(reading, &member->key, &reading->fields[index], conditional, ownership);
  if (json_is_string(at, "self")) {
    ownership->self = true;
    return;
  }
  if (at->type == JSON_OBJECT) {
    ownership->in = member_of(at, "in", JSON_ARRAY);
    ownership->forbidden = json_get(at, "deny") != NULL;
    at = member_of(at, "query", JSON_STRING);
  }
  if (!at || at->type != JSON_STRING) return;
  const struct statement_info *info =
      ask(reading, at, BINDER_OWNS, (uint32_t)index, &ownership->use);
  check_single_value(reading, at, ownership->use.query, info);
  if (ownership->use.query && !ownership->use.query->broken &&
      !uses_parameter(ownership->use.query, json_text(&member->key)))
    report_error(reading->report, FINDING_OWNER_QUERY, reading->source, at->offset,
                 "compare its row's id with the field's parameter", "'%s' does not look at :%s",
                 ownership->use.query->name, member->key.string);
}

const struct ownership *read_owns(struct reading *reading, const struct json *said,
                                  bool conditional, size_t *count)
{
  uint32_t most = said ? said->length : 0;
  struct ownership *owns = arena_new_array(reading->arena, most + 1, sizeof *owns);
  if (said && reading->contract->anonymous)
    report_error(reading->report, FINDING_NO_PRINCIPAL, reading->source, said->offset,
                 "say in `auth` which roles may call", "in %s nobody owns anything",
                 anonymous_kind(reading->contract));
  for (uint32_t i = 0; i < most; i++)
    read_ownership(reading, &said->members[i], conditional, owns, count);
  return owns;
}

/* --- rules, holds --- */

static void find_error(const struct reading *reading, const struct json *code, uint32_t *found)
{
  const struct contract *contract = reading->contract;
  const char **codes = arena_new_array(reading->arena, contract->error_count + 1, sizeof *codes);
  for (size_t i = 0; i < contract->error_count; i++) {
    codes[i] = contract->errors[i].code.data;
    *found = (uint32_t)i;
    if (text_equal(contract->errors[i].code, json_text(code))) return;
  }
  const char *meant = text_suggestion(json_text(code), codes, contract->error_count);
  struct text help = {"declare it under `ensures.errors`, with its status", 0};
  if (meant) help = arena_print(reading->arena, "did you mean '%s'?", meant);
  report_error(reading->report, FINDING_ERROR_UNDECLARED, reading->source, code->offset, help.data,
               "the error '%s' is not declared", code->string);
}

const struct rule *read_rules(struct reading *reading, const struct json *list, size_t *count)
{
  struct rule *rules = arena_new_array(reading->arena, list ? list->length : 1, sizeof *rules);
  for (uint32_t i = 0; list && i < list->length; i++) {
    if (json_get(&list->items[i], "when")) continue; /* contract_when.c */
    const struct json *at = member_of(&list->items[i], "query", JSON_STRING);
    const struct json *code = member_of(&list->items[i], "error", JSON_STRING);
    struct rule *rule = &rules[(*count)++];
    const struct statement_info *info = ask(reading, at, BINDER_RULE, 0, &rule->use);
    check_single_value(reading, at, rule->use.query, info);
    if (code) find_error(reading, code, &rule->error);
  }
  return rules;
}

static void read_unchanged(struct reading *reading)
{
  const struct json *list = member_of(reading->ensures, "unchanged", JSON_ARRAY);
  struct contract *contract = reading->contract;
  struct use *uses = arena_new_array(reading->arena, list ? list->length : 1, sizeof *uses);
  contract->unchanged = uses;
  for (uint32_t i = 0; list && i < list->length; i++)
    if (list->items[i].type == JSON_STRING)
      ask(reading, &list->items[i], BINDER_RULE, 0, &uses[contract->unchanged_count++]);
}

void read_host_queries(struct reading *reading)
{
  struct contract *contract = reading->contract;
  read_verification(reading, "credentials", BINDER_CREDENTIALS, &contract->credentials);
  read_verification(reading, "reauth", BINDER_REAUTH, &contract->reauth);
  check_verification(reading);
  contract->owns = read_owns(reading, member_of(reading->requires, "owns", JSON_OBJECT), false,
                             &contract->owns_count);
  contract->rules =
      read_rules(reading, member_of(reading->requires, "rules", JSON_ARRAY), &contract->rule_count);
  read_conditions(reading);
  contract->holds =
      read_rules(reading, member_of(reading->ensures, "holds", JSON_ARRAY), &contract->hold_count);
  read_unchanged(reading);
}
