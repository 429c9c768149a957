/* JSON as Lua values, and back. Both ways recurse, to a depth that the C stack has room for. */
#include "lua_module/values.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>

#include "lua_module/module.h"

enum {
  DEPTH_MAX = 200,    /* of what a spec gives; the reader of JSON takes less */
  SLOTS_PER_LEVEL = 4 /* of Lua's stack */
};

/* Writing to Lua */

void values_push_array_metatable(lua_State *lua)
{
  luaL_newmetatable(lua, ARRAY_METATABLE);
}

#define NULL_METATABLE "writ.null"

static int null_name(lua_State *lua)
{
  lua_pushliteral(lua, "null");
  return 1;
}

/* Its metatable keeps it. */
void values_push_null(lua_State *lua)
{
  if (luaL_newmetatable(lua, NULL_METATABLE)) {
    lua_pushcfunction(lua, null_name);
    lua_setfield(lua, -2, "__tostring");
    lua_newuserdatauv(lua, 0, 0);
    luaL_setmetatable(lua, NULL_METATABLE);
    lua_setfield(lua, -2, "null");
  }
  lua_getfield(lua, -1, "null");
  lua_remove(lua, -2);
}

static void push_value(lua_State *lua, const struct json *value);

static int table_size(uint32_t length)
{
  return length < INT32_MAX ? (int)length : INT32_MAX;
}

