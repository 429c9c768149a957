/* Fields as they are said on the command line, and what becomes of them in JSON, SQL and Lua. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "cli/new.h"
#include "contract/name.h"

/* --- Names. --- */

/* What SQLite takes for itself where a name without quotes might stand. */
static const char *const sql_words[] = {"add",
                                        "all",
                                        "alter",
                                        "and",
                                        "as",
                                        "autoincrement",
                                        "between",
                                        "case",
                                        "cast",
                                        "check",
                                        "collate",
                                        "commit",
                                        "constraint",
                                        "create",
                                        "current_date",
                                        "current_time",
                                        "current_timestamp",
                                        "default",
                                        "deferrable",
                                        "delete",
                                        "distinct",
                                        "drop",
                                        "else",
                                        "escape",
                                        "except",
                                        "exists",
                                        "false",
                                        "foreign",
                                        "from",
                                        "group",
                                        "having",
                                        "if",
                                        "in",
                                        "index",
                                        "insert",
                                        "intersect",
                                        "into",
                                        "is",
                                        "isnull",
                                        "join",
                                        "limit",
                                        "not",
                                        "nothing",
                                        "notnull",
                                        "null",
                                        "oid",
                                        "on",
                                        "or",
                                        "order",
                                        "primary",
                                        "raise",
                                        "references",
                                        "returning",
                                        "rowid",
                                        "select",
                                        "set",
                                        "table",
                                        "then",
                                        "to",
                                        "transaction",
                                        "true",
                                        "union",
                                        "unique",
                                        "update",
                                        "using",
                                        "values",
                                        "when",
                                        "where"};

static const char *const lua_words[] = {"and",   "break", "do",       "else", "elseif", "end",
                                        "false", "for",   "function", "goto", "if",     "in",
                                        "local", "nil",   "not",      "or",   "repeat", "return",
                                        "then",  "true",  "until",    "while"};

static bool is_one_of(struct text name, const char *const *words, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (text_is(name, words[i])) return true;
  return false;
}

bool new_name_is_free(struct text name, const char *flag, struct error *error)
{
  if (!name_is_lower(name))
    error_set(error,
              "%s: \"%.*s\" is no name here: lower-case letters, digits and underscores, a letter "
              "first, at most %d",
              flag, (int)(name.length < 100 ? name.length : 100), name.data, NAME_MAX_BYTES);
  else if (is_one_of(name, sql_words, sizeof sql_words / sizeof *sql_words))
    error_set(error, "%s: \"%.*s\" is a word of SQL: take another", flag, TEXT_ARGS(name));
  else if (is_one_of(name, lua_words, sizeof lua_words / sizeof *lua_words))
    error_set(error, "%s: \"%.*s\" is a word of Lua: take another", flag, TEXT_ARGS(name));
  else if (text_starts_with(name, "writ_") || text_starts_with(name, "sqlite_"))
    error_set(error, "%s: \"%.*s\" begins as the names that the host keeps for itself", flag,
              TEXT_ARGS(name));
  else
    return true;
  return false;
}

/* Parameters that the host binds, and columns that a new table has anyway. */
static bool is_kept(struct text name)
{
  static const char *const kept[] = {"id",           "owner_id", "created_at",
                                     "principal_id", "now",      "new_id"};
  return is_one_of(name, kept, sizeof kept / sizeof *kept) || text_starts_with(name, "has_");
}

/* --- Reading. --- */

/* What a type has between its parentheses. */
enum field_bounds { BOUNDS_NONE, BOUNDS_LENGTH, BOUNDS_VALUE, BOUNDS_LIST };

