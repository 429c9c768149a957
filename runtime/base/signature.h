/* The signatures of others that libsodium does not know: RSA and ECDSA, verified by OpenSSL's
 * libcrypto. Nothing is signed here. Thread-safe; a key may be shared. */
#ifndef WRIT_BASE_SIGNATURE_H
#define WRIT_BASE_SIGNATURE_H

#include <stdbool.h>

#include "base/text.h"

/* Once, before threads: OpenSSL then never reads a configuration, here or for TLS. crypto_init does
 * it. */
void signature_init(void);

struct signature_key; /* a public key */

/* An RSA key from its modulus and exponent, big-endian. NULL if they are not those of one. */
struct signature_key *signature_key_rsa(struct text modulus, struct text exponent);

/* A key on the curve P-256 from the coordinates x and y of its point. NULL if it is not on the
 * curve. */
enum { P256_POINT_BYTES = 64, P256_SIGNATURE_BYTES = 64 };
struct signature_key *signature_key_p256(const unsigned char point[P256_POINT_BYTES]);

/* NULL is taken as well. */
void signature_key_free(struct signature_key *key);

/* RSASSA-PKCS1-v1_5 with SHA-256, by an RSA key. */
bool signature_is_rs256(const struct signature_key *key, struct text message,
                        struct text signature);

/* ECDSA with SHA-256, by a key on P-256. The signature is r and s, 32 bytes each. */
bool signature_is_es256(const struct signature_key *key, struct text message,
                        const unsigned char signature[P256_SIGNATURE_BYTES]);

#endif
