/* The log on stderr: what a line is, and that nobody waits for whoever should read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"

enum { WATCHDOG_S = 20, LINES = 1000 };

struct test {
  int saved, ends[2];
  char received[1 << 20];
};

/* stderr is a pipe that waits when it is full, as that of a shell. */
static int set_up(void **state)
{
  static struct test test;
  test.saved = dup(STDERR_FILENO);
  assert_int_equal(pipe(test.ends), 0);
  fcntl(test.ends[0], F_SETFL, O_NONBLOCK);
  dup2(test.ends[1], STDERR_FILENO);
  alarm(WATCHDOG_S); /* a test that waits for ever is a test that fails */
  *state = &test;
  return 0;
}

static int tear_down(void **state)
{
  struct test *test = *state;
  alarm(0);
  dup2(test->saved, STDERR_FILENO);
  close(test->saved);
  close(test->ends[0]);
  close(test->ends[1]);
  return 0;
}

static size_t receive(struct test *test)
{
  size_t lines = 0, length = 0;
  ssize_t got;
  while ((got = read(test->ends[0], test->received + length, sizeof test->received - 1 - length)) >
         0)
    length += (size_t)got;
  test->received[length] = 0;
  for (size_t i = 0; i < length; i++) lines += test->received[i] == '\n';
  return lines;
}

static void test_lines(void **state)
{
  struct test *test = *state;
  log_message(LOG_DEBUG, "not said");
  log_message(LOG_WARNING, "a \"%s\"\n", "b");
  log_fields(LOG_ERROR, "c", TEXT("\"d\":1"));
  assert_int_equal(receive(test), 2);
  assert_non_null(
      strstr(test->received, "Z\",\"level\":\"warning\",\"message\":\"a \\\"b\\\"\\n\"}\n"));
  assert_non_null(strstr(test->received, "Z\",\"level\":\"error\",\"message\":\"c\",\"d\":1}\n"));
}

static void test_nobody_reads(void **state)
{
  struct test *test = *state;
  char expected[64];
  for (int i = 0; i < LINES; i++) log_message(LOG_INFO, "%0200d", i);
  size_t lines = receive(test);
  assert_in_range(lines, 100, LINES - 100);
  snprintf(expected, sizeof expected, "\"%zu lines were dropped", LINES - lines);
  log_message(LOG_INFO, "afterwards");
  assert_int_equal(receive(test), 2);
  assert_non_null(strstr(test->received, expected));
  assert_true(strstr(test->received, "afterwards") > strstr(test->received, expected));
  log_message(LOG_INFO, "and on");
  assert_int_equal(receive(test), 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_nobody_reads, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
