/* Transactions: snapshots of the reader's, writes in turn, savepoints.
 *
 * Whoever has the turn to write keeps the write-ahead log short before it begins: what is in it is
 * copied into the database (a PASSIVE checkpoint, which waits for nobody). It begins anew once no
 * read uses it; where reads overlap all the time that moment never comes, so past a bound it is
 * waited for: no write adds to the log meanwhile, and reads that begin need it no longer. */
#include <string.h>

#include "store/shared.h"
#include "store/store_internal.h"
#include "store/wal_index.h"

enum {
  WAL_CHECKPOINT_PAGES = 1000, /* 4 MB */
  WAL_TRUNCATE_PAGES = 8192,   /* 32 MB */
  TRUNCATE_BUSY_MS = 10,
  TRUNCATE_TRIES = 16,
  LOG_HEADER_BYTES = 32,
  PAGE_HEADER_BYTES = 24 /* of each page in the log */
};

static int step_own(struct connection *connection, sqlite3_stmt *statement, const char *task,
                    struct error *error)
{
  bool before = connection_host_mode(connection, true);
  int code = sqlite3_step(statement);
  int result = code == SQLITE_DONE || code == SQLITE_ROW
                   ? 0
                   : error_set(error, "cannot %s: %s", task, sqlite3_errmsg(connection->handle));
  sqlite3_reset(statement);
  connection_host_mode(connection, before);
  return result;
}

/* Makes sure of a snapshot, and that its schema is the one that is served. */
static int look(struct connection *connection, const char *task, struct error *error)
{
  bool before = connection_host_mode(connection, true);
  sqlite3_stmt *statement = connection->snapshot;
  bool known = sqlite3_step(statement) == SQLITE_ROW;
  int64_t version = known ? sqlite3_column_int64(statement, 0) : 0;
  if (!known) error_set(error, "cannot %s: %s", task, sqlite3_errmsg(connection->handle));
  sqlite3_reset(statement);
  connection_host_mode(connection, before);
  return known ? schema_guard_check(connection, version, error) : -1;
}

/* --- Reading. --- */

/* Programs that know nothing of Writ count nothing when they commit. Whatever it was, sessions and
 * principals may be others now. */
static void notice_others(struct connection *connection)
{
  struct shared *shared = connection->store->shared;
  struct wal_index index;
  uint32_t seen = shared_last_change(shared);
  if (!wal_index_read(connection, &index) || index.change == seen) return;
  shared_notice_others(shared);
  shared_replace_last_change(shared, seen, index.change);
}

int connection_begin_read(struct connection *connection, struct error *error)
{
  struct shared *shared = connection->store->shared;
  if (connection_in_transaction(connection) && connection->seen_commits == shared_commits(shared))
    return 0;
  connection_end_read(connection);
  notice_others(connection); /* first: the snapshot has what was noticed, and was committed */
  connection->seen_commits = shared_commits(shared);
  if (step_own(connection, connection->begin, "begin to read", error) < 0) return -1;
  if (look(connection, "begin to read", error) == 0) return 0;
  connection_end_read(connection);
  return -1;
}

void connection_end_read(struct connection *connection)
{
  if (connection_in_transaction(connection))
    step_own(connection, connection->end, "end reading", NULL);
}

/* --- Writing. --- */

/* Cuts the log off as soon as the reads that use it have ended. SQLite waits for a reader's mark to
 * be free, also when that has gone over to new readers, of whom one may always be there: so it is
 * asked several times, and looks anew. Where a read goes on for long, it is tried again when the
 * log has grown: writes must not wait for it each time. */
