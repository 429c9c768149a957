/* What luacheck (https://luacheck.readthedocs.io) says of the Lua in app/, where it is installed.
 *
 * It runs once, as a child process beside whatever is done meanwhile, over the files that were
 * read. It looks for no configuration: a .luacheckrc is a Lua program, and nobody has reviewed the
 * one of an app. Globals are left out, as Writ itself says what is wrong with them, and so is how
 * the text is laid out. On the command line only, never where an app is served. */
#ifndef WRIT_ADVICE_LUACHECK_H
#define WRIT_ADVICE_LUACHECK_H

#include <stdint.h>
#include <sys/types.h>

#include "contract/app_tree.h"

struct luacheck {
  const struct app_tree *tree;
  char *root; /* the app's folder, as an absolute path that ends with a slash */
  pid_t child;
  int output; /* what it prints; -1: nothing runs */
  uint64_t end_ns;
};

/* Starts it; the tree is borrowed until it has finished. Where it is not installed, or cannot be
 * started, finishing finds nothing. */
void luacheck_start(struct luacheck *luacheck, const char *app_folder, const struct app_tree *tree);

/* Waits for its end, no longer than half a minute from its start, and adds its warnings. */
void luacheck_finish(struct luacheck *luacheck, struct report *report);

/* Adds what stands in its output, of which every line that is no warning about a file of the tree
 * is passed over. Gives how many it added. */
size_t luacheck_read(const struct luacheck *luacheck, struct text output, struct report *report);

#endif
