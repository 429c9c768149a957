/* The derived attacks can fail: for each guarantee the host is broken, and exactly that one must be
 * found broken.
 *
 * The linker puts our functions in the place of the host's (`--wrap`, tests/CMakeLists.txt); each
 * does what the host's own does, unless its row is the one that is broken. The product has none of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "checks/origin.h"
#include "checks/ownership.h"
#include "checks/rate_limit.h"
#include "checks/rules.h"
#include "checks/webhook.h"
#include "dispatch/call.h"
#include "sandbox/instance.h"
#include "testing/attack.h"

enum broken_part {
  WHOLE,
  EXPIRY,
  OTHER_SITES,
  ROLES,
  SIGNATURES,
  CONTENT_TYPE,
  INPUT,
  BOUNDS,
  OWNERS,
  RULES,
  HOLDS,
  PASSWORDS,
  LOGOUT,
  REPEATS,
  RATES,
  STATE,
  ERRORS,
  TEXTS,
  RETURNS,
  AUDIT,
  ROLLBACK
};

/* What is broken now, and of which contract; what runs left, where STATE is broken. */
static struct {
  enum broken_part part;
  const struct contract *contract;
  bool in_call;
  const struct image *image;
  char kept[1 << 21];
} broken;

static bool is_broken(enum broken_part part)
{
  return broken.part == part && broken.in_call;
}

#define WRAPPED(type, name, ...)                                                                   \
  type __real_##name(__VA_ARGS__);                                                                 \
  type __wrap_##name(__VA_ARGS__);                                                                 \
  type __wrap_##name(__VA_ARGS__)

/* The host is broken only while it is asked: what judges it uses some of the same functions. */
WRAPPED(void, scratch_call, struct scratch *scratch, const struct request *request,
        struct arena *arena, struct scratch_reply *reply)
{
  broken.in_call = true;
  __real_scratch_call(scratch, request, arena, reply);
  broken.in_call = false;
}

WRAPPED(int, session_find, struct connection *connection, struct text token, int64_t now_ms,
        struct arena *arena, struct session *session, struct error *error)
{
  return __real_session_find(connection, token, is_broken(EXPIRY) ? 0 : now_ms, arena, session,
                             error);
}

WRAPPED(bool, origin_is_cross_site, const struct request_origin *from,
        const struct origins *trusted)
{
  return !is_broken(OTHER_SITES) && __real_origin_is_cross_site(from, trusted);
}

WRAPPED(bool, principal_has_role, const struct principal *principal, const struct text *roles,
        size_t count)
{
  if (is_broken(ROLES) && roles == broken.contract->roles) return true;
  return __real_principal_has_role(principal, roles, count);
}

WRAPPED(const char *, webhook_refuses, const struct webhook *webhook,
        const struct webhook_proof *proof, int64_t now_ms)
{
  return is_broken(SIGNATURES) ? NULL : __real_webhook_refuses(webhook, proof, now_ms);
}

WRAPPED(bool, text_is_ignoring_case, struct text text, const char *string)
{
  if (is_broken(CONTENT_TYPE) && strcmp(string, "application/json") == 0) return true;
  return __real_text_is_ignoring_case(text, string);
}

static bool is_as_long_as_allowed(const struct json *input)
{
  for (uint32_t i = 0; i < input->length; i++)
    if (input->members[i].value.type == JSON_STRING && input->members[i].value.length == 200)
      return true;
  return false;
}

WRAPPED(bool, schema_valid, const struct schema *schema, const struct json *value,
        struct schema_problems *problems)
{
  bool valid = __real_schema_valid(schema, value, problems);
  const struct contract *contract = broken.contract;
  if (!broken.in_call || !contract) return valid;
  if (schema == contract->input && is_broken(INPUT)) return true;
  if (schema == contract->input && is_broken(BOUNDS)) return valid && !is_as_long_as_allowed(value);
  if (schema == contract->returns[0].schema && is_broken(RETURNS)) return true;
  return valid;
}

WRAPPED(bool, check_ownership, const struct facts *facts, const struct ownership *owns,
        size_t count, struct verdict *verdict)
{
  return is_broken(OWNERS) || __real_check_ownership(facts, owns, count, verdict);
}

WRAPPED(bool, check_rules, struct facts *facts, const struct rule *rules, size_t count,
        struct verdict *verdict)
{
  enum broken_part part = rules == facts->contract->holds ? HOLDS : RULES;
  return is_broken(part) || __real_check_rules(facts, rules, count, verdict);
}

