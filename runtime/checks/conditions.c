/* What `when` asks of some inputs. */
#include "checks/conditions.h"

#include "checks/auth.h"
#include "checks/ownership.h"
#include "checks/rules.h"

static bool check_condition(struct facts *facts, const struct condition *condition,
                            struct verdict *verdict)
{
  return check_roles(facts, condition->roles, condition->role_count, verdict) &&
         check_scopes(facts, condition->scopes, condition->scope_count, verdict) &&
         check_ownership(facts, condition->owns, condition->owns_count, verdict) &&
         check_rules(facts, condition->rules, condition->rule_count, verdict);
}

bool check_conditions(struct facts *facts, struct verdict *verdict)
{
  const struct contract *contract = facts->contract;
  for (size_t i = 0; i < contract->condition_count; i++) {
    const struct condition *condition = &contract->conditions[i];
    if (schema_refutes(condition->input, &facts->input)) continue;
    if (!check_condition(facts, condition, verdict)) return false;
  }
  return true;
}
