/* Each table's condition, "this row is the principal's", as SQL; and the temporary views made of
 * it, to which the tables' names resolve in queries without STATEMENT_FOREIGN. Views leave secrets
 * out. */
#include <stdio.h>

#include "base/memory.h"
#include "store/store_internal.h"

static void append_table(struct buffer *out, const struct table *table)
{
  buffer_append_text(out, TEXT("main."));
  sql_append_quoted(out, text_of(table->name));
}

static struct text keep(struct store *store, struct buffer *buffer)
{
  struct text text = arena_copy(&store->arena, buffer_text(buffer));
  buffer_deinit(buffer);
  return text;
}

/* Rewrites and compiles SQL of the policy, under the authorizer; what it gives is compared with
 * this column, unless it is NULL. The result lies in the store's arena. */
static int check_sql(const struct policy_reader *reader, const struct table *table,
                     const struct column *compared, const char *what, struct text sql,
                     struct text *rewritten)
{
  struct store *store = reader->store;
  struct error error = {0};
  size_t offset;
  struct sql_rewrite how = {store_is_table, store, .all_tables = true, .principal = true};
  struct sql_statement statement;
  if (sql_rewrite(sql, &how, &store->arena, &statement, &offset, &error) < 0)
    return policy_error(reader, FINDING_POLICY_SQL, table, NULL, "%s: %s", what, error.message);
  struct scope scope = {.store = store,
                        .rights = STATEMENT_FOREIGN | STATEMENT_READ_ONLY,
                        .kind = statement.kind,
                        .ctes = statement.ctes,
                        .cte_count = statement.cte_count,
                        .principal = true};
  sqlite3 *handle = store->writer->handle;
  sqlite3_stmt *compiled = NULL;
  connection_guard(store->writer, scope_decide, &scope);
  int code = sqlite3_prepare_v2(handle, statement.text.data, (int)statement.text.length + 1,
                                &compiled, NULL);
  connection_unguard(store->writer);
  int result = 0;
  if (code != SQLITE_OK)
    result = policy_error(reader, FINDING_POLICY_SQL, table, NULL, "%s: %s", what,
                          scope.why[0] != '\0' ? scope.why : sqlite3_errmsg(handle));
  else if (statement.kind != SQL_SELECT || sqlite3_column_count(compiled) != 1)
    result = policy_error(reader, FINDING_POLICY_SQL, table,
                          "select the one column that is compared with the owner's",
                          "%s is not a SELECT of one column", what);
  const char *type = result == 0 ? sqlite3_column_decltype(compiled, 0) : NULL;
  if (type != NULL && compared != NULL && type_is_text(type) != type_is_text(compared->type))
    result = policy_error(reader, FINDING_POLICY_SQL, table, "select ids of the column's own type",
                          "%s gives %s", what, type);
  sqlite3_finalize(compiled);
  *rewritten = statement.text;
  return result;
}

/* An expression cannot leave the parentheses that will stand around it. */
static bool is_enclosed(struct text sql)
{
  long depth = 0;
  for (;;) {
    struct sql_token token = sql_next(&sql);
    if (token.type == SQL_BAD || sql_is_symbol(token, ';')) return false;
    if (token.type == SQL_END) return depth == 0;
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')') && --depth < 0) return false;
  }
}

static int check_readable(const struct policy_reader *reader, struct table *table)
{
  static const char before[] = "SELECT (", after[] = "\n) FROM main.";
  struct text readable = reader->policies[table->index].readable;
  if (readable.length == 0) return 0;
  if (!is_enclosed(readable))
    return policy_error(reader, FINDING_POLICY_SQL, table, NULL,
                        "`readable` is not one expression");
  struct buffer sql = {0}, name = {0};
  sql_append_quoted(&name, text_of(table->name));
  buffer_print(&sql, "%s%.*s\n) FROM %.*s", before, TEXT_ARGS(readable),
               TEXT_ARGS(buffer_text(&name)));
  struct text rewritten;
  int result = check_sql(reader, table, NULL, "`readable`", buffer_text(&sql), &rewritten);
  if (result == 0) {
    size_t around = sizeof before - 1 + sizeof after - 1 + name.length;
    table->readable = (struct text){rewritten.data + sizeof before - 1, rewritten.length - around};
  }
  buffer_deinit(&sql);
  buffer_deinit(&name);
  return result;
}

