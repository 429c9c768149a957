/* Files that come with the program: below the folder of its executable in a build, beside it where
 * it is installed. */
#ifndef WRIT_CLI_INSTALLED_H
#define WRIT_CLI_INSTALLED_H

#include "base/arena.h"
#include "base/error.h"

/* Where "share/writ/lua" is, as an absolute path in the arena. NULL: it is not there, and the error
 * says so. */
const char *installed_path(struct arena *arena, const char *path, struct error *error);

#endif
