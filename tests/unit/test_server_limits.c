/* The server's limits: how long things may take, how much of everything one client may have, who
 * makes room for whom, and what a connection costs. */
#include "server_fixture.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "http/connection.h"

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
      {REQUEST("POST /", "Content-Length: 9\r\n") "half", NULL, 10008, "HTTP/1.1 408 "},
      {REQUEST("POST /", "Transfer-Encoding: chunked\r\n") "5\r\nhe", NULL, 10004, "HTTP/1.1 408 "},
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
  test_now_ms += 30000; /* the kernel may have taken some more at first */
  for (int i = 0; i < 5; i++) turn(test, -1);
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

/* A body that comes at the least rate may go on, to its maximum. */
static void test_body_rate(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.body_grace_ms = 10000;
  limits.body_rate = 2;
  limits.body_ms = 13000;
  server_configure(test->server, &limits);
  int slow = connect_to(test), steady = connect_to(test);
  send_text(slow, REQUEST("PUT /big", "Content-Length: 1000\r\n") "1234");
  send_text(steady, REQUEST("PUT /big", "Content-Length: 1000\r\n"));
  pass(test, 9999);
  send_text(steady, "123456789012345678901234567890");
  pass(test, 2000);
  assert_open(slow); /* four bytes are two seconds */
  pass(test, 1);
  read_until(test, slow, NULL);
  assert_non_null(strstr(test->received, "HTTP/1.1 408 "));
  pass(test, 999);
  assert_open(steady);
  pass(test, 1);
  read_until(test, steady, NULL);
  assert_non_null(strstr(test->received, "HTTP/1.1 408 "));
  expect_counted(test, "writ_http_refused_total{status=\"408\"}", 2);
  close(slow);
  close(steady);
}

/* A client whose kernel takes little for it. */
static int connect_narrow(const struct test *test, int bytes)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(server_port(test->server))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static void take(struct test *test, int fd, size_t bytes)
{
  uint64_t end = deadline();
  for (size_t taken = 0; taken < bytes && in_time(end);) {
    turn(test, fd);
    ssize_t n = recv(fd, test->received, sizeof test->received, MSG_DONTWAIT);
    if (n > 0) taken += (size_t)n;
  }
}

/* A reader that takes 1 MB in 10 s: whether that is too little is for the rate to say. */
static void test_write_rate(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  for (int strict = 0; strict < 2; strict++) {
    limits.write_ms = 10000;
    limits.write_rate = strict ? 1 << 20 : 1 << 10;
    server_configure(test->server, &limits);
    int fd = connect_narrow(test, 65536);
    send_text(fd, REQUEST("GET /large", ""));
    wait_for_calls(test, 1 + (size_t)strict);
    for (int i = 0; i < 5 && server_counts(test->server)->open == 1; i++) {
      take(test, fd, 1 << 20);
      pass(test, 10000);
    }
    assert_int_equal(server_counts(test->server)->open, 1 - strict);
    expect_counted(test, "writ_connections_stalled_total", strict);
    close(fd);
    wait_for_connections(test, 0);
  }
}

/* What lies in the kernel of replies before this one must be taken first: it counts as well. */
static void test_write_rate_behind_other_replies(void **state)
{
  enum { REPLIES = 300, RATE = 1000 };
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.write_ms = 10000;
  limits.write_rate = RATE;
  server_configure(test->server, &limits);
  int fd = connect_narrow(test, 4096);
  for (int i = 0; i < REPLIES; i++) send_text(fd, REQUEST("GET /", ""));
  send_text(fd, REQUEST("GET /large", ""));
  wait_for_calls(test, REPLIES + 1);
  settle(test);
  assert_false(TAILQ_EMPTY(&test->server->lists[CONNECTION_WRITING]));
  for (int i = 0; i < 3; i++) {
    take(test, fd, 2 * 10 * RATE);
    pass(test, 10000);
    assert_int_equal(server_counts(test->server)->open, 1);
  }
  /* What the client's kernel takes late counts as taken: then it is the next look that finds it
   * stuck. */
  for (int i = 0; i < 5 && server_counts(test->server)->open == 1; i++) pass(test, 10000);
  wait_for_connections(test, 0);
  close(fd);
}

