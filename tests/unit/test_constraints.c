/* The words of constraints, held against what SQLite says when each of them fails. */
#include "store_fixture.h"

#include "store/constraints.h"
#include "store/store_internal.h"

static const char schema[] =
    "CREATE TABLE a (id INTEGER PRIMARY KEY, email TEXT UNIQUE, x INTEGER, y INTEGER,\n"
    "  name TEXT CHECK ( length(name) > 1 ), UNIQUE (x, y)) STRICT;\n"
    "CREATE UNIQUE INDEX a_lower ON a (lower(email));\n"
    "CREATE UNIQUE INDEX a_partial ON a (name) WHERE x = 1;\n"
    "CREATE TABLE b (id TEXT NOT NULL PRIMARY KEY, c INTEGER CONSTRAINT named NOT NULL CHECK (c > "
    "0),\n"
    "  \"odd name\" INTEGER CHECK (\"odd name\" < 5),\n"
    "  d INTEGER CHECK (d IN (1, 2, (3))) CHECK(d <> ')'),\n"
    "  CONSTRAINT \"both, or none\" CHECK ((c = 1) = (d = 1)),\n"
    "  CHECK (c -- a comment with a )\n    < 100)) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE child (id TEXT NOT NULL PRIMARY KEY, b TEXT REFERENCES b (id)) STRICT;\n";

/* Each makes exactly one constraint fail. */
static const char *const failing[] = {
    "INSERT INTO a (id) VALUES (1)",
    "INSERT INTO a (email) VALUES ('e')",
    "INSERT INTO a (x, y) VALUES (7, 8)",
    "INSERT INTO a (email) VALUES ('E')",
    "INSERT INTO a (name, x, y) VALUES ('nn', 1, 5)",
    "INSERT INTO a (name) VALUES ('n')",
    "INSERT INTO main.b (id, c, d) VALUES ('1', 1, 1)",
    "INSERT INTO main.b (id, c) VALUES ('2', 0)",
    "INSERT INTO main.b (id, c, \"odd name\") VALUES ('2', 2, 6)",
    "INSERT INTO main.b (id, c, d) VALUES ('2', 2, 9)",
    "INSERT INTO main.b (id, c, d) VALUES ('2', 2, 1)",
    "INSERT INTO main.b (id, c) VALUES ('2', 100)",
};

static bool is_listed(const struct constraint_list *list, const char *words)
{
  for (size_t i = 0; i < list->count; i++)
    if (!strcmp(list->items[i], words)) return true;
  return false;
}

static void test_words_are_sqlites(void **state)
{
  (void)state;
  static const struct table_policy policy[] = {
      {.table = "a", .ownership = TABLE_SHARED},
      {.table = "b", .ownership = TABLE_OWNED, .column = "id"},
      {.table = "child", .ownership = TABLE_SHARED}};
  struct fixture fixture;
  fixture_open(&fixture, schema);
  if (fixture_set_policy(&fixture, policy, 3)) report_print(&fixture.report, stderr);
  sqlite3 *database = connection_handle(store_writer(fixture.store));
  struct constraints constraints;
  constraints_read(fixture.store, &fixture.arena, &constraints);
  assert_int_equal(constraints.unique.count, 7); /* child's key, too */
  assert_int_equal(constraints.checks.count, 7);
  assert_true(constraints.foreign_keys);
  const char *rows = "INSERT INTO a (id, email, x, y) VALUES (1, 'e', 7, 8);"
                     "INSERT INTO a (name, x, y) VALUES ('nn', 1, 4);"
                     "INSERT INTO main.b (id, c, d) VALUES ('1', 1, 1);";
  assert_int_equal(sqlite3_exec(database, rows, NULL, NULL, NULL), SQLITE_OK);
  for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
    assert_int_equal(sqlite3_exec(database, failing[i], NULL, NULL, NULL) & 0xff,
                     SQLITE_CONSTRAINT);
    const char *said = strstr(sqlite3_errmsg(database), " constraint failed: ");
    assert_non_null(said);
    const char *words = said + strlen(" constraint failed: ");
    bool check = !strncmp(sqlite3_errmsg(database), "CHECK", 5);
    if (!is_listed(check ? &constraints.checks : &constraints.unique, words))
      fail_msg("%s: \"%s\" is not listed", failing[i], words);
  }
  fixture_close(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_words_are_sqlites)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
