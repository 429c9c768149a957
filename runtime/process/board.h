/* The memory that supervisor and workers share: a file without a name, mapped by all of them.
 *
 * Each word has one writer, but for the table of rate limits, which is made for many. A worker that
 * has been taken over can write its own words and that table, and nothing else: all the rest is
 * mapped read-only, by a descriptor that cannot write, so that no mprotect can change it; and
 * confinement lets no mapping grow (mremap). There are no locks in it, so nobody who dies can leave
 * one behind. What lies here outlives a worker: its successor goes on with its counters. */
#ifndef WRIT_PROCESS_BOARD_H
#define WRIT_PROCESS_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { BOARD_TEXT_BYTES = 512 };

struct rate_limiter;

/* Written by the worker itself, and by the supervisor before it begins. Times are
 * clock_monotonic_ns. */
struct board_worker {
  _Atomic uint64_t beat_ns;      /* its loop's last beat: it is alive */
  _Atomic uint64_t run_until_ns; /* until when the handler that runs may take; 0: none runs */
  _Atomic uint64_t generation;   /* that it serves; 0: none yet */
  _Atomic uint64_t resident_bytes, open_fds, cpu_ns;
};

/* Written by the supervisor. */
struct board_status {
  _Atomic int64_t started_ms;  /* wall clock */
  _Atomic uint64_t generation; /* the last one that loaded */
  _Atomic uint64_t restarts;   /* of workers, since the start */
  _Atomic uint64_t kills;      /* of workers that hung, among those */
  _Atomic uint64_t reloads, failed_reloads;
  _Atomic int64_t reload_ms;  /* wall clock: when the last one, good or not, ended */
  _Atomic bool reload_failed; /* that one */
  _Atomic bool draining;
  _Atomic uint32_t text_version; /* odd: `text` is being written */
  char text[BOARD_TEXT_BYTES];   /* why it failed: the first finding */
};

struct board;

/* Makes the memory, for so many workers. The file descriptor is for them (close-on-exec). */
int board_create(size_t workers, int *fd, struct board **board, struct error *error);

/* Maps it in the worker with this number, and closes the file descriptor. Needs /proc: before the
 * process confines itself. -1 if this is no board, or there is no such worker. */
int board_attach(int fd, size_t index, struct board **board, struct error *error);
void board_detach(struct board *board);

size_t board_worker_count(const struct board *board);
struct board_worker *board_worker(struct board *board, size_t index);

/* The process that is this worker; 0: nobody is there. Written by the supervisor. */
_Atomic int32_t *board_pid(struct board *board, size_t index);
struct board_status *board_status(struct board *board);
struct rate_limiter *board_limiter(struct board *board);

/* A piece of a worker's own, for its metrics. */
void *board_metrics(struct board *board, size_t index);

/* Why the last reload failed: set by the supervisor, read by anybody, never torn. */
void board_set_text(struct board *board, const char *text);
void board_get_text(struct board *board, char text[BOARD_TEXT_BYTES]);

#endif
