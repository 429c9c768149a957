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
  int64_t expires_ms;
  struct json
      scopes; /* array of strings, in the arena; null: all scopes, as a person's own login */
};

/* Within a writer's transaction: a new session for the principal (string or integer); `token` is
 * for the reply only. Sweeps some expired sessions, whoever's they are. */
int session_start(struct connection *connection, const struct json *principal_id, int64_t now_ms,
                  int64_t lifetime_ms, char token[TOKEN_CHARS + 1], struct error *error);

/* Finds the unexpired session of a token as a client sent it. Returns 1 found, 0 not, -1 error. */
int session_find(struct connection *connection, struct text token, int64_t now_ms,
                 struct arena *arena, struct session *session, struct error *error);

/* The same by id: for looking again inside the transaction. 1 still there, 0 not, -1 error. */
int session_still_there(struct connection *connection, const struct session *session,
                        int64_t now_ms, struct error *error);

/* Within a writer's transaction: ends one session, or all others of its principal, or all of a
 * principal, expired ones as well. That there is none to end is no error. */
int session_end(struct connection *connection, const struct session *session, struct error *error);
int session_end_others(struct connection *connection, const struct session *session,
                       struct error *error);
int session_end_all(struct connection *connection, const struct json *principal_id,
                    struct error *error);

#endif
