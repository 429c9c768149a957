/* What can be said of a schema without a value: the types it declares, the fields of its objects,
 * and whether anything can satisfy it at all. */
#include "base/memory.h"
#include "schema/program.h"

static unsigned types_of_list(const struct schema_list *list)
{
  unsigned types = 0;
  for (uint32_t i = 0; i < list->length; i++) types |= schema_declared_types(list->items[i]);
  return types;
}

static unsigned with_numbers(unsigned types)
{
  return types & 1 << JSON_REAL ? types | 1 << JSON_INTEGER : types;
}

static unsigned types_of_values(const struct schema *schema)
{
  unsigned types = TYPES_ALL;
  if (schema->constant) types = 1U << schema->constant->type;
  if (!schema->values) return with_numbers(types);
  unsigned any = 0;
  for (uint32_t i = 0; i < schema->values->length; i++) any |= 1U << schema->values->items[i].type;
  return with_numbers(types) & with_numbers(any);
}

unsigned schema_declared_types(const struct schema *schema)
{
  const struct schema_in_place *in = schema->in_place;
  unsigned types = schema->types & types_of_values(schema);
  if (!in) return types;
  if (in->ref) types &= schema_declared_types(in->ref);
  if (in->dynamic_ref) types &= schema_declared_types(in->dynamic_ref);
  for (uint32_t i = 0; i < in->all_of.length; i++)
    types &= schema_declared_types(in->all_of.items[i]);
  if (in->any_of.length > 0) types &= types_of_list(&in->any_of);
  if (in->one_of.length > 0) types &= types_of_list(&in->one_of);
  return types;
}

bool schema_declares(const struct schema *schema, struct text name)
{
  const struct schema_property *property =
      schema->object ? schema_property_find(schema->object, name) : NULL;
  if (property && property->schema) return true;
  uint32_t cursor = 0;
  for (struct schema *inner; (inner = schema_in_place_next(schema, &cursor));)
    if (schema_declares(inner, name)) return true;
  return false;
}

const struct json *schema_closing(const struct schema *schema, const struct source **source)
{
  static const char *const keywords[] = {"additionalProperties", "unevaluatedProperties"};
  for (size_t i = 0; i < 2; i++) {
    const struct json *said = json_get(schema->value, keywords[i]);
    if (!said || said->type != JSON_BOOLEAN || said->boolean) continue;
    *source = schema->resource->document->source;
    return said;
  }
  const struct schema_in_place *in = schema->in_place;
  const struct json *found = NULL;
  uint32_t cursor = 0;
  for (struct schema *inner; !found && (inner = schema_in_place_next(schema, &cursor));)
    if (inner != in->not_schema && inner != in->if_schema) found = schema_closing(inner, source);
  return found;
}

/* --- schemas that must all hold */

/* Schemas that apply to one value together, each once. */
struct together {
  const struct schema **items;
  size_t length, capacity;
};

static void together_add(struct together *set, const struct schema *schema)
{
  for (size_t i = 0; i < set->length; i++)
    if (set->items[i] == schema) return;
  if (set->length == set->capacity) {
    set->capacity = set->capacity > 0 ? 2 * set->capacity : 8;
    set->items = memory_resize(set->items, set->capacity * sizeof *set->items);
  }
  set->items[set->length++] = schema;
  const struct schema_in_place *in = schema->in_place;
  if (!in) return;
  if (in->ref) together_add(set, in->ref);
  if (in->dynamic_ref) together_add(set, in->dynamic_ref);
  for (uint32_t i = 0; i < in->all_of.length; i++) together_add(set, in->all_of.items[i]);
}

static struct together together_with(const struct together *set, const struct schema *more)
{
  struct together copy = {0};
  for (size_t i = 0; set && i < set->length; i++) together_add(&copy, set->items[i]);
  if (more) together_add(&copy, more);
  return copy;
}

