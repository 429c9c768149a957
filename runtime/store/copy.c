/* Copies of a database, by SQLite's online backup. All pages are copied in one step, which is one
 * read transaction: it ends however fast others write, and rowids stay what they were (VACUUM INTO
 * would number rows anew that have no INTEGER PRIMARY KEY, and tear apart what refers to them). */
#include "store/store_internal.h" /* first: it asks sqlite3.h for the pre-update hook */

#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/host_statement.h"

/* What SQLite may have left beside a file that a process died over: it would be taken for the next
 * one's. */
static void remove_companions(const struct copy *copy)
{
  static const char *const suffixes[] = {"-journal", "-wal", "-shm"};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    char path[COPY_PATH_BYTES + 16];
    snprintf(path, sizeof path, "%s%s", copy->path, suffixes[i]);
    unlink(path);
  }
}

/* The file that is locked must still be the one of this name: another process may have published
 * it. */
static bool claim(int file, const char *path)
{
  struct stat locked, named;
  if (flock(file, LOCK_EX | LOCK_NB) < 0) return false;
  errno = EWOULDBLOCK;
  return fstat(file, &locked) == 0 && lstat(path, &named) == 0 && locked.st_ino == named.st_ino &&
         locked.st_dev == named.st_dev;
}

/* What a process left that died has one name; whatever else is here is somebody's, and stays. */
static bool is_left_over(int file)
{
  struct stat status;
  return fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1;
}

int copy_begin(struct copy *copy, const char *target, struct error *error)
{
  copy->file = -1;
  int length = snprintf(copy->path, sizeof copy->path, "%s.part", target);
  if (length < 0 || (size_t)length >= sizeof copy->path)
    return error_set(error, "the path is too long");
  snprintf(copy->target, sizeof copy->target, "%s", target);
  copy->file = open(copy->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (copy->file < 0) return error_set(error, "%s: %s", copy->path, strerror(errno));
  bool claimed = claim(copy->file, copy->path), left_over = is_left_over(copy->file);
  if (claimed && left_over && ftruncate(copy->file, 0) == 0 && fchmod(copy->file, 0600) == 0) {
    remove_companions(copy);
    return 0;
  }
  error_set(error, "%s: %s", copy->path,
            !claimed && errno == EWOULDBLOCK ? "another process is making it"
            : claimed && !left_over          ? "it is another file's name as well: remove it"
                                             : strerror(errno));
  close(copy->file);
  copy->file = -1;
  return -1;
}

int copy_pages(sqlite3 *from, sqlite3 *to)
{
  sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == NULL) return sqlite3_errcode(to);
  sqlite3_backup_step(backup, -1);
  return sqlite3_backup_finish(backup);
}

static int fill(struct copy *copy, sqlite3 *from, struct error *error)
{
  sqlite3 *to = NULL;
  char path[COPY_PATH_BYTES + 2];
  snprintf(path, sizeof path, "%s%s", copy->path[0] == '/' ? "" : "./", copy->path);
  int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (code == SQLITE_OK) code = sqlite3_exec(to, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
  if (code == SQLITE_OK) code = copy_pages(from, to);
  int result = code == SQLITE_OK
                   ? 0
                   : error_set(error, "%s: cannot copy the database: %s", copy->path,
                               to != NULL ? sqlite3_errmsg(to) : sqlite3_errstr(code));
  sqlite3_close(to);
  return result;
}

int copy_fill(struct copy *copy, struct store *store, struct error *error)
{
  return fill(copy, connection_handle(store_reader(store)), error);
}

static int check_is_writ(sqlite3 *handle, const char *path, struct error *error)
{
  static const char sql[] = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                            " AND name IN ('writ_migration', 'writ_audit')";
  sqlite3_stmt *statement = NULL;
  sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);
  bool read = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
  bool found = read && sqlite3_column_int(statement, 0) == 2;
  if (!read) error_set(error, "%s: %s", path, sqlite3_errmsg(handle));
  if (read && !found) error_set(error, "%s: this is no database of Writ's", path);
  sqlite3_finalize(statement);
  return found ? 0 : -1;
}

int copy_fill_from(struct copy *copy, const char *path, struct error *error)
{
  sqlite3 *from = NULL;
  char plain[COPY_PATH_BYTES + 2]; /* "./": never a URI */
  if (access(path, R_OK) < 0) return error_set(error, "%s: %s", path, strerror(errno));
  snprintf(plain, sizeof plain, "%s%s", path[0] == '/' ? "" : "./", path);
  int code = sqlite3_open_v2(plain, &from, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
  int result = -1;
  if (code != SQLITE_OK)
    error_set(error, "%s: %s", path, from != NULL ? sqlite3_errmsg(from) : sqlite3_errstr(code));
  else if (check_is_writ(from, path, error) == 0)
    result = fill(copy, from, error);
  sqlite3_close(from);
  return result;
}

int copy_open(const struct copy *copy, struct store **store, struct error *error)
{
  struct store_config config = {.path = copy->path, .single = true};
  return store_open(&config, store, error);
}

static int quick_check(struct connection *connection, struct error *error)
{
  struct host_statement statement;
  struct error damage = {0};
  struct text found;
  host_statement_open(&statement, connection, "PRAGMA quick_check(1)");
  if (!host_statement_step(&statement) || !host_statement_text(&statement, 0, &found))
    found = TEXT("it cannot be told how");
  if (!text_is(found, "ok")) error_set(&damage, "the database is damaged: %.*s", TEXT_ARGS(found));
  if (host_statement_close(&statement, "check the database", error) < 0) return -1;
  return damage.message[0] ? error_set(error, "%s", damage.message) : 0;
}

int copy_check(struct store *store, const unsigned char *key, struct audit_chain *chain,
               struct error *error)
{
  *chain = (struct audit_chain){.head.id = 0};
  if (quick_check(store_reader(store), error) < 0) return -1;
  if (key != NULL && audit_verify(store_reader(store), key, NULL, chain, error) < 0) return -1;
  return own_tables_compare(store_reader(store), error);
}

/* Where the file system cannot keep another file by itself, it is looked for. */
static int rename_new(const char *from, const char *to)
{
  struct stat status;
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  if (lstat(to, &status) == 0) {
    errno = EEXIST;
    return -1;
  }
  return rename(from, to);
}

int copy_publish(struct copy *copy, bool replace, struct error *error)
{
  if (file_sync(copy->path, error) < 0) return -1;
  int code = replace ? rename(copy->path, copy->target) : rename_new(copy->path, copy->target);
  if (code < 0)
    return error_set(error, "%s: cannot be put there: %s", copy->target, strerror(errno));
  close(copy->file);
  copy->file = -1;
  return file_sync_name(copy->target, error);
}

void copy_end(struct copy *copy)
{
  if (copy->file < 0) return;
  unlink(copy->path);
  remove_companions(copy);
  close(copy->file);
  copy->file = -1;
}
