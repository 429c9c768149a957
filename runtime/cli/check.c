/* `writ check`: everything that is wrong with an app, without serving it. */
#include <stdio.h>

#include "cli/cli.h"
#include "process/app.h"
#include "process/config.h"

static const char help[] =
    "usage: writ check [FOLDER]\n\n"
    "Loads contracts, policy, queries, migrations and handlers of the app in FOLDER (default: .)\n"
    "against an empty database in memory, and prints all that is wrong on stderr, one line "
    "each:\n\n"
    "  file:line:column: error: what is wrong: how to mend it\n\n"
    "Exit code 0: nothing is wrong; 1: something is; 2: the command line is not understood.\n\n"
    "example: writ check examples/blog\n";

int cli_check(int argc, char **argv)
{
  const char *folder = NULL;
  int code;
  if (!cli_options(argc, argv, NULL, 0, &folder, help, &code)) return code;
  struct app app = {0};
  struct config config;
  struct app_options options = {.folder = folder ? folder : "."};
  struct error error = {0};
  struct report report;
  report_init(&report);
  bool configured = config_read(options.folder, &config, &error) == 0;
  if (configured) options.config = &config;
  struct error app_error = {0};
  int result = app_open(&app, &options, &report, &app_error);
  report_print(&report, stderr);
  if (!configured) fprintf(stderr, "%s\n", error.message);
  if (app_error.message[0]) fprintf(stderr, "%s\n", app_error.message);
  bool clean = configured && result == 0 && report.errors == 0;
  if (clean)
    printf("%zu contracts, nothing wrong\n", app.generation->contract_count);
  else
    fprintf(stderr, "%zu errors, %zu warnings\n",
            report.errors + !configured + (app_error.message[0] != 0), report.warnings);
  app_close(&app);
  report_deinit(&report);
  return clean ? EXIT_OK : EXIT_FINDINGS;
}
