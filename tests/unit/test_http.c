/* What goes over a connection: requests of every shape, what is wrong with them, and clients that
 * go away. */
#include "server_fixture.h"

/* Well-formed requests */

static void test_reply_in_full(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /a?b=c", "Cookie: d\r\nCookie: e\r\n"));
  read_until(test, fd, "]");
  char *date = strstr(test->received, "Date: ");
  assert_non_null(date);
  assert_memory_equal(date + 31, " GMT\r\n", 6);
  memset(date + 6, '-', 29);
  assert_string_equal(test->received, "HTTP/1.1 200 OK\r\n"
                                      "Date: -----------------------------\r\n"
                                      "Content-Type: text/plain\r\n"
                                      "Content-Length: 18\r\n"
                                      "Cache-Control: no-store\r\n"
                                      "X-Content-Type-Options: nosniff\r\n"
                                      "X-Frame-Options: DENY\r\n"
                                      "Content-Security-Policy: default-src 'none'; "
                                      "frame-ancestors 'none'\r\n"
                                      "Referrer-Policy: no-referrer\r\n"
                                      "\r\n"
                                      "[GET /a b=c|d; e|]");
  close(fd);
}

static void test_keep_alive(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  for (int i = 0; i < 3; i++) {
    send_text(fd, REQUEST("POST /", "Content-Length: 2\r\n") "hi");
    read_until(test, fd, "[POST / ||hi]");
  }
  assert_int_equal(server_connections(test->server), 1);
  send_text(fd, REQUEST("GET /", "Connection: close\r\n"));
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "\r\nConnection: close\r\n"));
  close(fd);
  fd = connect_to(test);
  send_text(fd, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  read_until(test, fd, "]");
  assert_non_null(strstr(test->received, "\r\nConnection: keep-alive\r\n"));
  send_text(fd, "GET / HTTP/1.0\r\n\r\n");
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "\r\nConnection: close\r\n"));
  close(fd);
}

static void test_without_body(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("HEAD /a", ""));
  read_until(test, fd, "\r\n\r\n");
  assert_non_null(strstr(test->received, "\r\nContent-Length: 12\r\n"));
  assert_null(strchr(test->received, '['));
  send_text(fd, REQUEST("GET /empty", ""));
  read_until(test, fd, "\r\n\r\n");
  assert_non_null(strstr(test->received, "HTTP/1.1 204 No Content\r\n"));
  assert_null(strstr(test->received, "Content-Length"));
  send_text(fd, REQUEST("OPTIONS *", ""));
  read_until(test, fd, "[OPTIONS * ||]");
  close(fd);
}

static void test_headers_cannot_split(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /headers", ""));
  read_until(test, fd, "]");
  assert_null(strstr(test->received, "X-Split"));
  assert_null(strstr(test->received, "no-store"));
  assert_non_null(strstr(test->received, "\r\nCache-Control: max-age=1\r\n"));
  assert_non_null(strstr(test->received, "\r\nX-C: d\r\n"));
  close(fd);
}

static void test_pipelining(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /1", "") REQUEST("GET /later", "") REQUEST("GET /3", "")
                    REQUEST("POST /later", "Content-Length: 2\r\n") "hi" REQUEST("GET /5", ""));
  read_until(test, fd, "[GET /1 ||]");
  wait_for_calls(test, 2);
  for (int i = 0; i < 20; i++) turn(test, fd);
  assert_int_equal(test->calls, 2); /* the third waits for the second */
  reply_later(test);
  read_until(test, fd, "[GET /3 ||]");
  assert_true(strstr(test->received, "[late]") < strstr(test->received, "[GET /3"));
  wait_for_calls(test, 4);
  send_text(fd, REQUEST("GET /6", ""));
  reply_later(test);
  read_until(test, fd, "[GET /6 ||]");
  assert_non_null(strstr(test->received, "[GET /5 ||]"));
  close(fd);
}

static void test_flood_is_bounded(void **state)
{
  struct test *test = *state;
  /* long ones: the kernel holds megabytes of them */
  char request[4096];
  const size_t length =
      (size_t)snprintf(request, sizeof request, REQUEST("GET /x", "X-Long: %02000d\r\n"), 0);
  struct server_limits limits = test_limits();
  limits.requests = SIZE_MAX;
  server_configure(test->server, &limits);
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /later", ""));
  wait_for_calls(test, 1);
  size_t sent = 0;
  uint64_t end = deadline();
  for (int quiet = 0; quiet < 50;) { /* until the server takes no more */
    assert_true(in_time(end));
    size_t at = sent % length;
    ssize_t n = send(fd, request + at, length - at, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) sent += (size_t)n;
    quiet = n > 0 ? 0 : quiet + 1;
    if (quiet > 0) turn(test, -1);
  }
  assert_int_equal(test->calls, 1);
  size_t calls = 1 + sent / length;
  reply_later(test);
  for (end = deadline(); test->calls < calls && in_time(end);) {
    turn(test, fd);
    while (recv(fd, test->received, sizeof test->received, MSG_DONTWAIT) > 0) continue;
  }
  assert_int_equal(test->calls, calls);
  close(fd);
}

