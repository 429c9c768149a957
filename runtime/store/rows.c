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

void rows_breach(struct run *run, enum store_outcome outcome, const char *table, const char *column)
{
  if (run->breach != STORE_DONE) return;
  run->breach = outcome;
  snprintf(run->detail, sizeof run->detail, "%s%s%s", table, column != NULL ? "." : "",
           column != NULL ? column : "");
}

int rows_compare(sqlite3_value *a, sqlite3_value *b)
{
  int type = sqlite3_value_type(a), other = sqlite3_value_type(b);
  if (type == SQLITE_INTEGER && other == SQLITE_INTEGER) {
    int64_t x = sqlite3_value_int64(a), y = sqlite3_value_int64(b);
    return (x > y) - (x < y);
  }
  if (type <= SQLITE_FLOAT && other <= SQLITE_FLOAT) { /* numbers: the first two of the types */
    double x = sqlite3_value_double(a), y = sqlite3_value_double(b);
    return (x > y) - (x < y);
  }
  if (type != other || type == SQLITE_NULL) return type - other;
  int length = sqlite3_value_bytes(a), other_length = sqlite3_value_bytes(b);
  int shorter = length < other_length ? length : other_length;
  int order =
      shorter == 0 ? 0 : memcmp(sqlite3_value_blob(a), sqlite3_value_blob(b), (size_t)shorter);
  return order != 0 ? order : length - other_length;
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

/* Where the value is, or would be, among sorted ones. */
static size_t position(const struct value_set *set, sqlite3_value *value)
{
  size_t from = 0, to = set->count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (rows_compare(set->values[middle], value) < 0)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

static bool contains(const struct value_set *set, sqlite3_value *value)
{
  size_t at = position(set, value);
  return at < set->count && rows_compare(set->values[at], value) == 0;
}

bool value_set_add(struct value_set *set, sqlite3_value *value)
{
  size_t at = position(set, value);
  if (at < set->count && rows_compare(set->values[at], value) == 0) return true;
  if (set->count == STORE_KEYS_MAX) return false;
  if (set->count == set->capacity) {
    set->capacity = set->capacity == 0 ? 16 : set->capacity * 2;
    set->values = memory_resize(set->values, set->capacity * sizeof *set->values);
  }
  memmove(set->values + at + 1, set->values + at, (set->count - at) * sizeof *set->values);
  set->values[at] = sqlite3_value_dup(value);
  set->count++;
  return true;
}

void value_set_empty(struct value_set *set)
{
  for (size_t i = 0; i < set->count; i++) sqlite3_value_free(set->values[i]);
  memory_free(set->values);
}

static void check_owner(struct run *run, sqlite3_value *value)
{
  const struct table *table = run->target;
  bool foreign = value == NULL || sqlite3_value_type(value) == SQLITE_NULL;
  if (!foreign && run->beforehand)
    foreign = !contains(&run->allowed, value);
  else if (!foreign && table->ownership == TABLE_OWNED)
    foreign = !is_owner(run->owner, value);
  else if (!foreign && !value_set_add(&run->touched, value))
    rows_breach(run, STORE_TOO_LARGE, table->name, NULL);
  if (foreign) rows_breach(run, STORE_FOREIGN_ROW, table->name, NULL);
}

sqlite3_value *rows_old_value(sqlite3 *handle, int column)
{
  sqlite3_value *value = NULL;
  return sqlite3_preupdate_old(handle, column, &value) == SQLITE_OK ? value : NULL;
}

sqlite3_value *rows_new_value(sqlite3 *handle, int column)
{
  sqlite3_value *value = NULL;
  return sqlite3_preupdate_new(handle, column, &value) == SQLITE_OK ? value : NULL;
}

/* A guarded column keeps its value, or begins with its default; and a row that makes way for
 * another (REPLACE) takes none away but the default. */
static void check_guarded(struct run *run, sqlite3 *handle, int operation,
                          const struct guarded_column *guarded)
{
  sqlite3_value *now =
      operation == SQLITE_DELETE ? guarded->initial : rows_new_value(handle, guarded->index);
  sqlite3_value *before = guarded->initial;
  if (operation != SQLITE_INSERT) {
    before = rows_old_value(handle, guarded->index);
    /* The row is older than the column: it reads as the default (which is then NOT NULL). */
    if (before != NULL && sqlite3_value_type(before) == SQLITE_NULL) before = guarded->initial;
  }
  if (now == NULL || before == NULL || rows_compare(before, now) != 0)
    rows_breach(run, STORE_GUARDED, run->target->name, guarded->name);
}

/* Mostly it is the statement's own. */
static const struct table *find_table(const struct connection *connection, const char *name)
{
  const struct table *target = connection->run != NULL ? connection->run->target : NULL;
  if (target != NULL && strcmp(target->name, name) == 0) return target;
  return store_table(connection->store, text_of(name));
}

void rows_changed(void *context, sqlite3 *handle, int operation, const char *database,
                  const char *name, sqlite3_int64 before, sqlite3_int64 after)
{
  (void)before, (void)after;
  struct connection *connection = context;
  struct run *run = connection->run;
  if (strcmp(database, "main") == 0) {
    const struct table *changed = find_table(connection, name);
    identities_note(connection, operation, name, changed);
    if (changed != NULL) endings_note(connection, handle, operation, changed);
  }
  if (run == NULL || run->breach != STORE_DONE || sqlite3_preupdate_depth(handle) > 0) return;
  const struct table *table = run->target;
  if (table == NULL || strcmp(database, "main") != 0 || sqlite3_stricmp(name, table->name) != 0) {
    rows_breach(run, STORE_FOREIGN_ROW, name, NULL);
    return;
  }
  if ((run->rights & STATEMENT_FOREIGN) == 0 && table->ownership != TABLE_SHARED) {
    if (operation != SQLITE_INSERT) check_owner(run, rows_old_value(handle, table->column_index));
    if (operation != SQLITE_DELETE) check_owner(run, rows_new_value(handle, table->column_index));
  }
  if ((run->rights & STATEMENT_GUARDED) == 0 && (operation != SQLITE_DELETE || !run->deletes))
    for (size_t i = 0; i < table->guarded_count; i++)
      check_guarded(run, handle, operation, &table->guarded[i]);
}

/* --- Lookups, by Writ's own statements. --- */

static void append_quoted(struct buffer *sql, const char *before, const char *name)
{
  buffer_append_text(sql, text_of(before));
  sql_append_quoted(sql, text_of(name));
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

void rows_failed(struct run *run, int code)
{
  rows_breach(run, code == SQLITE_INTERRUPT ? STORE_INTERRUPTED : STORE_FAILED, run->target->name,
              NULL);
}

static void fetch_allowed(struct run *run, sqlite3_stmt *statement)
{
  int code = SQLITE_ERROR;
  while (statement != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (value_set_add(&run->allowed, sqlite3_column_value(statement, 0))) continue;
    rows_breach(run, STORE_TOO_LARGE, run->target->name, NULL);
    break;
  }
  if (code != SQLITE_DONE) rows_failed(run, code);
  sqlite3_reset(statement);
}

int rows_begin(struct run *run, struct connection *connection)
{
  const struct table *table = run->target;
  if (!run->beforehand || (run->rights & STATEMENT_FOREIGN) != 0) return 0;
  struct row_checks *checks = &connection->checks[table->index];
  bool before = connection_host_mode(connection, true);
  if (checks->allowed == NULL) checks->allowed = prepare_lookup(connection, table, false);
  fetch_allowed(run, checks->allowed);
  connection_host_mode(connection, before);
  return run->breach == STORE_DONE ? 0 : -1;
}

void rows_finish(struct run *run, struct connection *connection)
{
  if (run->touched.count == 0 || run->breach != STORE_DONE) return;
  struct row_checks *checks = &connection->checks[run->target->index];
  bool before = connection_host_mode(connection, true);
  if (checks->probe == NULL) checks->probe = prepare_lookup(connection, run->target, true);
  for (size_t i = 0; i < run->touched.count && run->breach == STORE_DONE; i++) {
    sqlite3_bind_value(checks->probe, 1, run->touched.values[i]);
    int code = sqlite3_step(checks->probe);
    if (code == SQLITE_DONE)
      rows_breach(run, STORE_FOREIGN_ROW, run->target->name, NULL);
    else if (code != SQLITE_ROW)
      rows_failed(run, code);
    sqlite3_reset(checks->probe);
  }
  sqlite3_clear_bindings(checks->probe);
  connection_host_mode(connection, before);
}

void rows_release(struct run *run)
{
  value_set_empty(&run->allowed);
  value_set_empty(&run->touched);
  value_set_empty(&run->renewed);
  value_set_empty(&run->gone);
}
