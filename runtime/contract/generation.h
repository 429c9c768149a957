/* A generation: everything an app's folders say, read at one time, checked, compiled, immutable.
 *
 * contracts/ is trusted: anything wrong with it is an error, and the generation does not come to
 * be. app/ is not: a handler that does not load costs its own route, as a finding of the report.
 *
 * One process builds a generation from the folders and packs it into a bundle (base/bundle.h);
 * those that serve it make theirs from that, and never open a folder. */
#ifndef WRIT_CONTRACT_GENERATION_H
#define WRIT_CONTRACT_GENERATION_H

#include <stddef.h>

#include "base/arena.h"
#include "base/bundle.h"
#include "base/error.h"
#include "base/report.h"
#include "contract/app_tree.h"
#include "contract/contract.h"
#include "contract/query.h"
#include "contract/route.h"
#include "contract/source_tree.h"
#include "store/store.h"

struct document_list;
struct sandbox;

struct generation {
  struct arena arena;
  struct contract **contracts; /* sorted by name */
  size_t contract_count;
  struct route_table *routes;
  struct query_list queries;
  /* The policy's query for the principal: columns `id`, and `role` (one) or `roles` (a JSON array),
   * found by :principal_id. NULL if no contract needs one. */
  const struct query_statements *principal;
  const struct query *principal_query;
  /* The policy's query for whom an identity provider names: the same columns, found by :issuer and
   * :subject. NULL if there is none. */
  const struct query_statements *identity;
  const struct query *identity_query;
  const struct document_list *documents; /* all JSON below contracts/ */
  struct schema_set *schemas;            /* what was compiled of them */
  const struct text *privileged_roles;
  size_t privileged_role_count;
  struct statement_pool *pool; /* that the statements are from */
};

/* The files contracts/migrations/NNNN_name.sql, in order of their names. Names and texts are the
 * tree's. -1 without an error: one could not be read, which the report says already. */
int migrations_read(const struct source_tree *sources, struct arena *arena,
                    struct migration **migrations, size_t *count, struct error *error);

/* An error that begins with the name of one of them becomes a finding in that file; false if it
 * does not. */
bool migrations_report(const struct source_tree *sources, enum finding_code code,
                       const struct error *error, struct report *report);

/* What a generation is made from. */
struct generation_origin {
  const struct source_tree *sources; /* outlives the generation */
  /* Handlers are built from here, in the sandbox; without one (NULL) no image is built. Where the
   * bundle of the generation before is given, it outlives this one, which takes from there what has
   * not changed, and the last good versions of handlers that do not load. */
  const struct app_tree *app;
  struct sandbox *sandbox;
  const struct bundle *before; /* or NULL */
  /* Or, instead of all three: taken as they are from this generation's own bundle, which outlives
   * it. */
  const struct bundle *built;
};

/* Compiles contracts/, as it was read, and loads the handlers, against a migrated store (whose
 * policy it sets). All findings go to the report. Returns NULL if contracts/ has errors, those of
 * reading it included, or the bundle lacks something. A handler that does not load leaves its
 * contract's state HANDLER_UNAVAILABLE or HANDLER_STALE and an *error* in the report: `writ check`
 * fails, `writ serve` goes on. `*handler_errors` counts those.
 *
 * Runs in any thread, that which owns the store and the sandbox: nothing is shared with other
 * generations, though they are of one process. */
struct generation *generation_make(const struct generation_origin *origin, struct store *store,
                                   struct report *report, size_t *handler_errors);
void generation_free(struct generation *generation);

/* The same, with app/ of the folder that the sources are from. */
struct generation *generation_load(const struct source_tree *sources, struct store *store,
                                   struct sandbox *sandbox, struct report *report,
                                   size_t *handler_errors);

/* Adds what others need to make the same generation: sources and handlers, which are borrowed. */
void generation_pack(const struct generation *generation, const struct source_tree *sources,
                     struct bundle_writer *writer);

#endif
