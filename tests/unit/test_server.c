/* The server's side of connections: where they come from, how long they may take, who makes room
 * for whom, and how it ends. */
#include "server_fixture.h"

#include <fcntl.h>

/* Where clients come from */

static void test_several_listeners(void **state)
{
  struct test *test = *state;
  char path[] = "unix:/tmp/writ-server-XXXXXX";
  assert_non_null(mkdtemp(path + 5));
  char local[64];
  snprintf(local, sizeof local, "%s/socket", path);
  close_server(test);
  struct listener listeners[3];
  assert_int_equal(listener_open(local, 0, false, &listeners[0], NULL), 0);
  assert_int_equal(listener_open("127.0.0.1", 0, false, &listeners[1], NULL), 0);
  assert_int_equal(listener_open("127.0.0.1", 0, false, &listeners[2], NULL), 0);
  uint16_t other = listener_port(&listeners[2]);
  struct server_config config = {.listeners = listeners, .listener_count = 3, .now_ms = now_ms};
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  assert_int_equal(server_open(&test->loop, &config, &handler, &test->server, NULL), 0);
  assert_int_not_equal(server_port(test->server), other);
  int fds[] = {connect_to_path(local + 5), connect_to(test), connect_to_port(other)};
  for (int i = 0; i < 3; i++) {
    send_text(fds[i], REQUEST("GET /address", ""));
    read_until(test, fds[i], i == 0 ? "\r\n\r\nunix" : "\r\n\r\n127.0.0.1");
    send_text(fds[i], REQUEST("POST /", "Content-Length: 2\r\n") "hi" REQUEST("GET /2", ""));
    read_until(test, fds[i], "[GET /2 ||]");
    close(fds[i]);
  }
  wait_for_connections(test, 0);
  unlink(local + 5);
  rmdir(path + 5);
}

/* What the server is given is its own, even if it cannot use it. */
static void test_cannot_accept(void **state)
{
  struct test *test = *state;
  struct listener listeners[2] = {{.fd = open("/dev/null", O_RDONLY)}};
  assert_int_equal(listener_open("127.0.0.1", 0, false, &listeners[1], NULL), 0);
  struct server_config config = {.listeners = listeners, .listener_count = 2};
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  struct server *other = NULL;
  struct error error = {0};
  assert_int_equal(server_open(&test->loop, &config, &handler, &other, &error), -1);
  assert_non_null(strstr(error.message, "cannot accept"));
  uv_run(&test->loop, UV_RUN_NOWAIT);
  for (int i = 0; i < 2; i++) assert_int_equal(fcntl(listeners[i].fd, F_GETFD), -1);
}

/* Another handler, other limits */

static void handle_otherwise(void *context, const struct request *request, dispatch_done done,
                             void *done_context)
{
  (void)context;
  (void)request;
  done(done_context, &(struct reply){.status = 200, .body = TEXT("[other]")});
}

static size_t no_body(void *context, enum method method, struct text path)
{
  (void)context;
  (void)method;
  (void)path;
  return 1;
}

static void test_set_handler(void **state)
{
  struct test *test = *state;
  const struct server_handler other = {.handle = handle_otherwise, .body_max = no_body};
  int running = connect_to(test), half = connect_to(test), sending = connect_to(test);
  send_text(running, REQUEST("GET /later", ""));
  send_text(half, "GET /half");
  send_text(sending, REQUEST("POST /", "Content-Length: 2\r\n") "h");
  wait_for_calls(test, 1);
  wait_for_connections(test, 3);
  for (int i = 0; i < 5; i++) turn(test, -1);
  server_set_handler(test->server, &other);
  send_text(half, " HTTP/1.1\r\nHost: a\r\n\r\n");
  read_until(test, half, "[other]");
  send_text(sending, "i"); /* the other handler would not have taken two bytes */
  read_until(test, sending, NULL);
  assert_non_null(strstr(test->received, "HTTP/1.1 413 "));
  reply_later(test);
  read_until(test, running, "[late]");
  send_text(running, REQUEST("GET /", ""));
  read_until(test, running, "[other]");
  assert_int_equal(test->calls, 1);
  close(running);
  close(half);
  close(sending);
}

static void test_configure(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  int early = connect_to(test), half = connect_to(test);
  send_text(early, REQUEST("GET /", ""));
  read_until(test, early, "]");
  send_line(half, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 1000, "");
  for (int i = 0; i < 5; i++) turn(test, -1);
  limits.head.head_bytes = 500;
  limits.idle_ms = 1000;
  server_configure(test->server, &limits);
  send_text(half, "a"); /* has more than that already */
  read_until(test, half, NULL);
  assert_non_null(strstr(test->received, "HTTP/1.1 431 "));
  int late = connect_to(test);
  send_text(late, REQUEST("GET /", ""));
  read_until(test, late, "]");
  test_now_ms += 1000;
  read_until(test, late, NULL);
  send_text(early, REQUEST("GET /", "")); /* had more time when it became idle */
  read_until(test, early, "]");
  close(early);
  close(half);
  close(late);
}

/* The end */

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

/* The end that loses nobody */

