/* What can fail, and what SQLite says then (sqlite3UniqueConstraint, sqlite3AddCheckConstraint in
 * its sources; the unit test compares with what it really says). */
#include "store/constraints.h"

#include "store/sql.h"
#include "store/store_internal.h"

static void add(struct constraint_list *list, struct arena *arena, struct text words)
{
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 16;
    const char **items = arena_new_array(arena, capacity, sizeof *items);
    if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = arena_copy(arena, words).data;
}

static sqlite3_stmt *query(struct store *store, const char *sql, const char *name)
{
  sqlite3_stmt *statement = connection_prepare(store->writer, sql, NULL);
  if (statement != NULL) sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
  return statement;
}

static const char *text_at(sqlite3_stmt *row, int column)
{
  return (const char *)sqlite3_column_text(row, column);
}

/* --- UNIQUE and PRIMARY KEY --- */

/* By its columns; by its name if one of them is an expression. */
static struct text index_words(struct store *store, struct arena *arena, const char *table,
                               const char *index)
{
  struct text words = TEXT("");
  bool plain = true;
  sqlite3_stmt *columns =
      query(store, "SELECT name FROM pragma_index_info(?1, 'main') ORDER BY seqno", index);
  while (sqlite3_step(columns) == SQLITE_ROW) {
    const char *column = text_at(columns, 0);
    plain &= column != NULL;
    words = arena_print(arena, "%.*s%s%s.%s", TEXT_ARGS(words), words.length ? ", " : "", table,
                        column ? column : "");
  }
  sqlite3_finalize(columns);
  return plain ? words : arena_print(arena, "index '%s'", index);
}

static void read_unique(struct store *store, struct arena *arena, const char *table,
                        struct constraint_list *list)
{
  bool has_key_index = false;
  sqlite3_stmt *indexes = query(
      store, "SELECT name, origin FROM pragma_index_list(?1, 'main') WHERE \"unique\"", table);
  while (sqlite3_step(indexes) == SQLITE_ROW) {
    has_key_index |= text_is(text_of(text_at(indexes, 1)), "pk");
    add(list, arena, index_words(store, arena, table, text_at(indexes, 0)));
  }
  sqlite3_finalize(indexes);
  if (has_key_index) return;
  sqlite3_stmt *keys =
      query(store, "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk", table);
  while (sqlite3_step(keys) == SQLITE_ROW) /* INTEGER PRIMARY KEY: the rowid, without an index */
    add(list, arena, arena_print(arena, "%s.%s", table, text_at(keys, 0)));
  sqlite3_finalize(keys);
}

/* --- CHECK --- */

/* What stands between the parenthesis and its partner. */
static struct text parenthesized(struct text *rest)
{
  struct text start = *rest, before;
  int depth = 1;
  do {
    before = *rest;
    struct sql_token token = sql_next(rest);
    if (token.type == SQL_END || token.type == SQL_BAD) break;
    depth += sql_is_symbol(token, '(') - sql_is_symbol(token, ')');
    before.length -= rest->length + 1; /* up to the partner */
    before.data += before.length;
  } while (depth > 0);
  return text_trim((struct text){start.data, (size_t)(before.data - start.data)});
}

/* A name holds for all that follows it up to the comma. Without one it is the expression as it
 * stands, of which SQLite takes quotes off that it begins with. */
static void read_checks(struct text sql, struct arena *arena, struct constraint_list *list)
{
  struct text name = TEXT("");
  struct sql_token token;
  int depth = 0;
  while ((token = sql_next(&sql)).type != SQL_END && token.type != SQL_BAD) {
    depth += sql_is_symbol(token, '(') - sql_is_symbol(token, ')');
    if (depth == 1 && sql_is_symbol(token, ',')) name = TEXT("");
    if (sql_is(token, "CONSTRAINT")) name = sql_name(sql_next(&sql), arena);
    if (!sql_is(token, "CHECK") || !sql_is_symbol(sql_next(&sql), '(')) continue;
    struct text inside = parenthesized(&sql), copy = inside;
    struct sql_token first = sql_next(&copy);
    bool quoted = first.type == SQL_QUOTED || first.type == SQL_STRING;
    add(list, arena, name.length ? name : quoted ? sql_name(first, arena) : inside);
  }
}

void constraints_read(struct store *store, struct arena *arena, struct constraints *constraints)
{
  *constraints = (struct constraints){0};
  for (size_t i = 0; i < store->table_count; i++) {
    const char *table = store->tables[i].name;
    read_unique(store, arena, table, &constraints->unique);
    sqlite3_stmt *schema = query(
        store, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1", table);
    if (sqlite3_step(schema) == SQLITE_ROW)
      read_checks(text_of(text_at(schema, 0)), arena, &constraints->checks);
    sqlite3_finalize(schema);
    sqlite3_stmt *keys = query(store, "SELECT 1 FROM pragma_foreign_key_list(?1, 'main')", table);
    constraints->foreign_keys |= sqlite3_step(keys) == SQLITE_ROW;
    sqlite3_finalize(keys);
  }
}
