/* What SQLite says of a table's columns. */
#include "store/description.h"
#include "store/store_internal.h"

/* Empty for NULL. */
static struct text copied(struct arena *arena, sqlite3_stmt *row, int column)
{
  return arena_copy(arena, text_of((const char *)sqlite3_column_text(row, column)));
}

int store_list_columns(const struct store *store, const char *table, struct arena *arena,
                       struct table_column **columns, size_t *count, struct error *error)
{
  sqlite3_stmt *row = connection_prepare(
      store->writer,
      "SELECT c.name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden IN (2, 3),"
      " f.\"table\", f.\"to\", count(*) OVER () FROM pragma_table_xinfo(?1, 'main') AS c"
      " LEFT JOIN pragma_foreign_key_list(?1, 'main') AS f ON f.\"from\" = c.name"
      " GROUP BY cid ORDER BY cid",
      error);
  *columns = NULL;
  *count = 0;
  if (row == NULL) return -1;
  sqlite3_bind_text(row, 1, table, -1, SQLITE_STATIC);
  while (sqlite3_step(row) == SQLITE_ROW) {
    if (*columns == NULL)
      *columns = arena_new_array(arena, (size_t)sqlite3_column_int(row, 8), sizeof **columns);
    (*columns)[(*count)++] = (struct table_column){.name = copied(arena, row, 0),
                                                   .type = copied(arena, row, 1),
                                                   .not_null = sqlite3_column_int(row, 2) != 0,
                                                   .has_default = sqlite3_column_int(row, 3) != 0,
                                                   .key = (unsigned)sqlite3_column_int(row, 4),
                                                   .generated = sqlite3_column_int(row, 5) != 0,
                                                   .refers_to = copied(arena, row, 6),
                                                   .refers_to_column = copied(arena, row, 7)};
  }
  sqlite3_finalize(row);
  return 0;
}
