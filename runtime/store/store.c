/* Opening the database, and what is in force on each of its connections.
 *
 * Settings are made here once and nowhere else. What an app's SQL could use to leave its bounds is
 * off at the level of the connection already, whatever the authorizer would say of it. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/shared.h"
#include "store/store_internal.h"

static void note_read(struct column_reads *reads, const struct table *table, const char *column)
{
  if (table == NULL) return;
  if (reads->count == reads->capacity) {
    reads->capacity = reads->capacity * 2 + 8;
    reads->items = memory_resize(reads->items, reads->capacity * sizeof *reads->items);
  }
  const char *copy = arena_copy(reads->arena, text_of(column)).data;
  reads->items[reads->count++] = (struct column_read){table, copy};
}

static bool tells_time(const char *function)
{
  static const char *const names[] = {"current_date", "current_time", "current_timestamp", "date",
                                      "datetime",     "julianday",    "strftime",          "time",
                                      "timediff",     "unixepoch"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (sqlite3_stricmp(function, names[i]) == 0) return true;
  return false;
}

static int ask_authorizer(void *context, int operation, const char *a, const char *b,
                          const char *database, const char *within)
{
  struct connection *connection = context;
  if (connection->reads != NULL && operation == SQLITE_READ)
    note_read(connection->reads, store_table(connection->store, text_of(a)), b);
  if (connection->reads != NULL && operation == SQLITE_FUNCTION && tells_time(b))
    connection->reads->clock = true;
  if (connection->host || connection->decide == NULL) return SQLITE_OK;
  return connection->decide(connection->decide_context, operation, a, b, database, within);
}

static int ask_interrupt(void *context)
{
  struct connection *connection = context;
  return connection->should_stop(connection->should_stop_context) ? 1 : 0;
}

void connection_set_interrupt(struct connection *connection, bool (*should_stop)(void *context),
                              void *context)
{
  connection->should_stop = should_stop;
  connection->should_stop_context = context;
  sqlite3_progress_handler(connection->handle, should_stop != NULL ? 1000 : 0,
                           should_stop != NULL ? ask_interrupt : NULL, connection);
}

sqlite3 *connection_handle(struct connection *connection)
{
  return connection->handle;
}

bool connection_host_mode(struct connection *connection, bool host)
{
  bool before = connection->host;
  connection->host = host;
  return before;
}

void connection_guard(struct connection *connection, authorizer decide, void *context)
{
  connection->decide = decide;
  connection->decide_context = context;
  connection->host = false;
}

void connection_unguard(struct connection *connection)
{
  connection->host = true;
  connection->decide = NULL;
  connection->decide_context = NULL;
}

sqlite3_stmt *connection_prepare(struct connection *connection, const char *sql,
                                 struct error *error)
{
  sqlite3_stmt *statement = NULL;
  bool before = connection_host_mode(connection, true);
  int code =
      sqlite3_prepare_v3(connection->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  connection_host_mode(connection, before);
  if (code == SQLITE_OK) return statement;
  error_set(error, "%s", sqlite3_errmsg(connection->handle));
  return NULL;
}

int connection_execute(struct connection *connection, const char *sql, struct error *error)
{
  bool before = connection_host_mode(connection, true);
  int code = sqlite3_exec(connection->handle, sql, NULL, NULL, NULL);
  connection_host_mode(connection, before);
  if (code == SQLITE_OK) return 0;
  return error_set(error, "%s", sqlite3_errmsg(connection->handle));
}

static void set_limits(sqlite3 *handle)
{
  static const struct {
    int which, value;
  } limits[] = {
      {SQLITE_LIMIT_LENGTH, STORE_VALUE_MAX_BYTES},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256}, /* its matcher does not ask whether to stop */
      {SQLITE_LIMIT_EXPR_DEPTH, 200},
      {SQLITE_LIMIT_COMPOUND_SELECT, 100},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 256},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 16},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    sqlite3_limit(handle, limits[i].which, limits[i].value);
}

static int set_switches(sqlite3 *handle)
{
  static const struct {
    int which, value;
  } switches[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 1},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
      {SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
  };
  for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
    int now = -1;
    int code = sqlite3_db_config(handle, switches[i].which, switches[i].value, &now);
    if (code != SQLITE_OK || now != switches[i].value) return SQLITE_ERROR;
  }
  return SQLITE_OK;
}

