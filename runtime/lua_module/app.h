/* An app as a Lua userdata, closed when it is collected. Its methods are those that testing.lua
 * builds upon; they are documented at their definitions. */
#ifndef WRIT_LUA_MODULE_APP_H
#define WRIT_LUA_MODULE_APP_H

#include <lua.h>

#include "testing/scratch.h"

/* open(FOLDER, FIXTURES or nil, DEV) -> the app, or nil and what is wrong with it [-0, +2, v] */
int lua_app_open(lua_State *lua);

/* Gives the app's methods their arena, the stack's top, which is popped. [-1, +0, m] */
void lua_app_register(lua_State *lua);

/* app:call(METHOD, PATH, HEADERS or nil, BODY or nil, ADDRESS or nil, SECURE, WEBHOOK or nil) -> a
 * table of the reply, or nil and what cannot be sent. A webhook signs. [-0, +2, v] */
int lua_app_call(lua_State *lua);

/* --- For the files of this folder: an app at work. ---
 *
 * The process is not ours. Whoever it belongs to may have a signal stack, and several apps are
 * closed in any order, while a sandbox takes the thread's signal stack for as long as it lives. So
 * an app has it only while it works, and no Lua error may be raised meanwhile. */

struct lua_app;

/* The first argument, if it is an app that is open and was opened by this process; else a Lua
 * error. [-0, +0, v] */
struct lua_app *lua_app_argument(lua_State *lua);

struct scratch *lua_app_begin(struct lua_app *app);
void lua_app_end(struct lua_app *app);

#endif
