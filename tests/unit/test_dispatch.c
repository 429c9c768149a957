/* One call from request to reply, without sockets: each step is made to refuse in turn, then all
 * that can change or break between two steps. Every refusal must have its status, its audit row,
 * and have changed nothing. */
#include "base/log.h"
#include "dispatch_app.h"

enum { ADA, BOB, ROOT, NOBODY, FORGED };

static const char everything[] =
    "SELECT (SELECT group_concat(id || role || coalesce(password_hash, '')) FROM users)"
    " || (SELECT group_concat(id || owner_id || title || coalesce(parent, '-')) FROM notes)"
    " || (SELECT group_concat(hex(id)) FROM writ_session)";
static const char last_row[] =
    "SELECT outcome || ' ' || reason || ' ' || coalesce(principal_id, '-')"
    " FROM writ_audit ORDER BY id DESC LIMIT 1";
static const char row_count[] = "SELECT count(*) FROM writ_audit";

static const char *token(struct fixture *fixture, int who)
{
  if (who == NOBODY) return NULL;
  return who == FORGED ? "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" : fixture->tokens[who];
}

/* --- Every step refuses in turn. --- */

static const struct {
  const char *target;
  int who;
  const char *body;
  int status;
  const char *audited; /* outcome, reason, principal; NULL: no row */
} refusals[] = {
    {"GET /nowhere", ADA, "", 404, NULL},
    {"PUT /notes/a1", ADA, "", 405, NULL},
    {"PATCH /notes/a1", NOBODY, "{\"title\": \"x\"}", 401, "denied unauthenticated -"},
    {"PATCH /notes/a1", FORGED, "{\"title\": \"x\"}", 401, "denied unauthenticated -"},
    {"PATCH /notes/a1", ROOT, "{\"title\": \"x\"}", 403, "denied forbidden root"},
    {"PATCH /notes/a1", ADA, "{\"title\": ", 400, "denied malformed ada"},
    {"PATCH /notes/a1", ADA, "[]", 400, "denied malformed ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"x\", \"id\": \"b1\"}", 400, "denied malformed ada"},
    {"PATCH /notes/a1?title=y", ADA, "{\"title\": \"x\"}", 400, "denied malformed ada"},
    {"PATCH /notes/a1?z=1", ADA, "{\"title\": \"x\", \"z\": 1}", 400, "denied malformed ada"},
    {"PATCH /notes/a1?z=1&z=2", ADA, "{\"title\": \"x\"}", 400, "denied malformed ada"},
    {"PATCH /notes/a1?z=%4", ADA, "{\"title\": \"x\"}", 400, "denied malformed ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": 1}", 422, "denied invalid_input ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"x\", \"z\": 1}", 422, "denied invalid_input ada"},
    {"PATCH /notes/a1?z=1", ADA, "{\"title\": \"x\"}", 422, "denied invalid_input ada"},
    {"PATCH /notes/b1", ADA, "{\"title\": \"x\"}", 404, "denied not_found ada"},
    {"PATCH /notes/c1", ADA, "{\"title\": \"x\"}", 404, "denied not_found ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"unruly\"}", 409, "denied against_rules ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"raise\"}", 500, "failed handler_failed ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"loop\"}", 500, "failed handler_deadline ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"eat\"}", 500, "failed handler_memory ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"refuse\"}", 418, "denied unwilling ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"invent\"}", 500, "breach contract_breach ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"twice\"}", 500, "breach contract_breach ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"pass\"}", 500, "breach contract_breach ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"break\"}", 500, "breach contract_breach ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"tell\"}", 500, "breach contract_breach ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"status\"}", 500, "breach contract_breach ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"Two\"}", 409, "denied taken ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"as long as it can be made\"}", 409,
     "denied too_long ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"lose\"}", 500, "failed handler_failed ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"unheld\"}", 409, "denied not_held ada"},
    {"PATCH /notes/a1", ADA, "{\"title\": \"x\", \"parent\": \"none\"}", 409,
     "denied no_parent ada"},
    {"POST /login", NOBODY, "{\"name\": \"mallory\", \"password\": \"x\"}", 401,
     "denied wrong_credentials -"},
    {"POST /login", NOBODY, "{\"name\": \"ada\", \"password\": \"x\"}", 401,
     "denied wrong_credentials -"},
    {"POST /password", ADA, "{\"present\": \"x\", \"fresh\": \"y\"}", 401,
     "denied wrong_credentials ada"},
    {"POST /login", NOBODY, "{\"name\": \"ada\"}", 422, "denied invalid_input -"},
};