/* From WAL to DELETE the log is put into the database first, for which nobody may have it open. */
static int set_journal(struct connection *connection, const char *mode, struct error *error)
{
  char sql[40];
  snprintf(sql, sizeof sql, "PRAGMA journal_mode = %s", mode);
  sqlite3_stmt *statement = connection_prepare(connection, sql, error);
  if (statement == NULL) return -1;
  bool set = sqlite3_step(statement) == SQLITE_ROW &&
             text_is(text_of((const char *)sqlite3_column_text(statement, 0)), mode);
  int result =
      set ? 0 : error_set(error, "journal mode %s: %s", mode, sqlite3_errmsg(connection->handle));
  sqlite3_finalize(statement);
  return result;
}

/* REPLACE's implicit deletes fire the app's delete triggers, as a DELETE would: recursive_triggers.
 * The first use of json_each connects its module, which looks like a write to the schema: done
 * here. */
static const char settings[] =
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA recursive_triggers = ON;"
    "PRAGMA journal_size_limit = 33554432;" /* of a log that begins anew */
    "SELECT 1 FROM json_each('[]'), json_tree('[]');";

static void connection_close(struct connection *connection)
{
  if (connection == NULL) return;
  if (connection->checks != NULL) {
    for (size_t i = 0; i < connection->store->table_count; i++) {
      sqlite3_finalize(connection->checks[i].probe);
      sqlite3_finalize(connection->checks[i].allowed);
    }
    memory_free(connection->checks);
  }
  sqlite3_stmt *own[] = {connection->savepoint, connection->release,    connection->rollback_to,
                         connection->begin,     connection->snapshot,   connection->end,
                         connection->commit,    connection->begin_write};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) sqlite3_finalize(own[i]);
  for (size_t i = 0; i < connection->kept_count; i++) sqlite3_finalize(connection->kept[i].handle);
  sqlite3_close_v2(connection->handle);
  memory_free(connection);
}

static int prepare_own(struct connection *connection, struct error *error)
{
  struct {
    sqlite3_stmt **statement;
    const char *sql;
  } own[] = {
      {&connection->savepoint, "SAVEPOINT writ"},
      {&connection->release, "RELEASE writ"},
      {&connection->rollback_to, "ROLLBACK TO writ"},
      {&connection->begin, "BEGIN"},
      {&connection->snapshot, "PRAGMA schema_version"},
      {&connection->begin_write, "BEGIN IMMEDIATE"},
      {&connection->commit, "COMMIT"},
      {&connection->end, "ROLLBACK"},
  };
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
    *own[i].statement = connection_prepare(connection, own[i].sql, error);
    if (*own[i].statement == NULL) return -1;
  }
  return 0;
}

static int configure(struct connection *connection, const struct store_config *config,
                     struct error *error)
{
  sqlite3 *handle = connection->handle;
  set_limits(handle);
  sqlite3_busy_timeout(handle, WRITER_BUSY_MS);
  if (set_switches(handle) != SQLITE_OK || connection_add_functions(connection) != SQLITE_OK)
    return error_set(error, "%s", sqlite3_errmsg(handle));
  sqlite3_set_authorizer(handle, ask_authorizer, connection);
  /* Before any statement: while it is there, DELETE visits each row instead of dropping the table.
   */
  sqlite3_preupdate_hook(handle, rows_changed, connection);
  bool made = true; /* asked before anything is changed; the writer, opened first, has asked */
  if (!connection->read_only && own_tables_check(connection, &made, error) < 0) return -1;
  const char *journal = config->single ? "delete" : "wal";
  if (config->path != NULL && set_journal(connection, journal, error) < 0) return -1;
  const char *sync =
      config->relaxed_sync ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL";
  if (connection_execute(connection, sync, error) < 0 ||
      connection_execute(connection, settings, error) < 0)
    return -1;
  connection_note_pages(connection);
  if (!connection->read_only) {
    if (!made && own_tables_make(connection, error) < 0) return -1;
  } else if (connection_execute(connection, "PRAGMA query_only = ON", error) < 0) {
    return -1;
  }
  if (connection->read_only) sqlite3_busy_timeout(handle, READER_BUSY_MS);
  return prepare_own(connection, error);
}

