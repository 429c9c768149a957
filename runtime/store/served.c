#include "store/served.h"

#include <inttypes.h>

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
  if (connection_begin_write(connection, error)) return -1;
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "INSERT INTO main.writ_served VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
  host_statement_bind_integer(&statement, served->version);
  host_statement_bind_blob(&statement, served->hash, sizeof served->hash);
  host_statement_bind_integer(&statement, now_ms);
  int result = host_statement_finish(&statement, "remember what is served", error);
  return connection_end_write(connection, result, error);
}

static int write_durably(struct store *store, const struct served *served, int64_t now_ms,
                         struct error *error)
{
  struct connection *connection = store_writer(store);
  if (!store->relaxed_sync) return insert(connection, served, now_ms, error);
  if (connection_execute(connection, "PRAGMA synchronous = FULL", error)) return -1;
  int result = insert(connection, served, now_ms, error);
  if (connection_execute(connection, "PRAGMA synchronous = NORMAL", error)) result = -1;
  return result;
}

int served_write(struct store *store, const struct served *served, int64_t now_ms,
                 struct error *error)
{
  struct served last;
  if (write_durably(store, served, now_ms, error) || served_read(store, &last, error)) return -1;
  if (last.version == served->version && memcmp(last.hash, served->hash, sizeof last.hash) == 0)
    return 0;
  return error_set(error, "another server has begun to serve version %" PRId64 " meanwhile",
                   last.version);
}
