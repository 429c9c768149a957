/* Machines' tokens: sessions that an operator starts for a principal, with a label and less power.
 *
 * Each change is a transaction of its own, with its row of the audit log: it waits for its turn
 * like every other process on the database, and a server on it goes by what was changed at once. */
#ifndef WRIT_STORE_TOKENS_H
#define WRIT_STORE_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store.h"

/* How many hexadecimal digits of its id tell a token from others, for people. */
enum { TOKEN_ID_CHARS = 12 };

struct token {
  char id[2 * HASH_BYTES + 1]; /* hexadecimal; of the token's hash */
  struct text label;
  struct json principal_id;
  struct text roles, scopes; /* JSON arrays; empty: all */
  int64_t started_ms, used_ms, expires_ms;
};

/* What a token begins with. */
struct token_terms {
  struct text label;
  int64_t lifetime_ms;
  const struct json *roles, *scopes; /* arrays of strings; NULL: all */
};

/* Which tokens are meant: those of a principal, or whose id begins so. What is empty does not
 * matter. A principal is told by the text of its id: "7" is 7 as well. */
struct token_filter {
  struct text principal, id;
};

/* Who does what is audited, and when. */
struct token_audit {
  const unsigned char *key;
  int64_t now_ms;
};

/* Makes a token; `find` says in the same transaction whose, and may refuse with an error. */
typedef int (*token_principal)(void *context, struct connection *connection, struct json *id,
                               struct error *error);
int token_create(struct store *store, const struct token_terms *terms,
                 const struct token_audit *audit, token_principal find, void *context,
                 char token[TOKEN_CHARS + 1], struct error *error);

/* Visits the tokens that have not expired, the oldest first. They last for their visit only. */
typedef void (*token_visitor)(void *context, const struct token *token);
int token_list(struct connection *connection, const struct token_filter *filter, int64_t now_ms,
               token_visitor visit, void *context, struct error *error);

/* Ends all tokens that the filter means, expired or not; with an id only if that means one. Counts
 * them; none is an error. */
int token_revoke(struct store *store, const struct token_filter *filter,
                 const struct token_audit *audit, size_t *count, struct error *error);

#endif
