/* The policy against the schema: every table has a line, every line fits its table, and everything
 * that the pre-update hook compares can be compared exactly. All findings are reported at once. */
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "store/store_internal.h"

const struct table *store_table(const struct store *store, struct text name)
{
  for (size_t i = 0; i < store->table_count; i++)
    if (sql_same_name(text_of(store->tables[i].name), name)) return &store->tables[i];
  return NULL;
}

bool store_is_table(const void *context, struct text name)
{
  return store_table(context, name) != NULL;
}

bool table_has_secret(const struct table *table, struct text column)
{
  for (size_t i = 0; i < table->secret_count; i++)
    if (sql_same_name(text_of(table->secrets[i]), column)) return true;
  return false;
}

bool store_is_secret(const struct store *store, struct text table, struct text column)
{
  const struct table *found = store_table(store, table);
  return found != NULL && table_has_secret(found, column);
}

const struct column *table_column(const struct table *table, const char *name)
{
  for (size_t i = 0; name != NULL && i < table->column_count; i++)
    if (sqlite3_stricmp(table->columns[i].name, name) == 0) return &table->columns[i];
  return NULL;
}

bool type_is_text(const char *type)
{
  return sqlite3_stricmp(type, "TEXT") == 0;
}

int policy_error(const struct policy_reader *reader, enum finding_code code,
                 const struct table *table, const char *help, const char *format, ...)
{
  char message[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return report_error(reader->report, code, reader->source, reader->policies[table->index].offset,
                      help, "%s: %s", table->name, message);
}

/* --- Reading the schema. --- */

static const char *copy(struct arena *arena, const void *string)
{
  return string == NULL ? NULL : arena_copy(arena, text_of(string)).data;
}

static sqlite3_stmt *query(struct store *store, const char *sql, const char *argument)
{
  sqlite3_stmt *statement = connection_prepare(store->writer, sql, NULL);
  if (statement != NULL && argument != NULL)
    sqlite3_bind_text(statement, 1, argument, -1, SQLITE_STATIC);
  return statement;
}

static void read_columns(struct store *store, struct table *table)
{
  sqlite3_stmt *statement =
      query(store,
            "SELECT name, type, dflt_value, \"notnull\", pk, hidden, count(*) OVER ()"
            " FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
            table->name);
  struct column *columns = NULL;
  const char *key = NULL;
  bool single = true;
  while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW) {
    if (columns == NULL)
      columns =
          arena_new_array(&store->arena, (size_t)sqlite3_column_int(statement, 6), sizeof *columns);
    struct column *column = &columns[table->column_count++];
    int hidden = sqlite3_column_int(statement, 5);
    *column = (struct column){.name = copy(&store->arena, sqlite3_column_text(statement, 0)),
                              .type = copy(&store->arena, sqlite3_column_text(statement, 1)),
                              .initial = copy(&store->arena, sqlite3_column_text(statement, 2)),
                              .not_null = sqlite3_column_int(statement, 3) != 0,
                              .key = sqlite3_column_int(statement, 4),
                              .generated = hidden == 2 || hidden == 3,
                              .virtual = hidden == 2};
    single = single && column->key <= 1;
    if (column->key == 1) key = column->name;
  }
  sqlite3_finalize(statement);
  table->columns = columns;
  table->key = single ? key : NULL;
}

