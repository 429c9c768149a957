/* An app opened for a subcommand that looks at it. */
#include "cli/cli_app.h"

#include <stdio.h>

#include "cli/print.h"

static bool is_clean(struct report *report, const struct error *error)
{
  size_t errors = report->errors + (error->message[0] != 0);
  report_print(report, stderr);
  print_error("", error);
  if (errors > 0)
    fprintf(stderr, "%zu error%s, %zu warning%s\n", errors, errors == 1 ? "" : "s",
            report->warnings, report->warnings == 1 ? "" : "s");
  return errors == 0;
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

bool cli_app_load(struct cli_app *opened, struct app_options options)
{
  struct error error = {0};
  options.sources = &opened->sources;
  options.config = opened->configured ? &opened->config : NULL;
  bool loaded = app_open(&opened->app, &options, &opened->report, &error) == 0;
  return is_clean(&opened->report, &error) && loaded;
}

bool cli_app_open(struct cli_app *opened, const char *folder, const struct trust *trust)
{
  cli_app_read(opened, folder, trust);
  return cli_app_load(opened, (struct app_options){.folder = folder});
}

void cli_app_close(struct cli_app *opened)
{
  app_close(&opened->app);
  source_tree_free(&opened->sources);
  report_deinit(&opened->report);
}
