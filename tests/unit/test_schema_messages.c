/* What is said of a value that is not valid: for each keyword the two pointers, the keyword and the
 * sentence; which of several alternatives is talked about; and what is never shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/keyword.h"

/* What "defs.json" is for the schemas here. */
static const char defs[] = "{\"$defs\":{\"short\":{\"maxLength\":2},"
                           "\"secret\":{\"type\":\"string\",\"format\":\"password\"},"
                           "\"named\":{\"$anchor\":\"tiny\",\"maximum\":9}}}";

struct fixture {
  struct arena arena;
  struct report report;
  struct schema_set *set;
  struct source source, defs;
};

static const struct json *parse(struct fixture *f, struct text text)
{
  struct json *value = arena_new(&f->arena, sizeof *value);
  struct json_error error;
  if (json_read(&f->arena, text, NULL, value, &error))
    fail_msg("%.*s: %s", TEXT_ARGS(text), error.message);
  return value;
}

static const struct json *load(void *context, struct text path, const struct source **source)
{
  struct fixture *f = context;
  if (!text_is(path, "defs.json")) return NULL;
  f->defs = (struct source){"defs.json", text_of(defs)};
  *source = &f->defs;
  return parse(f, f->defs.text);
}

static const struct schema *compile(struct fixture *f, const char *text, unsigned flags)
{
  f->source = (struct source){"schema.json", text_of(text)};
  const struct json *value = parse(f, f->source.text);
  const struct schema *schema =
      schema_compile(f->set, &f->source, "schema.json", value, value, flags, &f->report);
  report_print(&f->report, stderr);
  assert_non_null(schema);
  return schema;
}

/* "instance | keyword | location | message" of each problem, one per line. */
static const char *problems_of(struct fixture *f, const struct schema *schema, const char *text)
{
  struct schema_problems problems = {.arena = &f->arena};
  const struct json *value = parse(f, text_of(text));
  bool valid = schema_valid(schema, value, &problems);
  assert_int_equal(valid, problems.count == 0);
  assert_int_equal(valid, schema_valid(schema, value, NULL));
  struct text lines = TEXT("");
  for (size_t i = 0; i < problems.count; i++) {
    const struct schema_problem *problem = &problems.items[i];
    assert_true(text_is_utf8(problem->message));
    lines = arena_print(&f->arena, "%s%s%s | %s | %s | %s", lines.data, i > 0 ? "\n" : "",
                        problem->instance.data, problem->keyword.data, problem->location.data,
                        problem->message.data);
  }
  return lines.data;
}

static void open_fixture(struct fixture *f)
{
  arena_init(&f->arena, 1 << 14);
  report_init(&f->report);
  f->set = schema_set_new(&f->arena, load, f);
}

static void close_fixture(struct fixture *f)
{
  schema_set_free(f->set);
  report_deinit(&f->report);
  arena_deinit(&f->arena);
}

struct row {
  const char *schema, *value, *problems;
};

static void check_rows(const struct row *rows, size_t count, unsigned flags)
{
  size_t failed = 0;
  for (size_t i = 0; i < count; i++) {
    struct fixture f;
    open_fixture(&f);
    const char *found = problems_of(&f, compile(&f, rows[i].schema, flags), rows[i].value);
    if (strcmp(found, rows[i].problems) != 0) {
      print_error("%s on %s\nsays  %s\nnot   %s\n", rows[i].schema, rows[i].value, found,
                  rows[i].problems);
      failed++;
    }
    close_fixture(&f);
  }
  assert_int_equal(failed, 0);
}
#define CHECK_ROWS(rows, flags) check_rows(rows, sizeof(rows) / sizeof *(rows), flags)