static int make_condition(const struct policy_reader *reader, struct table *table, size_t depth)
{
  struct store *store = reader->store;
  const struct table_policy *policy = &reader->policies[table->index];
  if (table->condition.length > 0 || table->ownership == TABLE_SHARED) return 0;
  struct buffer sql = {0};
  sql_append_quoted(&sql, text_of(table->column));
  if (table->ownership == TABLE_OWNED && policy->members.length == 0) {
    buffer_append_text(&sql, TEXT(" = writ_principal()"));
  } else if (table->ownership == TABLE_OWNED) {
    buffer_print(&sql, " IN (%.*s\n)", TEXT_ARGS(table->members));
  } else {
    struct table *parent = &store->tables[table->parent->index];
    if (depth > store->table_count || parent->ownership == TABLE_SHARED) {
      buffer_deinit(&sql);
      return policy_error(reader, FINDING_PARENT_WRONG, table,
                          "a child's parents lead to a table with an owner",
                          depth > store->table_count ? "its parents lead back to itself"
                                                     : "its parent %s is shared",
                          parent->name);
    }
    if (make_condition(reader, parent, depth + 1) < 0) {
      buffer_deinit(&sql);
      return -1;
    }
    buffer_append_text(&sql, TEXT(" IN (SELECT "));
    sql_append_quoted(&sql, text_of(parent->key));
    buffer_append_text(&sql, TEXT(" FROM "));
    append_table(&sql, parent);
    buffer_print(&sql, " WHERE %.*s)", TEXT_ARGS(parent->condition));
  }
  table->condition = keep(store, &sql);
  return 0;
}

/* Notes what it depends on whose a child's rows are. */
static void find_deciding(struct store *store, struct table *table)
{
  struct buffer sql = {0};
  buffer_append_text(&sql, TEXT("SELECT 1 FROM "));
  append_table(&sql, table->parent);
  buffer_print(&sql, " WHERE %.*s", TEXT_ARGS(table->parent->condition));
  buffer_append_byte(&sql, '\0');
  table->deciding.arena = &store->arena;
  store->writer->reads = &table->deciding;
  sqlite3_finalize(connection_prepare(store->writer, sql.data, NULL));
  store->writer->reads = NULL;
  buffer_deinit(&sql);
}

int policy_make_conditions(const struct policy_reader *reader)
{
  struct store *store = reader->store;
  size_t errors = reader->report->errors;
  for (size_t i = 0; i < store->table_count; i++) {
    struct table *table = &store->tables[i];
    const struct table_policy *policy = &reader->policies[i];
    if (table->ownership == TABLE_OWNED && policy->members.length > 0 &&
        check_sql(reader, table, &table->columns[table->column_index], "`in`", policy->members,
                  &table->members) == 0)
      table->beforehand = true;
    check_readable(reader, table);
  }
  if (reader->report->errors != errors) return -1;
  for (size_t i = 0; i < store->table_count; i++) make_condition(reader, &store->tables[i], 0);
  if (reader->report->errors != errors) return -1;
  for (size_t i = 0; i < store->table_count; i++)
    if (store->tables[i].ownership == TABLE_CHILD) find_deciding(store, &store->tables[i]);
  return 0;
}

static void append_view(struct buffer *sql, const struct table *table)
{
  buffer_append_text(sql, TEXT("CREATE TEMP VIEW "));
  sql_append_quoted(sql, text_of(table->name));
  const char *separator = " AS SELECT ";
  for (size_t i = 0; i < table->column_count; i++) {
    if (table_has_secret(table, text_of(table->columns[i].name))) continue;
    buffer_append_text(sql, text_of(separator));
    sql_append_quoted(sql, text_of(table->columns[i].name));
    separator = ", ";
  }
  buffer_append_text(sql, TEXT(" FROM "));
  append_table(sql, table);
  if (table->ownership != TABLE_SHARED)
    buffer_print(sql, " WHERE (%.*s)", TEXT_ARGS(table->condition));
  if (table->ownership != TABLE_SHARED && table->readable.length > 0)
    buffer_print(sql, " OR (%.*s\n)", TEXT_ARGS(table->readable)); /* it may end in a comment */
  buffer_append_text(sql, TEXT(";"));
}

static int create(const struct policy_reader *reader, struct connection *connection,
                  const char *views)
{
  struct error error = {0};
  if (connection->read_only) connection_execute(connection, "PRAGMA query_only = OFF", &error);
  connection_execute(connection, views, &error);
  if (connection->read_only) connection_execute(connection, "PRAGMA query_only = ON", &error);
  if (error.message[0] == '\0') return 0;
  return report_error(reader->report, FINDING_POLICY_FAILED, reader->source, 0, NULL,
                      "the views cannot be made: %s", error.message);
}

int policy_make_views(const struct policy_reader *reader)
{
  struct store *store = reader->store;
  struct buffer sql = {0};
  for (size_t i = 0; i < store->table_count; i++)
    if (store->tables[i].has_view) append_view(&sql, &store->tables[i]);
  policy_append_views(store, &sql);
  buffer_append_byte(&sql, '\0');
  int result = create(reader, store->writer, sql.data);
  if (result == 0 && store->reader != store->writer)
    result = create(reader, store->reader, sql.data);
  buffer_deinit(&sql);
  return result;
}
