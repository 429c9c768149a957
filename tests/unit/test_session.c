/* Sessions against a real database file, which is also searched byte by byte for the tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "database_file.h"
#include "store/host_statement.h"
#include "store/session.h"

enum { HOUR = 3600 * 1000 };
static const int64_t NOW = 1700000000000;
static const struct session_terms one_hour = {.lifetime_ms = HOUR};

struct fixture {
  char path[64];
  struct store *store;
  struct connection *writer;
  struct arena arena;
};

static void execute(struct fixture *fixture, const char *sql)
{
  struct error error = {""};
  struct host_statement statement;
  host_statement_open(&statement, fixture->writer, sql);
  if (host_statement_finish(&statement, sql, &error) < 0) fail_msg("%s", error.message);
}

static int64_t count(struct fixture *fixture, const char *sql)
{
  struct error error = {""};
  int64_t number = -1;
  struct host_statement statement;
  host_statement_open(&statement, fixture->writer, sql);
  assert_true(host_statement_step(&statement));
  assert_true(host_statement_integer(&statement, 0, &number));
  assert_int_equal(host_statement_close(&statement, sql, &error), 0);
  return number;
}

struct token {
  char text[TOKEN_CHARS + 1];
};

static struct token start(struct fixture *fixture, struct json principal)
{
  struct token token;
  struct error error = {""};
  if (session_start(fixture->writer, &principal, NOW, &one_hour, token.text, &error) < 0)
    fail_msg("%s", error.message);
  return token;
}

static int find(struct fixture *fixture, struct text token, int64_t now_ms, struct session *session)
{
  struct error error = {""};
  int found = session_find(fixture->writer, token, now_ms, &fixture->arena, session, &error);
  if (found < 0) fail_msg("%s", error.message);
  return found;
}

static int still_there(struct fixture *fixture, const struct session *session, int64_t now_ms)
{
  struct error error = {""};
  struct session again = *session;
  int found = session_find_again(fixture->writer, &again, now_ms, &fixture->arena, &error);
  if (found < 0) fail_msg("%s", error.message);
  return found;
}

static bool lives(struct fixture *fixture, const struct token *token)
{
  struct session session;
  return find(fixture, text_of(token->text), NOW, &session) == 1;
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct error error = {""};
  snprintf(fixture->path, sizeof fixture->path, "/tmp/writ-test-session-XXXXXX");
  int file = mkstemp(fixture->path);
  assert_true(file >= 0);
  close(file);
  assert_int_equal(crypto_init(&error), 0);
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  assert_int_equal(store_open(&config, &fixture->store, &error), 0);
  fixture->writer = store_writer(fixture->store);
  arena_init(&fixture->arena, 1024);
  execute(fixture, "BEGIN IMMEDIATE");
  *state = fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  if (connection_in_transaction(fixture->writer)) execute(fixture, "COMMIT");
  arena_deinit(&fixture->arena);
  store_close(fixture->store);
  database_file_remove(fixture->path);
  memory_free(fixture);
  return 0;
}

static bool file_contains(const char *path, const char *suffix, const void *bytes, size_t length)
{
  char name[80];
  snprintf(name, sizeof name, "%s%s", path, suffix);
  FILE *file = fopen(name, "rb");
  if (file == NULL) return false;
  struct buffer content = {0};
  size_t got;
  while ((got = fread(buffer_reserve(&content, 4096), 1, 4096, file)) > 0) content.length += got;
  fclose(file);
  bool contains = content.length > 0 && memmem(content.data, content.length, bytes, length) != NULL;
  buffer_deinit(&content);
  return contains;
}

static bool database_contains(struct fixture *fixture, const void *bytes, size_t length)
{
  return file_contains(fixture->path, "", bytes, length) ||
         file_contains(fixture->path, "-wal", bytes, length);
}

/* --- Tests --- */

