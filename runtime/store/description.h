/* What a compiled statement does, in terms of the app's tables: for people who review a contract,
 * and for checks at load.
 *
 * It is what SQLite itself says to the authorizer while it prepares the statement, not what a
 * reading of the SQL suggests: effects of triggers and of foreign keys are there as well. The
 * principal's views are looked through. */
#ifndef WRIT_STORE_DESCRIPTION_H
#define WRIT_STORE_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "store/statement.h"

struct statement;
struct store;

enum effect_kind {
  EFFECT_READ,   /* a column's value; without a column: whether rows are there */
  EFFECT_INSERT, /* a column of a new row; without a column: a trigger's row, of any columns */
  EFFECT_UPDATE, /* a column */
  EFFECT_DELETE  /* rows; there is no column */
};

enum effect_cause {
  CAUSE_STATEMENT,
  CAUSE_REPLACE,    /* a row makes way for a new one: OR REPLACE, ON CONFLICT REPLACE */
  CAUSE_TRIGGER,    /* `by`: its name */
  CAUSE_FOREIGN_KEY /* `by`: "ON DELETE CASCADE of notes.owner_id" */
};

struct effect {
  enum effect_kind kind;
  enum effect_cause cause;
  struct text table, column, by;
  bool owned;      /* each row is one principal's: where it gets a password, their sessions end */
  bool principals; /* the rows are principals: where one goes, all of its sessions and tokens end */
};

enum nullability { NULLABILITY_UNKNOWN, NULLABILITY_NEVER, NULLABILITY_MAYBE };

struct result_column {
  struct text name;
  struct text type;          /* INTEGER, REAL, TEXT, BLOB or ANY; empty: unknown (an expression) */
  struct text table, column; /* where it comes from; empty: an expression, or a compound */
  enum nullability nullability;
  enum column_kind kind; /* what becomes of it: `type` is that of the column itself */
};

/* Everything lies in the arena that it was made in. */
struct statement_description {
  const struct effect *effects; /* each once: by kind, cause, table, column */
  size_t effect_count;
  const struct result_column *columns;
  size_t column_count;
};

/* Prepares the statement a few times more, on the writer's connection, and so expires the others
 * there: for the command line and for loading, not while serving. */
int statement_describe(const struct statement *statement, struct arena *arena,
                       struct statement_description *description, struct error *error);

/* A table, view, index or trigger of the app. */
struct schema_object {
  struct text type, name; /* "table", "view", "index", "trigger" */
  struct text table;      /* that it belongs to */
  struct text sql;        /* that made it */
};

/* All of them, by type and name. They lie in the arena. */
int store_list_schema(const struct store *store, struct arena *arena,
                      struct schema_object **objects, size_t *count, struct error *error);

struct table_column {
  struct text name, type; /* TEXT, INTEGER, REAL, BLOB or ANY */
  bool not_null, has_default, generated;
  unsigned key;                 /* its place in the primary key, from 1; 0: it is not in there */
  struct text refers_to;        /* the table that a foreign key of it leads to; or empty */
  struct text refers_to_column; /* the column there; empty: the primary key */
};

/* The texts that a column may hold, where a CHECK (column IN ('a', 'b')) of its table lists them;
 * none where it does not. They lie in the arena. */
int store_list_choices(const struct store *store, struct text table, struct text column,
                       struct arena *arena, struct text **choices, size_t *count,
                       struct error *error);

/* Of a table of the app, in their order; none if there is no such table. They lie in the arena. */
int store_list_columns(const struct store *store, const char *table, struct arena *arena,
                       struct table_column **columns, size_t *count, struct error *error);

#endif
