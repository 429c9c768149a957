/* From one JSON object to one schema: looks up each member in the tables of keywords, which are the
 * whole language; what is in none of them is unknown. Here are those that only describe. */
#include "schema/keyword.h"

#include <stdlib.h>

const char *schema_kind(const struct json *value)
{
  static const char *const kinds[] = {
      [JSON_NULL] = "null",       [JSON_BOOLEAN] = "a boolean", [JSON_INTEGER] = "an integer",
      [JSON_REAL] = "a number",   [JSON_STRING] = "a string",   [JSON_ARRAY] = "an array",
      [JSON_OBJECT] = "an object"};
  return kinds[value->type];
}

void schema_must_be(struct schema_at at, const struct json *value, const char *what)
{
  schema_error(at.compiler, FINDING_SCHEMA_VALUE, at.schema->resource, value, NULL,
               "'%s' must be %s, not %s", at.keyword->name, what, schema_kind(value));
}

struct schema_array *schema_array_of(struct schema_at at)
{
  if (!at.schema->array) {
    at.schema->array = arena_new(at.compiler->set->arena, sizeof *at.schema->array);
    at.schema->array->items_max = at.schema->array->contains_max = NO_LIMIT;
    at.schema->array->contains_min = 1;
  }
  return at.schema->array;
}

struct schema_object *schema_object_of(struct schema_at at)
{
  if (!at.schema->object) {
    at.schema->object = arena_new(at.compiler->set->arena, sizeof *at.schema->object);
    at.schema->object->properties_max = NO_LIMIT;
  }
  return at.schema->object;
}

/* Once for each place, with whatever flags it is compiled again. */
static void warn_of_pattern(struct schema_at at, const struct json *value)
{
  struct schema_set *set = at.compiler->set;
  struct text where;
  for (const struct schema_warned *w = set->warned; w; w = w->next)
    if (w->pattern == value) return;
  if (!schema_pattern_explodes(json_text(value), &where)) return;
  struct schema_warned *warned = arena_new(set->arena, sizeof *warned);
  *warned = (struct schema_warned){set->warned, value};
  set->warned = warned;
  int length = where.length < 100 ? (int)where.length : 100;
  report_warning(at.compiler->report, FINDING_SCHEMA_SLOW_PATTERN,
                 at.schema->resource->document->source, value->offset,
                 "let each character be read in one way only: no repetition right within a "
                 "repetition, no alternatives that begin alike",
                 "matching this pattern can take exponential time, and is then given up as not "
                 "valid: what '%.*s' repeats can be read in several ways",
                 length, where.data);
}

const struct schema_pattern *schema_pattern_value(struct schema_at at, const struct json *value)
{
  struct error error = {{0}};
  const struct schema_pattern *pattern =
      schema_pattern_new(at.compiler->set, json_text(value), &error);
  if (!pattern)
    schema_error(at.compiler, FINDING_SCHEMA_PATTERN, at.schema->resource, value,
                 "write it as in JavaScript with the 'u' flag", "the pattern is wrong: %s",
                 error.message);
  else if (at.compiler->flags & SCHEMA_STRICT && at.compiler->report)
    warn_of_pattern(at, value);
  return pattern;
}

/* --- keywords that describe */

static void compile_string(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_STRING) schema_must_be(at, value, "a string");
}

/* [A-Za-z_][-A-Za-z0-9._]* */
static void compile_anchor(struct schema_at at, const struct json *value)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.0123456789";
  enum { FIRST = 2 * 26 + 1 };
  struct text name = json_text(value);
  bool valid = name.length > 0;
  for (size_t i = 0; i < name.length && valid; i++)
    valid = memchr(allowed, name.data[i], i == 0 ? FIRST : sizeof allowed - 1) != NULL;
  if (value->type != JSON_STRING)
    schema_must_be(at, value, "a string");
  else if (!valid)
    schema_error(at.compiler, FINDING_SCHEMA_VALUE, at.schema->resource, value, NULL,
                 "'%s' must be a letter or _, then letters, digits, '-', '.' or '_'",
                 at.keyword->name);
}

static void compile_boolean(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_BOOLEAN) schema_must_be(at, value, "true or false");
}

static void compile_array(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_ARRAY) schema_must_be(at, value, "an array");
}

static void compile_object(struct schema_at at, const struct json *value)
{
  if (value->type != JSON_OBJECT) schema_must_be(at, value, "an object");
}

static void compile_nothing(struct schema_at at, const struct json *value)
{
  (void)at, (void)value;
}

static const struct schema_keyword keywords[] = {
    {"$anchor", VOCABULARY_CORE, SHAPE_OTHER, compile_anchor},
    {"$comment", VOCABULARY_CORE, SHAPE_OTHER, compile_string},
    {"$dynamicAnchor", VOCABULARY_CORE, SHAPE_OTHER, compile_anchor},
    {"$id", VOCABULARY_CORE, SHAPE_OTHER, compile_string},
    {"$schema", VOCABULARY_CORE, SHAPE_OTHER, compile_string},
    {"$vocabulary", VOCABULARY_CORE, SHAPE_OTHER, compile_object},
    {"contentEncoding", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_string},
    {"contentMediaType", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_string},
    {"contentSchema", VOCABULARY_ANNOTATION, SHAPE_SCHEMA, compile_nothing},
    {"default", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_nothing},
    {"deprecated", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_boolean},
    {"description", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_string},
    {"examples", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_array},
    {"readOnly", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_boolean},
    {"title", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_string},
    {"writeOnly", VOCABULARY_ANNOTATION, SHAPE_OTHER, compile_boolean},
};
static const struct schema_keywords descriptions = {keywords, sizeof keywords / sizeof *keywords};

/* --- all of them */

static const struct schema_keywords *const tables[] = {&schema_assertions, &schema_applicators,
                                                       &descriptions};
enum { TABLES = sizeof tables / sizeof *tables, KEYWORDS_MAX = 100 };

static int compare_keyword(const void *name, const void *keyword)
{
  return text_compare(*(const struct text *)name,
                      text_of(((const struct schema_keyword *)keyword)->name));
}

const struct schema_keyword *schema_keyword_find(struct text name)
{
  const void *found = NULL;
  for (size_t i = 0; i < TABLES && !found; i++)
    found = bsearch(&name, tables[i]->items, tables[i]->count, sizeof *keywords, compare_keyword);
  return found;
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
  const char *names[KEYWORDS_MAX];
  size_t count = 0;
  for (size_t t = 0; t < TABLES; t++)
    for (size_t i = 0; i < tables[t]->count && count < KEYWORDS_MAX; i++)
      names[count++] = tables[t]->items[i].name;
  const char *near = text_suggestion(json_text(key), names, count);
  for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
    if (json_is_string(key, renamed[i].old)) near = renamed[i].now;
  schema_error(compiler, FINDING_SCHEMA_KEYWORD, schema->resource, key, NULL,
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
      schema_error(compiler, FINDING_SCHEMA_NO_EFFECT, schema->resource, value, NULL,
                   "'%s' has no effect without '%s'", pairs[i][0], pairs[i][1]);
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
    schema_error(compiler, FINDING_SCHEMA_VALUE, schema->resource, value, NULL,
                 "a schema must be an object, true or false, not %s", schema_kind(value));
    return;
  }
  for (uint32_t i = 0; i < value->length; i++) {
    const struct schema_keyword *keyword = schema_keyword_find(json_text(&value->members[i].key));
    if (keyword && keyword->vocabulary & schema->resource->vocabularies)
      keyword->compile((struct schema_at){compiler, schema, keyword}, &value->members[i].value);
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
