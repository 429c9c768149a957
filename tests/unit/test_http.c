/* The HTTP server over real sockets, with a stub in the dispatcher's place. Client and server share
 * this thread: every wait runs the loop, looks at the client's socket, and is bounded in time.
 * Deadlines are tested by a clock that the test sets. After each test no handle may be left on the
 * loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/server.h"

enum { SMALL_BODY_MAX = 16, LARGE_BODY_MAX = 1 << 20, LARGE_REPLY = 16 << 20, WAIT_MS = 10000 };

static uint64_t test_now_ms; /* the server's clock */
static uint64_t now_ms(void)
{
  return test_now_ms;
}

struct test {
  uv_loop_t loop;
  struct server *server;
  bool closed;
  size_t calls;
  dispatch_done done; /* of the request to /later that waits */
  void *done_context;
  char *large;
  char received[32768]; /* by the last read_until */
  bool ended;           /* the server closed the connection */
};

/* The stub */

static void handle(void *context, const struct request *request, dispatch_done done,
                   void *done_context)
{
  struct test *test = context;
  struct reply reply = {.status = 200, .content_type = "text/plain"};
  struct buffer body = {0};
  test->calls++;
  buffer_print(&body, "[%s %.*s %.*s|%.*s|%.*s]", method_name(request->method),
               TEXT_ARGS(request->path), TEXT_ARGS(request->query), TEXT_ARGS(request->cookie),
               (int)(request->body.length < 64 ? request->body.length : 64), request->body.data);
  reply.body = buffer_text(&body);
  if (text_is(request->path, "/later")) {
    test->done = done;
    test->done_context = done_context;
    buffer_deinit(&body);
    return;
  }
  if (text_is(request->path, "/empty")) reply = (struct reply){.status = 204};
  if (text_is(request->path, "/large")) reply.body = (struct text){test->large, LARGE_REPLY};
  if (text_is(request->path, "/address")) reply.body = request->address;
  if (text_is(request->path, "/headers")) {
    reply.header_count = 4;
    reply.headers[0] = (struct reply_header){"Cache-Control", TEXT("max-age=1")};
    reply.headers[1] = (struct reply_header){"X-A", TEXT("b\r\nX-Split: c")};
    reply.headers[2] = (struct reply_header){"X-B\r\nX-Split", TEXT("c")};
    reply.headers[3] = (struct reply_header){"X-C", TEXT("d")};
  }
  done(done_context, &reply);
  buffer_deinit(&body);
}

static size_t body_max(void *context, enum method method, struct text path)
{
  (void)context;
  (void)method;
  return text_is(path, "/big") ? LARGE_BODY_MAX : SMALL_BODY_MAX;
}

static void reply_later(struct test *test)
{
  struct reply reply = {.status = 200, .content_type = "text/plain", .body = TEXT("[late]")};
  assert_non_null(test->done);
  dispatch_done done = test->done;
  test->done = NULL;
  done(test->done_context, &reply);
}

/* The server's life */

static void on_closed(void *context)
{
  ((struct test *)context)->closed = true;
}

static void open_server(struct test *test, const char *address, size_t connections)
{
  struct server_limits limits;
  server_limits_default(&limits);
  limits.tick_ms = 1;
  limits.connections = connections;
  struct server_config config = {.address = address, .limits = &limits, .now_ms = now_ms};
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  struct error error = {0};
  if (server_open(&test->loop, &config, &handler, &test->server, &error) < 0)
    fail_msg("%s", error.message);
  assert_int_not_equal(server_port(test->server), 0);
}

static int setup(void **state)
{
  struct test *test = calloc(1, sizeof *test);
  test_now_ms = 1000000;
  uv_loop_init(&test->loop);
  test->large = malloc(LARGE_REPLY);
  memset(test->large, 'x', LARGE_REPLY);
  open_server(test, "127.0.0.1", 64);
  *state = test;
  return 0;
}

static uint64_t deadline(void)
{
  return clock_monotonic_ns() / 1000000 + WAIT_MS;
}

static bool in_time(uint64_t deadline_ms)
{
  return clock_monotonic_ns() / 1000000 < deadline_ms;
}

/* Runs the loop and gives the client's socket a moment. */
static void turn(struct test *test, int fd)
{
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  uv_run(&test->loop, UV_RUN_NOWAIT);
  poll(&poll_fd, 1, 1);
}

static void wait_for_calls(struct test *test, size_t calls)
{
  for (uint64_t end = deadline(); test->calls < calls && in_time(end);) turn(test, -1);
  assert_int_equal(test->calls, calls);
}

static void wait_for_connections(struct test *test, size_t count)
{
  for (uint64_t end = deadline(); server_connections(test->server) != count && in_time(end);)
    turn(test, -1);
  assert_int_equal(server_connections(test->server), count);
}

