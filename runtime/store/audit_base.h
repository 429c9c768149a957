/* Where the audit log's chain begins, for the files of the log. */
#ifndef WRIT_STORE_AUDIT_BASE_H
#define WRIT_STORE_AUDIT_BASE_H

#include "store/audit.h"
#include "store/audit_row.h"

/* All 0 if nothing was pruned; -1 if the table says what the key's owner did not write. */
int audit_base_read(struct connection *connection, const unsigned char key[HASH_BYTES],
                    struct audit_base *base, struct error *error);

/* Of each row of the chain, which is intact so far: whether it and the base tell the same of
 * pruning. */
int audit_base_verify_row(const struct audit_base *base, const struct audit_row *row,
                          struct error *error);

#endif