static void test_chunks(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("POST /", "Transfer-Encoding: chunked\r\n"));
  send_text(fd, "3\r\nabc\r\n");
  for (int i = 0; i < 3; i++) turn(test, fd);
  send_text(fd, "4\r\ndefg\r\n0\r\nX: x\r\n\r\n");
  read_until(test, fd, "[POST / ||abcdefg]");
  close(fd);
}

static void test_large_body(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("PUT /big", "Content-Length: 1048576\r\n"));
  for (size_t sent = 0; sent < LARGE_BODY_MAX;) {
    ssize_t n = send(fd, test->large + sent, LARGE_BODY_MAX - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) sent += (size_t)n;
    turn(test, -1);
  }
  read_until(test, fd, "[PUT /big ||xxxx");
  close(fd);
}

static void test_large_reply(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /large", "") REQUEST("GET /after", ""));
  size_t total = 0;
  bool found = false;
  for (uint64_t end = deadline(); in_time(end) && !found;) {
    turn(test, fd);
    for (ssize_t n; (n = recv(fd, test->received, sizeof test->received - 1, MSG_DONTWAIT)) > 0;) {
      test->received[n] = '\0';
      total += (size_t)n;
      found = strstr(test->received, "[GET /after ||]") != NULL;
    }
  }
  assert_true(found);
  assert_true(total > LARGE_REPLY && total < LARGE_REPLY + 1024);
  close(fd);
}

static void test_slow_pieces(void **state)
{
  struct test *test = *state;
  static const char bytes[] = REQUEST(
      "POST /a", "Transfer-Encoding: chunked\r\n") "2\r\nhi\r\n0\r\n\r\n" REQUEST("GET /b", "");
  int fd = connect_to(test);
  for (size_t i = 0; i < sizeof bytes - 1; i++) {
    send_bytes(fd, bytes + i, 1);
    uv_run(&test->loop, UV_RUN_NOWAIT);
  }
  read_until(test, fd, "[GET /b ||]");
  assert_non_null(strstr(test->received, "[POST /a ||hi]"));
  close(fd);
}

static void test_continue(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("POST /", "Expect: 100-continue\r\nContent-Length: 2\r\n"));
  read_until(test, fd, "\r\n\r\n");
  assert_string_equal(test->received, "HTTP/1.1 100 Continue\r\n\r\n");
  send_text(fd, "hi");
  read_until(test, fd, "[POST / ||hi]");
  /* a body that is there needs no 100 */
  send_text(fd, REQUEST("POST /", "Expect: 100-continue\r\nContent-Length: 2\r\n") "hi");
  read_until(test, fd, "[POST / ||hi]");
  assert_null(strstr(test->received, "100 Continue"));
  /* nor does one that is too large get it */
  send_text(fd, REQUEST("POST /", "Expect: 100-continue\r\nContent-Length: 17\r\n"));
  read_until(test, fd, NULL);
  assert_null(strstr(test->received, "100 Continue"));
  assert_non_null(strstr(test->received, "HTTP/1.1 413 "));
  close(fd);
}

static void test_address(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /address", ""));
  read_until(test, fd, "\r\n\r\n127.0.0.1");
  close(fd);
}

/* An IPv4 client of an IPv6 socket is known by its IPv4 address, as rate limits expect. */
static void test_mapped_address(void **state)
{
  struct test *test = *state;
  struct listener listener;
  if (listener_open("::", 0, false, &listener, NULL) < 0) skip(); /* a machine without IPv6 */
  listener_close(&listener);
  struct server_limits limits = test_limits();
  reopen_server(test, "::", &limits);
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /address", ""));
  read_until(test, fd, "\r\n\r\n127.0.0.1");
  close(fd);
}

/* Refusals */

#define SMUGGLED            REQUEST("GET /smuggled", "")
#define POST_(fields, body) REQUEST("POST /", fields) body SMUGGLED

