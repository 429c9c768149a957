/* `writ diff`: what authority changed between two versions of an app. */
#include <stdio.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/revision.h"
#include "describe/explain.h"
#include "process/app.h"

static const char help[] =
    "usage: writ diff [--json] OLD NEW\n\n"
    "Says what authority changed from OLD to NEW, each a folder or a git revision of the folder "
    "it\n"
    "is called in, in the sentences of `writ check --explain`:\n\n"
    "  +  loosened: something more may happen\n"
    "  -  tightened: something less may happen\n"
    "  ~  changed in a way that nobody can order: counts as loosened\n\n"
    "Whatever cannot be shown to be tighter is loosened. Handlers are not compared: they can do\n"
    "nothing that their contracts do not allow.\n\n"
    "Of tables, indexes and triggers the lines that differ are shown as well.\n\n"
    "  --json   as an array: docs/json/diff.schema.json\n\n"
    "Exit code 0: nothing was loosened; 1: something was; 2: the command line is not understood, "
    "or\n"
    "one of the two does not load.\n\n"
    "example: writ diff origin/main .\n";

/* One of the two versions. */
struct version {
  const char *name;
  struct revision revision;
  struct app app;
  bool open;
};

struct output {
  struct arena *arena;
  bool json, loosened;
  size_t count;
  const char *contract; /* the last one that was named; NULL: none */
};

/* --- Printing. --- */

static void print_object(struct output *output, const char *contract, const struct change *change)
{
  static const char *const kinds[] = {"loosened", "tightened", "unordered"};
  struct json_builder object = {0};
  struct buffer out = {0};
  struct json name = contract ? json_string(text_of(contract)) : json_null();
  json_builder_add(&object, output->arena, TEXT("contract"), name);
  json_builder_add(&object, output->arena, TEXT("change"),
                   json_string(text_of(kinds[change->kind])));
  json_builder_add(&object, output->arena, TEXT("key"), json_string(change->key));
  json_builder_add(&object, output->arena, TEXT("sentence"), json_string(change->sentence));
  if (change->diff.length > 0)
    json_builder_add(&object, output->arena, TEXT("diff"), json_string(change->diff));
  struct json value = json_builder_object(&object);
  json_write(&out, &value);
  printf("%s\n  ", output->count == 0 ? "[" : ",");
  print_json(stdout, buffer_text(&out));
  buffer_deinit(&out);
}

static void print_change(struct output *output, const char *contract, const struct change *change)
{
  if (output->json) {
    print_object(output, contract, change);
  } else {
    bool same = output->count > 0 && output->contract == contract;
    if (!same) printf("%s%s\n", output->count > 0 ? "\n" : "", contract ? contract : "the app");
    printf("  %c ", "+-~"[change->kind]);
    print_visible(stdout, change->sentence);
    putchar('\n');
    print_lines(stdout, "      ", change->diff);
  }
  output->contract = contract;
  output->count++;
  output->loosened |= change->kind != CHANGE_TIGHTENED;
}

static void print_changes(struct output *output, const char *contract,
                          const struct explanation *before, const struct explanation *after)
{
  static const enum change_kind order[] = {CHANGE_LOOSENED, CHANGE_UNORDERED, CHANGE_TIGHTENED};
  struct change *changes;
  size_t count;
  explanation_compare(before, after, output->arena, &changes, &count);
  for (size_t k = 0; k < 3; k++)
    for (size_t i = 0; i < count; i++)
      if (changes[i].kind == order[k]) print_change(output, contract, &changes[i]);
}

/* --- Contracts. --- */

static const struct contract *find(const struct version *version, const char *name)
{
  const struct generation *generation = version->app.generation;
  for (size_t i = 0; i < generation->contract_count; i++)
    if (strcmp(generation->contracts[i]->name, name) == 0) return generation->contracts[i];
  return NULL;
}

/* A contract that only one of the two has: its route, and the risks of a new one. */
static int print_whole(struct output *output, const struct version *version,
                       const struct contract *contract, enum change_kind kind, struct error *error)
{
  struct explanation facts;
  if (explain_contract(version->app.generation, contract, output->arena, &facts, error) < 0)
    return -1;
  struct text words = arena_print(output->arena, "%s: %s %.*s, \"%.*s\"",
                                  kind == CHANGE_LOOSENED ? "added" : "removed",
                                  method_name(contract->route.method),
                                  TEXT_ARGS(contract->route.path), TEXT_ARGS(contract->summary));
  print_change(output, contract->name,
               &(struct change){.kind = kind, .key = TEXT("contract"), .sentence = words});
  for (size_t i = 0; i < facts.count && kind == CHANGE_LOOSENED; i++)
    if (facts.facts[i].risk.length > 0)
      print_change(output, contract->name,
                   &(struct change){
                       .kind = kind, .key = facts.facts[i].key, .sentence = facts.facts[i].risk});
  return 0;
}

static int compare_contract(struct output *output, const struct version *old,
                            const struct version *new, const struct contract *after,
                            struct error *error)
{
  struct explanation before_facts, after_facts;
  const struct contract *before = find(old, after->name);
  if (!before) return print_whole(output, new, after, CHANGE_LOOSENED, error);
  if (explain_contract(old->app.generation, before, output->arena, &before_facts, error) < 0 ||
      explain_contract(new->app.generation, after, output->arena, &after_facts, error) < 0)
    return -1;
  print_changes(output, after->name, &before_facts, &after_facts);
  return 0;
}

