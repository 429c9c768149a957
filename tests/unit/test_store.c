/* The database itself: opening, migrating, transactions, limits, results and failures; and what the
 * policy refuses of a schema. */
#include "database_file.h"
#include "store_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "store/store_internal.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- Files. --- */

struct folder {
  char path[64], file[96];
};

static void folder_make(struct folder *folder)
{
  snprintf(folder->path, sizeof folder->path, "/tmp/test_store.XXXXXX");
  assert_non_null(mkdtemp(folder->path));
  snprintf(folder->file, sizeof folder->file, "%s/app.db", folder->path);
}

static void folder_remove(const struct folder *folder)
{
  database_file_remove(folder->file);
  assert_int_equal(rmdir(folder->path), 0);
}

static struct store *open_file(const struct folder *folder)
{
  struct error error = {0};
  struct store *store = NULL;
  struct store_config config = {.path = folder->file};
  if (store_open(&config, &store, &error) < 0) fail_msg("%s", error.message);
  return store;
}

static const char *pragma(struct connection *connection, const char *name)
{
  static char value[32];
  char sql[64];
  snprintf(sql, sizeof sql, "PRAGMA %s", name);
  sqlite3_stmt *statement = connection_prepare(connection, sql, NULL);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  snprintf(value, sizeof value, "%s", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return value;
}

static void opens_a_file(void **state)
{
  (void)state;
  static const struct {
    const char *pragma, *reader, *writer;
  } settings[] = {{"journal_mode", "wal", "wal"},   {"synchronous", "2", "2"},
                  {"foreign_keys", "1", "1"},       {"query_only", "1", "0"},
                  {"recursive_triggers", "1", "1"}, {"trusted_schema", "0", "0"},
                  {"temp_store", "2", "2"},         {"cell_size_check", "1", "1"}};
  struct folder folder;
  struct stat status;
  folder_make(&folder);
  struct store *store = open_file(&folder);
  assert_ptr_not_equal(store_reader(store), store_writer(store));
  for (size_t i = 0; i < COUNT(settings); i++) {
    assert_string_equal(pragma(store_reader(store), settings[i].pragma), settings[i].reader);
    assert_string_equal(pragma(store_writer(store), settings[i].pragma), settings[i].writer);
  }
  assert_int_equal(stat(folder.file, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
  store_close(store);
  store_close(open_file(&folder));
  folder_remove(&folder);
}

static void says_why_it_cannot_open(void **state)
{
  (void)state;
  struct folder folder;
  struct store *store;
  struct error error = {0};
  struct store_config config = {.path = "/nowhere/app.db"};
  assert_int_equal(store_open(&config, &store, &error), -1);
  assert_non_null(strstr(error.message, "/nowhere/app.db: No such file"));
  folder_make(&folder);
  FILE *file = fopen(folder.file, "w");
  for (int i = 0; i < 500; i++) fputs("this is not a database. ", file);
  fclose(file);
  config.path = folder.file;
  error_clear(&error);
  assert_int_equal(store_open(&config, &store, &error), -1);
  assert_non_null(strstr(error.message, "not a database"));
  folder_remove(&folder);
  folder_make(&folder);
  assert_int_equal(symlink("elsewhere.db", folder.file), 0);
  error_clear(&error);
  assert_int_equal(store_open(&config, &store, &error), -1);
  assert_non_null(strstr(error.message, "it is a symbolic link"));
  folder_remove(&folder);
}

/* By SQLite alone, as another program would. */
static void execute_outside(const struct folder *folder, const char *sql)
{
  sqlite3 *handle;
  assert_int_equal(sqlite3_open(folder->file, &handle), SQLITE_OK);
  assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(handle);
}

static void expect_refused(const struct folder *folder, const char *why)
{
  struct store *store;
  struct error error = {0};
  struct store_config config = {.path = folder->file};
  struct arena arena;
  struct text before, after;
  arena_init(&arena, 4096);
  assert_int_equal(file_read(&arena, folder->file, 1 << 20, &before, NULL), 0);
  assert_int_equal(store_open(&config, &store, &error), -1);
  if (strstr(error.message, why) == NULL) fail_msg("%s", error.message);
  assert_int_equal(file_read(&arena, folder->file, 1 << 20, &after, NULL), 0);
  assert_true(text_equal(before, after));
  arena_deinit(&arena);
}

static void touches_no_other_database(void **state)
{
  (void)state;
  static const char *const others[] = {"CREATE TABLE notes (x)", "PRAGMA application_id = 7",
                                       "CREATE TABLE writ_audit (x)"};
  struct folder folder;
  for (size_t i = 0; i < COUNT(others); i++) {
    folder_make(&folder);
    execute_outside(&folder, others[i]);
    expect_refused(&folder, "it is not Writ's");
    folder_remove(&folder);
  }
  folder_make(&folder);
  store_close(open_file(&folder));
  store_close(open_file(&folder));
  execute_outside(&folder, "PRAGMA user_version = 1");
  expect_refused(&folder, "another version of Writ");
  folder_remove(&folder);
}

/* Writ's own tables do what schema.sql says, and nothing besides. */
static void refuses_strange_objects(void **state)
{
  (void)state;
  static const char *const others[] = {
      "CREATE TRIGGER x AFTER INSERT ON writ_audit BEGIN DELETE FROM writ_audit; END",
      "CREATE TRIGGER x BEFORE DELETE ON writ_session BEGIN SELECT RAISE(IGNORE); END",
      ("DROP TRIGGER writ_audit_no_update; CREATE TRIGGER writ_audit_no_update AFTER INSERT ON"
       " WRIT_audit BEGIN DELETE FROM writ_audit; END"),
      "ALTER TABLE writ_served RENAME TO x; CREATE VIEW writ_served AS SELECT * FROM x LIMIT 0",
      "CREATE TRIGGER '' AFTER INSERT ON writ_audit BEGIN DELETE FROM writ_audit; END",
      "CREATE TABLE Writ_more (x)",
      "ALTER TABLE writ_session ADD COLUMN x TEXT"};
  struct folder folder;
  for (size_t i = 0; i < COUNT(others); i++) {
    folder_make(&folder);
    store_close(open_file(&folder));
    execute_outside(&folder, others[i]);
    expect_refused(&folder, "somebody has changed them");
    folder_remove(&folder);
  }
  folder_make(&folder);
  store_close(open_file(&folder));
  execute_outside(&folder, "CREATE TABLE writer (x); ANALYZE; VACUUM");
  store_close(open_file(&folder));
  folder_remove(&folder);
}

/* Changed by another program while there is a policy for it. */
static void notices_another_schema(void **state)
{
  (void)state;
  static const struct {
    const char *sql;
    bool harmless;
  } cases[] = {{"INSERT INTO t VALUES ('b', 'b')", true},
               {"VACUUM", true},
               {"ANALYZE", true},
               {"CREATE INDEX i ON t (o); DROP INDEX i", true},
               {"CREATE TABLE more (id TEXT) STRICT", false},
               {"ALTER TABLE s RENAME TO old; ALTER TABLE t RENAME TO s", false},
               {"ALTER TABLE t ADD COLUMN x TEXT", false},
               {"CREATE TRIGGER g AFTER INSERT ON s BEGIN DELETE FROM t; END", false},
               {"DROP TABLE writ_audit", false}};
  static const struct table_policy policy[] = {{.table = "t", .column = "o"},
                                               {.table = "s", .ownership = TABLE_SHARED}};
  static const struct source source = {"contracts/policy.json", {"{}", 2}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct folder folder;
    struct error error = {0};
    struct report report;
    folder_make(&folder);
    report_init(&report);
    struct store *store = open_file(&folder);
    struct migration migration = {
        "0001_a.sql", TEXT("CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, o TEXT NOT NULL) STRICT;"
                           "CREATE TABLE s (id TEXT NOT NULL PRIMARY KEY, o TEXT) STRICT")};
    assert_int_equal(store_migrate(store, &migration, 1, NULL, &error), 0);
    assert_int_equal(store_set_policy(store, policy, 2, &source, &report), 0);
    assert_int_equal(connection_begin_read(store_reader(store), &error), 0);
    connection_end_read(store_reader(store));
    execute_outside(&folder, cases[i].sql);
    int expected = cases[i].harmless ? 0 : -1;
    for (int again = 0; again < 2; again++) {
      assert_int_equal(connection_begin_read(store_reader(store), &error), expected);
      assert_int_equal(connection_begin_write(store_writer(store), &error), expected);
      if (expected == 0) connection_abandon(store_writer(store), &error);
      assert_false(connection_in_transaction(store_writer(store)));
      connection_end_read(store_reader(store));
    }
    assert_int_equal(strstr(error.message, "schema was changed") == NULL, cases[i].harmless);
    store_close(store);
    report_deinit(&report);
    folder_remove(&folder);
  }
}

/* --- Migrations. --- */

static int migrate(struct store *store, const char *const *sql, size_t count, size_t *applied,
                   struct error *error)
{
  static const char *const names[] = {"0001_a.sql", "0002_b.sql", "0003_c.sql"};
  struct migration migrations[3];
  for (size_t i = 0; i < count; i++) migrations[i] = (struct migration){names[i], text_of(sql[i])};
  error_clear(error);
  return store_migrate(store, migrations, count, applied, error);
}

static void migrates_once(void **state)
{
  (void)state;
  const char *sql[] = {"CREATE TABLE a (x); -- one\nCREATE TABLE b (y);",
                       "INSERT INTO a VALUES (1);", ""};
  struct folder folder;
  struct error error = {0};
  size_t applied = 9;
  folder_make(&folder);
  struct store *store = open_file(&folder);
  assert_int_equal(migrate(store, sql, 1, &applied, &error), 0);
  assert_int_equal(applied, 1);
  assert_int_equal(migrate(store, sql, 3, &applied, &error), 0);
  assert_int_equal(applied, 2);
  store_close(store);
  store = open_file(&folder);
  assert_int_equal(migrate(store, sql, 3, &applied, &error), 0);
  assert_int_equal(applied, 0);
  assert_string_equal(pragma(store_writer(store), "foreign_keys"), "1");
  assert_int_equal(migrate(store, sql, 2, NULL, &error), -1);
  assert_non_null(strstr(error.message, "0003_c.sql has been applied, but its file is missing"));
  sql[1] = "INSERT INTO a VALUES (2);";
  assert_int_equal(migrate(store, sql, 3, NULL, &error), -1);
  assert_non_null(strstr(error.message, "0002_b.sql was changed"));
  struct migration other[] = {{"0000_z.sql", TEXT("")}};
  error_clear(&error);
  assert_int_equal(store_migrate(store, other, 1, NULL, &error), -1);
  assert_non_null(strstr(error.message, "0000_z.sql has not been applied, but a later one has"));
  store_close(store);
  folder_remove(&folder);
}

static void refuses_bad_migrations(void **state)
{
  (void)state;
  static const struct {
    const char *sql, *message;
  } cases[] = {
      {"CREATE TABLE b (y);\n\n -- x\n CREATE TABL c (z);", "0001_a.sql:4:9: near \"TABL\""},
      {"CREATE TABLE b (y);\n/* x\n*/ INSERT INTO nowhere VALUES (1);",
       "0001_a.sql:3:4: no such table"},
      {"CREATE TABLE b (y UNIQUE);\nINSERT INTO b VALUES (1), (1);",
       "0001_a.sql:2:1: UNIQUE constraint"},
      {"CREATE TABLE writ_x (y);", "Writ's own"},
      {"DROP TABLE writ_audit", "Writ's own"},
      {"DELETE FROM writ_migration", "Writ's own"},
      {"SELECT * FROM writ_session", "Writ's own"},
      {"ALTER TABLE writ_audit ADD COLUMN x", "Writ's own"},
      {"CREATE TABLE b (y); ALTER TABLE b RENAME TO Writ_b", "Writ's own"},
      {"CREATE INDEX i ON writ_audit (action)", "Writ's own"},
      {"CREATE TRIGGER t AFTER INSERT ON writ_session BEGIN SELECT 1; END", "Writ's own"},
      {"COMMIT; CREATE TABLE b (y)", "one transaction of its own"},
      {"SAVEPOINT s", "one transaction of its own"},
      {"PRAGMA writable_schema = ON", "PRAGMA does not belong"},
      {"ATTACH 'other.db' AS o", "out of reach"},
      {"CREATE TEMP TABLE b (y)", "temporary"},
      {"CREATE VIRTUAL TABLE f USING fts5(x)", "virtual table"},
      {"CREATE TABLE b (y); UPDATE sqlite_schema SET sql = ''", "may not be modified"},
      {"CREATE TABLE p (id PRIMARY KEY); CREATE TABLE b (y REFERENCES p); INSERT INTO b VALUES (1)",
       "points nowhere"},
      {"SELECT load_extension('x')", "not authorized"},
      {"CREATE TABLE b (y CHECK (y <> \"x\"))", "no such column: "},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct store *store;
    struct store_config config = {0};
    struct error error = {0};
    size_t applied;
    assert_int_equal(store_open(&config, &store, &error), 0);
    int code = migrate(store, &cases[i].sql, 1, &applied, &error);
    if (code == 0 || strstr(error.message, cases[i].message) == NULL)
      fail_msg("%s: %s", cases[i].sql, error.message);
    assert_false(connection_in_transaction(store_writer(store)));
    const char *fine = "CREATE TABLE b (y);";
    if (migrate(store, &fine, 1, &applied, &error) < 0) fail_msg("%s", error.message);
    store_close(store);
  }
}

static void rebuilds_tables(void **state)
{
  (void)state;
  const char *sql[] = {
      "CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT;"
      "CREATE TABLE c (p REFERENCES p(id) ON DELETE CASCADE);"
      "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);",
      "CREATE TABLE q (id INTEGER PRIMARY KEY, more TEXT) STRICT;"
      "INSERT INTO q (id) SELECT id FROM p; DROP TABLE p; ALTER TABLE q RENAME TO p;"};
  struct store *store;
  struct store_config config = {0};
  struct error error = {0};
  assert_int_equal(store_open(&config, &store, &error), 0);
  if (migrate(store, sql, 2, NULL, &error) < 0) fail_msg("%s", error.message);
  sqlite3_stmt *count = connection_prepare(store_writer(store), "SELECT count(*) FROM c", &error);
  assert_int_equal(sqlite3_step(count), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(count, 0), 1);
  sqlite3_finalize(count);
  assert_int_equal(store_run_script(store, "s", TEXT("INSERT INTO c VALUES (7)"), &error), -1);
  assert_non_null(strstr(error.message, "FOREIGN KEY"));
  store_close(store);
}

/* --- The policy against the schema. --- */

static void refuses_bad_policies(void **state)
{
  (void)state;
  static const char *const role[] = {"role"}, *const hash[] = {"hash"}, *const id[] = {"id"};
  static const struct {
    const char *schema;
    struct table_policy policy;
    const char *message;
  } cases[] = {
      {"CREATE TABLE t (id TEXT PRIMARY KEY, o TEXT) STRICT; CREATE TABLE s (x TEXT) STRICT",
       {.table = "t", .column = "o"},
       "s: the table has no line"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, o TEXT)", {.table = "t", .column = "o"}, "not STRICT"},
      {"CREATE TABLE s (id TEXT) STRICT", {.table = "t", .column = "o"}, "there is no such table"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, owner TEXT) STRICT",
       {.table = "t", .column = "ower"},
       "did you mean owner?"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, o REAL) STRICT",
       {.table = "t", .column = "o"},
       "o is of type REAL"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, o ANY) STRICT",
       {.table = "t", .column = "o"},
       "o is of type ANY"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, o TEXT COLLATE NOCASE) STRICT",
       {.table = "t", .column = "o"},
       "o is compared by NOCASE"},
      {"CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, o TEXT) STRICT",
       {.table = "t", .column = "o"},
       "id is compared by NOCASE"},
      {"CREATE TABLE t (id BLOB PRIMARY KEY, o TEXT) STRICT",
       {.table = "t", .column = "o"},
       "id is of type BLOB"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, o TEXT AS (id)) STRICT",
       {.table = "t", .column = "o"},
       "o is generated"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, g TEXT AS (id), o TEXT) STRICT",
       {.table = "t", .column = "o"},
       "o stands behind the generated column g"},
      {"CREATE TABLE t (id TEXT, g TEXT AS (id), role TEXT) STRICT",
       {.table = "t", .column = "id", .guarded = role, .guarded_count = 1},
       "role stands behind the generated column g"},
      {"CREATE TABLE t (id TEXT, role TEXT NOT NULL DEFAULT (upper('x'))) STRICT",
       {.table = "t", .column = "id", .guarded = role, .guarded_count = 1},
       "default that is computed"},
      {"CREATE TABLE t (id TEXT, role TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT",
       {.table = "t", .column = "id", .guarded = role, .guarded_count = 1},
       "default that is computed"},
      {"CREATE TABLE t (id TEXT, role TEXT DEFAULT 'user') STRICT",
       {.table = "t", .column = "id", .guarded = role, .guarded_count = 1},
       "may be NULL"},
      {"CREATE TABLE t (id TEXT) STRICT",
       {.table = "t", .column = "id", .guarded = role, .guarded_count = 1},
       "there is no column role"},
      {"CREATE TABLE t (id TEXT, hash TEXT, hint TEXT AS (substr(hash, 1, 3))) STRICT",
       {.table = "t", .column = "id", .secrets = hash, .secret_count = 1},
       "hint is generated"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, o TEXT) STRICT",
       {.table = "t", .column = "o", .secrets = id, .secret_count = 1},
       "id is secret and tells rows"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS SELECT id FROM main.t",
       {.table = "t", .column = "id"},
       "the view v: a query may not name a schema"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v(x) AS SELECT id FROM \"main\" . t",
       {.table = "t", .column = "id"},
       "the view v: a query may not name a schema"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS SELECT hash FROM writ_session",
       {.table = "t", .column = "id"},
       "the view v: writ_session: names that begin"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS WITH t AS (SELECT 1 AS id) SELECT id "
       "FROM t",
       {.table = "t", .column = "id"},
       "WITH t takes the name of a table"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS SELECT random() AS r FROM t",
       {.table = "t", .column = "id"},
       "random() is not one that queries may call"},
      {"CREATE TABLE t (id TEXT, hash TEXT) STRICT; CREATE VIEW v AS SELECT * FROM t",
       {.table = "t", .column = "id", .secrets = hash, .secret_count = 1},
       "the view v: t.hash is secret"},
      {"CREATE TABLE t (id TEXT, hash TEXT) STRICT; CREATE VIEW v AS SELECT id FROM t WHERE hash > "
       "'m'",
       {.table = "t", .column = "id", .secrets = hash, .secret_count = 1},
       "the view v: t.hash is secret"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS SELECT id FROM w;"
       "CREATE VIEW w AS SELECT id FROM v",
       {.table = "t", .column = "id"},
       "circularly defined"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS SELECT id FROM t;"
       "CREATE TRIGGER r INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.id); END",
       {.table = "t", .column = "id"},
       "the view v: its trigger r would write"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS SELECT id FROM t;"
       "CREATE TRIGGER v AFTER INSERT ON t BEGIN SELECT 1; END",
       {.table = "t", .column = "id"},
       "the view v: a trigger has the same name"},
      {"CREATE TABLE u (id TEXT) STRICT; CREATE VIEW t AS SELECT id FROM u",
       {.table = "t", .column = "id"},
       "the view t: it has a line in the policy"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE VIEW v AS SELECT id FROM t",
       {.table = "t", .column = "id", .readable = {"id IN (SELECT id FROM v)", 24}},
       "v is a view: the policy's own SQL"},
      {"CREATE TABLE t (id TEXT) STRICT; CREATE TRIGGER T AFTER INSERT ON t BEGIN SELECT 1; END",
       {.table = "t", .column = "id"},
       "a trigger has the name of the table"},
      {"CREATE TABLE t (id TEXT, p TEXT) STRICT",
       {.table = "t", .ownership = TABLE_CHILD, .column = "p", .parent = "t"},
       "p is no foreign key"},
      {"CREATE TABLE t (id TEXT PRIMARY KEY, p TEXT REFERENCES t(id)) STRICT",
       {.table = "t", .ownership = TABLE_CHILD, .column = "p", .parent = "t"},
       "lead back to itself"},
      {"CREATE TABLE t (id TEXT, w BLOB REFERENCES writ_session(id)) STRICT",
       {.table = "t", .column = "id"},
       "refers to writ_session, which is none"},
      {"CREATE TABLE t (id TEXT) STRICT",
       {.table = "t", .column = "id", .members = {"SELECT id, id FROM t", 20}},
       "SELECT of one column"},
      {"CREATE TABLE t (id TEXT) STRICT",
       {.table = "t", .column = "id", .members = {"SELECT id FROM t WHERE id = :x", 30}},
       "no parameter but :principal_id"},
      {"CREATE TABLE t (id TEXT) STRICT",
       {.table = "t", .column = "id", .members = {"SELECT random()", 15}},
       "random() is not"},
      {"CREATE TABLE t (id TEXT) STRICT",
       {.table = "t", .column = "id", .members = {"SELECT action FROM writ_audit", 29}},
       "not the app's"},
      {"CREATE TABLE t (id TEXT, n INTEGER) STRICT",
       {.table = "t", .column = "id", .members = {"SELECT n FROM t", 15}},
       "`in` gives INTEGER"},
      {"CREATE TABLE t (id TEXT) STRICT",
       {.table = "t", .column = "id", .readable = {"1) OR (1", 8}},
       "not one expression"},
      {"CREATE TABLE t (id TEXT) STRICT",
       {.table = "t", .column = "id", .readable = {"absent = 1", 10}},
       "no such column: absent"},
      {"CREATE TABLE t (id TEXT, hash TEXT) STRICT",
       {.table = "t",
        .column = "id",
        .secrets = hash,
        .secret_count = 1,
        .readable = {"hash = 1", 8}},
       "t.hash is secret"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct fixture fixture;
    fixture_open(&fixture, cases[i].schema);
    assert_int_equal(fixture_set_policy(&fixture, &cases[i].policy, 1), -1);
    bool found = false;
    for (struct finding *finding = fixture.report.first; finding != NULL; finding = finding->next) {
      const char *help = finding->help != NULL ? finding->help : "";
      found = found || strstr(finding->message, cases[i].message) != NULL ||
              strstr(help, cases[i].message) != NULL;
    }
    if (!found) {
      report_print(&fixture.report, stderr);
      fail_msg("%s: %s", cases[i].schema, cases[i].message);
    }
    fixture_close(&fixture);
  }
}

