/* Copies of a database under way: one at a time for a target, whole or not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "store/copy.h"

struct fixture {
  char folder[64], database[80], target[80], part[88], journal[96];
  struct store *store;
};

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct error error = {0};
  snprintf(fixture->folder, sizeof fixture->folder, "/tmp/writ-test-copy-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  snprintf(fixture->database, sizeof fixture->database, "%s/writ.db", fixture->folder);
  snprintf(fixture->target, sizeof fixture->target, "%s/copy", fixture->folder);
  snprintf(fixture->part, sizeof fixture->part, "%s.part", fixture->target);
  snprintf(fixture->journal, sizeof fixture->journal, "%s-journal", fixture->part);
  assert_int_equal(crypto_init(&error), 0);
  struct store_config config = {.path = fixture->database, .relaxed_sync = true};
  if (store_open(&config, &fixture->store, &error)) fail_msg("%s", error.message);
  *state = fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  static const char *const names[] = {"writ.db", "writ.db-wal", "writ.db-shm", "writ.db-shared",
                                      "copy"};
  store_close(fixture->store);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, names[i]);
    unlink(path);
  }
  assert_int_equal(rmdir(fixture->folder), 0); /* nothing else was left */
  memory_free(fixture);
  return 0;
}

static bool there(const char *path)
{
  return access(path, F_OK) == 0;
}

static void write_file(const char *path, const char *text)
{
  struct error error = {0};
  if (file_replace(path, 0644, text_of(text), &error)) fail_msg("%s", error.message);
}

static void make(const struct fixture *fixture, bool replace)
{
  struct copy copy;
  struct store *opened = NULL;
  struct audit_chain chain;
  struct error error = {0};
  if (copy_begin(&copy, fixture->target, &error) || copy_fill(&copy, fixture->store, &error) ||
      copy_open(&copy, &opened, &error) || copy_check(opened, NULL, &chain, &error))
    fail_msg("%s", error.message);
  store_close(opened);
  if (copy_publish(&copy, replace, &error)) fail_msg("%s", error.message);
  copy_end(&copy);
}

static void test_is_there_once_it_is_published(void **state)
{
  struct fixture *fixture = *state;
  struct stat status;
  make(fixture, false);
  assert_int_equal(stat(fixture->target, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
  assert_int_equal(status.st_nlink, 1);
  assert_false(there(fixture->part));
}

static void test_leaves_nothing_if_it_is_not(void **state)
{
  struct fixture *fixture = *state;
  struct copy copy;
  struct error error = {0};
  assert_int_equal(copy_begin(&copy, fixture->target, &error), 0);
  assert_int_equal(copy_fill(&copy, fixture->store, &error), 0);
  assert_true(there(fixture->part));
  copy_end(&copy);
  assert_false(there(fixture->part));
  assert_false(there(fixture->target));
}

static void test_takes_no_other_files_place_unasked(void **state)
{
  struct fixture *fixture = *state;
  struct copy copy;
  struct error error = {0};
  struct stat before, after;
  write_file(fixture->target, "something else");
  assert_int_equal(stat(fixture->target, &before), 0);
  assert_int_equal(copy_begin(&copy, fixture->target, &error), 0);
  assert_int_equal(copy_publish(&copy, false, &error), -1);
  assert_non_null(strstr(error.message, "File exists"));
  copy_end(&copy);
  assert_int_equal(stat(fixture->target, &after), 0);
  assert_int_equal(before.st_ino, after.st_ino);
  assert_false(there(fixture->part));
  make(fixture, true);
}

static void test_one_at_a_time(void **state)
{
  struct fixture *fixture = *state;
  struct copy first, second;
  struct error error = {0};
  assert_int_equal(copy_begin(&first, fixture->target, &error), 0);
  assert_int_equal(copy_begin(&second, fixture->target, &error), -1);
  assert_non_null(strstr(error.message, "another process is making it"));
  copy_end(&second);
  assert_true(there(fixture->part)); /* which is the first one's */
  copy_end(&first);
}

/* A journal beside it would be rolled back into the next copy. */
static void test_begins_anew_after_one_that_died(void **state)
{
  struct fixture *fixture = *state;
  write_file(fixture->part, "half a copy, of another mode");
  write_file(fixture->journal, "a journal");
  make(fixture, false);
  struct stat status;
  assert_int_equal(stat(fixture->target, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
  assert_false(there(fixture->journal));
}

static void test_follows_no_link(void **state)
{
  struct fixture *fixture = *state;
  struct copy copy;
  struct error error = {0};
  assert_int_equal(symlink(fixture->database, fixture->part), 0);
  assert_int_equal(copy_begin(&copy, fixture->target, &error), -1);
  copy_end(&copy);
  assert_int_equal(unlink(fixture->part), 0);
}

/* Another name of a database is no copy that was left half done. */
static void test_writes_over_no_other_names_file(void **state)
{
  struct fixture *fixture = *state;
  struct copy copy;
  struct error error = {0};
  struct stat before, after;
  assert_int_equal(link(fixture->database, fixture->part), 0);
  assert_int_equal(stat(fixture->database, &before), 0);
  assert_int_equal(copy_begin(&copy, fixture->target, &error), -1);
  assert_non_null(strstr(error.message, "another file's name"));
  copy_end(&copy);
  assert_int_equal(stat(fixture->database, &after), 0);
  assert_int_equal(before.st_size, after.st_size);
  assert_int_equal(unlink(fixture->part), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_is_there_once_it_is_published),      TEST(test_leaves_nothing_if_it_is_not),
      TEST(test_takes_no_other_files_place_unasked), TEST(test_one_at_a_time),
      TEST(test_begins_anew_after_one_that_died),    TEST(test_follows_no_link),
      TEST(test_writes_over_no_other_names_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
