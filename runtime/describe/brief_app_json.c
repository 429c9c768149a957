/* The facts of a whole app as data: docs/json/brief-app.schema.json. */
#include "describe/brief_parts.h"

static struct json columns_of(const struct brief_table *table, struct arena *arena)
{
  struct json *items = arena_new_array(arena, table->column_count, sizeof *items);
  for (size_t i = 0; i < table->column_count; i++) {
    struct brief_object object = {.arena = arena};
    brief_add_text(&object, "name", table->columns[i].name);
    brief_add_text(&object, "type", table->columns[i].type);
    brief_add(&object, "may_be_null", json_boolean(table->columns[i].may_be_null));
    items[i] = brief_done(&object);
  }
  return brief_array(items, table->column_count);
}

static struct json tables_of(const struct brief_app *app)
{
  struct json *items = arena_new_array(app->arena, app->table_count, sizeof *items);
  for (size_t i = 0; i < app->table_count; i++) {
    struct brief_object object = {.arena = app->arena};
    brief_add_text(&object, "name", app->tables[i].name);
    brief_add(&object, "policy", app->tables[i].line ? *app->tables[i].line : json_null());
    brief_add(&object, "columns", columns_of(&app->tables[i], app->arena));
    brief_add_text(&object, "sql", app->tables[i].sql);
    items[i] = brief_done(&object);
  }
  return brief_array(items, app->table_count);
}

static struct json queries_of(const struct brief_app *app)
{
  const struct query_list *queries = &app->generation->queries;
  struct json *items = arena_new_array(app->arena, queries->count, sizeof *items);
  for (size_t i = 0; i < queries->count; i++) {
    const struct query *query = &queries->items[i];
    struct text choices[QUERY_CHOICES_MAX];
    struct brief_object object = {.arena = app->arena};
    for (size_t k = 0; k < query->choice_count; k++) choices[k] = query->choices[k].parameter;
    brief_add_text(&object, "name", text_of(query->name));
    brief_add(&object, "gives", json_string(text_of(brief_rows_name(query->rows))));
    brief_add(&object, "writes", json_boolean(query->writes));
    brief_add(&object, "parameters",
              brief_strings(app->arena, query->parameters, query->parameter_count));
    brief_add(&object, "choices", brief_strings(app->arena, choices, query->choice_count));
    brief_add_text(&object, "sql", text_trim(query->sql));
    items[i] = brief_done(&object);
  }
  return brief_array(items, queries->count);
}

static struct json routes_of(const struct brief_app *app)
{
  size_t count = app->generation->contract_count;
  struct json *items = arena_new_array(app->arena, count, sizeof *items);
  for (size_t i = 0; i < count; i++) {
    const struct contract *contract = app->generation->contracts[i];
    struct brief_object object = {.arena = app->arena};
    brief_add_text(&object, "contract", text_of(contract->name));
    brief_add_text(&object, "method", text_of(method_name(contract->route.method)));
    brief_add_text(&object, "path", contract->route.path);
    brief_add_text(&object, "summary", contract->summary);
    brief_add(&object, "public", json_boolean(contract->public));
    brief_add(&object, "roles", brief_strings(app->arena, contract->roles, contract->role_count));
    items[i] = brief_done(&object);
  }
  return brief_array(items, count);
}

static struct json documents_of(const struct brief_app *app, enum document_kind kind)
{
  const struct document_list *documents = app->generation->documents;
  struct json *items = arena_new_array(app->arena, documents->count, sizeof *items);
  size_t count = 0;
  for (size_t i = 0; i < documents->count; i++) {
    const struct document *document = &documents->items[i];
    if (document->kind != kind) continue;
    struct brief_object object = {.arena = app->arena};
    if (kind == DOCUMENT_TEMPLATE)
      brief_add_text(&object, "name", brief_document_name(document));
    else
      brief_add_text(&object, "path", text_of(document->path));
    brief_add(&object, "content", *document->root);
    items[count++] = brief_done(&object);
  }
  return brief_array(items, count);
}

int brief_app_write_json(struct buffer *out, const struct generation *generation,
                         struct store *store, struct arena *arena, struct error *error)
{
  struct brief_app app;
  struct brief_object object = {.arena = arena};
  if (brief_app_of(generation, store, arena, &app, error)) return -1;
  brief_add(&object, "routes", routes_of(&app));
  brief_add(&object, "tables", tables_of(&app));
  brief_add(&object, "queries", queries_of(&app));
  brief_add(&object, "templates", documents_of(&app, DOCUMENT_TEMPLATE));
  brief_add(&object, "schemas", documents_of(&app, DOCUMENT_SCHEMA));
  brief_add(&object, "roles", brief_strings(arena, app.roles, app.role_count));
  brief_add(&object, "privileged",
            brief_strings(arena, generation->privileged_roles, generation->privileged_role_count));
  brief_add_text(&object, "language", brief_guide("The contract language in short"));
  struct json document = brief_done(&object);
  json_write_pretty(out, &document);
  buffer_append_byte(out, '\n');
  return 0;
}
