/* What a statement does, from what SQLite tells the authorizer.
 *
 * It is prepared twice: without foreign keys, then as it will run. SQLite gives no name to what a
 * foreign key does by itself, so whatever is written only the second time, outside of triggers, is
 * that. What triggers do bears their names. A view's own reads are the host's filter, and left
 * out. */
#include "store/description.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/store_internal.h"

/* What the authorizer was told once. */
struct event {
  int operation; /* SQLITE_READ, _INSERT, _UPDATE, _DELETE */
  const struct table *table;
  struct text column, trigger; /* empty: none */
};

struct events {
  struct event *items;
  size_t count, capacity;
};

struct describer {
  const struct statement *statement;
  const struct store *store;
  struct arena *arena;
  struct scope scope;          /* as it was compiled with */
  struct events without, with; /* foreign keys */
  struct events *now;          /* of these, the one that is filled */
  struct effect *effects;
  size_t count, capacity;
};

/* --- What SQLite says. --- */

static bool is_trigger(const struct store *store, const char *name)
{
  for (size_t i = 0; name != NULL && i < store->trigger_count; i++)
    if (sqlite3_stricmp(store->triggers[i], name) == 0) return true;
  return false;
}

/* The principal's view that SQLite is inside of, where its name means one; or NULL. */
static const struct table *view_around(const struct describer *describer, const char *within)
{
  const struct table *view = within != NULL ? store_table(describer->store, text_of(within)) : NULL;
  bool means_view = view != NULL && view->has_view;
  return means_view && (describer->scope.rights & STATEMENT_FOREIGN) == 0 ? view : NULL;
}

static void note(struct describer *describer, struct event event)
{
  struct events *events = describer->now;
  if (events->count == events->capacity) {
    events->capacity = events->capacity > 0 ? 2 * events->capacity : 32;
    events->items = memory_resize(events->items, events->capacity * sizeof *events->items);
  }
  events->items[events->count++] = event;
}

static int listen(void *context, int operation, const char *a, const char *b, const char *database,
                  const char *within)
{
  struct describer *describer = context;
  bool concerns = operation == SQLITE_READ || operation == SQLITE_INSERT ||
                  operation == SQLITE_UPDATE || operation == SQLITE_DELETE;
  const struct table *table =
      concerns && a != NULL ? store_table(describer->store, text_of(a)) : NULL;
  bool trigger = is_trigger(describer->store, within);
  const struct table *view = trigger ? NULL : view_around(describer, within);
  /* What a view reads is the host's filter; that it is there says that its rows are read. */
  bool counts = table != NULL && (view == NULL || view == table);
  if (counts)
    note(describer,
         (struct event){.operation = operation,
                        .table = table,
                        .column = arena_copy(describer->arena, text_of(view ? "" : b)),
                        .trigger = arena_copy(describer->arena, text_of(trigger ? within : ""))});
  return scope_decide(&describer->scope, operation, a, b, database, within);
}

static int prepare(struct describer *describer, bool foreign_keys, struct events *events,
                   struct error *error)
{
  struct connection *connection = describer->store->writer;
  sqlite3_stmt *prepared = NULL;
  describer->now = events;
  sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_ENABLE_FKEY, foreign_keys ? 1 : 0, NULL);
  connection_guard(connection, listen, describer);
  int code = sqlite3_prepare_v2(connection->handle, sqlite3_sql(describer->statement->on_writer),
                                -1, &prepared, NULL);
  connection_unguard(connection);
  sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
  sqlite3_finalize(prepared);
  if (code == SQLITE_OK) return 0;
  return error_set(error, "%s: %s", describer->statement->name, sqlite3_errmsg(connection->handle));
}

/* --- From events to effects. --- */

static bool same_effect(const struct effect *a, const struct effect *b)
{
  return a->kind == b->kind && a->cause == b->cause && text_equal(a->table, b->table) &&
         sql_same_name(a->column, b->column) && text_equal(a->by, b->by);
}

