/* Values made from schemas: for every contract of every example app, for random schemas, for what
 * patterns and formats can say. WRIT_TEST_SEED says where chance begins. */
#include "loaded_app.h"

#include <time.h>

#include "random_schema.h"
#include "temporary_app.h"
#include "testing/format_text.h"
#include "testing/pattern_text.h"
#include "testing/values.h"
#include "testing/values_make.h"

static uint64_t seed(void)
{
  return number_from("WRIT_TEST_SEED", 7);
}

/* --- A schema given as text. --- */

struct bench {
  struct arena arena;
  struct report report;
  struct schema_set *set;
  struct values values;
  unsigned documents;
};

static const struct json *find_shared(void *context, struct text path, const struct source **source)
{
  struct bench *bench = context;
  if (!text_is(path, "defs/shared.json")) return NULL;
  struct source *shared = arena_new(&bench->arena, sizeof *shared);
  struct json *value = arena_new(&bench->arena, sizeof *value);
  *shared = (struct source){"defs/shared.json", text_of(random_shared_schemas)};
  assert_int_equal(json_read(&bench->arena, shared->text, NULL, value, NULL), 0);
  *source = shared;
  return value;
}

static void bench_init(struct bench *bench, uint64_t number)
{
  *bench = (struct bench){0};
  arena_init(&bench->arena, 1 << 16);
  report_init(&bench->report);
  bench->set = schema_set_new(&bench->arena, find_shared, bench);
  values_init(&bench->values, bench->set, &bench->arena, number);
}

static void bench_deinit(struct bench *bench)
{
  values_deinit(&bench->values);
  schema_set_free(bench->set);
  report_deinit(&bench->report);
  arena_deinit(&bench->arena);
}

static const struct schema *compile(struct bench *bench, const char *text)
{
  struct source *source = arena_new(&bench->arena, sizeof *source);
  struct json *value = arena_new(&bench->arena, sizeof *value);
  source->path = arena_print(&bench->arena, "templates/%u.json", ++bench->documents).data;
  source->text = arena_copy(&bench->arena, text_of(text));
  assert_int_equal(json_read(&bench->arena, source->text, NULL, value, NULL), 0);
  const struct schema *schema = schema_compile(bench->set, source, source->path, value, value,
                                               SCHEMA_STRICT | SCHEMA_CLOSED, &bench->report);
  if (!schema) report_print(&bench->report, stderr);
  assert_non_null(schema);
  return schema;
}

/* --- Single schemas. --- */

