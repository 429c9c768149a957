/* What reading a generation passes around: private to contract/. */
#ifndef WRIT_CONTRACT_LOAD_H
#define WRIT_CONTRACT_LOAD_H

#include "contract/document.h"
#include "contract/generation.h"
#include "contract/meta.h"
#include "contract/policy.h"
#include "contract/statement_pool.h"
#include "contract/template.h"
#include "store/constraints.h"

struct loading {
  const struct source_tree *sources;
  struct arena *arena; /* the generation's */
  struct report *report;
  struct store *store;
  struct schema_set *schemas;
  struct meta meta;
  struct document_list documents;
  const struct query_list *queries;
  struct statement_pool *pool;
  struct policy policy;
  struct template_list templates;
  struct constraints constraints;        /* of the database; only if the policy is in force */
  unsigned char shared_hash[HASH_BYTES]; /* of what counts for each contract */
};

/* One contract being read. */
struct reading {
  struct loading *loading;
  struct arena *arena; /* loading->arena */
  struct report *report;
  const struct document *document;
  const struct source *source;
  const struct json *requires, *uses, *ensures; /* objects, or NULL */
  const struct template **templates;
  size_t template_count;
  struct contract *contract;
  struct field *fields; /* contract->fields, still writable */
  bool fields_known;    /* the schema of the input compiled: what is not in it is not declared */
};

/* --- reading.c: what all of them share --- */

/* The member of an object if it is of this type, else NULL: what is of another type has been
 * reported. */
const struct json *member_of(const struct json *object, const char *key, enum json_type type);

/* The index of a declared input field; -1 if there is none. With `at`, that is reported (if the
 * fields are known), with a suggestion. */
int64_t field_find(const struct reading *reading, struct text name, const struct json *at);

/* The query of this name; NULL with a finding at `at`. */
const struct query *find_query(const struct reading *reading, const struct json *at,
                               struct text name);

/* Reports each "format": "password" in a schema (or NULL), and in what it refers to from `at`,
 * where none can be: the host knows passwords only as fields of the input. */
void refuse_passwords(const struct reading *reading, const struct schema *schema,
                      const struct json *at, bool but_fields);

/* "a public contract", "a webhook": of one that is anonymous. */
const char *anonymous_kind(const struct contract *contract);

/* --- contract_read.c --- */

/* Reads a contract; what is wrong goes to the report. Never NULL; `*complete` says whether all was
 * well. The result lies in the loading's arena. */
struct contract *contract_read(struct loading *loading, const struct document *document,
                               bool *complete);

/* --- contract_input.c: validates, query, body --- */
void read_input(struct reading *reading);

/* --- contract_auth.c: auth, scopes, or_role --- */
void read_auth(struct reading *reading);

/* Roles that are asked of a principal beyond `auth`: "*" is an error. */
const struct text *read_role_list(struct reading *reading, const struct json *list, size_t *count);

/* Those of `list` (NULL: none), and of the templates if `composed`, without repetition. */
const struct text *read_scope_list(struct reading *reading, const struct json *list, bool composed,
                                   size_t *count);

/* --- compose.c: rate_limit, limits, denials, of policy, templates and contract together --- */
void compose(struct reading *reading);

/* Refuses rate limits that cannot be counted. `list` is a document's own; NULL: it has none. */
void check_rates(const struct loading *loading, const struct document *document,
                 const struct json *list);

/* --- contract_uses.c: computes, queries, unowned --- */
void read_computes(struct reading *reading);
void read_uses(struct reading *reading);

/* --- contract_unasked.c: fields that choose rows of which nothing asks whose they are --- */
void find_unasked(struct reading *reading);

/* --- contract_host.c: credentials, reauth, owns, rules, holds, unchanged --- */
void read_host_queries(struct reading *reading);

/* `owns` and `rules` of the contract or, `conditional`, of a `when`: there the owned fields may be
 * absent or null as far as the schema goes, which is then refused when it matters. */
const struct ownership *read_owns(struct reading *reading, const struct json *said,
                                  bool conditional, size_t *count);
const struct rule *read_rules(struct reading *reading, const struct json *list, size_t *count);

/* --- contract_when.c: `when` among the rules --- */
void read_conditions(struct reading *reading);

/* --- contract_ensures.c: returns, errors, audit, session, idempotent, cache
 * --- */
void read_errors(struct reading *reading);
void read_ensures(struct reading *reading);

/* --- bind.c --- */

/* Who runs the query, which decides what may be bound. */
enum binder {
  BINDER_HANDLER,
  BINDER_RULE,
  BINDER_OWNS, /* the owned field alone */
  BINDER_CREDENTIALS,
  BINDER_REAUTH
};

/* Fills use->query, bindings and choice_fields. `at` is where the contract names the query; `owned`
 * is the field of BINDER_OWNS. */
void bind_query(struct reading *reading, const struct json *at, const struct query *query,
                enum binder binder, uint32_t owned, struct use *use);

/* --- hash.c --- */

/* Adds a query to the hash of the contract that binds it, or to that of what all contracts share.
 */
void hash_query(unsigned char hash[HASH_BYTES], const struct query *query);

/* What all contracts share, hashed once: policy and schemas. */
void hash_shared(struct loading *loading);

/* Completes the hash of a contract, whose queries are in it. */
void hash_contract(const struct reading *reading);

#endif
