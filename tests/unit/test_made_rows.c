/* Rows that are made of a database's schema: for every example app without its own fixtures, and
 * for schemas that are hard to fill. */
#include "temporary_app.h"

#include "contract/generation.h"
#include "dice.h"
#include "loaded_app.h"
#include "testing/rows.h"

static uint64_t seed(void)
{
  return number_from("WRIT_TEST_SEED", 7);
}

struct made {
  struct arena arena;
  struct report report;
  struct scratch *scratch;
  struct rows rows;
};

/* `own`: with the fixtures that the app has. */
static void make(struct made *made, const char *folder, bool own)
{
  struct error error = {0};
  struct scratch_options options = {.folder = folder, .sql = own ? (struct text){0} : TEXT("")};
  arena_init(&made->arena, 1 << 16);
  report_init(&made->report);
  if (rows_open(&options, seed(), &made->arena, &made->report, &made->scratch, &made->rows,
                &error)) {
    report_print(&made->report, stderr);
    fail_msg("%s: %s", folder, error.message);
  }
}

static void forget(struct made *made)
{
  scratch_close(made->scratch);
  report_deinit(&made->report);
  arena_deinit(&made->arena);
}

static void show_missing(const char *folder, const struct made *made)
{
  for (size_t i = 0; i < made->rows.missing_count; i++)
    print_error("%s: %.*s\n", folder, TEXT_ARGS(made->rows.missing[i]));
}

static int64_t count(struct made *made, const char *sql)
{
  struct json rows;
  struct error error = {0};
  if (scratch_rows(made->scratch, text_of(sql), NULL, &made->arena, &rows, &error))
    fail_msg("%s: %s", sql, error.message);
  assert_int_equal(rows.length, 1);
  return rows.items[0].members[0].value.integer;
}

/* --- The example apps. --- */

static bool may(const struct contract *contract, const struct made *made)
{
  size_t people;
  const struct scratch_principal *principals = scratch_principals(made->scratch, &people);
  bool found = contract->role_count == 0 && people > 0;
  for (size_t i = 0; i < contract->role_count; i++)
    for (size_t k = 0; k < people; k++)
      found |= text_starts_with(principals[k].name, contract->roles[i].data);
  return found;
}

