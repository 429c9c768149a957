/* The write-ahead log stays short, even where reads overlap all the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "database_file.h"
#include "store/store_internal.h"

/* 32 MB, what a write adds, and what is written while a reader is late on a busy machine. */
enum { WRITES = 90, LOG_BYTES = 48 << 20 };

struct fixture {
  char path[64];
  atomic_bool over;
};

struct reader {
  struct fixture *fixture;
  sem_t *go, *gone; /* it is its turn; it has had it */
  bool failed;
};

static int set_up(void **state)
{
  static struct fixture fixture = {.path = "/tmp/test_checkpoint.XXXXXX"};
  close(mkstemp(fixture.path));
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  const struct fixture *fixture = *state;
  database_file_remove(fixture->path);
  return 0;
}

static struct store *open_store(const struct fixture *fixture)
{
  struct store *store;
  struct error error = {0};
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  if (store_open(&config, &store, &error)) fail_msg("%s", error.message);
  return store;
}

static off_t log_bytes(const struct fixture *fixture)
{
  char path[80];
  struct stat status;
  snprintf(path, sizeof path, "%s-wal", fixture->path);
  assert_int_equal(stat(path, &status), 0);
  return status.st_size;
}

/* Two readers, of whom one at least has a snapshot at any time: each ends its own only when it has
 * heard that the other has a new one. */
static void *read_all_the_time(void *context)
{
  struct reader *reader = context;
  struct store *store = open_store(reader->fixture);
  struct connection *connection = store_reader(store);
  while (sem_wait(reader->go) == 0 && !atomic_load(&reader->fixture->over)) {
    connection_end_read(connection);
    reader->failed = reader->failed || connection_begin_read(connection, NULL) < 0;
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* longer than a write takes */
    sem_post(reader->gone);
  }
  sem_post(reader->gone);
  connection_end_read(connection);
  store_close(store);
  return NULL;
}

/* One megabyte, twice as much in the log at most. */
static void write_much(struct connection *connection)
{
  struct error error = {0};
  if (connection_begin_write(connection, &error) ||
      connection_execute(connection, "INSERT INTO data VALUES (randomblob(1000000))", &error) ||
      connection_commit(connection, &error))
    fail_msg("%s", error.message);
}

static void stays_short(void **state)
{
  struct fixture *fixture = *state;
  struct store *store = open_store(fixture);
  struct connection *writer = store_writer(store);
  pthread_t threads[2];
  sem_t turns[2];
  struct reader readers[2];
  assert_int_equal(connection_execute(writer, "CREATE TABLE data (value BLOB)", NULL), 0);
  for (int i = 0; i < 2; i++) assert_int_equal(sem_init(&turns[i], 0, i == 0), 0);
  for (int i = 0; i < 2; i++) {
    readers[i] = (struct reader){.fixture = fixture, .go = &turns[i], .gone = &turns[1 - i]};
    assert_int_equal(pthread_create(&threads[i], NULL, read_all_the_time, &readers[i]), 0);
  }
  for (int i = 0; i < WRITES; i++) {
    write_much(writer);
    assert_in_range(log_bytes(fixture), 0, LOG_BYTES);
  }
  atomic_store(&fixture->over, true);
  for (int i = 0; i < 2; i++) {
    pthread_join(threads[i], NULL);
    assert_false(readers[i].failed);
  }
  for (int i = 0; i < 2; i++) sem_destroy(&turns[i]);
  store_close(store);
}

/* A read that goes on and on is not disturbed: the log grows until it has ended. */
static void waits_for_no_read(void **state)
{
  struct fixture *fixture = *state;
  struct store *store = open_store(fixture), *other = open_store(fixture);
  struct connection *writer = store_writer(store);
  assert_int_equal(connection_execute(writer, "CREATE TABLE data (value BLOB)", NULL), 0);
  assert_int_equal(connection_begin_read(store_reader(other), NULL), 0);
  for (int i = 0; i < 40; i++) write_much(writer);
  assert_true(log_bytes(fixture) > 40000000);
  sqlite3_stmt *count = connection_prepare(store_reader(other), "SELECT count(*) FROM data", NULL);
  assert_int_equal(sqlite3_step(count), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(count, 0), 0);
  sqlite3_finalize(count);
  connection_end_read(store_reader(other));
  for (int i = 0; i < 8; i++) write_much(writer);
  assert_in_range(log_bytes(fixture), 0, LOG_BYTES);
  store_close(other);
  store_close(store);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(stays_short, set_up, tear_down),
      cmocka_unit_test_setup_teardown(waits_for_no_read, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
