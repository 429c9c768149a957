/* `writ dev`: serving an app to whoever writes it, with its derived attacks after every change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "config/config.h"
#include "process/serve.h"
#include "process/supervisor.h"

static const char help[] =
    "usage: writ dev [OPTION…] [FOLDER]\n\n"
    "Serves the app in FOLDER (default: .) to whoever writes it: on loopback only, from one "
    "process,\n"
    "with a change of a file live as soon as it is saved. A call that fails tells everything, on "
    "the\n"
    "terminal and in the reply's `debug`: the handler's line, what the contract says, how to mend "
    "it.\n"
    "After each change the derived attacks of the contracts that it is about run beside, on a\n"
    "scratch database: what they find is printed.\n\n"
    "  --listen ADDRESS  HOST:PORT or unix:PATH, instead of 127.0.0.1 and the port of writ.json's\n"
    "                    \"listen\"; port 0 takes any free one\n"
    "  --data DIR        folder of the database, instead of writ.json's \"data\"; needed where "
    "that\n"
    "                    leads out of FOLDER. The key of the audit log it takes out of FOLDER or\n"
    "                    from WRIT_AUDIT_KEY only\n"
    "  --seed FILE       SQL to run once, when the database is new, instead of tests/fixtures.sql\n"
    "  --no-attacks      run none\n\n"
    "Exit code 0: it was asked to end; 1: it cannot serve, and says why; 2: the command line is\n"
    "not understood.\n\n"
    "example: writ dev --listen 127.0.0.1:8081\n";

enum { LISTEN_BYTES = 64, COMMAND_WORDS = 16 };

/* Whether a file lies in the app's own folder: elsewhere it is likely to be another's, or what is
 * served in earnest, and nobody may have reviewed the writ.json that says so. */
static bool is_own(const char *path, const char *folder)
{
  size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && path[length] == '/' &&
         file_check_place(folder, path + length + 1, NULL) == 0;
}

/* What would be made, or opened, on the word of writ.json alone. */
static int check_places(const struct serve_options *options, const struct config *config,
                        struct error *error)
{
  char database[CONFIG_PATH_BYTES + 16];
  snprintf(database, sizeof database, "%s/writ.db", config->data);
  if (!options->data && !is_own(database, options->folder))
    return error_set(error,
                     "writ.json keeps the data outside of the app, in %s: say with --data where "
                     "to keep what is only tried",
                     config->data);
  if (!getenv("WRIT_AUDIT_KEY") && !is_own(config->audit_key_file, options->folder))
    return error_set(error,
                     "writ.json keeps the key of the audit log outside of the app, in %s: set "
                     "WRIT_AUDIT_KEY to 64 hexadecimal digits for what is only tried",
                     config->audit_key_file);
  return 0;
}

/* The port that writ.json says, but on loopback; and its data. An app that cannot be read is the
 * builder's to tell of. */
static int read_config(const struct serve_options *options, char listen[LISTEN_BYTES],
                       struct error *error)
{
  struct source_tree sources;
  struct report report;
  struct config config;
  unsigned port = 8080;
  int result = 0;
  report_init(&report);
  source_tree_read(&sources, options->folder, &report);
  if (config_read(&sources, &config, &report) == 0) {
    if (config.listen_port) port = config.listen_port;
    result = check_places(options, &config, error);
  }
  source_tree_free(&sources);
  report_deinit(&report);
  snprintf(listen, LISTEN_BYTES, "127.0.0.1:%u", port);
  return result;
}

/* The builder reads them as `writ serve` would. */
static void serve_arguments(const struct serve_options *options, const char **words)
{
  *words++ = "--dev";
  *words++ = "--listen";
  *words++ = options->listen;
  if (options->data) *words++ = "--data", *words++ = options->data;
  if (options->seed) *words++ = "--seed", *words++ = options->seed;
  *words++ = options->folder;
}

int cli_dev(int argc, char **argv)
{
  struct serve_options options = {.dev = true, .workers = 1};
  bool no_attacks = false;
  const struct option table[] = {{"--listen", &options.listen, NULL},
                                 {"--data", &options.data, NULL},
                                 {"--seed", &options.seed, NULL},
                                 {"--no-attacks", NULL, &no_attacks}};
  const char *words[COMMAND_WORDS] = {NULL};
  struct error error = {0};
  char listen[LISTEN_BYTES], fixtures[4096];
  int code;
  if (!cli_options(argc, argv, table, sizeof table / sizeof table[0], &options.folder, help, &code))
    return code;
  if (!options.folder) options.folder = ".";
  if (read_config(&options, listen, &error)) {
    print_error("writ: ", &error);
    return EXIT_FINDINGS;
  }
  if (!options.listen) options.listen = listen;
  snprintf(fixtures, sizeof fixtures, "%s/tests/fixtures.sql", options.folder);
  if (!options.seed && access(fixtures, R_OK) == 0) options.seed = fixtures;
  serve_arguments(&options, words);
  options.arguments = (char **)(uintptr_t)words; /* nobody writes to them */
  const char *const attacks[] = {"test", "--only", "attacks", options.folder, NULL};
  if (!no_attacks) options.on_change = attacks;
  code = supervise(&options, &error) ? EXIT_FINDINGS : EXIT_OK;
  print_error("writ: ", &error);
  return code;
}
