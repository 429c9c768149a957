/* One call in progress: private to dispatch/.
 *
 * A call walks through the rows of `steps`. Each says next, deny or wait. Whoever made it wait
 * resumes it with call_continue. It ends in exactly one reply. */
#ifndef WRIT_DISPATCH_CALL_H
#define WRIT_DISPATCH_CALL_H

#include "base/arena.h"
#include "checks/auth.h"
#include "checks/credentials.h"
#include "checks/facts.h"
#include "checks/password.h"
#include "checks/quarantine.h"
#include "checks/rate_limit.h"
#include "contract/generation.h"
#include "dispatch/dispatch.h"
#include "sandbox/sandbox.h"
#include "store/audit.h"
#include "store/replies.h"
#include "store/writer.h"

struct counts;
struct last_uses;
struct refusals;

enum { CALL_RANDOM_BYTES = 2 * UUID_RANDOM_BYTES, RANDOM_CALLS = 64 };

struct dispatcher {
  uv_loop_t *loop;
  struct store *store;
  struct sandbox *sandbox;
  const struct generation *generation;
  struct dispatch_config config;
  uv_prepare_t turn; /* of the loop: where the reads' snapshot ends */
  struct writer *writer;
  struct password_lane *passwords;
  struct rate_limiter *limiter;
  void *own_limiter; /* its memory, unless it is another's */
  struct quarantines *quarantines;
  struct refusals *refusals;
  struct last_uses *last_uses;
  struct token_cache *tokens;
  struct counts *counts; /* NULL: nothing is counted */
  struct call *idle;     /* kept for their memory */
  size_t calls;
  size_t random_calls; /* for so many calls there is something left of: */
  unsigned char random[RANDOM_CALLS][CALL_RANDOM_BYTES];
};

int64_t dispatcher_now_ms(const struct dispatcher *dispatcher);
uint64_t dispatcher_monotonic_ns(const struct dispatcher *dispatcher);

enum step_result { STEP_NEXT, STEP_DENY, STEP_WAIT };

enum call_place { CALL_OUTSIDE, CALL_IN_SNAPSHOT, CALL_IN_TRANSACTION };

struct call {
  /* Kept from one request to the next. */
  struct call *next_idle;
  struct dispatcher *dispatcher;
  struct arena arena;
  struct buffer body; /* of the reply */
  uv_timer_t timer;   /* that wakes a handler */

  const struct request *request; /* and all that follows: this request's */
  dispatch_done done;
  void *done_context;
  uint64_t started_ns;
  char request_id[UUID_CHARS + 1], new_id[UUID_CHARS + 1];
  struct route_match match;
  const struct contract *contract;
  struct facts facts;

  size_t step;  /* index into steps; of the step that is running */
  size_t begin; /* of the step `begin`: where a call that has slept goes on */
  enum call_place place;
  struct writer_job job;
  struct credential credential; /* as verified */
  struct password_job password_job;
  uint64_t interrupt_at_ns; /* for queries of the host's own */

  struct run_result run; /* of the handler; while it sleeps, what holds it */
  uint64_t run_ns;       /* that it has held the loop for; 0 if nothing is counted */
  uint64_t cpu_ns;       /* of the thread meanwhile; 0 if nobody watches */
  uint32_t *runs;        /* per use: how often the handler has run it */
  struct json value;     /* what the handler returned */
  const struct returned *returned;
  struct kept_reply kept;      /* of a call that is idempotent */
  bool repeated;               /* it has come before: what is kept is its reply */
  char token[TOKEN_CHARS + 1]; /* of the session that starts; empty: none */

  size_t counted; /* where its refusal is counted, from 1; 0: nowhere */
  bool recorded;  /* it is counted among those with a row of their own */
  bool refused;   /* the verdict stands and is (or need not be) audited */
  struct verdict verdict;
  const struct debug *debug; /* debug.h: what debug_of said of it; NULL: nobody has asked */
};

struct step {
  const char *name;
  enum step_result (*run)(struct call *call);
};

extern const struct step steps[];
extern const size_t step_count;

/* Runs on from the present step until the call waits or has ended. */
void call_continue(struct call *call);

/* Sends the reply, with what is to be logged of the call, and forgets the call. */
void call_end(struct call *call, struct reply *reply);

