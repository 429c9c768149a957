#include "store/wal_index.h"

#include <string.h>

#include "store/store_internal.h"

enum { INDEX_BYTES = 32768 };

bool wal_index_read(struct connection *connection, struct wal_index *index)
{
  struct {
    uint32_t version, unused, change;
    uint8_t ready, big_endian;
    uint16_t page_bytes; /* 1: 65536 */
    uint32_t pages;
  } header;
  volatile void *memory = NULL;
  sqlite3_file *file = NULL;
  const struct store *store = connection->store;
  if (store->reader == store->writer) return false;
  sqlite3_file_control(connection->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == NULL || file->pMethods == NULL || file->pMethods->iVersion < 2 ||
      file->pMethods->xShmMap(file, 0, INDEX_BYTES, 0, &memory) != SQLITE_OK || memory == NULL)
    return false;
  memcpy(&header, (const void *)memory, sizeof header);
  *index = (struct wal_index){.change = header.change,
                              .page_bytes = header.page_bytes == 1 ? 65536 : header.page_bytes,
                              .pages = header.pages};
  return true;
}
