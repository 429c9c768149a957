/* The identity providers whose tokens are taken, and their key sets. Immutable: keys that change
 * make a new one. */
#ifndef WRIT_CHECKS_ISSUERS_H
#define WRIT_CHECKS_ISSUERS_H

#include "base/error.h"
#include "base/report.h"
#include "checks/jwt.h"

enum { ISSUERS_MAX = 16 };

struct issuers;

/* Reads the key set of each issuer from the source of the same index. What the issuers borrow must
 * outlive the result, the sources need not. -1 if a set cannot be used: the report says which and
 * where. */
int issuers_open(const struct jwt_issuer *issuers, const struct source *keys, size_t count,
                 struct issuers **out, struct report *report);
void issuers_free(struct issuers *issuers);

/* NULL with *identity filled, in the arena, or why the token is refused (a constant). */
const char *issuers_verify(const struct issuers *issuers, struct arena *arena, struct text token,
                           int64_t now_ms, struct jwt_identity *identity);

#endif
