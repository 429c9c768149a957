/* Characters that a reviewer does not see: which, and where they are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/invisible.h"
#include "contract/characters.h"

static void names_them(void **state)
{
  (void)state;
  static const struct {
    uint32_t first, last;
    const char *name;
  } hidden[] = {
      {0x00, 0x08, NULL},
      {0x0B, 0x1F, NULL},
      {0x7F, 0x9F, NULL},
      {0x1B, 0x1B, "ESCAPE"},
      {0xAD, 0xAD, "SOFT HYPHEN"},
      {0x61C, 0x61C, "ARABIC LETTER MARK"},
      {0x200B, 0x200B, "ZERO WIDTH SPACE"},
      {0x200E, 0x200E, "LEFT-TO-RIGHT MARK"},
      {0x200F, 0x200F, "RIGHT-TO-LEFT MARK"},
      {0x2028, 0x202E, NULL},
      {0x202E, 0x202E, "RIGHT-TO-LEFT OVERRIDE"},
      {0x2060, 0x206F, NULL},
      {0x2800, 0x2800, "BRAILLE PATTERN BLANK"},
      {0x2066, 0x2066, "LEFT-TO-RIGHT ISOLATE"},
      {0x2069, 0x2069, "POP DIRECTIONAL ISOLATE"},
      {0x3164, 0x3164, "HANGUL FILLER"},
      {0xFE00, 0xFE0F, "VARIATION SELECTOR"},
      {0xFEFF, 0xFEFF, "BYTE ORDER MARK"},
      {0x13430, 0x1343F, "EGYPTIAN HIEROGLYPH FORMAT CONTROL"},
      {0x16FE4, 0x16FE4, "KHITAN SMALL SCRIPT FILLER"},
      {0x1D159, 0x1D159, "MUSICAL SYMBOL NULL NOTEHEAD"},
      {0xE0000, 0xE0FFF, NULL},
      {0xE0061, 0xE0061, "TAG CHARACTER"},
  };
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
    for (uint32_t code_point = hidden[i].first; code_point <= hidden[i].last; code_point++) {
      assert_non_null(invisible_name(code_point));
      if (hidden[i].name) assert_string_equal(invisible_name(code_point), hidden[i].name);
    }
  static const uint32_t shown[] = {'\t',   '\n',   ' ',     '~',      0xA0,   0xE4,
                                   0x431,  0x5D0,  0x200A,  0x2010,   0x2027, 0x202F,
                                   0x3000, 0x2801, 0x1F600, 0x10FFFF, 0xE1000};
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) assert_null(invisible_name(shown[i]));
}

/* What is reported about a text; "" for nothing. */
static void expect(bool check(const struct source *, struct report *), struct text text,
                   unsigned line, unsigned column, const char *message)
{
  struct report report;
  struct source source = {"x", text};
  report_init(&report);
  bool fine = check(&source, &report);
  assert_int_equal(fine, message == NULL);
  assert_int_equal(report.errors, message != NULL);
  if (message) {
    if (!strstr(report.first->message, message)) print_error("%s\n", report.first->message);
    assert_non_null(strstr(report.first->message, message));
    assert_int_equal(report.first->line, line);
    assert_int_equal(report.first->column, column);
  }
  report_deinit(&report);
}

static void finds_the_first(void **state)
{
  (void)state;
  expect(characters_check, TEXT(""), 0, 0, NULL);
  expect(characters_check, TEXT("a\tb\r\n\xC3\xA4 \xD7\x90 \xF0\x9F\x98\x80\n"), 0, 0, NULL);
  expect(characters_check, TEXT("a\nb\xE2\x80\xAE\xE2\x80\xAD"), 2, 2,
         "U+202E RIGHT-TO-LEFT OVERRIDE");
  expect(characters_check, TEXT("\xEF\xBB\xBF{}"), 1, 1, "U+FEFF BYTE ORDER MARK");
  expect(characters_check, TEXT("a\rb"), 1, 2, "U+000D CARRIAGE RETURN");
  expect(characters_check, TEXT("a\r"), 1, 2, "U+000D CARRIAGE RETURN");
  expect(characters_check, TEXT("a\0b"), 1, 2, "U+0000 NULL");
  expect(characters_check, TEXT("\xF3\xA0\x81\xA1"), 1, 1, "U+E0061 TAG CHARACTER");
  expect(characters_check, TEXT("ab\xE2\x80"), 1, 3, "not UTF-8");
  expect(characters_check, TEXT("\xC0\xAE"), 1, 1, "not UTF-8");
}

/* SQLite takes them for letters: `FROM notes WHERE published`, with one behind WHERE, has no
 * condition, but a table by another name. */
static void finds_spaces_that_are_none_to_sql(void **state)
{
  (void)state;
  expect(characters_check_spaces, TEXT("SELECT\t1\r\n -- \xC3\xA4\xF0\x9F\x98\x80"), 0, 0, NULL);
  expect(characters_check_spaces, TEXT("SELECT 1\n WHERE\xC2\xA0x"), 2, 7, "U+00A0");
  static const char *const spaces[] = {"\u00A0", "\u1680", "\u2000", "\u2009",
                                       "\u200A", "\u202F", "\u205F", "\u3000"};
  for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
    expect(characters_check_spaces, text_of(spaces[i]), 1, 1, "white space");
}

static void finds_escapes(void **state)
{
  (void)state;
  expect(characters_check_escapes, TEXT("{\"a\": \"\\n\\\\u0061\\u202e\\u0000\\u0022\"}"), 0, 0,
         NULL);
  expect(characters_check_escapes, TEXT("[\"\", \"\\\"\", 1]"), 0, 0, NULL);
  expect(characters_check_escapes, TEXT("{\"^\\\\d+\\\"$\" : 1}"), 0, 0, NULL);
  expect(characters_check_escapes, TEXT("{\"auth\":\n \"\\u0070ublic\"}"), 2, 3, "can be seen");
  expect(characters_check_escapes, TEXT("[\"\\u202e\\u007E\"]"), 1, 9, "can be seen");
  expect(characters_check_escapes, TEXT("{\"a\\u00e9\"\n: 1}"), 1, 4, "name");
  expect(characters_check_escapes, TEXT("{\"b\": 1, \"a\\u200b\": 1}"), 1, 12, "name");
}

/* The bytes stand at the end of an allocation, so that a sanitizer sees what reads on. */
static void reads_no_further_than_the_text(void **state)
{
  (void)state;
  static const char *const cut[] = {"\"",          "\"a",     "\"\\",       "\"\\u",
                                    "\"\\u006",    "{\"a\"",  "{\"a\" ",    "\"\\\"",
                                    "\"\\uzzzz\"", "\"\\u00", "[\"\\u0\"]", "\\u0061"};
  for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
    size_t length = strlen(cut[i]);
    char *bytes = malloc(length);
    memcpy(bytes, cut[i], length);
    expect(characters_check_escapes, (struct text){bytes, length}, 0, 0, NULL);
    free(bytes);
  }
  expect(characters_check_escapes, TEXT("[\"\\u0061"), 1, 3, "can be seen");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_them),
      cmocka_unit_test(finds_the_first),
      cmocka_unit_test(finds_spaces_that_are_none_to_sql),
      cmocka_unit_test(finds_escapes),
      cmocka_unit_test(reads_no_further_than_the_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
