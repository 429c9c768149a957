/* Conditions that named queries decide. */
#include "checks/rules.h"

bool check_rules(struct facts *facts, const struct rule *rules, size_t count,
                 struct verdict *verdict)
{
  for (size_t i = 0; i < count; i++) {
    struct json value;
    if (facts_ask_value(facts, &rules[i].use, &value, verdict)) return false;
    if (value.type == JSON_INTEGER && value.integer == 1) continue;
    *verdict = (struct verdict){
        .denial = DENIAL_DECLARED,
        .declared = rules[i].error,
        .detail = arena_print(facts->arena, "%s does not hold", rules[i].use.query->name)};
    return false;
  }
  return true;
}

bool remember_unchanged(struct facts *facts, struct verdict *verdict)
{
  const struct contract *contract = facts->contract;
  facts->before =
      arena_new_array(facts->arena, contract->unchanged_count + 1, sizeof *facts->before);
  for (size_t i = 0; i < contract->unchanged_count; i++)
    if (facts_ask(facts, &contract->unchanged[i], &facts->before[i], verdict)) return false;
  return true;
}

bool check_unchanged(struct facts *facts, struct verdict *verdict)
{
  const struct contract *contract = facts->contract;
  for (size_t i = 0; i < contract->unchanged_count; i++) {
    struct json now;
    if (facts_ask(facts, &contract->unchanged[i], &now, verdict)) return false;
    if (json_equal(&facts->before[i], &now)) continue;
    *verdict = (struct verdict){.denial = DENIAL_BREACH,
                                .detail = arena_print(facts->arena, "%s is not unchanged",
                                                      contract->unchanged[i].query->name)};
    return false;
  }
  return true;
}
