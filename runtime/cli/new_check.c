/* Loading the app as it will be, from memory: what `writ new` writes is in order, or is not
 * written. */
#include <stdlib.h>

#include "cli/new.h"
#include "contract/app_tree.h"

static int by_path(const void *a, const void *b)
{
  return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

static int by_script_path(const void *a, const void *b)
{
  const struct app_script *x = a, *y = b;
  return strcmp(x->source.path, y->source.path);
}

/* contracts/ and writ.json with the plan's files among them. */
static struct source_tree overlay(const struct plan *plan, const struct source_tree *sources)
{
  struct source_tree tree = *sources;
  tree.files = arena_new_array(plan->arena, sources->count + plan->count, sizeof *tree.files);
  if (sources->count > 0) memcpy(tree.files, sources->files, sources->count * sizeof *tree.files);
  for (size_t i = 0; i < plan->count; i++) {
    const struct planned_file *file = &plan->files[i];
    if (!text_starts_with(text_of(file->path), "contracts/")) continue;
    struct source *there = NULL;
    for (size_t k = 0; k < tree.count && !there; k++)
      if (!strcmp(tree.files[k].path, file->path)) there = &tree.files[k];
    if (!there) there = &tree.files[tree.count++];
    *there = (struct source){file->path, file->text};
  }
  qsort(tree.files, tree.count, sizeof *tree.files, by_path);
  return tree;
}

/* "notes.create" of "app/handlers/notes/create.lua" */
static const char *name_of(struct arena *arena, struct text path)
{
  size_t before = strlen("app/handlers/"), after = strlen(".lua");
  struct text name = {path.data + before, path.length - before - after};
  char *bytes = (char *)arena_copy(arena, name).data; /* just made */
  for (size_t i = 0; i < name.length; i++)
    if (bytes[i] == '/') bytes[i] = '.';
  return bytes;
}

static void add_handlers(const struct plan *plan, struct app_scripts *handlers)
{
  struct app_script *items =
      arena_new_array(plan->arena, handlers->count + plan->count, sizeof *items);
  if (handlers->count > 0) memcpy(items, handlers->items, handlers->count * sizeof *items);
  for (size_t i = 0; i < plan->count; i++) {
    const struct planned_file *file = &plan->files[i];
    struct text path = text_of(file->path);
    if (text_starts_with(path, "app/handlers/"))
      items[handlers->count++] = (struct app_script){.name = name_of(plan->arena, path),
                                                     .source = {file->path, file->text}};
  }
  handlers->items = items;
  qsort(items, handlers->count, sizeof *items, by_script_path);
}

/* Handlers that others wrote may be wrong, as before. */
static bool is_ours(const struct plan *plan, const struct finding *finding)
{
  if (finding->severity != SEVERITY_ERROR) return false;
  return !finding->path || !text_starts_with(text_of(finding->path), "app/") ||
         plan_find(plan, finding->path);
}

bool new_plan_is_clean(const struct plan *plan, const struct cli_app *opened, struct report *report,
                       struct error *error)
{
  struct source_tree sources = overlay(plan, &opened->sources);
  struct app_tree scripts;
  struct app app;
  app_tree_read(&scripts, opened->sources.folder);
  add_handlers(plan, &scripts.handlers);
  struct app_options options = {.folder = opened->sources.folder,
                                .sources = &sources,
                                .scripts = &scripts,
                                .config = &opened->config};
  bool clean = app_open(&app, &options, report, error) == 0;
  app_close(&app);
  app_tree_free(&scripts);
  for (const struct finding *finding = report->first; finding; finding = finding->next)
    if (is_ours(plan, finding)) return false;
  return clean || report->errors > 0;
}
