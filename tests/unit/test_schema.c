/* What the official suite does not cover: strict and closed schemas, formats, patterns, hostile
 * input, and what is asked of a schema without a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/schema.h"

/* One schema, its set, and an arena for everything. */
struct fixture {
  struct arena arena;
  struct report report;
  struct schema_set *set;
  struct source source;
};

/* Other files that schemas refer to. */
static const struct {
  const char *path, *text;
} files[] = {
    {"defs/user.json",
     "{\"type\":\"object\",\"properties\":{\"id\":{\"$ref\":\"#/$defs/id\"},"
     "\"email\":{\"type\":\"string\",\"format\":\"email\"}},\"required\":[\"id\"],"
     "\"$defs\":{\"id\":{\"type\":\"integer\",\"minimum\":1}}}"},
    {"defs/secret.json", "{\"type\":\"string\",\"format\":\"password\",\"minLength\":12}"},
    {"defs/broken.json", "{\"type\":\"strng\"}"},
    {"defs/round.json", "{\"allOf\":[{\"$ref\":\"round.json\"}]}"},
};

static struct json parse(struct fixture *f, const char *text)
{
  struct json value;
  struct json_error error;
  if (json_read(&f->arena, text_of(text), NULL, &value, &error))
    fail_msg("%s: %s", text, error.message);
  return value;
}

static const struct json *load(void *context, struct text path, const struct source **source)
{
  struct fixture *f = context;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (!text_is(path, files[i].path)) continue;
    struct json *value = arena_new(&f->arena, sizeof *value);
    struct source *read = arena_new(&f->arena, sizeof *read);
    *value = parse(f, files[i].text);
    *read = (struct source){files[i].path, text_of(files[i].text)};
    *source = read;
    return value;
  }
  return NULL;
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

static const struct schema *try_compile(struct fixture *f, const char *text, unsigned flags)
{
  struct json *value = arena_new(&f->arena, sizeof *value);
  *value = parse(f, text);
  f->source = (struct source){"users/update.json", text_of(text)};
  return schema_compile(f->set, &f->source, "users/update.json", value, value, flags, &f->report);
}

static const struct schema *compile(struct fixture *f, const char *text, unsigned flags)
{
  const struct schema *schema = try_compile(f, text, flags);
  if (!schema) report_print(&f->report, stderr);
  assert_non_null(schema);
  return schema;
}

/* "/name must …" for each problem, one per line. */
static const char *problems_of(struct fixture *f, const struct schema *schema, const char *text)
{
  struct json value = parse(f, text);
  struct schema_problems problems = {.arena = &f->arena};
  bool valid = schema_valid(schema, &value, &problems);
  assert_int_equal(valid, problems.count == 0);
  assert_int_equal(valid, schema_valid(schema, &value, NULL));
  struct text lines = TEXT("");
  for (size_t i = 0; i < problems.count; i++) {
    assert_true(text_is_utf8(problems.items[i].message));
    lines = arena_print(&f->arena, "%s%s%s %s", lines.data, i > 0 ? "\n" : "",
                        problems.items[i].instance.data, problems.items[i].message.data);
  }
  return lines.data;
}

struct verdict {
  const char *schema, *value;
  const char *problems; /* "" if it is valid; "*" if it is not, whatever is said */
};

static void check_verdicts(const struct verdict *rows, size_t count, unsigned flags)
{
  for (size_t i = 0; i < count; i++) {
    struct fixture f;
    open_fixture(&f);
    const char *found = problems_of(&f, compile(&f, rows[i].schema, flags), rows[i].value);
    bool as_expected =
        rows[i].problems[0] == '*' ? found[0] != '\0' : strcmp(found, rows[i].problems) == 0;
    if (!as_expected)
      fail_msg("%s on %s\nsays  %s\nnot   %s", rows[i].schema, rows[i].value, found,
               rows[i].problems);
    close_fixture(&f);
  }
}
#define CHECK_VERDICTS(rows, flags) check_verdicts(rows, sizeof(rows) / sizeof *(rows), flags)

static void test_closed(void **state)
{
  (void)state;
  static const struct verdict rows[] = {
      {"{\"properties\":{\"a\":true}}", "{\"a\":1,\"b\":2}", "/b is not a known field"},
      {"{\"properties\":{\"a\":true}}", "5", ""},
      {"{}", "{\"a\":1}", "/a is not a known field"},
      {"{}", "{}", ""},
      {"{\"type\":\"object\"}", "{\"a\":1}", "/a is not a known field"},
      {"{\"type\":\"string\"}", "\"a\"", ""},
      {"true", "{\"a\":1}", ""},
      {"{\"additionalProperties\":true}", "{\"a\":1}", ""},
      {"{\"additionalProperties\":{\"type\":\"integer\"}}", "{\"a\":1}", ""},
      {"{\"unevaluatedProperties\":true}", "{\"a\":1}", ""},
      {"{\"patternProperties\":{\"^x\":true}}", "{\"xa\":1,\"b\":1}", "/b is not a known field"},
      {"{\"const\":{\"a\":1}}", "{\"a\":1}", ""},
      {"{\"enum\":[{\"a\":1}]}", "{\"a\":1}", ""},
      /* at every depth */
      {"{\"properties\":{\"a\":{\"properties\":{\"b\":true}}}}", "{\"a\":{\"b\":1,\"c\":1}}",
       "/a/c is not a known field"},
      {"{\"properties\":{\"a\":{\"type\":\"object\"}}}", "{\"a\":{\"c\":1}}",
       "/a/c is not a known field"},
      {"{\"properties\":{\"a\":true}}", "{\"a\":{\"c\":1}}", ""},
      {"{\"items\":{\"properties\":{\"b\":true}}}", "[{\"c\":1}]", "/0/c is not a known field"},
      {"{\"prefixItems\":[{\"properties\":{\"b\":true}}]}", "[{\"c\":1}]",
       "/0/c is not a known field"},
      {"{\"additionalProperties\":{\"properties\":{\"b\":true}}}", "{\"a\":{\"c\":1}}",
       "/a/c is not a known field"},
      {"{\"patternProperties\":{\"a\":{\"properties\":{\"b\":true}}}}", "{\"a\":{\"c\":1}}",
       "/a/c is not a known field"},
      /* in place only the place of use is closed */
      {"{\"$ref\":\"../defs/user.json\"}", "{\"id\":1,\"mail\":2}",
       "/mail is not a known field; did you mean 'email'?"},
      {"{\"$ref\":\"../defs/user.json\",\"properties\":{\"more\":true}}", "{\"id\":1,\"more\":2}",
       ""},
      {"{\"$ref\":\"../defs/user.json\",\"properties\":{\"more\":true}}",
       "{\"id\":1,\"more\":2,\"x\":3}", "/x is not a known field"},
      {"{\"allOf\":[{\"properties\":{\"a\":true}},{\"properties\":{\"b\":true}}]}",
       "{\"a\":1,\"b\":2}", ""},
      {"{\"allOf\":[{\"properties\":{\"a\":true}},{\"properties\":{\"b\":{\"properties\":{\"c\":"
       "true}}}}]}",
       "{\"a\":1,\"b\":{\"d\":1}}", "/b/d is not a known field"},
      /* but an object within is closed by each branch that describes it */
      {"{\"allOf\":[{\"properties\":{\"a\":{\"properties\":{\"b\":true}}}},"
       "{\"properties\":{\"a\":{\"properties\":{\"c\":true}}}}]}",
       "{\"a\":{\"b\":1,\"c\":1}}", "/a/c is not a known field\n/a/b is not a known field"},
      {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]},"
       "{\"properties\":{\"b\":true}}]}",
       "{\"a\":\"x\",\"b\":2}", "/a is not a known field"},
      {"{\"if\":{\"properties\":{\"a\":{\"const\":1}}},\"then\":{\"properties\":{\"b\":true}}}",
       "{\"a\":1,\"b\":2}", ""},
      {"{\"if\":{\"properties\":{\"a\":{\"const\":1}}},\"then\":{\"properties\":{\"b\":true}}}",
       "{\"a\":2,\"b\":2}", "*"},
      {"{\"dependentSchemas\":{\"a\":{\"properties\":{\"a\":true,\"b\":true}}}}",
       "{\"a\":2,\"b\":2}", ""},
      /* a question about a value is not closed */
      {"{\"items\":{\"properties\":{\"a\":true,\"b\":true}},"
       "\"contains\":{\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"]}}",
       "[{\"a\":1,\"b\":2}]", ""},
      {"{\"properties\":{\"a\":{\"properties\":{\"b\":true,\"c\":true}}},"
       "\"not\":{\"properties\":{\"a\":{\"properties\":{\"b\":{\"const\":1}}}}}}",
       "{\"a\":{\"b\":1,\"c\":1}}", " is not allowed in this form"},
      /* a branch that fails does not make its fields unknown in the report */
      {"{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}}}],"
       "\"anyOf\":[{\"properties\":{\"b\":{\"type\":\"null\"}}}]}",
       "{\"a\":1,\"b\":2,\"c\":3}", "/b must be null; got 2\n/c is not a known field"},
  };
  CHECK_VERDICTS(rows, SCHEMA_CLOSED | SCHEMA_STRICT);
}

