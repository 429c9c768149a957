/* `writ audit`: what its parts share. */
#ifndef WRIT_CLI_AUDIT_H
#define WRIT_CLI_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/report.h"
#include "cli/cli.h"
#include "process/config.h"
#include "store/audit.h"

struct audit_arguments {
  const char *data, *principal, *action, *outcome, *reason, *handler, *address, *resource;
  const char *since, *until, *limit, *against, *before;
  bool json;
};

struct audit_log {
  struct report report;
  struct config config;
  struct store *store;
  struct error error;
};

/* False, said on stderr, if the log's key cannot be had. */
bool audit_log_key(struct audit_log *log, unsigned char key[HASH_BYTES]);

/* "2026-01-31T12:00:00.000Z" */
enum { TIME_CHARS = 48 };
void audit_print_time(int64_t ms, char out[TIME_CHARS]);

/* A time as people write it: a date, a date with a time, or an age. */
bool audit_read_time(const char *text, int64_t *ms);

/* The subcommands, on a log that is open; the exit code comes back. */
int audit_list_rows(struct audit_log *log, const struct audit_arguments *arguments);
int audit_prune_rows(struct audit_log *log, const struct audit_arguments *arguments);

#endif
