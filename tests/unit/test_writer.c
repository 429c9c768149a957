/* The writer against a real database: what is committed is read back through a connection of the
 * test's own. Each test ends by closing the writer and the loop, so a handle left open or a job
 * forgotten fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/memory.h"
#include "database_file.h"
#include "store/host_statement.h"
#include "store/store_internal.h"
#include "store/writer.h"

/* The clock of the batches: on a slow machine one would be over before all are in it that the test
 * puts there. */
uint64_t __wrap_clock_monotonic_ns(void);
uint64_t __wrap_clock_monotonic_ns(void)
{
  static uint64_t now_ns = UINT64_C(1000000000);
  return now_ns += 1000;
}

struct fixture {
  char path[64];
  uv_loop_t loop;
  struct store *store;
  struct writer *writer;
  sqlite3 *other; /* the test's own connection */
  int runs;       /* counts calls of run, for their order */
  int dones;
  int commits, failing_commits; /* how many were tried; how many of the next ones fail */
};

/* What a job does within its transaction. */
enum conduct {
  KEEP,
  REFUSE,
  LOSE_THEN_YES,
  BREAK_FOREIGN_KEY,
  LEAVE_SAVEPOINT,
  USE_SAVEPOINT,
  SUBMIT_IN_RUN
};

struct test_job {
  struct writer_job job;
  struct fixture *fixture;
  enum conduct conduct;
  int number;
  int ran_as, done_as; /* 1 for the first; 0: never */
  int done_count;
  bool committed;
  struct error error;
  struct test_job *submit_in_done;
  bool close_in_done;
};

static void execute(struct connection *connection, const char *sql)
{
  struct error error = {""};
  struct host_statement statement;
  host_statement_open(&statement, connection, sql);
  assert_int_equal(host_statement_finish(&statement, sql, &error), 0);
}

static bool run(struct writer_job *base, struct connection *connection)
{
  struct test_job *job = (struct test_job *)base;
  assert_true(connection_in_transaction(connection));
  job->ran_as = ++job->fixture->runs;
  struct error error = {""};
  struct host_statement statement;
  host_statement_open(&statement, connection, "INSERT INTO things (number) VALUES (?1)");
  host_statement_bind_integer(&statement, job->number);
  assert_int_equal(host_statement_finish(&statement, "insert", &error), 0);
  if (job->conduct == LOSE_THEN_YES) execute(connection, "ROLLBACK");
  if (job->conduct == BREAK_FOREIGN_KEY)
    execute(connection, "INSERT INTO children (thing) VALUES (4711)");
  if (job->conduct == LEAVE_SAVEPOINT || job->conduct == USE_SAVEPOINT)
    assert_int_equal(connection_savepoint(connection, &error), 0);
  if (job->conduct == USE_SAVEPOINT) {
    execute(connection, "INSERT INTO things (number) VALUES (1000)");
    assert_int_equal(connection_rollback(connection, &error), 0);
  }
  if (job->conduct == SUBMIT_IN_RUN) writer_submit(job->fixture->writer, &job->submit_in_done->job);
  return job->conduct != REFUSE;
}

static void done(struct writer_job *base, bool committed, const struct error *error)
{
  struct test_job *job = (struct test_job *)base;
  struct fixture *fixture = job->fixture;
  job->done_count++;
  job->done_as = ++fixture->dones;
  job->committed = committed;
  job->error = *error;
  if (job->submit_in_done != NULL && job->conduct != SUBMIT_IN_RUN)
    writer_submit(fixture->writer, &job->submit_in_done->job);
  if (job->close_in_done) writer_close(fixture->writer);
}

static struct test_job new_job(struct fixture *fixture, enum conduct conduct, int number)
{
  return (struct test_job){
      .job = {.run = run, .done = done}, .fixture = fixture, .conduct = conduct, .number = number};
}

static void submit(struct test_job *job)
{
  writer_submit(job->fixture->writer, &job->job);
}

/* How many rows a connection of its own sees that have this number. */
static int stored(struct fixture *fixture, int number)
{
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(fixture->other,
                                      "SELECT count(*) FROM things WHERE number = ?1", -1,
                                      &statement, NULL),
                   SQLITE_OK);
  sqlite3_bind_int(statement, 1, number);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int count = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return count;
}

