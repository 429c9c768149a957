/* The guest's three entries. `open` makes an interpreter with library and prelude, `load` puts one
 * handler into it, `run` calls that handler once. None returns: each ends with the import `end`, so
 * that there is one way out.
 *
 * Lua's main stack holds, between the entries: api_traceback, the handler, its ctx (before `load`:
 * the prelude's function that makes a ctx). */
#include <string.h>

#include "api.h"
#include "globals.h"
#include "heap.h"
#include "imports.h"
#include "lauxlib.h"
#include "lgc.h"
#include "lstate.h"
#include "lualib.h"
#include "pack.h"
#include "values.h"

enum { TRACEBACK = 1, HANDLER = 2, CONTEXT = 3 };

/* A run may allocate this much before Lua thinks of collecting: most requests never do. */
enum { FIRST_COLLECTION_BYTES = 128 * 1024 };

/* The beginning of all that can change: the linker puts .data behind constants, this file's first,
 * and zeroed data after it. */
__attribute__((section(".data.first"), aligned(4096), used)) unsigned char guest_changing[16] = {1};

unsigned guest_seed;
extern unsigned char __heap_base;
extern const char guest_allowed[], guest_prelude[];
extern const size_t guest_allowed_length, guest_prelude_length;

/* Not while the collector itself is at work, nor while a stack moves, whose pointers do not hold
 * then. A coroutine that runs is found from the main thread's stack. */
bool collect_garbage(void)
{
  lua_State *L = instance.lua;
  if (!L || G(L)->gcstopem) return false;
  luaC_fullgc(L, 1);
  return true;
}

/* Called once. That the constructors are called here keeps the linker from calling them in every
 * export. */
void __wasm_call_ctors(void);
EXPORT("construct") void guest_construct(void)
{
  __wasm_call_ctors();
}

EXPORT("changing") const void *guest_changing_start(void)
{
  return guest_changing;
}

EXPORT("call") void guest_call(void (*function)(lua_State *, void *), lua_State *L, void *data)
{
  function(L, data);
}

/* Collects what opening or loading has left. */
static void end_ready(lua_State *L)
{
  size_t length;
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT); /* what finalizers of the first let go */
  luaE_setdebt(G(L), -FIRST_COLLECTION_BYTES);
  const void *bytes = pack_end(&length);
  host_end(END_READY, bytes, length, (int64_t)heap_top());
}

/* The object on top is what api_traceback made, or plain text if even that failed. */
static void end_raised(lua_State *L)
{
  size_t length;
  const char *bytes = lua_tolstring(L, -1, &length);
  if (!bytes) bytes = "", length = 0;
  if (length && bytes[0] == WIRE_ARRAY) host_end(END_RAISED, bytes, length, 0);
  struct written both = write_pair(bytes, length, "", 0);
  host_end(END_RAISED, both.data, both.length, 0);
}

static void open_libraries(lua_State *L)
{
  static const luaL_Reg libraries[] = {
      {LUA_GNAME, luaopen_base},       {LUA_STRLIBNAME, luaopen_string},
      {LUA_TABLIBNAME, luaopen_table}, {LUA_MATHLIBNAME, luaopen_math},
      {LUA_UTF8LIBNAME, luaopen_utf8}, {LUA_COLIBNAME, luaopen_coroutine},
      {LUA_OSLIBNAME, api_open_os},    {NULL, NULL}};
  for (const luaL_Reg *library = libraries; library->func; library++) {
    luaL_requiref(L, library->name, library->func, 1);
    lua_pop(L, 1);
  }
  api_open_random(L);
}

/* [-0, +1, e] */
static int open_instance(lua_State *L)
{
  open_libraries(L);
  compile(L, &(struct source){"prelude.lua", guest_prelude, 11, guest_prelude_length});
  api_push(L);
  compile(L, &(struct source){"allowed.lua", guest_allowed, 11, guest_allowed_length});
  lua_call(L, 0, 1);
  lua_call(L, 2, 1);
#ifdef WRIT_GUEST_PEEK /* tests only: tests/guest/peek.c */
  void guest_open_peek(lua_State *);
  guest_open_peek(L);
#endif
  return 1;
}

