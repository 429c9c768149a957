/* JSON: what is accepted and refused, round trips, equality, pointers. Every text is read from a
 * heap block of exactly its size, so that the sanitizer finds a read past the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define T(literal)   TEXT_INITIALIZER(literal)

static struct arena arena;

static int set_up(void **state)
{
  (void)state;
  arena_init(&arena, 16384);
  return 0;
}

static int tear_down(void **state)
{
  (void)state;
  arena_deinit(&arena);
  return 0;
}

static int read_exact(struct text text, const struct json_limits *limits, struct json *value,
                      struct json_error *error)
{
  char *copy = malloc(text.length > 0 ? text.length : 1);
  if (text.length > 0) memcpy(copy, text.data, text.length);
  int result = json_read(&arena, (struct text){copy, text.length}, limits, value, error);
  free(copy);
  return result;
}

static struct json must_read(struct text text)
{
  struct json value;
  struct json_error error;
  if (read_exact(text, NULL, &value, &error))
    fail_msg("%.*s: byte %u: %s", TEXT_ARGS(text), error.offset, error.message);
  return value;
}

/* Borrowed until the arena dies. */
static const char *written(const struct json *value)
{
  struct buffer out = {0};
  json_write(&out, value);
  struct text copy = arena_copy(&arena, buffer_text(&out));
  buffer_deinit(&out);
  return copy.data;
}

