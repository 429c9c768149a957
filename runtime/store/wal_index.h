/* The header of the index of SQLite's write-ahead log, which all processes on the database share
 * (https://sqlite.org/walformat.html). */
#ifndef WRIT_STORE_WAL_INDEX_H
#define WRIT_STORE_WAL_INDEX_H

#include <stdbool.h>
#include <stdint.h>

struct connection;

struct wal_index {
  uint32_t change;     /* another after each transaction that was committed, by whomever */
  uint32_t page_bytes; /* and pages: only for whoever keeps others from writing */
  uint32_t pages;      /* that are valid in the log */
};

/* False if the connection has no write-ahead log (in memory), or has not begun to use it. */
bool wal_index_read(struct connection *connection, struct wal_index *index);

#endif
