/* Compiled statements of a generation: each query once for each set of rights that some contract
 * needs. */
#ifndef WRIT_CONTRACT_STATEMENT_POOL_H
#define WRIT_CONTRACT_STATEMENT_POOL_H

#include "contract/query.h"

struct statement_pool;

/* Everything is borrowed for the pool's life but for the report, which is used by pool_get and
 * pool_sweep. */
struct statement_pool *statement_pool_new(const struct query_list *queries, struct store *store);
void statement_pool_free(struct statement_pool *pool);

/* The statements of a query with these rights, compiled at the first time of asking. NULL if that
 * fails, which is reported once. They are the pool's. */
const struct query_statements *statement_pool_get(struct statement_pool *pool,
                                                  const struct query *query, unsigned rights,
                                                  struct report *report);

/* Counts as used without being compiled (the policy's `in`). */
void statement_pool_mark(struct statement_pool *pool, const struct query *query);

/* Queries that nothing uses: compiled all the same, for their errors, and warned of
 * if nothing has been wrong so far. */
void statement_pool_sweep(struct statement_pool *pool, struct report *report);

#endif