static const struct {
  struct text text;
  const char *written; /* NULL: the same */
} accepted[] = {
    {T("null"), NULL},
    {T("true"), NULL},
    {T(" \t\r\n false \n"), "false"},
    {T("0"), NULL},
    {T("-0"), "0"},
    {T("-0.0"), NULL},
    {T("-0e5"), "-0.0"},
    {T("1.0"), "1"},
    {T("1e0"), "1"},
    {T("1E+2"), "100"},
    {T("0.1"), NULL},
    {T("0e0"), "0"},
    {T("0e999999999999999999999"), "0"},
    {T("1e-400"), "0"},
    {T("5e-324"), NULL},
    {T("2.2250738585072e-310"), NULL},
    {T("2.225073858507201e-308"), NULL},
    {T("-7.120236347223045e-307"), NULL}, /* a power of two: the nearest 16 digits are not it */
    {T("7.120236347223045e-307"), NULL},
    {T("1.7976931348623157e308"), "1.7976931348623157e+308"},
    {T("1e20"), "1e+20"},
    {T("123456789.125"), NULL},
    {T("9223372036854775807"), NULL},
    {T("-9223372036854775808"), NULL},
    {T("9223372036854775808"), "9.223372036854776e+18"},
    {T("-9223372036854775809"), "-9.223372036854776e+18"},
    {T("18446744073709551616"), "1.8446744073709552e+19"},
    {T("\"\""), NULL},
    {T("\"plain text longer than one word\""), NULL},
    {T("\"\\u0000\""), NULL},
    {T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {T("\"\\u00e9\\u20AC\\ud83d\\uDE00\""), "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
    {T("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\""), NULL},
    {T("\"\\u001f\\ufeff\""), "\"\\u001f\xEF\xBB\xBF\""},
    {T("[]"), NULL},
    {T("[ ]"), "[]"},
    {T("{ }"), "{}"},
    {T("[1,[2,[3,[]]],{}]"), NULL},
    {T(" [ 1 , 2 ] "), "[1,2]"},
    {T("{\"\":{\"\":{\"\":null}}}"), NULL},
    {T("{\"b\":1,\"a\":[true,false],\"A\":\"\"}"), NULL},
    {T("{\"a\\u0000\":1,\"a\":2,\"a\\u0000b\":3}"), NULL},
};

static void accepts(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(accepted); i++) {
    struct json value = must_read(accepted[i].text);
    const char *expected = accepted[i].written ? accepted[i].written : accepted[i].text.data;
    assert_string_equal(written(&value), expected);
    struct json again = must_read(text_of(expected));
    assert_true(json_equal(&value, &again));
  }
}

static const struct {
  struct text text;
  uint32_t offset;
  const char *message; /* part of it */
} refused[] = {
    {T(""), 0, "the text ends, but a value"},
    {T("  "), 2, "the text ends, but a value"},
    {T("\xEF\xBB\xBF{}"), 0, "byte order mark"},
    {T("nul"), 0, "a value"},
    {T("True"), 0, "a value"},
    {T("truefalse"), 4, "nothing may follow"},
    {T("1 2"), 2, "nothing may follow"},
    {T("{}\0"), 2, "nothing may follow"},
    {T("\0"), 0, "a value"},
    {T("\xC2\xA0"
       "1"),
     0, "a value"},
    {T("\v1"), 0, "a value"},
    {T("01"), 0, "zero"},
    {T("-01"), 0, "zero"},
    {T("00"), 0, "zero"},
    {T("+1"), 0, "a value"},
    {T("-"), 1, "a digit"},
    {T("--1"), 1, "a digit"},
    {T(".5"), 0, "a value"},
    {T("1."), 2, "the text ends, but a digit of the fraction"},
    {T("1.e1"), 2, "a digit of the fraction"},
    {T("1e"), 2, "exponent"},
    {T("1e+"), 3, "exponent"},
    {T("1e1.5"), 3, "nothing"},
    {T("0x10"), 1, "nothing"},
    {T("1e400"), 0, "too large"},
    {T("[-1e400]"), 1, "too large"},
    {T("1e999999999999999999999999"), 0, "too large"},
    {T("NaN"), 0, "a value"},
    {T("Infinity"), 0, "a value"},
    {T("-Infinity"), 1, "a digit"},
    {T("'a'"), 0, "a value"},
    {T("\"a"), 2, "within a string"},
    {T("\"a\\"), 2, "backslash"},
    {T("\"a\\\""), 4, "within a string"},
    {T("\"\\a\""), 1, "backslash"},
    {T("\"\\\0\""), 1, "backslash"},
    {T("\"\\u12g4\""), 1, "hexadecimal"},
    {T("\"\\u12\""), 1, "hexadecimal"},
    {T("\"\\U0041\""), 1, "backslash"},
    {T("\"\\ud800\""), 1, "surrogate"},
    {T("\"\\udc00\""), 1, "surrogate"},
    {T("\"\\ud800\\ud800\""), 1, "surrogate"},
    {T("\"\\ud800\\n\""), 1, "surrogate"},
    {T("\"\\ud800\\u0041\""), 1, "surrogate"},
    {T("\"a\nb\""), 2, "\\u000a"},
    {T("\"a\0b\""), 2, "\\u0000"},
    {T("\"12345678901234567890\x1F\""), 21, "\\u001f"},
    {T("\"\x80\""), 1, "UTF-8"},
    {T("\"\xC0\x80\""), 1, "UTF-8"},
    {T("\"\xED\xA0\x80\""), 1, "UTF-8"},
    {T("\"\xF4\x90\x80\x80\""), 1, "UTF-8"},
    {T("\"12345678\xC3\""), 9, "UTF-8"},
    {T("["), 1, "the text ends, but a value"},
    {T("[1"), 2, "the text ends, but a comma or ]"},
    {T("[1,]"), 3, "a value"},
    {T("[,1]"), 1, "a value"},
    {T("[1 2]"), 3, "a comma or ]"},
    {T("[1}"), 2, "a comma or ]"},
    {T("]"), 0, "a value"},
    {T("[1]]"), 3, "nothing"},
    {T("{"), 1, "the text ends, but a name"},
    {T("{\"a\""), 4, "a colon"},
    {T("{\"a\":"), 5, "a value"},
    {T("{\"a\":1"), 6, "a comma or }"},
    {T("{\"a\":1,}"), 7, "a name"},
    {T("{,}"), 1, "a name"},
    {T("{a:1}"), 1, "a name"},
    {T("{1:1}"), 1, "a name"},
    {T("{\"a\" 1}"), 5, "a colon"},
    {T("{\"a\":1 \"b\":2}"), 7, "a comma or }"},
    {T("{\"a\":1,\"b\":2,\"a\":3}"), 13, "already"},
    {T("{\"a\":1,\"\\u0061\":3}"), 7, "already"},
    {T("[{\"\":1,\"\":1}]"), 7, "already"},
    {T("/**/1"), 0, "a value"},
    {T("1//"), 1, "nothing"},
};

static void refuses(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(refused); i++) {
    struct json value;
    struct json_error error;
    if (!read_exact(refused[i].text, NULL, &value, &error))
      fail_msg("accepted: %.*s", TEXT_ARGS(refused[i].text));
    assert_int_equal(read_exact(refused[i].text, NULL, &value, NULL), -1);
    assert_int_equal(value.type, JSON_NULL);
    if (error.offset != refused[i].offset || !strstr(error.message, refused[i].message))
      fail_msg("%.*s: byte %u: %s", TEXT_ARGS(refused[i].text), error.offset, error.message);
  }
}

