/* A folder of random apps: contracts alone, and with templates and policy; loaded, and how a
 * failure is shown. */
#ifndef WRIT_TESTS_COMPOSITION_APP_H
#define WRIT_TESTS_COMPOSITION_APP_H

#include "temporary_app.h"

#include "base/crypto.h"
#include "contract/generation.h"
#include "random_input.h"
#include "random_layer.h"

enum { BATCH = 100, TEMPLATES_MAX = 2 };

/* A contract, and what it extends. */
struct pair {
  struct said contract, templates[TEMPLATES_MAX];
  const struct schema *own, *schemas[TEMPLATES_MAX]; /* each by itself; NULL: a template has none */
  size_t template_count;
  const char *refused; /* why they do not load together, or NULL */
};

/* What was loaded from one folder with one policy. */
struct loaded {
  struct source_tree sources;
  struct store *store;
  struct generation *generation;
};

struct batch {
  struct dice dice;
  struct app app;
  struct arena arena;
  struct schema_set *schemas;
  struct json shared; /* defs/shared.json */
  struct source shared_source;
  struct input_pool pool;
  struct said policy;
  struct pair pairs[BATCH];
  struct loaded bare, whole; /* with a policy that restricts nothing, and with the random one */
};

/* --- A batch of apps in one folder --- */

static inline const struct json *find_shared(void *context, struct text path,
                                             const struct source **source)
{
  struct batch *batch = context;
  if (!text_is(path, "defs/shared.json")) return NULL;
  *source = &batch->shared_source;
  return &batch->shared;
}

/* The schema that one of them gives for the input, by itself; NULL if it gives none. */
static inline const struct schema *compile_alone(struct batch *batch, const struct said *said,
                                                 unsigned flags)
{
  struct report report;
  struct text text = arena_copy(&batch->arena, buffer_text(&said->validates));
  struct json *value = arena_new(&batch->arena, sizeof *value);
  struct source *source = arena_new(&batch->arena, sizeof *source);
  if (text.length == 0) return NULL;
  report_init(&report);
  *source = (struct source){"templates/t.json", text};
  assert_int_equal(json_read(&batch->arena, text, NULL, value, NULL), 0);
  const struct schema *schema = schema_compile(batch->schemas, source, source->path, value, value,
                                               SCHEMA_STRICT | flags, &report);
  if (!schema) report_print(&report, stderr), print_error("%.*s\n", TEXT_ARGS(text));
  assert_non_null(schema);
  report_deinit(&report);
  return schema;
}

static inline void write_contract(struct batch *batch, const char *folder, size_t index,
                                  bool extends)
{
  const struct pair *pair = &batch->pairs[index];
  char path[64];
  struct buffer text = {0};
  buffer_print(&text, "{ \"summary\": \"Random\", \"route\": \"POST /%s/%zu\", ", folder, index);
  if (extends) {
    buffer_print(&text, "\"extends\": [");
    for (size_t i = 0; i < pair->template_count; i++)
      buffer_print(&text, "%s\"templates/t%zu_%zu\"", i ? ", " : "", index, i);
    buffer_print(&text, "],\n");
  }
  buffer_append(&text, pair->contract.text.data + 1, pair->contract.text.length - 1);
  buffer_append_byte(&text, 0);
  snprintf(path, sizeof path, "contracts/%s/c%zu.json", folder, index);
  app_write(&batch->app, path, text.data);
  buffer_deinit(&text);
}

static inline void write_said(struct batch *batch, const char *path, struct said *said)
{
  buffer_append_byte(&said->text, 0);
  app_write(&batch->app, path, said->text.data);
  said->text.length--;
}

static inline void make_pair(struct batch *batch, size_t index)
{
  struct pair *pair = &batch->pairs[index];
  pair->template_count = 1 + dice_below(&batch->dice, TEMPLATES_MAX);
  random_contract(&batch->dice, &pair->contract);
  pair->own = compile_alone(batch, &pair->contract, SCHEMA_CLOSED);
  for (size_t i = 0; i < pair->template_count; i++) {
    char path[64];
    random_template(&batch->dice, &pair->templates[i]);
    pair->schemas[i] = compile_alone(batch, &pair->templates[i], 0);
    snprintf(path, sizeof path, "contracts/templates/t%zu_%zu.json", index, i);
    write_said(batch, path, &pair->templates[i]);
  }
  write_contract(batch, "alone", index, false);
  write_contract(batch, "both", index, true);
}

static inline void batch_begin(struct batch *batch, uint64_t seed)
{
  *batch = (struct batch){.dice = {seed}};
  app_begin(&batch->app);
  arena_init(&batch->arena, 64 * 1024);
  batch->schemas = schema_set_new(&batch->arena, find_shared, batch);
  batch->shared_source = (struct source){"defs/shared.json", text_of(random_shared_schemas)};
  assert_int_equal(json_read(&batch->arena, batch->shared_source.text, NULL, &batch->shared, NULL),
                   0);
  input_pool_init(&batch->pool, &batch->arena);
  for (size_t i = 0; i < sizeof random_app / sizeof random_app[0]; i++)
    app_write(&batch->app, random_app[i].path, random_app[i].text);
  for (size_t i = 0; i < BATCH; i++) make_pair(batch, i);
}

static inline void unload(struct loaded *loaded)
{
  generation_free(loaded->generation);
  if (loaded->store) store_close(loaded->store);
  source_tree_free(&loaded->sources);
  *loaded = (struct loaded){0};
}

