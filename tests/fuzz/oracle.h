/* What jansson makes of a text, in words of its own: jansson's names are too like ours for one file
 * to know both. A value is spelled as n, t, f, i<decimal>, r<hexadecimal>, s<length>:<bytes>,
 * [values] or {names and values}, each behind a space. */
#ifndef WRIT_TESTS_ORACLE_H
#define WRIT_TESTS_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct oracle {
  bool accepted;
  bool all_reals;      /* an integer was beyond 64 bits, so all were read as reals */
  bool nul_in_name;    /* refused for that alone */
  uint32_t depth;      /* of nested arrays and objects */
  char problem[160];   /* if it was refused */
  struct buffer value; /* the caller's */
};

struct oracle oracle_read(struct text text);

void oracle_put_word(struct buffer *out, char word);
void oracle_put_integer(struct buffer *out, int64_t integer);
void oracle_put_real(struct buffer *out, double real); /* zero has no sign here */
void oracle_put_string(struct buffer *out, struct text text);

#endif