static const char document[] =
    "{\"name\":\"Zo\\u00eb \\ud83d\\ude00 "
    "\xF0\x9F\x98\x80\",\"list\":[1,-2.5e-3,true,false,null,[],{}],"
    "\"nested\":{\"a\":{\"b\":[{\"c\":\"\\n\"}]}},\"big\":12345678901234567890}";

static void refuses_every_prefix(void **state)
{
  (void)state;
  struct json value;
  struct json_error error;
  for (size_t length = 0; length < sizeof document - 1; length++) {
    assert_int_equal(read_exact((struct text){document, length}, NULL, &value, &error), -1);
    assert_true(error.offset <= length);
  }
  assert_int_equal(read_exact(text_of(document), NULL, &value, &error), 0);
}

/* Whatever is made of a document, reading it ends well; and what is accepted survives a round trip.
 */
static void survives_changed_bytes(void **state)
{
  (void)state;
  static const char interesting[] = "\0\x1F\"\\{}[],:0-.eEu\x80\xC3\xF0\xFF t";
  char changed[sizeof document];
  for (size_t i = 0; i < sizeof document - 1; i++) {
    for (size_t j = 0; j < sizeof interesting - 1; j++) {
      memcpy(changed, document, sizeof document);
      changed[i] = interesting[j];
      struct json value;
      if (read_exact((struct text){changed, sizeof document - 1}, NULL, &value, NULL)) continue;
      struct json again = must_read(text_of(written(&value)));
      assert_true(json_equal(&value, &again));
    }
    arena_reset(&arena);
  }
}

static struct text nest(const char *open, const char *close, uint32_t depth)
{
  struct buffer text = {0};
  for (uint32_t i = 0; i < depth; i++) buffer_append_text(&text, text_of(open));
  buffer_append_byte(&text, '1');
  for (uint32_t i = 0; i < depth; i++) buffer_append_text(&text, text_of(close));
  struct text copy = arena_copy(&arena, buffer_text(&text));
  buffer_deinit(&text);
  return copy;
}

static void limits_depth(void **state)
{
  (void)state;
  static const struct {
    uint32_t limit, depth;
    bool accepted;
  } table[] = {{0, 64, true},
               {0, 65, false},
               {1, 1, true},
               {1, 2, false},
               {3, 3, true},
               {1000, 1000, true},
               {1000, 1001, false},
               {UINT32_MAX, 1000, true},
               {UINT32_MAX, 200000, false}};
  for (size_t i = 0; i < COUNT(table); i++) {
    struct json_limits limits = {.depth = table[i].limit};
    struct json value;
    struct json_error error = {0};
    int result = table[i].accepted ? 0 : -1;
    assert_int_equal(read_exact(nest("[", "]", table[i].depth), &limits, &value, &error), result);
    assert_int_equal(read_exact(nest("{\"a\":", "}", table[i].depth), &limits, &value, &error),
                     result);
    if (result) assert_non_null(strstr(error.message, "nested"));
  }
  must_read(TEXT("[[[]],[[]],[[]]]")); /* depth is given back */
  struct json value;
  assert_int_equal(
      read_exact(TEXT("[[],[],[{},{}]]"), &(struct json_limits){.depth = 3}, &value, NULL), 0);
}

