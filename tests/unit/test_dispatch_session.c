/* Calls with a session: what becomes of it while they wait, and when it is said to have been used.
 */
#include "dispatch_app.h"

static int64_t now_ms;

static int64_t test_now(void *context)
{
  (void)context;
  return now_ms;
}

/* A call that only reads, and waits for nothing. */
static const struct app_file reading[] = {
    {"contracts/read.json", "{\"summary\": \"It is tested\", \"route\": \"GET /read\", "
                            "\"requires\": {\"auth\": [\"user\"],\n"
                            "  \"validates\": {\"type\": \"object\", \"properties\": {}}},\n"
                            " \"ensures\": {\"returns\": {\"204\": null}}}"},
    {"app/handlers/read.lua", "return function() return nil, 204 end"}};

static int set_up(void **state)
{
  enum { COUNT = sizeof app_files / sizeof *app_files, MORE = sizeof reading / sizeof *reading };
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct app_file files[COUNT + MORE];
  memcpy(files, app_files, sizeof app_files);
  memcpy(files + COUNT, reading, sizeof reading);
  now_ms = clock_wall_ms();
  fixture->clock.now_ms = test_now;
  fixture_open(fixture, files, COUNT + MORE, app_rows);
  char sql[256];
  snprintf(sql, sizeof sql,
           "UPDATE writ_session SET started_ms = %lld, used_ms = %lld, expires_ms = %lld, "
           "idle_ms = 1800000, ends_ms = %lld",
           (long long)now_ms, (long long)now_ms, (long long)now_ms + 3600000,
           (long long)now_ms + 1800000);
  fixture_execute(fixture, sql);
  *state = fixture;
  return 0;
}

static int64_t number(struct fixture *fixture, const char *sql)
{
  char *found = fixture_ask(fixture, sql);
  int64_t number = strtoll(found, NULL, 10);
  memory_free(found);
  return number;
}

static const char *const ada_used =
    "SELECT used_ms - started_ms FROM writ_session WHERE principal_id = 'ada'";

/* What waits, and what happens meanwhile; NULL: nothing. (Nobody else can write where a call that
 * writes waits for the writer.) */
static const char nap[] = "GET /notes/a1/nap?ms=1", update[] = "PATCH /notes/a1";
static const struct {
  const char *target, *happens;
  int64_t passes_ms;
  int status;
} ends[] = {
    {nap, NULL, 1790000, 200},
    {nap, NULL, 1800000, 401},
    {nap, "UPDATE writ_session SET scopes = '[]'", 0, 200},
    {nap, "UPDATE writ_session SET principal_id = 'bob'", 0, 401},
    {nap, "DELETE FROM writ_session", 0, 401},
    {nap, "DELETE FROM users WHERE id = 'ada'", 0, 401},
    {nap, "UPDATE users SET role = 'none' WHERE id = 'ada'", 0, 403},
    {update, NULL, 1790000, 200},
    {update, NULL, 1800000, 401},
};

/* Who has called already is not looked for again, where nobody has changed anything. */
static void let_remember(struct fixture *fixture)
{
  struct exchange exchange;
  exchange_send(fixture, &exchange, "GET /read", fixture->tokens[0], "");
  fixture_settle(fixture);
  exchange_end(&exchange);
}

static void test_everything_is_asked_again(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    void *opened;
    struct exchange exchange;
    set_up(&opened);
    struct fixture *fixture = opened;
    let_remember(fixture);
    exchange_send(fixture, &exchange, ends[i].target, fixture->tokens[0],
                  ends[i].target == update ? "{\"title\": \"Won\"}" : "");
    assert_int_equal(exchange.dones, 0);
    if (ends[i].happens) fixture_execute(fixture, ends[i].happens);
    now_ms += ends[i].passes_ms;
    fixture_settle(fixture);
    if (exchange.status != ends[i].status)
      fail_msg("%zu: %d %s", i, exchange.status, exchange.body);
    exchange_end(&exchange);
    fixture_tear_down(&opened);
  }
}

/* Another process has the turn to write when the call asks for it. */
static void test_another_process_comes_first(void **state)
{
  static const struct {
    const char *happens;
    int status;
  } cases[] = {{"DELETE FROM writ_session", 401},
               {"UPDATE users SET role = 'none' WHERE id = 'ada'", 403},
               {"UPDATE writ_session SET used_ms = used_ms + 1", 200}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    void *opened;
    struct exchange exchange;
    struct store *other;
    struct error error = {0};
    set_up(&opened);
    struct fixture *fixture = opened;
    const char *path = sqlite3_db_filename(fixture->beside, "main");
    let_remember(fixture);
    if (store_open(&(struct store_config){.path = path}, &other, &error) ||
        connection_begin_write(store_writer(other), &error))
      fail_msg("%s", error.message);
    exchange_send(fixture, &exchange, update, fixture->tokens[0], "{\"title\": \"Won\"}");
    assert_int_equal(connection_execute(store_writer(other), cases[i].happens, &error), 0);
    store_writer(other)->changes_identities = cases[i].status != 200; /* it has no policy */
    assert_int_equal(connection_commit(store_writer(other), &error), 0);
    fixture_settle(fixture);
    assert_int_equal(exchange.status, cases[i].status);
    exchange_end(&exchange);
    store_close(other);
    fixture_tear_down(&opened);
  }
}

