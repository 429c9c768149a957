/* The identity providers whose tokens are taken, and their key sets, which lie in files.
 *
 * A file is read again when a token of that issuer comes, at most once a second. If what it has by
 * then is broken, or it is gone, the keys from before stay in force, and the log says once where it
 * is wrong. On the loop's thread. */
#ifndef WRIT_CHECKS_ISSUERS_H
#define WRIT_CHECKS_ISSUERS_H

#include "base/error.h"
#include "base/report.h"
#include "checks/jwt.h"

enum { ISSUERS_MAX = 16 };

struct issuers;

/* Reads the key set of each issuer from the file of the same index. What the issuers borrow and the
 * paths must outlive the result. -1 if a set cannot be used: the report says which and where. */
int issuers_open(const struct jwt_issuer *issuers, const char *const *key_files, size_t count,
                 struct issuers **out, struct report *report);
void issuers_free(struct issuers *issuers);

/* Changes whenever the keys of any issuer do, and is never 0. Looks into the files, as above. */
uint64_t issuers_version(struct issuers *issuers, uint64_t monotonic_ns);

/* NULL with *identity filled, in the arena, or why the token is refused (a constant). */
const char *issuers_verify(struct issuers *issuers, struct arena *arena, struct text token,
                           int64_t now_ms, uint64_t monotonic_ns, struct jwt_identity *identity);

#endif
