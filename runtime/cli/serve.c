/* `writ serve`: serve an app; and the processes that it becomes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "process/board.h"
#include "process/builder.h"
#include "process/sockets.h"
#include "process/supervisor.h"
#include "process/worker.h"

/* A decimal number up to `most`. */
static bool read_number(const char *text, size_t most, size_t *number)
{
  char *end;
  if (text[0] < '0' || text[0] > '9') return false;
  unsigned long value = strtoul(text, &end, 10);
  *number = value;
  return *end == 0 && value <= most;
}

static const char help[] =
    "usage: writ serve [OPTION…] [FOLDER]\n\n"
    "Serves the app in FOLDER (default: .): applies its migrations, loads contracts and handlers, "
    "and\n"
    "answers requests, in several processes. What is wrong with its contracts is printed, and it "
    "does\n"
    "not start. A handler that does not load costs its own route.\n\n"
    "  --listen ADDRESS  HOST:PORT or unix:PATH, instead of writ.json's \"listen\"; port 0 takes "
    "any\n"
    "                    free one\n"
    "  --data DIR        folder of the database, instead of writ.json's \"data\"\n"
    "  --workers N       how many processes answer requests, instead of one for each core\n"
    "  --seed FILE       SQL to run once, when the database is new\n"
    "  --no-access-log   no line on stdout for each request, whatever writ.json's \"log\" says\n"
    "  --no-migrate      apply no migrations, and do not start while one is pending: see writ "
    "migrate\n"
    "  --trust KEY       refuse contracts/ and writ.json that are not signed by this key (its text "
    "or\n"
    "                    its file), or older than those served last; may be given several times.\n"
    "                    See writ sign\n"
    "  --dev             errors tell everything (loopback only); cookies also without TLS; changes "
    "of\n"
    "                    files are live at once\n\n"
    "WRIT_AUDIT_KEY, 64 hexadecimal digits, is the key of the audit log; without it, writ.json "
    "names a\n"
    "file. When files of the app have changed, or on SIGHUP, it is loaded again: whatever is wrong "
    "with\n"
    "it then is printed, and what was served before goes on. SIGTERM or SIGINT lets running "
    "requests\n"
    "finish, then ends; a second one closes their connections, a third ends all processes at "
    "once.\n\n"
    "Exit code 0: it was asked to end; 1: it cannot serve, and says why; 2: the command line is "
    "not\n"
    "understood.\n\n"
    "example: writ serve --dev --listen 127.0.0.1:0 --data /tmp/try --seed tests/fixtures.sql\n";

/* Takes what the command line says. False with the exit code. */
static bool read_options(int argc, char **argv, struct serve_options *options, struct trust *trust,
                         int *code)
{
  const char *workers = NULL;
  const struct option table[] = {{"--listen", &options->listen, NULL},
                                 {"--data", &options->data, NULL},
                                 {"--seed", &options->seed, NULL},
                                 {"--workers", &workers, NULL},
                                 {"--no-access-log", NULL, &options->no_access_log},
                                 {"--no-migrate", NULL, &options->no_migrations},
                                 {"--dev", NULL, &options->dev}};
  if (!cli_trust(&argc, argv, trust, code)) return false;
  if (!cli_options(argc, argv, table, sizeof table / sizeof table[0], &options->folder, help, code))
    return false;
  if (!options->folder) options->folder = ".";
  options->trusted = trust->keys;
  options->trusted_count = trust->count;
  if (!workers || (read_number(workers, SERVE_WORKERS_MAX, &options->workers) && options->workers))
    return true;
  fprintf(stderr, "writ: --workers must be 1 to %d; see --help\n", SERVE_WORKERS_MAX);
  *code = EXIT_USAGE;
  return false;
}

int cli_serve(int argc, char **argv)
{
  struct serve_options options = {0};
  struct trust trust;
  struct error error = {0};
  int code;
  char **arguments = memory_new_array((size_t)argc + 1, sizeof *arguments);
  memcpy(arguments, argv, (size_t)argc * sizeof *arguments); /* reading them reorders them */
  options.arguments = arguments;
  if (read_options(argc, argv, &options, &trust, &code))
    code = supervise(&options, &error) ? EXIT_FINDINGS : EXIT_OK;
  print_error("writ: ", &error);
  memory_free(arguments);
  return code;
}

int cli_builder(int argc, char **argv)
{
  struct serve_options options = {0};
  struct trust trust;
  int code;
  return read_options(argc, argv, &options, &trust, &code) ? builder_run(&options) : code;
}

/* `writ --worker INDEX SOCKETS ADMIN [--dev] [--no-access-log] [--listen ADDRESS] [--data DIR]
 * FOLDER` */
int cli_worker(int argc, char **argv)
{
  struct serve_options options = {0};
  struct trust trust;
  size_t index = 0, admin = 0;
  int code = EXIT_USAGE;
  if (argc < 3 || !read_number(argv[0], SERVE_WORKERS_MAX, &index) ||
      !read_number(argv[1], SOCKETS_MAX, &options.socket_count) ||
      !read_number(argv[2], 1, &admin) ||
      !read_options(argc - 3, argv + 3, &options, &trust, &code))
    return code;
  options.admin_socket = admin == 1;
  return worker_run(&options, index);
}
