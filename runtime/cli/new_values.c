/* What takes the place of the names in the templates of `writ new`. */
#include <stdlib.h>

#include "cli/new_write.h"

void new_set(struct new_writer *writer, const char *name, struct text value)
{
  for (size_t i = 0; i < writer->value_count; i++)
    if (!strcmp(writer->values[i].name, name)) {
      writer->values[i].value = value;
      return;
    }
  if (writer->value_count == PLACEHOLDERS_MAX) abort(); /* a constant that is too small */
  writer->values[writer->value_count++] = (struct placeholder){name, value};
}

/* --- Lists of fields. --- */

enum { LINE_MAX_BYTES = 80 };

static void append(struct new_writer *writer, struct text *list, const char *gap, struct text part)
{
  *list = arena_print(writer->arena, "%.*s%s%.*s", TEXT_ARGS(*list), list->length > 0 ? gap : "",
                      TEXT_ARGS(part));
}

/* The same for columns of SQL, in lines that are not too long. */
static void append_column(struct new_writer *writer, struct text *list, struct text part)
{
  const char *line = memrchr(list->data, '\n', list->length);
  size_t length = list->length - (line ? (size_t)(line - list->data) : 0);
  append(writer, list, length + part.length > LINE_MAX_BYTES ? ",\n  " : ", ", part);
}

/* `{ … }`, each member on its own line if they are many. */
static struct text braces(struct new_writer *writer, const struct text *members, size_t count)
{
  size_t length = 0;
  struct text all = TEXT("");
  for (size_t i = 0; i < count; i++) length += members[i].length;
  bool lines = length > LINE_MAX_BYTES;
  for (size_t i = 0; i < count; i++) append(writer, &all, lines ? ",\n  " : ", ", members[i]);
  return arena_print(writer->arena, lines ? "{\n  %.*s\n}" : "{ %.*s }", TEXT_ARGS(all));
}

/* The columns that a row is made with, and what they are made of. */
static void set_insert(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text columns = TEXT(""), values = TEXT(""), batch = TEXT("");
  if (!table->integer_key) {
    append_column(writer, &columns, table->key);
    append_column(writer, &values, TEXT(":new_id"));
    append_column(writer, &batch, TEXT("new_id()"));
  }
  if (!table->shared && !table->self) {
    append_column(writer, &columns, table->owner);
    append_column(writer, &values, TEXT(":principal_id"));
    append_column(writer, &batch, TEXT(":principal_id"));
  }
  for (size_t i = 0; i < table->fields.count; i++) {
    const struct new_field *field = &table->fields.items[i];
    if (!field->created) continue;
    append_column(writer, &columns, field->name);
    append_column(writer, &values, arena_print(writer->arena, ":%.*s", TEXT_ARGS(field->name)));
    append_column(writer, &batch,
                  arena_print(writer->arena, "item.value ->> '%.*s'", TEXT_ARGS(field->name)));
  }
  for (int updated = 0; updated < 2; updated++) {
    if (!(updated ? table->updated : table->created)) continue;
    append_column(writer, &columns, updated ? TEXT("updated_at") : TEXT("created_at"));
    append_column(writer, &values, TEXT(":now"));
    append_column(writer, &batch, TEXT(":now"));
  }
  new_set(writer, "insert_columns", columns);
  new_set(writer, "insert_values", values);
  new_set(writer, "batch_values", batch);
}

static struct text quoted(struct new_writer *writer, struct text name)
{
  return arena_print(writer->arena, "\"%.*s\"", TEXT_ARGS(name));
}

static struct text note(struct new_writer *writer, const char *name, struct text list)
{
  if (list.length == 0) return list;
  return arena_print(writer->arena, "-- %s: %.*s", name, TEXT_ARGS(list));
}

static void set_fields(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text required = TEXT(""), optional = TEXT(""), updated = TEXT(""), sets = TEXT("");
  struct text boolean = TEXT(""), columns = table->key;
  size_t count = 0;
  struct text *json = arena_new_array(writer->arena, table->fields.count + 1, sizeof *json);
  struct text *lua = arena_new_array(writer->arena, table->fields.count + 1, sizeof *lua);
  for (size_t i = 0; i < table->fields.count; i++) {
    const struct new_field *field = &table->fields.items[i];
    struct text name = field->name, example = new_field_example(writer->arena, field);
    append_column(writer, &columns, name);
    if (field->kind == FIELD_BOOLEAN) append(writer, &boolean, ", ", name);
    if (field->created && !field->optional) append(writer, &required, ", ", quoted(writer, name));
    if (field->created && field->optional) append(writer, &optional, ", ", name);
    if (field->created) {
      json[count] =
          arena_print(writer->arena, "\"%.*s\": %.*s", TEXT_ARGS(name), TEXT_ARGS(example));
      lua[count++] = arena_print(writer->arena, "%.*s = %.*s", TEXT_ARGS(name), TEXT_ARGS(example));
    }
    if (!field->updated) continue;
    if (updated.length == 0)
      new_set(writer, "lua_change",
              arena_print(writer->arena, "{ %.*s = %.*s }", TEXT_ARGS(name), TEXT_ARGS(example)));
    append(writer, &updated, ", ", name);
    append(writer, &sets, ",\n",
           arena_print(writer->arena, "%.*s = iif(:has_%.*s, :%.*s, %.*s)", TEXT_ARGS(name),
                       TEXT_ARGS(name), TEXT_ARGS(name), TEXT_ARGS(name)));
  }
  if (table->created) append_column(writer, &columns, TEXT("created_at"));
  if (table->updated) append_column(writer, &columns, TEXT("updated_at"));
  if (table->updated) append(writer, &sets, ",\n", TEXT("updated_at = :now"));
  new_set(writer, "columns", columns);
  new_set(writer, "boolean", note(writer, "boolean", boolean));
  new_set(writer, "created_required", required);
  new_set(writer, "created_optional", note(writer, "optional", optional));
  new_set(writer, "updated_names", updated);
  new_set(writer, "sets", sets);
  new_set(writer, "example", braces(writer, json, count));
  new_set(writer, "lua_example", braces(writer, lua, count));
}

