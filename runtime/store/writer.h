/* The writer: the only way to a transaction that writes.
 *
 * Jobs queue on the loop. A thread of the writer's own does BEGIN and COMMIT, with their waits and
 * fsyncs; between them the jobs run on the loop, as many as have queued meanwhile (bounded in
 * number and time). So the writer connection is used by one thread at a time, handed over with the
 * queue's lock. */
#ifndef WRIT_STORE_WRITER_H
#define WRIT_STORE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "store/store.h"

struct writer;

struct writer_job {
  /* The writer's. */
  struct writer_job *next;
  bool kept;         /* it ran, and what it did is to be kept */
  uint64_t since_ns; /* when it was submitted; only if somebody watches */
  const char *why;   /* it is not; empty: run said no */

  /* For done: not committed, but a crash may yet do it (connection_commit_is_unknown). */
  bool unknown;

  /* On the loop, within the transaction. May set savepoints of its own (connection_savepoint …) and
   * must leave none open. False: what it did is not to be kept, and is rolled back. It must not
   * wait. It is called again, from the start, if the transaction was lost while another job ran. */
  bool (*run)(struct writer_job *job, struct connection *connection);

  /* On the loop, exactly once, after COMMIT, rollback or failure; run may never have been called.
   * `committed` says whether what run did is durable. If not, *error says why, or is empty where
   * run itself said no; it is never NULL, and lasts for this call. The job is the caller's again.
   */
  void (*done)(struct writer_job *job, bool committed, const struct error *error);
};

/* The loop and the connection are borrowed for the writer's life. A writer without jobs does not
 * keep the loop from ending. */
int writer_new(uv_loop_t *loop, struct connection *connection, struct writer **writer,
               struct error *error);

/* How a transaction of the writer went. */
enum writer_end {
  WRITER_COMMITTED,
  WRITER_ROLLED_BACK, /* no job wanted anything kept, or SQLite dropped it */
  WRITER_FAILED,      /* COMMIT did */
  WRITER_NOT_BEGUN
};

struct writer_batch {
  enum writer_end end;
  size_t jobs;        /* that ran in it */
  uint64_t begin_ns;  /* how long BEGIN took, with the wait for the turn to write */
  uint64_t commit_ns; /* and its end, with fsync and checkpoint */
  uint64_t log_bytes; /* of the write-ahead log then */
};

/* Who watches: called on the loop. They may submit nothing. */
struct writer_watch {
  void *context;
  /* A transaction is over; before any done of its jobs. */
  void (*batch)(void *context, const struct writer_batch *batch);
  /* So many jobs wait for theirs to end, the oldest since then (of the monotonic clock; 0: none).
   */
  void (*waiting)(void *context, size_t jobs, uint64_t since_ns);
};

/* Copied; before the first job. */
void writer_watch(struct writer *writer, const struct writer_watch *watch);

/* Queues a job, which must live until done is called: never before this returns. From the loop's
 * thread, also from within run and done. */
void writer_submit(struct writer *writer, struct writer_job *job);

/* Number of jobs whose done has not been called yet. */
size_t writer_backlog(const struct writer *writer);

/* Ends the writer: waits for the BEGIN or COMMIT under way, calls done for every job (one being
 * committed is committed; those that have not run are done with committed = false, as are any that
 * are submitted meanwhile), ends the thread. All that before this returns; the connection is free
 * then. Never from within run. The loop frees the writer with its handle: run the loop once more,
 * and do not use the writer. */
void writer_close(struct writer *writer);

#endif
