/* Recording, each block carries its number, and no memory is used again. Replaying, what dies lies
 * far up, growing down from the fates, and is left there. */
#include "pack.h"

#include <string.h>

#include "heap.h"
#include "imports.h"

enum { HEADER = 16 };

static struct {
  enum packing mode;
  unsigned char *fates;
  uint32_t count, known; /* allocations so far; fates given */
  uintptr_t start;       /* recording: blocks below are the former image's */
  uintptr_t far;         /* replaying: blocks above are expected to die */
  uint32_t strays;       /* blocks there that live */
} pack;

void pack_begin(enum packing mode, unsigned char *fates, uint32_t count)
{
  memset(&pack, 0, sizeof pack);
  pack.mode = mode;
  pack.fates = fates;
  pack.known = count;
  pack.start = heap_top();
  pack.far = (uintptr_t)fates & ~(uintptr_t)(HEADER - 1);
}

const void *pack_end(size_t *length)
{
  const void *bytes = pack.fates;
  if (pack.mode == PACK_RECORD)
    *length = pack.count <= PACK_FATES_MAX ? pack.count : 0;
  else
    *length = pack.strays > 0;
  memset(&pack, 0, sizeof pack);
  return bytes;
}

bool packing(void)
{
  return pack.mode != PACK_NOT;
}

static void *record(size_t bytes)
{
  unsigned char *block = heap_take_top(HEADER + heap_room(bytes));
  if (!block) return NULL;
  if (pack.count < PACK_FATES_MAX) pack.fates[pack.count] = 1;
  memcpy(block, &pack.count, sizeof pack.count);
  pack.count++;
  return block + HEADER;
}

static void *replay(size_t bytes)
{
  uint32_t number = pack.count++;
  if (number < pack.known && pack.fates[number]) return heap_take(bytes);
  bytes = heap_room(bytes);
  if (bytes > pack.far - heap_top()) return NULL;
  pack.far -= bytes;
  pack.strays++;
  return (void *)pack.far;
}

static void release(void *block, size_t bytes)
{
  uint32_t number;
  if (pack.mode == PACK_REPLAY && (uintptr_t)block >= pack.far) {
    pack.strays--;
  } else if (pack.mode == PACK_REPLAY) {
    heap_put(block, bytes);
  } else if ((uintptr_t)block >= pack.start) {
    memcpy(&number, (unsigned char *)block - HEADER, sizeof number);
    if (number < PACK_FATES_MAX) pack.fates[number] = 0;
  }
}

void *pack_alloc(void *block, size_t old_bytes, size_t new_bytes)
{
  if (new_bytes == 0) {
    if (block) release(block, old_bytes);
    return NULL;
  }
  if (new_bytes > UINTPTR_MAX / 2) host_end(END_EXHAUSTED, NULL, 0, 0);
  if (block && heap_room(old_bytes) == heap_room(new_bytes)) return block;
  void *fresh = pack.mode == PACK_RECORD ? record(new_bytes) : replay(new_bytes);
  if (!fresh) host_end(END_EXHAUSTED, NULL, 0, 0);
  if (block) {
    memcpy(fresh, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    release(block, old_bytes);
  }
  return fresh;
}
