/* What is known of a call: what checks judge by, and what queries are bound to.
 *
 * The dispatcher fills it in as the steps go; a check reads it and answers. All of it lives in the
 * call's arena. Queries are bound here and nowhere else: a handler's computed values are the only
 * ones that come from outside, and only where the contract grants them. */
#ifndef WRIT_CHECKS_FACTS_H
#define WRIT_CHECKS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "checks/verdict.h"
#include "contract/contract.h"
#include "store/session.h"
#include "store/statement.h"
#include "store/store.h"

struct jwt_identity;

struct principal {
  struct json id; /* JSON_NULL: nobody */
  const struct text *roles;
  size_t role_count;
  bool signed_in; /* by a session, which then is: */
  struct session session;
  /* Not NULL: by a token of an identity provider; of the session there are only the principal's id,
   * the end and the scopes. */
  const struct jwt_identity *identity;
  bool exempt; /* or_role or a privileged role let it in: all rows are open to it */
};

/* A query that has run, as it was bound. For the time of the call that tells of it. */
struct query_run {
  const struct contract *contract;
  const struct use *use;
  bool host;                           /* the host asked it; its result no handler sees */
  bool exempt;                         /* over all rows, and not the principal's alone */
  const struct json *const *values;    /* per parameter; NULL: null */
  const struct json *result;           /* NULL: it failed: */
  const struct store_failure *failure; /* else NULL */
};

/* Who watches them: tools, never where an app is served. */
struct query_watch {
  void *context;
  void (*ran)(void *context, const struct query_run *run);
};

struct facts {
  const struct contract *contract;
  struct arena *arena;
  struct text address;     /* of the client */
  struct json now, new_id; /* what :now and :new_id are bound to */
  struct principal principal;
  uint64_t
      identities;    /* store_identities when the principal was found; 0: it must be asked again */
  struct json input; /* all of it, as validated */
  const struct json *
      *fields; /* per contract field, as validated; NULL: absent; NULL before `validates` */
  struct json *password_hashes;    /* per contract field: a string once hashed, else null */
  struct json *before;             /* per query of `unchanged`: what it gave before the handler */
  struct connection *connection;   /* of the present snapshot or transaction */
  const struct query_watch *watch; /* NULL: nobody watches */
};

/* True if the principal holds one of these roles. */
bool principal_has_role(const struct principal *principal, const struct text *roles, size_t count);

/* Whose rows the call's are: the principal, or what a public call creates (:new_id). */
const struct json *facts_owner(const struct facts *facts);

/* The part of the client's address that tells callers apart: all of IPv4, the /64 of IPv6 (its
 * bytes, in `storage`). */
enum { ADDRESS_KEY_BYTES = 16 };
struct text facts_address_key(const struct facts *facts, char storage[ADDRESS_KEY_BYTES]);

/* Runs a query of the contract with everything bound by the host. `computed` holds the values of
 * contract.computes by index and may be NULL. `exempt`: with the statements that see all rows. 0
 * with *result in the arena, or -1 with *failure. */
int facts_run(const struct facts *facts, const struct use *use, bool exempt,
              const struct json *const *computed, struct json *result,
              struct store_failure *failure);

/* The same for a query of the host's own (owns, rules, holds, credentials). When the database
 * fails, the verdict says so. */
int facts_ask(const struct facts *facts, const struct use *use, struct json *result,
              struct verdict *verdict);

/* The same for a query of one column: its value, or null if there is no row. */
int facts_ask_value(const struct facts *facts, const struct use *use, struct json *value,
                    struct verdict *verdict);

/* A query's failure as a refusal: a breach of contract, a declared error, a deadline, a failed
 * database. */
void verdict_of_failure(const struct facts *facts, const struct use *use,
                        const struct store_failure *failure, struct verdict *verdict);

#endif
