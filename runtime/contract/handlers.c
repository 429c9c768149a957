/* From app/handlers/users/update_profile.lua to the image of the contract users.update_profile. */
#include "contract/handlers.h"

#include <stdlib.h>

#include "base/memory.h"
#include "contract/handler_part.h"
#include "contract/place.h"

static void take_module(struct handlers *handlers, const struct app_script *script)
{
  if (script->problem) {
    report_error(handlers->report, FINDING_HANDLER_UNREADABLE, &script->source, 0,
                 "a module is a file of at most 64 KB, which whoever serves the app may read", "%s",
                 script->problem);
    return;
  }
  handlers->modules[handlers->module_count++] = (struct image_module){
      .name = script->name, .path = script->source.path, .source = script->source.text};
}

/* By name as well: a file that moves is another module. */
static void hash_modules(struct handlers *handlers)
{
  size_t count = 0;
  struct crypto_hash_part *parts = memory_new_array(2 * handlers->module_count + 1, sizeof *parts);
  for (size_t i = 0; i < handlers->module_count; i++) {
    const struct image_module *module = &handlers->modules[i];
    parts[count++] = (struct crypto_hash_part){module->path, strlen(module->path)};
    parts[count++] = (struct crypto_hash_part){module->source.data, module->source.length};
  }
  crypto_hash_parts(handlers->modules_hash, TEXT("modules"), parts, count);
  memory_free(parts);
}

void handlers_begin(struct handlers *handlers)
{
  const struct app_scripts *modules = &handlers->app->modules;
  const char *const problems[] = {modules->problem, handlers->app->handlers.problem};
  for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
    if (problems[i])
      report_error(handlers->report, FINDING_TREE_TOO_LARGE, NULL, 0, NULL, "%s", problems[i]);
  handlers->modules =
      arena_new_array(handlers->arena, modules->count + 1, sizeof *handlers->modules);
  for (size_t i = 0; i < modules->count; i++) take_module(handlers, &modules->items[i]);
  hash_modules(handlers);
}

/* --- What is wrong with one --- */

/* The error of a build begins with a place, in the handler itself or in one of its modules; that
 * becomes the finding's. */
static void report_build(const struct handlers *handlers, const struct source *handler,
                         const char *message, const char *help)
{
  struct source source = *handler;
  size_t offset = 0;
  bool placed = place_read(&message, handler->path, handler->text, &offset);
  for (size_t i = 0; i < handlers->module_count && !placed; i++) {
    const struct image_module *module = &handlers->modules[i];
    placed = place_read(&message, module->path, module->source, &offset);
    if (placed) source = (struct source){.path = module->path, .text = module->source};
  }
  bool undefined = strncmp(message, "undefined '", strlen("undefined '")) == 0;
  report_error(handlers->report, undefined ? FINDING_HANDLER_UNDEFINED : FINDING_HANDLER_LOAD,
               &source, offset, help, "%s", message);
}

/* --- Building, or not --- */

static void hash_handler(const struct handlers *handlers, const struct source *source,
                         struct contract *contract)
{
  const struct crypto_hash_part parts[] = {{source->text.data, source->text.length},
                                           {handlers->modules_hash, HASH_BYTES}};
  crypto_hash_parts(contract->handler_hash, TEXT("handler"), parts, 2);
}

/* Of all that image_build is given, and of the guest that makes an image of it. */
static void hash_spec(const struct handlers *handlers, const struct image_spec *spec,
                      unsigned char key[HASH_BYTES])
{
  unsigned char sleeps = spec->sleeps;
  size_t count = 0;
  struct crypto_hash_part *parts = memory_new_array(spec->query_count + 5, sizeof *parts);
  parts[count++] = (struct crypto_hash_part){guest_identity, HASH_BYTES};
  parts[count++] = (struct crypto_hash_part){handlers->modules_hash, HASH_BYTES};
  parts[count++] = (struct crypto_hash_part){spec->path, strlen(spec->path)};
  parts[count++] = (struct crypto_hash_part){spec->source.data, spec->source.length};
  parts[count++] = (struct crypto_hash_part){&sleeps, sizeof sleeps};
  for (size_t i = 0; i < spec->query_count; i++)
    parts[count++] = (struct crypto_hash_part){spec->queries[i], strlen(spec->queries[i])};
  crypto_hash_parts(key, TEXT("image"), parts, count);
  memory_free(parts);
}

