/* Limits, users and capabilities of a confined process, and what cannot be confined. */
#include "confined.h"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int check_process(const struct place *place)
{
  struct rlimit core, files;
  getrlimit(RLIMIT_CORE, &core);
  getrlimit(RLIMIT_NOFILE, &files);
  if (core.rlim_max != 0 || files.rlim_cur != files.rlim_max) return 1;
  if (place->user && (getuid() != place->user->uid || getegid() != place->user->gid)) return 2;
  return strcmp(getenv("SQLITE_TMPDIR"), place->data) == 0 ? 0 : 3;
}

static void test_limits_and_user(void **state)
{
  (void)state;
  struct place place;
  place_begin(&place);
  assert_int_equal(outcome(confined(&place, check_process)), 0);
  place_end(&place);
}

static void confine_self(const struct place *place)
{
  struct error error = {0};
  struct confinement confinement = {.user = place->user, .data = place->data, .quiet = true};
  if (confine(&confinement, &error)) _exit(1);
}

static void read_status(pid_t process, char *status, size_t size)
{
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/status", (int)process);
  FILE *file = fopen(path, "re");
  assert_non_null(file);
  status[fread(status, 1, size - 1, file)] = 0;
  fclose(file);
}

/* Root, if others of its user may not look into it (PR_SET_DUMPABLE). */
static uid_t owner_of(pid_t process)
{
  char path[64];
  struct stat status;
  snprintf(path, sizeof path, "/proc/%d/status", (int)process);
  assert_int_equal(stat(path, &status), 0);
  return status.st_uid;
}

static void become_nobody(void)
{
  if (setgid(65534) || setuid(65534)) _exit(1);
}

/* AS_ROOT is whoever runs the test, if that is not root. */
enum start { AS_ROOT, AS_THE_USER, STAYS_ROOT };

/* As the kernel tells it to others. */
static void test_no_capability_is_left(void **state)
{
  (void)state;
  static const char *const lines[] = {"CapInh:\t0000000000000000",
                                      "CapPrm:\t0000000000000000",
                                      "CapEff:\t0000000000000000",
                                      "CapAmb:\t0000000000000000",
                                      "NoNewPrivs:\t1",
                                      "Seccomp:\t2"};
  struct place place;
  char status[8192];
  int waited;
  place_begin(&place);
  for (enum start start = AS_ROOT; start <= STAYS_ROOT; start++) {
    if (start != AS_ROOT && geteuid() != 0) break;
    pid_t child = fork();
    if (child == 0) {
      if (start == STAYS_ROOT) place.user = NULL;
      if (start == STAYS_ROOT && chown(place.data, 0, 0)) _exit(1);
      if (start == AS_THE_USER) become_nobody();
      prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
      confine_self(&place);
      raise(SIGSTOP);
      _exit(0);
    }
    assert_int_equal(waitpid(child, &waited, WUNTRACED), child);
    assert_true(WIFSTOPPED(waited));
    read_status(child, status, sizeof status);
    assert_int_equal(owner_of(child), 0);
    kill(child, SIGKILL);
    waitpid(child, &waited, 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
      if (!strstr(status, lines[i])) fail_msg("no %s in:\n%s", lines[i], status);
    if (start == AS_ROOT && geteuid() == 0) {
      assert_non_null(strstr(status, "CapBnd:\t0000000000000000"));
      assert_non_null(strstr(status, "Groups:\t65534 \n"));
    }
  }
  place_end(&place);
}

/* The pipe closes when the last of both has ended. */
static void test_it_still_ends_with_its_parent(void **state)
{
  (void)state;
  struct place place;
  int ends[2];
  pid_t child;
  char byte;
  place_begin(&place);
  assert_int_equal(pipe(ends), 0);
  pid_t parent = fork();
  if (parent == 0) {
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      confine_self(&place);
      child = getpid();
      if (write(ends[1], &child, sizeof child) != sizeof child) _exit(1);
    }
    for (;;) pause();
  }
  close(ends[1]);
  assert_int_equal(read(ends[0], &child, sizeof child), sizeof child);
  kill(parent, SIGKILL);
  struct pollfd closing = {.fd = ends[0], .events = POLLIN};
  bool ended = poll(&closing, 1, 60000) == 1;
  if (!ended) kill(child, SIGKILL);
  assert_true(ended);
  assert_int_equal(read(ends[0], &byte, 1), 0);
  assert_int_equal(waitpid(parent, NULL, 0), parent);
  close(ends[0]);
  place_end(&place);
}

