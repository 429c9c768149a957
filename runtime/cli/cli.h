/* Subcommands: one file each, one row each in main.c's table. */
#ifndef WRIT_CLI_CLI_H
#define WRIT_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "contract/signing_key.h"

/* What a process says when it ends. */
enum exit_code {
  EXIT_OK = 0,
  EXIT_FINDINGS = 1, /* the app has errors, or what was asked for failed */
  EXIT_USAGE = 2,    /* the command line is wrong */
  EXIT_PENDING = 3   /* writ migrate status: nothing is wrong, but something is to be done */
};

/* An option with or without a value. */
struct option {
  const char *name;   /* "--listen" */
  const char **value; /* takes the next argument, or what follows '=' */
  bool *flag;         /* or is set, without a value */
};

/* Reads the arguments after the subcommand's name. "-h" and "--help" print `help` and give EXIT_OK
 * as *code; so do wrong arguments, on stderr, with EXIT_USAGE. True: go on. At most one argument
 * that is not an option goes to *operand, if that is not NULL. */
bool cli_options(int argc, char **argv, const struct option *options, size_t count,
                 const char **operand, const char *help, int *code);

/* The same for any number of arguments that are not options, "-" alone among them: they go to
 * `operands`, which has room for `argc` of them. */
bool cli_arguments(int argc, char **argv, const struct option *options, size_t count,
                   const char **operands, size_t *operand_count, const char *help, int *code);

/* Takes each `--trust KEY` out of the arguments. False: a key cannot be had, which is said on
 * stderr, with EXIT_USAGE as *code. */
enum { TRUST_MAX_KEYS = 16 };
struct trust {
  struct public_key keys[TRUST_MAX_KEYS];
  size_t count; /* 0: nothing has to be signed */
};
bool cli_trust(int *argc, char **argv, struct trust *trust, int *code);

int cli_init(int argc, char **argv);
int cli_new(int argc, char **argv);
int cli_completions(int argc, char **argv);
int cli_serve(int argc, char **argv);
int cli_dev(int argc, char **argv);
int cli_builder(int argc, char **argv); /* no commands, but what serve begins */
int cli_worker(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_audit(int argc, char **argv);
int cli_migrate(int argc, char **argv);
int cli_backup(int argc, char **argv);
int cli_restore(int argc, char **argv);
int cli_token(int argc, char **argv);
int cli_diff(int argc, char **argv);
int cli_routes(int argc, char **argv);
int cli_sign(int argc, char **argv);
int cli_validate(int argc, char **argv);
int cli_openapi(int argc, char **argv);
int cli_test(int argc, char **argv);
int cli_brief(int argc, char **argv);
int cli_types(int argc, char **argv);
int cli_try(int argc, char **argv);

#endif