static void test_closed_many_members(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *schema = compile(
      &f, "{\"allOf\":[{\"properties\":{\"z\":true}},{\"patternProperties\":{\"^a\":true}}]}",
      SCHEMA_CLOSED);
  struct buffer text = {0};
  buffer_print(&text, "{\"z\":1");
  for (int i = 0; i < 1000; i++) buffer_print(&text, ",\"a%d\":%d", i, i);
  size_t good = text.length;
  buffer_append(&text, "}", 2);
  assert_string_equal(problems_of(&f, schema, text.data), "");
  text.length = good;
  buffer_append(&text, ",\"b\":1}", 8);
  assert_string_equal(problems_of(&f, schema, text.data), "/b is not a known field");
  buffer_deinit(&text);
  close_fixture(&f);
}

static void test_all_of(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *both[] = {
      compile(&f, "{\"properties\":{\"a\":{\"type\":\"integer\"}}}", SCHEMA_CLOSED),
      compile(&f, "{\"properties\":{\"b\":true,\"a\":{\"maximum\":5}}}", 0)};
  const struct schema *all = schema_all_of(f.set, both, 2);
  assert_string_equal(problems_of(&f, all, "{\"a\":1}"), "");
  assert_string_equal(problems_of(&f, all, "{\"a\":9,\"b\":2}"),
                      "/b is not a known field\n/a must be at most 5; got 9");
  assert_true(schema_satisfiable(all));
  close_fixture(&f);
}

/* What a dynamic reference means in one schema is not for the other to say. */
static void test_all_of_dynamic(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *both[] = {
      compile(&f, "{\"$id\":\"x:loose\",\"$dynamicAnchor\":\"n\"}", 0),
      compile(&f,
              "{\"$id\":\"x:strict\",\"$dynamicAnchor\":\"n\",\"maxProperties\":1,"
              "\"additionalProperties\":{\"$dynamicRef\":\"#n\"}}",
              0)};
  const struct schema *all = schema_all_of(f.set, both, 2);
  assert_string_equal(problems_of(&f, all, "{\"a\":{\"b\":1,\"c\":2}}"),
                      "/a must have at most 1 field; has 2");
  close_fixture(&f);
}

/* --- schemas that are wrong */

struct mistake {
  const char *schema;
  unsigned column;
  const char *message;
};

