/* `writ audit`: what its parts share. */
#ifndef WRIT_CLI_AUDIT_H
#define WRIT_CLI_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli_data.h"
#include "store/audit.h"

struct audit_arguments {
  const char *data, *principal, *action, *outcome, *reason, *handler, *address, *resource;
  const char *since, *until, *limit, *against, *before;
  bool json;
};

/* "2026-01-31T12:00:00.000Z" */
enum { TIME_CHARS = 48 };
void audit_print_time(int64_t ms, char out[TIME_CHARS]);

/* A time as people write it: a date, a date with a time, or an age. */
bool audit_read_time(const char *text, int64_t *ms);

/* The subcommands, on a log that is open; the exit code comes back. */
int audit_list_rows(struct cli_data *data, const struct audit_arguments *arguments);
int audit_prune_rows(struct cli_data *data, const struct audit_arguments *arguments);

#endif