static void truncate_log(struct connection *connection)
{
  int code, tries = 0;
  sqlite3_busy_timeout(connection->handle, TRUNCATE_BUSY_MS);
  do
    code =
        sqlite3_wal_checkpoint_v2(connection->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  while (code == SQLITE_BUSY && ++tries < TRUNCATE_TRIES);
  sqlite3_busy_timeout(connection->handle, WRITER_BUSY_MS);
  connection->truncate_pages = code == SQLITE_OK ? 0 : connection->wal_pages + WAL_CHECKPOINT_PAGES;
}

static void checkpoint(struct connection *connection)
{
  int pages = connection->wal_pages;
  if (pages < WAL_CHECKPOINT_PAGES) return;
  sqlite3_wal_checkpoint_v2(connection->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  if (pages >= WAL_TRUNCATE_PAGES && pages >= connection->truncate_pages) truncate_log(connection);
}

/* What the last commit left in the log, whoever wrote it. */
static int note_pages(void *context, sqlite3 *handle, const char *database, int pages)
{
  struct connection *connection = context;
  (void)handle, (void)database;
  connection->wal_pages = pages;
  connection->wrote = true;
  return SQLITE_OK;
}

void connection_note_pages(struct connection *connection)
{
  sqlite3_wal_hook(connection->handle, note_pages, connection);
}

static int roll_back(struct connection *connection, struct error *error)
{
  if (!connection_in_transaction(connection)) return 0;
  return step_own(connection, connection->end, "roll back", error);
}

/* An earlier transaction that could not even be rolled back must not be continued. */
int connection_begin_write(struct connection *connection, struct error *error)
{
  struct shared *shared = connection->store->shared;
  struct wal_index index;
  if (roll_back(connection, error) < 0 || shared_take_turn(shared, error) < 0) return -1;
  checkpoint(connection);
  if (step_own(connection, connection->begin_write, "begin to write", error) < 0 ||
      look(connection, "begin to write", error) < 0) {
    connection_abandon(connection, NULL);
    return -1;
  }
  connection->change = wal_index_read(connection, &index) ? index.change : 0;
  /* What other programs have changed before is not noticed once this has been committed. And where
   * somebody has died in the middle of a change, this write ends it. */
  connection->changes_identities =
      connection->change != shared_last_change(shared) || shared_identities(shared) == 0;
  connection->changed_tables = 0;
  return 0;
}

/* A COMMIT that could not be made durable has left its pages in the log all the same, where a
 * recovery would find them whole: what was answered "nothing was done" would be done once the
 * process dies. The next write will overwrite them; until then the first is made invalid, which
 * ends what a recovery reads. False: they may be there after a crash, for even an fsync that failed
 * may have brought them to the disk. */
static bool invalidate_pages(struct connection *connection)
{
  static const char zeros[PAGE_HEADER_BYTES];
  struct wal_index index;
  sqlite3_file *log = NULL;
  sqlite3_int64 bytes = 0;
  sqlite3_file_control(connection->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (!wal_index_read(connection, &index) || log == NULL || log->pMethods == NULL) return false;
  sqlite3_int64 page = (sqlite3_int64)index.page_bytes + PAGE_HEADER_BYTES;
  sqlite3_int64 end = LOG_HEADER_BYTES + index.pages * page;
  if (log->pMethods->xFileSize(log, &bytes) != SQLITE_OK) return false;
  return bytes <= end || (log->pMethods->xWrite(log, zeros, sizeof zeros, end) == SQLITE_OK &&
                          log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK);
}

static void undo_commit(struct connection *connection)
{
  int code = sqlite3_errcode(connection->handle) & 0xff;
  roll_back(connection, NULL);
  bool has_log = connection->store->reader != connection->store->writer;
  if (!has_log || (code != SQLITE_IOERR && code != SQLITE_FULL)) return;
  connection->commit_unknown = true;
  if (step_own(connection, connection->begin_write, "begin to write", NULL) == 0) {
    connection->commit_unknown = !invalidate_pages(connection);
    roll_back(connection, NULL);
  }
  connection->wal_pages = WAL_CHECKPOINT_PAGES; /* on a full disk, what helps is a checkpoint */
}

/* The count of changes is not read again: once SQLite has let go of its lock, another program may
 * have raised it, too, and must be noticed. */
int connection_commit(struct connection *connection, struct error *error)
{
  struct shared *shared = connection->store->shared;
  bool identities = connection_changes_identities(connection);
  connection->commit_unknown = false;
  connection->wrote = false;
  if (identities) shared_change_identities(shared);
  int result = step_own(connection, connection->commit, "commit", error);
  if (result == 0) {
    shared_set_last_change(shared, connection->change + connection->wrote);
    shared_count_commit(shared);
  } else {
    undo_commit(connection);
  }
  if (identities) shared_identities_changed(shared); /* once every new snapshot has it */
  shared_give_turn(shared);
  return result;
}

bool connection_commit_is_unknown(const struct connection *connection)
{
  return connection->commit_unknown;
}

int connection_abandon(struct connection *connection, struct error *error)
{
  int result = roll_back(connection, error);
  shared_give_turn(connection->store->shared);
  return result;
}

int connection_end_write(struct connection *connection, int result, struct error *error)
{
  if (result == 0) return connection_commit(connection, error);
  connection_abandon(connection, NULL);
  return -1;
}

/* --- Within a transaction. --- */

int connection_savepoint(struct connection *connection, struct error *error)
{
  if (!connection_in_transaction(connection))
    return error_set(error, "cannot set a savepoint: no transaction is open");
  if (step_own(connection, connection->savepoint, "set a savepoint", error) < 0) return -1;
  connection->in_savepoint = true;
  return 0;
}

static int release_savepoint(struct connection *connection, const char *task, struct error *error)
{
  if (step_own(connection, connection->release, task, error) < 0) return -1;
  connection->in_savepoint = false;
  return 0;
}

bool connection_owes_references(struct connection *connection)
{
  int open = 0, highest = 0;
  sqlite3_db_status(connection->handle, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &highest, 0);
  return open != 0;
}

int connection_release(struct connection *connection, struct error *error)
{
  if (!connection_in_transaction(connection))
    return error_set(error, "cannot release: the database has dropped the transaction");
  if (connection_owes_references(connection))
    return error_set(error, "cannot release: a deferred foreign key points nowhere");
  return release_savepoint(connection, "release a savepoint", error);
}

int connection_rollback(struct connection *connection, struct error *error)
{
  if (!connection_in_transaction(connection))
    return error_set(error, "cannot roll back: the database has dropped the transaction");
  if (step_own(connection, connection->rollback_to, "roll back", error) < 0) return -1;
  return release_savepoint(connection, "roll back", error);
}

bool connection_in_transaction(const struct connection *connection)
{
  return sqlite3_get_autocommit(connection->handle) == 0;
}
