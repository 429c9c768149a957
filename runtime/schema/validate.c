/* Runs a compiled schema over a value.
 *
 * Without a list for problems the first failure ends it, and nothing is allocated (but for objects
 * and arrays of more than 256 members under unevaluated*, and large arrays under uniqueItems). With
 * a list everything that can be said about the value is collected; branches are then tried in
 * silence first and run again only when none of them fits.
 *
 * Work is bounded by steps, stack by depth. When either runs out the answer is "not valid",
 * whatever a `not` on the way has made of it. */
#include "schema/program.h"

enum {
  STEPS_MAX = 1000000,
  DEPTH_MAX = 256, /* of schemas within schemas; bounds the stack to about 200 KB */
};

bool schema_run_quietly(struct schema_run *run, const struct schema *schema,
                        const struct json *value, const struct schema_place *place,
                        struct schema_evaluated *evaluated)
{
  struct schema_problems *problems = run->problems;
  run->problems = NULL;
  bool valid;
  if (!evaluated) {
    valid = schema_run(run, schema, value, place, NULL);
  } else {
    struct schema_evaluated own;
    schema_evaluated_init(&own);
    valid = schema_run(run, schema, value, place, &own);
    if (valid) schema_evaluated_merge(run, evaluated, &own, value->length);
    schema_evaluated_deinit(&own);
  }
  run->problems = problems;
  return valid;
}

/* --- what applies to the same value */

/* The outermost resource that has the name decides. */
static const struct schema *dynamic_target(const struct schema_run *run,
                                           const struct schema_in_place *in)
{
  const struct schema *found = in->dynamic_ref;
  if (!in->dynamic) return found;
  for (const struct schema_scope *scope = run->scope; scope; scope = scope->up)
    for (const struct schema_dynamic_target *t = in->dynamic->targets; t; t = t->next)
      if (t->resource == scope->resource) found = t->schema;
  return found;
}

static bool check_any_of(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place,
                         struct schema_evaluated *evaluated)
{
  const struct schema_list *list = &schema->in_place->any_of;
  bool found = false;
  for (uint32_t i = 0; i < list->length && (!found || evaluated) && !run->exhausted; i++)
    found = schema_run_quietly(run, list->items[i], value, place, evaluated) || found;
  return found || schema_problem_branches(run, schema, list, "anyOf", value, place);
}

static bool check_one_of(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place,
                         struct schema_evaluated *evaluated)
{
  const struct schema_list *list = &schema->in_place->one_of;
  uint32_t found = 0, first = 0, second = 0;
  for (uint32_t i = 0; i < list->length && found < 2 && !run->exhausted; i++) {
    if (!schema_run_quietly(run, list->items[i], value, place, evaluated)) continue;
    *(found++ == 0 ? &first : &second) = i;
  }
  if (found == 1) return true;
  if (found == 0) return schema_problem_branches(run, schema, list, "oneOf", value, place);
  return schema_problem(run, schema, "oneOf", value, place,
                        "must fit exactly one of the alternatives, but fits numbers %u and %u",
                        first + 1, second + 1);
}

static bool check_condition(struct schema_run *run, const struct schema_in_place *in,
                            const struct json *value, const struct schema_place *place,
                            struct schema_evaluated *evaluated)
{
  bool holds = schema_run_quietly(run, in->if_schema, value, place, evaluated);
  const struct schema *next = holds ? in->then_schema : in->else_schema;
  return !next || schema_run(run, next, value, place, evaluated);
}

static bool check_dependents(struct schema_run *run, const struct schema_in_place *in,
                             const struct json *value, const struct schema_place *place,
                             struct schema_evaluated *evaluated)
{
  bool valid = true;
  for (uint32_t i = 0; i < in->dependents_length && schema_goes_on(run, valid); i++)
    if (schema_spend(run, 1 + value->length / 4) && json_get_text(value, in->dependents[i].name))
      valid = schema_run(run, in->dependents[i].schema, value, place, evaluated) && valid;
  return valid;
}

