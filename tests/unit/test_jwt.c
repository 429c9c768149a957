/* Tokens: a good one, and every published way to make a bad one look good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "checks/jwt.h"
#include "jwt_vectors.h"

#define NOW_S  1700000000
#define NOW    (NOW_S * INT64_C(1000))
#define SECRET "a secret of the provider's, 32 b" /* 32 bytes */
#define HEADER "{\"alg\":\"HS256\"}"
#define CLAIMS "\"iss\":\"https://id.example\",\"aud\":\"notes\",\"sub\":\"ada\",\"exp\":1700000100"

struct fixture {
  struct arena arena;
  struct jwks *keys; /* of all four types, without kid */
};

static const struct jwt_issuer issuer = {.issuer = TEXT_INITIALIZER("https://id.example"),
                                         .audience = TEXT_INITIALIZER("notes"),
                                         .algorithms = (1U << JWT_ALGORITHMS) - 1,
                                         .leeway_ms = 30000,
                                         .roles = TEXT_INITIALIZER("/realm/roles"),
                                         .scopes = TEXT_INITIALIZER("scope")};

static const struct jwk *key_of(const struct fixture *fixture, enum jwt_algorithm algorithm)
{
  const char *why;
  return jwks_find(fixture->keys, algorithm, (struct text){NULL, 0}, &why);
}

static int set_up(void **state)
{
  static struct fixture fixture;
  char secret[BASE64_CHARS(32) + 1];
  struct report report;
  crypto_init(NULL);
  crypto_base64(secret, SECRET, 32);
  arena_init(&fixture.arena, 4096);
  report_init(&report);
  struct source source = {"keys.json",
                          arena_print(&fixture.arena,
                                      "{\"keys\":[" RFC_RS256_KEY "," RFC_ES256_KEY
                                      "," RFC_EDDSA_KEY ",{\"kty\":\"oct\",\"k\":\"%s\"}]}",
                                      secret)};
  fixture.keys = jwks_read(&source, issuer.algorithms, &report);
  report_deinit(&report);
  *state = &fixture;
  return fixture.keys ? 0 : -1;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  jwks_free(fixture->keys);
  arena_deinit(&fixture->arena);
  return 0;
}

static struct text encode(struct arena *arena, struct text bytes)
{
  char *encoded = arena_alloc(arena, BASE64_CHARS(bytes.length) + 1);
  crypto_base64(encoded, bytes.data, bytes.length);
  return text_of(encoded);
}

/* A token with this header and these claims, signed with the secret. */
static struct text make_token(struct arena *arena, const char *header, const char *claims,
                              struct text secret)
{
  unsigned char mac[MAC_BYTES];
  struct text message = arena_print(arena, "%.*s.%.*s", TEXT_ARGS(encode(arena, text_of(header))),
                                    TEXT_ARGS(encode(arena, text_of(claims))));
  crypto_hmac_sha256(mac, secret, &message, 1);
  struct text signature = encode(arena, (struct text){(char *)mac, MAC_BYTES});
  return arena_print(arena, "%.*s.%.*s", TEXT_ARGS(message), TEXT_ARGS(signature));
}

static const char *verify(struct fixture *fixture, const struct jwt_issuer *by, struct text token,
                          struct jwt_identity *identity)
{
  struct jwt jwt;
  const char *why = jwt_read(&fixture->arena, token, &jwt);
  if (why) return why;
  if (!jwt_find_issuer(&jwt, by, 1)) return "no issuer";
  return jwt_verify(&fixture->arena, &jwt, by, fixture->keys, NOW, identity);
}

static void expect(struct fixture *fixture, struct text token, const char *said)
{
  struct jwt_identity identity;
  const char *why = verify(fixture, &issuer, token, &identity);
  if (!why && !said) return;
  if (!why || !said || !strstr(why, said))
    fail_msg("%.*s: %s", TEXT_ARGS(token), why ? why : "it was taken");
}

