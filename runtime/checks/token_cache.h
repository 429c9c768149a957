/* Who stands behind a token, remembered from one call to the next: the session or the verified
 * token of an identity provider, and the principal with its roles as the database has them.
 *
 * What is remembered counts only while nobody has changed a session, or a row that the policy's
 * queries for the principal read (store_identities), until the token ends, and for a few seconds at
 * most. Where a query asks what time it is nothing is remembered.
 *
 * Holds hashes of tokens, no token. On the loop's thread. */
#ifndef WRIT_CHECKS_TOKEN_CACHE_H
#define WRIT_CHECKS_TOKEN_CACHE_H

#include "base/crypto.h"
#include "checks/facts.h"

enum { TOKEN_CACHE_MS = 5000 };

struct token_cache;

struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache *cache);

/* What a call is judged by. Taken before the snapshot whose rows are remembered. */
struct token_cache_key {
  unsigned char token[HASH_BYTES]; /* its hash */
  uint64_t identities;             /* store_identities; 0: nothing is found or remembered */
};

/* Fills facts->principal, in the call's arena. */
bool token_cache_find(const struct token_cache *cache, const struct token_cache_key *key,
                      struct facts *facts);

/* Remembers facts->principal: before anything is added to it that is this call's alone. */
void token_cache_keep(struct token_cache *cache, const struct token_cache_key *key,
                      const struct facts *facts);

#endif
