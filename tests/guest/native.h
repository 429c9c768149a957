/* The guest without the wall: the same sources, compiled for this machine with AddressSanitizer and
 * UndefinedBehaviorSanitizer, in a process that can be debugged. native_host.c plays the host,
 * native_heap.c is the heap.
 *
 * There is no way back from a run (its state is the process's), so a process runs one handler: fork
 * for each. */
#ifndef WRIT_TESTS_NATIVE_H
#define WRIT_TESTS_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a step ended, as the guest told (enum end_kind); `data` are its bytes, copied, the caller's.
 */
struct native_end {
  int kind;
  char *data;
  size_t length;
  int64_t number;
};

/* What queries answer, and where lines of the log go. */
struct native_host {
  const void *row; /* the bytes of a value (sandbox/boundary.h) */
  size_t row_length;
  void (*log)(const char *line, size_t length); /* NULL: nowhere */
};

/* Each ends as END_READY if all is well. `spec` and `call`: see sandbox/image.c and sandbox.c. */
struct native_end native_open(const struct native_host *host);
struct native_end native_load(const void *spec, size_t length);
struct native_end native_run(const void *call, size_t length);

/* Lets an allocation from here on fail: the n-th, or it and all after it. 0: none. */
void native_fail_at(long allocation, bool for_good);

#endif
