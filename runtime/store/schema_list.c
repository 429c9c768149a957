/* What the migrations have made. */
#include "store/description.h"
#include "store/store_internal.h"

static struct text copied(struct arena *arena, sqlite3_stmt *row, int column)
{
  return arena_copy(arena, text_of((const char *)sqlite3_column_text(row, column)));
}

int store_list_schema(const struct store *store, struct arena *arena,
                      struct schema_object **objects, size_t *count, struct error *error)
{
  sqlite3_stmt *row = connection_prepare(
      store->writer,
      "SELECT type, name, tbl_name, sql, count(*) OVER () FROM main.sqlite_schema"
      " WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'writ\\_%' ESCAPE '\\'"
      " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC, name",
      error);
  if (row == NULL) return -1;
  *objects = NULL;
  *count = 0;
  while (sqlite3_step(row) == SQLITE_ROW) {
    if (*objects == NULL)
      *objects = arena_new_array(arena, (size_t)sqlite3_column_int(row, 4), sizeof **objects);
    (*objects)[(*count)++] = (struct schema_object){.type = copied(arena, row, 0),
                                                    .name = copied(arena, row, 1),
                                                    .table = copied(arena, row, 2),
                                                    .sql = copied(arena, row, 3)};
  }
  sqlite3_finalize(row);
  return 0;
}
