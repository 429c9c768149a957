/* Fields of the input that choose rows of others: a granted query writes the rows that the field
 * names, or puts it where a new row says whose it is, and neither the contract nor the SQL asks
 * whose they are. The host still stops a foreign row that would be written, but with a 500; what a
 * new row merely refers to it does not stop.
 *
 * Answered from the tokens, for what is plain to see: the WHERE of an UPDATE or DELETE, and places
 * of their own in VALUES (…) or SELECT under a list of columns. Wherever the SQL could hold the
 * rows to the principal in another way (a subquery sees the principal's rows only), it is silent.
 */
#include "contract/load.h"
#include "store/description.h"
#include "store/sql.h"

struct search {
  struct reading *reading;
  const struct use *use;
  const struct json *at; /* where the contract grants the query */
  struct sql_token *tokens;
  size_t count;
  struct text target;      /* the table written */
  const struct json *line; /* of the policy, about it */
  struct unasked *found;
};

/* --- What the contract asks. --- */

static bool binds(const struct use *use, uint32_t field)
{
  for (size_t i = 0; use->query && i < use->query->parameter_count; i++)
    if (use->bindings[i].source == BIND_FIELD && use->bindings[i].index == field) return true;
  return false;
}

static bool owns_ask(const struct ownership *owns, size_t count, uint32_t field)
{
  for (size_t i = 0; i < count; i++)
    if (owns[i].field == field) return true;
  return false;
}

static bool rules_ask(const struct rule *rules, size_t count, uint32_t field)
{
  for (size_t i = 0; i < count; i++)
    if (binds(&rules[i].use, field)) return true;
  return false;
}