static void test_every_step_refuses(void **state)
{
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
    struct exchange exchange;
    char *before = fixture_ask(fixture, everything), *count = fixture_ask(fixture, row_count);
    exchange_send(fixture, &exchange, refusals[i].target, token(fixture, refusals[i].who),
                  refusals[i].body);
    fixture_settle(fixture);
    if (exchange.status != refusals[i].status)
      fail_msg("%s %s: %d %s", refusals[i].target, refusals[i].body, exchange.status,
               exchange.body);
    fixture_expect(fixture, everything, before);
    if (refusals[i].audited)
      fixture_expect(fixture, last_row, refusals[i].audited);
    else
      fixture_expect(fixture, row_count, count);
    assert_null(strstr(exchange.body, "q.")); /* neither queries nor paths nor traces */
    assert_null(strstr(exchange.body, "lua"));
    exchange_end(&exchange);
    memory_free(before);
    memory_free(count);
  }
}

static void send_and_settle(struct fixture *fixture, const char *target, int who, const char *body,
                            int status)
{
  struct exchange exchange;
  exchange_send(fixture, &exchange, target, token(fixture, who), body);
  fixture_settle(fixture);
  if (exchange.status != status) fail_msg("%s: %d %s", target, exchange.status, exchange.body);
  exchange_end(&exchange);
}

/* What the transport logs of a call. */
static void test_the_transport_is_told(void **state)
{
  static const struct {
    const char *target;
    int who;
    const char *body, *told;
  } examples[] = {
      {"GET /nowhere", ADA, "", "|no_route|null"},
      {"PUT /notes/a1", ADA, "", "|method_not_allowed|null"},
      {"PATCH /notes/a1", NOBODY, "{\"title\": \"x\"}", "update|unauthenticated|null"},
      {"PATCH /notes/b1", ADA, "{\"title\": \"x\"}", "update|not_found|\"ada\""},
      {"PATCH /notes/a1", ADA, "{\"title\": \"unruly\"}", "update|against_rules|\"ada\""},
      {"PATCH /notes/a1", ADA, "{\"title\": \"fine\"}", "update||\"ada\""},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct exchange exchange;
    exchange_send(fixture, &exchange, examples[i].target, token(fixture, examples[i].who),
                  examples[i].body);
    fixture_settle(fixture);
    assert_string_equal(exchange.told, examples[i].told);
    exchange_end(&exchange);
  }
}

/* Nothing of an id but its time is ever there again. */
static struct text count_scripts(void *context, struct text path)
{
  ++*(unsigned *)context;
  assert_true(text_starts_with(path, "app/handlers/"));
  return TEXT("");
}

/* The log and the reply say the same of it. */
static void test_places_are_found_once(void **state)
{
  struct fixture *fixture = *state;
  struct dispatcher *usual = fixture->dispatcher;
  struct dispatch_config config = fixture->config;
  struct exchange exchange;
  struct error error = {0};
  unsigned asked = 0;
  config.dev = true;
  config.script = count_scripts;
  config.script_context = &asked;
  if (dispatcher_new(&fixture->loop, fixture->store, fixture->sandbox, fixture->generation, &config,
                     &fixture->dispatcher, &error))
    fail_msg("%s", error.message);
  log_set_level(LOG_NOTHING);
  exchange_send(fixture, &exchange, "PATCH /notes/a1", token(fixture, ADA),
                "{\"title\": \"raise\"}");
  fixture_settle(fixture);
  log_set_level(LOG_INFO);
  assert_int_equal(exchange.status, 500);
  assert_non_null(strstr(exchange.body, "\"debug\":{"));
  assert_int_equal(asked, 1);
  exchange_end(&exchange);
  struct dispatcher *developing = fixture->dispatcher;
  fixture->dispatcher = usual;
  dispatcher_close(developing);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  dispatcher_free(developing);
}

