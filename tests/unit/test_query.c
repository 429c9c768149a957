/* contracts/queries/<group>.sql: what is read, and what is refused. */
#include "temporary_app.h"

#include "base/crypto.h"
#include "contract/query.h"
#include "contract/query_shape.h"

struct fixture {
  struct app app;
  struct arena arena;
  struct report report;
  struct source_tree sources;
  struct query_list list;
};

static void read_queries(struct fixture *fixture, const char *name, const char *text)
{
  app_begin(&fixture->app);
  if (name) app_write(&fixture->app, name, text);
  arena_init(&fixture->arena, 4096);
  report_init(&fixture->report);
  source_tree_read(&fixture->sources, fixture->app.folder, &fixture->report);
  query_list_read(&fixture->sources, &fixture->arena, &fixture->list, &fixture->report);
}

static void forget(struct fixture *fixture)
{
  report_deinit(&fixture->report);
  arena_deinit(&fixture->arena);
  source_tree_free(&fixture->sources);
  app_end(&fixture->app);
}

static void no_folder_is_no_queries(void **state)
{
  (void)state;
  struct fixture fixture;
  read_queries(&fixture, NULL, NULL);
  assert_int_equal(fixture.list.count, 0);
  assert_int_equal(fixture.report.errors, 0);
  assert_null(query_find(&fixture.list, TEXT("users.get")));
  assert_null(query_suggestion(&fixture.list, TEXT("users.get")));
  forget(&fixture);
}

static void everything_a_query_says_is_read(void **state)
{
  (void)state;
  struct fixture fixture;
  read_queries(
      &fixture, "contracts/queries/notes.sql",
      "-- What the notes need.\n"
      "\n"
      "-- name: search :many\n"
      "-- Full text would be better: one day.\n"
      "-- optional: q, after\n"
      "-- json: tags\n"
      "-- boolean: pinned, done\n"
      "-- rows: 50\n"
      "-- choice: sort = newest: n.id DESC | both: n.a || '|' || n.b\n"
      "SELECT n.id, n.tags FROM notes AS n -- name them\n"
      "WHERE n.title = :q AND n.id > :after AND n.x IN (SELECT value FROM json_each(:tags))\n"
      "  AND n.y = :q AND ':z' <> '' /* :w */\n"
      "ORDER BY :sort;\n"
      "\n"
      "-- name: create :one\n"
      "WITH t AS (SELECT 1) INSERT INTO notes (id) VALUES (:new_id) RETURNING id\n");
  app_expect(&fixture.report, "valid", "");
  assert_int_equal(fixture.list.count, 2);

  const struct query *create = query_find(&fixture.list, TEXT("notes.create"));
  assert_non_null(create);
  assert_true(create->writes);
  assert_int_equal(create->rows, ROWS_ONE);
  assert_int_equal(create->parameter_count, 1);

  const struct query *search = query_find(&fixture.list, TEXT("notes.search"));
  assert_non_null(search);
  assert_string_equal(search->source->path, "contracts/queries/notes.sql");
  assert_false(search->writes);
  assert_int_equal(search->rows, ROWS_MANY);
  assert_int_equal(search->rows_max, 50);
  assert_int_equal(search->boolean_count, 2);
  assert_true(text_starts_with(search->sql, "SELECT n.id"));
  assert_true(text_ends_with(search->sql, ":sort;"));
  assert_memory_equal(search->source->text.data + search->offset, "SELECT n.id", 11);
  assert_int_equal(search->parameter_count, 3);
  assert_true(text_is(search->parameters[0], "q"));
  assert_true(text_is(search->parameters[1], "after"));
  assert_true(text_is(search->parameters[2], "tags"));
  assert_true(query_is_optional(search, TEXT("after")));
  assert_false(query_is_optional(search, TEXT("tags")));
  assert_true(query_is_json(search, TEXT("tags")));
  assert_false(query_is_json(search, TEXT("q")));
  assert_int_equal(search->choice_count, 1);
  const struct query_choice *choice = &search->choices[0];
  assert_true(text_is(choice->parameter, "sort"));
  assert_int_equal(choice->count, 2);
  assert_true(text_is(choice->labels[0], "newest"));
  assert_true(text_is(choice->fragments[0], "n.id DESC"));
  assert_true(text_is(choice->labels[1], "both"));
  forget(&fixture);
}

static void a_near_name_is_suggested(void **state)
{
  (void)state;
  struct fixture fixture;
  read_queries(&fixture, "contracts/queries/users.sql",
               "-- name: update_profile :exec\nDELETE FROM users\n"
               "-- name: zap :exec\nDELETE FROM users\n");
  assert_string_equal(query_suggestion(&fixture.list, TEXT("users.udpate_profile")),
                      "users.update_profile");
  assert_null(query_suggestion(&fixture.list, TEXT("orders.list")));
  forget(&fixture);
}

