/* Every row that a statement of an app writes is held against its owner, before and after, and
 * against its guarded columns: in SQLite's pre-update hook, which sees the rows themselves,
 * whatever the SQL said.
 *
 * What triggers and foreign keys do (depth above 0) is the schema's business. The hook cannot stop
 * the statement; it notes the breach, and the statement fails when it has run. A query cannot run
 * inside the hook either, for indexes are ahead of their table there. So a child's references are
 * collected, and the parents looked up when the statement is done. Where that lookup would read
 * what the statement itself changes (a membership that makes its writer a member), everything that
 * the principal owns is fetched beforehand instead. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/store_internal.h"

static void breach(struct run *run, enum store_outcome outcome, const char *table,
                   const char *column)
{
  if (run->breach != STORE_DONE) return;
  run->breach = outcome;
  snprintf(run->detail, sizeof run->detail, "%s%s%s", table, column != NULL ? "." : "",
           column != NULL ? column : "");
}

static bool same_value(sqlite3_value *a, sqlite3_value *b)
{
  int type = sqlite3_value_type(a), other = sqlite3_value_type(b);
  bool numbers = (type == SQLITE_INTEGER || type == SQLITE_FLOAT) &&
                 (other == SQLITE_INTEGER || other == SQLITE_FLOAT);
  if (numbers && (type == SQLITE_FLOAT || other == SQLITE_FLOAT))
    return sqlite3_value_double(a) == sqlite3_value_double(b);
  if (type != other) return false;
  if (type == SQLITE_NULL) return true;
  if (type == SQLITE_INTEGER) return sqlite3_value_int64(a) == sqlite3_value_int64(b);
  const void *bytes = sqlite3_value_blob(a), *others = sqlite3_value_blob(b);
  int length = sqlite3_value_bytes(a);
  if (length != sqlite3_value_bytes(b)) return false;
  return length == 0 ||
         (bytes != NULL && others != NULL && memcmp(bytes, others, (size_t)length) == 0);
}

/* By type and bytes: "5" does not own what 5 owns. Null owns nothing. */
static bool is_owner(const struct json *owner, sqlite3_value *value)
{
  if (owner == NULL) return false;
  int type = sqlite3_value_type(value);
  if (owner->type == JSON_INTEGER)
    return type == SQLITE_INTEGER && sqlite3_value_int64(value) == owner->integer;
  if (owner->type != JSON_STRING || type != SQLITE_TEXT) return false;
  const unsigned char *bytes = sqlite3_value_text(value);
  return bytes != NULL && (size_t)sqlite3_value_bytes(value) == owner->length &&
         memcmp(bytes, owner->string, owner->length) == 0;
}

static bool contains(sqlite3_value *const *values, size_t count, sqlite3_value *value)
{
  for (size_t i = count; i-- > 0;)
    if (same_value(values[i], value)) return true;
  return false;
}

/* Keeps a reference to a parent, to be looked up afterwards; the last few are not kept twice. */
static void collect(struct run *run, sqlite3_value *value)
{
  enum { REMEMBERED = 8 };
  size_t recent = run->touched_count < REMEMBERED ? run->touched_count : REMEMBERED;
  if (contains(run->touched + run->touched_count - recent, recent, value)) return;
  if (run->touched_count == STORE_KEYS_MAX) {
    breach(run, STORE_TOO_LARGE, run->target->name, NULL);
    return;
  }
  if (run->touched_count == run->touched_capacity) {
    run->touched_capacity = run->touched_capacity == 0 ? 16 : run->touched_capacity * 2;
    run->touched = memory_resize(run->touched, run->touched_capacity * sizeof *run->touched);
  }
  run->touched[run->touched_count++] = sqlite3_value_dup(value);
}

static void check_owner(struct run *run, sqlite3_value *value)
{
  const struct table *table = run->target;
  bool foreign = value == NULL || sqlite3_value_type(value) == SQLITE_NULL;
  if (!foreign && table->beforehand)
    foreign = !contains(run->allowed, run->allowed_count, value);
  else if (!foreign && table->ownership == TABLE_CHILD)
    collect(run, value);
  else if (!foreign)
    foreign = !is_owner(run->owner, value);
  if (foreign) breach(run, STORE_FOREIGN_ROW, table->name, NULL);
}

static sqlite3_value *old_value(sqlite3 *handle, int column)
{
  sqlite3_value *value = NULL;
  return sqlite3_preupdate_old(handle, column, &value) == SQLITE_OK ? value : NULL;
}

static sqlite3_value *new_value(sqlite3 *handle, int column)
{
  sqlite3_value *value = NULL;
  return sqlite3_preupdate_new(handle, column, &value) == SQLITE_OK ? value : NULL;
}

/* A guarded column keeps its value, or begins with its default. */
static void check_guarded(struct run *run, sqlite3 *handle, int operation,
                          const struct guarded_column *guarded)
{
  sqlite3_value *now = new_value(handle, guarded->index);
  sqlite3_value *before = guarded->initial;
  if (operation == SQLITE_UPDATE) {
    before = old_value(handle, guarded->index);
    /* The row is older than the column: it reads as the default (which is then NOT NULL). */
    if (before != NULL && sqlite3_value_type(before) == SQLITE_NULL) before = guarded->initial;
  }
  if (now == NULL || before == NULL || !same_value(before, now))
    breach(run, STORE_GUARDED, run->target->name, guarded->name);
}

