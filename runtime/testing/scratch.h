/* An app called in process, on a database that nothing else uses: what `writ test`, `writ try` and
 * the busted helper share.
 *
 * Requests go to the real dispatcher, without sockets. The database is made of the app's migrations
 * and fixtures; `scratch_reset` puts it back as it was, and forgets rate limits, quarantines,
 * remembered tokens and the time that was set. Served data is never opened, nor any secret that
 * writ.json names: webhooks have secrets made here, passwords are hashed at little cost.
 *
 * The database is a file in a folder of its own, in memory where the machine has such a place. Once
 * all who use it have it open, it has no name any more: however the process ends, nothing stays.
 *
 * Fixtures are SQL, tests/fixtures.sql unless said. Notes in it name the people of the tests:
 *
 *   -- principal: ada 01890000-0000-7000-8000-00000000000a ada-loves-engines
 *
 * that is a name, the principal's id, and their password, which may be left out.
 *
 * One thread at a time; a process may have several, which each thread closes in the reverse order
 * of their opening (sandbox_new). What an app's database says of time with SQL's own functions
 * ('now') is the machine's time, whatever was set here. */
#ifndef WRIT_TESTING_SCRATCH_H
#define WRIT_TESTING_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/report.h"
#include "base/text.h"
#include "dispatch/dispatch.h"

struct config;
struct contract;
struct generation;
struct scratch;

struct scratch_options {
  const char *folder;   /* of the app */
  const char *fixtures; /* path of a SQL file; NULL: tests/fixtures.sql or fixtures.sql in the
                           folder, if one is there; else the database is only migrated */
  struct text sql;      /* the fixtures themselves, instead; its data NULL: they are read */
  bool dev;             /* replies tell everything, as with `writ serve --dev` */
};

/* -1: the error is set, or the report, empty before, says what is wrong with the app. Handlers that
 * do not load are in the report, and do not keep it from opening. The options' texts are borrowed
 * until it is closed; the report is not. */
int scratch_open(const struct scratch_options *options, struct report *report,
                 struct scratch **scratch, struct error *error);
void scratch_close(struct scratch *scratch); /* NULL is allowed */

/* As it was when it was opened. Tokens of scratch_sign_in end with it. */
int scratch_reset(struct scratch *scratch, struct error *error);

const struct generation *scratch_generation(const struct scratch *scratch);
const struct config *scratch_config(const struct scratch *scratch);

/* --- People. --- */

struct scratch_principal {
  struct text name, id, password; /* password: empty if the fixtures do not say it */
};

/* In the order of the fixtures; theirs, like what is found by name (NULL: nobody). */
const struct scratch_principal *scratch_principals(const struct scratch *scratch, size_t *count);
const struct scratch_principal *scratch_principal(const struct scratch *scratch, struct text name);

/* Warns of those for whom the principal query finds no row (nobody is warned of if it looks at the
 * time as well), and of passwords that are not those whose hashes stand in their rows. What is
 * hashed at a cost takes its time. -1: the database could not be read. */
int scratch_check_people(struct scratch *scratch, struct report *report, struct error *error);
int scratch_check_passwords(struct scratch *scratch, struct report *report, struct error *error);

/* A new session of this principal, be there a row of theirs or not. */
int scratch_sign_in(struct scratch *scratch, struct text principal_id, char token[TOKEN_CHARS + 1],
                    struct error *error);

/* The secret of a webhook of writ.json, which outlives no close; empty: there is none. */
struct text scratch_webhook_secret(const struct scratch *scratch, struct text name);

/* Signs a request, once it has its body, as this webhook would, now. False: there is none. */
bool scratch_sign_webhook(const struct scratch *scratch, struct text name, struct arena *arena,
                          struct request *request);

/* --- Calls. --- */

struct scratch_header {
  struct text name, value;
};

/* Of a call, in an arena of the caller's. */
struct scratch_reply {
  int status;                     /* 0: a reset failed, so nobody answers */
  struct text content_type, body; /* both empty: there is no body */
  struct json json;               /* the body, if it is JSON; else null */
  struct scratch_header headers[REPLY_HEADERS_MAX];
  size_t header_count;
  struct text request_id, handler, code;
  uint64_t elapsed_ns; /* of the machine's time */
};

/* Sends the request and runs the loop until its reply is there and what it wrote is committed.
 * Without an address it comes from 127.0.0.1. */
void scratch_call(struct scratch *scratch, const struct request *request, struct arena *arena,
                  struct scratch_reply *reply);

/* --- What happened inside a call. --- */

struct scratch_parameter {
  struct text name;
  const char *source; /* "input.email", "computed by the handler", ":now" */
  struct json value;  /* of a password: the text "(a hash)" */
};

/* A query that the call ran, in the order in which they ran. */
struct scratch_query {
  struct scratch_query *next;
  struct text name;
  bool writes, host; /* host: it asked for itself (owns, rules, holds, credentials …) */
  bool exempt;       /* over all rows, and not the principal's alone */
  struct scratch_parameter *parameters;
  size_t parameter_count;
  bool shown;          /* nothing of its result is secret: */
  struct json result;  /* else null */
  struct text failure; /* empty: it did not fail */
};

struct scratch_line {
  struct scratch_line *next;
  struct text text;
};

/* In an arena of the caller's. */
struct scratch_trace {
  struct arena *arena;
  struct scratch_query *queries, **last_query;
  struct scratch_line *lines, **last_line; /* that the handler logged */
  bool ran;                                /* the handler was reached, and then: */
  uint64_t cpu_ns;                         /* what it used, with its queries */
  uint32_t memory_bytes;                   /* the most that was writable */
  struct json principal_id, roles;         /* null: nobody */
  struct text detail;                      /* why it was refused, for developers; or empty */
  struct text message, traceback;          /* of a handler that failed; or empty */
};

/* Calls that follow are told to `trace`, until it is another; NULL: to nobody. */
void scratch_watch(struct scratch *scratch, struct scratch_trace *trace, struct arena *arena);

/* Time stands still from the opening on, until it is set; UNIX milliseconds. Rate limits, sessions
 * and :now see it. */
int64_t scratch_now(const struct scratch *scratch);
void scratch_set_now(struct scratch *scratch, int64_t now_ms);

/* --- The database from beside: no policy, everything. --- */

/* Rows as a JSON array of objects. `sql` is one statement, which may write; `values` (or NULL) a
 * JSON array that is bound to its parameters in order. */
int scratch_rows(struct scratch *scratch, struct text sql, const struct json *values,
                 struct arena *arena, struct json *rows, struct error *error);

/* Of all rows of the app's own tables (none of Writ's): the same before and after means that
 * nothing was changed. */
int scratch_digest(struct scratch *scratch, unsigned char digest[HASH_BYTES], struct error *error);

/* The rows of the app's own tables that are not as they were when it was opened, as an array of
 * {"table", "before", "after"}; null: there was, or is, none. What the policy calls secret is
 * "(secret)", or "(another secret)" if it has changed. */
int scratch_changes(struct scratch *scratch, struct arena *arena, struct json *changes,
                    struct error *error);

/* --- Handlers. --- */

/* Puts another handler in the place of a contract's own, until the next reset. -1: it does not
 * load; then nothing is changed. */
int scratch_replace_handler(struct scratch *scratch, const struct contract *contract,
                            struct text source, struct error *error);

#endif