static void refuses_mixed_ids_and_shared_parents(void **state)
{
  static const char *const secret[] = {"s"};
  (void)state;
  static const struct {
    const char *schema;
    struct table_policy policies[2];
    const char *message;
  } cases[] = {
      {"CREATE TABLE a (o TEXT) STRICT; CREATE TABLE b (o INTEGER) STRICT",
       {{.table = "a", .column = "o"}, {.table = "b", .column = "o"}},
       "but a.o is TEXT"},
      {"CREATE TABLE a (id TEXT PRIMARY KEY) STRICT; CREATE TABLE b (a TEXT REFERENCES a(id)) "
       "STRICT",
       {{.table = "a", .ownership = TABLE_SHARED},
        {.table = "b", .ownership = TABLE_CHILD, .column = "a", .parent = "a"}},
       "its parent a is shared"},
      {"CREATE TABLE a (id TEXT PRIMARY KEY, o TEXT) STRICT;"
       "CREATE TABLE b (a INTEGER REFERENCES a(id)) STRICT",
       {{.table = "a", .column = "o"},
        {.table = "b", .ownership = TABLE_CHILD, .column = "a", .parent = "a"}},
       "another type than a.id"},
      {"CREATE TABLE a (id TEXT PRIMARY KEY, s TEXT UNIQUE) STRICT;"
       "CREATE TABLE b (o TEXT, copy TEXT REFERENCES a(s) ON UPDATE CASCADE) STRICT",
       {{.table = "a", .column = "id", .secrets = secret, .secret_count = 1},
        {.table = "b", .column = "o"}},
       "copy refers to a secret, a.s"},
      {"CREATE TABLE a (id TEXT, o TEXT) STRICT",
       {{.table = "a", .column = "o"}, {.table = "A", .column = "id"}},
       "the table has two lines"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct fixture fixture;
    fixture_open(&fixture, cases[i].schema);
    assert_int_equal(fixture_set_policy(&fixture, cases[i].policies, 2), -1);
    assert_non_null(strstr(fixture.report.first->message, cases[i].message));
    fixture_close(&fixture);
  }
}

/* --- Running. --- */

static const char things[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER CHECK (n < 100),"
    "  r REAL, j TEXT, b BLOB, u TEXT UNIQUE, parent INTEGER REFERENCES t(id) DEFERRABLE INITIALLY "
    "DEFERRED,"
    "  needed TEXT NOT NULL DEFAULT '', CONSTRAINT short CHECK (length(needed) < 10)) STRICT;"
    "CREATE UNIQUE INDEX low ON t (lower(name));"
    "CREATE TRIGGER no_thirteen BEFORE INSERT ON t WHEN new.n = 13 BEGIN"
    "  SELECT RAISE(ABORT, 'unlucky'); END;"
    "INSERT INTO t (id, u, name, n, r, j, b) VALUES (1, 'u', 'one', 1, 1.5, '{\"a\":[1]}', x'00'),"
    "  (2, NULL, 'two', 2, 9e999, 'not json', NULL), (3, NULL, CAST(x'ff' AS TEXT), NULL, NULL, "
    "NULL, NULL);";

static void set_up_things(struct fixture *fixture)
{
  struct table_policy policy = {.table = "t", .ownership = TABLE_SHARED};
  fixture_open(fixture, things);
  assert_int_equal(fixture_set_policy(fixture, &policy, 1), 0);
}

static void tells_failures_apart(void **state)
{
  (void)state;
  static const struct {
    const char *sql;
    enum store_outcome outcome;
    enum constraint_kind constraint;
    const char *detail;
  } cases[] = {
      {"INSERT INTO t (u) VALUES ('u')", STORE_CONSTRAINT, CONSTRAINT_UNIQUE, "t.u"},
      {"INSERT INTO t (name) VALUES ('ONE')", STORE_CONSTRAINT, CONSTRAINT_UNIQUE, "index 'low'"},
      {"INSERT INTO t (id) VALUES (1)", STORE_CONSTRAINT, CONSTRAINT_UNIQUE, "t.id"},
      {"UPDATE t SET n = 100 WHERE id = 1", STORE_CONSTRAINT, CONSTRAINT_CHECK, "n < 100"},
      {"INSERT INTO t (needed) VALUES ('much too long')", STORE_CONSTRAINT, CONSTRAINT_CHECK,
       "short"},
      {"INSERT INTO t (n) VALUES (13)", STORE_CONSTRAINT, CONSTRAINT_CHECK, "unlucky"},
      {"INSERT INTO t (needed) VALUES (NULL)", STORE_CONSTRAINT, CONSTRAINT_NOT_NULL, "t.needed"},
      {"INSERT INTO t (n) VALUES ('x')", STORE_BAD_VALUE, 0, "cannot store TEXT value in INTEGER"},
      {"INSERT INTO t (id) VALUES ('x')", STORE_BAD_VALUE, 0, ""},
      {"SELECT json_extract('{', '$') AS x", STORE_BAD_VALUE, 0, "malformed JSON"},
      {"SELECT sum(value) AS x FROM json_each('[9223372036854775807,1]')", STORE_BAD_VALUE, 0,
       "overflow"},
      {"SELECT 'a' LIKE replace('"
       "0123456789012345678901234567890123456789"
       "', '0', '"
       "0123456789012345678901234567890123456789012345678901234567890123456789"
       "0123456789012345678901234567890123456789012345678901234567890123456789') AS x",
       STORE_TOO_LARGE, 0, "too complex"},
      {"SELECT b FROM t WHERE id = 1", STORE_BAD_VALUE, 0, "b"},
      {"SELECT r FROM t WHERE id = 2", STORE_BAD_VALUE, 0, "r"},
      {"SELECT name FROM t WHERE id = 3", STORE_BAD_VALUE, 0, "name"},
      {"SELECT replace(hex(replace(quote(:big), 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxx')), 'x', 'y') AS x",
       STORE_TOO_LARGE, 0, "too big"},
      {"SELECT replace(:big, 'x', 'xxxxxxxxxx') AS x FROM t", STORE_TOO_LARGE, 0, "x"},
      {"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
       STORE_ROWS, 0, "test.query"},
  };
  struct fixture fixture;
  set_up_things(&fixture);
  char *big = memory_new(65536);
  memset(big, 'x', 65536);
  struct json parameter = json_string((struct text){big, 65535});
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct error error;
    struct store_failure failure;
    struct statement *statement = fixture_compile(&fixture, cases[i].sql, 0, &error);
    if (statement == NULL) fail_msg("%s: %s", cases[i].sql, error.message);
    const char *result = fixture_run(&fixture, statement, NULL, &parameter, &failure);
    if (result != NULL || failure.outcome != cases[i].outcome ||
        strstr(failure.detail, cases[i].detail) == NULL ||
        (failure.outcome == STORE_CONSTRAINT && failure.constraint != cases[i].constraint))
      fail_msg("%s: outcome %d, constraint %d, %s", cases[i].sql, failure.outcome,
               failure.constraint, failure.detail);
    statement_free(statement);
  }
  memory_free(big);
  fixture_close(&fixture);
}

static void binds_values(void **state)
{
  (void)state;
  struct fixture fixture;
  struct error error;
  struct store_failure failure;
  set_up_things(&fixture);
  struct json items[] = {json_integer(1), json_string(TEXT("a\"b"))};
  struct json array = {.type = JSON_ARRAY, .items = items, .length = 2};
  char *long_text = memory_new(65538);
  memset(long_text, 'x', 65537);
  struct json nan = {.type = JSON_REAL, .real = __builtin_nan("")};
  struct {
    struct json value;
    const char *result; /* NULL: refused with this outcome */
    enum store_outcome outcome;
  } cases[] = {
      {json_null(), "[{\"v\":null,\"t\":\"null\"}]", 0},
      {json_boolean(true), "[{\"v\":1,\"t\":\"integer\"}]", 0},
      {json_integer(INT64_MIN), "[{\"v\":-9223372036854775808,\"t\":\"integer\"}]", 0},
      {json_real(0.5), "[{\"v\":0.5,\"t\":\"real\"}]", 0},
      {json_string(TEXT("")), "[{\"v\":\"\",\"t\":\"text\"}]", 0},
      {json_string(TEXT("a\0b")), "[{\"v\":\"a\\u0000b\",\"t\":\"text\"}]", 0},
      {array, "[{\"v\":\"[1,\\\"a\\\\\\\"b\\\"]\",\"t\":\"text\"}]", 0},
      {json_string((struct text){long_text, 65537}), NULL, STORE_TOO_LARGE},
      {nan, NULL, STORE_BAD_VALUE},
  };
  struct statement *statement =
      fixture_compile(&fixture, "SELECT :v AS v, typeof(:v) AS t", 0, &error);
  assert_int_equal(statement_info(statement)->parameter_count, 1);
  assert_true(text_is(statement_info(statement)->parameters[0], "v"));
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *result = fixture_run(&fixture, statement, NULL, &cases[i].value, &failure);
    if (cases[i].result != NULL)
      assert_string_equal(result, cases[i].result);
    else
      assert_int_equal(failure.outcome, cases[i].outcome);
  }
  statement_free(statement);
  memory_free(long_text);
  fixture_close(&fixture);
}

