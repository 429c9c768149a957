/* `writ check`: everything that is wrong with an app, without serving it; and what its contracts
 * allow. */
#include <stdio.h>
#include <sys/stat.h>

#include "advice/advice.h"
#include "advice/luacheck.h"
#include "base/memory.h"
#include "cli/cli_app.h"
#include "cli/explain.h"
#include "cli/findings.h"

static const char help[] =
    "usage: writ check [--trust KEY]… [--json] [--no-luacheck] [FOLDER]\n"
    "       writ check --explain [--json] [CONTRACT…] [FOLDER]\n\n"
    "Loads contracts, policy, queries, migrations and handlers of the app in FOLDER (default: .)\n"
    "against an empty database in memory, and prints all that is wrong on stderr, one line "
    "each:\n\n"
    "  file:line:column: error W0102: what is wrong: how to mend it\n\n"
    "docs/errors.md says of each code what it means, with an example and how to mend that.\n\n"
    "With --explain it says in sentences, for whoever reviews them, what contracts allow: who may\n"
    "call, on whose rows, what comes in, which columns are read and written, what may leave, at\n"
    "what rate; risks first. CONTRACT is a name (users.update_profile), a path\n"
    "(contracts/users/update_profile.json) or a route (\"PATCH /users/{user_id}\"); none: all.\n\n"
    "  --explain      say what contracts allow\n"
    "  --json         the findings as one document: docs/json/findings.schema.json; with "
    "--explain\n"
    "                 an array of facts, each with a key that stays the same between versions:\n"
    "                 docs/json/explain.schema.json\n"
    "  --no-luacheck  leave out what luacheck says of app/; where it is installed, its warnings\n"
    "                 are warnings here\n"
    "  --trust KEY    contracts/ and writ.json must be signed by this key (its text or its file);\n"
    "                 may be given several times. See writ sign\n\n"
    "Exit code 0: nothing is wrong; 1: something is, or there is no such contract; 2: the command\n"
    "line is not understood.\n\n"
    "example: writ check tests/apps/blog\n"
    "         writ check --explain users.update_profile\n";

static bool is_folder(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void print_summary(size_t contracts, size_t warnings)
{
  printf("%zu contract%s, ", contracts, contracts == 1 ? "" : "s");
  if (warnings == 0)
    puts("nothing wrong");
  else
    printf("%zu warning%s\n", warnings, warnings == 1 ? "" : "s");
}

static int check(const char *folder, const struct trust *trust, bool lint, bool json)
{
  struct cli_app opened;
  struct app_tree scripts;
  struct luacheck luacheck;
  app_tree_read(&scripts, folder);
  if (lint) luacheck_start(&luacheck, folder, &scripts); /* it runs while the app is loaded */
  cli_app_read(&opened, folder, trust);
  cli_app_find(&opened, (struct app_options){.folder = folder, .scripts = &scripts});
  if (opened.app.generation) advise(opened.app.generation, &scripts, &opened.report);
  if (lint) luacheck_finish(&luacheck, &opened.report);
  bool clean = opened.report.errors == 0;
  if (json)
    findings_print_json(&opened.report);
  else
    cli_app_print(&opened, false);
  if (!opened.app.generation && !json)
    fputs("What handlers do with their contracts is looked at once these load.\n", stderr);
  if (clean && !json) print_summary(opened.app.generation->contract_count, opened.report.warnings);
  cli_app_close(&opened);
  app_tree_free(&scripts);
  return clean ? EXIT_OK : EXIT_FINDINGS;
}

static int explain(const char *folder, const struct trust *trust, const char *const *names,
                   size_t count, bool json)
{
  struct cli_app opened;
  int code = EXIT_FINDINGS;
  struct error error = {0};
  if (cli_app_open(&opened, folder, trust, json) &&
      explain_print(opened.app.generation, names, count, json, &error) == 0)
    code = EXIT_OK;
  findings_print_error(&opened.report, &error, json);
  cli_app_close(&opened);
  return code;
}

int cli_check(int argc, char **argv)
{
  bool explains = false, json = false, no_luacheck = false;
  const struct option options[] = {{"--explain", NULL, &explains},
                                   {"--json", NULL, &json},
                                   {"--no-luacheck", NULL, &no_luacheck}};
  struct trust trust;
  int code = EXIT_USAGE;
  if (!cli_trust(&argc, argv, &trust, &code)) return code;
  const char **operands = memory_new_array((size_t)argc + 1, sizeof *operands);
  size_t count = 0;
  if (cli_arguments(argc, argv, options, 3, operands, &count, help, &code)) {
    const char *folder = ".";
    if (count > 0 && (!explains || is_folder(operands[count - 1]))) folder = operands[--count];
    if (explains)
      code = explain(folder, &trust, operands, count, json);
    else if (count == 0)
      code = check(folder, &trust, !no_luacheck, json);
    else
      fprintf(stderr, "writ: %s is not understood without --explain; see --help\n", operands[0]);
  }
  memory_free(operands);
  return code;
}
