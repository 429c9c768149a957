/* Arrays and objects. */
#include "testing/pattern_text.h"
#include "testing/values_make.h"

/* --- Arrays --- */

static bool has_equal(const struct json *items, uint32_t count, const struct json *value)
{
  for (uint32_t i = 0; i < count; i++)
    if (json_equal(&items[i], value)) return true;
  return false;
}

/* The schemas of `contains` hold for the first elements, so many as they ask for. */
static void add_contained(const struct says *says, uint32_t index, struct says *element)
{
  for (uint32_t i = 0; i < says->count; i++) {
    const struct json *contains = json_get(says->parts[i].source, "contains");
    const struct json *least = json_get(says->parts[i].source, "minContains");
    int64_t wanted = least && least->type == JSON_INTEGER ? least->integer : 1;
    if (!contains || index >= wanted) continue;
    if (contains->type == JSON_BOOLEAN && !contains->boolean) element->never = true;
    says_add(element, says_schema(says, &says->parts[i], contains, true), false);
  }
}

static uint32_t contained_least(const struct says *says)
{
  int64_t most = 0;
  for (uint32_t i = 0; i < says->count; i++) {
    const struct json *least = json_get(says->parts[i].source, "minContains");
    if (!json_get(says->parts[i].source, "contains")) continue;
    int64_t wanted = least && least->type == JSON_INTEGER ? least->integer : 1;
    if (wanted > most) most = wanted;
  }
  return most > 1000 ? 1000 : (uint32_t)most;
}

static bool make_element(struct making *making, const struct says *says, bool unique,
                         const struct json *before, uint32_t index, struct json *value)
{
  enum { UNIQUE_TRIES = 10 };
  struct says element;
  bool examples = making->examples, made = false;
  says_element(says, index, &element);
  add_contained(says, index, &element);
  for (int i = 0; i < UNIQUE_TRIES && !made; i++) {
    if (!make_place(making, &element, value)) break;
    made = !unique || !has_equal(before, index, value);
    making->examples = false;
  }
  making->examples = examples;
  return made;
}

bool make_elements(struct making *making, const struct says *says, bool unique, uint32_t count,
                   struct json *value)
{
  struct json *items = arena_new_array(making->values->arena, count + 1, sizeof *items);
  *value = (struct json){.type = JSON_ARRAY, .items = items};
  while (value->length < count &&
         make_element(making, says, unique, items, value->length, &items[value->length]))
    value->length++;
  return value->length == count;
}

bool make_array(struct making *making, const struct says *says, const struct says_limits *limits,
                struct json *value)
{
  enum { FULL = 2, MOST = 2000 };
  uint32_t least = limits->items_min, count = contained_least(says);
  if (count < least) count = least;
  if (making->full && count < FULL) count = FULL;
  if (making->full && count < limits->prefix_length) count = limits->prefix_length;
  if (count > limits->items_max) count = limits->items_max;
  if (count > MOST) return false;
  return make_elements(making, says, limits->unique, count, value) || value->length >= least;
}

/* --- Objects --- */

struct naming {
  struct making *making;
  const struct says *says;
  struct text *names;
  uint32_t count, capacity;
};

static bool is_named(const struct naming *naming, struct text name)
{
  for (uint32_t i = 0; i < naming->count; i++)
    if (text_equal(naming->names[i], name)) return true;
  return false;
}

static void add_name(struct naming *naming, struct text name)
{
  if (is_named(naming, name)) return;
  if (naming->count == naming->capacity) {
    naming->capacity = naming->capacity ? 2 * naming->capacity : 16;
    struct text *grown =
        arena_new_array(naming->making->values->arena, naming->capacity, sizeof *grown);
    if (naming->count > 0) memcpy(grown, naming->names, naming->count * sizeof *grown);
    naming->names = grown;
  }
  naming->names[naming->count++] = name;
}

/* Names that others bring along. */
static void add_dependents(struct naming *naming, struct text name)
{
  for (uint32_t i = 0; i < naming->says->count; i++) {
    const struct json *dependents = json_get(naming->says->parts[i].source, "dependentRequired");
    const struct json *wanted = json_get_text(dependents, name);
    for (uint32_t k = 0; wanted && wanted->type == JSON_ARRAY && k < wanted->length; k++)
      add_name(naming, json_text(&wanted->items[k]));
  }
}

