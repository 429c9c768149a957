/* One function per kind of keyword: looks at the keyword's value and writes what it means into the
 * schema. The table at the end is the whole language: what is not in it is unknown. */
#include <stdlib.h>

#include "contract/schema_internal.h"

struct at { /* what every function here gets */
  struct schema_compiler *compiler;
  struct schema *schema;
  const struct schema_keyword *keyword;
};
#define AT                                                                                         \
  (struct at)                                                                                      \
  {                                                                                                \
    compiler, schema, keyword                                                                      \
  }
#define PARAMETERS                                                                                 \
  struct schema_compiler *compiler, struct schema *schema, const struct schema_keyword *keyword,   \
      const struct json *value

static const char *kind(const struct json *value)
{
  static const char *const kinds[] = {
      [JSON_NULL] = "null",       [JSON_BOOLEAN] = "a boolean", [JSON_INTEGER] = "an integer",
      [JSON_REAL] = "a number",   [JSON_STRING] = "a string",   [JSON_ARRAY] = "an array",
      [JSON_OBJECT] = "an object"};
  return kinds[value->type];
}

static void must_be(struct at at, const struct json *value, const char *what)
{
  schema_error(at.compiler, at.schema->resource, value, NULL, "'%s' must be %s, not %s",
               at.keyword->name, what, kind(value));
}

static void *make(struct at at, size_t bytes)
{
  return arena_new(at.compiler->set->arena, bytes);
}

static struct schema_string *string_of(struct at at)
{
  if (!at.schema->string) {
    at.schema->string = make(at, sizeof *at.schema->string);
    at.schema->string->length_max = NO_LIMIT;
  }
  return at.schema->string;
}

static struct schema_number *number_of(struct at at)
{
  if (!at.schema->number) at.schema->number = make(at, sizeof *at.schema->number);
  return at.schema->number;
}

static struct schema_array *array_of(struct at at)
{
  if (!at.schema->array) {
    at.schema->array = make(at, sizeof *at.schema->array);
    at.schema->array->items_max = at.schema->array->contains_max = NO_LIMIT;
    at.schema->array->contains_min = 1;
  }
  return at.schema->array;
}

static struct schema_object *object_of(struct at at)
{
  if (!at.schema->object) {
    at.schema->object = make(at, sizeof *at.schema->object);
    at.schema->object->properties_max = NO_LIMIT;
  }
  return at.schema->object;
}

static struct schema_in_place *in_place_of(struct at at)
{
  if (!at.schema->in_place) at.schema->in_place = make(at, sizeof *at.schema->in_place);
  return at.schema->in_place;
}

/* --- values of keywords */

static bool is_schema(struct at at, const struct json *value, const char *name)
{
  if (value->type == JSON_OBJECT || value->type == JSON_BOOLEAN) return true;
  schema_error(at.compiler, at.schema->resource, value, NULL,
               "'%s' must be a schema (an object, true or false), not %s", name, kind(value));
  return false;
}

static bool count_value(struct at at, const struct json *value, uint32_t *count)
{
  double number = value->type == JSON_INTEGER ? (double)value->integer
                  : value->type == JSON_REAL  ? value->real
                                              : -1;
  if (number < 0 || !schema_is_whole(value)) {
    must_be(at, value, "a whole number of at least 0");
    return false;
  }
  *count = number < (double)NO_LIMIT ? (uint32_t)number : NO_LIMIT;
  return true;
}

static bool strings_value(struct at at, const struct json *value, const char *name)
{
  bool valid = value->type == JSON_ARRAY;
  for (uint32_t i = 0; valid && i < value->length; i++) {
    valid = value->items[i].type == JSON_STRING;
    for (uint32_t j = 0; valid && j < i; j++) {
      if (!text_equal(json_text(&value->items[i]), json_text(&value->items[j]))) continue;
      schema_error(at.compiler, at.schema->resource, &value->items[i], "list each name once",
                   "'%s' lists '%s' twice", name, value->items[i].string);
      return false;
    }
  }
  if (!valid)
    schema_error(at.compiler, at.schema->resource, value, NULL, "'%s' must be an array of strings",
                 name);
  return valid;
}