/* With such claims, signed as it should be. NULL: it is taken. */
static void expect_claims(struct fixture *fixture, const char *claims, const char *said)
{
  expect(fixture, make_token(&fixture->arena, HEADER, claims, TEXT(SECRET)), said);
}

static void test_a_good_one(void **state)
{
  struct fixture *fixture = *state;
  struct jwt_identity identity;
  struct text token = make_token(
      &fixture->arena, "{\"typ\":\"at+JWT\",\"alg\":\"HS256\",\"jku\":\"https://x\"}",
      "{" CLAIMS ",\"realm\":{\"roles\":[\"user\",7,\"admin\"]},\"scope\":\"a  b\"}", TEXT(SECRET));
  assert_true(jwt_has_form(token));
  assert_null(verify(fixture, &issuer, token, &identity));
  assert_true(text_is(identity.issuer, "https://id.example"));
  assert_true(text_is(identity.subject, "ada"));
  assert_int_equal(identity.ends_ms, NOW + 130000);
  assert_true(identity.has_roles);
  assert_int_equal(identity.role_count, 2);
  assert_true(text_is(identity.roles[0], "user") && text_is(identity.roles[1], "admin"));
  assert_int_equal(identity.scopes.length, 2);
  assert_true(json_is_string(&identity.scopes.items[1], "b"));
}

/* Nothing said is nothing given: neither roles nor scopes. */
static void test_absent_grants(void **state)
{
  static const char *const claims[] = {
      "{" CLAIMS "}",
      "{" CLAIMS ",\"scope\":null,\"realm\":{\"roles\":{\"admin\":true}}}",
      "{" CLAIMS ",\"scope\":7,\"realm\":[]}",
      "{" CLAIMS ",\"scope\":\"\",\"realm\":{\"roles\":\" \"}}",
      "{" CLAIMS ",\"scope\":[1,null],\"realm\":{\"roles\":[[\"admin\"]]}}",
      "{" CLAIMS ",\"scopes\":\"a\",\"roles\":[\"admin\"],\"realm/roles\":[\"admin\"]}",
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
    struct jwt_identity identity;
    struct text token = make_token(&fixture->arena, HEADER, claims[i], TEXT(SECRET));
    assert_null(verify(fixture, &issuer, token, &identity));
    assert_true(identity.has_roles);
    assert_int_equal(identity.role_count, 0);
    assert_int_equal(identity.scopes.type, JSON_ARRAY);
    assert_int_equal(identity.scopes.length, 0);
  }
}

/* A claim by a name that would be an address. */
static void test_claims_by_name(void **state)
{
  struct fixture *fixture = *state;
  struct jwt_issuer other = issuer;
  struct jwt_identity identity;
  other.roles = TEXT("https://notes.example/roles");
  other.scopes = TEXT("scp");
  struct text token =
      make_token(&fixture->arena, HEADER,
                 "{" CLAIMS ",\"https://notes.example/roles\":\"user\",\"scp\":[\"a\",\"b c\"]}",
                 TEXT(SECRET));
  assert_null(verify(fixture, &other, token, &identity));
  assert_int_equal(identity.role_count, 1);
  assert_int_equal(identity.scopes.length, 2);
  other.roles = TEXT("");
  assert_null(verify(fixture, &other, token, &identity));
  assert_false(identity.has_roles);
}

static void test_published_tokens(void **state)
{
  static const char *const tokens[] = {RFC_HS256_TOKEN, RFC_RS256_TOKEN, RFC_ES256_TOKEN};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
    struct jwt jwt;
    assert_null(jwt_read(&fixture->arena, text_of(tokens[i]), &jwt));
    assert_true(json_is_string(json_get(&jwt.claims, "iss"), "joe"));
    assert_int_equal(json_get(&jwt.claims, "exp")->integer, 1300819380);
    assert_null(jwt_find_issuer(&jwt, &issuer, 1));
  }
  expect(fixture, TEXT(RFC_NONE_TOKEN), "three parts");
  expect(fixture, TEXT(RFC_EDDSA_MESSAGE "." RFC_EDDSA_SIGNATURE), "claims are not a JSON object");
}

