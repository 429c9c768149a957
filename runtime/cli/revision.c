/* Getting at the files of a git revision.
 *
 * What is read are the objects themselves, by `git cat-file`: no archive and no checkout, in which
 * attributes of the revision (export-ignore, export-subst, filters) say what the files are. Names
 * are never options. Of the repository's configuration nothing is run, and nothing is fetched. */
#include "cli/revision.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

enum {
  OPEN_FILES_MAX = 16,
  LIST_MAX_BYTES = 32 * 1024 * 1024,
  CONTENTS_MAX_BYTES = 256 * 1024 * 1024
};

/* git's exit codes: of `rev-parse --verify --quiet`, where there is no such revision; and the
 * shell's for a program that cannot be started. */
enum { GIT_OK = 0, GIT_NO_REVISION = 1, GIT_NOT_STARTED = 127 };

struct extraction {
  const char *name, *folder;
  struct arena arena;
  struct error *error;
};

/* --- Running git. --- */

static const char *inside(struct extraction *extraction, const char *name)
{
  return file_join(&extraction->arena, extraction->folder, name);
}

static void redirect(const char *path, int flags, int descriptor)
{
  int opened = open(path, flags, 0600);
  if (opened < 0 || dup2(opened, descriptor) < 0) _exit(GIT_NOT_STARTED);
  close(opened);
}

