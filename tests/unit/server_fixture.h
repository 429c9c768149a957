/* A server over real sockets with a stub in the dispatcher's place, and its clients. Client and
 * server share this thread: every wait runs the loop, looks at the client's socket, and is bounded
 * in time. Deadlines are tested by a clock that the test sets. After each test no handle may be
 * left on the loop. */
#ifndef WRIT_TESTS_SERVER_FIXTURE_H
#define WRIT_TESTS_SERVER_FIXTURE_H

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
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "dispatch/metrics.h"
#include "http/server.h"
#include "prometheus_text.h"

enum { SMALL_BODY_MAX = 16, LARGE_BODY_MAX = 1 << 20, LARGE_REPLY = 16 << 20, WAIT_MS = 60000 };

static uint64_t test_now_ms; /* the server's clock */
static inline uint64_t now_ms(void)
{
  return test_now_ms;
}

struct test {
  uv_loop_t loop;
  struct server *server;
  bool closed;
  size_t calls;
  struct {
    dispatch_done done;
    void *context;
  } later[64]; /* requests to /later that wait */
  size_t later_count;
  char *large;
  char received[32768];      /* by the last read_until */
  bool ended;                /* the server closed the connection */
  struct http_policy policy; /* of the next server that is opened */
  void *segment;             /* that all of them count in */
  struct metrics *metrics;
};

/* The stub */

static inline void handle(void *context, const struct request *request, dispatch_done done,
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
    assert_true(test->later_count < sizeof test->later / sizeof *test->later);
    test->later[test->later_count].done = done;
    test->later[test->later_count++].context = done_context;
    buffer_deinit(&body);
    return;
  }
  if (text_is(request->path, "/empty")) reply = (struct reply){.status = 204};
  if (text_is(request->path, "/large")) reply.body = (struct text){test->large, LARGE_REPLY};
  if (text_is(request->path, "/address")) reply.body = request->address;
  if (text_is(request->path, "/secure"))
    reply.body = request->secure ? TEXT("[yes]") : TEXT("[no]");
  if (text_is(request->path, "/id")) reply.request_id = TEXT("0123-abc");
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

static inline size_t body_max(void *context, enum method method, struct text path)
{
  (void)context;
  (void)method;
  return text_is(path, "/big") ? LARGE_BODY_MAX : SMALL_BODY_MAX;
}

/* Answers the one that came last. */
static inline void reply_later(struct test *test)
{
  struct reply reply = {.status = 200, .content_type = "text/plain", .body = TEXT("[late]")};
  assert_true(test->later_count > 0);
  test->later_count--;
  test->later[test->later_count].done(test->later[test->later_count].context, &reply);
}

/* What was counted; -1: there is no such metric. */
static inline double counted(const struct test *test, const char *series)
{
  const void *segments[] = {test->segment};
  struct buffer text = {0};
  metrics_write(&text, segments, 1, clock_monotonic_ns());
  double value = prometheus_value(buffer_text(&text), series);
  buffer_deinit(&text);
  return value;
}

static inline void expect_counted(const struct test *test, const char *series, double value)
{
  double found = counted(test, series);
  if (found != value) fail_msg("%s: %g instead of %g", series, found, value);
}

/* No connection is left in any state. */
static inline void expect_nobody(const struct test *test)
{
  static const char *const states[] = {"idle", "receiving", "running", "writing", "closing"};
  char series[64];
  for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
    snprintf(series, sizeof series, "writ_connections{state=\"%s\"}", states[i]);
    expect_counted(test, series, 0);
  }
}

/* The server's life */

static inline void on_closed(void *context)
{
  ((struct test *)context)->closed = true;
}

/* The default ones, with room for few, and a timer that does not keep tests waiting. */
static inline struct server_limits test_limits(void)
{
  struct server_limits limits;
  server_limits_default(&limits);
  limits.tick_ms = 1;
  limits.connections = 64;
  return limits;
}

