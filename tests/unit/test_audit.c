/* The audit log: what is appended verifies, and nothing done to it behind its back does. The
 * tampering is a table of SQL run through a connection of the test's own, without triggers and
 * checks, as somebody would who has the file but not the key. */
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
#include "store/audit.h"
#include "store/host_statement.h"

enum { ROWS = 6 };

static const unsigned char key[HASH_BYTES] = "the key of the chain";
static const unsigned char other_key[HASH_BYTES] = "a key that somebody made up";

struct fixture {
  char path[64];
  struct store *store;
  struct connection *writer;
  sqlite3 *other;
};

static void execute(struct fixture *fixture, const char *sql)
{
  struct error error = {""};
  struct host_statement statement;
  host_statement_open(&statement, fixture->writer, sql);
  if (host_statement_finish(&statement, sql, &error) < 0) fail_msg("%s", error.message);
}

static void tamper(struct fixture *fixture, const char *sql)
{
  char *message = NULL;
  if (sqlite3_exec(fixture->other, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
}

/* The row that an entry with this number makes; every field differs from its neighbours'. */
static struct audit_entry new_entry(int number)
{
  static const struct json principals[] = {
      {.type = JSON_STRING, .string = "7", .length = 1},
      {.type = JSON_INTEGER, .integer = 7},
      {.type = JSON_NULL},
  };
  struct audit_entry entry = {
      .time_ms = 1700000000000 + number,
      .action = TEXT("profile_update"),
      .outcome = (enum audit_outcome)(number % 4),
      .reason = TEXT("not_owner"),
      .detail = TEXT("notes: a row of somebody else"),
      .principal_id = principals[number % 3],
      .handler = TEXT("users.update_profile"),
      .resource = TEXT("{\"user_id\":\"7\"}"),
      .input = TEXT("{\"name\":\"a\\u0000b\"}"),
      .address = TEXT("192.0.2.1"),
      .request_id = number % 2 ? TEXT("") : TEXT("0190-aa"),
      .duration_us = 1234,
      .count = 1,
  };
  memset(entry.contract_hash, number, HASH_BYTES);
  memset(entry.handler_hash, 100 + number, HASH_BYTES);
  return entry;
}

static int append(struct fixture *fixture, const unsigned char with[HASH_BYTES], int number)
{
  struct error error = {""};
  struct audit_entry entry = new_entry(number);
  return audit_append(fixture->writer, with, &entry, &error);
}

static void append_committed(struct fixture *fixture, const unsigned char with[HASH_BYTES],
                             int from, int to)
{
  execute(fixture, "BEGIN IMMEDIATE");
  for (int number = from; number <= to; number++)
    assert_int_equal(append(fixture, with, number), 0);
  execute(fixture, "COMMIT");
}

static void expect_intact(struct fixture *fixture, int64_t expected)
{
  struct error error = {""};
  struct audit_chain chain;
  if (audit_verify(store_reader(fixture->store), key, NULL, &chain, &error) < 0)
    fail_msg("%s", error.message);
  assert_int_equal(chain.head.id, expected);
}

/* The chain is broken at `row`. */
static void expect_broken(struct fixture *fixture, int row, const char *what)
{
  struct error error = {""};
  struct audit_chain chain;
  char name[32];
  snprintf(name, sizeof name, "audit row %d ", row);
  if (audit_verify(store_reader(fixture->store), key, NULL, &chain, &error) == 0)
    fail_msg("not found: %s", what);
  if (strncmp(error.message, name, strlen(name)) != 0 || chain.head.id != row - 1)
    fail_msg("%s: %s", what, error.message);
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct error error = {""};
  snprintf(fixture->path, sizeof fixture->path, "/tmp/writ-test-audit-XXXXXX");
  int file = mkstemp(fixture->path);
  assert_true(file >= 0);
  close(file);
  assert_int_equal(crypto_init(&error), 0);
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  assert_int_equal(store_open(&config, &fixture->store, &error), 0);
  fixture->writer = store_writer(fixture->store);
  assert_int_equal(sqlite3_open(fixture->path, &fixture->other), SQLITE_OK);
  *state = fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  sqlite3_close(fixture->other);
  store_close(fixture->store);
  database_file_remove(fixture->path);
  memory_free(fixture);
  return 0;
}

/* --- Tests --- */

static void test_empty_is_intact(void **state)
{
  expect_intact(*state, 0);
}

static void test_appended_rows_verify(void **state)
{
  struct fixture *fixture = *state;
  append_committed(fixture, key, 1, ROWS);
  expect_intact(fixture, ROWS);
  append_committed(fixture, key, ROWS + 1, 100);
  expect_intact(fixture, 100);
}

static void test_stores_what_it_is_given(void **state)
{
  struct fixture *fixture = *state;
  append_committed(fixture, key, 1, ROWS);
  static const char sql[] =
      "SELECT count(*) FROM writ_audit WHERE id = 4 AND time_ms = 1700000000004"
      " AND action = 'profile_update' AND outcome = 'ok' AND reason = 'not_owner'"
      " AND detail = 'notes: a row of somebody else' AND typeof(principal_id) = 'integer'"
      " AND principal_id = 7 AND handler = 'users.update_profile'"
      " AND hex(contract_hash) = replace(hex(zeroblob(32)), '00', '04')"
      " AND hex(handler_hash) = replace(hex(zeroblob(32)), '00', '68')"
      " AND resource = '{\"user_id\":\"7\"}' AND address = '192.0.2.1' AND request_id = '0190-aa'"
      " AND duration_us = 1234 AND count = 1";
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(fixture->other, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(statement, 0), 1);
  sqlite3_finalize(statement);
}

/* A rollback takes its rows with it, and the chain goes on from what is left. */
static void test_rollbacks_need_no_care(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {""};
  append_committed(fixture, key, 1, 2);
  execute(fixture, "BEGIN IMMEDIATE");
  assert_int_equal(append(fixture, key, 3), 0);
  execute(fixture, "ROLLBACK");
  expect_intact(fixture, 2);
  execute(fixture, "BEGIN IMMEDIATE");
  assert_int_equal(append(fixture, key, 4), 0);
  assert_int_equal(connection_savepoint(fixture->writer, &error), 0);
  assert_int_equal(append(fixture, key, 5), 0);
  assert_int_equal(connection_rollback(fixture->writer, &error), 0);
  assert_int_equal(append(fixture, key, 6), 0);
  execute(fixture, "COMMIT");
  expect_intact(fixture, 4);
}

static void test_refuses_what_it_cannot_store(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {""};
  struct audit_entry entries[4];
  for (int i = 0; i < 4; i++) entries[i] = new_entry(1);
  entries[0].outcome = (enum audit_outcome)4;
  entries[1].principal_id = json_boolean(true);
  entries[2].principal_id = json_real(1.5);
  entries[3].count = 0;
  execute(fixture, "BEGIN IMMEDIATE");
  for (int i = 0; i < 4; i++) {
    error_clear(&error);
    assert_int_equal(audit_append(fixture->writer, key, &entries[i], &error), -1);
    assert_non_null(strstr(error.message, "audit log"));
  }
  assert_int_equal(append(fixture, key, 1), 0);
  execute(fixture, "COMMIT");
  expect_intact(fixture, 1);
}

static void test_is_append_only(void **state)
{
  struct fixture *fixture = *state;
  append_committed(fixture, key, 1, ROWS);
  static const char *const statements[] = {"UPDATE writ_audit SET time_ms = 0 WHERE id = 1",
                                           "DELETE FROM writ_audit WHERE id = 6",
                                           "DELETE FROM writ_audit"};
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    struct error error = {""};
    struct host_statement statement;
    host_statement_open(&statement, fixture->writer, statements[i]);
    assert_int_equal(host_statement_finish(&statement, "tamper", &error), -1);
    assert_non_null(strstr(error.message, "append-only"));
  }
  expect_intact(fixture, ROWS);
}

/* The columns but the id. */
#define REST                                                                                       \
  "time_ms, action, outcome, reason, detail, principal_id, handler, contract_hash, handler_hash,"  \
  " resource, input, address, request_id, duration_us, count, hash"

/* Everything that can be done to rows without the key, and the first row at which it shows. `log`
 * is the table's copy without types, checks and keys, which then takes its place. */
static const struct tampering {
  const char *what;
  int broken_at;
  const char *sql;
} tamperings[] = {
    /* One of every column. */
    {"id", 6, "UPDATE log SET id = 7 WHERE id = 6"},
    {"time", 3, "UPDATE log SET time_ms = time_ms + 1 WHERE id = 3"},
    {"action", 3, "UPDATE log SET action = 'profile_updat' WHERE id = 3"},
    {"outcome", 3, "UPDATE log SET outcome = 'ok' WHERE id = 3"},
    {"reason", 3, "UPDATE log SET reason = '' WHERE id = 3"},
    {"detail", 3, "UPDATE log SET detail = 'x' WHERE id = 3"},
    {"principal", 3, "UPDATE log SET principal_id = '8' WHERE id = 3"},
    {"handler", 3, "UPDATE log SET handler = 'users.me' WHERE id = 3"},
    {"contract", 3, "UPDATE log SET contract_hash = zeroblob(32) WHERE id = 3"},
    {"source", 3, "UPDATE log SET handler_hash = zeroblob(32) WHERE id = 3"},
    {"resource", 3, "UPDATE log SET resource = '{\"user_id\":\"8\"}' WHERE id = 3"},
    {"input", 3, "UPDATE log SET input = '{}' WHERE id = 3"},
    {"address", 3, "UPDATE log SET address = '192.0.2.2' WHERE id = 3"},
    {"request", 3, "UPDATE log SET request_id = 'x' WHERE id = 3"},
    {"duration", 3, "UPDATE log SET duration_us = 1235 WHERE id = 3"},
    {"count", 3, "UPDATE log SET count = 2 WHERE id = 3"},
    {"hash", 3, "UPDATE log SET hash = zeroblob(32) WHERE id = 3"},
    /* The same bytes, otherwise arranged. */
    {"moved into the next column", 3,
     "UPDATE log SET reason = '', detail = reason || detail WHERE id = 3"},
    {"text to integer", 3, "UPDATE log SET principal_id = 7 WHERE id = 3"},
    {"integer to text", 4, "UPDATE log SET principal_id = '7' WHERE id = 4"},
    {"null to empty text", 5, "UPDATE log SET principal_id = '' WHERE id = 5"},
    {"text to blob", 3, "UPDATE log SET action = CAST(action AS BLOB) WHERE id = 3"},
    {"integer to real", 3, "UPDATE log SET time_ms = time_ms + 0.0 WHERE id = 3"},
    {"integer to its digits", 3, "UPDATE log SET count = '1' WHERE id = 3"},
    {"a principal that is a blob", 3, "UPDATE log SET principal_id = x'37' WHERE id = 3"},
    {"empty text to null", 3, "UPDATE log SET request_id = NULL WHERE id = 3"},
    {"an outcome there is not", 3, "UPDATE log SET outcome = 'fine' WHERE id = 3"},
    {"a hash with a tail", 3, "UPDATE log SET hash = hash || x'00' WHERE id = 3"},
    {"a text with a hidden tail", 3,
     "UPDATE log SET action = action || char(0) || 'x' WHERE id = 3"},
    /* Rows removed, moved and put in. */
    {"a row removed", 3, "DELETE FROM log WHERE id = 3"},
    {"the first row removed", 1, "DELETE FROM log WHERE id = 1"},
    {"a row removed, the gap closed", 3,
     "DELETE FROM log WHERE id = 3; UPDATE log SET id = id - 1 WHERE id > 3"},
    {"the first rows removed, the rest renumbered", 1,
     "DELETE FROM log WHERE id < 3; UPDATE log SET id = id - 2"},
    {"two rows exchanged", 3, "UPDATE log SET id = 7 - id WHERE id IN (3, 4)"},
    {"two rows exchanged but for their hashes", 3,
     "UPDATE log SET id = 7 - id, hash = (SELECT hash FROM writ_audit AS a WHERE a.id = 7 - log.id)"
     " WHERE id IN (3, 4)"},
    {"a row put in before the first", 1,
     "INSERT INTO log SELECT 0, " REST " FROM log WHERE id = 3"},
    {"a row put in between", 4,
     "UPDATE log SET id = id + 1 WHERE id > 3;"
     "INSERT INTO log SELECT 4, " REST " FROM log WHERE id = 3"},
    {"a row put in with a used id", 4, "INSERT INTO log SELECT 3, " REST " FROM log WHERE id = 3"},
    {"the last row repeated", 7, "INSERT INTO log SELECT 7, " REST " FROM log WHERE id = 6"},
};

static void test_finds_tampering(void **state)
{
  struct fixture *fixture = *state;
  append_committed(fixture, key, 1, ROWS);
  tamper(fixture, "DROP TRIGGER writ_audit_no_update; DROP TRIGGER writ_audit_no_delete;"
                  "CREATE TABLE original AS SELECT * FROM writ_audit");
  for (size_t i = 0; i < sizeof tamperings / sizeof *tamperings; i++) {
    tamper(fixture, "CREATE TABLE log (id, " REST ");"
                    "INSERT INTO log SELECT id, " REST " FROM original");
    tamper(fixture, tamperings[i].sql);
    tamper(fixture, "DROP TABLE writ_audit; ALTER TABLE log RENAME TO writ_audit");
    expect_broken(fixture, tamperings[i].broken_at, tamperings[i].what);
    tamper(fixture, "DROP TABLE writ_audit; CREATE TABLE writ_audit (id, " REST ");"
                    "INSERT INTO writ_audit SELECT id, " REST " FROM original");
    expect_intact(fixture, ROWS); /* it was the tampering that was found, not the copying */
  }
}

/* The list above begins with every column there is: a new one must be added, to the hash as well.
 */
static void test_knows_every_column(void **state)
{
  struct fixture *fixture = *state;
  sqlite3_stmt *statement;
  assert_int_equal(
      sqlite3_prepare_v2(fixture->other, "SELECT * FROM writ_audit", -1, &statement, NULL),
      SQLITE_OK);
  assert_int_equal(sqlite3_column_count(statement), 17);
  for (int i = 0; i < 17; i++) {
    char assignment[64];
    snprintf(assignment, sizeof assignment, "SET %s = ", sqlite3_column_name(statement, i));
    assert_non_null(strstr(tamperings[i].sql, assignment));
  }
  sqlite3_finalize(statement);
}

/* Somebody rewrites the log from a row on, and computes its hashes under a key of their own. */
static void test_finds_another_key(void **state)
{
  struct fixture *fixture = *state;
  append_committed(fixture, key, 1, ROWS);
  tamper(fixture, "DROP TRIGGER writ_audit_no_delete; DELETE FROM writ_audit WHERE id >= 3");
  append_committed(fixture, other_key, 3, 3);
  expect_broken(fixture, 3, "one row under another key");
  append_committed(fixture, key, 4, ROWS);
  expect_broken(fixture, 3, "a row under another key, then the right one");
}

/* A row of another history of the same log, written by Writ itself (before a backup was restored,
 * say), does not fit into this one. */
static void test_finds_a_row_of_another_history(void **state)
{
  struct fixture *fixture = *state;
  append_committed(fixture, key, 1, ROWS);
  tamper(fixture,
         "DROP TRIGGER writ_audit_no_delete; CREATE TABLE past AS SELECT * FROM writ_audit;"
         "DELETE FROM writ_audit WHERE id >= 2");
  append_committed(fixture, key, 12, 10 + ROWS);
  expect_intact(fixture, ROWS);
  tamper(fixture, "DELETE FROM writ_audit WHERE id = 4;"
                  "INSERT INTO writ_audit SELECT * FROM past WHERE id = 4");
  expect_broken(fixture, 4, "a row of another history");
}

/* What was cut off at the end leaves a chain that is intact: the number of rows tells. */
static void test_counts_what_is_left(void **state)
{
  struct fixture *fixture = *state;
  append_committed(fixture, key, 1, ROWS);
  tamper(fixture, "DROP TRIGGER writ_audit_no_delete; DELETE FROM writ_audit WHERE id > 4");
  expect_intact(fixture, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_empty_is_intact),
      TEST(test_appended_rows_verify),
      TEST(test_stores_what_it_is_given),
      TEST(test_rollbacks_need_no_care),
      TEST(test_refuses_what_it_cannot_store),
      TEST(test_is_append_only),
      TEST(test_finds_tampering),
      TEST(test_knows_every_column),
      TEST(test_finds_another_key),
      TEST(test_finds_a_row_of_another_history),
      TEST(test_counts_what_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
