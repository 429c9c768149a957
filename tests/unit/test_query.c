/* contracts/queries/<group>.sql: what is read, and what is refused. */
#include "temporary_app.h"

#include "base/crypto.h"
#include "contract/query.h"

struct fixture {
  struct app app;
  struct arena arena;
  struct report report;
  struct query_list list;
};

static char folder_of_contracts[128];

static void read_queries(struct fixture *fixture, const char *name, const char *text)
{
  app_begin(&fixture->app);
  if (name) app_write(&fixture->app, name, text);
  arena_init(&fixture->arena, 4096);
  report_init(&fixture->report);
  snprintf(folder_of_contracts, sizeof folder_of_contracts, "%s/contracts", fixture->app.folder);
  query_list_read(folder_of_contracts, &fixture->arena, &fixture->list, &fixture->report);
}

static void forget(struct fixture *fixture)
{
  report_deinit(&fixture->report);
  arena_deinit(&fixture->arena);
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_folder_is_no_queries),
      cmocka_unit_test(everything_a_query_says_is_read),
      cmocka_unit_test(a_near_name_is_suggested),
      cmocka_unit_test(what_is_wrong_is_said_with_its_place),
  };
  return crypto_init(NULL) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
