/* The writer: the only way to a transaction that writes.
 *
 * Jobs queue on the loop. A thread of the writer's own does BEGIN and COMMIT, with their waits and fsyncs;
 * between them the job runs on the loop. So the writer connection is used by one thread at a time, handed
 * over with the queue's lock. Today a batch is one job; that it may be many changes no caller. */
#ifndef WRIT_STORE_WRITER_H
#define WRIT_STORE_WRITER_H

#include <stdbool.h>
#include <uv.h>

#include "base/error.h"
#include "store/store.h"

struct writer;

struct writer_job {
  struct writer_job *next; /* the writer's */

  /* On the loop, within the transaction. May set savepoints of its own (connection_savepoint …) and must
   * leave none open. False: what it did is not to be kept; the transaction is rolled back. It must not
   * wait. */
  bool (*run)(struct writer_job *job, struct connection *connection);

  /* On the loop, after COMMIT, rollback or failure; run may never have been called. `committed` says
   * whether what run did is durable. Afterwards the job is the caller's again. */
  void (*done)(struct writer_job *job, bool committed, const struct error *error);
};

/* The loop and the connection are borrowed for the writer's life. */
int writer_new(uv_loop_t *loop, struct connection *connection, struct writer **writer,
               struct error *error);

/* Queues a job, which stays the caller's until done is called. */
void writer_submit(struct writer *writer, struct writer_job *job);

/* Number of jobs that wait or run. */
size_t writer_backlog(const struct writer *writer);

/* Ends the thread after the present job; jobs still queued are done with committed = false. The handle on
 * the loop is closed: run the loop once more before freeing it. */
void writer_close(struct writer *writer);

#endif