static const struct {
  int status;
  const char *bytes;
} refusals[] = {
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX:\rTransfer-Encoding: chunked\r\n\r\n" SMUGGLED},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n" SMUGGLED},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 4\r\n\r\n" SMUGGLED},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n\n" SMUGGLED},
    {400, "GET / HTTP/1.1\nHost: a\n\n" SMUGGLED},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n" SMUGGLED},
    {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n" SMUGGLED},
    {400, "GET / HTTP/1.1\r\n\r\n" SMUGGLED},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n" SMUGGLED},
    {400, "GET / HTTP/2.0\r\nHost: a\r\n\r\n" SMUGGLED},
    {400, "\x16\x03\x01\x02"},
    {400, POST_("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {400, POST_("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
    {400, POST_("Content-Length: 0\r\nContent-Length: 4\r\n", "")},
    {400, POST_("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
    {400, POST_("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
    {400, POST_("Transfer-Encoding: chunked\r\n", "0;a\r\n\r\n")},
    {400, POST_("Transfer-Encoding: chunked\r\n", "2\r\nabc\r\n0\r\n\r\n")},
    {400, POST_("Transfer-Encoding: chunked\r\n", "zz\r\n")},
    {400, POST_("Transfer-Encoding: chunked\r\n", "0\r\nA: b\n\r\n")},
    {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, REQUEST("GET /", "Authorization: a\r\nAuthorization: b\r\n") SMUGGLED},
    {400, REQUEST("GET /", "Content-Type: a\r\nContent-Type: b\r\n") SMUGGLED},
    {400, REQUEST("GET /a#b", "") SMUGGLED},
    {501, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED},
    {501, REQUEST("BREW /", "") SMUGGLED},
    {417, REQUEST("GET /", "Expect: tea\r\n") SMUGGLED},
    {415, REQUEST("POST /", "Content-Encoding: gzip\r\nContent-Length: 1\r\n") "x" SMUGGLED},
    {413, REQUEST("POST /", "Content-Length: 17\r\n") "12345678901234567" SMUGGLED},
    {413, POST_("Transfer-Encoding: chunked\r\n", "11\r\n12345678901234567\r\n0\r\n\r\n")},
};

static void test_refusals(void **state)
{
  struct test *test = *state;
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    char status[32];
    int fd = connect_to(test);
    send_text(fd, refusals[i].bytes);
    read_until(test, fd, NULL);
    snprintf(status, sizeof status, "HTTP/1.1 %d ", refusals[i].status);
    if (strncmp(test->received, status, strlen(status)) != 0 ||
        count(test->received, "\r\nDate: ") != 1 ||
        !strstr(test->received, "\r\nConnection: close\r\n") ||
        !strstr(test->received, "application/problem+json"))
      fail_msg("row %zu: %s", i, test->received);
    close(fd);
  }
  assert_int_equal(test->calls, 0);
}

static void test_large_heads(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_line(fd, "GET /", 8191, " HTTP/1.1\r\nHost: a\r\n\r\n");
  read_until(test, fd, "|]");
  send_line(fd, "GET /", 8192, " HTTP/1.1\r\nHost: a\r\n\r\n");
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "HTTP/1.1 414 "));
  close(fd);
  fd = connect_to(test);
  send_line(fd, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 16000, "\r\n\r\n");
  read_until(test, fd, "[GET / ||]");
  send_line(fd, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 16384, "\r\n\r\n");
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "HTTP/1.1 431 "));
  close(fd);
  fd = connect_to(test);
  send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 100; i++) send_text(fd, "X: y\r\n");
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "HTTP/1.1 431 "));
  close(fd);
}

/* Clients that go away */

static void reset(int fd)
{
  struct linger linger = {.l_onoff = 1};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(fd);
}

static void test_client_gone(void **state)
{
  struct test *test = *state;
  static const char *const begun[] = {
      "",
      "\r\n",
      "GET / HT",
      REQUEST("GET /", "X: y"),
      REQUEST("POST /", "Content-Length: 9\r\n") "half",
      REQUEST("POST /", "Transfer-Encoding: chunked\r\n") "4\r\nha"};
  for (size_t i = 0; i < sizeof begun / sizeof *begun; i++)
    for (int way = 0; way < 2; way++) {
      int fd = connect_to(test);
      send_text(fd, begun[i]);
      wait_for_connections(test, 1);
      turn(test, fd);
      if (way == 0)
        close(fd);
      else
        reset(fd);
      wait_for_connections(test, 0);
    }
  assert_int_equal(test->calls, 0);
}

static void test_client_gone_while_running(void **state)
{
  struct test *test = *state;
  for (size_t way = 0; way < 4; way++) {
    int fd = connect_to(test);
    send_text(fd, REQUEST("GET /later", ""));
    if (way >= 2) send_text(fd, REQUEST("GET /x", ""));
    test->calls = 0;
    wait_for_calls(test, 1);
    if (way % 2 == 0)
      close(fd);
    else
      reset(fd);
    for (int i = 0; i < 10; i++) turn(test, -1);
    assert_int_equal(server_connections(test->server), 1); /* lives until the handler is done */
    reply_later(test);
    wait_for_connections(test, 0);
  }
}

static void test_half_closed(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /later", "") REQUEST("GET /2", ""));
  shutdown(fd, SHUT_WR);
  wait_for_calls(test, 1);
  for (int i = 0; i < 10; i++) turn(test, -1);
  reply_later(test);
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "[late]"));
  assert_non_null(strstr(test->received, "[GET /2 ||]"));
  close(fd);
  wait_for_connections(test, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_reply_in_full),
      TEST(test_keep_alive),
      TEST(test_without_body),
      TEST(test_headers_cannot_split),
      TEST(test_pipelining),
      TEST(test_flood_is_bounded),
      TEST(test_chunks),
      TEST(test_large_body),
      TEST(test_large_reply),
      TEST(test_slow_pieces),
      TEST(test_continue),
      TEST(test_address),
      TEST(test_mapped_address),
      TEST(test_refusals),
      TEST(test_large_heads),
      TEST(test_client_gone),
      TEST(test_client_gone_while_running),
      TEST(test_half_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
