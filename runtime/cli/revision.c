/* Getting at the files of a git revision: `git archive` into a file, `tar` out of it. */
#include "cli/revision.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPEN_FILES_MAX = 16 };

/* Runs a program and waits for it. 0 if it ended well. */
static int run(const char *const *arguments, struct error *error)
{
  int status;
  pid_t child = fork();
  if (child < 0) return error_set(error, "cannot start %s: %s", arguments[0], strerror(errno));
  if (child == 0) {
    execvp(arguments[0], (char *const *)arguments); /* takes them without changing them */
    fprintf(stderr, "writ: %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
  }
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return error_set(error, "%s: %s", arguments[0], strerror(errno));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  return error_set(error, "%s failed", arguments[0]);
}

static int extract(const char *name, const char *folder, struct error *error)
{
  char archive[300], output[320];
  snprintf(archive, sizeof archive, "%s/.archive.tar", folder);
  snprintf(output, sizeof output, "--output=%s", archive);
  const char *const git[] = {"git", "archive", "--format=tar", output, name, NULL};
  const char *const tar[] = {"tar", "-x", "-f", archive, "-C", folder, NULL};
  if (run(git, NULL) < 0) /* it has said why */
    return error_set(error, "'%s' is no folder, and git cannot archive a revision of that name",
                     name);
  if (run(tar, error) < 0) return -1;
  unlink(archive);
  return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
  (void)status, (void)type, (void)place;
  return remove(path);
}

int revision_open(const char *name, struct revision *revision, struct error *error)
{
  struct stat status;
  *revision = (struct revision){0};
  if (stat(name, &status) == 0 && S_ISDIR(status.st_mode)) {
    if (strlen(name) >= sizeof revision->folder)
      return error_set(error, "the path %s is too long", name);
    memcpy(revision->folder, name, strlen(name) + 1);
    return 0;
  }
  const char *temporary = getenv("TMPDIR");
  int length = snprintf(revision->folder, sizeof revision->folder, "%s/writ-XXXXXX",
                        temporary && temporary[0] == '/' ? temporary : "/tmp");
  if (length < 0 || (size_t)length >= sizeof revision->folder || !mkdtemp(revision->folder))
    return error_set(error, "cannot make a temporary folder: %s", strerror(errno));
  revision->temporary = true;
  if (extract(name, revision->folder, error) == 0) return 0;
  revision_close(revision);
  return -1;
}

void revision_close(struct revision *revision)
{
  if (revision->temporary) nftw(revision->folder, remove_one, OPEN_FILES_MAX, FTW_DEPTH | FTW_PHYS);
  revision->temporary = false;
}
