/* Three kinds of free memory: up to 4 KB one list for each of 44 size classes (steps of 16 up to
 * 512, then four per doubling); above, one list in the order of addresses whose neighbours are
 * merged; and the untouched rest above `top`, which shrinks back when the block below it is
 * released. New memory comes from as far down as there is some, small blocks included, so that none
 * of those lies alone among large ones. When nothing is left, all three are joined. */
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
  struct block *small[CLASSES]; /* [0] stays empty */
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

/* What a block of a small class has. */
static size_t room_of(unsigned class)
{
  if (class <= 32) return (size_t) class * GRAIN;
  unsigned doubling = (class - 33) / 4, quarter = (class - 33) % 4 + 1;
  return ((size_t)512 << doubling) + quarter * ((size_t)128 << doubling);
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

/* What ends at the top goes back to it: no large block ever lies there. */
static void release_large(void *at, size_t bytes)
{
  struct block *block = at, **link = &heap.large, **link_before = NULL;
  while (*link && *link < block) {
    link_before = link;
    link = &(*link)->next;
  }
  struct block *before = link_before ? *link_before : NULL;
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
    block = before;
    link = link_before;
  }
  if ((uintptr_t)block + block->bytes == heap.top) {
    heap.top = (uintptr_t)block;
    *link = NULL;
  }
}

static void put_small(void *at, unsigned class)
{
  struct block *block = at;
  block->next = heap.small[class];
  heap.small[class] = block;
}

void heap_put(void *at, size_t bytes)
{
  unsigned class = class_of(bytes);
  if (class)
    put_small(at, class);
  else
    release_large(at, heap_room(bytes));
}

void heap_release(void *block, size_t bytes)
{
  bytes &= ~(size_t)(GRAIN - 1);
  if (bytes > SMALL_MAX) release_large(block, bytes);
}

/* Puts free memory of any size into the lists. */
static void put_free(uintptr_t at, size_t bytes)
{
  if (bytes > SMALL_MAX) {
    release_large((void *)at, bytes);
    return;
  }
  while (bytes) {
    unsigned class = class_of(bytes);
    if (room_of(class) > bytes) class --;
    put_small((void *)at, class);
    at += room_of(class);
    bytes -= room_of(class);
  }
}

/* Takes the beginning of a large block. */
static void *cut(struct block **link, size_t bytes)
{
  struct block *block = *link, *rest = (struct block *)((uintptr_t)block + bytes);
  size_t left = block->bytes - bytes;
  *link = block->next;
  if (left > SMALL_MAX) { /* takes its place */
    rest->bytes = left;
    rest->next = block->next;
    *link = rest;
  } else {
    put_free((uintptr_t)rest, left);
  }
  return block;
}

/* First fit. */
static void *take_large(size_t bytes)
{
  struct block **link = &heap.large;
  while (*link && (*link)->bytes < bytes) link = &(*link)->next;
  return *link ? cut(link, bytes) : NULL;
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
  void *block = take_large(bytes);
  return block ? block : heap_take_top(bytes);
}

/* Takes the bytes at `end`, if they are free. */
static bool take_at(uintptr_t end, size_t bytes)
{
  if (end == heap.top) return heap_take_top(bytes);
  struct block **link = &heap.large;
  while (*link && (uintptr_t)*link < end) link = &(*link)->next;
  return (uintptr_t)*link == end && (*link)->bytes >= bytes && cut(link, bytes);
}

/* Changes a block's size where it lies; false if that is not possible. */
static bool resize_in_place(void *block, size_t old_bytes, size_t new_bytes)
{
  size_t old_room = heap_room(old_bytes);
  if (new_bytes <= old_bytes && class_of(old_bytes) == 0) {
    size_t new_room = heap_room(new_bytes);
    if (new_room < old_room) put_free((uintptr_t)block + new_room, old_room - new_room);
    return true;
  }
  if (class_of(old_bytes) && class_of(old_bytes) == class_of(new_bytes)) return true;
  if (class_of(old_bytes) || class_of(new_bytes) || new_bytes > UINTPTR_MAX / 2) return false;
  if (heap_room(new_bytes) == old_room) return true;
  return take_at((uintptr_t)block + old_room, heap_room(new_bytes) - old_room);
}

/* Two lists in descending order of addresses, as one. */
static struct block *merged(struct block *a, struct block *b)
{
  struct block *first = NULL, **link = &first;
  while (a && b) {
    struct block **higher = a > b ? &a : &b;
    *link = *higher;
    link = &(*higher)->next;
    *higher = *link;
  }
  *link = a ? a : b;
  return first;
}

/* Empties the lists: every free block, in descending order of addresses, with its size. Sorts by
 * merging runs of 1, 2, 4 ... blocks. */
static struct block *take_all_free(void)
{
  struct block *runs[32] = {NULL}, *all = NULL;
  heap.small[0] = heap.large; /* class 0 */
  heap.large = NULL;
  for (unsigned class = 0; class < CLASSES; class ++) {
    for (struct block *next, *block = heap.small[class]; block; block = next) {
      unsigned i = 0;
      next = block->next;
      block->next = NULL;
      if (class) block->bytes = room_of(class);
      for (; runs[i]; runs[i++] = NULL) block = merged(runs[i], block);
      runs[i] = block;
    }
    heap.small[class] = NULL;
  }
  for (unsigned i = 0; i < 32; i++) all = merged(runs[i], all);
  return all;
}

/* Makes as large blocks as can be of all that is free: at the limit, what counts is what is in use
 * and not what was in use before. */
static void join_free(void)
{
  struct block *block = take_all_free();
  while (block) {
    struct block *below = block->next;
    if (below && (uintptr_t)below + below->bytes == (uintptr_t)block)
      below->bytes += block->bytes;
    else
      put_free((uintptr_t)block, block->bytes);
    block = below;
  }
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
  if (!fresh) {
    collect_garbage();
    join_free();
    fresh = resize(block, old_bytes, new_bytes);
  }
  if (!fresh) host_end(END_EXHAUSTED, NULL, 0, 0);
  return fresh;
}