/* --- What cannot be confined. --- */

/* In a child, whose rights are its own; its last message comes back by a pipe. */
static void expect_refusal(void (*before)(void), const struct confinement *confinement,
                           const char *said)
{
  int ends[2];
  char message[512] = "";
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    struct error error = {0};
    if (before) before();
    if (confine(confinement, &error) == 0) strcpy(error.message, "it was confined");
    _exit(write(ends[1], error.message, strlen(error.message)) < 0);
  }
  close(ends[1]);
  ssize_t length = read(ends[0], message, sizeof message - 1);
  close(ends[0]);
  waitpid(child, NULL, 0);
  assert_true(length > 0);
  if (!strstr(message, said)) fail_msg("said: %s, instead of: %s", message, said);
}

static void *wait_for_ever(void *context)
{
  for (;;) pause();
  return context;
}

static void begin_a_thread(void)
{
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_ever, NULL);
}

static void test_what_cannot_be_confined(void **state)
{
  (void)state;
  struct place place;
  struct error error = {0};
  struct user root;
  place_begin(&place);
  assert_int_equal(user_find("root", &root, &error), 0);
  struct confinement confinement = {.user = place.user, .data = place.data, .quiet = true};
  expect_refusal(begin_a_thread, &confinement, "other threads run already");
  confinement.data = "/nowhere";
  expect_refusal(NULL, &confinement, "/nowhere: cannot be used by the user ");
  if (geteuid() == 0) {
    confinement.user = &root;
    confinement.data = place.data;
    expect_refusal(become_nobody, &confinement, "only root can become the user 'root'");
    expect_refusal(NULL, &confinement, "cannot be used by the user 0: Permission denied");
  }
  place_end(&place);
}

/* --- Users. --- */

static void test_users_are_found(void **state)
{
  (void)state;
  struct user user;
  struct error error = {0};
  assert_int_equal(user_find("root", &user, &error), 0);
  assert_int_equal(user.uid, 0);
  assert_int_equal(user_find("0", &user, &error), 0);
  assert_string_equal(user.name, "root");
  assert_int_equal(user_find("1234567", &user, &error), 0);
  assert_string_equal(user.name, "1234567");
  assert_int_equal(user.uid, 1234567);
  assert_int_equal(user.gid, 1234567);
  static const char *const nobodies[] = {"", "no-such-user", "4294967295", "-1", "+1", "1x"};
  for (size_t i = 0; i < sizeof nobodies / sizeof nobodies[0]; i++) {
    error_clear(&error);
    assert_int_equal(user_find(nobodies[i], &user, &error), -1);
    assert_non_null(strstr(error.message, "there is no user '"));
  }
}

static void test_a_new_folder_is_the_users(void **state)
{
  (void)state;
  struct place place;
  struct error error = {0};
  struct stat status;
  char path[200];
  place_begin(&place);
  uid_t owner = place.user ? place.user->uid : geteuid();
  assert_int_equal(stat(place.data, &status), 0);
  assert_int_equal(status.st_uid, owner);
  assert_int_equal(status.st_mode & 07777, 0700);

  /* One that is there stays whose it is. */
  snprintf(path, sizeof path, "%s/mine", place.folder);
  assert_int_equal(mkdir(path, 0755), 0);
  assert_int_equal(user_make_folder(path, place.user, &error), 0);
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_uid, geteuid());
  assert_int_equal(status.st_mode & 07777, 0755);

  snprintf(path, sizeof path, "%s/none/data", place.folder);
  assert_int_equal(user_make_folder(path, place.user, &error), -1);
  assert_non_null(strstr(error.message, "/none/data: cannot be made: No such file or directory"));
  place_end(&place);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits_and_user),
                                     cmocka_unit_test(test_no_capability_is_left),
                                     cmocka_unit_test(test_it_still_ends_with_its_parent),
                                     cmocka_unit_test(test_what_cannot_be_confined),
                                     cmocka_unit_test(test_users_are_found),
                                     cmocka_unit_test(test_a_new_folder_is_the_users)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
