/* The guest's heap and packing, natively: every block is one of malloc's, so that AddressSanitizer
 * sees each overrun of Lua's and ours; and allocations can be made to fail. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "imports.h"
#include "pack.h"

static struct {
  long fails_at; /* the allocation that fails, counted down; 0: none */
  bool for_good; /* and so do all that follow */
} heap;

void native_fail_at(long allocation, bool for_good)
{
  heap.fails_at = allocation;
  heap.for_good = for_good;
}

static bool fails(void)
{
  if (heap.fails_at == 0) return false;
  if (heap.fails_at > 1) {
    heap.fails_at--;
    return false;
  }
  if (!heap.for_good) heap.fails_at = 0;
  return true;
}

/* Always elsewhere: who still uses the old place is found out. */
void *heap_alloc(void *unused, void *block, size_t old_bytes, size_t new_bytes)
{
  (void)unused;
  if (new_bytes == 0) {
    free(block);
    return NULL;
  }
  bool must_not_fail = block && new_bytes <= old_bytes;
  if (!must_not_fail && fails() && (!collect_garbage() || fails()))
    host_end(END_EXHAUSTED, NULL, 0, 0);
  void *fresh = malloc(new_bytes);
  if (!fresh) abort();
  if (block) memcpy(fresh, block, old_bytes < new_bytes ? old_bytes : new_bytes);
  free(block);
  return fresh;
}

void heap_init(uintptr_t start)
{
  (void)start;
}

void heap_resume(uintptr_t start, uintptr_t limit)
{
  (void)start, (void)limit;
}

uintptr_t heap_top(void)
{
  return 0;
}

void heap_release(void *block, size_t bytes)
{
  (void)block, (void)bytes; /* the call lies in a buffer of the host's */
}

bool packing(void)
{
  return false;
}

void pack_begin(enum packing mode, unsigned char *fates, uint32_t count)
{
  (void)mode, (void)fates, (void)count;
}

const void *pack_end(size_t *length)
{
  *length = 0;
  return NULL;
}

void *pack_alloc(void *block, size_t old_bytes, size_t new_bytes)
{
  return heap_alloc(NULL, block, old_bytes, new_bytes);
}
