/* What the server counts of connections and bytes. After each test the fixture looks whether all
 * that went up has come down. */
#include "server_fixture.h"

#define CONNECTIONS(state) "writ_connections{state=\"" state "\"}"

static void states_of_connections(void **state)
{
  struct test *test = *state;
  int idle = connect_to(test), head = connect_to(test), body = connect_to(test);
  int running = connect_to(test), writing = connect_to(test);
  send_text(head, "GET /");
  send_text(body, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1");
  send_text(running, REQUEST("GET /later", ""));
  send_text(writing, REQUEST("GET /large", ""));
  wait_for_calls(test, 2);
  wait_for_connections(test, 5);
  settle(test);
  expect_counted(test, CONNECTIONS("idle"), 1);
  expect_counted(test, CONNECTIONS("receiving"), 2);
  expect_counted(test, CONNECTIONS("running"), 1);
  expect_counted(test, CONNECTIONS("writing"), 1);
  expect_counted(test, "writ_connections_accepted_total", 5);
  reply_later(test);
  settle(test);
  expect_counted(test, CONNECTIONS("idle"), 2);
  expect_counted(test, CONNECTIONS("running"), 0);
  send_text(body, "2");
  wait_for_calls(test, 3);
  expect_counted(test, CONNECTIONS("receiving"), 1);
  close(idle);
  close(head);
  close(body);
  close(running);
  close(writing);
  wait_for_connections(test, 0);
  expect_nobody(test);
}

static void refusals_by_status(void **state)
{
  static const struct {
    const char *bytes, *series;
  } cases[] = {
      {"nonsense\r\n\r\n", "writ_http_refused_total{status=\"400\"}"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
       "writ_http_refused_total{status=\"413\"}"},
      {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "writ_http_refused_total{status=\"501\"}"},
  };
  struct test *test = *state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int fd = connect_to(test);
    expect_counted(test, cases[i].series, 0);
    send_text(fd, cases[i].bytes);
    read_until(test, fd, NULL);
    close(fd);
    expect_counted(test, cases[i].series, 1);
  }
  assert_int_equal(test->calls, 0);
}

static void what_is_late_or_too_much(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.running = 1;
  server_configure(test->server, &limits);
  int slow = connect_to(test), first = connect_to(test), second = connect_to(test);
  send_text(first, REQUEST("GET /later", ""));
  wait_for_calls(test, 1);
  send_text(second, REQUEST("GET /", ""));
  read_until(test, second, "503");
  expect_counted(test, "writ_http_refused_total{status=\"503\"}", 1);
  send_text(slow, "GET /");
  settle(test);
  pass(test, limits.head_ms + 1);
  read_until(test, slow, "408");
  expect_counted(test, "writ_http_refused_total{status=\"408\"}", 1);
  reply_later(test);
  close(slow);
  close(first);
  close(second);
}

static void whoever_does_not_take_a_reply(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /large", ""));
  wait_for_calls(test, 1);
  for (int i = 0; i < 3; i++) pass(test, test_limits().write_ms + 1);
  wait_for_connections(test, 0);
  expect_counted(test, "writ_connections_stalled_total", 1);
  close(fd);
}

static void room_for_others(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.connections = 1;
  limits.connections_per_address = 1;
  server_configure(test->server, &limits);
  int first = connect_to(test);
  wait_for_connections(test, 1);
  int second = connect_to(test);
  read_until(test, second, NULL);
  close(second);
  expect_counted(test, "writ_connections_refused_total", 1);
  limits.connections_per_address = 2;
  server_configure(test->server, &limits);
  second = connect_to(test);
  send_text(second, REQUEST("GET /", ""));
  read_until(test, second, "[GET / ||]");
  expect_counted(test, "writ_connections_evicted_total", 1);
  close(first);
  close(second);
}

static void bytes_of_requests_and_replies(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /1", "") REQUEST("HEAD /2", ""));
  send_text(fd, REQUEST("GET /3", "Connection: close\r\n"));
  read_until(test, fd, NULL);
  expect_counted(test, "writ_http_received_bytes_total",
                 strlen(REQUEST("GET /1", "") REQUEST("HEAD /2", "")) +
                     strlen(REQUEST("GET /3", "Connection: close\r\n")));
  expect_counted(test, "writ_http_sent_bytes_total", (double)strlen(test->received));
  close(fd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(states_of_connections),    TEST(refusals_by_status),
      TEST(what_is_late_or_too_much), TEST(whoever_does_not_take_a_reply),
      TEST(room_for_others),          TEST(bytes_of_requests_and_replies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
