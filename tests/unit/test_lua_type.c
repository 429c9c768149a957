/* Types for Lua: whatever a schema admits, its type admits. WRIT_TEST_SEED says where chance
 * begins, WRIT_TEST_ROUNDS how many schemas are tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "describe/lua_type.h"
#include "random_schema.h"
#include "schema/schema.h"
#include "testing/values.h"

enum { ROUNDS = 1500, LITERALS_MAX = 24 };

/* --- Types as the notation means them. --- */

static bool admits(const struct lua_type *type, const struct json *value);

/* As lua_type_write has it: what it does not write as values is written as their types. */
static bool are_written(const struct json *values)
{
  for (uint32_t i = 0; i < values->length; i++) {
    const struct json *one = &values->items[i];
    if (one->type == JSON_REAL || one->type >= JSON_ARRAY) return false;
  }
  return values->length > 0 && values->length <= LITERALS_MAX;
}

static bool is_among(const struct json *values, const struct json *value)
{
  for (uint32_t i = 0; i < values->length; i++)
    if (json_equal(&values->items[i], value)) return true;
  return false;
}

static bool admits_object(const struct lua_type *type, const struct json *value)
{
  for (size_t i = 0; i < type->member_count; i++) {
    const struct json *member = json_get_text(value, type->members[i].name);
    const struct lua_type *its = lua_type_of_member(type, &type->members[i]);
    if (member ? its && !admits(its, member) : type->members[i].required) return false;
  }
  for (uint32_t i = 0; i < value->length; i++) {
    bool declared = lua_type_member(type, json_text(&value->members[i].key)) != NULL;
    if (!declared && type->member_count > 0 && !lua_type_is_open(type)) return false;
    if (!declared && type->others && !admits(type->others, &value->members[i].value)) return false;
  }
  return true;
}

static bool admits_array(const struct lua_type *type, const struct json *value)
{
  for (uint32_t i = 0; type->element && !type->tuple && i < value->length; i++)
    if (!admits(type->element, &value->items[i])) return false;
  return true;
}

static bool admits(const struct lua_type *type, const struct json *value)
{
  bool whole = value->type == JSON_REAL && value->real == (double)(int64_t)value->real;
  unsigned types = type->types;
  if (type->values && are_written(type->values)) return is_among(type->values, value);
  if (lua_type_is_union(type)) {
    for (size_t i = 0; i < type->alternative_count; i++)
      if (admits(type->alternatives[i], value)) return true;
    return false;
  }
  if (types == 0) return true;
  if (types & 1u << JSON_REAL) types |= 1u << JSON_INTEGER;
  if (!(types & 1u << value->type) && !(whole && types & 1u << JSON_INTEGER)) return false;
  if (value->type == JSON_OBJECT) return admits_object(type, value);
  return value->type != JSON_ARRAY || admits_array(type, value);
}

/* --- Schemas by chance. --- */

struct bench {
  struct arena arena;
  struct report report;
  struct schema_set *set;
  struct values values;
};

static const struct json *find_shared(void *context, struct text path, const struct source **source)
{
  struct bench *bench = context;
  struct source *shared = arena_new(&bench->arena, sizeof *shared);
  struct json *value = arena_new(&bench->arena, sizeof *value);
  if (!text_is(path, "defs/shared.json")) return NULL;
  *shared = (struct source){"defs/shared.json", text_of(random_shared_schemas)};
  assert_int_equal(json_read(&bench->arena, shared->text, NULL, value, NULL), 0);
  *source = shared;
  return value;
}

static void bench_init(struct bench *bench, uint64_t seed)
{
  *bench = (struct bench){0};
  arena_init(&bench->arena, 1 << 16);
  report_init(&bench->report);
  bench->set = schema_set_new(&bench->arena, find_shared, bench);
  values_init(&bench->values, bench->set, &bench->arena, seed);
}

static void bench_deinit(struct bench *bench)
{
  values_deinit(&bench->values);
  schema_set_free(bench->set);
  report_deinit(&bench->report);
  arena_deinit(&bench->arena);
}

static const struct schema *compile(struct bench *bench, struct text text)
{
  struct source *source = arena_new(&bench->arena, sizeof *source);
  struct json *value = arena_new(&bench->arena, sizeof *value);
  *source = (struct source){"templates/one.json", arena_copy(&bench->arena, text)};
  assert_int_equal(json_read(&bench->arena, source->text, NULL, value, NULL), 0);
  return schema_compile(bench->set, source, source->path, value, value,
                        SCHEMA_STRICT | SCHEMA_CLOSED, &bench->report);
}

static void hold(const struct lua_type *type, const struct schema *schema, const struct json *value,
                 struct text text, unsigned *held)
{
  if (!schema_valid(schema, value, NULL)) return;
  (*held)++;
  if (admits(type, value)) return;
  struct buffer words = {0};
  lua_type_write(&words, type);
  buffer_append_text(&words, TEXT("\n  refuses "));
  json_write(&words, value);
  fail_msg("%.*s\n  of %.*s", TEXT_ARGS(buffer_text(&words)), TEXT_ARGS(text));
}