/* False only if the schema leaves a member of this name to its own unevaluatedProperties. */
static bool may_evaluate(const struct schema *schema, struct text name)
{
  const struct schema_object *object = schema->object;
  const struct schema_property *property = object ? schema_property_find(object, name) : NULL;
  if (property && property->schema) return true;
  if (object && (object->patterns_length > 0 || object->additional)) return true;
  uint32_t cursor = 0;
  for (struct schema *inner; (inner = schema_in_place_next(schema, &cursor));)
    if (inner->unevaluated_properties || may_evaluate(inner, name)) return true;
  return false;
}

/* The schemas of a member of this name. */
static struct together together_member(const struct together *set, struct text name)
{
  struct together member = {0};
  for (size_t i = 0; i < set->length; i++) {
    const struct schema *schema = set->items[i];
    const struct schema_object *object = schema->object;
    const struct schema_property *property = object ? schema_property_find(object, name) : NULL;
    bool plain = object && object->patterns_length == 0 && !(property && property->schema);
    if (property && property->schema) together_add(&member, property->schema);
    if (plain && object->additional) together_add(&member, object->additional);
    if (schema->unevaluated_properties && !may_evaluate(schema, name))
      together_add(&member, schema->unevaluated_properties);
  }
  return member;
}

/* The schemas of the element at this index. */
static struct together together_element(const struct together *set, uint32_t index)
{
  struct together element = {0};
  for (size_t i = 0; i < set->length; i++) {
    const struct schema_array *array = set->items[i]->array;
    const struct schema *item = !array                         ? NULL
                                : index < array->prefix_length ? array->prefix[index]
                                                               : array->items;
    if (item) together_add(&element, item);
  }
  return element;
}

/* --- fields */

static const struct json *values_of(const struct together *set)
{
  for (size_t i = 0; i < set->length; i++)
    if (set->items[i]->values) return set->items[i]->values;
  return NULL;
}

static unsigned public_types(unsigned types)
{
  return types != TYPES_ALL && types & 1 << JSON_REAL ? types & ~(1U << JSON_INTEGER) : types;
}

static unsigned types_of(const struct together *set)
{
  unsigned types = TYPES_ALL;
  for (size_t i = 0; i < set->length; i++) types &= schema_declared_types(set->items[i]);
  return types;
}

static unsigned types_of_elements(const struct together *set)
{
  uint32_t last = 0; /* those from here on have the same schemas */
  unsigned types = 0;
  for (size_t i = 0; i < set->length; i++)
    if (set->items[i]->array && set->items[i]->array->prefix_length > last)
      last = set->items[i]->array->prefix_length;
  for (uint32_t i = 0; i <= last; i++) {
    struct together element = together_element(set, i);
    types |= types_of(&element);
    memory_free(element.items);
  }
  return types;
}

static void find_initial(const struct together *set, struct schema_field *field)
{
  for (size_t i = 0; i < set->length && !field->initial; i++)
    field->initial = json_get(set->items[i]->value, "default");
  field->initial_fits = field->initial != NULL;
  for (size_t i = 0; i < set->length && field->initial_fits; i++)
    field->initial_fits = schema_valid(set->items[i], field->initial, NULL);
}

static void describe(const struct together *all, struct text name, struct schema_field *field)
{
  struct together set = together_member(all, name);
  *field = (struct schema_field){.name = name,
                                 .types = public_types(types_of(&set)),
                                 .element_types = public_types(types_of_elements(&set)),
                                 .values = values_of(&set)};
  find_initial(&set, field);
  for (size_t i = 0; i < set.length; i++) field->password = field->password || set.items[i]->secret;
  for (size_t i = 0; i < all->length; i++) {
    const struct schema_object *object = all->items[i]->object;
    const struct schema_property *property = object ? schema_property_find(object, name) : NULL;
    if (property && property->required > 0) field->required = true;
  }
  memory_free(set.items);
}

