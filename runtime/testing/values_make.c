/* A value for one place: alternatives are taken, a type is chosen, the value is made and held
 * against all that was said; then another try. */
#include "testing/values_make.h"

static bool spend(struct making *making)
{
  if (making->values->steps == 0) return false;
  making->values->steps--;
  return true;
}

bool make_holds(const struct says *says, const struct json *value)
{
  if (says->never) return false;
  for (uint32_t i = 0; i < says->count; i++)
    if (!schema_valid(says->parts[i].schema, value, NULL)) return false;
  return true;
}

/* --- Alternatives --- */

static unsigned types_of(const struct says *says)
{
  struct says_limits limits;
  says_limits(says, false, &limits);
  return limits.types;
}

/* One of the list, of those whose type does not rule them out. */
static void take_one(struct making *making, struct says *says, const struct says_part *part,
                     const struct json *list)
{
  const struct schema *chosen = NULL;
  unsigned types = types_of(says);
  uint32_t count = 0;
  for (uint32_t i = 0; i < list->length; i++) {
    const struct json *one = &list->items[i];
    const struct schema *schema = says_schema(says, part, one, false);
    if (one->type == JSON_BOOLEAN && !one->boolean) continue;
    if (schema && !(schema_view(schema).types & types)) continue;
    if (dice_below(&making->values->dice, ++count) == 0) chosen = schema;
  }
  says_add(says, chosen, false);
  says->never |= count == 0;
}

static void take_keyword(struct making *making, struct says *says, const struct says_part *part,
                         const char *keyword, bool asks)
{
  const struct json *value = json_get(part->source, keyword);
  (void)making;
  if (!value) return;
  if (value->type == JSON_BOOLEAN && !value->boolean) says->never = true;
  says_add(says, says_schema(says, part, value, asks), false);
}

static void take_condition(struct making *making, struct says *says, const struct says_part *part)
{
  if (!json_get(part->source, "if")) return;
  if (dice_happens(&making->values->dice, 50)) {
    take_keyword(making, says, part, "if", true);
    take_keyword(making, says, part, "then", false);
  } else {
    take_keyword(making, says, part, "else", false);
  }
}

static bool has_name(const struct text *names, uint32_t count, struct text name)
{
  for (uint32_t i = 0; i < count; i++)
    if (text_equal(names[i], name)) return true;
  return false;
}

/* The schemas of members that will be there. */
static void take_dependents(struct making *making, struct says *says, const struct says_part *part)
{
  const struct json *dependents = json_get(part->source, "dependentSchemas");
  if (!dependents || dependents->type != JSON_OBJECT) return;
  uint32_t required_count, declared_count;
  struct text *required = says_required(says, false, &required_count);
  struct text *declared = says_declared(says, &declared_count);
  for (uint32_t i = 0; i < dependents->length; i++) {
    struct text name = json_text(&dependents->members[i].key);
    bool there = has_name(required, required_count, name) ||
                 (making->full && has_name(declared, declared_count, name));
    if (!there) continue;
    says_add(says, says_schema(says, part, &dependents->members[i].value, false), false);
  }
}

/* What is added may have alternatives again. */
static void take_alternatives(struct making *making, struct says *says)
{
  for (uint32_t i = 0; i < says->count && !says->never; i++) {
    struct says_part part = says->parts[i];
    const struct json *any = json_get(part.source, "anyOf"), *one = json_get(part.source, "oneOf");
    if (any && any->type == JSON_ARRAY) take_one(making, says, &part, any);
    if (one && one->type == JSON_ARRAY) take_one(making, says, &part, one);
    take_condition(making, says, &part);
    take_dependents(making, says, &part);
  }
}

/* --- What the author gives --- */

static void consider(struct making *making, const struct says *says, const struct json *value,
                     uint32_t *count, const struct json **chosen)
{
  if (make_holds(says, value) && dice_below(&making->values->dice, ++*count) == 0) *chosen = value;
}

static bool take_example(struct making *making, const struct says *says, struct json *value)
{
  const struct json *chosen = NULL;
  uint32_t count = 0;
  for (uint32_t i = 0; i < says->count; i++) {
    const struct json *examples = json_get(says->parts[i].source, "examples");
    const struct json *initial = json_get(says->parts[i].source, "default");
    for (uint32_t k = 0; examples && examples->type == JSON_ARRAY && k < examples->length; k++)
      consider(making, says, &examples->items[k], &count, &chosen);
    if (initial) consider(making, says, initial, &count, &chosen);
  }
  if (chosen) *value = *chosen;
  return chosen != NULL;
}

static bool take_listed(struct making *making, const struct says *says,
                        const struct says_limits *limits, struct json *value)
{
  const struct json *chosen = NULL;
  uint32_t count = 0;
  for (uint32_t i = 0; i < limits->listed_count; i++)
    consider(making, says, &limits->listed[i], &count, &chosen);
  if (chosen) *value = *chosen;
  return chosen != NULL;
}

