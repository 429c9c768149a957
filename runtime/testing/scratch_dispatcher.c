/* The dispatcher of a scratch app: what it takes from writ.json, what it has of its own, and calls.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "checks/rate_limit.h"
#include "describe/openapi.h"
#include "testing/scratch_internal.h"

enum { LIMITER_KEYS = 4096, KEYS_MAX_BYTES = 256 * 1024, PASSWORD_MEMORY_BYTES = 8192 };

#define MONOTONIC_MAX_MS (INT64_C(50) * 365 * 86400 * 1000)

/* --- Who may call. --- */

static int make_webhooks(struct scratch *scratch, struct error *error)
{
  for (size_t i = 0; i < scratch->config.webhook_count; i++) {
    char secret[TOKEN_CHARS + 1];
    crypto_token(secret);
    if (config_make_webhook(&scratch->config.webhooks[i],
                            arena_copy(&scratch->arena, text_of(secret)), &scratch->webhooks[i],
                            error))
      return -1;
  }
  return 0;
}

/* Their keys are public, but need not be on the machine that tests. */
static void read_issuers(struct scratch *scratch, struct report *report)
{
  struct text keys[ISSUERS_MAX];
  const struct config *config = &scratch->config;
  for (size_t i = 0; i < config->issuer_count; i++) {
    struct error error = {0};
    if (file_read(&scratch->arena, config->issuers[i].keys_file, KEYS_MAX_BYTES, &keys[i],
                  &error) == 0)
      continue;
    report_warning(report, FINDING_FIXTURE_ISSUER, NULL, 0,
                   "tokens of identity providers will be refused here", "%s", error.message);
    return;
  }
  if (config->issuer_count > 0) config_open_issuers(config, keys, &scratch->issuers, report);
}

int scratch_read_callers(struct scratch *scratch, struct report *report, struct error *error)
{
  size_t errors = report->errors;
  scratch->origins = config_trusted_origins(&scratch->config, &scratch->arena);
  if (make_webhooks(scratch, error)) return -1;
  read_issuers(scratch, report);
  return report->errors == errors ? 0 : -1;
}

struct text scratch_webhook_secret(const struct scratch *scratch, struct text name)
{
  for (size_t i = 0; i < scratch->config.webhook_count; i++)
    if (text_is(name, scratch->webhooks[i].name)) return scratch->webhooks[i].secrets[0];
  return TEXT("");
}

/* --- Time. --- */

static int64_t own_now_ms(void *context)
{
  const struct scratch *scratch = context;
  return scratch->now_ms;
}

static uint64_t own_monotonic_ns(void *context)
{
  const struct scratch *scratch = context;
  return scratch->monotonic_ms * 1000000;
}

int64_t scratch_now(const struct scratch *scratch)
{
  return scratch->now_ms;
}

/* Limits count with a clock that never goes back, and that has room for 55 years. */
void scratch_set_now(struct scratch *scratch, int64_t now_ms)
{
  int64_t passed_ms = 0;
  if (__builtin_sub_overflow(now_ms, scratch->now_ms, &passed_ms) || passed_ms > MONOTONIC_MAX_MS)
    passed_ms = now_ms > scratch->now_ms ? MONOTONIC_MAX_MS : 0;
  if (passed_ms > 0) scratch->monotonic_ms += (uint64_t)passed_ms;
  if (scratch->monotonic_ms > MONOTONIC_MAX_MS) scratch->monotonic_ms = MONOTONIC_MAX_MS;
  scratch->now_ms = now_ms;
}

/* --- Opening and closing. --- */

static struct rate_limiter *empty_limiter(struct scratch *scratch)
{
  size_t bytes = rate_limiter_bytes(LIMITER_KEYS);
  if (!scratch->limiter) scratch->limiter = memory_new(bytes);
  memset(scratch->limiter, 0, bytes);
  return rate_limiter_init(scratch->limiter, LIMITER_KEYS);
}

static struct text openapi_document(struct scratch *scratch)
{
  struct buffer written = {0};
  if (!scratch->config.openapi || scratch->openapi.length > 0) return scratch->openapi;
  struct openapi_info info = config_openapi(&scratch->config);
  openapi_write(&written, scratch->app.generation, &info);
  scratch->openapi = arena_copy(&scratch->arena, buffer_text(&written));
  buffer_deinit(&written);
  return scratch->openapi;
}

