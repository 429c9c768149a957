/* Types as text, and what bounds their values as words. */
#include <inttypes.h>

#include "describe/lua_type.h"

/* A list of literals beyond this tells less than the type of its values. */
enum { LITERALS_MAX = 24 };

/* --- Types. --- */

static bool is_name(struct text name)
{
  static const char *const words[] = {"and",   "break", "do",       "else", "elseif", "end",
                                      "false", "for",   "function", "goto", "if",     "in",
                                      "local", "nil",   "not",      "or",   "repeat", "return",
                                      "then",  "true",  "until",    "while"};
  if (name.length == 0) return false;
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (i == 0 || c < '0' || c > '9')) return false;
  }
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (text_is(name, words[i])) return false;
  return true;
}

void lua_type_write_key(struct buffer *out, struct text name)
{
  if (is_name(name)) {
    buffer_append_text(out, name);
    return;
  }
  buffer_append_byte(out, '[');
  json_write_string(out, name);
  buffer_append_byte(out, ']');
}

static void write_object(struct buffer *out, const struct lua_type *type)
{
  if (type->member_count == 0) {
    buffer_append_text(out, TEXT("table<string, "));
    lua_type_write(out, type->others);
    buffer_append_byte(out, '>');
    return;
  }
  buffer_append_text(out, TEXT("{ "));
  for (size_t i = 0; i < type->member_count; i++) {
    if (i > 0) buffer_append_text(out, TEXT(", "));
    lua_type_write_key(out, type->members[i].name);
    buffer_append_text(out, type->members[i].required ? TEXT(": ") : TEXT("?: "));
    lua_type_write(out, lua_type_of_member(type, &type->members[i]));
  }
  if (lua_type_is_open(type)) {
    buffer_append_text(out, TEXT(", [string]: "));
    lua_type_write(out, type->others);
  }
  buffer_append_text(out, TEXT(" }"));
}

static unsigned count_of(unsigned mask)
{
  unsigned count = 0;
  for (; mask != 0; mask &= mask - 1) count++;
  return count;
}

/* What reads as a type without a word on escapes. */
static bool is_literal(const struct json *value)
{
  struct text text = json_text(value);
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] == '"' || text.data[i] == '\\' || (unsigned char)text.data[i] < ' ')
      return false;
  return value->type == JSON_STRING || value->type == JSON_INTEGER || value->type == JSON_BOOLEAN ||
         value->type == JSON_NULL;
}

/* Only where each value can be written as a type. */
static bool write_literals(struct buffer *out, const struct json *values)
{
  if (values->length == 0 || values->length > LITERALS_MAX) return false;
  for (uint32_t i = 0; i < values->length; i++)
    if (!is_literal(&values->items[i])) return false;
  for (uint32_t i = 0; i < values->length; i++) {
    if (i > 0) buffer_append_byte(out, '|');
    json_write(out, &values->items[i]);
  }
  return true;
}

static void write_array(struct buffer *out, const struct lua_type *element)
{
  struct buffer type = {0};
  lua_type_write(&type, element);
  struct text text = buffer_text(&type);
  unsigned nesting = 0;
  bool union_type = false;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '{' || text.data[i] == '<' || text.data[i] == '(') nesting++;
    if (text.data[i] == '}' || text.data[i] == '>' || text.data[i] == ')') nesting--;
    union_type = union_type || (text.data[i] == '|' && nesting == 0);
  }
  if (union_type) buffer_append_byte(out, '(');
  buffer_append_text(out, text);
  if (union_type) buffer_append_byte(out, ')');
  buffer_append_text(out, TEXT("[]"));
  buffer_deinit(&type);
}

static void write_one(struct buffer *out, const struct lua_type *type, enum json_type one)
{
  static const char *const names[] = {[JSON_NULL] = "null",
                                      [JSON_BOOLEAN] = "boolean",
                                      [JSON_INTEGER] = "integer",
                                      [JSON_REAL] = "number",
                                      [JSON_STRING] = "string"};
  if (one == JSON_ARRAY)
    write_array(out, type->tuple ? NULL : type->element);
  else if (one == JSON_OBJECT)
    write_object(out, type);
  else
    buffer_append_text(out, text_of(names[one]));
}

/* What nobody said, where the values tell. Members and elements do not: a schema that declares some
 * says nothing of what is no object or array at all. */
static unsigned types_of(const struct lua_type *type)
{
  unsigned types = type->types;
  for (uint32_t i = 0; type->types == 0 && type->values && i < type->values->length; i++)
    types |= 1u << type->values->items[i].type;
  if (types & 1u << JSON_REAL) types &= ~(1u << JSON_INTEGER);
  return types;
}