static void expect(struct fixture *fixture, const struct test_job *job, bool committed)
{
  assert_int_equal(job->done_count, 1);
  assert_int_equal(job->committed, committed);
  assert_int_equal(stored(fixture, job->number), committed);
}

static void execute_other(struct fixture *fixture, const char *sql)
{
  char *message = NULL;
  if (sqlite3_exec(fixture->other, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
}

/* --- Set-up --- */

static int count_commit(void *context)
{
  struct fixture *fixture = context;
  fixture->commits++;
  if (fixture->failing_commits == 0) return 0;
  fixture->failing_commits--;
  return 1;
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct error error = {""};
  snprintf(fixture->path, sizeof fixture->path, "/tmp/writ-test-writer-XXXXXX");
  int file = mkstemp(fixture->path);
  assert_true(file >= 0);
  close(file);
  assert_int_equal(crypto_init(&error), 0);
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  assert_int_equal(store_open(&config, &fixture->store, &error), 0);
  assert_int_equal(sqlite3_open(fixture->path, &fixture->other), SQLITE_OK);
  execute_other(fixture, "CREATE TABLE things (id INTEGER PRIMARY KEY, number INTEGER) STRICT;"
                         "CREATE TABLE children (thing INTEGER REFERENCES things (id)"
                         " DEFERRABLE INITIALLY DEFERRED) STRICT;");
  assert_int_equal(uv_loop_init(&fixture->loop), 0);
  assert_int_equal(
      writer_new(&fixture->loop, store_writer(fixture->store), &fixture->writer, &error), 0);
  sqlite3_commit_hook(connection_handle(store_writer(fixture->store)), count_commit, fixture);
  *state = fixture;
  return 0;
}

/* The writer has been closed by the test. */
static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&fixture->loop), 0);
  sqlite3_close(fixture->other);
  store_close(fixture->store);
  database_file_remove(fixture->path);
  memory_free(fixture);
  return 0;
}

/* The loop ends by itself once there are no jobs. */
static void settle(struct fixture *fixture)
{
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  assert_int_equal(writer_backlog(fixture->writer), 0);
}

/* --- Tests --- */

static void test_commits_what_a_job_keeps(void **state)
{
  struct fixture *fixture = *state;
  struct test_job job = new_job(fixture, KEEP, 1);
  submit(&job);
  assert_int_equal(job.ran_as, 0);
  assert_int_equal(writer_backlog(fixture->writer), 1);
  settle(fixture);
  expect(fixture, &job, true);
  assert_string_equal(job.error.message, "");
  assert_false(connection_in_transaction(store_writer(fixture->store)));
  writer_close(fixture->writer);
}

static void test_rolls_back_what_a_job_refuses(void **state)
{
  struct fixture *fixture = *state;
  struct test_job refused = new_job(fixture, REFUSE, 1);
  struct test_job kept = new_job(fixture, KEEP, 2);
  submit(&refused);
  submit(&kept);
  settle(fixture);
  expect(fixture, &refused, false);
  assert_string_equal(refused.error.message, "");
  expect(fixture, &kept, true);
  writer_close(fixture->writer);
}

/* A job may say yes although SQLite has dropped its transaction: that is not believed. */
static void test_finds_a_lost_transaction(void **state)
{
  struct fixture *fixture = *state;
  struct test_job loser = new_job(fixture, LOSE_THEN_YES, 1);
  struct test_job next = new_job(fixture, KEEP, 2);
  submit(&loser);
  submit(&next);
  settle(fixture);
  expect(fixture, &loser, false);
  assert_non_null(strstr(loser.error.message, "dropped the transaction"));
  expect(fixture, &next, true);
  writer_close(fixture->writer);
}

