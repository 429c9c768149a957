/* Heap memory that cannot fail.
 *
 * Every size that reaches these functions is bounded beforehand (bodies, rows, results and images
 * all have limits), so running out of memory is not something an input can cause: it is a machine
 * that is misconfigured. The process then says so and ends, as it would under the kernel's OOM
 * killer; the supervisor starts it again and no transaction is half done. That keeps error paths
 * for what can really happen. See docs/decisions/0002-allocation.md.
 *
 * Thread-safe. Not to be called from signal handlers. */
#ifndef WRIT_BASE_MEMORY_H
#define WRIT_BASE_MEMORY_H

#include <stddef.h>

/* A block of `bytes` zeroed bytes, owned by the caller, freed with memory_free. Never NULL. */
void *memory_new(size_t bytes);

/* `count` zeroed elements of `size` bytes; the product is checked for overflow. Never NULL. */
void *memory_new_array(size_t count, size_t size);

/* Grows or shrinks a block (NULL is an empty one). New bytes are not zeroed. Never NULL. */
void *memory_resize(void *block, size_t bytes);

/* A NUL-terminated copy of `string`. */
char *memory_copy_string(const char *string);

/* Frees a block; NULL is allowed. */
void memory_free(void *block);

#endif
