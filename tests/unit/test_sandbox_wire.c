/* The host's reader of the boundary: whatever bytes a guest may hand over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox/wire.h"

static enum wire_outcome read_bytes(struct arena *arena, const void *bytes, size_t length,
                                    struct json *value)
{
  struct text problem = TEXT("");
  /* A copy of its exact size, so that AddressSanitizer sees a read beyond the end. */
  char *copy = test_malloc(length ? length : 1);
  memcpy(copy, bytes, length);
  enum wire_outcome outcome = wire_read(arena, (struct text){copy, length}, value, &problem);
  if (outcome == WIRE_UNFITTING) assert_true(text_is_utf8(problem) && problem.length > 0);
  test_free(copy);
  return outcome;
}

static void round_trips(void **state)
{
  static const char *const documents[] = {"null",
                                          "true",
                                          "false",
                                          "0",
                                          "-1",
                                          "9223372036854775807",
                                          "1.5",
                                          "\"\"",
                                          "\"a\\u0000\"",
                                          "[]",
                                          "[[],[1,[2]]]",
                                          "{\"a\":1,\"b\":{\"c\":[null]}}",
                                          "{\"\":0,\"a\":1,\"ab\":2}"};
  struct arena arena;
  (void)state;
  arena_init(&arena, 4096);
  for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
    struct buffer bytes = {0}, text = {0};
    struct json value, again;
    assert_int_equal(json_read(&arena, text_of(documents[i]), NULL, &value, NULL), 0);
    wire_write(&bytes, &value);
    assert_int_equal(read_bytes(&arena, bytes.data, bytes.length, &again), WIRE_READ);
    json_write(&text, &again);
    buffer_append_byte(&text, 0);
    assert_string_equal(text.data, documents[i]);
    for (size_t cut = 0; cut < bytes.length; cut++)
      assert_int_equal(read_bytes(&arena, bytes.data, cut, &again), WIRE_MALFORMED);
    buffer_append_byte(&bytes, 0);
    assert_int_equal(read_bytes(&arena, bytes.data, bytes.length, &again), WIRE_MALFORMED);
    buffer_deinit(&bytes);
    buffer_deinit(&text);
  }
  arena_deinit(&arena);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void malformed(void **state)
{
  static const struct {
    const char *bytes;
    size_t length;
    enum wire_outcome outcome;
  } cases[] = {
      {BYTES(""), WIRE_MALFORMED},
      {BYTES("\x09"), WIRE_MALFORMED},
      {BYTES("\xff"), WIRE_MALFORMED},
      {BYTES("\x05\xff\xff\xff\xff"), WIRE_MALFORMED},
      {BYTES("\x05\x01\0\0\0\xff"), WIRE_UNFITTING},
      {BYTES("\x06\xff\xff\xff\xff\0\0\0"), WIRE_MALFORMED},
      {BYTES("\x06\x02\0\0\0\0"), WIRE_MALFORMED},
      {BYTES("\x07\x02\0\0\0\x01\0\0\0a\0\x01\0\0\0a\0"), WIRE_MALFORMED}, /* the same key twice */
      {BYTES("\x07\x02\0\0\0\x01\0\0\0b\0\x01\0\0\0a\0"), WIRE_MALFORMED}, /* descending */
      {BYTES("\x07\x02\0\0\0\x01\0\0\0a\0\x01\0\0\0b\0"), WIRE_READ},
      {BYTES("\x04\0\0\0\0\0\0\xf0\x7f"), WIRE_UNFITTING}, /* infinity */
      {BYTES("\x04\0\0\0\0\0\0\xf8\x7f"), WIRE_UNFITTING}, /* NaN */
      {BYTES("\x08\x02\0\0\0no"), WIRE_UNFITTING},
      {BYTES("\x08\x03\0\0\0no"), WIRE_MALFORMED},
  };
  struct arena arena;
  struct json value;
  (void)state;
  arena_init(&arena, 4096);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(read_bytes(&arena, cases[i].bytes, cases[i].length, &value), cases[i].outcome);
  arena_deinit(&arena);
}

/* Arrays in arrays, each claiming as many items as there are bytes: neither depth nor memory may
 * run away. */
static void greedy_claims(void **state)
{
  enum { LEVELS = 4000 };
  struct arena arena;
  struct json value;
  struct buffer bytes = {0};
  uint32_t claims[] = {1, 50, 9999};
  (void)state;
  arena_init(&arena, 4096);
  for (size_t c = 0; c < sizeof claims / sizeof *claims; c++) {
    buffer_clear(&bytes);
    for (int i = 0; i < LEVELS; i++) {
      buffer_append_byte(&bytes, WIRE_ARRAY);
      buffer_append(&bytes, &claims[c], 4);
    }
    assert_int_equal(read_bytes(&arena, bytes.data, bytes.length, &value), WIRE_MALFORMED);
    arena_reset(&arena);
  }
  buffer_deinit(&bytes);
  arena_deinit(&arena);
}

/* xorshift64: the same bytes in every run. */
static uint64_t next_random(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  return *state ^= *state << 17;
}

static void random_bytes(void **state)
{
  struct arena arena;
  struct json value;
  uint64_t seed = 88172645463325252u;
  unsigned outcomes[3] = {0};
  (void)state;
  arena_init(&arena, 4096);
  for (int i = 0; i < 200000; i++) {
    unsigned char bytes[96];
    size_t length = next_random(&seed) % sizeof bytes;
    for (size_t j = 0; j < length; j++) {
      uint64_t random = next_random(&seed);
      /* mostly tags and small lengths, so that many get deep */
      bytes[j] = (unsigned char)(random & 0x700 ? random % 10 : random % 256);
      if (j % 5 && random & 0x3000) bytes[j] = 0;
    }
    outcomes[read_bytes(&arena, bytes, length, &value)]++;
    arena_reset(&arena);
  }
  for (int i = 0; i < 3; i++) assert_true(outcomes[i] > 0);
  arena_deinit(&arena);
}

static void clean_text(void **state)
{
  static const struct {
    const char *bytes;
    size_t max;
    const char *clean;
  } cases[] = {{"abc", 10, "abc"},
               {"abc", 2, "ab"},
               {"a\xff\xc3", 10, "a??"},
               {"\xc3\xa4\xc3\xa4", 3, "\xc3\xa4"},
               {"\xed\xa0\x80", 10, "???"},
               {"\xf0\x9f\x98\x80!", 10, "\xf0\x9f\x98\x80!"},
               {"", 0, ""}};
  struct arena arena;
  (void)state;
  arena_init(&arena, 4096);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(wire_clean(&arena, text_of(cases[i].bytes), cases[i].max).data,
                        cases[i].clean);
  arena_deinit(&arena);
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(round_trips),  cmocka_unit_test(malformed),  cmocka_unit_test(greedy_claims),
      cmocka_unit_test(random_bytes), cmocka_unit_test(clean_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