void rows_changed(void *context, sqlite3 *handle, int operation, const char *database,
                  const char *name, sqlite3_int64 before, sqlite3_int64 after)
{
  (void)before, (void)after;
  struct connection *connection = context;
  struct run *run = connection->run;
  if (run == NULL || run->breach != STORE_DONE || sqlite3_preupdate_depth(handle) > 0) return;
  const struct table *table = run->target;
  if (table == NULL || strcmp(database, "main") != 0 || sqlite3_stricmp(name, table->name) != 0) {
    breach(run, STORE_FOREIGN_ROW, name, NULL);
    return;
  }
  if ((run->rights & STATEMENT_FOREIGN) == 0 && table->ownership != TABLE_SHARED) {
    if (operation != SQLITE_INSERT) check_owner(run, old_value(handle, table->column_index));
    if (operation != SQLITE_DELETE) check_owner(run, new_value(handle, table->column_index));
  }
  if ((run->rights & STATEMENT_GUARDED) == 0 && operation != SQLITE_DELETE)
    for (size_t i = 0; i < table->guarded_count; i++)
      check_guarded(run, handle, operation, &table->guarded[i]);
}

/* --- Lookups, by Writ's own statements. --- */

static void append_quoted(struct buffer *sql, const char *before, const char *name)
{
  char *quoted = sqlite3_mprintf("%s\"%w\"", before, name);
  buffer_append_text(sql, text_of(quoted));
  sqlite3_free(quoted);
}

static sqlite3_stmt *prepare_lookup(struct connection *connection, const struct table *table,
                                    bool by_key)
{
  struct buffer sql = {0};
  if (table->ownership == TABLE_OWNED) {
    buffer_append_text(&sql, table->members);
  } else {
    const struct table *parent = table->parent;
    append_quoted(&sql, "SELECT ", parent->key);
    append_quoted(&sql, " FROM main.", parent->name);
    buffer_print(&sql, " WHERE (%.*s)", TEXT_ARGS(parent->condition));
    if (by_key) {
      append_quoted(&sql, " AND ", parent->key);
      buffer_append_text(&sql, TEXT(" = ?1"));
    }
  }
  buffer_append_byte(&sql, '\0');
  sqlite3_stmt *statement = connection_prepare(connection, sql.data, NULL);
  buffer_deinit(&sql);
  return statement;
}

static void fetch_allowed(struct run *run, sqlite3_stmt *statement)
{
  size_t capacity = 0;
  int code = SQLITE_ERROR;
  while (statement != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (run->allowed_count == STORE_KEYS_MAX) {
      breach(run, STORE_TOO_LARGE, run->target->name, NULL);
      break;
    }
    if (run->allowed_count == capacity) {
      capacity = capacity == 0 ? 16 : capacity * 2;
      run->allowed = memory_resize(run->allowed, capacity * sizeof *run->allowed);
    }
    run->allowed[run->allowed_count++] = sqlite3_value_dup(sqlite3_column_value(statement, 0));
  }
  if (code == SQLITE_INTERRUPT)
    breach(run, STORE_INTERRUPTED, run->target->name, NULL);
  else if (code != SQLITE_DONE)
    breach(run, STORE_FAILED, run->target->name, NULL);
  sqlite3_reset(statement);
}

int rows_begin(struct run *run, struct connection *connection)
{
  const struct table *table = run->target;
  if (table == NULL || !table->beforehand || (run->rights & STATEMENT_FOREIGN) != 0) return 0;
  struct row_checks *checks = &connection->checks[table->index];
  bool before = connection_host_mode(connection, true);
  if (checks->allowed == NULL) checks->allowed = prepare_lookup(connection, table, false);
  fetch_allowed(run, checks->allowed);
  connection_host_mode(connection, before);
  return run->breach == STORE_DONE ? 0 : -1;
}

void rows_finish(struct run *run, struct connection *connection)
{
  if (run->touched_count == 0 || run->breach != STORE_DONE) return;
  struct row_checks *checks = &connection->checks[run->target->index];
  bool before = connection_host_mode(connection, true);
  if (checks->probe == NULL) checks->probe = prepare_lookup(connection, run->target, true);
  for (size_t i = 0; i < run->touched_count && run->breach == STORE_DONE; i++) {
    sqlite3_bind_value(checks->probe, 1, run->touched[i]);
    int code = sqlite3_step(checks->probe);
    if (code == SQLITE_DONE)
      breach(run, STORE_FOREIGN_ROW, run->target->name, NULL);
    else if (code == SQLITE_INTERRUPT)
      breach(run, STORE_INTERRUPTED, run->target->name, NULL);
    else if (code != SQLITE_ROW)
      breach(run, STORE_FAILED, run->target->name, NULL);
    sqlite3_reset(checks->probe);
  }
  sqlite3_clear_bindings(checks->probe);
  connection_host_mode(connection, before);
}

void rows_release(struct run *run)
{
  for (size_t i = 0; i < run->allowed_count; i++) sqlite3_value_free(run->allowed[i]);
  for (size_t i = 0; i < run->touched_count; i++) sqlite3_value_free(run->touched[i]);
  memory_free(run->allowed);
  memory_free(run->touched);
}
