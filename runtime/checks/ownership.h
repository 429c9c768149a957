/* `owns`: the fields that name the caller's own things do name the caller's own things. */
#ifndef WRIT_CHECKS_OWNERSHIP_H
#define WRIT_CHECKS_OWNERSHIP_H

#include <stdbool.h>

#include "checks/facts.h"

/* Each owned field is the principal's id, or its query gives exactly one row whose value is the
 * principal (or is listed in `in`); an array is checked element by element. Nothing found and
 * foreign are the same answer. Asked inside the transaction of the effect. Not asked of exempt
 * principals. */
bool check_ownership(struct facts *facts, const struct ownership *owns, size_t count,
                     struct verdict *verdict);

#endif
