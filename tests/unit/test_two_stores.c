/* Two stores on one database in one process, as while a worker goes over to the next generation.
 *
 * SQLite's locks are POSIX locks (fcntl(2)): a process that closes any descriptor of a file loses
 * all locks it has on that file, whoever took them. So no opening or closing of one store may take
 * the other's locks away, which only another process can see: here a child, that asks the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crypto.h"
#include "store/store.h"
#include "store/store_internal.h"

/* https://sqlite.org/src/file/src/os.h (SHARED_FIRST, SHARED_SIZE) and src/os_unix.c
 * (UNIX_SHM_BASE, UNIX_SHM_DMS): what a connection has locked while it is open, and while it
 * writes. */
enum { IN_USE = 0x40000002, IN_USE_BYTES = 510, SHM_WRITER = 120, SHM_IN_USE = 128 };
enum { TURNS = 4096 }; /* store/shared.c */

struct fixture {
  char folder[64], path[80];
};

static const struct migration schema = {
    "0001_schema.sql", TEXT_INITIALIZER("CREATE TABLE items (id INTEGER PRIMARY KEY) STRICT;")};

static struct store *open_store(const struct fixture *fixture)
{
  struct store *store;
  struct error error = {0};
  struct store_config config = {.path = fixture->path, .relaxed_sync = true};
  if (store_open(&config, &store, &error) || store_migrate(store, &schema, 1, NULL, &error))
    fail_msg("%s", error.message);
  return store;
}

static int set_up(void **state)
{
  static struct fixture fixture;
  strcpy(fixture.folder, "/tmp/test_two_stores.XXXXXX");
  if (crypto_init(NULL) || !mkdtemp(fixture.folder)) return -1;
  snprintf(fixture.path, sizeof fixture.path, "%s/writ.db", fixture.folder);
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", fixture->folder);
  return system(command);
}

/* --- What another process can see --- */

/* Whether somebody else has locked any of these bytes, so that they could not be had for writing.
 */