static struct text index_key(struct at at, uint32_t index)
{
  return arena_print(at.compiler->set->arena, "%u", index);
}

static void list_value(struct at at, const struct json *value, bool child, struct schema_list *list)
{
  if (value->type != JSON_ARRAY || value->length == 0) {
    schema_error(at.compiler, at.schema->resource, value, NULL,
                 "'%s' must be an array of at least one schema", at.keyword->name);
    return;
  }
  struct schema **items = arena_new_array(at.compiler->set->arena, value->length, sizeof *items);
  for (uint32_t i = 0; i < value->length; i++) {
    if (!is_schema(at, &value->items[i], at.keyword->name)) return;
    struct text key = index_key(at, i);
    items[i] = child ? schema_child(at.compiler, &value->items[i], at.schema, at.keyword->name, key)
                     : schema_node(at.compiler, &value->items[i], at.schema->resource, at.schema,
                                   at.keyword->name, key);
  }
  *list = (struct schema_list){items, value->length};
}

static bool map_value(struct at at, const struct json *value)
{
  if (value->type != JSON_OBJECT) {
    must_be(at, value, "an object of schemas");
    return false;
  }
  for (uint32_t i = 0; i < value->length; i++)
    if (!is_schema(at, &value->members[i].value, value->members[i].key.string)) return false;
  return true;
}

static struct schema *child_value(struct at at, const struct json *value)
{
  static const struct text no_key = {NULL, 0};
  if (!is_schema(at, value, at.keyword->name)) return NULL;
  return schema_child(at.compiler, value, at.schema, at.keyword->name, no_key);
}

static struct schema *in_place_value(struct at at, const struct json *value)
{
  static const struct text no_key = {NULL, 0};
  if (!is_schema(at, value, at.keyword->name)) return NULL;
  return schema_node(at.compiler, value, at.schema->resource, at.schema, at.keyword->name, no_key);
}

/* --- validation */

static const struct {
  const char *name;
  unsigned mask;
} type_names[] = {
    {"null", 1 << JSON_NULL},     {"boolean", 1 << JSON_BOOLEAN}, {"integer", 1 << JSON_INTEGER},
    {"number", TYPES_NUMBER},     {"string", 1 << JSON_STRING},   {"array", 1 << JSON_ARRAY},
    {"object", 1 << JSON_OBJECT},
};
enum { TYPE_NAMES = sizeof type_names / sizeof *type_names };

static unsigned type_mask(struct at at, const struct json *value)
{
  const char *names[TYPE_NAMES];
  for (size_t i = 0; i < TYPE_NAMES; i++) {
    names[i] = type_names[i].name;
    if (json_is_string(value, names[i])) return type_names[i].mask;
  }
  if (value->type != JSON_STRING) {
    must_be(at, value, "the name of a type or an array of such names");
    return 0;
  }
  const char *near = text_suggestion(json_text(value), names, TYPE_NAMES);
  schema_error(at.compiler, at.schema->resource, value,
               "use null, boolean, integer, number, string, array or object",
               near ? "'%.60s' is not a type; did you mean '%s'?" : "'%.60s' is not a type",
               value->string, near);
  return 0;
}

static void compile_type(PARAMETERS)
{
  if (value->type != JSON_ARRAY) {
    schema->types = type_mask(AT, value);
    return;
  }
  if (value->length == 0) must_be(AT, value, "a type or an array of at least one type");
  schema->types = 0;
  for (uint32_t i = 0; i < value->length; i++) schema->types |= type_mask(AT, &value->items[i]);
}

static void compile_const(PARAMETERS)
{
  (void)compiler, (void)keyword;
  schema->constant = value;
}

