/* From app/handlers/users/update_profile.lua to the image of the contract users.update_profile. */
#include "contract/handlers.h"

#include <stdlib.h>

#include "base/file.h"

enum { MODULE_MAX_BYTES = HANDLER_SOURCE_MAX_BYTES };

/* "text/slug.lua" is "text.slug"; without the suffix, with dots. */
static const char *name_of(struct arena *arena, struct text path)
{
  path.length -= strlen(".lua");
  struct text name = arena_copy(arena, path);
  char *bytes = (char *)name.data; /* just made */
  for (size_t i = 0; i < name.length; i++)
    if (bytes[i] == '/') bytes[i] = '.';
  return bytes;
}

static struct text *list(const struct handlers *handlers, const char *folder, size_t *count)
{
  struct error error = {0};
  struct text *paths = NULL;
  if (file_list_below(handlers->arena, handlers->app_folder, folder, ".lua", &paths, count,
                      &error)) {
    report_error(handlers->report, NULL, 0, NULL, "%s", error.message);
    *count = 0;
  }
  return paths;
}

static void read_module(struct handlers *handlers, struct text path)
{
  struct arena *arena = handlers->arena;
  struct image_module *module = &handlers->modules[handlers->module_count];
  struct error error = {0};
  struct source *source = arena_new(arena, sizeof *source);
  source->path = arena_print(arena, "app/lib/%.*s", TEXT_ARGS(path)).data;
  module->name = name_of(arena, path);
  module->path = source->path;
  if (file_read_below(arena, handlers->app_folder, source->path, MODULE_MAX_BYTES, &module->source,
                      &error))
    report_error(handlers->report, source, 0, "a module is at most 64 KB", "%s", error.message);
  else
    handlers->module_count++;
}

void handlers_read(struct handlers *handlers)
{
  size_t count;
  struct text *paths = list(handlers, "app/lib", &count);
  handlers->paths = list(handlers, "app/handlers", &handlers->path_count);
  handlers->modules = arena_new_array(handlers->arena, count + 1, sizeof *handlers->modules);
  for (size_t i = 0; i < count; i++) read_module(handlers, paths[i]);
}

/* "users.update_profile" is app/handlers/users/update_profile.lua. */
static const char *path_of(struct arena *arena, const char *name)
{
  struct text path = arena_print(arena, "app/handlers/%s.lua", name);
  char *bytes = (char *)path.data; /* just made */
  for (size_t i = strlen("app/handlers/"); i < path.length - strlen(".lua"); i++)
    if (bytes[i] == '.') bytes[i] = '/';
  return bytes;
}

static void hash(const struct handlers *handlers, struct text source, struct contract *contract)
{
  size_t count = 0;
  struct crypto_hash_part *parts =
      arena_new_array(handlers->arena, 2 * handlers->module_count + 1, sizeof *parts);
  parts[count++] = (struct crypto_hash_part){source.data, source.length};
  for (size_t i = 0; i < handlers->module_count; i++) {
    const struct image_module *module = &handlers->modules[i];
    parts[count++] = (struct crypto_hash_part){module->name, strlen(module->name)};
    parts[count++] = (struct crypto_hash_part){module->source.data, module->source.length};
  }
  crypto_hash_parts(contract->handler_hash, TEXT("handler"), parts, count);
}

/* Reads ":digits" and goes behind it; 0 if there is none. */
static unsigned long read_place(const char **message)
{
  const char *at = *message;
  unsigned long number = 0;
  if (*at != ':') return 0;
  for (at++; *at >= '0' && *at <= '9' && number < 1000000; at++)
    number = number * 10 + (unsigned long)(*at - '0');
  if (number > 0) *message = at;
  return number;
}

/* True if the message is about this file; then it is left behind the path. */
static bool begins_with_path(const char **message, const char *path)
{
  size_t length = strlen(path);
  if (strncmp(*message, path, length) != 0 || (*message)[length] != ':') return false;
  *message += length;
  return true;
}

