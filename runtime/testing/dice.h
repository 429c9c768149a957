/* Chance that can be repeated: one seed, one run. For tests and attacks that make their own cases;
 * nothing here is a secret (base/crypto.h). */
#ifndef WRIT_TESTING_DICE_H
#define WRIT_TESTING_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
  uint64_t state; /* the seed; any will do, and so will its neighbour */
};

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
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

#endif
