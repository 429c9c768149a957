/* What to tell somebody about a name that is not there. */
#ifndef WRIT_GUEST_SUGGEST_H
#define WRIT_GUEST_SUGGEST_H

#include "lua.h"

enum { SUGGESTION_BYTES = 64 };

/* The name that was probably meant, of those considered. Begin with all but the names zero. */
struct suggestion {
  const char *name, *field; /* undefined: the global, or, unless NULL, a field of it */
  int distance;             /* of `best`; 0: none */
  char best[SUGGESTION_BYTES];
};

void suggest(struct suggestion *suggestion, const char *candidate);

/* [-0, +0, m] Considers the keys of the table on top. */
void suggest_keys(lua_State *L, struct suggestion *suggestion);

/* [-0, +0, m] Considers all globals, and the constants of the language. */
void suggest_globals(lua_State *L, struct suggestion *suggestion);

/* [-0, +1, m] "undefined 'inptu': did you mean 'input'?" */
void push_undefined(lua_State *L, const struct suggestion *suggestion);

#endif
