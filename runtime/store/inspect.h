/* A database looked at from beside: a connection of its own, with no policy and no limits.
 *
 * For tests and tools on a database that was made for them, never on one that is served. What it
 * changes a store on the same file takes for another program's change, and goes by it. Only while
 * no transaction of that store is open. */
#ifndef WRIT_STORE_INSPECT_H
#define WRIT_STORE_INSPECT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

struct inspector;

/* Opens a file of a store that is open, so that it is there, and in WAL mode. */
int inspector_open(const char *path, struct inspector **inspector, struct error *error);
void inspector_close(struct inspector *inspector); /* NULL is allowed */

/* Keeps a copy of all pages in memory; and makes the database what was kept, page by page, unless
 * nothing has been committed since then. */
int inspector_keep(struct inspector *inspector, struct error *error);
int inspector_restore(struct inspector *inspector, struct error *error);

/* Runs one statement; its rows are an array of objects in the arena. `values` (or NULL) is an array
 * that is bound to the parameters in order: arrays and objects as JSON text, true and false as 1
 * and 0. Blobs come as hexadecimal text. */
int inspector_rows(struct inspector *inspector, struct text sql, const struct json *values,
                   struct arena *arena, struct json *rows, struct error *error);

/* A row that is not as it is in the copy: {"table", "before", "after"}, null where there is none.
 * In tables with rowids a row is the same by its rowid, in others by its primary key; values that
 * `hide` says are secret are not shown, but whether they changed is. */
int inspector_changes(struct inspector *inspector,
                      bool (*hide)(void *context, struct text table, struct text column),
                      void *context, struct arena *arena, struct json *changes,
                      struct error *error);

/* Of all rows of the app's tables; Writ's own do not count. */
int inspector_digest(struct inspector *inspector, unsigned char digest[HASH_BYTES],
                     struct error *error);

#endif
