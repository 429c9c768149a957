/* Chance that can be repeated, for tests that make their own cases: one seed, one run. */
#ifndef WRIT_TESTS_DICE_H
#define WRIT_TESTS_DICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct dice {
  uint64_t state;
};

/* SplitMix64: any seed will do, and so will its neighbour. */
static inline uint64_t dice_roll(struct dice *dice)
{
  uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static inline uint32_t dice_below(struct dice *dice, uint32_t bound)
{
  return (uint32_t)(dice_roll(dice) % bound);
}

static inline bool dice_happens(struct dice *dice, uint32_t percent)
{
  return dice_below(dice, 100) < percent;
}

/* A number from the environment: WRIT_TEST_SEED and its kin. */
static inline uint64_t number_from(const char *variable, uint64_t otherwise)
{
  const char *value = getenv(variable);
  return value && *value ? strtoull(value, NULL, 10) : otherwise;
}

#endif
