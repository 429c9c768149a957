/* What a developer is told of a call that was refused: where it happened, in the handler and in the
 * contract, and how to mend it. Only where a dispatcher is told that its people develop
 * (dispatch_config.dev): none of it is for clients. */
#ifndef WRIT_DISPATCH_DEBUG_H
#define WRIT_DISPATCH_DEBUG_H

#include "base/text.h"

struct buffer;
struct call;

/* A line of a file of the app. */
struct debug_place {
  struct text file; /* empty: nowhere */
  unsigned line;
  struct text source; /* the line itself, trimmed; empty if it is not known */
};

/* Texts lie in the call's arena, or live as long as the generation. */
struct debug {
  struct text contract, handler;          /* their files */
  struct text detail, message, traceback; /* as in struct verdict; detail only if it says more */
  struct debug_place script;              /* the handler's line */
  struct debug_place rule;                /* the contract's */
  struct text keyword;                    /* what it says there: "ensures.returns" */
  struct text help;
};

/* Of a call whose verdict stands; worked out once, and borrowed from it. */
const struct debug *debug_of(struct call *call);

/* The inside of a JSON object. */
void debug_write(struct buffer *out, const struct debug *debug);

/* For a terminal: several lines, each indented. What comes from the app cannot command it. */
void debug_print(struct buffer *out, const struct debug *debug);

#endif
