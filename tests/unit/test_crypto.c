/* Cryptography: known answers where there are any, and the edges of what the host may be given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/crypto.h"

static int set_up(void **state)
{
  (void)state;
  return crypto_init(NULL);
}

static const char *hex_of(const unsigned char hash[HASH_BYTES])
{
  static char hex[2 * HASH_BYTES + 1];
  crypto_hex(hex, hash, HASH_BYTES);
  return hex;
}

static void hashes(void **state)
{
  (void)state;
  unsigned char hash[HASH_BYTES], other[HASH_BYTES];
  crypto_hash_text(hash, TEXT(""), (struct text){NULL, 0});
  assert_string_equal(hex_of(hash),
                      "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  crypto_hash_text(hash, TEXT(""), TEXT("abc"));
  assert_string_equal(hex_of(hash),
                      "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  char key[64] = {1};
  crypto_hash_text(other, (struct text){key, sizeof key}, TEXT("abc"));
  assert_memory_not_equal(hash, other, HASH_BYTES);
}

static void parts_do_not_run_together(void **state)
{
  (void)state;
  const struct crypto_hash_part lists[][2] = {
      {{"ab", 2}, {"c", 1}}, {{"a", 1}, {"bc", 2}}, {{"abc", 3}, {"", 0}}, {{NULL, 0}, {"abc", 3}}};
  unsigned char hash[4][HASH_BYTES];
  for (size_t i = 0; i < 4; i++) {
    crypto_hash_parts(hash[i], TEXT("key"), lists[i], 2);
    for (size_t j = 0; j < i; j++) assert_memory_not_equal(hash[i], hash[j], HASH_BYTES);
  }
  unsigned char flat[HASH_BYTES];
  crypto_hash_text(flat, TEXT("key"), TEXT("\2\0\0\0\0\0\0\0ab\1\0\0\0\0\0\0\0c"));
  assert_memory_equal(flat, hash[0], HASH_BYTES);

  char bytes[8 + 258] = {2, 1}; /* 258 in little-endian, and as many zeros */
  crypto_hash_text(flat, TEXT("key"), (struct text){bytes, sizeof bytes});
  crypto_hash_parts(hash[0], TEXT("key"), &(struct crypto_hash_part){bytes + 8, 258}, 1);
  assert_memory_equal(flat, hash[0], HASH_BYTES);
}

static void short_hash(void **state)
{
  (void)state;
  /* The first two of SipHash's test vectors. */
  unsigned char key[16];
  for (unsigned char i = 0; i < 16; i++) key[i] = i;
  uint64_t empty = crypto_short_hash(key, (struct text){NULL, 0});
  uint64_t one = crypto_short_hash(key, TEXT("\0"));
  assert_memory_equal(&empty, "\x31\x0e\x0e\xdd\x47\xdb\x6f\x72", 8);
  assert_memory_equal(&one, "\xfd\x67\xdc\x93\xc5\x39\xf8\x74", 8);
}

static void uuids(void **state)
{
  (void)state;
  char first[UUID_CHARS + 1], second[UUID_CHARS + 1];
  crypto_uuid7(first, INT64_C(0x017F22E279B0)); /* RFC 9562, appendix A.6 */
  assert_memory_equal(first, "017f22e2-79b0-7", 15);
  assert_int_equal(strlen(first), UUID_CHARS);
  assert_non_null(strchr("89ab", first[19]));
  assert_int_equal(strspn(first, "0123456789abcdef-"), UUID_CHARS);
  crypto_uuid7(second, INT64_C(0x017F22E279B0));
  assert_string_not_equal(first, second);
  crypto_uuid7(second, INT64_C(0x017F22E279B1));
  assert_true(strcmp(first, second) < 0);
  crypto_uuid7(second, -1);
  assert_memory_equal(second, "ffffffff-ffff-7", 15);
}

