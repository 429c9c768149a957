/* Migrations: what has become of them, what stays of them, and several processes at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "database_file.h"
#include "store/audit.h"
#include "store/migrate.h"
#include "store/store_internal.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const unsigned char key[HASH_BYTES] = "migrations are recorded with it";

struct fixture {
  char path[64];
  struct store *store;
  struct arena arena;
};

static struct store *open_store(const struct fixture *fixture)
{
  struct store *store;
  struct error error = {0};
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  if (store_open(&config, &store, &error) < 0) fail_msg("%s", error.message);
  store_record_migrations(store, key);
  return store;
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  snprintf(fixture->path, sizeof fixture->path, "/tmp/writ-test-migrate-XXXXXX");
  close(mkstemp(fixture->path));
  arena_init(&fixture->arena, 4096);
  fixture->store = open_store(fixture);
  *state = fixture;
  return crypto_init(NULL);
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  store_close(fixture->store);
  arena_deinit(&fixture->arena);
  database_file_remove(fixture->path);
  memory_free(fixture);
  return 0;
}

static int64_t number(struct store *store, const char *sql)
{
  sqlite3_stmt *statement = connection_prepare(store_writer(store), sql, NULL);
  assert_non_null(statement);
  int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
  sqlite3_finalize(statement);
  return value;
}

static void apply(struct store *store, const struct migration *migrations, size_t count)
{
  struct error error = {0};
  if (store_migrate(store, migrations, count, NULL, &error) < 0) fail_msg("%s", error.message);
}

/* "a.sql applied, b.sql pending" */
static void expect_status(struct fixture *fixture, const struct migration *migrations, size_t count,
                          const char *expected)
{
  struct migration_status *statuses;
  struct error error = {0};
  struct buffer out = {0};
  assert_int_equal(store_migration_status(store_reader(fixture->store), migrations, &count,
                                          &fixture->arena, &statuses, &error),
                   0);
  for (size_t i = 0; i < count; i++) {
    bool applied =
        statuses[i].state != MIGRATION_PENDING && statuses[i].state != MIGRATION_OUT_OF_ORDER;
    buffer_print(&out, "%s%s %s", i > 0 ? ", " : "", statuses[i].name,
                 migration_state_name(statuses[i].state));
    assert_int_equal(statuses[i].applied_ms > 0, applied);
    assert_int_equal(statuses[i].migration == NULL, statuses[i].state == MIGRATION_MISSING);
  }
  assert_string_equal(arena_copy(&fixture->arena, buffer_text(&out)).data, expected);
  buffer_deinit(&out);
}

static void says_what_became_of_each(void **state)
{
  struct fixture *fixture = *state;
  const struct migration before[] = {{"0002_b.sql", TEXT("CREATE TABLE b (x)")},
                                     {"0004_d.sql", TEXT("CREATE TABLE d (x)")},
                                     {"0006_f.sql", TEXT("CREATE TABLE f (x)")}};
  const struct migration after[] = {{"0001_a.sql", TEXT("")},
                                    {"0002_b.sql", TEXT("CREATE TABLE b (x)")},
                                    {"0003_c.sql", TEXT("")},
                                    {"0006_f.sql", TEXT("CREATE TABLE f (y)")},
                                    {"0007_g.sql", TEXT("")}};
  expect_status(fixture, before, 0, "");
  expect_status(fixture, before, 3, "0002_b.sql pending, 0004_d.sql pending, 0006_f.sql pending");
  apply(fixture->store, before, 3);
  expect_status(fixture, before, 3, "0002_b.sql applied, 0004_d.sql applied, 0006_f.sql applied");
  expect_status(fixture, after, 5,
                "0001_a.sql out of order, 0002_b.sql applied, 0003_c.sql out of order, "
                "0004_d.sql missing, 0006_f.sql changed, 0007_g.sql pending");
  expect_status(fixture, before, 0, "0002_b.sql missing, 0004_d.sql missing, 0006_f.sql missing");
}

/* --- The audit log. --- */

struct recorded {
  size_t count;
  const struct migration *migrations; /* the first one of them was the first */
  size_t all;
};

static void look(void *context, int64_t id, const struct audit_entry *entry)
{
  struct recorded *recorded = context;
  const struct migration *migration = &recorded->migrations[id - 1];
  unsigned char hash[HASH_BYTES];
  char resource[64];
  recorded->count++;
  crypto_hash_text(hash, TEXT(""), migration->sql);
  snprintf(resource, sizeof resource, "{\"migration\":\"%s\"}", migration->name);
  assert_true(text_is(entry->resource, resource));
  assert_memory_equal(entry->contract_hash, hash, HASH_BYTES);
  assert_true(text_is(entry->action, "migration"));
}

