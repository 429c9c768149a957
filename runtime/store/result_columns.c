/* Types and nullability of a result's columns, where SQLite can tell: it knows the column of a
 * table that a result's column is, and not what a join or a subquery makes of it. */
#include "store/description.h"
#include "store/store_internal.h"

static bool is_any_of(struct sql_token token, const char *const *words)
{
  for (; *words != NULL; words++)
    if (sql_is(token, *words)) return true;
  return false;
}

/* What must be known of the part of a statement that makes its rows: all before WHERE, or all
 * behind RETURNING. */
struct shape {
  bool compound;  /* UNION and the like: SQLite knows the first part's columns only */
  bool joined;    /* an outer join, or WITH: rows may be filled up with NULL */
  bool aggregate; /* without GROUP BY there is a row even where there are none */
  bool grouped;
  size_t selects; /* more than one: a subquery, which may have no row */
};

static struct shape shape_of(const struct statement *statement)
{
  static const char *const compounds[] = {"UNION", "EXCEPT", "INTERSECT", NULL};
  static const char *const joins[] = {"LEFT", "RIGHT", "FULL", "OUTER", "WITH", NULL};
  struct text rest = text_of(sqlite3_sql(statement->on_writer));
  struct sql_token token, before = {SQL_END, {NULL, 0}};
  struct shape shape = {.joined = statement->scope.views}; /* a view may join anything */
  bool select = statement->scope.kind == SQL_SELECT, counts = select;
  long depth = 0;
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    if (sql_is(token, "RETURNING")) counts = true;
    if (depth == 0 && select && sql_is(token, "WHERE")) counts = false;
    shape.compound = shape.compound || is_any_of(token, compounds);
    shape.joined = shape.joined || (counts && is_any_of(token, joins));
    shape.grouped = shape.grouped || (depth == 0 && sql_is(token, "GROUP"));
    shape.aggregate = shape.aggregate || (counts && sql_is_symbol(token, '(') &&
                                          (sql_is_aggregate(before) || before.type == SQL_QUOTED));
    shape.selects += counts && sql_is(token, "SELECT") ? 1 : 0;
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')')) depth--;
    before = token;
  }
  return shape;
}

/* Whether a column that is never NULL in its table is never NULL in the result. */
static bool keeps_values(const struct statement *statement, struct shape shape)
{
  size_t own = statement->scope.kind == SQL_SELECT ? 1 : 0;
  return !shape.compound && !shape.joined && shape.selects == own &&
         (shape.grouped || !shape.aggregate);
}

static bool is_never_null(const struct table *table, const struct column *column)
{
  bool is_key = table->key != NULL && sqlite3_stricmp(table->key, column->name) == 0;
  return column->not_null || (is_key && sqlite3_stricmp(column->type, "INTEGER") == 0);
}

static void describe_column(const struct statement *statement, int index, struct shape shape,
                            struct arena *arena, struct result_column *result)
{
  sqlite3_stmt *prepared = statement->on_writer;
  const char *from = sqlite3_column_table_name(prepared, index);
  const char *origin = sqlite3_column_origin_name(prepared, index);
  const struct table *table =
      from != NULL ? store_table(statement->scope.store, text_of(from)) : NULL;
  const struct column *column =
      table != NULL && origin != NULL ? table_column(table, origin) : NULL;
  *result = (struct result_column){.name = arena_copy(arena, statement->info.columns[index]),
                                   .kind = statement->kinds[index]};
  if (column == NULL || shape.compound) return;
  result->table = arena_copy(arena, text_of(table->name));
  result->column = arena_copy(arena, text_of(column->name));
  result->type = arena_copy(
      arena, text_of(sqlite3_stricmp(column->type, "INT") == 0 ? "INTEGER" : column->type));
  if (!is_never_null(table, column))
    result->nullability = NULLABILITY_MAYBE;
  else if (keeps_values(statement, shape))
    result->nullability = NULLABILITY_NEVER;
}

void statement_describe_columns(const struct statement *statement, struct arena *arena,
                                struct statement_description *description)
{
  size_t count = statement->info.column_count;
  struct shape shape = shape_of(statement);
  struct result_column *columns = arena_new_array(arena, count, sizeof *columns);
  for (size_t i = 0; i < count; i++) describe_column(statement, (int)i, shape, arena, &columns[i]);
  description->columns = columns;
  description->column_count = count;
}