/* What the client takes counts at once, though the kernel asks for more only after a lot of it. */
static void test_slow_reader_of_a_unix_socket(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  char folder[] = "/tmp/writ-server-XXXXXX", host[64];
  assert_non_null(mkdtemp(folder));
  snprintf(host, sizeof host, "unix:%s/socket", folder);
  limits.write_ms = 10000;
  limits.write_rate = 0;
  reopen_server(test, host, &limits);
  int fd = connect_to_path(host + 5);
  send_text(fd, REQUEST("GET /large", ""));
  wait_for_calls(test, 1);
  for (int i = 0; i < 3; i++) {
    settle(test);
    uint64_t end = deadline();
    for (size_t taken = 0; taken < 128 << 10 && in_time(end);) {
      ssize_t n = recv(fd, test->received, sizeof test->received, MSG_DONTWAIT);
      if (n > 0) taken += (size_t)n;
      if (n < 0) turn(test, fd);
    }
    pass(test, 10000);
    assert_int_equal(server_counts(test->server)->open, 1);
  }
  pass(test, 10000); /* it has taken nothing */
  wait_for_connections(test, 0);
  close(fd);
  unlink(host + 5);
  rmdir(folder);
}

/* Bytes that are here and have not been looked at count, whatever the clock says. */
static void test_no_timeout_with_bytes_here(void **state)
{
  struct test *test = *state;
  int fds[] = {connect_to(test), connect_to(test)};
  send_text(fds[0], REQUEST("GET /", ""));
  read_until(test, fds[0], "]");
  wait_for_connections(test, 2);
  test_now_ms += 60000; /* both have been idle for too long, and the loop does not run */
  for (int i = 0; i < 2; i++) send_text(fds[i], REQUEST("GET /2", ""));
  uint64_t due = clock_monotonic_ns() + 2000000; /* the timer, which comes before the sockets */
  while (clock_monotonic_ns() < due) continue;
  for (int i = 0; i < 2; i++) {
    read_until(test, fds[i], "[GET /2 ||]");
    close(fds[i]);
  }
}

/* Those that are due are not looked at all in one turn. */
static void test_many_are_due(void **state)
{
  struct test *test = *state;
  enum { CLIENTS = DUE_PER_TURN + 100 };
  static int fds[CLIENTS];
  struct server_limits limits = test_limits();
  limits.connections = CLIENTS;
  server_configure(test->server, &limits);
  for (int i = 0; i < CLIENTS; i++) fds[i] = connect_to(test);
  wait_for_connections(test, CLIENTS);
  test_now_ms += 10000;
  size_t before = CLIENTS;
  for (uint64_t end = deadline(); before > 0 && in_time(end);) {
    turn(test, -1);
    size_t left = server_counts(test->server)->open;
    assert_true(before - left <= DUE_PER_TURN);
    before = left;
  }
  wait_for_connections(test, 0);
  for (int i = 0; i < CLIENTS; i++) close(fds[i]);
}

/* Room */

static void test_connection_limit(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.connections = 2;
  limits.tick_ms = 1000000; /* nothing happens by the tick alone */
  reopen_server(test, "127.0.0.1", &limits);

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
  send_text(fds[2], REQUEST("GET /later", ""));
  wait_for_calls(test, 5);
  fds[3] = connect_to(test); /* none is idle: it waits */
  send_text(fds[3], REQUEST("GET /4", ""));
  for (int i = 0; i < 10; i++) turn(test, -1);
  assert_int_equal(test->calls, 5);
  reply_later(test);
  read_until(test, fds[3], "[GET /4 ||]");
  reply_later(test);
  for (int i = 0; i < 4; i++) close(fds[i]);
  wait_for_connections(test, 0);
}

