/* What the files of the Lua module share. Its functions are C closures whose first upvalue is an
 * arena, for the present call. Between what a function takes from the heap and its release nothing
 * is called that may raise a Lua error. */
#ifndef WRIT_LUA_MODULE_MODULE_H
#define WRIT_LUA_MODULE_MODULE_H

#include <lua.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/* nil and the message, for a C function to return. [-0, +2, m] */
int module_fail(lua_State *lua, const struct error *error);

/* A new arena, as the upvalue of functions. [-0, +1, m] */
void module_push_arena(lua_State *lua);

/* The running function's arena, empty. [-0, +0, -] */
struct arena *module_arena(lua_State *lua);

/* A string argument, borrowed as long as it is on the stack. [-0, +0, v] */
struct text module_text(lua_State *lua, int argument);

/* From here on no finalizer runs, until module_collect gets what this gave: a spec's finalizer may
 * call the module, which uses its arena again then, or close the app. In between Lua may raise no
 * error but that its memory is used up; so this makes sure of room on its stack for a value that is
 * pushed. */
bool module_hold(lua_State *lua);
void module_collect(lua_State *lua, bool held);

#endif
