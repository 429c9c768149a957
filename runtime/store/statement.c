/* Compiling an app's statement: rewritten, prepared under the authorizer, and looked over once
 * more, so that running it needs no decision about names. */
#include "store/statement.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/store_internal.h"

struct compiler {
  struct store *store;
  const struct statement_spec *spec;
  struct statement *statement;
  struct sql_statement sql;
  size_t *offset;
  struct error *error;
};

/* Offset of the first place where this name stands. */
static size_t find_name(struct compiler *compiler, const char *name)
{
  struct text rest = compiler->spec->sql;
  struct sql_token token;
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD)
    if (sql_same_name(sql_name(token, &compiler->statement->arena), text_of(name)))
      return (size_t)(token.text.data - compiler->spec->sql.data);
  return 0;
}

/* Whether any table keeps a secret of this name: its view has no such column, and SQLite says no
 * more. */
static const struct table *secret_named(const struct store *store, const char *column)
{
  for (size_t i = 0; i < store->table_count; i++)
    if (table_has_secret(&store->tables[i], text_of(column))) return &store->tables[i];
  return NULL;
}

static const char *nearest_table(const struct store *store, const char *name)
{
  const char **names = memory_new_array(store->table_count + 1, sizeof *names);
  for (size_t i = 0; i < store->table_count; i++) names[i] = store->tables[i].name;
  const char *near = text_suggestion(text_of(name), names, store->table_count);
  memory_free(names);
  return near;
}

/* A view has no column for a secret: SQLite can only say that there is none. */
static int explain_column(struct compiler *compiler, const char *message, const char *column)
{
  char name[64];
  const char *dot = strrchr(column, '.');
  if (dot != NULL) column = dot + 1;
  if (*column == '"') column++; /* "x" - should this be a string literal …? */
  snprintf(name, sizeof name, "%.*s", (int)strcspn(column, "\" "), column);
  const struct table *table = secret_named(compiler->store, name);
  if (table == NULL) return error_set(compiler->error, "%s", message);
  return error_set(compiler->error, "%s.%s is secret: only `credentials` may read it", table->name,
                   name);
}

static int explain_table(struct compiler *compiler, const char *name)
{
  if (strncmp(name, "main.", 5) == 0) name += 5;
  const char *near = nearest_table(compiler->store, name);
  if (near == NULL) return error_set(compiler->error, "no such table: %s", name);
  return error_set(compiler->error, "no such table: %s; did you mean %s?", name, near);
}

/* What SQLite or the authorizer said, in words that help. */
static int explain(struct compiler *compiler, sqlite3 *handle)
{
  static const char no_column[] = "no such column: ", no_table[] = "no such table: ";
  const struct scope *scope = &compiler->statement->scope;
  const char *message = sqlite3_errmsg(handle);
  int at = sqlite3_error_offset(handle);
  if (at >= 0) *compiler->offset = sql_original_offset(&compiler->sql, (size_t)at);
  if (scope->why[0] != '\0') {
    if (scope->column[0] != '\0') *compiler->offset = find_name(compiler, scope->column);
    return error_set(compiler->error, "%s", scope->why);
  }
  if (strncmp(message, no_column, sizeof no_column - 1) == 0)
    return explain_column(compiler, message, message + sizeof no_column - 1);
  if (strncmp(message, no_table, sizeof no_table - 1) == 0)
    return explain_table(compiler, message + sizeof no_table - 1);
  return error_set(compiler->error, "%s", message);
}

/* `excluded.password_hash` is read in an upsert without a word to the authorizer. */
static int refuse_excluded_secrets(struct compiler *compiler)
{
  struct statement *statement = compiler->statement;
  const struct table *target = statement->scope.target;
  if (target == NULL || (statement->scope.rights & STATEMENT_SECRETS) != 0) return 0;
  struct text rest = compiler->spec->sql;
  struct sql_token before[2] = {{SQL_END, {NULL, 0}}, {SQL_END, {NULL, 0}}}, token;
  while ((token = sql_next(&rest)).type != SQL_END) {
    struct text name = sql_name(token, &statement->arena);
    if (sql_is_symbol(before[0], '.') && table_has_secret(target, name) &&
        sql_same_name(sql_name(before[1], &statement->arena), TEXT("excluded"))) {
      *compiler->offset = (size_t)(token.text.data - compiler->spec->sql.data);
      return error_set(compiler->error,
                       "excluded.%.*s is secret: write the parameter itself instead",
                       TEXT_ARGS(name));
    }
    before[1] = before[0];
    before[0] = token;
  }
  return 0;
}