static bool is_locked(const struct fixture *fixture, const char *suffix, off_t start, off_t length)
{
  char path[128];
  int status;
  snprintf(path, sizeof path, "%s%s", fixture->path, suffix);
  pid_t child = fork();
  if (child == 0) {
    struct flock range = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int file = open(path, O_RDWR);
    _exit(file < 0 || fcntl(file, F_OFD_GETLK, &range) ? 2 : range.l_type != F_UNLCK);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
  return WEXITSTATUS(status) == 1;
}

static bool in_use(const struct fixture *fixture)
{
  bool database = is_locked(fixture, "", IN_USE, IN_USE_BYTES);
  bool index = is_locked(fixture, "-shm", SHM_IN_USE, 1);
  assert_int_equal(database, index);
  return database;
}

static bool writing(const struct fixture *fixture)
{
  bool index = is_locked(fixture, "-shm", SHM_WRITER, 1);
  bool turn = is_locked(fixture, "-shared", TURNS, 0);
  assert_int_equal(index, turn);
  return index;
}

/* --- --- */

static void begin(struct store *store)
{
  struct error error = {0};
  if (connection_begin_write(store_writer(store), &error) ||
      connection_execute(store_writer(store), "INSERT INTO items DEFAULT VALUES", &error))
    fail_msg("%s", error.message);
}

static void commit(struct store *store)
{
  struct error error = {0};
  if (connection_commit(store_writer(store), &error)) fail_msg("%s", error.message);
}

static int count(struct store *store)
{
  struct error error = {0};
  if (connection_begin_read(store_reader(store), &error)) fail_msg("%s", error.message);
  sqlite3_stmt *statement =
      connection_prepare(store_reader(store), "SELECT count(*) FROM items", &error);
  assert_non_null(statement);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int found = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  connection_end_read(store_reader(store));
  return found;
}

static void opening_another_takes_no_lock_away(void **state)
{
  struct fixture *fixture = *state;
  struct store *old = open_store(fixture);
  assert_true(in_use(fixture));
  assert_false(writing(fixture));
  begin(old);
  assert_true(writing(fixture));
  struct store *new = open_store(fixture);
  assert_true(in_use(fixture));
  assert_true(writing(fixture));
  commit(old);
  assert_false(writing(fixture));
  assert_int_equal(count(new), 1);
  store_close(new);
  store_close(old);
  assert_false(is_locked(fixture, "", 0, 0));
}

static void closing_one_takes_no_lock_away(void **state)
{
  struct fixture *fixture = *state;
  struct store *old = open_store(fixture), *new = open_store(fixture);
  begin(old);
  store_close(new);
  assert_true(in_use(fixture));
  assert_true(writing(fixture));
  commit(old);
  new = open_store(fixture);
  begin(new);
  store_close(old);
  assert_true(in_use(fixture));
  assert_true(writing(fixture));
  commit(new);
  assert_int_equal(count(new), 2);
  store_close(new);
  assert_false(is_locked(fixture, "", 0, 0));
}

static void one_that_cannot_be_opened_takes_none_either(void **state)
{
  struct fixture *fixture = *state;
  struct store *old = open_store(fixture), *none = NULL;
  struct error error = {0};
  begin(old);
  assert_int_equal(
      store_open(&(struct store_config){.path = fixture->path, .alone = true}, &none, &error), -1);
  assert_non_null(strstr(error.message, "another process uses it"));
  assert_true(in_use(fixture));
  assert_true(writing(fixture));
  commit(old);
  store_close(old);
}

/* A snapshot of one of them keeps the log from being begun anew under it. */
static void a_snapshot_outlives_the_other(void **state)
{
  struct fixture *fixture = *state;
  struct store *old = open_store(fixture), *new;
  begin(old);
  commit(old);
  assert_int_equal(connection_begin_read(store_reader(old), NULL), 0);
  new = open_store(fixture);
  begin(new);
  commit(new);
  store_close(new);
  bool read_lock = false; /* WAL_READ_LOCK(0) to (4) */
  for (off_t i = 3; i < 8; i++) read_lock |= is_locked(fixture, "-shm", SHM_WRITER + i, 1);
  assert_true(read_lock);
  connection_end_read(store_reader(old));
  assert_int_equal(count(old), 2);
  store_close(old);
}

/* What one commits, the other's next snapshot has: they count commits in the same memory. */
static void each_sees_what_the_other_commits(void **state)
{
  struct fixture *fixture = *state;
  struct store *old = open_store(fixture), *new = open_store(fixture);
  for (int i = 0; i < 6; i += 2) {
    begin(old);
    commit(old);
    assert_int_equal(count(new), i + 1);
    begin(new);
    commit(new);
    assert_int_equal(count(old), i + 2);
  }
  uint64_t version = store_identities(old);
  assert_int_not_equal(version, 0);
  assert_int_equal(store_identities(new), version);
  store_close(old);
  assert_int_equal(count(new), 6);
  store_close(new);
}

/* Another program that opens and closes the database beside them (which takes it for the last to
 * do so only if nobody's lock is there) leaves log and index where they are. */
static void nobody_else_takes_itself_for_the_last(void **state)
{
  struct fixture *fixture = *state;
  struct store *old = open_store(fixture);
  struct stat before, after;
  char log[128], command[256];
  store_close(open_store(fixture));
  begin(old);
  commit(old);
  snprintf(log, sizeof log, "%s-wal", fixture->path);
  assert_int_equal(stat(log, &before), 0);
  snprintf(command, sizeof command, "sqlite3 '%s' 'SELECT count(*) FROM items' > '%s/out'",
           fixture->path, fixture->folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(stat(log, &after), 0);
  assert_int_equal(before.st_ino, after.st_ino);
  assert_int_equal(before.st_size, after.st_size);
  begin(old);
  commit(old);
  assert_int_equal(count(old), 2);
  store_close(old);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(opening_another_takes_no_lock_away),
      TEST(closing_one_takes_no_lock_away),
      TEST(one_that_cannot_be_opened_takes_none_either),
      TEST(a_snapshot_outlives_the_other),
      TEST(each_sees_what_the_other_commits),
      TEST(nobody_else_takes_itself_for_the_last),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
