/* An app as a Lua userdata: opening, closing, and all methods but `call` (call.c). */
#include "lua_module/app.h"

#include <lauxlib.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "lua_module/module.h"
#include "lua_module/values.h"

#define APP_METATABLE "writ.app"

struct lua_app {
  struct scratch *scratch; /* NULL: closed */
  char *folder, *fixtures; /* what the scratch app borrows */
  pid_t opened_by;         /* a child that was forked has no watchdog, and shares our database */
  stack_t own, former;     /* signal stacks: the sandbox's, and the thread's without it */
};

/* --- At work. --- */

struct scratch *lua_app_begin(struct lua_app *app)
{
  sigaltstack(&app->own, &app->former);
  return app->scratch;
}

void lua_app_end(struct lua_app *app)
{
  sigaltstack(&app->former, &app->own);
}

struct lua_app *lua_app_argument(lua_State *lua)
{
  struct lua_app *app = luaL_checkudata(lua, 1, APP_METATABLE);
  if (!app->scratch) luaL_error(lua, "this app is closed");
  if (app->opened_by != getpid()) luaL_error(lua, "this app was opened by another process");
  return app;
}

/* --- Opening and closing. --- */

static void free_app(struct lua_app *app)
{
  scratch_close(app->scratch);
  memory_free(app->folder);
  memory_free(app->fixtures);
  *app = (struct lua_app){.scratch = NULL};
}

/* For __gc and __close, too. A child leaves it as it is: the watchdog that would be waited for is
 * not there. */
static int lua_app_close(lua_State *lua)
{
  struct lua_app *app = luaL_checkudata(lua, 1, APP_METATABLE);
  if (!app->scratch || app->opened_by != getpid()) return 0;
  sigaltstack(&app->own, &app->former);
  stack_t former = app->former;
  free_app(app);
  sigaltstack(&former, NULL);
  return 0;
}

/* What is wrong, as text in the arena: the error, or all findings. Empty: nothing. */
static struct text complaints(struct arena *arena, struct report *report, const struct error *error)
{
  char *printed = NULL;
  size_t length = 0;
  if (error->message[0]) return arena_copy(arena, text_of(error->message));
  if (report->errors == 0) return TEXT("");
  FILE *out = open_memstream(&printed, &length);
  if (!out) return TEXT("no memory for what is wrong");
  report_print(report, out);
  fclose(out);
  struct text text = arena_copy(arena, text_trim((struct text){printed, length}));
  free(printed);
  return text;
}

/* Gives what is wrong, if anything is: an app of which a handler does not load is not tested. */
static struct text open_scratch(struct lua_app *app, bool dev, struct arena *arena)
{
  struct scratch_options options = {.folder = app->folder, .fixtures = app->fixtures, .dev = dev};
  struct report report;
  struct error error = {0};
  report_init(&report);
  sigaltstack(NULL, &app->former);
  int result = scratch_open(&options, &report, &app->scratch, &error);
  struct text wrong = complaints(arena, &report, &error);
  if (result && wrong.length == 0) wrong = TEXT("it does not open");
  if (wrong.length > 0) {
    stack_t former = app->former;
    free_app(app);
    sigaltstack(&former, NULL);
  } else {
    lua_app_end(app);
  }
  report_deinit(&report);
  return wrong;
}

int lua_app_open(lua_State *lua)
{
  struct arena *arena = module_arena(lua);
  const char *folder = luaL_checkstring(lua, 1), *fixtures = luaL_optstring(lua, 2, NULL);
  bool dev = lua_toboolean(lua, 3);
  struct lua_app *app = lua_newuserdatauv(lua, sizeof *app, 0);
  *app = (struct lua_app){.opened_by = getpid()};
  luaL_setmetatable(lua, APP_METATABLE);
  app->folder = memory_copy_string(folder);
  if (fixtures) app->fixtures = memory_copy_string(fixtures);
  struct text wrong = open_scratch(app, dev, arena);
  if (wrong.length == 0) return 1;
  lua_pushnil(lua);
  lua_pushlstring(lua, wrong.data, wrong.length);
  return 2;
}

/* --- Methods. Where one can fail it gives nil and a message. --- */

/* app:reset() -> true */
static int reset(lua_State *lua)
{
  struct lua_app *app = lua_app_argument(lua);
  struct error error = {0};
  int result = scratch_reset(lua_app_begin(app), &error);
  lua_app_end(app);
  if (result) return module_fail(lua, &error);
  lua_pushboolean(lua, true);
  return 1;
}

static void set_text(lua_State *lua, const char *name, struct text text)
{
  lua_pushlstring(lua, text.data ? text.data : "", text.length);
  lua_setfield(lua, -2, name);
}

/* app:people() -> { { name =, id =, password = }, … } */
static int people(lua_State *lua)
{
  struct lua_app *app = lua_app_argument(lua);
  size_t count;
  const struct scratch_principal *principals = scratch_principals(app->scratch, &count);
  bool held = module_hold(lua);
  lua_newtable(lua);
  for (size_t i = 0; i < count; i++) {
    lua_newtable(lua);
    set_text(lua, "name", principals[i].name);
    set_text(lua, "id", principals[i].id);
    set_text(lua, "password", principals[i].password);
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
  module_collect(lua, held);
  return 1;
}

/* app:sign_in(ID) -> a token */
static int sign_in(lua_State *lua)
{
  struct lua_app *app = lua_app_argument(lua);
  struct text id = module_text(lua, 2);
  struct error error = {0};
  char token[TOKEN_CHARS + 1];
  int result = scratch_sign_in(lua_app_begin(app), id, token, &error);
  lua_app_end(app);
  if (result) return module_fail(lua, &error);
  lua_pushstring(lua, token);
  return 1;
}

/* app:rows(SQL, VALUES or nil) -> the rows */
static int rows(lua_State *lua)
{
  struct lua_app *app = lua_app_argument(lua);
  struct arena *arena = module_arena(lua);
  struct text sql = module_text(lua, 2);
  struct error error = {0};
  struct json values, found;
  bool bound = !lua_isnoneornil(lua, 3);
  if (bound && values_read(lua, 3, arena, &values, &error)) return module_fail(lua, &error);
  int result = scratch_rows(lua_app_begin(app), sql, bound ? &values : NULL, arena, &found, &error);
  lua_app_end(app);
  if (result) return module_fail(lua, &error);
  values_push(lua, &found);
  return 1;
}

/* app:now() -> UNIX milliseconds */
static int now(lua_State *lua)
{
  lua_pushinteger(lua, scratch_now(lua_app_argument(lua)->scratch));
  return 1;
}

/* app:set_now(UNIX milliseconds) */
static int set_now(lua_State *lua)
{
  struct lua_app *app = lua_app_argument(lua);
  scratch_set_now(app->scratch, luaL_checkinteger(lua, 2));
  return 0;
}

void lua_app_register(lua_State *lua)
{
  static const luaL_Reg methods[] = {{"call", lua_app_call},
                                     {"close", lua_app_close},
                                     {"now", now},
                                     {"people", people},
                                     {"reset", reset},
                                     {"rows", rows},
                                     {"set_now", set_now},
                                     {"sign_in", sign_in},
                                     {"__close", lua_app_close},
                                     {"__gc", lua_app_close},
                                     {NULL, NULL}};
  luaL_newmetatable(lua, APP_METATABLE);
  lua_insert(lua, -2);
  luaL_setfuncs(lua, methods, 1);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}