static void compile_enum(PARAMETERS)
{
  bool empty = value->type == JSON_ARRAY && value->length == 0;
  if (value->type != JSON_ARRAY)
    must_be(AT, value, "an array");
  else if (empty && compiler->flags & SCHEMA_STRICT)
    must_be(AT, value, "an array of at least one value");
  schema->values = value;
}

static void compile_limit(PARAMETERS)
{
  if (value->type != JSON_INTEGER && value->type != JSON_REAL) {
    must_be(AT, value, "a number");
    return;
  }
  struct schema_number *number = number_of(AT);
  if (text_is(text_of(keyword->name), "minimum"))
    number->minimum = value;
  else if (text_is(text_of(keyword->name), "maximum"))
    number->maximum = value;
  else if (text_is(text_of(keyword->name), "exclusiveMinimum"))
    number->exclusive_minimum = value;
  else
    number->exclusive_maximum = value;
}

static void compile_multiple_of(PARAMETERS)
{
  bool positive = (value->type == JSON_INTEGER && value->integer > 0) ||
                  (value->type == JSON_REAL && value->real > 0);
  if (positive)
    number_of(AT)->multiple_of = value;
  else
    must_be(AT, value, "a number above 0");
}

static void compile_min_length(PARAMETERS)
{
  (void)count_value(AT, value, &string_of(AT)->length_min);
}

static void compile_max_length(PARAMETERS)
{
  (void)count_value(AT, value, &string_of(AT)->length_max);
}

static const struct schema_pattern *pattern_value(struct at at, const struct json *value)
{
  struct error error = {{0}};
  const struct schema_pattern *pattern =
      schema_pattern_new(at.compiler->set, json_text(value), &error);
  if (!pattern)
    schema_error(at.compiler, at.schema->resource, value,
                 "write it as in JavaScript with the 'u' flag", "the pattern is wrong: %s",
                 error.message);
  return pattern;
}

static void compile_pattern(PARAMETERS)
{
  if (value->type == JSON_STRING)
    string_of(AT)->pattern = pattern_value(AT, value);
  else
    must_be(AT, value, "a string");
}

static void compile_format(PARAMETERS)
{
  if (value->type != JSON_STRING) {
    must_be(AT, value, "a string");
    return;
  }
  bool asserts = !(compiler->flags & SCHEMA_FORMAT_ANNOTATES) ||
                 schema->resource->vocabularies & VOCABULARY_FORMAT_ASSERTION;
  const struct schema_format *format = schema_format_find(json_text(value));
  if (format && (asserts || schema_format_is_password(format))) {
    string_of(AT)->format = format;
    schema->secret = schema->secret || schema_format_is_password(format);
  }
  if (format || !(compiler->flags & SCHEMA_STRICT)) return;
  const char *near = schema_format_suggestion(json_text(value));
  schema_error(compiler, schema->resource, value, "docs/contract.md lists the formats",
               near ? "unknown format '%.60s'; did you mean '%s'?" : "unknown format '%.60s'",
               value->string, near);
}

static void compile_normalize(PARAMETERS)
{
  static const char *const names[] = {"trim", "lower", "upper"}; /* bits of schema_normalization */
  if (!strings_value(AT, value, keyword->name)) return;
  unsigned mask = 0;
  for (uint32_t i = 0; i < value->length; i++) {
    unsigned bit = 0;
    for (unsigned n = 0; n < 3; n++)
      if (json_is_string(&value->items[i], names[n])) bit = 1U << n;
    mask |= bit;
    if (bit) continue;
    const char *near = text_suggestion(json_text(&value->items[i]), names, 3);
    schema_error(compiler, schema->resource, &value->items[i], "use trim, lower or upper",
                 near ? "'%.60s' is not a normalization; did you mean '%s'?"
                      : "'%.60s' is not a normalization",
                 value->items[i].string, near);
  }
  if ((mask & NORMALIZE_LOWER) && (mask & NORMALIZE_UPPER))
    schema_error(compiler, schema->resource, value, "keep one of them",
                 "'normalize' cannot be both lower and upper");
  string_of(AT)->normalize = mask;
}