static void limits_nodes(void **state)
{
  (void)state;
  struct json_limits limits = {.nodes = 4};
  struct json value;
  struct json_error error;
  assert_int_equal(read_exact(TEXT("[1,2,3]"), &limits, &value, NULL), 0);
  assert_int_equal(read_exact(TEXT("{\"a\":1,\"b\":[2]}"), &limits, &value, NULL), 0);
  assert_int_equal(read_exact(TEXT("[1,2,3,4]"), &limits, &value, &error), -1);
  assert_int_equal(error.offset, 7);
  assert_non_null(strstr(error.message, "4 values"));
}

static void many_members(void **state)
{
  (void)state;
  enum { MANY = 90000 };
  struct buffer text = {0}, turned = {0};
  for (int i = 0; i < MANY; i++) {
    buffer_print(&text, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
    buffer_print(&turned, "%c\"k%d\":%d", i == 0 ? '{' : ',', MANY - 1 - i, MANY - 1 - i);
  }
  uint32_t duplicate = (uint32_t)text.length + 1;
  buffer_append_text(&text, TEXT(",\"k17\":0}"));
  buffer_append_byte(&turned, '}');

  struct json first, second;
  struct json_error error;
  uint64_t begin = clock_thread_cpu_ns();
  assert_int_equal(read_exact(buffer_text(&text), NULL, &first, &error), -1);
  assert_int_equal(error.offset, duplicate);
  memcpy(text.data + duplicate, "\"n17\"", 5);
  first = must_read(buffer_text(&text));
  text.data[duplicate - 1] = '}';
  text.length = duplicate;
  first = must_read(buffer_text(&text));
  second = must_read(buffer_text(&turned));
  assert_int_equal(first.length, MANY);
  assert_true(json_equal(&first, &second));
  second.members[5].value.integer++;
  assert_false(json_equal(&first, &second));
  assert_true(clock_thread_cpu_ns() - begin < UINT64_C(5000000000)); /* quadratic: minutes */
  buffer_deinit(&text);
  buffer_deinit(&turned);
}

static void values_know_where_they_stood(void **state)
{
  (void)state;
  struct json value = must_read(TEXT(" {\"a\": [10, \"x\"],\n \"b\" :true}"));
  assert_int_equal(value.offset, 1);
  assert_int_equal(value.members[0].key.offset, 2);
  assert_int_equal(value.members[0].value.offset, 7);
  assert_int_equal(value.members[0].value.items[1].offset, 12);
  assert_int_equal(value.members[1].key.offset, 19);
  assert_int_equal(value.members[1].value.offset, 24);
}

static void strings_have_lengths(void **state)
{
  (void)state;
  struct json value = must_read(TEXT("\"a\\u0000b\""));
  assert_int_equal(value.length, 3);
  assert_memory_equal(value.string, "a\0b", 4);
  assert_true(text_equal(json_text(&value), TEXT("a\0b")));
  assert_false(json_is_string(&value, "a"));
  value = must_read(TEXT("\"\\ud83d\\ude00abc\\u00fc\""));
  assert_int_equal(value.length, 9);
  assert_int_equal(value.string[9], '\0');
}

static void numbers_are_exact(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "0.1",
      "0.3",
      "1e22",
      "1e23",
      "123456789012345678",
      "9007199254740993.0",
      "4503599627370496.5",
      "9007199254740992e1",
      "1e-22",
      "1e-23",
      "2.2250738585072011e-308",
      "2.2250738585072014e-308",
      "0.000000000000000000000000000000000001",
      "179769313486231570000000000000000e276",
      "1.00000000000000011102230246251565404236316680908203125",
      "12345678901234567890123.0e-5",
      "9223372036854775807.0",
      "8.41",
      "6.62607015e-34",
      "3.0e-5",
      "18446744073709551616.0",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct json value = must_read(text_of(texts[i]));
    double expected = strtod(texts[i], NULL);
    double read = value.type == JSON_INTEGER ? (double)value.integer : value.real;
    assert_memory_equal(&read, &expected, sizeof read);
  }
  /* A fraction so long that it makes up for its exponent, and one that does not. */
  struct buffer text = {0};
  buffer_append_text(&text, TEXT("0."));
  for (int i = 0; i < 200000; i++) buffer_append_byte(&text, '0');
  buffer_append_text(&text, TEXT("15e200001"));
  struct json value = must_read(buffer_text(&text));
  assert_true(value.real == 1.5);
  buffer_append_byte(&text, '0');
  assert_int_equal(read_exact(buffer_text(&text), NULL, &value, NULL), -1);
  buffer_deinit(&text);
}

