/* JSON Web Tokens of outside identity providers (RFC 7519), in the compact form of RFC 7515: read,
 * verified, and their claims judged. As RFC 8725 advises, nothing in a token says how it is to be
 * verified: the issuer's entry in writ.json and the keys of that issuer do. Functions over bytes
 * alone; what refuses is told by a constant sentence, which never quotes the token. */
#ifndef WRIT_CHECKS_JWT_H
#define WRIT_CHECKS_JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "checks/jwks.h"

enum {
  JWT_MAX_BYTES = 8 * 1024,
  JWT_SUBJECT_MAX_BYTES = 255, /* OpenID Connect Core, section 2 */
  JWT_NAMES_MAX = 256          /* roles or scopes of one token */
};

/* Whose tokens are taken, and what must stand in them. */
struct jwt_issuer {
  struct text issuer, audience; /* as `iss` and `aud` have them, byte by byte */
  unsigned algorithms;          /* bits 1 << enum jwt_algorithm */
  int64_t leeway_ms;            /* how far the clocks may differ */
  struct text roles;            /* claim that narrows the roles; empty: none does */
  struct text scopes;           /* claim of the token's scopes */
};

/* A token as it came: nothing of it is known to be true. */
struct jwt {
  struct text message;   /* what is signed: the first two parts as they came; borrowed */
  struct text signature; /* its bytes */
  struct text algorithm; /* `alg` */
  struct text kid;       /* data is NULL: it has none */
  struct json claims;    /* an object */
};

/* What a token says that is verified. In the arena. */
struct jwt_identity {
  struct text issuer, subject;
  int64_t ends_ms; /* `exp` and the leeway: from then on it is worth nothing */
  bool has_roles;  /* `roles` is configured: nobody has others than these */
  const struct text *roles;
  size_t role_count;
  struct json scopes; /* an array of strings */
};

/* Told by its form: a token of Writ's own has no dot. */
bool jwt_has_form(struct text token);

/* Takes a token apart. NULL, or why it is none that could be verified. */
const char *jwt_read(struct arena *arena, struct text token, struct jwt *jwt);

/* The issuer that the token claims to be from; NULL if there is no such. */
const struct jwt_issuer *jwt_find_issuer(const struct jwt *jwt, const struct jwt_issuer *issuers,
                                         size_t count);

/* Holds the token against the issuer's keys, then against what must stand in it. NULL with
 * *identity filled, or why it is refused. */
const char *jwt_verify(struct arena *arena, const struct jwt *jwt, const struct jwt_issuer *issuer,
                       const struct jwks *keys, int64_t now_ms, struct jwt_identity *identity);

#endif