/* The file that the message begins with: the handler itself, or one of its modules. */
static const struct source *place_of(const struct handlers *handlers, const struct source *source,
                                     const char **message)
{
  if (begins_with_path(message, source->path)) return source;
  for (size_t i = 0; i < handlers->module_count; i++) {
    const struct image_module *module = &handlers->modules[i];
    if (!begins_with_path(message, module->path)) continue;
    struct source *found = arena_new(handlers->arena, sizeof *found);
    *found = (struct source){.path = module->path, .text = module->source};
    return found;
  }
  return source;
}

/* The error of a build begins with `path:line: ` or `path:line:column: `; that becomes the
 * finding's place. */
static void report_build(const struct handlers *handlers, const struct source *handler,
                         const char *message)
{
  const struct source *source = place_of(handlers, handler, &message);
  struct text text = source->text;
  size_t offset = 0;
  unsigned long line = read_place(&message), column = read_place(&message);
  while (line > 1 && offset < text.length) line -= text.data[offset++] == '\n';
  for (; column > 1 && offset < text.length && text.data[offset] != '\n'; column--) offset++;
  while (*message == ':' || *message == ' ') message++;
  report_error(handlers->report, source, offset, NULL, "%s", message);
}

static int by_path(const void *path, const void *other)
{
  return text_compare(*(const struct text *)path, *(const struct text *)other);
}

static bool is_there(const struct handlers *handlers, const char *path)
{
  struct text below = text_of(path + strlen("app/handlers/"));
  return handlers->path_count > 0 &&
         bsearch(&below, handlers->paths, handlers->path_count, sizeof below, by_path);
}

void handlers_build(const struct handlers *handlers, struct contract *contract, size_t offset)
{
  struct arena *arena = handlers->arena;
  struct error error = {0};
  struct source *source = arena_new(arena, sizeof *source);
  source->path = contract->handler_path = path_of(arena, contract->name);
  if (!is_there(handlers, source->path)) {
    report_error(handlers->report, contract->source, offset,
                 "write it, beginning with `return function(input, ctx)`",
                 "this contract has no handler: there is no %s", source->path);
    return;
  }
  if (file_read_below(arena, handlers->app_folder, source->path, HANDLER_SOURCE_MAX_BYTES,
                      &source->text, &error)) {
    report_error(handlers->report, source, 0, "a handler is at most 64 KB", "%s", error.message);
    return;
  }
  hash(handlers, source->text, contract);
  if (!handlers->sandbox) return;
  const char **queries = arena_new_array(arena, contract->use_count + 1, sizeof *queries);
  for (size_t i = 0; i < contract->use_count; i++) queries[i] = contract->uses[i].query->name;
  struct image_spec spec = {.path = source->path,
                            .source = source->text,
                            .modules = handlers->modules,
                            .module_count = handlers->module_count,
                            .queries = queries,
                            .query_count = contract->use_count,
                            .sleeps = contract->sleeps};
  if (image_build(handlers->sandbox, &spec, &contract->image, &error)) {
    contract->image = NULL;
    report_build(handlers, source, error.message);
  }
}

static int by_name(const void *name, const void *contract)
{
  return strcmp(name, (*(struct contract *const *)contract)->name);
}

void handlers_warn(const struct handlers *handlers, struct contract *const *contracts, size_t count)
{
  for (size_t i = 0; i < handlers->path_count; i++) {
    const char *name = name_of(handlers->arena, handlers->paths[i]);
    if (count > 0 && bsearch(name, contracts, count, sizeof *contracts, by_name)) continue;
    struct source *source = arena_new(handlers->arena, sizeof *source);
    source->path =
        arena_print(handlers->arena, "app/handlers/%.*s", TEXT_ARGS(handlers->paths[i])).data;
    report_warning(handlers->report, source, 0, "write a contract for it, or delete it",
                   "no contract names this handler, so nothing can reach it");
  }
}
