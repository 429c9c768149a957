/* Putting a backup in the place of the database.
 *
 * Everything is done to a copy in the same folder, which then takes the database's name in one
 * step. The database before has a second name by then, `database`.before; it gets its last one,
 * with the time, afterwards. Whoever dies on the way is followed by one who finds a `.before` that
 * is the database itself, and only a name too much, or the one from before, to be named. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "store/backup.h"
#include "store/copy.h"
#include "store/host_statement.h"
#include "store/served.h"
#include "store/shared.h"

enum { NAME_ROOM = 64 };

/* What of the database before has to be known after. */
struct past {
  bool there, readable;
  struct audit_head head;
  struct served served;
};

/* --- The database before --- */

static const char in_use[] = "another program has it open, such as sqlite3: end that first";

/* Closed, it is one file without a log, if nobody else has it open. */
static int look_back(const struct restore *restore, struct past *past, struct error *error)
{
  struct store *store;
  struct error cause = {0};
  struct store_config config = {.path = restore->database, .single = true};
  *past = (struct past){.there = access(restore->database, F_OK) == 0};
  if (!past->there) return 0;
  if (store_open(&config, &store, &cause) == 0) {
    past->readable = audit_read_head(store_reader(store), &past->head, &cause) == 0 &&
                     served_read(store, &past->served, &cause) == 0;
    store_close(store);
  }
  if (strstr(cause.message, "is locked")) return error_set(error, "%s: %s", cause.message, in_use);
  if (past->readable || restore->damaged) return 0;
  return error_set(error,
                   "%s; what it says of sessions and of manifests that were served cannot "
                   "be taken over: give --damaged to go on without",
                   cause.message);
}

/* --- The copy becomes what is to be served --- */

static int end_sessions(struct connection *connection, int64_t *ended, struct error *error)
{
  struct host_statement statement;
  *ended = 0;
  host_statement_open(&statement, connection, "DELETE FROM writ_session RETURNING 1");
  while (host_statement_step(&statement)) ++*ended;
  return host_statement_close(&statement, "end all sessions", error);
}

static int tell(struct connection *connection, const struct restore *restore,
                const struct past *past, const struct restored *restored, struct error *error)
{
  char detail[300], resource[200] = "", hex[2 * HASH_BYTES + 1], user[AUDIT_USER_CHARS];
  const char *why = past->there ? "could not be read" : "was not there";
  audit_host_user(user);
  snprintf(detail, sizeof detail,
           "a backup that ended with row %" PRId64 "; %" PRId64 " sessions ended%s%s; by %s",
           restored->chain.head.id, restored->sessions_ended,
           past->readable ? "" : "; the database before ", past->readable ? "" : why, user);
  if (past->readable) {
    crypto_hex(hex, past->head.hash, HASH_BYTES);
    snprintf(resource, sizeof resource, "{\"before\":%" PRId64 ",\"hash\":\"%s\"}", past->head.id,
             hex);
  }
  struct audit_entry entry =
      audit_host_entry(restore->now_ms, TEXT("restored"), text_of(detail), text_of(resource));
  return audit_append(connection, restore->key, &entry, error);
}

static int end_and_tell(struct store *store, const struct restore *restore, const struct past *past,
                        struct restored *restored, struct error *error)
{
  struct connection *connection = store_writer(store);
  if (connection_begin_write(connection, error) < 0) return -1;
  int result = 0;
  if (!restore->keep_sessions) result = end_sessions(connection, &restored->sessions_ended, error);
  if (result == 0) result = tell(connection, restore, past, restored, error);
  return connection_end_write(connection, result, error);
}

static int keep_served(struct store *store, const struct past *past, int64_t now_ms,
                       struct error *error)
{
  struct served served;
  if (served_read(store, &served, error) < 0) return -1;
  if (past->served.version <= served.version) return 0;
  return served_write(store, &past->served, now_ms, error);
}

static int prepare(struct copy *copy, const struct restore *restore, const struct past *past,
                   struct restored *restored, struct error *error)
{
  struct store *store;
  struct error cause = {0};
  if (copy_fill_from(copy, restore->backup, error) < 0 || copy_open(copy, &store, error) < 0)
    return -1;
  int result = copy_check(store, restore->key, &restored->chain, &cause);
  if (result < 0)
    error_set(error, "%s: %s: it is not put back", restore->backup, cause.message);
  else
    result = keep_served(store, past, restore->now_ms, error);
  if (result == 0) result = end_and_tell(store, restore, past, restored, error);
  store_close(store);
  return result;
}

/* --- Names --- */

static int rename_durably(const char *from, const char *to, struct error *error)
{
  if (rename(from, to) == 0) return file_sync_name(to, error);
  return error_set(error, "%s: cannot be renamed to %s: %s", from, to, strerror(errno));
}

