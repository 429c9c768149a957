/* What is known of a table that is there: from the migrations, as SQLite has read them, and from
 * the policy. */
#include "cli/new.h"
#include "contract/document.h"
#include "store/constraints.h"
#include "store/description.h"
#include "store/sql.h"

enum { TEXT_MAX = 1000 }; /* of columns that nobody has set a bound for */

const struct json *new_policy(const struct cli_app *opened)
{
  const struct document *policy =
      document_find(opened->app.generation->documents, TEXT("policy.json"));
  return policy ? policy->root : NULL;
}

/* The table's line in the policy. */
static const struct json *line_of(const struct cli_app *opened, struct text name)
{
  return json_get_text(json_get(new_policy(opened), "tables"), name);
}

bool new_table_is_there(const struct cli_app *opened, const char *name)
{
  return line_of(opened, text_of(name)) != NULL;
}

static bool lists(const struct json *names, struct text name)
{
  for (uint32_t i = 0; names && i < names->length; i++)
    if (text_equal(json_text(&names->items[i]), name)) return true;
  return false;
}

/* --- CHECK (column IN (…)). --- */

/* Reads the list behind IN: 0 and 1 make a boolean, words an enum. */
static void read_list(struct text rest, struct arena *arena, struct new_field *field)
{
  struct sql_token token;
  size_t numbers = 0;
  field->values = arena_new_array(arena, rest.length + 1, sizeof *field->values);
  while ((token = sql_next(&rest)).type != SQL_END && !sql_is_symbol(token, ')'))
    if (token.type == SQL_STRING)
      field->values[field->value_count++] = sql_name(token, arena);
    else if (text_is(token.text, "0") || text_is(token.text, "1"))
      numbers++;
  if (field->value_count > 0)
    field->kind = FIELD_ENUM;
  else if (numbers == 2)
    field->kind = FIELD_BOOLEAN;
}

static void read_check(struct text sql, struct arena *arena, struct new_field *field)
{
  struct sql_token token;
  while ((token = sql_next(&sql)).type != SQL_END && token.type != SQL_BAD) {
    if (!sql_is(token, "CHECK")) continue;
    struct text rest = sql;
    if (sql_is_symbol(sql_next(&rest), '(') &&
        sql_same_name(sql_name(sql_next(&rest), arena), field->name) &&
        sql_is(sql_next(&rest), "IN") && sql_is_symbol(sql_next(&rest), '(')) {
      read_list(rest, arena, field);
      return;
    }
  }
}

/* --- Columns. --- */

struct table_reader {
  struct arena *arena;
  const struct json *line;
  struct text sql; /* that made it */
  const struct new_fields *asked;
  bool guarded;
  const struct cli_app *opened;
  struct new_table *table;
  struct error *error;
};

static const struct new_field *asked_field(const struct table_reader *reader, struct text name)
{
  for (size_t i = 0; reader->asked && i < reader->asked->count; i++)
    if (text_equal(reader->asked->items[i].name, name)) return &reader->asked->items[i];
  return NULL;
}

static bool fits(const struct new_field *field, struct text type)
{
  if (text_is(type, "ANY")) return true;
  if (field->kind == FIELD_INTEGER || field->kind == FIELD_BOOLEAN) return text_is(type, "INTEGER");
  if (field->kind == FIELD_NUMBER) return text_is(type, "REAL");
  return text_is(type, "TEXT");
}

/* As the column is; what was asked for counts more, if it is possible. */
static int read_field(const struct table_reader *reader, const struct table_column *column,
                      struct new_field *field)
{
  const struct new_field *asked = asked_field(reader, column->name);
  bool guarded = lists(json_get(reader->line, "guarded"), column->name) && !reader->guarded;
  bool comes_in = !column->generated && !guarded && (asked || !reader->asked);
  *field = (struct new_field){.name = column->name, .optional = !column->not_null};
  field->kind = text_is(column->type, "INTEGER") ? FIELD_INTEGER
                : text_is(column->type, "REAL")  ? FIELD_NUMBER
                                                 : FIELD_TEXT;
  field->has_maximum = field->kind == FIELD_TEXT;
  field->maximum = field->has_maximum ? TEXT_MAX : 0;
  read_check(reader->sql, reader->arena, field);
  if (asked && !fits(asked, column->type))
    return error_set(reader->error, "--fields: %.*s is %.*s in the table %s",
                     TEXT_ARGS(column->name), TEXT_ARGS(column->type), reader->table->name);
  if (asked && asked->optional && column->not_null)
    return error_set(reader->error, "--fields: %.*s is NOT NULL in the table %s: no ? behind it",
                     TEXT_ARGS(column->name), reader->table->name);
  if (asked && !comes_in)
    return error_set(reader->error, "--fields: %.*s does not come in: %s", TEXT_ARGS(column->name),
                     column->generated ? "it is generated"
                                       : "the policy guards it, which takes admin-only");
  if (asked) *field = *asked;
  field->nullable = !column->not_null;
  field->refers = column->refers_to.length > 0;
  if (field->refers) new_reference_read(reader->arena, reader->opened, column, field);
  field->updated = comes_in;
  field->created = comes_in && (asked || !column->has_default || !column->not_null);
  return 0;
}

