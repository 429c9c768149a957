/* Whole files and sorted lists of files, through file descriptors only, so that what was looked at
 * is what is read. Never follows a symbolic link below the folder it is given, never waits for a
 * FIFO. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { FOLDERS_MAX_DEPTH = 16, READ_BYTES = 65536 };

/* ---- one file ---- */

/* Appends what the descriptor gives, at most `max_bytes` + 1 bytes: one more tells that it is too
 * large. */
static int read_all(int descriptor, size_t max_bytes, struct buffer *out)
{
  while (out->length <= max_bytes) {
    size_t left = max_bytes - out->length, room = left < READ_BYTES ? left + 1 : READ_BYTES;
    ssize_t got = read(descriptor, buffer_reserve(out, room), room);
    if (got == 0) return 0;
    if (got > 0)
      out->length += (size_t)got;
    else if (errno != EINTR)
      return -1;
  }
  return 0;
}

static int read_open_file(struct arena *arena, int descriptor, const char *path, size_t max_bytes,
                          struct text *text, struct error *error)
{
  struct stat status;
  if (fstat(descriptor, &status)) return error_set(error, "%s: %s", path, strerror(errno));
  if (!S_ISREG(status.st_mode)) return error_set(error, "%s: not a regular file", path);

  struct buffer bytes = {0};
  int result = read_all(descriptor, max_bytes, &bytes);
  if (result)
    error_set(error, "%s: %s", path, strerror(errno));
  else if (bytes.length > max_bytes)
    result = error_set(error, "%s: larger than %zu bytes", path, max_bytes);
  else
    *text = arena_copy(arena, buffer_text(&bytes));
  buffer_deinit(&bytes);
  return result;
}

int file_read(struct arena *arena, const char *path, size_t max_bytes, struct text *text,
              struct error *error)
{
  *text = (struct text){NULL, 0};
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    const char *why = errno == ELOOP ? "symbolic links are not followed" : strerror(errno);
    return error_set(error, "%s: %s", path, why);
  }
  int result = read_open_file(arena, descriptor, path, max_bytes, text, error);
  close(descriptor);
  return result;
}

/* ---- many ---- */

/* A list under construction. `path` is the folder being read, relative to the first and empty or
 * ending in a slash; who goes down into one appends to it and cuts it off again. */
struct listing {
  struct arena *arena;
  const char *folder, *suffix;
  struct buffer path;
  struct text *found; /* on the heap */
  size_t count, capacity;
  struct error *error;
};

static int list_folder(struct listing *listing, int descriptor, int depth);

static int fail(struct listing *listing, const char *why)
{
  return error_set(listing->error, "%s/%.*s: %s", listing->folder,
                   TEXT_ARGS(buffer_text(&listing->path)), why);
}

static void add(struct listing *listing)
{
  if (listing->count == listing->capacity) {
    listing->capacity = listing->capacity > 0 ? listing->capacity * 2 : 64;
    listing->found = memory_resize(listing->found, listing->capacity * sizeof *listing->found);
  }
  listing->found[listing->count++] = arena_copy(listing->arena, buffer_text(&listing->path));
}

static int list_subfolder(struct listing *listing, int parent, const char *name, int depth)
{
  if (depth == FOLDERS_MAX_DEPTH) return fail(listing, "folders are nested too deep");
  int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return fail(listing, strerror(errno));
  buffer_append_byte(&listing->path, '/');
  return list_folder(listing, descriptor, depth + 1);
}

static int list_entry(struct listing *listing, int parent, const char *name, int depth)
{
  if (name[0] == '.') return 0;
  size_t before = listing->path.length;
  buffer_append_text(&listing->path, text_of(name));

  struct stat status;
  int result = 0;
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW))
    result = fail(listing, strerror(errno));
  else if (S_ISDIR(status.st_mode))
    result = list_subfolder(listing, parent, name, depth);
  else if (S_ISREG(status.st_mode) && text_ends_with(text_of(name), listing->suffix))
    add(listing);
  listing->path.length = before;
  return result;
}

/* Takes over the descriptor. */
static int list_folder(struct listing *listing, int descriptor, int depth)
{
  DIR *folder = fdopendir(descriptor);
  if (!folder) {
    fail(listing, strerror(errno));
    close(descriptor);
    return -1;
  }
  int result = 0;
  const struct dirent *entry;
  while (result == 0 && (errno = 0, entry = readdir(folder)))
    result = list_entry(listing, descriptor, entry->d_name, depth);
  if (result == 0 && errno != 0) result = fail(listing, strerror(errno));
  closedir(folder);
  return result;
}

static int compare_paths(const void *a, const void *b)
{
  return text_compare(*(const struct text *)a, *(const struct text *)b);
}

int file_list(struct arena *arena, const char *folder, const char *suffix, struct text **paths,
              size_t *count, struct error *error)
{
  *paths = NULL;
  *count = 0;
  int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return errno == ENOENT ? 0 : error_set(error, "%s: %s", folder, strerror(errno));

  struct listing listing = {.arena = arena, .folder = folder, .suffix = suffix, .error = error};
  buffer_reserve(&listing.path, 1);
  int result = list_folder(&listing, descriptor, 1);
  if (result == 0 && listing.count > 0) {
    qsort(listing.found, listing.count, sizeof *listing.found, compare_paths);
    *paths = arena_new_array(arena, listing.count, sizeof **paths);
    memcpy(*paths, listing.found, listing.count * sizeof **paths);
    *count = listing.count;
  }
  memory_free(listing.found);
  buffer_deinit(&listing.path);
  return result;
}

const char *file_join(struct arena *arena, const char *folder, const char *name)
{
  const char *slash = text_ends_with(text_of(folder), "/") ? "" : "/";
  return arena_print(arena, "%s%s%s", folder, slash, name).data;
}
