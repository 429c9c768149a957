/* The guarantees that are attacked, and the run over all contracts.
 *
 * This table is the order: what is in doubt about the scene (`serves`) comes first, what leaves the
 * route in quarantine (`hostile`) late. The last three are looked at in every reply, whatever was
 * tried. */
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "testing/attack_parts.h"

struct row {
  const char *name;                   /* the column of the table */
  const char *sentence;               /* what is promised */
  void (*run)(struct attack *attack); /* NULL: another row does, or every reply is looked at */
  enum finding_code code;
};

static const struct row rows[GUARANTEE_COUNT] = {
    [GUARANTEE_SERVES] = {"serves", "a valid request is answered", attack_serves,
                          FINDING_ATTACK_SERVES},
    [GUARANTEE_TOKEN] = {"token", "nobody calls without a token that is good", attack_token,
                         FINDING_ATTACK_TOKEN},
    [GUARANTEE_ROLES] = {"roles", "nobody calls without one of the roles", attack_roles,
                         FINDING_ATTACK_ROLES},
    [GUARANTEE_SCOPES] = {"scopes", "no token is good for more than its scopes", attack_scopes,
                          FINDING_ATTACK_SCOPES},
    [GUARANTEE_WEBHOOK] = {"webhook", "nobody but the sender signs", attack_webhook,
                           FINDING_ATTACK_WEBHOOK},
    [GUARANTEE_FORM] = {"form", "what is no JSON, or too much of it, is refused", attack_form,
                        FINDING_ATTACK_FORM},
    [GUARANTEE_INPUT] = {"input", "what the schema forbids is refused", attack_input,
                         FINDING_ATTACK_INPUT},
    [GUARANTEE_BOUNDS] = {"bounds", "what the schema just allows is answered", NULL,
                          FINDING_ATTACK_BOUNDS},
    [GUARANTEE_DATA] = {"data", "SQL and script in a string are data", NULL, FINDING_ATTACK_DATA},
    [GUARANTEE_OWNS] = {"owns", "what is somebody else's stays theirs", attack_owns,
                        FINDING_ATTACK_OWNS},
    [GUARANTEE_RULES] = {"rules", "what a rule forbids is not done", attack_rules,
                         FINDING_ATTACK_RULES},
    [GUARANTEE_LOGIN] = {"login", "passwords and sessions do what they say", attack_login,
                         FINDING_ATTACK_LOGIN},
    [GUARANTEE_REPEAT] = {"repeat", "what comes again has no second effect", attack_repeat,
                          FINDING_ATTACK_REPEAT},
    [GUARANTEE_RATE] = {"rate", "no more requests than the limits say", attack_rate,
                        FINDING_ATTACK_RATE},
    [GUARANTEE_STATE] = {"state", "two requests share nothing", attack_state, FINDING_ATTACK_STATE},
    [GUARANTEE_HOSTILE] = {"hostile", "the worst handler stays contained", attack_hostile,
                           FINDING_ATTACK_HOSTILE},
    [GUARANTEE_RETURNS] = {"returns", "every reply fits `returns`", NULL, FINDING_ATTACK_RETURNS},
    [GUARANTEE_AUDIT] = {"audit", "every effect has its audit row", NULL, FINDING_ATTACK_AUDIT},
    [GUARANTEE_UNDO] = {"undo", "every refusal left the database as it was", NULL,
                        FINDING_ATTACK_UNDO},
};

_Static_assert((int)GUARANTEE_COUNT <= (int)GUARANTEES_MAX, "results have room for all guarantees");

const char *guarantee_name(size_t i)
{
  return i < GUARANTEE_COUNT ? rows[i].name : NULL;
}

const char *guarantee_sentence(size_t i)
{
  return i < GUARANTEE_COUNT ? rows[i].sentence : NULL;
}

enum finding_code guarantee_code(size_t i)
{
  return i < GUARANTEE_COUNT ? rows[i].code : 0;
}

/* --- One contract. --- */

static void attack_contract(struct attack *attack)
{
  attack->guarantee = GUARANTEE_SERVES;
  scene_find(attack);
  foreign_find(attack);
  for (size_t i = 0; i < GUARANTEE_COUNT && !attack->error.message[0]; i++) {
    attack->guarantee = (enum guarantee)i;
    attack_pristine(attack);
    if (rows[i].run && !attack->error.message[0]) rows[i].run(attack);
    if (!attack->contract->image)
      break; /* the handler does not load: that is all there is to say */
  }
  attack_reset(attack);
}

