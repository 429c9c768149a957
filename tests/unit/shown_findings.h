/* What a report prints, without the codes: the tests of one part are about words and places. Which
 * code a mistake has is held by the examples of docs/errors.md, which tests/spec/findings_spec.lua
 * runs. */
#ifndef WRIT_TESTS_SHOWN_FINDINGS_H
#define WRIT_TESTS_SHOWN_FINDINGS_H

#include <stdio.h>
#include <string.h>

#include "base/report.h"

/* Whether " W0312:" stands here. */
static inline bool is_code(const char *at)
{
  return strncmp(at, " W", 2) == 0 && strspn(at + 2, "0123456789") == 4 && at[6] == ':';
}

/* One line each, `file:line:column: error: message`; the caller frees it. */
static inline char *shown_findings(struct report *report)
{
  char *shown = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&shown, &length);
  report_print(report, out);
  fclose(out);
  char *to = shown;
  for (const char *from = shown; *from; *to++ = *from++)
    if (is_code(from)) from += strlen(" W0312");
  *to = 0;
  return shown;
}

#endif
