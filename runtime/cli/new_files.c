/* The files that `writ new` plans: from templates, and additions to those that are there. */
#include <stdlib.h>

#include "base/embedded.h"
#include "cli/new_write.h"

extern const struct embedded_file new_files[];
extern const size_t new_files_count;

struct text new_fill(const struct new_writer *writer, const char *file)
{
  for (size_t i = 0; i < new_files_count; i++)
    if (!strcmp(new_files[i].path, file))
      return placeholders_fill(writer->arena, new_files[i].text, writer->values,
                               writer->value_count);
  abort(); /* a name in this program that lua/templates/new lacks */
}

const char *new_path_of(const struct new_writer *writer, const char *before, const char *gap,
                        const char *after)
{
  return arena_print(writer->arena, "%s%.*s%s%.*s%s", before, TEXT_ARGS(writer->group), gap,
                     TEXT_ARGS(writer->action), after)
      .data;
}

bool new_has_query(const struct new_writer *writer, struct text group, const char *name)
{
  struct text full = arena_print(writer->arena, "%.*s.%s", TEXT_ARGS(group), name);
  return query_find(&writer->opened->app.generation->queries, full) != NULL;
}

void new_add_query(struct new_writer *writer, struct text text)
{
  if (writer->queries.length > 0) buffer_append_byte(&writer->queries, '\n');
  buffer_append_text(&writer->queries, text);
}

int new_add_contract(struct new_writer *writer, const char *file, const char *handler)
{
  struct arena *arena = writer->arena;
  const char *json = arena_print(arena, "%s.json", file).data;
  const char *lua = arena_print(arena, "%s.lua", handler).data;
  const char *sql = arena_print(arena, "%s.sql", file).data;
  if (new_has_query(writer, writer->group, writer->action.data))
    return error_set(writer->error, "contracts/queries/%.*s.sql: has a query \"%s\" already",
                     TEXT_ARGS(writer->group), writer->action.data);
  plan_create(writer->plan, new_path_of(writer, "contracts/", "/", ".json"),
              new_fill(writer, json));
  plan_create(writer->plan, new_path_of(writer, "app/handlers/", "/", ".lua"),
              new_fill(writer, lua));
  new_add_query(writer, new_fill(writer, sql));
  return 0;
}

/* Another text for a file of contracts/, be it edited for the first time or again. */
static void edit(struct new_writer *writer, const char *path, struct text before, struct text text)
{
  struct planned_file *planned = plan_find(writer->plan, path);
  if (planned)
    planned->text = text;
  else
    plan_edit(writer->plan, path, before, text);
}

void new_add_queries(struct new_writer *writer, struct text group)
{
  const char *path =
      arena_print(writer->arena, "contracts/queries/%.*s.sql", TEXT_ARGS(group)).data;
  const struct source *there = source_tree_find(&writer->opened->sources, text_of(path));
  struct text queries = arena_copy(writer->arena, buffer_text(&writer->queries));
  buffer_clear(&writer->queries);
  if (!there) {
    plan_create(writer->plan, path, queries);
    return;
  }
  const char *gap = text_ends_with(there->text, "\n") || there->text.length == 0 ? "\n" : "\n\n";
  plan_edit(
      writer->plan, path, there->text,
      arena_print(writer->arena, "%.*s%s%.*s", TEXT_ARGS(there->text), gap, TEXT_ARGS(queries)));
}

void new_add_to_policy(struct new_writer *writer, const char *pointer, struct text member,
                       bool at_end)
{
  static const char path[] = "contracts/policy.json";
  const struct source *policy = source_tree_find(&writer->opened->sources, text_of(path));
  const struct planned_file *planned = plan_find(writer->plan, path);
  struct text text = planned ? planned->text : policy->text;
  edit(writer, path, policy->text, new_json_add(writer->arena, text, pointer, member, at_end));
}

/* The number after that of the last migration. */
static unsigned next_migration(const struct new_writer *writer)
{
  const struct source_tree *sources = &writer->opened->sources;
  unsigned last = 0;
  for (size_t i = 0; i < sources->count; i++) {
    const char *name = source_below(&sources->files[i], "contracts/migrations/", ".sql");
    unsigned number = name ? (unsigned)strtoul(name, NULL, 10) : 0;
    if (number > last) last = number;
  }
  return last + 1;
}

int new_add_table(struct new_writer *writer, const char *file, struct text policy_line)
{
  unsigned number = next_migration(writer);
  if (number > 9999)
    return error_set(writer->error, "contracts/migrations: the numbers are used up");
  plan_create(
      writer->plan,
      arena_print(writer->arena, "contracts/migrations/%04u_%s.sql", number, writer->table.name)
          .data,
      new_fill(writer, file));
  new_add_to_policy(
      writer, "/tables",
      arena_print(writer->arena, "\"%s\": %.*s", writer->table.name, TEXT_ARGS(policy_line)), true);
  return 0;
}
