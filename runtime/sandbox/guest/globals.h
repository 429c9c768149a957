/* Globals that are nowhere defined: found when a handler loads, or, for names that only running
 * makes, when they are read. */
#ifndef WRIT_GUEST_GLOBALS_H
#define WRIT_GUEST_GLOBALS_H

#include "compile.h"

/* [-0, +0, m] Keeps the function on top, compiled from the file at `path`, for the check. */
void globals_keep(lua_State *L, const struct source *source);

/* [-0, +0, m] After a handler and its modules have run: raises the first use of a global that is
 * neither there now nor assigned anywhere in their files, be it in a function that is never called:
 * "path:line:column: undefined 'inptu': did you mean 'input'?". The same for what a library lacks.
 * A file that uses _G or _ENV as a value is left alone, as it may define anything. */
void globals_check(lua_State *L);

/* Metamethod __index of _G. */
int globals_undefined(lua_State *L);

#endif