static bool is_time(const struct table_column *column, const char *name)
{
  return text_is(column->name, name) && text_is(column->type, "INTEGER");
}

static int read_column(struct table_reader *reader, const struct table_column *column)
{
  struct new_table *table = reader->table;
  bool owner = text_equal(column->name, table->owner);
  bool secret = lists(json_get(reader->line, "secret"), column->name);
  bool filled = owner || !column->not_null || column->has_default || column->generated;
  if (column->key > 0) {
    table->key = column->name;
    table->integer_key = text_is(column->type, "INTEGER");
    table->self = owner;
    filled = true;
  } else if (is_time(column, "created_at") || is_time(column, "updated_at")) {
    *(is_time(column, "created_at") ? &table->created : &table->updated) = true;
    filled = true;
  } else if (!owner && !secret) {
    struct new_field *field = &table->fields.items[table->fields.count++];
    if (read_field(reader, column, field)) return -1;
    table->references |= column->refers_to.length > 0;
    filled |= field->created;
  }
  if (!filled) table->unfilled = column->name;
  return 0;
}

/* --- The table. --- */

static int read_ownership(struct table_reader *reader)
{
  struct new_table *table = reader->table;
  const struct json *owner = json_get(reader->line, "owner");
  table->shared = json_get(reader->line, "shared") != NULL;
  table->owner = json_text(owner);
  table->readable = json_get(reader->line, "readable") != NULL;
  if (table->shared || (owner && !json_get(reader->line, "in"))) return 0;
  return error_set(
      reader->error,
      "--table: whose the rows of %s are is decided by another table: write this "
      "contract by hand, with a query that says what the principal is there: \"owns\": { "
      "\"team_id\": { \"query\": \"teams.role_of\", \"in\": [\"owner\"] } }",
      table->name);
}

static void read_unique(struct table_reader *reader, const struct cli_app *opened)
{
  struct constraints constraints;
  struct new_table *table = reader->table;
  size_t length = strlen(table->name);
  constraints_read(opened->app.store, reader->arena, &constraints);
  for (size_t i = 0; i < constraints.unique.count; i++) {
    const char *words = constraints.unique.items[i];
    bool ours = !strncmp(words, table->name, length) && words[length] == '.';
    struct text column = text_of(words + (ours ? length + 1 : 0));
    if (ours && !text_equal(column, table->key) && !memchr(column.data, ',', column.length))
      table->unique = column;
  }
}

static int check_asked(const struct table_reader *reader)
{
  for (size_t i = 0; reader->asked && i < reader->asked->count; i++) {
    struct text name = reader->asked->items[i].name;
    bool found = false;
    for (size_t k = 0; k < reader->table->fields.count && !found; k++)
      found = text_equal(reader->table->fields.items[k].name, name);
    if (!found)
      return error_set(reader->error, "--fields: the table %s has no column \"%.*s\" to fill",
                       reader->table->name, TEXT_ARGS(name));
  }
  return 0;
}

static struct text sql_of(const struct cli_app *opened, struct arena *arena, const char *table)
{
  struct schema_object *objects;
  size_t count;
  if (store_list_schema(opened->app.store, arena, &objects, &count, NULL)) return TEXT("");
  for (size_t i = 0; i < count; i++)
    if (text_is(objects[i].type, "table") && text_is(objects[i].name, table)) return objects[i].sql;
  return TEXT("");
}

int new_table_read(struct arena *arena, const struct cli_app *opened, const char *name,
                   const struct new_fields *fields, bool guarded, struct new_table *table,
                   struct error *error)
{
  struct table_reader reader = {.arena = arena,
                                .line = line_of(opened, text_of(name)),
                                .sql = sql_of(opened, arena, name),
                                .asked = fields,
                                .opened = opened,
                                .guarded = guarded,
                                .table = table,
                                .error = error};
  struct table_column *columns;
  size_t count, keys = 0;
  *table = (struct new_table){.name = name, .exists = true};
  if (read_ownership(&reader)) return -1;
  if (store_list_columns(opened->app.store, name, arena, &columns, &count, error)) return -1;
  table->fields.items = arena_new_array(arena, count + 1, sizeof *table->fields.items);
  for (size_t i = 0; i < count; i++) {
    keys += columns[i].key > 0;
    if (read_column(&reader, &columns[i])) return -1;
  }
  if (keys != 1)
    return error_set(error, "--table: the key of %s is not one column: write this contract by hand",
                     name);
  read_unique(&reader, opened);
  return check_asked(&reader);
}

void new_people_read(struct arena *arena, const struct cli_app *opened, struct new_people *people)
{
  const struct json *tables = json_get(new_policy(opened), "tables");
  *people = (struct new_people){0};
  for (uint32_t i = 0; tables && i < tables->length; i++) {
    struct new_table table;
    struct error error = {0};
    const char *name = tables->members[i].key.string;
    if (new_table_read(arena, opened, name, NULL, false, &table, &error) || !table.self) continue;
    *people = (struct new_people){name, table.key, table.integer_key};
    return;
  }
}