/* --- Types --- */

/* The types that the keywords are about, where `type` itself leaves it open. */
static unsigned hinted_types(const struct says *says)
{
  static const struct {
    const char *keyword;
    unsigned types;
  } hints[] = {{"properties", 1U << JSON_OBJECT},
               {"required", 1U << JSON_OBJECT},
               {"minProperties", 1U << JSON_OBJECT},
               {"patternProperties", 1U << JSON_OBJECT},
               {"dependentRequired", 1U << JSON_OBJECT},
               {"additionalProperties", 1U << JSON_OBJECT},
               {"items", 1U << JSON_ARRAY},
               {"prefixItems", 1U << JSON_ARRAY},
               {"contains", 1U << JSON_ARRAY},
               {"minItems", 1U << JSON_ARRAY},
               {"uniqueItems", 1U << JSON_ARRAY},
               {"pattern", 1U << JSON_STRING},
               {"format", 1U << JSON_STRING},
               {"minLength", 1U << JSON_STRING},
               {"maxLength", 1U << JSON_STRING},
               {"minimum", 1U << JSON_INTEGER},
               {"maximum", 1U << JSON_INTEGER},
               {"multipleOf", 1U << JSON_INTEGER},
               {"exclusiveMinimum", 1U << JSON_INTEGER}};
  unsigned types = 0;
  for (uint32_t i = 0; i < says->count; i++)
    for (size_t k = 0; k < sizeof hints / sizeof *hints; k++)
      if (json_get(says->parts[i].source, hints[k].keyword)) types |= hints[k].types;
  return types;
}

/* `not` that says no more than a type. */
static unsigned refused_types(const struct says *says)
{
  unsigned refused = 0;
  for (uint32_t i = 0; i < says->count; i++) {
    const struct json *not_schema = json_get(says->parts[i].source, "not");
    if (!not_schema || not_schema->type != JSON_OBJECT || not_schema->length != 1) continue;
    const struct schema *schema = says_schema(says, &says->parts[i], not_schema, true);
    if (schema && json_get(not_schema, "type")) refused |= schema_view(schema).types;
  }
  return refused;
}

static enum json_type choose_type(struct making *making, const struct says *says, unsigned types)
{
  struct dice *dice = &making->values->dice;
  unsigned hinted = hinted_types(says) & types, something = types & ~(1U << JSON_NULL);
  if (hinted && dice_happens(dice, 85)) types = hinted;
  if (something && types & something && dice_happens(dice, 92)) types &= something;
  uint32_t count = 0;
  enum json_type chosen = JSON_NULL;
  for (unsigned type = JSON_NULL; type <= JSON_OBJECT; type++)
    if (types & 1U << type && dice_below(dice, ++count) == 0) chosen = (enum json_type)type;
  return chosen;
}

static bool make_type(struct making *making, const struct says *says,
                      const struct says_limits *limits, enum json_type type, struct json *value)
{
  switch (type) {
  case JSON_NULL:
    *value = json_null();
    return true;
  case JSON_BOOLEAN:
    *value = json_boolean(dice_happens(&making->values->dice, 50));
    return true;
  case JSON_INTEGER:
  case JSON_REAL:
    return make_number(making, limits, 1U << type, value);
  case JSON_STRING:
    return make_text(making, limits, value);
  case JSON_ARRAY:
    return make_array(making, says, limits, value);
  case JSON_OBJECT:
    return make_object(making, says, limits, value);
  }
  return false;
}

static bool make_once(struct making *making, const struct says *given, bool first,
                      struct json *value)
{
  struct says says = says_copy(given);
  struct says_limits limits;
  bool root = making->depth == 1;
  if (first && making->examples && !root && take_example(making, given, value)) return true;
  take_alternatives(making, &says);
  says_limits(&says, false, &limits);
  limits.types &= ~refused_types(&says);
  if (says.never) return false;
  if (limits.listed) return take_listed(making, &says, &limits, value);
  if (limits.types == 0) return false;
  return make_type(making, &says, &limits, choose_type(making, &says, limits.types), value);
}

bool make_place(struct making *making, const struct says *says, struct json *value)
{
  bool full = making->full, made = false;
  if (says->never || making->depth >= MAKE_DEPTH_MAX) return false;
  making->depth++;
  if (making->depth > MAKE_DEPTH_FULL) making->full = false;
  for (uint32_t i = 0; i < MAKE_TRIES && !made && spend(making); i++) {
    struct arena_mark mark = arena_mark(making->values->arena);
    made = make_once(making, says, i == 0, value) && make_holds(says, value);
    if (!made) arena_rewind(making->values->arena, mark);
  }
  making->full = full;
  making->depth--;
  return made;
}