static void test_finds_an_open_savepoint(void **state)
{
  struct fixture *fixture = *state;
  struct test_job careless = new_job(fixture, LEAVE_SAVEPOINT, 1);
  struct test_job tidy = new_job(fixture, USE_SAVEPOINT, 2);
  submit(&careless);
  submit(&tidy);
  settle(fixture);
  expect(fixture, &careless, false);
  assert_non_null(strstr(careless.error.message, "savepoint"));
  expect(fixture, &tidy, true);
  assert_int_equal(stored(fixture, 1000), 0);
  writer_close(fixture->writer);
}

/* What each of them did is not there, and each is told. */
static void test_tells_of_a_failed_commit(void **state)
{
  struct fixture *fixture = *state;
  struct test_job one = new_job(fixture, KEEP, 1), two = new_job(fixture, KEEP, 2);
  struct test_job refused = new_job(fixture, REFUSE, 3), later = new_job(fixture, KEEP, 4);
  fixture->failing_commits = 3; /* in however many batches */
  submit(&one);
  submit(&refused);
  submit(&two);
  settle(fixture);
  expect(fixture, &one, false);
  expect(fixture, &two, false);
  expect(fixture, &refused, false);
  assert_non_null(strstr(one.error.message, "cannot commit"));
  fixture->failing_commits = 0;
  submit(&later);
  settle(fixture);
  expect(fixture, &later, true);
  writer_close(fixture->writer);
}

/* Those that have queued are made durable together. */
static void test_commits_many_at_once(void **state)
{
  enum { JOBS = 50 };
  struct fixture *fixture = *state;
  struct test_job jobs[JOBS];
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = new_job(fixture, KEEP, i);
    submit(&jobs[i]);
  }
  settle(fixture);
  for (int i = 0; i < JOBS; i++) expect(fixture, &jobs[i], true);
  assert_true(fixture->commits < JOBS); /* one, if none of them takes long */
  writer_close(fixture->writer);
}

/* A reference that leads nowhere would fail the COMMIT of all. */
static void test_an_open_reference_harms_nobody(void **state)
{
  struct fixture *fixture = *state;
  struct test_job before = new_job(fixture, KEEP, 1),
                  broken = new_job(fixture, BREAK_FOREIGN_KEY, 2);
  struct test_job after = new_job(fixture, KEEP, 3);
  submit(&before);
  submit(&broken);
  submit(&after);
  settle(fixture);
  expect(fixture, &before, true);
  expect(fixture, &broken, false);
  assert_non_null(strstr(broken.error.message, "foreign key"));
  expect(fixture, &after, true);
  writer_close(fixture->writer);
}

/* The transaction goes with what the others did in it: they run again, and are answered once. */
static void test_a_lost_transaction_is_the_losers_only(void **state)
{
  enum { JOBS = 12 };
  struct fixture *fixture = *state;
  struct test_job jobs[JOBS];
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = new_job(fixture, i % 4 == 2 ? LOSE_THEN_YES : i % 4 == 3 ? REFUSE : KEEP, i);
    submit(&jobs[i]);
  }
  settle(fixture);
  for (int i = 0; i < JOBS; i++) {
    expect(fixture, &jobs[i], jobs[i].conduct == KEEP);
    bool lost = strstr(jobs[i].error.message, "dropped the transaction") != NULL;
    assert_int_equal(lost, jobs[i].conduct == LOSE_THEN_YES);
  }
  assert_int_equal(writer_backlog(fixture->writer), 0);
  writer_close(fixture->writer);
}

static void test_tells_of_a_failed_begin(void **state)
{
  struct fixture *fixture = *state;
  struct test_job early = new_job(fixture, KEEP, 1), late = new_job(fixture, KEEP, 2);
  sqlite3_busy_timeout(connection_handle(store_writer(fixture->store)), 20);
  execute_other(fixture, "BEGIN IMMEDIATE");
  submit(&early);
  settle(fixture);
  assert_int_equal(early.ran_as, 0);
  expect(fixture, &early, false);
  assert_non_null(strstr(early.error.message, "locked"));
  execute_other(fixture, "ROLLBACK");
  submit(&late);
  settle(fixture);
  expect(fixture, &late, true);
  writer_close(fixture->writer);
}