static void gives_rows_as_declared(void **state)
{
  (void)state;
  static const struct text json[] = {{"j", 1}}, boolean[] = {{"yes", 3}};
  static const struct {
    const char *sql;
    enum statement_rows rows;
    uint32_t rows_max;
    const char *result, *message;
    enum store_outcome outcome;
  } cases[] = {
      {"SELECT id, j FROM t WHERE id = 1", ROWS_ONE, 0, "{\"id\":1,\"j\":{\"a\":[1]}}", NULL, 0},
      {"SELECT id FROM t WHERE id = 9", ROWS_ONE, 0, "null", NULL, 0},
      {"SELECT id FROM t", ROWS_ONE, 0, NULL, NULL, STORE_ROWS},
      {"SELECT id FROM t", ROWS_MANY, 3, "[{\"id\":1},{\"id\":2},{\"id\":3}]", NULL, 0},
      {"SELECT id FROM t", ROWS_MANY, 2, NULL, NULL, STORE_ROWS},
      {"SELECT count(*) FROM t", ROWS_VALUE, 0, "3", NULL, 0},
      {"SELECT id FROM t WHERE id = 9", ROWS_VALUE, 0, "null", NULL, 0},
      {"SELECT id FROM t", ROWS_VALUE, 0, NULL, NULL, STORE_ROWS},
      {"SELECT j FROM t WHERE id = 2", ROWS_VALUE, 0, NULL, NULL, STORE_BAD_VALUE},
      {"SELECT j FROM t WHERE id = 3", ROWS_VALUE, 0, "null", NULL, 0},
      {"SELECT 1 AS yes, 1 AS n", ROWS_ONE, 0, "{\"yes\":true,\"n\":1}", NULL, 0},
      {"SELECT 1 = 2 AS yes", ROWS_VALUE, 0, "false", NULL, 0},
      {"SELECT NULL AS yes", ROWS_VALUE, 0, "null", NULL, 0},
      {"SELECT 2 AS yes", ROWS_VALUE, 0, NULL, NULL, STORE_BAD_VALUE},
      {"SELECT 1.0 AS yes", ROWS_VALUE, 0, NULL, NULL, STORE_BAD_VALUE},
      {"SELECT '1' AS yes", ROWS_VALUE, 0, NULL, NULL, STORE_BAD_VALUE},
      {"SELECT id, n FROM t", ROWS_VALUE, 0, NULL, "has one column", 0},
      {"UPDATE t SET n = 5 WHERE id < 3", ROWS_EXEC, 0, "2", NULL, 0},
      {"UPDATE t SET n = 5 WHERE 0", ROWS_EXEC, 0, "0", NULL, 0},
      {"UPDATE t SET n = 5 WHERE id = 1 RETURNING id, n", ROWS_ONE, 0, "{\"id\":1,\"n\":5}", NULL,
       0},
      {"UPDATE t SET n = 5 RETURNING id", ROWS_ONE, 0, NULL, NULL, STORE_ROWS},
      {"UPDATE t SET n = 5 RETURNING id", ROWS_EXEC, 0, NULL, "an :exec query gives no rows", 0},
      {"SELECT id FROM t", ROWS_EXEC, 0, NULL, "an :exec query gives no rows", 0},
      {"DELETE FROM t", ROWS_ONE, 0, NULL, "it gives no rows", 0},
      {"INSERT INTO t (name) VALUES (new_id()) RETURNING length(name) AS n", ROWS_ONE, 0,
       "{\"n\":36}", NULL, 0},
  };
  struct fixture fixture;
  set_up_things(&fixture);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct error error = {0};
    struct store_failure failure;
    struct statement *statement = NULL;
    struct statement_spec spec = {.name = "q",
                                  .sql = text_of(cases[i].sql),
                                  .rows = cases[i].rows,
                                  .rows_max = cases[i].rows_max,
                                  .json_columns = json,
                                  .json_column_count = 1,
                                  .boolean_columns = boolean,
                                  .boolean_column_count = 1};
    size_t offset;
    int code = statement_compile(fixture.store, &spec, &statement, &offset, &error);
    if (cases[i].message != NULL) {
      assert_int_equal(code, -1);
      assert_non_null(strstr(error.message, cases[i].message));
      continue;
    }
    if (code < 0) fail_msg("%s: %s", cases[i].sql, error.message);
    const char *result = fixture_run(&fixture, statement, NULL, NULL, &failure);
    if (cases[i].result == NULL && failure.outcome != cases[i].outcome)
      fail_msg("%s: outcome %d", cases[i].sql, failure.outcome);
    if (cases[i].result != NULL && (result == NULL || strcmp(result, cases[i].result) != 0))
      fail_msg("%s gave %s, outcome %d", cases[i].sql, result, failure.outcome);
    statement_free(statement);
  }
  fixture_close(&fixture);
}