static int compare_contracts(struct output *output, const struct version *old,
                             const struct version *new, struct error *error)
{
  const struct generation *before = old->app.generation, *after = new->app.generation;
  for (size_t i = 0; i < after->contract_count; i++)
    if (compare_contract(output, old, new, after->contracts[i], error) < 0) return -1;
  for (size_t i = 0; i < before->contract_count; i++)
    if (!find(new, before->contracts[i]->name) &&
        print_whole(output, old, before->contracts[i], CHANGE_TIGHTENED, error) < 0)
      return -1;
  return 0;
}

/* --- The app as a whole. --- */

static int compare_apps(struct output *output, const struct version *old, const struct version *new,
                        struct error *error)
{
  struct explanation before, after;
  if (explain_app(&old->app.sources, old->app.generation, old->app.store, output->arena, &before,
                  error) < 0 ||
      explain_app(&new->app.sources, new->app.generation, new->app.store, output->arena, &after,
                  error) < 0)
    return -1;
  print_changes(output, NULL, &before, &after);
  return 0;
}

/* An app without writ.json is served with the defaults. */
static int read_config(struct output *output, const struct version *version, struct json *config,
                       struct error *error)
{
  struct json_error wrong;
  const struct source *source = source_tree_find(&version->app.sources, TEXT("writ.json"));
  *config = json_null();
  if (!source || json_read(output->arena, source->text, NULL, config, &wrong) == 0) return 0;
  return error_set(error, "writ.json of %s: %s", version->name, wrong.message);
}

/* What is said of one keyword of writ.json on both sides. */
static void compare_config(struct output *output, struct text key, const struct json *before,
                           const struct json *after)
{
  struct buffer was = {0}, is = {0};
  if (before && after && json_equal(before, after)) return;
  if (before) json_write(&was, before);
  if (after) json_write(&is, after);
  struct text nothing = TEXT("the default");
  struct text words = arena_print(output->arena, "writ.json: %.*s is %.*s (it was: %.*s)",
                                  TEXT_ARGS(key), TEXT_ARGS(after ? buffer_text(&is) : nothing),
                                  TEXT_ARGS(before ? buffer_text(&was) : nothing));
  struct text name = arena_print(output->arena, "writ.json:%.*s", TEXT_ARGS(key));
  print_change(output, NULL,
               &(struct change){.kind = CHANGE_UNORDERED, .key = name, .sentence = words});
  buffer_deinit(&was);
  buffer_deinit(&is);
}

static int compare_configs(struct output *output, const struct version *old,
                           const struct version *new, struct error *error)
{
  struct json before, after;
  if (read_config(output, old, &before, error) < 0 || read_config(output, new, &after, error) < 0)
    return -1;
  for (uint32_t i = 0; after.type == JSON_OBJECT && i < after.length; i++) {
    struct text key = json_text(&after.members[i].key);
    if (!text_is(key, "$schema"))
      compare_config(output, key, json_get_text(&before, key), &after.members[i].value);
  }
  for (uint32_t i = 0; before.type == JSON_OBJECT && i < before.length; i++) {
    struct text key = json_text(&before.members[i].key);
    if (!text_is(key, "$schema") && !json_get_text(&after, key))
      compare_config(output, key, &before.members[i].value, NULL);
  }
  return 0;
}

/* --- The whole. --- */

static int open_version(struct version *version)
{
  struct error error = {0};
  struct report report;
  if (revision_open(version->name, &version->revision, &error) < 0) {
    print_error("writ: ", &error);
    return -1;
  }
  struct app_options options = {.folder = version->revision.folder, .contracts_only = true};
  report_init(&report);
  version->open = app_open(&version->app, &options, &report, &error) == 0;
  if (!version->open) {
    fprintf(stderr, "writ: %s does not load:\n", version->name);
    report_print(&report, stderr);
    print_error("", &error);
  }
  report_deinit(&report);
  return version->open ? 0 : -1;
}

static void close_version(struct version *version)
{
  if (version->open) app_close(&version->app);
  revision_close(&version->revision);
}

static int compare(const struct version *old, const struct version *new, bool json)
{
  struct arena arena;
  struct error error = {0};
  struct output output = {.arena = &arena, .json = json};
  arena_init(&arena, 64 * 1024);
  int result = compare_contracts(&output, old, new, &error);
  if (result == 0) result = compare_apps(&output, old, new, &error);
  if (result == 0) result = compare_configs(&output, old, new, &error);
  if (json) puts(output.count == 0 ? "[]" : "\n]");
  if (!json && output.count == 0 && result == 0) puts("nothing that counts has changed");
  print_error("writ: ", &error);
  arena_deinit(&arena);
  return result < 0 ? EXIT_USAGE : output.loosened ? EXIT_FINDINGS : EXIT_OK;
}

int cli_diff(int argc, char **argv)
{
  bool json = false;
  const struct option options[] = {{"--json", NULL, &json}};
  const char **operands = memory_new_array((size_t)argc + 1, sizeof *operands);
  size_t count = 0;
  int code;
  bool read = cli_arguments(argc, argv, options, 1, operands, &count, help, &code);
  struct version old = {.name = operands[0]};
  struct version new = {.name = count > 1 ? operands[1] : NULL};
  memory_free(operands);
  if (!read) return code;
  if (count != 2) {
    fputs("writ: diff compares two versions, OLD and NEW; see --help\n", stderr);
    return EXIT_USAGE;
  }
  code = EXIT_USAGE;
  if (open_version(&old) == 0 && open_version(&new) == 0) code = compare(&old, &new, json);
  close_version(&new);
  close_version(&old);
  return code;
}