static void example_apps_get_rows(void **state)
{
  (void)state;
  for (size_t i = 0; i < EXAMPLE_APPS; i++) {
    struct made made;
    make(&made, example_apps[i], false);
    const struct generation *generation = scratch_generation(made.scratch);
    show_missing(example_apps[i], &made);
    assert_int_equal(made.rows.missing_count, 0);
    assert_true(made.rows.count > 0);
    assert_int_equal(count(&made, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    for (size_t k = 0; k < generation->contract_count; k++) {
      const struct contract *contract = generation->contracts[k];
      if (!contract->anonymous && !may(contract, &made)) fail_msg("nobody may %s", contract->name);
    }
    if (getenv("WRIT_TEST_SHOW"))
      for (struct text rest = made.rows.sql, line; text_split(&rest, '\n', &line);)
        print_message("%.*s\n", TEXT_ARGS(line));
    forget(&made);
  }
}

/* The app's own fixtures stay what they are. */
static void fixtures_of_an_app_count(void **state)
{
  (void)state;
  struct made made;
  make(&made, ".", true);
  assert_int_equal(made.rows.sql.length, 0);
  assert_int_equal(made.rows.count, 0);
  assert_non_null(scratch_principal(made.scratch, TEXT("ada")));
  forget(&made);
}

static void logs_in_with_the_password(void **state)
{
  (void)state;
  struct made made;
  struct json rows;
  make(&made, ".", false);
  assert_int_equal(scratch_rows(made.scratch, TEXT("SELECT email FROM users LIMIT 1"), NULL,
                                &made.arena, &rows, NULL),
                   0);
  struct request request = {
      .method = METHOD_POST,
      .path = TEXT("/login"),
      .content_type = TEXT("application/json"),
      .body = arena_print(&made.arena, "{\"email\": \"%s\", \"password\": \"" ROWS_PASSWORD "\"}",
                          json_get(&rows.items[0], "email")->string)};
  struct scratch_reply reply;
  scratch_call(made.scratch, &request, &made.arena, &reply);
  if (reply.status >= 300) print_error("%.*s\n", TEXT_ARGS(reply.body));
  assert_true(reply.status >= 200 && reply.status < 300);
  forget(&made);
}

/* --- Schemas. --- */

static const struct app_file base[] = {
    {"contracts/one.json",
     "{\"summary\": \"A test\", \"route\": \"GET /one\", \"requires\": {\"auth\": [\"clerk\"],\n"
     " \"validates\": {\"type\": \"object\", \"properties\": {\"code\": {\"type\": \"string\","
     " \"pattern\": \"^[A-Z]{3}-[0-9]{4}$\"}}}}, \"ensures\": {\"returns\": {\"204\": null}}}"},
    {"contracts/queries/people.sql", "-- name: principal :one\n"
                                     "SELECT id, role FROM people WHERE id = :principal_id;\n"},
};

#define PEOPLE "CREATE TABLE people (id INTEGER PRIMARY KEY, role TEXT NOT NULL) STRICT;\n"
#define POLICY(tables)                                                                             \
  "{\"principal\": \"people.principal\", \"tables\": {\"people\": {\"owner\": \"id\"}" tables "}}"

static const struct {
  const char *what, *migration, *policy;
  const char *query;   /* that gives a positive number; NULL: none */
  const char *missing; /* a part of what is said; NULL: nothing is missing */
} schemas[] = {
    {"ids that are numbers, two of a role", PEOPLE, POLICY(""),
     "SELECT count(*) = 2 FROM people WHERE role = 'clerk'", NULL},
    {"a list in a check, a unique pair, a number between two",
     PEOPLE
     "CREATE TABLE jobs (id TEXT PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES people,\n"
     "  kind TEXT NOT NULL CHECK (kind IN ('red', 'it''s', 'blue')),\n"
     "  level INTEGER NOT NULL CHECK (level > 10 AND level < 12),\n"
     "  UNIQUE (person_id, kind)) STRICT;",
     POLICY(", \"jobs\": {\"owner\": \"person_id\"}"),
     "SELECT count(*) = 4 AND count(DISTINCT person_id) = 2 FROM jobs", NULL},
    {"a table that refers to itself, and must",
     PEOPLE "CREATE TABLE parts (id TEXT PRIMARY KEY, part_of TEXT REFERENCES parts,\n"
            "  name TEXT NOT NULL) STRICT;",
     POLICY(", \"parts\": {\"shared\": \"a test\"}"), "SELECT count(*) FROM parts", NULL},
    {"children before their parents, in the order of the file",
     PEOPLE
     "CREATE TABLE lines (order_id TEXT NOT NULL REFERENCES orders (id), n INTEGER NOT NULL,\n"
     "  PRIMARY KEY (order_id, n)) STRICT, WITHOUT ROWID;\n"
     "CREATE TABLE orders (id TEXT PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES people)"
     " STRICT;",
     POLICY(", \"orders\": {\"owner\": \"person_id\"}, \"lines\": {\"parent\": [\"order_id\", "
            "\"orders\"]}"),
     "SELECT count(*) = 4 FROM lines JOIN orders ON orders.id = order_id", NULL},
    {"a key of two columns",
     PEOPLE "CREATE TABLE rooms (house TEXT NOT NULL, number INTEGER NOT NULL,\n"
            "  PRIMARY KEY (house, number)) STRICT;\n"
            "CREATE TABLE beds (id TEXT PRIMARY KEY, house TEXT NOT NULL, room INTEGER NOT NULL,\n"
            "  FOREIGN KEY (house, room) REFERENCES rooms) STRICT;",
     POLICY(", \"rooms\": {\"shared\": \"a test\"}, \"beds\": {\"shared\": \"a test\"}"),
     "SELECT count(*) FROM beds JOIN rooms ON rooms.house = beds.house AND number = room", NULL},
    {"who has a part in what is another's",
     PEOPLE
     "CREATE TABLE teams (id TEXT PRIMARY KEY) STRICT;\n"
     "CREATE TABLE members (team_id TEXT NOT NULL REFERENCES teams, person_id INTEGER NOT NULL"
     " REFERENCES people, PRIMARY KEY (team_id, person_id)) STRICT;",
     POLICY(", \"teams\": {\"shared\": \"a test\"}, \"members\": {\"owner\": \"person_id\"}"),
     "SELECT max(n) = 2 FROM (SELECT count(*) AS n FROM members GROUP BY team_id)", NULL},
    {"the schema of the field of the same name",
     PEOPLE "CREATE TABLE goods (id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE) STRICT;",
     POLICY(", \"goods\": {\"shared\": \"a test\"}"),
     "SELECT count(*) FROM goods WHERE code GLOB '[A-Z][A-Z][A-Z]-[0-9][0-9][0-9][0-9]'", NULL},
    {"generated columns, defaults, blobs",
     PEOPLE "CREATE TABLE odd (id INTEGER PRIMARY KEY, data BLOB, any ANY, n REAL NOT NULL,\n"
            "  twice REAL AS (n * 2), state TEXT NOT NULL DEFAULT 'new') STRICT;",
     POLICY(", \"odd\": {\"shared\": \"a test\"}"), "SELECT count(*) FROM odd WHERE state = 'new'",
     NULL},
    {"a check that nobody can guess",
     PEOPLE "CREATE TABLE sums (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (length(name) ="
            " 77 AND instr(name, char(9)) > 0)) STRICT;",
     POLICY(", \"sums\": {\"shared\": \"a test\"}"), NULL, "sums: no row"},
    {"a role that the table does not know",
     "CREATE TABLE people (id INTEGER PRIMARY KEY, role TEXT NOT NULL CHECK (role IN ('boss')))"
     " STRICT;",
     POLICY(""), NULL, "people: no row for clerk1"},
};

static void schemas_are_filled(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
    struct app app;
    struct made made;
    app_begin(&app);
    for (size_t k = 0; k < sizeof base / sizeof *base; k++)
      app_write(&app, base[k].path, base[k].text);
    app_write(&app, "contracts/migrations/0001_all.sql", schemas[i].migration);
    app_write(&app, "contracts/policy.json", schemas[i].policy);
    make(&made, app.folder, true);
    if (!schemas[i].missing) show_missing(schemas[i].what, &made);
    assert_int_equal(made.rows.missing_count > 0, schemas[i].missing != NULL);
    if (schemas[i].missing) assert_non_null(strstr(made.rows.missing[0].data, schemas[i].missing));
    if (schemas[i].query && count(&made, schemas[i].query) <= 0)
      fail_msg("%s: %s", schemas[i].what, made.rows.sql.data);
    forget(&made);
    app_end(&app);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(example_apps_get_rows),
      cmocka_unit_test(fixtures_of_an_app_count),
      cmocka_unit_test(logs_in_with_the_password),
      cmocka_unit_test(schemas_are_filled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
