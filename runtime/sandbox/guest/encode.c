/* Writes a Lua value as bytes for the host.
 *
 * A table is an array if its length is not 0, and then it must have no other keys; an object if all
 * its keys are strings; an empty one is an array (the host decides by the schema). Depth and number
 * of values are limited here so that a circle, or a table that contains another one twice and so
 * on, ends as a message instead of at the memory limit; the host checks again. */
#include <string.h>

#include "heap.h"
#include "imports.h"
#include "lgc.h"
#include "lstate.h"
#include "values.h"

struct key {
  const char *bytes; /* stays: the table holds the string */
  size_t length;
};

/* Both grow and are used again; they live as long as the instance. */
static struct {
  unsigned char *data;
  size_t length, capacity;
  uint32_t values;
} out;
static struct {
  struct key *items;
  size_t length, capacity;
} keys;

static void *grown(void *block, size_t *capacity, size_t needed, size_t size)
{
  size_t bytes = *capacity * 2 > needed ? *capacity * 2 : needed + 256 / size;
  if (bytes > SIZE_MAX / size) host_end(END_EXHAUSTED, NULL, 0, 0);
  block = heap_alloc(NULL, block, *capacity * size, bytes * size);
  *capacity = bytes;
  return block;
}

static void put(const void *bytes, size_t length)
{
  if (length > out.capacity - out.length)
    out.data = grown(out.data, &out.capacity, out.length + length, 1);
  memcpy(out.data + out.length, bytes, length);
  out.length += length;
}

static void put_tag(enum wire_tag tag)
{
  unsigned char byte = (unsigned char)tag;
  put(&byte, 1);
}

static void put_counted(enum wire_tag tag, uint32_t count)
{
  put_tag(tag);
  put(&count, sizeof count);
}

static void put_string(enum wire_tag tag, const char *bytes, size_t length)
{
  put_counted(tag, (uint32_t)length);
  put(bytes, length);
}

static bool unfit(const char *why)
{
  put_string(WIRE_UNFIT, why, strlen(why));
  return false;
}

/* As the host counts: all items when the container begins. */
static bool put_container(enum wire_tag tag, size_t count)
{
  if (count > WIRE_NODES_MAX - out.values) return unfit("more than 100,000 values");
  out.values += (uint32_t)count;
  put_counted(tag, (uint32_t)count);
  return true;
}

static bool put_value(lua_State *L, int index, unsigned depth);

static bool put_array(lua_State *L, int table, lua_Unsigned length, unsigned depth)
{
  lua_Unsigned count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1), count++) {
    if (lua_isinteger(L, -2) && (lua_Unsigned)lua_tointeger(L, -2) - 1 < length) continue;
    bool number = lua_type(L, -2) == LUA_TNUMBER;
    lua_pop(L, 2);
    return unfit(number ? "an array must have no holes"
                        : "a table must be either an array or an object");
  }
  if (count != length) return unfit("an array must have no holes");
  if (!put_container(WIRE_ARRAY, (size_t)length)) return false;
  for (lua_Unsigned i = 1; i <= length; i++) {
    lua_rawgeti(L, table, (lua_Integer)i);
    bool fits = put_value(L, lua_gettop(L), depth);
    lua_pop(L, 1);
    if (!fits) return false;
  }
  return true;
}

static bool before(const struct key *a, const struct key *b)
{
  size_t length = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->bytes, b->bytes, length);
  return order ? order < 0 : a->length < b->length;
}

/* Shell's sort: short, no recursion, quick enough for the handful of keys that objects have. */
static void sort_keys(struct key *items, size_t length)
{
  for (size_t gap = length / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {
    for (size_t i = gap; i < length; i++) {
      struct key item = items[i];
      size_t j = i;
      for (; j >= gap && before(&item, &items[j - gap]); j -= gap) items[j] = items[j - gap];
      items[j] = item;
    }
  }
}

/* Appends the table's keys to `keys`. */
static bool collect_keys(lua_State *L, int table)
{
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    int type = lua_type(L, -2);
    if (type != LUA_TSTRING) {
      lua_pop(L, 2);
      return unfit(type == LUA_TNUMBER ? "an array must begin at 1 and have no holes"
                                       : "an object's keys must be strings");
    }
    if (keys.length == keys.capacity)
      keys.items = grown(keys.items, &keys.capacity, keys.length + 1, sizeof *keys.items);
    struct key *key = &keys.items[keys.length++];
    key->bytes = lua_tolstring(L, -2, &key->length);
  }
  return true;
}

