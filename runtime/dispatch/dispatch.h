/* The dispatcher: from a request to a reply, through every step of the contract, in one order.
 *
 *   route -> rate limit (ip) -> auth -> rate limit (principal) -> validate -> rate limit (fields)
 *     -> credentials, reauth -> begin -> principal again -> credentials again -> own -> when
 *     -> rules -> repeat -> quarantine -> handler -> returns -> holds -> unchanged -> session
 *     -> keep -> audit -> commit -> reply
 *
 * The steps are the rows of one table (dispatch/steps.c). A step says next, deny or wait; a call
 * that waits is resumed by the event loop. A request knows neither socket nor HTTP version: whoever
 * has one fills a struct request and gets a struct reply back. All on the loop's thread. */
#ifndef WRIT_DISPATCH_DISPATCH_H
#define WRIT_DISPATCH_DISPATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "checks/facts.h"
#include "checks/origin.h"
#include "contract/route.h"
#include "store/session.h"

struct generation;
struct dispatcher;
struct issuers;
struct metrics;
struct rate_limiter;
struct webhook;
struct sandbox;
struct store;

/* A request as the transport understood it. Borrowed until `done` is called. */
struct request {
  enum method method;
  struct text path;          /* percent-encoded, begins with '/', without the query */
  struct text query;         /* what stood after '?', still encoded; empty if nothing */
  struct text authorization; /* values of these headers, empty if absent */
  struct text cookie;
  struct text content_type;
  struct text if_none_match;
  struct text idempotency_key;
  struct text stripe_signature; /* Stripe-Signature */
  struct text hub_signature;    /* X-Hub-Signature-256 */
  struct text host;             /* that the client meant: the target's or Host's, with its port */
  struct text origin;           /* Origin */
  struct text sec_fetch_site;   /* Sec-Fetch-Site */
  struct text trace_id;         /* of a valid traceparent: 32 hexadecimal digits; or empty */
  bool secure;                  /* over TLS, here or as far as the first trusted proxy */
  struct text body;
  struct text address; /* of the client: "192.0.2.1", "2001:db8::1"; or "unix" */
};

enum { REPLY_HEADERS_MAX = 8 };

struct reply_header {
  const char *name;
  struct text value; /* has no control bytes */
};

/* What is to be sent, and what is to be logged of it. Content-Length, Date, Connection and
 * X-Request-Id are the transport's. A HEAD request's reply has the body that GET's would have; the
 * transport leaves it out. Valid during `done` only. */
struct reply {
  int status;
  const char *content_type; /* NULL: no body (204) */
  struct text body;
  struct reply_header headers[REPLY_HEADERS_MAX];
  size_t header_count;
  unsigned allowed; /* methods that the path has, as 1 << enum method; 0: there is no such path */
  struct text request_id;
  struct text handler;   /* the contract's name; empty: the request reached none */
  struct text code;      /* of a refusal, or "repeated"; empty: it succeeded */
  struct json principal; /* who it was, as in the audit log; JSON_NULL: nobody */
};

typedef void (*dispatch_done)(void *context, const struct reply *reply);

/* What time it is, for whoever wants to say so. NULL: the machine's clocks. */
struct dispatch_clock {
  void *context;
  int64_t (*now_ms)(void *context);        /* as clock_wall_ms */
  uint64_t (*monotonic_ns)(void *context); /* of rate limits and quarantine: clock_monotonic_ns */
};

/* Who watches calls from within: tools such as `writ try`, never where an app is served. What is
 * told lasts for the time of the telling. It may do nothing to the dispatcher. */
struct dispatch_observer {
  struct query_watch queries;
  void *context;                                                      /* of those that follow */
  void (*log)(void *context, struct text line);                       /* ctx.log, print */
  void (*ran)(void *context, uint64_t cpu_ns, uint32_t memory_bytes); /* the handler is over */
  /* It has ended: nothing but the reply follows. */
  void (*ended)(void *context, const struct facts *facts, const struct verdict *verdict);
};

struct dispatch_config {
  bool dev; /* errors tell everything; loopback only */
  /* In development: the text of a script of the app, by its path, or the empty text. NULL: nobody
   * knows them. */
  struct text (*script)(void *context, struct text path);
  void *script_context;
  unsigned char audit_key[HASH_BYTES];
  struct password_cost password_cost;
  size_t password_lane;  /* argon2 computations at once */
  size_t password_queue; /* waiting ones; beyond: 503 */
  struct session_terms session;
  const char *cookie_name; /* "session" */
  bool cookie_secure;
  struct origins trusted_origins; /* whose pages may use the session cookie; borrowed */
  const struct webhook *webhooks; /* borrowed */
  size_t webhook_count;
  const struct issuers *issuers; /* of JSON Web Tokens, borrowed; NULL: there are none */
  struct text openapi; /* the document that OPENAPI_PATH serves, borrowed; empty: it is no route */
  struct metrics *metrics;      /* to count in, borrowed; NULL: nothing is counted */
  struct rate_limiter *limiter; /* shared with other dispatchers, borrowed; NULL: one of its own */
  _Atomic uint64_t *run_until_ns; /* says while a handler runs until when it may, by the monotonic
                                     clock; else 0. NULL: nobody wants to know */
  struct dispatch_clock clock;
  const struct dispatch_observer *observer; /* borrowed; NULL: nobody watches */
};

/* Everything is borrowed for the dispatcher's life. */
int dispatcher_new(uv_loop_t *loop, struct store *store, struct sandbox *sandbox,
                   const struct generation *generation, const struct dispatch_config *config,
                   struct dispatcher **dispatcher, struct error *error);

/* After a reload, before its first call: takes over from the dispatcher of the generation before
 * what is known against handlers that have not changed. Either may be freed first. */
void dispatcher_adopt(struct dispatcher *dispatcher, struct dispatcher *former);

/* When no call is open and none will come: submits what is left to write (counted refusals). The
 * loop runs until it is written. */
void dispatcher_drain(struct dispatcher *dispatcher);

/* No call is open, and nothing is left to write. */
bool dispatcher_is_idle(const struct dispatcher *dispatcher);

/* Closes its handles; the loop must run once more before dispatcher_free. No call may be open. */
void dispatcher_close(struct dispatcher *dispatcher);
void dispatcher_free(struct dispatcher *dispatcher);

/* Number of calls that have begun and not ended. */
size_t dispatcher_calls(const struct dispatcher *dispatcher);

/* How large a body this request may have: for the transport to refuse a larger one with 413 before
 * reading it. Looks only at method and path. */
size_t dispatcher_body_max(const struct dispatcher *dispatcher, enum method method,
                           struct text path);

/* Starts a call. `done` is called exactly once, possibly before this returns. */
void dispatch(struct dispatcher *dispatcher, const struct request *request, dispatch_done done,
              void *context);

/* A problem+json reply for what goes wrong before there is a call: the transport's 400, 408, 413,
 * 414, 431. The body lies in the arena. */
struct arena;
void dispatch_problem(struct arena *arena, int status, const char *code, const char *detail,
                      struct reply *reply);

#endif
