/* The facts of a whole app, for whoever designs new contracts. */
#include "describe/brief_parts.h"

/* What SQLite says of the columns of all that is in a table. */
static int describe_table(struct store *store, struct arena *arena, struct brief_table *table,
                          struct error *error)
{
  struct text sql = arena_print(arena, "SELECT * FROM \"%.*s\"", TEXT_ARGS(table->name));
  const struct statement_spec spec = {.name = "a table",
                                      .sql = sql,
                                      .rights = STATEMENT_FOREIGN | STATEMENT_SECRETS |
                                                STATEMENT_READ_ONLY,
                                      .rows = ROWS_MANY,
                                      .rows_max = 1};
  struct statement *statement;
  struct statement_description description;
  size_t offset;
  if (statement_compile(store, &spec, &statement, &offset, error)) return -1;
  int result = statement_describe(statement, arena, &description, error);
  statement_free(statement);
  if (result) return -1;
  table->columns = arena_new_array(arena, description.column_count, sizeof *table->columns);
  table->column_count = description.column_count;
  for (size_t i = 0; i < description.column_count; i++)
    table->columns[i] = brief_column_of(arena, &description.columns[i]);
  return 0;
}

static int find_tables(struct brief_app *app, struct store *store, struct error *error)
{
  const struct document *policy = document_find(app->generation->documents, TEXT("policy.json"));
  const struct json *lines = policy ? json_get(policy->root, "tables") : NULL;
  struct schema_object *objects;
  size_t count;
  if (store_list_schema(store, app->arena, &objects, &count, error)) return -1;
  app->tables = arena_new_array(app->arena, count, sizeof *app->tables);
  for (size_t i = 0; i < count; i++) {
    if (!text_is(objects[i].type, "table")) continue;
    struct brief_table *table = &app->tables[app->table_count++];
    *table = (struct brief_table){objects[i].name, objects[i].sql, NULL, NULL, 0};
    table->line = json_get_text(lines, objects[i].name);
    if (describe_table(store, app->arena, table, error)) return -1;
  }
  return 0;
}

static void add_roles(struct brief_app *app, const struct text *roles, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (!text_is_among(roles[i], app->roles, app->role_count))
      app->roles[app->role_count++] = roles[i];
}

static void find_roles(struct brief_app *app)
{
  const struct generation *generation = app->generation;
  size_t most = generation->privileged_role_count;
  for (size_t i = 0; i < generation->contract_count; i++)
    most += generation->contracts[i]->role_count + generation->contracts[i]->or_role_count;
  app->roles = arena_new_array(app->arena, most, sizeof *app->roles);
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    add_roles(app, contract->roles, contract->role_count);
    add_roles(app, contract->or_roles, contract->or_role_count);
  }
  add_roles(app, generation->privileged_roles, generation->privileged_role_count);
}

int brief_app_of(const struct generation *generation, struct store *store, struct arena *arena,
                 struct brief_app *app, struct error *error)
{
  *app = (struct brief_app){.generation = generation, .arena = arena};
  if (find_tables(app, store, error)) return -1;
  find_roles(app);
  return 0;
}

struct text brief_document_name(const struct document *document)
{
  struct text name = text_of(document->path);
  if (text_ends_with(name, ".json")) name.length -= strlen(".json");
  return name;
}
