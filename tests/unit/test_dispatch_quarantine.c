/* What overruns and traps do to their callers and to their route, and what they do not do to
 * anybody else: through the dispatcher, with a clock of the test's own. */
#include "dispatch_fixture.h"

enum { ADA, BOB, ROOT, NOBODY };

#define VALIDATES(name)                                                                            \
  "\"validates\": {\"type\": \"object\", \"properties\": {\"" name "\": {\"type\": \"string\"}},"  \
  " \"required\": [\"" name "\"]}"
#define RETURNS "\"ensures\": {\"returns\": {\"type\": \"string\"}"

/* What a run does is in its input. */
static const char handler[] =
    "return function(input, ctx)\n"
    "  if input.what == 'loop' then while true do end end\n"
    "  if input.what == 'eat' then local t = {} while true do t[#t + 1] = { #t } end end\n"
    "  if input.what == 'raise' then error 'raised' end\n"
    "  if input.what == 'ask' then ctx.db.q.endless() end\n"
    "  if input.what == 'nap' then ctx.sleep(1) end\n"
    "  if input.what == 'write' then ctx.db.q.add() end\n"
    "  return input.what\n"
    "end\n";

/* gmatch after an error of its own recurses without limit: a trap in every Lua 5.4. */
static const char trapping_handler[] =
    "return function()\n"
    "  local iterator = ('a'):rep(50000):gmatch(('a?'):rep(50000) .. 'b')\n"
    "  pcall(iterator)\n"
    "  iterator()\n"
    "end\n";

