/* Generations one after the other: what the builder packs is what others serve, without a folder;
 * what has not changed is not built again; and a handler that does not load takes nothing away. */
#include "temporary_app.h"

#include "base/bundle.h"
#include "base/memory.h"
#include "contract/generation.h"
#include "contract/handler_part.h"
#include "sandbox/sandbox.h"

#define CONTRACT(summary, route, uses)                                                             \
  "{\"summary\": \"" summary "\", \"route\": \"GET /" route "\", \"requires\": {\n"                \
  "  \"auth\": \"public\", \"reason\": \"It is tested\", \"validates\": {\"type\": \"object\", "   \
  "\"properties\": {}},\n"                                                                         \
  "  \"rate_limit\": [{\"limit\": 5, \"per\": \"1m\", \"by\": \"ip\"}]},\n"                        \
  " \"uses\": {" uses "},\n"                                                                       \
  " \"ensures\": {\"returns\": {\"type\": \"string\"}}}"
#define BOTH "\"queries\": [\"q.one\", \"q.two\"]"

/* Says its version, and which number a query has. */
#define HANDLER(version)                                                                           \
  "local tool = require 'tool'\n"                                                                  \
  "return function(_, ctx) return '" version "' .. tool .. ctx.db.q.two() end\n"
#define BROKEN "return function(\n"

static const struct app_file base[] = {
    {"contracts/policy.json", "{\"tables\": {\"items\": {\"shared\": \"for the test\"}}}"},
    {"contracts/migrations/0001_all.sql", "CREATE TABLE items (id TEXT PRIMARY KEY) STRICT;"},
    {"contracts/queries/q.sql", "-- name: one :value\nSELECT count(*) FROM items;\n"
                                "-- name: two :value\nSELECT max(id) FROM items;\n"},
    {"contracts/a.json", CONTRACT("A", "a", BOTH)},
    {"contracts/b.json", CONTRACT("B", "b", BOTH)},
    {"app/lib/tool.lua", "return ' tool '"},
    {"app/handlers/a.lua", HANDLER("a1")},
    {"app/handlers/b.lua", HANDLER("b1")},
};

/* What one process has of one generation. */
struct made {
  struct source_tree sources;
  struct store *store;
  struct report report;
  struct generation *generation;
  size_t handler_errors;
};

enum { GENERATIONS = 8 };

struct fixture {
  struct app app;
  struct sandbox *sandbox;
  struct arena arena;
  struct made built[GENERATIONS], served;
  struct bundle bundles[GENERATIONS]; /* of those that were built */
  size_t count;
};

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct error error = {0};
  if (crypto_init(&error) || sandbox_new(&fixture->sandbox, &error)) return -1;
  arena_init(&fixture->arena, 4096);
  app_begin(&fixture->app);
  for (size_t i = 0; i < sizeof base / sizeof *base; i++)
    app_write(&fixture->app, base[i].path, base[i].text);
  *state = fixture;
  return 0;
}

static void forget(struct made *made)
{
  if (!made->store) return;
  generation_free(made->generation);
  store_close(made->store);
  source_tree_free(&made->sources);
  report_deinit(&made->report);
  *made = (struct made){0};
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  forget(&fixture->served);
  while (fixture->count > 0) {
    forget(&fixture->built[--fixture->count]);
    bundle_close(&fixture->bundles[fixture->count]);
  }
  sandbox_free(fixture->sandbox);
  arena_deinit(&fixture->arena);
  app_end(&fixture->app);
  memory_free(fixture);
  return 0;
}

static void make(struct made *made, struct generation_origin origin)
{
  struct error error = {0};
  struct arena arena;
  struct migration *migrations;
  size_t count;
  arena_init(&arena, 4096);
  origin.sources = &made->sources;
  if (store_open(&(struct store_config){0}, &made->store, &error) ||
      migrations_read(&made->sources, &arena, &migrations, &count, &error) ||
      store_migrate(made->store, migrations, count, NULL, &error))
    fail_msg("%s", error.message);
  arena_deinit(&arena);
  made->generation = generation_make(&origin, made->store, &made->report, &made->handler_errors);
}