static int attack_one(struct attack_run *run, const struct contract *contract,
                      struct attack_result *result, struct error *error)
{
  struct attack attack = {
      .run = run, .scratch = run->scratch, .contract = contract, .result = result};
  *result = (struct attack_result){.contract = contract};
  attack.last_failure = &result->failures;
  attack.last_untried = &result->untried_attacks;
  memcpy(attack.digest, run->digest, HASH_BYTES);
  arena_init(&attack.arena, 1 << 16);
  values_init(&attack.values, run->generation->schemas, &attack.arena, dice_roll(&run->dice));
  attack_contract(&attack);
  values_deinit(&attack.values);
  arena_deinit(&attack.arena);
  return attack.error.message[0] ? error_set(error, "%s: %s", contract->name, attack.error.message)
                                 : 0;
}

/* --- All of them. --- */

static const struct contract *find_contract(const struct generation *generation, const char *name)
{
  for (size_t i = 0; i < generation->contract_count; i++)
    if (strcmp(generation->contracts[i]->name, name) == 0) return generation->contracts[i];
  return NULL;
}

static bool is_wanted(const struct attack_options *options, const struct contract *contract)
{
  for (size_t i = 0; i < options->contract_count; i++)
    if (strcmp(options->contracts[i], contract->name) == 0) return true;
  return options->contract_count == 0;
}

static int nothing_is(const struct generation *generation, const char *name, struct error *error)
{
  const char **names = memory_new_array(generation->contract_count + 1, sizeof *names);
  for (size_t i = 0; i < generation->contract_count; i++) names[i] = generation->contracts[i]->name;
  const char *meant = text_suggestion(text_of(name), names, generation->contract_count);
  memory_free(names);
  if (meant) return error_set(error, "no contract is called '%s'; did you mean '%s'?", name, meant);
  return error_set(error, "no contract is called '%s'; `writ routes` lists them", name);
}

static int all_are_there(const struct generation *generation, const struct attack_options *options,
                         struct error *error)
{
  for (size_t i = 0; i < options->contract_count; i++)
    if (!find_contract(generation, options->contracts[i]))
      return nothing_is(generation, options->contracts[i], error);
  return 0;
}

static void add_up(struct attack_report *report, const struct attack_result *result)
{
  report->passed += result->passed;
  report->failed += result->failed;
  report->untried += result->untried;
  for (size_t i = 0; i < GUARANTEE_COUNT; i++) report->left_out += result->left_out[i];
  report->requests += result->requests;
}

static bool goes_on(const struct attack_options *options, const struct attack_report *report,
                    size_t all, const struct contract *contract)
{
  return !options->go_on ||
         options->go_on(options->context, report->result_count, all, contract->name);
}

static int run_all(struct attack_run *run, const struct attack_options *options,
                   struct attack_report *report, struct error *error)
{
  const struct generation *generation = run->generation;
  if (people_find(run, error) || scratch_digest(run->scratch, run->digest, error)) return -1;
  size_t all = options->contract_count > 0 ? options->contract_count : generation->contract_count;
  for (size_t i = 0; i < generation->contract_count && !report->stopped; i++) {
    const struct contract *contract = generation->contracts[i];
    if (!is_wanted(options, contract)) continue;
    report->stopped = !goes_on(options, report, all, contract);
    if (report->stopped) break;
    /* Each contract by itself gives what it gives among all others. */
    run->dice = (struct dice){options->seed ^ (uint64_t)i << 32};
    struct attack_result *result = &report->results[report->result_count++];
    if (attack_one(run, contract, result, error)) return -1;
    add_up(report, result);
  }
  return 0;
}

int attacks_run(struct scratch *scratch, const struct attack_options *options, struct arena *arena,
                struct attack_report *report, struct error *error)
{
  const struct generation *generation = scratch_generation(scratch);
  uint64_t begun_ns = clock_monotonic_ns();
  *report = (struct attack_report){.seed = options->seed, .most = options->most};
  if (all_are_there(generation, options, error)) return -1;
  report->results = arena_new_array(arena, generation->contract_count + 1, sizeof *report->results);
  struct attack_run run = {.scratch = scratch,
                           .generation = generation,
                           .config = scratch_config(scratch),
                           .address = options->address,
                           .most = options->most,
                           .report_arena = arena,
                           .start_ms = scratch_now(scratch)};
  arena_init(&run.arena, 1 << 16);
  int failed = run_all(&run, options, report, error);
  arena_deinit(&run.arena);
  report->elapsed_ns = clock_monotonic_ns() - begun_ns;
  return failed;
}
