/* What a schema says, keyword by keyword: through references, for people and for comparisons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "schema/schema.h"

static const struct example {
  const char *schema, *claims;
} examples[] = {
    {"{\"type\": \"string\", \"title\": \"A name\", \"maxLength\": 5}",
     ": type \"string\"\n: maxLength 5\n"},
    {"{\"properties\": {\"a\": {\"$ref\": \"#/$defs/a\", \"minLength\": 1}, \"b/c\": true},"
     " \"required\": [\"a\"], \"$defs\": {\"a\": {\"type\": \"string\", \"description\": \"x\"}}}",
     "/a: properties true\n/a: type \"string\"\n/a: minLength 1\n/b~1c: properties true\n"
     "/b~1c: true true\n"
     "/a: required true\n"},
    {"{\"allOf\": [{\"minimum\": 1}, {\"maximum\": 2}]}", ": minimum 1\n: maximum 2\n"},
    {"{\"items\": {\"type\": \"integer\"}, \"prefixItems\": [{\"const\": 1}], \"minItems\": 1}",
     "/*: items true\n/*: type \"integer\"\n/[0]: prefixItems true\n/[0]: const 1\n: minItems 1\n"},
    {"{\"additionalProperties\": {\"type\": \"null\"}, \"unevaluatedProperties\": false}",
     "/**: properties true\n/**: type \"null\"\n: unevaluatedProperties false\n"},
    {"{\"properties\": {\"*\": {}, \"[0]\": {}, \"~\": {}}}",
     "/~2: properties true\n/~30]: properties true\n/~0: properties true\n"},
    {"{\"anyOf\": [{\"$ref\": \"#/$defs/a\"}, {\"type\": \"null\"}], \"$defs\": {\"a\": {\"type\":"
     " \"string\", \"title\": \"x\"}}}",
     ": anyOf [{\"$ref\":{\"type\":\"string\"}},{\"type\":\"null\"}]\n"},
    {"{\"properties\": {\"next\": {\"$ref\": \"#\"}}, \"maxProperties\": 1}",
     "/next: properties true\n/next: $ref \"\"\n: maxProperties 1\n"},
    {"{\"properties\": {\"a\": {\"properties\": {\"b\": {\"$ref\": \"#/properties/a\"}}}}}",
     "/a: properties true\n/a/b: properties true\n/a/b: $ref \"/a\"\n"},
    /* Within a keyword each is there once; a property's name is no annotation. */
    {"{\"not\": {\"$ref\": \"#/$defs/a\"}, \"$defs\": {\"a\": {\"title\": \"x\", \"anyOf\": "
     "[{\"items\":"
     " {\"$ref\": \"#/$defs/a\"}}, {\"properties\": {\"title\": {\"maxLength\": 5}}}]}}}",
     ": not {\"$ref\":{\"anyOf\":[{\"items\":{\"$ref\":\"no. 1 of those above\"}},"
     "{\"properties\":{\"title\":{\"maxLength\":5}}}]}}\n"},
    /* What its vocabularies do not know is not checked. */
    {"{\"properties\": {\"a\": {\"$id\": \"x:y\", \"maxLength\": 1,"
     " \"$schema\": \"https://json-schema.org/draft/2020-12/meta/core\"}}}",
     "/a: properties true\n"},
    {"{\"$id\": \"x:y\", \"$dynamicRef\": \"#a\","
     " \"$defs\": {\"a\": {\"$dynamicAnchor\": \"a\", \"maxLength\": 5}}}",
     ": $dynamicRef [{\"maxLength\":5},\"no. 1 of those above\"]\n"},
    {"{\"unevaluatedItems\": false, \"minItems\": 1}",
     ": unevaluatedItems {\"unevaluatedItems\":false,\"minItems\":1}\n: minItems 1\n"},
    {"{\"enum\": [{\"$ref\": \"#/x\"}], \"properties\": {\"x\": false}}",
     ": enum [{\"$ref\":\"#/x\"}]\n/x: properties true\n/x: not true\n"},
};

static const struct json *no_file(void *context, struct text path, const struct source **source)
{
  (void)context, (void)path, (void)source;
  return NULL;
}

static void says(struct arena *arena, const struct example *example, unsigned flags)
{
  struct report report;
  struct json value;
  struct schema_claim *claims;
  size_t count;
  struct buffer out = {0};
  struct source source = {"x.json", text_of(example->schema)};
  struct schema_set *set = schema_set_new(arena, no_file, NULL);
  report_init(&report);
  assert_int_equal(json_read(arena, source.text, NULL, &value, NULL), 0);
  const struct schema *schema =
      schema_compile(set, &source, source.path, &value, &value, flags, &report);
  report_print(&report, stderr);
  assert_non_null(schema);
  assert_int_equal(schema_claims(schema, arena, &claims, &count), 0);
  for (size_t i = 0; i < count; i++) {
    buffer_print(&out, "%.*s: %.*s ", TEXT_ARGS(claims[i].place), TEXT_ARGS(claims[i].keyword));
    json_write(&out, &claims[i].value);
    buffer_append_byte(&out, '\n');
  }
  buffer_append_byte(&out, '\0');
  assert_string_equal(out.data, example->claims);
  buffer_deinit(&out);
  schema_set_free(set);
  report_deinit(&report);
}

static void says_each_keyword(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 4096);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    says(&arena, &examples[i], SCHEMA_STRICT);
    says(&arena, &examples[i], SCHEMA_STRICT | SCHEMA_CLOSED);
  }
  arena_deinit(&arena);
}

/* Each level refers twice to the next one: 2^40 places. */
static void does_not_say_too_much(void **state)
{
  (void)state;
  enum { LEVELS = 40 };
  struct arena arena;
  struct report report;
  struct json value;
  struct schema_claim *claims;
  size_t count;
  struct buffer text = {0};
  arena_init(&arena, 4096);
  report_init(&report);
  buffer_print(&text, "{\"$ref\":\"#/$defs/0\",\"$defs\":{");
  for (int level = 0; level < LEVELS; level++)
    buffer_print(&text,
                 "\"%d\":{\"properties\":{\"a\":{\"$ref\":\"#/$defs/%d\"},"
                 "\"b\":{\"$ref\":\"#/$defs/%d\"}}},",
                 level, level + 1, level + 1);
  buffer_print(&text, "\"%d\":{}}}", LEVELS);
  struct source source = {"x.json", buffer_text(&text)};
  struct schema_set *set = schema_set_new(&arena, no_file, NULL);
  assert_int_equal(json_read(&arena, source.text, NULL, &value, NULL), 0);
  const struct schema *schema =
      schema_compile(set, &source, source.path, &value, &value, SCHEMA_STRICT, &report);
  report_print(&report, stderr);
  assert_non_null(schema);
  assert_int_equal(schema_claims(schema, &arena, &claims, &count), -1);
  assert_int_equal(count, 0);
  schema_set_free(set);
  report_deinit(&report);
  buffer_deinit(&text);
  arena_deinit(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(says_each_keyword),
                                     cmocka_unit_test(does_not_say_too_much)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
