/* What the files of a scratch app share. */
#ifndef WRIT_TESTING_SCRATCH_INTERNAL_H
#define WRIT_TESTING_SCRATCH_INTERNAL_H

#include <uv.h>

#include "config/config.h"
#include "contract/app_tree.h"
#include "process/app.h"
#include "store/inspect.h"
#include "testing/scratch.h"

enum { SCRATCH_PATH_BYTES = 512 };

/* A handler in the place of another. */
struct replaced_handler {
  struct replaced_handler *next;
  struct contract *contract;
  struct image *image; /* the contract's own, or NULL */
  enum handler_state state;
  unsigned char handler_hash[HASH_BYTES];
};

struct scratch {
  struct arena arena; /* of all that lasts until it is closed */
  bool dev;
  char folder[SCRATCH_PATH_BYTES]; /* of the database; empty: it has no name any more */
  struct source_tree sources;
  struct app_tree scripts;
  struct config config;
  struct source fixtures; /* path NULL: there are none */
  struct scratch_principal *principals;
  size_t principal_count;
  struct origins origins;
  struct webhook webhooks[CONFIG_WEBHOOKS_MAX];
  struct issuers *issuers;
  struct text openapi;
  struct app app;
  struct inspector *inspector;
  void *limiter; /* memory */
  uv_loop_t loop;
  bool has_loop;
  struct dispatcher *dispatcher;
  struct dispatch_observer observer;
  struct scratch_trace *trace; /* NULL: nobody watches */
  struct replaced_handler *replaced;
  unsigned char audit_key[HASH_BYTES];
  int64_t opened_ms, now_ms;
  uint64_t monotonic_ms; /* of limits and quarantines */
};

/* --- scratch_fixtures.c --- */

/* Finds and reads the fixtures, and the notes in them. */
int scratch_read_fixtures(struct scratch *scratch, const struct scratch_options *options,
                          struct report *report, struct error *error);

/* --- scratch_database.c --- */

/* Makes the folder; `path` becomes that of the database. */
int scratch_make_folder(struct scratch *scratch, char path[SCRATCH_PATH_BYTES],
                        struct error *error);
/* Takes away the names of all that is in it, and the folder. */
void scratch_remove_folder(struct scratch *scratch);

/* --- scratch_dispatcher.c --- */

/* What writ.json says of callers, with secrets of our own. */
int scratch_read_callers(struct scratch *scratch, struct report *report, struct error *error);

int scratch_open_dispatcher(struct scratch *scratch, struct error *error);
void scratch_close_dispatcher(struct scratch *scratch); /* if there is one */

/* --- scratch_trace.c --- */

/* Sees all calls, and keeps what is watched. */
struct dispatch_observer scratch_observer(struct scratch *scratch);

/* --- scratch_handler.c --- */

void scratch_restore_handlers(struct scratch *scratch);

#endif