static void compile_min_items(PARAMETERS)
{
  (void)count_value(AT, value, &array_of(AT)->items_min);
}

static void compile_max_items(PARAMETERS)
{
  (void)count_value(AT, value, &array_of(AT)->items_max);
}

static void compile_unique_items(PARAMETERS)
{
  if (value->type == JSON_BOOLEAN)
    array_of(AT)->unique = value->boolean;
  else
    must_be(AT, value, "true or false");
}

static void compile_min_contains(PARAMETERS)
{
  (void)count_value(AT, value, &array_of(AT)->contains_min);
}

static void compile_max_contains(PARAMETERS)
{
  (void)count_value(AT, value, &array_of(AT)->contains_max);
}

static void compile_min_properties(PARAMETERS)
{
  (void)count_value(AT, value, &object_of(AT)->properties_min);
}

static void compile_max_properties(PARAMETERS)
{
  (void)count_value(AT, value, &object_of(AT)->properties_max);
}

static void compile_required(PARAMETERS)
{
  if (strings_value(AT, value, keyword->name)) object_of(AT)->required_source = value;
}

static void compile_dependent_required(PARAMETERS)
{
  if (value->type != JSON_OBJECT) {
    must_be(AT, value, "an object of arrays of names");
    return;
  }
  for (uint32_t i = 0; i < value->length; i++)
    if (!strings_value(AT, &value->members[i].value, value->members[i].key.string)) return;
  object_of(AT)->dependent_required = value;
}

/* --- schemas of children */

static void compile_properties(PARAMETERS)
{
  if (map_value(AT, value)) object_of(AT)->properties_source = value;
}

static void compile_pattern_properties(PARAMETERS)
{
  if (!map_value(AT, value)) return;
  struct schema_object *object = object_of(AT);
  struct arena *arena = compiler->set->arena;
  object->patterns = arena_new_array(arena, value->length, sizeof *object->patterns);
  for (uint32_t i = 0; i < value->length; i++) {
    const struct json_member *member = &value->members[i];
    object->patterns[i].text = json_text(&member->key);
    object->patterns[i].pattern = pattern_value(AT, &member->key);
    object->patterns[i].schema =
        schema_child(compiler, &member->value, schema, keyword->name, json_text(&member->key));
  }
  object->patterns_length = value->length;
}

static void compile_additional_properties(PARAMETERS)
{
  object_of(AT)->additional = child_value(AT, value);
}

static void compile_property_names(PARAMETERS)
{
  object_of(AT)->names = child_value(AT, value);
}

static void compile_prefix_items(PARAMETERS)
{
  struct schema_list list = {NULL, 0};
  list_value(AT, value, true, &list);
  array_of(AT)->prefix = list.items;
  array_of(AT)->prefix_length = list.length;
}

static void compile_items(PARAMETERS)
{
  if (value->type == JSON_ARRAY)
    schema_error(compiler, schema->resource, value, "use 'prefixItems' for a list of schemas",
                 "'items' must be one schema, not an array");
  else
    array_of(AT)->items = child_value(AT, value);
}

static void compile_contains(PARAMETERS)
{
  array_of(AT)->contains = child_value(AT, value);
}

static void compile_unevaluated_properties(PARAMETERS)
{
  schema->unevaluated_properties = child_value(AT, value);
}

static void compile_unevaluated_items(PARAMETERS)
{
  schema->unevaluated_items = child_value(AT, value);
}

/* --- schemas for the same value */