static void test_strict(void **state)
{
  (void)state;
  static const struct mistake rows[] = {
      {"{\"maxlength\":1}", 2, "unknown keyword 'maxlength'; did you mean 'maxLength'?"},
      {"{\"properties\":{\"a\":{\"typ\":1}}}", 21, "unknown keyword 'typ'; did you mean 'type'?"},
      {"{\"definitions\":{}}", 2, "unknown keyword 'definitions'; did you mean '$defs'?"},
      {"{\"zzzzzz\":{}}", 2, "unknown keyword 'zzzzzz'"},
      {"{\"minLength\":\"x\"}", 14,
       "'minLength' must be a whole number of at least 0, not a string"},
      {"{\"minLength\":-1}", 14,
       "'minLength' must be a whole number of at least 0, not an integer"},
      {"{\"maximum\":\"x\"}", 12, "'maximum' must be a number, not a string"},
      {"{\"multipleOf\":0}", 15, "'multipleOf' must be a number above 0, not an integer"},
      {"{\"type\":\"strng\"}", 9, "'strng' is not a type; did you mean 'string'?"},
      {"{\"type\":[]}", 9, "'type' must be a type or an array of at least one type, not an array"},
      {"{\"format\":\"e-mail\"}", 11, "unknown format 'e-mail'; did you mean 'email'?"},
      {"{\"normalize\":[\"trimm\"]}", 15, "'trimm' is not a normalization; did you mean 'trim'?"},
      {"{\"normalize\":[\"upper\",\"lower\"]}", 14, "'normalize' cannot be both lower and upper"},
      {"{\"required\":[\"a\",\"a\"]}", 18, "'required' lists 'a' twice"},
      {"{\"required\":\"a\"}", 13, "'required' must be an array of strings"},
      {"{\"properties\":{\"a\":1}}", 20,
       "'a' must be a schema (an object, true or false), not an integer"},
      {"{\"allOf\":[]}", 10, "'allOf' must be an array of at least one schema"},
      {"{\"items\":[{}]}", 10, "'items' must be one schema, not an array"},
      {"{\"pattern\":\"(\"}", 12, "the pattern is wrong: missing closing parenthesis"},
      {"{\"pattern\":\"\\\\é\"}", 12, "the pattern is wrong: \\é is not an escape"},
      {"{\"then\":{}}", 9, "'then' has no effect without 'if'"},
      {"{\"enum\":[]}", 9, "'enum' must be an array of at least one value, not an array"},
      {"{\"$ref\":\"#/$defs/x\"}", 9, "the reference '#/$defs/x' leads nowhere"},
      {"{\"$ref\":\"#name\"}", 9, "the reference '#name' leads nowhere"},
      {"{\"$ref\":\"../defs/none.json\"}", 9, "there is no 'defs/none.json' to refer to"},
      {"{\"$ref\":\"../../etc/passwd\"}", 9,
       "the reference '../../etc/passwd' leaves the folder of the contracts"},
      {"{\"$ref\":\"https://example.com/x\"}", 9,
       "there is no 'https://example.com/x' to refer to"},
      {"{\"$ref\":\"#/minLength\",\"minLength\":1}", 9,
       "the reference '#/minLength' does not lead to a schema"},
      {"{\"$ref\":\"#\"}", 1, "this schema refers to itself for the same value, without end"},
      {"{\"anyOf\":[{\"not\":{\"$ref\":\"#\"}}]}", 18,
       "this schema refers to itself for the same value, without end"},
      {"{\"$ref\":\"../defs/round.json\"}", 11,
       "this schema refers to itself for the same value, without end"},
      {"{\"$defs\":{\"a\":{\"$anchor\":\"x\"},\"b\":{\"$anchor\":\"x\"}}}", 46,
       "the anchor 'x' stands twice in this document"},
      {"{\"$anchor\":\"1st\"}", 12,
       "'$anchor' must be a letter or _, then letters, digits, '-', '.' or '_'"},
      {"{\"$dynamicAnchor\":\"a/b\"}", 19,
       "'$dynamicAnchor' must be a letter or _, then letters, digits, '-', '.' or '_'"},
      {"{\"$id\":\"../defs/user.json\"}", 8,
       "'$id' must have a scheme: a path is the address of a file"},
      {"{\"$defs\":{\"a\":{\"$id\":\"x:y\"},\"b\":{\"$id\":\"x:y\"}}}", 40,
       "'x:y' names another schema already"},
      {"[]", 1, "a schema must be an object, true or false, not an array"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    if (try_compile(&f, rows[i].schema, SCHEMA_STRICT))
      fail_msg("%s should not compile", rows[i].schema);
    assert_non_null(f.report.first);
    if (strcmp(f.report.first->message, rows[i].message) != 0 ||
        f.report.first->column != rows[i].column)
      fail_msg("%s\nsays  %u: %s\nnot   %u: %s", rows[i].schema, f.report.first->column,
               f.report.first->message, rows[i].column, rows[i].message);
    close_fixture(&f);
  }
}

static void test_broken_file_is_reported_once(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  assert_null(try_compile(&f, "{\"items\":{\"$ref\":\"../defs/broken.json\"}}", SCHEMA_STRICT));
  assert_int_equal(f.report.errors, 1);
  assert_string_equal(f.report.first->path, "defs/broken.json");
  assert_null(try_compile(&f, "{\"items\":{\"$ref\":\"../defs/broken.json\"}}", SCHEMA_STRICT));
  assert_int_equal(f.report.errors, 1);
  assert_non_null(try_compile(&f, "{\"items\":{\"$ref\":\"../defs/user.json\"}}", SCHEMA_STRICT));
  close_fixture(&f);
}

/* The documents of the draft are there without a loader, and nobody can take their place. */
static void test_meta_schema(void **state)
{
  (void)state;
#define DRAFT "https://json-schema.org/draft/2020-12/"
  static const struct verdict rows[] = {
      {"{\"$ref\":\"" DRAFT "schema\"}", "{\"items\":{\"minLength\":1}}", ""},
      {"{\"$ref\":\"" DRAFT "schema\"}", "{\"items\":{\"minLength\":-1}}",
       "/items/minLength must be at least 0; got -1"},
      {"{\"$schema\":\"" DRAFT "schema\",\"items\":{\"$ref\":\"" DRAFT "schema#\"}}", "[true,1]",
       "/1 must be an object or true or false; got 1"},
      {"{\"$ref\":\"" DRAFT "meta/validation#/$defs/stringArray\"}", "[\"a\",\"a\"]",
       " must not repeat an item; items 0 and 1 are equal"},
  };
  CHECK_VERDICTS(rows, SCHEMA_STRICT);
  struct fixture f;
  open_fixture(&f);
  assert_null(try_compile(&f, "{\"$id\":\"" DRAFT "schema\"}", SCHEMA_STRICT));
  assert_string_equal(f.report.first->message, "'" DRAFT "schema' names another schema already");
  close_fixture(&f);
#undef DRAFT
}

/* Not a circle: each turn goes into the value. */
static void test_recursion(void **state)
{
  (void)state;
  static const struct verdict rows[] = {
      {"{\"properties\":{\"next\":{\"$ref\":\"#\"}}}", "{\"next\":{\"next\":{}}}", ""},
      {"{\"properties\":{\"next\":{\"$ref\":\"#\"}}}", "{\"next\":{\"nxt\":{}}}",
       "/next/nxt is not a known field; did you mean 'next'?"},
      {"{\"type\":[\"array\",\"null\"],\"items\":{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"string\"}"
       "]}}",
       "[[[null]],\"a\"]", ""},
  };
  CHECK_VERDICTS(rows, SCHEMA_STRICT | SCHEMA_CLOSED);
}

/* --- patterns and formats */

static void test_patterns(void **state)
{
  (void)state;
  static const struct {
    const char *pattern, *text;
    bool matches;
  } rows[] = {
      {"^\\\\d+$", "\"12\"", true},
      {"^\\\\d+$", "\"\u0661\"", false},
      {"^a$", "\"a\\n\"", false},
      {"^\\\\w$", "\"é\"", false},
      {"^\\\\s$", "\"\\u00a0\"", true},
      {"^\\\\s$", "\"\\u180e\"", false},
      {"^\\\\S$", "\"\\ufeff\"", false},
      {"^[\\\\s]$", "\"\\u2003\"", true},
      {"^[\\\\S]$", "\"\\u2003\"", false},
      {"^[^\\\\S]$", "\"\\u2003\"", true},
      {"^.$", "\"\\u2028\"", false},
      {"^.$", "\"\\u0085\"", true},
      {"^.$", "\"😀\"", true},
      {"^\\\\u{1F600}$", "\"😀\"", true},
      {"^\\\\uD83D\\\\uDE00$", "\"😀\"", true},
      {"^[\\\\uD83D\\\\uDE00-\\\\uD83D\\\\uDE4F]$", "\"😁\"", true},
      {"^\\\\p{Letter}\\\\p{Lu}$", "\"aÄ\"", true},
      {"^\\\\p{Script=Greek}+$", "\"αβ\"", true},
      {"^\\\\P{L}$", "\"1\"", true},
      {"^\\\\p{Cased_Letter}\\\\p{LC}$", "\"aÄ\"", true},
      {"^\\\\p{General_Category=Decimal_Number}\\\\p{gc=Nd}$", "\"1٢\"", true},
      {"^[\\\\p{Uppercase_Letter}\\\\p{punct}]+$", "\"A.B\"", true},
      {"^\\\\p{sc=Grek}\\\\p{Script_Extensions=Greek}\\\\p{scx=Grek}$", "\"αβγ\"", true},
      {"^\\\\p{Script=Deva}$", "\"॑\"", false},
      {"^\\\\p{scx=Deva}$", "\"॑\"", true},
      {"^\\\\p{Alphabetic}\\\\p{Alpha}\\\\p{Emoji}\\\\p{Any}$", "\"äb😀\\n\"", true},
      {"^\\\\p{Assigned}$", "\"͸\"", false},
      {"^\\\\P{Assigned}$", "\"͸\"", true},
      {"^\\\\p{ASCII}$", "\"a\"", true},
      {"^\\\\v$", "\"\\u000b\"", true},
      {"^\\\\v$", "\"\\u0085\"", false},
      {"^\\\\cJ$", "\"\\n\"", true},
      {"^[[:alpha:]$", "\"l\"", true},
      {"^[a-z[]$", "\"[\"", true},
      {"[]", "\"a\"", false},
      {"^[^]$", "\"\\n\"", true},
      {"^{$", "\"{\"", true},
      {"^a{2,3}$", "\"aaa\"", true},
      {"^a{,3}$", "\"a{,3}\"", true},
      {"^(?<year>\\\\d{4})-\\\\k<year>$", "\"2024-2024\"", true},
      {"^(a)?b\\\\1$", "\"b\"", true},
      {"^(?!x)a(?=b)", "\"ab\"", true},
      {"(?<=a)b", "\"ab\"", true},
      {"^a#b c$", "\"a#b c\"", true},
      {"^[\\\\w.+-]+@x\\\\.y$", "\"a.b-c+d@x.y\"", true},
      {"\\\\bfoo\\\\b", "\"a foo b\"", true},
      {"", "\"\"", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    const char *schema = arena_print(&f.arena, "{\"pattern\":\"%s\"}", rows[i].pattern).data;
    struct json value = parse(&f, rows[i].text);
    if (schema_valid(compile(&f, schema, 0), &value, NULL) != rows[i].matches)
      fail_msg("%s on %s", rows[i].pattern, rows[i].text);
    close_fixture(&f);
  }
}

static void test_wrong_patterns(void **state)
{
  (void)state;
  static const char *const rows[] = {"a++",
                                     "(?>a)",
                                     "\\\\A",
                                     "\\\\Z",
                                     "\\\\h",
                                     "\\\\K",
                                     "(*ACCEPT)",
                                     "(?i)a",
                                     "(?R)",
                                     "(?#x)",
                                     "[a",
                                     "a)",
                                     "*a",
                                     "a**",
                                     "\\\\",
                                     "\\\\u12",
                                     "\\\\p{Xx}",
                                     "\\\\pL",
                                     "\\\\uD800",
                                     "\\\\2(a)b",
                                     "\\\\Qa\\\\E",
                                     "\\\\C",
                                     "(?P<n>a)",
                                     "\\\\G",
                                     "[b-a]",
                                     "a{99999}",
                                     "(?|a)",
                                     "\\\\k<x>",
                                     "^*",
                                     "\\\\01",
                                     "\\\\u{110000}",
                                     "\\\\p{gc=Greek}",
                                     "\\\\p{Script=Lu}",
                                     "\\\\p{Age=5}",
                                     "\\\\p{}",
                                     "\\\\p{gc=}",
                                     "\\\\p{L&}",
                                     "\\\\p{^L}"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    const char *schema = arena_print(&f.arena, "{\"pattern\":\"%s\"}", rows[i]).data;
    if (try_compile(&f, schema, 0)) fail_msg("%s should not compile", rows[i]);
    close_fixture(&f);
  }
}

static const char *repeat(struct fixture *f, const char *before, const char *part, unsigned count,
                          const char *after)
{
  struct buffer buffer = {0};
  buffer_append_text(&buffer, text_of(before));
  for (unsigned i = 0; i < count; i++) buffer_append_text(&buffer, text_of(part));
  buffer_append_text(&buffer, text_of(after));
  const char *text = arena_copy(&f->arena, buffer_text(&buffer)).data;
  buffer_deinit(&buffer);
  return text;
}

/* Each of these would take from minutes to centuries if it were not bounded. */
static void test_hostile_patterns(void **state)
{
  (void)state;
  static const char *const patterns[] = {"^(a+)+$",          "^(a|a)*$",    "^(a|aa)+$",
                                         "(a*)*b",           "a+a+a+a+b",   "^(.*)*\\\\d$",
                                         "(?:a?){30}a{30}b", "^(?=(a+)+$)", "(x+x+)+y|(a+a+)+y"};
  static const unsigned lengths[] = {30, 200, 250, 2000, 60000};
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
      struct fixture f;
      open_fixture(&f);
      const char *schema = arena_print(&f.arena, "{\"pattern\":\"%s\"}", patterns[i]).data;
      const struct schema *compiled = compile(&f, schema, 0);
      struct json value = parse(&f, repeat(&f, "\"", "a", lengths[n], "!\""));
      assert_false(schema_valid(compiled, &value, NULL));
      close_fixture(&f);
    }
}

/* A pattern that gives up makes the value not valid, whatever stands around it, and says so: when
 * the steps are used up, and (the long text) when memory is. */
static void test_pattern_gives_up(void **state)
{
  (void)state;
  static const struct {
    const char *schema, *before, *after;
    unsigned count;
    const char *instance;
  } rows[] = {
      {"{\"pattern\":\"^(a+)+$\"}", "\"", "!\"", 200, ""},
      {"{\"not\":{\"pattern\":\"^(a+)+$\"}}", "\"", "!\"", 200, ""},
      {"{\"pattern\":\"^(?:a|b)*$\"}", "\"", "\"", 200000, ""},
      {"{\"not\":{\"pattern\":\"^(?:a|b)*$\"}}", "\"", "\"", 200000, ""},
      {"{\"items\":{\"anyOf\":[{\"pattern\":\"^(?:a|b)*$\"},{\"type\":\"string\"}]}}", "[\"", "\"]",
       200000, "/0"},
      {"{\"properties\":{\"x\":{\"patternProperties\":{\"^(a+)+$\":true}}}}", "{\"x\":{\"",
       "!\":1}}", 200, NULL},
      {"{\"if\":{\"patternProperties\":{\"^(a+)+$\":true}},\"then\":true}", "{\"", "!\":1}", 200,
       NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    const struct schema *schema = compile(&f, rows[i].schema, 0);
    struct json value = parse(&f, repeat(&f, rows[i].before, "a", rows[i].count, rows[i].after));
    struct schema_problems problems = {.arena = &f.arena};
    if (schema_valid(schema, &value, NULL)) fail_msg("%s: valid", rows[i].schema);
    assert_false(schema_valid(schema, &value, &problems));
    assert_non_null(problems.gave_up.data);
    if (rows[i].instance) assert_string_equal(problems.gave_up.data, rows[i].instance);
    assert_int_equal(problems.count, 1);
    assert_non_null(strstr(problems.items[0].message.data, "its pattern gave up"));
    if (rows[i].instance) assert_string_equal(problems.items[0].instance.data, rows[i].instance);
    close_fixture(&f);
  }
}

/* Whoever writes a contract hears of it: once for each place, whatever it is compiled with. */
static void test_risky_pattern_is_warned_of(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  struct json value = parse(&f, "{\"items\":{\"pattern\":\"^(a+)+$\"},"
                                "\"patternProperties\":{\"^(b|b)*c\":{},\"^(b|c)*d\":{}}}");
  assert_non_null(schema_compile(f.set, NULL, "", &value, &value, 0, &f.report));
  assert_int_equal(f.report.warnings, 0);
  for (int i = 0; i < 2; i++) {
    unsigned flags = SCHEMA_STRICT | (i == 0 ? 0 : SCHEMA_CLOSED);
    assert_non_null(schema_compile(f.set, NULL, "", &value, &value, flags, &f.report));
    assert_int_equal(f.report.warnings, 2);
  }
  assert_non_null(strstr(f.report.first->next->message, "what '(a+)+' repeats"));
  assert_non_null(strstr(f.report.first->message, "what '(b|b)*' repeats"));
  close_fixture(&f);
}

/* What is long but tame is not mistaken for hostile. */
static void test_long_patterns(void **state)
{
  (void)state;
  static const struct {
    const char *pattern, *part, *after;
  } rows[] = {{"^(ab)*$", "ab", ""},       {"^(\\\\w+ ?)+$", "word ", "x"},
              {"^[^<>]*$", "text ", ""},   {"^[\\\\s\\\\S]*$", "ä\\n", ""},
              {"needle", "hay", "needle"}, {"^([a-z]+,)*[a-z]+$", "abc,", "d"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (unsigned count = 10; count <= 10000; count *= 10) {
      struct fixture f;
      open_fixture(&f);
      const char *schema = arena_print(&f.arena, "{\"pattern\":\"%s\"}", rows[i].pattern).data;
      const char *after = arena_print(&f.arena, "%s\"", rows[i].after).data;
      struct json value = parse(&f, repeat(&f, "\"", rows[i].part, count, after));
      if (!schema_valid(compile(&f, schema, 0), &value, NULL))
        fail_msg("%s on %u of %s", rows[i].pattern, count, rows[i].part);
      close_fixture(&f);
    }
}

static void test_formats(void **state)
{
  (void)state;
  static const struct {
    const char *format, *valid[10], *invalid[14];
  } rows[] = {
      {"email",
       {"ada@example.com", "a.b+c@x", "\\\"joe b\\\"@x.y", "a@[127.0.0.1]", "a@[IPv6:::1]"},
       {"", "ada@", "@x", "ada", "a..b@x", ".a@x", "a.@x", "a b@x", "a@-x", "a@x..y", "ä@x.y",
        "a@b@c", "a@x\\n"}},
      {"date",
       {"2024-02-29", "2000-02-29", "0000-01-01"},
       {"2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-1-01", "2024-01-32",
        "2024-01-01T", "", "20240101", "২০২৪-01-01"}},
      {"time",
       {"12:00:00Z", "23:59:60Z", "00:59:60+01:00", "12:00:00.123z", "12:00:00-23:59"},
       {"12:00:00", "24:00:00Z", "12:60:00Z", "12:00:60Z", "12:00:00.Z", "12:00Z", "12:00:00+24:00",
        "12:00:00+1:00"}},
      {"date-time",
       {"2024-01-01T00:00:00Z", "2024-01-01t00:00:00.5+02:00"},
       {"2024-01-01 00:00:00Z", "2024-01-01", "2024-01-01T00:00:00"}},
      {"duration",
       {"P1Y2M3DT4H5M6S", "P4W", "PT36H", "P1D", "PT0S"},
       {"P", "PT", "P1", "1D", "P1YT", "P2D1Y", "PT1D", "P1Y2D", "P1W2D", "PT1H2S", "P1H"}},
      {"uuid",
       {"2eb8aa08-AA98-11ea-b4aa-73b441d16380"},
       {"2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa9811eab4aa73b441d16380",
        "2eb8aa08-aa98-11ea-b4ga-73b441d16380", ""}},
      {"ipv4",
       {"0.0.0.0", "255.255.255.255"},
       {"256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "", "1.2.3.4a", "0x1.2.3.4"}},
      {"ipv6",
       {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::2:3", "fe80::1"},
       {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::1::", "1:", ":1",
        "::1.2.3", "1.2.3.4", "fe80::1%eth0", "1:2:3:4:5:6:7:8::"}},
      {"hostname",
       {"example.com", "a", "xn--bcher-kva.example", "1.2", "r3---sn-a.Example"},
       {"", "-a", "a-", "a..b", ".a", "a.", "a_b", "bücher", "xn--bcher", "a。b"}},
      {"idn-hostname",
       {"bücher.example", "xn--bcher-kva.example", "faß", "l·l", "丈。丁",
        "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü"},
       {"", "Bücher", "a..ü", "ü-", "a\xcc\x88.", "ﬁn", "xn--ab-", "l·", "1_ü",
        "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü"}},
      {"uri",
       {"http://a/b?c#d", "urn:x:y", "http://[::1]:80/", "mailto:a@b", "http://u:p@h:1/%20"},
       {"", "//a", "a", "http://a b", "http://[::1", "http://a/%zz", "1a:b", "http://a:b/",
        "http://ä", "http://a/<"}},
      {"uri-reference",
       {"", "//a", "a/b", "#x", "?q", "../x"},
       {"\\\\\\\\a", "a b", "#\\\\", "1:2"}},
      {"iri", {"http://ä/ö"}, {"ä", "http://a b"}},
      {"uri-template", {"http://a/{x}{?y,z*,w:3}", "a"}, {"{", "a}", "{}", "{a b}", "{x:0}"}},
      {"json-pointer", {"", "/", "/a~0b/~1"}, {"a", "/~", "/~2"}},
      {"relative-json-pointer", {"0", "1/a", "2#"}, {"", "/a", "-1/a", "01/a", "0##"}},
      {"regex", {"^a$", ""}, {"(", "\\\\Z"}},
      {"password", {"", "x"}, {NULL}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    const struct schema *schema =
        compile(&f, arena_print(&f.arena, "{\"format\":\"%s\"}", rows[i].format).data, 0);
    for (size_t n = 0; n < 24; n++) {
      bool valid = n < 10;
      const char *text = valid ? rows[i].valid[n] : rows[i].invalid[n - 10];
      if (!text) continue;
      struct json value = parse(&f, arena_print(&f.arena, "\"%s\"", text).data);
      if (schema_valid(schema, &value, NULL) != valid)
        fail_msg("%s should%s be %s", text, valid ? "" : " not", rows[i].format);
    }
    struct json other = json_integer(1);
    assert_true(schema_valid(schema, &other, NULL));
    close_fixture(&f);
  }
}

/* --- hostile values */

static void test_budget(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *unique = compile(&f, "{\"uniqueItems\":true}", 0);
  struct buffer text = {0};
  buffer_append_byte(&text, '[');
  for (int i = 0; i < 50000; i++) buffer_print(&text, "%s\"item %d\"", i > 0 ? "," : "", i);
  buffer_append(&text, "]", 2);
  struct json value = parse(&f, text.data);
  assert_true(schema_valid(unique, &value, NULL));
  value.items[49999] = value.items[7];
  assert_false(schema_valid(unique, &value, NULL));

  /* What runs out of steps is not valid, even under `not`. */
  const struct schema *both[] = {
      compile(&f,
              "{\"items\":{\"enum\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,\"x\"]}}",
              0),
      compile(&f,
              "{\"not\":{\"items\":{\"enum\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,"
              "20,\"x\"]}}}",
              0)};
  for (int i = 0; i < 50000; i++) value.items[i] = json_string(TEXT("x"));
  for (int i = 0; i < 2; i++) {
    struct schema_problems problems = {.arena = &f.arena};
    assert_false(schema_valid(both[i], &value, NULL));
    assert_false(schema_valid(both[i], &value, &problems));
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].message.data,
                        "is too large or too complex to be checked");
  }
  buffer_deinit(&text);
  close_fixture(&f);
}

/* Two schemas that look at each value twice cost 2^depth, of which no test would see the end; the
 * budget ends it. */
static void test_exponential_schema(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *schema =
      compile(&f,
              "{\"anyOf\":[{\"items\":{\"$ref\":\"#\"},\"maxItems\":1},"
              "{\"items\":{\"$ref\":\"#\"},\"maxItems\":1},{\"type\":\"null\"}],"
              "\"type\":\"array\"}",
              0);
  struct json value = parse(&f, repeat(&f, "", "[", 60, repeat(&f, "1", "]", 60, "")));
  struct schema_problems problems = {.arena = &f.arena};
  assert_false(schema_valid(schema, &value, NULL));
  assert_false(schema_valid(schema, &value, &problems));
  close_fixture(&f);
}

/* --- settle */

static const char *settled(struct fixture *f, const char *schema, const char *text, unsigned flags)
{
  struct json value = parse(f, text);
  struct schema_problems problems = {.arena = &f->arena};
  assert_true(schema_settle(compile(f, schema, 0), &value, flags, &problems));
  struct buffer out = {0};
  json_write(&out, &value);
  const char *written = arena_copy(&f->arena, buffer_text(&out)).data;
  buffer_deinit(&out);
  return written;
}

static void test_settle(void **state)
{
  (void)state;
  static const struct {
    unsigned flags;
    const char *schema, *value, *settled;
  } rows[] = {
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"42\"", "42"},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"-1\"", "-1"},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"01\"", "\"01\""},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"+1\"", "\"+1\""},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"1.0\"", "\"1.0\""},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"-0\"", "\"-0\""},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\" 1\"", "\" 1\""},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"\"", "\"\""},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"9223372036854775807\"", "9223372036854775807"},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"-9223372036854775808\"", "-9223372036854775808"},
      {SETTLE_COERCE, "{\"type\":\"integer\"}", "\"9223372036854775808\"",
       "\"9223372036854775808\""},
      {SETTLE_COERCE, "{\"type\":\"number\"}", "\"1.5e2\"", "150"},
      {SETTLE_COERCE, "{\"type\":\"number\"}", "\"7\"", "7"},
      {SETTLE_COERCE, "{\"type\":\"number\"}", "\".5\"", "\".5\""},
      {SETTLE_COERCE, "{\"type\":\"number\"}", "\"1e999\"", "\"1e999\""},
      {SETTLE_COERCE, "{\"type\":\"number\"}", "\"inf\"", "\"inf\""},
      {SETTLE_COERCE, "{\"type\":\"boolean\"}", "\"true\"", "true"},
      {SETTLE_COERCE, "{\"type\":\"boolean\"}", "\"True\"", "\"True\""},
      {SETTLE_COERCE, "{\"type\":[\"integer\",\"string\"]}", "\"1\"", "\"1\""},
      {SETTLE_COERCE, "{}", "\"1\"", "\"1\""},
      {SETTLE_COERCE, "{\"enum\":[1,2]}", "\"1\"", "1"},
      {SETTLE_COERCE, "{\"type\":\"null\"}", "\"null\"", "\"null\""},
      {SETTLE_COERCE, "{\"$ref\":\"../defs/user.json#/$defs/id\"}", "\"5\"", "5"},
      {SETTLE_COERCE, "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"boolean\"}]}", "\"true\"",
       "true"},
      {SETTLE_COERCE, "{\"allOf\":[{\"minimum\":1},{\"type\":[\"integer\",\"null\"]}]}", "\"1\"",
       "1"},
      {SETTLE_COERCE, "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "\"1\"", "[1]"},
      {SETTLE_COERCE, "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "[\"1\",\"x\"]",
       "[1,\"x\"]"},
      {SETTLE_COERCE, "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}", "\"1\"", "[\"1\"]"},
      {SETTLE_COERCE, "{\"properties\":{\"a\":{\"type\":\"integer\"}}}",
       "{\"a\":\"1\",\"b\":\"1\"}", "{\"a\":1,\"b\":\"1\"}"},
      {SETTLE_COERCE,
       "{\"oneOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}}},"
       "{\"properties\":{\"a\":{\"type\":\"boolean\"}}},{\"required\":[\"a\"]}]}",
       "{\"a\":\"true\"}", "{\"a\":true}"},
      {SETTLE_COERCE,
       "{\"allOf\":[{\"properties\":{\"a\":{\"maximum\":3}}},"
       "{\"properties\":{\"a\":{\"type\":\"integer\"}}}]}",
       "{\"a\":\"1\"}", "{\"a\":1}"},
      {SETTLE_COERCE, "{\"patternProperties\":{\"^n\":{\"type\":\"integer\"}}}", "{\"n1\":\"1\"}",
       "{\"n1\":1}"},
      {SETTLE_COERCE, "{\"additionalProperties\":{\"type\":\"integer\"}}", "{\"n1\":\"1\"}",
       "{\"n1\":1}"},
      {SETTLE_NORMALIZE, "{\"normalize\":[\"trim\",\"lower\"]}",
       "\" \\t\\u00a0ADA@X.y \\ufeff\\n\"", "\"ada@x.y\""},
      {SETTLE_NORMALIZE, "{\"normalize\":[\"upper\"]}", "\" aé\"", "\" Aé\""},
      {SETTLE_NORMALIZE, "{\"normalize\":[\"trim\"]}", "\"   \"", "\"\""},
      {SETTLE_NORMALIZE,
       "{\"items\":{\"allOf\":[{\"normalize\":[\"lower\"]}],\"normalize\":[\"trim\"]}}",
       "[\" A\",5]", "[\"a\",5]"},
      {SETTLE_NORMALIZE, "{\"type\":\"integer\"}", "2.0", "2"},
      {SETTLE_NORMALIZE, "{\"type\":\"number\"}", "2.0", "2"},
      {SETTLE_NORMALIZE, "{\"type\":\"integer\"}", "2.5", "2.5"},
      {SETTLE_COERCE, "{\"normalize\":[\"lower\"]}", "\"A\"", "\"A\""},
      {SETTLE_EMPTY, "{\"type\":\"object\"}", "[]", "{}"},
      {SETTLE_EMPTY, "{\"type\":[\"object\",\"null\"]}", "[]", "{}"},
      {SETTLE_EMPTY, "{\"type\":\"array\"}", "[]", "[]"},
      {SETTLE_EMPTY, "{}", "[]", "[]"},
      {SETTLE_EMPTY, "{\"items\":{\"properties\":{\"a\":{\"type\":\"object\"}}}}", "[{\"a\":[]}]",
       "[{\"a\":{}}]"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    const char *found = settled(&f, rows[i].schema, rows[i].value, rows[i].flags);
    if (strcmp(found, rows[i].settled) != 0)
      fail_msg("%s makes %s of %s, not %s", rows[i].schema, found, rows[i].value, rows[i].settled);
    close_fixture(&f);
  }
}