static void points_at_what_is_wrong(void **state)
{
  (void)state;
  static const struct {
    const char *sql, *at;
    unsigned rights;
  } cases[] = {{"SELECT id FROM t WHERE wrong = 1", "wrong", 0},
               {"SELECT x.id FROM t, t AS x WHERE x.wrong = 1", "x.wrong", STATEMENT_FOREIGN},
               {"SELECT id FROM t WHERE random() = 1", "random", STATEMENT_FOREIGN},
               {"SELECT id FROM t WHERE id = @x", "@x", 0},
               {"SELECT count(*) FROM t", "count", 0},
               {"SELECT 1 AS x; SELECT 2", "SELECT 2", 0},
               {"SELECT id FROM main.t", "main", 0}};
  struct fixture fixture;
  set_up_things(&fixture);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct error error = {0};
    struct statement *statement;
    struct statement_spec spec = {
        .name = "q", .sql = text_of(cases[i].sql), .rights = cases[i].rights, .rows = ROWS_MANY};
    size_t offset;
    assert_int_equal(statement_compile(fixture.store, &spec, &statement, &offset, &error), -1);
    if (strncmp(cases[i].sql + offset, cases[i].at, strlen(cases[i].at)) != 0 &&
        strcmp(cases[i].at, "count") != 0)
      fail_msg("%s: at %zu: %s", cases[i].sql, offset, error.message);
  }
  fixture_close(&fixture);
}

