/* Whole files and what lies below a folder, through file descriptors only, so that what was looked
 * at is what is read. Never follows a symbolic link below the folder it is given, never leaves it,
 * never waits for a FIFO. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { FOLDERS_MAX_DEPTH = 16, READ_BYTES = 65536 };

/* ---- one file ---- */

/* Reads what the descriptor gives, at most `max_bytes` + 1 bytes: one more tells that it is too
 * large. A file that gives as much as it said it has, and less than was asked for, is at its end.
 */
static int read_all(int descriptor, size_t expected, size_t max_bytes, struct buffer *out)
{
  while (out->length <= max_bytes) {
    size_t left = max_bytes - out->length;
    size_t wanted = out->length < expected ? expected - out->length : READ_BYTES;
    size_t room = (wanted < left ? wanted : left) + 1;
    ssize_t got = read(descriptor, buffer_reserve(out, room), room);
    if (got == 0) return 0;
    if (got > 0)
      out->length += (size_t)got;
    else if (errno != EINTR)
      return -1;
    if (got > 0 && out->length == expected && (size_t)got < room) return 0;
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
  int result = read_all(descriptor, (size_t)status.st_size, max_bytes, &bytes);
  if (result)
    error_set(error, "%s: %s", path, strerror(errno));
  else if (bytes.length > max_bytes)
    result = error_set(error, "%s: larger than %zu bytes", path, max_bytes);
  else
    *text = arena_copy(arena, buffer_text(&bytes));
  buffer_deinit(&bytes);
  return result;
}

/* Why an open has just failed. */
static const char *cause(void)
{
  if (errno == ELOOP) return "symbolic links are not followed";
  if (errno == ENOTDIR) return "not a folder, or a symbolic link, which is not followed";
  return strerror(errno);
}

/* Takes over the descriptor; a negative one is an open that has just failed. */
static int read_descriptor(struct arena *arena, int descriptor, const char *path, size_t max_bytes,
                           struct text *text, struct error *error)
{
  *text = (struct text){NULL, 0};
  if (descriptor < 0) return error_set(error, "%s: %s", path, cause());
  int result = read_open_file(arena, descriptor, path, max_bytes, text, error);
  close(descriptor);
  return result;
}

enum { READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };

int file_read(struct arena *arena, const char *path, size_t max_bytes, struct text *text,
              struct error *error)
{
  return read_descriptor(arena, open(path, READ_FLAGS), path, max_bytes, text, error);
}

int file_read_at(struct arena *arena, int parent, const char *name, const char *path,
                 size_t max_bytes, struct text *text, struct error *error)
{
  return read_descriptor(arena, openat(parent, name, READ_FLAGS), path, max_bytes, text, error);
}

/* One step down. A name that is a symbolic link, or leads out, is an error as if it were no folder.
 */
static int open_step(int parent, struct text name, int flags)
{
  char component[NAME_MAX + 1];
  bool leads_on = name.length > 0 && !text_is(name, ".") && !text_is(name, "..");
  if (!leads_on || name.length > NAME_MAX) {
    errno = leads_on ? ENAMETOOLONG : EINVAL;
    return -1;
  }
  memcpy(component, name.data, name.length);
  component[name.length] = '\0';
  return openat(parent, component, flags | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens `path` below `folder` component by component; empty, it is the folder itself. -1: errno. */
static int open_below(const char *folder, const char *path, int flags)
{
  struct text rest = text_of(path), name;
  if (rest.length == 0) return open(folder, flags | O_CLOEXEC);
  int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  while (at >= 0 && text_split(&rest, '/', &name)) {
    int next = open_step(at, name, rest.data ? O_PATH | O_DIRECTORY : flags);
    int why = errno;
    close(at);
    errno = why;
    at = next;
  }
  return at;
}

int file_read_below(struct arena *arena, const char *folder, const char *path, size_t max_bytes,
                    struct text *text, struct error *error)
{
  return read_descriptor(arena, open_below(folder, path, READ_FLAGS), path, max_bytes, text, error);
}

/* ---- many ---- */

/* `path` is the folder being walked, relative to the first and empty or ending in a slash; who goes
 * down into one appends to it and cuts it off again. */
struct walk {
  file_visitor visit;
  void *context;
  const char *top; /* as errors call the folder that the walk began in */
  struct buffer path;
  struct error *error;
};

static int walk_folder(struct walk *walk, int descriptor, int depth);

static int fail(struct walk *walk, const char *why)
{
  return error_set(walk->error, "%s/%.*s: %s", walk->top, TEXT_ARGS(buffer_text(&walk->path)), why);
}

static int walk_subfolder(struct walk *walk, int parent, const char *name, int depth)
{
  if (depth == FOLDERS_MAX_DEPTH) return fail(walk, "folders are nested too deep");
  int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return fail(walk, cause());
  buffer_append_byte(&walk->path, '/');
  return walk_folder(walk, descriptor, depth + 1);
}

/* The type of an entry, which most file systems tell with its name. 0: errno. */
static mode_t type_of(int parent, const struct dirent *entry)
{
  struct stat status;
  if (entry->d_type != DT_UNKNOWN) return (mode_t)DTTOIF(entry->d_type);
  return fstatat(parent, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) ? 0 : status.st_mode & S_IFMT;
}

static int walk_entry(struct walk *walk, int parent, const struct dirent *found, int depth)
{
  const char *name = found->d_name;
  if (name[0] == '.') return 0;
  size_t before = walk->path.length;
  buffer_append_text(&walk->path, text_of(name));

  mode_t type = type_of(parent, found);
  int result = 0;
  if (type == 0) {
    result = fail(walk, strerror(errno));
  } else if (S_ISDIR(type)) {
    result = walk_subfolder(walk, parent, name, depth);
  } else {
    struct file_entry entry = {parent, name, buffer_text(&walk->path), type};
    result = walk->visit(walk->context, &entry);
  }
  walk->path.length = before;
  return result;
}

/* Takes over the descriptor. */
static int walk_folder(struct walk *walk, int descriptor, int depth)
{
  DIR *folder = fdopendir(descriptor);
  if (!folder) {
    fail(walk, strerror(errno));
    close(descriptor);
    return -1;
  }
  int result = 0;
  const struct dirent *entry;
  while (result == 0 && (errno = 0, entry = readdir(folder)))
    result = walk_entry(walk, descriptor, entry, depth);
  if (result == 0 && errno != 0) result = fail(walk, strerror(errno));
  closedir(folder);
  return result;
}

int file_walk(const char *folder, const char *below, file_visitor visit, void *context,
              struct error *error)
{
  const char *top = below[0] ? below : folder;
  int descriptor = open_below(folder, below, O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return errno == ENOENT ? 0 : error_set(error, "%s: %s", top, cause());
  struct walk walk = {.visit = visit, .context = context, .top = top, .error = error};
  buffer_reserve(&walk.path, 1);
  int result = walk_folder(&walk, descriptor, 1);
  buffer_deinit(&walk.path);
  return result;
}

/* A list under construction. */
struct listing {
  struct arena *arena;
  const char *suffix;
  struct text *found; /* on the heap */
  size_t count, capacity;
};

static int add(void *context, const struct file_entry *entry)
{
  struct listing *listing = context;
  if (!S_ISREG(entry->mode) || !text_ends_with(entry->path, listing->suffix)) return 0;
  if (listing->count == listing->capacity) {
    listing->capacity = listing->capacity > 0 ? listing->capacity * 2 : 64;
    listing->found = memory_resize(listing->found, listing->capacity * sizeof *listing->found);
  }
  listing->found[listing->count++] = arena_copy(listing->arena, entry->path);
  return 0;
}

static int compare_paths(const void *a, const void *b)
{
  return text_compare(*(const struct text *)a, *(const struct text *)b);
}

int file_list_below(struct arena *arena, const char *folder, const char *below, const char *suffix,
                    struct text **paths, size_t *count, struct error *error)
{
  struct listing listing = {.arena = arena, .suffix = suffix};
  int result = file_walk(folder, below, add, &listing, error);
  *paths = NULL;
  *count = 0;
  if (result == 0 && listing.count > 0) {
    qsort(listing.found, listing.count, sizeof *listing.found, compare_paths);
    *paths = arena_new_array(arena, listing.count, sizeof **paths);
    memcpy(*paths, listing.found, listing.count * sizeof **paths);
    *count = listing.count;
  }
  memory_free(listing.found);
  return result;
}

int file_list(struct arena *arena, const char *folder, const char *suffix, struct text **paths,
              size_t *count, struct error *error)
{
  return file_list_below(arena, folder, "", suffix, paths, count, error);
}

/* ---- writing ---- */

static int write_all(int descriptor, struct text text)
{
  while (text.length > 0) {
    ssize_t written = write(descriptor, text.data, text.length);
    if (written < 0 && errno != EINTR) return -1;
    if (written < 0) continue;
    text.data += written;
    text.length -= (size_t)written;
  }
  return fsync(descriptor);
}

int file_create(const char *path, mode_t mode, struct text text, struct error *error)
{
  int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return error_set(error, "%s: cannot be made: %s", path, strerror(errno));
  int result = write_all(descriptor, text);
  if (result) error_set(error, "%s: cannot be written: %s", path, strerror(errno));
  if (close(descriptor) && result == 0)
    result = error_set(error, "%s: cannot be written: %s", path, strerror(errno));
  if (result) unlink(path);
  return result;
}

int file_replace(const char *path, mode_t mode, struct text text, struct error *error)
{
  struct arena arena;
  arena_init(&arena, 512);
  const char *aside = arena_print(&arena, "%s.new", path).data;
  unlink(aside); /* what an interrupted one left */
  int result = file_create(aside, mode, text, error);
  if (result == 0 && rename(aside, path)) {
    result = error_set(error, "%s: cannot be replaced: %s", path, strerror(errno));
    unlink(aside);
  }
  arena_deinit(&arena);
  return result;
}

int file_sync(const char *path, struct error *error)
{
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  int result = descriptor < 0 || fsync(descriptor) < 0
                   ? error_set(error, "%s: cannot be made durable: %s", path, strerror(errno))
                   : 0;
  if (descriptor >= 0) close(descriptor);
  return result;
}

int file_sync_name(const char *path, struct error *error)
{
  const char *slash = strrchr(path, '/');
  struct arena arena;
  arena_init(&arena, 512);
  struct text folder = {path, slash ? (size_t)(slash - path) : 0};
  if (!slash) folder = TEXT(".");
  if (slash == path) folder = TEXT("/");
  int result = file_sync(arena_copy(&arena, folder).data, error);
  arena_deinit(&arena);
  return result;
}

bool file_is_same(const char *a, const char *b)
{
  struct stat first, second;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_ino == second.st_ino &&
         first.st_dev == second.st_dev;
}

const char *file_join(struct arena *arena, const char *folder, const char *name)
{
  const char *slash = text_ends_with(text_of(folder), "/") ? "" : "/";
  return arena_print(arena, "%s%s%s", folder, slash, name).data;
}

int file_check_place(const char *folder, const char *path, struct error *error)
{
  struct text rest = text_of(path), name;
  int result = 0, at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  while (at >= 0 && text_split(&rest, '/', &name) && rest.data) {
    int next = open_step(at, name, O_PATH | O_DIRECTORY);
    if (next < 0 && errno != ENOENT) result = -1;
    close(at);
    at = next;
  }
  if (at >= 0) close(at);
  if (result == 0) return 0;
  return error_set(error, "%s: lies behind a symbolic link, which is not followed", path);
}

int file_make_folder(const char *path, struct error *error)
{
  if (mkdir(path, 0700) == 0 || errno == EEXIST) return 0;
  return error_set(error, "%s: cannot be made: %s", path, strerror(errno));
}
