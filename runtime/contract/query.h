/* Named queries: every SQL statement the app can ever run, read from contracts/queries/<group>.sql.
 *
 *   -- name: update_profile :one
 *   -- optional: q, after            absent input is NULL (otherwise the field must be required)
 *   -- json: tags                    an array or object parameter as JSON text; a result column
 * parsed back
 *   -- choice: sort = newest: n.id DESC | title: n.title
 *   -- rows: 5000                    of :many; 1,000 if not said
 *   UPDATE users SET …
 *
 * The file's name is the group: users.update_profile. A parameter that is a choice stands in the
 * SQL as
 * `:sort` and is replaced, at load, by each of its alternatives: one statement each. */
#ifndef WRIT_CONTRACT_QUERY_H
#define WRIT_CONTRACT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/report.h"
#include "base/text.h"
#include "contract/source_tree.h"
#include "store/description.h"
#include "store/statement.h"
#include "store/store.h"

struct query_choice {
  struct text parameter;
  struct text *labels;
  struct text *fragments;
  size_t count;
};

enum { QUERY_CHOICES_MAX = 3, QUERY_VARIANTS_MAX = 64 };

enum { QUERY_ROWS_DEFAULT = 1000 }; /* `rows_max` where no note says it */

struct query {
  const char *name;            /* "users.update_profile" */
  const struct source *source; /* its file */
  uint32_t offset;             /* of the SQL in it */
  struct text sql;             /* notes left out, choices still as parameters */
  enum statement_rows rows;
  uint32_t rows_max;
  struct text *optional, *json, *boolean; /* names from the notes */
  size_t optional_count, json_count, boolean_count;
  struct query_choice choices[QUERY_CHOICES_MAX];
  size_t choice_count;
  struct text *parameters; /* choices left out, in the order of the statements' binding */
  size_t parameter_count;
  bool writes;
  bool broken; /* what is wrong with it has been reported: it is not compiled */
};

struct query_list {
  struct query *items; /* sorted by name */
  size_t count;
};

/* Parses all files below contracts/queries. Findings go to the report; what could be read is
 * returned. Everything lies in the arena, but that SQL is the tree's. */
void query_list_read(const struct source_tree *sources, struct arena *arena,
                     struct query_list *list, struct report *report);

const struct query *query_find(const struct query_list *list, struct text name);

/* A name for "did you mean", or NULL. */
const char *query_suggestion(const struct query_list *list, struct text name);

/* True if the note lists this parameter or column. */
bool query_is_optional(const struct query *query, struct text parameter);
bool query_is_json(const struct query *query, struct text name);

/* A parameter of the query feeds secret columns only: `column = :name` in SET, or its place in
 * VALUES. */
bool query_feeds_secret_only(const struct query *query, const struct store *store,
                             struct text parameter);

/* The statements of a query with certain rights: one per combination of choices. Findings are
 * reported at the query's place in its file. Returns NULL on error; free with
 * query_statements_free. The first choice counts most in a variant's index: with two, it is `first
 * * count of second + second`. */
struct query_statements {
  struct statement **items;
  size_t count; /* product of the choices' counts; 1 without */
};
struct query_statements *query_compile(const struct query *query, struct store *store,
                                       unsigned rights, struct report *report);
void query_statements_free(struct query_statements *statements);

/* What the statements of a query do and give, all alternatives together: effects of any of them; of
 * a result's column what is true for all. See statement_describe for when to ask. */
int query_describe(const struct query_statements *statements, struct arena *arena,
                   struct statement_description *description, struct error *error);

#endif
