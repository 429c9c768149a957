/* JSON as Lua values, and back: what a spec sends and what it gets.
 *
 *   null             testing.null, a userdata of which there is one
 *   integer, real    integer and float, exact
 *   array            a table with ARRAY_METATABLE, so that an empty one stays an array
 *   object           a table
 *
 * The other way an empty table without that metatable is an object, and one that has something is
 * an array if its keys are 1 to n; lua-cjson's null is null, too. Members are sorted by their
 * names, so that a body is the same each time. Metamethods are not called. */
#ifndef WRIT_LUA_MODULE_VALUES_H
#define WRIT_LUA_MODULE_VALUES_H

#include <lua.h>

#include "base/error.h"
#include "base/json.h"

#define ARRAY_METATABLE "writ.array"

/* Registers ARRAY_METATABLE and leaves it on the stack. [-0, +1, m] */
void values_push_array_metatable(lua_State *lua);

/* The one null. [-0, +1, m] */
void values_push_null(lua_State *lua);

/* No finalizer runs meanwhile, here and in what follows. [-0, +1, v] */
void values_push(lua_State *lua, const struct json *value);

/* The value at a stack index, in the arena. On failure -1 and the error says where in it:
 * "items[3].name is a function". Raises nothing but want of memory, or of Lua's stack.
 * [-0, +0, v] */
int values_read(lua_State *lua, int index, struct arena *arena, struct json *value,
                struct error *error);

#endif
