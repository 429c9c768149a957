/* Sessions that end with what happens to rows, in the same transaction, whoever changes them by
 * whatever statement.
 *
 * Where a statement changes rows and writes the hash of a password, the sessions of their owners
 * end, but for the caller's own. Where the row of a principal goes (of a table whose owner is its
 * own key), all sessions and machines' tokens of that id end: an id that is used again must not
 * inherit them.
 *
 * The hook notes whose; a statement cannot run inside of it, so they end when the app's has run. */
#include <string.h>

#include "base/crypto.h"
#include "store/store_internal.h"

bool table_names_owner(const struct table *table)
{
  while (table->ownership == TABLE_CHILD) table = table->parent;
  return table->ownership == TABLE_OWNED && table->members.length == 0;
}

bool table_holds_principals(const struct table *table)
{
  return table->ownership == TABLE_OWNED && table_names_owner(table) && table->key != NULL &&
         strcmp(table->key, table->column) == 0;
}

static void note(struct run *run, struct value_set *set, const struct table *table,
                 sqlite3_value *value)
{
  if (value == NULL || sqlite3_value_type(value) == SQLITE_NULL || value_set_add(set, value))
    return;
  rows_breach(run, STORE_TOO_LARGE, table->name, NULL);
}

void endings_note(struct connection *connection, sqlite3 *handle, int operation,
                  const struct table *table)
{
  struct run *run = connection->run;
  if (run == NULL || operation == SQLITE_INSERT || table->ownership == TABLE_SHARED) return;
  sqlite3_value *before = rows_old_value(handle, table->column_index);
  sqlite3_value *after =
      operation == SQLITE_UPDATE ? rows_new_value(handle, table->column_index) : NULL;
  if (run->password && table == run->target && table_names_owner(table)) {
    note(run, &run->renewed, table, before);
    note(run, &run->renewed, table, after);
  }
  if (table_holds_principals(table) &&
      (before == NULL || after == NULL || rows_compare(before, after) != 0))
    note(run, &run->gone, table, before);
}

/* --- When the statement has run. --- */

/* SQL of the owner's id, where ?1 is what the row has in its owner's column, or as its reference.
 */
static char *owner_sql(const struct table *table)
{
  char *sql = sqlite3_mprintf("?1");
  while (table->ownership == TABLE_CHILD) {
    table = table->parent;
    char *outer = sqlite3_mprintf("(SELECT \"%w\" FROM main.\"%w\" WHERE \"%w\" = %z)",
                                  table->column, table->name, table->key, sql);
    sql = outer;
  }
  return sql;
}

/* `sql` is freed. */
static void end_each(struct run *run, struct connection *connection, const struct value_set *whose,
                     char *sql)
{
  sqlite3_stmt *statement = sql != NULL ? connection_prepare(connection, sql, NULL) : NULL;
  int code = statement != NULL ? SQLITE_DONE : SQLITE_NOMEM;
  if (statement != NULL && sqlite3_bind_parameter_count(statement) > 1)
    sqlite3_bind_blob(statement, 2, run->session, run->session != NULL ? HASH_BYTES : 0,
                      SQLITE_STATIC);
  for (size_t i = 0; i < whose->count && code == SQLITE_DONE; i++) {
    sqlite3_bind_value(statement, 1, whose->values[i]);
    code = sqlite3_step(statement);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  sqlite3_free(sql);
  if (code != SQLITE_DONE) rows_failed(run, code);
}

void endings_finish(struct run *run, struct connection *connection)
{
  if (run->breach != STORE_DONE || (run->renewed.count == 0 && run->gone.count == 0)) return;
  bool before = connection_host_mode(connection, true);
  if (run->renewed.count > 0)
    end_each(run, connection, &run->renewed,
             sqlite3_mprintf("DELETE FROM main.writ_session WHERE principal_id = %z"
                             " AND id IS NOT ?2 AND label IS NULL",
                             owner_sql(run->target)));
  if (run->gone.count > 0)
    end_each(run, connection, &run->gone,
             sqlite3_mprintf("DELETE FROM main.writ_session WHERE principal_id = ?1"));
  connection_host_mode(connection, before);
}