/* Leaves the reader's snapshot, if the call is in one: before it waits. */
void call_leave_snapshot(struct call *call);

/* --- input.c: the one flat object out of path, query string and body. --- */

/* Fills facts.input and facts.fields. False with a verdict. */
bool input_read(struct call *call);

/* schema_settle and schema_valid, and a line in the log if a pattern (or all of it) took too long:
 * whoever runs the service must know, for the contract is to blame. `what` is validated: "input".
 */
bool valid_or_logged(struct call *call, const struct schema *schema, struct json *value,
                     unsigned settle_flags, const char *what, struct schema_problems *problems);

/* The input without passwords, for the handler. */
struct json input_for_handler(const struct call *call);

/* --- handler.c: the host's side of a run. --- */

/* Runs the handler, or lets it go on after it has slept. On success call->value and call->returned
 * are set, and what it returned is what `returns` admits. STEP_WAIT: it sleeps for
 * call->run.sleep_ms. */
enum step_result handler_run(struct call *call);

/* --- repeat.c: calls that are idempotent. All do nothing for those that are not, and return false
 * with a verdict. --- */

/* After the input has been read: what tells a repeat from another call. */
bool repeat_read_key(struct call *call);

/* In the transaction, once all that is required holds: whether the call has come before. */
bool repeat_find(struct call *call);

/* At the end of the transaction: keeps the reply. */
bool repeat_keep(struct call *call);

/* --- record.c: the audit log. --- */

/* What the audit log and the metrics call a denial. */
enum audit_outcome outcome_of_denial(enum denial denial);

/* Who it was: the principal, or the webhook that signed. */
struct json call_principal(const struct call *call);

/* What it is refused for, "repeated", or the empty text: it succeeds. */
struct text call_code(const struct call *call);

/* Appends the row of a call that succeeded, or of its refusal, in the present transaction. */
int record_append(struct call *call, struct connection *connection, struct error *error);

/* Whether this refusal gets a row of its own, or is only counted: past so many a minute per route
 * and reason, one counted row stands for all. A call counts once, as what it is refused for last.
 */
bool refusal_is_recorded(struct call *call);

/* The transaction in which the call was refused is lost, and with it the refusal. */
void refusal_take_back(struct call *call);

struct refusals *refusals_new(struct dispatcher *dispatcher);
void refusals_close(struct refusals *refusals); /* its handle; then the loop must run once more */
void refusals_free(struct refusals *refusals);

/* Submits a row for whatever has only been counted so far. */
void refusals_flush(struct refusals *refusals);

/* --- last_use.c: when sessions were used last. --- */

struct last_uses *last_uses_new(struct writer *writer);
void last_uses_free(struct last_uses *last); /* once the writer is closed */

/* Moves it forward if that is due; nobody waits for it. */
void last_uses_note(struct last_uses *last, const struct session *session, int64_t now_ms);

/* --- count.c: metrics. All do nothing if nothing is counted. --- */

/* Metrics, writer and generation are borrowed; metrics may be NULL, and then so is what comes back.
 * Before the writer's first job. */
struct counts *counts_new(struct metrics *metrics, const struct generation *generation,
                          struct writer *writer);
void counts_free(struct counts *counts); /* once the writer is closed */

void count_begin(const struct call *call);
void count_end(const struct call *call); /* its verdict stands */

/* Brackets what a handler holds the loop for: into call->run_ns, and the run when it is over. */
uint64_t count_clock(const struct call *call);
void count_run(const struct call *call);

/* Whether its route is closed now; and which are, once that is known of a former generation. */
void count_quarantine(const struct call *call);
void count_quarantines(const struct dispatcher *dispatcher);

/* The call begins to wait for the lane, or has waited. */
void count_passwords(const struct call *call, bool wait);

/* So many refusals more (or less) wait for a common row. */
void count_refusals(const struct dispatcher *dispatcher, int64_t change);
void count_audit_failure(const struct dispatcher *dispatcher);

/* --- reply.c --- */

/* One member of an object that is being written, behind what it has already; none for an empty
 * text. */
void reply_write_member(struct buffer *out, const char *name, struct text value);

void reply_value(struct call *call, struct reply *reply);
void reply_options(struct call *call, struct reply *reply); /* which methods the path has */
void reply_refusal(struct call *call, struct reply *reply);

#endif