/* Reports what the schema has and the policy cannot govern, and tables without a line. */
static void check_schema(const struct policy_reader *reader)
{
  struct store *store = reader->store;
  sqlite3_stmt *statement =
      query(store,
            "SELECT name, type, strict FROM pragma_table_list"
            " WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            " AND name NOT LIKE 'writ\\_%' ESCAPE '\\' ORDER BY name",
            NULL);
  while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    const char *type = (const char *)sqlite3_column_text(statement, 1);
    const struct table *table = store_table(store, text_of(name));
    uint32_t offset = table != NULL ? reader->policies[table->index].offset : 0;
    if (strcmp(type, "view") == 0) continue; /* app_views.c */
    if (strcmp(type, "table") != 0)
      report_error(reader->report, FINDING_TABLE_VIRTUAL, reader->source, offset,
                   "keep the rows in a plain table",
                   "%s: a virtual table: its rows cannot be held against their owners", name);
    else if (table == NULL)
      report_error(reader->report, FINDING_TABLE_UNGOVERNED, reader->source, 0,
                   "give it a line: { \"owner\": \"<column>\" }, { \"parent\": [\"<column>\", "
                   "\"<table>\"] } or { \"shared\": \"<why>\" }",
                   "%s: the table has no line in the policy: whose are its rows?", name);
    else if (sqlite3_column_int(statement, 2) == 0)
      report_error(reader->report, FINDING_TABLE_LOOSE, reader->source, offset,
                   "end its CREATE TABLE with STRICT",
                   "%s: the table is not STRICT: a column may hold any type", name);
  }
  sqlite3_finalize(statement);
}

static void read_triggers(struct store *store)
{
  sqlite3_stmt *statement = query(
      store, "SELECT name, count(*) OVER () FROM main.sqlite_schema WHERE type = 'trigger'", NULL);
  while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW) {
    if (store->triggers == NULL)
      store->triggers = arena_new_array(&store->arena, (size_t)sqlite3_column_int(statement, 1),
                                        sizeof *store->triggers);
    store->triggers[store->trigger_count++] =
        copy(&store->arena, sqlite3_column_text(statement, 0));
  }
  sqlite3_finalize(statement);
}

/* --- Checking a line. --- */

static const struct column *need_column(const struct policy_reader *reader,
                                        const struct table *table, const char *name)
{
  const struct column *column = table_column(table, name);
  if (column != NULL) return column;
  const char **names = memory_new_array(table->column_count + 1, sizeof *names);
  for (size_t i = 0; i < table->column_count; i++) names[i] = table->columns[i].name;
  const char *near = text_suggestion(text_of(name), names, table->column_count);
  memory_free(names);
  char help[160];
  if (near != NULL) snprintf(help, sizeof help, "did you mean %.100s?", near);
  policy_error(reader, FINDING_COLUMN_UNKNOWN, table, near != NULL ? help : NULL,
               "there is no column %s", name != NULL ? name : "");
  return NULL;
}

int policy_check_id(const struct policy_reader *reader, const struct table *table,
                    const struct column *column)
{
  const char *type = NULL, *collation = NULL;
  sqlite3_table_column_metadata(reader->store->writer->handle, "main", table->name, column->name,
                                &type, &collation, NULL, NULL, NULL);
  bool plain =
      type != NULL && (sqlite3_stricmp(type, "TEXT") == 0 ||
                       sqlite3_stricmp(type, "INTEGER") == 0 || sqlite3_stricmp(type, "INT") == 0);
  if (!plain)
    return policy_error(reader, FINDING_COLUMN_KEY, table,
                        "owners, keys and references are TEXT or INTEGER", "%s is of type %s",
                        column->name, type != NULL ? type : "none");
  if (collation == NULL || sqlite3_stricmp(collation, "BINARY") != 0)
    return policy_error(reader, FINDING_COLUMN_KEY, table,
                        "leave out its COLLATE; normalize the input instead",
                        "%s is compared by %s: two different ids could be the same", column->name,
                        collation != NULL ? collation : "nothing");
  return 0;
}

/* The hook counts columns as they are stored, where a virtual column before shifts the others. */
static int check_hooked(const struct policy_reader *reader, const struct table *table,
                        const struct column *column)
{
  if (column->generated)
    return policy_error(reader, FINDING_COLUMN_KEY, table, "store it as a plain column",
                        "%s is generated", column->name);
  for (const struct column *before = table->columns; before < column; before++)
    if (before->virtual)
      return policy_error(reader, FINDING_COLUMN_KEY, table,
                          "move generated columns to the end of the table",
                          "%s stands behind the generated column %s", column->name, before->name);
  return 0;
}

