/* What becomes of a table's columns in the templates of `writ new`. */
#include "cli/new_write.h"

enum { LINE_MAX_BYTES = 80 };

void new_append_column(struct new_writer *writer, struct text *list, struct text part)
{
  const char *line = memrchr(list->data, '\n', list->length);
  size_t length = list->length - (line ? (size_t)(line - list->data) : 0);
  new_append(writer, list, length + part.length > LINE_MAX_BYTES ? ",\n  " : ", ", part);
}

/* `{ … }`, each member on its own line if they are many. */
static struct text braces(struct new_writer *writer, const struct text *members, size_t count)
{
  size_t length = 0;
  struct text all = TEXT("");
  for (size_t i = 0; i < count; i++) length += members[i].length;
  bool lines = length > LINE_MAX_BYTES;
  for (size_t i = 0; i < count; i++) new_append(writer, &all, lines ? ",\n  " : ", ", members[i]);
  return arena_print(writer->arena, lines ? "{\n  %.*s\n}" : "{ %.*s }", TEXT_ARGS(all));
}

/* The columns that a row is made with, and what they are made of. */
static void set_insert(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text columns = TEXT(""), values = TEXT(""), batch = TEXT("");
  if (!table->integer_key) {
    new_append_column(writer, &columns, table->key);
    new_append_column(writer, &values, TEXT(":new_id"));
    new_append_column(writer, &batch, TEXT("new_id()"));
  }
  if (!table->shared && !table->self) {
    new_append_column(writer, &columns, table->owner);
    new_append_column(writer, &values, TEXT(":principal_id"));
    new_append_column(writer, &batch, TEXT(":principal_id"));
  }
  for (size_t i = 0; i < table->fields.count; i++) {
    const struct new_field *field = &table->fields.items[i];
    if (!field->created) continue;
    new_append_column(writer, &columns, field->name);
    new_append_column(writer, &values, arena_print(writer->arena, ":%.*s", TEXT_ARGS(field->name)));
    new_append_column(writer, &batch,
                      arena_print(writer->arena, "item.value ->> '%.*s'", TEXT_ARGS(field->name)));
  }
  for (int updated = 0; updated < 2; updated++) {
    if (!(updated ? table->updated : table->created)) continue;
    new_append_column(writer, &columns, updated ? TEXT("updated_at") : TEXT("created_at"));
    new_append_column(writer, &values, TEXT(":now"));
    new_append_column(writer, &batch, TEXT(":now"));
  }
  new_set(writer, "insert_columns", columns);
  new_set(writer, "insert_values", values);
  new_set(writer, "batch_values", batch);
}

static struct text note(struct new_writer *writer, const char *name, struct text list)
{
  if (list.length == 0) return list;
  return arena_print(writer->arena, "-- %s: %.*s", name, TEXT_ARGS(list));
}

/* How rows go out. */
static void set_shown(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text boolean = TEXT(""), columns = table->key;
  for (size_t i = 0; i < table->fields.count; i++) {
    const struct new_field *field = &table->fields.items[i];
    new_append_column(writer, &columns, field->name);
    if (field->kind == FIELD_BOOLEAN) new_append(writer, &boolean, ", ", field->name);
  }
  if (table->created) new_append_column(writer, &columns, TEXT("created_at"));
  if (table->updated) new_append_column(writer, &columns, TEXT("updated_at"));
  new_set(writer, "columns", columns);
  new_set(writer, "boolean", note(writer, "boolean", boolean));
}

/* How they come in. */
static void set_created(struct new_writer *writer)
{
  struct text required = TEXT(""), optional = TEXT("");
  for (size_t i = 0; i < writer->table.fields.count; i++) {
    const struct new_field *field = &writer->table.fields.items[i];
    if (!field->created) continue;
    if (field->optional)
      new_append(writer, &optional, ", ", field->name);
    else
      new_append(writer, &required, ", ",
                 arena_print(writer->arena, "\"%.*s\"", TEXT_ARGS(field->name)));
  }
  new_set(writer, "created_required", required);
  new_set(writer, "created_optional", note(writer, "optional", optional));
}

/* How they change: only where a field is there. */
static void set_updated(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text names = TEXT(""), sets = TEXT("");
  for (size_t i = 0; i < table->fields.count; i++) {
    struct text name = table->fields.items[i].name;
    if (!table->fields.items[i].updated) continue;
    new_append(writer, &names, ", ", name);
    new_append(writer, &sets, ",\n",
               arena_print(writer->arena, "%.*s = iif(:has_%.*s, :%.*s, %.*s)", TEXT_ARGS(name),
                           TEXT_ARGS(name), TEXT_ARGS(name), TEXT_ARGS(name)));
  }
  if (table->updated) new_append(writer, &sets, ",\n", TEXT("updated_at = :now"));
  new_set(writer, "updated_names", names);
  new_set(writer, "sets", sets);
}