static void before_name(char out[RESTORED_PATH_BYTES], const char *database, int64_t ms)
{
  char text[32] = "";
  struct tm tm;
  time_t seconds = (time_t)(ms / 1000);
  if (gmtime_r(&seconds, &tm)) strftime(text, sizeof text, "%Y%m%dT%H%M%S", &tm);
  snprintf(out, RESTORED_PATH_BYTES, "%s.before-%s.%03dZ", database, text, (int)(ms % 1000));
}

/* After one that died: its `.before` is the database itself, or the one from before. */
static int tidy(const char *database, const char *before, struct error *error)
{
  struct stat now, then;
  char name[RESTORED_PATH_BYTES];
  if (lstat(before, &then) < 0) return 0;
  if (lstat(database, &now) == 0 && now.st_ino == then.st_ino && now.st_dev == then.st_dev) {
    if (unlink(before) == 0) return 0;
    return error_set(error, "%s: cannot be removed: %s", before, strerror(errno));
  }
  before_name(name, database, (int64_t)then.st_ctim.tv_sec * 1000 + then.st_ctim.tv_nsec / 1000000);
  return rename_durably(before, name, error);
}

/* The logs of a database that cannot be read, or is gone, are kept like it, and must not stay
 * beside the new one: SQLite would take them for that one's. Other databases have none any more. */
static int move_logs(const char *from, const char *to, struct error *error)
{
  static const char *const suffixes[] = {"-wal", "-journal"};
  char log[RESTORED_PATH_BYTES + NAME_ROOM], moved[RESTORED_PATH_BYTES + NAME_ROOM];
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    snprintf(log, sizeof log, "%s%s", from, suffixes[i]);
    snprintf(moved, sizeof moved, "%s%s", to, suffixes[i]);
    if (access(log, F_OK) == 0 && rename_durably(log, moved, error) < 0) return -1;
  }
  snprintf(log, sizeof log, "%s-shm", from); /* an index of it, made anew when it is missing */
  unlink(log);
  return 0;
}

/* Whoever restores may be another user than the server is. */
static int take_owner(const struct copy *copy, const char *database, struct error *error)
{
  struct stat status;
  if (stat(database, &status) == 0 && fchown(copy->file, status.st_uid, status.st_gid) == 0)
    return 0;
  return error_set(error, "%s: cannot be given the owner of the present database: %s", copy->path,
                   strerror(errno));
}

static int exchange(struct copy *copy, const char *database, const char *before, const char *kept,
                    struct error *error)
{
  if (link(database, before) < 0)
    return error_set(error, "%s: the present database cannot be kept as %s: %s", database, before,
                     strerror(errno));
  if (file_sync_name(before, error) == 0 && move_logs(database, kept, error) == 0 &&
      copy_publish(copy, true, error) == 0)
    return rename_durably(before, kept, error);
  if (copy->file < 0) return -1; /* it is in place, though perhaps not for good */
  move_logs(kept, database, NULL);
  tidy(database, before, NULL);
  return -1;
}

static int put_in_place(struct copy *copy, const struct restore *restore, const struct past *past,
                        struct restored *restored, struct error *error)
{
  char before[RESTORED_PATH_BYTES], kept[RESTORED_PATH_BYTES];
  before_name(kept, restore->database, restore->now_ms);
  if (!past->there)
    return move_logs(restore->database, kept, error) < 0 ? -1 : copy_publish(copy, true, error);
  snprintf(before, sizeof before, "%s.before", restore->database);
  memcpy(restored->kept, kept, sizeof kept);
  if (take_owner(copy, restore->database, error) < 0) return -1;
  return exchange(copy, restore->database, before, kept, error);
}

/* What is half done is written over, whatever it is: it must not be what is to be put back. */
static int begin(struct copy *copy, const struct restore *restore, struct error *error)
{
  char part[RESTORED_PATH_BYTES];
  copy->file = -1;
  snprintf(part, sizeof part, "%s.part", restore->database);
  if (file_is_same(part, restore->backup))
    return error_set(error,
                     "%s: a restore that died left it, half done; if it is a backup of yours, "
                     "give it another name",
                     restore->backup);
  return copy_begin(copy, restore->database, error);
}

int backup_restore(const struct restore *restore, struct restored *restored, struct error *error)
{
  struct shared *alone;
  struct copy copy;
  struct past past;
  char before[RESTORED_PATH_BYTES];
  *restored = (struct restored){.kept = ""};
  if (strlen(restore->database) + NAME_ROOM > RESTORED_PATH_BYTES)
    return error_set(error, "the path is too long");
  if (shared_open(restore->database, true, &alone, error) < 0) return -1;
  snprintf(before, sizeof before, "%s.before", restore->database);
  int result = begin(&copy, restore, error);
  if (result == 0) result = tidy(restore->database, before, error);
  if (result == 0) result = look_back(restore, &past, error);
  if (result == 0) result = prepare(&copy, restore, &past, restored, error);
  if (result == 0) result = put_in_place(&copy, restore, &past, restored, error);
  if (result == 0) restored->before = past.head;
  copy_end(&copy);
  shared_close(alone);
  return result;
}
