/* What the files of an inspector share. */
#ifndef WRIT_STORE_INSPECT_INTERNAL_H
#define WRIT_STORE_INSPECT_INTERNAL_H

#include "store/inspect.h"
#include "store/store_internal.h"

struct inspector {
  sqlite3 *handle;
  sqlite3 *kept;            /* NULL: nothing is kept */
  sqlite3_stmt *version;    /* another number after each commit of another connection */
  int64_t kept_version;     /* when the database was what is kept, */
  sqlite3_int64 kept_total; /* and how many rows this connection had changed */
};

/* Sets the error, of SQLite's. Returns -1. */
int inspector_failed(sqlite3 *handle, const char *task, struct error *error);

/* A column of the present row, in the arena. */
struct json inspector_value(sqlite3_stmt *row, int column, struct arena *arena);

/* A statement over `name` and `without_rowid` of all the app's tables, in the order of their names.
 * NULL with an error. */
sqlite3_stmt *inspector_tables(struct inspector *inspector, struct error *error);

#endif
