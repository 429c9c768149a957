/* See native.h. */
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "base/clock.h"

struct native {
  lua_State *lua;
  const char *path, *source;
  size_t length;
};

static void give_up(lua_State *L)
{
  fprintf(stderr, "bench: %s\n", lua_tostring(L, -1));
  exit(1);
}

static lua_State *load(const struct native *native)
{
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if (luaL_loadbuffer(L, native->source, native->length, native->path) != LUA_OK ||
      lua_pcall(L, 0, 1, 0) != LUA_OK)
    give_up(L);
  return L;
}

struct native *native_new(const char *path, const char *source, size_t length)
{
  struct native *native = calloc(1, sizeof *native);
  if (!native) abort();
  *native = (struct native){.path = path, .source = source, .length = length};
  native->lua = load(native);
  return native;
}

void native_free(struct native *native)
{
  lua_close(native->lua);
  free(native);
}

static uint64_t due_ns;

static void look(lua_State *L, lua_Debug *debug)
{
  (void)debug;
  if (clock_monotonic_ns() > due_ns) luaL_error(L, "late");
}

void native_set_hook(struct native *native)
{
  lua_sethook(native->lua, look, LUA_MASKCOUNT, 1000);
}

static void call(lua_State *L)
{
  due_ns = clock_monotonic_ns() + UINT64_C(60) * 1000000000;
  lua_pushvalue(L, -1);
  lua_newtable(L);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) give_up(L);
  lua_pop(L, 1);
}

void native_call(void *native, long times)
{
  struct native *this = native;
  for (long i = 0; i < times; i++) call(this->lua);
}

void native_fresh(void *native, long times)
{
  for (long i = 0; i < times; i++) {
    lua_State *L = load(native);
    call(L);
    lua_close(L);
  }
}
