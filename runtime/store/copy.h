/* A copy of a database under way: a file beside the one it is to become, whole or not there.
 *
 * Until it is published it is called `target`.part. Only one process at a time makes the copy of a
 * target; what one that died has left behind, the next one writes over. */
#ifndef WRIT_STORE_COPY_H
#define WRIT_STORE_COPY_H

#include <stdbool.h>

#include "base/error.h"
#include "store/audit.h"
#include "store/store.h"

enum { COPY_PATH_BYTES = 4096 };

struct copy {
  char target[COPY_PATH_BYTES], path[COPY_PATH_BYTES]; /* path: where it is made */
  int file; /* open, for its lock; -1: none, or published */
};

/* Must be ended whatever they return. */
int copy_begin(struct copy *copy, const char *target, struct error *error);

/* Fills it from a store, or from another file, which has to be a database
 * of Writ's. One read transaction, however much is written meanwhile. */
int copy_fill(struct copy *copy, struct store *store, struct error *error);
int copy_fill_from(struct copy *copy, const char *path, struct error *error);

/* Opens it, in nobody's use but the caller's, who has to close it before it is published. */
int copy_open(const struct copy *copy, struct store **store, struct error *error);

/* Whether such a store is sound: SQLite's quick_check, the audit log's chain if there is a key (or
 * NULL), and Writ's own tables as Writ makes them. */
int copy_check(struct store *store, const unsigned char *key, struct audit_chain *chain,
               struct error *error);

/* Makes it durable, and gives it its name at once; in place of another file only with `replace`. */
int copy_publish(struct copy *copy, bool replace, struct error *error);

/* Removes it unless it was published. */
void copy_end(struct copy *copy);

#endif
