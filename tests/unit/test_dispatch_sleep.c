/* Calls whose handler sleeps: others are served meanwhile, and what lets a call in is asked again
 * when it goes on. */
#include "dispatch_app.h"

enum { ADA, BOB, ROOT, CROWD = 1000 };

static const char last_row[] =
    "SELECT outcome || ' ' || reason || ' ' || coalesce(principal_id, '-')"
    " FROM writ_audit ORDER BY id DESC LIMIT 1";

static void expect(struct exchange *exchange, int status, const char *body)
{
  if (exchange->status != status || (body && strcmp(exchange->body, body) != 0))
    fail_msg("%d %s", exchange->status, exchange->body);
  exchange_end(exchange);
}

/* The database may change while a call sleeps: it sees one state before, another after. */
static void test_a_sleeper_wakes_in_the_present(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchange;
  exchange_send(fixture, &exchange, "GET /notes/a1/nap?ms=1", fixture->tokens[ADA], "");
  assert_int_equal(exchange.dones, 0);
  fixture_execute(fixture, "UPDATE notes SET title = 'Anew' WHERE id = 'a1'");
  fixture_settle(fixture);
  expect(&exchange, 200, "[\"One\",\"Anew\"]");
}

/* A thousand sleep at once, and hold nobody up. */
static void test_sleepers_hold_nobody_up(void **state)
{
  struct fixture *fixture = *state;
  struct exchange *crowd = memory_new_array(CROWD, sizeof *crowd), other;
  for (size_t i = 0; i < CROWD; i++)
    exchange_send(fixture, &crowd[i], "GET /notes/a1/nap?ms=50", fixture->tokens[ADA], "");
  exchange_send(fixture, &other, "GET /limited", fixture->tokens[BOB], "");
  expect(&other, 200, "true");
  assert_int_equal(dispatcher_calls(fixture->dispatcher), CROWD);
  exchange_send(fixture, &other, "PATCH /notes/b1", fixture->tokens[BOB], "{\"title\": \"Won\"}");
  fixture_settle(fixture);
  expect(&other, 200, NULL);
  for (size_t i = 0; i < CROWD; i++) expect(&crowd[i], 200, "[\"One\",\"One\"]");
  memory_free(crowd);
}

/* What happens while it sleeps, and how the call ends. */
static const struct {
  const char *target, *happens;
  int status;
  const char *audited;
} ends[] = {
    {"GET /notes/a1/nap?ms=1", "DELETE FROM writ_session", 401, "denied unauthenticated ada"},
    {"GET /notes/a1/nap?ms=1", "DELETE FROM users WHERE id = 'ada'", 401,
     "denied unauthenticated ada"},
    {"GET /notes/a1/nap?ms=1", "UPDATE users SET role = 'none' WHERE id = 'ada'", 403,
     "denied forbidden ada"},
    {"GET /notes/a1/nap?ms=1", "UPDATE notes SET owner_id = 'bob' WHERE id = 'a1'", 404,
     "denied not_found ada"},
    {"GET /notes/a1/nap?ms=1", "UPDATE notes SET title = 'touched' WHERE id = 'a1'", 409,
     "denied touched ada"},
    {"GET /doze?ms=5000", "SELECT 1", 500, "failed handler_deadline ada"},
    {"GET /doze?ms=0", "SELECT 1", 500, "failed handler_deadline ada"},
};

static void test_everything_is_asked_again(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    struct fixture *fixture = memory_new(sizeof *fixture);
    struct exchange exchange;
    fixture_open(fixture, app_files, sizeof app_files / sizeof app_files[0], app_rows);
    exchange_send(fixture, &exchange, ends[i].target, fixture->tokens[ADA], "");
    assert_int_equal(exchange.dones, 0);
    fixture_execute(fixture, ends[i].happens);
    fixture_settle(fixture);
    if (exchange.status != ends[i].status)
      fail_msg("%s: %d %s", ends[i].happens, exchange.status, exchange.body);
    fixture_expect(fixture, last_row, ends[i].audited);
    exchange_end(&exchange);
    fixture_close(fixture);
    memory_free(fixture);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_sleeper_wakes_in_the_present, app_set_up,
                                      fixture_tear_down),
      cmocka_unit_test_setup_teardown(test_sleepers_hold_nobody_up, app_set_up, fixture_tear_down),
      cmocka_unit_test(test_everything_is_asked_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