WRAPPED(bool, crypto_password_verify, const char *hash, struct text password)
{
  bool matches = __real_crypto_password_verify(hash, password);
  return matches || is_broken(PASSWORDS);
}

WRAPPED(int, session_end, struct connection *connection, const struct session *session,
        struct error *error)
{
  return is_broken(LOGOUT) ? 0 : __real_session_end(connection, session, error);
}

WRAPPED(bool, repeat_find, struct call *call)
{
  return is_broken(REPEATS) || __real_repeat_find(call);
}

WRAPPED(bool, check_rate_limits, struct rate_limiter *limiter, const struct facts *facts,
        enum rate_key stage, uint64_t now_ns, struct verdict *verdict)
{
  return is_broken(RATES) || __real_check_rate_limits(limiter, facts, stage, now_ns, verdict);
}

WRAPPED(int, record_append, struct call *call, struct connection *connection, struct error *error)
{
  return is_broken(AUDIT) ? 0 : __real_record_append(call, connection, error);
}

WRAPPED(int, connection_rollback, struct connection *connection, struct error *error)
{
  if (is_broken(ROLLBACK)) return connection_release(connection, error);
  return __real_connection_rollback(connection, error);
}

static bool has_script(const struct json *input)
{
  struct buffer text = {0};
  json_write(&text, input);
  bool has = memmem(text.data, text.length, "<script", 7) != NULL;
  buffer_deinit(&text);
  return has;
}

/* A handler that raised an error is taken for one that returned nothing; or one fails at what
 * others have written. */
WRAPPED(void, sandbox_run, struct sandbox *sandbox, const struct image *image,
        const struct run_input *input, const struct run_limits *limits, const struct run_host *host,
        struct arena *arena, struct run_result *result)
{
  __real_sandbox_run(sandbox, image, input, limits, host, arena, result);
  if (is_broken(TEXTS) && has_script(input->input)) {
    result->outcome = RUN_RAISED;
    result->message = TEXT("app/handlers/notes/create.lua:1: no such tag");
  } else if (is_broken(ERRORS) && result->outcome == RUN_RAISED) {
    result->outcome = RUN_RETURNED;
    result->value = json_null();
  }
}

/* What a run counts up from 0 to 1 in its memory, the next one of the same handler finds there. */
WRAPPED(void, linear_wipe, struct linear *linear)
{
  if (is_broken(STATE) && broken.image)
    memcpy(broken.kept, linear->base + linear->changing, broken.image->length);
  __real_linear_wipe(linear);
}

WRAPPED(void, instance_lay_out, struct instance *instance, const struct image *image,
        uint32_t budget)
{
  __real_instance_lay_out(instance, image, budget);
  if (!is_broken(STATE)) return;
  assert_true(image->length < sizeof broken.kept);
  for (size_t i = 0; broken.image == image && i + 8 <= image->length; i += 8) {
    int64_t at_first, kept;
    memcpy(&at_first, image->bytes + i, sizeof at_first);
    memcpy(&kept, broken.kept + i, sizeof kept);
    if (at_first == 0 && kept == 1)
      memcpy(instance->linear.base + instance->linear.changing + i, &kept, sizeof kept);
  }
  broken.image = image;
}

/* --- The rows. --- */

struct row {
  const char *what;
  enum broken_part part;
  const char *folder, *contract;
  const char *guarantee; /* NULL: none may be found broken */
};

static const struct row rows[] = {
    {"nothing", WHOLE, ".", "notes.create", NULL},
    {"sessions never expire", EXPIRY, ".", "notes.read", "token"},
    {"other sites' pages use the cookie", OTHER_SITES, ".", "notes.delete", "token"},
    {"roles are not compared", ROLES, ".", "accounts.list", "roles"},
    {"signatures are not verified", SIGNATURES, "tests/apps/payments", "webhooks.stripe",
     "webhook"},
    {"any content type is JSON", CONTENT_TYPE, ".", "notes.create", "form"},
    {"`validates` admits everything", INPUT, ".", "notes.list", "input"},
    {"a bound is one too small", BOUNDS, ".", "notes.create", "bounds"},
    {"`owns` is not asked", OWNERS, ".", "notes.delete", "owns"},
    {"rules are not asked", RULES, ".", "users.set_role", "rules"},
    {"what must hold is not asked", HOLDS, ".", "transfers.create", "rules"},
    {"every password is right", PASSWORDS, ".", "users.change_password", "login"},
    {"logging out ends nothing", LOGOUT, ".", "users.logout", "login"},
    {"repeats are not told", REPEATS, "tests/apps/payments", "invoices.create", "repeat"},
    {"there are no rate limits", RATES, ".", "notes.create", "rate"},
    {"instances are not wiped", STATE, ".", "users.me", "state"},
    {"an error is a success", ERRORS, ".", "notes.delete", "hostile"},
    {"a handler fails at some texts", TEXTS, ".", "notes.create", "data"},
    {"what is returned is not validated", RETURNS, ".", "users.me", "returns"},
    {"effects are not recorded", AUDIT, ".", "notes.create", "audit"},
    {"a refusal keeps its effect", ROLLBACK, ".", "notes.create", "undo"},
};

