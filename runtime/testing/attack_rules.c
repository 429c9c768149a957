/* Rules before the handler: an input for which one does not hold is looked for, by asking the
 * rule's own query. What must hold after the handler is looked at in every reply (attack_call.c).
 */
#include <string.h>

#include "testing/attack_parts.h"

enum { TRIALS = 48, VARIED_MAX = 64 }; /* for each who may call; of one field */

static bool holds(const struct json *value)
{
  return value->type == JSON_INTEGER && value->integer == 1;
}

/* The first rule that does not hold; the number of rules if all do, or one cannot be asked. */
static size_t first_broken(struct attack *attack, const struct person *caller,
                           const struct json *input)
{
  const struct contract *contract = attack->contract;
  for (size_t i = 0; i < contract->rule_count; i++) {
    struct json value;
    if (!scene_ask(attack, &contract->rules[i].use, input, caller ? &caller->id : NULL, NULL,
                   &value))
      break;
    if (!holds(&value)) return i;
  }
  return contract->rule_count;
}

static void try_rule(struct attack *attack, const struct rule *rule, struct person *caller,
                     const struct json *input)
{
  const struct declared_error *error = &attack->contract->errors[rule->error];
  struct text tried =
      arena_print(&attack->arena, "for which %s does not hold", rule->use.query->name);
  attack_pristine(attack);
  struct attempt attempt = attack_attempt_with(attack, tried.data, input);
  if (caller) attempt_as(attack, &attempt, caller);
  attack_expect(attack, &attempt, error->status, error->code);
}

static void consider(struct attack *attack, struct person *caller, const struct json *input,
                     bool *tried)
{
  const struct contract *contract = attack->contract;
  if (!when_admits(attack, caller, input)) return;
  size_t broken = first_broken(attack, caller, input);
  if (broken == contract->rule_count || tried[broken]) return;
  tried[broken] = true;
  try_rule(attack, &contract->rules[broken], caller, input);
}

/* Text or number number `*left` of the value, deep in it, becomes another. False: there are not so
 * many. */
static bool vary(struct arena *arena, struct json *value, size_t *left, bool more)
{
  if (value->type == JSON_STRING || value->type == JSON_INTEGER) {
    if ((*left)-- > 0) return false;
    if (value->type == JSON_INTEGER)
      value->integer = more ? value->integer / 2 + 1000000 : 1 - value->integer % 2;
    else if (value->length > 0)
      *value = json_string(arena_print(arena, "%.*s%c", (int)value->length - !more, value->string,
                                       value->string[value->length - 1] == '0' ? '1' : '0'));
    return true;
  }
  uint32_t length = value->type == JSON_ARRAY || value->type == JSON_OBJECT ? value->length : 0;
  for (uint32_t i = 0; i < length; i++) {
    bool array = value->type == JSON_ARRAY;
    struct json part = array ? value->items[i] : value->members[i].value;
    if (!vary(arena, &part, left, more)) continue;
    struct json copy = *value;
    size_t bytes = array ? sizeof *copy.items : sizeof *copy.members;
    void *parts = arena_new_array(arena, length, bytes);
    memcpy(parts, array ? (void *)value->items : (void *)value->members, length * bytes);
    if (array) {
      copy.items = parts;
      copy.items[i] = part;
    } else {
      copy.members = parts;
      copy.members[i].value = part;
    }
    *value = copy;
    return true;
  }
  return false;
}

/* Stays as it is: another one would be somebody else's, or another password. */
static bool must_stay(const struct attack *attack, struct text name)
{
  const struct contract *contract = attack->contract;
  for (size_t i = 0; i < contract->field_count; i++)
    if (text_equal(contract->fields[i].schema.name, name))
      return attack->choices[i].owned || contract->fields[i].schema.password;
  return false;
}

/* The scene's input with one text or number changed: close to what succeeds. */
static void try_variations(struct attack *attack, bool *tried)
{
  const struct json *scene = &attack->scene.input;
  for (uint32_t m = 0; m < scene->length; m++) {
    struct text name = json_text(&scene->members[m].key);
    for (size_t i = 0; i < VARIED_MAX && !must_stay(attack, name); i++) {
      struct json value = scene->members[m].value;
      size_t left = i / 2;
      if (attack->error.message[0] || !vary(&attack->arena, &value, &left, i % 2)) break;
      struct json input = scene_with(attack, scene, name, value);
      if (values_admit(attack->contract, &input, &attack->arena, NULL))
        consider(attack, attack->scene.caller, &input, tried);
    }
  }
}

static void try_rules(struct attack *attack, struct person *caller, bool *tried)
{
  struct json input, fixed;
  scene_choose(attack, caller);
  for (uint32_t i = 0; i < TRIALS && !attack->error.message[0]; i++)
    if (scene_roll(attack, caller, i + 1, &input, &fixed)) consider(attack, caller, &input, tried);
}

void attack_rules(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  struct attack_run *run = attack->run;
  attack_when(attack);
  if (contract->rule_count == 0) return;
  bool *tried = arena_new_array(&attack->arena, contract->rule_count + 1, sizeof *tried);
  if (contract->anonymous && attack->scene.reply) try_rules(attack, NULL, tried);
  for (size_t i = 0; i < run->people_count && !contract->anonymous && attack->scene.reply; i++)
    if (person_may(&run->people[i], contract)) try_rules(attack, &run->people[i], tried);
  scene_choose(attack, attack->scene.caller);
  if (attack->scene.works) try_variations(attack, tried);
  for (size_t i = 0; i < contract->rule_count; i++)
    if (!tried[i])
      attack_not_tried(attack,
                       arena_print(&attack->arena, "an input for which %s does not hold",
                                   contract->rules[i].use.query->name),
                       TEXT("none was found"),
                       TEXT("add rows for which it does not to the fixtures"));
}