static inline void batch_end(struct batch *batch)
{
  unload(&batch->bare);
  unload(&batch->whole);
  for (size_t i = 0; i < BATCH; i++) {
    said_deinit(&batch->pairs[i].contract);
    for (size_t k = 0; k < TEMPLATES_MAX; k++) said_deinit(&batch->pairs[i].templates[k]);
  }
  said_deinit(&batch->policy);
  schema_set_free(batch->schemas);
  arena_deinit(&batch->arena);
  app_end(&batch->app);
}

/* --- Failing --- */

static inline void show(const char *what, const struct said *said)
{
  print_error("%s:\n%.*s\n", what, TEXT_ARGS(buffer_text(&said->text)));
}

static inline void fail_pair(const struct batch *batch, size_t index, const char *what,
                             const struct json *input)
{
  const struct pair *pair = &batch->pairs[index];
  print_error("pair %zu: %s\n", index, what);
  show("contract", &pair->contract);
  for (size_t i = 0; i < pair->template_count; i++) show("template", &pair->templates[i]);
  show("policy", &batch->policy);
  if (input) {
    struct buffer text = {0};
    json_write(&text, input);
    print_error("input:\n%.*s\n", TEXT_ARGS(buffer_text(&text)));
    buffer_deinit(&text);
  }
  fail();
}

/* --- Loading, and what may be refused --- */

/* Roles that all of them let in. */
static inline unsigned common_roles(const struct pair *pair)
{
  const unsigned all = (1U << ROLES) - 1;
  unsigned roles = pair->contract.any_role ? all : pair->contract.roles;
  for (size_t i = 0; i < pair->template_count; i++)
    if (!pair->templates[i].any_role) roles &= pair->templates[i].roles;
  return roles;
}

static inline bool template_asks_for_a_principal(const struct pair *pair)
{
  bool asks = false;
  for (size_t i = 0; i < pair->template_count; i++) {
    asks |= pair->templates[i].auth || pair->templates[i].scopes;
    for (size_t k = 0; k < pair->templates[i].rate_count; k++)
      asks |= pair->templates[i].rates[k].by_principal;
  }
  return asks;
}

/* Takes the contract that a finding is about out of the folder. Whether nothing can be valid is
 * looked at later, with inputs. */
static inline void take_out(struct batch *batch, const struct finding *finding)
{
  size_t index = BATCH;
  char path[64];
  const char *number = strpbrk(finding->path ? finding->path : "", "0123456789");
  if (number) index = strtoul(number, NULL, 10);
  if (index >= BATCH) print_error("%s: %s\n", finding->path, finding->message);
  assert_true(index < BATCH);
  struct pair *pair = &batch->pairs[index];
  bool expected = strstr(finding->message, "admit nothing") ||
                  (strstr(finding->message, "no role is left") && common_roles(pair) == 0) ||
                  (strstr(finding->message, "public") && pair->contract.public &&
                   template_asks_for_a_principal(pair));
  if (!expected) fail_pair(batch, index, finding->message, NULL);
  pair->refused = arena_copy(&batch->arena, text_of(finding->message)).data;
  snprintf(path, sizeof path, "contracts/both/c%zu.json", index);
  app_write(&batch->app, path, NULL);
  snprintf(path, sizeof path, "contracts/alone/c%zu.json", index);
  app_write(&batch->app, path, NULL);
}

static inline void load_once(struct batch *batch, struct loaded *loaded)
{
  struct report report;
  struct migration *migrations;
  size_t count, handler_errors;
  struct error error = {0};
  report_init(&report);
  assert_int_equal(store_open(&(struct store_config){0}, &loaded->store, &error), 0);
  source_tree_read(&loaded->sources, batch->app.folder, &report);
  assert_int_equal(migrations_read(&loaded->sources, &batch->arena, &migrations, &count, &error),
                   0);
  assert_int_equal(store_migrate(loaded->store, migrations, count, NULL, &error), 0);
  loaded->generation =
      generation_load(&loaded->sources, loaded->store, NULL, &report, &handler_errors);
  /* The last findings are about handlers, of which there are none. */
  size_t errors = report.errors - handler_errors;
  for (const struct finding *finding = report.first; errors > 0; finding = finding->next) {
    if (finding->severity != SEVERITY_ERROR) continue;
    take_out(batch, finding);
    errors--;
  }
  report_deinit(&report);
}

static inline void load_batch(struct batch *batch)
{
  random_policy(&batch->dice, false, &batch->policy);
  write_said(batch, "contracts/policy.json", &batch->policy);
  load_once(batch, &batch->bare);
  if (!batch->bare.generation) {
    unload(&batch->bare);
    load_once(batch, &batch->bare);
  }
  assert_non_null(batch->bare.generation);
  said_deinit(&batch->policy);
  random_policy(&batch->dice, true, &batch->policy);
  write_said(batch, "contracts/policy.json", &batch->policy);
  load_once(batch, &batch->whole);
  assert_non_null(batch->whole.generation);
}

static inline const struct contract *find_contract(const struct loaded *loaded, const char *folder,
                                                   size_t index)
{
  char name[64];
  snprintf(name, sizeof name, "%s.c%zu", folder, index);
  for (size_t i = 0; i < loaded->generation->contract_count; i++)
    if (strcmp(loaded->generation->contracts[i]->name, name) == 0)
      return loaded->generation->contracts[i];
  return NULL;
}

#endif
