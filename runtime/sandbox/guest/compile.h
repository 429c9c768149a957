/* From source to function, and from what is wrong there to its place. */
#ifndef WRIT_GUEST_COMPILE_H
#define WRIT_GUEST_COMPILE_H

#include <stddef.h>

#include "lua.h"

/* A handler or a module: `path` is for messages. */
struct source {
  const char *path, *text;
  size_t path_length, length;
};

struct place {
  int line, column; /* from 1, column in bytes; 0: not known */
};

/* [-0, +1, m] Compiles a chunk. Raises its syntax error: "path:line:column: what", without the
 * column if that cannot be known. */
void compile(lua_State *L, const struct source *source);

/* [-0, +0, m] Where a chunk that compiles uses a global, or, unless it is NULL, a field of that
 * global. `line` is what bytecode says: of the use, or of what follows it on a later line. */
struct place find_use(lua_State *L, const struct source *source, const char *name,
                      const char *field, int line);

/* [-0, +1, m] "path:line:column: what" */
void push_at(lua_State *L, const struct source *source, struct place place, const char *what);

#endif