static bool is_constant(const char *sql)
{
  struct text rest = text_of(sql);
  for (;;) {
    struct sql_token token = sql_next(&rest);
    if (token.type == SQL_END) return true;
    bool literal = token.type == SQL_NUMBER || token.type == SQL_STRING || sql_is(token, "NULL") ||
                   sql_is(token, "TRUE") || sql_is(token, "FALSE") || sql_is_symbol(token, '+') ||
                   sql_is_symbol(token, '-') || sql_is_symbol(token, '(') ||
                   sql_is_symbol(token, ')');
    if (!literal) return false;
  }
}

/* The default as the column would store it. */
static sqlite3_value *evaluate(struct store *store, const struct column *column)
{
  bool cast =
      sqlite3_stricmp(column->type, "ANY") != 0 && sqlite3_stricmp(column->type, "BLOB") != 0;
  const char *initial = column->initial != NULL ? column->initial : "NULL";
  char *sql = cast ? sqlite3_mprintf("SELECT CAST((%s) AS %s)", initial, column->type)
                   : sqlite3_mprintf("SELECT (%s)", initial);
  sqlite3_stmt *statement = connection_prepare(store->writer, sql, NULL);
  sqlite3_value *value = NULL;
  if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
    value = sqlite3_value_dup(sqlite3_column_value(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_free(sql);
  return value;
}

static void check_guarded(const struct policy_reader *reader, struct table *table, const char *name)
{
  const struct column *column = need_column(reader, table, name);
  if (column == NULL || check_hooked(reader, table, column) < 0) return;
  if (column->initial != NULL && !is_constant(column->initial)) {
    policy_error(reader, FINDING_COLUMN_GUARDED, table, "give it a literal as its default",
                 "the guarded column %s has a default that is computed", column->name);
    return;
  }
  /* Rows older than an added column show as NULL in the hook, whatever its default. */
  if (column->initial != NULL && !column->not_null) {
    policy_error(reader, FINDING_COLUMN_GUARDED, table, "declare it NOT NULL",
                 "the guarded column %s has a default, yet may be NULL", column->name);
    return;
  }
  struct guarded_column *guarded = &table->guarded[table->guarded_count++];
  *guarded = (struct guarded_column){column->name, (int)(column - table->columns),
                                     evaluate(reader->store, column)};
}

static void check_secrets(const struct policy_reader *reader, struct table *table,
                          const struct table_policy *policy)
{
  const char **secrets =
      arena_new_array(&reader->store->arena, policy->secret_count, sizeof *secrets);
  table->secrets = secrets;
  for (size_t i = 0; i < policy->secret_count; i++) {
    const struct column *column = need_column(reader, table, policy->secrets[i]);
    if (column == NULL) continue;
    secrets[table->secret_count++] = column->name;
    if (column->key > 0 ||
        (policy->column != NULL && sqlite3_stricmp(policy->column, column->name) == 0))
      policy_error(reader, FINDING_COLUMN_SECRET, table, "secrets are values, not keys",
                   "%s is secret and tells rows or owners apart", column->name);
  }
  for (size_t i = 0; policy->secret_count > 0 && i < table->column_count; i++)
    if (table->columns[i].generated)
      policy_error(reader, FINDING_COLUMN_SECRET, table, "compute it in the queries",
                   "%s is generated, in a table with secrets: it may show them",
                   table->columns[i].name);
}

static void check_table(const struct policy_reader *reader, struct table *table)
{
  const struct table_policy *policy = &reader->policies[table->index];
  struct store *store = reader->store;
  read_columns(store, table);
  if (table->column_count == 0) {
    const char *help = "take out its line, or add a migration that makes it";
    policy_error(reader, FINDING_TABLE_UNKNOWN, table, help, "there is no such table");
    return;
  }
  if (store_table(store, text_of(table->name)) != table)
    policy_error(reader, FINDING_TABLE_TWICE, table, "one line for each table",
                 "the table has two lines");
  table->guarded = arena_new_array(&store->arena, policy->guarded_count, sizeof *table->guarded);
  for (size_t i = 0; i < policy->guarded_count; i++)
    check_guarded(reader, table, policy->guarded[i]);
  check_secrets(reader, table, policy);
  for (size_t i = 0; i < table->column_count; i++)
    if (table->columns[i].key > 0) policy_check_id(reader, table, &table->columns[i]);
  for (size_t i = 0; i < store->trigger_count; i++)
    if (sqlite3_stricmp(store->triggers[i], table->name) == 0)
      policy_error(reader, FINDING_TRIGGER_NAME, table, "rename the trigger",
                   "a trigger has the name of the table");
  table->has_view = table->ownership != TABLE_SHARED || table->secret_count > 0;
  if (table->ownership == TABLE_SHARED) return;
  const struct column *column = need_column(reader, table, policy->column);
  if (column == NULL) return;
  policy_check_id(reader, table, column);
  check_hooked(reader, table, column);
  table->column = column->name;
  table->column_index = (int)(column - table->columns);
}

/* Ids of the principal are of one type: see type_is_text. */
static void check_owner_types(const struct policy_reader *reader)
{
  const struct table *first = NULL;
  for (size_t i = 0; i < reader->store->table_count; i++) {
    const struct table *table = &reader->store->tables[i];
    bool direct = table->ownership == TABLE_OWNED && reader->policies[i].members.length == 0;
    if (!direct || table->column == NULL) continue;
    if (first == NULL) first = table;
    const char *type = table->columns[table->column_index].type;
    const char *expected = first->columns[first->column_index].type;
    if (type_is_text(type) != type_is_text(expected))
      policy_error(reader, FINDING_OWNER_TYPES, table, "give ids of principals one type everywhere",
                   "the owner %s is %s, but %s.%s is %s", table->column, type, first->name,
                   first->column, expected);
  }
}

void store_forget_policy(struct store *store)
{
  for (size_t i = 0; i < store->table_count; i++) {
    for (size_t j = 0; j < store->tables[i].guarded_count; j++)
      sqlite3_value_free(store->tables[i].guarded[j].initial);
    memory_free(store->tables[i].deciding.items);
  }
  store->table_count = store->trigger_count = store->view_count = 0;
  store->tables = NULL;
  store->triggers = NULL;
  store->views = NULL;
  arena_reset(&store->arena);
}

static void copy_policies(struct store *store, const struct table_policy *policies, size_t count)
{
  store->tables = arena_new_array(&store->arena, count, sizeof *store->tables);
  store->table_count = count;
  for (size_t i = 0; i < count; i++)
    store->tables[i] = (struct table){.name = copy(&store->arena, policies[i].table),
                                      .index = i,
                                      .bit = identities_bit(policies[i].table),
                                      .ownership = policies[i].ownership};
}

int store_set_policy(struct store *store, const struct table_policy *tables, size_t count,
                     const struct source *source, struct report *report)
{
  size_t errors = report->errors;
  struct policy_reader reader = {store, tables, source, report};
  if (store->has_policy)
    return report_error(report, FINDING_POLICY_FAILED, source, 0, NULL,
                        "the store has its policy already");
  struct error error = {0}; /* noted before it is read: whoever changes it meanwhile is found out */
  if (schema_guard_set(store, &error) < 0)
    return report_error(report, FINDING_POLICY_FAILED, source, 0, NULL, "%s", error.message);
  copy_policies(store, tables, count);
  read_triggers(store);
  policy_read_views(&reader);
  check_schema(&reader);
  for (size_t i = 0; i < count; i++) check_table(&reader, &store->tables[i]);
  if (report->errors == errors) check_owner_types(&reader);
  if (report->errors == errors) policy_read_links(&reader);
  if (report->errors == errors) policy_make_conditions(&reader);
  if (report->errors == errors) policy_make_views(&reader);
  if (report->errors == errors) policy_try_views(&reader);
  if (report->errors != errors) {
    store_forget_policy(store);
    return -1;
  }
  struct connection *connections[] = {store->writer, store->reader};
  for (size_t i = 0; i < (store->reader == store->writer ? 1 : 2); i++)
    connections[i]->checks = memory_new_array(count, sizeof *connections[i]->checks);
  store->has_policy = true;
  return 0;
}
