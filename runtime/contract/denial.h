/* Every way in which a request can end without success: code, status and words, in one table.
 *
 * The code is what clients, the audit log and `policy.json` ("denials": {"not_owner": 403}) call
 * it. Only denials of 4xx may be renumbered, and only to another 4xx. */
#ifndef WRIT_CONTRACT_DENIAL_H
#define WRIT_CONTRACT_DENIAL_H

#include "base/text.h"

/*  name, code, status, title */
#define DENIALS(X)                                                                                 \
  X(MALFORMED, "malformed", 400, "The request is malformed")                                       \
  X(IDEMPOTENCY_KEY_MISSING, "idempotency_key_missing", 400, "A key for repeats is needed")        \
  X(UNAUTHENTICATED, "unauthenticated", 401, "A valid token is needed")                            \
  X(WRONG_CREDENTIALS, "wrong_credentials", 401, "Name or password is wrong")                      \
  X(FORBIDDEN, "forbidden", 403, "The principal's roles do not allow this")                        \
  X(INSUFFICIENT_SCOPE, "insufficient_scope", 403, "The token's scopes do not allow this")         \
  X(CROSS_SITE, "cross_site", 403, "Pages of other sites may not do this")                         \
  X(NOT_OWNER, "not_found", 404, "There is no such thing, or it is somebody else's")               \
  X(NO_ROUTE, "no_route", 404, "There is no such route")                                           \
  X(METHOD_NOT_ALLOWED, "method_not_allowed", 405, "This path does not have this method")          \
  X(BODY_TOO_LARGE, "body_too_large", 413, "The body is too large")                                \
  X(UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415, "The body must be application/json")    \
  X(INVALID_INPUT, "invalid_input", 422, "The input is not valid")                                 \
  X(IDEMPOTENCY_MISMATCH, "idempotency_mismatch", 422, "The key came with another input before")   \
  X(RATE_LIMITED, "rate_limited", 429, "Too many requests")                                        \
  X(HANDLER_FAILED, "handler_failed", 500, "The handler failed")                                   \
  X(HANDLER_DEADLINE, "handler_deadline", 500, "The handler ran out of time")                      \
  X(HANDLER_MEMORY, "handler_memory", 500, "The handler ran out of memory")                        \
  X(HANDLER_TRAPPED, "handler_trapped", 500, "The handler crashed inside its sandbox")             \
  X(BREACH, "contract_breach", 500, "The handler broke its contract")                              \
  X(INTERNAL, "internal", 500, "The server failed")                                                \
  X(OUTCOME_UNKNOWN, "outcome_unknown", 500, "Whether this was done is not known")                 \
  X(HANDLER_UNAVAILABLE, "handler_unavailable", 503, "The handler does not load")                  \
  X(QUARANTINED, "quarantined", 503, "The handler is in quarantine")                               \
  X(OVERLOADED, "overloaded", 503, "The server is busy")                                           \
  X(NOT_COMMITTED, "not_committed", 503, "Nothing was done: the database did not commit")

enum denial {
  DENIAL_NONE,
#define X(name, code, status, title) DENIAL_##name,
  DENIALS(X)
#undef X
      DENIAL_DECLARED, /* one of the contract's own `errors` */
  DENIAL_COUNT
};

const char *denial_code(enum denial denial);
int denial_status(enum denial denial);
const char *denial_title(enum denial denial);

/* The denial of this code, or DENIAL_NONE. */
enum denial denial_of(struct text code);

#endif
