/* `when`: what is asked in addition for some inputs. */
#ifndef WRIT_CHECKS_CONDITIONS_H
#define WRIT_CHECKS_CONDITIONS_H

#include <stdbool.h>

#include "checks/facts.h"

/* For each condition whose schema the input is not certainly invalid under: its roles, scopes,
 * ownership and rules, in this order. An input that is too complex to be checked is asked
 * everything. */
bool check_conditions(struct facts *facts, struct verdict *verdict);

#endif
