/* Reading the app's folders: whole files of bounded size, and sorted lists of them. */
#ifndef WRIT_BASE_FILE_H
#define WRIT_BASE_FILE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/* Reads a regular file of at most `max_bytes` into the arena (NUL-terminated). Never follows a
 * symbolic link in the last component. */
int file_read(struct arena *arena, const char *path, size_t max_bytes, struct text *text,
              struct error *error);

/* All regular files below `folder` whose names end in `suffix`, as paths relative to it, sorted by
 * bytes. Hidden names and symbolic links are left out. A folder that does not exist gives an empty
 * list. Depth is limited to 16 folders. */
int file_list(struct arena *arena, const char *folder, const char *suffix, struct text **paths,
              size_t *count, struct error *error);

/* `folder/name`, in the arena. */
const char *file_join(struct arena *arena, const char *folder, const char *name);

#endif
