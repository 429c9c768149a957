/* Composing only tightens: whatever a contract, its templates and the policy admit together, each
 * of them admits alone, and nobody gets a grant that does not stand in the contract itself.
 *
 * Random contracts are loaded alone, then with random templates, then with a random policy as well.
 * What the whole says is held against what the contract says when it is loaded by itself, against
 * the templates' schemas compiled by themselves, and against the numbers that went into the files:
 * nothing here composes anything.
 *
 * WRIT_TEST_SEED repeats a run; WRIT_TEST_PAIRS makes it longer. */
#include "composition_app.h"

enum { INPUTS = 8, REPAIRS = 12 };

/* How much was looked at. */
static struct {
  size_t pairs, refused, inputs, admitted, admitted_by_contract;
} seen;

/* One comparison: what together give `whole`, of which `alone` is the contract's part. */
struct comparison {
  const struct batch *batch;
  size_t index;
  const struct contract *alone, *whole;
  const struct said *said[TEMPLATES_MAX + 2]; /* of all who say something */
  size_t count;
};

static void require(const struct comparison *c, bool holds, const char *what)
{
  if (!holds) fail_pair(c->batch, c->index, what, NULL);
}

/* --- Who --- */

static bool lists(const struct text *roles, size_t count, const char *role)
{
  for (size_t i = 0; i < count; i++)
    if (text_is(roles[i], role)) return true;
  return false;
}

static bool lets_in(const struct contract *contract, const char *role)
{
  if (contract->public) return true;
  return contract->role_count == 0 || lists(contract->roles, contract->role_count, role);
}

static void compare_roles(const struct comparison *c)
{
  const struct contract *whole = c->whole, *alone = c->alone;
  require(c, whole->public == alone->public, "public, or not, as the contract says");
  for (unsigned i = 0; i < ROLES; i++) {
    bool all = lets_in(alone, random_roles[i]);
    for (size_t k = 0; k < c->count; k++)
      all &= c->said[k]->public || c->said[k]->any_role || c->said[k]->roles & 1U << i;
    require(c, lets_in(whole, random_roles[i]) == all, "a role that all of them let in, no other");
  }
  bool signed_in = !alone->public;
  for (size_t k = 0; k < c->count; k++) signed_in |= c->said[k]->auth;
  require(c, whole->public == !signed_in, "signed in, where one of them asks for it");
}

static void compare_scopes(const struct comparison *c)
{
  for (unsigned i = 0; i < SCOPES; i++) {
    bool asked = false;
    for (size_t k = 0; k < c->count; k++) asked |= (c->said[k]->scopes & 1U << i) != 0;
    require(c, lists(c->whole->scopes, c->whole->scope_count, random_scopes[i]) == asked,
            "each scope that one of them asks for, no other");
  }
}

/* --- How much --- */

static void compare_limits(const struct comparison *c)
{
  const uint64_t whole[LIMITS] = {c->whole->time_ns / 1000000, c->whole->total_ns / 1000000,
                                  c->whole->memory_bytes / 1024, c->whole->body_max_bytes / 1024};
  const uint64_t alone[LIMITS] = {c->alone->time_ns / 1000000, c->alone->total_ns / 1000000,
                                  c->alone->memory_bytes / 1024, c->alone->body_max_bytes / 1024};
  for (size_t i = 0; i < LIMITS; i++) {
    uint64_t least = alone[i];
    for (size_t k = 0; k < c->count; k++)
      if (c->said[k]->limits[i] > 0 && c->said[k]->limits[i] < least) least = c->said[k]->limits[i];
    require(c, whole[i] == least, random_limits[i]);
  }
}

static bool same_rate(const struct contract *contract, const struct rate_limit *has,
                      const struct said_rate *said)
{
  bool by_ip = has->by == RATE_IP || has->by_ip;
  bool by_principal = has->by == RATE_PRINCIPAL || has->by_principal;
  bool by_name = has->by == RATE_FIELDS && has->field_count == 1 &&
                 text_is(contract->fields[has->fields[0]].schema.name, "name");
  return has->limit == said->limit && has->per_ms == 1000 * (int64_t)said->per_s &&
         by_ip == said->by_ip && by_principal == said->by_principal && by_name == said->by_name;
}

