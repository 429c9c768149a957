/* Serving an app: what `writ serve` was told, for each of the processes that it becomes. */
#ifndef WRIT_PROCESS_SERVE_H
#define WRIT_PROCESS_SERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/report.h"
#include "config/config.h"
#include "contract/signing_key.h"

struct bundle;

enum { SERVE_WORKERS_MAX = 64 };

struct serve_options {
  const char *folder;               /* of the app */
  const char *listen;               /* "host:port" instead of writ.json's; NULL: that */
  const char *data;                 /* folder of the database instead of writ.json's; NULL: that */
  const char *seed;                 /* SQL for a new database; NULL: none */
  const struct public_key *trusted; /* one of them must have signed what people review */
  size_t trusted_count;             /* 0: it need not be signed */
  size_t workers;                   /* instead of writ.json's; 0: that */
  size_t socket_count;              /* a worker's: how many it has been given, */
  bool admin_socket;                /* and whether the admin listener's comes after them */
  bool no_access_log;               /* whatever writ.json says */
  bool no_migrations;               /* do not start while one is pending */
  bool dev;                         /* replies tell everything; loopback only */
  const char *const *on_change;     /* a command of this program to run after each change of what is
                                       served (process/rerun.h); NULL: none */
  char **arguments;                 /* of the command line after "serve", NULL at the end: the
                                       builder gets them too */
};

/* The configuration that holds: writ.json's, and what the command line says instead. -1 with
 * findings or the error. */
int serve_config(const struct serve_options *options, const struct source_tree *sources,
                 struct config *config, struct report *report, struct error *error);

/* The same, from a bundle. */
int serve_config_of(const struct serve_options *options, const struct bundle *bundle,
                    struct config *config, struct error *error);

/* Gives up what a builder, or a worker, which accepts connections, does not need: see confine.h. Of
 * several processes all but one are `quiet`. */
int serve_confine(const struct config *config, bool accepts, bool quiet, struct error *error);

/* What the processes are told apart by, as the first argument of the program. */
#define BUILDER_COMMAND "--builder"
#define WORKER_COMMAND  "--worker"
#define BESIDE_COMMAND  "--beside" /* and a command behind it (process/rerun.h) */

#endif
