/* What the server says in its replies' heads, and makes of requests' heads, by its policy. */
#include "server_fixture.h"

/* Good and bad replies alike, and over TLS only what is meant for that. */
static void test_what_every_reply_says(void **state)
{
  static const char *const fields[] = {
      "\r\nX-Content-Type-Options: nosniff\r\n", "\r\nX-Frame-Options: DENY\r\n",
      "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n",
      "\r\nReferrer-Policy: no-referrer\r\n"};
  static const char *const requests[] = {REQUEST("GET /id", ""), REQUEST("GET /empty", ""),
                                         REQUEST("BREW /", "")};
  struct test *test = *state;
  int fd = connect_to(test);
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    send_text(fd, requests[i]);
    read_until(test, fd, "\r\n\r\n");
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
      assert_int_equal(count(test->received, fields[k]), 1);
    assert_null(strstr(test->received, "Strict-Transport-Security"));
    assert_int_equal(count(test->received, "\r\nX-Request-Id: 0123-abc\r\n"), i == 0 ? 1 : 0);
    assert_int_equal(count(test->received, "X-Request-Id"), i == 0 ? 1 : 0);
  }
  close(fd);
}

/* Whatever the reply is; and what is no preflight is not answered as one. */
static void test_pages_of_other_origins(void **state)
{
  static const struct {
    const char *request;
    bool allowed, preflight;
  } examples[] = {
      {REQUEST("GET /", "Origin: https://page.example\r\n"), true, false},
      {REQUEST("GET /", "Origin: https://other.example\r\n"), false, false},
      {REQUEST("OPTIONS /", "Origin: https://page.example\r\n"), true, false},
      {REQUEST("OPTIONS /", "Origin: https://page.example\r\n"
                            "Access-Control-Request-Method: PATCH\r\n"),
       true, true},
      {REQUEST("OPTIONS /", "Origin: https://other.example\r\n"
                            "Access-Control-Request-Method: PATCH\r\n"),
       false, false},
      {REQUEST("GET /", "Access-Control-Request-Method: PATCH\r\n"
                        "Origin: https://page.example\r\n"),
       true, false},
      {REQUEST("POST /", "Origin: https://page.example\r\nContent-Length: 1000\r\n"), true, false},
  };
  static const struct text page = TEXT_INITIALIZER("https://page.example");
  struct test *test = *state;
  struct server_limits limits = test_limits();
  test->policy.cors = (struct cors){.origins = {&page, 1}, .headers = TEXT("X-A")};
  reopen_server(test, "127.0.0.1", &limits);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    int fd = connect_to(test);
    send_text(fd, examples[i].request);
    read_until(test, fd, "\r\n\r\n");
    assert_int_equal(count(test->received, "Access-Control-Allow-Origin: https://page.example"),
                     examples[i].allowed ? 1 : 0);
    assert_int_equal(count(test->received, "Access-Control-Allow-Headers: X-A"),
                     examples[i].preflight ? 1 : 0);
    assert_int_equal(count(test->received, "\r\nVary: Origin\r\n"), 1);
    close(fd);
  }
}

/* The address is the client's, in the reply and in the next one, and TLS is what its proxy says. */
static void test_behind_a_proxy(void **state)
{
  struct test *test = *state;
  struct network loopback;
  struct server_limits limits = test_limits();
  assert_null(network_parse(TEXT("127.0.0.0/8"), &loopback));
  test->policy.proxies = (struct proxies){.trusted = &loopback, .count = 1};
  test->policy.hsts = TEXT("max-age=60");
  reopen_server(test, "127.0.0.1", &limits);
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /address", "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=192.0.2.1\r\n"
                                        "x-forwarded-for: 192.0.2.7\r\n"
                                        "X-FORWARDED-FOR: [::ffff:127.0.0.2]:80\r\n"));
  read_until(test, fd, "\r\n\r\n192.0.2.7");
  assert_null(strstr(test->received, "Strict-Transport-Security"));
  send_text(fd, REQUEST("POST /address", "X-Forwarded-For: 2001:DB8::1\r\nContent-Length: 2\r\n"));
  send_text(fd, "hi");
  read_until(test, fd, "\r\n\r\n2001:db8::1");
  send_text(fd, REQUEST("GET /secure", "X-Forwarded-Proto: https\r\n"));
  read_until(test, fd, "[yes]");
  assert_int_equal(count(test->received, "\r\nStrict-Transport-Security: max-age=60\r\n"), 1);
  send_text(fd, "GET https://a/secure HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n");
  read_until(test, fd, "[yes]");
  send_text(fd, REQUEST("GET /secure", ""));
  read_until(test, fd, "[no]");
  send_text(fd, REQUEST("GET /address", "X-Forwarded-For: 192.0.2.7, nobody\r\n"));
  read_until(test, fd, "\r\n\r\n127.0.0.1");
  close(fd);
  test->policy.proxies = (struct proxies){0};
  reopen_server(test, "127.0.0.1", &limits);
  fd = connect_to(test);
  send_text(fd,
            REQUEST("GET /address", "X-Forwarded-For: 192.0.2.7\r\nForwarded: for=192.0.2.1\r\n"));
  read_until(test, fd, "\r\n\r\n127.0.0.1");
  close(fd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_what_every_reply_says),
      TEST(test_pages_of_other_origins),
      TEST(test_behind_a_proxy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
