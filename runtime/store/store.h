/* The database of an app: one SQLite file, a reader and a writer connection, and whose rows are
 * whose.
 *
 * Both connections are used on the loop's thread only, but for BEGIN, COMMIT and checkpoints, which
 * the writer's thread does (store/writer.h). Foreign keys are on, double-quoted strings off,
 * defensive mode on, journal mode WAL. Writ's own tables begin with `writ_` and can be reached by
 * no app query.
 *
 * No type of SQLite's is seen outside this folder. */
#ifndef WRIT_STORE_STORE_H
#define WRIT_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/report.h"
#include "base/text.h"

struct store;
struct connection;

struct store_config {
  const char *path;  /* NULL: in memory, reader and writer being one connection (writ check) */
  bool relaxed_sync; /* synchronous=NORMAL instead of FULL */
  bool alone;        /* fail while another process has it open, and keep others waiting */
  bool first;        /* be alone if nobody else has it open */
  bool single;       /* a file that is in nobody's use, such as a copy: reader and writer are one
                        connection, and nothing lies beside the file once it is closed */
  struct store *copy_of; /* without a path: begin with what is in this one, in a file without a
                            name once it outgrows SQLite's cache */
};

/* Opens or creates the database, with Writ's own tables. A process may have several stores on one
 * file, each used by a thread of its own: opening and closing one takes no lock away from the
 * others. (No descriptor of the database or of its log may ever be closed in such a process but by
 * SQLite: the kernel would drop all its locks.) */
int store_open(const struct store_config *config, struct store **store, struct error *error);

/* Whether others wait to open it until it is closed, or they are let in. */
bool store_is_alone(const struct store *store);
int store_let_in(struct store *store, struct error *error);

/* All statements must have been freed and no transaction be open. */
void store_close(struct store *store);

struct connection *store_reader(struct store *store);
struct connection *store_writer(struct store *store);

/* --- Migrations: each once, in order, in a transaction of its own; hashes remembered. --- */

struct migration {
  const char *name; /* "0001_users.sql" */
  struct text sql;
};

/* Applies what has not been applied. A changed or missing old one is an error, as is a migration
 * that touches Writ's own tables. *applied (may be NULL) counts. */
int store_migrate(struct store *store, const struct migration *migrations, size_t count,
                  size_t *applied, struct error *error);

/* Runs a trusted SQL script in one transaction (fixtures), before the policy is set: on the command
 * line only. */
int store_run_script(struct store *store, const char *name, struct text sql, struct error *error);

/* --- Whose rows are whose. --- */

enum table_ownership {
  TABLE_OWNED, /* `column` holds the owner's id, or what `members` lists */
  TABLE_CHILD, /* `column` refers to the key of `parent`, whose owner owns this row too */
  TABLE_SHARED /* everybody's */
};

struct table_policy {
  const char *table;
  enum table_ownership ownership;
  const char *column;
  const char *parent;
  struct text
      members; /* SQL of a SELECT of one column over :principal_id; empty: the principal itself */
  struct text readable; /* SQL expression over the table: rows that others may read too; or empty */
  const char *const *secrets; /* columns that only credentials may read */
  size_t secret_count;
  const char *const *guarded; /* columns that only privileged roles may change */
  size_t guarded_count;
  uint32_t offset; /* in the policy's source, for findings */
};

/* Checks the policy against the schema (every table has a line, columns exist, owner and id columns
 * are STRICT and BINARY, guarded columns have constant defaults, no generated column in a table
 * with secrets) and makes the principal's views on both connections. Once per store, after
 * migrating. What it is given is copied. */
int store_set_policy(struct store *store, const struct table_policy *tables, size_t count,
                     const struct source *source, struct report *report);

/* Whether the table has this column, and whether it is one of its secrets (for parameters that may
 * feed secret columns only). */
bool store_is_secret(const struct store *store, struct text table, struct text column);

/* --- What may be remembered of sessions and principals. --- */

struct statement;

/* This statement finds principals: whoever changes a row of the tables that it reads changes what
 * was found. */
void store_identities_by(struct store *store, const struct statement *statement);

/* What was found in a snapshot that began after this was asked is good while this stays the same;
 * 0: nothing is. Among all processes on the database; what programs change that know nothing of
 * Writ (sqlite3) is noticed when the next snapshot or write begins. */
uint64_t store_identities(const struct store *store);

/* Within a write: sessions and principals are still what they were when store_identities said this,
 * also by what the write itself has done so far. False for 0. */
bool connection_identities_are(const struct connection *connection, uint64_t version);

/* --- Transactions. --- */

/* Reader: makes sure of a snapshot with everything that has been committed so far. One that is open
 * is kept if nothing has been committed since it was taken. */
int connection_begin_read(struct connection *connection, struct error *error);
void connection_end_read(struct connection *connection);

/* Waits for the turn to write among all processes on the database, and begins. It ends with one of
 * those below, from any thread, whatever they return. */
int connection_begin_write(struct connection *connection, struct error *error);
int connection_commit(struct connection *connection, struct error *error);
int connection_abandon(struct connection *connection, struct error *error);

/* Commits if the result is 0, and leaves nothing if it is not. */
int connection_end_write(struct connection *connection, int result, struct error *error);

/* After a COMMIT that failed. True: for now nothing was done, but if the process or the machine
 * dies before the next one, all of it may turn out to be. False: nothing was done. */
bool connection_commit_is_unknown(const struct connection *connection);

/* Within a write; they may not be nested. */
int connection_savepoint(struct connection *connection, struct error *error);
int connection_release(struct connection *connection,
                       struct error *error); /* fails while a deferred
                                                foreign key is open */
int connection_rollback(struct connection *connection, struct error *error);

/* False once SQLite has dropped the whole transaction (an interrupted write, a full disk): then
 * nothing further may run in it. */
bool connection_in_transaction(const struct connection *connection);

/* Asked every few thousand opcodes while a statement runs; true interrupts it. NULL: never. */
void connection_set_interrupt(struct connection *connection, bool (*should_stop)(void *context),
                              void *context);

#endif
