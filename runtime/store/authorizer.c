/* The authorizer of an app's statements: an allowlist. What is not listed is denied, with a word on
 * how to mend it.
 *
 * SQLite tells for each column that is read through which view or trigger it is (`within`). A
 * statement without STATEMENT_FOREIGN must come to an owned table through the principal's view;
 * only the table it writes, and what foreign keys and triggers lead to from there, is reached
 * directly. One with it must not come through a view at all: it would see less than its author
 * meant.
 *
 * Names of schemas are refused before (sql_rewrite.c), so nobody but the host can say `main.notes`.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/store_internal.h"

/* Plain functions: each gives a value that depends on its arguments alone, or on the call's clock,
 * in time that the limits bound. Not there: random and randomblob (two statements of one call could
 * not agree; ids come from new_id), last_insert_rowid, changes and total_changes (tell of other
 * requests in the batch), printf and format (widths that allocate), zeroblob, load_extension,
 * sqlite_* and everything of FTS. */
static const char *const functions[] = {
    /* aggregates and windows */
    "avg", "count", "group_concat", "max", "min", "string_agg", "sum", "total", "cume_dist",
    "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank",
    "rank", "row_number",
    /* values */
    "coalesce", "ifnull", "iif", "nullif", "typeof", "likely", "unlikely", "likelihood", "new_id",
    /* text */
    "char", "concat", "concat_ws", "glob", "hex", "instr", "length", "like", "lower", "ltrim",
    "octet_length", "quote", "replace", "rtrim", "substr", "substring", "trim", "unhex", "unicode",
    "upper",
    /* numbers */
    "abs", "ceil", "ceiling", "exp", "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow",
    "power", "round", "sign", "sqrt", "trunc",
    /* time: `now` is the machine's clock, which is no secret; :now is the call's */
    "current_date", "current_time", "current_timestamp", "date", "datetime", "julianday",
    "strftime", "time", "timediff", "unixepoch",
    /* JSON */
    "->", "->>", "json", "json_array", "json_array_length", "json_each", "json_extract",
    "json_group_array", "json_group_object", "json_insert", "json_object", "json_patch",
    "json_quote", "json_remove", "json_replace", "json_set", "json_tree", "json_type",
    "json_valid"};

