/* Signatures of webhooks: known answers, and every way in which one is not what it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "checks/webhook.h"

#define BODY   "Hello, World!"
#define SECRET "It's a Secret to Everybody"
/* The example of GitHub's documentation. */
#define GITHUB_MAC "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define NOW_S      1700000000

static int set_up(void **state)
{
  (void)state;
  return crypto_init(NULL);
}

static void test_hmac_known_answers(void **state)
{
  /* RFC 4231, sections 4.3 and 4.7 */
  static const struct {
    const char *key, *data, *mac;
  } examples[] = {
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
       "\xaa"
       "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
       "\xaa"
       "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
       "\xaa"
       "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
       "\xaa"
       "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
       "\xaa"
       "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa",
       "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct text data = text_of(examples[i].data);
    struct text parts[] = {{data.data, 5}, {data.data + 5, 0}, {data.data + 5, data.length - 5}};
    unsigned char mac[MAC_BYTES];
    char hex[2 * MAC_BYTES + 1];
    crypto_hmac_sha256(mac, text_of(examples[i].key), parts, 3);
    crypto_hex(hex, mac, MAC_BYTES);
    assert_string_equal(hex, examples[i].mac);
  }
}

static struct webhook webhook(enum webhook_scheme scheme)
{
  return (struct webhook){.name = "w",
                          .scheme = scheme,
                          .tolerance_ms = 300000,
                          .secrets = {TEXT("an older secret"), TEXT(SECRET)},
                          .secret_count = 2};
}

static void test_github(void **state)
{
  static const struct {
    const char *header, *body, *why; /* NULL: it is good */
  } examples[] = {
      {"sha256=" GITHUB_MAC, BODY, NULL},
      {"sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17", BODY, NULL},
      {"", BODY, "there is no X-Hub-Signature-256"},
      {GITHUB_MAC, BODY, "is not sha256="},
      {"sha1=" GITHUB_MAC, BODY, "is not sha256="},
      {"sha256=", BODY, "is not sha256="},
      {"sha256=" GITHUB_MAC "0", BODY, "is not sha256="},
      {"sha256=" GITHUB_MAC "00", BODY, "is not sha256="},
      {"sha256=" GITHUB_MAC, "Hello, World! ", "not that of this body"},
      {"sha256=" GITHUB_MAC, "", "not that of this body"},
      {"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1", BODY,
       "is not sha256="},
      {"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18", BODY,
       "not that of this body"},
      {"sha256=g57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", BODY,
       "is not sha256="},
  };
  (void)state;
  struct webhook github = webhook(WEBHOOK_GITHUB);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct webhook_proof proof = {.hub_signature = text_of(examples[i].header),
                                  .body = text_of(examples[i].body)};
    const char *why = webhook_refuses(&github, &proof, 0);
    if (!why != !examples[i].why || (why && !strstr(why, examples[i].why)))
      fail_msg("%s: %s", examples[i].header, why ? why : "let in");
  }
}

/* What Stripe would send for this time. */
static struct text stripe_mac(char hex[2 * MAC_BYTES + 1], const char *time, const char *body)
{
  unsigned char mac[MAC_BYTES];
  struct text parts[] = {text_of(time), TEXT("."), text_of(body)};
  crypto_hmac_sha256(mac, TEXT(SECRET), parts, 3);
  crypto_hex(hex, mac, MAC_BYTES);
  return text_of(hex);
}

static void test_stripe(void **state)
{
  /* T stands for the time, M for its signature of the body, X for one that is wrong. */
  static const struct {
    const char *form, *time, *why;
  } examples[] = {
      {"t=T,v1=M", "1700000000", NULL},
      {"t=T,v1=X,v1=M", "1700000000", NULL},
      {"v1=M, v0=abc ,t=T", "1700000000", NULL},
      {"t=T,v1=M", "1699999700", NULL},
      {"t=T,v1=M", "1700000300", NULL},
      {"t=T,v1=M", "1699999699", "too long ago"},
      {"t=T,v1=M", "1700000301", "too far in the future"},
      {"t=T,v1=M", "0", "too long ago"},
      {"t=T,v1=M", "999999999999", "too far in the future"},
      {"t=T,v1=X", "1700000000", "not that of this time and body"},
      {"t=1700000001,v1=M", "1700000000", "not that of this time and body"},
      {"", "1700000000", "there is no Stripe-Signature"},
      {"t=T", "1700000000", "is not one t="},
      {"v1=M", "1700000000", "is not one t="},
      {"t=T,v0=M", "1700000000", "is not one t="},
      {"t=T,t=T,v1=M", "1700000000", "is not one t="},
      {"t=T,v1=M,v1", "1700000000", "is not one t="},
      {"t=T,v1=M,", "1700000000", "is not one t="},
      {"t=T,v1=Mf", "1700000000", "is not one t="},
      {"t=T,v1=M", "", "is not one t="},
      {"t=T,v1=M", "-1700000000", "is not one t="},
      {"t=T,v1=M", "+1700000000", "is not one t="},
      {"t=T,v1=M", "17000000000000", "is not one t="},
      {"t=T,v1=X,v1=X,v1=X,v1=X,v1=X,v1=X,v1=X,v1=X,v1=M", "1700000000", "is not one t="},
  };
  (void)state;
  struct webhook stripe = webhook(WEBHOOK_STRIPE);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    char good[2 * MAC_BYTES + 1], wrong[2 * MAC_BYTES + 1];
    struct buffer header = {0};
    stripe_mac(good, examples[i].time, BODY);
    stripe_mac(wrong, examples[i].time, BODY " ");
    for (const char *c = examples[i].form; *c; c++) {
      if (*c == 'T')
        buffer_append_text(&header, text_of(examples[i].time));
      else if (*c == 'M' || *c == 'X')
        buffer_append_text(&header, text_of(*c == 'M' ? good : wrong));
      else
        buffer_append_byte(&header, *c);
    }
    struct webhook_proof proof = {.stripe_signature = buffer_text(&header), .body = TEXT(BODY)};
    const char *why = webhook_refuses(&stripe, &proof, INT64_C(1000) * NOW_S);
    if (!why != !examples[i].why || (why && !strstr(why, examples[i].why)))
      fail_msg("%s of %s: %s", examples[i].form, examples[i].time, why ? why : "let in");
    buffer_deinit(&header);
  }
}

static void test_no_secret_lets_nobody_in(void **state)
{
  (void)state;
  struct webhook github = {.name = "w", .scheme = WEBHOOK_GITHUB};
  struct webhook_proof proof = {.hub_signature = TEXT("sha256=" GITHUB_MAC), .body = TEXT(BODY)};
  assert_non_null(webhook_refuses(&github, &proof, 0));
}

static void test_of_role(void **state)
{
  (void)state;
  struct webhook both[] = {{.name = "one"}, {.name = "two"}};
  assert_ptr_equal(webhook_of_role(both, 2, TEXT("webhook:two")), &both[1]);
  assert_null(webhook_of_role(both, 2, TEXT("webhook:three")));
  assert_null(webhook_of_role(both, 2, TEXT("webhook:")));
  assert_null(webhook_of_role(both, 2, TEXT("two")));
  assert_null(webhook_of_role(NULL, 0, TEXT("webhook:one")));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hmac_known_answers),
      cmocka_unit_test(test_github),
      cmocka_unit_test(test_stripe),
      cmocka_unit_test(test_of_role),
      cmocka_unit_test(test_no_secret_lets_nobody_in),
  };
  return cmocka_run_group_tests(tests, set_up, NULL);
}