/* One that sends a byte now and then keeps nobody out; one whose request runs stays. */
static void test_slow_ones_make_room(void **state)
{
  struct test *test = *state;
  static const char *const begun[] = {REQUEST("GET /later", ""), "GET / HTTP/1.1\r\n",
                                      REQUEST("POST /", "Content-Length: 9\r\n") "h",
                                      REQUEST("GET /large", "")};
  struct server_limits limits = test_limits();
  limits.connections = 4;
  limits.tick_ms = 1000000;
  server_configure(test->server, &limits);
  int slow[4], fds[4];
  for (int i = 0; i < 4; i++) {
    slow[i] = connect_to(test);
    send_text(slow[i], begun[i]);
    pass(test, 1);
  }
  for (int i = 0; i < 3; i++) {
    fds[i] = connect_to(test);
    send_text(fds[i], REQUEST("GET /later", "")); /* is not idle, so that it makes no room itself */
    wait_for_calls(test, 3 + (size_t)i);
    if (i < 2) read_until(test, slow[i + 1], NULL);
    expect_counted(test, "writ_connections_evicted_total", i + 1);
  }
  assert_int_equal(server_counts(test->server)->open, 4); /* nobody but those who run is left */
  fds[3] = connect_to(test);
  pass(test, 1000);
  expect_counted(test, "writ_connections_accepted_total", 7);
  for (int i = 0; i < 4; i++) reply_later(test);
  read_until(test, slow[0], "[late]");
  pass(test, 0);
  expect_counted(test, "writ_connections_accepted_total", 8);
  for (int i = 0; i < 4; i++) {
    close(slow[i]);
    close(fds[i]);
  }
}

/* Many who send slowly, and come again, do not make those leave who have been served. Those who
 * have just come do not leave before who has been idle for long. */
static void test_served_ones_stay(void **state)
{
  struct test *test = *state;
  static const char *const slow[] = {"", "GET / HTTP/1.1\r\n",
                                     REQUEST("POST /", "Content-Length: 9\r\n") "h"};
  struct server_limits limits = test_limits();
  limits.connections = 2;
  limits.tick_ms = 1000000;
  reopen_server(test, "127.0.0.1", &limits);
  for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
    int served = connect_to(test);
    send_text(served, REQUEST("GET /", ""));
    read_until(test, served, "]");
    pass(test, 900);
    for (int k = 0; k < 5; k++) {
      int attacker = connect_to(test), newcomer;
      send_text(attacker, slow[i]);
      pass(test, 200);
      newcomer = connect_to(test);
      send_text(newcomer, REQUEST("GET /", ""));
      read_until(test, newcomer, "]");
      read_until(test, attacker, NULL);
      close(attacker);
      close(newcomer);
      wait_for_connections(test, 1);
      send_text(served, REQUEST("GET /", ""));
      read_until(test, served, "]");
    }
    pass(test, 10000);
    int young = connect_to(test);
    send_text(young, slow[i]);
    pass(test, 100);
    int newcomer = connect_to(test);
    read_until(test, served, NULL);
    assert_open(young);
    close(served);
    close(young);
    close(newcomer);
    wait_for_connections(test, 0);
  }
}

/* Whose request has come already makes no room, even if nobody has looked at it yet. */
static void test_bytes_here_keep_a_place(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.connections = 2;
  server_configure(test->server, &limits);
  int old = connect_to(test);
  pass(test, 1);
  int young = connect_to(test);
  pass(test, 1);
  int newcomer = connect_to(test); /* is seen first */
  send_text(old, REQUEST("GET /old", ""));
  read_until(test, old, "[GET /old ||]");
  read_until(test, young, NULL);
  send_text(newcomer, REQUEST("GET /new", ""));
  read_until(test, newcomer, "[GET /new ||]");
  close(old);
  close(young);
  close(newcomer);
}

static void test_connections_per_address(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.connections_per_address = 2;
  server_configure(test->server, &limits);
  int fds[3] = {connect_to(test), connect_to(test)};
  wait_for_connections(test, 2);
  int refused = connect_to(test);
  read_until(test, refused, NULL);
  assert_string_equal(test->received, "");
  expect_counted(test, "writ_connections_refused_total", 1);
  close(refused);
  close(fds[0]);
  wait_for_connections(test, 1);
  fds[0] = connect_to(test);
  send_text(fds[0], REQUEST("GET /", ""));
  read_until(test, fds[0], "]");

  struct network network; /* many come from there */
  assert_null(network_parse(TEXT("127.0.0.0/8"), &network));
  const struct http_policy policy = {.proxies = {.trusted = &network, .count = 1}};
  server_set_policy(test->server, &policy);
  fds[2] = connect_to(test);
  send_text(fds[2], REQUEST("GET /", ""));
  read_until(test, fds[2], "]");
  for (int i = 0; i < 3; i++) close(fds[i]);
}

