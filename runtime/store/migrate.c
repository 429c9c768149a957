/* Migrations and scripts: SQL that people have reviewed, each run in one transaction.
 *
 * A migration may do what it likes to the app's own schema and rows. It may not touch Writ's
 * tables, leave its transaction, attach files or change settings: mistakes, mostly, which would be
 * found too late. What has been applied is remembered by the hash of its text, and never changes
 * afterwards.
 *
 * Several processes may migrate one database at the same time: what is pending is looked up inside
 * the transaction that applies it. */
#include "store/migrate.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "store/audit.h"
#include "store/host_statement.h"
#include "store/store_internal.h"

static bool is_writs(const char *name)
{
  return name != NULL && strlen(name) >= 5 && sql_same_name((struct text){name, 5}, TEXT("writ_"));
}

struct script {
  const char *why;
};

static int decide(void *context, int operation, const char *a, const char *b, const char *database,
                  const char *within)
{
  struct script *script = context;
  (void)database, (void)within;
  switch (operation) {
  case SQLITE_TRANSACTION:
  case SQLITE_SAVEPOINT:
    script->why = "it runs in one transaction of its own: leave out BEGIN, COMMIT and SAVEPOINT";
    return SQLITE_DENY;
  case SQLITE_PRAGMA: /* ALTER TABLE ADD COLUMN runs a check of its own */
    if (a != NULL && strcmp(a, "quick_check") == 0) return SQLITE_OK;
    script->why =
        "a PRAGMA does not belong here; foreign keys are off already, and checked at the end";
    return SQLITE_DENY;
  case SQLITE_ATTACH:
  case SQLITE_DETACH:
    script->why = "other files are out of reach";
    return SQLITE_DENY;
  case SQLITE_CREATE_VTABLE:
    script->why =
        "rows of a virtual table (FTS5 too) cannot be held against their owners: keep them "
        "in a plain table, and search it with LIKE or GLOB";
    return SQLITE_DENY;
  case SQLITE_CREATE_TEMP_INDEX:
  case SQLITE_CREATE_TEMP_TABLE:
  case SQLITE_CREATE_TEMP_TRIGGER:
  case SQLITE_CREATE_TEMP_VIEW:
    script->why = "temporary tables, views and triggers do not belong here";
    return SQLITE_DENY;
  default:
    break;
  }
  if (is_writs(a) || is_writs(b)) {
    script->why = "names that begin with writ_ are Writ's own";
    return SQLITE_DENY;
  }
  return SQLITE_OK;
}

static int script_error(const char *name, struct text sql, const char *at, const char *why,
                        struct error *error)
{
  struct source source = {name, sql};
  unsigned line, column;
  source_locate(&source, (size_t)(at - sql.data), &line, &column);
  return error_set(error, "%s:%u:%u: %s", name, line, column, why);
}

/* The first byte that is neither white space nor comment, for the line of an error. */
static const char *first_token(const char *from, const char *end)
{
  struct text rest = {from, (size_t)(end - from)};
  return sql_next(&rest).text.data;
}

static int run_all(struct connection *connection, const char *name, struct text sql,
                   struct error *error)
{
  struct script script = {0};
  const char *next = sql.data, *end = sql.data + sql.length;
  int code = SQLITE_OK;
  if (sql.length > 0 && memchr(sql.data, '\0', sql.length) != NULL)
    return error_set(error, "%s: it contains a NUL byte", name);
  while (code == SQLITE_OK && next < end) {
    const char *from = next, *start = first_token(from, end);
    sqlite3_stmt *statement = NULL;
    connection_guard(connection, decide, &script);
    code = sqlite3_prepare_v2(connection->handle, from, (int)(end - from), &statement, &next);
    if (code == SQLITE_OK && statement != NULL) {
      do code = sqlite3_step(statement);
      while (code == SQLITE_ROW);
      if (code == SQLITE_DONE) code = SQLITE_OK;
    }
    connection_unguard(connection);
    int at = sqlite3_error_offset(connection->handle);
    if (code != SQLITE_OK)
      script_error(name, sql, statement == NULL && at > 0 ? from + at : start,
                   script.why != NULL ? script.why : sqlite3_errmsg(connection->handle), error);
    sqlite3_finalize(statement);
  }
  return code == SQLITE_OK ? 0 : -1;
}

