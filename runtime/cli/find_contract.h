/* Which contract somebody means on the command line. */
#ifndef WRIT_CLI_FIND_CONTRACT_H
#define WRIT_CLI_FIND_CONTRACT_H

#include "contract/generation.h"

/* By its name (users.update_profile), its path (contracts/users/update_profile.json), its
 * handler's, or its route ("PATCH /users/{user_id}"). NULL: there is none, and the error says so.
 * The arena is for what is needed meanwhile. */
const struct contract *cli_find_contract(const struct generation *generation, const char *name,
                                         struct arena *arena, struct error *error);

#endif
