/* `writ serve`: serve an app. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/print.h"
#include "process/serve.h"

static const char help[] =
    "usage: writ serve [OPTION…] [FOLDER]\n\n"
    "Serves the app in FOLDER (default: .): applies its migrations, loads contracts and handlers, "
    "and\n"
    "answers requests. What is wrong with its contracts is printed, and it does not start. A "
    "handler\n"
    "that does not load costs its own route.\n\n"
    "  --listen HOST:PORT  instead of writ.json's \"listen\"; port 0 takes any free one\n"
    "  --data DIR          folder of the database, instead of writ.json's \"data\"\n"
    "  --seed FILE         SQL to run once, when the database is new\n"
    "  --no-migrate        apply no migrations, and do not start while one is pending: see writ "
    "migrate\n"
    "  --trust KEY         refuse contracts/ and writ.json that are not signed by this key (its "
    "text or\n"
    "                      its file), or older than those served last; may be given several "
    "times.\n"
    "                      See writ sign\n"
    "  --dev               errors tell everything (loopback only); cookies also without TLS\n\n"
    "WRIT_AUDIT_KEY, 64 hexadecimal digits, is the key of the audit log; without it, writ.json "
    "names a\n"
    "file. SIGTERM or SIGINT lets running requests finish, then ends; a second one closes their\n"
    "connections, a third ends the process whatever it waits for.\n\n"
    "example: writ serve --dev --listen 127.0.0.1:0 --data /tmp/try --seed tests/fixtures.sql\n";

int cli_serve(int argc, char **argv)
{
  struct serve_options options = {0};
  const struct option table[] = {{"--listen", &options.listen, NULL},
                                 {"--data", &options.data, NULL},
                                 {"--seed", &options.seed, NULL},
                                 {"--no-migrate", NULL, &options.no_migrations},
                                 {"--dev", NULL, &options.dev}};
  struct trust trust;
  int code;
  if (!cli_trust(&argc, argv, &trust, &code)) return code;
  if (!cli_options(argc, argv, table, sizeof table / sizeof table[0], &options.folder, help, &code))
    return code;
  if (!options.folder) options.folder = ".";
  options.trusted = trust.keys;
  options.trusted_count = trust.count;
  struct error error = {0};
  struct report report;
  report_init(&report);
  int result = serve(&options, &report, &error);
  if (result) report_print(&report, stderr);
  print_error("writ: ", &error);
  report_deinit(&report);
  return result ? EXIT_FINDINGS : EXIT_OK;
}