static const struct field_type {
  const char *name;
  enum field_kind kind;
  enum field_bounds bounds;
  int64_t minimum, maximum; /* of lengths, unless said */
} types[] = {
    {"string", FIELD_STRING, BOUNDS_LENGTH, 1, 200}, {"text", FIELD_TEXT, BOUNDS_LENGTH, 0, 20000},
    {"integer", FIELD_INTEGER, BOUNDS_VALUE, 0, 0},  {"number", FIELD_NUMBER, BOUNDS_VALUE, 0, 0},
    {"boolean", FIELD_BOOLEAN, BOUNDS_NONE, 0, 0},   {"date", FIELD_DATE, BOUNDS_NONE, 0, 0},
    {"datetime", FIELD_DATETIME, BOUNDS_NONE, 0, 0}, {"email", FIELD_EMAIL, BOUNDS_NONE, 0, 0},
    {"uuid", FIELD_UUID, BOUNDS_NONE, 0, 0},         {"url", FIELD_URL, BOUNDS_NONE, 0, 0},
    {"enum", FIELD_ENUM, BOUNDS_LIST, 0, 0},
};
enum { TYPES = sizeof types / sizeof types[0], FIELDS_MAX = 40, LENGTH_MAX = 1000000 };

static const struct field_type *type_of(struct text name)
{
  for (size_t i = 0; i < TYPES; i++)
    if (text_is(name, types[i].name)) return &types[i];
  return NULL;
}

static bool read_integer(struct text text, int64_t *integer)
{
  struct json value;
  struct arena arena;
  arena_init(&arena, 256);
  bool read = json_read(&arena, text, NULL, &value, NULL) == 0 && value.type == JSON_INTEGER;
  if (read) *integer = value.integer;
  arena_deinit(&arena);
  return read;
}

/* "1..200", "..200", "1..". */
static bool read_range(struct text inside, struct new_field *field)
{
  const char *dots = memmem(inside.data, inside.length, "..", 2);
  if (!dots) return false;
  struct text low = {inside.data, (size_t)(dots - inside.data)};
  struct text high = {dots + 2, inside.length - low.length - 2};
  field->has_minimum = low.length > 0;
  field->has_maximum = high.length > 0;
  if (field->has_minimum && !read_integer(low, &field->minimum)) return false;
  if (field->has_maximum && !read_integer(high, &field->maximum)) return false;
  return (low.length > 0 || high.length > 0) &&
         !(field->has_minimum && field->has_maximum && field->minimum > field->maximum);
}

static int read_bounds(const struct field_type *type, struct text inside, struct new_field *field,
                       struct error *error)
{
  bool right = type->bounds != BOUNDS_NONE && read_range(inside, field);
  if (right && type->bounds == BOUNDS_LENGTH) {
    if (!field->has_maximum) field->maximum = type->maximum;
    field->has_maximum = true;
    right = field->minimum >= 0 && field->maximum <= LENGTH_MAX && field->maximum > 0 &&
            field->minimum <= field->maximum;
  }
  if (right) return 0;
  if (type->bounds == BOUNDS_NONE)
    return error_set(error, "--fields: %.*s: %s has nothing in parentheses", TEXT_ARGS(field->name),
                     type->name);
  return error_set(error, "--fields: %.*s: \"%.*s\" is no range: %s", TEXT_ARGS(field->name),
                   (int)(inside.length < 100 ? inside.length : 100), inside.data,
                   type->bounds == BOUNDS_LENGTH
                       ? "say the least and the greatest length, as in string(1..200)"
                       : "say the least and the greatest value, as in integer(0..100)");
}

static bool is_word(struct text text)
{
  for (size_t i = 0; i < text.length; i++)
    if (!ascii_is_letter(text.data[i]) && !ascii_is_digit(text.data[i]) && text.data[i] != '_' &&
        text.data[i] != '-')
      return false;
  return text.length > 0 && text.length <= NAME_MAX_BYTES;
}

/* "open|done". */
static int read_values(struct arena *arena, struct text inside, struct new_field *field,
                       struct error *error)
{
  struct text value;
  field->values = arena_new_array(arena, inside.length + 1, sizeof *field->values);
  while (text_split(&inside, '|', &value)) {
    value = text_trim(value);
    if (!is_word(value) || text_is_among(value, field->values, field->value_count))
      return error_set(error,
                       "--fields: %.*s: an enum lists different words of letters, digits, '_' and "
                       "'-', as in enum(open|done)",
                       TEXT_ARGS(field->name));
    field->values[field->value_count++] = value;
  }
  return 0;
}