static void compare_rates(const struct comparison *c)
{
  const struct contract *whole = c->whole;
  size_t expected = 0;
  for (size_t k = 0; k < c->count; k++)
    for (size_t i = 0; i < c->said[k]->rate_count; i++) {
      const struct said_rate *said = &c->said[k]->rates[i];
      if (said->by_principal && whole->public) continue; /* the policy's; nobody to count */
      bool found = false;
      for (size_t n = 0; n < whole->rate_limit_count; n++)
        found |= same_rate(whole, &whole->rate_limits[n], said);
      require(c, found, "each rate limit applies");
      expected++;
    }
  require(c, whole->rate_limit_count == expected, "no rate limit that nobody asked for");
  for (size_t n = 0; n < whole->rate_limit_count; n++)
    for (size_t m = 0; m < n; m++)
      require(c, memcmp(whole->rate_limits[n].id, whole->rate_limits[m].id, 16) != 0,
              "each rate limit counts for itself");
}

/* Statuses are no restriction; but a refusal must stay one. */
static void compare_statuses(const struct comparison *c)
{
  const struct said *own = &c->batch->pairs[c->index].contract;
  for (int i = 0; i < DENIAL_DECLARED; i++) {
    int is = c->whole->statuses[i], otherwise = denial_status((enum denial)i);
    require(c, is / 100 == otherwise / 100, "a refusal remains one");
    require(c, own->statuses[i] == 0 || is == own->statuses[i],
            "the contract's status counts most");
  }
}

/* --- Grants --- */

static bool same_rules(const struct rule *a, size_t a_count, const struct rule *b, size_t b_count)
{
  bool same = a_count == b_count;
  for (size_t i = 0; i < a_count && same; i++)
    same = strcmp(a[i].use.query->name, b[i].use.query->name) == 0 && a[i].error == b[i].error;
  return same;
}

static bool same_uses(const struct contract *whole, const struct contract *alone)
{
  bool same = whole->use_count == alone->use_count;
  for (size_t i = 0; i < whole->use_count && same; i++) {
    const struct use *x = &whole->uses[i], *y = &alone->uses[i];
    same = strcmp(x->query->name, y->query->name) == 0 && x->calls == y->calls &&
           x->unowned == y->unowned && !x->own == !y->own && (!x->exempt || y->exempt);
  }
  return same;
}

static bool same_errors(const struct contract *a, const struct contract *b)
{
  bool same = a->error_count == b->error_count;
  for (size_t i = 0; i < a->error_count && same; i++)
    same = text_equal(a->errors[i].code, b->errors[i].code) &&
           a->errors[i].status == b->errors[i].status &&
           a->errors[i].on_unique_count == b->errors[i].on_unique_count;
  return same;
}

static void compare_grants(const struct comparison *c)
{
  const struct contract *w = c->whole, *a = c->alone;
  require(c, same_uses(w, a), "the same queries, with the same rights");
  require(c, w->compute_count == a->compute_count, "the same computed parameters");
  require(c, w->writes == a->writes && w->sleeps == a->sleeps, "writing, sleeping");
  require(c, w->privileged == a->privileged, "the privilege to change guarded columns");
  require(c, w->names_roles == a->names_roles, "the roles to which all rows are open");
  require(c, w->or_role_count == a->or_role_count, "the roles that need not own");
  require(c, w->owns_count == a->owns_count, "what must be owned");
  require(c, w->condition_count == a->condition_count, "what is asked of some inputs");
  require(c, w->unchanged_count == a->unchanged_count, "what must be left unchanged");
  require(c, w->anonymous == a->anonymous, "whether there is a principal");
  require(c, w->cached == a->cached && w->cache_max_age_ms == a->cache_max_age_ms, "caching");
  require(c, w->idempotency.present == a->idempotency.present, "what tells repeated calls");
  require(c, w->field_count == a->field_count, "the fields of the input");
  require(c, w->credentials.present == a->credentials.present, "credentials");
  require(c, w->reauth.present == a->reauth.present, "reauth");
  require(c, w->session_start == a->session_start && w->session_end == a->session_end, "sessions");
  require(c, w->session_cookie == a->session_cookie, "cookies");
  require(c, w->return_count == a->return_count, "replies");
  require(c, same_errors(w, a), "errors");
  require(c, same_rules(w->rules, w->rule_count, a->rules, a->rule_count), "rules");
  require(c, same_rules(w->holds, w->hold_count, a->holds, a->hold_count), "conditions after");
  require(c, text_equal(w->audit_action, a->audit_action), "the audit log");
}

/* --- What may come in --- */

static const struct schema *pick_schema(struct batch *batch, const struct pair *pair)
{
  uint32_t index = dice_below(&batch->dice, (uint32_t)pair->template_count + 1);
  return index < pair->template_count && pair->schemas[index] ? pair->schemas[index] : pair->own;
}

