/* What the host needs of cryptography, over libsodium, and nothing else of it. Thread-safe after
 * crypto_init. */
#ifndef WRIT_BASE_CRYPTO_H
#define WRIT_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* Once, before everything else. */
int crypto_init(struct error *error);

/* Bytes from the system's CSPRNG. */
void crypto_random(void *bytes, size_t length);

/* UUID version 7 (RFC 9562, section 5.7), 36 characters and a NUL; in the order of `now_ms`. */
enum { UUID_CHARS = 36, UUID_RANDOM_BYTES = 10 };
void crypto_uuid7(char out[UUID_CHARS + 1], int64_t now_ms);

/* The same of bytes from the CSPRNG, for whoever makes several: each fetch is a system call. */
void crypto_uuid7_of(char out[UUID_CHARS + 1], int64_t now_ms,
                     const unsigned char random[UUID_RANDOM_BYTES]);

/* BLAKE2b with 32 bytes of result. `key` may be empty (at most 64 bytes). */
enum { HASH_BYTES = 32 };
struct crypto_hash_part {
  const void *data;
  size_t length;
};
void crypto_hash_text(unsigned char out[HASH_BYTES], struct text key, struct text data);

/* The hash of several parts, each preceded by its length as 8 little-endian bytes, so that no two
 * different lists hash alike. */
void crypto_hash_parts(unsigned char out[HASH_BYTES], struct text key,
                       const struct crypto_hash_part *parts, size_t count);

/* HMAC-SHA256 (RFC 2104) of the parts one after the other, with nothing between them. */
enum { MAC_BYTES = 32 };
void crypto_hmac_sha256(unsigned char out[MAC_BYTES], struct text key, const struct text *parts,
                        size_t count);

/* A fast keyed 64-bit hash for tables (SipHash-2-4); not for anything an attacker may see. */
uint64_t crypto_short_hash(const unsigned char key[16], struct text data);

/* Compares in constant time. */
bool crypto_equal(const void *a, const void *b, size_t length);

/* Lower-case hexadecimal; `out` has room for 2 * length + 1. */
void crypto_hex(char *out, const void *data, size_t length);

/* Overwrites secrets so that the compiler cannot leave it out. */
void crypto_wipe(void *data, size_t length);

/* Base64url without padding (RFC 4648, section 5). Reading takes exactly `length` bytes, in their
 * one spelling; false for anything else. */
#define BASE64_CHARS(bytes) (((bytes)*4 + 2) / 3)
void crypto_base64(char *out, const void *data, size_t length); /* and a NUL */
bool crypto_unbase64(void *out, size_t length, struct text text);

/* Ed25519 signatures (RFC 8032). A secret key is its seed: random bytes. */
enum { SIGNING_KEY_BYTES = 32, SIGNATURE_BYTES = 64 };
void crypto_public_key(unsigned char public[SIGNING_KEY_BYTES],
                       const unsigned char secret[SIGNING_KEY_BYTES]);
void crypto_sign_text(unsigned char signature[SIGNATURE_BYTES],
                      const unsigned char secret[SIGNING_KEY_BYTES], struct text text);
bool crypto_is_signed(const unsigned char signature[SIGNATURE_BYTES],
                      const unsigned char public[SIGNING_KEY_BYTES], struct text text);

/* Session tokens: 32 random bytes as base64url without padding. */
enum { TOKEN_CHARS = 43 };
void crypto_token(char out[TOKEN_CHARS + 1]);

/* argon2id, as libsodium's string form. Slow on purpose (tens of ms and `memory_bytes` each): never
 * on the loop. */
enum {
  PASSWORD_HASH_BYTES = 128, /* with its NUL */
  PASSWORD_MAX_BYTES = 1024  /* of a password; more would only cost time */
};
struct password_cost {
  uint64_t operations;
  size_t memory_bytes;
};
int crypto_password_hash(char out[PASSWORD_HASH_BYTES], struct text password,
                         struct password_cost cost, struct error *error);

/* True if the password gives this hash. A malformed hash is false, and so is one that asks for more
 * than 1 GiB or 16 passes, and a password of more than PASSWORD_MAX_BYTES (which
 * crypto_password_hash refuses). */
bool crypto_password_verify(const char *hash, struct text password);

#endif
