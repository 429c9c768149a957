/* What the ways of saying who one is have in common: private to auth*.c. */
#ifndef WRIT_CHECKS_AUTH_PARTS_H
#define WRIT_CHECKS_AUTH_PARTS_H

#include "checks/auth.h"

/* Verdicts; both return false. */
bool auth_unauthenticated(const struct facts *facts, const char *detail, struct verdict *verdict);
bool auth_failed(const struct facts *facts, const char *detail, struct verdict *verdict);

/* Roles stand in the row as `role` (one word) or `roles` (an array of them). */
void auth_read_roles(struct facts *facts, const struct json *row);

/* Leaves the principal only those of these roles that it has: what a token says takes away and
 * never adds. */
void auth_narrow_roles(struct facts *facts, const struct text *roles, size_t count);

/* One of the contract's roles lets the principal in; some of them open all rows to it. */
bool auth_admit(struct facts *facts, const struct generation *generation, struct verdict *verdict);

#endif
