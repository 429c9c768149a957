/* JSON values: making them, looking into them, JSON Pointer, equality. Reading and writing them is
 * in json_read.c and json_write.c. */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

enum { FEW_MEMBERS = 16 }; /* up to these many, looking up each one is faster than sorting */

/* ---- making ---- */

struct json json_null(void)
{
  return (struct json){.type = JSON_NULL};
}

struct json json_boolean(bool boolean)
{
  return (struct json){.type = JSON_BOOLEAN, .boolean = boolean};
}

struct json json_integer(int64_t integer)
{
  return (struct json){.type = JSON_INTEGER, .integer = integer};
}

struct json json_real(double real)
{
  return isfinite(real) ? (struct json){.type = JSON_REAL, .real = real} : json_null();
}

struct json json_string(struct text text)
{
  size_t length = text.length < UINT32_MAX ? text.length : UINT32_MAX;
  return (struct json){
      .type = JSON_STRING, .string = text.data ? text.data : "", .length = (uint32_t)length};
}

void json_builder_add(struct json_builder *builder, struct arena *arena, struct text key,
                      struct json value)
{
  if (builder->length == builder->capacity) {
    uint32_t capacity = builder->capacity > 0 ? builder->capacity * 2 : 8;
    struct json_member *members = arena_new_array(arena, capacity, sizeof *members);
    if (builder->length > 0) memcpy(members, builder->members, builder->length * sizeof *members);
    builder->members = members;
    builder->capacity = capacity;
  }
  builder->members[builder->length++] = (struct json_member){json_string(key), value};
}

struct json json_builder_object(const struct json_builder *builder)
{
  return (struct json){.type = JSON_OBJECT, .members = builder->members, .length = builder->length};
}

/* ---- looking ---- */

const char *json_type_name(enum json_type type)
{
  static const char *const names[] = {
      [JSON_NULL] = "null",     [JSON_BOOLEAN] = "boolean", [JSON_INTEGER] = "integer",
      [JSON_REAL] = "number",   [JSON_STRING] = "string",   [JSON_ARRAY] = "array",
      [JSON_OBJECT] = "object",
  };
  return names[type];
}

struct text json_text(const struct json *value)
{
  if (!value || value->type != JSON_STRING) return TEXT("");
  return (struct text){value->string, value->length};
}

bool json_is_string(const struct json *value, const char *string)
{
  return value && value->type == JSON_STRING && text_is(json_text(value), string);
}

const struct json *json_get(const struct json *object, const char *key)
{
  return json_get_text(object, text_of(key));
}

const struct json *json_get_text(const struct json *object, struct text key)
{
  if (!object || object->type != JSON_OBJECT) return NULL;
  for (uint32_t i = 0; i < object->length; i++)
    if (text_equal(json_text(&object->members[i].key), key)) return &object->members[i].value;
  return NULL;
}

/* ---- JSON Pointer ---- */

/* A token with ~1 and ~0 in place of / and ~; false if another byte follows a ~. */
static bool token_is(struct text token, struct text key, bool *valid)
{
  size_t length = 0; /* of the key that has been matched */
  bool same = true;
  for (size_t i = 0; i < token.length; i++) {
    char byte = token.data[i];
    if (byte == '~') {
      if (++i == token.length || (token.data[i] != '0' && token.data[i] != '1')) {
        *valid = false;
        return false;
      }
      byte = token.data[i] == '0' ? '~' : '/';
    }
    same = same && length < key.length && key.data[length] == byte;
    length++;
  }
  return same && length == key.length;
}

static const struct json *find_member(const struct json *object, struct text token)
{
  bool valid = true;
  for (uint32_t i = 0; i < object->length && valid; i++)
    if (token_is(token, json_text(&object->members[i].key), &valid))
      return &object->members[i].value;
  return NULL;
}

