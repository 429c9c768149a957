/* `writ brief`: what somebody needs to know to write a handler, or a contract. */
#include <stdio.h>

#include "base/memory.h"
#include "cli/cli_app.h"
#include "cli/find_contract.h"
#include "cli/findings.h"
#include "cli/print.h"
#include "describe/brief.h"

static const char help[] =
    "usage: writ brief [--json | --full] CONTRACT [FOLDER]\n"
    "       writ brief --app [--json | --full] [FOLDER]\n\n"
    "Prints what a model (or a person) needs to know to write the handler of CONTRACT, and nothing "
    "else,\n"
    "in Markdown of at most 1,500 tokens: what it is for, its input, who calls, each granted query "
    "with\n"
    "its parameters and rows, errors, what to return, limits, the library, the rules, two "
    "examples.\n"
    "CONTRACT is a name (notes.create), a path (contracts/notes/create.json) or a route\n"
    "(\"POST /notes\") of the app in FOLDER (default: .). The handler need not be there.\n\n"
    "  --full   all of it, however long\n"
    "  --app    what one needs to design new contracts: tables and whose rows they are, queries, "
    "routes,\n"
    "           templates, shared schemas, roles, and the language of contracts in short, in at "
    "most\n"
    "           6,000 tokens\n"
    "  --json   as data: docs/json/brief.schema.json, docs/json/brief-app.schema.json; if the app "
    "does\n"
    "           not load, what is wrong: docs/json/findings.schema.json\n\n"
    "Exit code 0: done; 1: the app does not load, or there is no such contract; 2: the command\n"
    "line is not understood.\n\n"
    "example: writ brief notes.create | some-model > app/handlers/notes/create.lua\n";

struct request {
  bool app, json, full;
  const char *contract, *folder;
};

static int write_brief(const struct request *request, struct cli_app *opened, struct buffer *out,
                       struct error *error)
{
  const struct generation *generation = opened->app.generation;
  struct arena *arena = &opened->report.arena;
  struct brief brief;
  if (request->app && request->json)
    return brief_app_write_json(out, generation, opened->app.store, arena, error);
  if (request->app)
    return brief_app_write(out, generation, opened->app.store, arena, request->full, error);
  const struct contract *contract = cli_find_contract(generation, request->contract, arena, error);
  if (!contract || brief_of(generation, contract, arena, &brief, error)) return -1;
  if (request->json)
    brief_write_json(out, &brief, arena);
  else
    brief_write(out, &brief, arena, request->full);
  return 0;
}

static int run(const struct request *request)
{
  struct cli_app opened;
  struct buffer out = {0};
  struct error error = {0};
  bool done = cli_app_open_contracts(&opened, request->folder, request->json) &&
              write_brief(request, &opened, &out, &error) == 0;
  if (done && request->json)
    print_json(stdout, buffer_text(&out));
  else if (done)
    print_lines(stdout, "", buffer_text(&out));
  findings_print_error(&opened.report, &error, request->json);
  buffer_deinit(&out);
  cli_app_close(&opened);
  return done ? EXIT_OK : EXIT_FINDINGS;
}

int cli_brief(int argc, char **argv)
{
  struct request request = {.folder = "."};
  const struct option options[] = {{"--app", NULL, &request.app},
                                   {"--json", NULL, &request.json},
                                   {"--full", NULL, &request.full}};
  const char **operands = memory_new_array((size_t)argc + 1, sizeof *operands);
  size_t count = 0, at = 0;
  int code = EXIT_USAGE;
  if (cli_arguments(argc, argv, options, sizeof options / sizeof *options, operands, &count, help,
                    &code)) {
    if (!request.app && count > 0) request.contract = operands[at++];
    if (at < count) request.folder = operands[at++];
    if (at == count && (request.app || request.contract) && !(request.full && request.json))
      code = run(&request);
    else
      fputs("writ: brief needs a contract, or --app, and perhaps a folder; see --help\n", stderr);
  }
  memory_free(operands);
  return code;
}