static void make_input(struct batch *batch, const struct pair *pair, struct input *input)
{
  input_guess(input, &batch->pool, &batch->dice);
  for (int i = 0; i < REPAIRS; i++) {
    struct arena_mark mark = arena_mark(&batch->arena);
    input_repair(input, pick_schema(batch, pair), &batch->pool, &batch->dice, &batch->arena);
    arena_rewind(&batch->arena, mark);
  }
  if (dice_happens(&batch->dice, 30)) input_spoil(input, &batch->pool, &batch->dice);
}

static bool all_admit(const struct pair *pair, const struct json *value)
{
  bool admitted = schema_valid(pair->own, value, NULL);
  seen.admitted_by_contract += admitted;
  for (size_t i = 0; i < pair->template_count && admitted; i++)
    admitted = !pair->schemas[i] || schema_valid(pair->schemas[i], value, NULL);
  return admitted;
}

static void compare_value(struct batch *batch, size_t index, const struct contract *whole,
                          const struct json *value)
{
  const struct pair *pair = &batch->pairs[index];
  bool each = all_admit(pair, value);
  bool together = !pair->refused && schema_valid(whole->input, value, NULL);
  seen.inputs++;
  seen.admitted += together;
  if (pair->refused && strstr(pair->refused, "admit nothing") && each)
    fail_pair(batch, index, "refused as admitting nothing, but all admit this", value);
  if (pair->refused) return;
  if (together && !each) fail_pair(batch, index, "admitted together, but not by each", value);
  if (each && !together) fail_pair(batch, index, "admitted by each, but not together", value);
}

static void compare_inputs(struct batch *batch, size_t index, const struct contract *whole)
{
  struct input input;
  for (int i = 0; i < INPUTS; i++) {
    make_input(batch, &batch->pairs[index], &input);
    struct json value = input_value(&input);
    compare_value(batch, index, whole, &value);
    if (!whole) continue;
    struct arena_mark mark = arena_mark(&batch->arena);
    struct json settled = value;
    struct schema_problems problems = {.arena = &batch->arena};
    schema_settle(whole->input, &settled, SETTLE_COERCE | SETTLE_NORMALIZE, &problems);
    compare_value(batch, index, whole, &settled);
    arena_rewind(&batch->arena, mark);
  }
}

/* --- All of it --- */

static void compare(const struct comparison *c)
{
  compare_roles(c);
  compare_scopes(c);
  compare_limits(c);
  compare_rates(c);
  compare_statuses(c);
  compare_grants(c);
}

static void compare_pair(struct batch *batch, size_t index)
{
  const struct pair *pair = &batch->pairs[index];
  const struct contract *whole = find_contract(&batch->whole, "both", index);
  seen.pairs++;
  seen.refused += pair->refused != NULL;
  compare_inputs(batch, index, whole);
  if (pair->refused) return;
  struct comparison c = {
      batch, index, find_contract(&batch->bare, "alone", index), whole, {&pair->contract}, 1};
  for (size_t i = 0; i < pair->template_count; i++) c.said[c.count++] = &pair->templates[i];
  c.whole = find_contract(&batch->bare, "both", index);
  compare(&c);
  c.said[c.count++] = &batch->policy;
  c.whole = whole;
  compare(&c);
}

static void composing_only_tightens(void **state)
{
  (void)state;
  static struct batch batch;
  uint64_t seed = number_from("WRIT_TEST_SEED", 7);
  uint64_t pairs = number_from("WRIT_TEST_PAIRS", 3000);
  print_message("WRIT_TEST_SEED=%llu WRIT_TEST_PAIRS=%llu\n", (unsigned long long)seed,
                (unsigned long long)pairs);
  for (uint64_t done = 0; done < pairs; done += BATCH) {
    batch_begin(&batch, seed + done);
    load_batch(&batch);
    for (size_t i = 0; i < BATCH; i++) compare_pair(&batch, i);
    batch_end(&batch);
  }
  print_message("%zu pairs, %zu refused; of %zu inputs %zu admitted by the contract, %zu by all\n",
                seen.pairs, seen.refused, seen.inputs, seen.admitted_by_contract, seen.admitted);
  /* A property of nothing would hold as well. */
  assert_true(seen.refused < seen.pairs * 2 / 3);
  assert_true(seen.admitted > seen.inputs / 20);
  assert_true(seen.admitted_by_contract > seen.admitted + seen.inputs / 20);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(composing_only_tightens),
  };
  return crypto_init(NULL) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
