/* An app called in process: the example, on a database of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "base/clock.h"
#include "base/memory.h"
#include "config/config.h"
#include "contract/generation.h"
#include "testing/request_of.h"
#include "testing/scratch.h"

#define ADA "01890000-0000-7000-8000-00000000000a"
#define BOB "01890000-0000-7000-8000-00000000000b"

struct fixture {
  struct scratch *scratch;
  struct report report;
  struct arena arena;
};

static void open_app(struct fixture *fixture, const struct scratch_options *options)
{
  struct error error = {0};
  report_init(&fixture->report);
  arena_init(&fixture->arena, 4096);
  if (scratch_open(options, &fixture->report, &fixture->scratch, &error))
    fail_msg("%s %s", error.message, fixture->report.first ? fixture->report.first->message : "");
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  open_app(fixture, &(struct scratch_options){.folder = "."});
  *state = fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  scratch_close(fixture->scratch);
  report_deinit(&fixture->report);
  arena_deinit(&fixture->arena);
  memory_free(fixture);
  return 0;
}

static const struct contract *contract(const struct fixture *fixture, const char *name)
{
  const struct generation *generation = scratch_generation(fixture->scratch);
  for (size_t i = 0; i < generation->contract_count; i++)
    if (strcmp(generation->contracts[i]->name, name) == 0) return generation->contracts[i];
  fail_msg("no contract %s", name);
  return NULL;
}

static struct json parse(struct fixture *fixture, const char *text)
{
  struct json value;
  assert_int_equal(json_read(&fixture->arena, text_of(text), NULL, &value, NULL), 0);
  return value;
}

static struct text sign_in(struct fixture *fixture, const char *name)
{
  char token[TOKEN_CHARS + 1];
  struct error error = {0};
  const struct scratch_principal *principal = scratch_principal(fixture->scratch, text_of(name));
  assert_non_null(principal);
  if (scratch_sign_in(fixture->scratch, principal->id, token, &error))
    fail_msg("%s", error.message);
  return arena_copy(&fixture->arena, text_of(token));
}

/* A call of a contract by name; token empty: nobody's. */
static struct scratch_reply call(struct fixture *fixture, const char *name, struct text token,
                                 const char *input)
{
  struct request request;
  struct scratch_reply reply;
  struct error error = {0};
  struct json value = parse(fixture, input);
  if (request_of(contract(fixture, name), &value, &fixture->arena, &request, &error))
    fail_msg("%s", error.message);
  if (token.length > 0)
    request.authorization = arena_print(&fixture->arena, "Bearer %.*s", TEXT_ARGS(token));
  scratch_call(fixture->scratch, &request, &fixture->arena, &reply);
  return reply;
}

static void reset(struct fixture *fixture)
{
  struct error error = {0};
  if (scratch_reset(fixture->scratch, &error)) fail_msg("%s", error.message);
}

static struct text digest(struct fixture *fixture)
{
  struct error error = {0};
  unsigned char *hash = arena_alloc(&fixture->arena, HASH_BYTES);
  if (scratch_digest(fixture->scratch, hash, &error)) fail_msg("%s", error.message);
  return (struct text){(const char *)hash, HASH_BYTES};
}

/* The rows as JSON. */
static const char *rows(struct fixture *fixture, const char *sql, const char *values)
{
  struct json bound, found;
  struct error error = {0};
  struct buffer written = {0};
  if (values) bound = parse(fixture, values);
  if (scratch_rows(fixture->scratch, text_of(sql), values ? &bound : NULL, &fixture->arena, &found,
                   &error))
    fail_msg("%s", error.message);
  json_write(&written, &found);
  const char *copy = arena_copy(&fixture->arena, buffer_text(&written)).data;
  buffer_deinit(&written);
  return copy;
}

static const char rename_ada[] =
    "{\"user_id\": \"" ADA "\", \"email\": \" Ada@Example.com\", \"name\": \"Ada King\"}";
static const char name_of_ada[] = "SELECT name FROM users WHERE id = '" ADA "'";

