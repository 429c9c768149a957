/* A contract: one JSON file, one route, one handler; compiled into what the dispatcher runs
 * through.
 *
 * Everything here is immutable after loading and lives in its generation's arena. Whatever could be
 * looked up by name is an index or a pointer by now: a request makes no decision about names.
 * docs/contract.md describes the language; contracts/contract.schema.json is what files are
 * validated against first. */
#ifndef WRIT_CONTRACT_CONTRACT_H
#define WRIT_CONTRACT_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/json.h"
#include "contract/denial.h"
#include "contract/query.h"
#include "contract/route.h"
#include "schema/schema.h"

struct image;
struct template;

/* Passwords that one call may have hashed: each costs tens of milliseconds and megabytes. */
enum { CONTRACT_PASSWORDS_MAX = 4 };

/* One declared input field, and where it comes from. */
enum field_origin { FIELD_PATH, FIELD_QUERY, FIELD_BODY, FIELD_WHOLE_BODY };

struct field {
  struct schema_field schema; /* name, types, password, required */
  enum field_origin origin;
  uint32_t path_index; /* FIELD_PATH: which of the route's parameters */
  bool verified;       /* the password that credentials or reauth verify: never bound */
  bool hashed;         /* a password whose argon2id hash some granted query binds */
};

/* Where the value of a query's parameter comes from. Lua chooses none but BIND_COMPUTED. */
enum binding_source {
  BIND_FIELD,        /* declared input field `index`, as validated; absent: NULL */
  BIND_HAS_FIELD,    /* 1 if input field `index` is present, else 0 (:has_name) */
  BIND_PASSWORD,     /* the argon2id hash of password field `index` */
  BIND_PRINCIPAL_ID, /* :principal_id; NULL in a public call */
  BIND_NOW,          /* :now, milliseconds since 1970 */
  BIND_NEW_ID,       /* :new_id, a UUIDv7, the same within one call */
  BIND_COMPUTED      /* value `index` of contract.computes, from the handler */
};

struct binding {
  enum binding_source source;
  uint32_t index;
};

/* A named query as this contract uses it. */
struct use {
  const struct query *query;
  /* Statements with the rights of the principal alone, and with those of an exempt principal
   * (or_role, privileged role, unowned); NULL where the contract can never run it so. Owned by the
   * generation. */
  const struct query_statements *own, *exempt;
  const struct binding *bindings;            /* one per query->parameters */
  uint32_t choice_fields[QUERY_CHOICES_MAX]; /* the input fields that choose; each an enum */
  uint32_t calls; /* how often a call may run it; 0: any number (reads) */
  bool unowned;   /* always with exempt rights */
};

/* A parameter that Lua may compute. */
struct compute {
  struct text name;
  const struct schema *schema;
};

enum rate_key { RATE_IP, RATE_PRINCIPAL, RATE_FIELDS };

/* What can be counted (checks/rate_limit.h). */
enum { RATE_MAX_PER_S = 100000, RATE_PERIOD_MAX_DAYS = 366 };

struct rate_limit {
  uint32_t limit;
  int64_t per_ms;
  enum rate_key by;
  bool by_ip, by_principal; /* RATE_FIELDS: these, too, are part of the key */
  const uint32_t *fields;   /* RATE_FIELDS: input fields */
  size_t field_count;
  const char *origin;   /* who says so, below contracts/: "templates/signed_in.json" */
  bool shared;          /* counted over all routes: the policy's */
  unsigned char id[16]; /* tells this limit from all others; stable across generations */
};

struct ownership {
  uint32_t field;
  bool self;      /* the field is the principal's own id; otherwise `use` gives the owner */
  struct use use; /* exactly one row; its one column */
  const struct json
      *in;        /* the row's value must be one of these strings; NULL: it is the principal's id */
  bool each;      /* the field is an array: each element */
  bool forbidden; /* the refusal is `forbidden`, not `not_found` */
};

/* One query that gives one row, one column, integer 1; and the error it raises when it does not. */
struct rule {
  struct use use;
  uint32_t error; /* of contract.errors */
};

/* What is asked in addition where the input is valid under a schema. Empty lists ask for nothing.
 */
struct condition {
  const struct schema *input; /* not closed */
  const struct text *roles;   /* of which the principal holds one */
  size_t role_count;
  const struct text *scopes; /* of which the token has all */
  size_t scope_count;
  const struct ownership *owns;
  size_t owns_count;
  const struct rule *rules;
  size_t rule_count;
};

/* A field that chooses rows of an owned table for a query that writes, of which neither the
 * contract nor the SQL asks whose they are. */
struct unasked {
  const struct query *query;
  uint32_t field;
  struct text table;  /* whose rows it chooses */
  struct text column; /* that is compared with it, or holds it; may be empty */
  bool refers;        /* it is not a row that is written: the new row refers to it */
};

struct declared_error {
  struct text code, title;
  int status;
  /* The constraint that raises it, in the words of struct store_failure; NULL: none. */
  bool on_foreign_key;
  struct text *on_unique, *on_check;
  size_t on_unique_count, on_check_count;
};

