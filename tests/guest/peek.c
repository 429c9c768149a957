/* What tests can see of a guest and no handler ever can: all of its linear memory, upvalues, every
 * metatable. Compiled into a variant of the guest that only tests link
 * (tests/guest/CMakeLists.txt). */
#include <stdbool.h>
#include <stdint.h>

#include "lauxlib.h"
#include "lua.h"

/* find(mask, from, to): the first address in [from, to) where eight neighbouring bytes of a secret
 * lie; nil: nowhere. `mask` is the secret with every bit turned, so that the one who looks for it
 * does not hold it. */
enum { SECRET_MAX = 64, FRAGMENT = 8 };

static bool holds_fragment(const volatile unsigned char *at, const char *mask, size_t length)
{
  for (size_t i = 0; i + FRAGMENT <= length; i++) {
    size_t same = 0;
    while (same < FRAGMENT && (unsigned char)~at[same] == (unsigned char)mask[i + same]) same++;
    if (same == FRAGMENT) return true;
  }
  return false;
}

static int peek_find(lua_State *L)
{
  bool begins[256] = {false};
  size_t length;
  const char *mask = luaL_checklstring(L, 1, &length);
  lua_Integer from = luaL_checkinteger(L, 2), to = luaL_checkinteger(L, 3);
  luaL_argcheck(L, length >= FRAGMENT && length <= SECRET_MAX, 1, "too short or too long");
  for (size_t i = 0; i + FRAGMENT <= length; i++) begins[(unsigned char)~mask[i]] = true;
  for (uintptr_t at = (uintptr_t)from; at + FRAGMENT <= (uintptr_t)to; at++) {
    const volatile unsigned char *bytes = (const volatile unsigned char *)at;
    if (!begins[*bytes] || !holds_fragment(bytes, mask, length)) continue;
    lua_pushinteger(L, (lua_Integer)at);
    return 1;
  }
  return 0;
}

/* peek(address, length): the bytes there. */
static int peek_peek(lua_State *L)
{
  lua_pushlstring(L, (const char *)(uintptr_t)luaL_checkinteger(L, 1),
                  (size_t)luaL_checkinteger(L, 2));
  return 1;
}

/* upvalue(f, n): name and value, nothing if there is none. */
static int peek_upvalue(lua_State *L)
{
  const char *name = lua_getupvalue(L, 1, (int)luaL_checkinteger(L, 2));
  if (!name) return 0;
  lua_pushstring(L, name);
  lua_insert(L, -2);
  return 2;
}

/* metatable(v): the real one. */
static int peek_metatable(lua_State *L)
{
  return lua_getmetatable(L, 1);
}

void guest_open_peek(lua_State *L);
void guest_open_peek(lua_State *L)
{
  static const luaL_Reg functions[] = {{"find", peek_find},
                                       {"peek", peek_peek},
                                       {"upvalue", peek_upvalue},
                                       {"metatable", peek_metatable},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_setglobal(L, "PEEK");
}