static void test_principals_of_the_fixtures(void **state)
{
  struct fixture *fixture = *state;
  size_t count;
  const struct scratch_principal *all = scratch_principals(fixture->scratch, &count);
  assert_int_equal(count, 3);
  assert_true(text_is(all[0].name, "ada") && text_is(all[0].id, ADA));
  assert_true(text_is(all[2].password, "root-reads-audits"));
  assert_null(scratch_principal(fixture->scratch, TEXT("eve")));
}

static void test_a_call_and_its_effects(void **state)
{
  struct fixture *fixture = *state;
  struct text before = digest(fixture);
  struct scratch_reply reply =
      call(fixture, "users.update_profile", sign_in(fixture, "ada"), rename_ada);
  assert_int_equal(reply.status, 200);
  assert_true(json_is_string(json_get(&reply.json, "email"), "ada@example.com"));
  assert_true(text_is(reply.handler, "users.update_profile"));
  assert_true(text_is(reply.content_type, "application/json"));
  assert_string_equal(rows(fixture, name_of_ada, NULL), "[{\"name\":\"Ada King\"}]");
  assert_string_equal(
      rows(fixture, "SELECT outcome FROM writ_audit WHERE request_id = ?",
           arena_print(&fixture->arena, "[\"%.*s\"]", TEXT_ARGS(reply.request_id)).data),
      "[{\"outcome\":\"ok\"}]");
  assert_false(text_equal(before, digest(fixture)));
}

static void test_a_refusal_changes_nothing(void **state)
{
  struct fixture *fixture = *state;
  struct text before = digest(fixture);
  struct scratch_reply reply =
      call(fixture, "users.update_profile", sign_in(fixture, "bob"), rename_ada);
  assert_int_equal(reply.status, 404);
  assert_true(text_is(reply.code, "not_found"));
  reply = call(fixture, "users.update_profile", TEXT(""), rename_ada);
  assert_int_equal(reply.status, 401);
  assert_true(text_equal(before, digest(fixture)));
}

static void test_login_with_a_password_of_the_fixtures(void **state)
{
  struct fixture *fixture = *state;
  struct scratch_reply reply =
      call(fixture, "users.login", TEXT(""),
           "{\"email\": \"ada@example.com\", \"password\": \"ada-loves-engines\"}");
  assert_int_equal(reply.status, 200);
  reply = call(fixture, "users.me", json_text(json_get(&reply.json, "token")), "{}");
  assert_int_equal(reply.status, 200);
}

/* Everything: rows, sessions, audit log, rate limits, time. And again, and when nothing was done.
 */
static void test_reset_puts_all_back(void **state)
{
  struct fixture *fixture = *state;
  const char *all = "SELECT (SELECT count(*) FROM writ_audit) AS audit,"
                    " (SELECT count(*) FROM writ_session) AS sessions";
  const char *counts = rows(fixture, all, NULL);
  struct text before = digest(fixture);
  int64_t opened = scratch_now(fixture->scratch);
  reset(fixture);
  for (int round = 0; round < 3; round++) {
    struct text token = sign_in(fixture, "ada");
    for (int i = 0; i < 5; i++)
      assert_int_equal(call(fixture, "users.update_profile", token, rename_ada).status, 200);
    assert_int_equal(call(fixture, "users.update_profile", token, rename_ada).status, 429);
    scratch_set_now(fixture->scratch, opened + 60000);
    assert_int_equal(call(fixture, "users.update_profile", token, rename_ada).status, 200);
    rows(fixture, "DELETE FROM notes", NULL);
    reset(fixture);
    assert_int_equal(scratch_now(fixture->scratch), opened);
    assert_true(text_equal(before, digest(fixture)));
    assert_string_equal(rows(fixture, all, NULL), counts);
    assert_int_equal(call(fixture, "users.me", token, "{}").status, 401);
    reset(fixture);
  }
}