static const struct app_file files[] = {
    {"contracts/migrations/0001_all.sql",
     "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL) STRICT;\n"
     "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL) STRICT;\n"},
    {"contracts/policy.json",
     "{\"principal\": \"q.principal\",\n"
     " \"tables\": {\"users\": {\"owner\": \"id\"}, \"notes\": {\"owner\": \"owner_id\"}}}"},
    {"contracts/queries/q.sql",
     "-- name: principal :one\nSELECT id, role FROM users WHERE id = :principal_id;\n"
     "-- name: add :exec\nINSERT INTO notes (id, owner_id) VALUES (:new_id, :principal_id);\n"
     "-- name: endless :value\n"
     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;\n"},

    {"contracts/limited.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /limited/{what}\",\n"
     " \"requires\": {\"auth\": [\"*\"], " VALIDATES(
         "what") ",\n"
                 "  \"rate_limit\": [{\"limit\": 30, \"per\": \"1m\", \"by\": \"principal\"}]},\n"
                 " \"uses\": {\"queries\": [\"q.endless\"]}, " RETURNS "}}"},
    {"contracts/open.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /open/{what}\",\n"
     " \"requires\": {\"auth\": \"public\", \"reason\": \"a test\", " VALIDATES(
         "what") "},\n"
                 " \"uses\": {\"queries\": [\"q.endless\"]}, " RETURNS
                 "}, \"limits\": {\"memory\": \"1MB\"}}"},
    {"contracts/writes.json",
     "{\"summary\": \"It is tested\", \"route\": \"POST /notes\",\n"
     " \"requires\": {\"auth\": [\"*\"], " VALIDATES(
         "what") "},\n"
                 " \"uses\": {\"queries\": [\"q.add\"]}, " RETURNS ", \"audit\": \"note_added\"}}"},
    {"contracts/naps.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /naps/{what}\",\n"
     " \"requires\": {\"auth\": \"public\", \"reason\": \"a test\", " VALIDATES(
         "what") "},\n"
                 " \"uses\": {\"sleep\": true}, " RETURNS "}}"},
    {"contracts/traps.json", "{\"summary\": \"It is tested\", \"route\": \"GET /traps\",\n"
                             " \"requires\": {\"auth\": \"public\", \"reason\": \"a test\",\n"
                             "  \"validates\": {\"type\": \"object\", \"properties\": {}}},\n"
                             " " RETURNS "}, \"limits\": {\"time\": \"1s\"}}"},
    {"app/handlers/limited.lua", handler},
    {"app/handlers/open.lua", handler},
    {"app/handlers/writes.lua", handler},
    {"app/handlers/naps.lua", handler},
    {"app/handlers/traps.lua", trapping_handler},
};

static const char rows[] =
    "INSERT INTO users VALUES ('ada', 'user'), ('bob', 'user'), ('root', 'user');\n";
static const char last_row[] =
    "SELECT outcome || ' ' || reason FROM writ_audit ORDER BY id DESC LIMIT 1";

static uint64_t now_ns, tick_ns; /* with each look at the clock */

static uint64_t own_clock(void *context)
{
  (void)context;
  return now_ns += tick_ns;
}

static void pass_ms(uint64_t ms)
{
  now_ns += ms * 1000000;
}

/* Sends one request and wants this status, and this header (NULL: no Retry-After). */
static void expect(struct fixture *fixture, const char *target, int who, const char *body,
                   int status, const char *header)
{
  struct exchange exchange;
  exchange_send(fixture, &exchange, target, who == NOBODY ? NULL : fixture->tokens[who], body);
  fixture_settle(fixture);
  if (exchange.status != status) fail_msg("%s: %d %s", target, exchange.status, exchange.body);
  bool fits = header ? strstr(exchange.headers, header) != NULL
                     : strstr(exchange.headers, "Retry-After") == NULL;
  if (!fits) fail_msg("%s: %d with %s", target, status, exchange.headers);
  exchange_end(&exchange);
}

static void read_from(struct fixture *fixture, const char *address, const char *target, int status,
                      const char *header)
{
  fixture->address = address;
  expect(fixture, target, NOBODY, "", status, header);
  fixture->address = NULL;
}

static void an_overrun_costs_ten_requests(void **state)
{
  struct fixture *fixture = *state;
  for (int i = 0; i < 3; i++) {
    expect(fixture, "GET /limited/loop", ADA, "", 500, NULL);
    expect(fixture, "GET /limited/fine", BOB, "", 200, NULL);
  }
  for (int i = 0; i < 10; i++) {
    expect(fixture, "GET /limited/loop", ADA, "", 429, "RateLimit-Limit: 30\n");
    expect(fixture, "GET /limited/fine", BOB, "", 200, NULL);
  }
  fixture_expect(fixture, last_row, "denied rate_limited");
  expect(fixture, "GET /open/fine", ADA, "", 200, NULL);
  pass_ms(2000); /* time for one request, which costs ten again */
  expect(fixture, "GET /limited/loop", ADA, "", 500, NULL);
  expect(fixture, "GET /limited/fine", ADA, "", 429, "Retry-After: 20\n");
}

static void without_rate_limits_it_is_six_a_minute(void **state)
{
  struct fixture *fixture = *state;
  for (int i = 0; i < 6; i++) {
    read_from(fixture, "192.0.2.66", "GET /open/loop", 500, NULL);
    read_from(fixture, "192.0.2.1", "GET /open/fine", 200, NULL);
  }
  pass_ms(1000);
  for (int i = 0; i < 10; i++) {
    read_from(fixture, "192.0.2.66", "GET /open/loop", 429, "Retry-After: 59\n");
    read_from(fixture, "192.0.2.1", "GET /open/fine", 200, NULL);
  }
  fixture_expect(fixture, last_row, "denied rate_limited");
  read_from(fixture, "192.0.2.66", "GET /traps", 500, NULL);
  pass_ms(59000);
  read_from(fixture, "192.0.2.66", "GET /open/fine", 200, NULL);
}

/* All of them have been let in before the first overruns. */
static void a_queue_of_overruns_is_stopped_too(void **state)
{
  enum { QUEUE = 20 };
  struct fixture *fixture = *state;
  struct exchange exchanges[QUEUE], other;
  for (size_t i = 0; i < QUEUE; i++)
    exchange_send(fixture, &exchanges[i], "POST /notes", fixture->tokens[ADA],
                  "{\"what\": \"loop\"}");
  exchange_send(fixture, &other, "POST /notes", fixture->tokens[BOB], "{\"what\": \"write\"}");
  fixture_settle(fixture);
  for (size_t i = 0; i < QUEUE; i++) {
    assert_int_equal(exchanges[i].status, i < 6 ? 500 : 429);
    exchange_end(&exchanges[i]);
  }
  assert_int_equal(other.status, 200);
  exchange_end(&other);
}

static void queries_overrun_as_well(void **state)
{
  struct fixture *fixture = *state;
  for (int i = 0; i < 6; i++) read_from(fixture, "192.0.2.66", "GET /open/ask", 500, NULL);
  fixture_expect(fixture, last_row, "failed handler_deadline");
  read_from(fixture, "192.0.2.66", "GET /open/ask", 429, "Retry-After: 60\n");
}

static void other_failures_do_not_count(void **state)
{
  struct fixture *fixture = *state;
  for (int i = 0; i < 10; i++) {
    read_from(fixture, "192.0.2.66", "GET /open/eat", 500, NULL);
    read_from(fixture, "192.0.2.66", "GET /open/raise", 500, NULL);
  }
  read_from(fixture, "192.0.2.66", "GET /open/fine", 200, NULL);
}

static void three_callers_overrun(struct fixture *fixture)
{
  read_from(fixture, "192.0.2.1", "GET /open/loop", 500, NULL);
  read_from(fixture, "192.0.2.2", "GET /open/loop", 500, NULL);
  read_from(fixture, "192.0.2.3", "GET /open/loop", 500, NULL);
}

static void several_callers_close_a_route(void **state)
{
  struct fixture *fixture = *state;
  three_callers_overrun(fixture);
  for (int i = 0; i < 5; i++)
    read_from(fixture, "192.0.2.4", "GET /open/fine", 503, "Retry-After: 1\n");
  fixture_expect(fixture, last_row, "failed quarantined");
  fixture_expect(fixture, "SELECT count(*) FROM writ_audit WHERE reason = 'quarantined'", "5");
  expect(fixture, "GET /limited/fine", ADA, "", 200, NULL);
  pass_ms(999);
  read_from(fixture, "192.0.2.4", "GET /open/fine", 503, "Retry-After: 1\n");
  pass_ms(1);
  read_from(fixture, "192.0.2.4", "GET /open/fine", 200, NULL);
  read_from(fixture, "192.0.2.1", "GET /open/fine", 200, NULL);
}

static void trials_that_overrun_double_the_pause(void **state)
{
  static const struct {
    const char *trial, *next;
    uint64_t pause_ms;
  } trials[] = {
      {"192.0.2.10", "Retry-After: 2\n", 1000},   {"192.0.2.11", "Retry-After: 4\n", 2000},
      {"192.0.2.12", "Retry-After: 8\n", 4000},   {"192.0.2.13", "Retry-After: 16\n", 8000},
      {"192.0.2.14", "Retry-After: 32\n", 16000}, {"192.0.2.15", "Retry-After: 60\n", 32000},
      {"192.0.2.16", "Retry-After: 60\n", 60000}};
  struct fixture *fixture = *state;
  three_callers_overrun(fixture);
  for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
    pass_ms(trials[i].pause_ms);
    read_from(fixture, trials[i].trial, "GET /open/loop", 500, NULL);
    read_from(fixture, "192.0.2.4", "GET /open/fine", 503, trials[i].next);
  }
  pass_ms(60000);
  read_from(fixture, "192.0.2.4", "GET /open/fine", 200, NULL);
  read_from(fixture, "192.0.2.5", "GET /open/fine", 200, NULL);
}

