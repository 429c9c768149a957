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

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_what_every_reply_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
