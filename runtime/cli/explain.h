/* Printing what contracts allow: for `writ check --explain`. */
#ifndef WRIT_CLI_EXPLAIN_H
#define WRIT_CLI_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "describe/explain.h"

/* Prints the contracts that `names` mean (each a name, a path or a route), or all of them if there
 * are none: in sentences, or as one JSON array, of which nothing is printed if something is wrong:
 * -1, and the error is set. */
int explain_print(const struct generation *generation, const char *const *names, size_t count,
                  bool json, struct error *error);

#endif
