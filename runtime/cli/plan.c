/* Writing files all or none: what was made is kept in a list, and taken back in reverse. */
#include "cli/plan.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static struct planned_file *add(struct plan *plan)
{
  if (plan->count == plan->capacity) {
    size_t capacity = plan->capacity > 0 ? plan->capacity * 2 : 16;
    struct planned_file *files = arena_new_array(plan->arena, capacity, sizeof *files);
    if (plan->count > 0) memcpy(files, plan->files, plan->count * sizeof *files);
    plan->files = files;
    plan->capacity = capacity;
  }
  return &plan->files[plan->count++];
}

void plan_create(struct plan *plan, const char *path, struct text text)
{
  *add(plan) = (struct planned_file){.path = path, .text = text};
}

void plan_edit(struct plan *plan, const char *path, struct text before, struct text text)
{
  *add(plan) = (struct planned_file){path, text, before, true};
}

struct planned_file *plan_find(const struct plan *plan, const char *path)
{
  for (size_t i = 0; i < plan->count; i++)
    if (!strcmp(plan->files[i].path, path)) return &plan->files[i];
  return NULL;
}

/* What has been made so far, the newest first. */
struct made {
  const char *path;
  const struct planned_file *file; /* NULL: a folder */
  struct made *before;
};

struct writing {
  struct arena *arena;
  struct made *made;
};

static void note(struct writing *writing, const char *path, const struct planned_file *file)
{
  struct made *made = arena_new(writing->arena, sizeof *made);
  *made = (struct made){path, file, writing->made};
  writing->made = made;
}

static bool is_folder(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Makes the folder, and those above it that are missing. */
static int make_folder(struct writing *writing, struct text path, struct error *error)
{
  const char *name = arena_copy(writing->arena, path).data;
  const char *slash = strrchr(name, '/');
  if (path.length == 0 || is_folder(name)) return 0;
  if (slash && make_folder(writing, (struct text){name, (size_t)(slash - name)}, error)) return -1;
  if (slash && !slash[1]) return 0; /* "shop/": it has just been made */
  if (mkdir(name, 0777)) return error_set(error, "%s: cannot be made: %s", name, strerror(errno));
  note(writing, name, NULL);
  return 0;
}

static mode_t mode_of(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 ? status.st_mode & 0777 : 0666;
}

static int write_one(struct writing *writing, const char *folder, const struct planned_file *file,
                     struct error *error)
{
  const char *path = file_join(writing->arena, folder, file->path);
  size_t above = (size_t)(strrchr(path, '/') - path);
  if (file_check_place(folder, file->path, error)) return -1;
  if (make_folder(writing, (struct text){path, above}, error)) return -1;
  int result = file->edited ? file_replace(path, mode_of(path), file->text, error)
                            : file_create(path, 0666, file->text, error);
  if (result == 0) note(writing, path, file);
  return result;
}

/* As far as it goes: what cannot be taken back stays. */
static void take_back(const struct made *made)
{
  for (; made; made = made->before)
    if (!made->file)
      rmdir(made->path);
    else if (made->file->edited)
      file_replace(made->path, mode_of(made->path), made->file->before, NULL);
    else
      unlink(made->path);
}

int plan_write(const struct plan *plan, const char *folder, struct error *error)
{
  struct writing writing = {.arena = plan->arena};
  int result = make_folder(&writing, text_of(folder), error);
  for (size_t i = 0; i < plan->count && result == 0; i++)
    result = write_one(&writing, folder, &plan->files[i], error);
  if (result) take_back(writing.made);
  return result;
}
