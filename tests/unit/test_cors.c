/* CORS: what each reply says to whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/cors.h"

#define APP "https://app.example.com"

static const struct text items[] = {TEXT_INITIALIZER("http://localhost:5173"),
                                    TEXT_INITIALIZER(APP)};

static const struct cors off = {.headers = TEXT_INITIALIZER("X-A"), .credentials = true};
static const struct cors listed = {.origins = {items, 2},
                                   .headers = TEXT_INITIALIZER("Content-Type, X-A"),
                                   .expose = TEXT_INITIALIZER("X-Request-Id"),
                                   .max_age_s = 600};
static const struct cors with_cookies = {.origins = {items, 2}, .credentials = true};
static const struct cors everybody = {
    .everybody = true, .expose = TEXT_INITIALIZER("X-Request-Id"), .max_age_s = 5};

#define VARY     "Vary: Origin\r\n"
#define ALLOW    "Access-Control-Allow-Origin: " APP "\r\n"
#define COOKIES  "Access-Control-Allow-Credentials: true\r\n"
#define EXPOSE   "Access-Control-Expose-Headers: X-Request-Id\r\n"
#define ALL      "Access-Control-Allow-Origin: *\r\n"
#define METHODS  "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
#define HEADERS  "Access-Control-Allow-Headers: Content-Type, X-A\r\n"
#define AGE(age) "Access-Control-Max-Age: " age "\r\n"

static const struct {
  const struct cors *cors;
  const char *origin;
  bool preflight;
  const char *said;
} examples[] = {
    {&off, APP, false, ""},
    {&off, APP, true, ""},
    {&off, "", false, ""},
    {&listed, "", false, VARY},
    {&listed, APP, false, VARY ALLOW EXPOSE},
    {&listed, APP, true, VARY ALLOW METHODS HEADERS AGE("600")},
    {&listed, "https://attacker.example", false, VARY},
    {&listed, "https://attacker.example", true, VARY},
    {&listed, "null", false, VARY},
    {&listed, "*", false, VARY},
    {&listed, APP ":443", false, VARY},
    {&listed, APP "/", false, VARY},
    {&listed, "http://app.example.com", false, VARY},
    {&listed, "https://APP.example.com", false, VARY},
    {&listed, "https://app.example.co", false, VARY},
    {&listed, APP ".attacker.example", false, VARY},
    {&listed, "https://app.example.com, " APP, false, VARY},
    {&with_cookies, APP, false, VARY ALLOW COOKIES},
    {&with_cookies, APP, true, VARY ALLOW COOKIES METHODS AGE("0")},
    {&with_cookies, "null", true, VARY},
    {&everybody, "", false, ""},
    {&everybody, APP, false, ALL EXPOSE},
    {&everybody, "https://anybody.example", true, ALL METHODS AGE("5")},
};

static void test_what_is_said(void **state)
{
  (void)state;
  struct reply reply = {.status = 204,
                        .allowed = 1U << METHOD_OPTIONS | 1U << METHOD_GET | 1U << METHOD_HEAD};
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct cors_question question = {text_of(examples[i].origin), examples[i].preflight};
    struct buffer out = {0};
    cors_append(&out, examples[i].cors, &question, &reply);
    if (!text_is(buffer_text(&out), examples[i].said))
      fail_msg("row %zu: %.*s", i, TEXT_ARGS(buffer_text(&out)));
    buffer_deinit(&out);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