static void test_settle_copies_only_what_changes(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *schema = compile(
      &f,
      "{\"properties\":{\"a\":{\"items\":{\"normalize\":[\"trim\"]}},\"b\":{\"type\":\"array\"}}}",
      0);
  struct json value = parse(&f, "{\"a\":[\"x\"],\"b\":[1]}");
  struct json same = value;
  struct schema_problems problems = {.arena = &f.arena};
  assert_true(schema_settle(schema, &same, SETTLE_COERCE | SETTLE_NORMALIZE, &problems));
  assert_ptr_equal(same.members, value.members);
  value = parse(&f, "{\"a\":[\" x\"],\"b\":[1]}");
  struct json changed = value;
  assert_true(schema_settle(schema, &changed, SETTLE_NORMALIZE, &problems));
  assert_ptr_not_equal(changed.members, value.members);
  assert_ptr_equal(changed.members[1].value.items, value.members[1].value.items);
  assert_int_equal(changed.members[0].value.items[0].offset,
                   value.members[0].value.items[0].offset);
  close_fixture(&f);
}

/* Alternatives that refer to one schema, as those of an expression do, must not double with every
 * level of the value. */
static void test_settle_recursive_alternatives(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
#define OPERATION(name)                                                                            \
  "{\"properties\":{\"" name "\":true,\"l\":{\"$ref\":\"#\"},\"r\":{\"$ref\":\"#\"}}}"
  static const char schema[] =
      "{\"oneOf\":[" OPERATION("and") "," OPERATION("or") ",{\"normalize\":[\"trim\"]}]}";
#undef OPERATION
  const char *text = repeat(&f, "", "{\"r\":\" a\",\"l\":", 60, repeat(&f, "\" b\"", "}", 60, ""));
  const char *wanted = repeat(&f, "", "{\"r\":\"a\",\"l\":", 60, repeat(&f, "\"b\"", "}", 60, ""));
  assert_string_equal(settled(&f, schema, text, SETTLE_NORMALIZE), wanted);
  close_fixture(&f);
}