static void doubles_round_trip(void **state)
{
  (void)state;
  uint64_t bits = 42;
  for (int i = 0; i < 200000; i++) {
    bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double real;
    memcpy(&real, &bits, sizeof real);
    if (i % 2) real = (double)(int64_t)(bits >> 20) / 1000;
    if (!isfinite(real)) continue;
    struct json made = json_real(real);
    struct json value = must_read(text_of(written(&made)));
    double back = value.type == JSON_INTEGER ? (double)value.integer : value.real;
    assert_memory_equal(&back, &real, sizeof real);
    assert_true(json_equal(&made, &value));
    if (i % 1000 == 0) arena_reset(&arena);
  }
  struct json none[] = {json_real((double)NAN), json_real((double)INFINITY)};
  assert_int_equal(none[0].type, JSON_NULL);
  assert_int_equal(none[1].type, JSON_NULL);
}

static void writes_only_utf8(void **state)
{
  (void)state;
  struct buffer out = {0};
  json_write_string(&out, TEXT("a\x80\xC3\xBC\xF0\x9F"
                               "b\"\x01"));
  buffer_append_byte(&out, '\0');
  assert_string_equal(out.data, "\"a\xEF\xBF\xBD\xC3\xBC\xEF\xBF\xBD\xEF\xBF\xBD"
                                "b\\\"\\u0001\"");
  buffer_deinit(&out);
}

