/* Running a compiled statement: bind, step, read rows, and tell a failure from a breach. A breach
 * wins over whatever SQLite says of the same statement. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/statement.h"
#include "store/store_internal.h"

struct execution {
  struct statement *statement;
  sqlite3_stmt *handle;
  struct arena *arena;
  struct store_failure *failure;
  size_t result_bytes;
};

static int fail(struct store_failure *failure, enum store_outcome outcome, const char *detail)
{
  failure->outcome = outcome;
  snprintf(failure->detail, sizeof failure->detail, "%s", detail);
  return -1;
}

/* --- What SQLite's failures mean. --- */

static void set_constraint(struct store_failure *failure, enum constraint_kind kind,
                           const char *message)
{
  const char *detail = strstr(message, " constraint failed: ");
  failure->constraint = kind;
  fail(failure, STORE_CONSTRAINT, detail != NULL ? detail + strlen(" constraint failed: ") : "");
}

void failure_of(sqlite3 *handle, int code, struct store_failure *failure)
{
  const char *message = sqlite3_errmsg(handle);
  switch (code) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
  case SQLITE_CONSTRAINT_ROWID:
    set_constraint(failure, CONSTRAINT_UNIQUE, message);
    return;
  case SQLITE_CONSTRAINT_CHECK:
    set_constraint(failure, CONSTRAINT_CHECK, message);
    return;
  case SQLITE_CONSTRAINT_TRIGGER:
    /* RAISE(ABORT, 'text') in a trigger of the schema, or RESTRICT, which SQLite implements as one.
     */
    failure->constraint = strcmp(message, "FOREIGN KEY constraint failed") == 0
                              ? CONSTRAINT_FOREIGN_KEY
                              : CONSTRAINT_CHECK;
    fail(failure, STORE_CONSTRAINT, message);
    return;
  case SQLITE_CONSTRAINT_NOTNULL:
    set_constraint(failure, CONSTRAINT_NOT_NULL, message);
    return;
  case SQLITE_CONSTRAINT_FOREIGNKEY:
    set_constraint(failure, CONSTRAINT_FOREIGN_KEY, message);
    return;
  default:
    break;
  }
  switch (code & 0xff) {
  case SQLITE_TOOBIG:
    fail(failure, STORE_TOO_LARGE, message);
    return;
  case SQLITE_INTERRUPT:
    fail(failure, STORE_INTERRUPTED, message);
    return;
  case SQLITE_CONSTRAINT: /* a STRICT table refuses the type */
  case SQLITE_MISMATCH:
    fail(failure, STORE_BAD_VALUE, message);
    return;
  case SQLITE_ERROR: /* malformed JSON, integer overflow, a LIKE pattern beyond the limit */
    fail(failure, strstr(message, "too complex") != NULL ? STORE_TOO_LARGE : STORE_BAD_VALUE,
         message);
    return;
  default:
    fail(failure, STORE_FAILED, message);
    return;
  }
}

/* --- Parameters. --- */

static int bind_text(struct execution *execution, size_t index, struct text text)
{
  if (text.length > STORE_PARAMETER_MAX_BYTES)
    return fail(execution->failure, STORE_TOO_LARGE,
                execution->statement->info.parameters[index].data);
  const char *data = text.length > 0 ? text.data : "";
  int code = sqlite3_bind_text64(execution->handle, (int)index + 1, data, text.length,
                                 SQLITE_STATIC, SQLITE_UTF8);
  return code == SQLITE_OK ? 0 : fail(execution->failure, STORE_FAILED, "binding failed");
}

