/* Sessions: tokens minted here, stored hashed, given to their owner once. */
#ifndef WRIT_STORE_SESSION_H
#define WRIT_STORE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "store/store.h"

struct session {
  unsigned char id[HASH_BYTES]; /* hash of the token: what the table holds */
  struct json principal_id;     /* string or integer, in the arena given */
  int64_t ends_ms;              /* unless it is used before */
  int64_t used_ms, idle_ms;     /* as the table has them */
  /* Arrays of strings, in the arena; null: all that the principal has, as in a person's own login.
   */
  struct json scopes, roles;
};

/* What a session begins with. */
struct session_terms {
  int64_t lifetime_ms;
  int64_t idle_ms;   /* it ends sooner if it is not used for so long; 0: it does not */
  bool machine;      /* a token of `writ token`, called `label`: */
  struct text label; /* may be empty */
  const struct json *roles, *scopes; /* arrays of strings; NULL: all */
};

/* Within a writer's transaction: a new session for the principal (string or integer); `token` is
 * for the reply only. Sweeps some sessions that have expired, whoever's they are. */
int session_start(struct connection *connection, const struct json *principal_id, int64_t now_ms,
                  const struct session_terms *terms, char token[TOKEN_CHARS + 1],
                  struct error *error);

/* Finds the session of a token as a client sent it, unless it has expired. Returns 1 found, 0 not,
 * -1 error. */
int session_find(struct connection *connection, struct text token, int64_t now_ms,
                 struct arena *arena, struct session *session, struct error *error);

/* The same by id, for looking again inside the transaction: what it says is read afresh. 1 still
 * there and the same principal's, 0 not, -1 error. */
int session_find_again(struct connection *connection, struct session *session, int64_t now_ms,
                       struct arena *arena, struct error *error);

/* Whether the time of its last use is old enough to be moved forward: every minute, or every tenth
 * of what it may be idle. */
bool session_is_stale(const struct session *session, int64_t now_ms);

/* Within a writer's transaction: the session of this id was used at `now_ms`. One that has ended
 * stays ended. */
int session_used(struct connection *connection, const unsigned char id[HASH_BYTES], int64_t now_ms,
                 struct error *error);

/* Within a writer's transaction: ends one session, or all others of its principal, or all of a
 * principal, expired ones as well; machines' tokens only as the one. That there is none to end is
 * no error. */
int session_end(struct connection *connection, const struct session *session, struct error *error);
int session_end_others(struct connection *connection, const struct session *session,
                       struct error *error);
int session_end_all(struct connection *connection, const struct json *principal_id,
                    struct error *error);

#endif
