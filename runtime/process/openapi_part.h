/* The OpenAPI document in a bundle: made once, by the builder, and sent by every worker from where
 * it lies. For 1,000 contracts it takes as long as the contracts themselves, so it is taken from
 * the bundle before if nothing of what it says has changed. */
#ifndef WRIT_PROCESS_OPENAPI_PART_H
#define WRIT_PROCESS_OPENAPI_PART_H

#include "base/bundle.h"
#include "config/config.h"
#include "contract/generation.h"

/* Adds the document, if writ.json has it served. `before` may be NULL; what is taken from there is
 * borrowed. */
void openapi_pack(const struct config *config, const struct generation *generation,
                  const struct bundle *before, struct bundle_writer *writer);

/* The document; empty if it is not served. */
struct text openapi_unpack(const struct bundle *bundle);

#endif
