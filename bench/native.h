/* The same Lua without the wall, as other servers embed it. */
#ifndef WRIT_BENCH_NATIVE_H
#define WRIT_BENCH_NATIVE_H

#include <stddef.h>

struct native;

/* A state with its libraries and a loaded handler; NULL after a word on stderr. */
struct native *native_new(const char *path, const char *source, size_t length);
void native_free(struct native *native);

/* A hook that looks at a deadline every 1,000 instructions. */
void native_set_hook(struct native *native);

/* Calls the handler `times` times with an empty table. */
void native_call(void *native, long times);

/* Makes a state with its libraries, calls the handler once, closes it; `times` times. */
void native_fresh(void *native, long times);

#endif
