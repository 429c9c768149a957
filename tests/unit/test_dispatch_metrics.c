/* What the dispatcher counts of its calls: how they end, what waits, what is committed, which
 * handlers are not well. */
#include "dispatch_app.h"
#include "prometheus_text.h"

#include "dispatch/metrics.h"

enum { ADA, BOB, ROOT, NOBODY };

static void *segment; /* of the fixture that is open */
static struct buffer text;
static uint64_t now_ns, tick_ns; /* with each look at the clock */

/* The clock of the batches: on a slow machine one would be over before all are in it that the test
 * puts there. */
uint64_t __wrap_clock_monotonic_ns(void);
uint64_t __wrap_clock_monotonic_ns(void)
{
  static uint64_t batch_ns = UINT64_C(1000000000);
  return batch_ns += 1000;
}

static uint64_t own_clock(void *context)
{
  (void)context;
  return now_ns += tick_ns;
}

static int64_t wall_ms;

/* So that no test is of two minutes, which refusals are counted by. */
static int64_t one_moment(void *context)
{
  (void)context;
  return wall_ms;
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  segment = memory_new(metrics_bytes());
  now_ns = UINT64_C(5000000000);
  tick_ns = 0;
  wall_ms = clock_wall_ms();
  fixture->clock.monotonic_ns = own_clock;
  fixture->clock.now_ms = one_moment;
  fixture->metrics = metrics_attach(segment, 0);
  fixture_open(fixture, app_files, sizeof app_files / sizeof app_files[0], app_rows);
  *state = fixture;
  return 0;
}

/* What goes up has come down. */
static int tear_down(void **state)
{
  fixture_tear_down(state);
  const void *segments[] = {segment};
  buffer_clear(&text);
  metrics_write(&text, segments, 1, clock_monotonic_ns());
  assert_int_equal(prometheus_value(buffer_text(&text), "writ_calls_open"), 0);
  assert_int_equal(prometheus_value(buffer_text(&text), "writ_audit_waiting"), 0);
  assert_int_equal(prometheus_value(buffer_text(&text), "writ_audit_counted_refusals"), 0);
  assert_int_equal(prometheus_value(buffer_text(&text), "writ_audit_oldest_seconds"), 0);
  assert_int_equal(prometheus_value(buffer_text(&text), "writ_password_jobs"), 0);
  buffer_deinit(&text);
  memory_free(segment);
  return 0;
}

static double value(const char *series)
{
  const void *segments[] = {segment};
  buffer_clear(&text);
  metrics_write(&text, segments, 1, clock_monotonic_ns());
  prometheus_read(buffer_text(&text));
  return prometheus_value(buffer_text(&text), series);
}

static void expect(const char *series, double expected)
{
  double found = value(series);
  if (found != expected) fail_msg("%s: %g instead of %g", series, found, expected);
}

static void call(struct fixture *fixture, const char *target, int who, const char *body, int status)
{
  struct exchange exchange;
  exchange_send(fixture, &exchange, target, who == NOBODY ? NULL : fixture->tokens[who], body);
  fixture_settle(fixture);
  if (exchange.status != status) fail_msg("%s: %d %s", target, exchange.status, exchange.body);
  exchange_end(&exchange);
}

#define UPDATES(rest) "writ_requests_total{contract=\"update\",outcome=" rest "}"

static void every_end_is_counted(void **state)
{
  struct fixture *fixture = *state;
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"x\"}", 200);
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"y\"}", 200);
  call(fixture, "PATCH /notes/b1", ADA, "{\"title\": \"x\"}", 404);
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"refuse\"}", 418);
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"loop\"}", 500);
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"break\"}", 500);
  call(fixture, "PATCH /notes/a1", NOBODY, "{\"title\": \"x\"}", 401);
  call(fixture, "PATCH /nowhere", ADA, "", 404);
  call(fixture, "PUT /notes/a1", ADA, "", 405);
  expect(UPDATES("\"ok\""), 2);
  expect(UPDATES("\"denied\",reason=\"not_found\""), 1);
  expect(UPDATES("\"denied\",reason=\"declared\""), 1);
  expect(UPDATES("\"denied\",reason=\"unauthenticated\""), 1);
  expect(UPDATES("\"failed\",reason=\"handler_deadline\""), 1);
  expect(UPDATES("\"breach\",reason=\"contract_breach\""), 1);
  expect("writ_requests_total{contract=\"(none)\",outcome=\"denied\",reason=\"no_route\"}", 1);
  expect(
      "writ_requests_total{contract=\"(none)\",outcome=\"denied\",reason=\"method_not_allowed\"}",
      1);
  expect("writ_request_seconds_count{contract=\"update\"}", 7);
  expect("writ_handler_seconds_count{contract=\"update\"}", 5);
  expect("writ_handler_max_seconds{contract=\"update\"}", 0);
  tick_ns = 7000000;
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"x\"}", 200);
  expect("writ_handler_max_seconds{contract=\"update\"}", 0.007);
  expect("writ_handler_seconds_sum{contract=\"update\"}", 0.007);
  assert_true(value("writ_handler_memory_max_bytes{contract=\"update\"}") >= 65536);
}

