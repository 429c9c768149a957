/* What the prelude (lua/prelude) cannot do in Lua: queries, log, refusal, compiling modules, random
 * numbers. Everything that decides sits in the host. */
#include "api.h"

#include <string.h>

#include "globals.h"
#include "imports.h"
#include "lauxlib.h"

struct instance instance;

/* [-0, +1, e] ctx.db.<group>.<name>(parameters); upvalues: index, full name. */
static int api_query(lua_State *L)
{
  char small[1024];
  lua_settop(L, 1);
  if (!lua_isnil(L, 1) && !lua_islightuserdata(L, 1) && !lua_istable(L, 1))
    return luaL_error(L, "query '%s' takes a table of parameters, not a %s",
                      lua_tostring(L, lua_upvalueindex(2)), luaL_typename(L, 1));
  uint32_t index = (uint32_t)lua_tointeger(L, lua_upvalueindex(1));
  struct written parameters = write_value(L, 1);
  size_t length = host_query(index, parameters.data, parameters.length);
  void *result = length <= sizeof small ? small : lua_newuserdatauv(L, length, 0);
  host_take(result, length);
  struct reader reader = {result};
  read_value(L, &reader);
  return 1;
}

/* host.query(index, name): the function for ctx.db. */
static int api_new_query(lua_State *L)
{
  lua_settop(L, 2);
  lua_pushcclosure(L, api_query, 2);
  return 1;
}

/* ctx.fail(code): does not return, and no pcall notices. */
static int api_fail(lua_State *L)
{
  size_t length;
  const char *code = luaL_checklstring(L, 1, &length);
  host_end(END_REFUSED, code, length, 0);
}

/* ctx.sleep(ms) */
static int api_sleep(lua_State *L)
{
  lua_Integer ms = luaL_checkinteger(L, 1);
  luaL_argcheck(L, ms >= 0, 1, "a time to come, in milliseconds");
  host_sleep((uint64_t)ms);
  return 0;
}

/* ctx.log(...) and print. */
static int api_log(lua_State *L)
{
  luaL_Buffer line;
  int count = lua_gettop(L);
  luaL_buffinit(L, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  size_t length;
  const char *bytes = lua_tolstring(L, -1, &length);
  host_log(bytes, length);
  return 0;
}

struct module read_module(struct reader *reader)
{
  struct module module;
  module.name = read_string(reader, &module.name_length);
  module.source.path = read_string(reader, &module.source.path_length);
  module.source.text = read_string(reader, &module.source.length);
  return module;
}

/* host.compile(name): the chunk of a module; nil if there is none of that name, false if the
 * handler has been loaded and the sources are gone. */
static int api_compile_module(lua_State *L)
{
  size_t length;
  const char *wanted = luaL_checklstring(L, 1, &length);
  lua_pushboolean(L, 0);
  if (!instance.modules) return 1;
  struct reader reader = {instance.modules};
  for (uint32_t count = read_count(&reader); count > 0; count--) {
    struct module module = read_module(&reader);
    if (module.name_length != length || memcmp(module.name, wanted, length) != 0) continue;
    compile(L, &module.source);
    globals_keep(L, &module.source);
    return 1;
  }
  return 0;
}

/* host.setmetatable(value, metatable), for values of any type. */
static int api_setmetatable(lua_State *L)
{
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 0;
}

/* host.record(n): a table with room for n fields, so that no run has to grow it. */
static int api_record(lua_State *L)
{
  lua_createtable(L, 0, (int)luaL_checkinteger(L, 1));
  return 1;
}

void api_push(lua_State *L)
{
  static const luaL_Reg functions[] = {{"query", api_new_query},
                                       {"fail", api_fail},
                                       {"log", api_log},
                                       {"sleep", api_sleep},
                                       {"compile", api_compile_module},
                                       {"undefined", globals_undefined},
                                       {"setmetatable", api_setmetatable},
                                       {"record", api_record},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
}

/* [-0, +(0|1), m] A string or number of this name in an error object that is a table. */
static bool push_field(lua_State *L, const char *name)
{
  if (!lua_istable(L, 1)) return false;
  lua_pushstring(L, name);
  lua_rawget(L, 1);
  if (lua_isstring(L, -1)) {
    luaL_tolstring(L, -1, NULL);
    return true;
  }
  lua_pop(L, 1);
  return false;
}

int api_traceback(lua_State *L)
{
  size_t message_length, trace_length;
  if (lua_type(L, 1) == LUA_TSTRING || luaL_getmetafield(L, 1, "__tostring"))
    luaL_tolstring(L, 1, NULL);
  else if (!push_field(L, "message") && !push_field(L, "code"))
    lua_pushfstring(L, "an error that is not a string but a %s", luaL_typename(L, 1));
  const char *message = lua_tolstring(L, -1, &message_length);
  luaL_traceback(L, L, NULL, 1);
  const char *trace = lua_tolstring(L, -1, &trace_length);
  struct written both = write_pair(message, message_length, trace, trace_length);
  lua_pushlstring(L, both.data, both.length);
  return 1;
}

/* math.random keeps its state in a userdata, the upvalue of both functions: our closures share it,
 * so that the library's own functions can be called as if they were still theirs. */
static lua_CFunction library_random, library_randomseed;

static void seed_from_host(lua_State *L)
{
  int state = lua_upvalueindex(1);
  host_random(lua_touserdata(L, state), lua_rawlen(L, state));
  instance.random_seeded = true;
}

static int api_random(lua_State *L)
{
  if (!instance.random_seeded) seed_from_host(L);
  return library_random(L);
}

static int api_randomseed(lua_State *L)
{
  if (lua_isnone(L, 1)) {
    seed_from_host(L);
    return 0;
  }
  instance.random_seeded = true;
  return library_randomseed(L);
}

static lua_CFunction share_state(lua_State *L, const char *name, lua_CFunction ours)
{
  lua_getfield(L, -1, name);
  lua_CFunction library = lua_tocfunction(L, -1);
  lua_getupvalue(L, -1, 1);
  lua_pushcclosure(L, ours, 1);
  lua_setfield(L, -3, name);
  lua_pop(L, 1);
  return library;
}

void api_open_random(lua_State *L)
{
  lua_getglobal(L, "math");
  library_random = share_state(L, "random", api_random);
  library_randomseed = share_state(L, "randomseed", api_randomseed);
  lua_pop(L, 1);
}
