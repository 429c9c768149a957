/* Making a request and sending it; putting everything back. */
#include <stdio.h>
#include <string.h>

#include "testing/attack_parts.h"

/* How far the clock may have gone before everything begins anew: fixtures may know the date. */
enum { DRIFT_MAX_MS = 60 * 60 * 1000 };

/* --- Back to the beginning. --- */

static void forget_sessions(struct attack_run *run)
{
  for (size_t i = 0; i < run->people_count; i++) run->people[i].token[0] = 0;
}

void attack_reset(struct attack *attack)
{
  struct attack_run *run = attack->run;
  if (scratch_reset(attack->scratch, &attack->error)) return;
  forget_sessions(run);
  memcpy(attack->digest, run->digest, HASH_BYTES);
  attack->dirty = attack->replaced = false;
}

void attack_pristine(struct attack *attack)
{
  int64_t drift_ms = scratch_now(attack->scratch) - attack->run->start_ms;
  if (attack->dirty || attack->replaced || drift_ms < 0 || drift_ms > DRIFT_MAX_MS)
    attack_reset(attack);
}

/* --- The request. --- */

/* Each comes from an address of its own, so that no limit by address is in the way. */
static struct text new_address(struct attack *attack)
{
  unsigned n = (unsigned)attack->run->keys++;
  return arena_print(&attack->arena, "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
}

struct attempt attack_attempt_with(struct attack *attack, const char *tried,
                                   const struct json *input)
{
  const struct contract *contract = attack->contract;
  struct attempt attempt = {.tried = tried, .input = *input};
  request_of(contract, input, &attack->arena, &attempt.request, &attack->error);
  attempt.request.address = new_address(attack);
  attempt.request.host = TEXT("127.0.0.1");
  if (contract->idempotency.present && !contract->idempotency.by_input)
    attempt.request.idempotency_key =
        arena_print(&attack->arena, "key-%llu", (unsigned long long)attack->run->keys++);
  if (!contract->anonymous && attack->scene.caller)
    attempt_as(attack, &attempt, attack->scene.caller);
  return attempt;
}

struct attempt attack_attempt(struct attack *attack, const char *tried)
{
  return attack_attempt_with(attack, tried, &attack->scene.input);
}

/* It is used up sooner than it ends, however far the clock goes in a few requests. */
static bool token_is_fresh(const struct attack *attack, const struct person *person)
{
  const struct session_terms *terms = &attack->run->config->session;
  int64_t age_ms = scratch_now(attack->scratch) - person->signed_in_ms;
  int64_t good_ms = terms->lifetime_ms;
  if (terms->idle_ms > 0 && terms->idle_ms < good_ms) good_ms = terms->idle_ms;
  return person->token[0] && age_ms >= 0 && age_ms < good_ms / 4;
}

static struct text text_of_id(struct attack *attack, const struct json *id)
{
  if (id->type == JSON_STRING) return json_text(id);
  return arena_print(&attack->arena, "%lld", (long long)id->integer);
}

void attempt_as(struct attack *attack, struct attempt *attempt, struct person *person)
{
  struct text id = text_of_id(attack, &person->id);
  if (!token_is_fresh(attack, person)) {
    if (scratch_sign_in(attack->scratch, id, person->token, &attack->error)) return;
    person->signed_in_ms = scratch_now(attack->scratch);
  }
  attempt->who = person;
  attempt->request.authorization = arena_print(&attack->arena, "Bearer %s", person->token);
}

/* So long that no limit but those by address is used up by requests that come one after another. */
static int64_t pause_ms(const struct contract *contract)
{
  int64_t longest = 0;
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    if (limit->by == RATE_IP || limit->by_ip) continue;
    int64_t each = (limit->per_ms + limit->limit - 1) / limit->limit + 1;
    if (each > longest) longest = each;
  }
  return longest;
}

static struct text padded(struct attack *attack, struct text body, size_t padding)
{
  char *bytes = arena_alloc(&attack->arena, body.length + padding + 1);
  if (body.length > 0) memcpy(bytes, body.data, body.length);
  memset(bytes + body.length, ' ', padding);
  bytes[body.length + padding] = 0;
  return (struct text){bytes, body.length + padding};
}

static struct request request_in(struct attack *attack, const struct attempt *attempt)
{
  struct request request = attempt->request;
  if (attempt->padding) request.body = padded(attack, request.body, attempt->padding);
  if (attack->contract->webhook) attempt_sign(attack, attempt, &request);
  return request;
}

/* --- Sending. --- */

bool attack_rows(struct attack *attack, struct text sql, const struct json *values,
                 size_t value_count, struct json *rows)
{
  struct json *items = arena_new_array(&attack->arena, value_count + 1, sizeof *items);
  if (value_count > 0) memcpy(items, values, value_count * sizeof *items);
  struct json array = {.type = JSON_ARRAY, .items = items, .length = (uint32_t)value_count};
  return scratch_rows(attack->scratch, sql, value_count > 0 ? &array : NULL, &attack->arena, rows,
                      &attack->error) == 0;
}

const struct scratch_reply *attack_send(struct attack *attack, const struct attempt *attempt)
{
  struct scratch *scratch = attack->scratch;
  struct scratch_reply *reply = arena_new(&attack->arena, sizeof *reply);
  unsigned char digest[HASH_BYTES];
  if (attack->error.message[0]) return reply;
  struct json before = check_before(attack);
  if (attack->guarantee != GUARANTEE_RATE)
    scratch_set_now(scratch, scratch_now(scratch) + pause_ms(attack->contract));
  struct request request = request_in(attack, attempt);
  scratch_call(scratch, &request, &attack->arena, reply);
  attack->result->requests++;
  attack->last_reply = reply;
  if (scratch_digest(scratch, digest, &attack->error)) return reply;
  bool changed = memcmp(digest, attack->digest, HASH_BYTES) != 0;
  memcpy(attack->digest, digest, HASH_BYTES);
  attack->dirty |= changed;
  if (reply_succeeded(reply))
    attack->dirty |= attack->contract->writes; /* sessions, kept replies */
  check_reply(attack, attempt, reply, changed, &before);
  return reply;
}

bool attack_expect(struct attack *attack, const struct attempt *attempt, int status,
                   struct text code)
{
  const struct scratch_reply *reply = attack_send(attack, attempt);
  if (attack->error.message[0]) return false;
  if (reply->status == status && text_equal(reply->code, code)) {
    attack_passed(attack);
    return true;
  }
  attack_failed(attack, attempt, reply,
                arena_print(&attack->arena, "%d %.*s", status, TEXT_ARGS(code)),
                reply_in_words(attack, reply), "");
  return false;
}

bool attack_expect_denial(struct attack *attack, const struct attempt *attempt, enum denial denial)
{
  return attack_expect(attack, attempt, attack->contract->statuses[denial],
                       text_of(denial_code(denial)));
}