static void test_keeps_the_order(void **state)
{
  enum { JOBS = 200 };
  struct fixture *fixture = *state;
  struct test_job jobs[JOBS];
  static const enum conduct conducts[] = {KEEP, KEEP, REFUSE, KEEP, BREAK_FOREIGN_KEY};
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = new_job(fixture, conducts[i % 5], i);
    submit(&jobs[i]);
  }
  assert_int_equal(writer_backlog(fixture->writer), JOBS);
  settle(fixture);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(jobs[i].ran_as, i + 1);
    assert_int_equal(jobs[i].done_as, i + 1);
    expect(fixture, &jobs[i], jobs[i].conduct == KEEP);
  }
  writer_close(fixture->writer);
}

static void test_takes_jobs_from_run_and_done(void **state)
{
  struct fixture *fixture = *state;
  struct test_job third = new_job(fixture, KEEP, 3);
  struct test_job second = new_job(fixture, KEEP, 2);
  struct test_job first = new_job(fixture, SUBMIT_IN_RUN, 1);
  first.submit_in_done = &second;
  second.submit_in_done = &third;
  submit(&first);
  settle(fixture);
  expect(fixture, &first, true);
  expect(fixture, &second, true);
  expect(fixture, &third, true);
  writer_close(fixture->writer);
}

/* A job whose done submits the same job's memory again: it is the caller's by then. */
static void test_gives_a_job_back_before_done(void **state)
{
  struct fixture *fixture = *state;
  struct test_job job = new_job(fixture, KEEP, 1);
  job.submit_in_done = &job;
  submit(&job);
  while (job.done_count < 3) uv_run(&fixture->loop, UV_RUN_ONCE);
  job.submit_in_done = NULL;
  settle(fixture);
  assert_int_equal(job.done_count, 4);
  assert_int_equal(stored(fixture, 1), 4);
  writer_close(fixture->writer);
}

static void test_closes_idle(void **state)
{
  struct fixture *fixture = *state;
  writer_close(fixture->writer);
}

static void test_closing_refuses_what_waits(void **state)
{
  enum { JOBS = 5 };
  struct fixture *fixture = *state;
  struct test_job jobs[JOBS], late = new_job(fixture, KEEP, JOBS);
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = new_job(fixture, KEEP, i);
    submit(&jobs[i]);
  }
  jobs[3].submit_in_done = &late;
  writer_close(fixture->writer);
  for (int i = 0; i < JOBS; i++) {
    expect(fixture, &jobs[i], false);
    assert_int_equal(jobs[i].ran_as, 0);
    assert_int_equal(jobs[i].done_as, i + 1);
    assert_non_null(strstr(jobs[i].error.message, "closing"));
  }
  expect(fixture, &late, false);
  assert_false(connection_in_transaction(store_writer(fixture->store)));
}

/* Once a job has run, closing waits for its COMMIT. */
static void test_closing_commits_the_present_job(void **state)
{
  struct fixture *fixture = *state;
  struct test_job present = new_job(fixture, KEEP, 1), waiting = new_job(fixture, KEEP, 2);
  submit(&present);
  while (present.ran_as == 0) uv_run(&fixture->loop, UV_RUN_ONCE);
  submit(&waiting);
  assert_int_equal(present.done_count, 0);
  writer_close(fixture->writer);
  expect(fixture, &present, true);
  expect(fixture, &waiting, false);
}

static void test_closes_from_done(void **state)
{
  struct fixture *fixture = *state;
  struct test_job first = new_job(fixture, KEEP, 1), beside = new_job(fixture, KEEP, 2);
  struct test_job never = new_job(fixture, KEEP, 3);
  first.close_in_done = true;
  submit(&first);
  submit(&beside);
  while (beside.ran_as == 0 && first.done_count == 0) uv_run(&fixture->loop, UV_RUN_ONCE);
  bool open = first.done_count == 0;
  if (open) submit(&never);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  expect(fixture, &first, true);
  assert_int_equal(beside.done_count, 1);
  assert_int_equal(stored(fixture, 2), beside.committed);
  if (open) expect(fixture, &never, false);
}

