/* Key sets: the published keys verify the published signatures and nothing else; what is weak,
 * private or malformed does not load, and the report says where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "checks/jwks.h"
#include "jwt_vectors.h"
#include "shown_findings.h"

#define ALL ((1U << JWT_ALGORITHMS) - 1)

static int set_up(void **state)
{
  (void)state;
  return crypto_init(NULL);
}

/* The set, and what its report says. */
static struct jwks *read(const char *json, unsigned algorithms, char **said)
{
  struct source source = {"keys.json", text_of(json)};
  struct report report;
  report_init(&report);
  struct jwks *set = jwks_read(&source, algorithms, &report);
  *said = shown_findings(&report);
  assert_true(set ? report.errors == 0 : report.errors > 0);
  report_deinit(&report);
  return set;
}

static struct jwks *good(const char *json)
{
  char *said;
  struct jwks *set = read(json, ALL, &said);
  if (!set) fail_msg("%s", said);
  free(said);
  return set;
}

static void test_published_signatures(void **state)
{
  static const struct {
    const char *keys, *token;
    enum jwt_algorithm algorithm;
  } examples[] = {
      {"{\"keys\":[" RFC_HS256_KEY "]}", RFC_HS256_TOKEN, JWT_HS256},
      {"{\"keys\":[" RFC_RS256_KEY "]}", RFC_RS256_TOKEN, JWT_RS256},
      {"{\"keys\":[" RFC_ES256_KEY "]}", RFC_ES256_TOKEN, JWT_ES256},
      {"{\"keys\":[" RFC_EDDSA_KEY "]}", RFC_EDDSA_MESSAGE "." RFC_EDDSA_SIGNATURE, JWT_EDDSA},
  };
  (void)state;
  struct arena arena;
  arena_init(&arena, 4096);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct jwks *set = good(examples[i].keys);
    const char *why, *dot = strrchr(examples[i].token, '.');
    struct text message = {examples[i].token, (size_t)(dot - examples[i].token)}, signature;
    assert_true(jwt_decode(&arena, text_of(dot + 1), &signature));
    const struct jwk *key = jwks_find(set, examples[i].algorithm, (struct text){NULL, 0}, &why);
    assert_non_null(key);
    assert_true(jwk_is_signed(key, message, signature));
    /* One bit of it, each byte's in turn; one byte less, one more, none. */
    char *bytes = (char *)(uintptr_t)signature.data;
    for (size_t k = 0; k < signature.length; k++) {
      bytes[k] = (char)(bytes[k] ^ 1);
      assert_false(jwk_is_signed(key, message, signature));
      bytes[k] = (char)(bytes[k] ^ 1);
    }
    struct text longer = arena_print(&arena, "%*s", (int)signature.length + 1, "");
    memcpy((char *)(uintptr_t)longer.data, bytes, signature.length);
    assert_false(jwk_is_signed(key, message, longer));
    assert_false(jwk_is_signed(key, message, (struct text){bytes, signature.length - 1}));
    assert_false(jwk_is_signed(key, message, (struct text){bytes, 0}));
    message.length--;
    assert_false(jwk_is_signed(key, message, signature));
    jwks_free(set);
  }
  arena_deinit(&arena);
}

/* r, s, or both 0; r and s the order of the curve (CVE-2022-21449 took such ones). */
static void test_degenerate_ecdsa(void **state)
{
  static const unsigned char order[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00,
                                          0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                          0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84,
                                          0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};
  (void)state;
  struct jwks *set = good("{\"keys\":[" RFC_ES256_KEY "]}");
  unsigned char signature[64] = {0};
  struct text text = {(const char *)signature, sizeof signature};
  assert_false(jwk_is_signed(&set->keys[0], TEXT("message"), text));
  signature[31] = 1;
  assert_false(jwk_is_signed(&set->keys[0], TEXT("message"), text));
  signature[31] = 0;
  signature[63] = 1;
  assert_false(jwk_is_signed(&set->keys[0], TEXT("message"), text));
  memcpy(signature, order, 32);
  memcpy(signature + 32, order, 32);
  assert_false(jwk_is_signed(&set->keys[0], TEXT("message"), text));
  jwks_free(set);
}

static void test_key_by_kid(void **state)
{
  (void)state;
  struct jwks *set =
      good("{\"keys\":["
           "{\"kid\":\"a\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" RFC_ED25519_X
           "\"},{\"kid\":\"b\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
           "\"x\":\"" RFC_ED25519_X "\"}," RFC_ES256_KEY "]}");
  const struct text none = {NULL, 0};
  const char *why;
  assert_ptr_equal(jwks_find(set, JWT_EDDSA, TEXT("b"), &why), &set->keys[1]);
  assert_ptr_equal(jwks_find(set, JWT_ES256, none, &why), &set->keys[2]);
  assert_null(jwks_find(set, JWT_EDDSA, none, &why));
  assert_string_equal(why, "it has no kid, and the issuer has several keys of this algorithm");
  /* Neither another's key, nor a key that has no kid, nor something that is like one. */
  static const struct text others[] = {TEXT_INITIALIZER("a\0"),
                                       TEXT_INITIALIZER(""),
                                       TEXT_INITIALIZER("A"),
                                       TEXT_INITIALIZER("../../../../dev/null"),
                                       TEXT_INITIALIZER("a' OR '1'='1"),
                                       TEXT_INITIALIZER("x' UNION SELECT 'secret'--")};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    assert_null(jwks_find(set, JWT_EDDSA, others[i], &why));
  assert_null(jwks_find(set, JWT_ES256, TEXT("a"), &why));
  assert_string_equal(why, "the issuer has no key of this kid and algorithm");
  jwks_free(set);
}

