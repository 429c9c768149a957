/* What a CHECK lets a column hold, read from the SQL that made its table. */
#include "store/description.h"
#include "store/sql.h"

/* column IN ('a', 'b')) and nothing else: -1 if it is not that. */
static int read_list(struct text sql, struct text column, struct arena *arena, struct text *choices,
                     size_t *count)
{
  struct sql_token token;
  *count = 0;
  if (!sql_is_symbol(sql_next(&sql), '(') ||
      !sql_same_name(sql_name(sql_next(&sql), arena), column) || !sql_is(sql_next(&sql), "IN") ||
      !sql_is_symbol(sql_next(&sql), '('))
    return -1;
  do {
    token = sql_next(&sql);
    if (token.type != SQL_STRING) return -1;
    choices[(*count)++] = arena_copy(arena, sql_name(token, arena));
    token = sql_next(&sql);
  } while (sql_is_symbol(token, ','));
  return sql_is_symbol(token, ')') && sql_is_symbol(sql_next(&sql), ')') ? 0 : -1;
}

static void read_table(struct text sql, struct text column, struct arena *arena,
                       struct text **choices, size_t *count)
{
  struct text *found = arena_new_array(arena, sql.length + 1, sizeof *found);
  struct sql_token token;
  while ((token = sql_next(&sql)).type != SQL_END && token.type != SQL_BAD)
    if (sql_is(token, "CHECK") && read_list(sql, column, arena, found, count) == 0) {
      *choices = found;
      return;
    }
  *count = 0;
}

int store_list_choices(const struct store *store, struct text table, struct text column,
                       struct arena *arena, struct text **choices, size_t *count,
                       struct error *error)
{
  struct schema_object *objects;
  size_t object_count;
  *choices = NULL;
  *count = 0;
  if (store_list_schema(store, arena, &objects, &object_count, error)) return -1;
  for (size_t i = 0; i < object_count; i++)
    if (text_is(objects[i].type, "table") && sql_same_name(objects[i].name, table))
      read_table(objects[i].sql, column, arena, choices, count);
  return 0;
}