/* The builder's part; all it has read is gone when it is done. */
static void build(struct fixture *fixture, const char *expected)
{
  struct app_tree app;
  struct made *made = &fixture->built[fixture->count];
  struct bundle_writer writer;
  int fd;
  assert_true(fixture->count < GENERATIONS);
  report_init(&made->report);
  source_tree_read(&made->sources, fixture->app.folder, &made->report);
  app_tree_read(&app, fixture->app.folder);
  make(made, (struct generation_origin){
                 .app = &app,
                 .sandbox = fixture->sandbox,
                 .before = fixture->count ? &fixture->bundles[fixture->count - 1] : NULL});
  app_expect(&made->report, "the builder", expected);
  assert_non_null(made->generation);
  app_tree_free(&app);
  bundle_writer_init(&writer);
  generation_pack(made->generation, &made->sources, &writer);
  assert_int_equal(bundle_seal(&writer, &fd, NULL), 0);
  bundle_writer_deinit(&writer);
  assert_int_equal(bundle_open(fd, &fixture->bundles[fixture->count++], NULL), 0);
  close(fd);
}

/* A server's part, from any bundle. */
static void take(struct fixture *fixture, const struct bundle *bundle)
{
  struct made *made = &fixture->served;
  forget(made);
  report_init(&made->report);
  source_tree_unpack(&made->sources, bundle, "/nowhere");
  make(made, (struct generation_origin){.built = bundle});
}

static const struct contract *contract_of(const struct made *made, const char *name)
{
  for (size_t i = 0; i < made->generation->contract_count; i++)
    if (strcmp(made->generation->contracts[i]->name, name) == 0)
      return made->generation->contracts[i];
  fail_msg("there is no contract %s", name);
  return NULL;
}

static bool tell_number(void *context, uint32_t index, const struct json *parameters,
                        struct json *result)
{
  (void)context, (void)parameters;
  *result = json_integer(index);
  return true;
}

/* What the contract's handler answers in the generation that is served. */
static void answers(struct fixture *fixture, const char *name, const char *expected)
{
  struct run_limits limits = {.cpu_ns = 50000000, .memory_bytes = 1 << 20};
  struct run_host host = {.query = tell_number};
  struct run_input input = {0};
  struct run_result result;
  const struct contract *contract = contract_of(&fixture->served, name);
  assert_non_null(contract->image);
  sandbox_claim_signals();
  sandbox_run(fixture->sandbox, contract->image, &input, &limits, &host, &fixture->arena, &result);
  assert_int_equal(result.outcome, RUN_RETURNED);
  assert_string_equal(result.value.string, expected);
}

/* Serves the newest bundle: the server's generation is in every way the builder's. */
static void serve(struct fixture *fixture)
{
  const struct made *built = &fixture->built[fixture->count - 1], *served = &fixture->served;
  take(fixture, &fixture->bundles[fixture->count - 1]);
  app_expect(&fixture->served.report, "the server", "");
  assert_non_null(served->generation);
  assert_int_equal(served->generation->contract_count, built->generation->contract_count);
  for (size_t i = 0; i < served->generation->contract_count; i++) {
    const struct contract *a = built->generation->contracts[i];
    const struct contract *b = served->generation->contracts[i];
    assert_string_equal(a->name, b->name);
    assert_memory_equal(a->hash, b->hash, HASH_BYTES);
    assert_memory_equal(a->handler_hash, b->handler_hash, HASH_BYTES);
    if (a->image) assert_memory_equal(a->image_key, b->image_key, HASH_BYTES);
    assert_int_equal(a->handler_state, b->handler_state);
    assert_int_equal(a->image == NULL, b->image == NULL);
    assert_int_equal(a->image == NULL, a->handler_state == HANDLER_UNAVAILABLE);
  }
}

static void has_state(struct fixture *fixture, const char *name, enum handler_state state)
{
  assert_int_equal(contract_of(&fixture->served, name)->handler_state, state);
}

static bool lies_in(const struct bundle *bundle, const struct image *image)
{
  const char *at = image_text(image).data;
  return at >= bundle->bytes && at < bundle->bytes + bundle->length;
}

