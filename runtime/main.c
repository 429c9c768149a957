/* writ: the subcommand table. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "cli/cli.h"
#include "process/child.h"
#include "process/serve.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv); /* arguments after the name; the exit code comes back */
  const char *summary;
} commands[] = {
    {"init", cli_init, "write a small app to begin with"},
    {"new", cli_new, "write contract, handler, queries and spec of a new route"},
    {"brief", cli_brief, "say what one needs to know to write a handler, or a contract"},
    {"types", cli_types, "write what editors need to know of an app's handlers"},
    {"check", cli_check, "say everything that is wrong with an app"},
    {"test", cli_test, "attack every contract of an app, and run its specs"},
    {"try", cli_try, "call a handler once, and show all that happened"},
    {"dev", cli_dev, "serve an app to whoever writes it, and attack it after every change"},
    {"serve", cli_serve, "serve an app"},
    {"routes", cli_routes, "list an app's routes, who may call them, what they may touch"},
    {"openapi", cli_openapi, "print an OpenAPI 3.1 document of an app's routes"},
    {"migrate", cli_migrate, "say which migrations a database has seen, and apply the others"},
    {"token", cli_token, "make, list and revoke tokens for machines"},
    {"audit", cli_audit, "list what was done and refused, and check that the log is intact"},
    {"backup", cli_backup, "copy an app's database, while it is served"},
    {"restore", cli_restore, "put such a copy back"},
    {"diff", cli_diff, "say what authority changed between two versions of an app"},
    {"sign", cli_sign, "sign contracts that have been reviewed, and check signatures"},
    {"validate", cli_validate, "hold JSON documents against a JSON Schema"},
    {"completions", cli_completions, "print what completes command lines in bash or zsh"},
};

static void print_help(FILE *out)
{
  fputs("writ: handlers that nobody has to trust, behind contracts that people review\n\n"
        "usage: writ COMMAND [OPTION…]\n\n",
        out);
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    fprintf(out, "  %-13s%s\n", commands[i].name, commands[i].summary);
  fputs("\n`writ COMMAND --help` tells more, `writ --version` which one this is.\n", out);
}

/* Who starts us may have closed them. The next file would take their place, and get what is meant
 * for people: a socket, or the database. */
static bool have_standard_files(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return false;
  return true;
}

int main(int argc, char **argv)
{
  struct error error = {0};
  if (!have_standard_files()) return EXIT_FINDINGS; /* nobody could be told */
  if (argc < 2) {
    print_help(stderr);
    return EXIT_USAGE;
  }
  if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
    print_help(stdout);
    return EXIT_OK;
  }
  if (!strcmp(argv[1], "--version")) {
    puts("writ " WRIT_VERSION);
    return EXIT_OK;
  }
  signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write, not the end */
  if (crypto_init(&error)) {
    fprintf(stderr, "writ: %s\n", error.message);
    return EXIT_FINDINGS;
  }
  if (!strcmp(argv[1], BESIDE_COMMAND) && argc > 2) {
    child_begin("writ-beside");
    argc--;
    argv++;
  }
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (!strcmp(argv[1], commands[i].name)) return commands[i].run(argc - 2, argv + 2);
  if (!strcmp(argv[1], BUILDER_COMMAND)) return cli_builder(argc - 2, argv + 2);
  if (!strcmp(argv[1], WORKER_COMMAND)) return cli_worker(argc - 2, argv + 2);
  fprintf(stderr, "writ: no command is called \"%s\"; see writ --help\n", argv[1]);
  return EXIT_USAGE;
}
