/* Text, buffers and errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

static void equality(void **state)
{
  (void)state;
  assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
  assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
  assert_true(text_equal((struct text){NULL, 0}, TEXT("")));
  assert_true(text_is(text_of("abc"), "abc"));
  assert_false(text_is(text_of("abc"), "ab"));
  assert_true(text_is(text_of(NULL), ""));
  assert_true(text_is_ignoring_case(TEXT("Content-TYPE"), "content-type"));
  assert_false(text_is_ignoring_case(TEXT("a[z"), "a{z"));
  assert_false(text_is_ignoring_case(TEXT("ab"), "abc"));
  assert_true(text_equal_ignoring_case(TEXT("a.B:80"), TEXT("A.b:80")));
  assert_false(text_equal_ignoring_case(TEXT("a\0b"), TEXT("a\0c")));
  assert_true(text_starts_with(TEXT("abc"), "ab") && text_starts_with(TEXT(""), ""));
  assert_false(text_starts_with(TEXT("a"), "ab"));
  assert_true(text_ends_with(TEXT("x.json"), ".json"));
  assert_false(text_ends_with(TEXT("json"), ".json"));
  assert_true(text_contains(TEXT("a\0bc"), TEXT("\0b")) && text_contains(TEXT("a"), TEXT("a")));
  assert_false(text_contains(TEXT("ab"), TEXT("abc")) || text_contains(TEXT("ab"), TEXT("ac")));
  assert_false(text_contains(TEXT("a"), TEXT("")) ||
               text_contains((struct text){NULL, 0}, TEXT("a")));
}

static void order(void **state)
{
  (void)state;
  assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
  assert_true(text_compare(TEXT("ab"), TEXT("a")) > 0);
  assert_true(text_compare(TEXT("\xFF"), TEXT("a")) > 0);
  assert_int_equal(text_compare(TEXT(""), (struct text){NULL, 0}), 0);
}

static void trimming_and_splitting(void **state)
{
  (void)state;
  assert_true(text_is(text_trim(TEXT(" \t\r\n a b \v\f")), "a b"));
  assert_true(text_is(text_trim(TEXT("   ")), ""));

  static const struct {
    const char *text, *parts[4];
  } table[] = {{"a,b", {"a", "b"}}, {"", {""}}, {",", {"", ""}}, {"a,,b", {"a", "", "b"}}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct text rest = text_of(table[i].text), part;
    size_t count = 0;
    while (text_split(&rest, ',', &part)) assert_true(text_is(part, table[i].parts[count++]));
    assert_null(table[i].parts[count]);
  }
}

/* Every sequence of one to four bytes is judged as a decoder written from RFC 3629's numbers would.
 */