/* An image that was made of the very same. */
static bool take_unchanged(const struct handlers *handlers, struct contract *contract)
{
  struct handler_part part;
  return handlers->before && handler_part_find(handlers->before, contract->name, &part) &&
         memcmp(part.image_key, contract->image_key, HASH_BYTES) == 0 &&
         handler_part_take(handlers->before, &part, HANDLER_CURRENT, contract, NULL) == 0;
}

/* The handler does not load. Keeps its last good version if there is one that can be kept, and
 * returns what to say of that. */
static const char *keep_last_good(const struct handlers *handlers, struct contract *contract)
{
  struct handler_part part;
  if (!handlers->before) return NULL;
  if (!handler_part_find(handlers->before, contract->name, &part) ||
      part.state == HANDLER_UNAVAILABLE)
    return "until it loads, its route answers 503";
  if (!handler_part_fits(&part, contract))
    return "until it loads, its route answers 503: the last good version was granted other queries";
  if (handler_part_take(handlers->before, &part, HANDLER_STALE, contract, NULL))
    return "until it loads, its route answers 503: this build of writ cannot run the last good "
           "version";
  return "until it loads, its last good version goes on serving";
}

static void build(const struct handlers *handlers, const struct source *source,
                  struct contract *contract)
{
  struct error error = {0};
  const char **queries = arena_new_array(handlers->arena, contract->use_count + 1, sizeof *queries);
  for (size_t i = 0; i < contract->use_count; i++) queries[i] = contract->uses[i].query->name;
  struct image_spec spec = {.path = source->path,
                            .source = source->text,
                            .modules = handlers->modules,
                            .module_count = handlers->module_count,
                            .queries = queries,
                            .query_count = contract->use_count,
                            .sleeps = contract->sleeps};
  hash_spec(handlers, &spec, contract->image_key);
  if (take_unchanged(handlers, contract)) return;
  if (image_build(handlers->sandbox, &spec, &contract->image, &error) == 0) {
    contract->handler_state = HANDLER_CURRENT;
    return;
  }
  contract->image = NULL;
  report_build(handlers, source, error.message, keep_last_good(handlers, contract));
}

/* Not being found says something only where all of the folder has been read. */
static void report_missing(const struct handlers *handlers, struct contract *contract,
                           size_t offset)
{
  if (handlers->app->handlers.problem)
    report_error(handlers->report, FINDING_HANDLER_UNREADABLE, contract->source, offset,
                 keep_last_good(handlers, contract), "%s could not be read",
                 contract->handler_path);
  else
    report_error(handlers->report, FINDING_HANDLER_MISSING, contract->source, offset,
                 "write it, beginning with `return function(input, ctx)`",
                 "this contract has no handler: there is no %s", contract->handler_path);
}

void handlers_build(const struct handlers *handlers, struct contract *contract, size_t offset)
{
  const struct app_script *script =
      app_scripts_find(&handlers->app->handlers, contract->handler_path);
  if (!script) {
    report_missing(handlers, contract, offset);
  } else if (script->problem) {
    const char *help = keep_last_good(handlers, contract);
    report_error(
        handlers->report, FINDING_HANDLER_UNREADABLE, &script->source, 0,
        help ? help : "a handler is a file of at most 64 KB, which whoever serves the app may read",
        "%s", script->problem);
  } else {
    hash_handler(handlers, &script->source, contract);
    if (handlers->sandbox) build(handlers, &script->source, contract);
  }
}

static int by_name(const void *name, const void *contract)
{
  return strcmp(name, (*(struct contract *const *)contract)->name);
}

void handlers_warn(const struct handlers *handlers, struct contract *const *contracts, size_t count)
{
  const struct app_scripts *scripts = &handlers->app->handlers;
  for (size_t i = 0; i < scripts->count; i++) {
    const struct app_script *script = &scripts->items[i];
    if (count > 0 && bsearch(script->name, contracts, count, sizeof *contracts, by_name)) continue;
    struct source place = {.path = script->source.path};
    report_warning(handlers->report, FINDING_HANDLER_UNREACHABLE, &place, 0,
                   "write a contract for it, or delete it",
                   "no contract names this handler, so nothing can reach it");
  }
}
