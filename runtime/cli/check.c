/* `writ check`: everything that is wrong with an app, without serving it; and what its contracts
 * allow. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/explain.h"
#include "contract/manifest.h"
#include "process/app.h"
#include "process/config.h"

static const char help[] =
    "usage: writ check [--trust KEY]… [FOLDER]\n"
    "       writ check --explain [--json] [CONTRACT…] [FOLDER]\n\n"
    "Loads contracts, policy, queries, migrations and handlers of the app in FOLDER (default: .)\n"
    "against an empty database in memory, and prints all that is wrong on stderr, one line "
    "each:\n\n"
    "  file:line:column: error: what is wrong: how to mend it\n\n"
    "With --explain it says in sentences, for whoever reviews them, what contracts allow: who may\n"
    "call, on whose rows, what comes in, which columns are read and written, what may leave, at\n"
    "what rate; risks first. CONTRACT is a name (users.update_profile), a path\n"
    "(contracts/users/update_profile.json) or a route (\"PATCH /users/{user_id}\"); none: all.\n\n"
    "  --explain   say what contracts allow\n"
    "  --json      as an array of facts, each with a key that stays the same between versions\n"
    "  --trust KEY contracts/ and writ.json must be signed by this key (its text or its file); may "
    "be\n"
    "              given several times. See writ sign\n\n"
    "Exit code 0: nothing is wrong; 1: something is; 2: the command line is not understood.\n\n"
    "example: writ check examples/blog\n"
    "         writ check --explain users.update_profile\n";

static bool is_folder(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* All that is wrong goes to stderr: with writ.json, and with the app. */
static bool is_clean(struct report *report, const struct error *config_error,
                     const struct error *app_error)
{
  size_t errors = report->errors + (config_error->message[0] != 0) + (app_error->message[0] != 0);
  report_print(report, stderr);
  if (config_error->message[0]) fprintf(stderr, "%s\n", config_error->message);
  if (app_error->message[0]) fprintf(stderr, "%s\n", app_error->message);
  if (errors > 0) fprintf(stderr, "%zu errors, %zu warnings\n", errors, report->warnings);
  return errors == 0;
}

static void check_signature(const struct source_tree *sources, const struct trust *trust,
                            struct report *report)
{
  struct manifest manifest;
  if (trust->count > 0 && sources->complete)
    manifest_verify(sources, trust->keys, trust->count, &manifest, report);
}

static int check(const char *folder, const struct trust *trust, bool explain,
                 const char *const *names, size_t count, bool json)
{
  struct source_tree sources;
  struct app_options options = {.folder = folder, .sources = &sources};
  struct app app = {0};
  struct config config;
  struct error error = {0}, config_error = {0};
  struct report report;
  report_init(&report);
  source_tree_read(&sources, folder, &report);
  check_signature(&sources, trust, &report);
  if (config_read(&sources, &config, &config_error) == 0) options.config = &config;
  bool opened = app_open(&app, &options, &report, &error) == 0;
  bool clean = is_clean(&report, &config_error, &error) && opened;
  int code = clean ? EXIT_OK : EXIT_FINDINGS;
  if (clean && explain)
    code = explain_print(app.generation, names, count, json);
  else if (clean)
    printf("%zu contracts, nothing wrong\n", app.generation->contract_count);
  app_close(&app);
  source_tree_free(&sources);
  report_deinit(&report);
  return code;
}

int cli_check(int argc, char **argv)
{
  bool explain = false, json = false;
  const struct option options[] = {{"--explain", NULL, &explain}, {"--json", NULL, &json}};
  struct trust trust;
  int code = EXIT_USAGE;
  if (!cli_trust(&argc, argv, &trust, &code)) return code;
  const char **operands = memory_new_array((size_t)argc + 1, sizeof *operands);
  size_t count = 0;
  if (cli_arguments(argc, argv, options, 2, operands, &count, help, &code)) {
    const char *folder = ".";
    if (count > 0 && (!explain || is_folder(operands[count - 1]))) folder = operands[--count];
    if (explain || (count == 0 && !json))
      code = check(folder, &trust, explain, operands, count, json);
    else
      fprintf(stderr, "writ: %s is not understood without --explain; see --help\n",
              count > 0 ? operands[0] : "--json");
  }
  memory_free(operands);
  return code;
}