static void test_ids_differ(void **state)
{
  enum { CALLS = 200, TIME_CHARS = 15, RANDOM_CHARS = UUID_CHARS - TIME_CHARS };
  struct fixture *fixture = *state;
  char(*seen)[RANDOM_CHARS + 1] = calloc(CALLS, sizeof *seen);
  for (size_t i = 0; i < CALLS; i++) {
    struct exchange exchange;
    exchange_send(fixture, &exchange, "GET /nowhere", NULL, "");
    fixture_settle(fixture);
    memcpy(seen[i], exchange.request_id + TIME_CHARS, sizeof seen[i]);
    assert_int_equal(strlen(seen[i]), RANDOM_CHARS);
    for (size_t j = 0; j < i; j++) assert_string_not_equal(seen[i], seen[j]);
    exchange_end(&exchange);
  }
  free(seen);
}

/* From the contracts, for everybody, and it leaves no trace. */
static void test_options(void **state)
{
  static const struct {
    const char *target;
    int status;
    const char *headers;
  } examples[] = {
      {"OPTIONS /notes/a1", 204, "Allow: PATCH, OPTIONS\n"},
      {"OPTIONS /notes/anything", 204, "Allow: PATCH, OPTIONS\n"},
      {"OPTIONS /limited", 204, "Allow: GET, HEAD, OPTIONS\n"},
      {"OPTIONS /nowhere", 404, ""},
      {"OPTIONS *", 204, ""},
      {"PUT /notes/a1", 405, "Allow: PATCH, OPTIONS\n"},
      {"GET *", 404, ""},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct exchange exchange;
    char *count = fixture_ask(fixture, row_count);
    exchange_send(fixture, &exchange, examples[i].target, NULL, "");
    fixture_settle(fixture);
    assert_int_equal(exchange.status, examples[i].status);
    assert_string_equal(exchange.headers, examples[i].headers);
    if (exchange.status == 204) assert_string_equal(exchange.body, "");
    fixture_expect(fixture, row_count, count);
    exchange_end(&exchange);
    memory_free(count);
  }
}

static void test_success_is_audited(void **state)
{
  struct fixture *fixture = *state;
  send_and_settle(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"fine\"}", 200);
  fixture_expect(fixture, last_row, "ok  ada");
  fixture_expect(fixture, "SELECT input || resource FROM writ_audit ORDER BY id DESC LIMIT 1",
                 "{\"title\":\"fine\"}{\"id\":\"a1\"}");
  fixture_expect(fixture, "SELECT title FROM notes WHERE id = 'a1'", "fine");
  send_and_settle(fixture, "GET /titles", BOB, "", 200);
  fixture_expect(fixture, last_row, "ok  bob");
}

/* --- The commit fails. --- */

static void test_nothing_is_done_without_commit(void **state)
{
  struct fixture *fixture = *state;
  char *before = fixture_ask(fixture, everything);
  fixture->failing_commits = 1;
  send_and_settle(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"fine\"}", 503);
  fixture_expect(fixture, last_row, "failed not_committed ada");
  fixture->failing_commits = 1; /* a refusal keeps its reason, and its row comes later */
  send_and_settle(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"refuse\"}", 418);
  fixture_expect(fixture, last_row, "denied unwilling ada");
  fixture->failing_commits = 1; /* an audited read without its row */
  send_and_settle(fixture, "GET /titles", ADA, "", 503);
  fixture_expect(fixture, last_row, "failed not_committed ada");
  fixture->failing_commits = 1;
  send_and_settle(fixture, "POST /logout", ADA, "", 503);
  char *count = fixture_ask(fixture, row_count);
  fixture->failing_commits = 2; /* nothing can be written at all */
  send_and_settle(fixture, "PATCH /notes/a1", ADA, "{\"title\": \"fine\"}", 503);
  fixture_expect(fixture, row_count, count);
  fixture_expect(fixture, everything, before);
  memory_free(before);
  memory_free(count);
}

/* --- Calls in one transaction. --- */