static void writes_for_people(void **state)
{
  (void)state;
  struct json value = must_read(TEXT("{\"a\":[1,{\"b\":[]}],\"c\":{}}"));
  struct buffer out = {0};
  json_write_pretty(&out, &value);
  buffer_append_byte(&out, '\0');
  assert_string_equal(out.data,
                      "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
  buffer_deinit(&out);
}

static void equality(void **state)
{
  (void)state;
  static const struct {
    const char *a, *b;
    bool equal;
  } table[] = {
      {"1", "1.0", true},
      {"1.0", "1", true},
      {"1", "1.5", false},
      {"0", "-0.0", true},
      {"1e2", "100", true},
      {"1", "true", false},
      {"0", "false", false},
      {"null", "false", false},
      {"\"1\"", "1", false},
      {"9007199254740993", "9007199254740992.0", false},
      {"9007199254740992", "9007199254740992.0", true},
      {"9223372036854775807", "9223372036854775808", false},
      {"-9223372036854775808", "-9223372036854775808.0", true},
      {"1", "1e300", false},
      {"[1,2]", "[2,1]", false},
      {"[1]", "[1,1]", false},
      {"{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}", true},
      {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
      {"{\"a\":1}", "{\"b\":1}", false},
      {"\"a\\u0000b\"", "\"a\\u0000c\"", false},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct json a = must_read(text_of(table[i].a)), b = must_read(text_of(table[i].b));
    if (json_equal(&a, &b) != table[i].equal || json_equal(&b, &a) != table[i].equal)
      fail_msg("%s and %s", table[i].a, table[i].b);
  }
}

static void pointers(void **state)
{
  (void)state;
  /* The example of RFC 6901, section 5, and what it forbids. */
  struct json root = must_read(
      TEXT("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
           "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9,\"o\":{\"\":{\"\":10}}}"));
  static const struct {
    const char *pointer, *found;
  } table[] = {
      {"/foo", "[\"bar\",\"baz\"]"},
      {"/foo/0", "\"bar\""},
      {"/", "0"},
      {"/a~1b", "1"},
      {"/c%d", "2"},
      {"/e^f", "3"},
      {"/g|h", "4"},
      {"/i\\j", "5"},
      {"/k\"l", "6"},
      {"/ ", "7"},
      {"/m~0n", "8"},
      {"/~01", "9"},
      {"/o//", "10"},
      {"/foo/2", NULL},
      {"/foo/-", NULL},
      {"/foo/00", NULL},
      {"/foo/01", NULL},
      {"/foo/+1", NULL},
      {"/foo/", NULL},
      {"foo", NULL},
      {"/m~n", NULL},
      {"/m~", NULL},
      {"/m~2n", NULL},
      {"/fo", NULL},
      {"/fooo", NULL},
      {"/foo/0/x", NULL},
      {"//", NULL},
      {"/foo/18446744073709551616", NULL},
  };
  assert_ptr_equal(json_at_pointer(&root, TEXT("")), &root);
  for (size_t i = 0; i < COUNT(table); i++) {
    const struct json *found = json_at_pointer(&root, text_of(table[i].pointer));
    if (!found != !table[i].found) fail_msg("%s", table[i].pointer);
    if (found) assert_string_equal(written(found), table[i].found);
  }
  assert_null(json_at_pointer(NULL, TEXT("/a")));
}

static void looking_up(void **state)
{
  (void)state;
  struct json value = must_read(TEXT("{\"a\":1,\"b\\u0000c\":\"x\"}"));
  assert_int_equal(json_get(&value, "a")->integer, 1);
  assert_null(json_get(&value, "b"));
  assert_true(json_is_string(json_get_text(&value, TEXT("b\0c")), "x"));
  assert_null(json_get(NULL, "a"));
  assert_null(json_get(json_get(&value, "a"), "a"));
  assert_int_equal(json_text(json_get(&value, "a")).length, 0);
  assert_int_equal(json_text(NULL).length, 0);
  assert_false(json_is_string(NULL, ""));
  assert_string_equal(json_type_name(JSON_REAL), "number");
}

static void building(void **state)
{
  (void)state;
  struct json_builder builder = {0};
  struct json empty = json_builder_object(&builder);
  assert_string_equal(written(&empty), "{}");
  for (int i = 0; i < 20; i++)
    json_builder_add(&builder, &arena, arena_print(&arena, "k%d", i), json_integer(i));
  json_builder_add(&builder, &arena, TEXT("s"), json_string(TEXT("x")));
  json_builder_add(&builder, &arena, TEXT("t"), json_boolean(true));
  json_builder_add(&builder, &arena, TEXT("n"), json_null());
  json_builder_add(&builder, &arena, TEXT("e"), json_string((struct text){NULL, 0}));
  struct json object = json_builder_object(&builder);
  assert_int_equal(object.length, 24);
  assert_int_equal(json_get(&object, "k19")->integer, 19);
  assert_non_null(strstr(written(&object), ",\"s\":\"x\",\"t\":true,\"n\":null,\"e\":\"\"}"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(accepts),
      TEST(refuses),
      TEST(refuses_every_prefix),
      TEST(survives_changed_bytes),
      TEST(limits_depth),
      TEST(limits_nodes),
      TEST(many_members),
      TEST(values_know_where_they_stood),
      TEST(strings_have_lengths),
      TEST(numbers_are_exact),
      TEST(doubles_round_trip),
      TEST(writes_only_utf8),
      TEST(writes_for_people),
      TEST(equality),
      TEST(pointers),
      TEST(looking_up),
      TEST(building),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
