/* Replies that are kept, so that a call which is repeated gets the first one's and has no second
 * effect. Kept in the transaction of the effect: one is never there without the other. */
#ifndef WRIT_STORE_REPLIES_H
#define WRIT_STORE_REPLIES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "store/store.h"

struct kept_reply {
  unsigned char id[HASH_BYTES];    /* of who called what with which key */
  unsigned char input[HASH_BYTES]; /* of what came in */
  int status;
  struct text body; /* empty: none */
  int64_t expires_ms;
};

/* The unexpired reply of this id. Returns 1 found, with its body in the arena; 0 not; -1 error. */
int reply_find(struct connection *connection, const unsigned char id[HASH_BYTES], int64_t now_ms,
               struct arena *arena, struct kept_reply *reply, struct error *error);

/* Within a writer's transaction: keeps it, and sweeps some that have expired. */
int reply_keep(struct connection *connection, const struct kept_reply *reply, int64_t now_ms,
               struct error *error);

#endif
