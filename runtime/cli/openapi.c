/* `writ openapi`: what an app offers, for programs and people who call it. */
#include <stdio.h>

#include "cli/cli_app.h"
#include "cli/print.h"
#include "describe/openapi.h"

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
    "Exit code 0: done; 1: the app does not load; 2: the command line is not understood.\n\n"
    "example: writ openapi > openapi.json\n";

int cli_openapi(int argc, char **argv)
{
  const char *folder = NULL;
  int code;
  if (!cli_options(argc, argv, NULL, 0, &folder, help, &code)) return code;
  struct cli_app opened;
  bool clean = cli_app_open(&opened, folder ? folder : ".", NULL, false);
  if (clean) {
    struct buffer document = {0};
    struct openapi_info info = config_openapi(&opened.config);
    openapi_write(&document, opened.app.generation, &info);
    print_json(stdout, buffer_text(&document));
    buffer_deinit(&document);
  }
  cli_app_close(&opened);
  return clean ? EXIT_OK : EXIT_FINDINGS;
}
