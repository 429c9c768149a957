/* Where the time goes that an app of many contracts takes to load, and to be loaded again:
 * bench/grow.lua makes one. The parts are timed on their own, in turn; what they leave of the whole
 * is the contracts themselves, above all their schemas.
 *
 * A reload is the builder's work and then the workers', which a machine of several cores does at
 * the same time: so it takes the builder's time and one worker's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "contract/generation.h"
#include "contract/load.h"
#include "describe/openapi.h"
#include "measure.h"
#include "process/app.h"
#include "process/openapi_part.h"

enum { ROUNDS = 21 };

struct subject {
  const char *folder;
  struct source_tree sources; /* read once */
  struct app app;             /* migrated, with a policy */
  struct config config;
  struct report report;
  struct bundle bundle; /* of that generation */
  char database[64];    /* in a file, migrated */
};

static _Noreturn void give_up(struct report *report, const char *what)
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

/* --- a reload --- */

static void read_scripts(void *context, long times)
{
  const struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    struct app_tree tree;
    app_tree_read(&tree, subject->folder);
    app_tree_free(&tree);
  }
}

static struct bundle pack(const struct subject *subject, const struct generation *generation,
                          const struct source_tree *sources, const struct bundle *before)
{
  struct bundle_writer writer;
  struct bundle bundle;
  int fd;
  bundle_writer_init(&writer);
  generation_pack(generation, sources, &writer);
  openapi_pack(&subject->config, generation, before, &writer);
  if (bundle_seal(&writer, &fd, NULL) || bundle_open(fd, &bundle, NULL)) give_up(NULL, "no bundle");
  close(fd);
  bundle_writer_deinit(&writer);
  return bundle;
}

static void write_bundle(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    struct bundle bundle =
        pack(subject, subject->app.generation, &subject->sources, &subject->bundle);
    bundle_close(&bundle);
  }
}

/* The builder, from the folders to the bundle. */
static void build(struct subject *subject, const struct bundle *before)
{
  struct source_tree sources;
  struct app_tree scripts;
  size_t handler_errors;
  source_tree_read(&sources, subject->folder, &subject->report);
  app_tree_read(&scripts, subject->folder);
  struct store *store = open_store(subject);
  struct generation_origin origin = {
      .sources = &sources, .app = &scripts, .sandbox = subject->app.sandbox, .before = before};
  struct generation *generation =
      generation_make(&origin, store, &subject->report, &handler_errors);
  if (!generation) give_up(&subject->report, "the app does not load");
  struct bundle bundle = pack(subject, generation, &sources, before);
  bundle_close(&bundle);
  generation_free(generation);
  store_close(store);
  app_tree_free(&scripts);
  source_tree_free(&sources);
}

static void build_all(void *context, long times)
{
  while (times-- > 0) build(context, NULL);
}

static void build_nothing(void *context, long times)
{
  const struct subject *subject = context;
  while (times-- > 0) build(context, &subject->bundle);
}

/* A worker, from the bundle to a generation over the database that it serves. */
static void take(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    struct source_tree sources;
    struct store *store;
    size_t handler_errors;
    struct store_config config = {.path = subject->database};
    source_tree_unpack(&sources, &subject->bundle, subject->folder);
    if (store_open(&config, &store, NULL)) give_up(NULL, "no database");
    struct generation_origin origin = {.sources = &sources, .built = &subject->bundle};
    struct generation *generation =
        generation_make(&origin, store, &subject->report, &handler_errors);
    if (!generation) give_up(&subject->report, "the bundle does not load");
    generation_free(generation);
    store_close(store);
    source_tree_free(&sources);
  }
}

static void prepare_reloads(struct subject *subject)
{
  struct arena arena;
  struct store *store;
  struct migration *migrations;
  size_t count, applied;
  struct store_config config = {.path = subject->database};
  strcpy(subject->database, "/dev/shm/writ-bench-XXXXXX");
  int fd = mkstemp(subject->database);
  arena_init(&arena, 64 * 1024);
  if (fd < 0 || close(fd) || store_open(&config, &store, NULL) ||
      migrations_read(&subject->sources, &arena, &migrations, &count, NULL) ||
      store_migrate(store, migrations, count, &applied, NULL))
    give_up(NULL, "no database");
  store_close(store);
  arena_deinit(&arena);
  subject->bundle = pack(subject, subject->app.generation, &subject->sources, NULL);
}

static void write_openapi(void *context, long times)
{
  const struct subject *subject = context;
  struct openapi_info info = config_openapi(&subject->config);
  for (long i = 0; i < times; i++) {
    struct buffer document = {0};
    openapi_write(&document, subject->app.generation, &info);
    buffer_deinit(&document);
  }
}

static void end_reloads(struct subject *subject)
{
  static const char *const suffixes[] = {"", "-shared", "-wal", "-shm"};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    char name[80];
    snprintf(name, sizeof name, "%s%s", subject->database, suffixes[i]);
    unlink(name);
  }
  bundle_close(&subject->bundle);
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
  if (crypto_init(&error) || config_read(&subject->sources, &subject->config, &subject->report) ||
      app_open(&subject->app, &options, &subject->report, &error))
    give_up(&subject->report, error.message);
}

int main(int argc, char **argv)
{
  static struct subject subject;
  if (argc != 2) give_up(NULL, "which folder?");
  subject.folder = argv[1];
  open_app(&subject);
  prepare_reloads(&subject);
  enum {
    FILES,
    MIGRATIONS,
    JSON,
    META,
    QUERIES,
    CONTRACTS,
    ALL,
    SCRIPTS,
    BUNDLE,
    OPENAPI,
    BUILD_ALL,
    BUILD_NOTHING,
    TAKE,
    COUNT
  };
  struct contender all[COUNT] = {[FILES] = {.run = read_files},
                                 [MIGRATIONS] = {.run = migrate},
                                 [JSON] = {.run = parse_json},
                                 [META] = {.run = parse_and_check},
                                 [QUERIES] = {.run = compile_queries},
                                 [CONTRACTS] = {.run = load_contracts},
                                 [ALL] = {.run = load_all},
                                 [SCRIPTS] = {.run = read_scripts},
                                 [BUNDLE] = {.run = write_bundle},
                                 [OPENAPI] = {.run = write_openapi},
                                 [BUILD_ALL] = {.run = build_all},
                                 [BUILD_NOTHING] = {.run = build_nothing},
                                 [TAKE] = {.run = take}};
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
  show("built, from the folders to a bundle", &all[BUILD_ALL], 0);
  show("  the same, where nothing has changed", &all[BUILD_NOTHING], 0);
  show("  of it files of app/ read", &all[SCRIPTS], 0);
  show("  of it the OpenAPI document", &all[OPENAPI], 0);
  show("  of it the bundle written and opened", &all[BUNDLE], 0);
  show("taken by a worker, from the bundle", &all[TAKE], 0);
  printf("  (bundle: %.1f MB)\n", (double)subject.bundle.length / 1e6);
  end_reloads(&subject);
  app_close(&subject.app);
  source_tree_free(&subject.sources);
  report_deinit(&subject.report);
  return 0;
}