/* --- Words. --- */

/* "note" of "notes", "story" of "stories", "box" of "boxes". */
static struct text singular(struct arena *arena, struct text name)
{
  static const char *const es[] = {"ses", "xes", "zes", "ches", "shes"};
  if (name.length > 4 && text_ends_with(name, "ies"))
    return arena_print(arena, "%.*sy", (int)name.length - 3, name.data);
  for (size_t i = 0; i < sizeof es / sizeof *es; i++)
    if (name.length > 4 && text_ends_with(name, es[i]))
      return arena_copy(arena, (struct text){name.data, name.length - 2});
  if (name.length > 2 && text_ends_with(name, "s") && !text_ends_with(name, "ss"))
    return arena_copy(arena, (struct text){name.data, name.length - 1});
  return name;
}

/* With spaces for underscores. */
static struct text words(struct arena *arena, struct text name)
{
  char *bytes = arena_alloc(arena, name.length + 1);
  for (size_t i = 0; i < name.length; i++) bytes[i] = name.data[i] == '_' ? ' ' : name.data[i];
  bytes[name.length] = '\0';
  return (struct text){bytes, name.length};
}

/* "an item", but "a user", "a unit". */
static bool has_vowel_first(struct text word)
{
  return strchr("aeio", word.data[0]) ||
         (word.data[0] == 'u' && !text_starts_with(word, "us") && !text_starts_with(word, "uni"));
}

static void set_words(struct new_writer *writer)
{
  struct text item, name = text_of(writer->table.name);
  writer->item = singular(writer->arena, name);
  item = words(writer->arena, writer->item);
  const char *article = has_vowel_first(item) ? "n" : "";
  bool theirs = writer->audience == AUDIENCE_SIGNED_IN && !writer->table.shared;
  struct text an_item = arena_print(writer->arena, "a%s %.*s", article, TEXT_ARGS(item));
  new_set(writer, "table", name);
  new_set(writer, "item", writer->item);
  new_set(writer, "items", words(writer->arena, name));
  new_set(writer, "an_item", an_item);
  new_set(writer, "An_item", arena_print(writer->arena, "A%s %.*s", article, TEXT_ARGS(item)));
  new_set(writer, "an_item_of_theirs",
          arena_print(writer->arena, "%.*s%s", TEXT_ARGS(an_item),
                      !theirs              ? ""
                      : writer->table.self ? ": themselves"
                                           : " of theirs"));
  new_set(writer, "listed",
          arena_print(writer->arena, "%s%.*s", theirs ? "their own " : "",
                      TEXT_ARGS(words(writer->arena, name))));
}

/* --- Errors that the database raises. --- */

static struct text errors(struct new_writer *writer, struct text first, struct text second)
{
  struct text all = first;
  if (second.length > 0) append(writer, &all, ",\n  ", second);
  if (all.length == 0) return all;
  return second.length > 0 && first.length > 0
             ? arena_print(writer->arena, "\"errors\": {\n  %.*s\n},", TEXT_ARGS(all))
             : arena_print(writer->arena, "\"errors\": { %.*s },", TEXT_ARGS(all));
}

