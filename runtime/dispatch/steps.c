/* The steps of a call, in the order in which they always run.
 *
 * This table is the pipeline. Everything up to `begin` may wait (for argon2); from `begin` to
 * `commit` a call that can write never does, because it stands inside a transaction. A handler that
 * sleeps takes its call back to `begin`. */
#include "base/clock.h"
#include "checks/conditions.h"
#include "checks/jwt.h"
#include "checks/ownership.h"
#include "checks/rules.h"
#include "dispatch/call.h"
#include "store/session.h"

/* How long queries of the host's own (owns, rules, holds, …) may take, in wall time. People
 * reviewed them, but clients choose what they are asked about. */
enum { HOST_QUERIES_MS = 1000 };

static enum step_result deny(struct call *call, enum denial denial, const char *detail)
{
  call->verdict =
      (struct verdict){.denial = denial, .detail = arena_print(&call->arena, "%s", detail)};
  return STEP_DENY;
}

static bool host_queries_late(void *context)
{
  const struct call *call = context;
  return clock_monotonic_ns() > call->interrupt_at_ns;
}

static void allow_host_queries(struct call *call)
{
  call->interrupt_at_ns = clock_monotonic_ns() + HOST_QUERIES_MS * UINT64_C(1000000);
  connection_set_interrupt(call->facts.connection, host_queries_late, call);
}

/* Reads happen in a snapshot of the reader's. A call that only reads stays in it to its end, unless
 * it has to wait. */
static bool enter_snapshot(struct call *call)
{
  struct error error = {0};
  if (call->place != CALL_OUTSIDE) return true;
  call->facts.connection = store_reader(call->dispatcher->store);
  if (connection_begin_read(call->facts.connection, &error)) {
    deny(call, DENIAL_OVERLOADED, error.message);
    return false;
  }
  call->place = CALL_IN_SNAPSHOT;
  allow_host_queries(call);
  return true;
}

