/* Assertions about one value, kind by kind: strings, numbers, arrays, objects. Members and elements
 * are handed to schema_run. */
#include "schema/program.h"

/* --- strings and numbers */

/* The value as a whole is not valid now, so it is said even where a branch is tried in silence. And
 * nothing else will be said. */
static bool gave_up(struct schema_run *run, const struct schema *schema, const char *keyword,
                    const struct json *value, const struct schema_place *place)
{
  struct schema_problems *problems = run->problems;
  run->problems = run->all_problems;
  run->exhausted = false;
  if (run->problems) run->problems->gave_up = schema_place_text(run, place);
  schema_problem(run, schema, keyword, value, place,
                 "is too long or too complex to be checked: its pattern gave up");
  run->problems = problems;
  run->exhausted = true;
  return false;
}

static bool check_pattern(struct schema_run *run, const struct schema *schema,
                          const struct json *value, const struct schema_place *place)
{
  const struct schema_pattern *pattern = schema->string->pattern;
  enum schema_match match = schema_pattern_match(run, schema->set, pattern, json_text(value));
  if (match == MATCH_YES) return true;
  if (match == MATCH_GAVE_UP) return gave_up(run, schema, "pattern", value, place);
  if (!run->problems) return false;
  struct buffer text = {0};
  schema_append_pattern(&text, pattern);
  return schema_problem(run, schema, "pattern", value, place, "must match the pattern %s%s",
                        schema_text(run, &text).data, schema_got(run, schema, value, place));
}

static bool check_length(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place)
{
  const struct schema_string *string = schema->string;
  uint32_t bytes = value->length;
  if (bytes <= string->length_max && bytes / 4 >= string->length_min) return true;
  if (!schema_spend(run, bytes / 64)) return false;
  size_t length = schema_characters(json_text(value));
  bool too_short = length < string->length_min;
  if (!too_short && length <= string->length_max) return true;
  if (!run->problems) return false;
  if (string->length_min == 1 && length == 0)
    return schema_problem(run, schema, "minLength", value, place, "must not be empty");
  uint32_t limit = too_short ? string->length_min : string->length_max;
  return schema_problem(run, schema, too_short ? "minLength" : "maxLength", value, place,
                        "must have at %s %u character%s%s", too_short ? "least" : "most", limit,
                        limit == 1 ? "" : "s", schema_has(run, schema, length, place));
}

bool schema_check_string(struct schema_run *run, const struct schema *schema,
                         const struct json *value, const struct schema_place *place)
{
  const struct schema_string *string = schema->string;
  bool valid = check_length(run, schema, value, place);
  if (string->format && schema_goes_on(run, valid)) {
    bool fits = schema_spend(run, value->length / 64) && string->format->valid(json_text(value));
    if (!fits && run->problems)
      schema_problem(run, schema, "format", value, place, "must be %s%s", string->format->noun,
                     schema_got(run, schema, value, place));
    valid = valid && fits;
  }
  if (string->pattern && schema_goes_on(run, valid))
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

bool schema_check_number(struct schema_run *run, const struct schema *schema,
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
    if (!schema_run_quietly(run, array->contains, &value->items[i], &element, NULL)) continue;
    count++;
    if (evaluated) schema_evaluated_add(run, evaluated, i, value->length);
  }
  bool too_few = count<array->contains_min, too_many = count> array->contains_max;
  if (!too_few && !too_many) return true;
  return schema_problem_contains(run, schema, !too_few, count, value, place);
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
  for (uint32_t i = 0; i < end && schema_goes_on(run, valid); i++) {
    struct schema_place element = {.up = place, .index = i};
    const struct schema *item = i < array->prefix_length ? array->prefix[i] : array->items;
    if (item->always && i >= array->prefix_length) break;
    if (item->never && i >= array->prefix_length)
      return schema_problem(run, schema, "items", value, place,
                            "must have at most %u item%s; has %u", i, i == 1 ? "" : "s",
                            value->length);
    valid = schema_run(run, item, &value->items[i], &element, NULL) && valid;
  }
  return valid;
}

bool schema_check_array(struct schema_run *run, const struct schema *schema,
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
  if (schema_goes_on(run, valid)) valid = check_items(run, schema, value, place) && valid;
  if (evaluated) {
    if (array->items) evaluated->all = true;
    for (uint32_t i = 0; i < array->prefix_length && i < value->length; i++)
      schema_evaluated_add(run, evaluated, i, value->length);
  }
  if (array->contains && schema_goes_on(run, valid))
    valid = check_contains(run, schema, value, place, evaluated) && valid;
  if (array->unique && schema_goes_on(run, valid))
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
  for (uint32_t i = 0; i < object->patterns_length && schema_goes_on(run, valid); i++) {
    enum schema_match match = schema_pattern_match(run, schema->set, object->patterns[i].pattern,
                                                   json_text(&member->key));
    if (match == MATCH_GAVE_UP) {
      run->naming++;
      valid = gave_up(run, schema, "patternProperties", &member->key, place);
      run->naming--;
    }
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
  if (object->patterns_length > 0 && schema_goes_on(run, valid))
    valid = check_member_patterns(run, schema, member, place, known) && valid;
  if (object->additional && !*known && schema_goes_on(run, valid)) {
    *known = true;
    if (object->additional->never)
      valid = schema_problem_unknown(run, schema, "additionalProperties", &member->value, place);
    else
      valid = schema_run(run, object->additional, &member->value, place, NULL) && valid;
  }
  if (object->names && schema_goes_on(run, valid)) {
    run->naming++;
    valid = schema_run(run, object->names, &member->key, place, NULL) && valid;
    run->naming--;
  }
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
  for (uint32_t i = 0; i < value->length && schema_goes_on(run, valid); i++) {
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
  if (missing > 0 && schema_goes_on(run, valid)) valid = report_missing(run, schema, value, place);
  return valid;
}

bool schema_check_object(struct schema_run *run, const struct schema *schema,
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
  if (schema_goes_on(run, valid))
    valid = check_members(run, schema, value, place, evaluated) && valid;
  if (object->dependent_required && schema_goes_on(run, valid))
    valid = check_dependent_required(run, schema, value, place) && valid;
  return valid;
}
