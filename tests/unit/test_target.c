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
    {"https://a", "/", "", "a"},
    {"HTTPs://a/b?c", "/b", "c", "a"},
    {"*", "*", "", "a"},
};

static const char *const refused[] = {
    "",          "a",   "a:80", "?",         "http:/",     "http://",   "http:///b", "http://b",
    "http://a.", "**",  "*?",   "/#",        "https://b",  "/%",        "/%4",       "/%4g",
    "/%%41",     "/?%", "/\\",  "/\"",       "/[",         "https://",  "https:a",   "httpss://a",
    "/?\\",      "/?<", "/?\"", "http://a*", "http://a\\", "http://@a", "/\xc3\xa9",
};

static void test_targets(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    struct request request = {.method = METHOD_OPTIONS, .host = TEXT("a")};
    enum target_scheme scheme;
    assert_null(target_read(&request, text_of(targets[i].target), &scheme));
    assert_true(text_is(request.path, targets[i].path));
    assert_true(text_is(request.query, targets[i].query));
    assert_true(text_is(request.host, targets[i].host));
  }
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    struct request request = {.method = METHOD_OPTIONS, .host = TEXT("a")};
    enum target_scheme scheme;
    if (!target_read(&request, text_of(refused[i]), &scheme)) fail_msg("'%s'", refused[i]);
  }
}

/* HTTP/1.0 may come without a Host field. */
static void test_host_of_target(void **state)
{
  (void)state;
  struct request request = {.method = METHOD_GET};
  enum target_scheme scheme;
  assert_null(target_read(&request, TEXT("http://b:80/"), &scheme));
  assert_int_equal(scheme, SCHEME_HTTP);
  assert_true(text_is(request.host, "b:80"));
  request = (struct request){.method = METHOD_GET};
  assert_null(target_read(&request, TEXT("https://b:80/"), &scheme));
  assert_int_equal(scheme, SCHEME_HTTPS);
  assert_true(text_is(request.host, "b:80"));
  request = (struct request){.method = METHOD_GET};
  assert_null(target_read(&request, TEXT("/"), &scheme));
  assert_int_equal(scheme, SCHEME_NONE);
  assert_int_equal(request.host.length, 0);
  assert_non_null(target_read(&request, TEXT("*"), &scheme));
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