static void test_claims(void **state)
{
#define ISS "\"iss\":\"https://id.example\""
#define AUD "\"aud\":\"notes\""
#define SUB "\"sub\":\"ada\""
#define EXP "\"exp\":1700000100"
  static const struct {
    const char *claims, *said;
  } examples[] = {
      {"{" CLAIMS "}", NULL},
      /* whose, and for whom */
      {"{" AUD "," SUB "," EXP "}", "no issuer"},
      {"{\"iss\":\"https://id.example/\"," AUD "," SUB "," EXP "}", "no issuer"},
      {"{\"iss\":\"https://ID.example\"," AUD "," SUB "," EXP "}", "no issuer"},
      {"{\"iss\":[\"https://id.example\"]," AUD "," SUB "," EXP "}", "no issuer"},
      {"{\"iss\":\"https://id.example\\u0000\"," AUD "," SUB "," EXP "}", "no issuer"},
      {"{\"\\u0069ss\":\"https://id.example\"," AUD "," SUB "," EXP "}", NULL}, /* the same name */
      {"{\"Iss\":\"https://id.example\"," AUD "," SUB "," EXP "}", "no issuer"},
      {"{" ISS "," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":\"note\"," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":\"notes \"," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":\"Notes\"," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":[]," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":[\"mail\"]," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":[[\"notes\"]]," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":[\"notes\",1]," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":{\"notes\":1}," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":true," SUB "," EXP "}", "aud"},
      {"{" ISS ",\"aud\":[\"mail\",\"notes\"]," SUB "," EXP "}", NULL},
      {"{" ISS "," AUD "," EXP "}", "sub"},
      {"{" ISS "," AUD ",\"sub\":\"\"," EXP "}", "sub"},
      {"{" ISS "," AUD ",\"sub\":7," EXP "}", "sub"},
      {"{" ISS "," AUD ",\"sub\":\"ada\\u0000\"," EXP "}", "sub"},
      {"{" ISS "," AUD ",\"sub\":\"ada\\n\"," EXP "}", "sub"},
      /* times */
      {"{" ISS "," AUD "," SUB "}", "no exp"},
      {"{" ISS "," AUD "," SUB ",\"exp\":\"1700000100\"}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":null}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":true}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":[1700000100]}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":-1}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":1e400}", "claims are not a JSON object"},
      {"{" ISS "," AUD "," SUB ",\"exp\":1e300}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":253402300800}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":9223372036854775807}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":18446744073709551616}", "no time"},
      {"{" ISS "," AUD "," SUB ",\"exp\":NaN}", "claims are not a JSON object"},
      {"{" ISS "," AUD "," SUB ",\"exp\":253402300799}", NULL},
      {"{" ISS "," AUD "," SUB ",\"exp\":1700000000.5}", NULL},
      {"{" ISS "," AUD "," SUB ",\"exp\":1.7e9}", NULL},
      {"{" ISS "," AUD "," SUB ",\"exp\":0}", "expired"},
      {"{" ISS "," AUD "," SUB ",\"exp\":1699999969}", "expired"},
      {"{" ISS "," AUD "," SUB ",\"exp\":1699999970}", "expired"}, /* NOW - leeway: over */
      {"{" ISS "," AUD "," SUB ",\"exp\":1699999971}", NULL},
      {"{" CLAIMS ",\"nbf\":1700000030}", NULL},
      {"{" CLAIMS ",\"nbf\":1700000031}", "not valid yet"},
      {"{" CLAIMS ",\"nbf\":\"1\"}", "no time"},
      {"{" CLAIMS ",\"iat\":1700000030}", NULL},
      {"{" CLAIMS ",\"iat\":1700000031}", "issued in the future"},
      {"{" CLAIMS ",\"iat\":null}", "no time"},
      /* a name that is there twice, however it is written */
      {"{" CLAIMS ",\"sub\":\"eve\"}", "claims are not a JSON object"},
      {"{" CLAIMS ",\"s\\u0075b\":\"eve\"}", "claims are not a JSON object"},
      {"{" CLAIMS ",\"\\u0065xp\":9999999999}", "claims are not a JSON object"},
      /* what is no object, or more than one */
      {"[]", "claims are not a JSON object"},
      {"\"" RFC_HS256_TOKEN "\"", "claims are not a JSON object"},
      {"null", "claims are not a JSON object"},
      {"{" CLAIMS "}{}", "claims are not a JSON object"},
      {"{" CLAIMS "} x", "claims are not a JSON object"},
      {"{" CLAIMS ",}", "claims are not a JSON object"},
      {"{" CLAIMS ",\"x\":\"\xff\"}", "claims are not a JSON object"},
      {"\xef\xbb\xbf{" CLAIMS "}", "claims are not a JSON object"},
      {"{" CLAIMS ",\"x\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", "claims are not a JSON object"},
  };
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    expect_claims(*state, examples[i].claims, examples[i].said);
}

