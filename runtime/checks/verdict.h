/* What a check that refuses has to say. */
#ifndef WRIT_CHECKS_VERDICT_H
#define WRIT_CHECKS_VERDICT_H

#include <stdint.h>

#include "base/text.h"
#include "contract/denial.h"
#include "schema/schema.h"

/* Filled by the check that refuses, and only then. Texts lie in the call's arena. */
struct verdict {
  enum denial denial;
  uint32_t declared;         /* DENIAL_DECLARED: index into contract.errors */
  struct text detail;        /* for the log, the audit log and developers, never for clients */
  struct text public_detail; /* one sentence a client may read; may be empty */
  int64_t retry_after_ms;    /* when it may be allowed; 0: nobody knows */
  uint32_t limit;            /* DENIAL_RATE_LIMITED: the contract's limit that was reached */
  const struct schema_problems *problems; /* DENIAL_INVALID_INPUT */
  struct text message, traceback;         /* of a handler that failed; for developers */
  const char *keyword; /* of the contract, that it broke: "ensures.returns"; NULL: by the denial */
};

#endif
