/* How values are made, place by place. Shared by the files values*.c and mutation*.c. */
#ifndef WRIT_TESTING_VALUES_MAKE_H
#define WRIT_TESTING_VALUES_MAKE_H

#include "testing/says.h"

enum { MAKE_STEPS = 20000, MAKE_TRIES = 12, MAKE_DEPTH_FULL = 5, MAKE_DEPTH_MAX = 24 };

/* One try at a value. */
struct making {
  struct values *values;
  bool full;                /* optional members and elements too */
  bool examples;            /* are taken where there are some */
  uint32_t drops;           /* per cent of the optional members that are left out again */
  const struct json *fixed; /* members of the root that are given; or NULL */
  uint32_t depth;
};

/* A value for which all that is said holds. False: none was found, or the steps have run out. */
bool make_place(struct making *making, const struct says *says, struct json *value);

/* All of these make one of the type, and do not look whether it is valid. False: it cannot be. */
bool make_text(struct making *making, const struct says_limits *limits, struct json *value);
bool make_number(struct making *making, const struct says_limits *limits, unsigned types,
                 struct json *value);
bool make_array(struct making *making, const struct says *says, const struct says_limits *limits,
                struct json *value);
bool make_object(struct making *making, const struct says *says, const struct says_limits *limits,
                 struct json *value);

/* A text of `least` to `most` characters that patterns, formats and normalize leave as it is. */
bool make_text_of_length(struct values *values, const struct says_limits *limits, uint32_t least,
                         uint32_t most, struct text *text);

/* A whole number, or one with a fraction, near the bound: `sign` 1 is the least that is allowed, -1
 * the greatest. False if there is no bound, or nothing fits. */
bool make_bound(const struct says_limits *limits, int sign, bool whole, struct arena *arena,
                struct json *value);

/* Whether a value is valid under all the parts. */
bool make_holds(const struct says *says, const struct json *value);

/* An array of exactly so many elements; fewer (false) if no more could be made. */
bool make_elements(struct making *making, const struct says *says, bool unique, uint32_t count,
                   struct json *value);

/* What the contract and its templates say of the input. */
void says_of_input(struct values *values, const struct generation *generation,
                   const struct contract *contract, struct says *says);

#endif