static void add(struct describer *describer, struct effect effect)
{
  for (size_t i = 0; i < describer->count; i++)
    if (same_effect(&describer->effects[i], &effect)) return;
  if (describer->count == describer->capacity) {
    describer->capacity = describer->capacity > 0 ? 2 * describer->capacity : 32;
    describer->effects =
        memory_resize(describer->effects, describer->capacity * sizeof *describer->effects);
  }
  describer->effects[describer->count++] = effect;
}

static enum effect_kind kind_of(int operation)
{
  return operation == SQLITE_READ     ? EFFECT_READ
         : operation == SQLITE_INSERT ? EFFECT_INSERT
         : operation == SQLITE_UPDATE ? EFFECT_UPDATE
                                      : EFFECT_DELETE;
}

static struct effect effect_of(const struct event *event, enum effect_cause cause)
{
  const struct column *column =
      event->column.length > 0 ? table_column(event->table, event->column.data) : NULL;
  return (struct effect){.kind = kind_of(event->operation),
                         .cause = cause,
                         .table = text_of(event->table->name),
                         .column = column != NULL ? text_of(column->name) : event->column,
                         .by = event->trigger};
}

static size_t times(const struct events *events, const struct event *event)
{
  size_t count = 0;
  for (size_t i = 0; i < events->count; i++) {
    const struct event *other = &events->items[i];
    if (other->operation == event->operation && other->table == event->table &&
        sql_same_name(other->column, event->column) && text_equal(other->trigger, event->trigger))
      count++;
  }
  return count;
}

/* Reads that come with foreign keys are their look-ups, and nobody sees what they find. */
static bool is_look_up(const struct describer *describer, const struct event *event)
{
  if (event->operation != SQLITE_READ) return false;
  if (event->trigger.length == 0) return true;
  for (size_t i = 0; i < describer->without.count; i++)
    if (text_equal(describer->without.items[i].trigger, event->trigger)) return true;
  return false; /* the trigger fires because of a foreign key */
}

/* The columns in INSERT INTO table (…) of the statement itself. */
static void add_inserted(struct describer *describer)
{
  struct text rest = text_of(sqlite3_sql(describer->statement->on_writer));
  struct sql_token token;
  const char *table = describer->scope.target->name;
  while ((token = sql_next(&rest)).type != SQL_END && !sql_is(token, "INTO")) {
  }
  while (token.type != SQL_END && !sql_is_symbol(token, '(')) token = sql_next(&rest);
  while ((token = sql_next(&rest)).type != SQL_END && !sql_is_symbol(token, ')')) {
    if (sql_is_symbol(token, ',')) continue;
    struct text name = arena_copy(describer->arena, sql_name(token, describer->arena));
    const struct column *column = table_column(describer->scope.target, name.data);
    add(describer, (struct effect){.kind = EFFECT_INSERT,
                                   .table = text_of(table),
                                   .column = column != NULL ? text_of(column->name) : name});
  }
}

static void add_events(struct describer *describer)
{
  for (size_t i = 0; i < describer->without.count; i++) {
    const struct event *event = &describer->without.items[i];
    bool own = event->trigger.length == 0;
    if (own && event->operation == SQLITE_INSERT && event->table == describer->scope.target)
      add_inserted(describer);
    else
      add(describer, effect_of(event, own ? CAUSE_STATEMENT : CAUSE_TRIGGER));
  }
  for (size_t i = 0; i < describer->with.count; i++) {
    const struct event *event = &describer->with.items[i];
    if (times(&describer->without, event) >= times(&describer->with, event)) continue;
    if (is_look_up(describer, event)) continue;
    bool own = event->trigger.length == 0;
    add(describer, effect_of(event, own ? CAUSE_FOREIGN_KEY : CAUSE_TRIGGER));
  }
}