/* An index has no sign and no leading zero. */
static const struct json *find_item(const struct json *array, struct text token)
{
  if (token.length == 0 || (token.length > 1 && token.data[0] == '0')) return NULL;
  uint64_t index = 0;
  for (size_t i = 0; i < token.length; i++) {
    if (token.data[i] < '0' || token.data[i] > '9') return NULL;
    index = index * 10 + (uint64_t)(token.data[i] - '0');
    if (index >= array->length) return NULL;
  }
  return &array->items[index];
}

const struct json *json_at_pointer(const struct json *root, struct text pointer)
{
  if (pointer.length == 0) return root;
  if (pointer.data[0] != '/') return NULL;
  struct text rest = {pointer.data + 1, pointer.length - 1}, token;
  const struct json *at = root;
  while (at && text_split(&rest, '/', &token)) {
    if (at->type == JSON_OBJECT)
      at = find_member(at, token);
    else if (at->type == JSON_ARRAY)
      at = find_item(at, token);
    else
      at = NULL;
  }
  return at;
}

/* ---- equality ---- */

static int compare_keys(const void *a, const void *b)
{
  const struct json *left = &(*(const struct json_member *const *)a)->key;
  const struct json *right = &(*(const struct json_member *const *)b)->key;
  if (left->length != right->length) return left->length < right->length ? -1 : 1;
  return memcmp(left->string, right->string, left->length);
}

const struct json_member **json_sorted_members(const struct json *object)
{
  const struct json_member **sorted = memory_new_array(object->length, sizeof *sorted);
  for (uint32_t i = 0; i < object->length; i++) sorted[i] = &object->members[i];
  qsort(sorted, object->length, sizeof *sorted, compare_keys);
  return sorted;
}

static bool equal_integer_and_real(int64_t integer, double real)
{
  const double beyond = 9223372036854775808.0; /* 2^63 */
  if (!(real >= -beyond && real < beyond)) return false;
  int64_t whole = (int64_t)real; /* the way back is exact: no more bits than the double had */
  return whole == integer && (double)whole == real;
}

static bool equal_arrays(const struct json *a, const struct json *b)
{
  if (a->length != b->length) return false;
  for (uint32_t i = 0; i < a->length; i++)
    if (!json_equal(&a->items[i], &b->items[i])) return false;
  return true;
}

static bool equal_many_members(const struct json *a, const struct json *b)
{
  const struct json_member **left = json_sorted_members(a), **right = json_sorted_members(b);
  bool equal = true;
  for (uint32_t i = 0; i < a->length && equal; i++)
    equal = compare_keys(&left[i], &right[i]) == 0 && json_equal(&left[i]->value, &right[i]->value);
  memory_free(left);
  memory_free(right);
  return equal;
}

static bool equal_objects(const struct json *a, const struct json *b)
{
  if (a->length != b->length) return false;
  if (a->length > FEW_MEMBERS) return equal_many_members(a, b);
  for (uint32_t i = 0; i < a->length; i++) {
    const struct json *other = json_get_text(b, json_text(&a->members[i].key));
    if (!other || !json_equal(&a->members[i].value, other)) return false;
  }
  return true;
}

bool json_equal(const struct json *a, const struct json *b)
{
  if (a->type == JSON_INTEGER && b->type == JSON_REAL)
    return equal_integer_and_real(a->integer, b->real);
  if (a->type == JSON_REAL && b->type == JSON_INTEGER)
    return equal_integer_and_real(b->integer, a->real);
  if (a->type != b->type) return false;
  switch (a->type) {
  case JSON_NULL:
    return true;
  case JSON_BOOLEAN:
    return a->boolean == b->boolean;
  case JSON_INTEGER:
    return a->integer == b->integer;
  case JSON_REAL:
    return a->real == b->real;
  case JSON_STRING:
    return text_equal(json_text(a), json_text(b));
  case JSON_ARRAY:
    return equal_arrays(a, b);
  case JSON_OBJECT:
    return equal_objects(a, b);
  }
  return false;
}
