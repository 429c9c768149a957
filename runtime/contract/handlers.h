/* Handlers, and the modules they require, as they were read from app/. Nobody reviewed them, so
 * nothing here can do more than cost a handler's own route.
 *
 * Given the bundle of the generation before, an image of which nothing has changed is not built
 * again, and a handler that does not load keeps its last good version: a change of app/ that is
 * wrong takes nothing away. Unless its file is gone, which is what somebody wanted, or the contract
 * grants other queries by now, whose numbers the old image does not know. */
#ifndef WRIT_CONTRACT_HANDLERS_H
#define WRIT_CONTRACT_HANDLERS_H

#include "base/arena.h"
#include "base/bundle.h"
#include "base/report.h"
#include "contract/app_tree.h"
#include "contract/contract.h"
#include "sandbox/sandbox.h"

struct handlers {
  struct arena *arena;
  struct report *report;
  const struct app_tree *app;
  struct sandbox *sandbox;     /* NULL: no image is built */
  const struct bundle *before; /* NULL: there is none */
  struct image_module *modules;
  size_t module_count;
  unsigned char modules_hash[HASH_BYTES];
};

/* Takes the modules, once the fields above them are set. */
void handlers_begin(struct handlers *handlers);

/* Builds a contract's image and hashes what it was built from. What is wrong goes to the report, at
 * the handler's line, or at `offset` of the contract if there is no handler; the image is then the
 * last good one, or NULL. */
void handlers_build(const struct handlers *handlers, struct contract *contract, size_t offset);

/* Warns of handlers that no contract, sorted by name, is called like: nothing can reach them. */
void handlers_warn(const struct handlers *handlers, struct contract *const *contracts,
                   size_t count);

#endif
