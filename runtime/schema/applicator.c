/* Keywords that hold or name other schemas: for members and elements, for the same value, or just
 * kept for later ($defs). */
#include "schema/keyword.h"

static struct schema_in_place *in_place_of(struct schema_at at)
{
  if (!at.schema->in_place)
    at.schema->in_place = arena_new(at.compiler->set->arena, sizeof *at.schema->in_place);
  return at.schema->in_place;
}

static bool is_schema(struct schema_at at, const struct json *value, const char *name)
{
  if (value->type == JSON_OBJECT || value->type == JSON_BOOLEAN) return true;
  schema_error(at.compiler, FINDING_SCHEMA_VALUE, at.schema->resource, value, NULL,
               "'%s' must be a schema (an object, true or false), not %s", name,
               schema_kind(value));
  return false;
}

static void list_value(struct schema_at at, const struct json *value, bool child,
                       struct schema_list *list)
{
  if (value->type != JSON_ARRAY || value->length == 0) {
    schema_error(at.compiler, FINDING_SCHEMA_VALUE, at.schema->resource, value, NULL,
                 "'%s' must be an array of at least one schema", at.keyword->name);
    return;
  }
  struct schema **items = arena_new_array(at.compiler->set->arena, value->length, sizeof *items);
  for (uint32_t i = 0; i < value->length; i++) {
    if (!is_schema(at, &value->items[i], at.keyword->name)) return;
    items[i] = child ? schema_child(at.compiler, &value->items[i], at.schema)
                     : schema_node(at.compiler, &value->items[i], at.schema->resource);
  }
  *list = (struct schema_list){items, value->length};
}

static bool map_value(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_OBJECT) {
    schema_must_be(at, value, "an object of schemas");
    return false;
  }
  for (uint32_t i = 0; i < value->length; i++)
    if (!is_schema(at, &value->members[i].value, value->members[i].key.string)) return false;
  return true;
}

static struct schema *child_value(struct schema_at at, const struct json *value)
{
  return is_schema(at, value, at.keyword->name) ? schema_child(at.compiler, value, at.schema)
                                                : NULL;
}

static struct schema *in_place_value(struct schema_at at, const struct json *value)
{
  return is_schema(at, value, at.keyword->name)
             ? schema_node(at.compiler, value, at.schema->resource)
             : NULL;
}

/* --- schemas of children */

static void compile_properties(struct schema_at at, const struct json *value)
{
  if (map_value(at, value)) schema_object_of(at)->properties_source = value;
}

static void compile_pattern_properties(struct schema_at at, const struct json *value)
{
  if (!map_value(at, value)) return;
  struct schema_object *object = schema_object_of(at);
  struct arena *arena = at.compiler->set->arena;
  object->patterns = arena_new_array(arena, value->length, sizeof *object->patterns);
  for (uint32_t i = 0; i < value->length; i++) {
    const struct json_member *member = &value->members[i];
    object->patterns[i].text = json_text(&member->key);
    object->patterns[i].pattern = schema_pattern_value(at, &member->key);
    object->patterns[i].schema = schema_child(at.compiler, &member->value, at.schema);
  }
  object->patterns_length = value->length;
}

static void compile_additional_properties(struct schema_at at, const struct json *value)
{
  schema_object_of(at)->additional = child_value(at, value);
}

static void compile_property_names(struct schema_at at, const struct json *value)
{
  schema_object_of(at)->names = child_value(at, value);
}

static void compile_prefix_items(struct schema_at at, const struct json *value)
{
  struct schema_list list = {NULL, 0};
  list_value(at, value, true, &list);
  schema_array_of(at)->prefix = list.items;
  schema_array_of(at)->prefix_length = list.length;
}

static void compile_items(struct schema_at at, const struct json *value)
{
  if (value->type == JSON_ARRAY)
    schema_error(at.compiler, FINDING_SCHEMA_ITEMS, at.schema->resource, value,
                 "use 'prefixItems' for a list of schemas",
                 "'items' must be one schema, not an array");
  else
    schema_array_of(at)->items = child_value(at, value);
}

static void compile_contains(struct schema_at at, const struct json *value)
{
  if (is_schema(at, value, at.keyword->name))
    schema_array_of(at)->contains = schema_question(at.compiler, value, at.schema);
}

static void compile_unevaluated_properties(struct schema_at at, const struct json *value)
{
  at.schema->unevaluated_properties = child_value(at, value);
}

static void compile_unevaluated_items(struct schema_at at, const struct json *value)
{
  at.schema->unevaluated_items = child_value(at, value);
}

/* --- schemas for the same value */

static void compile_all_of(struct schema_at at, const struct json *value)
{
  list_value(at, value, false, &in_place_of(at)->all_of);
}