static bool check_in_place(struct schema_run *run, const struct schema *schema,
                           const struct json *value, const struct schema_place *place,
                           struct schema_evaluated *evaluated)
{
  const struct schema_in_place *in = schema->in_place;
  bool valid = true;
  if (in->ref) valid = schema_run(run, in->ref, value, place, evaluated);
  if (in->dynamic_ref && schema_goes_on(run, valid))
    valid = schema_run(run, dynamic_target(run, in), value, place, evaluated) && valid;
  for (uint32_t i = 0; i < in->all_of.length && schema_goes_on(run, valid); i++)
    valid = schema_run(run, in->all_of.items[i], value, place, evaluated) && valid;
  if (in->any_of.length > 0 && schema_goes_on(run, valid))
    valid = check_any_of(run, schema, value, place, evaluated) && valid;
  if (in->one_of.length > 0 && schema_goes_on(run, valid))
    valid = check_one_of(run, schema, value, place, evaluated) && valid;
  if (in->not_schema && schema_goes_on(run, valid) &&
      schema_run_quietly(run, in->not_schema, value, place, NULL))
    valid = schema_problem_not(run, schema, value, place);
  if (in->if_schema && schema_goes_on(run, valid))
    valid = check_condition(run, in, value, place, evaluated) && valid;
  if (in->dependents_length > 0 && value->type == JSON_OBJECT && schema_goes_on(run, valid))
    valid = check_dependents(run, in, value, place, evaluated) && valid;
  return valid;
}

/* --- one schema */

static bool type_fits(unsigned types, const struct json *value)
{
  if (types & 1U << value->type) return true;
  return value->type == JSON_REAL && types & 1 << JSON_INTEGER && schema_is_whole(value);
}

bool schema_lists(struct schema_run *run, const struct schema *schema, const struct json *value)
{
  if (schema->constant && !schema_equal(run, value, schema->constant)) return false;
  if (!schema->values) return true;
  for (uint32_t i = 0; i < schema->values->length; i++)
    if (schema_equal(run, value, &schema->values->items[i])) return true;
  return false;
}

static bool choice_problem(struct schema_run *run, const struct schema *schema,
                           const struct json *value, const struct schema_place *place)
{
  if (schema->constant && !schema_equal(run, value, schema->constant))
    return schema_problem_choice(run, schema, "const", schema->constant, 1, value, place);
  return schema_problem_choice(run, schema, "enum", schema->values->items, schema->values->length,
                               value, place);
}

static bool check_kind(struct schema_run *run, const struct schema *schema,
                       const struct json *value, const struct schema_place *place,
                       struct schema_evaluated *evaluated)
{
  bool valid = true;
  switch (value->type) {
  case JSON_STRING:
    if (schema->string) valid = schema_check_string(run, schema, value, place);
    break;
  case JSON_INTEGER:
  case JSON_REAL:
    if (schema->number) valid = schema_check_number(run, schema, value, place);
    break;
  case JSON_ARRAY:
    if (schema->array) valid = schema_check_array(run, schema, value, place, evaluated);
    break;
  case JSON_OBJECT:
    if (schema->object) valid = schema_check_object(run, schema, value, place, evaluated);
    break;
  default:
    break;
  }
  if (schema->in_place && schema_goes_on(run, valid))
    valid = check_in_place(run, schema, value, place, evaluated) && valid;
  return valid;
}

/* Runs unevaluatedProperties or unevaluatedItems over what nobody has looked at. What a failed
 * branch would have looked at counts as unevaluated; so after a failure only names that are
 * declared nowhere are reported. */
static bool check_rest(struct schema_run *run, const struct schema *schema,
                       const struct schema *rest, const struct json *value,
                       const struct schema_place *place, const struct schema_evaluated *evaluated,
                       bool valid)
{
  bool object = value->type == JSON_OBJECT, failed = !valid;
  if (evaluated->all) return valid;
  if (failed && !object) return false;
  for (uint32_t i = 0; i < value->length && schema_goes_on(run, valid); i++) {
    if (!schema_spend(run, 1)) return false;
    if (schema_evaluated_has(evaluated, i)) continue;
    struct schema_place inner = {.up = place, .index = i};
    if (object) inner.name = json_text(&value->members[i].key);
    const struct json *at = object ? &value->members[i].value : &value->items[i];
    if (failed && (!rest->never || schema_declares(schema, inner.name))) continue;
    if (rest->never && object)
      valid = schema_problem_unknown(run, schema, "unevaluatedProperties", at, &inner);
    else if (rest->never)
      valid = schema_problem(run, schema, "unevaluatedItems", at, &inner, "is one item too many");
    else
      valid = schema_run(run, rest, at, &inner, NULL) && valid;
  }
  return valid;
}