static void wait_until_closed(struct test *test)
{
  for (uint64_t end = deadline(); !test->closed && in_time(end);) turn(test, -1);
  assert_true(test->closed);
}

static int teardown(void **state)
{
  struct test *test = *state;
  if (!test->closed) {
    server_close(test->server, on_closed, test);
    server_abort(test->server);
    wait_until_closed(test);
  }
  assert_int_equal(server_connections(test->server), 0);
  server_free(test->server);
  assert_int_equal(uv_run(&test->loop, UV_RUN_NOWAIT), 0);
  assert_int_equal(uv_loop_close(&test->loop), 0);
  free(test->large);
  free(test);
  return 0;
}

/* The client */

static int connect_to(const struct test *test)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(server_port(test->server))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static void send_bytes(int fd, const char *bytes, size_t length)
{
  assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static void send_text(int fd, const char *text)
{
  send_bytes(fd, text, strlen(text));
}

/* Reads into test->received until it holds `text` or the server closes (text NULL: until it
 * closes). */
static void read_until(struct test *test, int fd, const char *text)
{
  size_t length = 0;
  test->received[0] = '\0';
  test->ended = false;
  for (uint64_t end = deadline(); in_time(end) && !(text && strstr(test->received, text));) {
    turn(test, fd);
    ssize_t got =
        recv(fd, test->received + length, sizeof test->received - 1 - length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) {
      test->ended = true;
      break;
    }
    length += (size_t)got;
    test->received[length] = '\0';
  }
  if (text ? !strstr(test->received, text) : !test->ended)
    fail_msg("waited for '%s', got '%s'", text ? text : "the end", test->received);
}

static size_t count(const char *text, const char *part)
{
  size_t found = 0;
  for (const char *at = text; (at = strstr(at, part)); at++) found++;
  return found;
}

#define REQUEST(line, fields) line " HTTP/1.1\r\nHost: a\r\n" fields "\r\n"

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
  static const char request[] = REQUEST("GET /x", "");
  const size_t length = sizeof request - 1;
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
  send_text(fd, "4\r\ndefg\r\n0\r\nCookie: x\r\n\r\n");
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
  struct server_config config = {.address = "::"};
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  struct server *other = NULL;
  if (server_open(&test->loop, &config, &handler, &other, NULL) < 0) {
    uv_run(&test->loop, UV_RUN_NOWAIT);
    skip(); /* a machine without IPv6 */
  }
  server_close(test->server, on_closed, test);
  wait_until_closed(test);
  server_free(test->server);
  test->closed = false;
  test->server = other;
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
    {400, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED},
    {400, REQUEST("BREW /", "") SMUGGLED},
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

static void send_line(int fd, const char *before, size_t length, const char *after)
{
  char bytes[32768];
  assert_true(length < sizeof bytes);
  memset(bytes, 'a', length);
  send_text(fd, before);
  send_bytes(fd, bytes, length);
  send_text(fd, after);
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

/* Deadlines */

static void test_timeouts(void **state)
{
  struct test *test = *state;
  static const struct {
    const char *bytes;
    const char *wait_for; /* before the clock moves */
    uint64_t at_ms;
    const char *received; /* NULL: closed without a word */
  } rows[] = {
      {"", NULL, 10000, NULL},
      {"GET / HT", NULL, 10000, "HTTP/1.1 408 "},
      {REQUEST("POST /", "Content-Length: 9\r\n") "half", NULL, 30000, "HTTP/1.1 408 "},
      {REQUEST("POST /", "Transfer-Encoding: chunked\r\n") "5\r\nhe", NULL, 30000, "HTTP/1.1 408 "},
      {REQUEST("GET /", ""), "[GET / ||]", 60000, NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int fd = connect_to(test);
    send_text(fd, rows[i].bytes);
    wait_for_connections(test, 1);
    if (rows[i].wait_for) read_until(test, fd, rows[i].wait_for);
    for (int k = 0; k < 5; k++) turn(test, fd);
    test_now_ms += rows[i].at_ms - 1;
    for (int k = 0; k < 5; k++) turn(test, fd);
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
    test_now_ms += 1;
    read_until(test, fd, NULL);
    assert_int_equal(strncmp(test->received, rows[i].received ? rows[i].received : "",
                             rows[i].received ? 13 : 0),
                     0);
    if (!rows[i].received) assert_string_equal(test->received, "");
    close(fd);
    wait_for_connections(test, 0);
  }
}

static void test_running_has_no_timeout(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /later", ""));
  wait_for_calls(test, 1);
  test_now_ms += 1000000;
  for (int i = 0; i < 5; i++) turn(test, fd);
  reply_later(test);
  read_until(test, fd, "[late]");
  close(fd);
}

static void test_write_and_linger_timeouts(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test); /* takes nothing of a reply */
  send_text(fd, REQUEST("GET /large", ""));
  wait_for_calls(test, 1);
  for (int i = 0; i < 5; i++) turn(test, -1);
  assert_int_equal(server_connections(test->server), 1);
  test_now_ms += 30000;
  wait_for_connections(test, 0);
  close(fd);
  fd = connect_to(test); /* goes on sending after the last word */
  send_text(fd, "nonsense\r\n");
  read_until(test, fd, NULL);
  send_text(fd, "more of it");
  for (int i = 0; i < 5; i++) turn(test, -1);
  assert_int_equal(server_connections(test->server), 1);
  test_now_ms += 2000;
  wait_for_connections(test, 0);
  close(fd);
}

/* The server's own limits and end */

static void test_connection_limit(void **state)
{
  struct test *test = *state;
  server_close(test->server, on_closed, test);
  wait_until_closed(test);
  server_free(test->server);
  test->closed = false;
  open_server(test, "127.0.0.1", 2);

  int fds[4];
  for (int i = 0; i < 2; i++) {
    test_now_ms++;
    fds[i] = connect_to(test);
    send_text(fds[i], REQUEST("GET /", ""));
    read_until(test, fds[i], "]");
  }
  fds[2] = connect_to(test); /* the longest idle one makes room */
  send_text(fds[2], REQUEST("GET /later", ""));
  read_until(test, fds[0], NULL);
  wait_for_calls(test, 3);
  reply_later(test);
  read_until(test, fds[2], "[late]");

  send_text(fds[1], REQUEST("GET /later", ""));
  wait_for_calls(test, 4);
  dispatch_done done = test->done;
  void *context = test->done_context;
  send_text(fds[2], REQUEST("GET /later", ""));
  wait_for_calls(test, 5);
  fds[3] = connect_to(test); /* none is idle: it waits */
  send_text(fds[3], REQUEST("GET /4", ""));
  for (int i = 0; i < 10; i++) turn(test, -1);
  assert_int_equal(test->calls, 5);
  reply_later(test);
  read_until(test, fds[3], "[GET /4 ||]");
  done(context, &(struct reply){.status = 204});
  for (int i = 0; i < 4; i++) close(fds[i]);
  wait_for_connections(test, 0);
}

static void test_close_lets_requests_finish(void **state)
{
  struct test *test = *state;
  int idle = connect_to(test), running = connect_to(test), half = connect_to(test);
  send_text(idle, REQUEST("GET /", ""));
  read_until(test, idle, "]");
  send_text(running, REQUEST("GET /later", "") REQUEST("GET /never", ""));
  send_text(half, "GET /half");
  wait_for_calls(test, 2);
  wait_for_connections(test, 3);
  for (int i = 0; i < 5; i++) turn(test, -1);
  server_close(test->server, on_closed, test);
  read_until(test, idle, NULL);
  assert_string_equal(test->received, "");
  assert_false(test->closed);
  reply_later(test);
  read_until(test, running, NULL);
  assert_non_null(strstr(test->received, "[late]"));
  assert_non_null(strstr(test->received, "\r\nConnection: close\r\n"));
  assert_null(strstr(test->received, "never"));
  send_text(half, " HTTP/1.1\r\nHost: a\r\n\r\n");
  read_until(test, half, NULL);
  assert_non_null(strstr(test->received, "[GET /half ||]"));
  close(idle);
  close(running);
  close(half);
  wait_until_closed(test);
}

static void test_abort(void **state)
{
  struct test *test = *state;
  int running = connect_to(test), half = connect_to(test);
  send_text(running, REQUEST("GET /later", ""));
  send_text(half, "GET /half");
  wait_for_calls(test, 1);
  wait_for_connections(test, 2);
  server_close(test->server, on_closed, test);
  server_abort(test->server);
  wait_for_connections(test, 1);
  assert_false(test->closed);
  reply_later(test);
  wait_until_closed(test);
  close(running);
  close(half);
}

static void test_cannot_listen(void **state)
{
  struct test *test = *state;
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  const struct server_config configs[] = {
      {.address = "127.0.0.1", .port = server_port(test->server)},
      {.address = "example", .port = 0},
      {.address = "192.0.2.1", .port = 0},
  };
  for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
    struct server *other = NULL;
    struct error error = {0};
    assert_int_equal(server_open(&test->loop, &configs[i], &handler, &other, &error), -1);
    assert_non_null(strstr(error.message, configs[i].address));
    uv_run(&test->loop, UV_RUN_NOWAIT);
  }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

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
      TEST(test_timeouts),
      TEST(test_running_has_no_timeout),
      TEST(test_write_and_linger_timeouts),
      TEST(test_connection_limit),
      TEST(test_close_lets_requests_finish),
      TEST(test_abort),
      TEST(test_cannot_listen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