/* --- Transactions. --- */

static int run(struct statement *statement, struct connection *connection,
               struct store_failure *failure)
{
  struct arena arena;
  struct json result;
  struct statement_call call = {.values = NULL, .now_ms = 1};
  arena_init(&arena, 1024);
  int code = statement_run(statement, connection, &call, &arena, &result, failure);
  arena_deinit(&arena);
  return code;
}

static void writes_in_transactions_of_the_writer_only(void **state)
{
  (void)state;
  struct folder folder;
  struct error error = {0};
  struct store_failure failure;
  struct statement *insert, *count;
  size_t offset;
  const char *schema = "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT";
  struct table_policy policy = {.table = "t", .ownership = TABLE_SHARED};
  struct report report;
  folder_make(&folder);
  struct store *store = open_file(&folder);
  struct connection *reader = store_reader(store), *writer = store_writer(store);
  report_init(&report);
  assert_int_equal(migrate(store, &schema, 1, NULL, &error), 0);
  assert_int_equal(store_set_policy(store, &policy, 1, NULL, &report), 0);
  struct statement_spec spec = {
      .name = "i", .sql = TEXT("INSERT INTO t DEFAULT VALUES"), .rows = ROWS_EXEC};
  assert_int_equal(statement_compile(store, &spec, &insert, &offset, &error), 0);
  spec = (struct statement_spec){.name = "c", .sql = TEXT("SELECT id FROM t"), .rows = ROWS_ONE};
  assert_int_equal(statement_compile(store, &spec, &count, &offset, &error), 0);

  assert_int_equal(run(insert, reader, &failure), -1);
  assert_int_equal(failure.outcome, STORE_FAILED);
  assert_int_equal(run(insert, writer, &failure), -1);
  assert_int_equal(failure.outcome, STORE_FAILED);
  assert_int_equal(connection_savepoint(writer, &error), -1);

  assert_int_equal(connection_begin_read(reader, &error), 0);
  assert_int_equal(connection_execute(writer, "BEGIN IMMEDIATE", &error), 0);
  error_clear(&error);
  for (int i = 0; i < 3; i++) { /* kept, rolled back, kept: two rows, the second beyond :one */
    assert_int_equal(connection_savepoint(writer, &error), 0);
    assert_int_equal(run(insert, writer, &failure), 0);
    if (i == 1)
      assert_int_equal(connection_rollback(writer, &error), 0);
    else
      assert_int_equal(connection_release(writer, &error), 0);
  }
  assert_int_equal(run(count, writer, &failure), -1);
  assert_int_equal(failure.outcome, STORE_ROWS);
  assert_int_equal(connection_execute(writer, "COMMIT", &error), 0);
  assert_int_equal(run(count, reader, &failure), 0); /* still the snapshot from before */
  connection_end_read(reader);
  assert_int_equal(run(count, reader, &failure), -1);
  assert_int_equal(failure.outcome, STORE_ROWS);
  statement_free(insert);
  statement_free(count);
  report_deinit(&report);
  store_close(store);
  folder_remove(&folder);
}

