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

/* What was done to the log itself by whoever runs the app: rows of no handler, "" being no
 * contract's name. */
struct audit_entry audit_host_entry(int64_t now_ms, struct text action, struct text detail,
                                    struct text resource);

/* Who runs this, as the machine knows them, for the detail of such a row: "root (user 0)". */
enum { AUDIT_USER_CHARS = 64 };
void audit_host_user(char out[AUDIT_USER_CHARS]);

/* Where the chain ended at some time: its last row and that row's hash; 0 and zeros before the
 * first. Kept elsewhere, it shows later that the rows up to there are the same, and all there. */
struct audit_head {
  int64_t id;
  unsigned char hash[HASH_BYTES];
};

int audit_read_head(struct connection *connection, struct audit_head *head, struct error *error);

/* Where the chain begins: after the last of the rows that were pruned. All 0: with the first. */
struct audit_base {
  struct audit_head last;
  int64_t pruned_ms; /* when */
  int64_t told_by;   /* the row that tells of it */
};

struct audit_chain {
  struct audit_base base;
  struct audit_head head; /* where the intact part ends */
};

/* Reads the whole chain, of one snapshot: 0 if it is intact, -1 with the first row that is not in
 * the error. With `kept` (or NULL) it must have passed there, too: without, nobody can see that the
 * newest rows were cut off. */
int audit_verify(struct connection *connection, const unsigned char key[HASH_BYTES],
                 const struct audit_head *kept, struct audit_chain *chain, struct error *error);

/* Removes the oldest rows, up to the first that is not from before `before_ms`, if the whole chain
 * is intact. In transactions of a bounded number of rows, each with a row that tells of it, so that
 * a server goes on writing meanwhile. *pruned is how many, also if it fails on the way. */
int audit_prune(struct store *store, const unsigned char key[HASH_BYTES], int64_t before_ms,
                int64_t now_ms, int64_t *pruned, struct error *error);

/* A head as one line for people to keep, "ROWS HASH MAC" in hexadecimal: nobody without the key
 * makes another. audit_head_read gives -1 with an error if it is none, or of another key. */
enum { AUDIT_HEAD_CHARS = 160 };
void audit_head_print(const struct audit_head *head, const unsigned char key[HASH_BYTES],
                      char out[AUDIT_HEAD_CHARS]);
int audit_head_read(struct text line, const unsigned char key[HASH_BYTES], struct audit_head *head,
                    struct error *error);

/* Which rows to list. What is empty or 0 does not matter. */
struct audit_filter {
  struct text principal, action, outcome, reason, handler, address;
  struct text resource;       /* a part of it, such as an id */
  int64_t since_ms, until_ms; /* from, and before */
  int64_t limit;              /* the newest so many */
};

/* Visits the rows that pass the filter, the newest first. An entry lasts for its visit only. */
typedef void (*audit_visitor)(void *context, int64_t id, const struct audit_entry *entry);
int audit_list(struct connection *connection, const struct audit_filter *filter,
               audit_visitor visit, void *context, struct error *error);

/* "ok", "denied", "failed", "breach"; NULL if it is none of them. */
const char *audit_outcome_name(enum audit_outcome outcome);

/* Whether no row has been written yet, so that any key may begin the chain. */
int audit_is_empty(struct connection *connection, bool *empty, struct error *error);

#endif
