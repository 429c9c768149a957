/* contracts/defs/ITEM.json: what a row looks like as it goes out, and its fields as they come in.
 * One that is there and fits is used again. */
#include "cli/new_write.h"
#include "contract/document.h"

static void append(struct arena *arena, struct text *list, const char *gap, struct text part)
{
  *list = arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(*list), list->length > 0 ? gap : "",
                      TEXT_ARGS(part));
}

static struct text member(struct arena *arena, struct text name, struct text value)
{
  return arena_print(arena, "\"%.*s\": %.*s", TEXT_ARGS(name), TEXT_ARGS(value));
}

static struct text key_schema(const struct new_table *table)
{
  if (table->integer_key) return TEXT("{ \"type\": \"integer\", \"minimum\": 1 }");
  return table->exists ? TEXT("{ \"type\": \"string\", \"minLength\": 1, \"maxLength\": 64 }")
                       : TEXT("{ \"type\": \"string\", \"format\": \"uuid\" }");
}

/* Whether the schema shows these columns and no others. */
static bool fits(const struct json *root, const struct new_table *table)
{
  const struct json *properties = json_get(root, "properties");
  size_t count = 1 + table->fields.count + table->created + table->updated;
  if (!properties || properties->length != count || !json_get_text(properties, table->key))
    return false;
  if (table->created && !json_get(properties, "created_at")) return false;
  if (table->updated && !json_get(properties, "updated_at")) return false;
  for (size_t i = 0; i < table->fields.count; i++)
    if (!json_get_text(properties, table->fields.items[i].name)) return false;
  return true;
}

/* The first of a few names that is free or fits; the text is empty if none is. */
static struct text find_name(struct new_writer *writer, const struct json **root)
{
  struct text names[] = {
      writer->item, arena_print(writer->arena, "%s_row", writer->table.name),
      arena_print(writer->arena, "%.*s_%.*s", TEXT_ARGS(writer->group), TEXT_ARGS(writer->action))};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct text path = arena_print(writer->arena, "defs/%.*s.json", TEXT_ARGS(names[i]));
    const struct document *there = document_find(writer->opened->app.generation->documents, path);
    *root = there ? there->root : NULL;
    if (!there || fits(*root, &writer->table)) return names[i];
  }
  return TEXT("");
}

/* --- The schema's text. --- */

static void plan_def(struct new_writer *writer, struct text name)
{
  const struct new_table *table = &writer->table;
  struct arena *arena = writer->arena;
  struct text reference =
      arena_print(arena, "{ \"$ref\": \"#/$defs/%.*s\" }", TEXT_ARGS(table->key));
  struct text shown = member(arena, table->key, reference);
  struct text names = arena_print(arena, "\"%.*s\"", TEXT_ARGS(table->key));
  struct text definitions = member(arena, table->key, key_schema(table));
  for (size_t i = 0; i < table->fields.count; i++) {
    const struct new_field *field = &table->fields.items[i];
    append(arena, &shown, ",\n", member(arena, field->name, new_field_shown(arena, field)));
    append(arena, &names, ", ", arena_print(arena, "\"%.*s\"", TEXT_ARGS(field->name)));
    if (field->created || field->updated)
      append(arena, &definitions, ",\n",
             member(arena, field->name, new_field_schema(arena, field)));
  }
  for (int updated = 0; updated < 2; updated++) {
    if (!(updated ? table->updated : table->created)) continue;
    struct text time = updated ? TEXT("updated_at") : TEXT("created_at");
    append(arena, &shown, ",\n", member(arena, time, TEXT("{ \"type\": \"integer\" }")));
    append(arena, &names, ", ", arena_print(arena, "\"%.*s\"", TEXT_ARGS(time)));
  }
  new_set(writer, "shown", shown);
  new_set(writer, "shown_names", names);
  new_set(writer, "definitions", definitions);
  plan_create(writer->plan, arena_print(arena, "contracts/defs/%.*s.json", TEXT_ARGS(name)).data,
              new_fill(writer, "item.json"));
}

/* How contracts say it: by reference if the file defines it so, else in place. */
static struct text schema_of(struct new_writer *writer, struct text file, const struct json *root,
                             struct text name, struct text in_place, bool as_asked)
{
  bool defined = !root || (json_get_text(json_get(root, "$defs"), name) && !as_asked);
  if (!defined) return in_place;
  return arena_print(writer->arena, "{ \"$ref\": \"../defs/%.*s.json#/$defs/%.*s\" }",
                     TEXT_ARGS(file), TEXT_ARGS(name));
}

/* --- What a schema that is there says of a field: for examples that fit. --- */

static bool read_bound(const struct json *schema, const char *keyword, int64_t *bound)
{
  const struct json *value = json_get(schema, keyword);
  if (value && value->type == JSON_INTEGER) *bound = value->integer;
  return value && value->type == JSON_INTEGER;
}

static void refine(struct arena *arena, struct new_field *field, const struct json *schema)
{
  static const struct {
    const char *format;
    enum field_kind kind;
  } formats[] = {{"date", FIELD_DATE},
                 {"date-time", FIELD_DATETIME},
                 {"email", FIELD_EMAIL},
                 {"uuid", FIELD_UUID},
                 {"uri", FIELD_URL}};
  const struct json *values = json_get(schema, "enum");
  bool length = field->kind == FIELD_TEXT;
  field->has_minimum = read_bound(schema, length ? "minLength" : "minimum", &field->minimum);
  field->has_maximum = read_bound(schema, length ? "maxLength" : "maximum", &field->maximum);
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (json_is_string(json_get(schema, "format"), formats[i].format))
      field->kind = formats[i].kind;
  if (!values || values->type != JSON_ARRAY || values->length == 0) return;
  field->values = arena_new_array(arena, values->length, sizeof *field->values);
  field->value_count = 0;
  for (uint32_t i = 0; i < values->length; i++)
    if (values->items[i].type == JSON_STRING)
      field->values[field->value_count++] = json_text(&values->items[i]);
  if (field->value_count > 0) field->kind = FIELD_ENUM;
}

int new_set_def(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct arena *arena = writer->arena;
  const struct json *root;
  struct text file = find_name(writer, &root), created = TEXT(""), updated = TEXT("");
  if (file.length == 0)
    return error_set(writer->error,
                     "contracts/defs/%.*s.json: is there already, and describes other columns than "
                     "those of %s",
                     TEXT_ARGS(writer->item), table->name);
  if (!root) plan_def(writer, file);
  for (size_t i = 0; i < table->fields.count; i++) {
    struct new_field *field = &table->fields.items[i];
    const struct json *defined = json_get_text(json_get(root, "$defs"), field->name);
    if (defined && writer->asked_fields.count == 0) refine(arena, field, defined);
    struct text schema = schema_of(writer, file, root, field->name, new_field_schema(arena, field),
                                   writer->asked_fields.count > 0);
    if (field->created) append(arena, &created, ",\n", member(arena, field->name, schema));
    if (field->updated) append(arena, &updated, ",\n", member(arena, field->name, schema));
  }
  new_set(writer, "created_properties", created);
  new_set(writer, "updated_properties", updated);
  new_set(writer, "key_schema",
          schema_of(writer, file, root, table->key, key_schema(table), false));
  new_set(writer, "returns",
          arena_print(arena, "{ \"$ref\": \"../defs/%.*s.json\" }", TEXT_ARGS(file)));
  return 0;
}
