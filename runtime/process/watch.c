/* inotify, a poll handle and a timer (watch.h). Folders are watched, never files: an editor's
 * rename replaces the file that a watch would be on. */
#include "process/watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

enum { DEPTH_MAX = 16, FOLDERS_MAX = 4096, FILES_MAX = 64, SETTLE_TIMES = 10 };

static const uint32_t EVENTS = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
                               IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_MODIFY | IN_ONLYDIR |
                               IN_MASK_ADD;

/* Where the app's folder lies others may write all the time. */
static const uint32_t PLACE_EVENTS = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_MASK_ADD;

/* What counts in a folder that is watched. */
enum interest {
  INTEREST_TREE = 1,  /* below contracts/ or app/: whatever ends like a source, and folders */
  INTEREST_TOP = 2,   /* the app's folder: writ.json, the manifest, contracts, app */
  INTEREST_FILES = 4, /* single files that were named */
  INTEREST_PLACE = 8  /* where the app's folder lies: that one */
};

struct watched {
  int descriptor;
  unsigned interest;
};

struct watch {
  uv_poll_t poll;
  uv_timer_t timer;
  int inotify;
  unsigned open_handles;
  const char *folder; /* borrowed */
  char *place, *name; /* where it lies, and its own name; NULL: that cannot be told */
  bool replaced;      /* another one is there now */
  uint64_t settle_ms, first_ms;
  uint64_t changes;
  void (*changed)(void *context);
  void *context;
  struct watched folders[FOLDERS_MAX];
  size_t folder_count;
  char *files[FILES_MAX]; /* last components */
  size_t file_count;
  bool full; /* said once */
};

/* --- What is watched --- */

static void add_folder(struct watch *watch, const char *path, unsigned interest)
{
  uint32_t events = interest == INTEREST_PLACE ? PLACE_EVENTS : EVENTS;
  int descriptor = inotify_add_watch(watch->inotify, path, events);
  if (descriptor < 0) {
    if (errno != ENOENT && errno != ENOTDIR && !watch->full)
      log_message(LOG_WARNING, "cannot watch %s for changes: %s: SIGHUP reloads all the same", path,
                  strerror(errno));
    watch->full |= errno == ENOSPC;
    return;
  }
  for (size_t i = 0; i < watch->folder_count; i++) {
    if (watch->folders[i].descriptor != descriptor) continue;
    watch->folders[i].interest |= interest;
    return;
  }
  if (watch->folder_count == FOLDERS_MAX) {
    if (!watch->full)
      log_message(LOG_WARNING, "more than %d folders: changes in some are not seen, SIGHUP reloads",
                  FOLDERS_MAX);
    watch->full = true;
    return;
  }
  watch->folders[watch->folder_count++] = (struct watched){descriptor, interest};
}

static void add_tree(struct watch *watch, const char *path, int depth)
{
  add_folder(watch, path, INTEREST_TREE);
  DIR *folder = depth < DEPTH_MAX ? opendir(path) : NULL;
  if (!folder) return;
  struct dirent *entry;
  while ((entry = readdir(folder))) {
    char below[PATH_MAX];
    struct stat status;
    if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
      continue;
    int length = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
    if (length < 0 || (size_t)length >= sizeof below) continue;
    if (lstat(below, &status) == 0 && S_ISDIR(status.st_mode)) add_tree(watch, below, depth + 1);
  }
  closedir(folder);
}

/* Again and again: folders come and go, and watching one twice is one watch. */
static void add_all(struct watch *watch)
{
  char path[PATH_MAX];
  if (watch->place) add_folder(watch, watch->place, INTEREST_PLACE);
  add_folder(watch, watch->folder, INTEREST_TOP);
  snprintf(path, sizeof path, "%s/contracts", watch->folder);
  add_tree(watch, path, 0);
  snprintf(path, sizeof path, "%s/app", watch->folder);
  add_tree(watch, path, 0);
}

/* What is no longer the app's, as another folder is there instead. */
static void drop_tree(struct watch *watch)
{
  size_t kept = 0;
  for (size_t i = 0; i < watch->folder_count; i++) {
    struct watched *watched = &watch->folders[i];
    watched->interest &= ~(unsigned)(INTEREST_TREE | INTEREST_TOP);
    if (watched->interest)
      watch->folders[kept++] = *watched;
    else
      inotify_rm_watch(watch->inotify, watched->descriptor);
  }
  watch->folder_count = kept;
}

/* "releases/now/" is "now" in "releases". */
static void find_place(struct watch *watch)
{
  size_t length = strlen(watch->folder);
  while (length > 1 && watch->folder[length - 1] == '/') length--;
  size_t begin = length;
  while (begin > 0 && watch->folder[begin - 1] != '/') begin--;
  char *name = memory_copy_string(watch->folder + begin);
  name[length - begin] = 0;
  if (!name[0] || !strcmp(name, ".") || !strcmp(name, "..")) {
    memory_free(name);
    return;
  }
  watch->name = name;
  watch->place = memory_copy_string(begin > 0 ? watch->folder : ".");
  if (begin > 0) watch->place[begin] = 0;
}

void watch_file(struct watch *watch, const char *path)
{
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  size_t length = slash ? (size_t)(slash - path) : 0;
  if (watch->file_count == FILES_MAX || length >= sizeof folder || !name[0]) return;
  snprintf(folder, sizeof folder, "%.*s", (int)length, path);
  bool known = false;
  for (size_t i = 0; i < watch->file_count; i++) known |= strcmp(watch->files[i], name) == 0;
  if (!known) watch->files[watch->file_count++] = memory_copy_string(name);
  add_folder(watch, length > 0 ? folder : slash ? "/" : ".", INTEREST_FILES);
}