static void test_drain(void **state)
{
  struct test *test = *state;
  int idle = connect_to(test), busy = connect_to(test), running = connect_to(test);
  send_text(idle, REQUEST("GET /", ""));
  read_until(test, idle, "]");
  test_now_ms += 1000;
  send_text(busy, REQUEST("GET /", ""));
  read_until(test, busy, "]");
  send_text(running, REQUEST("GET /later", ""));
  wait_for_calls(test, 3);
  int queued = connect_to(test), silent = connect_to(test);
  send_text(queued, REQUEST("GET /queued", ""));
  server_drain(test->server, 500, on_closed, test);
  read_until(test, idle, NULL); /* since long ago */
  read_until(test, queued, NULL);
  assert_non_null(strstr(test->received, "[GET /queued ||]"));
  assert_non_null(strstr(test->received, "\r\nConnection: close\r\n"));
  int late = connect_to(test); /* nobody has turned it away, so it is served as well */
  send_text(late, REQUEST("GET /late", ""));
  read_until(test, late, NULL);
  assert_non_null(strstr(test->received, "[GET /late ||]"));
  send_text(busy, REQUEST("GET /busy", ""));
  read_until(test, busy, NULL);
  assert_non_null(strstr(test->received, "[GET /busy ||]"));
  test_now_ms += 500;
  read_until(test, silent, NULL);
  assert_string_equal(test->received, "");
  assert_false(test->closed);
  reply_later(test);
  read_until(test, running, NULL);
  assert_non_null(strstr(test->received, "[late]"));
  const int fds[] = {idle, busy, running, queued, silent, late};
  for (int i = 0; i < 6; i++) close(fds[i]);
  wait_until_closed(test);
}

/* With nobody there it is over at once, but for those in the queue. */
static void test_drain_takes_the_queue(void **state)
{
  struct test *test = *state;
  enum { CLIENTS = 200 };
  static int fds[CLIENTS];
  struct server_limits limits = test_limits();
  limits.connections = CLIENTS;
  server_configure(test->server, &limits);
  for (int i = 0; i < CLIENTS; i++) {
    fds[i] = connect_to(test);
    send_text(fds[i], REQUEST("GET /", ""));
  }
  server_drain(test->server, 500, on_closed, test);
  for (int i = 0; i < CLIENTS; i++) {
    read_until(test, fds[i], NULL);
    assert_non_null(strstr(test->received, "[GET / ||]"));
    close(fds[i]);
  }
  wait_until_closed(test);
}

/* What a client has sent in good faith is answered, pipelined requests as well; a request that
 * follows the last reply is not. */
static void test_drain_answers_pipelines(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test), later = connect_to(test);
  send_text(fd, REQUEST("GET /1", ""));
  read_until(test, fd, "]");
  send_text(later, REQUEST("GET /later", "") REQUEST("GET /2", ""));
  wait_for_calls(test, 2);
  settle(test);
  server_drain(test->server, 500, on_closed, test);
  send_text(fd, REQUEST("GET /3", "") REQUEST("GET /4", "")
                    REQUEST("POST /5", "Content-Length: 2\r\n"));
  read_until(test, fd, "[GET /4 ||]");
  assert_null(strstr(test->received, "Connection: close"));
  send_text(fd, "hi");
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "[POST /5 ||hi]"));
  assert_non_null(strstr(test->received, "\r\nConnection: close\r\n"));
  reply_later(test);
  read_until(test, later, NULL);
  assert_int_equal(count(test->received, "Connection: close"), 1);
  assert_non_null(strstr(test->received, "[GET /2 ||]"));
  close(fd);
  close(later);
  wait_until_closed(test);
}

/* Who goes on and on is ended after the grace. */
static void test_drain_ends_endless_pipelines(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /later", "") REQUEST("GET /2", ""));
  wait_for_calls(test, 1);
  settle(test);
  server_drain(test->server, 500, on_closed, test);
  test_now_ms += 500;
  reply_later(test);
  read_until(test, fd, NULL);
  assert_non_null(strstr(test->received, "\r\nConnection: close\r\n"));
  assert_null(strstr(test->received, "[GET /2 ||]"));
  close(fd);
  wait_until_closed(test);
}

static void test_drain_is_cut_off(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.drain_ms = 5000;
  server_configure(test->server, &limits);
  int running = connect_to(test), half = connect_to(test);
  send_text(running, REQUEST("GET /later", ""));
  send_text(half, "GET /half");
  wait_for_calls(test, 1);
  wait_for_connections(test, 2);
  settle(test);
  server_drain(test->server, 500, on_closed, test);
  pass(test, 4999);
  assert_open(running);
  assert_open(half);
  assert_false(test->closed);
  pass(test, 1);
  read_until(test, running, NULL);
  read_until(test, half, NULL);
  assert_false(test->closed); /* the request's memory is still in use */
  reply_later(test);
  wait_until_closed(test);
  close(running);
  close(half);
}

/* Nobody comes in between the last look into the queue and the socket's end. */
static void test_drain_after_turning_away(void **state)
{
  struct test *test = *state;
  struct listener listener, copy;
  struct server_limits limits = test_limits();
  close_server(test);
  assert_int_equal(listener_open("127.0.0.1", 0, false, &listener, NULL), 0);
  copy = listener;
  copy.fd = dup(listener.fd); /* as a parent process has it */
  struct server_config config = {
      .listeners = &listener, .listener_count = 1, .limits = &limits, .now_ms = now_ms};
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  assert_int_equal(server_open(&test->loop, &config, &handler, &test->server, NULL), 0);
  int queued = connect_to(test);
  assert_int_equal(listener_turn_away(&copy, NULL), 0);
  server_drain(test->server, 500, on_closed, test);
  send_text(queued, REQUEST("GET /queued", ""));
  read_until(test, queued, NULL);
  assert_non_null(strstr(test->received, "[GET /queued ||]"));
  close(queued);
  wait_until_closed(test);
  listener_close(&copy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_several_listeners),
      TEST(test_cannot_accept),
      TEST(test_set_handler),
      TEST(test_configure),
      TEST(test_close_lets_requests_finish),
      TEST(test_abort),
      TEST(test_drain),
      TEST(test_drain_takes_the_queue),
      TEST(test_drain_answers_pipelines),
      TEST(test_drain_ends_endless_pipelines),
      TEST(test_drain_is_cut_off),
      TEST(test_drain_after_turning_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
