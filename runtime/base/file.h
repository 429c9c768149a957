/* Files: whole ones of bounded size, what lies in folders, and writing. */
#ifndef WRIT_BASE_FILE_H
#define WRIT_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/* Reads a regular file of at most `max_bytes` into the arena (NUL-terminated). Never follows a
 * symbolic link in the last component. */
int file_read(struct arena *arena, const char *path, size_t max_bytes, struct text *text,
              struct error *error);

/* The same for `folder/path`, where no component of `path` may be a symbolic link or lead upwards;
 * errors call it `path`. The folder is taken as it is. */
int file_read_below(struct arena *arena, const char *folder, const char *path, size_t max_bytes,
                    struct text *text, struct error *error);

/* The same for a name in an open folder; errors call it `path`. */
int file_read_at(struct arena *arena, int parent, const char *name, const char *path,
                 size_t max_bytes, struct text *text, struct error *error);

/* What a walk comes upon: anything but a folder. Borrowed for the call. */
struct file_entry {
  int parent;       /* the folder it lies in, open */
  const char *name; /* there */
  struct text path; /* from where the walk began */
  mode_t mode;      /* its type, when it was looked at */
};

/* Anything but 0 ends the walk, with that result. */
typedef int (*file_visitor)(void *context, const struct file_entry *entry);

/* Visits everything below `folder/below`, in no certain order, but for hidden names and what is in
 * hidden folders. Goes through no symbolic link (nor is a component of `below` one; the folder is
 * taken as it is), and at most 16 folders deep. A folder that does not exist has nothing in it. */
int file_walk(const char *folder, const char *below, file_visitor visit, void *context,
              struct error *error);

/* All regular files whose names end in `suffix` that such a walk finds, as paths relative to where
 * it began, sorted by bytes. */
int file_list_below(struct arena *arena, const char *folder, const char *below, const char *suffix,
                    struct text **paths, size_t *count, struct error *error);

/* The same for all of a folder. */
int file_list(struct arena *arena, const char *folder, const char *suffix, struct text **paths,
              size_t *count, struct error *error);

/* Makes a file that was not there, durably; what fails leaves none behind. */
int file_create(const char *path, mode_t mode, struct text text, struct error *error);

/* Writes a file, new or in place of another, which is there whole until the new one is: by way of
 * `path`.new. */
int file_replace(const char *path, mode_t mode, struct text text, struct error *error);

/* Makes durable what was written to a file; and its name, once it was made, linked or renamed. */
int file_sync(const char *path, struct error *error);
int file_sync_name(const char *path, struct error *error);

/* Whether `folder/path` lies where it says: no folder above it, below `folder`, may be a symbolic
 * link, nor lead upwards. Those that are not there yet may be made. */
int file_check_place(const char *folder, const char *path, struct error *error);

/* Makes a folder for its owner alone, unless there is one; not those above it. */
int file_make_folder(const char *path, struct error *error);

/* Whether both name one file, or folder, that is there: through links, too. */
bool file_is_same(const char *a, const char *b);

/* `folder/name`, in the arena. */
const char *file_join(struct arena *arena, const char *folder, const char *name);

#endif