static const struct row keyword_rows[] = {
    /* any value */
    {"{\"type\":\"string\"}", "5", " | type | /type | must be a string; got 5"},
    {"{\"type\":\"object\"}", "[1]", " | type | /type | must be an object; got an array"},
    {"{\"type\":\"array\"}", "{}", " | type | /type | must be an array; got an object"},
    {"{\"type\":\"boolean\"}", "null", " | type | /type | must be true or false; got null"},
    {"{\"type\":[\"integer\",\"null\"]}", "1.5",
     " | type | /type | must be a whole number or null; got 1.5"},
    {"{\"type\":[\"null\",\"string\",\"number\",\"integer\"]}", "true",
     " | type | /type | must be a string, a number or null; got true"},
    {"{\"const\":1}", "[1]", " | const | /const | must be 1; got an array"},
    {"{\"const\":{\"a\":[1,\"x\"]}}", "{}",
     " | const | /const | must be {\"a\":[1,\"x\"]}; got an object"},
    {"{\"enum\":[\"user\",\"admin\"]}", "\"root\"",
     " | enum | /enum | must be one of \"user\", \"admin\"; got \"root\""},
    {"{\"enum\":[null]}", "false", " | enum | /enum | must be null; got false"},
    {"{\"enum\":[1,2,3,4,5,6,7,8,9]}", "10",
     " | enum | /enum | must be one of 1, 2, 3, 4, 5, 6, 7, 8, …; got 10"},
    {"{\"enum\":[\"aa\",\"bb\",\"cc\",\"dd\",\"ee\",\"ff\",\"gg\",\"hh\",\"forbidden\"]}",
     "\"forbiden\"",
     " | enum | /enum | must be one of \"aa\", \"bb\", \"cc\", \"dd\", \"ee\", \"ff\", \"gg\", "
     "\"hh\", …; "
     "got \"forbiden\"; did you mean \"forbidden\"?"},
    {"{\"enum\":[]}", "1", " | enum | /enum | is not allowed"},
    /* strings */
    {"{\"minLength\":1}", "\"\"", " | minLength | /minLength | must not be empty"},
    {"{\"minLength\":3}", "\"äö\"",
     " | minLength | /minLength | must have at least 3 characters; has 2"},
    {"{\"maxLength\":1}", "\"äö\"",
     " | maxLength | /maxLength | must have at most 1 character; has 2"},
    {"{\"pattern\":\"^[a-z]+$\"}", "\"A\"",
     " | pattern | /pattern | must match the pattern ^[a-z]+$; got \"A\""},
    {"{\"format\":\"email\"}", "\"ada@\"",
     " | format | /format | must be an email address; got \"ada@\""},
    /* numbers */
    {"{\"minimum\":1}", "0", " | minimum | /minimum | must be at least 1; got 0"},
    {"{\"maximum\":9007199254740993}", "9007199254740994",
     " | maximum | /maximum | must be at most 9007199254740993; got 9007199254740994"},
    {"{\"exclusiveMinimum\":0}", "0",
     " | exclusiveMinimum | /exclusiveMinimum | must be more than 0; got 0"},
    {"{\"exclusiveMaximum\":1.5}", "1.5",
     " | exclusiveMaximum | /exclusiveMaximum | must be less than 1.5; got 1.5"},
    {"{\"multipleOf\":0.01}", "0.075",
     " | multipleOf | /multipleOf | must be a multiple of 0.01; got 0.075"},
    /* arrays */
    {"{\"minItems\":2}", "[1]", " | minItems | /minItems | must have at least 2 items; has 1"},
    {"{\"maxItems\":1}", "[1,2]", " | maxItems | /maxItems | must have at most 1 item; has 2"},
    {"{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},3,{\"b\":2.0,\"a\":1}]",
     " | uniqueItems | /uniqueItems | must not repeat an item; items 0 and 2 are equal"},
    {"{\"items\":{\"type\":\"string\"}}", "[\"a\",2]",
     "/1 | type | /items/type | must be a string; got 2"},
    {"{\"prefixItems\":[{},{\"maximum\":1}],\"items\":false}", "[1,2,3]",
     "/1 | maximum | /prefixItems/1/maximum | must be at most 1; got 2\n"
     " | items | /items | must have at most 2 items; has 3"},
    {"{\"contains\":{\"type\":\"string\"}}", "[1]",
     " | contains | /contains | must contain a string"},
    {"{\"contains\":{\"properties\":{\"a\":{\"const\":1}}}}", "[{\"a\":2}]",
     " | contains | /contains | must contain at least 1 item of the described form; has 0"},
    {"{\"contains\":{\"const\":1},\"minContains\":2}", "[1,2]",
     " | minContains | /minContains | must contain 1 at least 2 times; has 1"},
    {"{\"contains\":{\"format\":\"date\"},\"maxContains\":1}", "[\"2025-01-31\",\"2025-02-01\"]",
     " | maxContains | /maxContains | must contain a date like 2025-01-31 at most 1 time; has 2"},
    {"{\"prefixItems\":[{}],\"unevaluatedItems\":false}", "[1,2]",
     "/1 | unevaluatedItems | /unevaluatedItems | is one item too many"},
    {"{\"prefixItems\":[{}],\"unevaluatedItems\":{\"type\":\"null\"}}", "[1,2]",
     "/1 | type | /unevaluatedItems/type | must be null; got 2"},
    /* objects */
    {"{\"required\":[\"email\",\"name\"]}", "{\"name\":1}",
     "/email | required | /required | is required"},
    {"{\"properties\":{\"a/b~\":{\"type\":\"null\"}}}", "{\"a/b~\":1}",
     "/a~1b~0 | type | /properties/a~1b~0/type | must be null; got 1"},
    {"{\"patternProperties\":{\"^n\":{\"maximum\":1}}}", "{\"n1\":2}",
     "/n1 | maximum | /patternProperties/^n/maximum | must be at most 1; got 2"},
    {"{\"properties\":{\"name\":{},\"email\":{}},\"additionalProperties\":false}",
     "{\"nane\":1,\"zzz\":2}",
     "/nane | additionalProperties | /additionalProperties | is not a known field; did you mean "
     "'name'?\n"
     "/zzz | additionalProperties | /additionalProperties | is not a known field"},
    {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"a\":1}",
     "/a | type | /additionalProperties/type | must be null; got 1"},
    {"{\"allOf\":[{\"properties\":{\"a\":{}}}],\"unevaluatedProperties\":false}",
     "{\"a\":1,\"b\":2}",
     "/b | unevaluatedProperties | /unevaluatedProperties | is not a known field"},
    {"{\"unevaluatedProperties\":{\"type\":\"null\"}}", "{\"a\":1}",
     "/a | type | /unevaluatedProperties/type | must be null; got 1"},
    {"{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}",
     "/ab | maxLength | /propertyNames/maxLength | has a name that must have at most 1 character; "
     "has 2"},
    {"{\"propertyNames\":false}", "{\"ab\":1}",
     "/ab |  | /propertyNames | has a name that is not allowed"},
    {"{\"minProperties\":2}", "{\"a\":1}",
     " | minProperties | /minProperties | must have at least 2 fields; has 1"},
    {"{\"maxProperties\":0}", "{\"a\":1}",
     " | maxProperties | /maxProperties | must have at most 0 fields; has 1"},
    {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
     "/b | dependentRequired | /dependentRequired | is required when 'a' is given"},
    /* for the same value */
    {"{\"allOf\":[true,{\"minimum\":1}]}", "0",
     " | minimum | /allOf/1/minimum | must be at least 1; got 0"},
    {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1",
     " | anyOf | /anyOf | must be a string or null; got 1"},
    {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":9},{\"maximum\":5}]}", "3",
     " | oneOf | /oneOf | must fit exactly one of the alternatives, but fits numbers 1 and 3"},
    {"{\"not\":{\"type\":\"null\"}}", "null", " | not | /not | must not be null"},
    {"{\"not\":{\"enum\":[\"root\",\"admin\"]}}", "\"root\"",
     " | not | /not | must not be one of \"root\", \"admin\""},
    {"{\"not\":{\"type\":\"string\",\"pattern\":\"^_\"}}", "\"_a\"",
     " | not | /not | must not be text that matches the pattern ^_"},
    {"{\"not\":{\"$ref\":\"#/$defs/n\"},\"$defs\":{\"n\":{\"format\":\"ipv4\"}}}", "\"1.2.3.4\"",
     " | not | /not | must not be an IPv4 address like 192.0.2.1"},
    {"{\"not\":{\"required\":[\"a\"]}}", "{\"a\":1}", "/a | not | /not | is not allowed"},
    {"{\"not\":{\"properties\":{\"a\":{\"const\":1}}}}", "{\"a\":1}",
     " | not | /not | is not allowed in this form"},
    {"{\"not\":true}", "1", " | not | /not | is not allowed"},
    {"{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]}}", "{\"a\":1}",
     "/b | required | /then/required | is required"},
    {"{\"if\":{\"required\":[\"a\"]},\"else\":{\"required\":[\"b\"]}}", "{}",
     "/b | required | /else/required | is required"},
    {"{\"dependentSchemas\":{\"a\":{\"maxProperties\":1}}}", "{\"a\":1,\"b\":2}",
     " | maxProperties | /dependentSchemas/a/maxProperties | must have at most 1 field; has 2"},
    {"false", "1", " |  |  | is not allowed"},
    {"{\"properties\":{\"a\":false}}", "{\"a\":1}", "/a |  | /properties/a | is not allowed"},
    /* references: where the schema stands that is not satisfied */
    {"{\"items\":{\"$ref\":\"#/$defs/a%20b\"},\"$defs\":{\"a b\":{\"maxLength\":1}}}", "[\"xy\"]",
     "/0 | maxLength | /$defs/a b/maxLength | must have at most 1 character; has 2"},
    {"{\"$ref\":\"#x\",\"$defs\":{\"n\":{\"$anchor\":\"x\",\"minimum\":1}}}", "0",
     " | minimum | /$defs/n/minimum | must be at least 1; got 0"},
    {"{\"$ref\":\"defs.json#/$defs/short\"}", "\"abc\"",
     " | maxLength | defs.json#/$defs/short/maxLength | must have at most 2 characters; has 3"},
    {"{\"$ref\":\"defs.json#tiny\"}", "10",
     " | maximum | defs.json#/$defs/named/maximum | must be at most 9; got 10"},
    {"{\"$dynamicRef\":\"#d\",\"$defs\":{\"n\":{\"$dynamicAnchor\":\"d\",\"minimum\":1}}}", "0",
     " | minimum | /$defs/n/minimum | must be at least 1; got 0"},
    {"{\"$id\":\"https://example.com/a\",\"$ref\":\"b\",\"$defs\":{\"n\":{\"$id\":\"b\","
     "\"minimum\":1}}}",
     "0", " | minimum | /$defs/n/minimum | must be at least 1; got 0"},
    /* what `normalize` did is seen before */
    {"{\"normalize\":[\"trim\"],\"minLength\":3}", "\" a\"",
     " | minLength | /minLength | must have at least 3 characters; has 2"},
};

