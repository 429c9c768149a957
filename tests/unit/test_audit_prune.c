/* Pruning the audit log: what stays verifies, and whoever has the file but not the key can neither
 * move its beginning nor take away what tells of it. */
#include <inttypes.h>
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

static const unsigned char key[HASH_BYTES] = "the key of the chain";
static const unsigned char other_key[HASH_BYTES] = "a key that somebody made up";
static const int64_t now_ms = 1800000000000;

struct fixture {
  char path[64];
  struct store *store;
  sqlite3 *other; /* of somebody who has the file */
};

static void tamper(struct fixture *fixture, const char *sql)
{
  char *message = NULL;
  if (sqlite3_exec(fixture->other, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
}

static int64_t value(struct fixture *fixture, const char *sql)
{
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(fixture->other, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t result = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return result;
}

/* The time of the row that is appended as `number`. */
static int64_t time_of(int number)
{
  return 1700000000000 + number;
}

static void append(struct fixture *fixture, int from, int to)
{
  struct error error = {0};
  struct connection *writer = store_writer(fixture->store);
  assert_int_equal(connection_begin_write(writer, &error), 0);
  for (int number = from; number <= to; number++) {
    struct audit_entry entry = {.time_ms = time_of(number),
                                .action = TEXT("profile_update"),
                                .handler = TEXT("users.update_profile"),
                                .principal_id = json_null(),
                                .count = 1};
    if (audit_append(writer, key, &entry, &error) < 0) fail_msg("%s", error.message);
  }
  assert_int_equal(connection_commit(writer, &error), 0);
}

static int64_t prune_with(struct fixture *fixture, const unsigned char with[HASH_BYTES],
                          int before_number, struct error *error)
{
  int64_t pruned;
  int result = audit_prune(fixture->store, with, time_of(before_number), now_ms, &pruned, error);
  return result == 0 ? pruned : -1;
}

static void prune(struct fixture *fixture, int before_number, int64_t expected)
{
  struct error error = {0};
  if (prune_with(fixture, key, before_number, &error) != expected) fail_msg("%s", error.message);
}

static struct audit_chain expect_intact(struct fixture *fixture)
{
  struct error error = {0};
  struct audit_chain chain;
  if (audit_verify(store_reader(fixture->store), key, NULL, &chain, &error) < 0)
    fail_msg("%s", error.message);
  return chain;
}

static void expect_found(struct fixture *fixture, const char *what, const char *message)
{
  struct error error = {0};
  struct audit_chain chain;
  if (audit_verify(store_reader(fixture->store), key, NULL, &chain, &error) == 0)
    fail_msg("not found: %s", what);
  if (!strstr(error.message, message)) fail_msg("%s: %s", what, error.message);
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct error error = {0};
  snprintf(fixture->path, sizeof fixture->path, "/tmp/writ-test-prune-XXXXXX");
  int file = mkstemp(fixture->path);
  assert_true(file >= 0);
  close(file);
  assert_int_equal(crypto_init(&error), 0);
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  assert_int_equal(store_open(&config, &fixture->store, &error), 0);
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

/* --- What pruning does --- */

static void test_prunes_up_to_a_time(void **state)
{
  struct fixture *fixture = *state;
  append(fixture, 1, 10);
  prune(fixture, 4, 3);
  struct audit_chain chain = expect_intact(fixture);
  assert_int_equal(chain.base.last.id, 3);
  assert_int_equal(chain.base.pruned_ms, now_ms);
  assert_int_equal(chain.base.told_by, 11);
  assert_int_equal(chain.head.id, 11);
  assert_int_equal(value(fixture, "SELECT min(id) FROM writ_audit"), 4);
  assert_int_equal(value(fixture, "SELECT count(*) FROM writ_audit WHERE id = 11 AND"
                                  " action = 'audit_pruned' AND outcome = 'ok' AND handler = ''"
                                  " AND resource = '{\"up_to\":3}'"
                                  " AND detail LIKE '3 rows, up to row 3; by %'"),
                   1);
  prune(fixture, 4, 0); /* nothing to tell of */
  assert_int_equal(expect_intact(fixture).head.id, 11);
  append(fixture, 12, 13);
  prune(fixture, 6, 2);
  chain = expect_intact(fixture);
  assert_int_equal(chain.base.last.id, 5);
  assert_int_equal(chain.head.id, 14);
}

static void test_an_empty_log_has_nothing_to_prune(void **state)
{
  prune(*state, 100, 0);
  assert_int_equal(expect_intact(*state).head.id, 0);
}

/* Times may run back; no younger row goes because an older one follows. */
static void test_stops_at_the_first_younger_row(void **state)
{
  struct fixture *fixture = *state;
  append(fixture, 1, 3);
  append(fixture, 9, 9);
  append(fixture, 4, 5);
  prune(fixture, 8, 3);
  assert_int_equal(value(fixture, "SELECT min(id) FROM writ_audit"), 4);
}

/* More rows than one transaction takes, and all that there are: the log never becomes empty, so
 * that no other key can begin it. */
static void test_prunes_in_several_transactions(void **state)
{
  struct fixture *fixture = *state;
  append(fixture, 1, 9000);
  prune(fixture, 10000, 9000);
  struct audit_chain chain = expect_intact(fixture);
  int64_t told = value(fixture, "SELECT count(*) FROM writ_audit WHERE action = 'audit_pruned'");
  assert_true(told > 1);
  assert_int_equal(chain.base.last.id, 9000);
  assert_int_equal(chain.head.id, 9000 + told);
  assert_int_equal(value(fixture, "SELECT count(*) FROM writ_audit"), told);
}

static void test_other_rows_stay_append_only(void **state)
{
  struct fixture *fixture = *state;
  append(fixture, 1, 10);
  prune(fixture, 4, 3);
  static const char *const statements[] = {"DELETE FROM writ_audit WHERE id = 4",
                                           "DELETE FROM writ_audit"};
  for (size_t i = 0; i < 2; i++) {
    struct error error = {0};
    struct host_statement statement;
    host_statement_open(&statement, store_writer(fixture->store), statements[i]);
    assert_int_equal(host_statement_finish(&statement, "tamper", &error), -1);
    assert_non_null(strstr(error.message, "append-only"));
  }
}

/* What was tampered with must not be pruned away. */
static void test_refuses_a_log_that_is_not_intact(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  append(fixture, 1, 10);
  assert_int_equal(prune_with(fixture, other_key, 4, &error), -1);
  tamper(fixture, "DROP TRIGGER writ_audit_no_update; UPDATE writ_audit SET detail = 'x'"
                  " WHERE id = 8");
  error_clear(&error);
  assert_int_equal(prune_with(fixture, key, 4, &error), -1);
  assert_non_null(strstr(error.message, "audit row 8 "));
  assert_int_equal(value(fixture, "SELECT count(*) FROM writ_audit"), 10);
}

static void test_compares_with_checkpoints(void **state)
{
  struct fixture *fixture = *state;
  static const struct {
    int64_t id;
    const char *message; /* NULL: it passes */
  } cases[] = {{2, "rows up to 5 were pruned since"},
               {4, "rows up to 5 were pruned since"},
               {5, NULL},
               {6, NULL},
               {10, NULL},
               {12, "cut off"}};
  append(fixture, 1, 10);
  for (int wrong = 0; wrong < 2; wrong++) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      struct audit_head kept = {.id = cases[i].id};
      struct audit_chain chain;
      struct error error = {0};
      sqlite3_stmt *statement;
      if (wrong == 0 && i == 0) {
        tamper(fixture, "CREATE TABLE kept AS SELECT id, hash FROM writ_audit");
        prune(fixture, 6, 5);
      }
      assert_int_equal(sqlite3_prepare_v2(fixture->other, "SELECT hash FROM kept WHERE id = ?1", -1,
                                          &statement, NULL),
                       SQLITE_OK);
      sqlite3_bind_int64(statement, 1, kept.id);
      if (sqlite3_step(statement) == SQLITE_ROW)
        memcpy(kept.hash, sqlite3_column_blob(statement, 0), HASH_BYTES);
      sqlite3_finalize(statement);
      kept.hash[0] ^= (unsigned char)wrong;
      int result = audit_verify(store_reader(fixture->store), key, &kept, &chain, &error);
      const char *expected = cases[i].message;
      if (!expected && wrong) expected = "is another than when the checkpoint was made";
      assert_int_equal(result, expected ? -1 : 0);
      if (expected && !strstr(error.message, expected)) fail_msg("%s", error.message);
    }
  }
}

/* --- What nobody can do without the key --- */

/* Rows 1 to 14, of which 1 to 3 were pruned first (row 11 tells it, `base1`), then up to 6 (row 12,
 * `base2`). `everything` has all rows that there ever were. */
static void make_history(struct fixture *fixture)
{
  append(fixture, 1, 10);
  tamper(fixture, "CREATE TABLE everything AS SELECT * FROM writ_audit");
  prune(fixture, 4, 3);
  tamper(fixture, "CREATE TABLE base1 AS SELECT * FROM writ_audit_base");
  prune(fixture, 7, 3);
  append(fixture, 13, 14);
  tamper(fixture, "CREATE TABLE base2 AS SELECT * FROM writ_audit_base;"
                  "INSERT INTO everything SELECT * FROM writ_audit WHERE id > 10;"
                  "DROP TRIGGER writ_audit_no_delete; DROP TRIGGER writ_audit_no_update");
}

static const struct {
  const char *what, *message, *sql;
} tamperings[] = {
    {"the base taken away", "audit row 1 is missing", "DELETE FROM writ_audit_base"},
    {"its table emptied and the rows renumbered", "audit row 1 ",
     "DELETE FROM writ_audit_base; UPDATE writ_audit SET id = id - 6"},
    {"an older base, its rows gone", "audit row 4 is missing",
     "REPLACE INTO writ_audit_base SELECT * FROM base1"},
    {"an older base, its rows back", "what had been pruned was put back",
     "REPLACE INTO writ_audit_base SELECT * FROM base1;"
     "INSERT OR IGNORE INTO writ_audit SELECT * FROM everything WHERE id > 3"},
    {"no base, all rows back", "what had been pruned was put back",
     "DELETE FROM writ_audit_base;"
     "INSERT OR IGNORE INTO writ_audit SELECT * FROM everything"},
    {"a pruned row back", "stands in its place",
     "INSERT INTO writ_audit SELECT * FROM everything WHERE id = 6"},
    {"the head cut off", "audit row 7 is missing", "DELETE FROM writ_audit WHERE id < 9"},
    {"the head cut off, the base moved", "(writ_audit_base) was changed",
     "UPDATE writ_audit_base SET id = 8,"
     " hash = (SELECT hash FROM writ_audit WHERE id = 8); DELETE FROM writ_audit WHERE id < 9"},
    {"only the base's id", "(writ_audit_base) was changed", "UPDATE writ_audit_base SET id = 5"},
    {"the base's hash", "(writ_audit_base) was changed",
     "UPDATE writ_audit_base SET hash = zeroblob(32)"},
    {"when it was pruned", "(writ_audit_base) was changed",
     "UPDATE writ_audit_base SET pruned_ms = pruned_ms - 1"},
    {"which row tells of it", "(writ_audit_base) was changed",
     "UPDATE writ_audit_base SET told_by = 11"},
    {"the base's mac", "(writ_audit_base) was changed",
     "UPDATE writ_audit_base SET mac = zeroblob(32)"},
    {"a mac too short", "(writ_audit_base) was changed",
     "PRAGMA ignore_check_constraints = 1; UPDATE writ_audit_base SET mac = x'00'"},
    {"the base's table gone", "cannot read where the audit log begins",
     "DROP TABLE writ_audit_base"},
    {"the row that tells of it changed", "audit row 12 ",
     "UPDATE writ_audit SET resource = '{\"up_to\":7}' WHERE id = 12"},
    {"the tail cut off before the row that tells of it", "newest rows were cut off",
     "DELETE FROM writ_audit WHERE id >= 12"},
    {"all rows gone", "newest rows were cut off", "DELETE FROM writ_audit"},
};

static void test_finds_tampering(void **state)
{
  struct fixture *fixture = *state;
  make_history(fixture);
  expect_intact(fixture);
  for (size_t i = 0; i < sizeof tamperings / sizeof *tamperings; i++) {
    char sql[512];
    snprintf(sql, sizeof sql, "BEGIN; %s; COMMIT", tamperings[i].sql);
    if (strstr(sql, "PRAGMA")) snprintf(sql, sizeof sql, "%s", tamperings[i].sql);
    tamper(fixture, sql);
    expect_found(fixture, tamperings[i].what, tamperings[i].message);
    tamper(fixture, "DROP TABLE IF EXISTS writ_audit_base;"
                    "CREATE TABLE writ_audit_base (one INTEGER PRIMARY KEY, id, hash, pruned_ms,"
                    " told_by, mac); INSERT INTO writ_audit_base SELECT * FROM base2;"
                    "DELETE FROM writ_audit;"
                    "INSERT INTO writ_audit SELECT * FROM everything WHERE id > 6");
    expect_intact(fixture); /* it was the tampering that was found */
  }
}

/* The key's owner prunes a copy of the database; its base, genuine as it is, is then used to cut
 * off the head of the first one. */
static void test_finds_a_base_of_a_copy(void **state)
{
  struct fixture *fixture = *state;
  make_history(fixture);
  prune(fixture, 9, 2);
  expect_intact(fixture);
  tamper(fixture, "DELETE FROM writ_audit WHERE id > 14");
  expect_found(fixture, "a base of a copy", "newest rows were cut off");
  append(fixture, 15, 16);
  expect_found(fixture, "a base of a copy, grown since",
               "rows up to 8 are missing, and row 15 does not tell");
}

/* A checkpoint is signed by the same key, and is no base. */
static void test_a_checkpoint_is_no_base(void **state)
{
  struct fixture *fixture = *state;
  append(fixture, 1, 10);
  struct audit_head head = expect_intact(fixture).head;
  char line[AUDIT_HEAD_CHARS], sql[600];
  audit_head_print(&head, key, line);
  const char *hash = strchr(line, ' ') + 1, *mac = strrchr(line, ' ') + 1;
  snprintf(sql, sizeof sql, "INSERT INTO writ_audit_base VALUES (1, 10, x'%.64s', 0, 11, x'%s')",
           hash, mac);
  tamper(fixture, sql);
  expect_found(fixture, "a checkpoint as a base", "(writ_audit_base) was changed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_prunes_up_to_a_time),
      TEST(test_an_empty_log_has_nothing_to_prune),
      TEST(test_stops_at_the_first_younger_row),
      TEST(test_prunes_in_several_transactions),
      TEST(test_other_rows_stay_append_only),
      TEST(test_refuses_a_log_that_is_not_intact),
      TEST(test_compares_with_checkpoints),
      TEST(test_finds_tampering),
      TEST(test_finds_a_base_of_a_copy),
      TEST(test_a_checkpoint_is_no_base),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
