/* Who is calling: the session behind a token, and the principal behind the session.
 *
 * The policy's principal query gives id and roles, which are remembered until anybody changes what
 * it reads (checks/token_cache.h): demotion and deletion count at once. A token comes as
 * `Authorization: Bearer …` or, where there is none, in the session cookie. */
#ifndef WRIT_CHECKS_AUTH_H
#define WRIT_CHECKS_AUTH_H

#include <stdbool.h>

#include "checks/facts.h"
#include "checks/token_cache.h"
#include "checks/webhook.h"
#include "contract/generation.h"

/* The token in these headers; empty if there is none. */
struct text auth_token(struct text authorization, struct text cookie, const char *cookie_name);

/* Finds session and principal, remembered or on facts->connection, and fills facts->principal.
 * `identities` is what store_identities said before that snapshot began. False: 401, 403. */
bool check_auth(struct facts *facts, const struct generation *generation, struct token_cache *cache,
                uint64_t identities, struct text token, struct verdict *verdict);

/* The same again, inside the transaction, for the session already found: a session that ended, a
 * role or a scope that was lost in between counts. */
bool check_auth_again(struct facts *facts, const struct generation *generation, int64_t now_ms,
                      struct verdict *verdict);

/* The same two for a token of an identity provider, whose policy query says who that is here.
 * Again: its time may have come in between. */
struct issuers;
bool check_jwt(struct facts *facts, const struct generation *generation,
               const struct issuers *issuers, struct token_cache *cache, uint64_t identities,
               struct text token, struct verdict *verdict);
bool check_jwt_again(struct facts *facts, const struct generation *generation, int64_t now_ms,
                     struct verdict *verdict);

/* One of the contract's webhooks has signed the request: it holds that role, and there is no
 * principal. False: 401. */
bool check_webhook(struct facts *facts, const struct generation *generation,
                   const struct webhook *webhooks, size_t count, const struct webhook_proof *proof,
                   struct verdict *verdict);

/* The principal holds one of these roles; true if none is asked for. */
bool check_roles(struct facts *facts, const struct text *roles, size_t count,
                 struct verdict *verdict);

/* The session's token has all of these scopes. */
bool check_scopes(struct facts *facts, const struct text *scopes, size_t count,
                  struct verdict *verdict);

#endif
