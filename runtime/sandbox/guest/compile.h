/* From source to function, with what a person needs to know when it does not compile. */
#ifndef WRIT_GUEST_COMPILE_H
#define WRIT_GUEST_COMPILE_H

#include <stddef.h>

#include "lua.h"

/* A handler or a module: `path` is for messages. */
struct source {
  const char *path, *text;
  size_t path_length, length;
};

/* [-0, +1, m] Compiles a chunk. Raises its syntax error: "path:line:column: message". */
void compile(lua_State *L, const struct source *source);

/* [-0, +0, m] Raises the first use of a global that is nowhere defined by the function on top, just
 * compiled: "path:line: undefined 'inptu': did you mean 'input'?". Defined is what is in _G now,
 * and what the same file assigns. */
void check_globals(lua_State *L);

#endif
