/* See inspect.h. The copy is a database in memory, and SQLite's own backup puts it back: all pages
 * in one transaction of the file. That counts as a change of the schema, so connections on it read
 * the schema again, and compile statements again when they are next used. */
#include "store/inspect.h"

#include "base/memory.h"
#include "store/inspect_internal.h"

enum { INSPECTOR_BUSY_MS = 1000 };

int inspector_failed(sqlite3 *handle, const char *task, struct error *error)
{
  return error_set(error, "cannot %s: %s", task, sqlite3_errmsg(handle));
}

int inspector_open(const char *path, struct inspector **result, struct error *error)
{
  struct inspector *inspector = memory_new(sizeof *inspector);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(path, &inspector->handle, flags, NULL) != SQLITE_OK) goto fail;
  sqlite3_busy_timeout(inspector->handle, INSPECTOR_BUSY_MS);
  static const char settings[] = "PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;"
                                 "PRAGMA temp_store = MEMORY; SELECT count(*) FROM sqlite_schema";
  if (sqlite3_exec(inspector->handle, settings, NULL, NULL, NULL) != SQLITE_OK ||
      sqlite3_prepare_v3(inspector->handle, "PRAGMA data_version", -1, SQLITE_PREPARE_PERSISTENT,
                         &inspector->version, NULL) != SQLITE_OK)
    goto fail;
  *result = inspector;
  return 0;

fail:
  inspector_failed(inspector->handle, "look at the database", error);
  inspector_close(inspector);
  return -1;
}

void inspector_close(struct inspector *inspector)
{
  if (inspector == NULL) return;
  sqlite3_finalize(inspector->version);
  sqlite3_close(inspector->kept);
  sqlite3_close(inspector->handle);
  memory_free(inspector);
}

/* --- Keeping, and putting back. --- */

static int64_t data_version(struct inspector *inspector)
{
  bool known = sqlite3_step(inspector->version) == SQLITE_ROW;
  int64_t version = known ? sqlite3_column_int64(inspector->version, 0) : -1;
  sqlite3_reset(inspector->version);
  return version;
}

static void note_version(struct inspector *inspector)
{
  inspector->kept_version = data_version(inspector);
  inspector->kept_total = sqlite3_total_changes64(inspector->handle);
}

