/* Calls: their beginning, their walk through the steps, their one reply. */
#include "dispatch/dispatch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "describe/openapi.h"
#include "dispatch/call.h"
#include "dispatch/debug.h"

enum {
  ARENA_CHUNK_BYTES = 16 * 1024,
  BODY_MAX_BYTES = 64 * 1024,
  REPLY_KEPT_BYTES = 64 * 1024 /* larger ones are given back, so that no call stays large */
};

/* All reads of a turn of the loop share a snapshot: it ends with the turn, before the loop waits
 * for what comes next. */
static void end_snapshot(uv_prepare_t *turn)
{
  struct dispatcher *dispatcher = turn->data;
  connection_end_read(store_reader(dispatcher->store));
}

static void watch_turns(struct dispatcher *dispatcher)
{
  uv_prepare_init(dispatcher->loop, &dispatcher->turn);
  dispatcher->turn.data = dispatcher;
  uv_prepare_start(&dispatcher->turn, end_snapshot);
  uv_unref((uv_handle_t *)&dispatcher->turn);
}

static struct rate_limiter *own_limiter(struct dispatcher *dispatcher)
{
  dispatcher->own_limiter = memory_new(rate_limiter_bytes(RATE_LIMITER_KEYS));
  return rate_limiter_init(dispatcher->own_limiter, RATE_LIMITER_KEYS);
}

int64_t dispatcher_now_ms(const struct dispatcher *dispatcher)
{
  const struct dispatch_clock *clock = &dispatcher->config.clock;
  return clock->now_ms ? clock->now_ms(clock->context) : clock_wall_ms();
}

uint64_t dispatcher_monotonic_ns(const struct dispatcher *dispatcher)
{
  const struct dispatch_clock *clock = &dispatcher->config.clock;
  return clock->monotonic_ns ? clock->monotonic_ns(clock->context) : clock_monotonic_ns();
}

int dispatcher_new(uv_loop_t *loop, struct store *store, struct sandbox *sandbox,
                   const struct generation *generation, const struct dispatch_config *config,
                   struct dispatcher **out, struct error *error)
{
  struct dispatcher *dispatcher = memory_new(sizeof *dispatcher);
  dispatcher->loop = loop;
  dispatcher->store = store;
  dispatcher->sandbox = sandbox;
  dispatcher->generation = generation;
  dispatcher->config = *config;
  if (password_lane_new(loop, config->password_cost, config->password_lane, config->password_queue,
                        &dispatcher->passwords, error))
    goto fail_lane;
  if (writer_new(loop, store_writer(store), &dispatcher->writer, error)) goto fail_writer;
  dispatcher->limiter = config->limiter ? config->limiter : own_limiter(dispatcher);
  dispatcher->quarantines = quarantines_new(generation->contract_count);
  dispatcher->refusals = refusals_new(dispatcher);
  dispatcher->last_uses = last_uses_new(dispatcher->writer);
  dispatcher->tokens = token_cache_new();
  dispatcher->counts = counts_new(config->metrics, generation, dispatcher->writer);
  watch_turns(dispatcher);
  *out = dispatcher;
  return 0;

fail_writer:
  password_lane_free(dispatcher->passwords);
fail_lane:
  memory_free(dispatcher);
  return -1;
}

void dispatcher_adopt(struct dispatcher *dispatcher, struct dispatcher *former)
{
  quarantines_adopt(dispatcher->quarantines, dispatcher->generation, former->quarantines,
                    former->generation);
  count_quarantines(dispatcher);
}

void dispatcher_drain(struct dispatcher *dispatcher)
{
  refusals_flush(dispatcher->refusals);
}

void dispatcher_close(struct dispatcher *dispatcher)
{
  for (struct call *call = dispatcher->idle; call; call = call->next_idle)
    uv_close((uv_handle_t *)&call->timer, NULL);
  uv_close((uv_handle_t *)&dispatcher->turn, NULL);
  connection_end_read(store_reader(dispatcher->store));
  refusals_close(dispatcher->refusals);
  writer_close(dispatcher->writer);
}