/* Whether the newest generation has taken the image from the one before. */
static bool was_reused(const struct fixture *fixture, const char *name)
{
  const struct contract *contract = contract_of(&fixture->built[fixture->count - 1], name);
  return lies_in(&fixture->bundles[fixture->count - 2], contract->image);
}

/* --- --- */

static void is_served_without_a_folder(void **state)
{
  struct fixture *fixture = *state;
  build(fixture, "");
  char command[256];
  snprintf(command, sizeof command, "rm -rf '%s/contracts' '%s/app'", fixture->app.folder,
           fixture->app.folder);
  assert_int_equal(system(command), 0);
  serve(fixture);
  has_state(fixture, "a", HANDLER_CURRENT);
  answers(fixture, "a", "a1 tool 1");
  answers(fixture, "b", "b1 tool 1");
  assert_true(lies_in(&fixture->bundles[0], contract_of(&fixture->served, "a")->image));
}

static void what_has_not_changed_is_not_built_again(void **state)
{
  struct fixture *fixture = *state;
  build(fixture, "");
  build(fixture, "");
  assert_true(was_reused(fixture, "a"));
  assert_true(was_reused(fixture, "b"));
  app_write(&fixture->app, "contracts/a.json", CONTRACT("Another summary", "other", BOTH));
  app_write(&fixture->app, "app/handlers/b.lua", HANDLER("b2"));
  build(fixture, "");
  assert_true(was_reused(fixture, "a"));
  assert_false(was_reused(fixture, "b"));
  app_write(&fixture->app, "app/lib/tool.lua", "return ' other '");
  build(fixture, "");
  assert_false(was_reused(fixture, "a"));
  assert_false(was_reused(fixture, "b"));
  serve(fixture);
  answers(fixture, "a", "a1 other 1");
  answers(fixture, "b", "b2 other 1");
}

/* Each of them is baked into the image. */
static void grants_are_part_of_an_image(void **state)
{
  struct fixture *fixture = *state;
  static const char *const uses[] = {"\"queries\": [\"q.two\", \"q.one\"]",
                                     "\"queries\": [\"q.two\"]",
                                     "\"queries\": [\"q.two\"], \"sleep\": true",
                                     "\"queries\": [\"q.one\", \"q.two\"], \"sleep\": true"};
  build(fixture, "");
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
    char text[1024];
    snprintf(text, sizeof text, CONTRACT("A", "a", "%s"), uses[i]);
    app_write(&fixture->app, "contracts/a.json", text);
    build(fixture, "");
    assert_false(was_reused(fixture, "a"));
    assert_true(was_reused(fixture, "b"));
    serve(fixture);
    answers(fixture, "a", i == 3 ? "a1 tool 1" : "a1 tool 0");
  }
}

static void files_that_only_move_are_others(void **state)
{
  struct fixture *fixture = *state;
  build(fixture, "");
  app_write(&fixture->app, "contracts/c.json", CONTRACT("C", "c", BOTH));
  app_write(&fixture->app, "app/handlers/c.lua", HANDLER("a1"));
  app_write(&fixture->app, "contracts/a.json", NULL);
  app_write(&fixture->app, "app/handlers/a.lua", NULL);
  build(fixture, "");
  serve(fixture);
  assert_false(was_reused(fixture, "c"));
  answers(fixture, "c", "a1 tool 1");
}

#define A_BROKEN "app/handlers/a.lua:2:1: error: <name> or '...' expected near <eof>: "
#define KEPT     "until it loads, its last good version goes on serving\n"
#define CLOSED   "until it loads, its route answers 503"

