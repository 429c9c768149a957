/* What the supervisor's files share: private to supervisor.c (start and stop), loader.c (builders
 * and what they make) and workers.c (who serves it). */
#ifndef WRIT_PROCESS_SUPERVISOR_INTERNAL_H
#define WRIT_PROCESS_SUPERVISOR_INTERNAL_H

#include <uv.h>

#include "config/config.h"
#include "process/board.h"
#include "process/child.h"
#include "process/rerun.h"
#include "process/serve.h"
#include "process/sockets.h"
#include "process/watch.h"

enum phase { PHASE_STARTING, PHASE_SERVING, PHASE_STOPPING };

struct worker {
  struct child child;
  struct supervisor *supervisor;
  size_t index;
  uv_timer_t respawn;
  uint64_t started_ms;
  uint64_t backoff_ms;
  uint64_t generation; /* that it serves; 0: none yet */
};

struct supervisor {
  const struct serve_options *options;
  struct error *error; /* why it could not start */
  uv_loop_t loop;
  enum phase phase;
  bool failed;    /* to start */
  unsigned stops; /* how often it was asked to */
  uv_signal_t terminate, interrupt, hangup;
  uv_timer_t tick, drain, watchdog;
  uint64_t watched_ns, awake_ns; /* workers_watch: when it last looked, since when it does */

  struct config config; /* of the generation that is served */
  struct sockets sockets;
  char address[SOCKETS_NAME_BYTES]; /* theirs, for `rerun` */
  struct board *board;
  int board_fd;
  struct worker workers[SERVE_WORKERS_MAX];
  size_t worker_count;

  struct child builder;
  uv_timer_t build_limit;
  bool build_again;    /* something changed meanwhile, or it was asked for */
  bool build_answered; /* the builder has said how it went */
  bool build_read; /* and that it has read all files, of this source_tree_hash, in hexadecimal: */
  char build_sources[2 * HASH_BYTES + 1];
  uint64_t build_changes; /* watch_changes when it began */
  bool build_stale;
  int bundle; /* what is served; -1: nothing yet */
  uint64_t generation;
  size_t route_count;
  struct watch *watch;
  struct rerun *rerun; /* NULL: nothing is run after a change */
};

/* --- supervisor.c --- */

/* Lets all end: workers once their requests have. `why`: a signal, for the log; or NULL. */
void supervisor_stop(struct supervisor *supervisor, const char *why);

/* The same, and what was asked for has not come to be. Always -1. */
int supervisor_fail(struct supervisor *supervisor);

/* After the end of a child: it may have been the last. */
void supervisor_end_if_over(struct supervisor *supervisor);

/* All workers serve the newest generation. */
void supervisor_settled(struct supervisor *supervisor);

/* --- loader.c --- */

/* Has the app loaded for the first time. */
void loader_begin(struct supervisor *supervisor);

/* Has it loaded again: now, or once the builder at work is done and all workers have begun. */
void loader_build(struct supervisor *supervisor);

/* --- workers.c --- */

/* Spawns as many as are wanted, once there is a generation for them. */
size_t workers_wanted(const struct supervisor *supervisor);
void workers_start(struct supervisor *supervisor, size_t count);

/* Gives all of them the newest generation. */
void workers_hand_over(struct supervisor *supervisor);

void workers_tell(struct supervisor *supervisor, enum channel_kind kind);
void workers_kill(struct supervisor *supervisor);
bool workers_live(const struct supervisor *supervisor);
void workers_stop_respawning(struct supervisor *supervisor);

/* Kills those that hang. To be called every WATCH_MS. */
enum { WATCH_MS = 500 };
void workers_watch(struct supervisor *supervisor);

#endif
