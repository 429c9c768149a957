/* `--trust KEY`, as often as it is given: public keys, as text or as files. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static bool fail(const char *message, int *code)
{
  fprintf(stderr, "writ: %s\n", message);
  *code = EXIT_USAGE;
  return false;
}

static bool add(struct trust *trust, const char *value, int *code)
{
  struct error error = {0};
  if (!value) return fail("--trust needs a value; see --help", code);
  if (trust->count == TRUST_MAX_KEYS) return fail("--trust is given too often", code);
  if (public_key_read(value, &trust->keys[trust->count], &error)) return fail(error.message, code);
  trust->count++;
  return true;
}

bool cli_trust(int *argc, char **argv, struct trust *trust, int *code)
{
  static const char name[] = "--trust";
  int kept = 0;
  trust->count = 0;
  for (int i = 0; i < *argc; i++) {
    bool attached = strncmp(argv[i], "--trust=", sizeof name) == 0;
    if (attached) {
      if (!add(trust, argv[i] + sizeof name, code)) return false;
    } else if (strcmp(argv[i], name) == 0) {
      i++;
      if (!add(trust, i < *argc ? argv[i] : NULL, code)) return false;
    } else {
      argv[kept++] = argv[i];
    }
  }
  *argc = kept;
  return true;
}
