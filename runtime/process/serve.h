/* Serving an app: one process, one loop, until a signal says stop. */
#ifndef WRIT_PROCESS_SERVE_H
#define WRIT_PROCESS_SERVE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/report.h"
#include "contract/signing_key.h"

struct serve_options {
  const char *folder;               /* of the app */
  const char *listen;               /* "host:port" instead of writ.json's; NULL: that */
  const char *data;                 /* folder of the database instead of writ.json's; NULL: that */
  const char *seed;                 /* SQL for a new database; NULL: none */
  const struct public_key *trusted; /* one of them must have signed what people review */
  size_t trusted_count;             /* 0: it need not be signed */
  bool no_migrations;               /* do not start while one is pending */
  bool dev;                         /* replies tell everything; loopback only */
};

/* Serves until SIGTERM or SIGINT, then lets running requests finish. Prints one line on stdout once
 * it listens. 0 after an orderly end; -1 if it could not start: the error or the report says why.
 */
int serve(const struct serve_options *options, struct report *report, struct error *error);

#endif