void dispatcher_free(struct dispatcher *dispatcher)
{
  while (dispatcher->idle) {
    struct call *call = dispatcher->idle;
    dispatcher->idle = call->next_idle;
    arena_deinit(&call->arena);
    buffer_deinit(&call->body);
    memory_free(call);
  }
  counts_free(dispatcher->counts);
  last_uses_free(dispatcher->last_uses);
  token_cache_free(dispatcher->tokens);
  refusals_free(dispatcher->refusals);
  password_lane_free(dispatcher->passwords);
  quarantines_free(dispatcher->quarantines);
  memory_free(dispatcher->own_limiter);
  memory_free(dispatcher);
}

size_t dispatcher_calls(const struct dispatcher *dispatcher)
{
  return dispatcher->calls;
}

bool dispatcher_is_idle(const struct dispatcher *dispatcher)
{
  return dispatcher->calls == 0 && writer_backlog(dispatcher->writer) == 0;
}

size_t dispatcher_body_max(const struct dispatcher *dispatcher, enum method method,
                           struct text path)
{
  struct route_match match;
  route_table_find(dispatcher->generation->routes, method, path, &match);
  return match.contract ? match.contract->body_max_bytes : BODY_MAX_BYTES;
}

static struct call *call_make(struct dispatcher *dispatcher)
{
  struct call *call = memory_new(sizeof *call);
  call->dispatcher = dispatcher;
  arena_init(&call->arena, ARENA_CHUNK_BYTES);
  uv_timer_init(dispatcher->loop, &call->timer);
  call->timer.data = call;
  return call;
}

/* A call that knows nothing of the one before. */
static struct call *call_new(struct dispatcher *dispatcher)
{
  struct call *call = dispatcher->idle;
  if (call)
    dispatcher->idle = call->next_idle;
  else
    call = call_make(dispatcher);
  memset((char *)call + offsetof(struct call, request), 0,
         sizeof *call - offsetof(struct call, request));
  dispatcher->calls++;
  count_begin(call);
  return call;
}

static bool handles_secrets(const struct contract *contract)
{
  bool handles = contract && contract->session_start != SESSION_NONE;
  for (size_t i = 0; contract && i < contract->field_count; i++)
    handles |= contract->fields[i].schema.password;
  return handles;
}

static void call_free(struct call *call)
{
  struct dispatcher *dispatcher = call->dispatcher;
  if (handles_secrets(call->contract)) {
    arena_wipe(&call->arena);
    crypto_wipe(call->body.data, call->body.length);
    crypto_wipe(call->token, sizeof call->token);
  }
  sandbox_abandon(dispatcher->sandbox, &call->run);
  arena_reset(&call->arena);
  buffer_clear(&call->body);
  if (call->body.capacity > REPLY_KEPT_BYTES) buffer_deinit(&call->body);
  call->next_idle = dispatcher->idle;
  dispatcher->idle = call;
  dispatcher->calls--;
}

static bool is_openapi(const struct dispatcher *dispatcher, const struct request *request)
{
  return dispatcher->config.openapi.length > 0 && text_is(request->path, OPENAPI_PATH);
}

/* The one fixed document, for everybody: no contract has its path. */
static void serve_openapi(struct call *call)
{
  struct reply reply = {
      .status = 200, .content_type = "application/json", .body = call->dispatcher->config.openapi};
  if (call->match.allowed & 1U << call->request->method) {
    call_end(call, &reply);
    return;
  }
  call->verdict.denial = DENIAL_METHOD_NOT_ALLOWED;
  call_continue(call);
}

/* Which methods the contracts give a path (RFC 9110 section 9.3.7). It costs hardly more than
 * reading the request, so nothing limits it. */