static void tokens(void **state)
{
  (void)state;
  char first[TOKEN_CHARS + 1], second[TOKEN_CHARS + 1];
  crypto_token(first);
  crypto_token(second);
  assert_int_equal(
      strspn(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      TOKEN_CHARS);
  assert_int_equal(strlen(first), TOKEN_CHARS);
  assert_string_not_equal(first, second);
}

static void comparing_and_wiping(void **state)
{
  (void)state;
  char secret[] = "secret";
  assert_true(crypto_equal(secret, "secret", 6));
  assert_false(crypto_equal(secret, "secreT", 6));
  assert_true(crypto_equal(secret, "other!", 0));
  crypto_wipe(secret, sizeof secret);
  assert_memory_equal(secret, "\0\0\0\0\0\0", 7);
}

static const struct password_cost cheap = {1, 8192};

static void passwords(void **state)
{
  (void)state;
  char hash[PASSWORD_HASH_BYTES], again[PASSWORD_HASH_BYTES];
  assert_int_equal(crypto_password_hash(hash, TEXT("correct\0horse"), cheap, NULL), 0);
  assert_memory_equal(hash, "$argon2id$v=19$m=8,t=1,p=1$", 27);
  assert_int_equal(crypto_password_hash(again, TEXT("correct\0horse"), cheap, NULL), 0);
  assert_string_not_equal(hash, again);
  assert_true(crypto_password_verify(hash, TEXT("correct\0horse")));
  assert_false(crypto_password_verify(hash, TEXT("correct\0house")));
  assert_false(crypto_password_verify(hash, TEXT("correct")));
  assert_int_equal(crypto_password_hash(hash, (struct text){NULL, 0}, cheap, NULL), 0);
  assert_true(crypto_password_verify(hash, TEXT("")));
}

static void passwords_have_limits(void **state)
{
  (void)state;
  static char longest[1025];
  memset(longest, 'a', sizeof longest);
  char hash[PASSWORD_HASH_BYTES];
  struct error error = {0};
  assert_int_equal(crypto_password_hash(hash, (struct text){longest, 1025}, cheap, &error), -1);
  assert_non_null(strstr(error.message, "1024 bytes"));
  assert_int_equal(crypto_password_hash(hash, (struct text){longest, 1024}, cheap, NULL), 0);
  assert_true(crypto_password_verify(hash, (struct text){longest, 1024}));
  assert_false(crypto_password_verify(hash, (struct text){longest, 1025}));
  static const char hash_of_1025[] = "$argon2id$v=19$m=8,t=1,p=1$RpCVGdRTOklqbcf9tzCHFQ$"
                                     "sb4sckqm8qwFqhz68KOw6ccevqhtNAR+Q3YkfgUHijo";
  assert_false(crypto_password_verify(hash_of_1025, (struct text){longest, 1025}));

  struct password_cost impossible[] = {{0, 8192}, {1, 1}, {UINT64_MAX, 8192}};
  for (size_t i = 0; i < 3; i++) {
    error_clear(&error);
    assert_int_equal(crypto_password_hash(hash, TEXT("a"), impossible[i], &error), -1);
    assert_non_null(strstr(error.message, "out of range"));
    assert_false(crypto_password_verify(hash, TEXT("a")));
  }
}

static void malformed_hashes_are_false(void **state)
{
  (void)state;
  char hash[PASSWORD_HASH_BYTES], changed[PASSWORD_HASH_BYTES + 200];
  assert_int_equal(crypto_password_hash(hash, TEXT("a"), cheap, NULL), 0);
  for (size_t length = 0; length < strlen(hash); length++) {
    memcpy(changed, hash, length);
    changed[length] = '\0';
    assert_false(crypto_password_verify(changed, TEXT("a")));
  }
  memset(changed, 'a', sizeof changed - 1);
  changed[sizeof changed - 1] = '\0';
  assert_false(crypto_password_verify(changed, TEXT("a")));
  memcpy(changed, hash, strlen(hash));
  assert_false(crypto_password_verify(changed, TEXT("a")));

  const char *salt_and_hash = strstr(hash, ",p=1$") + 4;
  static const char *const greedy[] = {"m=4294967295,t=1,p=1", "m=1048577,t=1,p=1", "m=8,t=17,p=1",
                                       "m=8,t=99999999,p=1",   "m=8,t=1,p=2",       "m=-8,t=1,p=1",
                                       "m=8,t=0,p=1",          "m=8,t=1,p=1x"};
  uint64_t begin = clock_thread_cpu_ns();
  for (size_t i = 0; i < sizeof greedy / sizeof *greedy; i++) {
    snprintf(changed, sizeof changed, "$argon2id$v=19$%s%s", greedy[i], salt_and_hash);
    assert_false(crypto_password_verify(changed, TEXT("a")));
  }
  assert_true(clock_thread_cpu_ns() - begin < 200000000); /* none of them was tried */
  snprintf(changed, sizeof changed, "$argon2id$v=19$m=8,t=1,p=1%s", salt_and_hash);
  assert_true(crypto_password_verify(changed, TEXT("a"))); /* the table does test its numbers */
  assert_false(crypto_password_verify(NULL, TEXT("a")));
  assert_false(crypto_password_verify("", TEXT("")));
  assert_false(crypto_password_verify("$2b$12$abcdefghijklmnopqrstuv", TEXT("a")));
}

static void base64(void **state)
{
  (void)state;
  char text[BASE64_CHARS(4) + 1];
  unsigned char bytes[4];
  crypto_base64(text, "\xFB\xEF\xFF\x01", 4);
  assert_string_equal(text, "--__AQ");
  assert_true(crypto_unbase64(bytes, 4, text_of(text)));
  assert_memory_equal(bytes, "\xFB\xEF\xFF\x01", 4);
  static const char *const wrong[] = {"--__AR",  "--__A", "--__AQ==", "++//AQ",   "--__A ",
                                      "--__A\n", "",      "--__A=",   "-\x80__AQ"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_false(crypto_unbase64(bytes, 4, text_of(wrong[i])));
}

static void from_hex(unsigned char *out, const char *hex)
{
  for (size_t i = 0; hex[2 * i]; i++) {
    unsigned byte;
    assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
    out[i] = (unsigned char)byte;
  }
}

/* RFC 8032, section 7.1, the first and the second test. */
static void signatures(void **state)
{
  (void)state;
  static const struct {
    const char *secret, *public, *message, *signature;
  } table[] = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
                "1e39701cf9"
                "b46bd25bf5f0595bbe24655141438e7a100b"},
               {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e45"
                "8f3613d0f1"
                "1d8c387b2eaeb4302aeeb00d291612bb0c00"}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    unsigned char secret[SIGNING_KEY_BYTES], public[SIGNING_KEY_BYTES], made[SIGNING_KEY_BYTES];
    unsigned char expected[SIGNATURE_BYTES], signature[SIGNATURE_BYTES];
    struct text message = text_of(table[i].message);
    from_hex(secret, table[i].secret);
    from_hex(public, table[i].public);
    from_hex(expected, table[i].signature);
    crypto_public_key(made, secret);
    assert_memory_equal(made, public, sizeof made);
    crypto_sign_text(signature, secret, message);
    assert_memory_equal(signature, expected, sizeof signature);
    assert_true(crypto_is_signed(signature, public, message));
    assert_false(crypto_is_signed(signature, public, TEXT("s")));
    signature[9] ^= 1;
    assert_false(crypto_is_signed(signature, public, message));
    signature[9] ^= 1;
    public[9] ^= 1;
    assert_false(crypto_is_signed(signature, public, message));
  }
  unsigned char nothing[SIGNATURE_BYTES] = {0}; /* a key of small order would sign everything */
  assert_false(crypto_is_signed(nothing, nothing, TEXT("")));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hashes),
      cmocka_unit_test(parts_do_not_run_together),
      cmocka_unit_test(short_hash),
      cmocka_unit_test(uuids),
      cmocka_unit_test(tokens),
      cmocka_unit_test(comparing_and_wiping),
      cmocka_unit_test(passwords),
      cmocka_unit_test(passwords_have_limits),
      cmocka_unit_test(malformed_hashes_are_false),
      cmocka_unit_test(base64),
      cmocka_unit_test(signatures),
  };
  return cmocka_run_group_tests(tests, set_up, NULL);
}