static bool names_view(struct compiler *compiler)
{
  struct text rest = compiler->spec->sql;
  struct sql_token token;
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD)
    if (store_is_view(compiler->store, sql_name(token, &compiler->statement->arena))) return true;
  return false;
}

static int rewrite(struct compiler *compiler)
{
  const struct statement_spec *spec = compiler->spec;
  struct statement *statement = compiler->statement;
  struct sql_rewrite how = {store_is_table_or_view, compiler->store,
                            .all_tables = (spec->rights & STATEMENT_FOREIGN) != 0};
  if (spec->sql.length > STORE_STATEMENT_MAX_BYTES)
    return error_set(compiler->error, "a query of more than 64 KB");
  if (sql_rewrite(spec->sql, &how, &statement->arena, &compiler->sql, compiler->offset,
                  compiler->error) < 0)
    return -1;
  statement->scope = (struct scope){.store = compiler->store,
                                    .rights = spec->rights,
                                    .kind = compiler->sql.kind,
                                    .ctes = compiler->sql.ctes,
                                    .cte_count = compiler->sql.cte_count,
                                    .views = names_view(compiler),
                                    .replaces = compiler->sql.replaces};
  if (compiler->sql.kind == SQL_SELECT) return 0;
  if ((spec->rights & STATEMENT_READ_ONLY) != 0)
    return error_set(compiler->error, "this query may only read: it must be a SELECT");
  statement->scope.target = store_table(compiler->store, compiler->sql.target);
  if (statement->scope.target != NULL) return 0;
  struct text name = arena_copy(&statement->arena, compiler->sql.target);
  *compiler->offset = find_name(compiler, name.data);
  const char *near = nearest_table(compiler->store, name.data);
  return error_set(compiler->error,
                   store_is_view(compiler->store, name)
                       ? "%s is a view: write to the tables behind it"
                   : near != NULL ? "%s is not a table of the app; did you mean %s?"
                                  : "%s is not a table of the app",
                   name.data, near);
}

static sqlite3_stmt *prepare(struct compiler *compiler, struct connection *connection)
{
  sqlite3_stmt *prepared = NULL;
  struct text text = compiler->sql.text;
  connection_guard(connection, scope_decide, &compiler->statement->scope);
  int code = sqlite3_prepare_v3(connection->handle, text.data, (int)text.length + 1,
                                SQLITE_PREPARE_PERSISTENT, &prepared, NULL);
  connection_unguard(connection);
  if (code == SQLITE_OK && prepared != NULL) return prepared;
  explain(compiler, connection->handle);
  return NULL;
}

static int prepare_both(struct compiler *compiler)
{
  struct store *store = compiler->store;
  struct statement *statement = compiler->statement;
  bool writes = compiler->sql.kind != SQL_SELECT;
  statement->on_writer = prepare(compiler, store->writer);
  if (statement->on_writer == NULL) return -1;
  if ((sqlite3_stmt_readonly(statement->on_writer) == 0) != writes ||
      sqlite3_stmt_isexplain(statement->on_writer) != 0)
    return error_set(compiler->error, "a query is one SELECT, INSERT, UPDATE or DELETE");
  if (store->reader == store->writer) {
    statement->on_reader = statement->on_writer;
  } else if (!writes) {
    statement->on_reader = prepare(compiler, store->reader);
    if (statement->on_reader == NULL) return -1;
  }
  return 0;
}

