/* Chance that can be repeated, for tests that make their own cases: one seed, one run. */
#ifndef WRIT_TESTS_DICE_H
#define WRIT_TESTS_DICE_H

#include <stdlib.h>

#include "testing/dice.h"

/* A number from the environment: WRIT_TEST_SEED and its kin. */
static inline uint64_t number_from(const char *variable, uint64_t otherwise)
{
  const char *value = getenv(variable);
  return value && *value ? strtoull(value, NULL, 10) : otherwise;
}

#endif
