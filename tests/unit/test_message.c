/* Requests from bytes, without sockets: what is understood, and what is refused. Each row is fed
 * whole, byte by byte, and cut in two at every place, with the same outcome. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/message.h"

enum { BODY_MAX = 16 };
static const struct guard_limits limits = {.head_bytes = 512, .fields = 8, .target_bytes = 64};

#define H                   "Host: a\r\n"
#define GET_(fields)        "GET / HTTP/1.1\r\n" H fields "\r\n"
#define POST_(fields, body) "POST / HTTP/1.1\r\n" H fields "\r\n" body

static const struct {
  const char *bytes;
  const char
      *understood; /* "METHOD path query|authorization|cookie|content type|body", + if kept alive */
} accepted[] = {
    {GET_(""), "GET / |||| +"},
    {"\r\n" GET_(""), "GET / |||| +"},
    {"HEAD /a/b?c=d?e HTTP/1.1\r\n" H "\r\n", "HEAD /a/b c=d?e|||| +"},
    {"GET /? HTTP/1.1\r\n" H "\r\n", "GET / |||| +"},
    {"GET http://A:80/c?d HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /c d|||| +"},
    {"GET HTTP://a HTTP/1.1\r\n" H "\r\n", "GET / |||| +"},
    {"GET http://a?b HTTP/1.1\r\n" H "\r\n", "GET / b|||| +"},
    {"OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS * |||| +"},
    {"TRACE / HTTP/1.1\r\n" H "\r\n", "OTHER / |||| +"},
    {"PURGE / HTTP/1.1\r\n" H "\r\n", "OTHER / |||| +"},
    {"GET / HTTP/1.1\r\nhOST:[::1]:80\r\n\r\n", "GET / |||| +"},
    {"GET / HTTP/1.0\r\n\r\n", "GET / |||| "},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / |||| +"},
    {GET_("Connection: close\r\n"), "GET / |||| "},
    {GET_("Connection: x, Close\r\nConnection: keep-alive\r\n"), "GET / |||| "},
    {GET_("Authorization:  Bearer x \t\r\n"), "GET / |Bearer x||| +"},
    {GET_("Cookie: a=b\r\nX:\r\nCookie: c=d\r\nCOOKIE: e\r\n"), "GET / ||a=b; c=d; e|| +"},
    {GET_("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"), "GET / |||| +"},
    {POST_("Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n", "hi"), "POST / ||||hi +"},
    {POST_("Content-Type: application/json\r\nContent-Length: 2\r\n", "{}"),
     "POST / |||application/json|{} +"},
    {POST_("Content-Length: 0\r\n", ""), "POST / |||| +"},
    {POST_("Content-Length: 000016\r\n", "0123456789abcdef"), "POST / ||||0123456789abcdef +"},
    {POST_("Content-Length: 6\r\n", "\r\n\r\n\n\r"), "POST / ||||\r\n\r\n\n\r +"},
    {POST_("Content-Encoding: identity\r\nContent-Length: 1\r\n", "x"), "POST / ||||x +"},
    {POST_("", ""), "POST / |||| +"},
    {POST_("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "POST / |||| +"},
    {POST_("Transfer-Encoding: CHUNKED\r\n", "3\r\nabc\r\n0d\r\n0123456789xyz\r\n0\r\n\r\n"),
     "POST / ||||abc0123456789xyz +"},
    {POST_("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nDigest: x\r\nCookies: y\r\n\r\n"),
     "POST / ||||a +"},
    {POST_("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x"), "POST / ||||x +"},
    {"DELETE / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx", "DELETE / ||||x +"},
    {"GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "GET / |||| "},
};

static const struct {
  const char *bytes;
  int status; /* 0: it waits for more */
} refused[] = {
    /* not over */
    {"GET / HTTP/1.1\r\nHost: a\r\n", 0},
    {POST_("Content-Length: 5\r\n", "four"), 0},
    {POST_("Transfer-Encoding: chunked\r\n", "4\r\nfour\r\n"), 0},
    /* Host */
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {GET_("Host: a\r\n"), 400},
    {"GET / HTTP/1.0\r\n" H H "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    /* framing: the openings for request smuggling */
    {POST_("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400}, /* CL.TE */
    {POST_("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"), 400}, /* TE.CL */
    {POST_("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
    {POST_("Content-Length: 2\r\nContent-Length: 2\r\n", "hi"), 400},
    {POST_("Content-Length: 2\r\nContent-Length: 3\r\n", "hi"), 400},
    {POST_("Content-Length: 2, 2\r\n", "hi"), 400},
    {POST_("Content-Length: +2\r\n", "hi"), 400},
    {POST_("Content-Length: -2\r\n", "hi"), 400},
    {POST_("Content-Length: 0x2\r\n", "hi"), 400},
    {POST_("Content-Length: 2 2\r\n", "hi"), 400},
    {POST_("Content-Length: 2.0\r\n", "hi"), 400},
    {POST_("Content-Length:\r\n", "hi"), 400},
    {POST_("Content-Length: 18446744073709551618\r\n", "hi"), 400},
    {POST_("Transfer-Encoding: gzip\r\n", ""), 400},
    {POST_("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: identity\r\n", ""), 400},
    {POST_("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding:\r\n", ""), 400},
    {POST_("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding\r\n: chunked\r\n", "0\r\n\r\n"), 400},
    {POST_("X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {POST_("Transfer-Encoding: chunked\r\n", "1;a=b\r\nx\r\n0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "1\r\nxy\r\n0\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "g\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "0\r\nX: y\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "0\r\n: y\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "0\r\nX: y\r\nhost: a\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 1\r\n\r\n"), 400},
    {POST_("Transfer-Encoding: chunked\r\n", "0\r\n\rX"), 400},
    /* the holes of llhttp 8.1.0 */
    {GET_("X:\rTransfer-Encoding: chunked\r\n"), 400},    /* CVE-2023-30589 */
    {"GET / HTTP/1.1\r\n" H "X: y\r\n\rX", 400},          /* CVE-2025-23167 */
    {POST_("X: y\r\n Content-Length: 2\r\n", "hi"), 400}, /* CVE-2024-27982 */
    {"POST / HTTP/1.1\r\n" H " Content-Length: 2\r\n\r\nhi", 400},
    {"GET / HTTP/1.1\r\n" H "\n", 400},
    {"GET / HTTP/1.1\r\n" H ": x\r\n\r\n", 400},
    {"GET / HTTP/1.1\n" H "\r\n", 400},
    /* request line */
    {"GET a HTTP/1.1\r\n" H "\r\n", 400},
    {"GET * HTTP/1.1\r\n" H "\r\n", 400},
    {"GET /a#b HTTP/1.1\r\n" H "\r\n", 400},
    {"GET https://b/ HTTP/1.1\r\n" H "\r\n", 400},
    {"GET httpx://a/ HTTP/1.1\r\n" H "\r\n", 400},
    {"GET ftp://a/ HTTP/1.1\r\n" H "\r\n", 400},
    {"GET http:///x HTTP/1.1\r\n" H "\r\n", 400},
    {"GET http://b/ HTTP/1.1\r\n" H "\r\n", 400},
    {"GET http://u@a/ HTTP/1.1\r\n" H "\r\n", 400},
    {"GET /a%zz HTTP/1.1\r\n" H "\r\n", 400},
    {"GET /a\\b HTTP/1.1\r\n" H "\r\n", 400},
    {"CONNECT a:80 HTTP/1.1\r\n" H "\r\n", 501},
    {"CONNECT / HTTP/1.1\r\n" H "\r\n", 501},
    {"BREW / HTTP/1.1\r\n" H "\r\n", 501},
    {"get / HTTP/1.1\r\n" H "\r\n", 501},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
    {"GET / HTTP/1.2\r\n" H "\r\n", 400},
    /* fields */
    {GET_("Authorization: a\r\nAuthorization: a\r\n"), 400},
    {POST_("Content-Type: a\r\nContent-Type: a\r\n", ""), 400},
    {POST_("Origin: null\r\nOrigin: null\r\n", ""), 400},
    {POST_("Sec-Fetch-Site: none\r\nSec-Fetch-Site: none\r\n", ""), 400},
    {"GET http://u@a/ HTTP/1.1\r\n" H "\r\n", 400},
    {"GET http://u:p@a/ HTTP/1.1\r\n" H "\r\n", 400},
    {GET_("Expect: 200-ok\r\n"), 417},
    {GET_("Expect: 100-continue, x\r\n"), 417},
    {POST_("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"), 415},
    {GET_("A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n"), 431},
    /* bodies */
    {POST_("Content-Length: 17\r\n", ""), 413},
    {POST_("Content-Length: 999999999999999999\r\n", ""), 413},
    {POST_("Transfer-Encoding: chunked\r\n", "f\r\n0123456789abcde\r\n2\r\nxy\r\n"), 413},
    {POST_("Transfer-Encoding: chunked\r\n", "ffffffff\r\n0123456789abcdefg"), 413},
    {POST_("Transfer-Encoding: chunked\r\n", "f\r\n0123456789abcde\r\n2\r\nxyz"), 413},
};

static enum message_state feed(struct message *message, const char *data, size_t length,
                               size_t *used)
{
  char *copy = malloc(length + 1); /* as a read buffer, which is reused */
  memcpy(copy, data, length);
  size_t bytes;
  enum message_state state = message_feed(message, copy, length, &bytes);
  *used += bytes;
  if (state == MESSAGE_BODY) {
    state = MESSAGE_REFUSED;
    if (message_expect_body(message, BODY_MAX) == 0) {
      size_t more;
      state = message_feed(message, copy + bytes, length - bytes, &more);
      *used += more;
    }
  }
  memset(copy, 'x', length);
  free(copy);
  return state;
}

/* Feeds up to `cut` in steps of `step`, and the rest at once; *used counts the bytes taken. */
static enum message_state run(struct message *message, const char *bytes, size_t cut, size_t step,
                              size_t *used)
{
  size_t length = strlen(bytes);
  enum message_state state = MESSAGE_MORE;
  *used = 0;
  while (state == MESSAGE_MORE && *used < length) {
    size_t rest = length - *used;
    state = feed(message, bytes + *used, *used < cut && step < rest ? step : rest, used);
  }
  return state;
}

static void describe(const struct message *message, char *out, size_t size)
{
  const struct request *r = &message->request;
  snprintf(out, size, "%s %.*s %.*s|%.*s|%.*s|%.*s|%.*s %s", method_name(r->method),
           TEXT_ARGS(r->path), TEXT_ARGS(r->query), TEXT_ARGS(r->authorization),
           TEXT_ARGS(r->cookie), TEXT_ARGS(r->content_type), TEXT_ARGS(r->body),
           message->keep_alive ? "+" : "");
}

static void check_accepted(struct message *message, size_t row, const char *bytes, size_t cut,
                           size_t step)
{
  char found[256] = "";
  size_t used;
  enum message_state state = run(message, bytes, cut, step, &used);
  if (state == MESSAGE_DONE) describe(message, found, sizeof found);
  if (used != strlen(accepted[row].bytes) || strcmp(found, accepted[row].understood) != 0)
    fail_msg("row %zu, cut at %zu by %zu: '%s' after %zu bytes (%s)", row, cut, step, found, used,
             message->fault ? message->fault->detail : "");
  message_reset(message);
}

static void test_accepted(void **state)
{
  (void)state;
  struct message message;
  message_init(&message, &limits);
  for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
    char bytes[512]; /* what follows belongs to the next request */
    size_t length = strlen(accepted[i].bytes);
    snprintf(bytes, sizeof bytes, "%sGET / HTTP", accepted[i].bytes);
    check_accepted(&message, i, bytes, 0, 0);
    check_accepted(&message, i, bytes, length, 1);
    for (size_t cut = 1; cut < length; cut++) check_accepted(&message, i, bytes, cut, cut);
  }
  message_deinit(&message);
}

static void check_refused(struct message *message, size_t row, size_t cut, size_t step)
{
  size_t used;
  enum message_state state = run(message, refused[row].bytes, cut, step, &used);
  int status = state == MESSAGE_REFUSED ? message->fault->status : 0;
  if (status != refused[row].status || state == MESSAGE_DONE)
    fail_msg("row %zu, cut at %zu by %zu: state %d, status %d: %s", row, cut, step, (int)state,
             status, refused[row].bytes);
  if (state == MESSAGE_REFUSED)
    assert_int_equal(message_feed(message, "GET", 3, &used), MESSAGE_REFUSED);
  message_reset(message);
}

static void test_refused(void **state)
{
  (void)state;
  struct message message;
  message_init(&message, &limits);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    size_t length = strlen(refused[i].bytes);
    check_refused(&message, i, 0, 0);
    check_refused(&message, i, length, 1);
    for (size_t cut = 1; cut < length; cut++) check_refused(&message, i, cut, cut);
  }
  message_deinit(&message);
}

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "traceparent: 00-" TRACE "-00f067aa0ba902b7-01\r\n"

/* Where it came from, for those who judge by that. */
static const struct {
  const char *bytes;
  const char *understood; /* "host|origin|sec-fetch-site|trace id" */
} origins[] = {
    {GET_(""), "a|||"},
    {"GET / HTTP/1.0\r\n\r\n", "|||"},
    {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "[::1]:80|||"},
    {"GET http://b:81/ HTTP/1.1\r\nHost: B:81\r\n\r\n", "b:81|||"},
    {"GET http://b:81/ HTTP/1.0\r\n\r\n", "b:81|||"},
    {GET_("ORIGIN: https://x.example\r\nsec-fetch-site: same-site\r\n"),
     "a|https://x.example|same-site|"},
    {GET_("Origin: null\r\n"), "a|null||"},
    {GET_(PARENT), "a|||" TRACE},
    {GET_("TraceParent: 00-" TRACE "-0000000000000000-01\r\n"), "a|||"},
    {GET_(PARENT PARENT), "a|||"},
    {GET_(PARENT PARENT PARENT), "a|||"},
};

static void test_origins(void **state)
{
  (void)state;
  struct message message;
  message_init(&message, &limits);
  for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
    char found[256];
    size_t used;
    const struct request *r = &message.request;
    assert_int_equal(run(&message, origins[i].bytes, 0, 0, &used), MESSAGE_DONE);
    snprintf(found, sizeof found, "%.*s|%.*s|%.*s|%.*s", TEXT_ARGS(r->host), TEXT_ARGS(r->origin),
             TEXT_ARGS(r->sec_fetch_site), TEXT_ARGS(r->trace_id));
    assert_string_equal(found, origins[i].understood);
    message_reset(&message);
  }
  message_deinit(&message);
}

/* Guard and llhttp must end a message at the same byte: where they do not, it is refused. */
static void test_disagreement(void **state)
{
  (void)state;
  static const char head[] = POST_("Content-Length: 5\r\n", "");
  for (uint64_t other = 1; other < 10; other++) {
    struct message message;
    size_t used;
    message_init(&message, &limits);
    assert_int_equal(message_feed(&message, head, sizeof head - 1, &used), MESSAGE_BODY);
    assert_int_equal(message_expect_body(&message, BODY_MAX), 0);
    guard_expect_bytes(&message.guard, other);
    assert_int_equal(message_feed(&message, "hello, you", 10, &used),
                     other == 5 ? MESSAGE_DONE : MESSAGE_REFUSED);
    message_deinit(&message);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accepted),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_origins),
      cmocka_unit_test(test_disagreement),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
