/* What is asked in addition for some inputs. */
#include "describe/explain_parts.h"

static struct json json_list(struct explainer *explainer, const struct text *words, size_t count)
{
  struct json *items = arena_new_array(explainer->arena, count + 1, sizeof *items);
  for (size_t i = 0; i < count; i++) items[i] = json_string(words[i]);
  return (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)count};
}

static void explain_condition(struct explainer *explainer, const struct condition *condition)
{
  if (condition->role_count > 0) {
    struct text list = join_words(explainer, condition->roles, condition->role_count, "or");
    struct fact *fact = add_fact(explainer, SECTION_CONDITIONS, FACT_RESTRICTION, TEXT("auth"),
                                 "the principal must have the role %.*s", TEXT_ARGS(list));
    fact->value = json_list(explainer, condition->roles, condition->role_count);
    fact->order = ORDER_SUBSET;
  }
  for (size_t i = 0; i < condition->scope_count; i++)
    add_fact(explainer, SECTION_CONDITIONS, FACT_RESTRICTION,
             arena_print(explainer->arena, "scope:%.*s", TEXT_ARGS(condition->scopes[i])),
             "the token must have the scope %.*s", TEXT_ARGS(condition->scopes[i]));
  for (size_t i = 0; i < condition->owns_count; i++) explain_owned(explainer, &condition->owns[i]);
  for (size_t i = 0; i < condition->rule_count; i++)
    explain_rule(explainer, &condition->rules[i], true);
}

void explain_when(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->condition_count; i++) {
    explainer->condition =
        words_of_question(explainer, contract->conditions[i].input, &explainer->condition_key);
    explain_condition(explainer, &contract->conditions[i]);
  }
  explainer->condition = explainer->condition_key = TEXT("");
}