static int deny(struct scope *scope, const char *column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int deny(struct scope *scope, const char *column, const char *format, ...)
{
  if (scope->why[0] != '\0') return SQLITE_DENY;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(scope->why, sizeof scope->why, format, arguments);
  va_end(arguments);
  snprintf(scope->column, sizeof scope->column, "%s", column);
  return SQLITE_DENY;
}

static const struct table *find(const struct scope *scope, const char *name)
{
  return name == NULL ? NULL : store_table(scope->store, text_of(name));
}

static bool is_trigger(const struct scope *scope, const char *name)
{
  for (size_t i = 0; name != NULL && i < scope->store->trigger_count; i++)
    if (sqlite3_stricmp(scope->store->triggers[i], name) == 0) return true;
  return false;
}

static bool is_cte(const struct scope *scope, const char *name)
{
  for (size_t i = 0; i < scope->cte_count; i++)
    if (sql_same_name(scope->ctes[i], text_of(name))) return true;
  return false;
}

/* The table that is written, or one that a foreign key or a trigger leads to from there. */
static bool is_reached(const struct scope *scope, const struct table *table, const char *within)
{
  if (scope->target == NULL) return false;
  return table == scope->target || scope->target->linked[table->index] || is_trigger(scope, within);
}

static bool is_view(const struct scope *scope, const char *name)
{
  const struct table *table = find(scope, name);
  return table != NULL && table->has_view;
}

static int decide_function(struct scope *scope, const char *name, const char *within)
{
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (sqlite3_stricmp(functions[i], name) == 0) return SQLITE_OK;
  bool foreign = (scope->rights & STATEMENT_FOREIGN) != 0;
  if (strcmp(name, "writ_principal") == 0 &&
      (scope->principal || (!foreign && is_view(scope, within))))
    return SQLITE_OK;
  return deny(scope, name, "the function %s() is not one that queries may call", name);
}

/* A view of the app: temporary for the principal, in main for all rows, and in triggers, which are
 * of main as well. */
static int decide_view(struct scope *scope, const char *name, const char *column,
                       const char *database, const char *within)
{
  bool temporary = database != NULL && strcmp(database, "temp") == 0;
  bool foreign = (scope->rights & STATEMENT_FOREIGN) != 0;
  if (scope->principal)
    return deny(scope, name, "%s is a view: the policy's own SQL may name tables only", name);
  if (foreign && temporary)
    return deny(scope, name, "%s must stand plainly after FROM, JOIN or IN", name);
  if (foreign || temporary || column[0] == '\0' || is_trigger(scope, within)) return SQLITE_OK;
  return deny(scope, name, "%s may only be read for the principal", name);
}

/* Of a row without any of its columns the database is told as it was written. Where SQLite merges
 * the principal's view into what is around it, that is the view's own `main.`, if the view asks for
 * nothing but an INTEGER PRIMARY KEY, which is no column to it. */
static bool is_counted(const struct scope *scope, const struct table *table, const char *database)
{
  if ((scope->rights & STATEMENT_FOREIGN) != 0) return database == NULL && !scope->views;
  if (database == NULL) return true;
  const struct column *column = table_column(table, table->column);
  return column != NULL && column->key > 0 && table->key != NULL && !type_is_text(column->type);
}

static int decide_read(struct scope *scope, const char *name, const char *column,
                       const char *database, const char *within)
{
  const struct table *table = find(scope, name);
  bool temporary = database != NULL && strcmp(database, "temp") == 0;
  if (table == NULL) {
    if (store_is_view(scope->store, text_of(name)))
      return decide_view(scope, name, column, database, within);
    bool json = strcmp(name, "json_each") == 0 || strcmp(name, "json_tree") == 0;
    if ((json && !temporary) || (column[0] == '\0' && database == NULL && is_cte(scope, name)))
      return SQLITE_OK;
    return deny(scope, name, "%s is not a table of the app", name);
  }
  if ((scope->rights & STATEMENT_SECRETS) == 0 && table_has_secret(table, text_of(column)))
    return deny(scope, column, "%s.%s is secret: only `credentials` may read it", table->name,
                column);
  if (table->ownership == TABLE_SHARED) return SQLITE_OK;
  bool unnamed = column[0] == '\0' && is_counted(scope, table, database);
  bool expanded = is_view(scope, within);
  bool through_view = temporary || expanded || (unnamed && !is_trigger(scope, within));
  if ((scope->rights & STATEMENT_FOREIGN) != 0) {
    if (!through_view) return SQLITE_OK;
    return deny(scope, name, "%s must stand plainly after FROM, JOIN, IN, INTO or UPDATE",
                table->name);
  }
  if (through_view || is_reached(scope, table, within)) return SQLITE_OK;
  return deny(scope, column, "%s.%s may only be read as the principal's own", table->name, column);
}

/* Whether the write (of this column, of rows if NULL) may change whose the target's rows are: then
 * that must be known before. */
static bool decides(const struct scope *scope, const struct table *table, const char *column)
{
  const struct column_reads *deciding = &scope->target->deciding;
  bool any = scope->replaces || column == NULL || sqlite3_stricmp(column, "ROWID") == 0;
  for (size_t i = 0; i < deciding->count; i++)
    if (deciding->items[i].table == table &&
        (any || sqlite3_stricmp(deciding->items[i].column, column) == 0))
      return true;
  return false;
}

/* The OR REPLACE of a statement holds for what its triggers insert and update as well, whatever
 * they say themselves: rows would make way that the schema never meant to give up. */
static int decide_replacing(struct scope *scope, const struct table *table, const char *within)
{
  bool owned = table->ownership != TABLE_SHARED || table->guarded_count > 0;
  if (!scope->replaces || !owned || !is_trigger(scope, within) ||
      (scope->rights & STATEMENT_FOREIGN) != 0)
    return SQLITE_OK;
  return deny(scope, "REPLACE",
              "OR REPLACE holds for the trigger %s too, where it may delete others' rows of %s: "
              "write ON CONFLICT … DO UPDATE",
              within, table->name);
}

static int decide_write(struct scope *scope, int operation, const char *name, const char *column,
                        const char *database, const char *within)
{
  const struct table *table = find(scope, name);
  if (table == NULL) return deny(scope, name, "%s is not a table of the app", name);
  if (scope->kind == SQL_SELECT || database == NULL || strcmp(database, "main") != 0)
    return deny(scope, name, "%s may not be written here", table->name);
  if (!is_reached(scope, table, within))
    return deny(scope, name, "%s may not be written here", table->name);
  if (decides(scope, table, operation == SQLITE_UPDATE ? column : NULL)) scope->beforehand = true;
  return operation == SQLITE_DELETE ? SQLITE_OK : decide_replacing(scope, table, within);
}

int scope_decide(void *context, int operation, const char *a, const char *b, const char *database,
                 const char *within)
{
  struct scope *scope = context;
  switch (operation) {
  case SQLITE_SELECT:
  case SQLITE_RECURSIVE:
    return SQLITE_OK;
  case SQLITE_FUNCTION:
    return decide_function(scope, b, within);
  case SQLITE_READ:
    return decide_read(scope, a, b, database, within);
  case SQLITE_INSERT:
  case SQLITE_UPDATE:
  case SQLITE_DELETE:
    return decide_write(scope, operation, a, b, database, within);
  default:
    return deny(scope, "", "a query may only read and write the app's tables");
  }
}