/* What one of them does to the transaction is its own affair: the others are done, once each. */
static void test_neighbours_come_to_no_harm(void **state)
{
  static const struct {
    const char *target;
    int who;
    const char *body;
    int status;
  } calls[] = {
      {"PATCH /notes/a1", ADA, "{\"title\": \"first\"}", 200},
      {"PATCH /notes/a2", ADA, "{\"title\": \"refuse\"}", 418},
      {"POST /login", NOBODY, "{\"name\": \"ada\"}", 422},
      {"PATCH /notes/a2", ADA, "{\"title\": \"lose\"}", 500},
      {"PATCH /notes/b1", BOB, "{\"title\": \"second\"}", 200},
      {"PATCH /notes/a2", ADA, "{\"title\": \"loop\"}", 500},
      {"PATCH /notes/a2", ADA, "{\"title\": \"x\", \"parent\": \"none\"}", 409},
      {"PATCH /notes/a2", ADA, "{\"title\": \"third\"}", 200},
  };
  enum { CALLS = sizeof calls / sizeof *calls };
  struct fixture *fixture = *state;
  struct exchange exchanges[CALLS];
  for (size_t i = 0; i < CALLS; i++)
    exchange_send(fixture, &exchanges[i], calls[i].target, token(fixture, calls[i].who),
                  calls[i].body);
  fixture_settle(fixture);
  for (size_t i = 0; i < CALLS; i++) {
    assert_int_equal(exchanges[i].dones, 1);
    if (exchanges[i].status != calls[i].status)
      fail_msg("%s %s: %d %s", calls[i].target, calls[i].body, exchanges[i].status,
               exchanges[i].body);
    exchange_end(&exchanges[i]);
  }
  fixture_expect(fixture, row_count, "8");
  fixture_expect(fixture, "SELECT group_concat(title) FROM (SELECT title FROM notes ORDER BY id)",
                 "first,third,second");
}

/* --- Something changes between the first look and the transaction. --- */

/* Both have been let in by the time the first one's transaction begins; the second one's is next.
 */
static void race(struct fixture *fixture, const char *first, int first_who, const char *first_body,
                 const char *second, int second_who, const char *second_body, int status)
{
  struct exchange one, two;
  exchange_send(fixture, &one, first, token(fixture, first_who), first_body);
  exchange_send(fixture, &two, second, token(fixture, second_who), second_body);
  assert_int_equal(one.dones + two.dones, 0);
  fixture_settle(fixture);
  assert_int_equal(one.status, 204);
  if (two.status != status) fail_msg("%s: %d %s", second, two.status, two.body);
  exchange_end(&one);
  exchange_end(&two);
}

static void test_session_ends_meanwhile(void **state)
{
  struct fixture *fixture = *state;
  race(fixture, "POST /logout", ADA, "", "PATCH /notes/a1", ADA, "{\"title\": \"late\"}", 401);
  fixture_expect(fixture, last_row, "denied unauthenticated ada");
  fixture_expect(fixture, "SELECT count(*) FROM notes WHERE title = 'late'", "0");
}

static void test_role_is_lost_meanwhile(void **state)
{
  struct fixture *fixture = *state;
  race(fixture, "POST /users/root/role", ROOT, "{\"role\": \"user\"}", "POST /notes/a1/give", ROOT,
       "{\"to\": \"root\"}", 403);
  fixture_expect(fixture, last_row, "denied forbidden root");
  fixture_expect(fixture, "SELECT owner_id FROM notes WHERE id = 'a1'", "ada");
}

static void test_principal_goes_meanwhile(void **state)
{
  struct fixture *fixture = *state;
  race(fixture, "DELETE /users/ada", ROOT, "", "PATCH /notes/a1", ADA, "{\"title\": \"late\"}",
       401);
  fixture_expect(fixture, last_row, "denied unauthenticated ada");
}

static void test_owner_changes_meanwhile(void **state)
{
  struct fixture *fixture = *state;
  race(fixture, "POST /notes/a1/give", ROOT, "{\"to\": \"bob\"}", "PATCH /notes/a1", ADA,
       "{\"title\": \"late\"}", 404);
  fixture_expect(fixture, last_row, "denied not_found ada");
  fixture_expect(fixture, "SELECT count(*) FROM notes WHERE title = 'late'", "0");
}

static void set_password(struct fixture *fixture, const char *id, const char *password)
{
  char hash[PASSWORD_HASH_BYTES], sql[512];
  assert_int_equal(
      crypto_password_hash(hash, text_of(password), fixture->config.password_cost, NULL), 0);
  snprintf(sql, sizeof sql, "UPDATE users SET password_hash = '%s' WHERE id = '%s'", hash, id);
  fixture_execute(fixture, sql);
}

