/* A store in memory with a schema and a policy, and short ways to compile and run one statement:
 * for the tests of store/. */
#ifndef WRIT_TESTS_STORE_FIXTURE_H
#define WRIT_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "store/statement.h"
#include "store/store.h"

struct fixture {
  struct store *store;
  struct arena arena;
  struct report report;
};

static inline void fixture_open(struct fixture *fixture, const char *schema)
{
  struct error error = {0};
  struct store_config config = {0};
  struct migration migration = {"0001_schema.sql", text_of(schema)};
  assert_int_equal(crypto_init(&error), 0);
  arena_init(&fixture->arena, 4096);
  report_init(&fixture->report);
  if (store_open(&config, &fixture->store, &error) < 0) fail_msg("%s", error.message);
  if (store_migrate(fixture->store, &migration, 1, NULL, &error) < 0) fail_msg("%s", error.message);
}

static inline void fixture_fill(struct fixture *fixture, const char *rows)
{
  struct error error = {0};
  if (store_run_script(fixture->store, "rows", text_of(rows), &error) < 0)
    fail_msg("%s", error.message);
}

static inline int fixture_set_policy(struct fixture *fixture, const struct table_policy *tables,
                                     size_t count)
{
  static const struct source source = {"contracts/policy.json", {"{}", 2}};
  return store_set_policy(fixture->store, tables, count, &source, &fixture->report);
}

static inline void fixture_close(struct fixture *fixture)
{
  store_close(fixture->store);
  report_deinit(&fixture->report);
  arena_deinit(&fixture->arena);
}

/* Compiles; on failure returns NULL with the message in *error. Rows are ROWS_MANY, or ROWS_EXEC if
 * the statement gives none. */
static inline struct statement *fixture_compile(struct fixture *fixture, const char *sql,
                                                unsigned rights, struct error *error)
{
  struct statement *statement = NULL;
  struct statement_spec spec = {
      .name = "test.query", .sql = text_of(sql), .rights = rights, .rows = ROWS_MANY};
  size_t offset;
  error_clear(error);
  if (statement_compile(fixture->store, &spec, &statement, &offset, error) == 0) return statement;
  if (strstr(error->message, "it gives no rows") == NULL) return NULL;
  spec.rows = ROWS_EXEC;
  error_clear(error);
  return statement_compile(fixture->store, &spec, &statement, &offset, error) == 0 ? statement
                                                                                   : NULL;
}

/* Runs in a savepoint of a transaction of its own, which is rolled back. The result as JSON
 * text, or NULL with *failure. Parameters are all bound to `parameter`. */
static inline const char *fixture_run(struct fixture *fixture, struct statement *statement,
                                      const struct json *owner, const struct json *parameter,
                                      struct store_failure *failure)
{
  struct error error = {0};
  struct connection *connection = store_writer(fixture->store);
  const struct json *values[64];
  for (size_t i = 0; i < 64; i++) values[i] = parameter;
  struct statement_call call = {.values = values, .owner = owner, .now_ms = 1700000000000};
  struct json result;
  struct buffer out = {0};
  assert_int_equal(connection_begin_read(connection, &error), 0);
  assert_int_equal(connection_savepoint(connection, &error), 0);
  int code = statement_run(statement, connection, &call, &fixture->arena, &result, failure);
  if (code == 0) {
    assert_int_equal(failure->outcome, STORE_DONE);
    json_write(&out, &result);
  } else {
    assert_int_not_equal(failure->outcome, STORE_DONE);
  }
  if (connection_in_transaction(connection)) {
    if (code < 0)
      assert_int_equal(connection_rollback(connection, &error), 0);
    else
      assert_int_equal(connection_release(connection, &error), 0);
  }
  connection_end_read(connection);
  const char *text = code == 0 ? arena_copy(&fixture->arena, buffer_text(&out)).data : NULL;
  buffer_deinit(&out);
  return text;
}

#endif
