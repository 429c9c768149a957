/* One walk for each of the two folders, which reads each file through the folder it lies in. */
#include "contract/app_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "sandbox/sandbox.h"

enum {
  TREE_CHUNK_BYTES = 64 * 1024,
  TREE_MAX_BYTES = 256 * 1024 * 1024, /* of either folder */
  TREE_MAX_FILES = 100000,
  APP_PATH_BYTES = 4096 /* of a script whose text is asked for */
};

struct script_reader {
  struct arena *arena;
  const char *below;        /* "app/lib" */
  struct app_script *items; /* on the heap */
  size_t count, capacity, bytes;
  struct error error;
};

/* "text/slug.lua" is "text.slug": without the suffix, with dots. */
static const char *name_of(struct arena *arena, struct text path)
{
  path.length -= strlen(".lua");
  struct text name = arena_copy(arena, path);
  char *bytes = (char *)name.data; /* just made */
  for (size_t i = 0; i < name.length; i++)
    if (bytes[i] == '/') bytes[i] = '.';
  return bytes;
}

static struct app_script *add(struct script_reader *reader, struct text path)
{
  if (reader->count == reader->capacity) {
    reader->capacity = reader->capacity > 0 ? reader->capacity * 2 : 64;
    reader->items = memory_resize(reader->items, reader->capacity * sizeof *reader->items);
  }
  struct app_script *script = &reader->items[reader->count++];
  *script = (struct app_script){.name = name_of(reader->arena, path)};
  script->source.path = arena_print(reader->arena, "%s/%.*s", reader->below, TEXT_ARGS(path)).data;
  return script;
}

static int visit(void *context, const struct file_entry *entry)
{
  struct script_reader *reader = context;
  struct error error = {0};
  if (!S_ISREG(entry->mode) || !text_ends_with(entry->path, ".lua")) return 0;
  struct app_script *script = add(reader, entry->path);
  if (file_read_at(reader->arena, entry->parent, entry->name, "it cannot be read",
                   HANDLER_SOURCE_MAX_BYTES, &script->source.text, &error))
    script->problem = arena_copy(reader->arena, text_of(error.message)).data;
  reader->bytes += script->source.text.length;
  if (reader->count <= TREE_MAX_FILES && reader->bytes <= TREE_MAX_BYTES) return 0;
  return error_set(&reader->error, "%s has more than %d files or %d bytes", reader->below,
                   TREE_MAX_FILES, TREE_MAX_BYTES);
}

static int by_path(const void *a, const void *b)
{
  const struct app_script *x = a, *y = b;
  return strcmp(x->source.path, y->source.path);
}

static void read_scripts(struct app_scripts *scripts, struct arena *arena, const char *app_folder,
                         const char *below)
{
  struct script_reader reader = {.arena = arena, .below = below};
  *scripts = (struct app_scripts){0};
  if (file_walk(app_folder, below, visit, &reader, &reader.error))
    scripts->problem = arena_copy(arena, text_of(reader.error.message)).data;
  scripts->items = arena_new_array(arena, reader.count + 1, sizeof *scripts->items);
  scripts->count = reader.count;
  if (reader.count > 0) {
    qsort(reader.items, reader.count, sizeof *reader.items, by_path);
    memcpy(scripts->items, reader.items, reader.count * sizeof *reader.items);
  }
  memory_free(reader.items);
}

void app_tree_read(struct app_tree *tree, const char *app_folder)
{
  arena_init(&tree->arena, TREE_CHUNK_BYTES);
  read_scripts(&tree->handlers, &tree->arena, app_folder, "app/handlers");
  read_scripts(&tree->modules, &tree->arena, app_folder, "app/lib");
}

void app_tree_free(struct app_tree *tree)
{
  arena_deinit(&tree->arena);
  *tree = (struct app_tree){0};
}

static int has_path(const void *path, const void *script)
{
  return strcmp(path, ((const struct app_script *)script)->source.path);
}

const struct app_script *app_scripts_find(const struct app_scripts *scripts, const char *path)
{
  if (scripts->count == 0) return NULL;
  return bsearch(path, scripts->items, scripts->count, sizeof *scripts->items, has_path);
}

/* --- In a bundle. --- */

static const char prefix[] = "script/";

static void pack(const struct app_scripts *scripts, struct bundle_writer *writer)
{
  for (size_t i = 0; i < scripts->count; i++) {
    const struct source *source = &scripts->items[i].source;
    if (scripts->items[i].problem) continue;
    struct text name = arena_print(&writer->arena, "%s%s", prefix, source->path);
    bundle_add(writer, name.data, source->text);
  }
}

void app_tree_pack(const struct app_tree *tree, struct bundle_writer *writer)
{
  pack(&tree->handlers, writer);
  pack(&tree->modules, writer);
}

struct text app_script_text(const struct bundle *bundle, struct text path)
{
  char name[APP_PATH_BYTES + sizeof prefix];
  struct text script = TEXT("");
  int length = snprintf(name, sizeof name, "%s%.*s", prefix, TEXT_ARGS(path));
  if (length > 0 && (size_t)length < sizeof name && bundle_find(bundle, name, &script))
    return script;
  return TEXT("");
}