static void serve_options(struct call *call)
{
  struct reply reply = {0};
  if (call->match.allowed == 0 && !text_is(call->request->path, "*")) {
    call->verdict.denial = DENIAL_NO_ROUTE;
    call_continue(call);
    return;
  }
  reply_options(call, &reply);
  call_end(call, &reply);
}

static void serve_contract(struct call *call)
{
  call->contract = call->facts.contract = call->match.contract;
  if (!call->contract)
    call->verdict.denial = call->match.allowed ? DENIAL_METHOD_NOT_ALLOWED : DENIAL_NO_ROUTE;
  else if (!call->contract->image)
    call->verdict = (struct verdict){.denial = DENIAL_HANDLER_UNAVAILABLE,
                                     .detail = TEXT("the handler does not load: see writ check")};
  call_continue(call);
}

/* What has a method has OPTIONS. */
static void find_route(struct call *call)
{
  const struct dispatcher *dispatcher = call->dispatcher;
  const struct request *request = call->request;
  struct route_match *match = &call->match;
  if (is_openapi(dispatcher, request))
    match->allowed = 1U << METHOD_GET | 1U << METHOD_HEAD;
  else
    route_table_find(dispatcher->generation->routes, request->method, request->path, match);
  if (match->allowed) match->allowed |= 1U << METHOD_OPTIONS;
}

/* What is random of a call's ids: from the CSPRNG for many calls at a time, for each fetch is a
 * system call. */
static const unsigned char *draw_random(struct dispatcher *dispatcher)
{
  if (dispatcher->random_calls == 0) {
    crypto_random(dispatcher->random, sizeof dispatcher->random);
    dispatcher->random_calls = RANDOM_CALLS;
  }
  return dispatcher->random[--dispatcher->random_calls];
}

void dispatch(struct dispatcher *dispatcher, const struct request *request, dispatch_done done,
              void *context)
{
  struct call *call = call_new(dispatcher);
  int64_t now_ms = dispatcher_now_ms(dispatcher);
  call->request = request;
  call->done = done;
  call->done_context = context;
  call->started_ns = dispatcher_monotonic_ns(dispatcher);
  const unsigned char *random = draw_random(dispatcher);
  crypto_uuid7_of(call->request_id, now_ms, random);
  crypto_uuid7_of(call->new_id, now_ms, random + UUID_RANDOM_BYTES);
  call->facts = (struct facts){.arena = &call->arena,
                               .address = request->address,
                               .now = json_integer(now_ms),
                               .new_id = json_string(text_of(call->new_id))};
  const struct dispatch_observer *observer = dispatcher->config.observer;
  if (observer) call->facts.watch = &observer->queries;

  find_route(call);
  if (request->method == METHOD_OPTIONS)
    serve_options(call);
  else if (is_openapi(dispatcher, request))
    serve_openapi(call);
  else
    serve_contract(call);
}

/* The snapshot stays, for the next read of this turn. */
void call_leave_snapshot(struct call *call)
{
  if (call->place != CALL_IN_SNAPSHOT) return;
  connection_set_interrupt(call->facts.connection, NULL, NULL);
  call->place = CALL_OUTSIDE;
}

/* What failed on our side or the handler's is for the log; what a client did is for the audit log.
 */
static void log_failure(struct call *call)
{
  const struct verdict *verdict = &call->verdict;
  struct buffer fields = {0}, story = {0};
  if (verdict->denial == DENIAL_DECLARED || denial_status(verdict->denial) < 500) return;
  if (call->dispatcher->config.observer) return; /* who is told of it by call_end */
  buffer_append_text(&fields, TEXT("\"request_id\":"));
  json_write_string(&fields, text_of(call->request_id));
  const struct {
    const char *name;
    struct text value;
  } items[] = {{"trace_id", call->request->trace_id},
               {"handler", text_of(call->contract ? call->contract->name : NULL)},
               {"code", text_of(denial_code(verdict->denial))},
               {"contract", text_of(call->contract ? call->contract->source->path : NULL)},
               {"detail", verdict->detail},
               {"error", verdict->message},
               {"traceback", verdict->traceback}};
  for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
    if (items[i].value.length == 0) continue;
    buffer_print(&fields, ",\"%s\":", items[i].name);
    json_write_string(&fields, items[i].value);
  }
  if (call->dispatcher->config.dev) {
    buffer_print(&story, " %s: %s", call->contract ? call->contract->name : "-",
                 denial_code(verdict->denial));
    debug_print(&story, debug_of(call));
  }
  log_story(LOG_ERROR, "call failed", buffer_text(&fields), buffer_text(&story));
  buffer_deinit(&story);
  buffer_deinit(&fields);
}

