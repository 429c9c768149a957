/* Which patterns are said to take exponential time, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/program.h"

struct risky {
  const char *pattern, *where;
};

/* The classes that have been published (OWASP, and advisories for well-known packages). */
static const struct risky risky[] = {
    {"^(a+)+$", "(a+)+"},
    {"^(a*)*$", "(a*)*"},
    {"(a*)*b", "(a*)*"},
    {"^(a|a)*$", "(a|a)*"},
    {"^(a|aa)+$", "(a|aa)+"},
    {"(a|aa)*b", "(a|aa)*"},
    {"^(a|a?)+$", "(a|a?)+"},
    {"^(a?a?)*b$", "(a?a?)*"},
    {"^(a?b?)+c$", "(a?b?)+"},
    {"^([a-zA-Z]+)*$", "([a-zA-Z]+)*"},
    {"^(([a-z])+.)+[A-Z]([a-z])+$", "(([a-z])+.)+"},
    {"^(.*a){12,}$", "(.*a){12,}"},
    {"^(\\w+\\s?)*$", "(\\w+\\s?)*"},
    {"^(\\w+ ?)+$", "(\\w+ ?)+"},
    {"^(\\d|[0-9a-f])*z", "(\\d|[0-9a-f])*"},
    {"^(\\p{L}|\\w)*!", "(\\p{L}|\\w)*"},
    {"^(ä|[^b])*$", "(ä|[^b])*"},
    {"^(\\u00e4|ä)*$", "(\\u00e4|ä)*"},
    {"^(\\uD83D\\uDE00|😀)*$", "(\\uD83D\\uDE00|😀)*"},
    {"^(\\x61|a)*$", "(\\x61|a)*"},
    {"(?=(a+)+$)x", "(a+)+"},
    {"(?!(a+)+$)x", "(a+)+"},
    {"^(?:(?<n>x+)x*)*y", "(?:(?<n>x+)x*)*"},
    {"^(a{1,30}){2,20}$", "(a{1,30}){2,20}"},
    {"^(\\w{1,8}-?)*!$", "(\\w{1,8}-?)*"},
    {"^(a{1,2}){0,}$", "(a{1,2}){0,}"},
    {"^((ab)*(ab)*)*$", "((ab)*(ab)*)*"},
    {"^((a+)+b)*", "(a+)+"},
    {"^(a|b|ab)*c", "(a|b|ab)*"},
    {"^(?:a|b|c|[^,]|d)+$", "(?:a|b|c|[^,]|d)+"},
    {"^([^\"]|\\\\.)*\"$", "([^\"]|\\\\.)*"},
};

static const char *const tame[] = {
    "",
    "^a$",
    "^a+$",
    "^[a-z]+$",
    "a*a*b",
    "^(ab)*$",
    "^(ab|ac)*$",
    "^(a|b)*$",
    "^([a-z]+,)*[a-z]+$",
    "^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+$",
    "^(\\d{1,3}\\.){3}\\d{1,3}$",
    "^((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}$",
    "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    "^([0-9a-f]{32})*$",
    ("^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\."
     "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"),
    "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d)$",
    "^[a-z]+(-[a-z]+)*$",
    "^(\\p{Lu}\\p{Ll}*)+$",
    "^(\\p{L}|\\p{N})*$",
    "^([^\"\\\\]|\\\\.)*\"$",
    "^(\\s|\\S)*$",
    "^(\\d|\\D)+$",
    "^(a{1,3}b)*$",
    "^(a{1,3}){1,3}$",
    "^(ä|ö)*$",
    "^(é|[a-z])*$",
    "^(?=.*[a-z])(?=.*\\d).{8,}$",
    "(a+)+",
    "^(a+)*",
    "^(?:(?=(a+)+)b)*$",
    "^(?!(a+)+)b$",
    "^(?<q>['\"])(\\w|\\k<q>x)*$",
    "^(\\ba+\\b,)*$",
    "^(a+)?$",
    "^(a+){1}$",
    "^(a|(b|(c|d)*e)*f)*g$",
    "^#([0-9a-f]{3}){1,2}$",
    "^\\+?[1-9]\\d{1,14}$",
    "^(/([^/~]|~[01])*)*$",
    "^(?:[^\\r\\n,]*,)*[^\\r\\n,]*$",
    "^v?(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)$",
    "((((((((((a{8}){8}){8}){8}){8}){8}){8}){8}){8}){8})",
    "(((((((((((){8}){8}){8}){8}){8}){8}){8}){8}){8}){8})",
};

static void finds_exponential_patterns(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof risky / sizeof *risky; i++) {
    struct text where = {NULL, 0};
    if (!schema_pattern_explodes(text_of(risky[i].pattern), &where))
      fail_msg("%s is taken to be tame", risky[i].pattern);
    else if (!text_is(where, risky[i].where))
      fail_msg("%s: blames %.*s", risky[i].pattern, TEXT_ARGS(where));
  }
}

static void leaves_others_alone(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof tame / sizeof *tame; i++) {
    struct text where = {NULL, 0};
    if (schema_pattern_explodes(text_of(tame[i]), &where))
      fail_msg("%s: blames %.*s", tame[i], TEXT_ARGS(where));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(finds_exponential_patterns),
                                     cmocka_unit_test(leaves_others_alone)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
