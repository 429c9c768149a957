/* What contract_unasked.c and unasked_sql.c share. */
#ifndef WRIT_CONTRACT_UNASKED_H
#define WRIT_CONTRACT_UNASKED_H

#include "contract/load.h"
#include "store/description.h"
#include "store/sql.h"

/* One granted query that writes. */
struct search {
  struct reading *reading;
  const struct use *use;
  const struct json *at; /* where the contract grants the query */
  struct unasked *found; /* of the contract */

  /* unasked_sql.c */
  struct sql_token *tokens;
  size_t count;
  struct text target;      /* the table written */
  const struct json *line; /* of the policy, about it */
  size_t verb;             /* INTO, UPDATE or DELETE; before it WITH may give names */
};

/* --- contract_unasked.c --- */

/* Whether the contract asks whose rows the field chooses: by `owns`, a rule and the like. */
bool unasked_is_asked(const struct contract *contract, uint32_t field);

/* What the policy says of a table; NULL: nothing. */
const struct json *unasked_line(const struct search *search, struct text table);

/* One that was found, unless the contract asks. With a warning where it is `sure`. */
void unasked_add(struct search *search, struct unasked unasked, bool sure);

/* --- unasked_sql.c --- */

/* Finds the fields in the query. */
void unasked_search(struct search *search);

#endif
