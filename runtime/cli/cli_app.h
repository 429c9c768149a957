/* An app that a subcommand looks at, over an empty database in memory or another. */
#ifndef WRIT_CLI_CLI_APP_H
#define WRIT_CLI_CLI_APP_H

#include <stdbool.h>

#include "cli/cli.h"
#include "config/config.h"
#include "contract/manifest.h"
#include "process/app.h"

struct cli_app {
  struct report report;
  struct source_tree sources;
  struct config config;
  bool configured;          /* writ.json could be read */
  struct manifest manifest; /* version 0: nothing has to be signed */
  struct app app;
};

/* Opens the app in `folder`, and says (see cli/findings.h) all that is wrong with it, with
 * writ.json and, if keys are given in `trust` (or NULL), with its signature. False if anything is;
 * it has to be closed all the same. */
bool cli_app_open(struct cli_app *opened, const char *folder, const struct trust *trust, bool json);

/* The same in two steps: reading, and loading what was read over the database that the options
 * name; sources and configuration are put into them. An app that is open must be closed before
 * another is loaded. */
void cli_app_read(struct cli_app *opened, const char *folder, const struct trust *trust);
bool cli_app_load(struct cli_app *opened, struct app_options options, bool json);

/* Loading in two steps, for who adds findings of its own, or shows them otherwise: what is wrong is
 * in the report, and then printed, with a line that counts it if there are errors. */
bool cli_app_find(struct cli_app *opened, struct app_options options);
void cli_app_print(struct cli_app *opened, bool json);

/* Opens it for what its contracts say, whatever handlers there are: nothing is said of those, nor
 * warned of. */
bool cli_app_open_contracts(struct cli_app *opened, const char *folder, bool json);

void cli_app_close(struct cli_app *opened);

#endif