static void the_time_of_a_call_is_that_of_its_reply(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchange;
  exchange_send(fixture, &exchange, "PATCH /notes/a1", fixture->tokens[ADA], "{\"title\": \"x\"}");
  expect("writ_calls_open", 1);
  now_ns += 30000000;
  fixture_settle(fixture);
  exchange_end(&exchange);
  expect("writ_request_seconds_bucket{contract=\"update\",le=\"0.025\"}", 0);
  expect("writ_request_seconds_bucket{contract=\"update\",le=\"0.05\"}", 1);
  expect("writ_request_seconds_sum{contract=\"update\"}", 0.03);
  expect("writ_calls_open", 0);
}

static void sleep_is_no_time_of_the_handler(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchange;
  exchange_send(fixture, &exchange, "GET /notes/a1/nap?ms=1", fixture->tokens[ADA], "");
  expect("writ_calls_open", 1);
  expect("writ_handler_seconds_count{contract=\"nap\"}", -1);
  now_ns += 500000000;
  tick_ns = 7000000;
  fixture_settle(fixture);
  tick_ns = 0;
  exchange_end(&exchange);
  expect("writ_handler_seconds_count{contract=\"nap\"}", 1);
  expect("writ_handler_seconds_sum{contract=\"nap\"}", 0.007);
}

static void batches_are_counted(void **state)
{
  enum { CALLS = 10 };
  struct fixture *fixture = *state;
  struct exchange exchanges[CALLS];
  for (size_t i = 0; i < CALLS; i++)
    exchange_send(fixture, &exchanges[i], "PATCH /notes/a1", fixture->tokens[ADA],
                  "{\"title\": \"x\"}");
  expect("writ_audit_waiting", CALLS);
  assert_true(value("writ_audit_oldest_seconds") > 0);
  fixture_settle(fixture);
  for (size_t i = 0; i < CALLS; i++) exchange_end(&exchanges[i]);
  expect("writ_audit_waiting", 0);
  expect("writ_batches_total{outcome=\"committed\"}", 1); /* the first waits for BEGIN with all */
  expect("writ_batch_jobs_bucket{le=\"8\"}", 0);
  expect("writ_batch_jobs_sum", CALLS);
  expect("writ_commit_seconds_count", 1);
  expect("writ_write_turn_seconds_count", 1);
  assert_true(value("writ_commit_seconds_sum") > 0);
  assert_true(value("writ_wal_bytes{worker=\"0\"}") > 0);
}

static void what_is_not_committed_is_told_apart(void **state)
{
  struct fixture *fixture = *state;
  fixture->failing_commits = 1;
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"x\"}", 503);
  expect(UPDATES("\"failed\",reason=\"not_committed\""), 1);
  expect("writ_batches_total{outcome=\"failed\"}", 1);
  expect("writ_batches_total{outcome=\"committed\"}", 1); /* the row of the refusal */
  expect("writ_audit_failures_total", 0);
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"lose\"}", 500);
  expect("writ_batches_total{outcome=\"rolled_back\"}", 1);
  fixture->failing_commits = 2;
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"x\"}", 503);
  expect("writ_audit_failures_total", 1);
}

static void refusals_beyond_the_rate_wait_for_a_common_row(void **state)
{
  struct fixture *fixture = *state;
  for (int i = 0; i < 65; i++) call(fixture, "GET /titles", NOBODY, "", 401);
  expect("writ_audit_counted_refusals", 5);
  dispatcher_drain(fixture->dispatcher);
  expect("writ_audit_counted_refusals", 0);
  expect("writ_audit_waiting", 1);
  fixture->failing_commits = 1;
  fixture_settle(fixture);
  expect("writ_audit_counted_refusals", 5);
  expect("writ_audit_failures_total", 1);
}

static void passwords_that_wait_are_counted(void **state)
{
  struct fixture *fixture = *state;
  static const char login[] = "{\"name\": \"ada\", \"password\": \"x\"}";
  struct exchange exchanges[3]; /* one is hashed, one waits, one is too many */
  for (size_t i = 0; i < 2; i++) exchange_send(fixture, &exchanges[i], "POST /login", NULL, login);
  exchange_send(fixture, &exchanges[2], "POST /login", NULL,
                "{\"name\": \"b\", \"password\": \"x\"}");
  expect("writ_password_jobs", 2);
  fixture_settle(fixture);
  for (size_t i = 0; i < 3; i++) exchange_end(&exchanges[i]);
  expect("writ_password_jobs", 0);
  expect("writ_requests_total{contract=\"login\",outcome=\"failed\",reason=\"overloaded\"}", 1);
}