static void test_keywords(void **state)
{
  (void)state;
  CHECK_ROWS(keyword_rows, 0);
}

/* Every keyword that says something of values is in the table. */
static void test_no_keyword_is_missing(void **state)
{
  (void)state;
  const struct schema_keywords *tables[] = {&schema_assertions, &schema_applicators};
  for (size_t t = 0; t < 2; t++)
    for (size_t i = 0; i < tables[t]->count; i++) {
      char quoted[64];
      bool found = false;
      snprintf(quoted, sizeof quoted, "\"%s\":", tables[t]->items[i].name);
      for (size_t r = 0; r < sizeof keyword_rows / sizeof *keyword_rows; r++)
        found = found || strstr(keyword_rows[r].schema, quoted);
      if (!found) fail_msg("there is no row for %s", quoted);
    }
}

static void test_formats(void **state)
{
  (void)state;
  static const struct {
    const char *format, *noun;
  } rows[] = {
      {"date", "a date like 2025-01-31"},
      {"date-time", "a date and time like 2025-01-31T12:00:00Z"},
      {"duration", "a duration like P1DT12H"},
      {"email", "an email address"},
      {"hostname", "a host name like www.example.com"},
      {"idn-email", "an email address"},
      {"idn-hostname", "a host name like www.example.com"},
      {"ipv4", "an IPv4 address like 192.0.2.1"},
      {"ipv6", "an IPv6 address like 2001:db8::1"},
      {"iri", "an IRI like https://example.com/ä"},
      {"iri-reference", "an IRI reference like /ä"},
      {"json-pointer", "a JSON Pointer like /a/0"},
      {"regex", "a regular expression"},
      {"relative-json-pointer", "a relative JSON Pointer like 1/a"},
      {"time", "a time like 12:00:00Z"},
      {"uri", "a URI like https://example.com/a"},
      {"uri-reference", "a URI reference like /a"},
      {"uri-template", "a URI template like /users/{id}"},
      {"uuid", "a UUID like 01890000-0000-7000-8000-000000000000"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    const char *schema = arena_print(&f.arena, "{\"format\":\"%s\"}", rows[i].format).data;
    const char *expected =
        arena_print(&f.arena, " | format | /format | must be %s; got \"%%{(\"", rows[i].noun).data;
    assert_string_equal(problems_of(&f, compile(&f, schema, 0), "\"%{(\""), expected);
    close_fixture(&f);
  }
}

static void test_values_are_shown_safely(void **state)
{
  (void)state;
  static const struct row rows[] = {
      {"{\"format\":\"email\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaäöü\"",
       " | format | /format | must be an email address; got "
       "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaä…\""},
      {"{\"const\":1}", "\"a\\n\\u0000\\u001b[2J\\u007f\\u009b\\u202e\\u200b\\ufeff\\\"\\\\é😀\"",
       " | const | /const | must be 1; got "
       "\"a\\n\\u0000\\u001b[2J\\u007f\\u009b\\u202e\\u200b\\ufeff\\\"\\\\é😀\""},
      {"{\"const\":\"a\\u001b\"}", "1", " | const | /const | must be \"a\\u001b\"; got 1"},
      {"{\"const\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}", "1",
       " | const | /const | must be [\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…; got 1"},
      {"{\"additionalProperties\":false}", "{\"a\\u001b\":1}",
       "/a\x1b | additionalProperties | /additionalProperties | is not a known field"},
      {"{\"dependentRequired\":{\"a\\n\":[\"b\"]}}", "{\"a\\n\":1}",
       "/b | dependentRequired | /dependentRequired | is required when 'a?' is given"},
      {"{\"maximum\":0}", "1e300", " | maximum | /maximum | must be at most 0; got 1e+300"},
  };
  CHECK_ROWS(rows, 0);
}

static void test_everything_at_once(void **state)
{
  (void)state;
  static const struct row rows[] = {
      {"{\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"minimum\":1}},\"required\":[\"c\"]}",
       "{\"a\":1,\"b\":0}",
       "/a | type | /properties/a/type | must be a string; got 1\n"
       "/b | minimum | /properties/b/minimum | must be at least 1; got 0\n"
       "/c | required | /required | is required"},
      /* the same thing, said twice */
      {"{\"allOf\":[{\"type\":\"string\"},{\"type\":\"string\"}]}", "1",
       " | type | /allOf/0/type | must be a string; got 1"},
  };
  CHECK_ROWS(rows, 0);

  struct fixture f;
  open_fixture(&f);
  const struct schema *schema = compile(&f, "{\"items\":{\"type\":\"null\"}}", 0);
  struct schema_problems problems = {.arena = &f.arena};
  assert_false(schema_valid(schema, parse(&f, TEXT("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]")),
                            &problems));
  assert_int_equal(problems.count, SCHEMA_PROBLEMS_MAX);
  close_fixture(&f);
}

/* A pointer needs no document's name where the first of them is written. */
static void test_several_schemas_together(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *all[3] = {compile(&f, "true", 0), compile(&f, "{\"maximum\":1}", 0)};
  all[2] = compile(&f, "{\"$ref\":\"defs.json#tiny\"}", 0);
  assert_string_equal(problems_of(&f, schema_all_of(f.set, all, 3), "10"),
                      " | maximum | /maximum | must be at most 1; got 10\n"
                      " | maximum | defs.json#/$defs/named/maximum | must be at most 9; got 10");
  close_fixture(&f);
}

/* --- which alternative is talked about */

static void test_closest_alternative(void **state)
{
  (void)state;
  static const struct row rows[] = {
      /* all of them list values */
      {"{\"oneOf\":[{\"const\":\"a\"},{\"const\":\"b\"}]}", "\"c\"",
       " | oneOf | /oneOf | must be one of \"a\", \"b\"; got \"c\""},
      {"{\"anyOf\":[{\"const\":1},{\"enum\":[2,3]},{\"$ref\":\"#/$defs/n\"}],"
       "\"$defs\":{\"n\":{\"const\":null}}}",
       "4", " | anyOf | /anyOf | must be one of 1, 2, 3, null; got 4"},
      {"{\"anyOf\":[{\"const\":\"abc\",\"maxLength\":1},{\"const\":1}]}", "\"abc\"",
       " | maxLength | /anyOf/0/maxLength | must have at most 1 character; has 3"},
      /* the type tells */
      {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\",\"maxLength\":2,\"pattern\":\"^x\"}]}",
       "\"abc\"",
       " | maxLength | /anyOf/1/maxLength | must have at most 2 characters; has 3\n"
       " | pattern | /anyOf/1/pattern | must match the pattern ^x; got \"abc\""},
      {"{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"array\",\"items\":{\"minimum\":1}}]}", "[0]",
       "/0 | minimum | /anyOf/1/items/minimum | must be at least 1; got 0"},
      /* a member tells, although the other alternative has fewer failures */
      {"{\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"a\"}}},"
       "{\"properties\":{\"kind\":{\"enum\":[\"b\",\"c\"]},\"x\":{\"type\":\"integer\"},"
       "\"y\":{\"type\":\"integer\"}},\"required\":[\"kind\",\"z\"]}]}",
       "{\"kind\":\"c\",\"x\":\"1\",\"y\":\"1\"}",
       "/x | type | /oneOf/1/properties/x/type | must be a whole number; got \"1\"\n"
       "/y | type | /oneOf/1/properties/y/type | must be a whole number; got \"1\"\n"
       "/z | required | /oneOf/1/required | is required"},
      {"{\"oneOf\":[{\"$ref\":\"#/$defs/a\"},{\"allOf\":[{\"$ref\":\"#/$defs/b\"}]}],\"$defs\":{"
       "\"a\":{\"properties\":{\"v\":{\"type\":\"string\"},\"kind\":{\"const\":\"a\"}},"
       "\"required\":[\"kind\"]},"
       "\"b\":{\"properties\":{\"kind\":{\"const\":\"b\"}},\"required\":[\"kind\"]}}}",
       "{\"kind\":\"A\"}", "/kind | oneOf | /oneOf | must be one of \"a\", \"b\"; got \"A\""},
      {"{\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"a\"}},\"required\":[\"kind\",\"x\"]},"
       "{\"properties\":{\"kind\":{\"const\":\"b\"}},\"required\":[\"kind\"]}]}",
       "{}", "/kind | oneOf | /oneOf | is required"},
      /* no member of all of them does, but a listed value of one counts more than other failures */
      {"{\"anyOf\":[{\"properties\":{\"kind\":{\"const\":\"a\"}}},"
       "{\"properties\":{\"n\":{\"minimum\":5},\"m\":{\"minimum\":5}}}]}",
       "{\"kind\":\"b\",\"n\":1,\"m\":1}",
       "/n | minimum | /anyOf/1/properties/n/minimum | must be at least 5; got 1\n"
       "/m | minimum | /anyOf/1/properties/m/minimum | must be at least 5; got 1"},
      /* then fewer failures, then deeper ones */
      {"{\"anyOf\":[{\"required\":[\"a\",\"b\"]},{\"required\":[\"c\"]}]}", "{}",
       "/c | required | /anyOf/1/required | is required"},
      {"{\"anyOf\":[{\"required\":[\"c\"]},{\"properties\":{\"a\":{\"items\":{\"minimum\":1}}}}]}",
       "{\"a\":[0]}",
       "/a/0 | minimum | /anyOf/1/properties/a/items/minimum | must be at least 1; got 0"},
      /* within each other */
      {"{\"anyOf\":[{\"type\":\"null\"},{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\","
       "\"required\":[\"a\"]}]}]}",
       "{}", "/a | required | /anyOf/1/anyOf/1/required | is required"},
      {"{\"anyOf\":[false,false]}", "1", " |  | /anyOf/0 | is not allowed"},
  };
  CHECK_ROWS(rows, 0);
}

/* --- what is never shown */

/* The value is never shown, nor how long it is, nor what it must be. */
static void test_secrets(void **state)
{
  (void)state;
  static const struct row rows[] = {
      {"{\"format\":\"password\",\"pattern\":\"^x$\"}", "\"hunter2\"",
       " | pattern | /pattern | must match the pattern ^x$"},
      {"{\"format\":\"password\",\"maxLength\":3}", "\"hunter2\"",
       " | maxLength | /maxLength | must have at most 3 characters"},
      {"{\"format\":\"password\",\"const\":\"hunter3\"}", "\"hunter2\"",
       " | const | /const | is not an allowed value"},
      {"{\"format\":\"password\",\"enum\":[\"hunter3\"]}", "\"hunter2\"",
       " | enum | /enum | is not an allowed value"},
      {"{\"format\":\"password\",\"type\":\"string\",\"maximum\":1}", "12345",
       " | type | /type | must be a string; got a number"},
      {"{\"format\":\"password\",\"maximum\":1}", "12345",
       " | maximum | /maximum | must be at most 1"},
      {"{\"format\":\"password\",\"not\":{\"const\":\"hunter2\"}}", "\"hunter2\"",
       " | not | /not | is not allowed in this form"},
      /* behind references, nested, in place */
      {"{\"properties\":{\"p\":{\"$ref\":\"defs.json#/$defs/"
       "secret\",\"pattern\":\"^x$\",\"minLength\":9}}}",
       "{\"p\":\"hunter2\"}",
       "/p | minLength | /properties/p/minLength | must have at least 9 characters\n"
       "/p | pattern | /properties/p/pattern | must match the pattern ^x$"},
      {"{\"properties\":{\"a\":{\"items\":{\"properties\":{\"p\":{\"$ref\":\"defs.json#/$defs/"
       "secret\","
       "\"const\":\"x\"}}}}}}",
       "{\"a\":[{\"p\":\"hunter2\"}]}",
       "/a/0/p | const | /properties/a/items/properties/p/const | is not an allowed value"},
      {"{\"allOf\":[{\"format\":\"password\"},{\"enum\":[\"x\"]}]}", "\"hunter2\"",
       " | enum | /allOf/1/enum | is not an allowed value"},
      {"{\"anyOf\":[{\"format\":\"password\",\"maxLength\":2},{\"type\":\"integer\"}]}",
       "\"hunter2\"", " | maxLength | /anyOf/0/maxLength | must have at most 2 characters"},
      {"{\"anyOf\":[{\"format\":\"password\",\"const\":\"hunter3\"},{\"const\":\"hunter4\"}]}",
       "\"hunter2\"", " | anyOf | /anyOf | is not an allowed value"},
      {"{\"if\":{\"format\":\"password\"},\"then\":{\"const\":\"x\"}}", "\"hunter2\"",
       " | const | /then/const | is not an allowed value"},
      {"{\"oneOf\":[{\"properties\":{\"p\":{\"format\":\"password\",\"const\":\"a\"}}},"
       "{\"properties\":{\"p\":{\"const\":\"b\"}}}]}",
       "{\"p\":\"hunter2\"}", "/p | oneOf | /oneOf | is not an allowed value"},
      /* another schema for the same field, which does not know that it is one */
      {"{\"allOf\":[{\"properties\":{\"p\":{\"const\":1}}},"
       "{\"properties\":{\"p\":{\"format\":\"password\"}}}]}",
       "{\"p\":\"hunter2\"}", "/p | const | /allOf/0/properties/p/const | is not an allowed value"},
      {"{\"anyOf\":[{\"properties\":{\"p\":{\"maxLength\":1}}},"
       "{\"properties\":{\"p\":{\"format\":\"password\",\"type\":\"null\"}}}]}",
       "{\"p\":\"hunter2\"}",
       "/p | maxLength | /anyOf/0/properties/p/maxLength | must have at most 1 character"},
      {"{\"additionalProperties\":{\"maxLength\":1},"
       "\"$defs\":{\"x\":{\"properties\":{\"p\":{\"format\":\"password\"}}}}}",
       "{\"p\":\"hunter2\"}",
       "/p | maxLength | /additionalProperties/maxLength | must have at most 1 character"},
      /* without a name of its own */
      {"{\"allOf\":[{\"items\":{\"format\":\"password\"}},{\"items\":{\"const\":\"x\"}}]}",
       "[\"hunter2\"]", "/0 | const | /allOf/1/items/const | is not an allowed value"},
      {"{\"allOf\":[{\"prefixItems\":[{\"format\":\"password\"}]},{\"items\":{\"maxLength\":1}"
       "}]}",
       "[\"hunter2\"]",
       "/0 | maxLength | /allOf/1/items/maxLength | must have at most 1 character"},
      {"{\"allOf\":[{\"contains\":{\"format\":\"password\"}},{\"items\":{\"maxLength\":1}}]}",
       "[\"hunter2\"]",
       "/0 | maxLength | /allOf/1/items/maxLength | must have at most 1 character"},
      {"{\"allOf\":[{\"patternProperties\":{\"^p\":{\"format\":\"password\"}}},"
       "{\"additionalProperties\":{\"maxLength\":1}}]}",
       "{\"p1\":\"hunter2\"}",
       "/p1 | maxLength | /allOf/1/additionalProperties/maxLength | must have at most 1 character"},
      {"{\"allOf\":[{\"additionalProperties\":{\"format\":\"password\"}},"
       "{\"properties\":{\"a\":{\"maxLength\":1}}}]}",
       "{\"a\":\"hunter2\"}",
       "/a | maxLength | /allOf/1/properties/a/maxLength | must have at most 1 character"},
      {"{\"allOf\":[{\"unevaluatedItems\":{\"format\":\"password\"}},{\"items\":{\"maxLength\":1}}]"
       "}",
       "[\"hunter2\"]",
       "/0 | maxLength | /allOf/1/items/maxLength | must have at most 1 character"},
      {"{\"allOf\":[{\"unevaluatedProperties\":{\"format\":\"password\"}},"
       "{\"properties\":{\"a\":{\"maxLength\":1}}}]}",
       "{\"a\":\"hunter2\"}",
       "/a | maxLength | /allOf/1/properties/a/maxLength | must have at most 1 character"},
      /* below one, and in the middle of a value that a schema lists */
      {"{\"properties\":{\"p\":{\"items\":{\"maxLength\":1},\"format\":\"password\"}}}",
       "{\"p\":[\"hunter2\"]}",
       "/p/0 | maxLength | /properties/p/items/maxLength | must have at most 1 character"},
      {"{\"properties\":{\"p\":{\"format\":\"password\"}},\"const\":{\"p\":\"hunter3\"}}",
       "{\"p\":\"hunter2\"}", " | const | /const | must be an object; got an object"},
      {"{\"properties\":{\"p\":{\"format\":\"password\"}},\"items\":{\"const\":1},\"prefixItems\":["
       "{}]}",
       "[1,\"shown\"]", "/1 | const | /items/const | must be 1; got \"shown\""},
      {"{\"$dynamicRef\":\"#d\",\"const\":\"x\",\"$defs\":{\"p\":{\"properties\":{\"p\":{"
       "\"format\":"
       "\"password\"}}},\"d\":{\"$dynamicAnchor\":\"d\"}}}",
       "\"hunter2\"", " | const | /const | is not an allowed value"},
  };
  CHECK_ROWS(rows, 0);
  CHECK_ROWS(rows, SCHEMA_FORMAT_ANNOTATES);
}

/* --- when the work becomes too much */

static void test_too_much_work(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  struct buffer value = {0};
  buffer_print(&value, "{\"a\":5,\"b\":\"");
  for (int i = 0; i < 4000; i++) buffer_append_byte(&value, 'a');
  buffer_append(&value, "!\"}", 4);
  const struct schema *schema =
      compile(&f,
              "{\"properties\":{\"a\":{\"maximum\":1},\"b\":{\"pattern\":\"^(a|a)*$\"},"
              "\"c\":{}},\"required\":[\"c\"]}",
              0);
  assert_string_equal(problems_of(&f, schema, value.data),
                      "/a | maximum | /properties/a/maximum | must be at most 1; got 5\n"
                      "/b | pattern | /properties/b/pattern | is too long or too complex to be "
                      "checked: its pattern gave up");
  schema = compile(&f, "{\"not\":{\"properties\":{\"b\":{\"pattern\":\"^(a|a)*$\"}}}}", 0);
  assert_string_equal(problems_of(&f, schema, value.data),
                      "/b | pattern | /not/properties/b/pattern | is too long or too complex to be "
                      "checked: its pattern gave up");
  buffer_deinit(&value);
  close_fixture(&f);
}

/* What is found out after the budget has run out is not true, and so is not said. */
static void test_nothing_false_is_said(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  struct buffer zeros = {0}, schema = {0};
  buffer_append_byte(&zeros, '[');
  for (int i = 0; i < 20000; i++) buffer_append(&zeros, i > 0 ? ",0" : "0", i > 0 ? 2 : 1);
  buffer_append(&zeros, "]", 2);
  buffer_print(&schema, "{\"$defs\":{\"c\":{\"const\":%s}},\"allOf\":[true", zeros.data);
  for (int i = 0; i < 60; i++)
    buffer_print(&schema, ",{\"$ref\":\"#/$defs/c\",\"title\":\"%d\"}", i);
  buffer_append(&schema, "]}", 3);
  assert_string_equal(problems_of(&f, compile(&f, schema.data, 0), zeros.data),
                      " |  |  | is too large or too complex to be checked");
  buffer_deinit(&schema);
  buffer_deinit(&zeros);
  close_fixture(&f);
}

/* Alternatives within alternatives, each of which comes equally close: no more memory than work. */
static void test_alternatives_within_alternatives(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *schema =
      compile(&f,
              "{\"anyOf\":[{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"},"
              "{\"prefixItems\":[{\"$ref\":\"#\"}],\"type\":\"array\"}]}",
              0);
  assert_string_equal(problems_of(&f, schema, "[[[[[1]]]]]"),
                      "/0/0/0/0/0 | anyOf | /anyOf | must be an array; got 1");
  const struct json *deep =
      parse(&f, TEXT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"));
  struct schema_problems problems = {.arena = &f.arena};
  assert_false(schema_valid(schema, deep, &problems));
  assert_true(problems.count > 0);
  close_fixture(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_keywords),
      cmocka_unit_test(test_no_keyword_is_missing),
      cmocka_unit_test(test_formats),
      cmocka_unit_test(test_values_are_shown_safely),
      cmocka_unit_test(test_everything_at_once),
      cmocka_unit_test(test_several_schemas_together),
      cmocka_unit_test(test_closest_alternative),
      cmocka_unit_test(test_secrets),
      cmocka_unit_test(test_too_much_work),
      cmocka_unit_test(test_nothing_false_is_said),
      cmocka_unit_test(test_alternatives_within_alternatives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
