/* Options of subcommands. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* The value in "--name=value"; NULL if the argument is another option. */
static const char *attached_value(const char *argument, const char *name)
{
  size_t length = strlen(name);
  bool matches = strncmp(argument, name, length) == 0 && argument[length] == '=';
  return matches ? argument + length + 1 : NULL;
}

/* Takes argv[*at]; NULL, or what is wrong with it. */
static const char *take(int argc, char **argv, int *at, const struct option *option, bool *taken)
{
  const char *argument = argv[*at];
  const char *value = attached_value(argument, option->name);
  *taken = value || strcmp(argument, option->name) == 0;
  if (!*taken) return NULL;
  if (option->flag) {
    if (value) return "takes no value";
    *option->flag = true;
    return NULL;
  }
  if (!value && *at + 1 < argc) value = argv[++*at];
  if (!value) return "needs a value";
  *option->value = value;
  return NULL;
}

static bool wrong(const char *argument, const char *message, int *code)
{
  fprintf(stderr, "writ: %s %s; see --help\n", argument, message);
  *code = EXIT_USAGE;
  return false;
}

/* At most `most` operands. */
static bool read_arguments(int argc, char **argv, const struct option *options, size_t count,
                           const char **operands, size_t most, size_t *operand_count,
                           const char *help, int *code)
{
  for (int i = 0; i < argc; i++) {
    const char *argument = argv[i];
    bool taken = false;
    if (!strcmp(argument, "-h") || !strcmp(argument, "--help")) {
      fputs(help, stdout);
      *code = EXIT_OK;
      return false;
    }
    for (size_t k = 0; k < count && !taken; k++) {
      const char *message = take(argc, argv, &i, &options[k], &taken);
      if (message) return wrong(argument, message, code);
    }
    if (taken) continue;
    if ((argument[0] == '-' && argument[1]) || *operand_count == most)
      return wrong(argument, "is not understood", code);
    operands[(*operand_count)++] = argument;
  }
  return true;
}

bool cli_options(int argc, char **argv, const struct option *options, size_t count,
                 const char **operand, const char *help, int *code)
{
  size_t operands = 0;
  return read_arguments(argc, argv, options, count, operand, operand ? 1 : 0, &operands, help,
                        code);
}

bool cli_arguments(int argc, char **argv, const struct option *options, size_t count,
                   const char **operands, size_t *operand_count, const char *help, int *code)
{
  *operand_count = 0;
  return read_arguments(argc, argv, options, count, operands, SIZE_MAX, operand_count, help, code);
}