/* That rows were looked at goes without saying where columns were. */
static void drop_bare_reads(struct describer *describer)
{
  size_t kept = 0;
  for (size_t i = 0; i < describer->count; i++) {
    struct effect effect = describer->effects[i];
    bool bare = effect.kind == EFFECT_READ && effect.column.length == 0;
    bool said = false;
    for (size_t k = 0; bare && k < describer->count; k++) {
      const struct effect *other = &describer->effects[k];
      said = said || (other->kind == EFFECT_READ && other->column.length > 0 &&
                      text_equal(other->table, effect.table));
    }
    if (!said) describer->effects[kept++] = effect;
  }
  describer->count = kept;
}

/* --- Rows that make way for others, of which the authorizer is not told. --- */

/* OR REPLACE, REPLACE INTO, ON CONFLICT REPLACE; not the function replace(). */
static bool replaces(struct text sql)
{
  struct sql_token token, before = {SQL_END, {NULL, 0}};
  while ((token = sql_next(&sql)).type != SQL_END && token.type != SQL_BAD) {
    if (sql_is(before, "REPLACE") && sql_is(token, "INTO")) return true;
    if (sql_is(token, "REPLACE") && (sql_is(before, "OR") || sql_is(before, "CONFLICT")))
      return true;
    before = token;
  }
  return false;
}

/* The SQL that made a table or trigger. */
static bool schema_replaces(const struct store *store, const char *type, struct text name)
{
  sqlite3_stmt *statement = connection_prepare(
      store->writer,
      "SELECT sql FROM main.sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE", NULL);
  sqlite3_bind_text(statement, 1, type, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, name.data, (int)name.length, SQLITE_STATIC);
  bool found = sqlite3_step(statement) == SQLITE_ROW &&
               replaces(text_of((const char *)sqlite3_column_text(statement, 0)));
  sqlite3_finalize(statement);
  return found;
}

/* Whether a row with another value in this column may be in another's way. */
static bool is_unique(const struct store *store, const struct effect *effect)
{
  const struct table *table = store_table(store, effect->table);
  const struct column *column = table_column(table, effect->column.data);
  if (column == NULL || column->key > 0) return true;
  sqlite3_stmt *statement = connection_prepare(
      store->writer,
      "SELECT 1 FROM pragma_index_list(?1, 'main') AS l, pragma_index_info(l.name, 'main') AS i"
      " WHERE l.\"unique\" AND (l.partial OR i.name IS NULL OR i.name = ?2)",
      NULL);
  sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, column->name, -1, SQLITE_STATIC);
  bool found = sqlite3_step(statement) == SQLITE_ROW;
  sqlite3_finalize(statement);
  return found;
}

static void add_replaced(struct describer *describer)
{
  bool statement = replaces(text_of(sqlite3_sql(describer->statement->on_writer)));
  size_t count = describer->count;
  for (size_t i = 0; i < count; i++) {
    struct effect effect = describer->effects[i];
    if (effect.kind != EFFECT_INSERT && effect.kind != EFFECT_UPDATE) continue;
    bool trigger = effect.cause == CAUSE_TRIGGER;
    if (!statement && !schema_replaces(describer->store, "table", effect.table) &&
        !(trigger && schema_replaces(describer->store, "trigger", effect.by)))
      continue;
    if (effect.kind == EFFECT_UPDATE && !is_unique(describer->store, &effect)) continue;
    effect.kind = EFFECT_DELETE;
    effect.column = (struct text){"", 0};
    if (effect.cause == CAUSE_STATEMENT) effect.cause = CAUSE_REPLACE;
    add(describer, effect);
  }
}

/* --- Which foreign key it was. --- */

static bool has_effect(const struct describer *describer, enum effect_kind kind, const char *table,
                       const char *column)
{
  for (size_t i = 0; i < describer->count; i++) {
    const struct effect *effect = &describer->effects[i];
    if (effect->kind == kind && sql_same_name(effect->table, text_of(table)) &&
        (column == NULL || sql_same_name(effect->column, text_of(column))))
      return true;
  }
  return false;
}