static int get(struct fixture *fixture, const char *token)
{
  struct exchange exchange;
  exchange_send(fixture, &exchange, "GET /notes/a1/nap?ms=0", token, "");
  fixture_settle(fixture);
  int status = exchange.status;
  exchange_end(&exchange);
  return status;
}

static void test_uses_keep_it(void **state)
{
  struct fixture *fixture = *state;
  assert_int_equal(get(fixture, fixture->tokens[0]), 200);
  assert_int_equal(number(fixture, ada_used), 0);
  for (int minutes = 25; minutes < 60; minutes += 25) {
    now_ms += 25 * 60000;
    assert_int_equal(get(fixture, fixture->tokens[0]), 200);
    assert_int_equal(number(fixture, ada_used), minutes * 60000);
  }
  now_ms += 10 * 60000; /* an hour in all: however much it is used */
  assert_int_equal(get(fixture, fixture->tokens[0]), 401);
  assert_int_equal(get(fixture, fixture->tokens[1]), 401);
}

/* The use of a request that is refused, or that many make at once, is a use, and one. */
static void test_notes_a_use_once(void **state)
{
  enum { REQUESTS = 20 };
  struct fixture *fixture = *state;
  struct exchange exchanges[REQUESTS];
  now_ms += 5 * 60000;
  int64_t changes = sqlite3_total_changes64(connection_handle(store_writer(fixture->store)));
  for (size_t i = 0; i < REQUESTS; i++)
    exchange_send(fixture, &exchanges[i], "GET /notes/a1/nap?ms=0", fixture->tokens[0], "");
  fixture_settle(fixture);
  for (size_t i = 0; i < REQUESTS; i++) exchange_end(&exchanges[i]);
  assert_int_equal(number(fixture, ada_used), 5 * 60000);
  changes = sqlite3_total_changes64(connection_handle(store_writer(fixture->store))) - changes;
  assert_int_equal(changes, 1);
}

/* The note comes behind what ends the session, and finds nothing. */
static void test_a_note_brings_nothing_back(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchange;
  now_ms += 5 * 60000;
  exchange_send(fixture, &exchange, "POST /logout", fixture->tokens[0], "{}");
  fixture_settle(fixture);
  assert_int_equal(exchange.status, 204);
  exchange_end(&exchange);
  assert_int_equal(number(fixture, "SELECT count(*) FROM writ_session"), SESSIONS - 1);
  assert_int_equal(get(fixture, fixture->tokens[0]), 401);
}

/* --- What is remembered of tokens. --- */

static int call(struct fixture *fixture, int who, const char *target, const char *body)
{
  struct exchange exchange;
  exchange_send(fixture, &exchange, target, fixture->tokens[who], body);
  fixture_settle(fixture);
  connection_end_read(store_reader(fixture->store)); /* as each turn of a loop with a server does */
  int status = exchange.status;
  exchange_end(&exchange);
  return status;
}

/* What root does, or somebody with sqlite3, or the clock; bob's next request is answered so. */
static const struct {
  const char *target, *body, *sql;
  int64_t passes_ms;
  int status;
} changes[] = {
    {NULL, NULL, NULL, 0, 204},
    {"POST /users/bob/role", "{\"role\": \"none\"}", NULL, 0, 403},
    {"POST /users/ada/role", "{\"role\": \"none\"}", NULL, 0, 204},
    {"DELETE /users/bob", "", NULL, 0, 401},
    {NULL, NULL, "UPDATE users SET role = 'none' WHERE id = 'bob'", 0, 403},
    {NULL, NULL, "DELETE FROM users WHERE id = 'bob'", 0, 401},
    {NULL, NULL, "DELETE FROM writ_session WHERE principal_id = 'bob'", 0, 401},
    {NULL, NULL, NULL, 1799999, 204},
    {NULL, NULL, NULL, 1800000, 401},
};

static void test_forgets_at_once(void **state)
{
  static const char bobs[] = "GET /read";
  (void)state;
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    void *opened;
    set_up(&opened);
    struct fixture *fixture = opened;
    assert_int_equal(call(fixture, 1, bobs, ""), 204);
    assert_int_equal(call(fixture, 1, bobs, ""), 204);
    if (changes[i].target)
      assert_int_equal(call(fixture, 2, changes[i].target, changes[i].body), 204);
    if (changes[i].sql) fixture_execute(fixture, changes[i].sql);
    now_ms += changes[i].passes_ms;
    int status = call(fixture, 1, bobs, "");
    if (status != changes[i].status) fail_msg("%zu: %d", i, status);
    fixture_tear_down(&opened);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_everything_is_asked_again),
      cmocka_unit_test(test_another_process_comes_first),
      TEST(test_uses_keep_it),
      TEST(test_notes_a_use_once),
      TEST(test_a_note_brings_nothing_back),
      cmocka_unit_test(test_forgets_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
