/* All files into one generation, step by step: documents and queries, the policy, each contract,
 * the routes, the handlers. Nothing stops at the first error. */
#include "contract/generation.h"

#include <stdlib.h>

#include "base/memory.h"
#include "contract/handler_part.h"
#include "contract/handlers.h"
#include "contract/load.h"

enum { GENERATION_CHUNK_BYTES = 64 * 1024 };

/* A contract as it was read. One that is not complete still counts for routes and handlers, so that
 * its errors bring forth no others. */
struct entry {
  struct contract *contract;
  const struct document *document;
  bool complete;
};

struct entries {
  struct entry *items; /* sorted by name */
  size_t count;
};

static int by_name(const void *a, const void *b)
{
  const struct entry *x = a, *y = b;
  return strcmp(x->contract->name, y->contract->name);
}

static void read_contracts(struct loading *loading, struct entries *entries)
{
  const struct document_list *documents = &loading->documents;
  entries->items = arena_new_array(loading->arena, documents->count + 1, sizeof *entries->items);
  for (size_t i = 0; i < documents->count; i++) {
    const struct document *document = &documents->items[i];
    if (document->kind != DOCUMENT_CONTRACT) continue;
    struct entry *entry = &entries->items[entries->count++];
    entry->document = document;
    entry->contract = contract_read(loading, document, &entry->complete);
  }
  qsort(entries->items, entries->count, sizeof *entries->items, by_name);
}

static void add_routes(struct loading *loading, const struct entries *entries,
                       struct generation *generation)
{
  generation->routes = route_table_new(loading->arena);
  for (size_t i = 0; i < entries->count; i++) {
    const struct contract *contract = entries->items[i].contract;
    const struct json *at = json_get(entries->items[i].document->root, "route");
    if (contract->route.path.length == 0) continue; /* reported when it was read */
    const struct contract *other = route_table_add(generation->routes, &contract->route, contract);
    if (other)
      report_error(loading->report, FINDING_ROUTE_TAKEN, contract->source, at->offset,
                   "change one of them", "%s %.*s is the route of %s already",
                   method_name(contract->route.method), TEXT_ARGS(contract->route.path),
                   other->source->path);
  }
}

/* Schemas that no contract refers to are checked all the same. */
static void check_shared_schemas(struct loading *loading)
{
  for (size_t i = 0; i < loading->documents.count; i++) {
    const struct document *document = &loading->documents.items[i];
    if (document->kind == DOCUMENT_SCHEMA && document->root)
      schema_compile(loading->schemas, &document->source, document->path, document->root,
                     document->root, SCHEMA_STRICT | SCHEMA_CLOSED, loading->report);
  }
}

static void build_handlers(struct loading *loading, const struct entries *entries,
                           struct generation *generation, const struct generation_origin *origin)
{
  struct handlers handlers = {.arena = loading->arena,
                              .report = loading->report,
                              .app = origin->app,
                              .sandbox = origin->sandbox,
                              .before = origin->before};
  handlers_begin(&handlers);
  for (size_t i = 0; i < entries->count; i++) {
    const struct entry *entry = &entries->items[i];
    if (entry->complete)
      handlers_build(&handlers, entry->contract, json_get(entry->document->root, "route")->offset);
  }
  handlers_warn(&handlers, generation->contracts, generation->contract_count);
}

/* What is missing here is no handler's fault: the bundle is not of these contracts. */
static void take_handlers(struct loading *loading, const struct entries *entries,
                          const struct bundle *bundle)
{
  for (size_t i = 0; i < entries->count; i++) {
    struct contract *contract = entries->items[i].contract;
    struct handler_part part;
    struct error error = {0};
    if (!handler_part_find(bundle, contract->name, &part))
      report_error(loading->report, FINDING_HANDLER_UNBUILT, contract->source, 0, NULL,
                   "its handler has not been built");
    else if (part.state == HANDLER_UNAVAILABLE)
      memcpy(contract->handler_hash, part.handler_hash, HASH_BYTES);
    else if (handler_part_take(bundle, &part, part.state, contract, &error))
      report_error(loading->report, FINDING_HANDLER_UNBUILT, contract->source, 0, NULL, "%s",
                   error.message);
  }
}

