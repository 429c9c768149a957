/* What the targets that attack the sandbox share: a handler that must answer exactly, whatever has
 * happened before, and what sandbox.h promises of every run. */
#ifndef WRIT_TESTS_RUNS_H
#define WRIT_TESTS_RUNS_H

#include "sandbox/sandbox.h"

struct patient {
  struct sandbox *sandbox;
  struct image *healthy;
};

/* A sandbox and the healthy handler. Ends the program if there is none. */
void patient_init(struct patient *patient);

/* Several healthy runs, suspended at the same time, give their exact results. */
void patient_check(struct patient *patient);

/* The outcome is one of those a run can end with, and all that goes with it is as promised. */
void check_result(const struct run_result *result, const struct run_limits *limits);

/* From here on crypto_random gives what follows from `seed`, so that a run can be repeated. */
void random_begin(uint64_t seed);

#endif