static void push_array(lua_State *lua, const struct json *array)
{
  lua_createtable(lua, table_size(array->length), 0);
  values_push_array_metatable(lua);
  lua_setmetatable(lua, -2);
  for (uint32_t i = 0; i < array->length; i++) {
    push_value(lua, &array->items[i]);
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
}

static void push_object(lua_State *lua, const struct json *object)
{
  lua_createtable(lua, 0, table_size(object->length));
  for (uint32_t i = 0; i < object->length; i++) {
    const struct json_member *member = &object->members[i];
    lua_pushlstring(lua, member->key.string, member->key.length);
    push_value(lua, &member->value);
    lua_rawset(lua, -3);
  }
}

static void push_value(lua_State *lua, const struct json *value)
{
  luaL_checkstack(lua, SLOTS_PER_LEVEL, "this JSON nests too deep");
  switch (value->type) {
  case JSON_NULL:
    values_push_null(lua);
    return;
  case JSON_BOOLEAN:
    lua_pushboolean(lua, value->boolean);
    return;
  case JSON_INTEGER:
    lua_pushinteger(lua, value->integer);
    return;
  case JSON_REAL:
    lua_pushnumber(lua, value->real);
    return;
  case JSON_STRING:
    lua_pushlstring(lua, value->string, value->length);
    return;
  case JSON_ARRAY:
    push_array(lua, value);
    return;
  case JSON_OBJECT:
    push_object(lua, value);
    return;
  }
}

void values_push(lua_State *lua, const struct json *value)
{
  bool held = module_hold(lua);
  push_value(lua, value);
  module_collect(lua, held);
}

/* Reading from Lua */

/* The way to a value, from it upwards. */
struct place {
  const struct place *above;
  const char *name; /* of a member; NULL: an item */
  lua_Integer item;
  unsigned depth;
};

struct reading {
  lua_State *lua;
  struct arena *arena;
  struct error *error;
};

static void print_place(struct buffer *out, const struct place *place)
{
  if (!place->above) return;
  print_place(out, place->above);
  if (place->name)
    buffer_print(out, "%s%s", out->length > 0 ? "." : "", place->name);
  else
    buffer_print(out, "[%lld]", (long long)place->item);
}

static int refuse(const struct reading *reading, const struct place *place, const char *what)
{
  struct buffer where = {0};
  print_place(&where, place);
  if (where.length == 0) buffer_append_text(&where, TEXT("it"));
  error_set(reading->error, "%.*s %s", TEXT_ARGS(buffer_text(&where)), what);
  buffer_deinit(&where);
  return -1;
}

static int read_value(const struct reading *reading, int index, const struct place *place,
                      struct json *value);

static int read_string(const struct reading *reading, int index, const struct place *place,
                       struct json *value)
{
  struct text text;
  text.data = lua_tolstring(reading->lua, index, &text.length);
  if (!text_is_utf8(text)) return refuse(reading, place, "is not UTF-8");
  *value = json_string(arena_copy(reading->arena, text));
  return 0;
}

static int read_number(const struct reading *reading, int index, const struct place *place,
                       struct json *value)
{
  if (lua_isinteger(reading->lua, index)) {
    *value = json_integer(lua_tointeger(reading->lua, index));
    return 0;
  }
  lua_Number number = lua_tonumber(reading->lua, index);
  if (!isfinite(number)) return refuse(reading, place, "is a number that JSON does not have");
  *value = json_real(number);
  return 0;
}

/* What a table's keys are. */
struct keys {
  uint32_t count, names; /* all, and those that are strings */
  lua_Integer last;      /* the largest integer */
};

static int read_keys(const struct reading *reading, int index, const struct place *place,
                     struct keys *keys)
{
  lua_State *lua = reading->lua;
  *keys = (struct keys){0};
  lua_pushnil(lua);
  for (; lua_next(lua, index); lua_pop(lua, 1), keys->count++) {
    if (lua_type(lua, -2) == LUA_TSTRING) {
      keys->names++;
    } else if (lua_isinteger(lua, -2) && lua_tointeger(lua, -2) > 0) {
      if (lua_tointeger(lua, -2) > keys->last) keys->last = lua_tointeger(lua, -2);
    } else {
      lua_pop(lua, 2);
      return refuse(reading, place, "has a key that is neither a name nor a positive integer");
    }
  }
  return 0;
}

static int read_array(const struct reading *reading, int index, const struct place *place,
                      uint32_t length, struct json *value)
{
  lua_State *lua = reading->lua;
  *value = (struct json){.type = JSON_ARRAY, .length = length};
  value->items = arena_new_array(reading->arena, length, sizeof *value->items);
  for (uint32_t i = 0; i < length; i++) {
    struct place item = {.above = place, .item = (lua_Integer)i + 1, .depth = place->depth + 1};
    lua_rawgeti(lua, index, item.item);
    int result = read_value(reading, lua_gettop(lua), &item, &value->items[i]);
    lua_pop(lua, 1);
    if (result) return -1;
  }
  return 0;
}

static int compare_members(const void *a, const void *b)
{
  const struct json_member *left = a, *right = b;
  return text_compare(json_text(&left->key), json_text(&right->key));
}

/* Key and value are on top of the stack. */
static int read_member(const struct reading *reading, const struct place *place,
                       struct json_member *member)
{
  int top = lua_gettop(reading->lua);
  struct place inside = {.above = place, .name = "a name", .depth = place->depth + 1};
  if (read_string(reading, top - 1, &inside, &member->key)) return -1;
  inside.name = member->key.string;
  return read_value(reading, top, &inside, &member->value);
}

static int read_object(const struct reading *reading, int index, const struct place *place,
                       uint32_t length, struct json *value)
{
  lua_State *lua = reading->lua;
  struct json_member *members = arena_new_array(reading->arena, length, sizeof *members);
  uint32_t i = 0;
  lua_pushnil(lua);
  for (; lua_next(lua, index); lua_pop(lua, 1), i++) {
    if (read_member(reading, place, &members[i])) {
      lua_pop(lua, 2);
      return -1;
    }
  }
  qsort(members, length, sizeof *members, compare_members);
  *value = (struct json){.type = JSON_OBJECT, .length = length};
  value->members = members;
  return 0;
}

static bool is_marked_array(lua_State *lua, int index)
{
  if (!lua_getmetatable(lua, index)) return false;
  luaL_getmetatable(lua, ARRAY_METATABLE);
  bool marked = lua_rawequal(lua, -1, -2);
  lua_pop(lua, 2);
  return marked;
}

static int read_table(const struct reading *reading, int index, const struct place *place,
                      struct json *value)
{
  struct keys keys;
  if (place->depth >= DEPTH_MAX || !lua_checkstack(reading->lua, SLOTS_PER_LEVEL))
    return refuse(reading, &(struct place){0}, "contains itself, or nests too deep");
  if (read_keys(reading, index, place, &keys)) return -1;
  bool marked = is_marked_array(reading->lua, index);
  if (keys.names == keys.count && !(marked && keys.count == 0))
    return read_object(reading, index, place, keys.count, value);
  if (keys.names > 0) return refuse(reading, place, "has both names and integers as keys");
  if (keys.last != keys.count)
    return refuse(reading, place, "is an array with gaps: write testing.null for null");
  return read_array(reading, index, place, keys.count, value);
}

static bool is_null(lua_State *lua, int index)
{
  if (lua_islightuserdata(lua, index)) return !lua_touserdata(lua, index);
  return luaL_testudata(lua, index, NULL_METATABLE);
}

static int read_value(const struct reading *reading, int index, const struct place *place,
                      struct json *value)
{
  lua_State *lua = reading->lua;
  switch (lua_type(lua, index)) {
  case LUA_TBOOLEAN:
    *value = json_boolean(lua_toboolean(lua, index));
    return 0;
  case LUA_TNUMBER:
    return read_number(reading, index, place, value);
  case LUA_TSTRING:
    return read_string(reading, index, place, value);
  case LUA_TTABLE:
    return read_table(reading, index, place, value);
  case LUA_TUSERDATA:
  case LUA_TLIGHTUSERDATA:
    if (!is_null(lua, index)) break;
    *value = json_null();
    return 0;
  default:
    break;
  }
  char what[64];
  snprintf(what, sizeof what, "is a %s, which JSON does not have", luaL_typename(lua, index));
  return refuse(reading, place, what);
}

int values_read(lua_State *lua, int index, struct arena *arena, struct json *value,
                struct error *error)
{
  struct reading reading = {lua, arena, error};
  bool held = module_hold(lua);
  int result = read_value(&reading, lua_absindex(lua, index), &(struct place){0}, value);
  module_collect(lua, held);
  return result;
}
