/* Key sets (RFC 7517) of identity providers: what their tokens' signatures are verified with.
 *
 * A key has one algorithm, which its type decides: RSA is RS256, EC on P-256 is ES256, OKP on
 * Ed25519 is EdDSA, oct is HS256. So no key is ever used in another way than the one it was made
 * for, whatever a token asks. Functions over bytes alone: no file is read here. */
#ifndef WRIT_CHECKS_JWKS_H
#define WRIT_CHECKS_JWKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/report.h"
#include "base/signature.h"
#include "base/text.h"

enum jwt_algorithm { JWT_RS256, JWT_ES256, JWT_EDDSA, JWT_HS256, JWT_ALGORITHMS };

/* By their names, which are told apart by case. False if the text is none of them. */
extern const char *const jwt_algorithm_names[JWT_ALGORITHMS];
bool jwt_algorithm_find(struct text name, enum jwt_algorithm *algorithm);

enum { JWKS_KEYS_MAX = 64, JWK_SECRET_MIN_BYTES = 32 };

struct jwk {
  enum jwt_algorithm algorithm;
  struct text kid;                          /* data is NULL: it has none */
  struct signature_key *key;                /* JWT_RS256, JWT_ES256 */
  unsigned char ed25519[SIGNING_KEY_BYTES]; /* JWT_EDDSA */
  struct text secret;                       /* JWT_HS256 */
};

struct jwks {
  struct arena arena;
  struct jwk keys[JWKS_KEYS_MAX];
  size_t count;
};

/* Reads a key set. Keys of other types, for other uses or other algorithms are passed over, as RFC
 * 7517 asks; one that is weak, private or malformed is an error, and so is a set that has no key
 * for any of the algorithms (bits 1 << enum jwt_algorithm). NULL with findings, which quote no key;
 * the set is the caller's. */
struct jwks *jwks_read(const struct source *source, unsigned algorithms, struct report *report);
void jwks_free(struct jwks *set);

/* The key of this algorithm that `kid` names; without one (data is NULL) the only key of the
 * algorithm. NULL with *why (a constant). */
const struct jwk *jwks_find(const struct jwks *set, enum jwt_algorithm algorithm, struct text kid,
                            const char **why);

/* Whether the signature, as its bytes, is that of the message by this key. */
bool jwk_is_signed(const struct jwk *key, struct text message, struct text signature);

/* Base64url in its one spelling, without padding; the bytes lie in the arena. False if it is not.
 */
bool jwt_decode(struct arena *arena, struct text encoded, struct text *bytes);

#endif
