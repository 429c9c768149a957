/* Which sessions end with which statement: those of the owners of rows that it changes as it writes
 * a password, and everything of a principal whose row goes. Users are 1 to 4; each has a session
 * and a machine's token, 1 a second session, which is the caller's. */
#include "base/memory.h"
#include "store/host_statement.h"
#include "store/session.h"
#include "store_fixture.h"

static const char schema[] =
    "CREATE TABLE clubs (id INTEGER PRIMARY KEY) STRICT;"
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, hash TEXT,"
    "  club INTEGER REFERENCES clubs (id) ON DELETE CASCADE) STRICT;"
    "CREATE TABLE logins (name TEXT PRIMARY KEY, user_id INTEGER NOT NULL, hash TEXT)"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE devices (id INTEGER PRIMARY KEY, login TEXT REFERENCES logins (name), hash TEXT)"
    "  STRICT;"
    "CREATE TABLE pins (id INTEGER PRIMARY KEY, device INTEGER REFERENCES devices (id), hash TEXT)"
    "  STRICT;"
    "CREATE TABLE doors (id INTEGER PRIMARY KEY, hash TEXT) STRICT;";

static const char rows[] =
    "INSERT INTO clubs VALUES (1), (2);"
    "INSERT INTO users VALUES (1, 'a', 'x', NULL), (2, 'b', 'x', NULL), (3, 'c', 'x', 1),"
    "  (4, 'd', 'x', 1);"
    "INSERT INTO logins VALUES ('l1', 1, 'x'), ('l2', 2, 'x'), ('l3', 3, 'x');"
    "INSERT INTO devices VALUES (11, 'l1', 'x'), (12, 'l2', 'x');"
    "INSERT INTO pins VALUES (21, 11, 'x'), (22, 12, 'x');"
    "INSERT INTO doors VALUES (1, 'x'), (2, 'x');";

static const char *const secrets[] = {"hash"};

static const struct table_policy policies[] = {
    {.table = "clubs", .ownership = TABLE_SHARED},
    {.table = "users", .column = "id", .secrets = secrets, .secret_count = 1},
    {.table = "logins", .column = "user_id", .secrets = secrets, .secret_count = 1},
    {.table = "devices", .ownership = TABLE_CHILD, .column = "login", .parent = "logins"},
    {.table = "pins", .ownership = TABLE_CHILD, .column = "device", .parent = "devices"},
    {.table = "doors", .ownership = TABLE_SHARED},
};

struct ending {
  const char *sql;
  bool password;
  const char *ended; /* "2" a session of 2, "2t" its token, "1*" the caller's own */
};

static const struct ending endings[] = {
    /* A password: of whoever's row it is. */
    {"UPDATE users SET hash = :hash WHERE id = 2", true, "2"},
    {"UPDATE users SET hash = :hash WHERE id = 1", true, "1"},
    {"UPDATE users SET hash = :hash WHERE id IN (2, 3)", true, "2 3"},
    {"UPDATE users SET hash = :hash WHERE id = 9", true, ""},
    {"UPDATE users SET name = :hash WHERE id = 2", false, ""},
    {"UPDATE logins SET hash = :hash WHERE name = 'l2'", true, "2"},
    {"UPDATE logins SET hash = :hash, user_id = 3 WHERE name = 'l2'", true, "2 3"},
    {"UPDATE devices SET hash = :hash WHERE id = 12", true, "2"},
    {"UPDATE pins SET hash = :hash WHERE id = 22", true, "2"},
    {"UPDATE doors SET hash = :hash", true, ""}, /* nobody's */
    {"INSERT INTO logins (name, user_id, hash) VALUES ('l4', 4, :hash)", true, ""},
    {"INSERT INTO logins (name, user_id, hash) VALUES ('l2', 2, :hash)"
     " ON CONFLICT DO UPDATE SET hash = :hash",
     true, "2"},
    {"INSERT OR REPLACE INTO logins (name, user_id, hash) VALUES ('l2', 3, :hash)", true, "2"},

    /* A principal goes. */
    {"DELETE FROM users WHERE id = 2", false, "2 2t"},
    {"DELETE FROM users WHERE id = 1", false, "1 1* 1t"},
    {"DELETE FROM users", false, "1 1* 1t 2 2t 3 3t 4 4t"},
    {"DELETE FROM clubs WHERE id = 1", false, "3 3t 4 4t"}, /* by its foreign key */
    {"DELETE FROM logins WHERE name = 'l3'", false, ""},
    {"UPDATE users SET id = 7 WHERE id = 2", false, "2 2t"},
    {"UPDATE users SET id = 2 WHERE id = 2", false, ""},
    {"INSERT OR REPLACE INTO users (id, name, hash) VALUES (9, 'b', :hash)", false, "2 2t"},
};

static void start(struct fixture *fixture, int64_t id, bool machine, char token[TOKEN_CHARS + 1])
{
  struct error error = {0};
  const struct json principal = json_integer(id);
  const struct session_terms terms = {.lifetime_ms = 1000, .machine = machine};
  assert_int_equal(
      session_start(store_writer(fixture->store), &principal, 1, &terms, token, &error), 0);
}

static bool is_there(struct fixture *fixture, const char *token)
{
  struct error error = {0};
  struct session session;
  int found = session_find(store_writer(fixture->store), text_of(token), 1, &fixture->arena,
                           &session, &error);
  assert_true(found >= 0);
  return found == 1;
}

static void check(struct fixture *fixture, const struct ending *ending)
{
  static const char *const names[] = {"1", "1*", "1t", "2", "2t", "3", "3t", "4", "4t"};
  enum { COUNT = sizeof names / sizeof *names };
  char tokens[COUNT][TOKEN_CHARS + 1], ended[64] = "";
  struct connection *writer = store_writer(fixture->store);
  struct error error = {0};
  struct session own;
  struct store_failure failure;
  struct json result, hash = json_string(TEXT("$argon2id$"));
  const struct json *values[] = {&hash};
  struct statement *statement =
      fixture_compile(fixture, ending->sql, STATEMENT_FOREIGN | STATEMENT_GUARDED, &error);
  if (!statement) fail_msg("%s: %s", ending->sql, error.message);
  assert_int_equal(connection_begin_write(writer, &error), 0);
  for (size_t i = 0; i < COUNT; i++)
    start(fixture, names[i][0] - '0', names[i][1] == 't', tokens[i]);
  assert_int_equal(session_find(writer, text_of(tokens[1]), 1, &fixture->arena, &own, &error), 1);
  const struct json owner = json_integer(1);
  const struct statement_call call = {
      .values = values, .owner = &owner, .password = ending->password, .session = own.id};
  if (statement_run(statement, writer, &call, &fixture->arena, &result, &failure))
    fail_msg("%s: %s", ending->sql, failure.detail);
  for (size_t i = 0; i < COUNT; i++) {
    if (is_there(fixture, tokens[i])) continue;
    if (ended[0]) strcat(ended, " ");
    strcat(ended, names[i]);
  }
  if (strcmp(ended, ending->ended)) fail_msg("%s: ended %s", ending->sql, ended);
  assert_int_equal(connection_abandon(writer, &error), 0);
  statement_free(statement);
}

static void test_sessions_end_with_rows(void **state)
{
  struct fixture fixture;
  (void)state;
  fixture_open(&fixture, schema);
  fixture_fill(&fixture, rows);
  assert_int_equal(fixture_set_policy(&fixture, policies, sizeof policies / sizeof *policies), 0);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) check(&fixture, &endings[i]);
  fixture_close(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sessions_end_with_rows)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
