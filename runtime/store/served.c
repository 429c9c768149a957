#include "store/served.h"

#include "store/host_statement.h"
#include "store/store_internal.h"

int served_read(struct store *store, struct served *served, struct error *error)
{
  struct host_statement statement;
  *served = (struct served){0};
  host_statement_open(&statement, store_writer(store),
                      "SELECT version, hash FROM main.writ_served ORDER BY version DESC LIMIT 1");
  bool whole = true;
  if (host_statement_step(&statement))
    whole = host_statement_integer(&statement, 0, &served->version) &&
            host_statement_blob(&statement, 1, served->hash, sizeof served->hash);
  if (host_statement_close(&statement, "read what was served", error)) return -1;
  return whole ? 0 : error_set(error, "the table writ_served is damaged");
}

static int insert(struct connection *connection, const struct served *served, int64_t now_ms,
                  struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "INSERT INTO main.writ_served VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
  host_statement_bind_integer(&statement, served->version);
  host_statement_bind_blob(&statement, served->hash, sizeof served->hash);
  host_statement_bind_integer(&statement, now_ms);
  return host_statement_finish(&statement, "remember what is served", error);
}

int served_write(struct store *store, const struct served *served, int64_t now_ms,
                 struct error *error)
{
  struct connection *connection = store_writer(store);
  if (!store->relaxed_sync) return insert(connection, served, now_ms, error);
  if (connection_execute(connection, "PRAGMA synchronous = FULL", error)) return -1;
  int result = insert(connection, served, now_ms, error);
  if (connection_execute(connection, "PRAGMA synchronous = NORMAL", error)) result = -1;
  return result;
}
