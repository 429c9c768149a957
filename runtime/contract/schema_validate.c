/* Runs a compiled schema over a value.
 *
 * Without a list for problems the first failure ends it, and nothing is allocated (but for objects
 * and arrays of more than 256 members under unevaluated*, and large arrays under uniqueItems). With
 * a list everything that can be said about the value is collected; branches are then tried in
 * silence first and run again only when none of them fits.
 *
 * Work is bounded by steps, stack by depth. When either runs out the answer is "not valid",
 * whatever a `not` on the way has made of it. */
#include "contract/schema_internal.h"

enum {
  STEPS_MAX = 1000000,
  DEPTH_MAX = 256, /* of schemas within schemas; bounds the stack to about 200 KB */
};

static bool run_branch(struct schema_run *run, const struct schema *schema,
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

/* Whether to go on after a failure: only if it is to be one of several. */
static bool goes_on(const struct schema_run *run, bool valid)
{
  return (valid || run->problems) && !run->exhausted;
}

/* --- strings and numbers */

static bool check_pattern(struct schema_run *run, const struct schema *schema,
                          const struct json *value, const struct schema_place *place)
{
  const struct schema_pattern *pattern = schema->string->pattern;
  enum schema_match match = schema_pattern_match(run, schema->set, pattern, json_text(value));
  if (match == MATCH_YES) return true;
  if (!run->problems) return false;
  if (match == MATCH_GAVE_UP)
    return schema_problem(run, schema, "pattern", value, place,
                          "is too long or too complex to be checked against its pattern");
  struct text text = schema_pattern_text(pattern);
  return schema_problem(run, schema, "pattern", value, place, "must match the pattern %.*s%s",
                        text.length < 200 ? (int)text.length : 200, text.data,
                        schema_got(run, schema, value, place));
}

static bool check_length(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place)
{
  const struct schema_string *string = schema->string;
  uint32_t bytes = value->length;
  if (bytes <= string->length_max && bytes / 4 >= string->length_min) return true;
  if (!schema_spend(run, bytes / 64)) return false;
  size_t length = schema_characters(json_text(value));
  if (length < string->length_min) {
    if (string->length_min == 1 && length == 0)
      return schema_problem(run, schema, "minLength", value, place, "must not be empty");
    return schema_problem(run, schema, "minLength", value, place,
                          "must have at least %u character%s", string->length_min,
                          string->length_min == 1 ? "" : "s");
  }
  if (length > string->length_max)
    return schema_problem(run, schema, "maxLength", value, place,
                          "must have at most %u character%s", string->length_max,
                          string->length_max == 1 ? "" : "s");
  return true;
}

static bool check_string(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place)
{
  const struct schema_string *string = schema->string;
  bool valid = check_length(run, schema, value, place);
  if (string->format && goes_on(run, valid)) {
    bool fits = schema_spend(run, value->length / 64) && string->format->valid(json_text(value));
    if (!fits && run->problems)
      schema_problem(run, schema, "format", value, place, "must be %s%s", string->format->noun,
                     schema_got(run, schema, value, place));
    valid = valid && fits;
  }
  if (string->pattern && goes_on(run, valid))
    valid = check_pattern(run, schema, value, place) && valid;
  return valid;
}

static const char *number_text(struct schema_run *run, const struct json *number)
{
  struct buffer buffer = {0};
  json_write(&buffer, number);
  const char *text = arena_copy(run->problems->arena, buffer_text(&buffer)).data;
  buffer_deinit(&buffer);
  return text;
}

static bool limit_problem(struct schema_run *run, const struct schema *schema, const char *keyword,
                          const char *relation, const struct json *limit, const struct json *value,
                          const struct schema_place *place)
{
  if (!run->problems) return false;
  return schema_problem(run, schema, keyword, value, place, "must be %s %s%s", relation,
                        number_text(run, limit), schema_got(run, schema, value, place));
}

static bool check_number(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place)
{
  const struct schema_number *number = schema->number;
  const struct json *limit;
  bool valid = true;
  if ((limit = number->minimum) && schema_compare_numbers(value, limit) < 0)
    valid = limit_problem(run, schema, "minimum", "at least", limit, value, place);
  if ((limit = number->maximum) && schema_compare_numbers(value, limit) > 0)
    valid = limit_problem(run, schema, "maximum", "at most", limit, value, place);
  if ((limit = number->exclusive_minimum) && schema_compare_numbers(value, limit) <= 0)
    valid = limit_problem(run, schema, "exclusiveMinimum", "more than", limit, value, place);
  if ((limit = number->exclusive_maximum) && schema_compare_numbers(value, limit) >= 0)
    valid = limit_problem(run, schema, "exclusiveMaximum", "less than", limit, value, place);
  if ((limit = number->multiple_of) && !schema_is_multiple(value, limit))
    valid = limit_problem(run, schema, "multipleOf", "a multiple of", limit, value, place);
  return valid;
}

/* --- arrays */

static bool check_contains(struct schema_run *run, const struct schema *schema,
                           const struct json *value, const struct schema_place *place,
                           struct schema_evaluated *evaluated)
{
  const struct schema_array *array = schema->array;
  bool bounded = array->contains_max != NO_LIMIT;
  uint32_t count = 0;
  for (uint32_t i = 0; i < value->length && !run->exhausted; i++) {
    struct schema_place element = {.up = place, .index = i};
    if (!evaluated && !bounded && count >= array->contains_min) break;
    if (!run_branch(run, array->contains, &value->items[i], &element, NULL)) continue;
    count++;
    if (evaluated) schema_evaluated_add(run, evaluated, i, value->length);
  }
  if (count < array->contains_min) {
    const char *keyword = array->contains_min == 1 ? "contains" : "minContains";
    return schema_problem(run, schema, keyword, value, place,
                          "must contain at least %u matching item%s; has %u", array->contains_min,
                          array->contains_min == 1 ? "" : "s", count);
  }
  if (count > array->contains_max)
    return schema_problem(run, schema, "maxContains", value, place,
                          "must contain at most %u matching item%s; has %u", array->contains_max,
                          array->contains_max == 1 ? "" : "s", count);
  return true;
}

static bool check_unique(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place)
{
  uint32_t first = 0, second = 0;
  if (schema_is_unique(run, value, &first, &second)) return true;
  return schema_problem(run, schema, "uniqueItems", value, place,
                        "must not repeat an item; items %u and %u are equal", first, second);
}

static bool check_items(struct schema_run *run, const struct schema *schema,
                        const struct json *value, const struct schema_place *place)
{
  const struct schema_array *array = schema->array;
  uint32_t end = array->items                           ? value->length
                 : value->length < array->prefix_length ? value->length
                                                        : array->prefix_length;
  bool valid = true;
  for (uint32_t i = 0; i < end && goes_on(run, valid); i++) {
    struct schema_place element = {.up = place, .index = i};
    const struct schema *item = i < array->prefix_length ? array->prefix[i] : array->items;
    if (item->always && i >= array->prefix_length) break;
    if (item->never && i >= array->prefix_length)
      return schema_problem(run, schema, "items", value, place, "must have at most %u item%s", i,
                            i == 1 ? "" : "s");
    valid = schema_run(run, item, &value->items[i], &element, NULL) && valid;
  }
  return valid;
}

static bool check_array(struct schema_run *run, const struct schema *schema,
                        const struct json *value, const struct schema_place *place,
                        struct schema_evaluated *evaluated)
{
  const struct schema_array *array = schema->array;
  bool valid = true;
  if (value->length < array->items_min)
    valid = schema_problem(run, schema, "minItems", value, place,
                           "must have at least %u item%s; has %u", array->items_min,
                           array->items_min == 1 ? "" : "s", value->length);
  if (value->length > array->items_max)
    valid =
        schema_problem(run, schema, "maxItems", value, place, "must have at most %u item%s; has %u",
                       array->items_max, array->items_max == 1 ? "" : "s", value->length);
  if (goes_on(run, valid)) valid = check_items(run, schema, value, place) && valid;
  if (evaluated) {
    if (array->items) evaluated->all = true;
    for (uint32_t i = 0; i < array->prefix_length && i < value->length; i++)
      schema_evaluated_add(run, evaluated, i, value->length);
  }
  if (array->contains && goes_on(run, valid))
    valid = check_contains(run, schema, value, place, evaluated) && valid;
  if (array->unique && goes_on(run, valid))
    valid = check_unique(run, schema, value, place) && valid;
  return valid;
}

/* --- objects */

static bool check_member_patterns(struct schema_run *run, const struct schema *schema,
                                  const struct json_member *member,
                                  const struct schema_place *place, bool *known)
{
  const struct schema_object *object = schema->object;
  bool valid = true;
  for (uint32_t i = 0; i < object->patterns_length && goes_on(run, valid); i++) {
    enum schema_match match = schema_pattern_match(run, schema->set, object->patterns[i].pattern,
                                                   json_text(&member->key));
    if (match == MATCH_GAVE_UP)
      valid = schema_problem(run, schema, "patternProperties", &member->value, place,
                             "has a name that is too complex to be checked");
    if (match != MATCH_YES) continue;
    *known = true;
    valid = schema_run(run, object->patterns[i].schema, &member->value, place, NULL) && valid;
  }
  return valid;
}

static bool check_member(struct schema_run *run, const struct schema *schema,
                         const struct json_member *member, const struct schema_property *property,
                         const struct schema_place *place, bool *known)
{
  const struct schema_object *object = schema->object;
  bool valid = true;
  if (property && property->schema) {
    *known = true;
    valid = schema_run(run, property->schema, &member->value, place, NULL);
  }
  if (object->patterns_length > 0 && goes_on(run, valid))
    valid = check_member_patterns(run, schema, member, place, known) && valid;
  if (object->additional && !*known && goes_on(run, valid)) {
    *known = true;
    if (object->additional->never)
      valid = schema_problem_unknown(run, schema, "additionalProperties", &member->value, place);
    else
      valid = schema_run(run, object->additional, &member->value, place, NULL) && valid;
  }
  if (object->names && goes_on(run, valid))
    valid = schema_run(run, object->names, &member->key, place, NULL) && valid;
  return valid;
}

static bool report_missing(struct schema_run *run, const struct schema *schema,
                           const struct json *value, const struct schema_place *place)
{
  const struct schema_object *object = schema->object;
  for (uint32_t i = 0; run->problems && i < object->length; i++) {
    const struct schema_property *property = &object->properties[i];
    if (property->required == 0 || json_get_text(value, property->name)) continue;
    struct schema_place missing = {.up = place, .name = property->name};
    schema_problem(run, schema, "required", value, &missing, "is required");
  }
  return false;
}

static bool check_dependent_required(struct schema_run *run, const struct schema *schema,
                                     const struct json *value, const struct schema_place *place)
{
  const struct json *all = schema->object->dependent_required;
  bool valid = true;
  for (uint32_t i = 0; i < all->length; i++) {
    const struct json_member *one = &all->members[i];
    if (!schema_spend(run, 1 + value->length / 4)) return false;
    if (!json_get_text(value, json_text(&one->key))) continue;
    for (uint32_t n = 0; n < one->value.length; n++) {
      struct schema_place missing = {.up = place, .name = json_text(&one->value.items[n])};
      if (!schema_spend(run, 1 + value->length / 4)) return false;
      if (json_get_text(value, missing.name)) continue;
      valid = schema_problem(run, schema, "dependentRequired", value, &missing,
                             "is required when '%.60s' is given", one->key.string);
    }
  }
  return valid;
}

static bool check_members(struct schema_run *run, const struct schema *schema,
                          const struct json *value, const struct schema_place *place,
                          struct schema_evaluated *evaluated)
{
  const struct schema_object *object = schema->object;
  uint32_t missing = object->required;
  bool valid = schema_spend(run, value->length);
  for (uint32_t i = 0; i < value->length && goes_on(run, valid); i++) {
    const struct json_member *member = &value->members[i];
    struct schema_place inner = {.up = place, .name = json_text(&member->key)};
    bool expected = i < object->length && text_equal(object->properties[i].name, inner.name);
    const struct schema_property *property =
        expected ? &object->properties[i] : schema_property_find(object, inner.name);
    bool known = false;
    if (property && property->required > 0) missing--;
    valid = check_member(run, schema, member, property, &inner, &known) && valid;
    if (known && evaluated) schema_evaluated_add(run, evaluated, i, value->length);
  }
  if (missing > 0 && goes_on(run, valid)) valid = report_missing(run, schema, value, place);
  return valid;
}

static bool check_object(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place,
                         struct schema_evaluated *evaluated)
{
  const struct schema_object *object = schema->object;
  bool valid = true;
  if (value->length < object->properties_min)
    valid = schema_problem(run, schema, "minProperties", value, place,
                           "must have at least %u field%s; has %u", object->properties_min,
                           object->properties_min == 1 ? "" : "s", value->length);
  if (value->length > object->properties_max)
    valid = schema_problem(run, schema, "maxProperties", value, place,
                           "must have at most %u field%s; has %u", object->properties_max,
                           object->properties_max == 1 ? "" : "s", value->length);
  if (goes_on(run, valid)) valid = check_members(run, schema, value, place, evaluated) && valid;
  if (object->dependent_required && goes_on(run, valid))
    valid = check_dependent_required(run, schema, value, place) && valid;
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
    found = run_branch(run, list->items[i], value, place, evaluated) || found;
  return found || schema_problem_branches(run, schema, list, "anyOf", value, place);
}

static bool check_one_of(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place,
                         struct schema_evaluated *evaluated)
{
  const struct schema_list *list = &schema->in_place->one_of;
  unsigned found = 0;
  for (uint32_t i = 0; i < list->length && found < 2 && !run->exhausted; i++)
    found += run_branch(run, list->items[i], value, place, evaluated);
  if (found == 1) return true;
  if (found == 0) return schema_problem_branches(run, schema, list, "oneOf", value, place);
  return schema_problem(run, schema, "oneOf", value, place,
                        "must fit exactly one of the alternatives, but fits more");
}

static bool check_condition(struct schema_run *run, const struct schema_in_place *in,
                            const struct json *value, const struct schema_place *place,
                            struct schema_evaluated *evaluated)
{
  bool holds = run_branch(run, in->if_schema, value, place, evaluated);
  const struct schema *next = holds ? in->then_schema : in->else_schema;
  return !next || schema_run(run, next, value, place, evaluated);
}

static bool check_dependents(struct schema_run *run, const struct schema_in_place *in,
                             const struct json *value, const struct schema_place *place,
                             struct schema_evaluated *evaluated)
{
  bool valid = true;
  for (uint32_t i = 0; i < in->dependents_length && goes_on(run, valid); i++)
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
  if (in->dynamic_ref && goes_on(run, valid))
    valid = schema_run(run, dynamic_target(run, in), value, place, evaluated) && valid;
  for (uint32_t i = 0; i < in->all_of.length && goes_on(run, valid); i++)
    valid = schema_run(run, in->all_of.items[i], value, place, evaluated) && valid;
  if (in->any_of.length > 0 && goes_on(run, valid))
    valid = check_any_of(run, schema, value, place, evaluated) && valid;
  if (in->one_of.length > 0 && goes_on(run, valid))
    valid = check_one_of(run, schema, value, place, evaluated) && valid;
  if (in->not_schema && goes_on(run, valid) && run_branch(run, in->not_schema, value, place, NULL))
    valid = schema_problem(run, schema, "not", value, place, "must not be as `not` describes");
  if (in->if_schema && goes_on(run, valid))
    valid = check_condition(run, in, value, place, evaluated) && valid;
  if (in->dependents_length > 0 && value->type == JSON_OBJECT && goes_on(run, valid))
    valid = check_dependents(run, in, value, place, evaluated) && valid;
  return valid;
}

/* --- one schema */

static bool type_fits(unsigned types, const struct json *value)
{
  if (types & 1U << value->type) return true;
  return value->type == JSON_REAL && types & 1 << JSON_INTEGER && schema_is_whole(value);
}

static bool choice_fits(struct schema_run *run, const struct schema *schema,
                        const struct json *value)
{
  if (schema->constant && !schema_equal(run, value, schema->constant)) return false;
  if (!schema->values) return true;
  for (uint32_t i = 0; i < schema->values->length; i++)
    if (schema_equal(run, value, &schema->values->items[i])) return true;
  return false;
}

static bool check_kind(struct schema_run *run, const struct schema *schema,
                       const struct json *value, const struct schema_place *place,
                       struct schema_evaluated *evaluated)
{
  bool valid = true;
  switch (value->type) {
  case JSON_STRING:
    if (schema->string) valid = check_string(run, schema, value, place);
    break;
  case JSON_INTEGER:
  case JSON_REAL:
    if (schema->number) valid = check_number(run, schema, value, place);
    break;
  case JSON_ARRAY:
    if (schema->array) valid = check_array(run, schema, value, place, evaluated);
    break;
  case JSON_OBJECT:
    if (schema->object) valid = check_object(run, schema, value, place, evaluated);
    break;
  default:
    break;
  }
  if (schema->in_place && goes_on(run, valid))
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
  for (uint32_t i = 0; i < value->length && goes_on(run, valid); i++) {
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
  if (goes_on(run, valid)) valid = check_rest(run, schema, rest, value, place, &evaluated, valid);
  schema_evaluated_deinit(&evaluated);
  if (outer) outer->all = true; /* if it is valid, everything has been looked at */
  return valid;
}

static bool check(struct schema_run *run, const struct schema *schema, const struct json *value,
                  const struct schema_place *place, struct schema_evaluated *evaluated)
{
  if (!type_fits(schema->types, value))
    return schema_problem_type(run, schema, schema->types, "type", value, place);
  if ((schema->constant || schema->values) && !choice_fits(run, schema, value))
    return schema_problem_choice(run, schema, value, place);
  const struct schema *rest = NULL;
  if (value->type == JSON_OBJECT) rest = schema->unevaluated_properties;
  if (value->type == JSON_ARRAY) rest = schema->unevaluated_items;
  if (rest) return check_evaluating(run, schema, rest, value, place, evaluated);
  return check_kind(run, schema, value, place, evaluated);
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
  struct schema_scope scope = {run->scope, schema->resource};
  if (scope.up && scope.up->resource != schema->resource) run->scope = &scope;
  bool valid = check(run, schema, value, place, evaluated);
  run->scope = scope.up;
  run->secret -= schema->secret;
  run->depth--;
  return valid;
}

bool schema_valid(const struct schema *schema, const struct json *value,
                  struct schema_problems *problems)
{
  struct schema_scope scope = {NULL, schema->resource};
  struct schema_run run = {.problems = problems, .steps = STEPS_MAX};
  if (schema->set->dynamics) run.scope = &scope;
  size_t before = problems ? problems->count : 0;
  bool valid = schema_run(&run, schema, value, NULL, NULL);
  if (!run.exhausted) return valid;
  if (problems) problems->count = before;
  return schema_problem(&run, schema, "", value, NULL, "is too large or too complex to be checked");
}
