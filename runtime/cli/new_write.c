/* Planning what `writ new` writes: which templates, for which contracts, over which table. */
#include "cli/new_write.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"

const struct new_template new_templates[NEW_TEMPLATES] = {
    {"public-read", "anybody reads: GET a list or one", NULL, false},
    {"signed-in", "who is signed in lists, reads, creates, changes or deletes their own", NULL,
     false},
    {"owner-crud", "all five of these, each a contract", "", true},
    {"admin-only", "the same for people with a certain role, for everybody's rows", NULL, false},
    {"batch", "many are created at once, or none", NULL, false},
    {"login", "a session for who knows the password", "POST /login", false},
};

const struct new_template *new_template_find(const char *name)
{
  for (size_t i = 0; i < NEW_TEMPLATES; i++)
    if (!strcmp(new_templates[i].name, name)) return &new_templates[i];
  return NULL;
}

/* --- The table. --- */

/* What a new one will be: rows of an owner, or everybody's. */
static int begin_table(struct new_writer *writer)
{
  struct new_table *table = &writer->table;
  *table = (struct new_table){.name = table->name,
                              .shared = writer->audience != AUDIENCE_SIGNED_IN,
                              .key = TEXT("id"),
                              .created = true,
                              .fields = writer->asked_fields};
  if (writer->asked_fields.count == 0)
    return error_set(writer->error,
                     "--fields: there is no table %s yet: say what its columns are, as in "
                     "\"title:string(1..200),done:boolean\"",
                     table->name);
  if (!table->shared) table->owner = TEXT("owner_id");
  return 0;
}

static int read_table(struct new_writer *writer)
{
  const char *name = writer->asked->table ? writer->asked->table : writer->group.data;
  if (writer->asked->fields &&
      new_fields_read(writer->arena, writer->asked->fields, &writer->asked_fields, writer->error))
    return -1;
  writer->table.name = name;
  new_people_read(writer->arena, writer->opened, &writer->people);
  if (!new_name_is_free(text_of(name), "--table", writer->error)) return -1;
  if (!new_table_is_there(writer->opened, name)) return begin_table(writer);
  return new_table_read(writer->arena, writer->opened, name,
                        writer->asked->fields ? &writer->asked_fields : NULL,
                        writer->audience == AUDIENCE_ADMIN, &writer->table, writer->error);
}

static void set_columns(struct new_writer *writer)
{
  const struct new_people *people = &writer->people;
  struct text columns = TEXT(""), owner;
  int width = (int)strlen("created_at");
  for (size_t i = 0; i < writer->table.fields.count; i++)
    if ((int)writer->table.fields.items[i].name.length > width)
      width = (int)writer->table.fields.items[i].name.length;
  for (size_t i = 0; i < writer->table.fields.count; i++)
    columns = arena_print(
        writer->arena, "%.*s%s%.*s", TEXT_ARGS(columns), i > 0 ? ",\n" : "",
        TEXT_ARGS(new_field_column(writer->arena, &writer->table.fields.items[i], width)));
  owner = arena_print(writer->arena, "%-*s %s NOT NULL", width, "owner_id",
                      people->integer_key ? "INTEGER" : "TEXT");
  if (people->table)
    owner = arena_print(writer->arena, "%.*s REFERENCES %s (%.*s) ON DELETE CASCADE",
                        TEXT_ARGS(owner), people->table, TEXT_ARGS(people->key));
  new_set(writer, "column_definitions", columns);
  new_set(writer, "owner_column", owner);
  new_set(writer, "id_column",
          arena_print(writer->arena, "%-*s TEXT NOT NULL PRIMARY KEY", width, "id"));
  new_set(writer, "created_column",
          arena_print(writer->arena, "%-*s INTEGER NOT NULL", width, "created_at"));
}

/* The new table's line in the policy. */
static struct text policy_line(const struct new_writer *writer)
{
  if (!writer->table.shared) return TEXT("{ \"owner\": \"owner_id\" }");
  return writer->audience == AUDIENCE_PUBLIC
             ? arena_print(writer->arena, "{ \"shared\": \"Anybody may read %s\" }",
                           writer->table.name)
             : arena_print(writer->arena,
                           "{ \"shared\": \"Contracts say who may do what with %s\" }",
                           writer->table.name);
}

/* --- Contracts. --- */

/* What cannot be done to this table. */
static int check_operation(const struct new_writer *writer, const struct new_operation *operation)
{
  const struct new_table *table = &writer->table;
  bool makes = operation == &new_create || operation == &new_batch;
  bool any = false;
  for (size_t i = 0; i < table->fields.count; i++) any |= table->fields.items[i].updated;
  if (operation == &new_update && !any)
    return error_set(writer->error, "--table: %s has no column that may change", table->name);
  if (makes && table->self && writer->audience == AUDIENCE_SIGNED_IN)
    return error_set(writer->error, "--table: the rows of %s are people: see the template login",
                     table->name);
  if (makes && table->unfilled.length > 0)
    return error_set(writer->error, "--table: %s.%.*s is NOT NULL, and nothing fills it",
                     table->name, TEXT_ARGS(table->unfilled));
  return 0;
}