static void explain_open(sqlite3 *handle, int code, struct error *error)
{
  int cause = handle != NULL ? sqlite3_system_errno(handle) : 0;
  if (code == SQLITE_READONLY)
    error_set(error, "it may not be written");
  else if ((code & 0xff) == SQLITE_CANTOPEN && cause != 0)
    error_set(error, "%s", strerror(cause));
  else
    error_set(error, "%s", handle != NULL ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
}

static struct connection *connection_open(struct store *store, const struct store_config *config,
                                          bool read_only, struct error *error)
{
  struct connection *connection = memory_new(sizeof *connection);
  *connection = (struct connection){.store = store, .read_only = read_only, .host = true};
  /* "./" so that no path means a URI, memory or a temporary file. */
  char path[4096];
  snprintf(path, sizeof path, "%s", config->copy_of != NULL ? "" : ":memory:");
  if (config->path != NULL)
    snprintf(path, sizeof path, "%s%s", config->path[0] == '/' ? "" : "./", config->path);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code = sqlite3_open_v2(path, &connection->handle, flags, NULL);
  if (code == SQLITE_OK && config->copy_of != NULL)
    code = copy_pages(config->copy_of->reader->handle, connection->handle);
  /* What may not be written is opened all the same, to be read. */
  if (code == SQLITE_OK && sqlite3_db_readonly(connection->handle, "main") == 1)
    code = SQLITE_READONLY;
  if (code == SQLITE_OK && configure(connection, config, error) == 0) return connection;
  if (code != SQLITE_OK) explain_open(connection->handle, code, error);
  connection_close(connection);
  return NULL;
}

/* Nobody else on the machine may read what is in it; SQLite gives its other files the same mode. By
 * way of a link its other files would be beside what it leads to, and those that processes share
 * beside the link: two processes could not tell that they serve the same.
 *
 * One that is there is only looked at: to close a descriptor of it would take away all locks that
 * another store of this process has on it (fcntl(2)). */
static int create_file(const char *path, struct error *error)
{
  struct stat status;
  if (strlen(path) > 4000) return error_set(error, "the path is too long");
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) return close(file);
  if (errno != EEXIST || lstat(path, &status)) return error_set(error, "%s", strerror(errno));
  if (S_ISLNK(status.st_mode))
    return error_set(error, "it is a symbolic link: name the folder that it leads to");
  if (!S_ISREG(status.st_mode)) return error_set(error, "it is not a regular file");
  return 0;
}

/* Once, before SQLite does anything. */
static void configure_library(void)
{
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody asks, and each allocation took a lock */
}

int store_open(const struct store_config *config, struct store **store, struct error *error)
{
  static pthread_once_t configured = PTHREAD_ONCE_INIT;
  struct error cause = {0};
  struct store *opened = memory_new(sizeof *opened);
  pthread_once(&configured, configure_library);
  opened->relaxed_sync = config->relaxed_sync;
  arena_init(&opened->arena, 16384);
  bool one = config->path == NULL || config->single;
  bool ready = config->path == NULL || create_file(config->path, &cause) == 0;
  if (ready)
    ready = (config->first ? shared_open_first(config->path, &opened->shared, &cause)
                           : shared_open(one ? NULL : config->path, config->alone, &opened->shared,
                                         &cause)) == 0;
  if (ready) opened->writer = connection_open(opened, config, false, &cause);
  if (opened->writer != NULL)
    opened->reader = one ? opened->writer : connection_open(opened, config, true, &cause);
  if (opened->reader == NULL) {
    store_close(opened);
    return error_set(error, "cannot open the database %s: %s",
                     config->path != NULL ? config->path : "in memory", cause.message);
  }
  *store = opened;
  return 0;
}

void store_close(struct store *store)
{
  if (store == NULL) return;
  if (store->reader != store->writer) connection_close(store->reader);
  connection_close(store->writer);
  store_forget_policy(store);
  shared_close(store->shared);
  arena_deinit(&store->arena);
  memory_free(store);
}

bool store_is_alone(const struct store *store)
{
  return shared_is_alone(store->shared);
}

int store_let_in(struct store *store, struct error *error)
{
  return shared_let_in(store->shared, error);
}

struct connection *store_reader(struct store *store)
{
  return store->reader;
}
struct connection *store_writer(struct store *store)
{
  return store->writer;
}
