/* All that people review: contracts/ and writ.json, each file read once.
 *
 * What is hashed, signed, compiled and shown in findings are these very bytes: nothing below
 * contracts/ is opened a second time. No symbolic link is followed on any level, nothing but
 * regular files is read, names are plain, and each JSON and SQL file shows what it says
 * (contract/characters.h). Hidden names (".git", an editor's copies) are neither read nor signed.
 */
#ifndef WRIT_CONTRACT_SOURCE_TREE_H
#define WRIT_CONTRACT_SOURCE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bundle.h"
#include "base/crypto.h"
#include "base/report.h"

struct source_tree {
  struct arena arena;   /* of all that follows */
  const char *folder;   /* the app's; borrowed */
  struct source *files; /* sorted by path: "contracts/users/list.json", "writ.json" */
  size_t count;
  bool complete; /* nothing was wrong with any of them */
};

/* Reads the tree; what is wrong goes to the report, and files that cannot be read have no text.
 * Must be freed, after all that was made of it. */
void source_tree_read(struct source_tree *tree, const char *app_folder, struct report *report);
void source_tree_free(struct source_tree *tree);

/* Adds all files of a complete tree to a bundle, and takes them from there. They are borrowed both
 * times, nothing is copied. `app_folder` is only what messages call it. */
void source_tree_pack(const struct source_tree *tree, struct bundle_writer *writer);
void source_tree_unpack(struct source_tree *tree, const struct bundle *bundle,
                        const char *app_folder);

/* Of all files of a complete tree, with their paths: no two trees have the same. */
void source_tree_hash(const struct source_tree *tree, unsigned char hash[HASH_BYTES]);

/* The file of this path; NULL if there is none. */
const struct source *source_tree_find(const struct source_tree *tree, struct text path);

/* If the file lies below the folder ("contracts/queries/") and its name ends so (".sql"): the rest
 * of its path, which ends in NUL. Else NULL. */
const char *source_below(const struct source *file, const char *folder, const char *suffix);

#endif