static bool check_evaluating(struct schema_run *run, const struct schema *schema,
                             const struct schema *rest, const struct json *value,
                             const struct schema_place *place, struct schema_evaluated *outer)
{
  struct schema_evaluated evaluated;
  schema_evaluated_init(&evaluated);
  bool valid = check_kind(run, schema, value, place, &evaluated);
  if (schema_goes_on(run, valid))
    valid = check_rest(run, schema, rest, value, place, &evaluated, valid);
  schema_evaluated_deinit(&evaluated);
  if (outer) outer->all = true; /* if it is valid, everything has been looked at */
  return valid;
}

static bool check(struct schema_run *run, const struct schema *schema, const struct json *value,
                  const struct schema_place *place, struct schema_evaluated *evaluated)
{
  if (!type_fits(schema->types, value))
    return schema_problem_type(run, schema, schema->types, "type", value, place);
  if ((schema->constant || schema->values) && !schema_lists(run, schema, value))
    return choice_problem(run, schema, value, place);
  const struct schema *rest = NULL;
  if (value->type == JSON_OBJECT) rest = schema->unevaluated_properties;
  if (value->type == JSON_ARRAY) rest = schema->unevaluated_items;
  if (rest) return check_evaluating(run, schema, rest, value, place, evaluated);
  return check_kind(run, schema, value, place, evaluated);
}

/* What schema_all_of has made stands in no resource, although it borrows one for messages: a
 * dynamic reference in one of its schemas must not lead into another. */
static const struct schema_resource *resource_entered(const struct schema *schema)
{
  return schema->value ? schema->resource : NULL;
}

bool schema_run(struct schema_run *run, const struct schema *schema, const struct json *value,
                const struct schema_place *place, struct schema_evaluated *evaluated)
{
  if (schema->always) return true;
  if (schema->never) return schema_problem(run, schema, "", value, place, "is not allowed");
  if (run->depth >= DEPTH_MAX) run->steps = 0;
  if (!schema_spend(run, 1)) return false;

  run->depth++;
  run->secret += schema->secret;
  struct schema_scope scope = {run->scope, resource_entered(schema)};
  if (scope.up && scope.up->resource != scope.resource) run->scope = &scope;
  bool valid = check(run, schema, value, place, evaluated);
  run->scope = scope.up;
  run->secret -= schema->secret;
  run->depth--;
  return valid;
}

bool schema_refutes(const struct schema *schema, const struct json *value)
{
  struct schema_scope scope = {NULL, resource_entered(schema)};
  struct schema_run run = {.steps = STEPS_MAX};
  if (schema->set->dynamics) run.scope = &scope;
  return !schema_run(&run, schema, value, NULL, NULL) && !run.exhausted;
}

bool schema_too_complex(const struct schema *schema, const struct json *value,
                        struct schema_problems *problems)
{
  struct schema_run run = {.problems = problems, .all_problems = problems, .root = schema};
  if (problems && !problems->gave_up.data) problems->gave_up = TEXT("");
  return schema_problem(&run, schema, "", value, NULL, "is too large or too complex to be checked");
}

bool schema_valid(const struct schema *schema, const struct json *value,
                  struct schema_problems *problems)
{
  struct schema_scope scope = {NULL, resource_entered(schema)};
  struct schema_run run = {
      .problems = problems, .all_problems = problems, .root = schema, .steps = STEPS_MAX};
  if (schema->set->dynamics) run.scope = &scope;
  size_t before = problems ? problems->count : 0;
  bool valid = schema_run(&run, schema, value, NULL, NULL);
  if (!run.exhausted) return valid;
  if (!problems || problems->count == before) return schema_too_complex(schema, value, problems);
  if (!problems->gave_up.data) problems->gave_up = TEXT("");
  return false;
}
