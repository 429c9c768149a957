/* `credentials` (login) and `reauth` (say your password again): a named query fetches id and hash.
 *
 * The hash is fetched, verified in the password lane, and fetched again inside the transaction: if
 * the row changed meanwhile, the login fails. A reauth must give the principal that is signed in
 * already. */
#ifndef WRIT_CHECKS_CREDENTIALS_H
#define WRIT_CHECKS_CREDENTIALS_H

#include <stdbool.h>

#include "checks/facts.h"

/* What the query gave: id and hash are null where it found nobody. In the call's arena. */
struct credential {
  struct json id, hash;
};

/* Fetches on facts->connection. False: the database failed. */
bool credentials_fetch(const struct facts *facts, const struct credentials *credentials,
                       struct credential *credential, struct verdict *verdict);

/* True if both are the same, known one. */
bool credentials_unchanged(const struct credential *before, const struct credential *now);

#endif