static void compile_all_of(PARAMETERS)
{
  list_value(AT, value, false, &in_place_of(AT)->all_of);
}
static void compile_any_of(PARAMETERS)
{
  list_value(AT, value, false, &in_place_of(AT)->any_of);
}
static void compile_one_of(PARAMETERS)
{
  list_value(AT, value, false, &in_place_of(AT)->one_of);
}
static void compile_not(PARAMETERS)
{
  in_place_of(AT)->not_schema = in_place_value(AT, value);
}
static void compile_if(PARAMETERS)
{
  in_place_of(AT)->if_schema = in_place_value(AT, value);
}
static void compile_then(PARAMETERS)
{
  in_place_of(AT)->then_schema = in_place_value(AT, value);
}
static void compile_else(PARAMETERS)
{
  in_place_of(AT)->else_schema = in_place_value(AT, value);
}

static void compile_dependent_schemas(PARAMETERS)
{
  if (!map_value(AT, value)) return;
  struct schema_in_place *in = in_place_of(AT);
  in->dependents = arena_new_array(compiler->set->arena, value->length, sizeof *in->dependents);
  for (uint32_t i = 0; i < value->length; i++) {
    struct text name = json_text(&value->members[i].key);
    in->dependents[i].name = name;
    in->dependents[i].schema = schema_node(compiler, &value->members[i].value, schema->resource,
                                           schema, keyword->name, name);
  }
  in->dependents_length = value->length;
}

static void compile_ref(PARAMETERS)
{
  struct text dynamic = {NULL, 0};
  if (value->type == JSON_STRING)
    in_place_of(AT)->ref = schema_resolve(compiler, schema, value, &dynamic);
  else
    must_be(AT, value, "a string");
}

static void compile_dynamic_ref(PARAMETERS)
{
  if (value->type != JSON_STRING) {
    must_be(AT, value, "a string");
    return;
  }
  struct schema_in_place *in = in_place_of(AT);
  struct schema_set *set = compiler->set;
  struct text name = {NULL, 0};
  in->dynamic_ref = schema_resolve(compiler, schema, value, &name);
  if (!name.data) return;
  struct schema_dynamic *dynamic = set->dynamics;
  while (dynamic && !(dynamic->flags == compiler->flags && text_equal(dynamic->name, name)))
    dynamic = dynamic->next;
  if (!dynamic) {
    dynamic = make(AT, sizeof *dynamic);
    *dynamic = (struct schema_dynamic){set->dynamics, name, compiler->flags, NULL};
    set->dynamics = dynamic;
  }
  in->dynamic = dynamic;
}

static void compile_defs(PARAMETERS)
{
  if (!map_value(AT, value)) return;
  for (uint32_t i = 0; i < value->length; i++)
    (void)schema_node(compiler, &value->members[i].value, schema->resource, schema, keyword->name,
                      json_text(&value->members[i].key));
}

static void compile_string(PARAMETERS)
{
  if (value->type != JSON_STRING) must_be(AT, value, "a string");
}

static void compile_boolean(PARAMETERS)
{
  if (value->type != JSON_BOOLEAN) must_be(AT, value, "true or false");
}

static void compile_array(PARAMETERS)
{
  if (value->type != JSON_ARRAY) must_be(AT, value, "an array");
}

static void compile_object(PARAMETERS)
{
  if (value->type != JSON_OBJECT) must_be(AT, value, "an object");
}

static void compile_nothing(PARAMETERS)
{
  (void)compiler, (void)schema, (void)keyword, (void)value;
}

