/* A child that confines itself and then does something, for the tests of confinement. */
#ifndef WRIT_TESTS_CONFINED_H
#define WRIT_TESTS_CONFINED_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "process/confine.h"

struct place {
  char folder[64], data[80]; /* data: below the folder, and all that may be used */
  struct user nobody;        /* who uses it, if the test runs as root */
  const struct user *user;   /* NULL: who runs the test */
};

static inline void place_begin(struct place *place)
{
  struct error error = {0};
  *place = (struct place){.folder = "/tmp/test_confine.XXXXXX"};
  assert_non_null(mkdtemp(place->folder));
  assert_int_equal(chmod(place->folder, 0755), 0);
  snprintf(place->data, sizeof place->data, "%s/data", place->folder);
  if (geteuid() == 0) {
    assert_int_equal(user_find("nobody", &place->nobody, &error), 0);
    place->user = &place->nobody;
  }
  assert_int_equal(user_make_folder(place->data, place->user, &error), 0);
}

static inline void place_end(const struct place *place)
{
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", place->folder);
  assert_int_equal(system(command), 0);
}

/* Gives the child's status as waitpid has it. The child exits with what `work` returns, or 255 if
 * it could not be confined. */
static inline int confined(const struct place *place, int (*work)(const struct place *place))
{
  fflush(stdout);
  fflush(stderr);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    struct error error = {0};
    struct confinement confinement = {
        .user = place->user, .data = place->data, .accepts = true, .quiet = true};
    if (confine(&confinement, &error)) {
      dprintf(STDERR_FILENO, "%s\n", error.message);
      _exit(255);
    }
    _exit(work(place));
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

/* What the child returned: 0, or errno; KILLED by SIGSYS; or minus another signal's number. */
enum { KILLED = 256 };

static inline int outcome(int status)
{
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? KILLED : -WTERMSIG(status);
  return WEXITSTATUS(status);
}

#endif
