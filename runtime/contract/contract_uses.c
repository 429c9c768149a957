/* What the handler may use: granted queries, and the parameters it may compute for them. */
#include "contract/load.h"

/* --- computes --- */

static bool is_taken(const struct reading *reading, struct text name)
{
  static const char *const reserved[] = {"principal_id", "now", "new_id"};
  for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
    if (text_is(name, reserved[i])) return true;
  if (field_find(reading, name, NULL) >= 0) return true;
  if (!text_starts_with(name, "has_")) return false;
  return field_find(reading, (struct text){name.data + 4, name.length - 4}, NULL) >= 0;
}

void read_computes(struct reading *reading)
{
  const struct json *list = member_of(reading->uses, "computes", JSON_OBJECT);
  struct contract *contract = reading->contract;
  struct compute *computes =
      arena_new_array(reading->arena, list ? list->length : 1, sizeof *computes);
  for (uint32_t i = 0; list && i < list->length; i++) {
    const struct json_member *member = &list->members[i];
    struct text name = json_text(&member->key);
    if (is_taken(reading, name))
      report_error(reading->report, FINDING_COMPUTES_BOUND, reading->source, member->key.offset,
                   "rename it", "'%.*s' is bound by the host and cannot be computed as well",
                   TEXT_ARGS(name));
    struct compute *compute = &computes[contract->compute_count++];
    compute->name = name;
    compute->schema = schema_compile(
        reading->loading->schemas, reading->source, reading->document->path,
        reading->document->root, &member->value, SCHEMA_STRICT | SCHEMA_CLOSED, reading->report);
    refuse_passwords(reading, compute->schema, &member->value, false);
  }
  contract->computes = computes;
}

/* A grant that nothing takes is a slip of the pen. */
static void check_computes(const struct reading *reading)
{
  const struct contract *contract = reading->contract;
  const struct json *list = member_of(reading->uses, "computes", JSON_OBJECT);
  for (size_t i = 0; i < contract->compute_count; i++) {
    bool used = false;
    for (size_t k = 0; k < contract->use_count; k++) {
      const struct use *use = &contract->uses[k];
      for (size_t p = 0; use->query && p < use->query->parameter_count; p++)
        used |= use->bindings[p].source == BIND_COMPUTED && use->bindings[p].index == i;
    }
    if (!used)
      report_warning(reading->report, FINDING_COMPUTES_UNUSED, reading->source,
                     list->members[i].key.offset, "leave it out",
                     "no granted query has a parameter :%.*s",
                     TEXT_ARGS(contract->computes[i].name));
  }
}

/* --- queries --- */

static bool may_be_exempt(const struct reading *reading)
{
  const struct contract *contract = reading->contract;
  bool may = contract->or_role_count > 0;
  for (size_t i = 0; contract->names_roles && i < contract->role_count; i++)
    may |= policy_is_privileged(&reading->loading->policy, contract->roles[i]);
  return may;
}

static void compile_grant(const struct reading *reading, struct use *use)
{
  const struct loading *loading = reading->loading;
  const struct contract *contract = reading->contract;
  unsigned exempt = STATEMENT_FOREIGN | (contract->privileged ? STATEMENT_GUARDED : 0);
  if (!loading->policy.in_force) return;
  if (!use->unowned && !contract->privileged)
    use->own = statement_pool_get(loading->pool, use->query, 0, reading->report);
  if (use->unowned || may_be_exempt(reading))
    use->exempt = statement_pool_get(loading->pool, use->query, exempt, reading->report);
}

static bool is_granted(const struct contract *contract, size_t count, const struct query *query)
{
  for (size_t i = 0; i < count; i++)
    if (contract->uses[i].query == query) return true;
  return false;
}

static void read_grant(struct reading *reading, const struct json *grant, struct use *uses)
{
  struct contract *contract = reading->contract;
  bool counted = grant->type == JSON_OBJECT;
  const struct json *name = counted ? member_of(grant, "name", JSON_STRING) : grant;
  const struct json *calls = member_of(grant, "calls", JSON_INTEGER);
  if (!name || name->type != JSON_STRING) return;
  const struct query *query = find_query(reading, name, json_text(name));
  if (!query) return;
  if (is_granted(contract, contract->use_count, query)) {
    report_error(reading->report, FINDING_GRANTED_TWICE, reading->source, name->offset,
                 "leave one of them out", "'%s' is granted twice", query->name);
    return;
  }
  struct use *use = &uses[contract->use_count++];
  use->calls = query->writes ? 1 : 0;
  if (calls && calls->integer > 0 && calls->integer <= UINT32_MAX)
    use->calls = (uint32_t)calls->integer;
  use->unowned = json_get(member_of(reading->uses, "unowned", JSON_OBJECT), query->name) != NULL;
  bind_query(reading, name, query, BINDER_HANDLER, 0, use);
  compile_grant(reading, use);
}

static void check_unowned(struct reading *reading)
{
  const struct json *list = member_of(reading->uses, "unowned", JSON_OBJECT);
  const struct contract *contract = reading->contract;
  for (uint32_t i = 0; list && i < list->length; i++) {
    const struct json *name = &list->members[i].key;
    const struct query *query = find_query(reading, name, json_text(name));
    if (!query) continue;
    if (!is_granted(contract, contract->use_count, query))
      report_error(reading->report, FINDING_UNOWNED_UNGRANTED, reading->source, name->offset,
                   "list it under `queries`, or leave it out",
                   "'%s' is called unowned, but is not granted", query->name);
    if (!policy_allows_unowned(&reading->loading->policy, json_text(name)))
      report_error(reading->report, FINDING_UNOWNED_UNLISTED, reading->source, name->offset,
                   "list it under `unowned` in policy.json as well",
                   "the policy does not allow '%s' to touch somebody else's rows", query->name);
  }
}

void read_uses(struct reading *reading)
{
  const struct json *list = member_of(reading->uses, "queries", JSON_ARRAY);
  struct use *uses = arena_new_array(reading->arena, list ? list->length : 1, sizeof *uses);
  reading->contract->uses = uses;
  const struct json *sleep = member_of(reading->uses, "sleep", JSON_BOOLEAN);
  reading->contract->sleeps = sleep && sleep->boolean;
  for (uint32_t i = 0; list && i < list->length; i++) read_grant(reading, &list->items[i], uses);
  check_unowned(reading);
  if (reading->fields_known) check_computes(reading);
}