static void test_credentials_change_meanwhile(void **state)
{
  struct fixture *fixture = *state;
  set_password(fixture, "eve", "secret");
  race(fixture, "DELETE /users/eve", ROOT, "", "POST /login", NOBODY,
       "{\"name\": \"eve\", \"password\": \"secret\"}", 401);
  fixture_expect(fixture, last_row, "denied wrong_credentials eve");
  fixture_expect(fixture, "SELECT count(*) FROM writ_session WHERE principal_id = 'eve'", "0");
}

/* A read that waits for argon2 asks again as well. */
static void test_reads_that_wait_ask_again(void **state)
{
  struct fixture *fixture = *state;
  set_password(fixture, "ada", "secret");
  struct exchange exchange;
  exchange_send(fixture, &exchange, "POST /confirm", token(fixture, ADA),
                "{\"present\": \"secret\"}");
  assert_int_equal(exchange.dones, 0);
  fixture_execute(fixture, "DELETE FROM writ_session");
  fixture_settle(fixture);
  assert_int_equal(exchange.status, 401);
  exchange_end(&exchange);
}

/* --- Passwords and sessions. --- */

static void test_login(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchange;
  set_password(fixture, "ada", "secret");
  exchange_send(fixture, &exchange, "POST /login", NULL,
                "{\"name\": \"ada\", \"password\": \"secret\"}");
  fixture_settle(fixture);
  assert_int_equal(exchange.status, 200);
  const char *begin = "{\"seen\":false,\"token\":\"";
  assert_int_equal(strncmp(exchange.body, begin, strlen(begin)), 0);
  char minted[TOKEN_CHARS + 1], cookie[256];
  snprintf(minted, sizeof minted, "%s", exchange.body + strlen(begin));
  snprintf(cookie, sizeof cookie,
           "Set-Cookie: session=%s; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure\n",
           minted);
  assert_string_equal(exchange.headers, cookie);
  exchange_end(&exchange);
  exchange_send(fixture, &exchange, "PATCH /notes/a1", minted, "{\"title\": \"fine\"}");
  fixture_settle(fixture);
  assert_int_equal(exchange.status, 200);
  exchange_end(&exchange);
  fixture_expect(fixture,
                 "SELECT count(*) FROM writ_audit WHERE input LIKE '%secret%' OR detail LIKE "
                 "'%secret%'",
                 "0");
}

static void test_password_lane_is_full(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchanges[3]; /* one computes, one waits */
  set_password(fixture, "ada", "secret");
  for (size_t i = 0; i < 3; i++)
    exchange_send(fixture, &exchanges[i], "POST /password", token(fixture, ADA),
                  "{\"present\": \"secret\", \"fresh\": \"secret\"}");
  fixture_settle(fixture);
  assert_int_equal(exchanges[0].status, 204);
  assert_int_equal(exchanges[1].status, 401); /* the hash is another by now */
  assert_int_equal(exchanges[2].status, 503);
  assert_non_null(strstr(exchanges[2].headers, "Retry-After: 1\n"));
  for (size_t i = 0; i < 3; i++) exchange_end(&exchanges[i]);
}

static void test_password_is_too_long(void **state)
{
  struct fixture *fixture = *state;
  char body[2000];
  set_password(fixture, "ada", "secret");
  snprintf(body, sizeof body, "{\"present\": \"secret\", \"fresh\": \"%01025d\"}", 0);
  send_and_settle(fixture, "POST /password", ADA, body, 422);
  snprintf(body, sizeof body, "{\"present\": \"secret\", \"fresh\": \"%01024d\"}", 0);
  send_and_settle(fixture, "POST /password", ADA, body, 204);
}

/* --- Rate limits, and what they leave in the audit log. --- */