/* A transaction that the writer found open on its connection is not continued. */
static void test_begins_afresh(void **state)
{
  struct fixture *fixture = *state;
  struct test_job job = new_job(fixture, KEEP, 1);
  execute(store_writer(fixture->store), "BEGIN IMMEDIATE");
  execute(store_writer(fixture->store), "INSERT INTO things (number) VALUES (99)");
  submit(&job);
  settle(fixture);
  expect(fixture, &job, true);
  assert_int_equal(stored(fixture, 99), 0);
  writer_close(fixture->writer);
}

/* --- Who watches --- */

enum { WATCHED_MAX = 8 };

struct watched {
  struct writer_batch batches[WATCHED_MAX];
  size_t batch_count, waiting;
  uint64_t since_ns;
};

static void watch_batch(void *context, const struct writer_batch *batch)
{
  struct watched *watched = context;
  assert_true(watched->batch_count < WATCHED_MAX);
  watched->batches[watched->batch_count++] = *batch;
}

static void watch_waiting(void *context, size_t jobs, uint64_t since_ns)
{
  struct watched *watched = context;
  watched->waiting = jobs;
  watched->since_ns = since_ns;
}

static void expect_batch(const struct watched *watched, size_t i, enum writer_end end, size_t jobs)
{
  assert_int_equal(watched->batches[i].end, end);
  assert_int_equal(watched->batches[i].jobs, jobs);
  assert_true(watched->batches[i].begin_ns > 0);
  assert_true((watched->batches[i].commit_ns > 0) == (end != WRITER_NOT_BEGUN));
}

static void test_tells_whoever_watches(void **state)
{
  struct fixture *fixture = *state;
  struct watched watched = {0};
  struct writer_watch watch = {.context = &watched, .batch = watch_batch, .waiting = watch_waiting};
  writer_watch(fixture->writer, &watch);

  struct test_job kept = new_job(fixture, KEEP, 1), refused = new_job(fixture, REFUSE, 2);
  submit(&kept);
  uint64_t since_ns = watched.since_ns;
  submit(&refused);
  assert_int_equal(watched.waiting, 2);
  assert_true(since_ns > 0 && watched.since_ns == since_ns); /* of the oldest */
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  assert_int_equal(watched.waiting, 0);
  assert_int_equal(watched.since_ns, 0);
  expect_batch(&watched, 0, WRITER_COMMITTED, 2);
  assert_true(watched.batches[0].log_bytes > 0);

  struct test_job alone = new_job(fixture, REFUSE, 3);
  submit(&alone);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  expect_batch(&watched, 1, WRITER_ROLLED_BACK, 1);

  struct test_job fails = new_job(fixture, KEEP, 4);
  fixture->failing_commits = 1;
  submit(&fails);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  expect_batch(&watched, 2, WRITER_FAILED, 1);

  struct test_job loses = new_job(fixture, LOSE_THEN_YES, 5), closes = new_job(fixture, KEEP, 6);
  closes.close_in_done = true;
  submit(&closes);
  submit(&loses); /* the first runs again */
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  expect_batch(&watched, 3, WRITER_ROLLED_BACK, 2);
  expect_batch(&watched, 4, WRITER_COMMITTED, 1);
  assert_int_equal(watched.batch_count, 5);
  assert_int_equal(watched.waiting, 0);
  assert_int_equal(watched.since_ns, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_commits_what_a_job_keeps),
      TEST(test_rolls_back_what_a_job_refuses),
      TEST(test_finds_a_lost_transaction),
      TEST(test_finds_an_open_savepoint),
      TEST(test_tells_of_a_failed_commit),
      TEST(test_commits_many_at_once),
      TEST(test_an_open_reference_harms_nobody),
      TEST(test_a_lost_transaction_is_the_losers_only),
      TEST(test_tells_of_a_failed_begin),
      TEST(test_keeps_the_order),
      TEST(test_takes_jobs_from_run_and_done),
      TEST(test_gives_a_job_back_before_done),
      TEST(test_closes_idle),
      TEST(test_closing_refuses_what_waits),
      TEST(test_closing_commits_the_present_job),
      TEST(test_closes_from_done),
      TEST(test_begins_afresh),
      TEST(test_tells_whoever_watches),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
