/* What a write to one table reaches in others by the schema's own rules: foreign keys and triggers.
 * The authorizer lets a statement go there, and nowhere else, without a view. */
#include "base/memory.h"
#include "store/store_internal.h"

/* Which table leads to which, as a matrix by index. */
struct links {
  size_t count;
  bool *down; /* to children by foreign key, and to what triggers name */
  bool *up;   /* to parents by foreign key, whose keys are looked up */
};

static bool *cell(bool *matrix, const struct links *links, size_t from, size_t to)
{
  return &matrix[from * links->count + to];
}

static void check_reference(const struct policy_reader *reader, struct links *links,
                            struct table *table, sqlite3_stmt *row, bool *is_parent)
{
  const char *name = (const char *)sqlite3_column_text(row, 0);
  const char *from = (const char *)sqlite3_column_text(row, 1);
  const char *to = (const char *)sqlite3_column_text(row, 2);
  const struct table *parent = store_table(reader->store, text_of(name));
  if (parent == NULL) {
    policy_error(reader, FINDING_REFERENCE_UNKNOWN, table, "refer to a table of the app",
                 "%s refers to %s, which is none", from, name);
    return;
  }
  *cell(links->down, links, parent->index, table->index) = true;
  *cell(links->up, links, table->index, parent->index) = true;
  if (to != NULL && table_has_secret(parent, text_of(to)))
    policy_error(reader, FINDING_COLUMN_SECRET, table, "refer to its key",
                 "%s refers to a secret, %s.%s", from, parent->name, to);
  const struct column *column = table_column(table, from);
  if (column != NULL) policy_check_id(reader, table, column);
  const char *wanted = reader->policies[table->index].parent;
  bool by_key = parent->key != NULL && (to == NULL || sqlite3_stricmp(to, parent->key) == 0);
  if (table->ownership == TABLE_CHILD && wanted != NULL && by_key &&
      sqlite3_stricmp(name, wanted) == 0 && sqlite3_stricmp(from, table->column) == 0) {
    *is_parent = true;
    table->parent = parent;
    if (column != NULL &&
        type_is_text(column->type) != type_is_text(table_column(parent, parent->key)->type))
      policy_error(reader, FINDING_OWNER_TYPES, table, "declare both with one type",
                   "%s is of another type than %s.%s", from, parent->name, parent->key);
  }
}

static void read_references(const struct policy_reader *reader, struct links *links,
                            struct table *table)
{
  bool is_parent = false;
  const char *wanted = reader->policies[table->index].parent;
  sqlite3_stmt *statement = connection_prepare(
      reader->store->writer,
      "SELECT \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1, 'main')", NULL);
  sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
  while (sqlite3_step(statement) == SQLITE_ROW)
    check_reference(reader, links, table, statement, &is_parent);
  sqlite3_finalize(statement);
  if (table->ownership != TABLE_CHILD || is_parent) return;
  policy_error(reader, FINDING_PARENT_WRONG, table,
               "declare the reference: REFERENCES <parent>(<its primary key>)",
               "%s is no foreign key to the primary key of %s", table->column,
               wanted != NULL ? wanted : "a parent");
}

/* Whatever table a trigger's text names may be written when it fires. */
static void read_triggers(const struct policy_reader *reader, struct links *links)
{
  struct store *store = reader->store;
  struct arena arena;
  arena_init(&arena, 1024);
  sqlite3_stmt *statement = connection_prepare(
      store->writer, "SELECT tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger'", NULL);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    const struct table *table =
        store_table(store, text_of((const char *)sqlite3_column_text(statement, 0)));
    struct text rest = text_of((const char *)sqlite3_column_text(statement, 1));
    struct sql_token token;
    while (table != NULL && (token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
      const struct table *named = store_table(store, sql_name(token, &arena));
      if (named != NULL) *cell(links->down, links, table->index, named->index) = true;
    }
  }
  sqlite3_finalize(statement);
  arena_deinit(&arena);
}

static void follow(const struct links *links, size_t from, bool *reached)
{
  if (reached[from]) return;
  reached[from] = true;
  for (size_t to = 0; to < links->count; to++)
    if (*cell(links->down, links, from, to)) follow(links, to, reached);
}

int policy_read_links(const struct policy_reader *reader)
{
  struct store *store = reader->store;
  size_t count = store->table_count;
  struct links links = {count, memory_new_array(count * count + 1, 1),
                        memory_new_array(count * count + 1, 1)};
  bool *reached = memory_new_array(count + 1, 1);
  for (size_t i = 0; i < count; i++) read_references(reader, &links, &store->tables[i]);
  read_triggers(reader, &links);
  for (size_t i = 0; i < count; i++) {
    bool *linked = arena_new_array(&store->arena, count, sizeof *linked);
    memset(reached, 0, count);
    follow(&links, i, reached);
    for (size_t j = 0; j < count; j++) {
      if (!reached[j]) continue;
      linked[j] = true;
      for (size_t k = 0; k < count; k++) linked[k] = linked[k] || *cell(links.up, &links, j, k);
    }
    store->tables[i].linked = linked;
  }
  memory_free(reached);
  memory_free(links.down);
  memory_free(links.up);
  return 0;
}
