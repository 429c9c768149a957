/* app/: handlers and the modules they require. Nobody reviewed them, so nothing here can do more
 * than cost a handler's own route. */
#ifndef WRIT_CONTRACT_HANDLERS_H
#define WRIT_CONTRACT_HANDLERS_H

#include "base/arena.h"
#include "base/report.h"
#include "contract/contract.h"
#include "sandbox/sandbox.h"

struct handlers {
  struct arena *arena;
  struct report *report;
  const char *app_folder;
  struct sandbox *sandbox;
  struct text *paths; /* of all handlers, below app/handlers; sorted */
  size_t path_count;
  struct image_module *modules;
  size_t module_count;
};

/* Reads the list of handlers, and the modules. */
void handlers_read(struct handlers *handlers);

/* Builds a contract's image and hashes what it was built from. What is wrong goes to the report, at
 * the handler's line, or at `offset` of the contract if there is no handler; the image then stays
 * NULL. */
void handlers_build(const struct handlers *handlers, struct contract *contract, size_t offset);

/* Warns of handlers that no contract, sorted by name, is called like: nothing can reach them. */
void handlers_warn(const struct handlers *handlers, struct contract *const *contracts,
                   size_t count);

#endif
