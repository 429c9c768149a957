/* Writ's own SQL: one statement, prepared, bound in order, stepped and closed in the authorizer's
 * host mode.
 *
 * Failures stick: after the first one binding and stepping do nothing, and closing tells. So a
 * caller is a straight line with one place that can fail. For the SQL of an app see
 * store/statement.h. */
#ifndef WRIT_STORE_HOST_STATEMENT_H
#define WRIT_STORE_HOST_STATEMENT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store.h"

struct kept_statement;

struct host_statement {
  struct connection *connection;
  sqlite3_stmt *handle;        /* NULL if it did not compile */
  struct kept_statement *kept; /* the connection keeps it; NULL: it is finalized */
  int bound;                   /* parameters bound so far */
  int code;                    /* SQLITE_OK, or of the first failure */
};

/* Prepares one statement, or takes the one that the connection has kept. `sql` is a constant of the
 * program. Must be closed, whatever happens. */
void host_statement_open(struct host_statement *statement, struct connection *connection,
                         const char *sql);

/* Bind the next parameter. Memory is borrowed until the statement is closed. An id is a string, an
 * integer or null; anything else is a failure. */
void host_statement_bind_integer(struct host_statement *statement, int64_t integer);
void host_statement_bind_text(struct host_statement *statement, struct text text);
void host_statement_bind_blob(struct host_statement *statement, const void *data, size_t length);
void host_statement_bind_id(struct host_statement *statement, const struct json *id);

/* True if there is a row; false after the last one and after a failure. */
bool host_statement_step(struct host_statement *statement);

/* A column of the present row, borrowed until the next step; false if it is of another type. */
bool host_statement_integer(struct host_statement *statement, int column, int64_t *integer);
bool host_statement_text(struct host_statement *statement, int column, struct text *text);
bool host_statement_blob(struct host_statement *statement, int column, void *out, size_t length);
bool host_statement_id(struct host_statement *statement, int column, struct json *id);

/* 0, or -1 with "cannot <task>: <why>" of the first failure. */
int host_statement_close(struct host_statement *statement, const char *task, struct error *error);

/* Steps to the end and closes. */
int host_statement_finish(struct host_statement *statement, const char *task, struct error *error);

#endif