static unsigned try_schema(struct bench *bench, struct text text, enum kind kind)
{
  unsigned held = 0;
  const struct schema *schema = compile(bench, text);
  if (!schema) return 0;
  struct lua_type *type = lua_type_of_schema(schema, &bench->arena);
  assert_non_null(type);
  for (unsigned i = 0; i < 8; i++) {
    struct json value;
    if (values_make(&bench->values, schema, i % 2 ? VALUE_FULL : VALUE_MINIMAL, &value, NULL) == 0)
      hold(type, schema, &value, text, &held);
  }
  for (unsigned i = 0; i < VALUES_PER_KIND; i++) {
    struct json value;
    assert_int_equal(json_read(&bench->arena, text_of(random_values[kind][i]), NULL, &value, NULL),
                     0);
    hold(type, schema, &value, text, &held);
  }
  return held;
}

static void a_type_admits_what_its_schema_admits(void **state)
{
  uint64_t rounds = number_from("WRIT_TEST_ROUNDS", ROUNDS);
  unsigned held = 0;
  struct dice dice = {number_from("WRIT_TEST_SEED", 7)};
  (void)state;
  for (uint64_t i = 0; i < rounds; i++) {
    struct bench bench;
    struct buffer text = {0};
    enum kind kind = (enum kind)dice_below(&dice, KIND_OBJECT + 1);
    bench_init(&bench, i);
    random_schema(&text, &dice, kind, 0);
    held += try_schema(&bench, buffer_text(&text), kind);
    buffer_deinit(&text);
    bench_deinit(&bench);
  }
  assert_true(held > rounds);
}

/* --- What is written. --- */

static void types_are_written_as_they_are_read(void **state)
{
  static const char *const cases[][2] = {
      {"{}", "any"},
      {"{\"type\":[\"string\",\"null\"]}", "string|null"},
      {"{\"type\":[\"number\",\"integer\"]}", "number"},
      {"{\"enum\":[\"a\",1,true,null]}", "\"a\"|1|true|null"},
      {"{\"enum\":[1.5,2]}", "number"},
      {"{\"enum\":[\"a\\\"b\"]}", "string"},
      {"{\"const\":{\"a\":1}}", "table<string, any>"},
      {"{\"properties\":{\"a\":{}}}", "any"},
      {"{\"type\":\"array\"}", "any[]"},
      {"{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"null\"]}}", "(string|null)[]"},
      {"{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
       "\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}}}}}",
       "{ a?: string|null }[][]"},
      {"{\"type\":\"array\",\"prefixItems\":[{\"type\":\"null\"}],\"items\":{\"type\":\"string\"}}",
       "any[]"},
      {"{\"type\":\"object\",\"properties\":{\"a b\":{\"type\":\"string\"},\"end\":{},\"_1\":{}},"
       "\"required\":[\"_1\"]}",
       "{ [\"a b\"]?: string, [\"end\"]?: any, _1: any }"},
      {"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}",
       "table<string, integer>"},
      {"{\"type\":\"object\",\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":"
       "\"boolean\"}"
       "}",
       "{ a?: any, [string]: boolean }"},
      {"{\"type\":\"object\",\"properties\":{\"a\":{}},\"if\":{\"required\":[\"a\"]},\"then\":{"
       "\"properties\":{\"b\":{\"type\":\"string\"}}}}",
       "{ a?: any, b?: string }"},
      {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"null\"}}]}",
       "string|null[]"},
      {"{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":1}]}", "any"},
      {"{\"type\":\"integer\",\"anyOf\":[{\"minimum\":1},{\"maximum\":-1}]}", "integer"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct bench bench;
    struct buffer words = {0};
    bench_init(&bench, i);
    const struct schema *schema = compile(&bench, text_of(cases[i][0]));
    if (!schema) report_print(&bench.report, stderr);
    assert_non_null(schema);
    lua_type_write(&words, lua_type_of_schema(schema, &bench.arena));
    buffer_append_byte(&words, 0);
    assert_string_equal(words.data, cases[i][1]);
    buffer_deinit(&words);
    bench_deinit(&bench);
  }
}

static void bounds_are_said_in_words(void **state)
{
  struct bench bench;
  struct buffer words = {0};
  (void)state;
  bench_init(&bench, 1);
  const struct schema *schema = compile(
      &bench,
      TEXT("{\"type\":\"object\",\"properties\":{"
           "\"a\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":9,\"format\":\"email\"},"
           "\"b\":{\"type\":\"array\",\"maxItems\":3,\"uniqueItems\":true,\"items\":{\"type\":"
           "\"integer\",\"minimum\":0}},"
           "\"c\":{\"type\":\"number\",\"exclusiveMinimum\":0,\"multipleOf\":0.5}}}"));
  assert_non_null(schema);
  lua_type_write_all_bounds(&words, lua_type_of_schema(schema, &bench.arena));
  buffer_append_byte(&words, 0);
  assert_string_equal(words.data, "a: 1 to 9 characters, format email; "
                                  "b: at most 3 elements, no duplicates; b[]: at least 0; "
                                  "c: more than 0, a multiple of 0.5");
  buffer_deinit(&words);
  bench_deinit(&bench);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_type_admits_what_its_schema_admits),
      cmocka_unit_test(types_are_written_as_they_are_read),
      cmocka_unit_test(bounds_are_said_in_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
