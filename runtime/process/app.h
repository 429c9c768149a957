/* An app that is ready to answer: database, sandbox, generation. What `serve`, `check` and `routes`
 * share. */
#ifndef WRIT_PROCESS_APP_H
#define WRIT_PROCESS_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/report.h"
#include "contract/generation.h"
#include "contract/manifest.h"
#include "sandbox/sandbox.h"
#include "store/store.h"

struct config;

struct app_options {
  const char *folder;                /* with contracts/ and app/ */
  const struct source_tree *sources; /* of that folder, outliving the app; NULL: read here */
  const char *database;              /* path of the file, which is served; NULL: an empty one in
                                        memory */
  struct store *store; /* instead: one with all migrations, which is taken over; or NULL */
  bool relaxed_sync;
  bool no_migrations;              /* fail if one is pending, rather than applying it */
  bool alone;                      /* fail while another process uses the database */
  bool joining;                    /* others serve the database already: it stays as it is */
  bool contracts_only;             /* no handler is compiled, nothing of app/ begins */
  const struct config *config;     /* writ.json, for what contracts name of it, and the key of a
                                      database that is served; NULL: not asked */
  const unsigned char *audit_key;  /* the key of such a database, where that is known already; NULL:
                                      where the configuration says */
  const struct app_tree *scripts;  /* app/ of that folder, outliving the app; NULL: read here */
  const struct bundle *before;     /* what is served, outliving the app: images that are still good
                                      are taken from it; or NULL */
  const struct manifest *manifest; /* that the sources were verified with; NULL: they were not */
  const struct source
      *seed; /* SQL run once, after the migrations that make the database; or NULL */
};

struct app {
  struct source_tree sources; /* if they were read here */
  struct store *store;
  struct sandbox *sandbox;
  struct generation *generation;
  size_t applied;                      /* migrations, now */
  size_t handler_errors;               /* handlers that do not load; the report says which */
  unsigned char audit_key[HASH_BYTES]; /* of a database that is served */
};

/* Reads contracts/ and app/, opens the database, migrates it, loads the generation. -1 if the error
 * is set, or if the report says what is wrong with the app; then nothing is left open. */
int app_open(struct app *app, const struct app_options *options, struct report *report,
             struct error *error);

void app_close(struct app *app);

#endif