static void test_subject_lengths(void **state)
{
  struct fixture *fixture = *state;
  char subject[257];
  memset(subject, 's', sizeof subject);
  for (size_t length = 255; length <= 256; length++) {
    struct text claims = arena_print(&fixture->arena, "{" ISS "," AUD "," EXP ",\"sub\":\"%.*s\"}",
                                     (int)length, subject);
    expect_claims(fixture, claims.data, length == 255 ? NULL : "sub");
  }
}

static void test_headers(void **state)
{
  static const struct {
    const char *header, *said;
  } examples[] = {
      {"{\"alg\":\"none\"}", "alg is not among"},
      {"{\"alg\":\"None\"}", "alg is not among"},
      {"{\"alg\":\"NONE\"}", "alg is not among"},
      {"{\"alg\":\"nOnE\"}", "alg is not among"},
      {"{\"alg\":\"\"}", "alg is not among"},
      {"{\"alg\":\"none\\u0000\"}", "alg is not among"},
      {"{\"alg\":\"HS256\\u0000\"}", "alg is not among"},
      {"{\"alg\":\" HS256\"}", "alg is not among"},
      {"{\"alg\":\"hs256\"}", "alg is not among"},
      {"{\"alg\":\"HS512\"}", "alg is not among"},
      {"{\"alg\":\"PS256\"}", "alg is not among"},
      {"{\"alg\":\"ES256K\"}", "alg is not among"},
      {"{\"alg\":null}", "no alg"},
      {"{\"alg\":[\"HS256\"]}", "no alg"},
      {"{}", "no alg"},
      {"{\"\\u0061lg\":\"none\"}", "alg is not among"},
      {"{\"alg\":\"none\",\"alg\":\"HS256\"}", "header is not a JSON object"},
      {"{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", "header is not a JSON object"},
      {"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", "critical"},
      {"{\"alg\":\"HS256\",\"crit\":[]}", "critical"},
      {"{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", "critical"},
      {"{\"alg\":\"HS256\",\"typ\":\"JWE\"}", "typ"},
      {"{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\"}", "typ"},
      {"{\"alg\":\"HS256\",\"typ\":null}", "typ"},
      {"{\"alg\":\"HS256\",\"typ\":\"jwt\"}", NULL},
      {"{\"alg\":\"HS256\",\"kid\":7}", "kid is no string"},
      {"{\"alg\":\"HS256\",\"kid\":null}", "kid is no string"},
      {"{\"alg\":\"HS256\",\"kid\":\"\"}", "no key of this kid"},
      {"{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}", "no key of this kid"},
      {"{\"alg\":\"HS256\",\"kid\":\"x' UNION SELECT 'secret';--\"}", "no key of this kid"},
      /* keys that the token brings along are not looked at: the issuer's has signed this one */
      {"{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}", NULL},
      {"{\"alg\":\"HS256\",\"jku\":\"http://169.254.169.254/\",\"x5u\":1,\"x5c\":[]}", NULL},
      {"[\"HS256\"]", "header is not a JSON object"},
      {"{\"alg\":\"HS256\"}x", "header is not a JSON object"},
      {"", "three parts"},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    expect(fixture, make_token(&fixture->arena, examples[i].header, "{" CLAIMS "}", TEXT(SECRET)),
           examples[i].said);
}

/* CVE-2015-9235 and its kin: what everybody knows of a public key, as an HMAC secret. */
static void test_key_confusion(void **state)
{
  struct fixture *fixture = *state;
  struct text modulus;
  assert_true(jwt_decode(&fixture->arena, TEXT(RFC_RSA_N), &modulus));
  const struct text secrets[] = {modulus,
                                 TEXT(RFC_RSA_N),
                                 TEXT(RFC_RS256_KEY),
                                 TEXT(RFC_ES256_KEY),
                                 TEXT(RFC_EDDSA_KEY),
                                 {(const char *)key_of(fixture, JWT_EDDSA)->ed25519, 32},
                                 TEXT("")};
  static const char *const headers[] = {HEADER, "{\"alg\":\"RS256\"}", "{\"alg\":\"ES256\"}",
                                        "{\"alg\":\"EdDSA\"}"};
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    for (size_t k = 0; k < 4; k++)
      expect(fixture, make_token(&fixture->arena, headers[k], "{" CLAIMS "}", secrets[i]),
             "signature is not that of the issuer's key");
  /* The secret, under another name than its own. */
  for (size_t k = 1; k < 4; k++)
    expect(fixture, make_token(&fixture->arena, headers[k], "{" CLAIMS "}", TEXT(SECRET)),
           "signature is not that of the issuer's key");
  /* And a set in which there is no secret at all. */
  struct jwks *all = fixture->keys;
  struct jwks public = *all;
  public.count = 3;
  fixture->keys = &public;
  expect(fixture, make_token(&fixture->arena, HEADER, "{" CLAIMS "}", modulus),
         "the issuer has no key of this algorithm");
  fixture->keys = all;
}

static void test_algorithms_of_the_issuer(void **state)
{
  struct fixture *fixture = *state;
  struct jwt_issuer other = issuer;
  struct jwt_identity identity;
  struct text token = make_token(&fixture->arena, HEADER, "{" CLAIMS "}", TEXT(SECRET));
  assert_null(verify(fixture, &other, token, &identity));
  other.algorithms = 1U << JWT_RS256 | 1U << JWT_ES256 | 1U << JWT_EDDSA;
  assert_string_equal(verify(fixture, &other, token, &identity),
                      "its alg is not among the issuer's algorithms");
}

/* A good token with something done to its text. */
static void test_spellings(void **state)
{
  struct fixture *fixture = *state;
  struct arena *arena = &fixture->arena;
  struct text token = make_token(arena, HEADER, "{" CLAIMS "}", TEXT(SECRET));
  const char *good = token.data, *last = strrchr(good, '.');
  int body = (int)(last - good);
  expect(fixture, token, NULL);
  const struct {
    struct text token;
    const char *said;
  } examples[] = {
      {TEXT(""), "three parts"},
      {TEXT("."), "three parts"},
      {TEXT(".."), "three parts"},
      {arena_print(arena, "%.*s.", body, good), "three parts"},
      {arena_print(arena, "%.*s", body, good), "three parts"},
      {arena_print(arena, ".%s", strchr(good, '.') + 1), "three parts"},
      {arena_print(arena, "%s.", good), "more than three"},
      {arena_print(arena, "%s.AA.AA", good), "more than three"},
      {arena_print(arena, "%s=", good), "signature is not base64url"},
      {arena_print(arena, "%s ", good), "signature is not base64url"},
      {arena_print(arena, "%s\n", good), "signature is not base64url"},
      {arena_print(arena, "%s%%00", good), "signature is not base64url"},
      {arena_print(arena, "%sA", good), "signature is not"},
      {arena_print(arena, " %s", good), "header is not"},
      {arena_print(arena, "%.*s.A", body, good), "signature is not base64url"},
      {arena_print(arena, "%.*s.AA", body, good), "signature is not that"},
      {arena_print(arena, "%.*s.+/%s", body, good, last + 3), "signature is not base64url"},
      {arena_print(arena, "%.*s.\xc3\xa9%s", body, good, last + 3), "signature is not base64url"},
      {(struct text){good, token.length - 1}, "signature is not"},
  };
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    expect(fixture, examples[i].token, examples[i].said);
  /* The last digit of 43 has two bits to spare: the three other spellings of the same bytes. */
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  size_t digit = (size_t)(strchr(digits, good[token.length - 1]) - digits);
  for (size_t spare = 1; spare < 4; spare++)
    expect(fixture,
           arena_print(arena, "%.*s%c", (int)token.length - 1, good, digits[digit | spare]),
           "signature is not base64url");
}

/* Each byte of a good token changed into another, in turn. */
static void test_every_byte_counts(void **state)
{
  struct fixture *fixture = *state;
  struct text token = make_token(&fixture->arena, HEADER, "{" CLAIMS "}", TEXT(SECRET));
  char *bytes = (char *)(uintptr_t)token.data;
  for (size_t i = 0; i < token.length; i++) {
    struct jwt_identity identity;
    struct arena_mark mark = arena_mark(&fixture->arena);
    char before = bytes[i];
    bytes[i] = before == 'A' ? 'B' : 'A';
    if (!verify(fixture, &issuer, token, &identity)) fail_msg("byte %zu", i);
    bytes[i] = before;
    arena_rewind(&fixture->arena, mark);
  }
}

static void test_size(void **state)
{
  struct fixture *fixture = *state;
  char *padding = arena_alloc(&fixture->arena, JWT_MAX_BYTES);
  memset(padding, 'x', JWT_MAX_BYTES);
  struct text token = {"", 0};
  for (int length = JWT_MAX_BYTES / 2; token.length <= JWT_MAX_BYTES; length++) {
    struct text claims =
        arena_print(&fixture->arena, "{" CLAIMS ",\"x\":\"%.*s\"}", length, padding);
    token = make_token(&fixture->arena, HEADER, claims.data, TEXT(SECRET));
    expect(fixture, token, token.length <= JWT_MAX_BYTES ? NULL : "longer than 8 KB");
  }
}

static void test_form(void **state)
{
  char token[TOKEN_CHARS + 1];
  (void)state;
  for (int i = 0; i < 100; i++) {
    crypto_token(token);
    assert_false(jwt_has_form(text_of(token)));
  }
  assert_false(jwt_has_form(TEXT("")));
  assert_true(jwt_has_form(TEXT("a.b.c")));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_good_one),
      cmocka_unit_test(test_absent_grants),
      cmocka_unit_test(test_claims_by_name),
      cmocka_unit_test(test_published_tokens),
      cmocka_unit_test(test_claims),
      cmocka_unit_test(test_subject_lengths),
      cmocka_unit_test(test_headers),
      cmocka_unit_test(test_key_confusion),
      cmocka_unit_test(test_algorithms_of_the_issuer),
      cmocka_unit_test(test_spellings),
      cmocka_unit_test(test_every_byte_counts),
      cmocka_unit_test(test_size),
      cmocka_unit_test(test_form),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
