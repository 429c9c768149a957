/* A generation: everything an app's folders say, read at one time, checked, compiled, immutable.
 *
 * contracts/ is trusted: anything wrong with it is an error, and the generation does not come to
 * be. app/ is not: a handler that does not load costs its own route, as a finding of the report. */
#ifndef WRIT_CONTRACT_GENERATION_H
#define WRIT_CONTRACT_GENERATION_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/report.h"
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

/* Compiles contracts/, as it was read, and loads app/ of the same folder, against a migrated store
 * (whose policy it sets). The tree must outlive the generation. All findings go to the report.
 * Returns NULL if contracts/ has errors, those of reading it included. A handler that does not load
 * leaves its contract's image NULL and an *error* in the report: `writ check` fails, `writ serve`
 * goes on.
 * `*handler_errors` counts those. Without a sandbox (NULL) no image is built. */
struct generation *generation_load(const struct source_tree *sources, struct store *store,
                                   struct sandbox *sandbox, struct report *report,
                                   size_t *handler_errors);
void generation_free(struct generation *generation);

#endif
