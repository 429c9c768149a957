/* Contracts that a subcommand is told by name. */
#ifndef WRIT_CLI_CLI_CONTRACT_H
#define WRIT_CLI_CLI_CONTRACT_H

#include "contract/generation.h"

/* The contract of this name (users.update_profile), path (contracts/users/update_profile.json) or
 * route ("PATCH /users/{user_id}"). NULL, said on stderr, if there is none. */
const struct contract *cli_find_contract(const struct generation *generation, const char *name,
                                         struct arena *arena);

#endif
