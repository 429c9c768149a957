/* Rows for an app that has no fixtures: made of its database's schema, so that its contracts can be
 * tried at all.
 *
 * For each role that contracts name there are two principals, and rows for each of them in every
 * table, parents before children. A column's value comes from the list in its CHECK, from the
 * schema of the input field of the same name, or else from its type and name. Rows are tried on the
 * scratch database: what a constraint refuses is rolled again, and what no try satisfies is said.
 *
 * What comes out is SQL with notes, as tests/fixtures.sql has them: something to begin with for
 * whoever writes their own, who knows what rows mean. */
#ifndef WRIT_TESTING_ROWS_H
#define WRIT_TESTING_ROWS_H

#include "testing/scratch.h"

/* Everything lies in the arena. */
struct rows {
  struct text sql;      /* fixtures; empty: none were made, as the app has its own, or no tables */
  size_t count;         /* of rows */
  struct text *missing; /* sentences about what could not be made; the help for all of them is to
                           write tests/fixtures.sql */
  size_t missing_count;
};

/* What every principal's password is. */
#define ROWS_PASSWORD "writ-test-password-1"

/* Makes fixtures on a scratch app whose tables are empty, and leaves the rows there until its next
 * reset. -1: the machine failed. */
int rows_make(struct scratch *scratch, uint64_t seed, struct arena *arena, struct rows *rows,
              struct error *error);

/* scratch_open; for an app without principals and without rows, with fixtures made here. */
int rows_open(const struct scratch_options *options, uint64_t seed, struct arena *arena,
              struct report *report, struct scratch **scratch, struct rows *rows,
              struct error *error);

#endif
