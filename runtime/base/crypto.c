/* libsodium, narrowed to what the host uses. Where libsodium can only fail by misuse, the process
 * ends rather than go on with a hash or a token that was never made. */
#include <sodium.h> /* first: base/crypto.h has a macro of one of its names */

#include "base/crypto.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/signature.h"

enum {
  VERIFY_MAX_KIBIBYTES = 1024 * 1024, /* what a stored hash may ask of this machine */
  VERIFY_MAX_PASSES = 16
};

static_assert(crypto_pwhash_argon2id_STRBYTES == PASSWORD_HASH_BYTES, "libsodium's string form");
static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8, "SipHash-2-4");
static_assert(sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
                  TOKEN_CHARS + 1,
              "32 bytes as base64url");

int crypto_init(struct error *error)
{
  signature_init();
  return sodium_init() < 0 ? error_set(error, "libsodium cannot be initialised") : 0;
}

void crypto_random(void *bytes, size_t length)
{
  randombytes_buf(bytes, length);
}

void crypto_wipe(void *data, size_t length)
{
  sodium_memzero(data, length);
}

bool crypto_equal(const void *a, const void *b, size_t length)
{
  return sodium_memcmp(a, b, length) == 0;
}

void crypto_hex(char *out, const void *data, size_t length)
{
  sodium_bin2hex(out, 2 * length + 1, data, length);
}

void crypto_uuid7(char out[UUID_CHARS + 1], int64_t now_ms)
{
  unsigned char random[UUID_RANDOM_BYTES];
  randombytes_buf(random, sizeof random);
  crypto_uuid7_of(out, now_ms, random);
}

void crypto_uuid7_of(char out[UUID_CHARS + 1], int64_t now_ms,
                     const unsigned char random[UUID_RANDOM_BYTES])
{
  unsigned char bytes[16];
  for (int i = 0; i < 6; i++) bytes[i] = (unsigned char)((uint64_t)now_ms >> (40 - 8 * i));
  memcpy(bytes + 6, random, UUID_RANDOM_BYTES);
  bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0F)); /* version 7 */
  bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3F)); /* the variant of RFC 9562 */

  static const char hex[] = "0123456789abcdef";
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = hex[bytes[i] >> 4];
    *out++ = hex[bytes[i] & 15];
  }
  *out = '\0';
}

