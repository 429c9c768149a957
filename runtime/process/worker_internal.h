/* What the worker's files share: private to worker.c (beginning and end) and worker_editions.c
 * (what is served). */
#ifndef WRIT_PROCESS_WORKER_INTERNAL_H
#define WRIT_PROCESS_WORKER_INTERNAL_H

#include "http/server.h"
#include "process/admin.h"
#include "process/board.h"
#include "process/edition.h"
#include "process/usage.h"
#include "sandbox/sandbox.h"

/* A bundle on its way to an edition, in the thread pool. */
struct loading {
  uv_work_t work;
  bool busy;
  int bundle;
  uint64_t number;
  struct edition *edition;
  struct error error;
};

struct worker {
  const struct serve_options *options;
  uv_loop_t loop;
  struct board *board;
  struct board_worker *self;
  struct sandbox *sandbox;
  struct edition_host host;
  struct edition *current, *retired;
  struct metrics *metrics;
  struct access_log *access_log; /* NULL: there is none */
  struct server *server;
  struct admin *admin; /* NULL: there is no admin listener */
  struct server *admin_server;
  bool admin_exposed; /* its socket is */
  struct loading loading;
  int waiting; /* the newest bundle that came meanwhile; -1: none */
  uint64_t waiting_number;
  uv_poll_t channel;
  uv_timer_t beat;
  unsigned beats;
  struct usage_probe *usage; /* NULL: nobody asks */
  uv_signal_t terminate;
  bool draining;
};

/* --- worker_editions.c --- */

/* Has requests go to this edition from now on, or frees it: -1. */
int worker_take_over(struct worker *worker, struct edition *edition, struct error *error);

/* Tells everybody which generation it serves. */
void worker_announce(struct worker *worker);

/* Takes a bundle, to serve what is in it as soon as it is loaded. */
void worker_receive_bundle(struct worker *worker, int fd, uint64_t number);

/* Goes on with letting go of the editions before: called again and again. */
void worker_retire_old(struct worker *worker);

struct server_handler worker_handler(const struct edition *edition);
struct admin_config worker_admin_config(struct worker *worker);

#endif