static void add_name_of_pattern(struct naming *naming)
{
  struct values *values = naming->making->values;
  for (uint32_t i = 0; i < naming->says->count; i++) {
    const struct json *patterns = json_get(naming->says->parts[i].source, "patternProperties");
    if (!patterns || patterns->type != JSON_OBJECT || patterns->length == 0) continue;
    uint32_t which = dice_below(&values->dice, patterns->length);
    const struct pattern_text *pattern =
        pattern_text_of(values, json_text(&patterns->members[which].key));
    struct text name;
    if (pattern && pattern_text_make(values, pattern, 0, 12, &name)) add_name(naming, name);
  }
}

/* A name for a member that nothing describes; propertyNames may want it to be of some pattern. */
static void add_free_name(struct naming *naming, uint32_t number)
{
  struct values *values = naming->making->values;
  struct text name = arena_print(values->arena, "m%u", number);
  for (uint32_t i = 0; i < naming->says->count; i++) {
    const struct says_part *part = &naming->says->parts[i];
    const struct json *names = json_get(part->source, "propertyNames");
    if (!names || names->type != JSON_OBJECT) continue;
    struct says said;
    struct json value;
    struct making making = {.values = values, .depth = naming->making->depth};
    says_init(&said, values);
    says_add(&said, says_schema(naming->says, part, names, false), true);
    if (make_place(&making, &said, &value) && value.type == JSON_STRING) name = json_text(&value);
  }
  add_name(naming, name);
}

/* More names until there are enough. */
static void add_until(struct naming *naming, uint32_t least)
{
  uint32_t declared_count;
  struct text *declared = says_declared(naming->says, &declared_count);
  for (uint32_t i = 0; i < declared_count && naming->count < least; i++)
    add_name(naming, declared[i]);
  for (uint32_t i = 0; i < least && naming->count < least; i++) add_name_of_pattern(naming);
  for (uint32_t i = 0; i < 2 * least && naming->count < least && !naming->says->closed; i++)
    add_free_name(naming, i);
}

/* First the names that must be there; *required says how many those are. */
static void choose_names(struct naming *naming, const struct says_limits *limits,
                         uint32_t *required)
{
  struct making *making = naming->making;
  uint32_t count;
  struct text *names = says_required(naming->says, false, &count);
  for (uint32_t i = 0; i < count; i++) add_name(naming, names[i]);
  for (uint32_t i = 0; i < naming->count; i++) add_dependents(naming, naming->names[i]);
  *required = naming->count;
  if (making->full) {
    names = says_declared(naming->says, &count);
    for (uint32_t i = 0; i < count && naming->count < limits->members_max; i++)
      if (!dice_happens(&making->values->dice, making->drops)) add_name(naming, names[i]);
    if (naming->count < limits->members_max) add_name_of_pattern(naming);
    for (uint32_t i = *required; i < naming->count; i++) add_dependents(naming, naming->names[i]);
  }
  if (limits->members_min < 1000) add_until(naming, limits->members_min);
}

bool make_object(struct making *making, const struct says *says, const struct says_limits *limits,
                 struct json *value)
{
  struct naming naming = {.making = making, .says = says};
  struct json_builder members = {0};
  const struct json *fixed = making->depth == 1 ? making->fixed : NULL;
  uint32_t required;
  for (uint32_t i = 0; fixed && i < fixed->length; i++)
    json_builder_add(&members, making->values->arena, json_text(&fixed->members[i].key),
                     fixed->members[i].value);
  choose_names(&naming, limits, &required);
  for (uint32_t i = 0; i < naming.count; i++) {
    struct says member;
    struct json made;
    if (json_get_text(fixed, naming.names[i])) continue;
    says_member(says, naming.names[i], &member);
    if (make_place(making, &member, &made))
      json_builder_add(&members, making->values->arena, naming.names[i], made);
    else if (i < required)
      return false;
  }
  *value = json_builder_object(&members);
  return true;
}
