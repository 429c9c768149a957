/* `require "writ.native"`: what lua/writ/testing.lua cannot do in Lua. Its functions give nil and a
 * message where the caller can have made a mistake; testing.lua says it where the test stands. */
#include "lua_module/module.h"

#include <lauxlib.h>

#include "base/units.h"
#include "lua_module/app.h"
#include "lua_module/values.h"

enum { ARENA_CHUNK_BYTES = 16 * 1024, MODULE_SLOTS = 1000 /* of Lua's stack: 64 levels of JSON */ };

int module_fail(lua_State *lua, const struct error *error)
{
  lua_pushnil(lua);
  lua_pushstring(lua, error->message);
  return 2;
}

/* The arena is Lua's, so that an error that Lua raises leaks nothing. */

static int free_arena(lua_State *lua)
{
  arena_deinit(lua_touserdata(lua, 1));
  return 0;
}

void module_push_arena(lua_State *lua)
{
  struct arena *arena = lua_newuserdatauv(lua, sizeof *arena, 0);
  arena_init(arena, ARENA_CHUNK_BYTES);
  if (luaL_newmetatable(lua, "writ.arena")) {
    lua_pushcfunction(lua, free_arena);
    lua_setfield(lua, -2, "__gc");
  }
  lua_setmetatable(lua, -2);
}

struct arena *module_arena(lua_State *lua)
{
  struct arena *arena = lua_touserdata(lua, lua_upvalueindex(1));
  arena_reset(arena);
  return arena;
}

struct text module_text(lua_State *lua, int argument)
{
  struct text text;
  text.data = luaL_checklstring(lua, argument, &text.length);
  return text;
}

bool module_hold(lua_State *lua)
{
  luaL_checkstack(lua, MODULE_SLOTS, "too many calls within one another");
  if (lua_gc(lua, LUA_GCISRUNNING) != 1) return false; /* within a finalizer it does not */
  lua_gc(lua, LUA_GCSTOP);
  return true;
}

void module_collect(lua_State *lua, bool held)
{
  if (held) lua_gc(lua, LUA_GCRESTART);
}

/* encode(VALUE) -> its JSON, or nil and what is none in it */
static int encode(lua_State *lua)
{
  struct arena *arena = module_arena(lua);
  struct error error = {0};
  struct json value;
  luaL_checkany(lua, 1);
  if (values_read(lua, 1, arena, &value, &error)) return module_fail(lua, &error);
  struct buffer out = {0};
  json_write(&out, &value);
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_deinit(&out);
  lua_pushlstring(lua, text.data, text.length);
  return 1;
}

/* decode(TEXT) -> the value, or nil and why it is no JSON */
static int decode(lua_State *lua)
{
  struct arena *arena = module_arena(lua);
  struct json_error json_error;
  struct json value;
  if (json_read(arena, module_text(lua, 1), NULL, &value, &json_error) == 0) {
    values_push(lua, &value);
    return 1;
  }
  struct error error = {0};
  error_set(&error, "byte %u: %s", json_error.offset + 1, json_error.message);
  return module_fail(lua, &error);
}

/* duration("1h") -> milliseconds, or nil: it is none */
static int duration(lua_State *lua)
{
  int64_t ms;
  if (!units_duration_ms(module_text(lua, 1), &ms)) return 0;
  lua_pushinteger(lua, ms);
  return 1;
}

/* time("2026-01-31T12:00:00Z") -> UNIX milliseconds, or nil: it is none */
static int time_of(lua_State *lua)
{
  int64_t ms;
  if (!units_time_ms(module_text(lua, 1), &ms)) return 0;
  lua_pushinteger(lua, ms);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_writ_native(lua_State *lua);

int luaopen_writ_native(lua_State *lua)
{
  static const luaL_Reg functions[] = {{"open", lua_app_open}, {"encode", encode},
                                       {"decode", decode},     {"duration", duration},
                                       {"time", time_of},      {NULL, NULL}};
  luaL_checkversion(lua);
  luaL_newlibtable(lua, functions);
  module_push_arena(lua);
  lua_pushvalue(lua, -1);
  lua_app_register(lua);
  luaL_setfuncs(lua, functions, 1);
  values_push_null(lua);
  lua_setfield(lua, -2, "null");
  values_push_array_metatable(lua);
  lua_setfield(lua, -2, "array");
  return 1;
}
