/* What makes everybody forget who is who: commits of other programs, whenever they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/host_statement.h"
#include "store/session.h"
#include "store/shared.h"
#include "store/store_internal.h"

struct fixture {
  char folder[64], path[96];
  struct store *store;
  sqlite3 *beside; /* a program that knows nothing of Writ */
};

static void open_store(struct fixture *fixture)
{
  struct error error = {0};
  snprintf(fixture->folder, sizeof fixture->folder, "/tmp/writ-test-identities-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  snprintf(fixture->path, sizeof fixture->path, "%s/writ.db", fixture->folder);
  const struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  if (store_open(&config, &fixture->store, &error) < 0) fail_msg("%s", error.message);
  assert_int_equal(sqlite3_open(fixture->path, &fixture->beside), SQLITE_OK);
}

static void close_store(struct fixture *fixture)
{
  char command[128];
  sqlite3_close(fixture->beside);
  store_close(fixture->store);
  snprintf(command, sizeof command, "rm -r %s", fixture->folder);
  assert_int_equal(system(command), 0);
}

static void write_beside(struct fixture *fixture)
{
  assert_int_equal(sqlite3_exec(fixture->beside,
                                "INSERT OR REPLACE INTO writ_served VALUES (7, zeroblob(32), 2)",
                                NULL, NULL, NULL),
                   SQLITE_OK);
}

static uint64_t version(struct fixture *fixture)
{
  struct error error = {0};
  struct connection *reader = store_reader(fixture->store);
  connection_end_read(reader);
  if (connection_begin_read(reader, &error) < 0) fail_msg("%s", error.message);
  connection_end_read(reader);
  return store_identities(fixture->store);
}

/* The writer's, in place of Writ's own: by now SQLite has let go of its lock. */
static int write_at_once(void *context, sqlite3 *handle, const char *database, int pages)
{
  struct fixture *fixture = context;
  (void)handle, (void)database, (void)pages;
  store_writer(fixture->store)->wrote = true; /* as Writ's would have noted */
  write_beside(fixture);
  return SQLITE_OK;
}

static void write_row(struct fixture *fixture)
{
  struct error error = {0};
  struct connection *writer = store_writer(fixture->store);
  if (connection_begin_write(writer, &error) < 0 ||
      connection_execute(writer,
                         "INSERT INTO writ_served VALUES (1, zeroblob(32), 1)"
                         " ON CONFLICT DO UPDATE SET served_ms = served_ms + 1",
                         &error) < 0 ||
      connection_commit(writer, &error) < 0)
    fail_msg("%s", error.message);
}

static void test_others_are_noticed(void **state)
{
  struct fixture fixture;
  (void)state;
  open_store(&fixture);
  uint64_t first = version(&fixture);
  write_row(&fixture);
  write_row(&fixture);
  assert_true(version(&fixture) == first); /* Writ's own, which changes nobody */
  write_beside(&fixture);
  uint64_t second = version(&fixture);
  assert_true(second != first);
  assert_true(version(&fixture) == second);
  close_store(&fixture);
}

static void test_others_are_noticed_right_behind_a_commit(void **state)
{
  struct fixture fixture;
  (void)state;
  open_store(&fixture);
  write_row(&fixture);
  uint64_t before = version(&fixture);
  sqlite3_wal_hook(connection_handle(store_writer(fixture.store)), write_at_once, &fixture);
  write_row(&fixture);
  connection_note_pages(store_writer(fixture.store));
  assert_true(version(&fixture) != before);
  close_store(&fixture);
}

static int64_t served_beside(struct store *store)
{
  struct host_statement statement;
  int64_t found = 0;
  host_statement_open(&statement, store_reader(store),
                      "SELECT count(*) FROM writ_served WHERE version = 7");
  if (host_statement_step(&statement)) host_statement_integer(&statement, 0, &found);
  assert_int_equal(host_statement_close(&statement, "look", NULL), 0);
  return found;
}

static void test_the_next_write_ends_a_change_whose_author_died(void **state)
{
  struct fixture fixture;
  (void)state;
  open_store(&fixture);
  write_row(&fixture);
  uint64_t before = version(&fixture);
  shared_change_identities(fixture.store->shared);
  assert_true(version(&fixture) == 0);
  write_row(&fixture);
  assert_true(version(&fixture) != 0);
  assert_true(version(&fixture) != before);
  close_store(&fixture);
}

/* The version tells of it, so a snapshot from before must not be read under that version. */
static void test_what_another_process_notices_ends_a_snapshot(void **state)
{
  struct fixture fixture;
  struct store *other;
  struct error error = {0};
  (void)state;
  open_store(&fixture);
  if (store_open(&(struct store_config){.path = fixture.path}, &other, &error) < 0)
    fail_msg("%s", error.message);
  uint64_t before = version(&fixture);
  struct connection *reader = store_reader(fixture.store);
  assert_int_equal(connection_begin_read(reader, &error), 0);
  write_beside(&fixture);
  assert_int_equal(connection_begin_read(other->reader, &error), 0);
  connection_end_read(other->reader);
  assert_true(store_identities(fixture.store) != before);
  assert_int_equal(connection_begin_read(reader, &error), 0);
  assert_int_equal(served_beside(fixture.store), 1);
  connection_end_read(reader);
  store_close(other);
  close_store(&fixture);
}

static int64_t sessions(struct connection *connection)
{
  struct host_statement statement;
  int64_t count = -1;
  host_statement_open(&statement, connection, "SELECT count(*) FROM writ_session");
  if (host_statement_step(&statement)) host_statement_integer(&statement, 0, &count);
  assert_int_equal(host_statement_close(&statement, "count", NULL), 0);
  return count;
}

static void start_session(struct fixture *fixture, int64_t now_ms)
{
  const struct session_terms terms = {.lifetime_ms = 1000, .idle_ms = 1000};
  struct json principal = json_integer(7);
  struct connection *writer = store_writer(fixture->store);
  char token[TOKEN_CHARS + 1];
  struct error error = {0};
  if (connection_begin_write(writer, &error) < 0 ||
      session_start(writer, &principal, now_ms, &terms, token, &error) < 0 ||
      connection_commit(writer, &error) < 0)
    fail_msg("%s", error.message);
}

/* Nobody relies on what has expired, and many log in. */
static void test_a_session_that_begins_changes_nothing(void **state)
{
  struct fixture fixture;
  (void)state;
  open_store(&fixture);
  start_session(&fixture, 1000);
  uint64_t before = version(&fixture);
  start_session(&fixture, 9000); /* sweeps the first */
  assert_int_equal(sessions(store_writer(fixture.store)), 1);
  assert_int_equal(version(&fixture), before);
  close_store(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_others_are_noticed),
      cmocka_unit_test(test_a_session_that_begins_changes_nothing),
      cmocka_unit_test(test_others_are_noticed_right_behind_a_commit),
      cmocka_unit_test(test_the_next_write_ends_a_change_whose_author_died),
      cmocka_unit_test(test_what_another_process_notices_ends_a_snapshot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
