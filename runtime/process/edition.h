/* An edition: one generation as a worker serves it, with everything of its own: configuration,
 * secrets, two connections to the database, dispatcher. It is made from a bundle, beside the one
 * that serves, and takes over at once for all requests that begin then. The one before goes when
 * its last request has ended. */
#ifndef WRIT_PROCESS_EDITION_H
#define WRIT_PROCESS_EDITION_H

#include <uv.h>

#include "contract/generation.h"
#include "dispatch/dispatch.h"
#include "http/policy.h"
#include "process/secrets.h"
#include "process/serve.h"
#include "store/store.h"

struct edition {
  struct edition *next; /* older, on its way out */
  uint64_t number;      /* of the generation */
  struct bundle bundle;
  struct source_tree sources;
  struct config config;
  struct secrets secrets;
  struct arena arena;        /* what the configuration becomes: */
  struct http_policy policy; /* the server's */
  struct store *store;
  struct generation *generation;
  struct dispatcher *dispatcher;
  unsigned retiring; /* how far it has come: see edition_retire */
};

/* Opens and compiles all but the dispatcher; any thread, while others serve. The bundle's
 * descriptor stays the caller's. -1 leaves nothing. */
int edition_load(const struct serve_options *options, int bundle, uint64_t number,
                 struct edition **edition, struct error *error);

/* What all editions of a worker share. */
struct edition_host {
  uv_loop_t *loop;
  struct sandbox *sandbox;
  struct rate_limiter *limiter;
  struct metrics *metrics;
  size_t workers; /* that share what the machine has for passwords */
  _Atomic uint64_t *run_until_ns;
};

/* Makes its dispatcher, on the loop's thread: from now on it can serve. */
int edition_open(struct edition *edition, const struct edition_host *host, bool dev,
                 struct error *error);

/* One step on the way out of an edition that gets no more requests: true once it is freed. Called
 * again and again, each time from another turn of the loop. */
bool edition_retire(struct edition *edition);

/* Frees one without a dispatcher. NULL is allowed. */
void edition_free(struct edition *edition);

#endif
