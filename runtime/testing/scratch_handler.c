/* Another handler in the place of a contract's own. */
#include "base/memory.h"
#include "testing/scratch_internal.h"

static int build(struct scratch *scratch, const struct contract *contract, struct text source,
                 struct image **image, struct error *error)
{
  const struct app_scripts *scripts = &scratch->scripts.modules;
  struct image_module *modules = memory_new_array(scripts->count + 1, sizeof *modules);
  const char **queries = memory_new_array(contract->use_count + 1, sizeof *queries);
  struct image_spec spec = {.path = contract->handler_path,
                            .source = source,
                            .modules = modules,
                            .queries = queries,
                            .query_count = contract->use_count,
                            .sleeps = contract->sleeps};
  for (size_t i = 0; i < scripts->count; i++)
    if (!scripts->items[i].problem)
      modules[spec.module_count++] = (struct image_module){.name = scripts->items[i].name,
                                                           .path = scripts->items[i].source.path,
                                                           .source = scripts->items[i].source.text};
  for (size_t i = 0; i < contract->use_count; i++) queries[i] = contract->uses[i].query->name;
  int result = image_build(scratch->app.sandbox, &spec, image, error);
  memory_free(modules);
  memory_free(queries);
  return result;
}

int scratch_replace_handler(struct scratch *scratch, const struct contract *contract,
                            struct text source, struct error *error)
{
  struct image *image;
  if (source.length > HANDLER_SOURCE_MAX_BYTES)
    return error_set(error, "a handler is at most 64 KB");
  if (build(scratch, contract, source, &image, error)) return -1;
  struct contract *changed = scratch->app.generation->contracts[contract->index];
  struct replaced_handler *replaced = memory_new(sizeof *replaced);
  *replaced = (struct replaced_handler){.next = scratch->replaced,
                                        .contract = changed,
                                        .image = changed->image,
                                        .state = changed->handler_state};
  memcpy(replaced->handler_hash, changed->handler_hash, HASH_BYTES);
  scratch->replaced = replaced;
  changed->image = image;
  changed->handler_state = HANDLER_CURRENT;
  crypto_hash_text(changed->handler_hash, TEXT("replaced"), source);
  return 0;
}

/* The newest first, so that each finds what it replaced. */
void scratch_restore_handlers(struct scratch *scratch)
{
  while (scratch->replaced) {
    struct replaced_handler *replaced = scratch->replaced;
    struct contract *contract = replaced->contract;
    scratch->replaced = replaced->next;
    image_free(contract->image);
    contract->image = replaced->image;
    contract->handler_state = replaced->state;
    memcpy(contract->handler_hash, replaced->handler_hash, HASH_BYTES);
    memory_free(replaced);
  }
}
