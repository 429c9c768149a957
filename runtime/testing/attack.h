/* Derived attacks: what is tried on every contract of an app, with no test written by anyone.
 *
 * A guarantee is what a contract (or Writ itself) promises and an attack tries to break: "a token
 * is needed", "what the schema forbids is refused". They are the rows of one table
 * (testing/attacks.c). An attack is one request, or a few, and what must come of it. All of them go
 * through the real dispatcher, on a scratch database.
 *
 * They find mistakes: of a handler, of a contract that promises what its app does not keep, of
 * Writ. They prove nothing about a handler that means harm: it can tell a test from life. */
#ifndef WRIT_TESTING_ATTACK_H
#define WRIT_TESTING_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "testing/scratch.h"

enum { GUARANTEES_MAX = 24, ATTACKS_USUALLY = 1000 };

enum attack_outcome {
  ATTACK_DOES_NOT_APPLY, /* the contract promises nothing of the kind */
  ATTACK_PASSED,
  ATTACK_UNTRIED, /* an attack that belongs here could not be made; none failed */
  ATTACK_FAILED
};

/* What was tried, and did not end as it must. */
struct attack_failure {
  struct attack_failure *next;
  size_t guarantee;
  struct text tried, expected, got; /* plain words */
  struct text curl;                 /* a command that can be pasted; empty: no request does it */
  struct text token;                /* what $TOKEN in it stands for; empty: there is none */
  const char *file;                 /* where to look, from the app's folder; never NULL */
  unsigned line;                    /* 0: the file as a whole */
  struct text message; /* of the handler or the host: what it says of it; may be empty */
  struct text help;
};

/* An attack that could not be made. */
struct attack_untried {
  struct attack_untried *next;
  size_t guarantee;
  struct text tried, reason, help;
};

/* Of one contract. */
struct attack_result {
  const struct contract *contract;
  enum attack_outcome outcomes[GUARANTEES_MAX];
  size_t more[GUARANTEES_MAX];     /* failures beyond those that are shown */
  size_t tried[GUARANTEES_MAX];    /* attacks of its own that were made */
  size_t left_out[GUARANTEES_MAX]; /* and those beyond `most` */
  size_t passed, failed, untried;  /* attacks */
  size_t requests;
  struct attack_failure *failures; /* in the order in which they came */
  struct attack_untried *untried_attacks;
};

struct attack_report {
  uint64_t seed;
  struct attack_result *results; /* one per contract, by name */
  size_t result_count;
  size_t most; /* as it was asked for */
  size_t passed, failed, untried, left_out, requests;
  uint64_t elapsed_ns;
  bool stopped; /* before all contracts were attacked */
};

struct attack_options {
  uint64_t seed; /* of all that is chosen by chance */
  size_t most;   /* attacks of one kind on one contract, chosen by chance; 0: all there are. Only
                    kinds that grow with the schema come near ATTACKS_USUALLY */
  const char *const *contracts; /* their names; none: all */
  size_t contract_count;
  const char *address; /* where requests that can be pasted go: "http://127.0.0.1:8080" or
                          "unix:/PATH"; NULL: where writ.json listens */
  /* Before each contract; false: it and those after it are left out. NULL: nobody asks. */
  bool (*go_on)(void *context, size_t done, size_t all, const char *contract);
  void *context;
};

/* Attacks the contracts. Everything in the report lies in the arena and in the scratch's
 * generation. -1: an attack could not be made for a reason that is the machine's, or a name is no
 * contract's. */
int attacks_run(struct scratch *scratch, const struct attack_options *options, struct arena *arena,
                struct attack_report *report, struct error *error);

/* The table: what guarantee number `i` is called, in a word and in a sentence. NULL: there are no
 * more. */
const char *guarantee_name(size_t i);
const char *guarantee_sentence(size_t i);
/* Its finding when it is broken: 950 for W0950. */
enum finding_code guarantee_code(size_t i);

/* For people: the table of routes and guarantees, each failure, what was not tried, the sum. */
void attack_report_print(const struct attack_report *report, FILE *out);

/* For tools, in the arena: the members "contracts", "attacks" and so on of
 * docs/json/test.schema.json. */
struct json attack_report_json(const struct attack_report *report, struct arena *arena);

#endif
