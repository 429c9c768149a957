/* What the files attack*.c share: private to testing/.
 *
 * A contract is attacked in a scene: somebody who may call, and an input with which the call
 * succeeds. An attack changes one thing about it, sends it, and says what must come. What must be
 * so of every reply, whatever was tried (it fits `returns`, an effect has its audit row, a refusal
 * changes nothing), attack_send looks at. */
#ifndef WRIT_TESTING_ATTACK_PARTS_H
#define WRIT_TESTING_ATTACK_PARTS_H

#include "config/config.h"
#include "contract/generation.h"
#include "dispatch/dispatch.h"
#include "store/sql.h"
#include "testing/attack.h"
#include "testing/dice.h"
#include "testing/mutations.h"
#include "testing/request_of.h"
#include "testing/scratch.h"
#include "testing/values.h"

enum guarantee {
  GUARANTEE_SERVES,
  GUARANTEE_TOKEN,
  GUARANTEE_ROLES,
  GUARANTEE_SCOPES,
  GUARANTEE_WEBHOOK,
  GUARANTEE_FORM,
  GUARANTEE_INPUT,
  GUARANTEE_BOUNDS,
  GUARANTEE_DATA,
  GUARANTEE_OWNS,
  GUARANTEE_RULES,
  GUARANTEE_LOGIN,
  GUARANTEE_RATE,
  GUARANTEE_REPEAT,
  GUARANTEE_STATE,
  GUARANTEE_HOSTILE,
  GUARANTEE_RETURNS,
  GUARANTEE_AUDIT,
  GUARANTEE_UNDO,
  GUARANTEE_COUNT
};

/* Somebody whom the fixtures name. */
struct person {
  const struct scratch_principal *principal;
  struct json id; /* as the principal query gives it: a string or an integer */
  struct text *roles;
  size_t role_count;
  bool found;                  /* there is a row of theirs */
  char token[TOKEN_CHARS + 1]; /* of a session that is good until the next reset; empty: none */
  int64_t signed_in_ms;
};

/* Rows of a table, read once: where values of fields are taken from. */
struct known_table {
  struct text name;
  struct json rows;
  bool read;
};

/* Rows of a table that are not the caller's. */
struct foreign_rows {
  struct text table, condition, sql; /* that reads them; ?1 is the caller's id */
  bool readable;                     /* the policy lets others see some */
  struct json before;
};

/* What is the same for all contracts of a run. */
struct attack_run {
  struct scratch *scratch;
  const struct generation *generation;
  const struct config *config;
  const char *address; /* as in struct attack_options */
  struct dice dice;
  size_t most; /* as in struct attack_options */
  struct arena *report_arena;
  struct arena arena; /* for the run */
  struct person *people;
  size_t people_count;
  struct text *roles; /* that contracts or people have */
  size_t role_count;
  struct known_table *tables;
  size_t table_count;
  unsigned shared_limits_tried; /* a bit for each of the policy's, which count over all routes */
  int64_t start_ms;             /* of the clock, after a reset */
  uint64_t keys;                /* Idempotency-Keys and addresses that have been made */
  unsigned char digest[HASH_BYTES]; /* of the database as the fixtures make it */
};

enum attempt_sign { SIGN_WELL, SIGN_NOT, SIGN_WRONGLY, SIGN_OTHER_BODY, SIGN_LONG_AGO };

/* One request in the making. */
struct attempt {
  const char *tried; /* "without a token": the end of "a request …" */
  struct request request;
  struct json input;      /* it was made of; null: of none */
  struct person *who;     /* whose token it has: $TOKEN of its command; NULL: nobody's */
  enum attempt_sign sign; /* of a webhook */
  size_t padding;         /* so many spaces at the end of the body */
};

/* What a field of the input may be for the present caller. */
struct field_choice {
  bool owned;
  struct json values; /* of the fixtures, an array; null: it is not looked for there */
};

/* Who calls, with what. */
struct scene {
  struct person *caller; /* NULL: nobody is needed, or nobody in the fixtures may */
  struct person *login;  /* whose password is verified; or NULL */
  struct json input;     /* valid; null: none was found */
  struct json fixed;     /* the fields of it that must stay as they are for the call to succeed */
  bool loses_rows;       /* what it is for takes rows away */
  bool works;            /* the reply to it was no refusal */
  const struct scratch_reply *reply;  /* the last one; NULL: there is no request to be tried */
  const struct scratch_reply *broken; /* the first of 5xx; NULL: there was none */
  struct attempt *breaking;           /* the attempt that got it */
  struct error why_no_input;
};

