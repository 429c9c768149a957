/* Rules and conditions that must hold. */
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
