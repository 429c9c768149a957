/* Views that migrations made. What such a view selects depends on who asks: in main its names mean
 * tables, and so all rows, for statements with STATEMENT_FOREIGN; and a temporary view of the same
 * name and text, in which the same names mean the principal's views, is what all others come to.
 *
 * So a view's text is held to what a query's is (sql_rewrite.c): it may name no schema, or it would
 * reach around the principal's views. It has no line in the policy, and nothing can be written
 * through it. */
#include <stdio.h>

#include "store/store_internal.h"

bool store_is_view(const struct store *store, struct text name)
{
  for (size_t i = 0; i < store->view_count; i++)
    if (sql_same_name(text_of(store->views[i].name), name)) return true;
  return false;
}

bool store_is_table_or_view(const void *context, struct text name)
{
  return store_is_table(context, name) || store_is_view(context, name);
}

static int view_error(const struct policy_reader *reader, enum finding_code code,
                      const struct app_view *view, const char *help, const char *message)
{
  return report_error(reader->report, code, reader->source, 0, help, "the view %s: %s", view->name,
                      message);
}

/* The text behind `CREATE VIEW name`, and of that the SELECT. */
static void split(struct text sql, struct text *definition, struct text *select)
{
  struct sql_token token = sql_next(&sql); /* CREATE */
  sql_next(&sql);                          /* VIEW */
  sql_next(&sql);                          /* its name */
  *definition = sql;
  long depth = 0;
  do {
    token = sql_next(&sql);
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')')) depth--;
  } while (token.type != SQL_END && token.type != SQL_BAD && (depth > 0 || !sql_is(token, "AS")));
  *select = sql;
}

static void check_view(const struct policy_reader *reader, struct app_view *view, struct text sql)
{
  struct store *store = reader->store;
  struct sql_rewrite how = {store_is_table_or_view, store, .all_tables = false};
  struct sql_statement statement;
  struct text select;
  struct error error = {0};
  size_t offset;
  split(sql, &view->definition, &select);
  if (sql_rewrite(select, &how, &store->arena, &statement, &offset, &error) < 0)
    view_error(reader, FINDING_VIEW_WRONG, view, NULL, error.message);
  for (size_t i = 0; i < store->trigger_count; i++)
    if (sqlite3_stricmp(store->triggers[i], view->name) == 0)
      view_error(reader, FINDING_TRIGGER_NAME, view, "rename the trigger",
                 "a trigger has the same name");
  if (store_is_table(store, text_of(view->name)))
    view_error(reader, FINDING_VIEW_LINE, view,
               "take out its line: the lines of the tables behind it count",
               "it has a line in the policy");
}

/* INSTEAD OF: a write through the view would be a trigger's, whom nobody holds against owners. */
static void refuse_triggers(const struct policy_reader *reader)
{
  struct store *store = reader->store;
  sqlite3_stmt *row = connection_prepare(
      store->writer, "SELECT tbl_name, name FROM main.sqlite_schema WHERE type = 'trigger'", NULL);
  while (row != NULL && sqlite3_step(row) == SQLITE_ROW) {
    const char *view = (const char *)sqlite3_column_text(row, 0);
    if (store_is_view(store, text_of(view)))
      report_error(reader->report, FINDING_VIEW_TRIGGER, reader->source, 0,
                   "write to the tables themselves",
                   "the view %s: its trigger %s would write rows that nobody holds against owners",
                   view, (const char *)sqlite3_column_text(row, 1));
  }
  sqlite3_finalize(row);
}

void policy_read_views(const struct policy_reader *reader)
{
  struct store *store = reader->store;
  sqlite3_stmt *row =
      connection_prepare(store->writer,
                         "SELECT name, sql, count(*) OVER () FROM main.sqlite_schema"
                         " WHERE type = 'view' ORDER BY name",
                         NULL);
  /* All names first: views may stand on views. */
  while (row != NULL && sqlite3_step(row) == SQLITE_ROW) {
    if (store->views == NULL)
      store->views =
          arena_new_array(&store->arena, (size_t)sqlite3_column_int(row, 2), sizeof *store->views);
    store->views[store->view_count++] = (struct app_view){
        .name = arena_copy(&store->arena, text_of((const char *)sqlite3_column_text(row, 0))).data,
        .definition =
            arena_copy(&store->arena, text_of((const char *)sqlite3_column_text(row, 1)))};
  }
  sqlite3_finalize(row);
  for (size_t i = 0; i < store->view_count; i++)
    check_view(reader, &store->views[i], store->views[i].definition);
  refuse_triggers(reader);
}

void policy_append_views(const struct store *store, struct buffer *sql)
{
  for (size_t i = 0; i < store->view_count; i++) {
    char *name = sqlite3_mprintf("CREATE TEMP VIEW \"%w\"", store->views[i].name);
    buffer_append_text(sql, text_of(name));
    sqlite3_free(name);
    buffer_print(sql, "%.*s\n;",
                 TEXT_ARGS(store->views[i].definition)); /* it may end in a comment */
  }
}

/* Each must compile for the principal and for those who may see all rows: a secret, a function that
 * is not allowed, a name that is none would be found only by its first query. */
static void try_view(const struct policy_reader *reader, const struct app_view *view,
                     const char *schema, unsigned rights)
{
  struct connection *connection = reader->store->writer;
  struct scope scope = {
      .store = reader->store, .rights = rights, .kind = SQL_SELECT, .views = true};
  sqlite3_stmt *compiled = NULL;
  char *sql = sqlite3_mprintf("SELECT * FROM %s.\"%w\"", schema, view->name);
  connection_guard(connection, scope_decide, &scope);
  int code = sqlite3_prepare_v2(connection->handle, sql, -1, &compiled, NULL);
  connection_unguard(connection);
  if (code != SQLITE_OK)
    view_error(reader, FINDING_VIEW_WRONG, view, NULL,
               scope.why[0] != '\0' ? scope.why : sqlite3_errmsg(connection->handle));
  sqlite3_finalize(compiled);
  sqlite3_free(sql);
}

void policy_try_views(const struct policy_reader *reader)
{
  for (size_t i = 0; i < reader->store->view_count; i++) {
    size_t errors = reader->report->errors;
    try_view(reader, &reader->store->views[i], "main", STATEMENT_FOREIGN | STATEMENT_READ_ONLY);
    if (reader->report->errors == errors)
      try_view(reader, &reader->store->views[i], "temp", STATEMENT_READ_ONLY);
  }
}
