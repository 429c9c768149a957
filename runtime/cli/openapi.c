/* `writ openapi`: what an app offers, for programs and people who call it. */
#include <stdio.h>

#include "cli/cli.h"
#include "contract/openapi.h"
#include "process/app.h"
#include "process/config.h"

static const char help[] =
    "usage: writ openapi [FOLDER]\n\n"
    "Prints an OpenAPI 3.1 document of the app in FOLDER (default: .), as JSON: its routes with "
    "their\n"
    "parameters, bodies, replies and refusals, as the contracts have them. Title, version, "
    "description\n"
    "and server come from writ.json:\n\n"
    "  \"api\": { \"title\": \"Notes\", \"version\": \"1.0.0\", \"server\": "
    "\"https://notes.example\" }\n\n"
    "With \"openapi\": true there, `writ serve` serves it at " OPENAPI_PATH " as well.\n\n"
    "example: writ openapi > openapi.json\n";

int cli_openapi(int argc, char **argv)
{
  const char *folder = NULL;
  int code;
  if (!cli_options(argc, argv, NULL, 0, &folder, help, &code)) return code;
  struct app_options options = {.folder = folder ? folder : "."};
  struct app app = {0};
  struct config config;
  struct error error = {0};
  struct report report;
  report_init(&report);
  int result = config_read(options.folder, &config, &error);
  if (result == 0) {
    options.config = &config;
    result = app_open(&app, &options, &report, &error);
  }
  report_print(&report, stderr);
  if (error.message[0]) fprintf(stderr, "%s\n", error.message);
  if (result == 0) {
    struct buffer document = {0};
    struct openapi_info info = config_openapi(&config);
    openapi_write(&document, app.generation, &info);
    fwrite(document.data, 1, document.length, stdout);
    buffer_deinit(&document);
    app_close(&app);
  }
  report_deinit(&report);
  return result == 0 ? EXIT_OK : EXIT_FINDINGS;
}