static inline void open_server(struct test *test, const char *host,
                               const struct server_limits *limits)
{
  struct listener listener;
  struct server_config config = {.listeners = &listener,
                                 .listener_count = 1,
                                 .limits = limits,
                                 .policy = &test->policy,
                                 .metrics = test->metrics,
                                 .now_ms = now_ms};
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  struct error error = {0};
  if (listener_open(host, 0, false, &listener, &error) < 0 ||
      server_open(&test->loop, &config, &handler, &test->server, &error) < 0)
    fail_msg("%s", error.message);
}

static inline int setup(void **state)
{
  struct test *test = calloc(1, sizeof *test);
  test_now_ms = 1000000;
  uv_loop_init(&test->loop);
  test->large = malloc(LARGE_REPLY);
  memset(test->large, 'x', LARGE_REPLY);
  test->segment = calloc(1, metrics_bytes());
  test->metrics = metrics_attach(test->segment, 0);
  struct server_limits limits = test_limits();
  open_server(test, "127.0.0.1", &limits);
  *state = test;
  return 0;
}

static inline uint64_t deadline(void)
{
  return clock_monotonic_ns() / 1000000 + WAIT_MS;
}

static inline bool in_time(uint64_t deadline_ms)
{
  return clock_monotonic_ns() / 1000000 < deadline_ms;
}

/* Runs the loop and gives the client's socket a moment. */
static inline void turn(struct test *test, int fd)
{
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  uv_run(&test->loop, UV_RUN_NOWAIT);
  poll(&poll_fd, 1, 1);
}

/* Lets the server see what is there. */
static inline void settle(struct test *test)
{
  for (int i = 0; i < 5; i++) turn(test, -1);
}

/* Lets time pass on the server's clock. */
static inline void pass(struct test *test, uint64_t ms)
{
  settle(test);
  test_now_ms += ms;
  settle(test);
}

static inline void wait_for_calls(struct test *test, size_t calls)
{
  for (uint64_t end = deadline(); test->calls < calls && in_time(end);) turn(test, -1);
  assert_int_equal(test->calls, calls);
}

static inline void wait_for_connections(struct test *test, size_t count)
{
  for (uint64_t end = deadline(); server_connections(test->server) != count && in_time(end);)
    turn(test, -1);
  assert_int_equal(server_connections(test->server), count);
}

static inline void wait_until_closed(struct test *test)
{
  for (uint64_t end = deadline(); !test->closed && in_time(end);) turn(test, -1);
  assert_true(test->closed);
}

static inline void close_server(struct test *test)
{
  server_close(test->server, on_closed, test);
  wait_until_closed(test);
  server_free(test->server);
  test->closed = false;
}

/* Closes the server and opens another one with these limits. */
static inline void reopen_server(struct test *test, const char *host,
                                 const struct server_limits *limits)
{
  close_server(test);
  open_server(test, host, limits);
}

static inline int teardown(void **state)
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
  expect_nobody(test);
  free(test->segment);
  free(test->large);
  free(test);
  return 0;
}

/* The client */

static inline int connect_to_port(uint16_t port)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static inline int connect_to_path(const char *path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, path, strlen(path) + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static inline int connect_to(const struct test *test)
{
  return connect_to_port(server_port(test->server));
}

static inline void send_bytes(int fd, const char *bytes, size_t length)
{
  assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static inline void send_text(int fd, const char *text)
{
  send_bytes(fd, text, strlen(text));
}

static inline void send_line(int fd, const char *before, size_t length, const char *after)
{
  char bytes[32768];
  assert_true(length < sizeof bytes);
  memset(bytes, 'a', length);
  send_text(fd, before);
  send_bytes(fd, bytes, length);
  send_text(fd, after);
}

/* Reads into test->received until it holds `text` or the server closes (text NULL: until it
 * closes). */
static inline void read_until(struct test *test, int fd, const char *text)
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

static inline void assert_open(int fd)
{
  char byte;
  assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
  assert_int_equal(errno, EAGAIN);
}

static inline size_t count(const char *text, const char *part)
{
  size_t found = 0;
  for (const char *at = text; (at = strstr(at, part)); at++) found++;
  return found;
}

#define REQUEST(line, fields) line " HTTP/1.1\r\nHost: a\r\n" fields "\r\n"

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
