/* Fields of the input that choose rows of others: a granted query writes the rows that the field
 * names, or puts it where a new row says whose it is, and neither the contract nor the SQL asks
 * whose they are. The host still stops a foreign row that would be written, but with a 500; what a
 * new row merely refers to it does not stop.
 *
 * Here is what the contract asks, and what is said; unasked_sql.c finds the fields in the SQL. */
#include "contract/unasked.h"

/* --- What the contract asks. --- */

static bool binds(const struct use *use, uint32_t field)
{
  for (size_t i = 0; use->query && i < use->query->parameter_count; i++)
    if (use->bindings[i].source == BIND_FIELD && use->bindings[i].index == field) return true;
  return false;
}

static bool rules_ask(const struct rule *rules, size_t count, uint32_t field)
{
  for (size_t i = 0; i < count; i++)
    if (binds(&rules[i].use, field)) return true;
  return false;
}

/* A rule may ask anything: that it looks at the field is enough. */
bool unasked_is_asked(const struct contract *contract, uint32_t field)
{
  bool asked = ownership_of_field(contract->owns, contract->owns_count, field) ||
               rules_ask(contract->rules, contract->rule_count, field) ||
               rules_ask(contract->holds, contract->hold_count, field) ||
               (contract->credentials.present && binds(&contract->credentials.use, field)) ||
               (contract->reauth.present && binds(&contract->reauth.use, field));
  for (size_t i = 0; i < contract->condition_count && !asked; i++) {
    const struct condition *condition = &contract->conditions[i];
    asked = ownership_of_field(condition->owns, condition->owns_count, field) ||
            rules_ask(condition->rules, condition->rule_count, field);
  }
  return asked;
}

/* A query that sees the principal's rows only tells the handler, if it looks. */
static bool handler_may_ask(const struct contract *contract, uint32_t field)
{
  for (size_t i = 0; i < contract->use_count; i++)
    if (contract->uses[i].own && !contract->uses[i].query->writes &&
        binds(&contract->uses[i], field))
      return true;
  return false;
}

/* --- What is found. --- */

const struct json *unasked_line(const struct search *search, struct text table)
{
  const struct policy *policy = &search->reading->loading->policy;
  const struct json *tables = member_of(policy->document->root, "tables", JSON_OBJECT);
  for (uint32_t i = 0; tables && i < tables->length; i++)
    if (sql_same_name(json_text(&tables->members[i].key), table)) return &tables->members[i].value;
  return NULL;
}

/* A query that gives the owner for this field alone, if the app has one already. */
static const char *owner_query(const struct search *search, struct text field, struct text owner)
{
  const struct query_list *queries = search->reading->loading->queries;
  for (size_t i = 0; i < queries->count; i++) {
    const struct query *query = &queries->items[i];
    if (query->rows != ROWS_VALUE || query->parameter_count != 1 || query->writes ||
        !text_equal(query->parameters[0], field))
      continue;
    struct text rest = query->sql;
    if (sql_is(sql_next(&rest), "SELECT") &&
        sql_same_name(sql_name(sql_next(&rest), search->reading->arena), owner))
      return query->name;
  }
  return NULL;
}

static struct text help_for(const struct search *search, const struct unasked *unasked)
{
  struct arena *arena = search->reading->arena;
  struct text field = search->reading->contract->fields[unasked->field].schema.name;
  const struct json *line = unasked_line(search, unasked->table);
  struct text owner = json_text(json_get(line, "owner"));
  bool self = !json_get(line, "in") && owner.length > 0 && sql_same_name(owner, unasked->column);
  const char *query = owner.length > 0 ? owner_query(search, field, owner) : NULL;
  if (self)
    return arena_print(arena, "say whose it must be: \"owns\": { \"%.*s\": \"self\" }",
                       TEXT_ARGS(field));
  if (query)
    return arena_print(arena, "say whose it must be: \"owns\": { \"%.*s\": \"%s\" }",
                       TEXT_ARGS(field), query);
  return arena_print(arena,
                     "say whose it must be: \"owns\": { \"%.*s\": \"<a query that gives the owner "
                     "for :%.*s>\" }",
                     TEXT_ARGS(field), TEXT_ARGS(field));
}

static void warn(const struct search *search, const struct unasked *unasked)
{
  struct text field = search->reading->contract->fields[unasked->field].schema.name;
  struct text help = help_for(search, unasked);
  report_warning(search->reading->report, FINDING_OWNER_UNASKED, search->reading->source,
                 search->at->offset, help.data,
                 "nothing asks whose %s of %.*s %s that '%.*s' %s in %s",
                 unasked->refers ? "row" : "the rows", TEXT_ARGS(unasked->table),
                 unasked->refers ? "it is" : "are", TEXT_ARGS(field),
                 unasked->refers ? "names" : "chooses", search->use->query->name);
}

void unasked_add(struct search *search, struct unasked unasked, bool sure)
{
  struct contract *contract = search->reading->contract;
  if (unasked_is_asked(contract, unasked.field)) return;
  for (size_t i = 0; i < contract->unasked_count; i++)
    if (search->found[i].query == search->use->query && search->found[i].field == unasked.field)
      return; /* one place says it */
  unasked.query = search->use->query;
  search->found[contract->unasked_count++] = unasked;
  if (sure && !handler_may_ask(contract, unasked.field)) warn(search, &unasked);
}

static const struct json *grant_of(const struct reading *reading, const struct query *query)
{
  const struct json *list = member_of(reading->uses, "queries", JSON_ARRAY);
  for (uint32_t i = 0; list && i < list->length; i++) {
    const struct json *item = &list->items[i];
    const struct json *name = item->type == JSON_OBJECT ? json_get(item, "name") : item;
    if (json_is_string(name, query->name)) return name;
  }
  return reading->uses;
}

void find_unasked(struct reading *reading)
{
  struct contract *contract = reading->contract;
  size_t most = 0;
  for (size_t i = 0; i < contract->use_count; i++) most += contract->uses[i].query->parameter_count;
  struct unasked *found = arena_new_array(reading->arena, most + 1, sizeof *found);
  contract->unasked = found;
  if (contract->anonymous || !reading->fields_known) return;
  for (size_t i = 0; i < contract->use_count; i++) {
    const struct use *use = &contract->uses[i];
    if (!use->own || !use->query->writes) continue; /* others' rows are open to it */
    struct search search = {
        .reading = reading, .use = use, .at = grant_of(reading, use->query), .found = found};
    unasked_search(&search);
  }
}