#define SQL "\nSELECT 1\n"

static const struct {
  const char *path, *text, *expected;
} refused[] = {
    {"users.sql", "SELECT 1\n", "1:1: error: this belongs to no query"},
    {"users.sql", "-- optional: q\n-- name: a :one" SQL, "1:4: error: the note `optional` belongs"},
    {"users.sql", "-- name: a :one\nSELECT 1\n-- json: q\n", "3:4: error: the note `json` belongs"},
    {"users.sql", "-- name: A :one" SQL, "1:10: error: this is no name of a query"},
    {"users.sql", "-- name: a" SQL, "1:10: error: the query 'a' does not say what it gives"},
    {"users.sql", "-- name: a :all" SQL, "1:10: error: the query 'a' does not say what it gives"},
    {"users.sql", "-- name: a :one\n-- name: b :one" SQL,
     "1:10: error: the query 'users.a' is empty"},
    {"users.sql", "-- name: a :one" SQL "-- name: a :one" SQL,
     "4:1: error: there are two queries 'users.a'"},
    {"users.sql", "-- name: a :one\n-- optinal: q" SQL,
     "2:4: error: did you mean the note `optional`?"},
    {"users.sql", "-- name: a :one\n-- optional: q q" SQL, "2:14: error: this is no name"},
    {"users.sql", "-- name: a :one\n-- optional: q" SQL,
     "3:1: error: `optional` names 'q', which is no parameter of 'users.a'"},
    {"users.sql", "-- name: a :one\n-- rows: 5" SQL, "2:10: error: `rows` is for :many only"},
    {"users.sql", "-- name: a :many\n-- rows: 0" SQL, "2:10: error: `rows` is a whole number"},
    {"users.sql", "-- name: a :many\n-- rows: 99999999999999999999" SQL,
     "2:10: error: `rows` is a whole number"},
    {"users.sql", "-- name: a :many\n-- choice: sort" SQL, "2:12: error: this is no choice"},
    {"users.sql", "-- name: a :many\n-- choice: s = a: x | a: y\nSELECT :s\n",
     "2:23: error: the label 'a' stands there twice"},
    {"users.sql", "-- name: a :many\n-- choice: s = a: x | b\nSELECT :s\n",
     "2:23: error: this alternative has no label or no SQL"},
    {"users.sql", "-- name: a :many\n-- choice: s = a: x | b: :q\nSELECT :s\n",
     "2:26: error: this cannot be an alternative"},
    {"users.sql", "-- name: a :many\n-- choice: s = a: x | b: 'q\nSELECT :s\n",
     "2:26: error: this cannot be an alternative"},
    {"users.sql", "-- name: a :many\n-- choice: s = a: x" SQL,
     "3:1: error: 'users.a' has the choice 's', but no parameter :s"},
    {"users.sql", "-- name: a :one\nSELECT ?1\n", "2:8: error: this is not SQL"},
    {"users.sql", "-- name: a :one\nSELECT 'x\n", "2:8: error: this is not SQL"},
    {"Users.sql", "-- name: a :one" SQL, ": error: the name of this file"},
    {"deep/users.sql", "-- name: a :one" SQL, ": error: the name of this file"},
};

static void what_is_wrong_is_said_with_its_place(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    struct fixture fixture;
    char path[128], expected[512];
    bool whole = refused[i].expected[0] == ':';
    snprintf(path, sizeof path, "contracts/queries/%s", refused[i].path);
    snprintf(expected, sizeof expected, "%s%s%s\n", path, whole ? "" : ":", refused[i].expected);
    read_queries(&fixture, path, refused[i].text);
    app_expect(&fixture.report, refused[i].text, expected);
    forget(&fixture);
  }
}

/* --- With a database --- */

static struct store *open_store(void)
{
  struct store *store;
  struct error error = {0};
  struct report report;
  static const char *const secrets[] = {"hash", "pin hash"};
  const struct table_policy tables[] = {
      {.table = "users",
       .ownership = TABLE_OWNED,
       .column = "id",
       .secrets = secrets,
       .secret_count = 2},
      {.table = "notes", .ownership = TABLE_SHARED},
  };
  assert_int_equal(store_open(&(struct store_config){0}, &store, &error), 0);
  static const struct migration migration = {
      "0001_all.sql",
      {"CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, hash TEXT, \"pin hash\" TEXT) STRICT;\n"
       "CREATE TABLE notes (id TEXT PRIMARY KEY, hash TEXT, n INTEGER) STRICT;\n"
       "INSERT INTO notes (id) VALUES ('a');\n",
       0}};
  struct migration copy = migration;
  copy.sql = text_of(copy.sql.data);
  assert_int_equal(store_migrate(store, &copy, 1, NULL, &error), 0);
  report_init(&report);
  static const struct source source = {"policy.json", {"{}", 2}};
  assert_int_equal(store_set_policy(store, tables, 2, &source, &report), 0);
  report_deinit(&report);
  return store;
}

