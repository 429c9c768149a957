/* `writ test`: the derived attacks on every contract, then the app's own specs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/test_specs.h"
#include "testing/attack.h"
#include "testing/rows.h"

static const char help[] =
    "usage: writ test [--only attacks|specs] [--contract NAME]… [--seed N] [--most N|all]\n"
    "                 [--strict] [--address URL] [--json] [FOLDER] [-- BUSTED-OPTION…]\n"
    "       writ test --fixtures [--seed N] [FOLDER]\n\n"
    "Attacks every contract of the app in FOLDER (default: .), with no test written by anyone, on "
    "a\n"
    "scratch database made of its migrations and tests/fixtures.sql: no token, other roles, other\n"
    "people's rows, every input beside a valid one, too many requests, hostile strings, hostile\n"
    "handlers. Then it runs the app's own specs, tests/*_spec.lua, with busted.\n\n"
    "People are those whom the fixtures name: `-- principal: ada ID PASSWORD`. Valid inputs are\n"
    "those that `validates` gives as `examples`, else they are made of the schema. For an app\n"
    "without fixtures rows are made of its database's schema.\n\n"
    "  --only WHAT      attacks, or specs\n"
    "  --contract NAME  attack this contract only (notes.create); may be given several times\n"
    "  --seed N         what is chosen by chance is chosen as in the run that said this seed\n"
    "  --most N|all     so many attacks of one kind on one contract, which the seed chooses; "
    "default:\n"
    "                   1000, more than a schema of twenty fields leads to. What is left out is "
    "said\n"
    "  --strict         what could not be tried counts as failed\n"
    "  --address URL    where the requests that can be pasted go, as http://127.0.0.1:8081 or\n"
    "                   unix:/PATH; default: where writ.json listens. Nothing is sent there\n"
    "  --json           as one document: docs/json/test.schema.json\n"
    "  --fixtures       print the rows that are made for an app without fixtures, and nothing "
    "else\n\n"
    "Specs are Lua of the app that runs as you, in front of no wall: of an app that you would not\n"
    "run as a program, take --only attacks, which runs nothing of it but handlers in the "
    "sandbox.\n\n"
    "It finds mistakes. What stops malice are the contract and the wall around the handler, which\n"
    "can tell a test from life. docs/test.md tells what each attack is.\n\n"
    "Exit code 0: nothing failed; 1: something did; 2: the command line is not understood.\n\n"
    "example: writ test --only attacks --contract notes.create tests/apps/blog\n";

struct test_options {
  const char *folder;
  bool attacks, specs, strict, json, fixtures;
  struct attack_options attack;
  struct test_specs_options busted;
};

/* --- The command line. --- */

static bool wrong(const char *message, int *code)
{
  fprintf(stderr, "writ: %s; see --help\n", message);
  *code = EXIT_USAGE;
  return false;
}

/* Takes each `--contract NAME` out of the arguments. */
static bool take_contracts(int *argc, char **argv, const char **names, size_t *count, int *code)
{
  static const char name[] = "--contract";
  int kept = 0;
  for (int i = 0; i < *argc; i++) {
    bool attached = strncmp(argv[i], "--contract=", sizeof name) == 0;
    if (attached) {
      names[(*count)++] = argv[i] + sizeof name;
    } else if (strcmp(argv[i], name) == 0) {
      if (++i == *argc) return wrong("--contract needs a value", code);
      names[(*count)++] = argv[i];
    } else {
      argv[kept++] = argv[i];
    }
  }
  *argc = kept;
  return true;
}

/* What stands behind "--" is busted's. */
static int take_busted(int argc, char **argv, struct test_options *options)
{
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], "--") != 0) continue;
    options->busted.arguments = (const char *const *)&argv[i + 1];
    options->busted.argument_count = (size_t)(argc - i - 1);
    return i;
  }
  return argc;
}

static bool read_seed(const char *text, uint64_t *seed)
{
  char *end = NULL;
  if (!text) {
    crypto_random(seed, sizeof *seed);
    *seed %= 1000000; /* short enough to be typed */
    return true;
  }
  if (text[0] < '0' || text[0] > '9') return false;
  *seed = strtoull(text, &end, 10);
  return *end == 0;
}

/* 0: all of them. */
static bool read_most(const char *text, size_t *most)
{
  char *end = NULL;
  *most = 0;
  if (strcmp(text, "all") == 0) return true;
  if (text[0] < '1' || text[0] > '9') return false;
  *most = strtoull(text, &end, 10);
  return *end == 0;
}

