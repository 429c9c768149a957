/* What processes on one database share: real processes, which are killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/shared.h"

#define CHILD_MAX 8

struct fixture {
  char database[64], file[80];
  int said[2]; /* a pipe: one byte from each child whose turn it is */
};

static int set_up(void **state)
{
  static struct fixture fixture;
  strcpy(fixture.database, "/tmp/test_shared.XXXXXX");
  close(mkstemp(fixture.database));
  snprintf(fixture.file, sizeof fixture.file, "%s-shared", fixture.database);
  *state = &fixture;
  return pipe(fixture.said);
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  close(fixture->said[0]);
  close(fixture->said[1]);
  unlink(fixture->file);
  return unlink(fixture->database);
}

static struct shared *open_shared(const struct fixture *fixture)
{
  struct shared *shared;
  struct error error = {0};
  if (shared_open(fixture->database, false, &shared, &error)) fail_msg("%s", error.message);
  return shared;
}

/* Root makes the file, and the server is somebody else. (Others can make it for themselves only.)
 */
static void belongs_to_whom_the_database_does(void **state)
{
  struct fixture *fixture = *state;
  struct stat status;
  uid_t owner = geteuid() == 0 ? 65534 : geteuid();
  assert_int_equal(chown(fixture->database, owner, (gid_t)-1), 0);
  shared_close(open_shared(fixture));
  assert_int_equal(stat(fixture->file, &status), 0);
  assert_int_equal(status.st_uid, owner);
  assert_int_equal(status.st_mode & 07777, 0600);
}

/* How many tickets have been drawn: the first number in the file. */
static uint64_t tickets(const struct fixture *fixture)
{
  uint64_t drawn = 0;
  int file = open(fixture->file, O_RDONLY);
  assert_int_equal(read(file, &drawn, sizeof drawn), sizeof drawn);
  close(file);
  return drawn;
}

/* A process that waits for its turn, says its name and, if it is `fatal`, dies with it. */
static pid_t queue_child(const struct fixture *fixture, char name, bool fatal)
{
  uint64_t before = tickets(fixture);
  pid_t child = fork();
  if (child == 0) {
    struct shared *shared;
    if (shared_open(fixture->database, false, &shared, NULL) || shared_take_turn(shared, NULL))
      _exit(1);
    if (write(fixture->said[1], &name, 1) != 1) _exit(1);
    if (fatal) raise(SIGKILL);
    shared_give_turn(shared);
    _exit(0);
  }
  while (tickets(fixture) == before) sched_yield();
  return child;
}

static void expect_order(const struct fixture *fixture, const char *names)
{
  for (; *names; names++) {
    char name;
    assert_int_equal(read(fixture->said[0], &name, 1), 1);
    assert_int_equal(name, *names);
  }
}

static void kill_child(pid_t child)
{
  int status;
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
}

/* Until it waits for something, or has ended. */
static void let_wait(pid_t child)
{
  char path[32], state = 'R';
  snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
  while (state != 'S' && state != 'Z') {
    FILE *file = fopen(path, "r");
    assert_int_equal(fscanf(file, "%*d %*s %c", &state), 1);
    fclose(file);
    sched_yield();
  }
}

/* The child's byte has not come. */
static void expect_silence(const struct fixture *fixture)
{
  char byte;
  fcntl(fixture->said[0], F_SETFL, O_NONBLOCK);
  assert_int_equal(read(fixture->said[0], &byte, 1), -1);
  fcntl(fixture->said[0], F_SETFL, 0);
}

