/* What must hold before the handler (`rules`), after it (`holds`), and what must be the same before
 * and after (`unchanged`). */
#ifndef WRIT_CHECKS_RULES_H
#define WRIT_CHECKS_RULES_H

#include <stdbool.h>

#include "checks/facts.h"

/* False with the first rule's declared error that does not hold. Anything but the integer 1 does
 * not. */
bool check_rules(struct facts *facts, const struct rule *rules, size_t count,
                 struct verdict *verdict);

/* Before the handler: remembers what each query of `unchanged` gives. After it: false, with a
 * breach of contract, if one gives anything else. */
bool remember_unchanged(struct facts *facts, struct verdict *verdict);
bool check_unchanged(struct facts *facts, struct verdict *verdict);

#endif