void schema_fields(const struct schema *schema, struct arena *arena, struct schema_field **fields,
                   size_t *count)
{
  struct together all = together_with(NULL, schema);
  size_t most = 0;
  for (size_t i = 0; i < all.length; i++)
    most += all.items[i]->object ? all.items[i]->object->length : 0;
  *fields = arena_new_array(arena, most, sizeof **fields);
  *count = 0;
  for (size_t i = 0; i < all.length; i++) {
    const struct schema_object *object = all.items[i]->object;
    for (uint32_t p = 0; object && p < object->length; p++) {
      bool known = !object->properties[p].schema;
      for (size_t f = 0; f < *count && !known; f++)
        known = text_equal((*fields)[f].name, object->properties[p].name);
      if (!known) describe(&all, object->properties[p].name, &(*fields)[(*count)++]);
    }
  }
  memory_free(all.items);
}

/* --- satisfiable */

enum { LOOK_DEPTH_MAX = 6, ELEMENTS_LOOKED_AT = 8 };

static bool can_hold(const struct together *set, unsigned depth);

static bool has_number(const struct together *set, bool integer)
{
  const struct json *low = NULL, *high = NULL; /* the tightest */
  bool low_open = false, high_open = false;
  for (size_t i = 0; i < set->length; i++) {
    const struct schema_number *n = set->items[i]->number;
    if (!n) continue;
    const struct json *lows[] = {n->minimum, n->exclusive_minimum};
    const struct json *highs[] = {n->maximum, n->exclusive_maximum};
    for (int open = 0; open < 2; open++) {
      int order = lows[open] && low ? schema_compare_numbers(lows[open], low) : 1;
      if (lows[open] && (order > 0 || (order == 0 && open))) low = lows[open], low_open = open;
      order = highs[open] && high ? schema_compare_numbers(highs[open], high) : -1;
      if (highs[open] && (order < 0 || (order == 0 && open))) high = highs[open], high_open = open;
    }
  }
  if (!low || !high) return true;
  int order = schema_compare_numbers(low, high);
  if (order > 0 || (order == 0 && (low_open || high_open))) return false;
  if (!integer || low->type != JSON_INTEGER || high->type != JSON_INTEGER) return true;
  int64_t first = low->integer, last = high->integer;
  if (low_open && __builtin_add_overflow(first, 1, &first)) return false;
  if (high_open && __builtin_sub_overflow(last, 1, &last)) return false;
  return first <= last;
}

static bool has_string(const struct together *set)
{
  uint32_t least = 0, most = NO_LIMIT;
  for (size_t i = 0; i < set->length; i++) {
    const struct schema_string *string = set->items[i]->string;
    if (string && string->length_min > least) least = string->length_min;
    if (string && string->length_max < most) most = string->length_max;
  }
  return least <= most;
}

static bool has_array(const struct together *set, unsigned depth)
{
  uint32_t least = 0, most = NO_LIMIT;
  for (size_t i = 0; i < set->length; i++) {
    const struct schema_array *array = set->items[i]->array;
    if (!array) continue;
    if (array->items_min > least) least = array->items_min;
    if (array->items_max < most) most = array->items_max;
    if (array->contains && array->contains_min > least) least = array->contains_min;
    if (array->contains && array->contains_min > array->contains_max) most = 0, least = 1;
  }
  bool possible = least <= most;
  for (uint32_t i = 0; i < least && i < ELEMENTS_LOOKED_AT && possible; i++) {
    struct together element = together_element(set, i);
    possible = can_hold(&element, depth + 1);
    memory_free(element.items);
  }
  return possible;
}

/* Whether an earlier one of the set requires the name as well. */
static bool required_before(const struct together *set, size_t end, struct text name)
{
  for (size_t i = 0; i < end; i++) {
    const struct schema_object *object = set->items[i]->object;
    const struct schema_property *property = object ? schema_property_find(object, name) : NULL;
    if (property && property->required > 0) return true;
  }
  return false;
}