static void turns_come_in_order(void **state)
{
  struct fixture *fixture = *state;
  struct shared *shared = open_shared(fixture);
  assert_int_equal(shared_take_turn(shared, NULL), 0);
  pid_t children[CHILD_MAX];
  for (int i = 0; i < CHILD_MAX; i++) children[i] = queue_child(fixture, (char)('a' + i), i == 5);
  kill_child(children[0]);
  kill_child(children[2]);
  kill_child(children[3]);
  shared_give_turn(shared);
  expect_order(fixture, "befgh");
  assert_int_equal(shared_take_turn(shared, NULL), 0); /* and once more, after all of them */
  shared_give_turn(shared);
  while (wait(NULL) > 0) {
  }
  shared_close(shared);
}

/* Whoever has the turn is alone with what it guards. */
static void one_has_the_turn(void **state)
{
  struct fixture *fixture = *state;
  enum { PROCESSES = 6, TURNS = 300 };
  int *guarded =
      mmap(NULL, sizeof *guarded, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < PROCESSES; i++) {
    if (fork() != 0) continue;
    struct shared *shared;
    if (shared_open(fixture->database, false, &shared, NULL)) _exit(1);
    for (int turn = 0; turn < TURNS; turn++) {
      if (shared_take_turn(shared, NULL)) _exit(1);
      int before = *(volatile int *)guarded;
      if (turn % 16 == 0) sched_yield();
      *(volatile int *)guarded = before + 1;
      shared_give_turn(shared);
    }
    _exit(0);
  }
  int status;
  while (wait(&status) > 0) assert_int_equal(status, 0);
  assert_int_equal(*guarded, PROCESSES * TURNS);
  munmap(guarded, sizeof *guarded);
}

static void counts_for_all(void **state)
{
  struct fixture *fixture = *state;
  struct shared *one = open_shared(fixture), *two = open_shared(fixture);
  uint64_t commits = shared_commits(one);
  shared_count_commit(two);
  assert_int_not_equal(shared_commits(one), commits);
  assert_int_equal(shared_commits(one), shared_commits(two));
  shared_close(one);
  shared_close(two);
}

/* Who dies while it changes them leaves nothing to rely on, until somebody else has changed them.
 */
static void identities_change(void **state)
{
  struct fixture *fixture = *state;
  struct shared *one = open_shared(fixture), *two = open_shared(fixture);
  uint64_t before = shared_identities(one);
  assert_int_not_equal(before, 0);
  shared_change_identities(two);
  assert_int_equal(shared_identities(one), 0);
  shared_close(two);
  assert_int_equal(shared_identities(one), 0);
  two = open_shared(fixture);
  shared_change_identities(two);
  assert_int_equal(shared_identities(one), 0);
  shared_notice_others(one); /* by a reader, meanwhile: nothing may be relied on all the same */
  assert_int_equal(shared_identities(one), 0);
  shared_identities_changed(two);
  assert_int_not_equal(shared_identities(one), 0);
  assert_int_not_equal(shared_identities(one), before);
  before = shared_identities(one);
  shared_notice_others(one);
  shared_notice_others(two);
  assert_true(shared_identities(one) > before);
  shared_close(one);
  shared_close(two);
}

static void alone_is_alone(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct shared *one = open_shared(fixture), *alone;
  assert_int_equal(shared_open(fixture->database, true, &alone, &error), -1);
  assert_non_null(strstr(error.message, "another process uses it"));
  shared_close(one);
  assert_int_equal(shared_open(fixture->database, true, &alone, NULL), 0);
  pid_t child =
      fork(); /* waits; a child has its parent's descriptors, which hold the lock as well */
  if (child == 0) {
    struct shared *shared;
    shared_close(alone);
    if (shared_open(fixture->database, false, &shared, NULL)) _exit(1);
    _exit(write(fixture->said[1], "c", 1) == 1 ? 0 : 1);
  }
  let_wait(child);
  expect_silence(fixture);
  shared_close(alone);
  expect_order(fixture, "c");
  waitpid(child, NULL, 0);
}