static bool decodes(const unsigned char *byte, size_t length)
{
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (length == 1) return byte[0] < 0x80;
  unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0}, masks[] = {0, 0, 0xE0, 0xF0, 0xF8};
  if ((byte[0] & masks[length]) != marks[length]) return false;
  uint32_t code = byte[0] & (unsigned char)~masks[length];
  for (size_t i = 1; i < length; i++) {
    if ((byte[i] & 0xC0) != 0x80) return false;
    code = code << 6 | (byte[i] & 0x3F);
  }
  return code >= smallest[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

static void utf8(void **state)
{
  (void)state;
  static const unsigned char tails[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90,
                                        0x9F, 0xA0, 0xBF, 0xC0, 0xE0, 0xFF};
  enum { TAILS = sizeof tails };
  for (unsigned first = 0; first < 256; first++) {
    for (unsigned n = 0; n < TAILS * TAILS * TAILS; n++) {
      const unsigned char bytes[] = {(unsigned char)first, tails[n % TAILS],
                                     tails[n / TAILS % TAILS], tails[n / TAILS / TAILS]};
      size_t expected = 0;
      for (size_t length = 1; length <= 4 && expected == 0; length++)
        if (decodes(bytes, length)) expected = length;
      for (size_t given = 1; given <= 4; given++) {
        size_t got = text_utf8_sequence((struct text){(const char *)bytes, given});
        assert_int_equal(got, expected <= given ? expected : 0);
      }
    }
  }
  assert_true(text_is_utf8(TEXT("")));
  assert_true(text_is_utf8(TEXT("plain ascii of some length, gr\xC3\xBC\xC3\x9F"
                                "e \xF0\x9F\x98\x80")));
  assert_false(text_is_utf8(TEXT("twelve bytes\xC3")));
  assert_false(text_is_utf8(TEXT("\xED\xA0\x80")));
  for (size_t length = 0; length < 40; length++) {
    char *bytes = malloc(length + 1); /* exactly sized: a read past the end is found */
    memset(bytes, 'a', length);
    assert_int_equal(text_ascii_length((struct text){bytes, length}), length);
    for (size_t i = 0; i < length; i++) {
      bytes[i] = '\x80';
      assert_int_equal(text_ascii_length((struct text){bytes, length}), i);
      assert_false(text_is_utf8((struct text){bytes, length}));
      bytes[i] = 'a';
    }
    free(bytes);
  }
}

static void suggestions(void **state)
{
  (void)state;
  static const struct {
    const char *a, *b;
    size_t limit, distance;
  } table[] = {
      {"kitten", "sitting", 9, 3}, {"kitten", "sitting", 2, 3}, {"", "abc", 3, 3},
      {"abc", "", 1, 2},           {"same", "same", 0, 0},      {"aaaaaaaa", "bbbbbbbb", 3, 4},
      {"ab", "ba", 2, 2},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    assert_int_equal(text_distance(text_of(table[i].a), text_of(table[i].b), table[i].limit),
                     table[i].distance);

  static const char *const words[] = {"requires", "ensures", "limits", "uses"};
  assert_string_equal(text_suggestion(TEXT("require"), words, 4), "requires");
  assert_string_equal(text_suggestion(TEXT("limit"), words, 4), "limits");
  assert_string_equal(text_suggestion(TEXT("uses"), words, 4), "uses");
  assert_null(text_suggestion(TEXT("colour"), words, 4));
  assert_null(text_suggestion(TEXT("uses"), NULL, 0));
}

static void buffers_grow(void **state)
{
  (void)state;
  struct buffer buffer = {0};
  assert_int_equal(buffer_text(&buffer).length, 0);
  buffer_append(&buffer, NULL, 0);
  for (int i = 0; i < 1000; i++) {
    buffer_append_byte(&buffer, 'a');
    buffer_append_text(&buffer, TEXT("bc"));
    buffer_print(&buffer, "%d", i % 10);
  }
  assert_int_equal(buffer.length, 4000);
  assert_memory_equal(buffer.data + 3996, "abc9", 4);
  const char *memory = buffer.data;
  buffer_clear(&buffer);
  memset(buffer_reserve(&buffer, 4000), 'x', 4000);
  assert_ptr_equal(buffer.data, memory);
  assert_int_equal(buffer.length, 0);
  buffer_deinit(&buffer);
  assert_null(buffer.data);
}

static void what_is_shown_commands_nothing(void **state)
{
  (void)state;
  struct buffer buffer = {0};
  buffer_append_visible(&buffer, TEXT("a\x1B[2J\n\x7F\xC2\x9B\xC3\xBC\xFF\xE2\x80\xAE"));
  assert_true(text_is(buffer_text(&buffer), "a?[2J???\xC3\xBC\xEF\xBF\xBD?"));
  buffer_deinit(&buffer);
}

static void the_first_error_wins(void **state)
{
  (void)state;
  struct error error = {0};
  assert_int_equal(error_set(&error, "%s %d", "cause", 1), -1);
  assert_int_equal(error_set(&error, "consequence"), -1);
  assert_string_equal(error.message, "cause 1");
  error_clear(&error);
  assert_int_equal(error_set(&error, "%600d", 1), -1);
  assert_int_equal(strlen(error.message), sizeof error.message - 1);
  assert_int_equal(error_set(NULL, "nobody asks"), -1);
  error_clear(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equality),
      cmocka_unit_test(order),
      cmocka_unit_test(trimming_and_splitting),
      cmocka_unit_test(utf8),
      cmocka_unit_test(suggestions),
      cmocka_unit_test(buffers_grow),
      cmocka_unit_test(what_is_shown_commands_nothing),
      cmocka_unit_test(the_first_error_wins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