/* A newcomer who may not come in makes nobody leave. */
static void test_refused_need_no_room(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.connections = limits.connections_per_address = 2;
  server_configure(test->server, &limits);
  int fds[2] = {connect_to(test), connect_to(test)};
  wait_for_connections(test, 2);
  int refused = connect_to(test);
  read_until(test, refused, NULL);
  expect_counted(test, "writ_connections_evicted_total", 0);
  assert_int_equal(server_counts(test->server)->open, 2);
  close(refused);
  for (int i = 0; i < 2; i++) close(fds[i]);
}

static void test_requests_per_connection(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.requests = 3;
  server_configure(test->server, &limits);
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /1", "") REQUEST("GET /2", "") REQUEST("GET /3", "")
                    REQUEST("GET /4", ""));
  read_until(test, fd, NULL);
  char *close_field = strstr(test->received, "\r\nConnection: close\r\n");
  assert_non_null(close_field);
  assert_true(close_field > strstr(test->received, "[GET /2 ||]"));
  assert_non_null(strstr(test->received, "[GET /3 ||]"));
  assert_int_equal(test->calls, 3);
  close(fd);
}

/* Shares */

/* 127.0.0.1, and those after it. */
static int connect_from(const struct test *test, int number)
{
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)number);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server_port(test->server));
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

/* Not even by requests whose connections it has closed. */
static void test_one_address_cannot_run_all(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.running = 5;
  server_configure(test->server, &limits);
  for (size_t i = 0; i < 3; i++) {
    int fd = connect_from(test, 0);
    send_text(fd, REQUEST("GET /later", ""));
    wait_for_calls(test, i + 1);
    close(fd);
  }
  int same = connect_from(test, 0), other = connect_from(test, 1);
  send_text(same, REQUEST("GET /", ""));
  read_until(test, same, "\"overloaded\"");
  send_text(other, REQUEST("GET /", ""));
  read_until(test, other, "[GET / ||]");
  reply_later(test);
  send_text(same, REQUEST("GET /", ""));
  read_until(test, same, "[GET / ||]");
  while (test->later_count > 0) reply_later(test);
  assert_int_equal(server_counts(test->server)->running, 0);
  close(same);
  close(other);
}

/* Past what runs, a refusal at once; it costs nobody the connection. */
static void test_overload(void **state)
{
  struct test *test = *state;
  struct server_limits limits = test_limits();
  limits.running = 2;
  server_configure(test->server, &limits);
  int fds[3];
  for (int i = 0; i < 3; i++) fds[i] = connect_from(test, i);
  for (int i = 0; i < 2; i++) send_text(fds[i], REQUEST("GET /later", ""));
  wait_for_calls(test, 2);
  send_text(fds[2], REQUEST("POST /", "Content-Length: 2\r\n") "hi");
  read_until(test, fds[2], "}");
  assert_non_null(strstr(test->received, "HTTP/1.1 503 Service Unavailable\r\n"));
  assert_non_null(strstr(test->received, "\r\nRetry-After: 1\r\n"));
  assert_non_null(strstr(test->received, "\"overloaded\""));
  assert_null(strstr(test->received, "Connection"));
  expect_counted(test, "writ_http_refused_total{status=\"503\"}", 1);
  reply_later(test);
  send_text(fds[2], REQUEST("POST /", "Content-Length: 2\r\n") "hi");
  read_until(test, fds[2], "[POST / ||hi]");
  reply_later(test);
  assert_int_equal(server_counts(test->server)->running, 0);
  for (int i = 0; i < 3; i++) close(fds[i]);
}

