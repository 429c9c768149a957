/* Making an image without holes, in two passes (enum packing in sandbox/boundary.h). Compiling and
 * loading allocate twice as much as they keep, mixed with it. As the same source makes the same
 * allocations in the same order, the first pass can tell the second which ones to keep together. */
#ifndef WRIT_GUEST_PACK_H
#define WRIT_GUEST_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../boundary.h"

/* Begins a pass. `fates`: where to note them (PACK_RECORD), or where the host has put `count` of
 * them (PACK_REPLAY); the heap's limit lies there. */
void pack_begin(enum packing mode, unsigned char *fates, uint32_t count);

/* Ends it. Returns the bytes for END_READY. */
const void *pack_end(size_t *length);

bool packing(void);

/* lua_Alloc during a pass. Never fails: what does not fit ends the run. */
void *pack_alloc(void *block, size_t old_bytes, size_t new_bytes);

#endif
