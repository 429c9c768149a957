/* Over the rate.
 *
 * For each limit requests are sent that count for it, until it is used up. What must come of each
 * is computed here, by a model of all limits of the contract that keeps, for each key, when the
 * next request would be on time: after `limit` at once, one more each `per`/`limit`. Limits by
 * other keys are kept out of the way by other addresses and inputs; those by the same key, which a
 * stricter pace uses up first, by letting their time pass. A limit that others never let come to
 * its end is promised by them. */
#include <string.h>

#include "testing/attack_parts.h"

enum { REQUESTS_MAX = 5000, KEYS_KEPT = 64, FIELD_INPUTS = 40 };

/* A limit's budget for one key. */
struct budget {
  size_t limit; /* which of the contract's */
  struct text key;
  double due_ms; /* when the next request would be on time */
};

struct rate_try {
  struct attack *attack;
  size_t target; /* the limit that is to be used up */
  struct budget *budgets;
  size_t budget_count;
  struct json input;
};

static struct text key_of(struct attack *attack, const struct rate_limit *limit,
                          const struct attempt *attempt, const struct json *input)
{
  struct buffer key = {0};
  struct json settled = *input;
  values_admit(attack->contract, input, &attack->arena, &settled);
  if (limit->by == RATE_IP || limit->by_ip) buffer_append_text(&key, attempt->request.address);
  buffer_append_byte(&key, '\n');
  if ((limit->by == RATE_PRINCIPAL || limit->by_principal) && attempt->who)
    json_write(&key, &attempt->who->id);
  for (size_t i = 0; i < limit->field_count; i++) {
    const struct field *field = &attack->contract->fields[limit->fields[i]];
    const struct json *value = json_get_text(&settled, field->schema.name);
    buffer_append_byte(&key, '\n');
    if (value) json_write(&key, value);
  }
  struct text text = arena_copy(&attack->arena, buffer_text(&key));
  buffer_deinit(&key);
  return text;
}

static struct budget *budget_of(struct rate_try *try, size_t limit, struct text key)
{
  for (size_t i = 0; i < try->budget_count; i++)
    if (try->budgets[i].limit == limit && text_equal(try->budgets[i].key, key))
      return &try->budgets[i];
  if (try->budget_count == KEYS_KEPT) return NULL;
  struct budget *budget = &try->budgets[try->budget_count++];
  *budget = (struct budget){.limit = limit, .key = key};
  return budget;
}

/* Whether the model lets this request through: takes from every limit of the stages it comes to. */
static bool model_allows(struct rate_try *try, const struct attempt *attempt, int64_t now_ms,
                         size_t *refusing)
{
  const struct contract *contract = try->attack->contract;
  enum rate_key last = contract->rate_limits[try->target].by;
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    if (limit->by > last) continue; /* the request is refused before */
    struct budget *budget = budget_of(try, i, key_of(try->attack, limit, attempt, &try->input));
    double interval = (double)limit->per_ms / limit->limit;
    double due = budget && budget->due_ms > (double)now_ms ? budget->due_ms : (double)now_ms;
    *refusing = i;
    if (due - (double)now_ms > (double)limit->per_ms - interval + 0.5) return false;
    if (budget) budget->due_ms = due + interval;
  }
  return true;
}

/* A request that comes as far as the limit's stage, and no further than it must. */
static struct attempt attempt_for(struct rate_try *try, const char *tried, struct text address)
{
  struct attack *attack = try->attack;
  const struct contract *contract = attack->contract;
  enum rate_key by = contract->rate_limits[try->target].by;
  struct attempt attempt = attack_attempt_with(attack, tried, &try->input);
  attempt.request.address = address;
  if (by == RATE_IP && !contract->anonymous) {
    attempt.request.authorization = TEXT("");
    attempt.who = NULL;
  } else if (by == RATE_IP && contract->webhook) {
    attempt.sign = SIGN_NOT;
  } else if (by != RATE_FIELDS) {
    attempt.request.query = TEXT("writ_unknown=1"); /* refused by `validates`, or before */
  }
  return attempt;
}

/* So much time that every other limit with a key of the same parts allows one more. */
static int64_t step_ms(const struct contract *contract, size_t target, bool new_address)
{
  int64_t longest = 0;
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    if (i == target || limit->by > contract->rate_limits[target].by) continue;
    if (new_address && (limit->by == RATE_IP || limit->by_ip)) continue;
    int64_t each = (limit->per_ms + limit->limit - 1) / limit->limit;
    if (each > longest) longest = each;
  }
  return longest;
}

static struct text address_number(struct attack *attack, size_t n)
{
  return arena_print(&attack->arena, "172.16.%u.%u", (unsigned)(n >> 8 & 255), (unsigned)(n & 255));
}

static bool by_address(const struct rate_limit *limit)
{
  return limit->by == RATE_IP || limit->by_ip;
}

static struct text limit_in_words(struct attack *attack, const struct rate_limit *limit)
{
  const char *by = limit->by == RATE_IP          ? "ip"
                   : limit->by == RATE_PRINCIPAL ? "principal"
                                                 : "input";
  return arena_print(&attack->arena, "beyond %u per %lld s by %s", (unsigned)limit->limit,
                     (long long)(limit->per_ms / 1000), by);
}

