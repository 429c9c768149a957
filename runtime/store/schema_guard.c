/* Whether the schema is still the one that the policy was set for.
 *
 * Writ's own commands change no schema that is served. Another program can; and a table that was
 * renamed or made anew might show, under a name that the policy knows, rows it knows nothing of. So
 * each snapshot and each write begins by looking at SQLite's counter of schema changes. VACUUM and
 * ANALYZE raise it as well: then the schema itself decides, by its hash. */
#include <string.h>

#include "store/host_statement.h"
#include "store/store_internal.h"

static int hash_schema(struct connection *connection, unsigned char hash[HASH_BYTES],
                       struct error *error)
{
  struct host_statement statement;
  struct text columns[4];
  memset(hash, 0, HASH_BYTES);
  /* ANALYZE's own tables hold nothing of the app's. */
  host_statement_open(&statement, connection,
                      "SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema"
                      " WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY type, name");
  while (host_statement_step(&statement)) {
    struct crypto_hash_part parts[5] = {{hash, HASH_BYTES}};
    for (int i = 0; i < 4; i++) {
      if (!host_statement_text(&statement, i, &columns[i])) columns[i] = TEXT("");
      parts[i + 1] = (struct crypto_hash_part){columns[i].data, columns[i].length};
    }
    crypto_hash_parts(hash, TEXT(""), parts, 5);
  }
  return host_statement_close(&statement, "read the schema", error);
}

int schema_guard_set(struct store *store, struct error *error)
{
  return hash_schema(store->writer, store->schema_hash, error);
}

int schema_guard_check(struct connection *connection, int64_t version, struct error *error)
{
  unsigned char hash[HASH_BYTES];
  if (!connection->store->has_policy || version == connection->schema_version) return 0;
  if (hash_schema(connection, hash, error) < 0) return -1;
  if (memcmp(hash, connection->store->schema_hash, HASH_BYTES) != 0)
    return error_set(error, "the database's schema was changed while it is served: the server must "
                            "be started again");
  connection->schema_version = version;
  return 0;
}
