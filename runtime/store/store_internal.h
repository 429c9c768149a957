/* What the files of store/ share, and nobody else sees: connections, the policy as it was compiled,
 * and the statement that runs. */
#ifndef WRIT_STORE_STORE_INTERNAL_H
#define WRIT_STORE_STORE_INTERNAL_H

#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/report.h"
#include "store/sql.h"
#include "store/statement.h"
#include "store/store.h"

enum {
  STORE_VALUE_MAX_BYTES = 1 << 20,     /* of any text or row */
  STORE_RESULT_MAX_BYTES = 1 << 20,    /* of all rows of a result */
  STORE_PARAMETER_MAX_BYTES = 1 << 16, /* bound to a statement */
  STORE_PARAMETERS_MAX = 64,
  STORE_STATEMENT_MAX_BYTES = 1 << 16, /* of an app's SQL */
  STORE_KEYS_MAX = 10000 /* different parents that one statement may touch, or that a principal may
                            own where they must be known beforehand */
};

/* --- Connections. --- */

/* How long SQLite waits for programs that know nothing of the turn: the loop hardly, the writer's
 * thread a little. */
enum { READER_BUSY_MS = 50, WRITER_BUSY_MS = 1000 };

/* Decides like sqlite3_set_authorizer's callback: SQLITE_OK or SQLITE_DENY. */
typedef int (*authorizer)(void *context, int operation, const char *a, const char *b,
                          const char *database, const char *within);

struct run;

/* Columns of the app's tables that a statement reads, as often as it does. */
struct column_read {
  const struct table *table;
  const char *column; /* "": whether rows are there */
};
struct column_reads {
  struct arena *arena; /* of the names */
  struct column_read *items;
  size_t count, capacity;
  bool clock; /* it asks what time it is */
};

/* A statement of Writ's own that is kept from one use to the next. */
enum { KEPT_STATEMENTS_MAX = 32 };
struct kept_statement {
  const char *sql; /* the constant it was prepared from */
  sqlite3_stmt *handle;
  bool taken; /* it is being used */
};

struct connection {
  sqlite3 *handle;
  struct store *store;
  bool read_only;
  bool host;         /* Writ's own SQL runs: the authorizer lets everything pass */
  authorizer decide; /* whom to ask when not; NULL: everything passes */
  void *decide_context;
  struct column_reads *reads; /* if not NULL: what a statement reads is noted there */
  struct run *run; /* the app's statement that runs, for the hook; NULL: the hook is silent */
  const struct json *owner; /* writ_principal(); NULL: null */
  int64_t now_ms;           /* for new_id(); 0: ask the clock */
  bool (*should_stop)(void *context);
  void *should_stop_context;
  struct row_checks *checks; /* one per table of the policy: statements for store/rows.c */
  sqlite3_stmt *savepoint, *release, *rollback_to, *begin, *snapshot, *begin_write, *commit, *end;
  int64_t schema_version;  /* as of the last look: PRAGMA schema_version */
  uint64_t seen_commits;   /* shared_commits when the reader's snapshot was taken */
  uint32_t change;         /* SQLite's count of changes when this write began */
  bool wrote;              /* the last commit had something to write */
  bool in_savepoint;       /* connection_savepoint has been called, and none of what ends it */
  bool changes_identities; /* this write ends sessions, or hides changes that nobody counted */
  uint64_t changed_tables; /* this write changes rows of them: their bits */
  bool commit_unknown;     /* the last COMMIT failed, and a crash may yet make it succeed */
  int wal_pages;           /* in the write-ahead log, as of this connection's last commit */
  int truncate_pages;      /* not to try to cut it off before it has so many; 0: any */
  struct kept_statement kept[KEPT_STATEMENTS_MAX]; /* store/host_statement.c */
  size_t kept_count;
};

/* The connection of SQLite, for Writ's own SQL. */
sqlite3 *connection_handle(struct connection *connection);

/* Turns host mode on or off and returns what it was. It is on but while an app's statement is
 * compiled or runs. */
bool connection_host_mode(struct connection *connection, bool host);

/* Puts the authorizer in force for what follows (host mode off), and takes it away again. */
void connection_guard(struct connection *connection, authorizer decide, void *context);
void connection_unguard(struct connection *connection);

/* Prepares a statement of Writ's own, to be kept for long. NULL and an error if it does not
 * compile. */
sqlite3_stmt *connection_prepare(struct connection *connection, const char *sql,
                                 struct error *error);

/* Takes over from SQLite when to checkpoint. */
void connection_note_pages(struct connection *connection);

/* A deferred foreign key is still open: COMMIT would fail. */
bool connection_owes_references(struct connection *connection);

/* Runs Writ's own SQL, several statements if need be. */
int connection_execute(struct connection *connection, const char *sql, struct error *error);

/* Registers writ_principal() and new_id(). */
int connection_add_functions(struct connection *connection);

