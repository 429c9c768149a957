/* Origins: what can be one, and which requests are of another site's page (the cases of Go's own
 * tests of CrossOriginProtection, and some that it leaves to its URL parser). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/origin.h"

static const struct text trusted_items[] = {TEXT_INITIALIZER("https://trusted.example"),
                                            TEXT_INITIALIZER("http://localhost:5173")};
static const struct origins trusted = {trusted_items, 2};

static const struct {
  const char *host, *origin, *sec_fetch_site;
  bool cross_site;
} requests[] = {
    {"example.com", "", "same-origin", false},
    {"example.com", "", "none", false},
    {"example.com", "", "cross-site", true},
    {"example.com", "", "same-site", true},
    {"example.com", "", "", false},
    {"example.com", "https://example.com", "", false},
    {"example.com", "http://example.com", "", false}, /* unknown which of them this is */
    {"example.com", "https://attacker.example", "", true},
    {"example.com", "null", "", true},
    {"null", "null", "", true},
    {"example.com", "null", "cross-site", true},
    /* the newer header counts more */
    {"example.com", "https://attacker.example", "same-origin", false},
    {"example.com", "https://example.com", "cross-site", true},
    {"example.com", "https://example.com", "Same-Origin", true},
    {"example.com", "https://example.com", "same-origin, none", true},
    {"example.com", "https://example.com", "what-comes-next", true},
    /* ports and spelling */
    {"example.com:8443", "https://example.com:8443", "", false},
    {"example.com", "https://example.com:8443", "", true},
    {"example.com:8443", "https://example.com", "", true},
    {"[::1]:80", "http://[::1]:80", "", false},
    {"Example.com", "https://example.com", "", true},
    {"example.com", "https://sub.example.com", "", true},
    {"example.com", "https://example.com.attacker.example", "", true},
    {"example.com", "https://attacker.example/example.com", "", true},
    {"example.com", "https://user@example.com", "", true},
    {"example.com", "https://example.com/", "", true},
    {"example.com", "https:example.com", "", true},
    {"example.com", "//example.com", "", true},
    {"example.com", "example.com", "", true},
    {"", "https://", "", true},
    {"", "https://example.com", "", true},
    {"example.com", "https://example.com https://attacker.example", "", true},
    /* trusted */
    {"example.com", "https://trusted.example", "", false},
    {"example.com", "https://trusted.example", "cross-site", false},
    {"example.com", "https://trusted.example", "same-site", false},
    {"example.com", "http://localhost:5173", "cross-site", false},
    {"example.com", "http://trusted.example", "cross-site", true},
    {"example.com", "https://trusted.example:8443", "cross-site", true},
    {"example.com", "https://TRUSTED.example", "cross-site", true},
    {"example.com", "https://trusted.example.", "cross-site", true},
};

static void test_cross_site(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    struct request_origin from = {text_of(requests[i].host), text_of(requests[i].origin),
                                  text_of(requests[i].sec_fetch_site)};
    if (origin_is_cross_site(&from, &trusted) != requests[i].cross_site)
      fail_msg("host '%s', origin '%s', '%s'", requests[i].host, requests[i].origin,
               requests[i].sec_fetch_site);
  }
}

static const char *const origins[] = {
    "https://app.example.com", "http://localhost:5173",  "https://a",
    "https://[::1]:8443",      "http://127.0.0.1:3000",  "https://xn--bcher-kva.example",
    "http://example.com:443",  "https://example.com:80", "https://a_b.example",
    "capacitor://localhost",   "https://a:65535"};

static const struct {
  const char *origin, *problem;
} others[] = {
    {"null", "sandboxed"},
    {"", "a scheme, :// and a host"},
    {"app.example.com", "a scheme, :// and a host"},
    {"//app.example.com", "a scheme, :// and a host"},
    {"https:app", "a scheme, :// and a host"},
    {"HTTPS://app", "a scheme, :// and a host"},
    {"1a://app", "a scheme, :// and a host"},
    {"https://", "no host"},
    {"https://:443", "no host"},
    {"https://App.example.com", "lower case"},
    {"https://app.example.com/", "no path"},
    {"https://app.example.com/x", "no path"},
    {"https://app.example.com:8443/", "no path"},
    {"https://*.example.com", "list each"},
    {"https://u@app.example.com", "nothing else"},
    {"https://app.example.com?x", "nothing else"},
    {"https://app.example.com#x", "nothing else"},
    {"https://b\xc3\xbc"
     "cher.example",
     "xn--"},
    {"https://a b", "no host has"},
    {"https://a,https", "no host has"},
    {"https://[::1", "ends with ]"},
    {"https://[::1]x", "from 1 to 65535"},
    {"https://app:", "from 1 to 65535"},
    {"https://app:0", "from 1 to 65535"},
    {"https://app:080", "from 1 to 65535"},
    {"https://app:65536", "from 1 to 65535"},
    {"https://app:123456", "from 1 to 65535"},
    {"https://app:8x", "from 1 to 65535"},
    {"https://a:1:2", "from 1 to 65535"},
    {"https://app:443", "own port"},
    {"http://app:80", "own port"},
};

static void test_what_can_be_one(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
    const char *problem = origin_problem(text_of(origins[i]));
    if (problem) fail_msg("%s: %s", origins[i], problem);
  }
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    const char *problem = origin_problem(text_of(others[i].origin));
    if (!problem || !strstr(problem, others[i].problem))
      fail_msg("%s: %s", others[i].origin, problem ? problem : "nothing found");
  }
  assert_non_null(origin_problem((struct text){"https://a\0b", 11}));
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_cross_site),
                                     cmocka_unit_test(test_what_can_be_one)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