/* Sorted by bytes. */
#define CORE        VOCABULARY_CORE
#define APPLICATOR  VOCABULARY_APPLICATOR
#define UNEVALUATED VOCABULARY_UNEVALUATED
#define VALIDATION  VOCABULARY_VALIDATION
#define ANNOTATION  VOCABULARY_ANNOTATION
static const struct schema_keyword keywords[] = {
    {"$anchor", CORE, SHAPE_OTHER, compile_string},
    {"$comment", CORE, SHAPE_OTHER, compile_string},
    {"$defs", CORE, SHAPE_MAP, compile_defs},
    {"$dynamicAnchor", CORE, SHAPE_OTHER, compile_string},
    {"$dynamicRef", CORE, SHAPE_OTHER, compile_dynamic_ref},
    {"$id", CORE, SHAPE_OTHER, compile_string},
    {"$ref", CORE, SHAPE_OTHER, compile_ref},
    {"$schema", CORE, SHAPE_OTHER, compile_string},
    {"$vocabulary", CORE, SHAPE_OTHER, compile_object},
    {"additionalProperties", APPLICATOR, SHAPE_SCHEMA, compile_additional_properties},
    {"allOf", APPLICATOR, SHAPE_LIST, compile_all_of},
    {"anyOf", APPLICATOR, SHAPE_LIST, compile_any_of},
    {"const", VALIDATION, SHAPE_OTHER, compile_const},
    {"contains", APPLICATOR, SHAPE_SCHEMA, compile_contains},
    {"contentEncoding", ANNOTATION, SHAPE_OTHER, compile_string},
    {"contentMediaType", ANNOTATION, SHAPE_OTHER, compile_string},
    {"contentSchema", ANNOTATION, SHAPE_SCHEMA, compile_nothing},
    {"default", ANNOTATION, SHAPE_OTHER, compile_nothing},
    {"dependentRequired", VALIDATION, SHAPE_OTHER, compile_dependent_required},
    {"dependentSchemas", APPLICATOR, SHAPE_MAP, compile_dependent_schemas},
    {"deprecated", ANNOTATION, SHAPE_OTHER, compile_boolean},
    {"description", ANNOTATION, SHAPE_OTHER, compile_string},
    {"else", APPLICATOR, SHAPE_SCHEMA, compile_else},
    {"enum", VALIDATION, SHAPE_OTHER, compile_enum},
    {"examples", ANNOTATION, SHAPE_OTHER, compile_array},
    {"exclusiveMaximum", VALIDATION, SHAPE_OTHER, compile_limit},
    {"exclusiveMinimum", VALIDATION, SHAPE_OTHER, compile_limit},
    {"format", ANNOTATION | VOCABULARY_FORMAT_ASSERTION, SHAPE_OTHER, compile_format},
    {"if", APPLICATOR, SHAPE_SCHEMA, compile_if},
    {"items", APPLICATOR, SHAPE_SCHEMA, compile_items},
    {"maxContains", VALIDATION, SHAPE_OTHER, compile_max_contains},
    {"maxItems", VALIDATION, SHAPE_OTHER, compile_max_items},
    {"maxLength", VALIDATION, SHAPE_OTHER, compile_max_length},
    {"maxProperties", VALIDATION, SHAPE_OTHER, compile_max_properties},
    {"maximum", VALIDATION, SHAPE_OTHER, compile_limit},
    {"minContains", VALIDATION, SHAPE_OTHER, compile_min_contains},
    {"minItems", VALIDATION, SHAPE_OTHER, compile_min_items},
    {"minLength", VALIDATION, SHAPE_OTHER, compile_min_length},
    {"minProperties", VALIDATION, SHAPE_OTHER, compile_min_properties},
    {"minimum", VALIDATION, SHAPE_OTHER, compile_limit},
    {"multipleOf", VALIDATION, SHAPE_OTHER, compile_multiple_of},
    {"normalize", VOCABULARY_WRIT, SHAPE_OTHER, compile_normalize},
    {"not", APPLICATOR, SHAPE_SCHEMA, compile_not},
    {"oneOf", APPLICATOR, SHAPE_LIST, compile_one_of},
    {"pattern", VALIDATION, SHAPE_OTHER, compile_pattern},
    {"patternProperties", APPLICATOR, SHAPE_MAP, compile_pattern_properties},
    {"prefixItems", APPLICATOR, SHAPE_LIST, compile_prefix_items},
    {"properties", APPLICATOR, SHAPE_MAP, compile_properties},
    {"propertyNames", APPLICATOR, SHAPE_SCHEMA, compile_property_names},
    {"readOnly", ANNOTATION, SHAPE_OTHER, compile_boolean},
    {"required", VALIDATION, SHAPE_OTHER, compile_required},
    {"then", APPLICATOR, SHAPE_SCHEMA, compile_then},
    {"title", ANNOTATION, SHAPE_OTHER, compile_string},
    {"type", VALIDATION, SHAPE_OTHER, compile_type},
    {"unevaluatedItems", UNEVALUATED, SHAPE_SCHEMA, compile_unevaluated_items},
    {"unevaluatedProperties", UNEVALUATED, SHAPE_SCHEMA, compile_unevaluated_properties},
    {"uniqueItems", VALIDATION, SHAPE_OTHER, compile_unique_items},
    {"writeOnly", ANNOTATION, SHAPE_OTHER, compile_boolean},
};
enum { KEYWORDS = sizeof keywords / sizeof *keywords };

