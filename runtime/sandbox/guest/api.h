/* The functions that Lua code sees or the prelude builds on, and what the instance remembers of its
 * run. */
#ifndef WRIT_GUEST_API_H
#define WRIT_GUEST_API_H

#include <stdbool.h>
#include <stdint.h>

#include "compile.h"
#include "lua.h"
#include "values.h"

struct module {
  const char *name;
  size_t name_length;
  struct source source;
};

/* The next of instance.modules. */
struct module read_module(struct reader *reader);

/* Part of the image like everything else. */
struct instance {
  lua_State *lua;
  int64_t now_ms;               /* of this run: the clock stands still */
  bool random_seeded;           /* in this run */
  struct source handler;        /* while one loads */
  const unsigned char *modules; /* while a handler loads: the host's list of modules; else NULL */
};
extern struct instance instance;

/* [-0, +1, m] The table of functions given to the prelude. */
void api_push(lua_State *L);

/* [-0, +1, m] Opens the library `os`: time, date, clock, difftime. */
int api_open_os(lua_State *L);

/* [-0, +0, m] Puts our own random and randomseed into the library `math`, seeded afresh in each
 * run. */
void api_open_random(lua_State *L);

/* [-1, +1, m] Message handler: turns an error object into the bytes { message, traceback }, kept as
 * a string. */
int api_traceback(lua_State *L);

#endif