void crypto_token(char out[TOKEN_CHARS + 1])
{
  unsigned char bytes[32];
  randombytes_buf(bytes, sizeof bytes);
  sodium_bin2base64(out, TOKEN_CHARS + 1, bytes, sizeof bytes,
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  sodium_memzero(bytes, sizeof bytes);
}

static void must(int result)
{
  if (result != 0) abort();
}

void crypto_base64(char *out, const void *data, size_t length)
{
  sodium_bin2base64(out, BASE64_CHARS(length) + 1, data, length,
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* libsodium 1.0.18 takes bytes beyond ASCII for digits. */
bool crypto_unbase64(void *out, size_t length, struct text text)
{
  size_t read;
  return text.length == BASE64_CHARS(length) && text_ascii_length(text) == text.length &&
         sodium_base642bin(out, length, text.data, text.length, NULL, &read, NULL,
                           sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
         read == length;
}

/* ---- signatures ---- */

static_assert(crypto_sign_SEEDBYTES == SIGNING_KEY_BYTES &&
                  crypto_sign_PUBLICKEYBYTES == SIGNING_KEY_BYTES &&
                  crypto_sign_BYTES == SIGNATURE_BYTES,
              "Ed25519");

void crypto_public_key(unsigned char public[SIGNING_KEY_BYTES],
                       const unsigned char secret[SIGNING_KEY_BYTES])
{
  unsigned char expanded[crypto_sign_SECRETKEYBYTES];
  must(crypto_sign_seed_keypair(public, expanded, secret));
  sodium_memzero(expanded, sizeof expanded);
}

void crypto_sign_text(unsigned char signature[SIGNATURE_BYTES],
                      const unsigned char secret[SIGNING_KEY_BYTES], struct text text)
{
  unsigned char public[SIGNING_KEY_BYTES], expanded[crypto_sign_SECRETKEYBYTES];
  must(crypto_sign_seed_keypair(public, expanded, secret));
  must(crypto_sign_detached(signature, NULL, (const unsigned char *)text.data, text.length,
                            expanded));
  sodium_memzero(expanded, sizeof expanded);
}

bool crypto_is_signed(const unsigned char signature[SIGNATURE_BYTES],
                      const unsigned char public[SIGNING_KEY_BYTES], struct text text)
{
  return crypto_sign_verify_detached(signature, (const unsigned char *)text.data, text.length,
                                     public) == 0;
}

/* ---- hashes ---- */

static void begin_hash(crypto_generichash_state *hash, struct text key)
{
  const unsigned char *bytes = key.length > 0 ? (const unsigned char *)key.data : NULL;
  must(crypto_generichash_init(hash, bytes, key.length, HASH_BYTES));
}

static void add_to_hash(crypto_generichash_state *hash, const void *data, size_t length)
{
  if (length > 0) must(crypto_generichash_update(hash, data, length));
}

static void end_hash(crypto_generichash_state *hash, unsigned char out[HASH_BYTES])
{
  must(crypto_generichash_final(hash, out, HASH_BYTES));
  sodium_memzero(hash, sizeof *hash);
}

void crypto_hash_text(unsigned char out[HASH_BYTES], struct text key, struct text data)
{
  crypto_generichash_state hash;
  begin_hash(&hash, key);
  add_to_hash(&hash, data.data, data.length);
  end_hash(&hash, out);
}

void crypto_hash_parts(unsigned char out[HASH_BYTES], struct text key,
                       const struct crypto_hash_part *parts, size_t count)
{
  crypto_generichash_state hash;
  begin_hash(&hash, key);
  for (size_t i = 0; i < count; i++) {
    unsigned char length[8];
    for (int byte = 0; byte < 8; byte++)
      length[byte] = (unsigned char)((uint64_t)parts[i].length >> (8 * byte));
    add_to_hash(&hash, length, sizeof length);
    add_to_hash(&hash, parts[i].data, parts[i].length);
  }
  end_hash(&hash, out);
}

void crypto_hmac_sha256(unsigned char out[MAC_BYTES], struct text key, const struct text *parts,
                        size_t count)
{
  crypto_auth_hmacsha256_state hmac;
  must(crypto_auth_hmacsha256_init(&hmac, (const unsigned char *)key.data, key.length));
  for (size_t i = 0; i < count; i++)
    if (parts[i].length > 0)
      must(crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)parts[i].data,
                                         parts[i].length));
  must(crypto_auth_hmacsha256_final(&hmac, out));
}

uint64_t crypto_short_hash(const unsigned char key[16], struct text data)
{
  unsigned char bytes[crypto_shorthash_BYTES];
  const void *from = data.length > 0 ? data.data : "";
  must(crypto_shorthash(bytes, from, data.length, key));
  uint64_t hash;
  memcpy(&hash, bytes, sizeof hash);
  return hash;
}

/* ---- passwords ---- */

int crypto_password_hash(char out[PASSWORD_HASH_BYTES], struct text password,
                         struct password_cost cost, struct error *error)
{
  out[0] = '\0';
  if (password.length > PASSWORD_MAX_BYTES)
    return error_set(error, "a password may have %d bytes at most", PASSWORD_MAX_BYTES);
  const char *bytes = password.length > 0 ? password.data : "";
  if (crypto_pwhash_argon2id_str(out, bytes, password.length, cost.operations, cost.memory_bytes))
    return error_set(error,
                     "argon2id cannot hash with %llu operations and %zu bytes of memory: the cost "
                     "is out of range or there is not enough memory",
                     (unsigned long long)cost.operations, cost.memory_bytes);
  return 0;
}

/* A stored hash says itself how much memory and time it takes. */
static bool is_affordable(const char *hash)
{
  unsigned kibibytes, passes, lanes;
  if (strlen(hash) >= PASSWORD_HASH_BYTES) return false;
  if (sscanf(hash, "$argon2id$v=19$m=%9u,t=%9u,p=%9u$", &kibibytes, &passes, &lanes) != 3)
    return false;
  return kibibytes <= VERIFY_MAX_KIBIBYTES && passes <= VERIFY_MAX_PASSES && lanes == 1;
}

bool crypto_password_verify(const char *hash, struct text password)
{
  if (!hash || password.length > PASSWORD_MAX_BYTES || !is_affordable(hash)) return false;
  char copy[PASSWORD_HASH_BYTES] = {0}; /* libsodium may look at all of it */
  memcpy(copy, hash, strlen(hash));
  const char *bytes = password.length > 0 ? password.data : "";
  return crypto_pwhash_argon2id_str_verify(copy, bytes, password.length) == 0;
}
