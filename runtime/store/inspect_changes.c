/* Which rows are not as they are in an inspector's copy: both are read in the order of their keys,
 * side by side. */
#include "store/inspect_internal.h"

/* One of the two sides of a table: its keys come first, then all of its columns. */
struct side {
  sqlite3_stmt *row;
  bool there; /* it has a present row */
};

struct comparison {
  struct inspector *inspector;
  bool (*hide)(void *context, struct text table, struct text column);
  void *context;
  struct arena *arena;
  struct json *changes;
  uint32_t capacity;
  struct text table;
  int keys;
};

/* "_rowid_", or the primary key's columns quoted; *count of them. */
static struct text key_columns(struct comparison *comparison, bool without_rowid, int *count,
                               struct error *error)
{
  struct text keys = TEXT("");
  sqlite3_stmt *column = NULL;
  sqlite3 *handle = comparison->inspector->handle;
  *count = 1;
  if (!without_rowid) return TEXT("_rowid_");
  *count = 0;
  if (sqlite3_prepare_v2(handle, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
                         -1, &column, NULL) != SQLITE_OK)
    inspector_failed(handle, "read a primary key", error);
  sqlite3_bind_text(column, 1, comparison->table.data, (int)comparison->table.length,
                    SQLITE_STATIC);
  while (column != NULL && sqlite3_step(column) == SQLITE_ROW) {
    struct text name = text_of((const char *)sqlite3_column_text(column, 0));
    keys = arena_print(comparison->arena, "%.*s%s%.*s COLLATE BINARY", TEXT_ARGS(keys),
                       (*count)++ > 0 ? ", " : "", TEXT_ARGS(sql_quoted(name, comparison->arena)));
  }
  sqlite3_finalize(column);
  return keys;
}

static int step(struct side *side, struct error *error)
{
  int code = sqlite3_step(side->row);
  side->there = code == SQLITE_ROW;
  if (code == SQLITE_ROW || code == SQLITE_DONE) return 0;
  return inspector_failed(sqlite3_db_handle(side->row), "read a table", error);
}

static int begin(struct side *side, sqlite3 *handle, const char *sql, struct error *error)
{
  if (sqlite3_prepare_v2(handle, sql, -1, &side->row, NULL) != SQLITE_OK)
    return inspector_failed(handle, "read a table", error);
  return step(side, error);
}

static int order_of(const struct side *before, const struct side *after, int keys)
{
  if (!before->there || !after->there) return before->there ? -1 : 1;
  int order = 0;
  for (int i = 0; i < keys && order == 0; i++)
    order = rows_compare(sqlite3_column_value(before->row, i), sqlite3_column_value(after->row, i));
  return order;
}

static bool same(const struct side *before, const struct side *after, int column)
{
  return rows_compare(sqlite3_column_value(before->row, column),
                      sqlite3_column_value(after->row, column)) == 0 &&
         sqlite3_column_type(before->row, column) == sqlite3_column_type(after->row, column);
}

static bool all_same(const struct side *before, const struct side *after, int keys)
{
  for (int i = keys; i < sqlite3_column_count(before->row); i++)
    if (!same(before, after, i)) return false;
  return true;
}

/* `other` is the same row on the other side, or NULL. */
static struct json shown_row(const struct comparison *comparison, const struct side *side,
                             const struct side *other, bool after)
{
  struct json_builder object = {0};
  for (int i = comparison->keys; i < sqlite3_column_count(side->row); i++) {
    struct text name = arena_copy(comparison->arena, text_of(sqlite3_column_name(side->row, i)));
    struct json value = inspector_value(side->row, i, comparison->arena);
    bool hidden =
        value.type != JSON_NULL && comparison->hide(comparison->context, comparison->table, name);
    if (hidden)
      value = json_string(after && other && !same(other, side, i) ? TEXT("(another secret)")
                                                                  : TEXT("(secret)"));
    json_builder_add(&object, comparison->arena, name, value);
  }
  return json_builder_object(&object);
}

static void add_change(struct comparison *comparison, const struct side *before,
                       const struct side *after)
{
  struct json *changes = comparison->changes;
  struct json_builder change = {0};
  if (changes->length == comparison->capacity) {
    comparison->capacity = 2 * comparison->capacity + 8;
    struct json *items = arena_new_array(comparison->arena, comparison->capacity, sizeof *items);
    if (changes->length > 0) memcpy(items, changes->items, changes->length * sizeof *items);
    changes->items = items;
  }
  json_builder_add(&change, comparison->arena, TEXT("table"), json_string(comparison->table));
  json_builder_add(&change, comparison->arena, TEXT("before"),
                   before ? shown_row(comparison, before, after, false) : json_null());
  json_builder_add(&change, comparison->arena, TEXT("after"),
                   after ? shown_row(comparison, after, before, true) : json_null());
  changes->items[changes->length++] = json_builder_object(&change);
}

static int compare_rows(struct comparison *comparison, struct side *before, struct side *after,
                        struct error *error)
{
  while (before->there || after->there) {
    int order = order_of(before, after, comparison->keys);
    if (order < 0)
      add_change(comparison, before, NULL);
    else if (order > 0)
      add_change(comparison, NULL, after);
    else if (!all_same(before, after, comparison->keys))
      add_change(comparison, before, after);
    if ((order <= 0 && step(before, error) < 0) || (order >= 0 && step(after, error) < 0))
      return -1;
  }
  return 0;
}

static int compare_table(struct comparison *comparison, const char *name, bool without_rowid,
                         struct error *error)
{
  struct side before = {NULL, false}, after = {NULL, false};
  comparison->table = arena_copy(comparison->arena, text_of(name));
  struct text keys = key_columns(comparison, without_rowid, &comparison->keys, error);
  if (comparison->keys == 0) return -1;
  char *sql = sqlite3_mprintf("SELECT %.*s, * FROM main.\"%w\" ORDER BY %.*s", TEXT_ARGS(keys),
                              name, TEXT_ARGS(keys));
  int result = begin(&before, comparison->inspector->kept, sql, error);
  if (result == 0) result = begin(&after, comparison->inspector->handle, sql, error);
  if (result == 0) result = compare_rows(comparison, &before, &after, error);
  sqlite3_finalize(before.row);
  sqlite3_finalize(after.row);
  sqlite3_free(sql);
  return result;
}

int inspector_changes(struct inspector *inspector,
                      bool (*hide)(void *context, struct text table, struct text column),
                      void *context, struct arena *arena, struct json *changes, struct error *error)
{
  struct comparison comparison = {
      .inspector = inspector, .hide = hide, .context = context, .arena = arena, .changes = changes};
  *changes = (struct json){.type = JSON_ARRAY};
  sqlite3_stmt *table = inspector_tables(inspector, error);
  int result = table != NULL ? 0 : -1;
  while (result == 0 && sqlite3_step(table) == SQLITE_ROW)
    result = compare_table(&comparison, (const char *)sqlite3_column_text(table, 0),
                           sqlite3_column_int(table, 1) != 0, error);
  sqlite3_finalize(table);
  return result;
}
