/* An app opened for a subcommand that looks at it. */
#include "cli/cli_app.h"

#include <stdio.h>

#include "cli/findings.h"

void cli_app_print(struct cli_app *opened, bool json)
{
  size_t errors = opened->report.errors, warnings = opened->report.warnings;
  findings_print(&opened->report, json);
  if (errors > 0 && !json)
    fprintf(stderr, "%zu error%s, %zu warning%s\n", errors, errors == 1 ? "" : "s", warnings,
            warnings == 1 ? "" : "s");
}

void cli_app_read(struct cli_app *opened, const char *folder, const struct trust *trust)
{
  *opened = (struct cli_app){0};
  report_init(&opened->report);
  source_tree_read(&opened->sources, folder, &opened->report);
  if (trust && trust->count > 0 && opened->sources.complete)
    manifest_verify(&opened->sources, trust->keys, trust->count, &opened->manifest,
                    &opened->report);
  opened->configured = config_read(&opened->sources, &opened->config, &opened->report) == 0;
}

bool cli_app_find(struct cli_app *opened, struct app_options options)
{
  struct error error = {0};
  options.sources = &opened->sources;
  options.config = opened->configured ? &opened->config : NULL;
  bool loaded = app_open(&opened->app, &options, &opened->report, &error) == 0;
  if (error.message[0])
    report_error(&opened->report, FINDING_APP_UNOPENED, NULL, 0, NULL, "%s", error.message);
  return loaded && opened->report.errors == 0;
}

bool cli_app_load(struct cli_app *opened, struct app_options options, bool json)
{
  bool clean = cli_app_find(opened, options);
  cli_app_print(opened, json);
  return clean;
}

bool cli_app_open(struct cli_app *opened, const char *folder, const struct trust *trust, bool json)
{
  cli_app_read(opened, folder, trust);
  return cli_app_load(opened, (struct app_options){.folder = folder}, json);
}

bool cli_app_open_contracts(struct cli_app *opened, const char *folder, bool json)
{
  cli_app_read(opened, folder, NULL);
  cli_app_find(opened, (struct app_options){.folder = folder, .contracts_only = true});
  if (!opened->app.generation) cli_app_print(opened, json);
  return opened->app.generation != NULL;
}

void cli_app_close(struct cli_app *opened)
{
  app_close(&opened->app);
  source_tree_free(&opened->sources);
  report_deinit(&opened->report);
}