void call_end(struct call *call, struct reply *reply)
{
  reply->allowed = call->match.allowed;
  reply->request_id = (struct text){call->request_id, UUID_CHARS};
  if (call->contract) reply->handler = text_of(call->contract->name);
  reply->code = call_code(call);
  reply->principal = call_principal(call);
  count_end(call);
  const struct dispatch_observer *observer = call->dispatcher->config.observer;
  if (observer) observer->ended(observer->context, &call->facts, &call->verdict);
  call->done(call->done_context, reply);
  call_free(call);
}

static bool append_refusal(struct writer_job *job, struct connection *connection)
{
  struct call *call = (struct call *)((char *)job - offsetof(struct call, job));
  struct error error = {0};
  if (record_append(call, connection, &error) == 0) return true;
  log_message(LOG_ERROR, "a refusal could not be audited: %s", error.message);
  return false;
}

static void reply_to_refusal(struct call *call)
{
  struct reply reply = {0};
  log_failure(call);
  reply_refusal(call, &reply);
  call_end(call, &reply);
}

/* The refusal stands; if its row could not be written the log has it. */
static void refusal_appended(struct writer_job *job, bool committed, const struct error *error)
{
  struct call *call = (struct call *)((char *)job - offsetof(struct call, job));
  if (!committed) count_audit_failure(call->dispatcher);
  if (!committed && error)
    log_message(LOG_ERROR, "a refusal could not be audited: %s", error->message);
  reply_to_refusal(call);
}

/* In a transaction: undo everything, keep the row that says so. */
static void refuse_in_transaction(struct call *call)
{
  struct connection *connection = call->facts.connection;
  struct error error = {0};
  if (!connection_in_transaction(connection)) return; /* dropped: in_transaction says so */
  connection_set_interrupt(connection, NULL, NULL);   /* the time that is up is not the row's */
  if (connection_rollback(connection, &error) == 0 &&
      (!refusal_is_recorded(call) || record_append(call, connection, &error) == 0))
    call->refused = true;
  else
    log_message(LOG_ERROR, "a refusal could not be rolled back and audited: %s", error.message);
}

static void refuse(struct call *call)
{
  if (call->place == CALL_IN_TRANSACTION) {
    refuse_in_transaction(call);
    return;
  }
  call_leave_snapshot(call);
  if (!call->refused && call->contract && refusal_is_recorded(call)) {
    call->refused = true;
    call->job = (struct writer_job){.run = append_refusal, .done = refusal_appended};
    writer_submit(call->dispatcher->writer, &call->job);
    return;
  }
  reply_to_refusal(call);
}

void call_continue(struct call *call)
{
  while (call->verdict.denial == DENIAL_NONE && call->step < step_count) {
    const struct step *step = &steps[call->step++];
    enum step_result result = step->run(call);
    if (result == STEP_WAIT) return;
    if (result == STEP_DENY && call->verdict.denial == DENIAL_NONE)
      call->verdict = (struct verdict){.denial = DENIAL_INTERNAL, .detail = text_of(step->name)};
  }
  if (call->verdict.denial != DENIAL_NONE) {
    refuse(call);
    return;
  }
  struct reply reply = {0};
  call_leave_snapshot(call);
  reply_value(call, &reply);
  call_end(call, &reply);
}