/* Where a password's hash may go. */
static const struct {
  const char *sql;
  bool secret_only;
} feeds[] = {
    {"INSERT INTO users (id, hash) VALUES (:new_id, :password)", true},
    {"INSERT INTO users (id, hash) VALUES (lower(:new_id), :password) RETURNING id", true},
    {"INSERT INTO users (id, hash, \"pin hash\") VALUES (:new_id, :password, :password)", true},
    {"INSERT INTO users (id, hash) VALUES (:a, :password), (:b, :password)", true},
    {"INSERT INTO users (id, hash) VALUES (:a, 'x'), (:password, 'y')", false},
    {"INSERT INTO users (hash, id) VALUES (:new_id, :password)", false},
    {"INSERT INTO users (id, hash) VALUES (:new_id, lower(:password))", false},
    {"INSERT INTO users (id, hash) VALUES (:new_id, :password || 'x')", false},
    {"INSERT INTO users (id, hash) VALUES (:new_id, (:password))", false},
    {"INSERT INTO users (id, name, hash) VALUES (:new_id, :password, :password)", false},
    {"INSERT INTO users (id, hash) SELECT :new_id, :password", false},
    {"INSERT INTO notes (id, hash) VALUES (:new_id, :password)", false},
    {"INSERT INTO users (id, hash) VALUES (:a, 'x') ON CONFLICT DO UPDATE SET hash = :password",
     true},
    {"INSERT INTO users (id, hash) VALUES (:a, 'x') ON CONFLICT DO UPDATE SET name = :password",
     false},
    {"INSERT INTO users (id, hash) VALUES (:a, 'x') RETURNING :password", false},
    {"UPDATE users SET hash = :password WHERE id = :id", true},
    {"UPDATE OR IGNORE Users AS u SET name = :n, HASH = :password WHERE id = :id", true},
    {"UPDATE users SET \"pin hash\" = :password, name = :n", true},
    {"UPDATE users SET hash = :password", true},
    {"UPDATE users SET name = :password", false},
    {"UPDATE users SET hash = :password || name", false},
    {"UPDATE users SET hash = name = :password", false},
    {"UPDATE users SET hash = :password WHERE hash = :password", false},
    {"UPDATE users SET hash = :password RETURNING :password", false},
    {"UPDATE users SET name = (SELECT hash = :password FROM notes)", false},
    {"UPDATE users SET (hash, name) = (:password, :n)", false},
    {"UPDATE notes SET hash = :password", false},
    {"WITH x AS (SELECT 1) UPDATE users SET hash = :password", true},
    {"DELETE FROM users WHERE hash = :password", false},
    {"SELECT :password", false},
    {"UPDATE users SET hash = 'x'", false},
};

static void a_password_goes_to_secret_columns_only(void **state)
{
  (void)state;
  struct store *store = open_store();
  for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
    struct fixture fixture;
    char text[512];
    snprintf(text, sizeof text, "-- name: x :exec\n%s\n", feeds[i].sql);
    read_queries(&fixture, "contracts/queries/users.sql", text);
    bool only = query_feeds_secret_only(&fixture.list.items[0], store, TEXT("password"));
    if (only != feeds[i].secret_only) print_error("%s\n", feeds[i].sql);
    assert_int_equal(only, feeds[i].secret_only);
    forget(&fixture);
  }
  store_close(store);
}

static void each_choice_is_a_statement(void **state)
{
  (void)state;
  struct store *store = open_store();
  struct fixture fixture;
  read_queries(&fixture, "contracts/queries/notes.sql",
               "-- name: list :many\n"
               "-- choice: by = id: id | n: n | both: n, id\n"
               "-- choice: what = one: 1 | two: 2\n"
               "SELECT :what AS x FROM notes WHERE id <> :id ORDER BY :by\n");
  app_expect(&fixture.report, "choices", "");
  struct query_statements *statements =
      query_compile(&fixture.list.items[0], store, STATEMENT_FOREIGN, &fixture.report);
  assert_non_null(statements);
  assert_int_equal(statements->count, 6);
  for (size_t i = 0; i < statements->count; i++) {
    /* The first choice counts most: `what` alternates. */
    struct json result, id = json_string(TEXT("-"));
    const struct json *values[] = {&id};
    struct store_failure failure;
    struct statement_call call = {.values = values, .owner = &id};
    assert_int_equal(statement_run(statements->items[i], store_reader(store), &call, &fixture.arena,
                                   &result, &failure),
                     0);
    assert_int_equal(json_get(&result.items[0], "x")->integer, 1 + i % 2);
  }
  query_statements_free(statements);
  forget(&fixture);
  store_close(store);
}