/* Copies all pages of the main database, in one read transaction. A code of SQLite's. */
int copy_pages(sqlite3 *from, sqlite3 *to);

/* --- schema_guard.c --- */

/* Notes the schema as it is now. */
int schema_guard_set(struct store *store, struct error *error);
/* -1 if it has been changed since, once there is a policy. `version` is that of the transaction. */
int schema_guard_check(struct connection *connection, int64_t version, struct error *error);

/* --- own_tables.c --- */

/* -1 if the database is not Writ's, or of another version of it; *made: its tables are there. */
int own_tables_check(struct connection *connection, bool *made, struct error *error);
/* Makes them, once they are known not to be there; another process may be faster. */
int own_tables_make(struct connection *connection, struct error *error);
/* -1 unless they are as a new database has them, with nothing else on them, such as a trigger: for
 * databases that were elsewhere. */
int own_tables_compare(struct connection *connection, struct error *error);

/* --- The policy as compiled. --- */

struct column {
  const char *name, *type, *initial; /* initial: the SQL of its default, or NULL */
  bool not_null, generated, virtual;
  int key; /* its place in the primary key, from 1; 0: not part of it */
};

struct guarded_column {
  const char *name;
  int index;
  sqlite3_value *initial; /* the constant default; owned */
};

struct table {
  const char *name;
  size_t index; /* among the store's tables */
  enum table_ownership ownership;
  const struct column *columns;
  size_t column_count;
  const char *column; /* the owner's, or the reference to the parent's key */
  int column_index;
  const struct table *parent;
  const char *key; /* of this table, if it is one column */
  struct text
      condition; /* SQL over the table's columns: owned by writ_principal(); empty if shared */
  struct text members;  /* SQL without parameters, qualified; empty: the principal itself */
  struct text readable; /* SQL over the table's columns, qualified; or empty */
  const char *const *secrets;
  size_t secret_count;
  struct guarded_column *guarded;
  size_t guarded_count;
  bool has_view;   /* its name means the principal's view */
  bool *linked;    /* by index of table: foreign keys or triggers lead there from this one */
  bool beforehand; /* what the principal owns must always be known before a statement changes it */
  uint64_t bit;    /* of its name, where tables are told apart only roughly (identities.c) */
  struct column_reads deciding; /* what it depends on whose a child's rows are */
};

/* A view that a migration made (app_views.c). */
struct app_view {
  const char *name;
  struct text definition; /* what follows its name: AS SELECT … */
};

struct store {
  struct connection *reader, *writer; /* the same in memory */
  struct shared *shared;
  struct arena arena; /* of the policy */
  struct table *tables;
  size_t table_count;
  const char **triggers;
  size_t trigger_count;
  struct app_view *views;
  size_t view_count;
  bool has_policy;
  bool identities_pass; /* who a principal is changes with time, whatever the rows say */
  unsigned char schema_hash[HASH_BYTES]; /* of the schema that the policy fits */
  bool relaxed_sync;                     /* synchronous=NORMAL */
  const unsigned char *audit_key;        /* migrations are recorded with it; NULL: they are not */
  int64_t migration_cpu_max_ms;          /* 0: no bound */
};

/* The app's table of this name, or NULL. */
const struct table *store_table(const struct store *store, struct text name);
bool table_has_secret(const struct table *table, struct text column);

/* Frees what the policy is made of. */
void store_forget_policy(struct store *store);

/* For sql_rewrite: whether a name is a table's; `context` is the store. */
bool store_is_table(const void *context, struct text name);

bool store_is_view(const struct store *store, struct text name);
bool store_is_table_or_view(const void *context, struct text name);

/* --- policy.c, links.c, views.c, app_views.c: from the policy to what is in force. --- */

/* identities.c: whether this write has changed them so far, or hides that another program did. */
bool connection_changes_identities(const struct connection *connection);

/* identities.c: the bit of a table's name; and that a row changes, of the app's table unless that
 * is NULL. */
uint64_t identities_bit(const char *table);
void identities_note(struct connection *connection, int operation, const char *name,
                     const struct table *table);

/* What store_set_policy passes on to its parts. */
struct policy_reader {
  struct store *store;
  const struct table_policy *policies; /* as many as the store has tables, in their order */
  const struct source *source;
  struct report *report;
};