int inspector_keep(struct inspector *inspector, struct error *error)
{
  sqlite3_close(inspector->kept);
  int code = sqlite3_open_v2(":memory:", &inspector->kept,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (code == SQLITE_OK) code = copy_pages(inspector->handle, inspector->kept);
  if (code != SQLITE_OK) return inspector_failed(inspector->kept, "copy the database", error);
  note_version(inspector);
  return 0;
}

int inspector_restore(struct inspector *inspector, struct error *error)
{
  int64_t version = data_version(inspector);
  if (version >= 0 && version == inspector->kept_version &&
      sqlite3_total_changes64(inspector->handle) == inspector->kept_total)
    return 0;
  if (copy_pages(inspector->kept, inspector->handle) != SQLITE_OK)
    return inspector_failed(inspector->handle, "put the database back", error);
  note_version(inspector);
  return 0;
}

/* --- Rows. --- */

static int bind_text(sqlite3_stmt *row, int at, struct text text)
{
  return sqlite3_bind_text64(row, at, text.length > 0 ? text.data : "", text.length,
                             SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int bind(sqlite3_stmt *row, int at, const struct json *value)
{
  switch (value->type) {
  case JSON_NULL:
    return sqlite3_bind_null(row, at);
  case JSON_BOOLEAN:
    return sqlite3_bind_int(row, at, value->boolean);
  case JSON_INTEGER:
    return sqlite3_bind_int64(row, at, value->integer);
  case JSON_REAL:
    return sqlite3_bind_double(row, at, value->real);
  case JSON_STRING:
    return bind_text(row, at, json_text(value));
  case JSON_ARRAY:
  case JSON_OBJECT:
    break;
  }
  struct buffer written = {0};
  json_write(&written, value);
  int code = bind_text(row, at, buffer_text(&written));
  buffer_deinit(&written);
  return code;
}

static int bind_all(struct inspector *inspector, sqlite3_stmt *row, const struct json *values,
                    struct error *error)
{
  int wanted = sqlite3_bind_parameter_count(row);
  int given = values != NULL && values->type == JSON_ARRAY ? (int)values->length : 0;
  if (wanted != given)
    return error_set(error, "the statement has %d parameters, and %d values were given", wanted,
                     given);
  for (int i = 0; i < given; i++)
    if (bind(row, i + 1, &values->items[i]) != SQLITE_OK)
      return inspector_failed(inspector->handle, "bind a value", error);
  return 0;
}

static struct json hex(struct arena *arena, const void *data, size_t length)
{
  char *digits = arena_alloc(arena, 2 * length + 1);
  crypto_hex(digits, data, length);
  return json_string((struct text){digits, 2 * length});
}

struct json inspector_value(sqlite3_stmt *row, int column, struct arena *arena)
{
  size_t length;
  switch (sqlite3_column_type(row, column)) {
  case SQLITE_INTEGER:
    return json_integer(sqlite3_column_int64(row, column));
  case SQLITE_FLOAT:
    return json_real(sqlite3_column_double(row, column));
  case SQLITE_TEXT:
    length = (size_t)sqlite3_column_bytes(row, column);
    return json_string(
        arena_copy(arena, (struct text){(const char *)sqlite3_column_text(row, column), length}));
  case SQLITE_BLOB:
    length = (size_t)sqlite3_column_bytes(row, column);
    return hex(arena, sqlite3_column_blob(row, column), length);
  default:
    return json_null();
  }
}

static struct json read_row(sqlite3_stmt *row, struct arena *arena)
{
  struct json_builder object = {0};
  for (int i = 0; i < sqlite3_column_count(row); i++)
    json_builder_add(&object, arena, arena_copy(arena, text_of(sqlite3_column_name(row, i))),
                     inspector_value(row, i, arena));
  return json_builder_object(&object);
}

static int step_all(struct inspector *inspector, sqlite3_stmt *row, struct arena *arena,
                    struct json *rows, struct error *error)
{
  uint32_t capacity = 0;
  *rows = (struct json){.type = JSON_ARRAY};
  int code;
  while ((code = sqlite3_step(row)) == SQLITE_ROW) {
    if (rows->length == capacity) {
      capacity = 2 * capacity + 8;
      struct json *items = arena_new_array(arena, capacity, sizeof *items);
      if (rows->length > 0) memcpy(items, rows->items, rows->length * sizeof *items);
      rows->items = items;
    }
    rows->items[rows->length++] = read_row(row, arena);
  }
  return code == SQLITE_DONE ? 0 : inspector_failed(inspector->handle, "run it", error);
}

/* Whoever waits for the database would wait for ever. */
static int end_transaction(struct inspector *inspector, struct error *error)
{
  if (sqlite3_get_autocommit(inspector->handle)) return 0;
  sqlite3_exec(inspector->handle, "ROLLBACK", NULL, NULL, NULL);
  return error_set(error, "each statement is a transaction of its own: leave out BEGIN");
}

int inspector_rows(struct inspector *inspector, struct text sql, const struct json *values,
                   struct arena *arena, struct json *rows, struct error *error)
{
  sqlite3_stmt *row = NULL;
  const char *rest = "", *copy = arena_copy(arena, sql).data;
  *rows = (struct json){.type = JSON_ARRAY};
  if (sqlite3_prepare_v2(inspector->handle, copy, -1, &row, &rest) != SQLITE_OK)
    return inspector_failed(inspector->handle, "understand the statement", error);
  int result = -1;
  if (text_trim(text_of(rest)).length > 0)
    error_set(error, "it is more than one statement");
  else if (bind_all(inspector, row, values, error) == 0 &&
           (row == NULL || step_all(inspector, row, arena, rows, error) == 0))
    result = 0;
  sqlite3_finalize(row);
  return end_transaction(inspector, error) < 0 ? -1 : result;
}

/* --- The digest. --- */

static void hash_column(unsigned char hash[HASH_BYTES], sqlite3_stmt *row, int column)
{
  int type = sqlite3_column_type(row, column);
  const void *bytes = sqlite3_column_blob(row, column); /* numbers as their text */
  size_t length = (size_t)sqlite3_column_bytes(row, column);
  const struct crypto_hash_part parts[] = {
      {hash, HASH_BYTES}, {&type, sizeof type}, {length > 0 ? bytes : "", length}};
  crypto_hash_parts(hash, TEXT("column"), parts, 3);
}

/* In the order of its keys, as they lie in the table. */
static int hash_table(struct inspector *inspector, const char *name, unsigned char hash[HASH_BYTES],
                      struct error *error)
{
  sqlite3_stmt *row = NULL;
  char *sql = sqlite3_mprintf("SELECT * FROM main.\"%w\" NOT INDEXED", name);
  int code = sqlite3_prepare_v2(inspector->handle, sql, -1, &row, NULL);
  sqlite3_free(sql);
  const struct crypto_hash_part parts[] = {{hash, HASH_BYTES}, {name, strlen(name)}};
  crypto_hash_parts(hash, TEXT("table"), parts, 2);
  while (code == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW) {
    const struct crypto_hash_part before = {hash, HASH_BYTES};
    crypto_hash_parts(hash, TEXT("row"), &before, 1);
    for (int i = 0; i < sqlite3_column_count(row); i++) hash_column(hash, row, i);
  }
  code = sqlite3_finalize(row);
  return code == SQLITE_OK ? 0 : inspector_failed(inspector->handle, "read a table", error);
}

sqlite3_stmt *inspector_tables(struct inspector *inspector, struct error *error)
{
  static const char sql[] = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main'"
                            " AND type = 'table' AND name NOT LIKE 'writ\\_%' ESCAPE '\\'"
                            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
  sqlite3_stmt *table = NULL;
  if (sqlite3_prepare_v2(inspector->handle, sql, -1, &table, NULL) == SQLITE_OK) return table;
  inspector_failed(inspector->handle, "list the tables", error);
  return NULL;
}

int inspector_digest(struct inspector *inspector, unsigned char digest[HASH_BYTES],
                     struct error *error)
{
  sqlite3_stmt *table = inspector_tables(inspector, error);
  int result = table != NULL ? 0 : -1;
  memset(digest, 0, HASH_BYTES);
  while (result == 0 && sqlite3_step(table) == SQLITE_ROW)
    result = hash_table(inspector, (const char *)sqlite3_column_text(table, 0), digest, error);
  if (sqlite3_finalize(table) != SQLITE_OK && result == 0)
    result = inspector_failed(inspector->handle, "list the tables", error);
  return result;
}
