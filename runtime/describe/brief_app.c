/* The facts of a whole app, for whoever designs new contracts; as Markdown. */
#include "describe/brief_parts.h"

/* --- Facts. --- */

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

/* --- Markdown. --- */

static void write_tables(struct buffer *out, const struct brief_app *app)
{
  buffer_append_text(out, TEXT("\n## Tables\n\nEach with its line in contracts/policy.json.\n"));
  for (size_t i = 0; i < app->table_count; i++) {
    const struct brief_table *table = &app->tables[i];
    buffer_print(out, "\n### %.*s\n\n", TEXT_ARGS(table->name));
    if (table->line) {
      buffer_append_byte(out, '`');
      json_write(out, table->line);
      buffer_append_text(out, TEXT("`\n\n"));
    }
    buffer_print(out, "```sql\n%.*s\n```\n", TEXT_ARGS(table->sql));
  }
}

static void write_queries(struct buffer *out, const struct brief_app *app)
{
  const struct query_list *queries = &app->generation->queries;
  buffer_append_text(out, TEXT("\n## Queries\n\nIn contracts/queries/. A star: it writes.\n\n"));
  for (size_t i = 0; i < queries->count; i++) {
    const struct query *query = &queries->items[i];
    bool first = true;
    buffer_print(out, "- `%s` :%s%s (", query->name, brief_rows_name(query->rows),
                 query->writes ? "*" : "");
    for (size_t k = 0; k < query->parameter_count + query->choice_count; k++) {
      struct text name = k < query->parameter_count
                             ? query->parameters[k]
                             : query->choices[k - query->parameter_count].parameter;
      buffer_print(out, "%s:%.*s", first ? "" : ", ", TEXT_ARGS(name));
      first = false;
    }
    buffer_append_text(out, TEXT(")\n"));
  }
}

static void write_routes(struct buffer *out, const struct brief_app *app)
{
  buffer_append_text(out, TEXT("\n## Routes\n\n"));
  for (size_t i = 0; i < app->generation->contract_count; i++) {
    const struct contract *contract = app->generation->contracts[i];
    buffer_print(out, "- `%s %.*s` %s (", method_name(contract->route.method),
                 TEXT_ARGS(contract->route.path), contract->name);
    if (contract->public || contract->role_count == 0)
      buffer_append_text(out, contract->public ? TEXT("public") : TEXT("anybody signed in"));
    for (size_t k = 0; !contract->public && k < contract->role_count; k++)
      buffer_print(out, "%s%.*s", k > 0 ? ", " : "", TEXT_ARGS(contract->roles[k]));
    buffer_print(out, "): %.*s\n", TEXT_ARGS(contract->summary));
  }
}

static void write_templates(struct buffer *out, const struct brief_app *app)
{
  const struct document_list *documents = app->generation->documents;
  buffer_append_text(out, TEXT("\n## Templates\n\n"));
  for (size_t i = 0; i < documents->count; i++) {
    const struct document *document = &documents->items[i];
    if (document->kind != DOCUMENT_TEMPLATE) continue;
    const struct json *requires = json_get(document->root, "requires");
    struct text summary = json_text(json_get(document->root, "summary"));
    buffer_print(out, "- `%.*s`%s%.*s", TEXT_ARGS(brief_document_name(document)),
                 summary.length > 0 ? ": " : "", TEXT_ARGS(summary));
    if (requires) {
      buffer_append_text(out, TEXT("; requires `"));
      json_write(out, requires);
      buffer_append_byte(out, '`');
    }
    buffer_append_byte(out, '\n');
  }
}

static void write_shared_schemas(struct buffer *out, const struct brief_app *app)
{
  const struct document_list *documents = app->generation->documents;
  buffer_append_text(out, TEXT("\n## Shared schemas\n\nTo be referred to, as "
                               "`{ \"$ref\": \"../defs/note.json#/$defs/id\" }`.\n\n"));
  for (size_t i = 0; i < documents->count; i++) {
    const struct document *document = &documents->items[i];
    if (document->kind != DOCUMENT_SCHEMA) continue;
    const struct json *parts = json_get(document->root, "$defs");
    struct text title = json_text(json_get(document->root, "title"));
    buffer_print(out, "- `%s`%s%.*s\n", document->path, title.length > 0 ? ": " : "",
                 TEXT_ARGS(title));
    for (uint32_t k = 0; parts && parts->type == JSON_OBJECT && k < parts->length; k++) {
      buffer_print(out, "  - `#/$defs/%.*s`: `", TEXT_ARGS(json_text(&parts->members[k].key)));
      json_write(out, &parts->members[k].value);
      buffer_append_text(out, TEXT("`\n"));
    }
  }
}

static void write_roles(struct buffer *out, const struct brief_app *app)
{
  const struct generation *generation = app->generation;
  buffer_append_text(out, TEXT("\n## Roles\n\n"));
  for (size_t i = 0; i < app->role_count; i++) {
    bool privileged = text_is_among(app->roles[i], generation->privileged_roles,
                                    generation->privileged_role_count);
    buffer_print(out, "- `%.*s`%s\n", TEXT_ARGS(app->roles[i]),
                 privileged ? ", privileged: all rows are open to it where a contract lists it"
                            : "");
  }
}

int brief_app_write(struct buffer *out, const struct generation *generation, struct store *store,
                    struct arena *arena, struct error *error)
{
  const char *guide = "The contract language in short";
  struct brief_app app;
  if (brief_app_of(generation, store, arena, &app, error)) return -1;
  buffer_append_text(out, TEXT("# The app, for new contracts\n"));
  write_routes(out, &app);
  write_tables(out, &app);
  write_queries(out, &app);
  write_templates(out, &app);
  write_shared_schemas(out, &app);
  write_roles(out, &app);
  struct text language = brief_guide(guide);
  buffer_print(out, "\n## %s\n\n", guide);
  buffer_append_text(out, language);
  buffer_append_byte(out, '\n');
  return 0;
}