/* An intact log with a row for each, and no other. */
static void expect_recorded(struct store *store, const struct migration *migrations, size_t count)
{
  struct error error = {0};
  struct audit_chain chain;
  struct recorded recorded = {.migrations = migrations};
  if (audit_verify(store_reader(store), key, NULL, &chain, &error)) fail_msg("%s", error.message);
  assert_int_equal(
      audit_list(store_reader(store), &(struct audit_filter){0}, look, &recorded, NULL), 0);
  assert_int_equal(recorded.count, count);
  assert_int_equal(number(store, "SELECT count(*) FROM writ_migration"), count);
}

static void each_is_recorded_with_what_it_did(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  const struct migration migrations[] = {
      {"0001_a.sql", TEXT("CREATE TABLE a (x) STRICT")},
      {"0001_a.sql", TEXT("CREATE TABLE a (x INTEGER) STRICT")},
      {"0002_b.sql", TEXT("INSERT INTO a VALUES (1)")},
      {"0003_c.sql", TEXT("CREATE TABLE c (x INTEGER) STRICT; INSERT INTO c VALUES ('no')")}};
  assert_int_equal(store_migrate(fixture->store, migrations, 1, NULL, &error), -1);
  expect_recorded(fixture->store, migrations, 0);
  apply(fixture->store, migrations + 1, 2);
  expect_recorded(fixture->store, migrations + 1, 2);
  assert_int_equal(store_migrate(fixture->store, migrations + 1, 3, NULL, &error), -1);
  expect_recorded(fixture->store, migrations + 1, 2);
  assert_int_equal(number(fixture->store, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"),
                   0);
}

/* --- Several processes. --- */

enum { PROCESSES = 4, MIGRATIONS = 12 };

/* None of them would do twice: the rows show it. */
static void make_counting(struct migration migrations[MIGRATIONS], char names[MIGRATIONS][24])
{
  for (int i = 0; i < MIGRATIONS; i++) {
    snprintf(names[i], 24, "%04d_x.sql", i + 1);
    migrations[i] = (struct migration){
        names[i], i == 0 ? TEXT("CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)")
                         : TEXT("INSERT INTO a SELECT count(*) + 1 FROM a")};
  }
}

static _Noreturn void be_child(const struct fixture *fixture, const struct migration *migrations,
                               size_t count, int wait_for)
{
  struct store *store;
  struct error error = {0};
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  char go;
  alarm(60);
  if (store_open(&config, &store, &error) < 0) _exit(2);
  store_record_migrations(store, key);
  if (wait_for >= 0 && read(wait_for, &go, 1) != 0) _exit(3); /* until the other end is closed */
  int result = store_migrate(store, migrations, count, NULL, &error);
  if (result < 0) fprintf(stderr, "%s\n", error.message);
  _exit(result < 0);
}

static void several_at_once_apply_each_once(void **state)
{
  struct fixture *fixture = *state;
  struct migration migrations[MIGRATIONS];
  char names[MIGRATIONS][24];
  int go[2], status;
  pid_t children[PROCESSES];
  make_counting(migrations, names);
  assert_int_equal(pipe(go), 0);
  for (int i = 0; i < PROCESSES; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      close(go[1]);
      be_child(fixture, migrations, MIGRATIONS, go[0]);
    }
  }
  close(go[0]);
  close(go[1]);
  for (int i = 0; i < PROCESSES; i++) {
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  expect_recorded(fixture->store, migrations, MIGRATIONS);
  assert_int_equal(number(fixture->store, "SELECT count(*) * 100 + max(x) FROM a"),
                   MIGRATIONS * 100 + MIGRATIONS);
}

/* Killed while the second one runs: it never ends by itself. */
static void one_that_is_killed_leaves_nothing(void **state)
{
  struct fixture *fixture = *state;
  const struct migration migrations[] = {
      {"0001_a.sql", TEXT("CREATE TABLE a (x INTEGER) STRICT")},
      {"0002_b.sql",
       TEXT("CREATE TABLE b (x INTEGER) STRICT; INSERT INTO a WITH RECURSIVE n (i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")},
      {"0002_b.sql", TEXT("CREATE TABLE b (x INTEGER) STRICT")}};
  const struct migration mended[] = {migrations[0], migrations[2]};
  int status;
  pid_t child = fork();
  if (child == 0) be_child(fixture, migrations, 2, -1);
  /* The write lock cannot be had once the second has begun: nothing is between the two. */
  while (number(fixture->store, "SELECT count(*) FROM writ_migration") == 0)
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
  while (sqlite3_exec(store_reader(fixture->store)->handle, "SELECT 1", 0, 0, 0) == SQLITE_OK &&
         sqlite3_exec(store_writer(fixture->store)->handle, "BEGIN IMMEDIATE; ROLLBACK", 0, 0, 0) ==
             SQLITE_OK)
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, &status, 0), child);
  expect_recorded(fixture->store, migrations, 1);
  assert_int_equal(number(fixture->store, "SELECT count(*) FROM a"), 0);
  apply(fixture->store, mended, 2);
  expect_recorded(fixture->store, mended, 2);
}

