/* A small app behind a dispatcher, without sockets: requests go in, replies are kept, and the
 * database is looked at from beside. Ends by proving that nothing was left open. */
#ifndef WRIT_TESTS_DISPATCH_FIXTURE_H
#define WRIT_TESTS_DISPATCH_FIXTURE_H

#include "temporary_app.h"

#include <sqlite3.h>

#include "base/clock.h"
#include "base/memory.h"
#include "contract/generation.h"
#include "dispatch/dispatch.h"
#include "sandbox/sandbox.h"
#include "store/audit.h"
#include "store/host_statement.h"
#include "store/session.h"
#include "store/store_internal.h"

enum { SESSIONS = 3 };

struct fixture {
  struct app app;
  uv_loop_t loop;
  struct store *store;
  struct sandbox *sandbox;
  struct source_tree sources;
  struct generation *generation;
  struct dispatcher *dispatcher;
  struct dispatch_config config;
  struct report report;
  struct dispatch_clock clock;            /* set before opening; empty: the real clocks */
  struct issuers *issuers;                /* the same; NULL: none */
  struct metrics *metrics;                /* the same; NULL: nothing is counted */
  const char *address;                    /* of the client; NULL: 192.0.2.1 */
  sqlite3 *beside;                        /* the test's own connection */
  int failing_commits;                    /* how many of the next ones fail */
  char tokens[SESSIONS][TOKEN_CHARS + 1]; /* of ada, bob and root */
};

/* A request that lives until its reply has come, and what came. */
struct exchange {
  struct request request;
  char authorization[1024];
  int dones, status;
  char *body;
  char headers[1024]; /* "Name: value\n" each */
  char request_id[UUID_CHARS + 1];
  char told[256]; /* to the transport: "handler|code|principal", and whether with an id */
};

static inline void note_told(struct exchange *exchange, const struct reply *reply)
{
  struct buffer principal = {0};
  json_write(&principal, &reply->principal);
  snprintf(exchange->told, sizeof exchange->told, "%.*s|%.*s|%.*s%s", TEXT_ARGS(reply->handler),
           TEXT_ARGS(reply->code), TEXT_ARGS(buffer_text(&principal)),
           reply->request_id.length == UUID_CHARS ? "" : " without id");
  buffer_deinit(&principal);
}

static inline void exchange_done(void *context, const struct reply *reply)
{
  struct exchange *exchange = context;
  exchange->dones++;
  exchange->status = reply->status;
  note_told(exchange, reply);
  snprintf(exchange->request_id, sizeof exchange->request_id, "%.*s", TEXT_ARGS(reply->request_id));
  exchange->body = memory_resize(exchange->body, reply->body.length + 1);
  if (reply->body.length) memcpy(exchange->body, reply->body.data, reply->body.length);
  exchange->body[reply->body.length] = 0;
  size_t used = 0;
  for (size_t i = 0; i < reply->header_count; i++)
    used +=
        (size_t)snprintf(exchange->headers + used, sizeof exchange->headers - used, "%s: %.*s\n",
                         reply->headers[i].name, TEXT_ARGS(reply->headers[i].value));
}

/* Sends without waiting. Texts are borrowed; token NULL: none. */
static inline void exchange_send(struct fixture *fixture, struct exchange *exchange,
                                 const char *target, const char *token, const char *body)
{
  struct text rest = text_of(target), method, path;
  *exchange = (struct exchange){0};
  text_split(&rest, ' ', &method);
  text_split(&rest, '?', &path);
  if (token) snprintf(exchange->authorization, sizeof exchange->authorization, "Bearer %s", token);
  exchange->request = (struct request){.method = method_of(method),
                                       .path = path,
                                       .query = rest,
                                       .authorization = text_of(exchange->authorization),
                                       .content_type = TEXT("application/json"),
                                       .body = text_of(body),
                                       .address = text_of(fixture->address)};
  if (!fixture->address) exchange->request.address = TEXT("192.0.2.1");
  sandbox_claim_signals();
  dispatch(fixture->dispatcher, &exchange->request, exchange_done, exchange);
}

/* Runs the loop until nothing is under way. */
static inline void fixture_settle(struct fixture *fixture)
{
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  assert_int_equal(dispatcher_calls(fixture->dispatcher), 0);
}

static inline void exchange_end(struct exchange *exchange)
{
  assert_int_equal(exchange->dones, 1);
  memory_free(exchange->body);
  exchange->body = NULL;
}