/* A rule may ask anything: that it looks at the field is enough. */
static bool is_asked(const struct contract *contract, uint32_t field)
{
  bool asked = owns_ask(contract->owns, contract->owns_count, field) ||
               rules_ask(contract->rules, contract->rule_count, field) ||
               rules_ask(contract->holds, contract->hold_count, field) ||
               (contract->credentials.present && binds(&contract->credentials.use, field)) ||
               (contract->reauth.present && binds(&contract->reauth.use, field));
  for (size_t i = 0; i < contract->condition_count && !asked; i++) {
    const struct condition *condition = &contract->conditions[i];
    asked = owns_ask(condition->owns, condition->owns_count, field) ||
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

/* --- Tokens. --- */

static void read_tokens(struct search *search)
{
  struct text rest = search->use->query->sql;
  struct sql_token token;
  search->tokens = arena_new_array(search->reading->arena, rest.length + 1, sizeof token);
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD)
    search->tokens[search->count++] = token;
}

/* The first of these words from there on that stands in no parenthesis; or the end. */
static size_t find_word(const struct search *search, size_t from, const char *const *words)
{
  int depth = 0;
  for (size_t i = from; i < search->count; i++) {
    depth += sql_is_symbol(search->tokens[i], '(') - sql_is_symbol(search->tokens[i], ')');
    for (const char *const *word = words; depth == 0 && *word; word++)
      if (sql_is(search->tokens[i], *word)) return i;
  }
  return search->count;
}

/* Any binding of a token that is a parameter; NULL for other tokens and for choices. */
static const struct binding *binding_of(const struct search *search, struct sql_token token)
{
  const struct query *query = search->use->query;
  struct text name = {token.text.data + 1, token.text.length - 1};
  for (size_t i = 0; token.type == SQL_PARAMETER && i < query->parameter_count; i++)
    if (text_equal(query->parameters[i], name)) return &search->use->bindings[i];
  return NULL;
}

static struct text name_at(const struct search *search, size_t index)
{
  if (index >= search->count) return TEXT("");
  return sql_name(search->tokens[index], search->reading->arena);
}

/* What may hold the rows to the principal: itself, a new id, a subquery, or a choice, whose
 * alternatives are not looked at. */
static bool may_be_held(const struct search *search, size_t from, size_t end)
{
  for (size_t i = from; i < end; i++) {
    const struct binding *binding = binding_of(search, search->tokens[i]);
    if (sql_is(search->tokens[i], "SELECT")) return true;
    if (search->tokens[i].type != SQL_PARAMETER) continue;
    if (!binding || binding->source == BIND_PRINCIPAL_ID || binding->source == BIND_NEW_ID)
      return true;
    if (binding->source == BIND_FIELD && is_asked(search->reading->contract, binding->index))
      return true;
  }
  return false;
}

/* --- What is found. --- */

static const struct json *line_of(const struct search *search, struct text table)
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
  const struct json *line = line_of(search, unasked->table);
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

static void add(struct search *search, struct unasked unasked, bool sure)
{
  struct contract *contract = search->reading->contract;
  if (is_asked(contract, unasked.field)) return;
  unasked.query = search->use->query;
  search->found[contract->unasked_count++] = unasked;
  if (sure && !handler_may_ask(contract, unasked.field)) warn(search, &unasked);
}

/* --- UPDATE and DELETE: WHERE. --- */

/* The column that is compared with the parameter at this place; or empty. */
static struct text compared(const struct search *search, size_t at)
{
  if (at >= 2 && sql_is_symbol(search->tokens[at - 1], '=')) return name_at(search, at - 2);
  if (at + 2 >= search->count || !sql_is_symbol(search->tokens[at + 1], '=')) return TEXT("");
  bool dotted = at + 4 < search->count && sql_is_symbol(search->tokens[at + 3], '.');
  return name_at(search, dotted ? at + 4 : at + 2);
}

static void search_where(struct search *search, size_t from)
{
  static const char *const begins[] = {"FROM", "WHERE", NULL}, *const ends[] = {"RETURNING", NULL};
  size_t where = find_word(search, from, begins), end = find_word(search, where, ends);
  if (where == search->count || sql_is(search->tokens[where], "FROM")) return;
  if (may_be_held(search, where, end)) return;
  for (size_t i = where; i < end; i++) {
    const struct binding *binding = binding_of(search, search->tokens[i]);
    if (!binding || binding->source != BIND_FIELD) continue;
    add(search,
        (struct unasked){
            .field = binding->index, .table = search->target, .column = compared(search, i)},
        true);
    return; /* one says it */
  }
}

/* --- INSERT: what the new row says of others. --- */

static struct text referred(const struct search *search, struct text column, bool *people)
{
  struct reading *reading = search->reading;
  struct error ignored = {0};
  struct table_column *columns;
  size_t count;
  struct text table = TEXT("");
  if (store_list_columns(reading->loading->store, search->target.data, reading->arena, &columns,
                         &count, &ignored))
    return table;
  for (size_t i = 0; i < count; i++)
    if (sql_same_name(columns[i].name, column)) table = columns[i].refers_to;
  const struct json *line = table.length > 0 ? line_of(search, table) : NULL;
  if (!line || json_get(line, "shared") || json_get(line, "readable")) return TEXT("");
  if (store_list_columns(reading->loading->store, table.data, reading->arena, &columns, &count,
                         &ignored))
    return TEXT("");
  struct text owner = json_text(json_get(line, "owner"));
  for (size_t i = 0; i < count; i++)
    *people |= columns[i].key == 1 && sql_same_name(columns[i].name, owner);
  return table;
}

static bool is_named(const struct search *search, size_t from, struct text table)
{
  for (size_t i = from; i < search->count; i++)
    if ((search->tokens[i].type == SQL_WORD || search->tokens[i].type == SQL_QUOTED) &&
        sql_same_name(name_at(search, i), table))
      return true;
  return false;
}

static void search_place(struct search *search, struct text column, size_t at)
{
  const struct binding *binding = binding_of(search, search->tokens[at]);
  const struct json *parent = json_get(search->line, "parent");
  if (!binding || binding->source != BIND_FIELD) return;
  struct unasked unasked = {.field = binding->index, .column = column, .refers = true};
  bool people = false;
  if (parent && sql_same_name(json_text(&parent->items[0]), column)) {
    unasked.table = json_text(&parent->items[1]);
  } else if (sql_same_name(json_text(json_get(search->line, "owner")), column)) {
    unasked.table = search->target;
    unasked.refers = false;
  } else {
    unasked.table = referred(search, column, &people);
  }
  /* People are referred to by others without harm: to share something with them. */
  if (unasked.table.length > 0 && !is_named(search, at, unasked.table))
    add(search, unasked, !people);
}

/* Places of their own, from `from` to `end`, in the order of the columns. */
static void search_places(struct search *search, const struct text *columns, size_t count,
                          size_t from, size_t end)
{
  size_t place = 0;
  int depth = 0;
  for (size_t i = from; i < end && place < count; i++) {
    struct sql_token token = search->tokens[i];
    depth += sql_is_symbol(token, '(') - sql_is_symbol(token, ')');
    bool begins = i == from || sql_is_symbol(search->tokens[i - 1], ',');
    bool stops = i + 1 == end || sql_is_symbol(search->tokens[i + 1], ',');
    if (depth == 0 && sql_is_symbol(token, ',')) place++;
    if (depth == 0 && begins && stops && token.type == SQL_PARAMETER)
      search_place(search, columns[place], i);
  }
}

static size_t closing(const struct search *search, size_t open)
{
  int depth = 0;
  for (size_t i = open; i < search->count; i++) {
    depth += sql_is_symbol(search->tokens[i], '(') - sql_is_symbol(search->tokens[i], ')');
    if (depth == 0) return i;
  }
  return search->count;
}

static void search_insert(struct search *search, size_t open)
{
  static const char *const ends[] = {"FROM", "WHERE", "ON", "RETURNING", "UNION", NULL};
  size_t close = closing(search, open), count = 0, next = close + 1;
  struct text *columns = arena_new_array(search->reading->arena, search->count, sizeof *columns);
  for (size_t i = open + 1; i < close; i += 2) columns[count++] = name_at(search, i);
  if (next >= search->count) return;
  if (sql_is(search->tokens[next], "VALUES"))
    search_places(search, columns, count, next + 2, closing(search, next + 1));
  if (!sql_is(search->tokens[next], "SELECT")) return;
  size_t end = find_word(search, next, ends);
  if (!may_be_held(search, end, search->count))
    search_places(search, columns, count, next + 1, end);
}

/* --- The whole. --- */

static void search_query(struct search *search)
{
  static const char *const verbs[] = {"INTO", "UPDATE", "DELETE", NULL};
  size_t verb = find_word(search, 0, verbs), name = verb + 1;
  if (verb == search->count || sql_is(search->tokens[0], "WITH")) return;
  if (sql_is(search->tokens[verb], "DELETE")) name++; /* FROM */
  if (name < search->count && sql_is(search->tokens[name], "OR")) name += 2;
  search->target = arena_copy(search->reading->arena, name_at(search, name));
  search->line = line_of(search, search->target);
  if (!search->line || json_get(search->line, "shared")) return;
  if (sql_is(search->tokens[verb], "INTO"))
    search_insert(search, name + 1);
  else
    search_where(search, name + 1);
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
    read_tokens(&search);
    search_query(&search);
  }
}