/* A statement of one number; -1 if it cannot be had. */
static int64_t number(struct connection *connection, const char *sql)
{
  sqlite3_stmt *statement = connection_prepare(connection, sql, NULL);
  if (statement == NULL) return -1;
  int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
  sqlite3_finalize(statement);
  return value;
}

/* Objects that bear Writ's prefix or stand on its tables: a script must leave them as they are. */
static const char count_own[] =
    "SELECT count(*) FROM sqlite_schema WHERE substr(lower(name), 1, 5) = 'writ_'"
    " OR substr(lower(tbl_name), 1, 5) = 'writ_'";

static int check_references(struct connection *connection, const char *name, struct error *error)
{
  sqlite3_stmt *statement = connection_prepare(connection, "PRAGMA foreign_key_check", error);
  if (statement == NULL) return -1;
  int result = 0, code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    result = error_set(error, "%s: a row of %s refers to %s and points nowhere", name,
                       (const char *)sqlite3_column_text(statement, 0),
                       (const char *)sqlite3_column_text(statement, 2));
  else if (code != SQLITE_DONE)
    result = error_set(error, "%s: its references cannot be checked: %s", name,
                       sqlite3_errmsg(connection->handle));
  sqlite3_finalize(statement);
  return result;
}

/* --- What stays of a migration. --- */

static int remember(struct connection *connection, int64_t position,
                    const struct migration *migration, const unsigned char hash[HASH_BYTES],
                    int64_t now_ms, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "INSERT INTO main.writ_migration VALUES (?1, ?2, ?3, ?4)");
  host_statement_bind_integer(&statement, position);
  host_statement_bind_text(&statement, text_of(migration->name));
  host_statement_bind_blob(&statement, hash, HASH_BYTES);
  host_statement_bind_integer(&statement, now_ms);
  return host_statement_finish(&statement, "remember a migration", error);
}

/* Its hash stands where a contract's would: what was done is what this text says. */
static int record(struct connection *connection, const struct migration *migration,
                  const unsigned char hash[HASH_BYTES], int64_t now_ms, int64_t duration_us,
                  struct error *error)
{
  char resource[300];
  if (connection->store->audit_key == NULL) return 0;
  snprintf(resource, sizeof resource, "{\"migration\":\"%s\"}", migration->name);
  struct audit_entry entry =
      audit_host_entry(now_ms, TEXT("migration"), TEXT(""), text_of(resource));
  entry.duration_us = duration_us;
  memcpy(entry.contract_hash, hash, HASH_BYTES);
  return audit_append(connection, connection->store->audit_key, &entry, error);
}

static int keep(struct connection *connection, const struct migration *migration, int64_t position,
                uint64_t begun_ns, struct error *error)
{
  unsigned char hash[HASH_BYTES];
  int64_t now_ms = clock_wall_ms();
  int64_t duration_us = (int64_t)((clock_monotonic_ns() - begun_ns) / 1000);
  crypto_hash_text(hash, TEXT(""), migration->sql);
  if (check_references(connection, migration->name, error) < 0) return -1;
  if (remember(connection, position, migration, hash, now_ms, error) < 0) return -1;
  return record(connection, migration, hash, now_ms, duration_us, error);
}

/* --- Transactions. --- */

/* What a script did to Writ's own tables, or to its transaction, it must not have done. */
static int run_script(struct connection *connection, const char *name, struct text sql,
                      struct error *error)
{
  int64_t own = number(connection, count_own);
  if (run_all(connection, name, sql, error) < 0) return -1;
  if (!connection_in_transaction(connection))
    return error_set(error, "%s: the transaction was dropped", name);
  if (number(connection, count_own) != own)
    return error_set(error, "%s: names that begin with writ_ are Writ's own", name);
  return 0;
}

