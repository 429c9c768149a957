/* Columns that refer to a row of somebody's: whose it is, the contract has to ask, or a new row of
 * the caller could belong to a stranger's. */
#include "cli/new_write.h"
#include "store/sql.h"

enum { PARENTS_MAX = 8 };

static const struct json *line_of(const struct cli_app *opened, struct text table)
{
  return json_get_text(json_get(new_policy(opened), "tables"), table);
}

/* Empty: it is not one column. */
static struct text primary_key(const struct cli_app *opened, struct text table, struct arena *arena)
{
  struct table_column *columns;
  struct error ignored = {0};
  struct text key = TEXT("");
  size_t count, keys = 0;
  if (store_list_columns(opened->app.store, table.data, arena, &columns, &count, &ignored))
    return key;
  for (size_t i = 0; i < count; i++) {
    keys += columns[i].key > 0;
    if (columns[i].key > 0) key = columns[i].name;
  }
  return keys == 1 ? key : TEXT("");
}

/* By which column of the table that it refers to a column of this table does; or empty. */
static struct text key_of(const struct cli_app *opened, struct text table, struct text name,
                          struct arena *arena)
{
  struct table_column *columns;
  struct error ignored = {0};
  size_t count;
  if (store_list_columns(opened->app.store, table.data, arena, &columns, &count, &ignored))
    return TEXT("");
  for (size_t i = 0; i < count; i++)
    if (sql_same_name(columns[i].name, name))
      return columns[i].refers_to_column.length > 0
                 ? columns[i].refers_to_column
                 : primary_key(opened, columns[i].refers_to, arena);
  return TEXT("");
}

/* From a row up to the one that has an owner. */
struct ascent {
  const struct cli_app *opened;
  struct arena *arena;
  struct text find;  /* SQL: the key of the row here, of the one that :NAME chooses */
  struct text owner; /* SQL: whose that is */
  struct text key;   /* of the table that the column refers to */
};

/* What makes a row one of the person's, as a condition; empty: the policy has no column for it, or
 * a name would have to stand in quotes. `key` is the column by which the row is found. */
static struct text ascend(struct ascent *ascent, struct text table, struct text key, int depth)
{
  struct arena *arena = ascent->arena;
  const struct json *line = line_of(ascent->opened, table);
  const struct json *parent = json_get(line, "parent");
  struct text owner = json_text(json_get(line, "owner"));
  struct text found = TEXT("");
  if (depth == PARENTS_MAX || !sql_is_plain_name(key) || !sql_is_plain_name(table) ||
      json_get(line, "in") || json_get(line, "readable") ||
      sql_same_name(owner, primary_key(ascent->opened, table, arena)))
    return found;
  if (depth == 0) ascent->key = key;
  if (sql_is_plain_name(owner)) {
    ascent->owner = arena_print(arena, "SELECT %.*s FROM %.*s WHERE %.*s = %.*s", TEXT_ARGS(owner),
                                TEXT_ARGS(table), TEXT_ARGS(key), TEXT_ARGS(ascent->find));
    return arena_print(arena, "%.*s = '{{person_id}}'", TEXT_ARGS(owner));
  }
  if (!parent) return found;
  struct text column = json_text(&parent->items[0]), above = json_text(&parent->items[1]);
  struct text key_above = key_of(ascent->opened, table, column, arena);
  if (!sql_is_plain_name(column)) return found;
  ascent->find = arena_print(arena, "(SELECT %.*s FROM %.*s WHERE %.*s = %.*s)", TEXT_ARGS(column),
                             TEXT_ARGS(table), TEXT_ARGS(key), TEXT_ARGS(ascent->find));
  struct text theirs = ascend(ascent, above, key_above, depth + 1);
  if (theirs.length > 0)
    found = arena_print(arena, "%.*s IN (SELECT %.*s FROM %.*s WHERE %.*s)", TEXT_ARGS(column),
                        TEXT_ARGS(key_above), TEXT_ARGS(above), TEXT_ARGS(theirs));
  return found;
}

void new_reference_read(struct arena *arena, const struct cli_app *opened,
                        const struct table_column *column, struct new_field *field)
{
  struct text table = column->refers_to, key = column->refers_to_column;
  if (key.length == 0) key = primary_key(opened, table, arena);
  struct ascent ascent = {.opened = opened, .arena = arena};
  ascent.find = arena_print(arena, ":%.*s", TEXT_ARGS(field->name));
  struct text theirs = ascend(&ascent, table, key, 0);
  if (theirs.length == 0) return;
  field->refers_to = table;
  field->whose = ascent.owner;
  field->their_key = ascent.key;
  field->own_row = arena_print(arena, "SELECT %.*s FROM %.*s WHERE %.*s LIMIT 1",
                               TEXT_ARGS(ascent.key), TEXT_ARGS(table), TEXT_ARGS(theirs));
}