static enum step_result rate_limit(struct call *call, enum rate_key stage)
{
  bool allowed = check_rate_limits(call->dispatcher->limiter, &call->facts, stage, call->started_ns,
                                   &call->verdict);
  return allowed ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_rate_limit_ip(struct call *call)
{
  return rate_limit(call, RATE_IP);
}

static enum step_result verify_webhook(struct call *call)
{
  const struct dispatcher *dispatcher = call->dispatcher;
  const struct dispatch_config *config = &dispatcher->config;
  const struct request *request = call->request;
  struct webhook_proof proof = {.stripe_signature = request->stripe_signature,
                                .hub_signature = request->hub_signature,
                                .body = request->body};
  bool allowed = check_webhook(&call->facts, dispatcher->generation, config->webhooks,
                               config->webhook_count, &proof, &call->verdict);
  return allowed ? STEP_NEXT : STEP_DENY;
}

/* What a browser sends along without being told to proves nobody's intent, where it changes
 * something. */
static bool is_of_this_site(struct call *call)
{
  const struct request *request = call->request;
  const struct request_origin from = {
      .host = request->host, .origin = request->origin, .sec_fetch_site = request->sec_fetch_site};
  bool by_cookie = request->authorization.length == 0;
  bool safe = request->method == METHOD_GET || request->method == METHOD_HEAD;
  if (!by_cookie || safe || !origin_is_cross_site(&from, &call->dispatcher->config.trusted_origins))
    return true;
  call->verdict = (struct verdict){
      .denial = DENIAL_CROSS_SITE,
      .detail = arena_print(&call->arena, "Sec-Fetch-Site: %.*s, Origin: %.*s",
                            TEXT_ARGS(from.sec_fetch_site), TEXT_ARGS(from.origin))};
  return false;
}

static bool authenticate(struct call *call, uint64_t identities)
{
  const struct dispatcher *dispatcher = call->dispatcher;
  const struct request *request = call->request;
  struct text token =
      auth_token(request->authorization, request->cookie, dispatcher->config.cookie_name);
  /* In a cookie there are sessions only: nobody but this server sets it. */
  if (request->authorization.length > 0 && jwt_has_form(token))
    return check_jwt(&call->facts, dispatcher->generation, dispatcher->config.issuers,
                     dispatcher->tokens, identities, token, &call->verdict);
  if (!check_auth(&call->facts, dispatcher->generation, dispatcher->tokens, identities, token,
                  &call->verdict) ||
      !is_of_this_site(call))
    return false;
  last_uses_note(dispatcher->last_uses, &call->facts.principal.session, call->facts.now.integer);
  return true;
}

static enum step_result step_auth(struct call *call)
{
  if (call->contract->public) return STEP_NEXT;
  if (call->contract->webhook) return verify_webhook(call);
  /* Asked before the snapshot begins, and again: its beginning may notice a change. */
  const struct store *store = call->dispatcher->store;
  uint64_t identities = store_identities(store);
  if (!enter_snapshot(call)) return STEP_DENY;
  if (store_identities(store) != identities) identities = 0;
  call->facts.identities = identities;
  return authenticate(call, identities) ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_rate_limit_principal(struct call *call)
{
  return rate_limit(call, RATE_PRINCIPAL);
}

static enum step_result step_validate(struct call *call)
{
  return input_read(call) && repeat_read_key(call) ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_rate_limit_fields(struct call *call)
{
  return rate_limit(call, RATE_FIELDS);
}

static const struct credentials *asked_credentials(const struct contract *contract)
{
  if (contract->credentials.present) return &contract->credentials;
  return contract->reauth.present ? &contract->reauth : NULL;
}

static bool is_hashed(const struct call *call, size_t field)
{
  const struct json *value = call->facts.fields[field];
  return call->contract->fields[field].hashed && value && value->type == JSON_STRING;
}

/* Whether the call has something for the password lane, and so has to wait. */
static bool has_passwords(const struct call *call)
{
  return call->password_job.verify || call->password_job.to_hash_count > 0;
}

static void passwords_done(struct password_job *job)
{
  struct call *call = (struct call *)((char *)job - offsetof(struct call, password_job));
  count_passwords(call, false);
  call_continue(call);
}

static bool add_to_hash(struct call *call, struct password_job *job, size_t field)
{
  struct text password = json_text(call->facts.fields[field]);
  if (job->to_hash_count == CONTRACT_PASSWORDS_MAX) { /* refused at load */
    deny(call, DENIAL_INTERNAL, "more passwords than one call can hash");
    return false;
  }
  job->to_hash[job->to_hash_count++] = password;
  if (password.length <= PASSWORD_MAX_BYTES) return true;
  call->verdict = (struct verdict){.denial = DENIAL_INVALID_INPUT,
                                   .detail = call->contract->fields[field].schema.name,
                                   .public_detail = TEXT("a password is too long")};
  return false;
}

/* Fetches what is to be verified and hands all argon2 work of the call to the lane. */
static enum step_result step_passwords(struct call *call)
{
  const struct contract *contract = call->contract;
  const struct credentials *asked = asked_credentials(contract);
  struct password_job *job = &call->password_job;
  *job = (struct password_job){.done = passwords_done};
  if (asked) {
    if (!enter_snapshot(call)) return STEP_DENY;
    if (!credentials_fetch(&call->facts, asked, &call->credential, &call->verdict))
      return STEP_DENY;
    job->verify = true;
    job->password = json_text(call->facts.fields[asked->password]);
    job->hash = json_text(&call->credential.hash);
  }
  for (size_t i = 0; i < contract->field_count; i++)
    if (is_hashed(call, i) && !add_to_hash(call, job, i)) return STEP_DENY;
  if (!has_passwords(call)) return STEP_NEXT;
  call_leave_snapshot(call);
  if (!password_lane_submit(call->dispatcher->passwords, job))
    return deny(call, DENIAL_OVERLOADED, "the queue for password hashing is full");
  count_passwords(call, true);
  return STEP_WAIT;
}

static enum step_result step_passwords_done(struct call *call)
{
  const struct contract *contract = call->contract;
  const struct password_job *job = &call->password_job;
  if (!has_passwords(call)) return STEP_NEXT;
  if (job->failed) return deny(call, DENIAL_OVERLOADED, "argon2 failed: not enough memory");
  if (job->verify && !job->verified)
    return deny(call, DENIAL_WRONG_CREDENTIALS, "unknown name or wrong password");
  if (contract->reauth.present && !json_equal(&call->credential.id, &call->facts.principal.id))
    return deny(call, DENIAL_WRONG_CREDENTIALS, "the password is another principal's");
  if (contract->credentials.present) call->facts.principal.id = call->credential.id;
  size_t next = 0;
  for (size_t i = 0; i < contract->field_count; i++)
    if (is_hashed(call, i))
      call->facts.password_hashes[i] = json_string(text_of(job->hashes[next++]));
  return STEP_NEXT;
}

/* It may have been in a transaction before, which another call's request made the database drop. */
static void begin_anew(struct call *call)
{
  refusal_take_back(call);
  call->step = call->begin + 1;
  call->verdict = (struct verdict){0};
  call->refused = false;
  call->repeated = false;
}

/* In the writer's transaction: the rest of the call, up to `commit` or a refusal. */
static bool in_transaction(struct writer_job *job, struct connection *connection)
{
  struct call *call = (struct call *)((char *)job - offsetof(struct call, job));
  struct error error = {0};
  begin_anew(call);
  call->facts.connection = connection;
  if (connection_savepoint(connection, &error)) {
    deny(call, DENIAL_INTERNAL, error.message);
    return false;
  }
  call->place = CALL_IN_TRANSACTION;
  allow_host_queries(call);
  call_continue(call);
  connection_set_interrupt(connection, NULL, NULL);
  call->place = CALL_OUTSIDE;
  bool decided = call->refused || call->verdict.denial == DENIAL_NONE;
  return decided && connection_in_transaction(connection);
}

static void after_transaction(struct writer_job *job, bool committed, const struct error *error)
{
  struct call *call = (struct call *)((char *)job - offsetof(struct call, job));
  if (!committed) {
    /* Nothing was done (or a crash decides), whatever was decided. A refusal that stood already
     * keeps its reason, and is audited on its own. */
    if (call->verdict.denial == DENIAL_NONE)
      deny(call, job->unknown ? DENIAL_OUTCOME_UNKNOWN : DENIAL_NOT_COMMITTED,
           error ? error->message : "the transaction was lost");
    call->refused = false;
  }
  call_continue(call);
}

static enum step_result step_begin(struct call *call)
{
  call->begin = call->step - 1;
  if (!call->contract->writes) return enter_snapshot(call) ? STEP_NEXT : STEP_DENY;
  call_leave_snapshot(call);
  call->job = (struct writer_job){.run = in_transaction, .done = after_transaction};
  writer_submit(call->dispatcher->writer, &call->job);
  return STEP_WAIT;
}

/* Nobody has changed anything that let the call in, and nobody can before its transaction ends. */
static bool is_still_let_in(const struct call *call, int64_t now_ms)
{
  const struct facts *facts = &call->facts;
  return call->place == CALL_IN_TRANSACTION && now_ms < facts->principal.session.ends_ms &&
         connection_identities_are(facts->connection, facts->identities);
}

/* A call that has waited, be it for the lane, for the writer or in its sleep, may have lost what
 * let it in. */
static enum step_result step_auth_again(struct call *call)
{
  bool waited = call->contract->writes || has_passwords(call) || call->run.suspended;
  if (!waited || call->contract->anonymous) return STEP_NEXT;
  const struct generation *generation = call->dispatcher->generation;
  int64_t now_ms = dispatcher_now_ms(call->dispatcher);
  if (is_still_let_in(call, now_ms)) return STEP_NEXT;
  bool allowed = call->facts.principal.identity
                     ? check_jwt_again(&call->facts, generation, now_ms, &call->verdict)
                     : check_auth_again(&call->facts, generation, now_ms, &call->verdict);
  return allowed ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_credentials_again(struct call *call)
{
  const struct credentials *asked = asked_credentials(call->contract);
  struct credential now;
  if (!asked) return STEP_NEXT;
  if (!credentials_fetch(&call->facts, asked, &now, &call->verdict)) return STEP_DENY;
  if (!credentials_unchanged(&call->credential, &now))
    return deny(call, DENIAL_WRONG_CREDENTIALS, "the credentials changed meanwhile");
  return STEP_NEXT;
}

static enum step_result step_own(struct call *call)
{
  const struct contract *contract = call->contract;
  bool owned = check_ownership(&call->facts, contract->owns, contract->owns_count, &call->verdict);
  return owned ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_when(struct call *call)
{
  return check_conditions(&call->facts, &call->verdict) ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_rules(struct call *call)
{
  const struct contract *contract = call->contract;
  bool hold = check_rules(&call->facts, contract->rules, contract->rule_count, &call->verdict);
  return hold ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_audit(struct call *call);

/* A repeat goes on behind everything that would have an effect. */
static enum step_result step_repeat(struct call *call)
{
  if (!repeat_find(call)) return STEP_DENY;
  while (call->repeated && steps[call->step].run != step_audit) call->step++;
  return STEP_NEXT;
}

static enum step_result step_remember(struct call *call)
{
  return remember_unchanged(&call->facts, &call->verdict) ? STEP_NEXT : STEP_DENY;
}

/* By the time the call came, not the present one: what has waited in the writer's queue since
 * before the route was closed does not become its trial. A run that has slept is under way. */
static enum step_result step_quarantine(struct call *call)
{
  if (call->run.suspended) return STEP_NEXT;
  bool open = check_quarantine(call->dispatcher->quarantines, &call->facts, call->started_ns,
                               &call->verdict);
  if (!open) count_quarantine(call); /* a call of the former generation may have closed it */
  return open ? STEP_NEXT : STEP_DENY;
}

/* What the run costs its caller, and what it says of its route. */
static void note_run(struct call *call)
{
  const struct dispatcher *dispatcher = call->dispatcher;
  switch (call->verdict.denial) {
  case DENIAL_HANDLER_DEADLINE:
    charge_rate_limits(dispatcher->limiter, &call->facts, OVERRUN_COST - 1, call->started_ns);
    note_overrun(dispatcher->quarantines, &call->facts, dispatcher_monotonic_ns(dispatcher));
    break;
  case DENIAL_HANDLER_TRAPPED:
    note_trap(dispatcher->quarantines, &call->facts);
    break;
  default:
    note_in_time(dispatcher->quarantines, &call->facts);
  }
  count_quarantine(call);
}

static void wake(uv_timer_t *timer)
{
  call_continue(timer->data);
}

/* A handler that sleeps ends its snapshot. In the next one everything is asked again that is
 * asked of a call before its handler, so the call goes back to `begin`. */
static enum step_result step_handler(struct call *call)
{
  enum step_result result = handler_run(call);
  if (result != STEP_WAIT) {
    note_run(call);
    allow_host_queries(call);
    return result;
  }
  call_leave_snapshot(call);
  connection_end_read(call->facts.connection);
  call->step = call->begin;
  uv_update_time(call->dispatcher->loop); /* the handler may have run for long */
  uv_timer_start(&call->timer, wake, call->run.sleep_ms, 0);
  return STEP_WAIT;
}

static enum step_result step_holds(struct call *call)
{
  const struct contract *contract = call->contract;
  bool hold = check_rules(&call->facts, contract->holds, contract->hold_count, &call->verdict);
  return hold ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_unchanged(struct call *call)
{
  return check_unchanged(&call->facts, &call->verdict) ? STEP_NEXT : STEP_DENY;
}

static enum step_result step_session(struct call *call)
{
  const struct contract *contract = call->contract;
  struct facts *facts = &call->facts;
  struct error error = {0};
  int failed = 0;
  if (contract->session_start != SESSION_NONE) {
    const struct json *id =
        contract->session_start == SESSION_FOR_CREDENTIALS ? &call->credential.id : &facts->new_id;
    failed = session_start(facts->connection, id, facts->now.integer,
                           &call->dispatcher->config.session, call->token, &error);
  }
  if (!failed && contract->session_end == SESSION_END_THIS)
    failed = session_end(facts->connection, &facts->principal.session, &error);
  if (!failed && contract->session_end == SESSION_END_OTHERS)
    failed = session_end_others(facts->connection, &facts->principal.session, &error);
  if (!failed && contract->session_end == SESSION_END_ALL)
    failed = session_end_all(facts->connection, &facts->principal.id, &error);
  return failed ? deny(call, DENIAL_INTERNAL, error.message) : STEP_NEXT;
}

static enum step_result step_keep(struct call *call)
{
  return repeat_keep(call) ? STEP_NEXT : STEP_DENY;
}

/* A read that is audited waits for the batch with its row. */
static bool append_row(struct writer_job *job, struct connection *connection)
{
  struct call *call = (struct call *)((char *)job - offsetof(struct call, job));
  struct error error = {0};
  if (record_append(call, connection, &error) == 0) return true;
  deny(call, DENIAL_NOT_COMMITTED, error.message);
  return false;
}

static enum step_result step_audit(struct call *call)
{
  struct error error = {0};
  /* Whatever the contract says: no effect without a row. */
  if (call->place == CALL_IN_TRANSACTION) {
    if (record_append(call, call->facts.connection, &error) == 0) return STEP_NEXT;
    return deny(call, DENIAL_NOT_COMMITTED, error.message);
  }
  if (call->contract->audit_action.length == 0) return STEP_NEXT;
  call_leave_snapshot(call);
  call->job = (struct writer_job){.run = append_row, .done = after_transaction};
  writer_submit(call->dispatcher->writer, &call->job);
  return STEP_WAIT;
}

/* A deferred foreign key that is still open would fail the whole batch at COMMIT. */
static enum step_result step_commit(struct call *call)
{
  struct error error = {0};
  if (call->place != CALL_IN_TRANSACTION) return STEP_NEXT;
  if (connection_release(call->facts.connection, &error) == 0) return STEP_WAIT;
  if (!connection_in_transaction(call->facts.connection))
    return deny(call, DENIAL_NOT_COMMITTED, error.message);
  struct store_failure failure = {.outcome = STORE_CONSTRAINT,
                                  .constraint = CONSTRAINT_FOREIGN_KEY};
  static const struct query deferred = {.name = "at the end of the transaction"};
  verdict_of_failure(&call->facts, &(struct use){.query = &deferred}, &failure, &call->verdict);
  return STEP_DENY;
}

const struct step steps[] = {
    {"rate_limit_ip", step_rate_limit_ip},
    {"auth", step_auth},
    {"rate_limit_principal", step_rate_limit_principal},
    {"validate", step_validate},
    {"rate_limit_fields", step_rate_limit_fields},
    {"passwords", step_passwords},
    {"passwords_done", step_passwords_done},
    {"begin", step_begin},
    {"auth_again", step_auth_again},
    {"credentials_again", step_credentials_again},
    {"own", step_own},
    {"when", step_when},
    {"rules", step_rules},
    {"repeat", step_repeat},     /* `idempotent`: on to the audit row, if it has come before */
    {"remember", step_remember}, /* what `unchanged` compares with */
    {"quarantine", step_quarantine},
    {"handler",
     step_handler}, /* and `returns`, which it is held against before anything else happens */
    {"holds", step_holds},
    {"unchanged", step_unchanged},
    {"session", step_session},
    {"keep", step_keep},
    {"audit", step_audit},
    {"commit", step_commit},
};
const size_t step_count = sizeof steps / sizeof steps[0];