static int compare_keyword(const void *name, const void *keyword)
{
  return text_compare(*(const struct text *)name,
                      text_of(((const struct schema_keyword *)keyword)->name));
}

const struct schema_keyword *schema_keyword_find(struct text name)
{
  return bsearch(&name, keywords, KEYWORDS, sizeof *keywords, compare_keyword);
}

static void refuse_unknown(struct schema_compiler *compiler, const struct schema *schema,
                           const struct json *key)
{
  /* What older drafts called otherwise. */
  static const struct {
    const char *old, *now;
  } renamed[] = {{"definitions", "$defs"},
                 {"dependencies", "dependentRequired"},
                 {"id", "$id"},
                 {"$recursiveRef", "$dynamicRef"},
                 {"$recursiveAnchor", "$dynamicAnchor"},
                 {"additionalItems", "items"},
                 {"nullable", "type"}};
  const char *names[KEYWORDS];
  for (size_t i = 0; i < KEYWORDS; i++) names[i] = keywords[i].name;
  const char *near = text_suggestion(json_text(key), names, KEYWORDS);
  for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
    if (json_is_string(key, renamed[i].old)) near = renamed[i].now;
  schema_error(compiler, schema->resource, key, NULL,
               near ? "unknown keyword '%.60s'; did you mean '%s'?" : "unknown keyword '%.60s'",
               key->string, near);
}

/* In a strict schema a keyword that only modifies another one must not stand alone. */
static void refuse_lonely(struct schema_compiler *compiler, const struct schema *schema)
{
  static const char *const pairs[][2] = {
      {"then", "if"}, {"else", "if"}, {"minContains", "contains"}, {"maxContains", "contains"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    const struct json *value = json_get(schema->value, pairs[i][0]);
    if (value && !json_get(schema->value, pairs[i][1]))
      schema_error(compiler, schema->resource, value, NULL, "'%s' has no effect without '%s'",
                   pairs[i][0], pairs[i][1]);
  }
}

void schema_compile_keywords(struct schema_compiler *compiler, struct schema *schema)
{
  const struct json *value = schema->value;
  bool strict = (compiler->flags & SCHEMA_STRICT) != 0;
  if (value->type == JSON_BOOLEAN) {
    schema->never = true; /* `true` has no schema of its own */
    return;
  }
  if (value->type != JSON_OBJECT) {
    schema_error(compiler, schema->resource, value, NULL,
                 "a schema must be an object, true or false, not %s", kind(value));
    return;
  }
  for (uint32_t i = 0; i < value->length; i++) {
    const struct schema_keyword *keyword = schema_keyword_find(json_text(&value->members[i].key));
    if (keyword && keyword->vocabulary & schema->resource->vocabularies)
      keyword->compile(compiler, schema, keyword, &value->members[i].value);
    else if (!keyword && strict)
      refuse_unknown(compiler, schema, &value->members[i].key);
  }
  if (strict) refuse_lonely(compiler, schema);
  if (schema->object) schema_object_build(compiler, schema);
  schema->always = schema->types == TYPES_ALL && !schema->constant && !schema->values &&
                   !schema->string && !schema->number && !schema->array && !schema->object &&
                   !schema->in_place && !schema->unevaluated_properties &&
                   !schema->unevaluated_items;
}