struct returned {
  int status;
  const struct schema *schema; /* closed; NULL: no body (204) */
};

/* Verifying a password against what a named query fetches: columns `id` and `hash`. */
struct credentials {
  bool present;
  struct use use;
  uint32_t password; /* the field that is verified */
};

/* What tells a call that is repeated: the Idempotency-Key header or, by_input, a field of the input
 * or a member deep in it. */
struct idempotency {
  bool present, by_input;
  uint32_t field;
  const struct text *members; /* below the field, from outside to inside */
  size_t member_count;
  int64_t keep_ms;
};

enum session_start { SESSION_NONE, SESSION_FOR_CREDENTIALS, SESSION_FOR_NEW_ID };
enum session_end { SESSION_KEEP, SESSION_END_THIS, SESSION_END_OTHERS, SESSION_END_ALL };

enum handler_state {
  HANDLER_UNAVAILABLE, /* it does not load: its route answers 503 */
  HANDLER_CURRENT,
  HANDLER_STALE /* it does not load: its last good version serves */
};

struct contract {
  const char *name; /* "users.update_profile", from its path */
  uint32_t index;   /* in the generation's contracts */
  const struct source *source;
  struct text summary;
  struct route route;
  const struct template *const *templates; /* that it extends */
  size_t template_count;
  unsigned char
      hash[HASH_BYTES]; /* of everything it is made of: file, templates, policy, queries, schemas */
  unsigned char handler_hash[HASH_BYTES]; /* of the handler's source and modules: of the version
                                             that serves, if any does */

  /* requires */
  bool public;
  struct text public_reason;
  bool webhook; /* its roles are webhooks, "webhook:stripe", of which one has signed the request */
  bool anonymous;           /* public or a webhook: there is no principal */
  uint32_t auth_offset;     /* of `auth` in the source, for findings about it */
  const struct text *roles; /* of which the principal holds one; empty: any principal ("*") */
  size_t role_count;
  bool names_roles; /* its own `auth` lists roles, so that all rows are open to those of them that
                       are privileged; where only a template lists them, they are not */
  const struct text *scopes; /* of which the token has all; those of the templates as well */
  size_t scope_count;
  const struct rate_limit
      *rate_limits; /* sorted by the stage at which they are taken: ip, principal, fields */
  size_t rate_limit_count;
  const struct schema *input; /* closed */
  const struct field *fields;
  const uint32_t *fields_by_name; /* their indexes, sorted; NULL: they are few */
  size_t field_count;
  struct credentials credentials, reauth;
  const struct ownership *owns;
  size_t owns_count;
  const struct text *or_roles; /* owning is not asked of these */
  size_t or_role_count;
  const struct rule *rules;
  size_t rule_count;
  const struct condition *conditions; /* `when` */
  size_t condition_count;

  /* uses */
  const struct use *uses; /* in the order of image_spec.queries */
  size_t use_count;
  const struct compute *computes;
  size_t compute_count;
  const struct unasked *unasked;
  size_t unasked_count;
  bool writes;     /* any granted query writes, or sessions start or end */
  bool sleeps;     /* ctx.sleep is granted; then nothing writes */
  bool privileged; /* every role that its own `auth` lists is privileged by policy: guarded columns
                      may change, all rows are its own */

  /* ensures */
  const struct returned *returns;
  size_t return_count;
  const struct declared_error *errors;
  size_t error_count;
  const struct rule *holds;
  size_t hold_count;
  const struct use *unchanged; /* queries that give the same before the handler and after it */
  size_t unchanged_count;
  struct text audit_action;     /* empty: only refusals are audited, under the contract's name */
  const uint32_t *audit_fields; /* of the input, recorded */
  size_t audit_field_count;
  enum session_start session_start;
  enum session_end session_end;
  struct text session_field; /* of the reply, for the token; empty: none */
  bool session_cookie;
  struct idempotency idempotency;
  bool cached;              /* clients may keep the reply of status 200 */
  int64_t cache_max_age_ms; /* without asking again; 0: never */

  /* limits */
  uint64_t time_ns;  /* CPU time of the handler */
  uint64_t total_ns; /* wall time of a handler that sleeps */
  uint32_t memory_bytes;
  uint32_t body_max_bytes;
  int statuses[DENIAL_COUNT]; /* of each denial, renumbered by contract and policy */

  const char *handler_path; /* "app/handlers/users/update_profile.lua" */
  enum handler_state handler_state;
  struct image *image;                 /* the handler; NULL: HANDLER_UNAVAILABLE */
  unsigned char image_key[HASH_BYTES]; /* of everything that the image is made of */
};

/* The declared input field of this name; NULL if there is none. */
const struct field *contract_field(const struct contract *contract, struct text name);

/* Which of them asks whose the field at this index is; NULL if none does. */
const struct ownership *ownership_of_field(const struct ownership *owns, size_t count,
                                           size_t field);

#endif
