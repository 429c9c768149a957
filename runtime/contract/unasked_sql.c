/* Which fields choose rows, told from a query's tokens, for what is plain to see: the WHERE of an
 * UPDATE or DELETE; and what is put into columns that refer to rows, or say whose one is: by SET,
 * or in places of their own in VALUES (…) or SELECT under a list of columns. Wherever the SQL could
 * hold the rows to the principal in another way (what is read of a table with owners are the
 * principal's rows only: by a subquery, FROM or WITH), it is silent. */
#include "contract/unasked.h"

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

static bool is_name(struct sql_token token)
{
  return token.type == SQL_WORD || token.type == SQL_QUOTED;
}

/* Whether WITH gives the name at this place. */
static bool is_of_with(const struct search *search, size_t at)
{
  int depth = 0;
  if (!sql_is(search->tokens[0], "WITH") || !is_name(search->tokens[at])) return false;
  for (size_t i = 1; i < search->verb; i++) {
    struct sql_token before = search->tokens[i - 1];
    bool begins = i == 1 || sql_is(before, "RECURSIVE") || sql_is_symbol(before, ',');
    depth += sql_is_symbol(search->tokens[i], '(') - sql_is_symbol(search->tokens[i], ')');
    if (depth == 0 && begins && is_name(search->tokens[i]) &&
        sql_same_name(name_at(search, i), name_at(search, at)))
      return true;
  }
  return false;
}

/* What may hold the rows to the principal: itself, a new id, a subquery, or a choice, whose
 * alternatives are not looked at. */
static bool may_be_held(const struct search *search, size_t from, size_t end)
{
  for (size_t i = from; i < end; i++) {
    const struct binding *binding = binding_of(search, search->tokens[i]);
    if (sql_is(search->tokens[i], "SELECT") || is_of_with(search, i)) return true;
    if (search->tokens[i].type != SQL_PARAMETER) continue;
    if (!binding || binding->source == BIND_PRINCIPAL_ID || binding->source == BIND_NEW_ID)
      return true;
    if (binding->source == BIND_FIELD &&
        unasked_is_asked(search->reading->contract, binding->index))
      return true;
  }
  return false;
}

/* What an UPDATE reads besides. Of tables with owners that is the principal's rows. */
static bool from_may_hold(const struct search *search, size_t from, size_t end)
{
  for (size_t i = from; i < end; i++) {
    const struct json *line =
        is_name(search->tokens[i]) ? unasked_line(search, name_at(search, i)) : NULL;
    if (may_be_held(search, i, i + 1) || (line && !json_get(line, "shared"))) return true;
  }
  return false;
}

/* --- UPDATE and DELETE: WHERE. --- */

/* The place of the column that is compared with the parameter at this place; or the end. */
static size_t compared(const struct search *search, size_t at)
{
  if (at >= 2 && sql_is_symbol(search->tokens[at - 1], '=')) return at - 2;
  if (at + 2 >= search->count || !sql_is_symbol(search->tokens[at + 1], '=')) return search->count;
  bool dotted = at + 4 < search->count && sql_is_symbol(search->tokens[at + 3], '.');
  return dotted ? at + 4 : at + 2;
}

/* Whether the column at this place is the target's, where there are other tables. Without the
 * table's name before it: one of a name that the target has. */
static bool is_of_target(const struct search *search, size_t column)
{
  struct error ignored = {0};
  struct table_column *columns;
  size_t count, alias = search->verb + 2;
  if (column >= search->count) return false;
  if (column >= 2 && sql_is_symbol(search->tokens[column - 1], '.')) {
    struct text table = name_at(search, column - 2);
    if (sql_is(search->tokens[search->verb + 1], "OR")) alias += 2;
    if (sql_is(search->tokens[alias], "AS")) alias++;
    return sql_same_name(table, search->target) || sql_same_name(table, name_at(search, alias));
  }
  if (store_list_columns(search->reading->loading->store, search->target.data,
                         search->reading->arena, &columns, &count, &ignored))
    return false;
  for (size_t i = 0; i < count; i++)
    if (sql_same_name(columns[i].name, name_at(search, column))) return true;
  return false;
}

static void search_where(struct search *search, size_t from)
{
  static const char *const joins[] = {"FROM", NULL}, *const begins[] = {"WHERE", NULL},
                           *const ends[] = {"RETURNING", NULL};
  size_t where = find_word(search, from, begins), end = find_word(search, where, ends);
  size_t others = find_word(search, from, joins);
  if (where == search->count || may_be_held(search, where, end)) return;
  if (others < where && from_may_hold(search, others + 1, where)) return;
  for (size_t i = where; i < end; i++) {
    const struct binding *binding = binding_of(search, search->tokens[i]);
    if (!binding || binding->source != BIND_FIELD) continue;
    size_t column = compared(search, i);
    if (others < where && !is_of_target(search, column)) continue;
    unasked_add(search,
                (struct unasked){.field = binding->index,
                                 .table = search->target,
                                 .column = name_at(search, column)},
                true);
    return; /* one says it */
  }
}

