/* Keywords that say something of a value by themselves: type, limits, pattern, format, required, …
 */
#include "schema/keyword.h"

static struct schema_string *string_of(struct schema_at at)
{
  if (!at.schema->string) {
    at.schema->string = arena_new(at.compiler->set->arena, sizeof *at.schema->string);
    at.schema->string->length_max = NO_LIMIT;
  }
  return at.schema->string;
}

static struct schema_number *number_of(struct schema_at at)
{
  if (!at.schema->number)
    at.schema->number = arena_new(at.compiler->set->arena, sizeof *at.schema->number);
  return at.schema->number;
}

static bool count_value(struct schema_at at, const struct json *value, uint32_t *count)
{
  double number = value->type == JSON_INTEGER ? (double)value->integer
                  : value->type == JSON_REAL  ? value->real
                                              : -1;
  if (number < 0 || !schema_is_whole(value)) {
    schema_must_be(at, value, "a whole number of at least 0");
    return false;
  }
  *count = number < (double)NO_LIMIT ? (uint32_t)number : NO_LIMIT;
  return true;
}

static bool strings_value(struct schema_at at, const struct json *value, const char *name)
{
  bool valid = value->type == JSON_ARRAY;
  for (uint32_t i = 0; valid && i < value->length; i++) {
    valid = value->items[i].type == JSON_STRING;
    for (uint32_t j = 0; valid && j < i; j++) {
      if (!text_equal(json_text(&value->items[i]), json_text(&value->items[j]))) continue;
      schema_error(at.compiler, FINDING_SCHEMA_TWICE, at.schema->resource, &value->items[i],
                   "list each name once", "'%s' lists '%s' twice", name, value->items[i].string);
      return false;
    }
  }
  if (!valid)
    schema_error(at.compiler, FINDING_SCHEMA_VALUE, at.schema->resource, value, NULL,
                 "'%s' must be an array of strings", name);
  return valid;
}

static const struct {
  const char *name;
  unsigned mask;
} type_names[] = {
    {"null", 1 << JSON_NULL},     {"boolean", 1 << JSON_BOOLEAN}, {"integer", 1 << JSON_INTEGER},
    {"number", TYPES_NUMBER},     {"string", 1 << JSON_STRING},   {"array", 1 << JSON_ARRAY},
    {"object", 1 << JSON_OBJECT},
};
enum { TYPE_NAMES = sizeof type_names / sizeof *type_names };

static unsigned type_mask(struct schema_at at, const struct json *value)
{
  const char *names[TYPE_NAMES];
  for (size_t i = 0; i < TYPE_NAMES; i++) {
    names[i] = type_names[i].name;
    if (json_is_string(value, names[i])) return type_names[i].mask;
  }
  if (value->type != JSON_STRING) {
    schema_must_be(at, value, "the name of a type or an array of such names");
    return 0;
  }
  const char *near = text_suggestion(json_text(value), names, TYPE_NAMES);
  schema_error(at.compiler, FINDING_SCHEMA_TYPE, at.schema->resource, value,
               "use null, boolean, integer, number, string, array or object",
               near ? "'%.60s' is not a type; did you mean '%s'?" : "'%.60s' is not a type",
               value->string, near);
  return 0;
}

static void compile_type(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_ARRAY) {
    at.schema->types = type_mask(at, value);
    return;
  }
  if (value->length == 0) schema_must_be(at, value, "a type or an array of at least one type");
  at.schema->types = 0;
  for (uint32_t i = 0; i < value->length; i++) at.schema->types |= type_mask(at, &value->items[i]);
}

static void compile_const(struct schema_at at, const struct json *value)
{
  at.schema->constant = value;
}

static void compile_enum(struct schema_at at, const struct json *value)
{
  bool empty = value->type == JSON_ARRAY && value->length == 0;
  if (value->type != JSON_ARRAY)
    schema_must_be(at, value, "an array");
  else if (empty && at.compiler->flags & SCHEMA_STRICT)
    schema_must_be(at, value, "an array of at least one value");
  at.schema->values = value;
}

static void compile_limit(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_INTEGER && value->type != JSON_REAL) {
    schema_must_be(at, value, "a number");
    return;
  }
  struct schema_number *number = number_of(at);
  if (text_is(text_of(at.keyword->name), "minimum"))
    number->minimum = value;
  else if (text_is(text_of(at.keyword->name), "maximum"))
    number->maximum = value;
  else if (text_is(text_of(at.keyword->name), "exclusiveMinimum"))
    number->exclusive_minimum = value;
  else
    number->exclusive_maximum = value;
}

static void compile_multiple_of(struct schema_at at, const struct json *value)
{
  bool positive = (value->type == JSON_INTEGER && value->integer > 0) ||
                  (value->type == JSON_REAL && value->real > 0);
  if (positive)
    number_of(at)->multiple_of = value;
  else
    schema_must_be(at, value, "a number above 0");
}

static void compile_min_length(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &string_of(at)->length_min);
}