static void keeps_deferred_references_open_not_over_release(void **state)
{
  (void)state;
  struct fixture fixture;
  struct error error = {0};
  struct store_failure failure;
  set_up_things(&fixture);
  struct connection *connection = store_writer(fixture.store);
  struct statement *statement =
      fixture_compile(&fixture, "INSERT INTO t (parent) VALUES (77)", 0, &error);
  assert_int_equal(connection_execute(connection, "BEGIN", &error), 0);
  assert_int_equal(connection_savepoint(connection, &error), 0);
  assert_int_equal(run(statement, connection, &failure), 0);
  assert_int_equal(connection_release(connection, &error), -1);
  assert_non_null(strstr(error.message, "deferred foreign key"));
  error_clear(&error);
  assert_int_equal(connection_rollback(connection, &error), 0);
  assert_int_equal(connection_savepoint(connection, &error), 0);
  assert_int_equal(connection_release(connection, &error), 0);
  connection_end_read(connection);
  statement_free(statement);
  fixture_close(&fixture);
}

static bool stop_at_third(void *context)
{
  int *asked = context;
  return ++*asked == 3;
}

static void interrupts(void **state)
{
  (void)state;
  struct fixture fixture;
  struct error error = {0};
  struct store_failure failure;
  int asked = 0;
  set_up_things(&fixture);
  struct connection *connection = store_writer(fixture.store);
  struct statement *endless = fixture_compile(
      &fixture,
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) AS m FROM c",
      0, &error);
  struct statement *update = fixture_compile(
      &fixture,
      "INSERT INTO t (n) WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
      " SELECT 1 FROM c",
      0, &error);
  connection_set_interrupt(connection, stop_at_third, &asked);
  assert_int_equal(connection_execute(connection, "BEGIN", &error), 0);
  assert_int_equal(run(endless, connection, &failure), -1);
  assert_int_equal(failure.outcome, STORE_INTERRUPTED);
  assert_true(connection_in_transaction(connection));
  asked = 0;
  assert_int_equal(run(update, connection, &failure), -1);
  assert_int_equal(failure.outcome, STORE_INTERRUPTED);
  assert_false(connection_in_transaction(connection)); /* SQLite has dropped it all */
  assert_int_equal(connection_release(connection, &error), -1);
  connection_set_interrupt(connection, NULL, NULL);
  statement_free(endless);
  statement_free(update);
  fixture_close(&fixture);
}