/* A value can be made of each, in both shapes. */
static const char *const schemas[] = {
    "{}",
    "{\"type\":\"string\",\"minLength\":200,\"maxLength\":200}",
    "{\"type\":\"string\",\"pattern\":\"^[a-z0-9-]{1,80}$\",\"minLength\":80}",
    "{\"type\":\"string\",\"pattern\":\"^(a|bb|ccc)+x\\\\d{3}$\",\"maxLength\":20}",
    "{\"type\":\"string\",\"pattern\":\"^\\\\p{Script=Greek}+$\"}",
    "{\"type\":\"string\",\"pattern\":\"^\\\\p{Lu}\\\\p{Ll}{3,}$\",\"minLength\":9}",
    "{\"type\":\"string\",\"pattern\":\"^[\\\\u4e00-\\\\u9fa5]{2}$\"}",
    "{\"type\":\"string\",\"pattern\":\"b\",\"minLength\":5}",
    "{\"type\":\"string\",\"pattern\":\"^(?:[0-9]{3}-){2}[0-9]{4}$\"}",
    "{\"type\":\"string\",\"pattern\":\"^(\\\\w)\\\\1$\"}",
    "{\"type\":\"string\",\"pattern\":\"^(?!admin)[a-z]{3,8}$\"}",
    "{\"type\":\"string\",\"pattern\":\"^[^\\\\x00-\\\\x1f]+$\"}",
    "{\"type\":\"string\",\"format\":\"email\",\"minLength\":254}",
    "{\"type\":\"string\",\"format\":\"email\",\"maxLength\":14,\"normalize\":[\"trim\",\"lower\"]"
    "}",
    "{\"type\":\"string\",\"format\":\"uuid\",\"pattern\":\"^[0-9a-f]{8}-\"}",
    "{\"type\":\"integer\",\"minimum\":9007199254740993,\"maximum\":9007199254740993}",
    "{\"type\":\"integer\",\"exclusiveMinimum\":5,\"exclusiveMaximum\":7}",
    "{\"type\":\"number\",\"multipleOf\":0.01,\"minimum\":0.06,\"maximum\":0.08}",
    "{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":0.001}",
    "{\"type\":\"integer\",\"multipleOf\":7,\"minimum\":-20,\"maximum\":-8}",
    "{\"type\":\"array\",\"items\":{\"enum\":[1,2,3]},\"uniqueItems\":true,\"minItems\":3}",
    "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"null\"},{\"const\":1}],\"items\":false,"
    "\"minItems\":2}",
    "{\"type\":\"array\",\"contains\":{\"const\":\"x\"},\"minContains\":2,\"maxContains\":2}",
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"integer\"}}"
    ","
    "\"dependentRequired\":{\"a\":[\"b\"]},\"required\":[\"a\"]}",
    "{\"type\":\"object\",\"patternProperties\":{\"^x[0-9]{2}$\":{\"type\":\"boolean\"}},"
    "\"minProperties\":3}",
    "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"},\"minProperties\":2,"
    "\"propertyNames\":{\"pattern\":\"^[A-Z]{3}$\"}}",
    "{\"type\":\"object\",\"properties\":{\"kind\":{\"enum\":[\"a\",\"b\"]},\"x\":{\"type\":"
    "\"integer\"},"
    "\"y\":{\"type\":\"integer\"}},\"required\":[\"kind\"],\"if\":{\"properties\":{\"kind\":{"
    "\"const\":"
    "\"a\"}}},\"then\":{\"required\":[\"x\"]},\"else\":{\"required\":[\"y\"]}}",
    "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"card\":{\"type\":\"string\"}},\"required\":"
    "[\"card\"]},{\"type\":\"object\",\"properties\":{\"iban\":{\"type\":\"string\"}},\"required\":"
    "[\"iban\"]}]}",
    "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":10},{\"type\":\"null\"}],\"not\":{\"type\":"
    "\"null\"}}",
    "{\"$ref\":\"#/$defs/"
    "tree\",\"$defs\":{\"tree\":{\"type\":\"object\",\"properties\":{\"left\":{\"$ref\":"
    "\"#/$defs/tree\"},\"right\":{\"$ref\":\"#/$defs/"
    "tree\"},\"n\":{\"type\":\"integer\"}},\"required\":"
    "[\"n\"]}}}",
    "{\"type\":\"string\",\"not\":{\"pattern\":\"^a\"},\"minLength\":1}",
    "{\"const\":{\"a\":[1,2.5,null]}}",
    "{\"type\":\"string\",\"pattern\":\"^a{7\u20ac,8}{1,2$\"}",
};

static void schemas_have_values(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
    struct bench bench;
    bench_init(&bench, seed() + i);
    const struct schema *schema = compile(&bench, schemas[i]);
    for (int round = 0; round < 20; round++) {
      struct json value;
      struct error error = {0};
      enum value_shape shape = round % 2 ? VALUE_FULL : VALUE_MINIMAL;
      if (values_make(&bench.values, schema, shape, &value, &error))
        fail_msg("%s: %s", schemas[i], error.message);
      if (!schema_valid(schema, &value, NULL)) fail_msg("%s: not valid", schemas[i]);
    }
    bench_deinit(&bench);
  }
}

/* Of these there is none, or none can be found: that is said. */
static void what_has_no_value_is_said(void **state)
{
  static const char *const none[] = {
      "{\"type\":\"string\",\"minLength\":3,\"pattern\":\"^..$\"}",
      "{\"type\":\"integer\",\"multipleOf\":10,\"minimum\":1,\"maximum\":9}",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
      "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"uniqueItems\":true,\"minItems\":3}"};
  (void)state;
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    struct bench bench;
    struct json value;
    struct error error = {0};
    bench_init(&bench, seed());
    const struct schema *schema = compile(&bench, none[i]);
    assert_int_equal(values_make(&bench.values, schema, VALUE_FULL, &value, &error), -1);
    assert_non_null(strstr(error.message, "`examples`"));
    assert_int_equal(value.type, JSON_NULL);
    bench_deinit(&bench);
  }
}