struct attack {
  struct attack_run *run;
  struct scratch *scratch;
  const struct contract *contract;
  struct attack_result *result;
  struct attack_failure **last_failure;
  struct attack_untried **last_untried;
  struct arena arena; /* for this contract */
  struct values values;
  struct scene scene;
  struct field_choice *choices;     /* of the present caller, by field */
  enum guarantee guarantee;         /* whose attacks are made */
  bool dirty;                       /* the database is not as the fixtures make it */
  bool replaced;                    /* the handler is another one */
  struct error error;               /* of the machine: nothing more is tried */
  unsigned char digest[HASH_BYTES]; /* of the database now */
  const struct scratch_reply *last_reply;
  struct foreign_rows *foreign; /* of the tables that can be judged */
  size_t foreign_count;
  struct text *secrets; /* of those rows, what no reply to the caller may have */
  size_t secret_count;
};

/* --- attack_call.c --- */

/* The request of the scene, with its caller's token. */
struct attempt attack_attempt(struct attack *attack, const char *tried);
/* The same with another input. */
struct attempt attack_attempt_with(struct attack *attack, const char *tried,
                                   const struct json *input);

/* Somebody's token, as Authorization. */
void attempt_as(struct attack *attack, struct attempt *attempt, struct person *person);

/* Sends it, and looks at what must be so of every reply. The reply lies in the attack's arena. */
const struct scratch_reply *attack_send(struct attack *attack, const struct attempt *attempt);

/* Whether the reply is none of the host's or the contract's refusals. */
bool reply_succeeded(const struct scratch_reply *reply);

/* Sends it: it must be refused so. False if it was not, which is a failure. */
bool attack_expect_denial(struct attack *attack, const struct attempt *attempt, enum denial denial);

/* The same of a refusal that the contract declares. */
bool attack_expect(struct attack *attack, const struct attempt *attempt, int status,
                   struct text code);

/* Puts database, clock, limits and handler back, if anything of it is not as it was. */
void attack_pristine(struct attack *attack);
/* The same in any case: rate limits and quarantine are forgotten. */
void attack_reset(struct attack *attack);

/* Rows of the scratch database, in the attack's arena; an error ends the attacks. False then. */
bool attack_rows(struct attack *attack, struct text sql, const struct json *values,
                 size_t value_count, struct json *rows);

/* --- attack_always.c --- */

/* What queries of `unchanged` give before a call; and everything that is looked at after it. */
struct json check_before(struct attack *attack);
void check_reply(struct attack *attack, const struct attempt *attempt,
                 const struct scratch_reply *reply, bool changed, const struct json *before);

/* --- attack_result.c --- */

/* The reply is as it must be, or not: counted, and in the second case a failure with `expected`. */
void attack_passed(struct attack *attack);
void attack_failed(struct attack *attack, const struct attempt *attempt,
                   const struct scratch_reply *reply, struct text expected, struct text got,
                   const char *help);
/* The same of what is looked at in every reply, whatever was tried. */
void attack_held(struct attack *attack, enum guarantee guarantee, bool held,
                 const struct attempt *attempt, const struct scratch_reply *reply,
                 struct text expected, struct text got, const char *help);
void attack_not_tried(struct attack *attack, struct text tried, struct text reason,
                      struct text help);
/* So many others of this guarantee were not chosen. */
void attack_left_out(struct attack *attack, enum guarantee guarantee, size_t count);

/* What came, for people: "200 with {…}". */
struct text reply_in_words(struct attack *attack, const struct scratch_reply *reply);

/* --- attack_people.c --- */

int people_find(struct attack_run *run, struct error *error);
/* Whether one of their roles lets them in. */
bool person_may(const struct person *person, const struct contract *contract);
/* All rows are open to them in this contract. */
bool person_is_exempt(const struct attack_run *run, const struct person *person,
                      const struct contract *contract);