/* --- What happens there --- */

static unsigned interest_of(const struct watch *watch, int descriptor)
{
  for (size_t i = 0; i < watch->folder_count; i++)
    if (watch->folders[i].descriptor == descriptor) return watch->folders[i].interest;
  return 0;
}

static void forget(struct watch *watch, int descriptor)
{
  for (size_t i = 0; i < watch->folder_count; i++) {
    if (watch->folders[i].descriptor != descriptor) continue;
    watch->folders[i] = watch->folders[--watch->folder_count];
    return;
  }
}

static bool is_source(const char *name)
{
  static const char *const suffixes[] = {".lua", ".json", ".sql"};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (text_ends_with(text_of(name), suffixes[i])) return true;
  return false;
}

static bool counts(struct watch *watch, const struct inotify_event *event)
{
  const char *name = event->len > 0 ? event->name : "";
  unsigned interest = interest_of(watch, event->wd);
  if (event->mask & IN_Q_OVERFLOW) return true;
  if (interest & INTEREST_PLACE && event->mask & PLACE_EVENTS && !strcmp(watch->name, name)) {
    watch->replaced = true;
    return true;
  }
  if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) return interest & INTEREST_TREE;
  if (interest & INTEREST_FILES)
    for (size_t i = 0; i < watch->file_count; i++)
      if (strcmp(watch->files[i], name) == 0) return true;
  if (name[0] == '.' || !name[0]) return false;
  if (interest & INTEREST_TOP &&
      (!strcmp(name, "contracts") || !strcmp(name, "app") || !strcmp(name, "writ.json") ||
       !strcmp(name, "contracts.manifest")))
    return true;
  return interest & INTEREST_TREE && (event->mask & IN_ISDIR || is_source(name));
}

/* Reads all that has happened; true if any of it counts. */
static bool read_events(struct watch *watch)
{
  union {
    struct inotify_event event;
    char bytes[16384];
  } buffer;
  bool any = false, folders = false;
  ssize_t length;
  while ((length = read(watch->inotify, buffer.bytes, sizeof buffer.bytes)) > 0) {
    for (ssize_t at = 0; at < length;) {
      const struct inotify_event *event = (const void *)(buffer.bytes + at);
      at += (ssize_t)(sizeof *event + event->len);
      any |= counts(watch, event);
      folders |= event->mask & (IN_ISDIR | IN_Q_OVERFLOW);
      if (event->mask & IN_IGNORED) forget(watch, event->wd);
    }
  }
  if (folders) add_all(watch);
  if (any) watch->changes++;
  return any;
}

static void on_settled(uv_timer_t *timer)
{
  struct watch *watch = timer->data;
  watch->first_ms = 0;
  if (watch->replaced) drop_tree(watch);
  watch->replaced = false;
  add_all(watch); /* what a new folder has in it may have been there before its watch */
  watch->changed(watch->context);
}

static void settle(struct watch *watch)
{
  uint64_t now_ms = uv_now(watch->timer.loop);
  if (watch->first_ms == 0) watch->first_ms = now_ms;
  if (now_ms - watch->first_ms < SETTLE_TIMES * watch->settle_ms)
    uv_timer_start(&watch->timer, on_settled, watch->settle_ms, 0);
}

static void on_events(uv_poll_t *poll, int status, int events)
{
  struct watch *watch = poll->data;
  (void)status;
  (void)events;
  if (read_events(watch)) settle(watch);
}

uint64_t watch_changes(struct watch *watch)
{
  if (read_events(watch)) settle(watch);
  return watch->changes;
}

/* --- Life --- */

int watch_open(uv_loop_t *loop, const char *folder, uint64_t settle_ms,
               void (*changed)(void *context), void *context, struct watch **result,
               struct error *error)
{
  int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0)
    return error_set(error,
                     "cannot watch files: %s: let it have more (fs.inotify.max_user_instances), or "
                     "say in writ.json `\"reload\": { \"watch\": false }`",
                     strerror(errno));
  struct watch *watch = memory_new(sizeof *watch);
  watch->inotify = inotify;
  watch->folder = folder;
  watch->settle_ms = settle_ms;
  watch->changed = changed;
  watch->context = context;
  watch->open_handles = 2;
  find_place(watch);
  uv_poll_init(loop, &watch->poll, inotify);
  uv_timer_init(loop, &watch->timer);
  watch->poll.data = watch->timer.data = watch;
  add_all(watch);
  uv_poll_start(&watch->poll, UV_READABLE, on_events);
  *result = watch;
  return 0;
}

void watch_set_settle(struct watch *watch, uint64_t settle_ms)
{
  watch->settle_ms = settle_ms;
}

static void on_closed(uv_handle_t *handle)
{
  struct watch *watch = handle->data;
  if (--watch->open_handles > 0) return;
  close(watch->inotify);
  memory_free(watch->place);
  memory_free(watch->name);
  for (size_t i = 0; i < watch->file_count; i++) memory_free(watch->files[i]);
  memory_free(watch);
}

void watch_close(struct watch *watch)
{
  if (!watch) return;
  uv_close((uv_handle_t *)&watch->poll, on_closed);
  uv_close((uv_handle_t *)&watch->timer, on_closed);
}