static bool acts(const char *action, bool on_delete, const struct effect *effect)
{
  bool sets =
      sqlite3_stricmp(action, "SET NULL") == 0 || sqlite3_stricmp(action, "SET DEFAULT") == 0;
  bool cascades = sqlite3_stricmp(action, "CASCADE") == 0;
  if (effect->kind == EFFECT_DELETE) return on_delete && cascades;
  return sets || (cascades && !on_delete);
}

/* The first foreign key of the effect's table that explains it. */
static struct text cause_of(const struct describer *describer, const struct effect *effect)
{
  struct text cause =
      arena_print(describer->arena, "a foreign key of %.*s", TEXT_ARGS(effect->table));
  bool found = false;
  sqlite3_stmt *keys = connection_prepare(
      describer->store->writer,
      "SELECT \"table\", \"from\", on_delete, on_update FROM pragma_foreign_key_list(?1, 'main')",
      NULL);
  sqlite3_bind_text(keys, 1, effect->table.data, (int)effect->table.length, SQLITE_STATIC);
  while (!found && sqlite3_step(keys) == SQLITE_ROW) {
    const char *parent = (const char *)sqlite3_column_text(keys, 0);
    struct text from = text_of((const char *)sqlite3_column_text(keys, 1));
    if (effect->kind == EFFECT_UPDATE && !sql_same_name(from, effect->column)) continue;
    for (int i = 0; i < 2 && !found; i++) {
      const char *action = (const char *)sqlite3_column_text(keys, 2 + i);
      if (!has_effect(describer, i == 0 ? EFFECT_DELETE : EFFECT_UPDATE, parent, NULL) ||
          !acts(action, i == 0, effect))
        continue;
      found = true;
      cause = arena_print(describer->arena, "ON %s %s of %.*s.%.*s", i == 0 ? "DELETE" : "UPDATE",
                          action, TEXT_ARGS(effect->table), TEXT_ARGS(from));
    }
  }
  sqlite3_finalize(keys);
  return cause;
}

/* --- The whole. --- */

static int compare_effects(const void *a, const void *b)
{
  const struct effect *x = a, *y = b;
  int order = (int)x->kind - (int)y->kind;
  if (order == 0) order = (int)x->cause - (int)y->cause;
  if (order == 0) order = text_compare(x->table, y->table);
  if (order == 0) order = text_compare(x->column, y->column);
  return order != 0 ? order : text_compare(x->by, y->by);
}

static void copy_effects(const struct describer *describer,
                         struct statement_description *description)
{
  struct effect *effects = arena_new_array(describer->arena, describer->count, sizeof *effects);
  for (size_t i = 0; i < describer->count; i++) {
    effects[i] = describer->effects[i];
    effects[i].table = arena_copy(describer->arena, effects[i].table);
    effects[i].column = arena_copy(describer->arena, effects[i].column);
    const struct table *table = store_table(describer->store, effects[i].table);
    effects[i].owned = table != NULL && table_names_owner(table);
    effects[i].principals = table != NULL && table_holds_principals(table);
  }
  if (describer->count > 0) qsort(effects, describer->count, sizeof *effects, compare_effects);
  description->effects = effects;
  description->effect_count = describer->count;
}

int statement_describe(const struct statement *statement, struct arena *arena,
                       struct statement_description *description, struct error *error)
{
  struct describer describer = {.statement = statement,
                                .store = statement->scope.store,
                                .arena = arena,
                                .scope = statement->scope};
  int result = prepare(&describer, false, &describer.without, error);
  if (result == 0) result = prepare(&describer, true, &describer.with, error);
  if (result == 0) {
    add_events(&describer);
    drop_bare_reads(&describer);
    add_replaced(&describer);
    for (size_t i = 0; i < describer.count; i++)
      if (describer.effects[i].cause == CAUSE_FOREIGN_KEY)
        describer.effects[i].by = cause_of(&describer, &describer.effects[i]);
    copy_effects(&describer, description);
    statement_describe_columns(statement, arena, description);
  }
  memory_free(describer.without.items);
  memory_free(describer.with.items);
  memory_free(describer.effects);
  return result;
}