bool person_has(const struct person *person, struct text role);
/* Whose role or id the principal query reads, as table and column; false: it cannot be said. */
bool principal_column(struct attack *attack, const char *name, struct text *table,
                      struct text *column);

/* --- attack_scene.c --- */

/* Finds caller and input. */
void scene_find(struct attack *attack);
/* What fields may be for this caller: before scene_roll. */
void scene_choose(struct attack *attack, struct person *caller);
/* Another valid input for this caller, by chance, and what of it must stay as it is. False: there
 * is none. */
bool scene_roll(struct attack *attack, struct person *caller, uint32_t trial, struct json *input,
                struct json *fixed);
/* A phrase for what is missing, if there is no scene: for attack_not_tried. */
struct text scene_missing(struct attack *attack, struct text *help);
/* Whether there is a valid input, and somebody to send it; else that is noted as not tried. */
bool scene_has_input(struct attack *attack, const char *tried);

/* --- attack_known.c --- */

/* Values of the fixtures that the field could have in this input, as an array. */
struct json scene_known_values(struct attack *attack, const struct field *field,
                               const struct json *input, size_t max);
/* The value as it stands in the field: in an array where that is one. */
struct json scene_as_field(struct attack *attack, const struct field *field,
                           const struct json *value);
/* The input with one field replaced. */
struct json scene_with(struct attack *attack, const struct json *input, struct text name,
                       struct json value);
/* What a query of the host's gives for an input: a row, or its first column; null: none. False: it
 * cannot be asked, as it looks at what only a call has. */
bool scene_ask_row(struct attack *attack, const struct use *use, const struct json *input,
                   const struct json *principal_id, const struct json *new_id, struct json *row);
bool scene_ask(struct attack *attack, const struct use *use, const struct json *input,
               const struct json *principal_id, const struct json *new_id, struct json *value);

enum belonging { BELONGS, BELONGS_TO_ANOTHER, BELONGS_TO_NOBODY, BELONGS_UNKNOWN };

/* Whose a value of an owned field is, for this person; of an array, an element. */
enum belonging scene_belongs(struct attack *attack, const struct ownership *ownership,
                             const struct json *input, const struct json *value,
                             const struct person *person);

/* The query's SQL has this name in it. */
bool known_mentions(const struct use *use, struct text table);

/* --- attack_foreign.c --- */

/* Finds which tables can be judged, and reads them. */
void foreign_find(struct attack *attack);
/* SQL for the rows of a table that are not those of ?1; empty: it cannot be said. */
struct text foreign_condition(struct attack *attack, struct text table);
bool foreign_read(struct attack *attack, const struct foreign_rows *rows, struct json *read);
/* A text of somebody else's row that the reply has, and the request has not; empty: none. */
struct text foreign_seen(const struct attack *attack, const struct attempt *attempt,
                         const struct scratch_reply *reply);
/* A table in which rows of others are not as they were; empty: there is none. */
struct text foreign_changed(struct attack *attack);

/* --- attack_sign.c --- */

/* The headers of a webhook's sender. */
void attempt_sign(struct attack *attack, const struct attempt *attempt, struct request *request);
/* Its signatures say when they were made. */
bool attempt_is_dated(const struct attack *attack);

/* --- attack_curl.c --- */

struct text attempt_as_curl(struct attack *attack, const struct attempt *attempt);
/* How to get the token that $TOKEN in it stands for. */
struct text attempt_token_hint(struct attack *attack, const struct attempt *attempt);

/* --- attack_when.c --- */

/* No `when` refuses this input of theirs; false as well if that cannot be told. */
bool when_admits(struct attack *attack, const struct person *person, const struct json *input);

/* --- The families. Each makes the attacks of one guarantee. --- */

void attack_serves(struct attack *attack);
void attack_token(struct attack *attack);
void attack_roles(struct attack *attack);
void attack_scopes(struct attack *attack);
void attack_webhook(struct attack *attack);
void attack_form(struct attack *attack);
void attack_input(struct attack *attack); /* and of bounds and data */
void attack_owns(struct attack *attack);
void attack_rules(struct attack *attack); /* and of when */
void attack_when(struct attack *attack);
void attack_login(struct attack *attack);
void attack_rate(struct attack *attack);
void attack_repeat(struct attack *attack);
void attack_state(struct attack *attack);
void attack_hostile(struct attack *attack);

#endif