static void load(struct loading *loading, struct entries *entries, struct generation *generation)
{
  struct document_list *documents = arena_new(loading->arena, sizeof *documents);
  document_list_read(loading->sources, loading->arena, documents, loading->report);
  generation->documents = documents;
  loading->documents = *documents;
  query_list_read(loading->sources, loading->arena, &generation->queries, loading->report);
  loading->queries = &generation->queries;
  generation->schemas = schema_set_new(loading->arena, document_schema, documents);
  loading->schemas = generation->schemas;
  generation->pool = statement_pool_new(&generation->queries, loading->store);
  loading->pool = generation->pool;
  meta_init(&loading->meta, loading->schemas, loading->arena, loading->report);
  policy_read(loading);
  hash_shared(loading);
  if (loading->policy.in_force)
    constraints_read(loading->store, loading->arena, &loading->constraints);
  template_list_read(loading, &loading->templates);
  read_contracts(loading, entries);
  add_routes(loading, entries, generation);
  check_shared_schemas(loading);
  if (loading->policy.in_force) statement_pool_sweep(loading->pool, loading->report);
  generation->principal = loading->policy.principal;
  generation->principal_query = loading->policy.principal_query;
  generation->identity = loading->policy.identity;
  generation->identity_query = loading->policy.identity_query;
  const struct query_statements *finders[] = {generation->principal, generation->identity};
  for (size_t i = 0; i < sizeof finders / sizeof *finders; i++)
    if (finders[i]) store_identities_by(loading->store, finders[i]->items[0]);
  generation->privileged_roles = loading->policy.privileged;
  generation->privileged_role_count = loading->policy.privileged_count;
  generation->contracts =
      arena_new_array(loading->arena, entries->count + 1, sizeof(struct contract *));
  for (size_t i = 0; i < entries->count; i++) {
    generation->contracts[generation->contract_count++] = entries->items[i].contract;
    entries->items[i].contract->index = (uint32_t)i;
  }
}

struct generation *generation_make(const struct generation_origin *origin, struct store *store,
                                   struct report *report, size_t *handler_errors)
{
  size_t errors_before = report->errors;
  struct generation *generation = memory_new(sizeof *generation);
  arena_init(&generation->arena, GENERATION_CHUNK_BYTES);
  struct loading loading = {
      .sources = origin->sources, .arena = &generation->arena, .report = report, .store = store};
  struct entries entries = {0};
  load(&loading, &entries, generation);
  if (origin->built) take_handlers(&loading, &entries, origin->built);
  size_t errors = report->errors - errors_before;
  if (!origin->built) build_handlers(&loading, &entries, generation, origin);
  *handler_errors = report->errors - errors_before - errors;
  if (errors == 0 && origin->sources->complete) return generation;
  generation_free(generation);
  return NULL;
}

struct generation *generation_load(const struct source_tree *sources, struct store *store,
                                   struct sandbox *sandbox, struct report *report,
                                   size_t *handler_errors)
{
  struct app_tree app;
  app_tree_read(&app, sources->folder);
  struct generation_origin origin = {.sources = sources, .app = &app, .sandbox = sandbox};
  struct generation *generation = generation_make(&origin, store, report, handler_errors);
  app_tree_free(&app);
  return generation;
}

void generation_free(struct generation *generation)
{
  if (!generation) return;
  for (size_t i = 0; i < generation->contract_count; i++)
    image_free(generation->contracts[i]->image);
  statement_pool_free(generation->pool);
  schema_set_free(generation->schemas);
  arena_deinit(&generation->arena);
  memory_free(generation);
}

void generation_pack(const struct generation *generation, const struct source_tree *sources,
                     struct bundle_writer *writer)
{
  source_tree_pack(sources, writer);
  for (size_t i = 0; i < generation->contract_count; i++)
    handler_part_add(writer, generation->contracts[i]);
}
