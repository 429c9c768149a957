/* How a target of the HTTP layer reads its input: bytes of a client, and behind the last byte 0xff
 * a script, one step a byte, that says how they arrive. Without an 0xff there is no script, so that
 * a plain file of HTTP is an input. */
#ifndef WRIT_TESTS_CUTS_H
#define WRIT_TESTS_CUTS_H

#include "fuzz.h"

struct cuts {
  struct text script;
  size_t at;
};

/* Splits an input; the script may be empty. */
static inline struct text cuts_split(const uint8_t *data, size_t size, struct text *script)
{
  size_t at = size;
  while (at > 0 && data[at - 1] != 0xff) at--;
  const char *bytes = (const char *)data;
  if (at == 0) {
    *script = (struct text){bytes + size, 0};
    return (struct text){bytes, size};
  }
  *script = (struct text){bytes + at, size - at};
  return (struct text){bytes, at - 1};
}

/* The next step, and after the last the first again; 0 if there is none. */
static inline uint8_t cuts_next(struct cuts *cuts)
{
  if (cuts->script.length == 0) return 0;
  return (uint8_t)cuts->script.data[cuts->at++ % cuts->script.length];
}

#endif
