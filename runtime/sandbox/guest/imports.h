/* All that the guest can ask of the host. Pointers arrive there as offsets, which the host checks.
 */
#ifndef WRIT_GUEST_IMPORTS_H
#define WRIT_GUEST_IMPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "../boundary.h"

/* Runs a granted query with a value as parameters. Returns the length of its result, which waits
 * for host_take. Does not return if the query failed. */
IMPORT("query") size_t host_query(uint32_t index, const void *parameters, size_t length);
IMPORT("take") void host_take(void *result, size_t length);

IMPORT("log") void host_log(const char *line, size_t length);
/* Suspends the run, if the contract grants it. */
IMPORT("sleep") void host_sleep(uint64_t ms);

IMPORT("random") void host_random(void *bytes, size_t length);

/* The end of the run. */
IMPORT("end")
__attribute__((noreturn)) void host_end(enum end_kind kind, const void *data, size_t length,
                                        int64_t number);

#endif