/* SQLite's offsets are the statement's; what is shown is the file's. */
static const struct {
  const char *text, *expected;
} wrong[] = {
    {"-- name: a :many\nSELECT id,\n  nothing FROM notes\n", ":3:3: error: x.a: "},
    {"-- name: a :many\n-- choice: o = id: id DESC | n: n\nSELECT nothing FROM notes ORDER BY :o\n",
     ":3:8: error: x.a: "},
    {"-- name: a :many\n-- choice: o = id: id | n: nothing\nSELECT id FROM notes ORDER BY :o\n",
     ":3:31: error: x.a: "},
    {"-- name: a :many\n-- choice: o = id: lower(id) | n: n\n"
     "SELECT id FROM notes WHERE :o <> '' AND nothing = 1\n",
     ":3:41: error: x.a: "},
    {"-- name: a :many\n-- boolean: what\nSELECT id FROM notes WHERE id = :what\n",
     ":3:1: error: x.a: `boolean` names 'what'"},
    {"-- name: a :many\n-- json: what\nSELECT id FROM notes\n",
     ":3:1: error: x.a: `json` names 'what'"},
};

static void a_statement_that_does_not_compile_is_found_in_its_file(void **state)
{
  (void)state;
  struct store *store = open_store();
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct fixture fixture;
    char expected[256];
    snprintf(expected, sizeof expected, "contracts/queries/x.sql%s\n", wrong[i].expected);
    read_queries(&fixture, "contracts/queries/x.sql", wrong[i].text);
    assert_null(query_compile(&fixture.list.items[0], store, STATEMENT_FOREIGN, &fixture.report));
    app_expect(&fixture.report, wrong[i].text, expected);
    forget(&fixture);
  }
  store_close(store);
}

/* Whether there is always a row. */
static const struct {
  const char *sql;
  bool always;
} finds[] = {
    {"SELECT count(*) FROM notes WHERE id = :id", true},
    {"SELECT coalesce(sum(size), 0), max(size) FROM notes WHERE id = :id", true},
    {"SELECT string_agg(title, ',') FROM notes WHERE id = :id", true},
    {"SELECT EXISTS (SELECT 1 FROM notes WHERE id = :id)", true},
    {"SELECT (SELECT title FROM notes WHERE id = :id)", true},
    {"SELECT title FROM notes WHERE id = :id", false},
    {"SELECT title FROM notes WHERE EXISTS (SELECT 1 FROM lines WHERE id = :id)", false},
    {"SELECT title, (SELECT count(*) FROM lines) FROM notes WHERE id = :id", false},
    {"SELECT title FROM notes WHERE size = (SELECT max(size) FROM notes) AND id = :id", false},
    {"SELECT title FROM (SELECT max(size) AS title FROM notes) WHERE title > :id", false},
    {"SELECT max(size, 1) FROM notes WHERE id = :id", false},
    {"SELECT title, count(*) OVER () FROM notes WHERE id = :id", false},
    {"SELECT count(*) FROM notes GROUP BY size", false},
    {"INSERT INTO notes (id) VALUES (:id) RETURNING id", true},
    {"INSERT INTO notes (id) SELECT id FROM notes WHERE id = :id RETURNING id", false},
};

static void whether_there_is_always_a_row_is_told(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof finds / sizeof *finds; i++) {
    struct query query = {.sql = text_of(finds[i].sql)};
    if (query_always_finds(&query) != finds[i].always) fail_msg("%s", finds[i].sql);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_folder_is_no_queries),
      cmocka_unit_test(everything_a_query_says_is_read),
      cmocka_unit_test(a_near_name_is_suggested),
      cmocka_unit_test(what_is_wrong_is_said_with_its_place),
      cmocka_unit_test(a_password_goes_to_secret_columns_only),
      cmocka_unit_test(each_choice_is_a_statement),
      cmocka_unit_test(whether_there_is_always_a_row_is_told),
      cmocka_unit_test(a_statement_that_does_not_compile_is_found_in_its_file),
  };
  return crypto_init(NULL) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
