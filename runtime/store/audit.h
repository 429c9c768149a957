/* The audit log: a table in the app's own database, written in the transaction of the effect it
 * tells of.
 *
 * Each row carries the keyed hash (BLAKE2b) of its own fields and of the row before, so that nobody
 * without the key can edit, insert, reorder or cut out a row unnoticed. */
#ifndef WRIT_STORE_AUDIT_H
#define WRIT_STORE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store.h"

enum audit_outcome { AUDIT_OK, AUDIT_DENIED, AUDIT_FAILED, AUDIT_BREACH };

struct audit_entry {
  int64_t time_ms;
  struct text action; /* "profile_update" */
  enum audit_outcome outcome;
  struct text reason; /* code of the denial or failure; empty if ok */
  struct text detail; /* for people: what exactly, "notes: a row of somebody else"; may be empty */
  struct json principal_id; /* string, integer or null */
  struct text handler;      /* "users.update_profile" */
  unsigned char contract_hash[HASH_BYTES], handler_hash[HASH_BYTES];
  struct text resource; /* the owned fields: `{"user_id":"…"}`; may be empty */
  struct text input;    /* recorded input as JSON; may be empty; never a secret */
  struct text address, request_id;
  int64_t duration_us;
  int64_t count; /* 1, or how many refusals this row stands for */
};

/* Appends a row within the writer's present transaction. `key` is the chain's, 32 bytes. */
int audit_append(struct connection *connection, const unsigned char key[HASH_BYTES],
                 const struct audit_entry *entry, struct error *error);

/* Reads the whole chain, of one snapshot: 0 if it is intact, -1 with the first row that is not in
 * the error. *rows is the number of rows before that one. That the newest rows were cut off is only
 * seen by comparing it with a number kept elsewhere. */
int audit_verify(struct connection *connection, const unsigned char key[HASH_BYTES], int64_t *rows,
                 struct error *error);

/* Whether no row has been written yet, so that any key may begin the chain. */
int audit_is_empty(struct connection *connection, bool *empty, struct error *error);

#endif