static void knows_secrets(void **state)
{
  (void)state;
  static const char *const secrets[] = {"hash"};
  struct table_policy policy = {
      .table = "t", .column = "id", .secrets = secrets, .secret_count = 1};
  struct fixture fixture;
  fixture_open(&fixture, "CREATE TABLE t (id TEXT PRIMARY KEY, hash TEXT) STRICT");
  assert_int_equal(fixture_set_policy(&fixture, &policy, 1), 0);
  assert_true(store_is_secret(fixture.store, TEXT("T"), TEXT("Hash")));
  assert_false(store_is_secret(fixture.store, TEXT("t"), TEXT("id")));
  assert_false(store_is_secret(fixture.store, TEXT("x"), TEXT("hash")));
  fixture_close(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_a_file),
      cmocka_unit_test(says_why_it_cannot_open),
      cmocka_unit_test(touches_no_other_database),
      cmocka_unit_test(refuses_strange_objects),
      cmocka_unit_test(notices_another_schema),
      cmocka_unit_test(migrates_once),
      cmocka_unit_test(refuses_bad_migrations),
      cmocka_unit_test(rebuilds_tables),
      cmocka_unit_test(refuses_bad_policies),
      cmocka_unit_test(refuses_mixed_ids_and_shared_parents),
      cmocka_unit_test(tells_failures_apart),
      cmocka_unit_test(binds_values),
      cmocka_unit_test(gives_rows_as_declared),
      cmocka_unit_test(points_at_what_is_wrong),
      cmocka_unit_test(writes_in_transactions_of_the_writer_only),
      cmocka_unit_test(keeps_deferred_references_open_not_over_release),
      cmocka_unit_test(interrupts),
      cmocka_unit_test(knows_secrets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