static void a_closed_route_is_flagged_until_it_opens(void **state)
{
  static const char flag[] = "writ_handler_state{contract=\"update\",state=\"quarantined\"}";
  static const char loop[] = "{\"title\": \"loop\"}", write[] = "{\"title\": \"x\"}";
  struct fixture *fixture = *state;
  fixture_execute(fixture, "UPDATE users SET role = 'user'");
  fixture_execute(fixture, "INSERT INTO notes (id, owner_id, title) VALUES ('r1', 'root', 'Four')");
  call(fixture, "PATCH /notes/a1", ADA, loop, 500);
  call(fixture, "PATCH /notes/b1", BOB, loop, 500);
  expect(flag, -1);
  call(fixture, "PATCH /notes/r1", ROOT, loop, 500);
  expect(flag, 1);
  expect("writ_handlers{state=\"quarantined\"}", 1);
  call(fixture, "PATCH /notes/a1", ADA, write, 503);
  expect(UPDATES("\"failed\",reason=\"quarantined\""), 1);
  now_ns += UINT64_C(1000000000);
  call(fixture, "PATCH /notes/a1", ADA, write, 200);
  expect(flag, -1);
  expect("writ_handlers{state=\"quarantined\"}", 0);
}

/* During a reload there are two, and what the old one still does says nothing of the new handlers.
 */
static void a_new_generation_begins_with_its_own_flags(void **state)
{
  struct fixture *fixture = *state;
  struct contract **contracts = fixture->generation->contracts;
  struct dispatcher *next;
  struct error error = {0};
  char flags[2][120];
  snprintf(flags[0], sizeof flags[0], "writ_handler_state{contract=\"%s\",state=\"unavailable\"}",
           contracts[0]->name);
  snprintf(flags[1], sizeof flags[1], "writ_handler_state{contract=\"%s\",state=\"stale\"}",
           contracts[1]->name);
  expect("writ_handlers{state=\"unavailable\"}", 0);
  contracts[0]->handler_state = HANDLER_UNAVAILABLE;
  contracts[1]->handler_state = HANDLER_STALE;
  if (dispatcher_new(&fixture->loop, fixture->store, fixture->sandbox, fixture->generation,
                     &fixture->config, &next, &error))
    fail_msg("%s", error.message);
  call(fixture, "GET /titles", ADA, "", 200);
  expect("writ_handlers{state=\"unavailable\"}", 1);
  expect("writ_handlers{state=\"stale\"}", 1);
  expect(flags[0], 1);
  expect(flags[1], 1);
  dispatcher_close(next);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  dispatcher_free(next);
}

/* Which routes are closed is known to the next generation, also if a call of this one closes it. */
static void a_quarantine_outlives_a_reload(void **state)
{
  static const char flag[] = "writ_handler_state{contract=\"update\",state=\"quarantined\"}";
  static const char loop[] = "{\"title\": \"loop\"}";
  struct fixture *fixture = *state;
  struct dispatcher *former = fixture->dispatcher, *next, *last;
  struct error error = {0};
  fixture_execute(fixture, "UPDATE users SET role = 'user'");
  fixture_execute(fixture, "INSERT INTO notes (id, owner_id, title) VALUES ('r1', 'root', 'Four')");
  call(fixture, "PATCH /notes/a1", ADA, loop, 500);
  call(fixture, "PATCH /notes/b1", BOB, loop, 500);
  if (dispatcher_new(&fixture->loop, fixture->store, fixture->sandbox, fixture->generation,
                     &fixture->config, &next, &error))
    fail_msg("%s", error.message);
  dispatcher_adopt(next, former);
  expect(flag, -1);
  call(fixture, "PATCH /notes/r1", ROOT, loop, 500);
  fixture->dispatcher = next;
  call(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"x\"}", 503);
  expect(flag, 1);
  if (dispatcher_new(&fixture->loop, fixture->store, fixture->sandbox, fixture->generation,
                     &fixture->config, &last, &error))
    fail_msg("%s", error.message);
  expect(flag, -1);
  dispatcher_adopt(last, next);
  expect(flag, 1);
  fixture->dispatcher = former;
  dispatcher_close(next);
  dispatcher_close(last);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  dispatcher_free(next);
  dispatcher_free(last);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(every_end_is_counted),
      TEST(the_time_of_a_call_is_that_of_its_reply),
      TEST(sleep_is_no_time_of_the_handler),
      TEST(batches_are_counted),
      TEST(what_is_not_committed_is_told_apart),
      TEST(refusals_beyond_the_rate_wait_for_a_common_row),
      TEST(passwords_that_wait_are_counted),
      TEST(a_closed_route_is_flagged_until_it_opens),
      TEST(a_quarantine_outlives_a_reload),
      TEST(a_new_generation_begins_with_its_own_flags),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