static void print_failures(const struct attack_result *result)
{
  for (const struct attack_failure *at = result->failures; at; at = at->next)
    print_message("  %s: %.*s: expected %.*s, got %.*s\n", guarantee_name(at->guarantee),
                  TEXT_ARGS(at->tried), TEXT_ARGS(at->expected), TEXT_ARGS(at->got));
}

/* Exactly the row's guarantee is broken. */
static bool found_it(const struct row *row, const struct attack_result *result)
{
  bool found = row->guarantee == NULL, others = false;
  for (size_t i = 0; guarantee_name(i); i++) {
    if (result->outcomes[i] != ATTACK_FAILED) continue;
    bool same = row->guarantee && strcmp(guarantee_name(i), row->guarantee) == 0;
    found |= same;
    others |= !same;
  }
  return found && !others;
}

static const struct contract *contract_of(const struct scratch *scratch, const char *name)
{
  const struct generation *generation = scratch_generation(scratch);
  for (size_t i = 0; i < generation->contract_count; i++)
    if (strcmp(generation->contracts[i]->name, name) == 0) return generation->contracts[i];
  fail_msg("no contract is called %s", name);
  return NULL;
}

static void test_row(void **state)
{
  const struct row *row = *state;
  struct scratch *scratch;
  struct report findings;
  struct attack_report report;
  struct arena arena;
  struct error error = {0};
  report_init(&findings);
  arena_init(&arena, 4096);
  log_set_level(LOG_NOTHING);
  struct scratch_options options = {.folder = row->folder, .dev = true};
  if (scratch_open(&options, &findings, &scratch, &error)) fail_msg("%s", error.message);
  broken.contract = contract_of(scratch, row->contract);
  broken.part = row->part;
  broken.image = NULL;
  struct attack_options attacks = {.seed = 1, .contracts = &row->contract, .contract_count = 1};
  if (attacks_run(scratch, &attacks, &arena, &report, &error)) fail_msg("%s", error.message);
  broken.part = WHOLE;
  broken.contract = NULL;
  if (!found_it(row, &report.results[0])) {
    print_failures(&report.results[0]);
    fail_msg("%s: this must be found, and nothing else: %s", row->what,
             row->guarantee ? row->guarantee : "nothing");
  }
  scratch_close(scratch);
  report_deinit(&findings);
  arena_deinit(&arena);
}

static bool two_only(void *context, size_t done, size_t all, const char *contract)
{
  size_t *asked = context;
  assert_int_equal(done, (*asked)++);
  assert_true(all > 2 && contract[0] != '\0');
  return done < 2;
}

static void what_was_found_before_a_stop_is_kept(void **state)
{
  struct scratch *scratch;
  struct report findings;
  struct attack_report report;
  struct arena arena;
  struct error error = {0};
  size_t asked = 0;
  (void)state;
  report_init(&findings);
  arena_init(&arena, 4096);
  log_set_level(LOG_NOTHING);
  struct scratch_options options = {.folder = "tests/apps/contacts", .dev = true};
  if (scratch_open(&options, &findings, &scratch, &error)) fail_msg("%s", error.message);
  struct attack_options attacks = {.seed = 1, .go_on = two_only, .context = &asked};
  if (attacks_run(scratch, &attacks, &arena, &report, &error)) fail_msg("%s", error.message);
  assert_true(report.stopped && report.passed > 0);
  assert_int_equal(report.result_count, 2);
  assert_int_equal(asked, 3);
  scratch_close(scratch);
  report_deinit(&findings);
  arena_deinit(&arena);
}

int main(void)
{
  enum { ROWS = sizeof rows / sizeof *rows };
  struct CMUnitTest tests[ROWS + 1] = {[ROWS] =
                                           cmocka_unit_test(what_was_found_before_a_stop_is_kept)};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    tests[i] = (struct CMUnitTest){
        .name = rows[i].what, .test_func = test_row, .initial_state = (void *)(uintptr_t)&rows[i]};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