static void the_callers_that_closed_it_do_not_keep_it_closed(void **state)
{
  struct fixture *fixture = *state;
  three_callers_overrun(fixture);
  pass_ms(1000);
  for (int i = 0; i < 5; i++) read_from(fixture, "192.0.2.2", "GET /open/loop", 500, NULL);
  read_from(fixture, "192.0.2.2", "GET /open/loop", 429, "Retry-After: 59\n");
  read_from(fixture, "192.0.2.4", "GET /open/fine", 200, NULL);
  read_from(fixture, "192.0.2.1", "GET /open/loop", 500, NULL);
  read_from(fixture, "192.0.2.3", "GET /open/loop", 500, NULL);
  read_from(fixture, "192.0.2.4", "GET /open/fine", 200, NULL);
}

/* What is refused before the handler is no trial; what ends in time is one, whatever comes of it.
 */
static void trials_of_writes(void **state)
{
  struct fixture *fixture = *state;
  static const char loop[] = "{\"what\": \"loop\"}", write[] = "{\"what\": \"write\"}";
  for (int who = ADA; who <= ROOT; who++) expect(fixture, "POST /notes", who, loop, 500, NULL);
  expect(fixture, "POST /notes", ADA, write, 503, "Retry-After: 1\n");
  fixture_expect(fixture, last_row, "failed quarantined");
  expect(fixture, "POST /notes", NOBODY, write, 401, NULL);
  expect(fixture, "POST /notes", ADA, "{}", 422, NULL);
  pass_ms(1000);
  expect(fixture, "POST /notes", NOBODY, write, 401, NULL);
  expect(fixture, "POST /notes", ADA, "{}", 422, NULL);
  fixture->failing_commits = 1;
  expect(fixture, "POST /notes", ADA, write, 503, "Retry-After: 1\n");
  fixture_expect(fixture, last_row, "failed not_committed");
  expect(fixture, "POST /notes", BOB, write, 200, NULL);
  fixture_expect(fixture, "SELECT count(*) || min(owner_id) FROM notes", "1bob");
}

