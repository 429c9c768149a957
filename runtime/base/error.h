/* One error, owned by the caller. The first one wins: a cause is never overwritten by its
 * consequence.
 *
 * Functions that can fail return 0 or -1 and take a trailing `struct error *`, which may be NULL.
 * For what is wrong in the files of an app there can be many findings at once: see base/report.h.
 */
#ifndef WRIT_BASE_ERROR_H
#define WRIT_BASE_ERROR_H

#include <stdbool.h>

struct error {
  char message[512]; /* empty: no error. One sentence, where and what, without a trailing dot */
};

/* Sets the message unless there is one already. Always returns -1, so that
 * `return error_set(error, "…")` reads well. */
int error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets the error. */
void error_clear(struct error *error);

#endif