static bool is_any(const struct lua_type *type)
{
  if (!type) return true;
  bool any = false;
  for (size_t i = 0; lua_type_is_union(type) && i < type->alternative_count; i++)
    any = any || is_any(type->alternatives[i]);
  if (lua_type_is_union(type)) return any;
  return types_of(type) == 0 || count_of(types_of(type)) == 7;
}

static void write_union(struct buffer *out, const struct lua_type *type)
{
  for (size_t i = 0; i < type->alternative_count; i++) {
    if (i > 0) buffer_append_byte(out, '|');
    lua_type_write(out, type->alternatives[i]);
  }
}

static void write_types(struct buffer *out, const struct lua_type *type)
{
  static const enum json_type order[] = {JSON_STRING, JSON_INTEGER, JSON_REAL, JSON_BOOLEAN,
                                         JSON_OBJECT, JSON_ARRAY,   JSON_NULL};
  unsigned types = types_of(type);
  bool first = true;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    if (!(types & 1u << order[i])) continue;
    if (!first) buffer_append_byte(out, '|');
    write_one(out, type, order[i]);
    first = false;
  }
}

void lua_type_write(struct buffer *out, const struct lua_type *type)
{
  if (type && type->values && write_literals(out, type->values)) return;
  if (is_any(type))
    buffer_append_text(out, TEXT("any"));
  else if (lua_type_is_union(type))
    write_union(out, type);
  else
    write_types(out, type);
}

/* --- Bounds. --- */

static void separate(struct buffer *out, size_t before)
{
  if (out->length > before) buffer_append_text(out, TEXT(", "));
}

/* "1 to 200 characters", "at least 1", "at most 20 elements". */
static void write_range(struct buffer *out, size_t before, const struct json *low,
                        const struct json *high, const char *unit)
{
  if (!low && !high) return;
  separate(out, before);
  if (low && high) {
    json_write(out, low);
    buffer_append_text(out, TEXT(" to "));
  } else {
    buffer_append_text(out, low ? TEXT("at least ") : TEXT("at most "));
  }
  json_write(out, high ? high : low);
  buffer_append_text(out, text_of(unit));
}

static void write_words(struct buffer *out, size_t before, const char *words,
                        const struct json *value)
{
  if (!value) return;
  separate(out, before);
  buffer_append_text(out, text_of(words));
  if (value->type == JSON_STRING)
    buffer_append_text(out, json_text(value));
  else if (value->type != JSON_BOOLEAN)
    json_write(out, value);
}

void lua_type_write_bounds(struct buffer *out, const struct lua_type *type)
{
  const struct json *const *bounds = type->bounds;
  const struct json *unique = bounds[BOUND_UNIQUE];
  size_t before = out->length;
  write_range(out, before, bounds[BOUND_MIN_LENGTH], bounds[BOUND_MAX_LENGTH], " characters");
  write_range(out, before, bounds[BOUND_MINIMUM], bounds[BOUND_MAXIMUM], "");
  write_words(out, before, "more than ", bounds[BOUND_ABOVE]);
  write_words(out, before, "less than ", bounds[BOUND_BELOW]);
  write_words(out, before, "a multiple of ", bounds[BOUND_MULTIPLE_OF]);
  write_range(out, before, bounds[BOUND_MIN_ITEMS], bounds[BOUND_MAX_ITEMS], " elements");
  if (unique && unique->type == JSON_BOOLEAN && unique->boolean)
    write_words(out, before, "no duplicates", unique);
  write_words(out, before, "format ", bounds[BOUND_FORMAT]);
  write_words(out, before, "pattern ", bounds[BOUND_PATTERN]);
}

static void write_place(struct buffer *out, const struct lua_type *type, struct buffer *place)
{
  struct buffer words = {0};
  size_t length = place->length;
  lua_type_write_bounds(&words, type);
  if (words.length > 0) {
    if (out->length > 0) buffer_append_text(out, TEXT("; "));
    buffer_append_text(out, place->length > 0 ? buffer_text(place) : TEXT("the value"));
    buffer_append_text(out, TEXT(": "));
    buffer_append_text(out, buffer_text(&words));
  }
  buffer_deinit(&words);
  for (size_t i = 0; i < type->member_count; i++) {
    if (length > 0) buffer_append_byte(place, '.');
    buffer_append_text(place, type->members[i].name);
    write_place(out, type->members[i].type, place);
    place->length = length;
  }
  if (!type->element) return;
  buffer_append_text(place, TEXT("[]"));
  write_place(out, type->element, place);
  place->length = length;
}

void lua_type_write_all_bounds(struct buffer *out, const struct lua_type *type)
{
  struct buffer place = {0}, all = {0};
  write_place(&all, type, &place);
  buffer_append_text(out, buffer_text(&all));
  buffer_deinit(&all);
  buffer_deinit(&place);
}