/* What is too much work is refused: it may not be ready. */
static void test_settle_is_bounded(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
#define BOTH(name)                                                                                 \
  "{\"properties\":{\"x\":{\"allOf\":[{\"$ref\":\"#\"},"                                           \
  "{\"properties\":{\"x\":{\"title\":\"" name "\"}}}]}}}"
  const struct schema *schema =
      compile(&f, "{\"anyOf\":[" BOTH("a") "," BOTH("b") ",{\"normalize\":[\"trim\"]}]}", 0);
#undef BOTH
  struct json value = parse(&f, repeat(&f, "", "{\"x\":", 60, repeat(&f, "\" b\"", "}", 60, "")));
  struct schema_problems problems = {.arena = &f.arena};
  assert_false(schema_settle(schema, &value, SETTLE_NORMALIZE, &problems));
  assert_int_equal(problems.count, 1);
  assert_non_null(problems.gave_up.data);
  assert_string_equal(problems.items[0].message.data, "is too large or too complex to be checked");
  close_fixture(&f);
}

/* --- fields, satisfiable */

static void test_fields(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  const struct schema *schema = compile(
      &f,
      "{\"$ref\":\"../defs/user.json\",\"allOf\":[{\"properties\":{\"email\":{\"maxLength\":9},"
      "\"any\":true,\"pw\":{\"$ref\":\"../defs/secret.json\"},\"sort\":{\"enum\":[\"a\",\"b\"]}}}],"
      "\"properties\":{\"n\":{\"type\":\"number\"},\"u\":{\"anyOf\":[{\"type\":\"null\"},"
      "{\"type\":\"string\"}]}},\"required\":[\"n\"]}",
      SCHEMA_STRICT | SCHEMA_CLOSED);
  struct schema_field *fields;
  size_t count;
  schema_fields(schema, &f.arena, &fields, &count);
  static const struct {
    const char *name;
    unsigned types;
    bool password, required, values;
  } expected[] = {
      {"n", 1 << JSON_REAL, false, true, false},
      {"u", 1 << JSON_NULL | 1 << JSON_STRING, false, false, false},
      {"id", 1 << JSON_INTEGER, false, true, false},
      {"email", 1 << JSON_STRING, false, false, false},
      {"any", 0x7f, false, false, false},
      {"pw", 1 << JSON_STRING, true, false, false},
      {"sort", 1 << JSON_STRING, false, false, true},
  };
  assert_int_equal(count, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < count; i++) {
    assert_string_equal(fields[i].name.data, expected[i].name);
    assert_int_equal(fields[i].types, expected[i].types);
    assert_int_equal(fields[i].password, expected[i].password);
    assert_int_equal(fields[i].required, expected[i].required);
    assert_int_equal(fields[i].values != NULL, expected[i].values);
  }
  close_fixture(&f);
}