static int bind(struct execution *execution, size_t index, const struct json *value)
{
  int at = (int)index + 1;
  switch (value == NULL ? JSON_NULL : value->type) {
  case JSON_NULL:
    sqlite3_bind_null(execution->handle, at);
    return 0;
  case JSON_BOOLEAN:
    sqlite3_bind_int(execution->handle, at, value->boolean ? 1 : 0);
    return 0;
  case JSON_INTEGER:
    sqlite3_bind_int64(execution->handle, at, value->integer);
    return 0;
  case JSON_REAL: /* SQLite would take NaN for NULL, and lets an infinity pass every upper bound */
    if (!isfinite(value->real))
      return fail(execution->failure, STORE_BAD_VALUE,
                  execution->statement->info.parameters[index].data);
    sqlite3_bind_double(execution->handle, at, value->real);
    return 0;
  case JSON_STRING:
    return bind_text(execution, index, (struct text){value->string, value->length});
  case JSON_ARRAY:
  case JSON_OBJECT:
    break;
  }
  struct buffer written = {0};
  json_write(&written, value);
  struct text text = arena_copy(execution->arena, buffer_text(&written));
  buffer_deinit(&written);
  return bind_text(execution, index, text);
}

/* --- Rows. --- */

static int read_text(struct execution *execution, int column, struct json *value)
{
  const char *data = (const char *)sqlite3_column_text(execution->handle, column);
  struct text text = {data, (size_t)sqlite3_column_bytes(execution->handle, column)};
  const char *name = execution->statement->info.columns[column].data;
  execution->result_bytes += text.length;
  if (execution->result_bytes > STORE_RESULT_MAX_BYTES)
    return fail(execution->failure, STORE_TOO_LARGE, name);
  if (data == NULL || !text_is_utf8(text)) return fail(execution->failure, STORE_BAD_VALUE, name);
  if (execution->statement->kinds[column] != COLUMN_JSON) {
    *value = json_string(arena_copy(execution->arena, text));
    return 0;
  }
  if (json_read(execution->arena, text, NULL, value, NULL) < 0)
    return fail(execution->failure, STORE_BAD_VALUE, name);
  return 0;
}

/* SQLite has no booleans: 0 or 1, in a column that the query calls one. */
static int read_boolean(struct execution *execution, int column, struct json *value)
{
  int64_t integer = sqlite3_column_int64(execution->handle, column);
  bool fits = sqlite3_column_type(execution->handle, column) == SQLITE_INTEGER &&
              (integer == 0 || integer == 1);
  if (!fits)
    return fail(execution->failure, STORE_BAD_VALUE,
                execution->statement->info.columns[column].data);
  *value = json_boolean(integer == 1);
  return 0;
}

static int read_value(struct execution *execution, int column, struct json *value)
{
  sqlite3_stmt *handle = execution->handle;
  const char *name = execution->statement->info.columns[column].data;
  int type = sqlite3_column_type(handle, column);
  execution->result_bytes += sizeof(struct json_member);
  if (type != SQLITE_NULL && execution->statement->kinds[column] == COLUMN_BOOLEAN)
    return read_boolean(execution, column, value);
  switch (type) {
  case SQLITE_NULL:
    *value = json_null();
    break;
  case SQLITE_INTEGER:
    *value = json_integer(sqlite3_column_int64(handle, column));
    break;
  case SQLITE_FLOAT:
    if (!isfinite(sqlite3_column_double(handle, column)))
      return fail(execution->failure, STORE_BAD_VALUE, name);
    *value = json_real(sqlite3_column_double(handle, column));
    break;
  case SQLITE_TEXT:
    return read_text(execution, column, value);
  default: /* BLOB */
    return fail(execution->failure, STORE_BAD_VALUE, name);
  }
  if (execution->result_bytes > STORE_RESULT_MAX_BYTES)
    return fail(execution->failure, STORE_TOO_LARGE, name);
  return 0;
}

static int read_row(struct execution *execution, struct json *row)
{
  const struct statement_info *info = &execution->statement->info;
  if (execution->statement->rows == ROWS_VALUE) return read_value(execution, 0, row);
  struct json_member *members =
      arena_new_array(execution->arena, info->column_count, sizeof *members);
  for (size_t i = 0; i < info->column_count; i++) {
    members[i].key = json_string(info->columns[i]);
    if (read_value(execution, (int)i, &members[i].value) < 0) return -1;
  }
  *row = (struct json){
      .type = JSON_OBJECT, .members = members, .length = (uint32_t)info->column_count};
  return 0;
}