/* What is written from beside counts at once, also for whom the host remembers. */
static void test_writes_from_beside_are_seen(void **state)
{
  struct fixture *fixture = *state;
  struct text token = sign_in(fixture, "root");
  assert_int_equal(call(fixture, "users.list", token, "{}").status, 200);
  rows(fixture, "UPDATE users SET role = 'user' WHERE email = ?", "[\"root@example.com\"]");
  assert_int_equal(call(fixture, "users.list", token, "{}").status, 403);
  for (int i = 0; i < 2; i++) { /* by calls that wait for nothing */
    rows(fixture, "UPDATE users SET name = name || '!'", NULL);
    struct scratch_reply reply = call(fixture, "users.me", token, "{}");
    assert_true(json_is_string(json_get(&reply.json, "name"), i ? "Root!!" : "Root!"));
  }
  rows(fixture, "DELETE FROM writ_session", NULL);
  assert_int_equal(call(fixture, "users.list", token, "{}").status, 401);
}

static void test_the_digest_sees_every_row(void **state)
{
  static const char *const changes[] = {
      "UPDATE notes SET body = body || ' ' WHERE id LIKE '%a2'",
      "UPDATE entries SET amount = amount + 1 WHERE account_id LIKE '%b3'",
      "DELETE FROM entries WHERE account_id LIKE '%b3'",
      "UPDATE users SET password_hash = '-' WHERE email = 'root@example.com'"};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    struct text before = digest(fixture);
    assert_true(text_equal(before, digest(fixture)));
    rows(fixture, changes[i], NULL);
    assert_false(text_equal(before, digest(fixture)));
  }
  struct text before = digest(fixture);
  sign_in(fixture, "ada"); /* a row of Writ's own */
  assert_true(text_equal(before, digest(fixture)));
}

static void test_time_can_be_set(void **state)
{
  struct fixture *fixture = *state;
  struct text token = sign_in(fixture, "ada");
  int64_t idle = scratch_config(fixture->scratch)->session.idle_ms;
  assert_int_equal(call(fixture, "users.me", token, "{}").status, 200);
  scratch_set_now(fixture->scratch, scratch_now(fixture->scratch) + idle - 1);
  assert_int_equal(call(fixture, "users.me", token, "{}").status, 200);
  scratch_set_now(fixture->scratch, scratch_now(fixture->scratch) + idle);
  assert_int_equal(call(fixture, "users.me", token, "{}").status, 401);
}

static void test_a_handler_is_replaced(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  const struct contract *profile = contract(fixture, "users.update_profile");
  struct text before = digest(fixture), token = sign_in(fixture, "ada");
  assert_int_equal(scratch_replace_handler(fixture->scratch, profile,
                                           TEXT("return function(input, ctx)"), &error),
                   -1);
  assert_non_null(strstr(error.message, "app/handlers/users/update_profile.lua:1"));
  error_clear(&error);
  struct text junk = TEXT("return function(input, ctx) ctx.db.users.update_profile() return 7 end");
  for (int i = 0; i < 2; i++) /* one in the place of another */
    assert_int_equal(scratch_replace_handler(fixture->scratch, profile, junk, &error), 0);
  struct scratch_reply reply = call(fixture, "users.update_profile", token, rename_ada);
  assert_int_equal(reply.status, 500);
  assert_true(text_is(reply.code, "contract_breach"));
  assert_true(text_equal(before, digest(fixture)));
  reset(fixture);
  reply = call(fixture, "users.update_profile", sign_in(fixture, "ada"), rename_ada);
  assert_int_equal(reply.status, 200);
}

/* Trace and changes as one text. */
static const char *told(struct fixture *fixture, const struct scratch_trace *trace)
{
  struct buffer out = {0};
  struct json changes;
  struct error error = {0};
  for (const struct scratch_query *query = trace->queries; query; query = query->next) {
    buffer_print(&out, "%.*s%s(", TEXT_ARGS(query->name), query->host ? " host" : "");
    for (size_t i = 0; i < query->parameter_count; i++) {
      buffer_print(&out, "%s%.*s=", i ? ", " : "", TEXT_ARGS(query->parameters[i].name));
      json_write(&out, &query->parameters[i].value);
      buffer_print(&out, " %s", query->parameters[i].source);
    }
    buffer_print(&out, ")%s ", query->shown ? "" : " hidden");
  }
  if (scratch_changes(fixture->scratch, &fixture->arena, &changes, &error))
    fail_msg("%s", error.message);
  json_write(&out, &changes);
  const char *copy = arena_copy(&fixture->arena, buffer_text(&out)).data;
  buffer_deinit(&out);
  return copy;
}

