/* `writ check`: everything that is wrong with an app, without serving it; and what its contracts
 * allow. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "cli/cli_app.h"
#include "cli/explain.h"

static const char help[] =
    "usage: writ check [--trust KEY]… [FOLDER]\n"
    "       writ check --explain [--json] [CONTRACT…] [FOLDER]\n\n"
    "Loads contracts, policy, queries, migrations and handlers of the app in FOLDER (default: .)\n"
    "against an empty database in memory, and prints all that is wrong on stderr, one line "
    "each:\n\n"
    "  file:line:column: error W0102: what is wrong: how to mend it\n\n"
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
    "example: writ check tests/apps/blog\n"
    "         writ check --explain users.update_profile\n";

static bool is_folder(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int check(const char *folder, const struct trust *trust, bool explain,
                 const char *const *names, size_t count, bool json)
{
  struct cli_app opened;
  bool clean = cli_app_open(&opened, folder, trust);
  int code = clean ? EXIT_OK : EXIT_FINDINGS;
  if (clean && explain)
    code = explain_print(opened.app.generation, names, count, json);
  else if (clean) {
    size_t contracts = opened.app.generation->contract_count;
    printf("%zu contract%s, nothing wrong\n", contracts, contracts == 1 ? "" : "s");
  }
  cli_app_close(&opened);
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