static bool can_have(const struct together *set, struct text name, unsigned depth)
{
  struct json key = json_string(name);
  for (size_t i = 0; i < set->length; i++) {
    const struct schema_object *object = set->items[i]->object;
    if (object && object->names && !schema_valid(object->names, &key, NULL)) return false;
  }
  struct together member = together_member(set, name);
  bool possible = can_hold(&member, depth + 1);
  memory_free(member.items);
  return possible;
}

static bool has_object(const struct together *set, unsigned depth)
{
  uint32_t least = 0, most = NO_LIMIT, required = 0;
  for (size_t i = 0; i < set->length; i++) {
    const struct schema_object *object = set->items[i]->object;
    if (!object) continue;
    if (object->properties_min > least) least = object->properties_min;
    if (object->properties_max < most) most = object->properties_max;
    for (uint32_t p = 0; p < object->length; p++) {
      const struct schema_property *property = &object->properties[p];
      if (property->required == 0 || required_before(set, i, property->name)) continue;
      if (!can_have(set, property->name, depth)) return false;
      required++;
    }
  }
  return least <= most && required <= most;
}

/* Where an enum or a const lists all that there is, the values are simply tried. */
static bool has_choice(const struct together *set, bool *listed)
{
  for (size_t i = 0; i < set->length; i++) {
    const struct schema *schema = set->items[i];
    const struct json *values = schema->constant ? schema->constant
                                : schema->values ? schema->values->items
                                                 : NULL;
    if (!schema->constant && !schema->values) continue;
    uint32_t count = schema->constant ? 1 : schema->values->length;
    *listed = true;
    for (uint32_t v = 0; v < count; v++) {
      bool fits = true;
      for (size_t n = 0; n < set->length && fits; n++)
        fits = schema_valid(set->items[n], &values[v], NULL);
      if (fits) return true;
    }
    return false;
  }
  return false;
}

static bool some_branch_holds(const struct together *set, const struct schema_list *list,
                              unsigned depth)
{
  bool found = list->length == 0;
  for (uint32_t i = 0; i < list->length && !found; i++) {
    struct together with = together_with(set, list->items[i]);
    found = with.length == set->length || can_hold(&with, depth + 1);
    memory_free(with.items);
  }
  return found;
}

static bool branches_hold(const struct together *set, unsigned depth)
{
  for (size_t i = 0; i < set->length; i++) {
    const struct schema_in_place *in = set->items[i]->in_place;
    if (!in) continue;
    if (in->not_schema && in->not_schema->always) return false;
    if (!some_branch_holds(set, &in->any_of, depth)) return false;
    if (!some_branch_holds(set, &in->one_of, depth)) return false;
  }
  return true;
}

/* False only if no value can satisfy all of the set. */
static bool can_hold(const struct together *set, unsigned depth)
{
  if (depth > LOOK_DEPTH_MAX) return true;
  for (size_t i = 0; i < set->length; i++)
    if (set->items[i]->never) return false;
  unsigned types = types_of(set);
  bool listed = false, choice = has_choice(set, &listed);
  if (listed) return choice;
  bool integer = types & 1 << JSON_INTEGER && !(types & 1 << JSON_REAL);
  bool possible = (types & (1 << JSON_NULL | 1 << JSON_BOOLEAN)) != 0 ||
                  (types & TYPES_NUMBER && has_number(set, integer)) ||
                  (types & 1 << JSON_STRING && has_string(set)) ||
                  (types & 1 << JSON_ARRAY && has_array(set, depth)) ||
                  (types & 1 << JSON_OBJECT && has_object(set, depth));
  return possible && branches_hold(set, depth);
}

bool schema_satisfiable(const struct schema *schema)
{
  struct together set = together_with(NULL, schema);
  bool possible = can_hold(&set, 0);
  memory_free(set.items);
  return possible;
}