static void test_rate_limits(void **state)
{
  struct fixture *fixture = *state;
  struct exchange exchange;
  send_and_settle(fixture, "GET /limited", ADA, "", 200);
  send_and_settle(fixture, "HEAD /limited", ADA, "", 200);
  send_and_settle(fixture, "GET /limited", BOB, "", 200);
  exchange_send(fixture, &exchange, "GET /limited", token(fixture, ADA), "");
  fixture_settle(fixture);
  assert_int_equal(exchange.status, 429);
  assert_non_null(strstr(exchange.headers, "Retry-After: "));
  assert_non_null(strstr(exchange.headers, "RateLimit-Limit: 2\n"));
  exchange_end(&exchange);
  for (int i = 0; i < 2; i++)
    send_and_settle(fixture, "POST /login", NOBODY, "{\"name\": \"ada\", \"password\": \"x\"}",
                    401);
  send_and_settle(fixture, "POST /login", NOBODY, "{\"name\": \"ada\", \"password\": \"x\"}", 429);
  send_and_settle(fixture, "POST /login", NOBODY, "{\"name\": \"bob\", \"password\": \"x\"}", 401);
}

static void test_floods_are_counted(void **state)
{
  enum { FLOOD = 200, RECORDED = 60 };
  struct fixture *fixture = *state;
  for (int i = 0; i < FLOOD; i++)
    send_and_settle(fixture, "PATCH /notes/b1", ADA, "{\"title\": \"x\"}", 404);
  dispatcher_drain(fixture->dispatcher);
  fixture_settle(fixture);
  fixture_expect(fixture, "SELECT sum(count) FROM writ_audit WHERE reason = 'not_found'", "200");
  char *single = fixture_ask(fixture, "SELECT count(*) FROM writ_audit WHERE count = 1");
  assert_true(atoi(single) == RECORDED || atoi(single) == 2 * RECORDED); /* over a minute's end */
  memory_free(single);
}

/* Refused twice, since the transaction of the first time was lost: that is one refusal. */
static void test_a_refusal_is_counted_once(void **state)
{
  struct fixture *fixture = *state;
  for (int i = 0; i < 70; i++) {
    fixture->failing_commits = 1;
    send_and_settle(fixture, "PATCH /notes/b1", ADA, "{\"title\": \"x\"}", 404);
  }
  dispatcher_drain(fixture->dispatcher);
  fixture_settle(fixture);
  fixture_expect(fixture, "SELECT sum(count) FROM writ_audit WHERE reason = 'not_found'", "70");
  fixture_expect(fixture, "SELECT count(*) >= 60 FROM writ_audit WHERE count = 1", "1");
}

static void test_lost_counts_are_kept(void **state)
{
  struct fixture *fixture = *state;
  for (int i = 0; i < 130; i++)
    send_and_settle(fixture, "PATCH /notes/b1", ADA, "{\"title\": \"x\"}", 404);
  fixture->failing_commits = 1;
  dispatcher_drain(fixture->dispatcher);
  fixture_settle(fixture);
  dispatcher_drain(fixture->dispatcher);
  fixture_settle(fixture);
  fixture_expect(fixture, "SELECT sum(count) FROM writ_audit", "130");
}

/* Thousands of names that no contract knows are refused as one is. */
static void test_many_names(void **state)
{
  struct fixture *fixture = *state;
  struct buffer body = {0};
  buffer_append_text(&body, TEXT("{\"title\":\"x\""));
  for (int i = 0; i < 6000; i++) buffer_print(&body, ",\"%x\":1", i);
  buffer_append_text(&body, TEXT("}"));
  buffer_append_byte(&body, 0);
  send_and_settle(fixture, "PATCH /notes/a1", ADA, body.data, 422);
  buffer_deinit(&body);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, app_set_up, fixture_tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_every_step_refuses),
      TEST(test_the_transport_is_told),
      TEST(test_places_are_found_once),
      TEST(test_ids_differ),
      TEST(test_options),
      TEST(test_success_is_audited),
      TEST(test_neighbours_come_to_no_harm),
      TEST(test_nothing_is_done_without_commit),
      TEST(test_session_ends_meanwhile),
      TEST(test_role_is_lost_meanwhile),
      TEST(test_principal_goes_meanwhile),
      TEST(test_owner_changes_meanwhile),
      TEST(test_credentials_change_meanwhile),
      TEST(test_reads_that_wait_ask_again),
      TEST(test_login),
      TEST(test_password_lane_is_full),
      TEST(test_password_is_too_long),
      TEST(test_rate_limits),
      TEST(test_floods_are_counted),
      TEST(test_a_refusal_is_counted_once),
      TEST(test_lost_counts_are_kept),
      TEST(test_many_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