/* However long the queue was. */
static void what_waits_since_before_the_pause_is_no_trial(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchanges[4];
  tick_ns = UINT64_C(2000000000);
  for (size_t i = 0; i < 4; i++)
    exchange_send(fixture, &exchanges[i], "POST /notes", fixture->tokens[i % 3],
                  i < 3 ? "{\"what\": \"loop\"}" : "{\"what\": \"write\"}");
  fixture_settle(fixture);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(exchanges[i].status, i < 3 ? 500 : 503);
    exchange_end(&exchanges[i]);
  }
  expect(fixture, "POST /notes", ADA, "{\"what\": \"write\"}", 200, NULL);
}

/* Having slept, it does not meet the pause that it began itself. */
static void a_trial_that_sleeps_goes_on(void **state)
{
  struct fixture *fixture = *state;
  struct exchange trial, other;
  read_from(fixture, "192.0.2.1", "GET /naps/loop", 500, NULL);
  read_from(fixture, "192.0.2.2", "GET /naps/loop", 500, NULL);
  read_from(fixture, "192.0.2.3", "GET /naps/loop", 500, NULL);
  read_from(fixture, "192.0.2.4", "GET /naps/nap", 503, "Retry-After: 1\n");
  pass_ms(1000);
  exchange_send(fixture, &trial, "GET /naps/nap", NULL, "");
  exchange_send(fixture, &other, "GET /naps/nap", NULL, "");
  fixture_settle(fixture);
  assert_int_equal(trial.status, 200);
  assert_int_equal(other.status, 503);
  exchange_end(&trial);
  exchange_end(&other);
  read_from(fixture, "192.0.2.4", "GET /naps/nap", 200, NULL);
}

static void a_trap_closes_its_route_for_good(void **state)
{
  struct fixture *fixture = *state;
  expect(fixture, "GET /traps", NOBODY, "", 500, NULL);
  fixture_expect(fixture, last_row, "breach handler_trapped");
  for (int i = 0; i < 3; i++) {
    expect(fixture, "GET /traps", NOBODY, "", 503, NULL);
    fixture_expect(fixture, last_row, "failed quarantined");
    expect(fixture, "GET /open/fine", NOBODY, "", 200, NULL);
    pass_ms(86400000);
  }
}

/* Another generation over the same database, in place of the fixture's; returned is what served
 * before, and the fixture serves it again once it has been given back. */
struct edition {
  struct store *store;
  struct source_tree sources;
  struct generation *generation;
  struct dispatcher *dispatcher;
};

