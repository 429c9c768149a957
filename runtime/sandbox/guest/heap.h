/* The guest's allocator, for Lua and for our own buffers. Sizes are told on release, so blocks
 * carry no header. Nothing here is secure, nor has to be: a corrupt heap hurts its own instance
 * only. */
#ifndef WRIT_GUEST_HEAP_H
#define WRIT_GUEST_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts an empty heap at `start`. */
void heap_init(uintptr_t start);

/* Everything below `start` is in use, nothing at or above `limit` may be used. */
void heap_resume(uintptr_t start, uintptr_t limit);

/* The first address above everything in use. */
uintptr_t heap_top(void);

/* Gives bytes below the top to the heap. */
void heap_release(void *block, size_t bytes);

/* For pack.c: room for a block from the free lists or the top (NULL: none), room from the top
 * alone, and the way back. */
void *heap_take(size_t bytes);
void *heap_take_top(size_t bytes);
void heap_put(void *block, size_t bytes);

/* Bytes that a block of this size really has. */
size_t heap_room(size_t bytes);

/* lua_Alloc. Returns NULL once when nothing is left, so that Lua collects garbage and asks again;
 * if that fails too, or if it may not collect now, the run ends: no pcall shall live on the edge of
 * its limit. */
void *heap_alloc(void *unused, void *block, size_t old_bytes, size_t new_bytes);

/* Asked by heap_alloc (guest.c): whether Lua would collect. While it moves a stack it does not, and
 * would raise "not enough memory" instead. */
bool guest_collects(void);

#endif
