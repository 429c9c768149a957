/* Builds Lua values from the host's bytes. */
#include <string.h>

#include "../boundary.h"
#include "lauxlib.h"
#include "values.h"

uint32_t read_count(struct reader *reader)
{
  uint32_t count;
  memcpy(&count, reader->next, sizeof count);
  reader->next += sizeof count;
  return count;
}

const char *read_string(struct reader *reader, size_t *length)
{
  *length = read_count(reader);
  const char *bytes = (const char *)reader->next;
  reader->next += *length;
  return bytes;
}

static void push_string(lua_State *L, struct reader *reader)
{
  size_t length;
  const char *bytes = read_string(reader, &length);
  lua_pushlstring(L, bytes, length);
}

static void read_array(lua_State *L, struct reader *reader)
{
  uint32_t count = read_count(reader);
  lua_createtable(L, (int)count, 0);
  for (uint32_t i = 1; i <= count; i++) {
    read_value(L, reader);
    lua_rawseti(L, -2, i);
  }
}

static void read_object(lua_State *L, struct reader *reader)
{
  uint32_t count = read_count(reader);
  lua_createtable(L, 0, (int)count);
  for (uint32_t i = 0; i < count; i++) {
    push_string(L, reader);
    read_value(L, reader);
    lua_rawset(L, -3);
  }
}

static void read_integer(lua_State *L, struct reader *reader)
{
  int64_t integer;
  memcpy(&integer, reader->next, sizeof integer);
  reader->next += sizeof integer;
  lua_pushinteger(L, integer);
}

static void read_real(lua_State *L, struct reader *reader)
{
  double real;
  memcpy(&real, reader->next, sizeof real);
  reader->next += sizeof real;
  lua_pushnumber(L, real);
}

void read_value(lua_State *L, struct reader *reader)
{
  luaL_checkstack(L, 4, NULL);
  switch (*reader->next++) {
  case WIRE_FALSE:
    lua_pushboolean(L, 0);
    break;
  case WIRE_TRUE:
    lua_pushboolean(L, 1);
    break;
  case WIRE_INTEGER:
    read_integer(L, reader);
    break;
  case WIRE_REAL:
    read_real(L, reader);
    break;
  case WIRE_STRING:
    push_string(L, reader);
    break;
  case WIRE_ARRAY:
    read_array(L, reader);
    break;
  case WIRE_OBJECT:
    read_object(L, reader);
    break;
  default:
    lua_pushlightuserdata(L, NULL);
    break;
  }
}

void read_into(lua_State *L, struct reader *reader, int table)
{
  if (*reader->next++ != WIRE_OBJECT) return;
  for (uint32_t count = read_count(reader); count > 0; count--) {
    push_string(L, reader);
    read_value(L, reader);
    if (lua_islightuserdata(L, -1))
      lua_pop(L, 2);
    else
      lua_rawset(L, table);
  }
}