static int read_parameters(struct compiler *compiler)
{
  struct statement *statement = compiler->statement;
  int count = sqlite3_bind_parameter_count(statement->on_writer);
  if (count > STORE_PARAMETERS_MAX)
    return error_set(compiler->error, "more than %d parameters", STORE_PARAMETERS_MAX);
  struct text *names = arena_new_array(&statement->arena, (size_t)count, sizeof *names);
  for (int i = 0; i < count; i++) {
    const char *name = sqlite3_bind_parameter_name(statement->on_writer, i + 1);
    if (name == NULL) return error_set(compiler->error, "parameters are written :name");
    names[i] = arena_copy(&statement->arena, text_of(name + 1));
  }
  statement->info.parameters = names;
  statement->info.parameter_count = (size_t)count;
  return 0;
}

static bool is_plain_name(struct text name)
{
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (i == 0 || c < '0' || c > '9')) return false;
  }
  return name.length > 0;
}

static int check_column(struct compiler *compiler, const struct text *columns, size_t index)
{
  struct text name = columns[index];
  if (!is_plain_name(name)) {
    *compiler->offset = find_name(compiler, name.data);
    return error_set(compiler->error, "the column %.*s of the result needs a name: %.*s AS name",
                     TEXT_ARGS(name), TEXT_ARGS(name));
  }
  if (text_is_among(name, columns, index))
    return error_set(compiler->error, "two columns of the result are called %.*s: name one with AS",
                     TEXT_ARGS(name));
  return 0;
}

static enum column_kind column_kind(const struct statement_spec *spec, struct text name)
{
  if (text_is_among(name, spec->json_columns, spec->json_column_count)) return COLUMN_JSON;
  if (text_is_among(name, spec->boolean_columns, spec->boolean_column_count)) return COLUMN_BOOLEAN;
  return COLUMN_PLAIN;
}

static int read_columns(struct compiler *compiler)
{
  struct statement *statement = compiler->statement;
  const struct statement_spec *spec = compiler->spec;
  size_t count = (size_t)sqlite3_column_count(statement->on_writer);
  if (spec->rows == ROWS_EXEC && count > 0)
    return error_set(compiler->error,
                     "an :exec query gives no rows: declare it :one, :many or :value");
  if (spec->rows != ROWS_EXEC && count == 0)
    return error_set(compiler->error, "it gives no rows: add RETURNING, or declare it :exec");
  if (spec->rows == ROWS_VALUE && count > 1)
    return error_set(compiler->error, "a :value query has one column: this one has %zu", count);
  struct text *columns = arena_new_array(&statement->arena, count, sizeof *columns);
  enum column_kind *kinds = arena_new_array(&statement->arena, count, sizeof *kinds);
  for (size_t i = 0; i < count; i++) {
    columns[i] =
        arena_copy(&statement->arena, text_of(sqlite3_column_name(statement->on_writer, (int)i)));
    if (spec->rows != ROWS_VALUE && check_column(compiler, columns, i) < 0) return -1;
    kinds[i] = column_kind(spec, columns[i]);
  }
  statement->info.columns = columns;
  statement->info.column_count = count;
  statement->kinds = kinds;
  return 0;
}

int statement_compile(struct store *store, const struct statement_spec *spec,
                      struct statement **statement, size_t *offset, struct error *error)
{
  struct statement *made = memory_new(sizeof *made);
  struct compiler compiler = {
      .store = store, .spec = spec, .statement = made, .offset = offset, .error = error};
  *offset = 0;
  arena_init(&made->arena, 1024);
  made->name = arena_copy(&made->arena, text_of(spec->name)).data;
  made->rows = spec->rows;
  made->rows_max = spec->rows_max;
  if (rewrite(&compiler) < 0 || refuse_excluded_secrets(&compiler) < 0 ||
      prepare_both(&compiler) < 0 || read_parameters(&compiler) < 0 ||
      read_columns(&compiler) < 0) {
    statement_free(made);
    return -1;
  }
  made->info.writes = compiler.sql.kind != SQL_SELECT;
  if (made->info.writes) made->info.target = text_of(made->scope.target->name);
  *statement = made;
  return 0;
}

void statement_free(struct statement *statement)
{
  if (statement == NULL) return;
  if (statement->on_reader != statement->on_writer) sqlite3_finalize(statement->on_reader);
  sqlite3_finalize(statement->on_writer);
  arena_deinit(&statement->arena);
  memory_free(statement);
}

const struct statement_info *statement_info(const struct statement *statement)
{
  return &statement->info;
}
