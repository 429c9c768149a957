/* One handler while it is looked at: what the files of advice/ share. */
#ifndef WRIT_ADVICE_ADVISING_H
#define WRIT_ADVICE_ADVISING_H

#include "advice/known.h"
#include "advice/syntax.h"
#include "advice/walk.h"
#include "base/report.h"
#include "contract/generation.h"

/* A list of names, each once. */
struct name_list {
  struct name_list *next;
  struct text name;
};

/* A column of a granted query that the handler asks for, and the first place where it does so to
 * know whether there is a value. */
struct column_facts {
  struct column_facts *next;
  const struct use *use;
  struct text name;
  uint32_t checked;
};

/* What the whole of the file tells about a local. */
struct local_facts {
  enum { KNOWN_UNASKED, KNOWN_ASKING, KNOWN_ASKED } state;
  struct known known;
  uint32_t checked;           /* offset of the first use that can tell whether it is null or nil */
  uint32_t compared;          /* of the first that can tell whether it is null: not by its truth */
  bool given;                 /* its table is passed on, so that others may change it */
  bool measured;              /* somewhere it is asked how long its array is */
  struct name_list *assigned; /* fields of its table that are assigned */
};

struct advising {
  const struct generation *generation;
  const struct contract *contract;
  const struct source *source; /* the handler's */
  struct report *report;
  struct arena *arena; /* of this handler alone */
  const struct syntax_function *file;
  const struct syntax_function *handler; /* that the file returns; NULL: not seen */
  /* From facts.c: */
  struct name_list *assigned;   /* fields that are assigned in any table */
  uint32_t *checked, *compared; /* per input field, as in local_facts */
  struct column_facts *columns;
  bool *rows_given; /* per granted query: rows of it are passed on, and may be changed */
  bool input_given; /* the input is passed on as a whole, and may get other fields */
  bool reaches_end; /* flow.c: the handler may end without `return` */
  const struct returned
      *returned;          /* returns.c: what the statement returns that is checked; NULL: unknown */
  bool principal_checked; /* somewhere it is asked whether there is a principal */
};

/* --- facts.c --- */

/* Collects the facts that the checks ask for. */
void facts_collect(struct advising *advising);
struct local_facts *facts_of(struct advising *advising, struct syntax_local *local);
struct column_facts *column_facts_of(struct advising *advising, const struct known *column);
bool name_list_has(const struct name_list *list, struct text name);

/* True if the file assigns a field of that name in whatever table. */
bool facts_assigned(const struct advising *advising, struct text name);

/* --- words.c: what findings say --- */

/* "contracts/notes/read.json:12", the line of a member of the contract, or of the contract. */
const char *place_in_contract(const struct advising *advising, const char *const *path);
#define CONTRACT_PLACE(advising, ...)                                                              \
  place_in_contract(advising, (const char *const[]){__VA_ARGS__, NULL})

/* "contracts/queries/notes.sql:3" */
const char *place_of_query(const struct advising *advising, const struct query *query);

/* "a, b and c"; of many, the first ones. */
const char *list_names(const struct advising *advising, const struct text *names, size_t count);

/* The names of all granted queries; those that the handler computes for one. */
const struct text *granted_names(const struct advising *advising, size_t *count);
const struct text *computed_names(const struct advising *advising, const struct use *use,
                                  size_t *count);

/* "did you mean 'x'?", or NULL. */
const char *did_you_mean(const struct advising *advising, struct text name,
                         const struct text *candidates, size_t count);

/* --- what is checked, expression by expression --- */

void names_visit(struct advising *advising, const struct visit *visit);  /* names.c */
void calls_visit(struct advising *advising, const struct visit *visit);  /* calls.c */
void nulls_visit(struct advising *advising, const struct visit *visit);  /* nulls.c */
void habits_visit(struct advising *advising, const struct visit *visit); /* habits.c */
void habits_statement(struct advising *advising, const struct syntax_statement *statement,
                      const struct syntax_function *function);

/* In a module, which has no contract. */
void habits_of_module(struct advising *advising, const struct syntax_statement *statement,
                      const struct syntax_function *function);
void strings_visit(struct advising *advising, const struct visit *visit); /* strings.c */

void loops_statement(struct advising *advising, const struct syntax_statement *statement,
                     const struct syntax_function *function); /* loops.c */

/* parameters.c: a call of a query. */
void parameters_check(struct advising *advising, const struct syntax_expression *call,
                      const struct use *use);

/* --- sql_text.c --- */

/* True if the string begins as a statement of SQL does, as far as it is constant; or one of a list.
 */
bool sql_begins(struct advising *advising, const struct syntax_expression *expression);
bool sql_is_among(struct advising *advising, const struct syntax_expression *list);

/* True of names by which other libraries take SQL. */
bool sql_takes_elsewhere(struct text name);

void sql_report(struct advising *advising, uint32_t offset);

/* --- and as a whole --- */

void grants_check(struct advising *advising);  /* grants.c */
void flow_check(struct advising *advising);    /* flow.c */
void returns_check(struct advising *advising); /* returns.c */

/* --- return_value.c --- */

struct expected;

/* The value of an expression against what is expected of it. */
void return_value_check(struct advising *advising, const struct expected *expected,
                        const struct syntax_expression *expression);

/* Where the schema of `advising->returned` stands. */
const char *place_of_returns(const struct advising *advising);

/* --- queries.c: what a query's SQL tells --- */

/* False if there is always a row, or nothing that the handler's caller chooses decides it. */
bool query_may_find_nothing(const struct advising *advising, const struct use *use);

/* The columns of its result; false if they are not known. */
bool query_columns(const struct use *use, const struct text **columns, size_t *count);

/* True if it is known to have no such column. */
bool query_lacks_column(const struct use *use, struct text name);

/* True if a column comes from one of a table that may be NULL, and nothing that the query asks of
 * it keeps NULL out. */
bool query_may_give_null(const struct advising *advising, const struct use *use, struct text name);

/* How many rows its `LIMIT` or `-- rows` says that it may give at most; UINT32_MAX: neither does.
 */
uint32_t query_rows_said(const struct query *query);

#endif
