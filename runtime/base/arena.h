/* Bump allocation: everything that lives as long as a request (or a generation) dies in one call.
 *
 * An arena is a list of chunks. Allocation moves a pointer; nothing is freed alone. Resetting keeps
 * the first chunk, so that a connection's arena serves request after request without malloc.
 *
 * An arena belongs to one thread at a time. Memory is not zeroed unless said. Allocation never
 * returns NULL (see base/memory.h). */
#ifndef WRIT_BASE_ARENA_H
#define WRIT_BASE_ARENA_H

#include <stddef.h>

#include "base/text.h"

struct arena_chunk;

struct arena {
  struct arena_chunk *chunks; /* newest first; the last one is kept by arena_reset */
  char *next;                 /* free space of the newest chunk: [next, end) */
  char *end;
  size_t chunk_bytes;
};

/* Prepares an empty arena in the caller's storage; nothing is allocated before the first use. */
void arena_init(struct arena *arena, size_t chunk_bytes);

/* Frees all memory. The arena may be used again. */
void arena_deinit(struct arena *arena);

/* Forgets all allocations, keeps the first chunk. */
void arena_reset(struct arena *arena);

/* The same, and overwrites them all: where secrets have lain among them. */
void arena_wipe(struct arena *arena);

/* What has been allocated by now; arena_rewind forgets all that came after. Marks are rewound to in
 * reverse order, and not across a reset. */
struct arena_mark {
  struct arena_chunk *chunks;
  char *next, *end;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* `bytes` uninitialised bytes, aligned for any type. Zero bytes give a unique pointer. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* `count` zeroed elements; the product is checked for overflow. */
void *arena_new_array(struct arena *arena, size_t count, size_t size);

/* One zeroed object: struct x *x = arena_new(arena, sizeof *x). */
void *arena_new(struct arena *arena, size_t bytes);

/* A copy that ends in NUL (not counted in its length). */
struct text arena_copy(struct arena *arena, struct text text);

/* printf into the arena; NUL-terminated. */
struct text arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