/* --- In specs: a row of the caller's that the fixtures have. --- */

struct text new_own_row(struct new_writer *writer, const struct new_field *field, bool lua)
{
  struct text sql =
      placeholders_fill(writer->arena, field->own_row, writer->values, writer->value_count);
  return lua ? arena_print(writer->arena, "app:rows(\"%.*s\")[1].%.*s", TEXT_ARGS(sql),
                           TEXT_ARGS(field->their_key))
             : arena_print(writer->arena, "(%.*s)", TEXT_ARGS(sql));
}

/* --- What the contract says of them. --- */

/* However they are laid out. */
static bool same_sql(struct text a, struct text b)
{
  struct sql_token one, other;
  do {
    one = sql_next(&a);
    other = sql_next(&b);
    if (one.type == SQL_SYMBOL && text_is(one.text, ";")) one = sql_next(&a);
    if (one.type != other.type || !text_equal(one.text, other.text)) return false;
  } while (one.type != SQL_END && one.type != SQL_BAD);
  return true;
}

/* A query for it: one that is there, or one more. */
static struct text query_for(struct new_writer *writer, const struct new_field *field)
{
  const struct query_list *queries = &writer->opened->app.generation->queries;
  struct arena *arena = writer->arena;
  const struct text names[] = {
      arena_print(arena, "%.*s.owner", TEXT_ARGS(field->refers_to)),
      arena_print(arena, "%.*s.%.*s_owner", TEXT_ARGS(writer->group), TEXT_ARGS(field->name)),
      arena_print(arena, "%.*s.%.*s_%.*s_owner", TEXT_ARGS(writer->group),
                  TEXT_ARGS(writer->action), TEXT_ARGS(field->name))};
  enum { NAMES = sizeof names / sizeof *names };
  for (size_t i = 0;; i++) { /* the last with a number, where others have all of them */
    struct text query =
        i < NAMES ? names[i]
                  : arena_print(arena, "%.*s_%zu", TEXT_ARGS(names[NAMES - 1]), i - NAMES + 2);
    const struct query *there = query_find(queries, query);
    if (there && same_sql(there->sql, field->whose)) return query;
    if (there || i == 0) continue;
    struct text name = {query.data + writer->group.length + 1,
                        query.length - writer->group.length - 1};
    struct text note = arena_print(arena, "-- name: %.*s :value\n", TEXT_ARGS(name));
    if (!text_contains(buffer_text(&writer->queries), note))
      new_add_query(writer,
                    arena_print(arena, "%.*s%.*s;\n", TEXT_ARGS(note), TEXT_ARGS(field->whose)));
    return query;
  }
}

void new_set_owns(struct new_writer *writer, const struct new_operation *operation,
                  struct text owner_query)
{
  struct arena *arena = writer->arena;
  struct text owns = TEXT(""), rules = TEXT("");
  bool makes = operation == &new_create, changes = operation == &new_update;
  if (owner_query.length > 0)
    owns = arena_print(arena, "\"%.*s\": \"%.*s\"", TEXT_ARGS(writer->key_field),
                       TEXT_ARGS(owner_query));
  for (size_t i = 0; i < writer->table.fields.count && new_owns(writer); i++) {
    const struct new_field *field = &writer->table.fields.items[i];
    bool comes_in = (makes && field->created) || (changes && field->updated);
    if (!comes_in || field->whose.length == 0) continue;
    struct text query = query_for(writer, field);
    struct text asked =
        arena_print(arena, "\"%.*s\": \"%.*s\"", TEXT_ARGS(field->name), TEXT_ARGS(query));
    if (makes && !field->optional)
      new_append(writer, &owns, ", ", asked);
    else
      new_append(writer, &rules, ",\n",
                 arena_print(arena,
                             "  { \"when\": { \"input\": { \"properties\": { \"%.*s\": { "
                             "\"type\": \"%s\" } }, \"required\": [\"%.*s\"] } },\n"
                             "    \"require\": { \"owns\": { %.*s } } }",
                             TEXT_ARGS(field->name),
                             field->kind == FIELD_INTEGER ? "integer" : "string",
                             TEXT_ARGS(field->name), TEXT_ARGS(asked)));
  }
  if (owns.length > 0) owns = arena_print(arena, "\"owns\": { %.*s },", TEXT_ARGS(owns));
  if (rules.length > 0)
    new_append(writer, &owns, "\n", arena_print(arena, "\"rules\": [\n%.*s\n],", TEXT_ARGS(rules)));
  new_set(writer, "owns", owns);
}