EXPORT("heap") const void *guest_heap_start(void)
{
  return &__heap_base;
}

/* `fates` and `fate_count`: see pack.h; the heap ends there. */
EXPORT("open")
void guest_open(uint32_t seed, enum packing mode, unsigned char *fates, uint32_t fate_count)
{
  guest_seed = seed;
  heap_init((uintptr_t)&__heap_base);
  heap_resume((uintptr_t)&__heap_base, (uintptr_t)fates);
  pack_begin(mode, fates, fate_count);
  lua_State *L = instance.lua = lua_newstate(heap_alloc, NULL);
  lua_pushcfunction(L, api_traceback);
  lua_pushcfunction(L, open_instance);
  if (lua_pcall(L, 0, 1, TRACEBACK) != LUA_OK) end_raised(L);
  end_ready(L);
}

/* [-0, +2, e] The handler and its ctx. Argument: the reader as light userdata; the prelude's
 * function. */
static int load_handler(lua_State *L)
{
  struct reader *reader = lua_touserdata(L, 1);
  struct source *source = &instance.handler;
  source->path = read_string(reader, &source->path_length);
  source->text = read_string(reader, &source->length);
  read_value(L, reader); /* names of the queries */
  read_value(L, reader); /* whether it may sleep */
  instance.modules = reader->next;
  lua_call(L, 2, 1); /* the prelude's function makes the ctx */
  compile(L, source);
  globals_keep(L, source);
  lua_call(L, 0, 1);
  globals_check(L);
  if (!lua_isfunction(L, -1)) {
    const char *type = luaL_typename(L, -1); /* before the path is on top of it */
    const char *path = lua_pushlstring(L, source->path, source->path_length);
    lua_pushfstring(
        L, "%s:1: the file must end with `return function(input, ctx) ... end`; it returned %s",
        path, type);
    return lua_error(L);
  }
  lua_insert(L, -2);
  return 2;
}

EXPORT("load")
void guest_load(const unsigned char *spec, enum packing mode, unsigned char *fates,
                uint32_t fate_count)
{
  lua_State *L = instance.lua;
  struct reader reader = {spec};
  heap_resume(heap_top(), (uintptr_t)fates);
  pack_begin(mode, fates, fate_count);
  lua_pushcfunction(L, load_handler);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, &reader);
  lua_insert(L, -2);
  if (lua_pcall(L, 2, 2, TRACEBACK) != LUA_OK) end_raised(L);
  memset(&instance.handler, 0, sizeof instance.handler);
  instance.modules = NULL;
  end_ready(L);
}

/* The handler's results are the two values on top. */
static void end_returned(lua_State *L)
{
  int is_integer = 1;
  int64_t status = lua_isnil(L, -1) ? 0 : lua_tointegerx(L, -1, &is_integer);
  if (!is_integer || lua_type(L, -1) == LUA_TSTRING) {
    static const char message[] = "the second value returned must be a status, an integer";
    host_end(END_BREACHED, message, sizeof message - 1, 0);
  }
  struct written value = write_value(L, -2);
  host_end(END_RETURNED, value.data, value.length, status);
}

/* `call`: the time in milliseconds, the input, the fields of ctx; `length` bytes that begin where
 * the image ends. */
EXPORT("run") void guest_run(unsigned char *call, uint32_t length, uint32_t limit)
{
  lua_State *L = instance.lua;
  struct reader reader = {call + sizeof instance.now_ms};
  memcpy(&instance.now_ms, call, sizeof instance.now_ms);
  instance.random_seeded = false;
  heap_resume((uintptr_t)call + length, limit);
  lua_pushvalue(L, HANDLER);
  read_value(L, &reader);
  read_into(L, &reader, CONTEXT);
  lua_pushvalue(L, CONTEXT);
  heap_release(call, length);
  if (lua_pcall(L, 2, 2, TRACEBACK) != LUA_OK) end_raised(L);
  end_returned(L);
}
