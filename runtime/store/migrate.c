/* Migrations and scripts: SQL that people have reviewed, run at start, each in one transaction.
 *
 * A migration may do what it likes to the app's own schema and rows. It may not touch Writ's
 * tables, leave its transaction, attach files or change settings: mistakes, mostly, which would be
 * found too late. What has been applied is remembered by the hash of its text, and never changes
 * afterwards. */
#include <stdio.h>

#include "base/clock.h"
#include "base/crypto.h"
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
    script->why = "a PRAGMA does not belong here";
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
  unsigned line = 1;
  for (const char *c = sql.data; c < at; c++) line += *c == '\n';
  return error_set(error, "%s:%u: %s", name, line, why);
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
  int result = 0;
  if (sqlite3_step(statement) == SQLITE_ROW)
    result = error_set(error, "%s: a row of %s refers to %s and points nowhere", name,
                       (const char *)sqlite3_column_text(statement, 0),
                       (const char *)sqlite3_column_text(statement, 2));
  sqlite3_finalize(statement);
  return result;
}

static int remember(struct connection *connection, size_t position,
                    const struct migration *migration, struct error *error)
{
  unsigned char hash[HASH_BYTES];
  crypto_hash_text(hash, TEXT(""), migration->sql);
  sqlite3_stmt *statement = connection_prepare(
      connection, "INSERT INTO main.writ_migration VALUES (?1, ?2, ?3, ?4)", error);
  if (statement == NULL) return -1;
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)position);
  sqlite3_bind_text(statement, 2, migration->name, -1, SQLITE_STATIC);
  sqlite3_bind_blob(statement, 3, hash, sizeof hash, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 4, clock_wall_ms());
  bool done = sqlite3_step(statement) == SQLITE_DONE;
  sqlite3_finalize(statement);
  return done ? 0 : error_set(error, "%s", sqlite3_errmsg(connection->handle));
}

/* Runs a script in one transaction; a migration is checked and remembered in the same. */
static int run_in_transaction(struct connection *connection, const char *name, struct text sql,
                              const struct migration *migration, size_t position,
                              struct error *error)
{
  if (connection_in_transaction(connection))
    return error_set(error, "%s: a transaction is open", name);
  if (connection_begin_write(connection, error) < 0) return -1;
  int64_t own = number(connection, count_own);
  int result = run_all(connection, name, sql, error);
  if (result == 0 && !connection_in_transaction(connection))
    result = error_set(error, "%s: the transaction was dropped", name);
  if (result == 0 && number(connection, count_own) != own)
    result = error_set(error, "%s: names that begin with writ_ are Writ's own", name);
  if (result == 0 && migration != NULL) {
    result = check_references(connection, name, error);
    if (result == 0) result = remember(connection, position, migration, error);
  }
  if (result == 0) return connection_commit(connection, error);
  connection_abandon(connection, NULL);
  return -1;
}

/* Compares what was applied with the list. Returns how many there are, or -1. */
static int64_t check_applied(struct connection *connection, const struct migration *migrations,
                             size_t count, struct error *error)
{
  sqlite3_stmt *statement = connection_prepare(
      connection, "SELECT name, hash FROM main.writ_migration ORDER BY position", error);
  if (statement == NULL) return -1;
  int result = 0, code;
  size_t applied = 0;
  while (result == 0 && (code = sqlite3_step(statement)) != SQLITE_DONE) {
    if (code != SQLITE_ROW) {
      result = error_set(error, "%s", sqlite3_errmsg(connection->handle));
      break;
    }
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    const void *hash = sqlite3_column_blob(statement, 1);
    unsigned char expected[HASH_BYTES];
    if (applied == count) {
      result = error_set(error, "migration %s has been applied, but its file is missing", name);
    } else if (strcmp(name, migrations[applied].name) != 0) {
      result =
          error_set(error, "migration %s has been applied; %s may not come before it or replace it",
                    name, migrations[applied].name);
    } else {
      crypto_hash_text(expected, TEXT(""), migrations[applied].sql);
      if (sqlite3_column_bytes(statement, 1) != HASH_BYTES ||
          memcmp(hash, expected, HASH_BYTES) != 0)
        result = error_set(error,
                           "migration %s was changed after it had been applied: write a new "
                           "one instead",
                           name);
    }
    applied++;
  }
  sqlite3_finalize(statement);
  return result == 0 ? (int64_t)applied : -1;
}

int store_migrate(struct store *store, const struct migration *migrations, size_t count,
                  size_t *applied, struct error *error)
{
  struct connection *connection = store->writer;
  int64_t before = check_applied(connection, migrations, count, error);
  if (before < 0) return -1;
  /* Off, so that a table can be rebuilt without its children's rows going with it; checked instead
   * before each commit. */
  if (connection_execute(connection, "PRAGMA foreign_keys = OFF", error) < 0) return -1;
  int result = 0;
  size_t next = (size_t)before;
  while (result == 0 && next < count) {
    const struct migration *migration = &migrations[next];
    next++;
    result =
        run_in_transaction(connection, migration->name, migration->sql, migration, next, error);
  }
  if (connection_execute(connection, "PRAGMA foreign_keys = ON", error) < 0) result = -1;
  if (applied != NULL) *applied = next - (size_t)before;
  return result;
}

int store_run_script(struct store *store, const char *name, struct text sql, struct error *error)
{
  if (store->has_policy) return error_set(error, "%s: scripts run before the policy is set", name);
  return run_in_transaction(store->writer, name, sql, NULL, 0, error);
}
