/* Where the time goes that an app of many contracts takes to load: bench/grow.lua makes one. The
 * parts are timed on their own, in turn; what they leave of the whole is the contracts themselves,
 * above all their schemas. */
#include <stdio.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "contract/generation.h"
#include "contract/load.h"
#include "measure.h"
#include "process/app.h"

enum { ROUNDS = 21 };

struct subject {
  const char *folder;
  struct source_tree sources; /* read once */
  struct app app;             /* migrated, with a policy */
  struct report report;
};

static void give_up(struct report *report, const char *what)
{
  if (report) report_print(report, stderr);
  fprintf(stderr, "bench: %s\n", what);
  exit(1);
}

/* --- the parts --- */

static void read_files(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    struct source_tree tree;
    source_tree_read(&tree, subject->folder, &subject->report);
    source_tree_free(&tree);
  }
}

/* JSON, and with `check` each contract held against the language's schema. */
static void read_documents(struct subject *subject, bool check)
{
  struct arena arena;
  struct document_list documents;
  arena_init(&arena, 64 * 1024);
  document_list_read(&subject->sources, &arena, &documents, &subject->report);
  if (check) {
    struct meta meta;
    struct schema_set *schemas = schema_set_new(&arena, document_schema, &documents);
    meta_init(&meta, schemas, &arena, &subject->report);
    for (size_t i = 0; i < documents.count; i++)
      if (documents.items[i].kind != DOCUMENT_SCHEMA)
        meta_check(&meta, &documents.items[i], &subject->report);
    schema_set_free(schemas);
  }
  arena_deinit(&arena);
}

static void parse_json(void *context, long times)
{
  while (times-- > 0) read_documents(context, false);
}

static void parse_and_check(void *context, long times)
{
  while (times-- > 0) read_documents(context, true);
}

/* In the store that already has a policy, as contracts compile them. */
static void compile_queries(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    struct report unused;
    struct statement_pool *pool =
        statement_pool_new(&subject->app.generation->queries, subject->app.store);
    report_init(&unused);
    statement_pool_sweep(pool, &unused);
    report_deinit(&unused);
    statement_pool_free(pool);
  }
}

/* --- the whole --- */

static struct store *open_store(struct subject *subject)
{
  struct store *store;
  struct migration *migrations;
  struct arena arena;
  size_t count, applied;
  arena_init(&arena, 64 * 1024);
  if (store_open(&(struct store_config){.path = NULL}, &store, NULL) ||
      migrations_read(&subject->sources, &arena, &migrations, &count, NULL) ||
      store_migrate(store, migrations, count, &applied, NULL))
    give_up(NULL, "no database");
  arena_deinit(&arena);
  return store;
}

static void migrate(void *context, long times)
{
  while (times-- > 0) store_close(open_store(context));
}

/* A store takes a policy once. */
static void load(struct subject *subject, struct sandbox *sandbox)
{
  size_t handler_errors;
  struct store *store = open_store(subject);
  struct generation *generation =
      generation_load(&subject->sources, store, sandbox, &subject->report, &handler_errors);
  if (!generation) give_up(&subject->report, "the app does not load");
  generation_free(generation);
  store_close(store);
}

static void load_contracts(void *context, long times)
{
  while (times-- > 0) load(context, NULL);
}

static void load_all(void *context, long times)
{
  struct subject *subject = context;
  while (times-- > 0) load(context, subject->app.sandbox);
}

/* --- */

static double show(const char *what, struct contender *contender, double whole)
{
  double ms = measure_rank(&contender->ns, 0.5) / 1e6;
  printf("  %-52s %8.1f ms", what, ms);
  if (whole > 0) printf("  %3.0f %%", 100 * ms / whole);
  putchar('\n');
  return ms;
}

static void open_app(struct subject *subject)
{
  struct error error = {0};
  struct app_options options = {.folder = subject->folder, .sources = &subject->sources};
  report_init(&subject->report);
  source_tree_read(&subject->sources, subject->folder, &subject->report);
  if (crypto_init(&error) || app_open(&subject->app, &options, &subject->report, &error))
    give_up(&subject->report, error.message);
}

int main(int argc, char **argv)
{
  static struct subject subject;
  if (argc != 2) give_up(NULL, "which folder?");
  subject.folder = argv[1];
  open_app(&subject);
  enum { FILES, MIGRATIONS, JSON, META, QUERIES, CONTRACTS, ALL, COUNT };
  struct contender all[COUNT] = {[FILES] = {.run = read_files},
                                 [MIGRATIONS] = {.run = migrate},
                                 [JSON] = {.run = parse_json},
                                 [META] = {.run = parse_and_check},
                                 [QUERIES] = {.run = compile_queries},
                                 [CONTRACTS] = {.run = load_contracts},
                                 [ALL] = {.run = load_all}};
  for (size_t i = 0; i < COUNT; i++) all[i].context = &subject;
  measure_interleave(all, COUNT, ROUNDS, 1);

  printf("%zu contracts, %zu queries, %zu files\n", subject.app.generation->contract_count,
         subject.app.generation->queries.count, subject.sources.count);
  double whole = measure_rank(&all[ALL].ns, 0.5) / 1e6;
  show("files read", &all[FILES], 0);
  show("loaded", &all[ALL], whole);
  show("  of it without images of handlers", &all[CONTRACTS], whole);
  show("    of it an empty database, migrated", &all[MIGRATIONS], whole);
  show("    of it JSON", &all[JSON], whole);
  show("    of it JSON, and held against the language", &all[META], whole);
  show("    of it each query compiled once", &all[QUERIES], whole);
  app_close(&subject.app);
  source_tree_free(&subject.sources);
  report_deinit(&subject.report);
  return 0;
}
