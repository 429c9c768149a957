/* Which manifests of signed contracts have been served on this database, so that no older one is
 * served again. */
#ifndef WRIT_STORE_SERVED_H
#define WRIT_STORE_SERVED_H

#include <stdint.h>

#include "base/crypto.h"
#include "store/store.h"

struct served {
  int64_t version; /* 0: none */
  unsigned char hash[HASH_BYTES];
};

/* The one with the highest version. */
int served_read(struct store *store, struct served *served, struct error *error);

/* Remembers one, durably whatever else the database is told of synchronous writing. The same again
 * changes nothing. -1 also if it is not the highest: another process on this database was faster.
 * Outside of transactions only. */
int served_write(struct store *store, const struct served *served, int64_t now_ms,
                 struct error *error);

#endif