/* The first one in prepares the database for those who wait; later ones come as they are. */
static void first_is_alone_for_a_while(void **state)
{
  struct fixture *fixture = *state;
  struct shared *first, *second;
  assert_int_equal(shared_open_first(fixture->database, &first, NULL), 0);
  assert_true(shared_is_alone(first));
  pid_t child = fork();
  if (child == 0) {
    shared_close(first);
    if (shared_open_first(fixture->database, &second, NULL)) _exit(1);
    _exit(write(fixture->said[1], shared_is_alone(second) ? "a" : "s", 1) == 1 ? 0 : 1);
  }
  let_wait(child);
  expect_silence(fixture);
  assert_int_equal(shared_let_in(first, NULL), 0);
  assert_false(shared_is_alone(first));
  expect_order(fixture, "s");
  waitpid(child, NULL, 0);
  assert_int_equal(shared_open(fixture->database, true, &second, NULL), -1);
  shared_close(first);
}

/* What a machine that died has left behind means nothing. */
/* Both wait, and must not keep each other from it. */
static void one_of_those_who_wait_succeeds_the_first(void **state)
{
  struct fixture *fixture = *state;
  pid_t children[3];
  char said[2];
  for (int i = 0; i < 3; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      struct shared *shared;
      alarm(60); /* it does not outlive a test that fails */
      if (shared_open_first(fixture->database, &shared, NULL)) _exit(1);
      const char *name = i == 0 ? "f" : shared_is_alone(shared) ? "a" : "s";
      if (write(fixture->said[1], name, 1) != 1) _exit(1);
      if (i == 0) pause();
      if (shared_let_in(shared, NULL)) _exit(1);
      pause();
    }
    if (i == 0)
      expect_order(fixture, "f");
    else
      let_wait(children[i]);
  }
  expect_silence(fixture);
  kill_child(children[0]);
  for (int i = 0; i < 2; i++) assert_int_equal(read(fixture->said[0], &said[i], 1), 1);
  assert_memory_equal(said, "as", 2);
  kill_child(children[1]);
  kill_child(children[2]);
}

static void begins_anew(void **state)
{
  struct fixture *fixture = *state;
  int file = open(fixture->file, O_RDWR | O_CREAT, 0600);
  char junk[4096];
  memset(junk, 0xff, sizeof junk);
  assert_int_equal(write(file, junk, sizeof junk), sizeof junk);
  close(file);
  struct shared *shared = open_shared(fixture);
  assert_int_equal(tickets(fixture), 0);
  assert_int_equal(shared_take_turn(shared, NULL), 0);
  shared_give_turn(shared);
  shared_close(shared);
}

static void memory_has_its_own(void **state)
{
  struct shared *one, *two;
  (void)state;
  assert_int_equal(shared_open(NULL, false, &one, NULL), 0);
  assert_int_equal(shared_open(NULL, true, &two, NULL), 0);
  assert_int_equal(shared_take_turn(one, NULL), 0);
  assert_int_equal(shared_take_turn(two, NULL), 0);
  shared_give_turn(one);
  shared_give_turn(two);
  shared_close(one);
  shared_close(two);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(turns_come_in_order, set_up, tear_down),
      cmocka_unit_test_setup_teardown(one_has_the_turn, set_up, tear_down),
      cmocka_unit_test_setup_teardown(counts_for_all, set_up, tear_down),
      cmocka_unit_test_setup_teardown(identities_change, set_up, tear_down),
      cmocka_unit_test_setup_teardown(alone_is_alone, set_up, tear_down),
      cmocka_unit_test_setup_teardown(first_is_alone_for_a_while, set_up, tear_down),
      cmocka_unit_test_setup_teardown(one_of_those_who_wait_succeeds_the_first, set_up, tear_down),
      cmocka_unit_test_setup_teardown(begins_anew, set_up, tear_down),
      cmocka_unit_test_setup_teardown(belongs_to_whom_the_database_does, set_up, tear_down),
      cmocka_unit_test(memory_has_its_own),
  };
  alarm(300); /* a turn that never comes */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
