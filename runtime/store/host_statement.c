/* Writ's own SQL, a thin and strict layer over prepared statements: types are checked on the way
 * out, so that a damaged table is an error and never a misread value. Each is prepared once for a
 * connection: preparing it costs several times what running it does. Never runs SQL that came from
 * outside. */
#include "store/store_internal.h" /* first: it asks sqlite3.h for the pre-update hook */

#include <string.h>

#include "store/host_statement.h"

static void note(struct host_statement *statement, int code)
{
  if (statement->code == SQLITE_OK) statement->code = code;
}

static bool failed(const struct host_statement *statement)
{
  return statement->code != SQLITE_OK;
}

/* NULL if there is none, or if it is being used. */
static struct kept_statement *find_kept(struct connection *connection, const char *sql)
{
  for (size_t i = 0; i < connection->kept_count; i++) {
    struct kept_statement *kept = &connection->kept[i];
    if (kept->sql == sql && !kept->taken && strcmp(sqlite3_sql(kept->handle), sql) == 0)
      return kept;
  }
  return NULL;
}

static void prepare(struct host_statement *statement, const char *sql)
{
  struct connection *connection = statement->connection;
  bool before = connection_host_mode(connection, true);
  note(statement, sqlite3_prepare_v3(connection_handle(connection), sql, -1,
                                     SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL));
  connection_host_mode(connection, before);
  if (failed(statement) || connection->kept_count == KEPT_STATEMENTS_MAX) return;
  statement->kept = &connection->kept[connection->kept_count++];
  *statement->kept = (struct kept_statement){.sql = sql, .handle = statement->handle};
}

void host_statement_open(struct host_statement *statement, struct connection *connection,
                         const char *sql)
{
  *statement = (struct host_statement){.connection = connection};
  statement->kept = find_kept(connection, sql);
  if (statement->kept)
    statement->handle = statement->kept->handle;
  else
    prepare(statement, sql);
  if (statement->kept) statement->kept->taken = true;
}

void host_statement_bind_integer(struct host_statement *statement, int64_t integer)
{
  if (failed(statement)) return;
  note(statement, sqlite3_bind_int64(statement->handle, ++statement->bound, integer));
}

void host_statement_bind_text(struct host_statement *statement, struct text text)
{
  if (failed(statement)) return;
  const char *data = text.length > 0 ? text.data : "";
  note(statement, sqlite3_bind_text64(statement->handle, ++statement->bound, data, text.length,
                                      SQLITE_STATIC, SQLITE_UTF8));
}

void host_statement_bind_blob(struct host_statement *statement, const void *data, size_t length)
{
  if (failed(statement)) return;
  note(statement,
       sqlite3_bind_blob64(statement->handle, ++statement->bound, data, length, SQLITE_STATIC));
}

void host_statement_bind_id(struct host_statement *statement, const struct json *id)
{
  if (failed(statement)) return;
  switch (id->type) {
  case JSON_STRING:
    host_statement_bind_text(statement, json_text(id));
    break;
  case JSON_INTEGER:
    host_statement_bind_integer(statement, id->integer);
    break;
  case JSON_NULL:
    note(statement, sqlite3_bind_null(statement->handle, ++statement->bound));
    break;
  default:
    note(statement, SQLITE_MISMATCH);
  }
}

bool host_statement_step(struct host_statement *statement)
{
  if (failed(statement)) return false;
  bool before = connection_host_mode(statement->connection, true);
  int code = sqlite3_step(statement->handle);
  connection_host_mode(statement->connection, before);
  if (code != SQLITE_ROW && code != SQLITE_DONE) note(statement, code);
  return code == SQLITE_ROW;
}

bool host_statement_integer(struct host_statement *statement, int column, int64_t *integer)
{
  if (sqlite3_column_type(statement->handle, column) != SQLITE_INTEGER) return false;
  *integer = sqlite3_column_int64(statement->handle, column);
  return true;
}

bool host_statement_text(struct host_statement *statement, int column, struct text *text)
{
  if (sqlite3_column_type(statement->handle, column) != SQLITE_TEXT) return false;
  const unsigned char *data = sqlite3_column_text(statement->handle, column);
  *text =
      (struct text){(const char *)data, (size_t)sqlite3_column_bytes(statement->handle, column)};
  return data != NULL;
}

bool host_statement_blob(struct host_statement *statement, int column, void *out, size_t length)
{
  if (sqlite3_column_type(statement->handle, column) != SQLITE_BLOB) return false;
  const void *data = sqlite3_column_blob(statement->handle, column);
  if (data == NULL || (size_t)sqlite3_column_bytes(statement->handle, column) != length)
    return false;
  memcpy(out, data, length);
  return true;
}

bool host_statement_id(struct host_statement *statement, int column, struct json *id)
{
  struct text text;
  int64_t integer;
  if (host_statement_text(statement, column, &text)) {
    *id = json_string(text);
    return true;
  }
  if (host_statement_integer(statement, column, &integer)) {
    *id = json_integer(integer);
    return true;
  }
  *id = json_null();
  return sqlite3_column_type(statement->handle, column) == SQLITE_NULL;
}

int host_statement_close(struct host_statement *statement, const char *task, struct error *error)
{
  int result = 0;
  if (failed(statement)) {
    sqlite3 *handle = connection_handle(statement->connection);
    bool known = sqlite3_extended_errcode(handle) == statement->code ||
                 sqlite3_errcode(handle) == statement->code;
    result = error_set(error, "cannot %s: %s", task,
                       known ? sqlite3_errmsg(handle) : sqlite3_errstr(statement->code));
  }
  if (statement->kept) {
    sqlite3_reset(statement->handle);
    sqlite3_clear_bindings(statement->handle); /* they are only borrowed */
    statement->kept->taken = false;
  } else {
    sqlite3_finalize(statement->handle);
  }
  statement->handle = NULL;
  return result;
}

int host_statement_finish(struct host_statement *statement, const char *task, struct error *error)
{
  while (host_statement_step(statement)) continue;
  return host_statement_close(statement, task, error);
}
