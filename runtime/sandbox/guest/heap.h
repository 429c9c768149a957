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

/* lua_Alloc. Never fails: when nothing is left, garbage is collected, and if that does not help the
 * run ends. So Lua has no error "not enough memory", which a pcall could catch, nor does it take a
 * stack that cannot grow for one that is full. */
void *heap_alloc(void *unused, void *block, size_t old_bytes, size_t new_bytes);

/* heap_alloc's way to Lua's collector (guest.c). False if it cannot run now. */
bool collect_garbage(void);

#endif