static void test_satisfiable(void **state)
{
  (void)state;
  static const struct {
    const char *schema;
    bool satisfiable;
  } rows[] = {
      {"{}", true},
      {"false", false},
      {"{\"type\":\"object\"}", true},
      {"{\"allOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", false},
      {"{\"allOf\":[{\"type\":\"number\"},{\"type\":\"integer\"}]}", true},
      {"{\"type\":\"integer\",\"minimum\":5,\"maximum\":4}", false},
      {"{\"type\":\"integer\",\"minimum\":5,\"exclusiveMaximum\":6}", true},
      {"{\"type\":\"integer\",\"exclusiveMinimum\":5,\"exclusiveMaximum\":6}", false},
      {"{\"type\":\"number\",\"exclusiveMinimum\":5,\"exclusiveMaximum\":6}", true},
      {"{\"minimum\":5,\"maximum\":4}", true},
      {"{\"type\":\"string\",\"allOf\":[{\"minLength\":5},{\"maxLength\":4}]}", false},
      {"{\"type\":\"string\",\"enum\":[1,2]}", false},
      {"{\"allOf\":[{\"enum\":[1,2]},{\"enum\":[2,3]}]}", true},
      {"{\"allOf\":[{\"enum\":[1,2]},{\"enum\":[3]}]}", false},
      {"{\"const\":\"a\",\"pattern\":\"b\"}", false},
      {"{\"type\":\"array\",\"minItems\":2,\"maxItems\":1}", false},
      {"{\"type\":\"array\",\"minItems\":1,\"items\":false}", false},
      {"{\"type\":\"array\",\"items\":false}", true},
      {"{\"type\":\"object\",\"properties\":{\"a\":false}}", true},
      {"{\"type\":\"object\",\"properties\":{\"a\":false},\"required\":[\"a\"]}", false},
      {"{\"type\":\"object\",\"properties\":{\"a\":true},\"required\":[\"a\"]}", true},
      {"{\"type\":\"object\",\"properties\":{\"a\":true},\"required\":[\"b\"]}", false},
      {"{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}}},"
       "{\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]}]}",
       false},
      {"{\"type\":\"object\",\"$ref\":\"../defs/user.json\",\"required\":[\"email\"]}", true},
      {"{\"type\":\"object\",\"$ref\":\"../defs/user.json\",\"required\":[\"nope\"]}", false},
      {"{\"type\":\"object\",\"maxProperties\":1,\"properties\":{\"a\":true,\"b\":true},"
       "\"required\":[\"a\",\"b\"]}",
       false},
      {"{\"type\":\"string\",\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}]}", false},
      {"{\"type\":\"string\",\"anyOf\":[{\"type\":\"integer\"},{\"minLength\":1}]}", true},
      {"{\"type\":\"object\",\"anyOf\":[{\"properties\":{\"a\":true}},{\"properties\":{\"b\":true}}"
       "],"
       "\"required\":[\"b\"]}",
       true},
      {"{\"not\":true}", false},
      {"{\"const\":1,\"type\":\"string\"}", false},
      {"{\"allOf\":[{\"const\":1},{\"const\":2}]}", false},
      {"{\"allOf\":[{\"const\":1},{\"const\":1.0}]}", true},
      {"{\"type\":\"number\",\"allOf\":[{\"minimum\":2.5},{\"maximum\":2}]}", false},
      {"{\"type\":\"array\",\"minItems\":2,\"prefixItems\":[true,{\"type\":\"string\",\"enum\":[1]}"
       "]}",
       false},
      {"{\"type\":\"array\",\"minItems\":1,\"prefixItems\":[true,{\"type\":\"string\",\"enum\":[1]}"
       "]}",
       true},
      {"{\"type\":\"array\",\"minItems\":3,\"prefixItems\":[true,true],\"items\":false}", false},
      {"{\"type\":\"object\",\"properties\":{\"a\":true,\"b\":true},\"maxProperties\":1,"
       "\"allOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}",
       false},
      {"{\"type\":\"object\",\"properties\":{\"a\":true},\"maxProperties\":1,"
       "\"allOf\":[{\"required\":[\"a\"]},{\"required\":[\"a\"]}]}",
       true},
      {"{\"type\":\"object\",\"properties\":{\"ab\":true},\"propertyNames\":{\"maxLength\":1},"
       "\"required\":[\"ab\"]}",
       false},
      {"{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":true}},{\"required\":[\"b\"]}]}",
       false},
      {"{\"type\":\"object\",\"allOf\":[{\"patternProperties\":{\"^b\":true}},{\"required\":[\"b\"]"
       "}]}",
       true},
      {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\",\"required\":[\"b\"]}},"
       "\"required\":[\"a\"]}",
       false},
      {"{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#\"}},\"required\":[\"next\"]}",
       true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    open_fixture(&f);
    if (schema_satisfiable(compile(&f, rows[i].schema, SCHEMA_CLOSED)) != rows[i].satisfiable)
      fail_msg("%s should%s be satisfiable", rows[i].schema, rows[i].satisfiable ? "" : " not");
    close_fixture(&f);
  }
}

