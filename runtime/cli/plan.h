/* Files that a command is about to write: all of them are, or none.
 *
 * A plan is made in memory first, so that it can be shown, and so that all that is in its way is
 * known before anything is written. New files never take the place of others; those that are edited
 * are replaced whole. What fails, a full disk included, leaves everything as it was; a process that
 * is killed meanwhile leaves some of the new files. */
#ifndef WRIT_CLI_PLAN_H
#define WRIT_CLI_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

struct planned_file {
  const char *path;   /* below the folder */
  struct text text;   /* what it will hold */
  struct text before; /* of one that is edited: what it holds */
  bool edited;
};

/* Zero-initialised but for the arena, which all of it lies in, is empty. */
struct plan {
  struct arena *arena;
  struct planned_file *files;
  size_t count, capacity;
};

/* A new file. Texts are borrowed, here as below. */
void plan_create(struct plan *plan, const char *path, struct text text);

/* Another text for a file that holds `before`. */
void plan_edit(struct plan *plan, const char *path, struct text before, struct text text);

/* The file of this path; NULL if the plan has none. */
struct planned_file *plan_find(const struct plan *plan, const char *path);

/* Writes the files below `folder`, which is made with all folders that are missing. */
int plan_write(const struct plan *plan, const char *folder, struct error *error);

#endif