static void set_errors(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text constraint = TEXT(""), missing = TEXT("");
  bool looked_up = writer->audience != AUDIENCE_SIGNED_IN || table->shared;
  if (table->unique.length > 0)
    constraint = arena_print(writer->arena,
                             "\"%.*s_taken\": { \"status\": 409, \"on_unique\": \"%s.%.*s\" }",
                             TEXT_ARGS(table->unique), table->name, TEXT_ARGS(table->unique));
  if (table->references)
    append(writer, &constraint, ",\n  ",
           TEXT("\"no_such_reference\": { \"status\": 422, \"on_foreign_key\": true }"));
  if (looked_up)
    missing = arena_print(writer->arena,
                          "\"no_such_%.*s\": { \"status\": 404, \"title\": \"There is no such "
                          "%.*s\" }",
                          TEXT_ARGS(writer->item), TEXT_ARGS(words(writer->arena, writer->item)));
  new_set(writer, "missing",
          looked_up ? arena_print(writer->arena, "no_such_%.*s", TEXT_ARGS(writer->item))
                    : TEXT("not_found"));
  new_set(writer, "constraint_errors", errors(writer, constraint, TEXT("")));
  new_set(writer, "missing_error", errors(writer, missing, TEXT("")));
  new_set(writer, "update_errors", errors(writer, missing, constraint));
}

int new_set_table(struct new_writer *writer)
{
  set_words(writer);
  set_insert(writer);
  set_fields(writer);
  set_errors(writer);
  new_set(writer, "key", writer->table.key);
  new_set(writer, "key_type", writer->table.integer_key ? TEXT("integer") : TEXT("string"));
  new_set(writer, "owner", writer->table.owner);
  return new_set_def(writer);
}

/* --- A contract. --- */

static void set_paths(struct new_writer *writer, const struct new_operation *operation,
                      struct text path)
{
  struct text one = TEXT("1000001"), none = TEXT("1000002");
  if (!writer->table.integer_key) {
    one = writer->table.self ? TEXT("{{person_id}}") : TEXT("01890000-0000-7000-8000-0000000000e1");
    none = TEXT("01890000-0000-7000-8000-0000000000e2");
  }
  one = placeholders_fill(writer->arena, one, writer->values, writer->value_count);
  new_set(writer, "path", path);
  new_set(writer, "lua_id", writer->table.integer_key ? one : quoted(writer, one));
  new_set(writer, "sql_id",
          writer->table.integer_key ? one : arena_print(writer->arena, "'%.*s'", TEXT_ARGS(one)));
  if (!operation->one) return;
  while (path.length > 0 && path.data[path.length - 1] != '/') path.length--;
  new_set(writer, "path_of_one",
          arena_print(writer->arena, "%.*s%.*s", TEXT_ARGS(path), TEXT_ARGS(one)));
  new_set(writer, "path_of_none",
          arena_print(writer->arena, "%.*s%.*s", TEXT_ARGS(path), TEXT_ARGS(none)));
}

/* The row that a spec begins with; people are there. */
static void set_setup(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text columns = table->key, values = TEXT("{{sql_id}}");
  if (table->self) {
    new_set(writer, "setup", TEXT(""));
    return;
  }
  if (!table->shared) {
    append_column(writer, &columns, table->owner);
    append_column(writer, &values, TEXT("'{{person_id}}'"));
  }
  for (size_t i = 0; i < table->fields.count; i++) {
    if (!table->fields.items[i].created) continue;
    append_column(writer, &columns, table->fields.items[i].name);
    append_column(writer, &values, new_field_literal(writer->arena, &table->fields.items[i]));
  }
  if (table->created) append_column(writer, &columns, TEXT("created_at"));
  if (table->created) append_column(writer, &values, TEXT("0"));
  if (table->updated) append_column(writer, &columns, TEXT("updated_at"));
  if (table->updated) append_column(writer, &values, TEXT("0"));
  values = placeholders_fill(writer->arena, values, writer->values, writer->value_count);
  new_set(writer, "setup",
          arena_print(writer->arena, "app:rows [[\n  INSERT INTO %s (%.*s)\n  VALUES (%.*s)\n]]",
                      table->name, TEXT_ARGS(columns), TEXT_ARGS(values)));
}

static struct text listed_where(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text after =
      arena_print(writer->arena, ":after IS NULL OR %.*s > :after", TEXT_ARGS(table->key));
  if (table->shared || writer->audience != AUDIENCE_SIGNED_IN) return after;
  return arena_print(writer->arena, "%.*s = :principal_id\n  AND (%.*s)", TEXT_ARGS(table->owner),
                     TEXT_ARGS(after));
}

void new_set_contract(struct new_writer *writer, const struct new_operation *operation,
                      struct text route, struct text owner_query)
{
  struct text path = route, owns = TEXT("");
  text_split(&path, ' ', &(struct text){0});
  if (owner_query.length > 0)
    owns = arena_print(writer->arena, "\"owns\": { \"%.*s\": \"%.*s\" },",
                       TEXT_ARGS(writer->key_field), TEXT_ARGS(owner_query));
  new_set(writer, "route", route);
  new_set(writer, "owns", owns);
  new_set(
      writer, "name",
      arena_print(writer->arena, "%.*s.%.*s", TEXT_ARGS(writer->group), TEXT_ARGS(writer->action)));
  new_set(writer, "action", writer->action);
  new_set(writer, "group", writer->group);
  new_set(writer, "key_field", writer->key_field);
  new_set(writer, "listed_where", listed_where(writer));
  set_paths(writer, operation, path);
  set_setup(writer);
}