static bool was_limited(const struct scratch_reply *reply)
{
  return text_is(reply->code, denial_code(DENIAL_RATE_LIMITED));
}

/* Sends one; false: it was not what the model says, which is a failure. */
static bool agree(struct rate_try *try, const struct attempt *attempt, bool *limited,
                  size_t *refusing)
{
  struct attack *attack = try->attack;
  bool allowed = model_allows(try, attempt, scratch_now(attack->scratch), refusing);
  const struct scratch_reply *reply = attack_send(attack, attempt);
  *limited = was_limited(reply);
  if (attack->error.message[0]) return false;
  if (*limited != allowed &&
      (!*limited || reply->status == attack->contract->statuses[DENIAL_RATE_LIMITED]))
    return true;
  attack_failed(attack, attempt, reply,
                allowed ? TEXT("no refusal for the rate yet")
                        : arena_print(&attack->arena, "%d rate_limited",
                                      attack->contract->statuses[DENIAL_RATE_LIMITED]),
                reply_in_words(attack, reply), "");
  return false;
}

static int64_t retry_after_ms(const struct scratch_reply *reply)
{
  int64_t seconds = 0;
  for (size_t i = 0; i < reply->header_count; i++) {
    struct text value = reply->headers[i].value;
    if (!text_is(reply->headers[i].name, "Retry-After")) continue;
    for (size_t k = 0; k < value.length && k < 9; k++)
      seconds = seconds * 10 + (value.data[k] - '0');
  }
  return seconds * 1000;
}

/* It says when to come again; before, and for others, and then. */
static void try_after(struct rate_try *try, const struct attempt *attempt)
{
  struct attack *attack = try->attack;
  const struct rate_limit *limit = &attack->contract->rate_limits[try->target];
  int64_t wait_ms = retry_after_ms(attack->last_reply);
  bool limited;
  size_t refusing;
  attack_passed(attack);
  if (wait_ms <= 0 || wait_ms > limit->per_ms + 1000) {
    attack_failed(attack, attempt, attack->last_reply,
                  TEXT("a Retry-After within the limit's period"),
                  arena_print(&attack->arena, "%lld s", (long long)(wait_ms / 1000)), "");
    return;
  }
  if (by_address(limit)) {
    struct attempt other = *attempt;
    other.request.address = TEXT("192.0.2.77");
    other.tried = "from another address";
    if (!agree(try, &other, &limited, &refusing)) return;
    attack_passed(attack);
  }
  scratch_set_now(attack->scratch, scratch_now(attack->scratch) + wait_ms);
  struct attempt again = *attempt;
  again.tried = "after the time that Retry-After says";
  if (agree(try, &again, &limited, &refusing)) attack_passed(attack);
}

/* Requests one after the other until the limit is used up, or cannot be. */
static void use_up(struct rate_try *try)
{
  struct attack *attack = try->attack;
  const struct contract *contract = attack->contract;
  const struct rate_limit *limit = &contract->rate_limits[try->target];
  bool same_address = by_address(limit);
  int64_t step = step_ms(contract, try->target, !same_address);
  const char *tried = limit_in_words(attack, limit).data;
  struct arena_mark mark = arena_mark(&attack->arena);
  if (step > 0 && step * limit->limit >= limit->per_ms) return; /* another one is stricter */
  for (size_t i = 0; i < REQUESTS_MAX && !attack->error.message[0]; i++) {
    bool limited;
    size_t refusing;
    struct text address = address_number(attack, same_address ? 0 : i);
    struct attempt attempt = attempt_for(try, tried, address);
    if (!agree(try, &attempt, &limited, &refusing)) return;
    if (limited) {
      if (refusing == try->target) try_after(try, &attempt);
      return;
    }
    scratch_set_now(attack->scratch, scratch_now(attack->scratch) + step);
  }
  (void)mark;
  attack_not_tried(attack, text_of(tried), TEXT("it allows more requests than are sent here"),
                   TEXT(""));
}

static void try_limit(struct attack *attack, size_t target)
{
  const struct contract *contract = attack->contract;
  const struct rate_limit *limit = &contract->rate_limits[target];
  struct rate_try try = {.attack = attack, .target = target, .input = attack->scene.input};
  struct text help, missing;
  bool needs_caller = limit->by != RATE_IP && !contract->anonymous;
  if (limit->shared && attack->run->shared_limits_tried & 1U << (limit->by == RATE_IP)) return;
  if (try.input.type != JSON_OBJECT || (needs_caller && !attack->scene.caller)) {
    missing = scene_missing(attack, &help);
    attack_not_tried(attack, limit_in_words(attack, limit), missing, help);
    return;
  }
  if (limit->shared) attack->run->shared_limits_tried |= 1U << (limit->by == RATE_IP);
  try.budgets = arena_new_array(&attack->arena, KEYS_KEPT, sizeof *try.budgets);
  attack_reset(attack);
  use_up(&try);
}

void attack_rate(struct attack *attack)
{
  for (size_t i = 0; i < attack->contract->rate_limit_count && !attack->error.message[0]; i++)
    try_limit(attack, i);
  if (attack->contract->rate_limit_count > 0) attack_reset(attack);
}
