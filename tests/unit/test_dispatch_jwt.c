/* Calls with a token of an identity provider: what let them in is asked again when they have
 * waited, the time included. */
#include "dispatch_app.h"

#include "base/file.h"
#include "checks/issuers.h"

#define KEYS "{\"keys\":[{\"kty\":\"oct\",\"k\":\"%s\"}]}"

static const char secret[] = "a secret of the provider's, 32 b";
static int64_t now_ms;

static int64_t test_now(void *context)
{
  (void)context;
  return now_ms;
}

static const struct jwt_issuer about = {.issuer = TEXT_INITIALIZER("https://id.example"),
                                        .audience = TEXT_INITIALIZER("notes"),
                                        .algorithms = 1U << JWT_HS256,
                                        .leeway_ms = 1000,
                                        .scopes = TEXT_INITIALIZER("scope")};

static void open_issuers(struct fixture *fixture)
{
  char encoded[BASE64_CHARS(32) + 1], json[128];
  struct source keys = {.path = "keys"};
  struct report report;
  report_init(&report);
  crypto_base64(encoded, secret, 32);
  snprintf(json, sizeof json, KEYS, encoded);
  keys.text = text_of(json);
  assert_int_equal(issuers_open(&about, &keys, 1, &fixture->issuers, &report), 0);
  report_deinit(&report);
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  crypto_init(NULL);
  now_ms = clock_wall_ms();
  open_issuers(fixture);
  fixture->clock.now_ms = test_now;
  fixture_open(fixture, app_files, sizeof app_files / sizeof app_files[0], app_rows);
  *state = fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  issuers_free(fixture->issuers);
  return fixture_tear_down(state);
}

/* A token of this subject that is good for a minute. */
static const char *make_token(struct arena *arena, const char *subject)
{
  unsigned char mac[MAC_BYTES];
  char head[64], body[256], signature[BASE64_CHARS(MAC_BYTES) + 1];
  struct text claims = arena_print(
      arena, "{\"iss\":\"https://id.example\",\"aud\":\"notes\",\"sub\":\"%s\",\"exp\":%lld}",
      subject, (long long)(now_ms / 1000 + 60));
  crypto_base64(head, "{\"alg\":\"HS256\"}", 15);
  crypto_base64(body, claims.data, claims.length);
  struct text message = arena_print(arena, "%s.%s", head, body);
  crypto_hmac_sha256(mac, text_of(secret), &message, 1);
  crypto_base64(signature, mac, MAC_BYTES);
  return arena_print(arena, "%s.%s", message.data, signature).data;
}

static const struct {
  const char *target, *body, *happens; /* meanwhile; NULL: nothing */
  int64_t passes_ms;
  int status;
  const char *audited;
} ends[] = {
    {"GET /notes/a1/nap?ms=1", "", NULL, 59000, 200, NULL},
    {"GET /notes/a1/nap?ms=1", "", NULL, 62000, 401, "JWT: it expired meanwhile"},
    {"GET /notes/a1/nap?ms=1", "", "DELETE FROM users WHERE id = 'ada'", 0, 401,
     "JWT: nobody here is subject ada of https://id.example"},
    {"GET /notes/a1/nap?ms=1", "", "UPDATE notes SET title = 'of ada' WHERE id = 'b1'", 0, 401,
     "JWT: its subject is somebody else meanwhile"},
    {"GET /notes/a1/nap?ms=1", "", "UPDATE users SET role = 'none' WHERE id = 'ada'", 0, 403, NULL},
    {"PATCH /notes/a1", "{\"title\": \"Won\"}", NULL, 59000, 200, NULL},
    {"PATCH /notes/a1", "{\"title\": \"Won\"}", NULL, 62000, 401, "JWT: it expired meanwhile"},
};

static void test_everything_is_asked_again(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    void *opened;
    struct arena arena;
    struct exchange exchange;
    arena_init(&arena, 4096);
    set_up(&opened);
    struct fixture *fixture = opened;
    exchange_send(fixture, &exchange, ends[i].target, make_token(&arena, "ada"), ends[i].body);
    assert_int_equal(exchange.dones, 0);
    if (ends[i].happens) fixture_execute(fixture, ends[i].happens);
    now_ms += ends[i].passes_ms;
    fixture_settle(fixture);
    if (exchange.status != ends[i].status)
      fail_msg("%zu: %d %s", i, exchange.status, exchange.body);
    if (ends[i].audited)
      fixture_expect(fixture, "SELECT detail FROM writ_audit WHERE outcome = 'denied'",
                     ends[i].audited);
    exchange_end(&exchange);
    tear_down(&opened);
    arena_deinit(&arena);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_everything_is_asked_again)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