/* --- Ends and means. --- */

static void one_without_an_end_is_ended(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  const struct migration migrations[] = {
      {"0001_a.sql", TEXT("CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)")},
      {"0002_b.sql",
       TEXT("UPDATE a SET x = 2; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i "
            "+ 1 FROM n) SELECT count(*) FROM n")}};
  store_bound_migrations(fixture->store, 50);
  assert_int_equal(store_migrate(fixture->store, migrations, 2, NULL, &error), -1);
  assert_string_equal(error.message,
                      "0002_b.sql: it has not ended after 0.05 s of CPU time: does it ever?");
  assert_int_equal(number(fixture->store, "SELECT x FROM a"), 1);
  expect_recorded(fixture->store, migrations, 1);
}

static void a_copy_is_tried_first(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  const struct migration migrations[] = {
      {"0001_a.sql", TEXT("CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)")},
      {"0002_b.sql", TEXT("DROP TABLE a; CREATE TABLE b (x TEXT) STRICT; INSERT INTO b WITH "
                          "RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9000) "
                          "SELECT hex(zeroblob(1000)) FROM n")}};
  struct store *copy;
  apply(fixture->store, migrations, 1);
  if (store_open(&(struct store_config){.copy_of = fixture->store}, &copy, &error))
    fail_msg("%s", error.message);
  assert_int_equal(number(copy, "SELECT x FROM a"), 1);
  apply(copy, migrations, 2);
  assert_int_equal(number(copy, "SELECT count(*) FROM b"), 9000);
  store_close(copy);
  expect_status(fixture, migrations, 2, "0001_a.sql applied, 0002_b.sql pending");
  expect_recorded(fixture->store, migrations, 1);
  assert_int_equal(number(fixture->store, "SELECT x FROM a"), 1);
}

/* What docs/migrations.md says of changing a table that others refer to. */
static void a_table_is_rebuilt(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  const struct migration migrations[] = {
      {"0001_a.sql", TEXT("CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, age TEXT) STRICT;"
                          "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL"
                          " REFERENCES users (id) ON DELETE CASCADE) STRICT;"
                          "CREATE INDEX users_age ON users (age);"
                          "INSERT INTO users VALUES ('a', '7'), ('b', NULL);"
                          "INSERT INTO notes VALUES (1, 'a'), (2, 'b');")},
      {"0002_rebuild.sql",
       TEXT("CREATE TABLE users_new (id TEXT NOT NULL PRIMARY KEY, age INTEGER) STRICT;"
            "INSERT INTO users_new (id, age) SELECT id, CAST(age AS INTEGER) FROM users;"
            "DROP TABLE users;"
            "ALTER TABLE users_new RENAME TO users;"
            "CREATE INDEX users_age ON users (age);")},
      {"0003_lose.sql",
       TEXT("CREATE TABLE users_new (id TEXT NOT NULL PRIMARY KEY, age INTEGER) STRICT;"
            "INSERT INTO users_new SELECT id, age FROM users WHERE age IS NOT NULL;"
            "DROP TABLE users; ALTER TABLE users_new RENAME TO users;")}};
  apply(fixture->store, migrations, 2);
  assert_int_equal(number(fixture->store, "SELECT count(*) FROM notes"), 2);
  assert_int_equal(
      number(fixture->store, "SELECT count(*) FROM users WHERE typeof(age) = 'integer'"), 1);
  assert_int_equal(number(fixture->store, "SELECT count(*) FROM sqlite_schema WHERE name ="
                                          " 'notes' AND sql LIKE '%REFERENCES users (id)%'"),
                   1);
  assert_int_equal(store_migrate(fixture->store, migrations, 3, NULL, &error), -1);
  assert_string_equal(error.message,
                      "0003_lose.sql: a row of notes refers to users and points nowhere");
  assert_int_equal(number(fixture->store, "SELECT count(*) FROM users"), 2);
  /* And what the schema says holds again. */
  assert_int_equal(
      connection_execute(store_writer(fixture->store), "DELETE FROM users WHERE id = 'a'", NULL),
      0);
  assert_int_equal(number(fixture->store, "SELECT count(*) FROM notes"), 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(says_what_became_of_each),
      TEST(each_is_recorded_with_what_it_did),
      TEST(several_at_once_apply_each_once),
      TEST(one_that_is_killed_leaves_nothing),
      TEST(one_without_an_end_is_ended),
      TEST(a_copy_is_tried_first),
      TEST(a_table_is_rebuilt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