/* A query that says whose a row is, found or added. */
static struct text owner_query(struct new_writer *writer, const struct new_operation *operation)
{
  const struct query_list *queries = &writer->opened->app.generation->queries;
  if (!operation->one || !new_owns(writer)) return TEXT("");
  if (writer->table.self) return TEXT("self");
  const char *name = "owner";
  const struct query *there =
      query_find(queries, arena_print(writer->arena, "%.*s.owner", TEXT_ARGS(writer->group)));
  bool fits = there && there->parameter_count == 1 &&
              text_equal(there->parameters[0], writer->key_field) &&
              text_contains(there->sql, text_of(writer->table.name));
  if (there && !fits)
    name = arena_print(writer->arena, "%.*s_owner", TEXT_ARGS(writer->action)).data;
  struct text full = arena_print(writer->arena, "%.*s.%s", TEXT_ARGS(writer->group), name);
  struct text note = arena_print(writer->arena, "-- name: %s :value", name);
  new_set(writer, "owner_query", text_of(name));
  bool added = text_contains(buffer_text(&writer->queries), note);
  if (!fits && !added) {
    new_set(writer, "key_field", writer->key_field);
    new_add_query(writer, new_fill(writer, "owner.sql"));
  }
  return full;
}

static int add_operation(struct new_writer *writer, const struct new_operation *operation,
                         struct text route)
{
  if (check_operation(writer, operation)) return -1;
  new_set_contract(writer, operation, route, owner_query(writer, operation));
  const char *handler = operation->name;
  if (operation->one && !new_looks_up(writer))
    handler = arena_print(writer->arena, "%s_owned", operation->name).data;
  return new_add_contract(writer, operation->name, handler);
}

static int plan_one(struct new_writer *writer, const struct new_operation *operation)
{
  if (add_operation(writer, operation, text_of(writer->asked->route))) return -1;
  const char *spec = arena_print(writer->arena, "%s_spec.lua", operation->name).data;
  plan_create(writer->plan, new_path_of(writer, "tests/", "_", "_spec.lua"),
              new_fill(writer, spec));
  return 0;
}

static int plan_crud(struct new_writer *writer, struct text path)
{
  static const struct new_operation *const all[] = {&new_create, &new_list, &new_read_one,
                                                    &new_update, &new_delete};
  writer->key_field = arena_print(writer->arena, "%.*s_id", TEXT_ARGS(writer->item));
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    struct text route =
        arena_print(writer->arena, "%s %.*s", method_name(all[i]->method), TEXT_ARGS(path));
    if (all[i]->one)
      route =
          arena_print(writer->arena, "%.*s/{%.*s}", TEXT_ARGS(route), TEXT_ARGS(writer->key_field));
    writer->action = text_of(all[i]->name);
    if (add_operation(writer, all[i], route)) return -1;
  }
  new_set(writer, "path", path);
  plan_create(writer->plan,
              arena_print(writer->arena, "tests/%.*s_spec.lua", TEXT_ARGS(writer->group)).data,
              new_fill(writer, "crud_spec.lua"));
  return 0;
}

/* --- All of it. --- */

static int check_free(const struct new_writer *writer)
{
  for (size_t i = 0; i < writer->plan->count; i++) {
    const struct planned_file *file = &writer->plan->files[i];
    struct stat status;
    const char *path = file_join(writer->arena, writer->asked->folder, file->path);
    if (!file->edited && (lstat(path, &status) == 0 || errno != ENOENT))
      return error_set(writer->error, "%s: is there already, and nothing is overwritten",
                       file->path);
  }
  return 0;
}

static int plan_table(struct new_writer *writer)
{
  bool crud = !strcmp(writer->asked->template, "owner-crud");
  const struct new_operation *operation = NULL;
  struct text path;
  if (read_table(writer) || new_check_who(writer)) return -1;
  if (writer->audience == AUDIENCE_SIGNED_IN && !new_policy(writer->opened)) return -1;
  if (crud ? new_read_path(writer, &path)
           : new_read_route(writer, writer->asked->route, &operation))
    return -1;
  if (crud && (writer->table.shared || writer->table.self))
    return error_set(writer->error, "--table: the rows of %s %s", writer->table.name,
                     writer->table.self ? "are people" : "are shared: no user has their own");
  if (crud && new_check_not_privileged(writer)) return -1;
  new_set_people(writer);
  new_set_auth(writer);
  if (new_set_table(writer)) return -1;
  if (crud ? plan_crud(writer, path) : plan_one(writer, operation)) return -1;
  if (!writer->table.exists) {
    set_columns(writer);
    if (new_add_table(writer, writer->table.shared ? "shared_table.sql" : "owned_table.sql",
                      policy_line(writer)))
      return -1;
  }
  new_add_queries(writer, writer->group);
  return 0;
}

int new_plan(struct plan *plan, const struct cli_app *opened, const struct new_asked *asked,
             struct error *error)
{
  const struct new_template *template = new_template_find(asked->template);
  struct new_writer writer = {
      .arena = plan->arena, .plan = plan, .opened = opened, .asked = asked, .error = error};
  bool login = !strcmp(asked->template, "login");
  writer.audience = !strcmp(asked->template, "public-read") || login ? AUDIENCE_PUBLIC
                    : !strcmp(asked->template, "admin-only")         ? AUDIENCE_ADMIN
                                                                     : AUDIENCE_SIGNED_IN;
  int result = new_read_name(&writer, template);
  if (result == 0) result = new_check_principal(&writer);
  if (result == 0) result = login ? new_plan_login(&writer) : plan_table(&writer);
  if (result == 0) result = check_free(&writer);
  buffer_deinit(&writer.queries);
  return result;
}
