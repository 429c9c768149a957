/* Key files that change: looked at once a second, and the log says once what is wrong with one. */
#include "temporary_app.h"

#include "base/file.h"
#include "checks/issuers.h"

#define SECOND      UINT64_C(1000000000)
#define KEY(kid, k) "{\"kid\":\"" kid "\",\"kty\":\"oct\",\"k\":\"" k "\"}"
#define ENCODED     "YSBzZWNyZXQgb2YgdGhlIHByb3ZpZGVyJ3MsIDMyIGI"
#define SECRET      "a secret of the provider's, 32 b"

static const struct jwt_issuer about = {.issuer = TEXT_INITIALIZER("joe"),
                                        .audience = TEXT_INITIALIZER("us"),
                                        .algorithms = 1U << JWT_HS256,
                                        .scopes = TEXT_INITIALIZER("scope")};

/* {"iss":"joe","aud":"us","sub":"ada","exp":2} with this kid. */
static struct text make_token(struct arena *arena, const char *kid)
{
  static const char claims[] = "{\"iss\":\"joe\",\"aud\":\"us\",\"sub\":\"ada\",\"exp\":2}";
  char head[128], body[128], signature[BASE64_CHARS(MAC_BYTES) + 1];
  unsigned char mac[MAC_BYTES];
  struct text header = arena_print(arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid);
  crypto_base64(head, header.data, header.length);
  crypto_base64(body, claims, sizeof claims - 1);
  struct text message = arena_print(arena, "%s.%s", head, body);
  crypto_hmac_sha256(mac, TEXT(SECRET), &message, 1);
  crypto_base64(signature, mac, MAC_BYTES);
  return arena_print(arena, "%s.%s", message.data, signature);
}

struct fixture {
  struct app app;
  struct arena arena;
  struct issuers *issuers;
  char path[256], log[256];
  int errors_before; /* the descriptor of stderr */
};

static int set_up(void **state)
{
  static struct fixture fixture;
  const char *path = fixture.path;
  struct report report;
  crypto_init(NULL);
  app_begin(&fixture.app);
  arena_init(&fixture.arena, 4096);
  snprintf(fixture.path, sizeof fixture.path, "%s/keys", fixture.app.folder);
  snprintf(fixture.log, sizeof fixture.log, "%s/log", fixture.app.folder);
  app_write(&fixture.app, "keys", "{\"keys\":[" KEY("a", ENCODED) "]}");
  report_init(&report);
  assert_int_equal(issuers_open(&about, &path, 1, &fixture.issuers, &report), 0);
  report_deinit(&report);
  fflush(stderr);
  fixture.errors_before = dup(STDERR_FILENO);
  assert_non_null(freopen(fixture.log, "w", stderr));
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  fflush(stderr);
  dup2(fixture->errors_before, STDERR_FILENO);
  close(fixture->errors_before);
  issuers_free(fixture->issuers);
  arena_deinit(&fixture->arena);
  app_end(&fixture->app);
  return 0;
}

static bool takes(struct fixture *fixture, const char *kid, uint64_t monotonic_ns)
{
  struct jwt_identity identity;
  return issuers_verify(fixture->issuers, &fixture->arena, make_token(&fixture->arena, kid), 1000,
                        monotonic_ns, &identity) == NULL;
}

/* How many lines of the log have these words. */
static int logged(struct fixture *fixture, const char *words)
{
  struct text log, line;
  struct error error = {0};
  int count = 0;
  assert_int_equal(file_read(&fixture->arena, fixture->log, 1 << 20, &log, &error), 0);
  while (text_split(&log, '\n', &line))
    count += strstr(arena_copy(&fixture->arena, line).data, words) != NULL;
  return count;
}

static void test_looked_at_once_a_second(void **state)
{
  struct fixture *fixture = *state;
  uint64_t now = 100 * SECOND;
  assert_true(takes(fixture, "a", now));
  app_write(&fixture->app, "keys", "{\"keys\":[" KEY("b", ENCODED) "]}");
  assert_true(takes(fixture, "a", now + SECOND - 1));
  assert_false(takes(fixture, "b", now + SECOND - 1));
  assert_true(takes(fixture, "b", now + SECOND));
  assert_false(takes(fixture, "a", now + SECOND));
  assert_int_equal(logged(fixture, "1 keys are in force"), 1);
}

static void test_broken_files_are_told_once(void **state)
{
  struct fixture *fixture = *state;
  uint64_t now = 100 * SECOND;
  app_write(&fixture->app, "keys", "{\"keys\":[\n\"x\"]}");
  for (int i = 0; i < 5; i++) assert_true(takes(fixture, "a", now += SECOND));
  assert_int_equal(logged(fixture, "keys:2:1: a key must be an object"), 1);
  assert_int_equal(unlink(fixture->path), 0);
  for (int i = 0; i < 5; i++) assert_true(takes(fixture, "a", now += SECOND));
  assert_int_equal(logged(fixture, "No such file or directory"), 1);
  assert_int_equal(logged(fixture, "the keys from before stay in force"), 2);
  app_write(&fixture->app, "keys", "{\"keys\":[" KEY("b", ENCODED) "]}");
  assert_true(takes(fixture, "b", now += SECOND));
  assert_int_equal(unlink(fixture->path), 0);
  for (int i = 0; i < 5; i++) assert_true(takes(fixture, "b", now += SECOND));
  assert_int_equal(logged(fixture, "No such file or directory"), 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_looked_at_once_a_second, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_broken_files_are_told_once, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
