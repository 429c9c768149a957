/* The writer: jobs queue on the loop, a thread begins and ends their transactions.
 *
 * Writer and thread play ball with the connection. The loop gives an order (begin, commit,
 * rollback) and with it the connection; the thread carries it out, gives the connection back and
 * wakes the loop. Only `turn`, `order` and `result` are shared, under the lock, whose handover also
 * publishes whatever was done to the connection. Everything else belongs to the loop.
 *
 *   idle -> BEGIN (thread) -> the batch's jobs run (loop) -> COMMIT or ROLLBACK (thread) -> done,
 * idle
 *
 * Group commit: while one batch is made durable, jobs queue; the next batch runs them all, each
 * under a savepoint of its own, and all are made durable at once. So a job that is refused takes
 * nobody with it. If SQLite drops the whole transaction while a job runs, that job is refused, and
 * those before it in the batch run again in the next one.
 *
 * The loop never waits for the thread, but in writer_close. */
#include "store/writer.h"

#include <signal.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/host_statement.h"
#include "store/store_internal.h"

/* A batch takes no further job once it holds so many, or has held the lock for so long. */
enum { BATCH_MAX = 64 };
enum { LOG_PAGE_BYTES = 4096 + 24 }; /* SQLite's default, and a frame's head */
static const uint64_t BATCH_NS = 20 * UINT64_C(1000000);

enum order { ORDER_BEGIN, ORDER_COMMIT, ORDER_ROLLBACK, ORDER_STOP };
enum turn { TURN_LOOP, TURN_THREAD };

/* What the loop has ordered and not seen done. */
enum phase { PHASE_IDLE, PHASE_BEGINNING, PHASE_RUNNING, PHASE_ENDING };

struct job_queue {
  struct writer_job *first, *last;
};

struct writer {
  uv_async_t wake;
  uv_thread_t thread;
  uv_mutex_t lock;
  uv_cond_t turned;
  struct connection *connection; /* belongs to whose turn it is */

  /* Under the lock. */
  enum turn turn;
  enum order order;
  struct error result; /* of the last order; empty: it was carried out */
  uint64_t took_ns;    /* to carry it out; 0 if nobody watches */

  /* The loop's. */
  enum phase phase;
  struct job_queue waiting;
  struct job_queue batch;
  bool closing;
  size_t backlog;
  struct writer_watch watch; /* nobody, if all NULL; set before there is a first order */
  struct writer_batch about; /* the batch at hand, for whom watches */
};

/* --- Queues --- */

static void push(struct job_queue *queue, struct writer_job *job)
{
  job->next = NULL;
  if (queue->first == NULL)
    queue->first = job;
  else
    queue->last->next = job;
  queue->last = job;
}

static struct writer_job *pop(struct job_queue *queue)
{
  struct writer_job *job = queue->first;
  if (job != NULL) queue->first = job->next;
  return job;
}

/* Time costs nothing where nobody asks for it. */
static uint64_t watch_clock(const struct writer *writer)
{
  return writer->watch.batch ? clock_monotonic_ns() : 0;
}

/* --- The thread's side --- */

static int execute(struct connection *connection, const char *sql, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection, sql);
  return host_statement_finish(&statement, sql, error);
}

static void carry_out(enum order order, struct connection *connection, struct error *error)
{
  error_clear(error);
  if (order == ORDER_BEGIN) connection_begin_write(connection, error);
  if (order == ORDER_COMMIT) connection_commit(connection, error);
  if (order == ORDER_ROLLBACK) connection_abandon(connection, error);
}

static enum order next_order(struct writer *writer)
{
  uv_mutex_lock(&writer->lock);
  while (writer->turn == TURN_LOOP) uv_cond_wait(&writer->turned, &writer->lock);
  enum order order = writer->order;
  uv_mutex_unlock(&writer->lock);
  return order;
}

static void report(struct writer *writer, const struct error *result, uint64_t took_ns)
{
  uv_mutex_lock(&writer->lock);
  writer->result = *result;
  writer->took_ns = took_ns;
  writer->turn = TURN_LOOP;
  uv_cond_signal(&writer->turned);
  uv_mutex_unlock(&writer->lock);
  uv_async_send(&writer->wake);
}

static void thread_main(void *context)
{
  struct writer *writer = context;
  enum order order;
  while ((order = next_order(writer)) != ORDER_STOP) {
    struct error result;
    uint64_t begun_ns = watch_clock(writer);
    carry_out(order, writer->connection, &result);
    report(writer, &result, watch_clock(writer) - begun_ns);
  }
}

/* --- The loop's side --- */

static void give(struct writer *writer, enum order order)
{
  uv_mutex_lock(&writer->lock);
  writer->order = order;
  writer->turn = TURN_THREAD;
  uv_cond_signal(&writer->turned);
  uv_mutex_unlock(&writer->lock);
}