/* Who sends thousands of requests at once waits for his turn like everybody else. */
static void test_pipelines_take_turns(void **state)
{
  struct test *test = *state;
  enum { REQUESTS = 1500 };
  static const char request[] = REQUEST("HEAD /", "");
  const size_t length = sizeof request - 1;
  char *flood = malloc(REQUESTS * length);
  for (size_t i = 0; i < REQUESTS; i++) memcpy(flood + i * length, request, length);
  int greedy = connect_to(test), modest = connect_to(test);
  wait_for_connections(test, 2);
  assert_int_equal(send(greedy, flood, REQUESTS * length, MSG_DONTWAIT), REQUESTS * length);
  send_text(modest, REQUEST("GET /", ""));
  uv_run(&test->loop, UV_RUN_NOWAIT);
  uv_run(&test->loop, UV_RUN_NOWAIT);
  assert_true(recv(modest, test->received, sizeof test->received, MSG_DONTWAIT) > 0);
  assert_in_range(test->calls, 2, 1 + 3 * REQUESTS_PER_TURN);
  assert_int_equal(uv_backend_timeout(&test->loop), 0); /* it goes on by itself */
  for (uint64_t end = deadline(); test->calls <= REQUESTS && in_time(end);) {
    size_t calls = test->calls;
    uv_run(&test->loop, UV_RUN_NOWAIT);
    assert_true(test->calls - calls <= REQUESTS_PER_TURN);
    while (recv(greedy, test->received, sizeof test->received, MSG_DONTWAIT) > 0) continue;
  }
  assert_int_equal(test->calls, 1 + REQUESTS);
  settle(test);
  assert_int_not_equal(uv_backend_timeout(&test->loop), 0);
  close(greedy);
  close(modest);
  free(flood);
}

/* Nor may a large body be read in one go. */
static void test_uploads_take_turns(void **state)
{
  struct test *test = *state;
  int greedy = connect_to(test), modest = connect_to(test);
  wait_for_connections(test, 2);
  send_text(greedy, REQUEST("PUT /big", "Content-Length: 1000000\r\n"));
  settle(test);
  ssize_t sent = send(greedy, test->large, 1000000, MSG_DONTWAIT | MSG_NOSIGNAL);
  assert_true(sent > 3 * SERVER_READ_BYTES);
  uv_run(&test->loop, UV_RUN_NOWAIT);
  const struct connection *uploading = TAILQ_FIRST(&test->server->lists[CONNECTION_BODY]);
  assert_in_range(uploading->message.body.length, 1, SERVER_READ_BYTES);
  for (size_t at = (size_t)sent; at < 1000000;) {
    ssize_t n = send(greedy, test->large + at, 1000000 - at, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) at += (size_t)n;
    turn(test, -1);
  }
  read_until(test, greedy, "[PUT /big ||xxxx");
  close(greedy);
  close(modest);
}

static void test_accepting_takes_turns(void **state)
{
  struct test *test = *state;
  enum { CLIENTS = 200 };
  int fds[CLIENTS];
  struct server_limits limits = test_limits();
  limits.connections = CLIENTS;
  server_configure(test->server, &limits);
  for (int i = 0; i < CLIENTS; i++) fds[i] = connect_to(test);
  uv_run(&test->loop, UV_RUN_NOWAIT);
  assert_in_range(counted(test, "writ_connections_accepted_total"), 1, 64);
  wait_for_connections(test, CLIENTS);
  for (int i = 0; i < CLIENTS; i++) close(fds[i]);
}

/* Descriptors run out: whoever is idle makes room; if nobody is, the loop sleeps, and those who
 * wait come in when there are descriptors again. */
static void test_no_descriptors(void **state)
{
  struct test *test = *state;
  struct rlimit before, now;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(server_port(test->server))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fds[4];
  for (int i = 0; i < 4; i++) fds[i] = socket(AF_INET, SOCK_STREAM, 0);
  int lowest = dup(fds[0]);
  close(lowest);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  now = before;
  now.rlim_cur = (rlim_t)lowest + 1; /* one connection more */
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);

  for (int i = 0; i < 2; i++) {
    assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof address), 0);
    settle(test); /* nobody else waits, so it may stay */
    expect_counted(test, "writ_connections_evicted_total", i);
    send_text(fds[i], REQUEST("GET /", ""));
    read_until(test, fds[i], "]");
  }
  send_text(fds[1], REQUEST("GET /later", ""));
  wait_for_calls(test, 3);
  for (int i = 2; i < 4; i++) {
    assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof address), 0);
    send_text(fds[i], REQUEST("GET /", ""));
  }
  settle(test);
  assert_int_equal(test->calls, 3);
  assert_int_equal(test->server->pause, SERVER_IS_STARVED);
  uv_timer_stop(&test->server->timer); /* which looks now and then */
  struct pollfd backend = {.fd = uv_backend_fd(&test->loop), .events = POLLIN};
  assert_int_equal(poll(&backend, 1, 0), 0);
  assert_int_equal(uv_backend_timeout(&test->loop), -1);
  uv_timer_again(&test->server->timer);

  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  for (int i = 2; i < 4; i++) read_until(test, fds[i], "]");
  reply_later(test);
  for (int i = 0; i < 4; i++) close(fds[i]);
}