/* A schema within a contract: "#" is the contract, paths are relative to its file. */
static void test_within_a_document(void **state)
{
  (void)state;
  struct fixture f;
  open_fixture(&f);
  struct json document =
      parse(&f, "{\"requires\":{\"validates\":{\"properties\":{\"a\":{\"$ref\":\"#/defs/x\"},"
                "\"id\":{\"$ref\":\"../defs/user.json#/$defs/id\"}}}},"
                "\"defs\":{\"x\":{\"type\":\"null\"}}}");
  struct text pointer = TEXT("/requires/validates");
  const struct schema *schema =
      schema_compile(f.set, NULL, "users/update.json", &document,
                     json_at_pointer(&document, pointer), SCHEMA_STRICT | SCHEMA_CLOSED, &f.report);
  assert_non_null(schema);
  assert_string_equal(problems_of(&f, schema, "{\"a\":1,\"id\":0}"),
                      "/a must be null; got 1\n/id must be at least 1; got 0");
  close_fixture(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_closed),
      cmocka_unit_test(test_closed_many_members),
      cmocka_unit_test(test_all_of),
      cmocka_unit_test(test_all_of_dynamic),
      cmocka_unit_test(test_strict),
      cmocka_unit_test(test_broken_file_is_reported_once),
      cmocka_unit_test(test_meta_schema),
      cmocka_unit_test(test_recursion),
      cmocka_unit_test(test_patterns),
      cmocka_unit_test(test_wrong_patterns),
      cmocka_unit_test(test_hostile_patterns),
      cmocka_unit_test(test_pattern_gives_up),
      cmocka_unit_test(test_risky_pattern_is_warned_of),
      cmocka_unit_test(test_long_patterns),
      cmocka_unit_test(test_formats),
      cmocka_unit_test(test_budget),
      cmocka_unit_test(test_exponential_schema),
      cmocka_unit_test(test_settle),
      cmocka_unit_test(test_settle_copies_only_what_changes),
      cmocka_unit_test(test_settle_recursive_alternatives),
      cmocka_unit_test(test_settle_is_bounded),
      cmocka_unit_test(test_fields),
      cmocka_unit_test(test_satisfiable),
      cmocka_unit_test(test_within_a_document),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