/* --- Telling whoever watches --- */

static void tell_waiting(const struct writer *writer)
{
  const struct writer_job *oldest =
      writer->batch.first ? writer->batch.first : writer->waiting.first;
  if (writer->watch.waiting)
    writer->watch.waiting(writer->watch.context, writer->backlog, oldest ? oldest->since_ns : 0);
}

static void tell_batch(struct writer *writer, const struct error *failure)
{
  struct writer_batch *about = &writer->about;
  if (!writer->watch.batch) return;
  if (about->end == WRITER_COMMITTED && failure->message[0] != '\0') about->end = WRITER_FAILED;
  if (writer->connection->wal_pages > 0)
    about->log_bytes = (uint64_t)writer->connection->wal_pages * LOG_PAGE_BYTES;
  writer->watch.batch(writer->watch.context, about);
}

static void begin_next(struct writer *writer)
{
  bool wanted = writer->waiting.first != NULL && !writer->closing;
  writer->phase = wanted ? PHASE_BEGINNING : PHASE_IDLE;
  if (wanted) {
    uv_ref((uv_handle_t *)&writer->wake);
    give(writer, ORDER_BEGIN);
  } else {
    uv_unref((uv_handle_t *)&writer->wake);
  }
}

/* Before the first job of the queue. */
static void push_front(struct job_queue *queue, struct job_queue jobs)
{
  if (jobs.first == NULL) return;
  jobs.last->next = queue->first;
  if (queue->first == NULL) queue->last = jobs.last;
  queue->first = jobs.first;
}

static const char lost[] = "the database dropped the transaction while the job ran";

/* Why a job that wants it must not be kept, or NULL: its yes is not believed where the transaction
 * shows that it did not end what it began. */
static const char *leftovers(struct connection *connection)
{
  if (connection_owes_references(connection)) return "a deferred foreign key points nowhere";
  if (connection->in_savepoint) return "the job left a savepoint open";
  return NULL;
}

/* Runs a job under a savepoint. False if the transaction is gone, or cannot be relied on. */
static bool run_job(struct writer_job *job, struct connection *connection)
{
  job->kept = false;
  job->why = lost;
  connection->in_savepoint = false;
  if (execute(connection, "SAVEPOINT job", NULL)) return false;
  bool wants = job->run(job, connection);
  if (!connection_in_transaction(connection)) return false;
  job->why = wants ? leftovers(connection) : "";
  if (job->why && execute(connection, "ROLLBACK TO job", NULL)) return false;
  if (execute(connection, "RELEASE job", NULL)) return false;
  job->kept = job->why == NULL;
  return true;
}

/* The transaction is gone while the last job of the batch ran: nobody is answered but that one. */
static void lose_batch(struct writer *writer)
{
  struct job_queue others = {NULL, NULL};
  struct writer_job *job = pop(&writer->batch);
  for (struct writer_job *next; (next = pop(&writer->batch)) != NULL; job = next)
    push(&others, job);
  push(&writer->batch, job);
  push_front(&writer->waiting, others);
}

/* Whether anything that the batch did is to be kept. */
static bool run_batch(struct writer *writer)
{
  uint64_t begun_ns = clock_monotonic_ns();
  bool kept = false;
  size_t count = 0;
  struct writer_job *job;
  while (!writer->closing && count++ < BATCH_MAX && clock_monotonic_ns() - begun_ns < BATCH_NS &&
         (job = pop(&writer->waiting)) != NULL) {
    push(&writer->batch, job);
    writer->about.jobs++;
    if (!run_job(job, writer->connection)) {
      lose_batch(writer);
      return false;
    }
    kept = kept || job->kept;
  }
  return kept;
}

/* `jobs` is the caller's own copy: done may submit, or close the writer. `failure` is that of the
 * whole batch, and `unknown` whether it is one of COMMIT's that a crash may yet undo. */
static void finish(struct writer *writer, struct job_queue jobs, const struct error *failure,
                   bool unknown)
{
  struct writer_job *job;
  while ((job = pop(&jobs)) != NULL) {
    bool failed = failure->message[0] != '\0';
    bool committed = job->kept && !failed;
    struct error error = *failure;
    if (!job->kept && job->why) error_set(&error, "%s", job->why);
    job->unknown = job->kept && failed && unknown;
    writer->backlog--;
    job->done(job, committed, &error);
  }
}

/* The next BEGIN is on its way before anybody hears of this batch's end. */
static void end_batch(struct writer *writer, const struct error *failure)
{
  struct job_queue jobs = writer->batch;
  tell_batch(writer, failure);
  writer->batch = (struct job_queue){NULL, NULL};
  bool unknown = connection_commit_is_unknown(writer->connection);
  begin_next(writer);
  finish(writer, jobs, failure, unknown);
  tell_waiting(writer);
}