static void one_seed_is_one_value(void **state)
{
  (void)state;
  struct buffer written[2] = {{0}, {0}};
  for (int i = 0; i < 2; i++) {
    struct bench bench;
    struct json value;
    bench_init(&bench, 42);
    const struct schema *schema =
        compile(&bench, "{\"type\":\"array\",\"items\":{\"format\":\"uuid\",\"type\":\"string\"},"
                        "\"minItems\":9}");
    assert_int_equal(values_make(&bench.values, schema, VALUE_FULL, &value, NULL), 0);
    json_write(&written[i], &value);
    bench_deinit(&bench);
  }
  assert_true(text_equal(buffer_text(&written[0]), buffer_text(&written[1])));
  buffer_deinit(&written[0]);
  buffer_deinit(&written[1]);
}

/* --- Formats: both lists against the validator, which is right here. --- */

static const char *const formats[] = {"date",
                                      "date-time",
                                      "time",
                                      "duration",
                                      "email",
                                      "idn-email",
                                      "hostname",
                                      "idn-hostname",
                                      "ipv4",
                                      "ipv6",
                                      "uuid",
                                      "uri",
                                      "iri",
                                      "uri-reference",
                                      "iri-reference",
                                      "uri-template",
                                      "regex",
                                      "json-pointer",
                                      "relative-json-pointer"};

static void formats_are_kept_and_broken(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    struct bench bench;
    char text[64];
    bench_init(&bench, seed());
    snprintf(text, sizeof text, "{\"format\":\"%s\"}", formats[i]);
    const struct schema *schema = compile(&bench, text);
    const struct format_fault *fault = format_text_faults(text_of(formats[i]));
    assert_non_null(fault);
    for (; fault->text; fault++) {
      struct json value = json_string(text_of(fault->text));
      if (schema_valid(schema, &value, NULL)) fail_msg("%s admits %s", formats[i], fault->text);
    }
    for (uint32_t length = 1; length < 260; length++) {
      struct text made;
      if (!format_text_make(&bench.values, text_of(formats[i]), 1, 300, length, &made)) continue;
      struct json value = json_string(made);
      if (!schema_valid(schema, &value, NULL)) fail_msg("%s refuses %s", formats[i], made.data);
    }
    bench_deinit(&bench);
  }
}

/* --- Random schemas. --- */

/* Of all schemas that certainly have a value, since one of the pool's is valid. */
static void random_schemas_have_values(void **state)
{
  (void)state;
  unsigned made = 0, missed = 0;
  uint64_t count = number_from("WRIT_TEST_ROUNDS", 400);
  for (uint64_t i = 0; i < count; i++) {
    struct dice dice = {seed() * 1000003 + i};
    struct bench bench;
    struct buffer text = {0};
    struct json value;
    enum kind kind = (enum kind)dice_below(&dice, KIND_OBJECT + 1);
    bench_init(&bench, seed() + i);
    random_schema(&text, &dice, kind, 0);
    buffer_append_byte(&text, '\0');
    const struct schema *schema = compile(&bench, text.data);
    bool known = false;
    for (int k = 0; k < VALUES_PER_KIND && !known; k++) {
      struct text one = text_of(random_values[kind][k]);
      known =
          !json_read(&bench.arena, one, NULL, &value, NULL) && schema_valid(schema, &value, NULL);
    }
    enum value_shape shape = i % 2 ? VALUE_FULL : VALUE_MINIMAL;
    if (values_make(&bench.values, schema, shape, &value, NULL) == 0) {
      assert_true(schema_valid(schema, &value, NULL));
      made += known;
    } else if (known) {
      missed++;
      if (getenv("WRIT_TEST_SHOW")) print_message("missed: %s\n", text.data);
    }
    buffer_deinit(&text);
    bench_deinit(&bench);
  }
  print_message("random schemas: %u made, %u missed\n", made, missed);
  assert_true(made >= 95 * (made + missed) / 100);
}

/* --- All contracts. --- */