/* "string(1..200)?" */
static int read_type(struct arena *arena, struct text text, struct new_field *field,
                     struct error *error)
{
  if (text_ends_with(text, "?")) {
    field->optional = field->nullable = true;
    text = text_trim((struct text){text.data, text.length - 1});
  }
  const char *open = memchr(text.data, '(', text.length);
  struct text name = {text.data, open ? (size_t)(open - text.data) : text.length};
  const struct field_type *type = type_of(text_trim(name));
  if (!type || (open && !text_ends_with(text, ")")))
    return error_set(error,
                     "--fields: %.*s: \"%.*s\" is no type: string, text, integer, number, boolean, "
                     "date, datetime, email, uuid, url or enum(a|b), with a ? behind it if it may "
                     "be null",
                     TEXT_ARGS(field->name), (int)(text.length < 100 ? text.length : 100),
                     text.data);
  field->kind = type->kind;
  field->minimum = type->minimum;
  field->maximum = type->maximum;
  field->has_minimum = type->bounds == BOUNDS_LENGTH && type->minimum > 0;
  field->has_maximum = type->bounds == BOUNDS_LENGTH;
  struct text inside = TEXT("");
  if (open) inside = (struct text){open + 1, text.length - name.length - 2};
  if (type->bounds == BOUNDS_LIST) return read_values(arena, inside, field, error);
  return open ? read_bounds(type, text_trim(inside), field, error) : 0;
}

static int read_field(struct arena *arena, struct text text, struct new_field *field,
                      struct error *error)
{
  const char *colon = memchr(text.data, ':', text.length);
  if (!colon)
    return error_set(error,
                     "--fields: \"%.*s\" has no type: say name:type, as in title:string(1..200)",
                     (int)(text.length < 100 ? text.length : 100), text.data);
  *field = (struct new_field){.created = true, .updated = true};
  field->name = text_trim((struct text){text.data, (size_t)(colon - text.data)});
  struct text type = {colon + 1, text.length - (size_t)(colon + 1 - text.data)};
  if (!new_name_is_free(field->name, "--fields", error)) return -1;
  if (is_kept(field->name))
    return error_set(error, "--fields: \"%.*s\" is a name that the host or the table has already",
                     TEXT_ARGS(field->name));
  return read_type(arena, text_trim(type), field, error);
}

/* Up to the next comma that stands in no parentheses. */
static struct text next_part(struct text *rest)
{
  struct text part = {rest->data, 0};
  int depth = 0;
  while (part.length < rest->length) {
    char c = rest->data[part.length];
    depth += (c == '(') - (c == ')');
    if (c == ',' && depth <= 0) break;
    part.length++;
  }
  size_t used = part.length < rest->length ? part.length + 1 : part.length;
  *rest = (struct text){rest->data + used, rest->length - used};
  return text_trim(part);
}

int new_fields_read(struct arena *arena, const char *string, struct new_fields *fields,
                    struct error *error)
{
  struct text rest = arena_copy(arena, text_of(string));
  fields->items = arena_new_array(arena, FIELDS_MAX, sizeof *fields->items);
  fields->count = 0;
  while (rest.length > 0) {
    if (fields->count == FIELDS_MAX)
      return error_set(error, "--fields: more than %d of them", FIELDS_MAX);
    struct new_field *field = &fields->items[fields->count];
    if (read_field(arena, next_part(&rest), field, error)) return -1;
    for (size_t i = 0; i < fields->count; i++)
      if (text_equal(fields->items[i].name, field->name))
        return error_set(error, "--fields: \"%.*s\" is there twice", TEXT_ARGS(field->name));
    fields->count++;
  }
  return fields->count > 0 ? 0 : error_set(error, "--fields: there are none");
}
