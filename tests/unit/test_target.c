/* Targets and hosts, beyond what the corpus of whole requests (tests/http/) asks of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/target.h"

static const struct {
  const char *text;
  bool good;
} authorities[] = {
    {"a", true},           {"a.b-c_d.example.", true},
    {"127.0.0.1:1", true}, {"a:", true},
    {"a:0", true},         {"a:65535", true},
    {"[::]", true},        {"[2001:db8::1]:80", true},
    {"[::]:", true},       {"[::ffff:127.0.0.1]", true},
    {"", false},           {":", false},
    {":80", false},        {"a:65536", false},
    {"a:000080", false},   {"a:8a", false},
    {"a:80:80", false},    {"a:-1", false},
    {"a b", false},        {"a@b", false},
    {"a/b", false},        {"a%41", false},
    {"a,b", false},        {"[", false},
    {"[]", false},         {"[::", false},
    {"::", false},         {"[a]", false},
    {"[::]a", false},      {"a[::]", false},
    {"[::1%1]", false},    {"[[::]]", false},
    {"\xc3\xa9", false},   {"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", false},
};

static void test_authorities(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof authorities / sizeof *authorities; i++)
    if (target_is_authority(text_of(authorities[i].text)) != authorities[i].good)
      fail_msg("'%s'", authorities[i].text);
  assert_false(target_is_authority(TEXT("a\0b")));
  assert_false(target_is_authority(TEXT("[::\0]")));
  assert_false(target_is_authority((struct text){NULL, 0}));
}

static const struct {
  const char *target, *path, *query, *host;
} targets[] = {
    {"/", "/", "", "a"},
    {"/?", "/", "", "a"},
    {"/a?b?c/d", "/a", "b?c/d", "a"},
    {"http://A", "/", "", "A"},
    {"http://a?b", "/", "b", "a"},
    {"hTTp://a/b?http://c", "/b", "http://c", "a"},
    {"*", "*", "", "a"},
};

static const char *const refused[] = {
    "",         "a",         "a:80",  "?",         "http:/",     "http://",   "http:///b",
    "http://b", "http://a.", "**",    "*?",        "/#",         "https://a", "/%",
    "/%4",      "/%4g",      "/%%41", "/?%",       "/\\",        "/\"",       "/[",
    "/?\\",     "/?<",       "/?\"",  "http://a*", "http://a\\", "http://@a", "/\xc3\xa9",
};

static void test_targets(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    struct request request = {.method = METHOD_OPTIONS, .host = TEXT("a")};
    assert_null(target_read(&request, text_of(targets[i].target)));
    assert_true(text_is(request.path, targets[i].path));
    assert_true(text_is(request.query, targets[i].query));
    assert_true(text_is(request.host, targets[i].host));
  }
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    struct request request = {.method = METHOD_OPTIONS, .host = TEXT("a")};
    if (!target_read(&request, text_of(refused[i]))) fail_msg("'%s'", refused[i]);
  }
}

/* HTTP/1.0 may come without a Host field. */
static void test_host_of_target(void **state)
{
  (void)state;
  struct request request = {.method = METHOD_GET};
  assert_null(target_read(&request, TEXT("http://b:80/")));
  assert_true(text_is(request.host, "b:80"));
  request = (struct request){.method = METHOD_GET};
  assert_null(target_read(&request, TEXT("/")));
  assert_int_equal(request.host.length, 0);
  assert_non_null(target_read(&request, TEXT("*")));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_authorities),
      cmocka_unit_test(test_targets),
      cmocka_unit_test(test_host_of_target),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
