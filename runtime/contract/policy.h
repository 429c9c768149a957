/* contracts/policy.json: the floor under every contract, and whose rows are whose. */
#ifndef WRIT_CONTRACT_POLICY_H
#define WRIT_CONTRACT_POLICY_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/query.h"

struct document;
struct loading;
struct source;

struct policy {
  const struct document *document; /* NULL: there is none, which has been reported */
  const struct query *principal_query;
  const struct query_statements *principal;
  const struct query *identity_query; /* NULL: there is none */
  const struct query_statements *identity;
  const struct text *roles; /* all that there are; none: nobody knows */
  size_t role_count;
  struct text role_column; /* that holds them: "users.role" */
  const struct text *privileged;
  size_t privileged_count;
  const struct json *unowned;                       /* array or NULL */
  const struct json *limits, *rate_limit, *denials; /* as in a contract, or NULL */
  bool in_force; /* the store knows whose rows are whose: statements can be compiled */
};

/* Reads it and gives its tables to the store. */
void policy_read(struct loading *loading);

/* --- policy_roles.c --- */

/* Once the queries for principals are known. */
void policy_read_roles(struct loading *loading);

/* Warns of each role of an array (or NULL) that nobody can have. */
void check_roles_known(struct loading *loading, const struct source *source,
                       const struct json *list);

bool policy_is_privileged(const struct policy *policy, struct text role);
bool policy_allows_unowned(const struct policy *policy, struct text query);

#endif