static void the_last_good_version_goes_on_serving(void **state)
{
  struct fixture *fixture = *state;
  build(fixture, "");
  app_write(&fixture->app, "app/handlers/a.lua", BROKEN);
  app_write(&fixture->app, "app/handlers/b.lua", HANDLER("b2"));
  build(fixture, A_BROKEN KEPT);
  assert_int_equal(fixture->built[1].handler_errors, 1);
  serve(fixture);
  has_state(fixture, "a", HANDLER_STALE);
  has_state(fixture, "b", HANDLER_CURRENT);
  answers(fixture, "a", "a1 tool 1");
  answers(fixture, "b", "b2 tool 1");
  const unsigned char *first = contract_of(&fixture->built[0], "a")->handler_hash;
  assert_memory_equal(contract_of(&fixture->served, "a")->handler_hash, first, HASH_BYTES);

  /* However often, and under another contract. */
  app_write(&fixture->app, "contracts/a.json", CONTRACT("Another summary", "other", BOTH));
  app_write(&fixture->app, "app/handlers/a.lua", BROKEN "\n");
  build(fixture, "app/handlers/a.lua:3:1: error: <name> or '...' expected near <eof>: " KEPT);
  serve(fixture);
  has_state(fixture, "a", HANDLER_STALE);
  answers(fixture, "a", "a1 tool 1");
  assert_memory_not_equal(contract_of(&fixture->served, "a")->hash,
                          contract_of(&fixture->built[0], "a")->hash, HASH_BYTES);

  app_write(&fixture->app, "app/handlers/a.lua", HANDLER("a1"));
  build(fixture, "");
  assert_true(was_reused(fixture, "a"));
  serve(fixture);
  has_state(fixture, "a", HANDLER_CURRENT);
  answers(fixture, "a", "a1 tool 1");
  app_write(&fixture->app, "app/handlers/a.lua", HANDLER("a3"));
  build(fixture, "");
  serve(fixture);
  answers(fixture, "a", "a3 tool 1");
}

/* A module that is broken, a file that cannot be read, a folder that cannot. */
static void however_it_does_not_load(void **state)
{
  struct fixture *fixture = *state;
  char path[128], aside[128];
  build(fixture, "");
  app_write(&fixture->app, "app/lib/tool.lua", "return return");
  build(fixture, "app/lib/tool.lua:1:8: error: unexpected symbol near 'return': " KEPT
                 "app/lib/tool.lua:1:8: error: unexpected symbol near 'return': " KEPT);
  app_write(&fixture->app, "app/lib/tool.lua", "return ' tool '");
  snprintf(path, sizeof path, "%s/app/handlers/a.lua", fixture->app.folder);
  assert_int_equal(truncate(path, HANDLER_SOURCE_MAX_BYTES + 1), 0);
  build(fixture, "app/handlers/a.lua: error: it cannot be read: larger than 65536 bytes: " KEPT);
  snprintf(path, sizeof path, "%s/app/handlers", fixture->app.folder);
  snprintf(aside, sizeof aside, "%s/aside", fixture->app.folder);
  assert_int_equal(rename(path, aside), 0);
  assert_int_equal(symlink("../aside", path), 0);
  build(fixture, "error: app/handlers: not a folder, or a symbolic link\n"
                 "contracts/a.json:1:27: error: app/handlers/a.lua could not be read: " KEPT
                 "contracts/b.json:1:27: error: app/handlers/b.lua could not be read: " KEPT);
  serve(fixture);
  has_state(fixture, "a", HANDLER_STALE);
  has_state(fixture, "b", HANDLER_STALE);
  answers(fixture, "a", "a1 tool 1");
  answers(fixture, "b", "b1 tool 1");
}

/* Somebody wanted it gone. */
static void a_deleted_handler_is_not_kept(void **state)
{
  struct fixture *fixture = *state;
  build(fixture, "");
  app_write(&fixture->app, "app/handlers/a.lua", NULL);
  build(fixture, "contracts/a.json:1:27: error: this contract has no handler: there is no "
                 "app/handlers/a.lua: write it");
  serve(fixture);
  has_state(fixture, "a", HANDLER_UNAVAILABLE);
  answers(fixture, "b", "b1 tool 1");
  app_write(&fixture->app, "app/handlers/a.lua", BROKEN);
  build(fixture, A_BROKEN CLOSED "\n");
  serve(fixture);
  has_state(fixture, "a", HANDLER_UNAVAILABLE);
}