static bool put_object(lua_State *L, int table, unsigned depth)
{
  size_t first = keys.length;
  if (!collect_keys(L, table)) return false;
  size_t end = keys.length;
  if (first == end) {
    put_counted(WIRE_ARRAY, 0);
    return true;
  }
  sort_keys(keys.items + first, end - first);
  if (!put_container(WIRE_OBJECT, end - first)) return false;
  for (size_t i = first; i < end; i++) {
    struct key key = keys.items[i]; /* `keys` may move meanwhile */
    uint32_t length = (uint32_t)key.length;
    put(&length, sizeof length);
    put(key.bytes, key.length);
    lua_pushlstring(L, key.bytes, key.length);
    lua_rawget(L, table);
    bool fits = put_value(L, lua_gettop(L), depth);
    lua_pop(L, 1);
    if (!fits) return false;
  }
  keys.length = first;
  return true;
}

static bool put_table(lua_State *L, int table, unsigned depth)
{
  if (depth == WIRE_DEPTH_MAX) return unfit("nested too deeply, or in a circle");
  lua_Unsigned length = lua_rawlen(L, table);
  return length ? put_array(L, table, length, depth + 1) : put_object(L, table, depth + 1);
}

static bool put_number(lua_State *L, int index)
{
  bool whole = lua_isinteger(L, index);
  int64_t integer = whole ? lua_tointeger(L, index) : 0;
  double real = whole ? 0 : lua_tonumber(L, index);
  if (real - real != 0) return unfit(real != real ? "not a number (NaN)" : "an infinite number");
  put_tag(whole ? WIRE_INTEGER : WIRE_REAL);
  put(whole ? (void *)&integer : (void *)&real, 8);
  return true;
}

static bool put_text(lua_State *L, int index)
{
  size_t length;
  const char *bytes = lua_tolstring(L, index, &length);
  put_string(WIRE_STRING, bytes, length);
  return true;
}

static bool put_value(lua_State *L, int index, unsigned depth)
{
  if (!lua_checkstack(L, 8)) host_end(END_EXHAUSTED, NULL, 0, 0);
  switch (lua_type(L, index)) {
  case LUA_TNIL:
    put_tag(WIRE_NULL);
    return true;
  case LUA_TBOOLEAN:
    put_tag(lua_toboolean(L, index) ? WIRE_TRUE : WIRE_FALSE);
    return true;
  case LUA_TNUMBER:
    return put_number(L, index);
  case LUA_TSTRING:
    return put_text(L, index);
  case LUA_TTABLE:
    return put_table(L, index, depth);
  case LUA_TFUNCTION:
    return unfit("a function cannot be JSON");
  case LUA_TTHREAD:
    return unfit("a coroutine cannot be JSON");
  default:
    break;
  }
  if (lua_touserdata(L, index)) return unfit("a userdata cannot be JSON");
  put_tag(WIRE_NULL);
  return true;
}

struct written write_value(lua_State *L, int index)
{
  lu_byte stopped = G(L)->gcstp;
  out.length = out.values = 0;
  keys.length = 0;
  G(L)->gcstp |= GCSTPGC; /* finalizers could change the table whose keys are listed */
  put_value(L, lua_absindex(L, index), 0);
  G(L)->gcstp = stopped;
  return (struct written){out.data, out.length};
}

struct written write_pair(const char *a, size_t a_length, const char *b, size_t b_length)
{
  out.length = 0;
  put_counted(WIRE_ARRAY, 2);
  put_string(WIRE_STRING, a, a_length);
  put_string(WIRE_STRING, b, b_length);
  return (struct written){out.data, out.length};
}
