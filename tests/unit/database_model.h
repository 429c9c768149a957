/* What is in a database, and what changed: for tests that hold row ownership against a model.
 *
 * Whose a row is, is said here in SQL that the test wrote by itself, over `main.` and outside of
 * the guard: nothing of the code under test has a part in it. */
#ifndef WRIT_TESTS_DATABASE_MODEL_H
#define WRIT_TESTS_DATABASE_MODEL_H

#include "store_fixture.h"

#include "base/memory.h"
#include "store/store_internal.h"

struct model_table {
  const char *name;
  const char *mine;      /* SQL over its columns: the row is the principal's, who is :me */
  const char *reference; /* SQL: what ownership goes by; NULL: nothing that the test needs */
};

struct model_row {
  size_t table; /* among the tables that were read */
  const char *content, *reference;
  bool mine;
};

/* All rows of all tables, ordered by table and content. */
struct model_state {
  struct model_row *rows;
  size_t count, capacity;
};

static inline const char *model_copy(struct arena *arena, const void *text)
{
  return arena_copy(arena, text_of(text)).data;
}

static inline sqlite3_stmt *model_prepare(sqlite3 *handle, const char *sql, const struct json *me)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
  int index = sqlite3_bind_parameter_index(statement, ":me");
  if (index > 0 && me != NULL && me->type == JSON_INTEGER)
    sqlite3_bind_int64(statement, index, me->integer);
  else if (index > 0 && me != NULL && me->type == JSON_STRING)
    sqlite3_bind_text(statement, index, me->string, (int)me->length, SQLITE_STATIC);
  return statement;
}

/* "quote("a") || ' ' || quote("b")": every column that is stored, by name. */
static inline void model_append_content(sqlite3 *handle, const char *table, struct buffer *sql)
{
  char *columns = sqlite3_mprintf("SELECT name FROM pragma_table_xinfo(%Q, 'main')"
                                  " WHERE hidden IN (0, 2, 3) ORDER BY cid",
                                  table);
  sqlite3_stmt *statement = model_prepare(handle, columns, NULL);
  const char *separator = "";
  while (sqlite3_step(statement) == SQLITE_ROW) {
    buffer_print(sql, "%squote(\"%s\")", separator,
                 (const char *)sqlite3_column_text(statement, 0));
    separator = " || ' ' || ";
  }
  sqlite3_finalize(statement);
  sqlite3_free(columns);
}

static inline void model_read(sqlite3 *handle, struct arena *arena,
                              const struct model_table *tables, size_t count, const struct json *me,
                              struct model_state *state)
{
  *state = (struct model_state){0};
  for (size_t i = 0; i < count; i++) {
    struct buffer sql = {0};
    buffer_append_text(&sql, TEXT("SELECT "));
    model_append_content(handle, tables[i].name, &sql);
    buffer_print(&sql, ", coalesce(%s, 0), quote(%s) FROM main.\"%s\" ORDER BY 1", tables[i].mine,
                 tables[i].reference != NULL ? tables[i].reference : "NULL", tables[i].name);
    buffer_append_byte(&sql, '\0');
    sqlite3_stmt *statement = model_prepare(handle, sql.data, me);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      if (state->count == state->capacity) {
        state->capacity = state->capacity * 2 + 64;
        state->rows = memory_resize(state->rows, state->capacity * sizeof *state->rows);
      }
      state->rows[state->count++] =
          (struct model_row){.table = i,
                             .content = model_copy(arena, sqlite3_column_text(statement, 0)),
                             .reference = model_copy(arena, sqlite3_column_text(statement, 2)),
                             .mine = sqlite3_column_int(statement, 1) != 0};
    }
    assert_int_equal(code, SQLITE_DONE);
    sqlite3_finalize(statement);
    buffer_deinit(&sql);
  }
}

static inline void model_free(struct model_state *state)
{
  memory_free(state->rows);
}

/* Goes through what differs: rows that are gone (`added` false, whose they were before) and rows
 * that came (whose they are now). */
typedef void (*model_difference)(void *context, const struct model_row *row, bool added);

static inline void model_compare(const struct model_state *before, const struct model_state *after,
                                 model_difference difference, void *context)
{
  size_t i = 0, j = 0;
  while (i < before->count || j < after->count) {
    const struct model_row *old = i < before->count ? &before->rows[i] : NULL;
    const struct model_row *new = j < after->count ? &after->rows[j] : NULL;
    int order = old == NULL ? 1 : new == NULL ? -1 : 0;
    if (order == 0) order = (old->table > new->table) - (old->table < new->table);
    if (order == 0) order = strcmp(old->content, new->content);
    if (order <= 0) i++;
    if (order >= 0) j++;
    if (order != 0) difference(context, order < 0 ? old : new, order > 0);
  }
}

#endif
