/* A small table: rows are the queries, columns the sets of rights. */
#include "contract/statement_pool.h"

#include "base/memory.h"

enum { RIGHTS_COUNT = 16 };

struct slot {
  struct query_statements *statements[RIGHTS_COUNT]; /* by rights */
  bool used, failed;
};

struct statement_pool {
  const struct query_list *queries;
  struct store *store;
  struct slot *slots; /* as queries->items */
};

struct statement_pool *statement_pool_new(const struct query_list *queries, struct store *store)
{
  struct statement_pool *pool = memory_new(sizeof *pool);
  pool->queries = queries;
  pool->store = store;
  pool->slots = memory_new_array(queries->count, sizeof *pool->slots);
  return pool;
}

void statement_pool_free(struct statement_pool *pool)
{
  if (!pool) return;
  for (size_t i = 0; i < pool->queries->count; i++)
    for (size_t k = 0; k < RIGHTS_COUNT; k++) query_statements_free(pool->slots[i].statements[k]);
  memory_free(pool->slots);
  memory_free(pool);
}

static struct slot *slot_of(struct statement_pool *pool, const struct query *query)
{
  return &pool->slots[query - pool->queries->items];
}

const struct query_statements *statement_pool_get(struct statement_pool *pool,
                                                  const struct query *query, unsigned rights,
                                                  struct report *report)
{
  struct slot *slot = slot_of(pool, query);
  slot->used = true;
  if (slot->failed) return NULL;
  struct query_statements **statements = &slot->statements[rights % RIGHTS_COUNT];
  if (!*statements) *statements = query_compile(query, pool->store, rights, report);
  slot->failed = *statements == NULL;
  return *statements;
}

void statement_pool_mark(struct statement_pool *pool, const struct query *query)
{
  slot_of(pool, query)->used = true;
}

void statement_pool_sweep(struct statement_pool *pool, struct report *report)
{
  bool whole = report->errors == 0; /* what did not load could have used it */
  for (size_t i = 0; i < pool->queries->count; i++) {
    const struct query *query = &pool->queries->items[i];
    if (pool->slots[i].used) continue;
    unsigned rights = query->writes ? STATEMENT_FOREIGN | STATEMENT_GUARDED
                                    : STATEMENT_FOREIGN | STATEMENT_SECRETS | STATEMENT_READ_ONLY;
    if (whole)
      report_warning(report, FINDING_QUERY_UNUSED, query->source, query->offset,
                     "grant it in a contract, or delete it", "nothing uses the query '%s'",
                     query->name);
    query_statements_free(query_compile(query, pool->store, rights, report));
  }
}