/* One value as text, of the test's own connection; the caller frees it with memory_free. */
static inline char *fixture_ask(struct fixture *fixture, const char *sql)
{
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(fixture->beside, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  const char *text = (const char *)sqlite3_column_text(statement, 0);
  char *copy = memory_copy_string(text ? text : "");
  sqlite3_finalize(statement);
  return copy;
}

static inline void fixture_expect(struct fixture *fixture, const char *sql, const char *expected)
{
  char *found = fixture_ask(fixture, sql);
  assert_string_equal(found, expected);
  memory_free(found);
}

static inline void fixture_execute(struct fixture *fixture, const char *sql)
{
  char *message = NULL;
  if (sqlite3_exec(fixture->beside, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s", message);
}

static inline int fail_commit(void *context)
{
  struct fixture *fixture = context;
  if (fixture->failing_commits == 0) return 0;
  fixture->failing_commits--;
  return 1;
}

static inline void fixture_sign_in(struct fixture *fixture)
{
  static const char *const ids[SESSIONS] = {"ada", "bob", "root"};
  struct connection *writer = store_writer(fixture->store);
  struct error error = {0};
  for (size_t i = 0; i < SESSIONS; i++) {
    struct json id = json_string(text_of(ids[i]));
    if (session_start(writer, &id, clock_wall_ms(), &(struct session_terms){.lifetime_ms = 3600000},
                      fixture->tokens[i], &error))
      fail_msg("%s", error.message);
  }
}

static inline void fixture_load(struct fixture *fixture, const char *rows)
{
  struct error error = {0};
  struct arena arena;
  struct migration *migrations;
  size_t count, handler_errors;
  arena_init(&arena, 4096);
  source_tree_read(&fixture->sources, fixture->app.folder, &fixture->report);
  if (migrations_read(&fixture->sources, &arena, &migrations, &count, &error) ||
      store_migrate(fixture->store, migrations, count, NULL, &error) ||
      store_run_script(fixture->store, "rows", text_of(rows), &error))
    fail_msg("%s", error.message);
  arena_deinit(&arena);
  fixture_sign_in(fixture);
  fixture->generation = generation_load(&fixture->sources, fixture->store, fixture->sandbox,
                                        &fixture->report, &handler_errors);
  app_expect(&fixture->report, "the app", "");
}

static inline void fixture_open(struct fixture *fixture, const struct app_file *files, size_t count,
                                const char *rows)
{
  static char path[128];
  struct error error = {0};
  assert_int_equal(crypto_init(&error), 0);
  app_begin(&fixture->app);
  for (size_t i = 0; i < count; i++) app_write(&fixture->app, files[i].path, files[i].text);
  snprintf(path, sizeof path, "%s/writ.db", fixture->app.folder);
  report_init(&fixture->report);
  assert_int_equal(uv_loop_init(&fixture->loop), 0);
  struct store_config store_config = {.path = path, .relaxed_sync = true};
  if (store_open(&store_config, &fixture->store, &error) || sandbox_new(&fixture->sandbox, &error))
    fail_msg("%s", error.message);
  fixture_load(fixture, rows);
  fixture->config = (struct dispatch_config){.password_cost = {1, 8192},
                                             .password_lane = 1,
                                             .password_queue = 1,
                                             .session = {.lifetime_ms = 3600000},
                                             .cookie_name = "session",
                                             .cookie_secure = true,
                                             .clock = fixture->clock,
                                             .metrics = fixture->metrics,
                                             .issuers = fixture->issuers};
  if (dispatcher_new(&fixture->loop, fixture->store, fixture->sandbox, fixture->generation,
                     &fixture->config, &fixture->dispatcher, &error))
    fail_msg("%s", error.message);
  sqlite3_commit_hook(connection_handle(store_writer(fixture->store)), fail_commit, fixture);
  assert_int_equal(sqlite3_open(path, &fixture->beside), SQLITE_OK);
}

/* The chain must be whole, both connections at rest, and no handle left. */
static inline void fixture_close(struct fixture *fixture)
{
  struct error error = {0};
  struct audit_chain chain;
  dispatcher_drain(fixture->dispatcher);
  fixture_settle(fixture);
  assert_false(connection_in_transaction(store_writer(fixture->store)));
  if (audit_verify(store_reader(fixture->store), fixture->config.audit_key, NULL, &chain, &error))
    fail_msg("%s", error.message);
  sqlite3_close(fixture->beside);
  dispatcher_close(fixture->dispatcher);
  assert_false(connection_in_transaction(store_reader(fixture->store)));
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  dispatcher_free(fixture->dispatcher);
  assert_int_equal(uv_loop_close(&fixture->loop), 0);
  generation_free(fixture->generation);
  sandbox_free(fixture->sandbox);
  store_close(fixture->store);
  source_tree_free(&fixture->sources);
  report_deinit(&fixture->report);
  app_end(&fixture->app);
}

static inline int fixture_tear_down(void **state)
{
  fixture_close(*state);
  memory_free(*state);
  return 0;
}

#endif