/* --- INSERT and SET: what a row says of others. --- */

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
  const struct json *line = table.length > 0 ? unasked_line(search, table) : NULL;
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
    if (is_of_with(search, i) ||
        (is_name(search->tokens[i]) && sql_same_name(name_at(search, i), table)))
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
    unasked_add(search, unasked, !people);
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

/* The names of a list, (a, b), between its parentheses. */
static const struct text *read_columns(const struct search *search, size_t open, size_t close,
                                       size_t *count)
{
  struct text *columns = arena_new_array(search->reading->arena, search->count, sizeof *columns);
  *count = 0;
  for (size_t i = open + 1; i < close; i += 2) columns[(*count)++] = name_at(search, i);
  return columns;
}

static void search_insert(struct search *search, size_t open)
{
  static const char *const ends[] = {"FROM", "WHERE", "ON", "RETURNING", "UNION", NULL};
  if (open < search->count && sql_is(search->tokens[open], "AS")) open += 2;
  size_t close = closing(search, open), count, next = close + 1;
  const struct text *columns = read_columns(search, open, close, &count);
  if (next >= search->count) return;
  bool rows = sql_is(search->tokens[next], "VALUES");
  for (size_t row = next + 1; rows && row < search->count; row = closing(search, row) + 2) {
    if (!sql_is_symbol(search->tokens[row], '(')) break;
    search_places(search, columns, count, row + 1, closing(search, row));
  }
  if (!sql_is(search->tokens[next], "SELECT")) return;
  size_t end = find_word(search, next, ends);
  if (!may_be_held(search, end, search->count))
    search_places(search, columns, count, next + 1, end);
}

static bool compares(const struct search *search, size_t at)
{
  struct sql_token token = search->tokens[at];
  return sql_is_symbol(token, '=') || sql_is_symbol(token, '<') || sql_is_symbol(token, '>') ||
         sql_is(token, "IS");
}

/* SET (a, b) = (…, …), from the first parenthesis on. The end of it. */
static size_t search_set_of_many(struct search *search, size_t open)
{
  size_t close = closing(search, open), values = close + 2, count;
  const struct text *columns = read_columns(search, open, close, &count);
  if (values >= search->count || !sql_is_symbol(search->tokens[values], '(')) return close;
  size_t end = closing(search, values);
  search_places(search, columns, count, values + 1, end);
  return end;
}

/* SET column = …, …, of an UPDATE or an ON CONFLICT: a parameter in what a column gets is most
 * often what it gets, as in iif(:has_folder_id, :folder_id, folder_id), unless it is compared. */
static void search_set(struct search *search, size_t from)
{
  static const char *const begins[] = {"SET", NULL}, *const ends[] = {"FROM", "WHERE", "RETURNING",
                                                                      NULL};
  size_t set = find_word(search, from, begins), end = find_word(search, set, ends);
  struct text column = TEXT("");
  size_t value = set; /* of the column */
  int depth = 0;
  for (size_t i = set + 1; i < end; i++) {
    bool first = i == set + 1 || (depth == 0 && sql_is_symbol(search->tokens[i - 1], ','));
    if (first && sql_is_symbol(search->tokens[i], '(')) {
      i = search_set_of_many(search, i);
      continue;
    }
    struct sql_token token = search->tokens[i];
    depth += sql_is_symbol(token, '(') - sql_is_symbol(token, ')');
    if (first) {
      column = name_at(search, i);
      value = i + 2;
    }
    if (sql_is(token, "SELECT")) column = TEXT("");
    bool is_compared =
        (i > value && compares(search, i - 1)) || (i + 1 < end && compares(search, i + 1));
    if (token.type == SQL_PARAMETER && column.length > 0 && !is_compared)
      search_place(search, column, i);
  }
}

/* --- The whole. --- */

void unasked_search(struct search *search)
{
  static const char *const verbs[] = {"INTO", "UPDATE", "DELETE", NULL};
  read_tokens(search);
  size_t verb = find_word(search, 0, verbs), name = verb + 1;
  if (verb == search->count) return;
  search->verb = verb;
  if (sql_is(search->tokens[verb], "DELETE")) name++; /* FROM */
  if (name < search->count && sql_is(search->tokens[name], "OR")) name += 2;
  search->target = arena_copy(search->reading->arena, name_at(search, name));
  search->line = unasked_line(search, search->target);
  if (!search->line || json_get(search->line, "shared")) return;
  if (sql_is(search->tokens[verb], "INTO"))
    search_insert(search, name + 1);
  else
    search_where(search, name + 1);
  search_set(search, name + 1);
}