static int begin(struct connection *connection, const char *name, struct error *error)
{
  if (connection_in_transaction(connection))
    return error_set(error, "%s: a transaction is open", name);
  if (connection_begin_write(connection, error) < 0) return -1;
  connection->changes_identities = true; /* no policy says yet which tables do */
  return 0;
}

int store_run_script(struct store *store, const char *name, struct text sql, struct error *error)
{
  if (store->has_policy) return error_set(error, "%s: scripts run before the policy is set", name);
  if (begin(store->writer, name, error) < 0) return -1;
  return connection_end_write(store->writer, run_script(store->writer, name, sql, error), error);
}

/* --- Applying. --- */

/* Looks up what is pending, now. *next is the first of it, or NULL. */
static int find_pending(struct connection *connection, const struct migration *migrations,
                        size_t count, const struct migration **next, int64_t *position,
                        struct error *error)
{
  struct arena arena;
  struct migration_status *statuses;
  size_t pending;
  *next = NULL;
  arena_init(&arena, 4096);
  int result = store_migration_status(connection, migrations, &count, &arena, &statuses, error);
  if (result == 0) result = migrations_check(statuses, count, &pending, error);
  if (result == 0 && pending > 0) {
    *next = statuses[count - pending].migration;
    *position = (int64_t)(count - pending) + 1;
  }
  arena_deinit(&arena);
  return result;
}

struct cpu_bound {
  uint64_t end_ns;
};

static bool is_used_up(void *context)
{
  const struct cpu_bound *bound = context;
  return clock_thread_cpu_ns() > bound->end_ns;
}

static int run_migration(struct connection *connection, const struct migration *migration,
                         struct error *error)
{
  int64_t cpu_max_ms = connection->store->migration_cpu_max_ms;
  struct cpu_bound bound = {clock_thread_cpu_ns() + (uint64_t)cpu_max_ms * 1000000};
  struct error cause = {0};
  if (cpu_max_ms > 0) connection_set_interrupt(connection, is_used_up, &bound);
  int result = run_script(connection, migration->name, migration->sql, &cause);
  connection_set_interrupt(connection, NULL, NULL);
  if (result < 0 && cpu_max_ms > 0 && is_used_up(&bound))
    return error_set(error, "%s: it has not ended after %g s of CPU time: does it ever?",
                     migration->name, (double)cpu_max_ms / 1000);
  return result < 0 ? error_set(error, "%s", cause.message) : 0;
}

/* Applies the first one that is pending. *done: there was none. */
static int apply_next(struct connection *connection, const struct migration *migrations,
                      size_t count, bool *done, struct error *error)
{
  uint64_t begun_ns = clock_monotonic_ns();
  const struct migration *next = NULL;
  int64_t position;
  if (begin(connection, "migrations", error) < 0) return -1;
  int result = find_pending(connection, migrations, count, &next, &position, error);
  *done = next == NULL;
  if (result == 0 && next != NULL) {
    result = run_migration(connection, next, error);
    if (result == 0) result = keep(connection, next, position, begun_ns, error);
  }
  return connection_end_write(connection, result, error);
}

int store_migrate(struct store *store, const struct migration *migrations, size_t count,
                  size_t *applied, struct error *error)
{
  struct connection *connection = store->writer;
  const struct migration *next;
  int64_t position;
  size_t total = 0;
  /* Without the lock first: where nothing is pending, nobody is to be waited for. */
  int result = find_pending(connection, migrations, count, &next, &position, error);
  bool done = next == NULL;
  /* Off, so that a table can be rebuilt without its children's rows going with it; checked instead
   * before each commit. */
  if (connection_execute(connection, "PRAGMA foreign_keys = OFF", error) < 0) return -1;
  while (result == 0 && !done) {
    result = apply_next(connection, migrations, count, &done, error);
    total += result == 0 && !done;
  }
  if (connection_execute(connection, "PRAGMA foreign_keys = ON", error) < 0) result = -1;
  if (applied != NULL) *applied = total;
  return result;
}

void store_record_migrations(struct store *store, const unsigned char *key)
{
  store->audit_key = key;
}

void store_bound_migrations(struct store *store, int64_t cpu_max_ms)
{
  store->migration_cpu_max_ms = cpu_max_ms;
}