static void test_what_happened_inside_a_call(void **state)
{
  struct fixture *fixture = *state;
  struct scratch_trace trace;
  struct error error = {0};
  const struct contract *delete = contract(fixture, "notes.delete");
  assert_int_equal(
      scratch_replace_handler(fixture->scratch, delete,
                              TEXT("return function(input, ctx)\n"
                                   "  ctx.log('one') print('two') ctx.db.notes.delete()\n"
                                   "  return nil, 204\nend"),
                              &error),
      0);
  scratch_watch(fixture->scratch, &trace, &fixture->arena);
  struct scratch_reply reply = call(fixture, "notes.delete", sign_in(fixture, "bob"),
                                    "{\"note_id\": \"01890000-0000-7000-8000-0000000000b1\"}");
  assert_int_equal(reply.status, 204);
  assert_true(trace.ran && trace.cpu_ns > 0 && trace.memory_bytes > 0);
  assert_string_equal(trace.principal_id.string, BOB);
  assert_true(json_is_string(&trace.roles.items[0], "user") && trace.roles.length == 1);
  assert_true(text_is(trace.lines->text, "one") && text_is(trace.lines->next->text, "two"));
  assert_null(trace.lines->next->next);
  assert_string_equal(
      told(fixture, &trace),
      "notes.owner host(note_id=\"01890000-0000-7000-8000-0000000000b1\" input.note_id) "
      "notes.delete(note_id=\"01890000-0000-7000-8000-0000000000b1\" input.note_id) "
      "[{\"table\":\"notes\",\"before\":{\"id\":\"01890000-0000-7000-8000-0000000000b1\","
      "\"owner_id\":\"" BOB "\",\"title\":\"Bridge\",\"body\":\"Tubular, over the strait.\","
      "\"created_at\":1735689602000,\"updated_at\":1735689602000},\"after\":null}]");
  scratch_watch(fixture->scratch, NULL, NULL);
  call(fixture, "users.me", sign_in(fixture, "bob"), "{}");
}

/* Neither a password's hash, in rows or among what is bound, nor what it is held against. */
static void test_secrets_are_not_told(void **state)
{
  struct fixture *fixture = *state;
  struct scratch_trace trace;
  scratch_watch(fixture->scratch, &trace, &fixture->arena);
  struct scratch_reply reply =
      call(fixture, "users.change_password", sign_in(fixture, "ada"),
           "{\"current_password\": \"ada-loves-engines\", \"new_password\": \"a longer one\"}");
  assert_int_equal(reply.status, 204);
  const char *all = told(fixture, &trace);
  assert_null(strstr(all, "argon2id"));
  assert_non_null(strstr(all, "=\"(a hash)\" hash of input.new_password"));
  assert_non_null(strstr(all, ") hidden "));
  assert_non_null(strstr(all, "\"password_hash\":\"(secret)\""));
  assert_non_null(strstr(all, "\"password_hash\":\"(another secret)\""));
}

/* Keys of two columns, without rowids, and rows that come and go and change. */
static void test_changes_of_other_tables(void **state)
{
  struct fixture *fixture = *state;
  struct scratch_trace nothing = {0};
  assert_string_equal(told(fixture, &nothing), "[]");
  rows(fixture, "UPDATE notes SET title = title", NULL);
  assert_string_equal(told(fixture, &nothing), "[]");
  rows(fixture, "UPDATE entries SET amount = amount + 1 WHERE account_id LIKE '%b3'", NULL);
  rows(fixture, "DELETE FROM entries WHERE account_id LIKE '%a3'", NULL);
  const char *all = told(fixture, &nothing);
  assert_non_null(strstr(all, "\"amount\":50000},\"after\":{"));
  assert_non_null(strstr(all, "\"amount\":50001}}"));
  assert_non_null(strstr(all, "\"amount\":100000},\"after\":null}"));
  reset(fixture);
  assert_string_equal(told(fixture, &nothing), "[]");
}