static void make_inputs(const struct generation *generation, const struct contract *contract)
{
  for (uint64_t round = 0; round < 10; round++) {
    struct arena arena;
    struct values values;
    struct json input;
    struct error error = {0};
    arena_init(&arena, 1 << 16);
    values_init(&values, generation->schemas, &arena, seed() + round);
    enum value_shape shape = round % 2 ? VALUE_FULL : VALUE_MINIMAL;
    if (values_input(&values, generation, contract, shape, NULL, &input, &error))
      fail_msg("%s", error.message);
    assert_true(values_admit(contract, &input, &arena, NULL));
    for (size_t i = 0; i < contract->field_count; i++) {
      const struct schema_field *field = &contract->fields[i].schema;
      if (shape == VALUE_FULL && !json_get_text(&input, field->name))
        print_message("%s: no %.*s\n", contract->name, TEXT_ARGS(field->name));
    }
    if (round == 1 && getenv("WRIT_TEST_SHOW")) {
      struct buffer out = {0};
      json_write(&out, &input);
      print_message("%s: %.*s\n", contract->name, TEXT_ARGS(buffer_text(&out)));
      buffer_deinit(&out);
    }
    values_deinit(&values);
    arena_deinit(&arena);
  }
}

static void every_contract_has_inputs(void **state)
{
  (void)state;
  unsigned contracts = 0;
  for (size_t i = 0; i < EXAMPLE_APPS; i++) {
    struct loaded_app app;
    loaded_app_open(&app, example_apps[i]);
    for (size_t k = 0; k < app.generation->contract_count; k++, contracts++)
      make_inputs(app.generation, app.generation->contracts[k]);
    loaded_app_close(&app);
  }
  print_message("%u contracts\n", contracts);
  assert_true(contracts > 40);
}

/* What is fixed stays, and nothing is made for it. */
static void fixed_fields_stay(void **state)
{
  (void)state;
  static const char id[] = "01890000-0000-7000-8000-00000000000a";
  struct loaded_app app;
  loaded_app_open(&app, ".");
  for (size_t k = 0; k < app.generation->contract_count; k++) {
    const struct contract *contract = app.generation->contracts[k];
    if (strcmp(contract->name, "users.update_profile") != 0) continue;
    struct arena arena;
    struct values values;
    struct json input;
    struct json_builder fixed = {0};
    arena_init(&arena, 1 << 12);
    values_init(&values, app.generation->schemas, &arena, seed());
    json_builder_add(&fixed, &arena, TEXT("user_id"), json_string(text_of(id)));
    struct json object = json_builder_object(&fixed);
    assert_int_equal(
        values_input(&values, app.generation, contract, VALUE_FULL, &object, &input, NULL), 0);
    assert_true(json_is_string(json_get(&input, "user_id"), id));
    assert_int_equal(input.length, contract->field_count);
    values_deinit(&values);
    arena_deinit(&arena);
  }
  loaded_app_close(&app);
}

/* No request can be as long as this input, which has been made: whoever asked is left with nothing
 * of it. */
static void what_cannot_be_sent_is_no_input(void **state)
{
  static const char contract[] =
      "{\"summary\": \"A test\", \"route\": \"POST /one\", \"requires\": {\"auth\": \"public\","
      " \"reason\": \"a test\", \"validates\": {\"type\": \"object\", \"properties\": {\"a\":"
      " {\"type\": \"string\", \"minLength\": 1000000}}, \"required\": [\"a\"]}},"
      " \"ensures\": {\"returns\": {\"204\": null}}}";
  struct app app;
  struct loaded_app loaded;
  struct arena arena;
  struct values values;
  struct json input = json_null();
  struct error error = {0};
  (void)state;
  app_begin(&app);
  app_write(&app, "contracts/policy.json", "{\"tables\": {}}");
  app_write(&app, "contracts/one.json", contract);
  loaded_app_open(&loaded, app.folder);
  arena_init(&arena, 1 << 12);
  values_init(&values, loaded.generation->schemas, &arena, seed());
  assert_int_equal(values_input(&values, loaded.generation, loaded.generation->contracts[0],
                                VALUE_FULL, NULL, &input, &error),
                   -1);
  assert_int_equal(input.type, JSON_NULL);
  values_deinit(&values);
  arena_deinit(&arena);
  loaded_app_close(&loaded);
  app_end(&app);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(schemas_have_values),
      cmocka_unit_test(what_has_no_value_is_said),
      cmocka_unit_test(one_seed_is_one_value),
      cmocka_unit_test(formats_are_kept_and_broken),
      cmocka_unit_test(random_schemas_have_values),
      cmocka_unit_test(every_contract_has_inputs),
      cmocka_unit_test(fixed_fields_stay),
      cmocka_unit_test(what_cannot_be_sent_is_no_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
