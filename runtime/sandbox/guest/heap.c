/* Three kinds of blocks: up to 4 KB one free list for each of 44 size classes (steps of 16 up to
 * 512, then four per doubling); above, one list in the order of addresses whose neighbours are
 * merged; and the untouched rest above `top`, which shrinks back when the block below it is
 * released. */
#include "heap.h"

#include <string.h>

#include "imports.h"
#include "pack.h"

enum { SMALL_MAX = 4096, CLASSES = 45, GRAIN = 16 };

struct block {
  struct block *next;
  size_t bytes; /* large blocks only */
};

static struct {
  uintptr_t top, limit;
  struct block *small[CLASSES];
  struct block *large;
} heap;

/* Class 0 is "large". */
static unsigned class_of(size_t bytes)
{
  if (bytes <= 512) return (unsigned)((bytes + GRAIN - 1) / GRAIN);
  if (bytes > SMALL_MAX) return 0;
  unsigned log2 = 31u - (unsigned)__builtin_clz((unsigned)bytes - 1);
  return 32 + (log2 - 9) * 4 + (unsigned)((bytes - 1) >> (log2 - 2)) - 3;
}

size_t heap_room(size_t bytes)
{
  if (bytes <= 512) return (bytes + GRAIN - 1) & ~(size_t)(GRAIN - 1);
  unsigned shift = bytes > SMALL_MAX ? 8 : 29u - (unsigned)__builtin_clz((unsigned)bytes - 1);
  return (((bytes - 1) >> shift) + 1) << shift;
}

void heap_init(uintptr_t start)
{
  memset(&heap, 0, sizeof heap);
  heap_resume(start, 0);
}

void heap_resume(uintptr_t start, uintptr_t limit)
{
  heap.top = (start + GRAIN - 1) & ~(uintptr_t)(GRAIN - 1);
  heap.limit = limit;
}

uintptr_t heap_top(void)
{
  return heap.top;
}

static void release_large(void *at, size_t bytes)
{
  struct block *block = at, **link = &heap.large, *before = NULL;
  while (*link && *link < block) {
    before = *link;
    link = &before->next;
  }
  block->bytes = bytes;
  block->next = *link;
  *link = block;
  if (block->next && (uintptr_t)block + bytes == (uintptr_t)block->next) {
    block->bytes += block->next->bytes;
    block->next = block->next->next;
  }
  if (before && (uintptr_t)before + before->bytes == (uintptr_t)block) {
    before->bytes += block->bytes;
    before->next = block->next;
  }
}

void heap_put(void *at, size_t bytes)
{
  unsigned class = class_of(bytes);
  bytes = heap_room(bytes);
  if ((uintptr_t)at + bytes == heap.top && !class) {
    heap.top = (uintptr_t)at;
  } else if (class) {
    struct block *block = at;
    block->next = heap.small[class];
    heap.small[class] = block;
  } else {
    release_large(at, bytes);
  }
}

void heap_release(void *block, size_t bytes)
{
  bytes &= ~(size_t)(GRAIN - 1);
  if (bytes > SMALL_MAX) release_large(block, bytes);
}

/* First fit; what is left of the block stays in the list. */
static void *take_large(size_t bytes)
{
  for (struct block **link = &heap.large; *link; link = &(*link)->next) {
    struct block *block = *link;
    if (block->bytes < bytes) continue;
    if (block->bytes == bytes) {
      *link = block->next;
    } else {
      struct block *rest = (struct block *)((uintptr_t)block + bytes);
      rest->bytes = block->bytes - bytes;
      rest->next = block->next;
      *link = rest;
    }
    return block;
  }
  return NULL;
}

void *heap_take_top(size_t bytes)
{
  if (bytes > heap.limit - heap.top) return NULL;
  void *block = (void *)heap.top;
  heap.top += bytes;
  return block;
}

void *heap_take(size_t bytes)
{
  unsigned class = class_of(bytes);
  if (bytes > UINTPTR_MAX / 2) return NULL;
  bytes = heap_room(bytes);
  if (class && heap.small[class]) {
    struct block *block = heap.small[class];
    heap.small[class] = block->next;
    return block;
  }
  void *block = class ? NULL : take_large(bytes);
  if (!block) block = heap_take_top(bytes);
  return block || !class ? block : take_large(bytes);
}

/* Changes a block's size where it lies; false if that is not possible. */
static bool resize_in_place(void *block, size_t old_bytes, size_t new_bytes)
{
  size_t old_room = heap_room(old_bytes);
  if (new_bytes <= old_bytes && class_of(old_bytes) == 0) {
    size_t new_room = heap_room(new_bytes);
    if (new_room < old_room) {
      uintptr_t tail = (uintptr_t)block + new_room;
      if (tail + (old_room - new_room) == heap.top)
        heap.top = tail;
      else
        release_large((void *)tail, old_room - new_room);
    }
    return true;
  }
  if (class_of(old_bytes) && class_of(old_bytes) == class_of(new_bytes)) return true;
  if (class_of(old_bytes) || class_of(new_bytes) || new_bytes > UINTPTR_MAX / 2) return false;
  if (heap_room(new_bytes) == old_room) return true;
  return (uintptr_t)block + old_room == heap.top && heap_take_top(heap_room(new_bytes) - old_room);
}

/* NULL if there is no room. */
static void *resize(void *block, size_t old_bytes, size_t new_bytes)
{
  if (block && resize_in_place(block, old_bytes, new_bytes)) return block;
  void *fresh = heap_take(new_bytes);
  if (!fresh) /* shrinking must not fail; the block merely keeps its slack */
    return new_bytes <= old_bytes ? block : NULL;
  if (block) {
    memcpy(fresh, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    heap_put(block, old_bytes);
  }
  return fresh;
}

void *heap_alloc(void *unused, void *block, size_t old_bytes, size_t new_bytes)
{
  (void)unused;
  if (packing()) return pack_alloc(block, old_bytes, new_bytes);
  if (new_bytes == 0) {
    if (block) heap_put(block, old_bytes);
    return NULL;
  }
  void *fresh = resize(block, old_bytes, new_bytes);
  if (!fresh && collect_garbage()) fresh = resize(block, old_bytes, new_bytes);
  if (!fresh) host_end(END_EXHAUSTED, NULL, 0, 0);
  return fresh;
}
