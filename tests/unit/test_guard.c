/* The byte guard: byte strings and verdicts. Each string is fed whole, byte by byte, and cut in two
 * at every place; verdict, reason and place must always be the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/guard.h"

static const struct guard_limits limits = {.head_bytes = 256, .fields = 4, .target_bytes = 32};

enum framing { NO_BODY, FIVE_BYTES, CHUNKED };

struct row {
  const char *bytes;
  size_t length;
  enum framing framing;
  enum guard_verdict verdict;
  int status;    /* of a refusal */
  size_t unread; /* bytes after the one that decided */
};

#define BYTES(literal) literal, sizeof(literal) - 1
#define START          "GET / HTTP/1.1\r\n"
#define LONG32         "/2345678901234567890123456789012"
#define LONG64         LONG32 LONG32
#define LONG256        LONG64 LONG64 LONG64 LONG64

static const struct row rows[] = {
    /* good heads */
    {BYTES(START "\r\n"), NO_BODY, GUARD_HEAD, 0, 0},
    {BYTES("\r\n" START "\r\n"), NO_BODY, GUARD_HEAD, 0, 0},
    {BYTES("GET / HTTP/1.0\r\n\r\nGET"), NO_BODY, GUARD_HEAD, 0, 3},
    {BYTES(START "Host: a\r\nX:\r\nY: \t b \xc3\xa9 \t\r\n\r\n"), NO_BODY, GUARD_HEAD, 0, 0},
    {BYTES("GET " LONG32 " HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_HEAD, 0, 0},
    {BYTES(START "A:1\r\nB:2\r\nC:3\r\nD:4\r\n\r\n"), NO_BODY, GUARD_HEAD, 0, 0},
    /* heads that are not over */
    {BYTES(""), NO_BODY, GUARD_MORE, 0, 0},
    {BYTES("\r\n"), NO_BODY, GUARD_MORE, 0, 0},
    {BYTES("GET / HTTP/1."), NO_BODY, GUARD_MORE, 0, 0},
    {BYTES(START), NO_BODY, GUARD_MORE, 0, 0},
    {BYTES(START "Host: a\r\n\r"), NO_BODY, GUARD_MORE, 0, 0},
    /* request line */
    {BYTES("\r\n\r\n" START "\r\n"), NO_BODY, GUARD_REFUSED, 400, 19},
    {BYTES("\n" START "\r\n"), NO_BODY, GUARD_REFUSED, 400, 18},
    {BYTES(" GET / HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 18},
    {BYTES("G\0T / HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 16},
    {BYTES("\x16\x03\x01\x02"), NO_BODY, GUARD_REFUSED, 400, 3},
    {BYTES("G(T / HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 16},
    {BYTES("AAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 501, 15},
    {BYTES("GET\t/ HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 14},
    {BYTES("GET  / HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 14},
    {BYTES("GET /  HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 12},
    {BYTES("GET /\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 3},
    {BYTES("GET /\xc3\xa9 HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 14},
    {BYTES("GET /\x7f HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 13},
    {BYTES("GET " LONG32 "3 HTTP/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 414, 13},
    {BYTES("GET / HTTP/1.2\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 4},
    {BYTES("GET / HTTP/0.9\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 6},
    {BYTES("PRI * HTTP/2.0\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 6},
    {BYTES("GET / http/1.1\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 11},
    {BYTES("GET / HTTP/1.1 \r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 4},
    {BYTES("GET / HTTP/1.10\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 4},
    {BYTES("GET / HTTP/1.1\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 2},
    {BYTES("GET / HTTP/1.1\rX"), NO_BODY, GUARD_REFUSED, 400, 0},
    /* fields */
    {BYTES(START "A: b\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 2},
    {BYTES(START "A:\rB: c\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 7}, /* CVE-2023-30589 */
    {BYTES(START "A: b\r\n\rX"), NO_BODY, GUARD_REFUSED, 400, 0},      /* CVE-2025-23167 */
    {BYTES(START "A: b\r\n\n"), NO_BODY, GUARD_REFUSED, 400, 0},
    {BYTES(START "A: b\r\n B: c\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 8}, /* CVE-2024-27982 */
    {BYTES(START " A: b\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 8},
    {BYTES(START "\tA: b\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 8},
    {BYTES(START ": b\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 6},
    {BYTES(START "A : b\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 7},
    {BYTES(START "A\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 3},
    {BYTES(START "A\xc3: b\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 7},
    {BYTES(START "A(: b\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 7},
    {BYTES(START "A: b\0c\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 5},
    {BYTES(START "A: \x1b[0m\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 7},
    {BYTES(START "A: \x7f\r\n\r\n"), NO_BODY, GUARD_REFUSED, 400, 4},
    {BYTES(START "A:1\r\nB:2\r\nC:3\r\nD:4\r\nE:5\r\n\r\n"), NO_BODY, GUARD_REFUSED, 431, 6},
    {BYTES(START "A: " LONG256), NO_BODY, GUARD_REFUSED, 431, 18},
    /* bodies of known length */
    {BYTES(START "\r\nhello"), FIVE_BYTES, GUARD_END, 0, 0},
    {BYTES(START "\r\nhell"), FIVE_BYTES, GUARD_MORE, 0, 0},
    {BYTES(START "\r\n\0\r\n\r\x80GET"), FIVE_BYTES, GUARD_END, 0, 3},
    /* chunks */
    {BYTES(START "\r\n5\r\nhello\r\n0\r\n\r\nGET"), CHUNKED, GUARD_END, 0, 3},
    {BYTES(START "\r\n00A\r\n0123456789\r\n1\r\n\n\r\n0\r\nA: b\r\n\r\n"), CHUNKED, GUARD_END, 0,
     0},
    {BYTES(START "\r\n0\r\n\r"), CHUNKED, GUARD_MORE, 0, 0},
    {BYTES(START "\r\n5\r\nhello\r\n0000"), CHUNKED, GUARD_MORE, 0, 0},
    {BYTES(START "\r\n\r\n"), CHUNKED, GUARD_REFUSED, 400, 1},
    {BYTES(START "\r\nx\r\n"), CHUNKED, GUARD_REFUSED, 400, 2},
    {BYTES(START "\r\n-1\r\n"), CHUNKED, GUARD_REFUSED, 400, 3},
    {BYTES(START "\r\n0x5\r\n"), CHUNKED, GUARD_REFUSED, 400, 3},
    {BYTES(START "\r\n 5\r\n"), CHUNKED, GUARD_REFUSED, 400, 3},
    {BYTES(START "\r\n5 \r\n"), CHUNKED, GUARD_REFUSED, 400, 2},
    {BYTES(START "\r\n5;a=b\r\n"), CHUNKED, GUARD_REFUSED, 400, 5},
    {BYTES(START "\r\n000000005\r\n"), CHUNKED, GUARD_REFUSED, 400, 2},
    {BYTES(START "\r\n5\nhello\r\n"), CHUNKED, GUARD_REFUSED, 400, 7},
    {BYTES(START "\r\n5\rhello\r\n"), CHUNKED, GUARD_REFUSED, 400, 6},
    {BYTES(START "\r\n5\r\nhello!\r\n"), CHUNKED, GUARD_REFUSED, 400, 2},
    {BYTES(START "\r\n5\r\nhello\n0\r\n\r\n"), CHUNKED, GUARD_REFUSED, 400, 5},
    {BYTES(START "\r\n5\r\nhello\r0\r\n\r\n"), CHUNKED, GUARD_REFUSED, 400, 4},
    {BYTES(START "\r\n0\r\nA: b\n\r\n"), CHUNKED, GUARD_REFUSED, 400, 2},
    {BYTES(START "\r\n0\r\n A: b\r\n\r\n"), CHUNKED, GUARD_REFUSED, 400, 8},
    {BYTES(START "\r\n0\r\nA: b\r\n\n"), CHUNKED, GUARD_REFUSED, 400, 0},
    {BYTES(START "\r\n0\r\n\rX"), CHUNKED, GUARD_REFUSED, 400, 0},
    {BYTES(START "\r\n0\r\nA:1\r\nB:2\r\nC:3\r\nD:4\r\nE:5\r\n\r\n"), CHUNKED, GUARD_REFUSED, 431,
     6},
    {BYTES(START "\r\n0\r\nA: " LONG256), CHUNKED, GUARD_REFUSED, 431, 2},
};

/* Feeds one piece, telling about the body where the head ends; *used counts on. */
static enum guard_verdict feed(struct guard *guard, const struct row *row, const char *data,
                               size_t length, size_t *used)
{
  size_t bytes = 0;
  char *copy = malloc(length + 1); /* so that the sanitizer sees a read past the piece */
  memcpy(copy, data, length);
  enum guard_verdict verdict = guard_feed(guard, copy, length, &bytes);
  *used += bytes;
  if (verdict == GUARD_HEAD && row->framing != NO_BODY) {
    if (row->framing == CHUNKED)
      guard_expect_chunks(guard);
    else
      guard_expect_bytes(guard, 5);
    size_t more = 0;
    verdict = guard_feed(guard, copy + bytes, length - bytes, &more);
    *used += more;
  }
  free(copy);
  return verdict;
}

/* Feeds the row in pieces: up to `cut` in steps of `step`, and the rest at once. True if all is as
 * told. */
static bool check(const struct row *row, size_t cut, size_t step)
{
  struct guard guard;
  guard_init(&guard, &limits);
  enum guard_verdict verdict = GUARD_MORE;
  size_t used = 0;
  while (used < row->length && verdict == GUARD_MORE) {
    size_t rest = row->length - used;
    size_t length = used < cut && step < rest ? step : rest;
    verdict = feed(&guard, row, row->bytes + used, length, &used);
  }
  if (verdict != row->verdict || row->length - used != row->unread ||
      (verdict == GUARD_REFUSED && guard.fault->status != row->status)) {
    print_error("row %zu, cut at %zu by %zu: verdict %d, unread %zu, %s\n", (size_t)(row - rows),
                cut, step, (int)verdict, row->length - used,
                guard.fault ? guard.fault->detail : "");
    return false;
  }
  if (verdict == GUARD_REFUSED) {
    assert_int_equal(guard_feed(&guard, "GET", 3, &used), GUARD_REFUSED);
    assert_int_equal(used, 0);
  }
  return true;
}

static void test_verdicts(void **state)
{
  (void)state;
  bool good = true;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct row *row = &rows[i];
    good &= check(row, 0, 0) && check(row, row->length, 1);
    for (size_t cut = 1; cut < row->length; cut++) good &= check(row, cut, cut);
  }
  assert_true(good);
}

/* No control byte passes anywhere in a head, and none but tab in a value. */
static void test_control_bytes(void **state)
{
  (void)state;
  static const char head[] = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
  for (size_t place = 0; place < sizeof head - 1; place++)
    for (int byte = 0; byte < 0x20; byte++) {
      bool in_value = place == 18 || place == 19;
      if (head[place] == byte || (in_value && byte == '\t')) continue;
      char changed[sizeof head];
      memcpy(changed, head, sizeof head);
      changed[place] = (char)byte;
      struct guard guard;
      size_t used;
      guard_init(&guard, &limits);
      assert_int_equal(guard_feed(&guard, changed, sizeof head - 1, &used), GUARD_REFUSED);
    }
}

/* Limits that become less while a head is read hold from the next byte on. */
static void test_lower_limits(void **state)
{
  (void)state;
  static const struct {
    const char *begun, *next;
    int status;
  } lowered[] = {{"GET /12345678", "9", 414},
                 {"GET / HTTP/1.1\r\nA: b\r\nC: d\r\n", "E", 431},
                 {"GET / HTTP/1.1\r\nA: b", "c", 431}};
  for (size_t i = 0; i < sizeof lowered / sizeof *lowered; i++) {
    struct guard_limits changing = limits;
    struct guard guard;
    size_t used;
    guard_init(&guard, &changing);
    assert_int_equal(guard_feed(&guard, lowered[i].begun, strlen(lowered[i].begun), &used),
                     GUARD_MORE);
    changing =
        (struct guard_limits){.head_bytes = i == 2 ? 8 : 256, .fields = 1, .target_bytes = 4};
    assert_int_equal(guard_feed(&guard, lowered[i].next, 1, &used), GUARD_REFUSED);
    assert_int_equal(guard.fault->status, lowered[i].status);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_verdicts),
      cmocka_unit_test(test_control_bytes),
      cmocka_unit_test(test_lower_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
