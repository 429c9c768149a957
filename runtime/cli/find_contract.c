#include "cli/find_contract.h"

static bool is_meant(const struct contract *contract, struct text name, struct arena *arena)
{
  struct text route = arena_print(arena, "%s %.*s", method_name(contract->route.method),
                                  TEXT_ARGS(contract->route.path));
  return text_is(name, contract->name) || text_equal(name, route) ||
         text_ends_with(name, contract->source->path) ||
         text_ends_with(name, contract->handler_path);
}

const struct contract *cli_find_contract(const struct generation *generation, const char *name,
                                         struct arena *arena, struct error *error)
{
  const char **names = arena_new_array(arena, generation->contract_count + 1, sizeof *names);
  for (size_t i = 0; i < generation->contract_count; i++) {
    if (is_meant(generation->contracts[i], text_of(name), arena)) return generation->contracts[i];
    names[i] = generation->contracts[i]->name;
  }
  const char *meant = text_suggestion(text_of(name), names, generation->contract_count);
  if (meant)
    error_set(error, "no contract is called '%s'; did you mean '%s'?", name, meant);
  else
    error_set(error, "no contract is called '%s'; `writ routes` lists them", name);
  return NULL;
}
