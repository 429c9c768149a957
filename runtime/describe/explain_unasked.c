/* Fields of which nothing asks whose rows they choose: only said, since `writ diff` compares what
 * does ask. */
#include "describe/explain_parts.h"

void explain_unasked(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->unasked_count; i++) {
    const struct unasked *unasked = &contract->unasked[i];
    struct text field = contract->fields[unasked->field].schema.name;
    struct fact *fact = add_fact(
        explainer, SECTION_ROWS, FACT_NOTE,
        arena_print(explainer->arena, "unasked:%s:%.*s", unasked->query->name, TEXT_ARGS(field)),
        unasked->refers ? "%.*s names a row of %.*s for %s, and nothing asks whose it is"
                        : "%.*s chooses rows of %.*s for %s, and nothing asks whose they are",
        TEXT_ARGS(field), TEXT_ARGS(unasked->table), unasked->query->name);
    fact->risk = arena_print(explainer->arena, "%.*s.", TEXT_ARGS(fact->sentence));
  }
}
