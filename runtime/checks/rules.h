/* `rules` before the handler and `holds` after it: named queries that must give one row, integer 1.
 */
#ifndef WRIT_CHECKS_RULES_H
#define WRIT_CHECKS_RULES_H

#include <stdbool.h>

#include "checks/facts.h"

/* False with the first rule's declared error that does not hold. Anything but the integer 1 does
 * not. */
bool check_rules(struct facts *facts, const struct rule *rules, size_t count,
                 struct verdict *verdict);

#endif
