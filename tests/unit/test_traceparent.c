/* traceparent: the examples of the W3C's text and of its test suite, and what may not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/traceparent.h"

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define ZEROS  "0000000000000000"

static const char *const good[] = {
    "00-" TRACE "-" PARENT "-01",
    "00-" TRACE "-" PARENT "-00",
    "00-" TRACE "-" PARENT "-ff",
    "01-" TRACE "-" PARENT "-01", /* a later version may look the same, */
    "cc-" TRACE "-" PARENT "-01-what-the-future-will-be-like", /* or go on */
    "fe-" TRACE "-" PARENT "-01-",
};

static const char *const bad[] = {
    "",
    "00",
    "00-" TRACE,
    "00-" TRACE "-" PARENT,
    "00-" TRACE "-" PARENT "-",
    "00-" TRACE "-" PARENT "-1",
    "00-" TRACE "-" PARENT "-01-",
    "00-" TRACE "-" PARENT "-01-more",
    "00-" TRACE "-" PARENT "-011",
    "01-" TRACE "-" PARENT "-01.more",
    "ff-" TRACE "-" PARENT "-01",
    "0-" TRACE "-" PARENT "-01",
    "000-" TRACE "-" PARENT "-01",
    "0g-" TRACE "-" PARENT "-01",
    "0A-" TRACE "-" PARENT "-01",
    "00-" ZEROS ZEROS "-" PARENT "-01",
    "00-" TRACE "-" ZEROS "-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
    "00-" TRACE "-00F067AA0BA902B7-01",
    "00-" TRACE "-" PARENT "-0A",
    "00-.bf92f3577b34da6a3ce929d0e0e4736-" PARENT "-01",
    "00-" TRACE "0-" PARENT "-01",
    "00-" TRACE "-" PARENT "0-01",
    "00_" TRACE "-" PARENT "-01",
    "00-" TRACE "_" PARENT "-01",
    "00-" TRACE "-" PARENT "_01",
    " 00-" TRACE "-" PARENT "-01",
    "00-" TRACE "-" PARENT "-01 ",
    "00-" TRACE "-" PARENT "-01,00-" TRACE "-" PARENT "-01",
};

static void test_good(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    if (!text_is(traceparent_trace_id(text_of(good[i])), TRACE)) fail_msg("%s", good[i]);
}

static void test_bad(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (traceparent_trace_id(text_of(bad[i])).length != 0) fail_msg("%s", bad[i]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