static void compile_max_length(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &string_of(at)->length_max);
}

static void compile_pattern(struct schema_at at, const struct json *value)
{
  if (value->type == JSON_STRING)
    string_of(at)->pattern = schema_pattern_value(at, value);
  else
    schema_must_be(at, value, "a string");
}

static void compile_format(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_STRING) {
    schema_must_be(at, value, "a string");
    return;
  }
  bool asserts = !(at.compiler->flags & SCHEMA_FORMAT_ANNOTATES) ||
                 at.schema->resource->vocabularies & VOCABULARY_FORMAT_ASSERTION;
  const struct schema_format *format = schema_format_find(json_text(value));
  if (format && (asserts || schema_format_is_password(format))) {
    string_of(at)->format = format;
    at.schema->secret = at.schema->secret || schema_format_is_password(format);
  }
  if (format || !(at.compiler->flags & SCHEMA_STRICT)) return;
  const char *near = schema_format_suggestion(json_text(value));
  schema_error(
      at.compiler, FINDING_SCHEMA_FORMAT, at.schema->resource, value,
      "formats are email, uuid, date, date-time, time, uri, hostname, ipv4, regex, password and "
      "the others of JSON Schema",
      near ? "unknown format '%.60s'; did you mean '%s'?" : "unknown format '%.60s'", value->string,
      near);
}

static void compile_normalize(struct schema_at at, const struct json *value)
{
  static const char *const names[] = {"trim", "lower", "upper"}; /* bits of schema_normalization */
  if (!strings_value(at, value, at.keyword->name)) return;
  unsigned mask = 0;
  for (uint32_t i = 0; i < value->length; i++) {
    unsigned bit = 0;
    for (unsigned n = 0; n < 3; n++)
      if (json_is_string(&value->items[i], names[n])) bit = 1U << n;
    mask |= bit;
    if (bit) continue;
    const char *near = text_suggestion(json_text(&value->items[i]), names, 3);
    schema_error(at.compiler, FINDING_SCHEMA_NORMALIZE, at.schema->resource, &value->items[i],
                 "use trim, lower or upper",
                 near ? "'%.60s' is not a normalization; did you mean '%s'?"
                      : "'%.60s' is not a normalization",
                 value->items[i].string, near);
  }
  if ((mask & NORMALIZE_LOWER) && (mask & NORMALIZE_UPPER))
    schema_error(at.compiler, FINDING_SCHEMA_NORMALIZE, at.schema->resource, value,
                 "keep one of them", "'normalize' cannot be both lower and upper");
  string_of(at)->normalize = mask;
}

static void compile_min_items(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &schema_array_of(at)->items_min);
}

static void compile_max_items(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &schema_array_of(at)->items_max);
}

static void compile_unique_items(struct schema_at at, const struct json *value)
{
  if (value->type == JSON_BOOLEAN)
    schema_array_of(at)->unique = value->boolean;
  else
    schema_must_be(at, value, "true or false");
}

static void compile_min_contains(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &schema_array_of(at)->contains_min);
}

static void compile_max_contains(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &schema_array_of(at)->contains_max);
}

static void compile_min_properties(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &schema_object_of(at)->properties_min);
}

static void compile_max_properties(struct schema_at at, const struct json *value)
{
  (void)count_value(at, value, &schema_object_of(at)->properties_max);
}

static void compile_required(struct schema_at at, const struct json *value)
{
  if (strings_value(at, value, at.keyword->name)) schema_object_of(at)->required_source = value;
}

static void compile_dependent_required(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_OBJECT) {
    schema_must_be(at, value, "an object of arrays of names");
    return;
  }
  for (uint32_t i = 0; i < value->length; i++)
    if (!strings_value(at, &value->members[i].value, value->members[i].key.string)) return;
  schema_object_of(at)->dependent_required = value;
}

static const struct schema_keyword keywords[] = {
    {"const", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_const},
    {"dependentRequired", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_dependent_required},
    {"enum", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_enum},
    {"exclusiveMaximum", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_limit},
    {"exclusiveMinimum", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_limit},
    {"format", VOCABULARY_ANNOTATION | VOCABULARY_FORMAT_ASSERTION, SHAPE_OTHER, compile_format},
    {"maxContains", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_max_contains},
    {"maxItems", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_max_items},
    {"maxLength", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_max_length},
    {"maxProperties", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_max_properties},
    {"maximum", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_limit},
    {"minContains", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_min_contains},
    {"minItems", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_min_items},
    {"minLength", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_min_length},
    {"minProperties", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_min_properties},
    {"minimum", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_limit},
    {"multipleOf", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_multiple_of},
    {"normalize", VOCABULARY_WRIT, SHAPE_OTHER, compile_normalize},
    {"pattern", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_pattern},
    {"required", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_required},
    {"type", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_type},
    {"uniqueItems", VOCABULARY_VALIDATION, SHAPE_OTHER, compile_unique_items},
};

const struct schema_keywords schema_assertions = {keywords, sizeof keywords / sizeof *keywords};
