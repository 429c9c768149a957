/* What the principals of requests are found by: which tables, and when they change.
 *
 * Servers of two versions of an app may serve one database for a while, and find principals by
 * different tables. So all processes share which tables these are: a bit of each name, which
 * another table may have as well. Then what is remembered is forgotten once too often. */
#include <string.h>

#include "base/memory.h"
#include "store/shared.h"
#include "store/store_internal.h"

uint64_t identities_bit(const char *table)
{
  unsigned hash = 0;
  for (; *table; table++) hash = hash * 31 + ((unsigned char)*table | 0x20U); /* case is nothing */
  return UINT64_C(1) << hash % 64;
}

void store_identities_by(struct store *store, const struct statement *statement)
{
  struct arena arena;
  arena_init(&arena, 4096);
  struct column_reads reads = {.arena = &arena};
  store->writer->reads = &reads;
  sqlite3_finalize(connection_prepare(store->writer, sqlite3_sql(statement->on_writer), NULL));
  store->writer->reads = NULL;
  for (size_t i = 0; i < reads.count; i++)
    shared_add_identifying(store->shared, reads.items[i].table->bit);
  store->identities_pass |= reads.clock;
  memory_free(reads.items);
  arena_deinit(&arena);
}

/* A session that begins or is used changes nothing of what may be remembered of others. */
void identities_note(struct connection *connection, int operation, const char *name,
                     const struct table *table)
{
  if (operation == SQLITE_DELETE && strcmp(name, "writ_session") == 0)
    connection->changes_identities = true;
  if (table != NULL) connection->changed_tables |= table->bit;
}

bool connection_changes_identities(const struct connection *connection)
{
  return connection->changes_identities ||
         (connection->changed_tables & shared_identifying(connection->store->shared)) != 0;
}

/* Nobody else can commit before this write does, and what other programs had committed before was
 * noticed when it began. */
bool connection_identities_are(const struct connection *connection, uint64_t version)
{
  return version != 0 && !connection_changes_identities(connection) &&
         store_identities(connection->store) == version;
}

uint64_t store_identities(const struct store *store)
{
  return store->identities_pass ? 0 : shared_identities(store->shared);
}