static struct edition reload(struct fixture *fixture)
{
  struct edition former = {fixture->store, fixture->sources, fixture->generation,
                           fixture->dispatcher};
  struct error error = {0};
  size_t handler_errors;
  char path[128];
  snprintf(path, sizeof path, "%s/writ.db", fixture->app.folder);
  if (store_open(&(struct store_config){.path = path, .relaxed_sync = true}, &fixture->store,
                 &error))
    fail_msg("%s", error.message);
  source_tree_read(&fixture->sources, fixture->app.folder, &fixture->report);
  fixture->generation = generation_load(&fixture->sources, fixture->store, fixture->sandbox,
                                        &fixture->report, &handler_errors);
  app_expect(&fixture->report, "the app", "");
  assert_int_equal(dispatcher_new(&fixture->loop, fixture->store, fixture->sandbox,
                                  fixture->generation, &fixture->config, &fixture->dispatcher,
                                  &error),
                   0);
  dispatcher_adopt(fixture->dispatcher, former.dispatcher);
  return former;
}

static void end_edition(struct fixture *fixture, struct edition *edition)
{
  dispatcher_drain(edition->dispatcher);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  dispatcher_close(edition->dispatcher);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  dispatcher_free(edition->dispatcher);
  generation_free(edition->generation);
  store_close(edition->store);
  source_tree_free(&edition->sources);
}

static void a_trap_outlives_reloads(void **state)
{
  struct fixture *fixture = *state;
  expect(fixture, "GET /traps", NOBODY, "", 500, NULL);
  for (int i = 0; i < 2; i++) {
    if (i == 1) app_write(&fixture->app, "app/handlers/open.lua", "return function() end");
    struct edition former = reload(fixture);
    end_edition(fixture, &former);
    expect(fixture, "GET /traps", NOBODY, "", 503, NULL);
    expect(fixture, "GET /limited/fine", ADA, "", 200, NULL);
  }
  app_write(&fixture->app, "app/handlers/traps.lua", "return function() return 'mended' end");
  struct edition former = reload(fixture);
  expect(fixture, "GET /traps", NOBODY, "", 200, NULL);
  end_edition(fixture, &former);
  expect(fixture, "GET /traps", NOBODY, "", 200, NULL);
}

/* A call that has begun under the former generation, and sleeps, ends under it. */
static void pauses_outlive_reloads(void **state)
{
  struct fixture *fixture = *state;
  struct exchange sleeping;
  exchange_send(fixture, &sleeping, "GET /naps/nap", NULL, "");
  assert_int_equal(sleeping.dones, 0);
  read_from(fixture, "192.0.2.1", "GET /open/loop", 500, NULL);
  read_from(fixture, "192.0.2.2", "GET /open/loop", 500, NULL);
  struct edition former = reload(fixture);
  read_from(fixture, "192.0.2.3", "GET /open/loop", 500, NULL);
  read_from(fixture, "192.0.2.4", "GET /open/fine", 503, "Retry-After: 1\n");
  assert_int_equal(sleeping.status, 200);
  exchange_end(&sleeping);
  end_edition(fixture, &former);
  pass_ms(1000);
  read_from(fixture, "192.0.2.4", "GET /open/fine", 200, NULL);
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  now_ns = UINT64_C(5000000000);
  tick_ns = 0;
  fixture->clock.monotonic_ns = own_clock;
  fixture_open(fixture, files, sizeof files / sizeof files[0], rows);
  *state = fixture;
  return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(an_overrun_costs_ten_requests),
      TEST(without_rate_limits_it_is_six_a_minute),
      TEST(a_queue_of_overruns_is_stopped_too),
      TEST(queries_overrun_as_well),
      TEST(other_failures_do_not_count),
      TEST(several_callers_close_a_route),
      TEST(trials_that_overrun_double_the_pause),
      TEST(the_callers_that_closed_it_do_not_keep_it_closed),
      TEST(trials_of_writes),
      TEST(what_waits_since_before_the_pause_is_no_trial),
      TEST(a_trial_that_sleeps_goes_on),
      TEST(a_trap_closes_its_route_for_good),
      TEST(a_trap_outlives_reloads),
      TEST(pauses_outlive_reloads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