/* In the child. A repository within the present folder is not one that anybody chose. */
static _Noreturn void become_git(const char *const *command, const char *input, const char *output,
                                 bool quiet)
{
  enum { OWN = 5, COMMAND_MAX = 16 };
  const char *arguments[COMMAND_MAX] = {"git", "--no-replace-objects", "--literal-pathspecs", "-c",
                                        "safe.bareRepository=explicit"};
  for (size_t i = OWN; *command; i++) {
    if (i + 1 == COMMAND_MAX) _exit(GIT_NOT_STARTED);
    arguments[i] = *command++;
  }
  redirect(input, O_RDONLY, STDIN_FILENO);
  redirect(output, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  if (quiet) redirect("/dev/null", O_WRONLY, STDERR_FILENO);
  setenv("GIT_ALLOW_PROTOCOL", "none", 1);
  setenv("GIT_NO_LAZY_FETCH", "1", 1);
  execvp("git", (char *const *)arguments); /* takes them without changing them */
  fprintf(stderr, "writ: git: %s\n", strerror(errno));
  _exit(GIT_NOT_STARTED);
}

/* Its exit code. */
static int git(const char *const *command, const char *input, const char *output, bool quiet)
{
  int status;
  pid_t child = fork();
  if (child < 0) return GIT_NOT_STARTED;
  if (child == 0) become_git(command, input, output, quiet);
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return GIT_NOT_STARTED;
  return WIFEXITED(status) ? WEXITSTATUS(status) : GIT_NOT_STARTED;
}

/* --- One file after the other. --- */

/* One line of `git ls-tree -l`: "100644 blob 83baae… 12<tab>contracts/policy.json". */
struct entry {
  struct text mode, object, path;
  size_t size;
};

static bool read_entry(struct text *list, struct entry *entry)
{
  struct text line, word, size = {NULL, 0};
  if (list->length == 0 || !text_split(list, '\0', &line) || !text_split(&line, '\t', &word))
    return false;
  entry->path = line;
  text_split(&word, ' ', &entry->mode);
  text_split(&word, ' ', &size); /* the type, which the mode tells as well */
  text_split(&word, ' ', &entry->object);
  size = word;
  entry->size = 0;
  for (size_t i = 0; i < size.length && entry->size <= CONTENTS_MAX_BYTES; i++)
    if (size.data[i] >= '0' && size.data[i] <= '9')
      entry->size = entry->size * 10 + (size_t)(size.data[i] - '0');
  return true;
}

/* A tree can be made with any names. */
static bool leaves(struct text path)
{
  struct text part;
  while (path.data && text_split(&path, '/', &part))
    if (part.length == 0 || text_is(part, ".") || text_is(part, "..")) return true;
  return false;
}

static int check_entry(const struct extraction *extraction, const struct entry *entry)
{
  const char *wrong = leaves(entry->path)                     ? "has a path that leads elsewhere"
                      : text_is(entry->mode, "120000")        ? "is a symbolic link"
                      : text_is(entry->mode, "160000")        ? "is a submodule"
                      : !text_starts_with(entry->mode, "100") ? "is no file"
                                                              : NULL;
  if (!wrong) return 0;
  return error_set(extraction->error, "in '%s', %.*s %s: put the files themselves there",
                   extraction->name, TEXT_ARGS(entry->path), wrong);
}

/* A new file, with the folders around it. */
static int write_file(struct extraction *extraction, struct text name, struct text bytes)
{
  struct text path =
      arena_print(&extraction->arena, "%s/%.*s", extraction->folder, TEXT_ARGS(name));
  struct text rest = name, part;
  while (text_split(&rest, '/', &part) && rest.data) {
    int length = (int)(rest.data - 1 - name.data);
    struct text around =
        arena_print(&extraction->arena, "%s/%.*s", extraction->folder, length, name.data);
    if (mkdir(around.data, 0700) < 0 && errno != EEXIST)
      return error_set(extraction->error, "cannot make %s: %s", around.data, strerror(errno));
  }
  FILE *file = fopen(path.data, "wx");
  bool written = file && fwrite(bytes.data, 1, bytes.length, file) == bytes.length;
  if (file) written = fclose(file) == 0 && written;
  if (written) return 0;
  return error_set(extraction->error, "cannot write %s: %s", path.data, strerror(errno));
}

/* Takes the next object from what `git cat-file --batch` said: "83baae… blob 12", the bytes. */
static int write_entry(struct extraction *extraction, const struct entry *entry,
                       struct text *contents)
{
  struct text header, object;
  bool there = text_split(contents, '\n', &header) && text_split(&header, ' ', &object) &&
               text_equal(object, entry->object) && contents->data &&
               contents->length > entry->size;
  if (!there)
    return error_set(extraction->error, "git does not give %.*s of '%s'", TEXT_ARGS(entry->path),
                     extraction->name);
  struct text bytes = {contents->data, entry->size};
  *contents = (struct text){contents->data + entry->size + 1, contents->length - entry->size - 1};
  return write_file(extraction, entry->path, bytes);
}

/* --- All of them. --- */

static int fail(const struct extraction *extraction)
{
  return error_set(extraction->error, "git cannot read '%s'", extraction->name);
}

static int read_output(struct extraction *extraction, const char *name, size_t max_bytes,
                       struct text *text)
{
  const char *path = inside(extraction, name);
  int result = file_read(&extraction->arena, path, max_bytes, text, extraction->error);
  unlink(path);
  return result;
}

/* The names of the objects, one a line. */
static int write_wanted(struct extraction *extraction, struct text list)
{
  struct buffer wanted = {0};
  struct entry entry;
  size_t total = 0;
  int result = 0;
  while (result == 0 && read_entry(&list, &entry)) {
    result = check_entry(extraction, &entry);
    total += entry.size + entry.object.length + 64; /* and its header */
    buffer_print(&wanted, "%.*s\n", TEXT_ARGS(entry.object));
  }
  if (result == 0 && wanted.length == 0)
    result =
        error_set(extraction->error, "'%s' has no contracts/ in this folder", extraction->name);
  if (result == 0 && total > CONTENTS_MAX_BYTES)
    result = error_set(extraction->error, "the contracts of '%s' are larger than %d MB",
                       extraction->name, CONTENTS_MAX_BYTES >> 20);
  if (result == 0) result = write_file(extraction, TEXT(".wanted"), buffer_text(&wanted));
  buffer_deinit(&wanted);
  return result;
}

static int extract(struct extraction *extraction, const char *id)
{
  const char *tree = inside(extraction, ".tree"), *wanted = inside(extraction, ".wanted");
  const char *contents = inside(extraction, ".contents");
  struct text list, all;
  struct entry entry;
  const char *const list_files[] = {"ls-tree", "-r",        "-z",        "-l", id,
                                    "--",      "contracts", "writ.json", NULL};
  const char *const read_objects[] = {"cat-file", "--batch", NULL};
  if (git(list_files, "/dev/null", tree, false) != GIT_OK) return fail(extraction);
  if (read_output(extraction, ".tree", LIST_MAX_BYTES, &list) < 0) return -1;
  if (write_wanted(extraction, list) < 0) return -1;
  if (git(read_objects, wanted, contents, false) != GIT_OK) return fail(extraction);
  unlink(wanted);
  if (read_output(extraction, ".contents", CONTENTS_MAX_BYTES, &all) < 0) return -1;
  while (read_entry(&list, &entry))
    if (check_entry(extraction, &entry) < 0 || write_entry(extraction, &entry, &all) < 0) return -1;
  return 0;
}

/* --- Folder or revision. --- */

/* Whether the present folder lies in a repository, also in one that git does not like. */
static bool is_in_repository(struct arena *arena)
{
  struct stat status;
  struct text path = TEXT(".git");
  for (int i = 0; i < 64; i++) {
    if (lstat(path.data, &status) == 0) return true;
    path = arena_print(arena, "../%.*s", TEXT_ARGS(path));
  }
  return false;
}

/* The object that the name means: its id, or NULL. */
static const char *resolve(struct extraction *extraction, bool is_folder, int *code)
{
  const char *const command[] = {"rev-parse",        "--verify",       "--quiet",
                                 "--end-of-options", extraction->name, NULL};
  struct text id = {NULL, 0}, output;
  *code = git(command, "/dev/null", inside(extraction, ".id"),
              is_folder || !is_in_repository(&extraction->arena));
  if (*code == GIT_OK && read_output(extraction, ".id", LIST_MAX_BYTES, &output) == 0)
    text_split(&output, '\n', &id);
  return id.length > 0 ? arena_print(&extraction->arena, "%.*s", TEXT_ARGS(id)).data : NULL;
}

static int use_folder(struct revision *revision, const char *name, struct error *error)
{
  revision_close(revision);
  if (strlen(name) >= sizeof revision->folder)
    return error_set(error, "the path %s is too long", name);
  memcpy(revision->folder, name, strlen(name) + 1);
  return 0;
}

static int make_temporary(struct revision *revision, struct error *error)
{
  const char *temporary = getenv("TMPDIR");
  int length = snprintf(revision->folder, sizeof revision->folder, "%s/writ-XXXXXX",
                        temporary && temporary[0] == '/' ? temporary : "/tmp");
  if (length < 0 || (size_t)length >= sizeof revision->folder || !mkdtemp(revision->folder))
    return error_set(error, "cannot make a temporary folder: %s", strerror(errno));
  revision->temporary = true;
  return 0;
}

/* What is proposed for review may hold a folder with the name of a branch. */
static int choose(struct extraction *extraction, bool is_folder, struct revision *revision)
{
  const char *name = extraction->name;
  int code;
  const char *id = resolve(extraction, is_folder, &code);
  if (id && is_folder)
    return error_set(extraction->error,
                     "'%s' is a folder and a git revision: write ./%s for the folder, or %s~0 for "
                     "the revision",
                     name, name, name);
  if (id) return extract(extraction, id);
  if (!is_folder)
    return error_set(extraction->error, "'%s' is no folder, and git knows no revision of that name",
                     name);
  if (code == GIT_NO_REVISION || !is_in_repository(&extraction->arena))
    return use_folder(revision, name, extraction->error);
  return error_set(extraction->error,
                   "git cannot tell whether '%s' is a revision: write ./%s for the folder", name,
                   name);
}

int revision_open(const char *name, struct revision *revision, struct error *error)
{
  struct stat status;
  bool is_folder = stat(name, &status) == 0 && S_ISDIR(status.st_mode);
  *revision = (struct revision){0};
  if (is_folder && (name[0] == '/' || name[0] == '.')) return use_folder(revision, name, error);
  if (make_temporary(revision, error) < 0) return -1;
  struct extraction extraction = {.name = name, .folder = revision->folder, .error = error};
  arena_init(&extraction.arena, 64 * 1024);
  int result = choose(&extraction, is_folder, revision);
  arena_deinit(&extraction.arena);
  if (result < 0) revision_close(revision);
  return result;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
  (void)status, (void)type, (void)place;
  return remove(path);
}

void revision_close(struct revision *revision)
{
  if (revision->temporary) nftw(revision->folder, remove_one, OPEN_FILES_MAX, FTW_DEPTH | FTW_PHYS);
  revision->temporary = false;
}
