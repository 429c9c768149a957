/* What the files rows*.c share: private to testing/. */
#ifndef WRIT_TESTING_ROWS_PARTS_H
#define WRIT_TESTING_ROWS_PARTS_H

#include "contract/generation.h"
#include "store/sql.h"
#include "testing/rows.h"
#include "testing/values.h"

enum {
  ROWS_REFERENCE_COLUMNS = 8,
  ROWS_OF_EACH = 2, /* principals of a role, and rows of a principal */
};

struct rows_column {
  struct text name, type;
  int64_t key;     /* its place in the primary key, from 1; 0: it is not in it */
  bool identifies; /* it alone is the primary key */
  bool nullable, has_default;
  bool secret;         /* policy: a password's hash */
  bool owner;          /* policy: the owner's id */
  bool role;           /* what the principal query gives as role */
  bool referring;      /* part of a foreign key */
  struct json *listed; /* values in a CHECK that names the column */
  bool lists;          /* that check lists what it may be; else it compares */
  uint32_t listed_count;
};

/* A foreign key. */
struct rows_reference {
  int64_t id; /* SQLite's number of it */
  struct text table, from[ROWS_REFERENCE_COLUMNS], to[ROWS_REFERENCE_COLUMNS];
  uint32_t count;
  bool nullable; /* one of its columns is */
};

struct rows_row {
  struct json row; /* all of its columns */
  int owner;       /* whose it is: a principal's number; -1: everybody's */
};

struct rows_table {
  struct text name, sql;
  struct rows_column *columns;
  uint32_t column_count;
  struct rows_reference *references;
  uint32_t reference_count;
  struct rows_row *rows;
  uint32_t row_count, row_capacity;
  bool principals; /* its rows are the principals */
  bool done;
};

struct rows_principal {
  struct text name, role; /* role empty: any */
  struct json id;         /* null until there is a row */
};

struct rows_maker {
  struct scratch *scratch;
  const struct generation *generation;
  struct arena *arena;
  struct values values;
  struct rows_table *tables;
  uint32_t table_count;
  struct rows_principal *principals;
  uint32_t principal_count;
  struct text id_table, id_column, role_table, role_column; /* empty: not known */
  struct text password_hash;
  struct buffer sql;
  struct rows *out;
  size_t missing_capacity;
  uint32_t number; /* of the row: makes values distinct */
};

/* --- rows_schema.c --- */

/* Reads the tables of the app, their columns, foreign keys and checks. */
int rows_read_schema(struct rows_maker *maker, struct error *error);
struct rows_table *rows_table_find(const struct rows_maker *maker, struct text name);
struct rows_column *rows_column_find(const struct rows_table *table, struct text name);

/* The rows of a statement without parameters. */
int rows_ask(struct rows_maker *maker, struct text sql, struct json *rows, struct error *error);

/* --- rows_people.c --- */

/* Finds out which roles there are to be, and which columns have them; and whether they came to be.
 */
void rows_plan_people(struct rows_maker *maker);
void rows_check_people(struct rows_maker *maker);

/* --- rows_values.c --- */

/* A value for a column of a row that is this principal's, number `turn` of theirs; `trial` counts
 * the tries. */
struct json rows_value(struct rows_maker *maker, const struct rows_table *table,
                       const struct rows_column *column, int owner, uint32_t turn, uint32_t trial);

/* --- rows_row.c --- */

/* Makes a row of this principal's (-1: everybody's), number `turn` of theirs. False if no try was
 * taken; the error is that of the last one. */
bool rows_insert(struct rows_maker *maker, struct rows_table *table, int owner, uint32_t turn,
                 struct error *error);

/* --- rows.c --- */

void rows_miss(struct rows_maker *maker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