static void compile_any_of(struct schema_at at, const struct json *value)
{
  list_value(at, value, false, &in_place_of(at)->any_of);
}

static void compile_one_of(struct schema_at at, const struct json *value)
{
  list_value(at, value, false, &in_place_of(at)->one_of);
}

static void compile_not(struct schema_at at, const struct json *value)
{
  if (is_schema(at, value, at.keyword->name))
    in_place_of(at)->not_schema = schema_question(at.compiler, value, at.schema);
}

static void compile_if(struct schema_at at, const struct json *value)
{
  in_place_of(at)->if_schema = in_place_value(at, value);
}

static void compile_then(struct schema_at at, const struct json *value)
{
  in_place_of(at)->then_schema = in_place_value(at, value);
}

static void compile_else(struct schema_at at, const struct json *value)
{
  in_place_of(at)->else_schema = in_place_value(at, value);
}

static void compile_dependent_schemas(struct schema_at at, const struct json *value)
{
  if (!map_value(at, value)) return;
  struct schema_in_place *in = in_place_of(at);
  in->dependents = arena_new_array(at.compiler->set->arena, value->length, sizeof *in->dependents);
  for (uint32_t i = 0; i < value->length; i++) {
    in->dependents[i].name = json_text(&value->members[i].key);
    in->dependents[i].schema =
        schema_node(at.compiler, &value->members[i].value, at.schema->resource);
  }
  in->dependents_length = value->length;
}

static void compile_ref(struct schema_at at, const struct json *value)
{
  struct text dynamic = {NULL, 0};
  if (value->type == JSON_STRING)
    in_place_of(at)->ref = schema_resolve(at.compiler, at.schema, value, &dynamic);
  else
    schema_must_be(at, value, "a string");
}

static void compile_dynamic_ref(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_STRING) {
    schema_must_be(at, value, "a string");
    return;
  }
  struct schema_in_place *in = in_place_of(at);
  struct schema_set *set = at.compiler->set;
  struct text name = {NULL, 0};
  in->dynamic_ref = schema_resolve(at.compiler, at.schema, value, &name);
  if (!name.data) return;
  struct schema_dynamic *dynamic = set->dynamics;
  while (dynamic && !(dynamic->flags == at.compiler->flags && text_equal(dynamic->name, name)))
    dynamic = dynamic->next;
  if (!dynamic) {
    dynamic = arena_new(at.compiler->set->arena, sizeof *dynamic);
    *dynamic = (struct schema_dynamic){set->dynamics, name, at.compiler->flags, NULL};
    set->dynamics = dynamic;
  }
  in->dynamic = dynamic;
}

static void compile_defs(struct schema_at at, const struct json *value)
{
  if (!map_value(at, value)) return;
  for (uint32_t i = 0; i < value->length; i++)
    (void)schema_node(at.compiler, &value->members[i].value, at.schema->resource);
}

static const struct schema_keyword keywords[] = {
    {"$defs", VOCABULARY_CORE, SHAPE_MAP, compile_defs},
    {"$dynamicRef", VOCABULARY_CORE, SHAPE_OTHER, compile_dynamic_ref},
    {"$ref", VOCABULARY_CORE, SHAPE_OTHER, compile_ref},
    {"additionalProperties", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_additional_properties},
    {"allOf", VOCABULARY_APPLICATOR, SHAPE_LIST, compile_all_of},
    {"anyOf", VOCABULARY_APPLICATOR, SHAPE_LIST, compile_any_of},
    {"contains", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_contains},
    {"dependentSchemas", VOCABULARY_APPLICATOR, SHAPE_MAP, compile_dependent_schemas},
    {"else", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_else},
    {"if", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_if},
    {"items", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_items},
    {"not", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_not},
    {"oneOf", VOCABULARY_APPLICATOR, SHAPE_LIST, compile_one_of},
    {"patternProperties", VOCABULARY_APPLICATOR, SHAPE_MAP, compile_pattern_properties},
    {"prefixItems", VOCABULARY_APPLICATOR, SHAPE_LIST, compile_prefix_items},
    {"properties", VOCABULARY_APPLICATOR, SHAPE_MAP, compile_properties},
    {"propertyNames", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_property_names},
    {"then", VOCABULARY_APPLICATOR, SHAPE_SCHEMA, compile_then},
    {"unevaluatedItems", VOCABULARY_UNEVALUATED, SHAPE_SCHEMA, compile_unevaluated_items},
    {"unevaluatedProperties", VOCABULARY_UNEVALUATED, SHAPE_SCHEMA, compile_unevaluated_properties},
};

const struct schema_keywords schema_applicators = {keywords, sizeof keywords / sizeof *keywords};