/* Costs */

/* What server.h says a connection costs. Before its first request it has no memory of its own
 * besides, and none again when it has been idle for a while. */
static void test_what_a_connection_costs(void **state)
{
  struct test *test = *state;
  assert_true(sizeof(struct connection) <= SERVER_CONNECTION_BYTES);
  assert_true(sizeof(struct connection) + 256 > SERVER_CONNECTION_BYTES); /* not much less either */
  assert_true(sizeof(struct server) + PEER_BUCKETS <= 110 * 1024);
  assert_true(sizeof(struct peer) <= 48);
  int fd = connect_to(test);
  wait_for_connections(test, 1);
  const struct connection *connection = TAILQ_FIRST(&test->server->lists[CONNECTION_OPEN]);
  assert_int_equal(connection->message.head.capacity, 0);
  send_text(fd, REQUEST("POST /", "Cookie: a\r\nContent-Length: 2\r\n") "hi" REQUEST("GET /", ""));
  read_until(test, fd, "[GET / ||]");
  assert_int_not_equal(connection->message.head.capacity, 0);
  pass(test, TRIM_AFTER_MS - 1);
  assert_int_not_equal(connection->message.head.capacity, 0);
  pass(test, 1);
  assert_int_equal(connection->message.head.capacity + connection->message.body.capacity +
                       connection->message.cookies.capacity + connection->pending.capacity +
                       connection->output.capacity,
                   0);
  send_text(fd, REQUEST("GET /", "")); /* and goes on */
  read_until(test, fd, "[GET / ||]");
  close(fd);
}

/* A client that is never idle keeps no memory of what was large once. */
static void test_large_memory_is_given_back(void **state)
{
  enum { BODY = 200000 };
  struct test *test = *state;
  char *body = calloc(1, BODY);
  int fd = connect_narrow(test, 65536);
  wait_for_connections(test, 1);
  const struct connection *connection = TAILQ_FIRST(&test->server->lists[CONNECTION_OPEN]);
  send_text(fd, REQUEST("POST /big", "Content-Length: 200000\r\n"));
  for (size_t sent = 0; sent < BODY;) {
    ssize_t n = send(fd, body + sent, BODY - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) sent += (size_t)n;
    turn(test, -1);
  }
  read_until(test, fd, "]");
  assert_true(connection->message.body.capacity < BODY);
  send_text(fd, REQUEST("GET /large", ""));
  wait_for_calls(test, 2);
  assert_true(connection->output.capacity > LARGE_REPLY / 2);
  take(test, fd, LARGE_REPLY);
  send_text(fd, REQUEST("GET /", ""));
  read_until(test, fd, "[GET / ||]");
  assert_true(connection->output.capacity < BODY);
  free(body);
  close(fd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_timeouts),
      TEST(test_running_has_no_timeout),
      TEST(test_write_and_linger_timeouts),
      TEST(test_body_rate),
      TEST(test_write_rate),
      TEST(test_write_rate_behind_other_replies),
      TEST(test_slow_reader_of_a_unix_socket),
      TEST(test_no_timeout_with_bytes_here),
      TEST(test_many_are_due),
      TEST(test_connection_limit),
      TEST(test_slow_ones_make_room),
      TEST(test_served_ones_stay),
      TEST(test_bytes_here_keep_a_place),
      TEST(test_connections_per_address),
      TEST(test_refused_need_no_room),
      TEST(test_requests_per_connection),
      TEST(test_overload),
      TEST(test_one_address_cannot_run_all),
      TEST(test_pipelines_take_turns),
      TEST(test_uploads_take_turns),
      TEST(test_accepting_takes_turns),
      TEST(test_no_descriptors),
      TEST(test_what_a_connection_costs),
      TEST(test_large_memory_is_given_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