static void test_webhooks_are_signed(void **state)
{
  struct fixture fixture;
  struct request request;
  struct scratch_reply reply;
  struct error error = {0};
  (void)state;
  open_app(&fixture, &(struct scratch_options){.folder = "tests/apps/payments"});
  struct json event = parse(&fixture, "{\"event\": {\"id\": \"e1\", \"type\": \"ping\"}}");
  assert_int_equal(
      request_of(contract(&fixture, "webhooks.stripe"), &event, &fixture.arena, &request, &error),
      0);
  assert_string_equal(request.body.data, "{\"id\":\"e1\",\"type\":\"ping\"}");
  scratch_call(fixture.scratch, &request, &fixture.arena, &reply);
  assert_int_equal(reply.status, 401);
  assert_false(scratch_sign_webhook(fixture.scratch, TEXT("github"), &fixture.arena, &request));
  assert_true(scratch_sign_webhook(fixture.scratch, TEXT("stripe"), &fixture.arena, &request));
  scratch_call(fixture.scratch, &request, &fixture.arena, &reply);
  assert_int_equal(reply.status / 100, 2);
  scratch_close(fixture.scratch);
  report_deinit(&fixture.report);
  arena_deinit(&fixture.arena);
}

static void test_statements_that_are_refused(void **state)
{
  static const struct {
    const char *sql, *values, *why;
  } cases[] = {
      {"SELEC 1", NULL, "syntax error"},
      {"SELECT 1; SELECT 2", NULL, "more than one statement"},
      {"SELECT ?", NULL, "has 1 parameters, and 0 values"},
      {"SELECT 1", "[1]", "has 0 parameters, and 1 values"},
      {"BEGIN", NULL, "leave out BEGIN"},
      {"INSERT INTO notes (id) VALUES (1)", NULL, "NOT NULL"},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = {0};
    struct json found, bound;
    if (cases[i].values) bound = parse(fixture, cases[i].values);
    assert_int_equal(scratch_rows(fixture->scratch, text_of(cases[i].sql),
                                  cases[i].values ? &bound : NULL, &fixture->arena, &found, &error),
                     -1);
    if (!strstr(error.message, cases[i].why)) fail_msg("%s", error.message);
  }
  assert_string_equal(rows(fixture,
                           "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, x'00ff' AS e, ?5 AS f",
                           "[null, true, [1], 2.5, \"\"]"),
                      "[{\"a\":null,\"b\":1,\"c\":\"[1]\",\"d\":2.5,\"e\":\"00ff\",\"f\":\"\"}]");
  assert_int_equal(
      call(fixture, "users.update_profile", sign_in(fixture, "ada"), rename_ada).status, 200);
}

/* Neither in memory nor in the temporary folder, even while it is open. */
static void test_nothing_is_left_behind(void **state)
{
  static const char *const places[] = {"/dev/shm", "/tmp"};
  struct fixture *fixture = *state;
  call(fixture, "users.update_profile", sign_in(fixture, "ada"), rename_ada);
  for (size_t i = 0; i < 2; i++) {
    DIR *folder = opendir(places[i]);
    char own[64];
    snprintf(own, sizeof own, "writ-scratch-%d-", (int)getpid());
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;)
      if (strncmp(entry->d_name, own, strlen(own)) == 0) fail_msg("%s is left", entry->d_name);
    if (folder) closedir(folder);
  }
}

static const struct {
  const char *folder;
  size_t people;
} apps[] = {{"tests/apps/blog", 2},   {"tests/apps/contacts", 2}, {"tests/apps/orders", 2},
            {"tests/apps/papers", 3}, {"tests/apps/payments", 2}, {"tests/apps/search", 0},
            {"tests/apps/teams", 4},  {"tests/attacks", 4},       {"tests/http", 0}};

/* All apps of this repository open, with their people, whatever secrets the machine has. */
static void test_other_apps(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof apps / sizeof *apps; i++) {
    struct fixture fixture;
    size_t count;
    open_app(&fixture, &(struct scratch_options){.folder = apps[i].folder});
    scratch_principals(fixture.scratch, &count);
    assert_int_equal(count, apps[i].people);
    if (strcmp(apps[i].folder, "tests/apps/payments") == 0)
      assert_int_equal(scratch_webhook_secret(fixture.scratch, TEXT("stripe")).length, TOKEN_CHARS);
    scratch_close(fixture.scratch);
    report_deinit(&fixture.report);
    arena_deinit(&fixture.arena);
  }
}