/* The old image would run other queries than the contract grants. */
static void nothing_is_kept_under_other_grants(void **state)
{
  static const char *const uses[] = {"\"queries\": [\"q.two\", \"q.one\"]",
                                     "\"queries\": [\"q.one\", \"q.two\"], \"sleep\": true"};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < 2; i++) {
    char text[1024];
    app_write(&fixture->app, "contracts/a.json", CONTRACT("A", "a", BOTH));
    app_write(&fixture->app, "app/handlers/a.lua", HANDLER("a1"));
    build(fixture, "");
    snprintf(text, sizeof text, CONTRACT("A", "a", "%s"), uses[i]);
    app_write(&fixture->app, "contracts/a.json", text);
    app_write(&fixture->app, "app/handlers/a.lua", BROKEN);
    build(fixture, A_BROKEN CLOSED ": the last good version was granted other queries\n");
    serve(fixture);
    has_state(fixture, "a", HANDLER_UNAVAILABLE);
  }
}

static void a_new_contract_has_no_last_good_version(void **state)
{
  struct fixture *fixture = *state;
  build(fixture, "");
  app_write(&fixture->app, "contracts/c.json", CONTRACT("C", "c", BOTH));
  app_write(&fixture->app, "app/handlers/c.lua", BROKEN);
  build(fixture, "app/handlers/c.lua:2:1: error: <name> or '...' expected near <eof>: " CLOSED);
  serve(fixture);
  has_state(fixture, "c", HANDLER_UNAVAILABLE);
  answers(fixture, "a", "a1 tool 1");
}

/* --- Bundles that are not what the builder makes --- */

/* The newest bundle with one part changed: without it, or with that of another name. */
static struct bundle with(const struct fixture *fixture, const char *name, const char *instead)
{
  const struct bundle *bundle = &fixture->bundles[fixture->count - 1];
  struct bundle_writer writer;
  struct bundle changed;
  int fd;
  bundle_writer_init(&writer);
  for (size_t i = 0; i < bundle->count; i++) {
    struct bundle_part part = bundle_part(bundle, i);
    bool it = strcmp(part.name, name) == 0;
    if (it && !instead) continue;
    if (it) assert_true(bundle_find(bundle, instead, &part.bytes));
    bundle_add(&writer, part.name, part.bytes);
  }
  assert_int_equal(bundle_seal(&writer, &fd, NULL), 0);
  bundle_writer_deinit(&writer);
  assert_int_equal(bundle_open(fd, &changed, NULL), 0);
  close(fd);
  return changed;
}

static void what_is_missing_is_not_served(void **state)
{
  static const struct {
    const char *name, *instead, *expected;
  } cases[] = {
      {"handler/a", NULL, "contracts/a.json:1:1: error: its handler has not been built"},
      {"handler/a", "image/a", "contracts/a.json:1:1: error: its handler has not been built"},
      {"image/a", NULL, "contracts/a.json:1:1: error: there is no image of a"},
      {"image/a", "handler/a", "contracts/a.json:1:1: error: not an image"},
      {"image/a", "image/c", "contracts/a.json:1:1: error: the image of a is for other queries"},
      {"image/a", "image/d", "contracts/a.json:1:1: error: the image of a is for other queries"},
  };
  struct fixture *fixture = *state;
  app_write(&fixture->app, "contracts/c.json", CONTRACT("C", "c", ""));
  app_write(&fixture->app, "app/handlers/c.lua", "return function() end");
  app_write(&fixture->app, "contracts/d.json", CONTRACT("D", "d", BOTH ", \"sleep\": true"));
  app_write(&fixture->app, "app/handlers/d.lua", "return function() end");
  build(fixture, "");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct bundle bundle = with(fixture, cases[i].name, cases[i].instead);
    take(fixture, &bundle);
    app_expect(&fixture->served.report, cases[i].name, cases[i].expected);
    assert_null(fixture->served.generation);
    forget(&fixture->served);
    bundle_close(&bundle);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(is_served_without_a_folder),
      TEST(what_has_not_changed_is_not_built_again),
      TEST(grants_are_part_of_an_image),
      TEST(files_that_only_move_are_others),
      TEST(the_last_good_version_goes_on_serving),
      TEST(however_it_does_not_load),
      TEST(a_deleted_handler_is_not_kept),
      TEST(nothing_is_kept_under_other_grants),
      TEST(a_new_contract_has_no_last_good_version),
      TEST(what_is_missing_is_not_served),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
