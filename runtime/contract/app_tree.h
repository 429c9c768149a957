/* All that nobody reviews: handlers and modules below app/, each file read once.
 *
 * What is compiled and hashed are these very bytes: nothing below app/ is opened a second time, so
 * that whoever compiles them needs no folder by then. Regular files whose names end in ".lua"
 * count, below app/handlers and app/lib; no symbolic link is followed, hidden names are passed
 * over.
 *
 * Reading never fails: what is wrong with a file, or with a folder, is kept here until it is known
 * whose route that costs (contract/handlers.h). */
#ifndef WRIT_CONTRACT_APP_TREE_H
#define WRIT_CONTRACT_APP_TREE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/bundle.h"
#include "base/report.h"

struct app_script {
  const char *name;     /* "users.update_profile", "text.slug" */
  struct source source; /* its path is "app/handlers/users/update_profile.lua" */
  const char *problem;  /* why it could not be read; NULL: it was */
};

struct app_scripts {
  struct app_script *items; /* sorted by path */
  size_t count;
  const char *problem; /* why there may be more; NULL: these are all */
};

struct app_tree {
  struct arena arena; /* of all that follows */
  struct app_scripts handlers, modules;
};

/* Reads the tree of an app's folder. Must be freed; what was made of it does not need it. */
void app_tree_read(struct app_tree *tree, const char *app_folder);
void app_tree_free(struct app_tree *tree);

/* Adds the text of each script that could be read, as the part "script/PATH": for developers, who
 * are shown lines of it. The tree is borrowed. */
void app_tree_pack(const struct app_tree *tree, struct bundle_writer *writer);

/* The text of the script of this path in a bundle; empty if it has none. */
struct text app_script_text(const struct bundle *bundle, struct text path);

/* The script of this path ("app/handlers/users/list.lua"); NULL if there is none. */
const struct app_script *app_scripts_find(const struct app_scripts *scripts, const char *path);

#endif
