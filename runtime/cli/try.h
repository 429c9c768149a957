/* What the files of `writ try` share: one call, and all that is known of it. */
#ifndef WRIT_CLI_TRY_H
#define WRIT_CLI_TRY_H

#include "contract/generation.h"
#include "testing/scratch.h"

struct tried {
  const struct contract *contract;
  const char *as;     /* as given; NULL: nobody */
  struct text people; /* who there is: "ada, bob" */
  struct request request;
  struct json sent; /* its body as it is shown, which is without passwords; null: it has none */
  struct scratch_reply reply;
  struct json body;  /* of the reply, without what only developers are shown; null: it has none */
  struct json debug; /* that: an object (dispatch/debug.h); null: it succeeded */
  struct scratch_trace trace;
  struct json changes; /* as of scratch_changes */
  struct json audit;   /* the row of the audit log: an object; null: there is none */
};

void try_print(const struct tried *tried, struct arena *arena);
void try_print_json(const struct tried *tried, struct arena *arena);

#endif