static struct text script_text(void *context, struct text path)
{
  struct scratch *scratch = context;
  struct arena_mark mark = arena_mark(&scratch->arena);
  const char *name = arena_copy(&scratch->arena, path).data;
  const struct app_script *script = app_scripts_find(&scratch->scripts.handlers, name);
  if (!script) script = app_scripts_find(&scratch->scripts.modules, name);
  arena_rewind(&scratch->arena, mark);
  return script ? script->source.text : TEXT("");
}

int scratch_open_dispatcher(struct scratch *scratch, struct error *error)
{
  scratch->monotonic_ms = 1; /* 0 means nothing */
  const struct config *config = &scratch->config;
  struct dispatch_config dispatch_config = {
      .dev = scratch->dev,
      .password_cost = {.operations = 1, .memory_bytes = PASSWORD_MEMORY_BYTES},
      .password_lane = 1,
      .password_queue = config->password_queue,
      .session = config->session,
      .cookie_name = config->cookie_name,
      .cookie_secure = config->cookie_secure,
      .trusted_origins = scratch->origins,
      .webhooks = scratch->webhooks,
      .webhook_count = config->webhook_count,
      .issuers = scratch->issuers,
      .openapi = openapi_document(scratch),
      .limiter = empty_limiter(scratch),
      .observer = &scratch->observer,
      .script = scratch->dev ? script_text : NULL,
      .script_context = scratch,
      .clock = {.context = scratch, .now_ms = own_now_ms, .monotonic_ns = own_monotonic_ns}};
  scratch->observer = scratch_observer(scratch);
  memcpy(dispatch_config.audit_key, scratch->audit_key, HASH_BYTES);
  return dispatcher_new(&scratch->loop, scratch->app.store, scratch->app.sandbox,
                        scratch->app.generation, &dispatch_config, &scratch->dispatcher, error);
}

/* No call is open: each has been waited for. */
void scratch_close_dispatcher(struct scratch *scratch)
{
  if (!scratch->dispatcher) return;
  dispatcher_close(scratch->dispatcher);
  uv_run(&scratch->loop, UV_RUN_DEFAULT);
  dispatcher_free(scratch->dispatcher);
  scratch->dispatcher = NULL;
}

/* --- Calls. --- */

struct exchange {
  struct arena *arena;
  struct scratch_reply *reply;
};

static void keep_headers(struct exchange *exchange, const struct reply *from)
{
  struct scratch_reply *reply = exchange->reply;
  reply->header_count = from->header_count;
  for (size_t i = 0; i < from->header_count; i++)
    reply->headers[i] =
        (struct scratch_header){.name = arena_copy(exchange->arena, text_of(from->headers[i].name)),
                                .value = arena_copy(exchange->arena, from->headers[i].value)};
}

static void keep_reply(void *context, const struct reply *from)
{
  struct exchange *exchange = context;
  struct scratch_reply *reply = exchange->reply;
  struct arena *arena = exchange->arena;
  reply->status = from->status;
  reply->content_type = arena_copy(arena, text_of(from->content_type));
  reply->body = arena_copy(arena, from->body);
  reply->request_id = arena_copy(arena, from->request_id);
  reply->handler = arena_copy(arena, from->handler);
  reply->code = arena_copy(arena, from->code);
  keep_headers(exchange, from);
  if (reply->body.length == 0 || json_read(arena, reply->body, NULL, &reply->json, NULL))
    reply->json = json_null();
}

void scratch_call(struct scratch *scratch, const struct request *request, struct arena *arena,
                  struct scratch_reply *reply)
{
  struct exchange exchange = {.arena = arena, .reply = reply};
  struct request sent = *request;
  if (sent.address.length == 0) sent.address = TEXT("127.0.0.1");
  *reply = (struct scratch_reply){0};
  if (!scratch->dispatcher) return;
  uint64_t begun_ns = clock_monotonic_ns();
  sandbox_claim_signals();
  dispatch(scratch->dispatcher, &sent, keep_reply, &exchange);
  uv_run(&scratch->loop, UV_RUN_DEFAULT);
  reply->elapsed_ns = clock_monotonic_ns() - begun_ns;
}