static bool is_in_examples(const struct new_field *field)
{
  return field->created && !(field->refers && field->optional);
}

static struct text examples(struct new_writer *writer, struct text example)
{
  return arena_print(writer->arena, ",\n\"examples\": [%.*s]", TEXT_ARGS(example));
}

/* A row as JSON and as Lua, and a change. */
static void set_examples(struct new_writer *writer)
{
  const struct new_fields *fields = &writer->table.fields;
  const struct new_field *change = NULL; /* none that refers, if there is another */
  struct text *json = arena_new_array(writer->arena, fields->count + 1, sizeof *json);
  struct text *lua = arena_new_array(writer->arena, fields->count + 1, sizeof *lua);
  size_t count = 0;
  bool known = true;
  for (size_t i = 0; i < fields->count; i++) {
    const struct new_field *field = &fields->items[i];
    struct text name = field->name, value = new_field_example(writer->arena, field);
    if (field->updated && (!change || change->refers)) change = field;
    if (!is_in_examples(field)) continue;
    if (field->own_row.length > 0) { /* ids are of the fixtures: no example can know them */
      value = new_own_row(writer, field, true);
      known = false;
    }
    json[count] = arena_print(writer->arena, "\"%.*s\": %.*s", TEXT_ARGS(name), TEXT_ARGS(value));
    lua[count++] = arena_print(writer->arena, "%.*s = %.*s", TEXT_ARGS(name), TEXT_ARGS(value));
  }
  struct text one = braces(writer, json, count);
  struct text many =
      arena_print(writer->arena, "{ \"%s\": [%.*s] }", writer->table.name, TEXT_ARGS(one));
  new_set(writer, "examples", known ? examples(writer, one) : TEXT(""));
  new_set(writer, "batch_examples", known ? examples(writer, many) : TEXT(""));
  new_set(writer, "lua_example", braces(writer, lua, count));
  if (!change) return;
  struct text changed = change->own_row.length > 0 ? new_own_row(writer, change, true)
                                                   : new_field_example(writer->arena, change);
  new_set(
      writer, "lua_change",
      arena_print(writer->arena, "{ %.*s = %.*s }", TEXT_ARGS(change->name), TEXT_ARGS(changed)));
}

void new_set_columns(struct new_writer *writer)
{
  set_insert(writer);
  set_shown(writer);
  set_created(writer);
  set_updated(writer);
  set_examples(writer);
}

void new_set_setup(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text columns = table->key, values = TEXT("{{sql_id}}");
  /* Whether others may read this row is for the policy's `readable` to say. */
  bool seen = table->shared || writer->audience != AUDIENCE_PUBLIC;
  new_set(writer, "lists",
          arena_print(writer->arena,
                      seen ? "assert.is_true(#reply.json.%s > 0)"
                           : "assert.equal(\"table\", type(reply.json.%s))",
                      table->name));
  if (table->self) {
    new_set(writer, "setup", TEXT(""));
    return;
  }
  if (!table->shared) {
    new_append_column(writer, &columns, table->owner);
    new_append_column(writer, &values, TEXT("'{{person_id}}'"));
  }
  for (size_t i = 0; i < table->fields.count; i++) {
    const struct new_field *field = &table->fields.items[i];
    if (!is_in_examples(field)) continue;
    new_append_column(writer, &columns, field->name);
    new_append_column(writer, &values,
                      field->own_row.length > 0 ? new_own_row(writer, field, false)
                                                : new_field_literal(writer->arena, field));
  }
  if (table->created) new_append_column(writer, &columns, TEXT("created_at"));
  if (table->created) new_append_column(writer, &values, TEXT("0"));
  if (table->updated) new_append_column(writer, &columns, TEXT("updated_at"));
  if (table->updated) new_append_column(writer, &values, TEXT("0"));
  values = placeholders_fill(writer->arena, values, writer->values, writer->value_count);
  new_set(writer, "setup",
          arena_print(writer->arena, "app:rows [[\n  INSERT INTO %s (%.*s)\n  VALUES (%.*s)\n]]",
                      table->name, TEXT_ARGS(columns), TEXT_ARGS(values)));
}