static void test_finds_what_it_started(void **state)
{
  struct fixture *fixture = *state;
  const struct json principals[] = {json_string(TEXT("0190-ada")), json_integer(7),
                                    json_string(TEXT("7")), json_integer(INT64_MIN),
                                    json_string(TEXT("a\0b"))};
  enum { COUNT = sizeof principals / sizeof *principals };
  struct token tokens[COUNT];
  for (int i = 0; i < COUNT; i++) tokens[i] = start(fixture, principals[i]);
  for (int i = 0; i < COUNT; i++) {
    struct session session;
    assert_int_equal(find(fixture, text_of(tokens[i].text), NOW, &session), 1);
    assert_int_equal(session.principal_id.type, principals[i].type);
    assert_true(json_equal(&session.principal_id, &principals[i]));
    assert_int_equal(session.ends_ms, NOW + HOUR);
    assert_int_equal(still_there(fixture, &session, NOW), 1);
    for (int j = 0; j < i; j++) assert_string_not_equal(tokens[i].text, tokens[j].text);
  }
}

static void test_knows_no_other_token(void **state)
{
  struct fixture *fixture = *state;
  struct token token = start(fixture, json_integer(7)), changed = token;
  changed.text[20] = changed.text[20] == 'A' ? 'B' : 'A';
  unsigned char hash[HASH_BYTES];
  char hex[2 * HASH_BYTES + 1];
  crypto_hash_text(hash, TEXT(""), text_of(token.text));
  crypto_hex(hex, hash, HASH_BYTES);
  const struct text strangers[] = {
      TEXT(""),
      text_of(changed.text),
      {token.text, TOKEN_CHARS - 1},
      {token.text, TOKEN_CHARS + 1},
      {(const char *)hash, HASH_BYTES}, /* what the table holds opens nothing */
      {hex, TOKEN_CHARS},
      text_of(hex),
      TEXT("' OR 1 = 1 --                              "),
      TEXT(
          "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
  };
  struct session session;
  for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
    assert_int_equal(find(fixture, strangers[i], NOW, &session), 0);
  assert_int_equal(find(fixture, text_of(token.text), NOW, &session), 1);
}

static void test_stores_tokens_only_hashed(void **state)
{
  struct fixture *fixture = *state;
  struct token token = start(fixture, json_string(TEXT("principal-of-the-scan")));
  unsigned char hash[HASH_BYTES];
  crypto_hash_text(hash, TEXT(""), text_of(token.text));
  execute(fixture, "COMMIT");
  assert_true(database_contains(fixture, "principal-of-the-scan", 21)); /* the scan does see rows */
  assert_true(database_contains(fixture, hash, HASH_BYTES));
  for (size_t i = 0; i + 12 <= TOKEN_CHARS; i++)
    assert_false(database_contains(fixture, token.text + i, 12));
}

static void test_expires(void **state)
{
  struct fixture *fixture = *state;
  struct token token = start(fixture, json_integer(7));
  struct session session;
  assert_int_equal(find(fixture, text_of(token.text), NOW + HOUR - 1, &session), 1);
  assert_int_equal(still_there(fixture, &session, NOW + HOUR - 1), 1);
  assert_int_equal(still_there(fixture, &session, NOW + HOUR), 0);
  assert_int_equal(find(fixture, text_of(token.text), NOW + HOUR, &session), 0);
}

static struct token start_on(struct fixture *fixture, const struct session_terms *terms)
{
  struct token token;
  struct error error = {""};
  struct json principal = json_integer(7);
  if (session_start(fixture->writer, &principal, NOW, terms, token.text, &error) < 0)
    fail_msg("%s", error.message);
  return token;
}

static void use(struct fixture *fixture, const struct session *session, int64_t now_ms)
{
  struct error error = {""};
  if (session_used(fixture->writer, session->id, now_ms, &error) < 0) fail_msg("%s", error.message);
}

static void test_ends_when_idle(void **state)
{
  struct fixture *fixture = *state;
  struct session session;
  const struct session_terms terms = {.lifetime_ms = 10 * HOUR, .idle_ms = HOUR};
  struct token token = start_on(fixture, &terms);
  assert_int_equal(find(fixture, text_of(token.text), NOW + HOUR - 1, &session), 1);
  assert_int_equal(find(fixture, text_of(token.text), NOW + HOUR, &session), 0);
  for (int hour = 0; hour < 9; hour++) { /* used just in time, again and again */
    int64_t now_ms = NOW + (int64_t)(hour + 1) * HOUR - hour - 1;
    assert_int_equal(still_there(fixture, &session, now_ms), 1);
    use(fixture, &session, now_ms);
    assert_int_equal(still_there(fixture, &session, now_ms + HOUR - 1), 1);
    assert_int_equal(still_there(fixture, &session, now_ms + HOUR), 0);
  }
  use(fixture, &session, NOW + 10 * HOUR - HOUR / 2); /* its lifetime ends first */
  use(fixture, &session, NOW + 10 * HOUR - 1);
  assert_int_equal(still_there(fixture, &session, NOW + 10 * HOUR - 1), 1);
  assert_int_equal(still_there(fixture, &session, NOW + 10 * HOUR), 0);
}

static void test_use_resurrects_nothing(void **state)
{
  struct fixture *fixture = *state;
  struct session session, ended;
  struct error error = {""};
  const struct session_terms terms = {.lifetime_ms = 10 * HOUR, .idle_ms = HOUR};
  struct token idle = start_on(fixture, &terms), other = start_on(fixture, &terms);
  find(fixture, text_of(idle.text), NOW, &session);
  find(fixture, text_of(other.text), NOW, &ended);
  use(fixture, &session, NOW + HOUR);
  assert_int_equal(find(fixture, text_of(idle.text), NOW + HOUR, &session), 0);
  assert_int_equal(session_end(fixture->writer, &ended, &error), 0);
  use(fixture, &ended, NOW + 1);
  assert_int_equal(find(fixture, text_of(other.text), NOW + 1, &ended), 0);
  assert_int_equal(count(fixture, "SELECT count(*) FROM writ_session"), 1);
}

/* A late job must not take back what a later one has noted, and with it time. */
static void test_use_moves_forward_only(void **state)
{
  struct fixture *fixture = *state;
  struct session session;
  struct token token =
      start_on(fixture, &(struct session_terms){.lifetime_ms = 10 * HOUR, .idle_ms = HOUR});
  find(fixture, text_of(token.text), NOW, &session);
  use(fixture, &session, NOW + 1000);
  use(fixture, &session, NOW + 500);
  find(fixture, text_of(token.text), NOW, &session);
  assert_int_equal(session.used_ms, NOW + 1000);
  assert_int_equal(session.ends_ms, NOW + 1000 + HOUR);
}

static void test_says_when_its_use_is_due(void **state)
{
  (void)state;
  const struct session often = {.used_ms = NOW, .idle_ms = 5000},
                       seldom = {.used_ms = NOW, .idle_ms = 24 * HOUR}, never = {.used_ms = NOW};
  assert_false(session_is_stale(&often, NOW + 500));
  assert_true(session_is_stale(&often, NOW + 501));
  assert_false(session_is_stale(&seldom, NOW + 60000));
  assert_true(session_is_stale(&seldom, NOW + 60001));
  assert_true(session_is_stale(&never, NOW + 60001));
  assert_false(session_is_stale(&never, NOW - HOUR)); /* the clock was set back */
}

static void test_reads_roles_and_scopes_afresh(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {""};
  struct session session;
  struct json words[] = {json_string(TEXT("a")), json_string(TEXT("b\"c"))};
  const struct json list = {.type = JSON_ARRAY, .items = words, .length = 2};
  struct token token =
      start_on(fixture, &(struct session_terms){
                            .lifetime_ms = HOUR, .machine = true, .roles = &list, .scopes = &list});
  assert_int_equal(find(fixture, text_of(token.text), NOW, &session), 1);
  assert_true(json_equal(&session.roles, &list));
  assert_true(json_equal(&session.scopes, &list));
  execute(fixture, "UPDATE writ_session SET scopes = '[]', roles = '[\"a\"]'");
  assert_int_equal(session_find_again(fixture->writer, &session, NOW, &fixture->arena, &error), 1);
  assert_int_equal(session.scopes.length, 0);
  assert_int_equal(session.roles.length, 1);
}

static void test_sweeps_what_expired(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {""};
  struct token token;
  struct json principal = json_integer(7);
  for (int i = 0; i < 100; i++) start(fixture, json_integer(i));
  assert_int_equal(count(fixture, "SELECT count(*) FROM writ_session"), 100);
  for (int i = 1; i <= 2; i++)
    assert_int_equal(
        session_start(fixture->writer, &principal, NOW + HOUR, &one_hour, token.text, &error), 0);
  assert_int_equal(count(fixture, "SELECT count(*) FROM writ_session"), 2);
}

static void test_refuses_what_makes_no_session(void **state)
{
  struct fixture *fixture = *state;
  const struct {
    struct json principal;
    int64_t now_ms, lifetime_ms;
  } cases[] = {
      {json_null(), NOW, HOUR},        {json_boolean(true), NOW, HOUR},
      {json_real(1.5), NOW, HOUR},     {{.type = JSON_ARRAY}, NOW, HOUR},
      {json_integer(7), NOW, 0},       {json_integer(7), NOW, -1},
      {json_integer(7), INT64_MAX, 1}, {json_integer(7), NOW, INT64_MAX},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = {""};
    struct token token;
    assert_int_equal(session_start(fixture->writer, &cases[i].principal, cases[i].now_ms,
                                   &(struct session_terms){.lifetime_ms = cases[i].lifetime_ms},
                                   token.text, &error),
                     -1);
    assert_string_not_equal(error.message, "");
  }
  assert_int_equal(count(fixture, "SELECT count(*) FROM writ_session"), 0);
}

static void test_ends_one(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {""};
  struct session session;
  struct token one = start(fixture, json_integer(7)), two = start(fixture, json_integer(7));
  find(fixture, text_of(one.text), NOW, &session);
  assert_int_equal(session_end(fixture->writer, &session, &error), 0);
  assert_int_equal(still_there(fixture, &session, NOW), 0);
  assert_false(lives(fixture, &one));
  assert_true(lives(fixture, &two));
  assert_int_equal(session_end(fixture->writer, &session, &error), 0); /* again: nothing to do */
}

/* The integer 7 and the text '7' are different principals. */
static void test_ends_others_and_all(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {""};
  struct session session;
  struct json principal = json_integer(7);
  struct token mine[3], text = start(fixture, json_string(TEXT("7"))),
                        stranger = start(fixture, json_integer(8));
  for (int i = 0; i < 3; i++) mine[i] = start(fixture, principal);
  find(fixture, text_of(mine[1].text), NOW, &session);

  assert_int_equal(session_end_others(fixture->writer, &session, &error), 0);
  assert_false(lives(fixture, &mine[0]));
  assert_true(lives(fixture, &mine[1]));
  assert_false(lives(fixture, &mine[2]));
  assert_true(lives(fixture, &text) && lives(fixture, &stranger));

  assert_int_equal(session_end_all(fixture->writer, &principal, &error), 0);
  assert_false(lives(fixture, &mine[1]));
  assert_true(lives(fixture, &text) && lives(fixture, &stranger));
}

static void test_rolls_back(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {""};
  assert_int_equal(connection_savepoint(fixture->writer, &error), 0);
  struct token token = start(fixture, json_integer(7));
  assert_true(lives(fixture, &token));
  assert_int_equal(connection_rollback(fixture->writer, &error), 0);
  assert_false(lives(fixture, &token));
}

/* A session of a row that was given to somebody else is not the session that was found. */
static void test_notices_another_principal(void **state)
{
  struct fixture *fixture = *state;
  struct session session;
  struct token token = start(fixture, json_integer(7));
  find(fixture, text_of(token.text), NOW, &session);
  execute(fixture, "UPDATE writ_session SET principal_id = 8");
  assert_int_equal(still_there(fixture, &session, NOW), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_finds_what_it_started),
      TEST(test_knows_no_other_token),
      TEST(test_stores_tokens_only_hashed),
      TEST(test_expires),
      TEST(test_sweeps_what_expired),
      TEST(test_refuses_what_makes_no_session),
      TEST(test_ends_one),
      TEST(test_ends_others_and_all),
      TEST(test_ends_when_idle),
      TEST(test_use_resurrects_nothing),
      TEST(test_use_moves_forward_only),
      TEST(test_says_when_its_use_is_due),
      TEST(test_reads_roles_and_scopes_afresh),
      TEST(test_rolls_back),
      TEST(test_notices_another_principal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
