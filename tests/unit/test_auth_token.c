/* Which token a request carries: Authorization before the cookie, and never a guess. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/auth.h"

static const struct {
  const char *authorization, *cookie, *token;
} examples[] = {
    {"", "", ""},
    {"Bearer abc", "", "abc"},
    {"bearer abc", "", "abc"},
    {"BEARER   abc ", "", "abc"},
    {"Bearer", "", ""},
    {"Bearer ", "", ""},
    {"Bearerabc", "", ""},
    {"abc", "", ""},
    {"Basic abc", "", ""},
    {" Bearer abc", "", ""},
    {"Bearer a b", "", "a b"}, /* which no session has */
    {"", "session=abc", "abc"},
    {"", "a=b; session=abc; c=d", "abc"},
    {"", "a=b;session=abc", "abc"},
    {"", "session=abc=", "abc="},
    {"", "session=", ""},
    {"", "session", ""},
    {"", "Session=abc", ""},
    {"", "xsession=abc", ""},
    {"", "sessionx=abc", ""},
    {"", "a=session=abc", ""},
    {"", "session=one; session=two", "one"},
    {"", ";;= ;session=abc", "abc"},
    {"Bearer abc", "session=def", "abc"},
    {"Basic abc", "session=def", ""}, /* who says who he is, is nobody else */
    {"Bearer", "session=def", ""},
};

static void test_tokens(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
    struct text token =
        auth_token(text_of(examples[i].authorization), text_of(examples[i].cookie), "session");
    if (!text_is(token, examples[i].token))
      fail_msg("'%s' '%s': '%.*s'", examples[i].authorization, examples[i].cookie,
               TEXT_ARGS(token));
  }
}

/* The transport may give absent headers as no memory at all. */
static void test_no_headers(void **state)
{
  (void)state;
  struct text nothing = {NULL, 0};
  assert_int_equal(auth_token(nothing, nothing, "session").length, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tokens),
      cmocka_unit_test(test_no_headers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