static bool is_address(const char *address)
{
  struct text text = text_of(address ? address : "http://");
  return text_starts_with(text, "http://") || text_starts_with(text, "https://") ||
         text_starts_with(text, "unix:/");
}

static bool read_options(int argc, char **argv, const char **names, struct test_options *options,
                         int *code)
{
  const char *only = NULL, *seed = NULL, *most = NULL;
  const struct option known[] = {{"--only", &only, NULL},
                                 {"--seed", &seed, NULL},
                                 {"--most", &most, NULL},
                                 {"--address", &options->attack.address, NULL},
                                 {"--strict", NULL, &options->strict},
                                 {"--json", NULL, &options->json},
                                 {"--fixtures", NULL, &options->fixtures}};
  options->folder = ".";
  options->attack.most = ATTACKS_USUALLY;
  argc = take_busted(argc, argv, options);
  options->attack.contracts = names;
  if (!take_contracts(&argc, argv, names, &options->attack.contract_count, code) ||
      !cli_options(argc, argv, known, sizeof known / sizeof *known, &options->folder, help, code))
    return false;
  options->attacks = !only || strcmp(only, "attacks") == 0;
  options->specs = !only || strcmp(only, "specs") == 0;
  if (!options->attacks && !options->specs) return wrong("--only takes attacks or specs", code);
  if (options->fixtures && options->json)
    return wrong("--fixtures prints SQL: it cannot go with --json", code);
  if (options->attack.contract_count > 0) options->specs = only && options->specs;
  if (!read_seed(seed, &options->attack.seed)) return wrong("--seed takes a number", code);
  if (most && !read_most(most, &options->attack.most))
    return wrong("--most takes a number, or all", code);
  if (!is_address(options->attack.address))
    return wrong("--address takes http://HOST:PORT or unix:/PATH", code);
  options->busted.folder = options->folder;
  options->busted.quiet_stdout = options->json;
  return true;
}

/* --- Progress, and being interrupted. --- */

/* Set by the signal handler, which can have nothing else; looked at between two contracts. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
  (void)number;
  interrupted = 1;
}

/* Once: a second Ctrl-C ends the process as ever. */
static void catch_interrupt(void)
{
  struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
}

/* One line of a terminal, which is rewritten. */
static bool go_on(void *context, size_t done, size_t all, const char *contract)
{
  const bool *shown = context;
  if (*shown) fprintf(stderr, "\r\33[K%zu of %zu: %.60s", done + 1, all, contract);
  return !interrupted;
}

/* --- Running. --- */

/* What a run came to. */
struct test_run {
  struct arena arena;
  struct report findings; /* of the app */
  struct scratch *scratch;
  struct attack_report attacks;
  bool attacked; /* there is a report of it */
  struct test_specs specs;
  bool specs_ran;
};

/* What was made in the place of fixtures, and what was not. */
static void tell_rows(const struct rows *rows, struct report *findings)
{
  if (rows->sql.length == 0) return;
  report_warning(findings, FINDING_FIXTURE_MADE, NULL, 0,
                 "write tests/fixtures.sql; `writ test --fixtures` prints these, to begin with",
                 "there are no fixtures, so %zu rows were made of the database's schema",
                 rows->count);
  for (size_t i = 0; i < rows->missing_count; i++)
    report_warning(findings, FINDING_FIXTURE_MISSING, NULL, 0, "write it into tests/fixtures.sql",
                   "%.*s", TEXT_ARGS(rows->missing[i]));
}

/* What kept a half of it from running: the document says it among the findings. */
static void take_error(const struct test_options *options, struct test_run *run,
                       const struct error *error)
{
  if (!options->json)
    print_error("writ: ", error);
  else if (error->message[0])
    report_error(&run->findings, FINDING_APP_UNOPENED, NULL, 0, NULL, "%s", error->message);
}