static void test_foreign_keys_are_passed_over(void **state)
{
  (void)state;
  struct jwks *set =
      good("{\"keys\":[{\"kty\":\"XYZ\"},{\"kty\":\"EC\",\"crv\":\"P-521\"},{},"
           "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" RFC_ED25519_X "\"},"
           "{\"use\":\"enc\",\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAB\"},"
           "{\"alg\":\"RS512\",\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAB\"},"
           "{\"key_ops\":[\"sign\"],\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAB\"},"
           "{\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"RS256\",\"kid\":\"only\",\"x5c\":["
           "\"?\"],"
           "\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAB\"}]}");
  assert_int_equal(set->count, 1);
  assert_true(text_is(set->keys[0].kid, "only"));
  jwks_free(set);
}

static void test_bad_sets(void **state)
{
  static const struct {
    const char *json, *said;
  } examples[] = {
      {"", "keys.json:1:1: error: "},
      {"{\"keys\": [}", "keys.json:1:11: error: "},
      {"{\"keys\": []} []", "keys.json:1:14: error: "},
      {"[]", "1:1: error: this is no key set"},
      {"{\"keys\": {}}", "this is no key set"},
      {"{\"keys\": []}", "1:10: error: no key of this set can verify a token"},
      {"{\"keys\": [\"a\"]}", "1:11: error: a key must be an object"},
      {"{\"keys\": [{\"kty\":\"EC\",\"crv\":\"P-521\"}]}", "no key of this set can verify"},
      {"{\"keys\": [{\"kty\":\"RSA\",\"kty\":\"RSA\"}]}",
       "1:24: error: this name is in the same object already"},
      /* RSA: 1024 bits, of which leading zeros are none; what is no modulus; exponents */
      {"{\"keys\": [{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\""
       "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_"
       "Py5P"
       "JdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc\"}]}",
       "1:39: error: an RSA key of 1024 bits is not taken: use a key of 2048 to 8192 bits"},
      {"{\"keys\": [{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQ\"}]}",
       "not those of an RSA key"},
      {"{\"keys\": [{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"Ag\"}]}",
       "not those of an RSA key"},
      {"{\"keys\": [{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\"}]}",
       "1:11: error: `e` must be base64url"},
      {"{\"keys\": [{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAB=\"}]}",
       "`e` must be base64url"},
      {"{\"keys\": [{\"kty\":\"RSA\",\"n\":65537,\"e\":\"AQAB\"}]}", "`n` must be base64url"},
      {"{\"keys\": [{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}]}", "`n` must be base64url"},
      /* EC: not on the curve, infinity, too short */
      {"{\"keys\": [{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_EC_X "\",\"y\":\"" RFC_EC_X
       "\"}]}",
       "are no point of the curve P-256"},
      {"{\"keys\": "
       "[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
       "\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
       "are no point of the curve P-256"},
      {"{\"keys\": [{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"" RFC_EC_Y "\"}]}",
       "32 bytes each"},
      {"{\"keys\": [{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}]}", "`x` must be 32 bytes"},
      {"{\"keys\": "
       "[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"
       "\"}]}",
       "`x` must be base64url"}, /* not the one spelling */
      {"{\"keys\": [{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}",
       "a secret of less than 32 bytes can be guessed"},
      {"{\"keys\": [{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
       "a secret of less than 32 bytes can be guessed"},
      /* what does not fit together */
      {"{\"keys\": [{\"alg\":\"HS256\",\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAB\"}]}",
       "1:18: error: `alg` is not the algorithm of a key of this type"},
      {"{\"keys\": [{\"alg\":\"RS256\",\"kty\":\"oct\",\"k\":\"" RFC_ED25519_X "\"}]}",
       "`alg` is not the algorithm of a key of this type"},
      {"{\"keys\": [{\"kid\":1,\"kty\":\"oct\",\"k\":\"" RFC_ED25519_X "\"}]}",
       "`kid` must be a string"},
      {"{\"keys\": [{\"kid\":\"a\",\"kty\":\"oct\",\"k\":\"" RFC_ED25519_X "\"},"
       "{\"kid\":\"a\",\"kty\":\"oct\",\"k\":\"" RFC_ED25519_X "\"}]}",
       "there is another key of this algorithm and `kid`: give each key a `kid` of its own"},
      {"{\"keys\": [" RFC_ES256_KEY "," RFC_ES256_KEY "]}",
       "there is another key of this algorithm"},
      {"{\"keys\": [{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" RFC_ED25519_X "\",\"d\":\""
       "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}]}",
       "this is a private key, which only the identity provider may have"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    char *said;
    struct jwks *set = read(examples[i].json, ALL, &said);
    if (set || !strstr(said, examples[i].said)) fail_msg("%s: %s", examples[i].json, said);
    if (strstr(said, "nWGxne") || strstr(said, "c2VjcmV0")) fail_msg("a key is shown: %s", said);
    free(said);
  }
}

static void test_algorithms_of_the_issuer(void **state)
{
  (void)state;
  char *said;
  assert_null(read("{\"keys\":[" RFC_HS256_KEY "]}", 1U << JWT_RS256 | 1U << JWT_ES256, &said));
  assert_non_null(strstr(said, "no key of this set can verify a token"));
  free(said);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_signatures),
      cmocka_unit_test(test_degenerate_ecdsa),
      cmocka_unit_test(test_key_by_kid),
      cmocka_unit_test(test_foreign_keys_are_passed_over),
      cmocka_unit_test(test_bad_sets),
      cmocka_unit_test(test_algorithms_of_the_issuer),
  };
  return cmocka_run_group_tests(tests, set_up, NULL);
}
