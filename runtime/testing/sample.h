/* A sample of things that come one after another, so many of all of them: which, says a seed. */
#ifndef WRIT_TESTING_SAMPLE_H
#define WRIT_TESTING_SAMPLE_H

#include <stddef.h>

#include "testing/dice.h"

struct sample {
  size_t left;   /* that are still to come */
  size_t wanted; /* of those */
  struct dice dice;
};

/* `most` of `all`; 0: all. */
static inline struct sample sample_of_all(size_t all, size_t most, uint64_t seed)
{
  return (struct sample){all, most == 0 || all < most ? all : most, {seed}};
}

/* Whether the next one is among them. (Knuth, The Art of Computer Programming, 3.4.2, algorithm S.)
 * What comes beyond all that were to come is not. */
static inline bool sample_takes(struct sample *sample)
{
  if (sample->left == 0) return false;
  bool takes = dice_roll(&sample->dice) % sample->left < sample->wanted;
  sample->left--;
  sample->wanted -= takes;
  return takes;
}

#endif