static void test_what_does_not_open(void **state)
{
  static const struct {
    struct scratch_options options;
    const char *why;
  } cases[] = {
      {{.folder = "tests/unit"}, "no app in tests/unit"},
      {{.folder = ".", .fixtures = "tests/none.sql"}, "tests/none.sql"},
      {{.folder = ".", .fixtures = "README.md"}, "unrecognized token"},
      {{.folder = "tests/apps/search", .fixtures = "tests/fixtures.sql"}, "no such table"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct scratch *scratch;
    struct report report;
    struct error error = {0};
    report_init(&report);
    assert_int_equal(scratch_open(&cases[i].options, &report, &scratch, &error), -1);
    const char *why = error.message[0] ? error.message : report.first ? report.first->message : "";
    const char *where = report.first && report.first->path ? report.first->path : "";
    if (!strstr(why, cases[i].why) && !strstr(where, cases[i].why)) fail_msg("%s: %s", where, why);
    report_deinit(&report);
  }
}

/* --- request_of --- */

static void expect_request(struct fixture *fixture, const char *name, const char *input,
                           const char *expected)
{
  struct request request;
  struct error error = {0};
  struct json value = parse(fixture, input);
  if (request_of(contract(fixture, name), &value, &fixture->arena, &request, &error)) {
    assert_string_equal(error.message, expected);
    return;
  }
  struct text text =
      arena_print(&fixture->arena, "%s %.*s?%.*s %.*s %.*s", method_name(request.method),
                  TEXT_ARGS(request.path), TEXT_ARGS(request.query), TEXT_ARGS(request.body),
                  TEXT_ARGS(request.content_type));
  assert_string_equal(text.data, expected);
}

static void test_requests_of_inputs(void **state)
{
  struct fixture *fixture = *state;
  expect_request(fixture, "users.update_profile",
                 "{\"user_id\": \"a/b \\u00e9\", \"email\": 1, \"more\": [true]}",
                 "PATCH /users/a%2Fb%20%C3%A9? {\"email\":1,\"more\":[true]} application/json");
  expect_request(fixture, "users.update_profile", "{\"user_id\": 7}",
                 "PATCH /users/7? {} application/json");
  expect_request(
      fixture, "notes.list",
      "{\"q\": \"a&b=c+d\", \"page\": 2, \"tags\": [\"x\", null, 2.5], \"o\": {\"a\": 1}}",
      "GET /notes?q=a%26b%3Dc%2Bd&page=2&tags=x&tags=null&tags=2.5&o=%7B%22a%22%3A1%7D"
      "  ");
  expect_request(fixture, "notes.delete", "{\"note_id\": \"\", \"more\": false}",
                 "DELETE /notes/?more=false  ");
  expect_request(fixture, "users.logout", "{}", "POST /logout?  ");
  expect_request(fixture, "notes.delete", "{}",
                 "the path /notes/{note_id} needs the field note_id");
  expect_request(fixture, "notes.delete", "[]", "the input must be a JSON object");
}

int main(void)
{
#define OPENED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      OPENED(test_principals_of_the_fixtures),
      OPENED(test_a_call_and_its_effects),
      OPENED(test_a_refusal_changes_nothing),
      OPENED(test_login_with_a_password_of_the_fixtures),
      OPENED(test_reset_puts_all_back),
      OPENED(test_writes_from_beside_are_seen),
      OPENED(test_the_digest_sees_every_row),
      OPENED(test_time_can_be_set),
      OPENED(test_a_handler_is_replaced),
      OPENED(test_what_happened_inside_a_call),
      OPENED(test_secrets_are_not_told),
      OPENED(test_changes_of_other_tables),
      cmocka_unit_test(test_webhooks_are_signed),
      OPENED(test_statements_that_are_refused),
      OPENED(test_nothing_is_left_behind),
      OPENED(test_requests_of_inputs),
      cmocka_unit_test(test_other_apps),
      cmocka_unit_test(test_what_does_not_open),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
