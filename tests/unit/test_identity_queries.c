/* What makes all processes forget who stands behind a token, and what is never remembered. */
#include "store_fixture.h"

static const struct table_policy policy[] = {
    {.table = "users", .ownership = TABLE_OWNED, .column = "id"}};

static void open_app(struct fixture *fixture)
{
  fixture_open(fixture, "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL,"
                        " until INTEGER NOT NULL DEFAULT 0) STRICT;");
}

/* Run by another process, they know no policy, and so not which tables matter. */
static void test_migrations_and_scripts_change_them(void **state)
{
  (void)state;
  struct fixture fixture;
  struct error error = {""};
  open_app(&fixture);
  uint64_t before = store_identities(fixture.store);
  fixture_fill(&fixture, "INSERT INTO users (id, role) VALUES ('ada', 'user');");
  uint64_t after = store_identities(fixture.store);
  assert_int_not_equal(before, 0);
  assert_int_not_equal(before, after);
  struct migration migrations[] = {
      {"0001_schema.sql",
       TEXT("CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL,"
            " until INTEGER NOT NULL DEFAULT 0) STRICT;")},
      {"0002_demote.sql", TEXT("UPDATE users SET role = 'none';")}};
  if (store_migrate(fixture.store, migrations, 2, NULL, &error) < 0) fail_msg("%s", error.message);
  assert_int_not_equal(store_identities(fixture.store), after);
  fixture_close(&fixture);
}

static const struct {
  const char *sql;
  bool remembered;
} queries[] = {
    {"SELECT id, role FROM users WHERE id = :principal_id", true},
    {"SELECT id, role FROM users WHERE id = :principal_id AND until > unixepoch()", false},
    {"SELECT id, role FROM users WHERE id = :principal_id AND CURRENT_DATE > '2'", false},
};

static void test_what_the_clock_decides_is_not_remembered(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
    struct fixture fixture;
    struct error error;
    open_app(&fixture);
    assert_int_equal(fixture_set_policy(&fixture, policy, 1), 0);
    struct statement *statement =
        fixture_compile(&fixture, queries[i].sql, STATEMENT_FOREIGN | STATEMENT_READ_ONLY, &error);
    if (statement == NULL) fail_msg("%s", error.message);
    store_identities_by(fixture.store, statement);
    assert_int_equal(store_identities(fixture.store) != 0, queries[i].remembered);
    statement_free(statement);
    fixture_close(&fixture);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_migrations_and_scripts_change_them),
      cmocka_unit_test(test_what_the_clock_decides_is_not_remembered)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
