/* What the principals of requests are found by: which tables, and when they change. */
#include <string.h>

#include "base/memory.h"
#include "store/shared.h"
#include "store/store_internal.h"

void store_identities_by(struct store *store, const struct statement *statement)
{
  struct arena arena;
  arena_init(&arena, 4096);
  struct column_reads reads = {.arena = &arena};
  store->writer->reads = &reads;
  sqlite3_finalize(connection_prepare(store->writer, sqlite3_sql(statement->on_writer), NULL));
  store->writer->reads = NULL;
  for (size_t i = 0; i < reads.count; i++)
    store->tables[reads.items[i].table->index].identifies = true;
  store->identities_pass |= reads.clock;
  memory_free(reads.items);
  arena_deinit(&arena);
}

/* A session that begins or is used changes nothing of what may be remembered of others. */
void identities_note(struct connection *connection, int operation, const char *name,
                     const struct table *table)
{
  bool ends = operation == SQLITE_DELETE && strcmp(name, "writ_session") == 0;
  if (ends || (table != NULL && table->identifies)) connection->changes_identities = true;
}

/* Nobody else can commit before this write does, and what other programs had committed before was
 * noticed when it began. */
bool connection_identities_are(const struct connection *connection, uint64_t version)
{
  return version != 0 && !connection->changes_identities &&
         store_identities(connection->store) == version;
}

uint64_t store_identities(const struct store *store)
{
  return store->identities_pass ? 0 : shared_identities(store->shared);
}