/* An error about one table's line. Returns -1. */
int policy_error(const struct policy_reader *reader, enum finding_code code,
                 const struct table *table, const char *help, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The column of this name, or NULL. */
const struct column *table_column(const struct table *table, const char *name);

/* Ids are TEXT or INTEGER; across types SQLite would compare '05' with 5 as equal. */
bool type_is_text(const char *type);

/* An error unless the column is TEXT or INTEGER and compares byte by byte: what tells rows and
 * owners apart must know nothing of case. */
int policy_check_id(const struct policy_reader *reader, const struct table *table,
                    const struct column *column);

/* Finds what foreign keys and triggers connect, and checks references. */
int policy_read_links(const struct policy_reader *reader);

/* Makes each table's condition, checks the policy's SQL, and creates the views. */
int policy_make_conditions(const struct policy_reader *reader);
int policy_make_views(const struct policy_reader *reader);

/* Reads and checks the app's own views; appends the SQL that makes them for the principal; and
 * tries whether they compile once they are there. */
void policy_read_views(const struct policy_reader *reader);
void policy_append_views(const struct store *store, struct buffer *sql);
void policy_try_views(const struct policy_reader *reader);

/* --- authorizer.c --- */

/* What one statement of the app may do. */
struct scope {
  const struct store *store;
  unsigned rights; /* enum statement_rights */
  enum sql_kind kind;
  const struct table *target; /* NULL for a SELECT */
  const struct text *ctes;
  size_t cte_count;
  bool principal;  /* the policy's own SQL, which may call writ_principal() */
  bool views;      /* the statement names a view of the app */
  bool replaces;   /* OR REPLACE */
  bool beforehand; /* it changes what decides over the target's rows: the same table, or others by
                      triggers and foreign keys */
  char why[400];   /* the first thing that was denied, and how to mend it; empty: nothing */
  char column[64]; /* the name that is to blame, if there is one */
};

/* An `authorizer`; the context is a struct scope. */
int scope_decide(void *context, int operation, const char *a, const char *b, const char *database,
                 const char *within);

/* --- rows.c: every row that is written is held against its owner. --- */

struct row_checks {
  sqlite3_stmt *probe;   /* is the row of this key the principal's? */
  sqlite3_stmt *allowed; /* all keys that are the principal's */
};

/* Different values, sorted; copies. */
struct value_set {
  sqlite3_value **values;
  size_t count, capacity;
};

struct run {
  const struct table *target;
  unsigned rights;
  bool beforehand; /* what the principal owns is in `allowed` */
  bool deletes;    /* a DELETE: in all others a row that goes makes way for another */
  const struct json *owner;
  enum store_outcome breach; /* STORE_DONE: none */
  char detail[200];
  struct value_set allowed;       /* what the principal owned before */
  struct value_set touched;       /* references to parents, to be looked up afterwards */
  bool password;                  /* the hash of one is written */
  const unsigned char *session;   /* the caller's own, or NULL */
  struct value_set renewed, gone; /* for endings.c */
};

/* A total order; integers and reals are compared as numbers, everything else by type and bytes. */
int rows_compare(sqlite3_value *a, sqlite3_value *b);

/* Adds a copy unless it is there; false if the set is full. */
bool value_set_add(struct value_set *set, sqlite3_value *value);
void value_set_empty(struct value_set *set);

/* The first breach of a run counts. `column` may be NULL. */
void rows_breach(struct run *run, enum store_outcome outcome, const char *table,
                 const char *column);

/* One of Writ's own statements failed. */
void rows_failed(struct run *run, int code);

/* Within the pre-update hook: a column before and after, or NULL. */
sqlite3_value *rows_old_value(sqlite3 *handle, int column);
sqlite3_value *rows_new_value(sqlite3 *handle, int column);

/* Before the statement's first step: 0, or -1 with run->breach set. */
int rows_begin(struct run *run, struct connection *connection);
/* The pre-update hook. */
void rows_changed(void *context, sqlite3 *handle, int operation, const char *database,
                  const char *table, sqlite3_int64 before, sqlite3_int64 after);
/* After the last step: looks up the parents that were touched. */
void rows_finish(struct run *run, struct connection *connection);
void rows_release(struct run *run);

/* --- endings.c: sessions end with what happens to rows. --- */

/* Each row is one principal's, and says whose, or its parent does. */
bool table_names_owner(const struct table *table);
/* Its rows are principals: the owner is the key. */
bool table_holds_principals(const struct table *table);

/* Within the pre-update hook, for each row of any table. */
void endings_note(struct connection *connection, sqlite3 *handle, int operation,
                  const struct table *table);
/* After the last step, unless there was a breach: ends them. */
void endings_finish(struct run *run, struct connection *connection);

/* --- statement.c, execute.c --- */

struct statement {
  struct arena arena;
  const char *name;
  struct scope scope;
  enum statement_rows rows;
  uint32_t rows_max;
  struct statement_info info;
  const enum column_kind *kinds;       /* per column of the result */
  sqlite3_stmt *on_reader, *on_writer; /* the same in memory; none on the reader if it writes */
};

/* result_columns.c: the columns of the result, for statement_describe. */
struct statement_description;
void statement_describe_columns(const struct statement *statement, struct arena *arena,
                                struct statement_description *description);

/* What SQLite's failure means: outcome, constraint and detail. */
void failure_of(sqlite3 *handle, int code, struct store_failure *failure);

#endif
