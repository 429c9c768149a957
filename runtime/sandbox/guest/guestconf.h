/* Forced into every file of the guest (-include): how Lua is configured here, without a change to
 * its source.
 *
 * Lua's error handling is the one place where it needs setjmp and longjmp, which WebAssembly lacks:
 * a protected call is a host import that does the setjmp. Standard output does not exist. */
#ifndef WRIT_GUEST_GUESTCONF_H
#define WRIT_GUEST_GUESTCONF_H

#include <errno.h>
#include <stdio.h>

#define LUA_CORE /* as Lua's files say before they include it themselves */
#define LUA_LIB
#define lua_getlocaledecpoint() '.'
#include "luaconf.h"

#ifdef __wasm__

/* The library's errno is thread-local, which clang 14 cannot do together with bulk memory. Only
 * Lua's unused file functions look at it. */
extern int guest_errno;
#undef errno
#define errno guest_errno

/* Mentioned by luaL_loadfilex only, but they would bring the file system with them. */
#undef stdin
#define stdin ((FILE *)0)

#define IMPORT(name) __attribute__((import_module("host"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

#else /* the native guest (tests/guest) */
#define IMPORT(name)
#define EXPORT(name)
#endif

struct lua_State;
IMPORT("try") int host_try(void *function, struct lua_State *state, void *data, int *jump);
IMPORT("throw") __attribute__((noreturn)) void host_throw(int jump);
extern unsigned guest_seed;

/* f, L and ud are names of luaD_rawrunprotected, the only user. */
#define luai_jmpbuf       int
#define LUAI_TRY(L, c, a) host_try((void *)f, L, ud, &(c)->b)
#define LUAI_THROW(L, c)  host_throw((c)->b)

#define luai_makeseed(L)           ((void)(L), guest_seed)
#define lua_writestring(s, l)      ((void)(s), (void)(l))
#define lua_writeline()            ((void)0)
#define lua_writestringerror(s, p) ((void)(s), (void)(p))

/* Endless recursion is a common mistake: it shall end as Lua's "stack overflow" with a traceback,
 * before it meets the memory limit. The smallest frames take 3 MB of the usual 4 by then. */
#undef LUAI_MAXSTACK
#define LUAI_MAXSTACK 30000

/* Whole paths in messages. */
#undef LUA_IDSIZE
#define LUA_IDSIZE 160

#endif
