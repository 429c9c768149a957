/* What is asked of some inputs only (`when`): inputs are looked for that meet a condition without
 * what it asks for. Which refusal comes is told by the first that is not met, in the host's order.
 */
#include "testing/attack_parts.h"

enum { TRIALS = 64 };

/* A refusal that must come. */
struct demand {
  size_t condition;
  int status;
  struct text code;
};

static void denied(struct attack *attack, enum denial denial, struct demand *demand)
{
  demand->status = attack->contract->statuses[denial];
  demand->code = text_of(denial_code(denial));
}

static bool has_role(const struct person *person, const struct condition *condition)
{
  for (size_t i = 0; i < condition->role_count; i++)
    if (person && person_has(person, condition->roles[i])) return true;
  return condition->role_count == 0;
}

/* The first that is not theirs. False: one cannot be told. */
static bool first_not_theirs(struct attack *attack, const struct condition *condition,
                             const struct person *person, const struct json *settled,
                             const struct ownership **found)
{
  *found = NULL;
  if (person && person_is_exempt(attack->run, person, attack->contract)) return true;
  for (size_t i = 0; i < condition->owns_count && person; i++) {
    const struct ownership *ownership = &condition->owns[i];
    struct text name = attack->contract->fields[ownership->field].schema.name;
    const struct json *value = json_get_text(settled, name);
    if (ownership->each) return false;
    *found = ownership;
    if (!value || value->type == JSON_NULL) return true;
    enum belonging belonging = scene_belongs(attack, ownership, settled, value, person);
    if (belonging == BELONGS_UNKNOWN) return false;
    if (belonging != BELONGS) return true;
    *found = NULL;
  }
  return true;
}

/* True if the input meets the condition and lacks something; *known: whether that can be told. */
static bool demands(struct attack *attack, const struct condition *condition,
                    const struct person *person, const struct json *settled, bool *known,
                    struct demand *demand)
{
  const struct ownership *ownership;
  const struct json *id = person ? &person->id : NULL;
  *known = true;
  if (schema_refutes(condition->input, settled)) return false;
  if (!has_role(person, condition)) {
    denied(attack, DENIAL_FORBIDDEN, demand);
    return true;
  }
  *known = first_not_theirs(attack, condition, person, settled, &ownership);
  if (!*known) return false;
  if (ownership) {
    denied(attack, ownership->forbidden ? DENIAL_FORBIDDEN : DENIAL_NOT_OWNER, demand);
    return true;
  }
  for (size_t i = 0; i < condition->rule_count; i++) {
    const struct declared_error *error = &attack->contract->errors[condition->rules[i].error];
    struct json value;
    *known = scene_ask(attack, &condition->rules[i].use, settled, id, NULL, &value);
    if (!*known) return false;
    if (value.type == JSON_INTEGER && value.integer == 1) continue;
    demand->status = error->status;
    demand->code = error->code;
    return true;
  }
  return false;
}

static bool first_demand(struct attack *attack, const struct person *person,
                         const struct json *input, bool *known, struct demand *demand)
{
  const struct contract *contract = attack->contract;
  struct json settled;
  bool found = false;
  *known = values_admit(contract, input, &attack->arena, &settled);
  for (size_t i = 0; i < contract->condition_count && *known && !found; i++) {
    demand->condition = i;
    found = demands(attack, &contract->conditions[i], person, &settled, known, demand);
  }
  return found;
}

bool when_admits(struct attack *attack, const struct person *person, const struct json *input)
{
  struct demand demand;
  bool known;
  return !first_demand(attack, person, input, &known, &demand) && known;
}

static void try_conditions(struct attack *attack, struct person *person, bool *tried)
{
  struct json input, fixed;
  struct demand demand;
  bool known;
  scene_choose(attack, person);
  for (uint32_t i = 0; i < TRIALS && !attack->error.message[0]; i++) {
    attack_pristine(attack);
    if (!scene_roll(attack, person, i + 1, &input, &fixed) ||
        !first_demand(attack, person, &input, &known, &demand) || tried[demand.condition])
      continue;
    tried[demand.condition] = true;
    struct text words = arena_print(&attack->arena, "without what `when` number %zu asks for",
                                    demand.condition + 1);
    struct attempt attempt = attack_attempt_with(attack, words.data, &input);
    if (person) attempt_as(attack, &attempt, person);
    attack_expect(attack, &attempt, demand.status, demand.code);
  }
}

void attack_when(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  struct attack_run *run = attack->run;
  if (contract->condition_count == 0 || !attack->scene.reply) return;
  bool *tried = arena_new_array(&attack->arena, contract->condition_count, sizeof *tried);
  if (contract->anonymous) try_conditions(attack, NULL, tried);
  for (size_t i = 0; i < run->people_count && !contract->anonymous; i++)
    if (person_may(&run->people[i], contract)) try_conditions(attack, &run->people[i], tried);
  scene_choose(attack, attack->scene.caller);
  for (size_t i = 0; i < contract->condition_count; i++)
    if (!tried[i])
      attack_not_tried(
          attack,
          arena_print(&attack->arena, "an input without what `when` number %zu asks for", i + 1),
          TEXT("none was found"),
          TEXT("add somebody, or rows, to the fixtures for which it is not met"));
}
