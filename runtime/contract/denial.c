/* The table of denials, as functions. */
#include "contract/denial.h"

static const struct {
  const char *code;
  int status;
  const char *title;
} table[DENIAL_COUNT] = {
#define X(name, code, status, title) [DENIAL_##name] = {code, status, title},
    DENIALS(X)
#undef X
};

const char *denial_code(enum denial denial)
{
  return table[denial].code ? table[denial].code : "";
}

int denial_status(enum denial denial)
{
  return table[denial].status;
}

const char *denial_title(enum denial denial)
{
  return table[denial].title ? table[denial].title : "";
}

enum denial denial_of(struct text code)
{
  for (int i = DENIAL_NONE + 1; i < DENIAL_DECLARED; i++)
    if (text_is(code, table[i].code)) return (enum denial)i;
  return DENIAL_NONE;
}