struct row_list {
  struct json *items;
  uint32_t count, capacity;
};

static void add_row(struct row_list *list, struct arena *arena, struct json row)
{
  if (list->count == list->capacity) {
    uint32_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
    struct json *items = arena_new_array(arena, capacity, sizeof *items);
    if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = row;
}

static int step_all(struct execution *execution, struct run *run, struct json *result)
{
  enum { ROWS_MAX_DEFAULT = 1000 };
  struct statement *statement = execution->statement;
  sqlite3 *database = sqlite3_db_handle(execution->handle);
  struct row_list rows = {0};
  uint32_t most = statement->rows_max > 0 ? statement->rows_max : ROWS_MAX_DEFAULT;
  if (statement->rows != ROWS_MANY) most = 1;
  int code;
  while ((code = sqlite3_step(execution->handle)) == SQLITE_ROW && run->breach == STORE_DONE) {
    struct json row;
    if (rows.count == most) return fail(execution->failure, STORE_ROWS, statement->name);
    if (read_row(execution, &row) < 0) return -1;
    add_row(&rows, execution->arena, row);
  }
  if (run->breach != STORE_DONE) return -1;
  if (code != SQLITE_DONE) {
    failure_of(database, sqlite3_extended_errcode(database), execution->failure);
    return -1;
  }
  if (statement->rows == ROWS_MANY)
    *result = (struct json){.type = JSON_ARRAY, .items = rows.items, .length = rows.count};
  else if (statement->rows == ROWS_EXEC)
    *result = json_integer(sqlite3_changes64(database));
  else
    *result = rows.count > 0 ? rows.items[0] : json_null();
  return 0;
}

/* --- One run. --- */

static int check_ready(struct statement *statement, struct connection *connection,
                       struct store_failure *failure)
{
  if (!statement->info.writes) return 0;
  if (connection->read_only) return fail(failure, STORE_FAILED, "a write on the reader");
  if (!connection_in_transaction(connection))
    return fail(failure, STORE_FAILED, "a write outside a transaction");
  return 0;
}

static int execute(struct execution *execution, struct run *run, struct connection *connection,
                   const struct statement_call *call, struct json *result)
{
  struct statement *statement = execution->statement;
  for (size_t i = 0; i < statement->info.parameter_count; i++)
    if (bind(execution, i, call->values[i]) < 0) return -1;
  if (rows_begin(run, connection) < 0) return -1;
  connection->run = run;
  connection_guard(connection, scope_decide, &statement->scope);
  int code = step_all(execution, run, result);
  connection_unguard(connection);
  connection->run = NULL;
  rows_finish(run, connection);
  if (code == 0) endings_finish(run, connection);
  return run->breach != STORE_DONE ? -1 : code;
}

int statement_run(struct statement *statement, struct connection *connection,
                  const struct statement_call *call, struct arena *arena, struct json *result,
                  struct store_failure *failure)
{
  *failure = (struct store_failure){.outcome = STORE_DONE};
  if (check_ready(statement, connection, failure) < 0) return -1;
  bool on_reader = connection == connection->store->reader;
  struct execution execution = {.statement = statement,
                                .handle = on_reader ? statement->on_reader : statement->on_writer,
                                .arena = arena,
                                .failure = failure};
  const struct scope *scope = &statement->scope;
  struct run run = {.target = scope->target,
                    .rights = scope->rights,
                    .beforehand =
                        scope->beforehand || (scope->target != NULL && scope->target->beforehand),
                    .deletes = scope->kind == SQL_DELETE,
                    .owner = call->owner,
                    .password = call->password,
                    .session = call->session};
  connection->owner = call->owner;
  connection->now_ms = call->now_ms;
  int code = execute(&execution, &run, connection, call, result);
  sqlite3_reset(execution.handle);
  sqlite3_clear_bindings(execution.handle);
  connection->owner = NULL;
  connection->now_ms = 0;
  if (run.breach != STORE_DONE) fail(failure, run.breach, run.detail);
  rows_release(&run);
  return code;
}
