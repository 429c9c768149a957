/* One compiled SQL statement of an app, and the rights it runs with.
 *
 * Rights are fixed when it is compiled, under an authorizer that is an allowlist: the app's tables
 * and plain functions. Without STATEMENT_FOREIGN, tables mean the principal's views and every row
 * written is held against its owner by the pre-update hook; with it, they mean the tables
 * themselves. At load and at run the same authorizer is in force. */
#ifndef WRIT_STORE_STATEMENT_H
#define WRIT_STORE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "store/store.h"

struct statement;

enum statement_rights {
  STATEMENT_FOREIGN = 1,  /* other principals' rows may be read and written */
  STATEMENT_GUARDED = 2,  /* guarded columns may change */
  STATEMENT_SECRETS = 4,  /* secret columns may be read: credentials only */
  STATEMENT_READ_ONLY = 8 /* must be a SELECT */
};

enum statement_rows {
  ROWS_ONE,   /* an object, or null; a second row is a breach */
  ROWS_MANY,  /* an array of objects */
  ROWS_VALUE, /* the first column of one row, or null; a second row is a breach */
  ROWS_EXEC   /* the number of rows it changed; it may return none */
};

/* What becomes of a result's column: the value as it is; JSON text, parsed back; 0 or 1, a boolean.
 */
enum column_kind { COLUMN_PLAIN, COLUMN_JSON, COLUMN_BOOLEAN };

struct statement_spec {
  const char *name; /* for messages: "users.update_profile" */
  struct text sql;  /* one SELECT, INSERT, UPDATE or DELETE (WITH is allowed), no trailing semicolon
                       needed */
  unsigned rights;
  enum statement_rows rows;
  uint32_t rows_max;               /* of ROWS_MANY; one more is a breach */
  const struct text *json_columns; /* result columns that hold JSON text and are parsed back */
  size_t json_column_count;
  const struct text *boolean_columns; /* result columns that hold 0 or 1 and become booleans */
  size_t boolean_column_count;
};

/* What is known of a compiled statement. Texts are the statement's. */
struct statement_info {
  const struct text *parameters; /* without the colon, in the order of binding */
  size_t parameter_count;
  const struct text *columns; /* of the result */
  size_t column_count;
  bool writes;
  struct text target; /* the table written, or empty */
};

/* Compiles on both connections. On failure -1; the error says what and how to mend it, and *offset
 * the byte in the SQL that is to blame where SQLite knows it (else 0). The statement is the
 * caller's. */
int statement_compile(struct store *store, const struct statement_spec *spec,
                      struct statement **statement, size_t *offset, struct error *error);
void statement_free(struct statement *statement);
const struct statement_info *statement_info(const struct statement *statement);

enum store_outcome {
  STORE_DONE,
  STORE_CONSTRAINT,  /* constraint and detail are set */
  STORE_FOREIGN_ROW, /* a breach: a row of somebody else would have changed; detail: its table */
  STORE_GUARDED,     /* a breach: a guarded column would have changed; detail: "table.column" */
  STORE_ROWS,        /* a breach: more rows than declared */
  STORE_TOO_LARGE,   /* a value or a result beyond the limits */
  STORE_BAD_VALUE,   /* a column marked as JSON or boolean that is none, text that is not UTF-8, a
                        real NaN */
  STORE_INTERRUPTED, /* connection_set_interrupt said so */
  STORE_FAILED       /* the database failed: disk full, I/O error, corrupt file */
};

enum constraint_kind {
  CONSTRAINT_UNIQUE,
  CONSTRAINT_CHECK,
  CONSTRAINT_FOREIGN_KEY,
  CONSTRAINT_NOT_NULL
};

struct store_failure {
  enum store_outcome outcome;
  enum constraint_kind constraint;
  char detail[256]; /* unique: "users.email" or "a.x, a.y" or "index 'name'"; check: its name or
                       text */
};

struct statement_call {
  const struct json *const *values; /* one per parameter; NULL or JSON_NULL: NULL; arrays and
                                       objects are bound as JSON text */
  const struct json
      *owner;     /* principal's id (or :new_id of a public call): string, integer, null */
  int64_t now_ms; /* for new_id() */
  bool password;  /* one value is the hash of a password: where it changes rows, the sessions of
                     their owners end */
  const unsigned char *session; /* but for the caller's own, of this id; or NULL */
};

/* Runs it. 0 with *result in the arena, or -1 with *failure. After every failure that is not
 * STORE_DONE the caller rolls back; check connection_in_transaction first. */
int statement_run(struct statement *statement, struct connection *connection,
                  const struct statement_call *call, struct arena *arena, struct json *result,
                  struct store_failure *failure);

#endif