/* Whoever waits first is told that there is no transaction; the others may have better luck. */
static void not_begun(struct writer *writer, const struct error *failure)
{
  struct writer_job *job = writer->closing ? NULL : pop(&writer->waiting);
  if (job != NULL) {
    job->kept = false;
    job->why = NULL;
    push(&writer->batch, job);
  }
  end_batch(writer, failure);
}

static void begun(struct writer *writer, const struct error *result)
{
  writer->about = (struct writer_batch){.end = WRITER_NOT_BEGUN, .begin_ns = writer->took_ns};
  if (result->message[0] != '\0') {
    not_begun(writer, result);
    return;
  }
  writer->phase = PHASE_RUNNING;
  bool kept = run_batch(writer);
  writer->about.end = kept ? WRITER_COMMITTED : WRITER_ROLLED_BACK;
  writer->phase = PHASE_ENDING;
  give(writer, kept ? ORDER_COMMIT : ORDER_ROLLBACK);
}

static void ended(struct writer *writer, const struct error *result)
{
  writer->about.commit_ns = writer->took_ns;
  end_batch(writer, result);
}

/* Goes on from what the thread has done. */
static void advance(struct writer *writer, const struct error *result)
{
  if (writer->phase == PHASE_BEGINNING)
    begun(writer, result);
  else if (writer->phase == PHASE_ENDING)
    ended(writer, result);
}

static void on_wake(uv_async_t *handle)
{
  struct writer *writer = handle->data;
  uv_mutex_lock(&writer->lock);
  bool ours = writer->turn == TURN_LOOP;
  struct error result = writer->result;
  uv_mutex_unlock(&writer->lock);
  if (ours) advance(writer, &result);
}

static struct error wait_for_thread(struct writer *writer)
{
  uv_mutex_lock(&writer->lock);
  while (writer->turn == TURN_THREAD) uv_cond_wait(&writer->turned, &writer->lock);
  struct error result = writer->result;
  uv_mutex_unlock(&writer->lock);
  return result;
}

/* --- The writer --- */

/* Signals are for other threads: deadlines for those that run guests, the rest for the loop's. */
static int start_thread(struct writer *writer)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = uv_thread_create(&writer->thread, thread_main, writer);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return code;
}

static void free_writer(uv_handle_t *handle)
{
  struct writer *writer = handle->data;
  uv_cond_destroy(&writer->turned);
  uv_mutex_destroy(&writer->lock);
  memory_free(writer);
}

int writer_new(uv_loop_t *loop, struct connection *connection, struct writer **result,
               struct error *error)
{
  struct writer *writer = memory_new(sizeof *writer);
  writer->connection = connection;
  int code = uv_mutex_init(&writer->lock);
  if (code != 0) goto no_lock;
  code = uv_cond_init(&writer->turned);
  if (code != 0) goto no_condition;
  code = uv_async_init(loop, &writer->wake, on_wake);
  if (code != 0) goto no_handle;
  writer->wake.data = writer;
  uv_unref((uv_handle_t *)&writer->wake);
  code = start_thread(writer);
  if (code != 0) goto no_thread;
  *result = writer;
  return 0;

no_thread: /* the handle is the loop's by now, and takes the rest with it */
  uv_close((uv_handle_t *)&writer->wake, free_writer);
  return error_set(error, "cannot start the writer's thread: %s", uv_strerror(code));
no_handle:
  uv_cond_destroy(&writer->turned);
no_condition:
  uv_mutex_destroy(&writer->lock);
no_lock:
  memory_free(writer);
  return error_set(error, "cannot make the writer: %s", uv_strerror(code));
}

void writer_watch(struct writer *writer, const struct writer_watch *watch)
{
  writer->watch = *watch;
}

void writer_submit(struct writer *writer, struct writer_job *job)
{
  job->since_ns = watch_clock(writer);
  push(&writer->waiting, job);
  writer->backlog++;
  if (writer->phase == PHASE_IDLE) begin_next(writer);
  tell_waiting(writer);
}

size_t writer_backlog(const struct writer *writer)
{
  return writer->backlog;
}

/* done may submit again: those jobs are refused like the others. */
static void refuse_waiting(struct writer *writer)
{
  const struct error error = {"the writer is closing"};
  struct writer_job *job;
  while ((job = pop(&writer->waiting)) != NULL) {
    writer->backlog--;
    job->done(job, false, &error);
  }
}

void writer_close(struct writer *writer)
{
  if (writer->closing) return;
  writer->closing = true;
  while (writer->phase != PHASE_IDLE) {
    struct error result = wait_for_thread(writer);
    advance(writer, &result);
  }
  refuse_waiting(writer);
  give(writer, ORDER_STOP);
  uv_thread_join(&writer->thread);
  uv_close((uv_handle_t *)&writer->wake, free_writer);
}
