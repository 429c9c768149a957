/* A version of an app to look at: a folder, or a git revision in a temporary folder. */
#ifndef WRIT_CLI_REVISION_H
#define WRIT_CLI_REVISION_H

#include <stdbool.h>

#include "base/error.h"

struct revision {
  char folder[256]; /* where it lies */
  bool temporary;   /* removed by revision_close */
};

/* `name` is a folder, or what git calls a tree-ish: of that, contracts/ and writ.json of the
 * present folder are written into a temporary one. A name that could be both is an error, but for
 * one that begins like a path: / or . */
int revision_open(const char *name, struct revision *revision, struct error *error);
void revision_close(struct revision *revision);

#endif