static void attack(const struct test_options *options, struct test_run *run)
{
  struct error error = {0};
  struct rows rows;
  struct scratch_options scratch_options = {.folder = options->folder, .dev = true};
  log_set_level(LOG_NOTHING); /* most calls are refused, as they must be */
  int opened = rows_open(&scratch_options, options->attack.seed, &run->arena, &run->findings,
                         &run->scratch, &rows, &error);
  tell_rows(&rows, &run->findings);
  if (opened == 0)
    opened = scratch_check_people(run->scratch, &run->findings, &error) ||
             scratch_check_passwords(run->scratch, &run->findings, &error);
  bool shown = isatty(STDERR_FILENO) != 0;
  struct attack_options attack = options->attack;
  attack.go_on = go_on;
  attack.context = &shown;
  catch_interrupt();
  if (opened == 0)
    run->attacked = attacks_run(run->scratch, &attack, &run->arena, &run->attacks, &error) == 0;
  signal(SIGINT, SIG_DFL);
  if (shown) fputs("\r\33[K", stderr);
  if (run->attacked && run->attacks.stopped)
    error_set(&error, "interrupted: only %zu contracts were attacked", run->attacks.result_count);
  if (!options->json) report_print(&run->findings, stderr);
  take_error(options, run, &error);
}

static void run_specs(const struct test_options *options, struct test_run *run)
{
  struct error error = {0};
  fflush(stdout); /* busted writes there by itself */
  run->specs_ran = test_specs_run(&options->busted, &run->arena, &run->specs, &error) == 0;
  take_error(options, run, &error);
  if (run->specs_ran && !run->specs.any && !options->json)
    puts("no specs: they are the files tests/*_spec.lua");
}

static void print_document(struct test_run *run)
{
  struct buffer document = {0};
  struct json_builder object = {0};
  json_builder_add(&object, &run->arena, TEXT("attacks"),
                   run->attacked ? attack_report_json(&run->attacks, &run->arena) : json_null());
  json_builder_add(&object, &run->arena, TEXT("specs"),
                   run->specs_ran ? test_specs_json(&run->specs, &run->arena) : json_null());
  json_builder_add(&object, &run->arena, TEXT("findings"), report_json(&run->findings));
  struct json value = json_builder_object(&object);
  json_write_pretty(&document, &value);
  print_json(stdout, buffer_text(&document));
  putchar('\n');
  buffer_deinit(&document);
}

static bool failed(const struct test_options *options, const struct test_run *run)
{
  if (run->findings.errors > 0) return true;
  if (options->specs && (!run->specs_ran || run->specs.failed + run->specs.errors > 0)) return true;
  return options->attacks && (!run->attacked || run->attacks.stopped || run->attacks.failed > 0 ||
                              (options->strict && run->attacks.untried > 0));
}

static int print_fixtures(const struct test_options *options)
{
  struct error error = {0};
  struct arena arena;
  struct report findings;
  struct rows rows = {.sql = TEXT("")};
  struct scratch *scratch = NULL;
  struct scratch_options scratch_options = {.folder = options->folder, .sql = TEXT("")};
  arena_init(&arena, 1 << 16);
  report_init(&findings);
  int result =
      rows_open(&scratch_options, options->attack.seed, &arena, &findings, &scratch, &rows, &error);
  tell_rows(&rows, &findings);
  report_print(&findings, stderr);
  print_error("writ: ", &error);
  if (isatty(STDOUT_FILENO))
    print_lines(stdout, "", rows.sql); /* its values are the app's */
  else
    fwrite(rows.sql.data, 1, rows.sql.length, stdout);
  bool missing = result != 0 || findings.errors + rows.missing_count > 0;
  scratch_close(scratch);
  report_deinit(&findings);
  arena_deinit(&arena);
  return missing ? EXIT_FINDINGS : EXIT_OK;
}

static int test(const struct test_options *options)
{
  struct test_run run = {0};
  arena_init(&run.arena, 1 << 16);
  report_init(&run.findings);
  if (options->attacks) attack(options, &run);
  if (run.attacked && !options->json) attack_report_print(&run.attacks, stdout);
  if (options->specs && !run.attacks.stopped) run_specs(options, &run);
  if (options->json) print_document(&run);
  int code = failed(options, &run) ? EXIT_FINDINGS : EXIT_OK;
  scratch_close(run.scratch);
  report_deinit(&run.findings);
  arena_deinit(&run.arena);
  return code;
}

int cli_test(int argc, char **argv)
{
  const char **names = memory_new_array((size_t)argc + 1, sizeof *names);
  struct test_options options = {0};
  int code = EXIT_USAGE;
  if (read_options(argc, argv, names, &options, &code))
    code = options.fixtures ? print_fixtures(&options) : test(&options);
  memory_free(names);
  return code;
}
