/* What can be known of the handlers' Lua under their contracts without running it.
 *
 * A handler that is not Lua gets no advice: loading it says what is wrong, and which globals are
 * undefined. Here it is held against its contract: queries and their parameters, errors, fields of
 * the input, what is returned. An error is what cannot succeed wherever it is reached, or a name
 * that means nothing; a warning what is likely to be wrong. What cannot be told is left alone.
 *
 * For the command line and for developers: no server asks, since no handler may veto a contract. */
#ifndef WRIT_ADVICE_ADVICE_H
#define WRIT_ADVICE_ADVICE_H

#include "base/report.h"
#include "contract/app_tree.h"
#include "contract/generation.h"

/* Adds findings about all handlers, and about modules what is so whoever calls them. The scripts
 * are those that the generation was made with; the report's findings have no need of either. */
void advise(const struct generation *generation, const struct app_tree *scripts,
            struct report *report);

/* The same of one contract's handler. */
void advise_contract(const struct generation *generation, const struct contract *contract,
                     const struct app_tree *scripts, struct report *report);

#endif
