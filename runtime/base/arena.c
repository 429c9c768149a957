/* Bump allocation over a list of chunks. A block too large for a chunk gets one of its own, behind
 * which the current chunk goes on being filled. Under AddressSanitizer all that is not allocated is
 * poisoned, so that an overrun inside a chunk is found like one of malloc's. Never frees a single
 * allocation. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/crypto.h"
#include "base/memory.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WRIT_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WRIT_ASAN 1
#endif

#ifdef WRIT_ASAN
#include <sanitizer/asan_interface.h>
static const size_t red_zone_bytes = 16;
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes)   ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
static const size_t red_zone_bytes = 0;
#endif

enum { ALIGNMENT = alignof(max_align_t), CHUNK_MIN_BYTES = 256 };

struct arena_chunk {
  struct arena_chunk *next; /* the one before */
  size_t bytes;             /* of `data` */
  alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena, size_t chunk_bytes)
{
  *arena =
      (struct arena){.chunk_bytes = chunk_bytes < CHUNK_MIN_BYTES ? CHUNK_MIN_BYTES : chunk_bytes};
}

static void free_chunk(struct arena_chunk *chunk)
{
  ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->bytes);
  memory_free(chunk);
}

/* Makes the whole of a chunk the arena's free space. */
static void use_chunk(struct arena *arena, struct arena_chunk *chunk)
{
  ASAN_POISON_MEMORY_REGION(chunk->data, chunk->bytes);
  arena->next = chunk->data;
  arena->end = chunk->data + chunk->bytes;
}

void arena_deinit(struct arena *arena)
{
  while (arena->chunks) {
    struct arena_chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    free_chunk(chunk);
  }
  arena->next = arena->end = NULL;
}

void arena_reset(struct arena *arena)
{
  if (!arena->chunks) return;
  while (arena->chunks->next) {
    struct arena_chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    free_chunk(chunk);
  }
  use_chunk(arena, arena->chunks);
}

void arena_wipe(struct arena *arena)
{
  for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->next) {
    ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->bytes);
    crypto_wipe(chunk->data, chunk->bytes);
  }
  arena_reset(arena);
}

struct arena_mark arena_mark(const struct arena *arena)
{
  return (struct arena_mark){arena->chunks, arena->next, arena->end};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
  while (arena->chunks != mark.chunks) {
    struct arena_chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    free_chunk(chunk);
  }
  arena->next = mark.next;
  arena->end = mark.end;
  if (mark.next) ASAN_POISON_MEMORY_REGION(mark.next, (size_t)(mark.end - mark.next));
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t bytes)
{
  size_t whole =
      bytes > SIZE_MAX - sizeof(struct arena_chunk) ? SIZE_MAX : bytes + sizeof(struct arena_chunk);
  struct arena_chunk *chunk = memory_resize(NULL, whole);
  chunk->next = arena->chunks;
  chunk->bytes = bytes;
  arena->chunks = chunk;
  return chunk;
}

/* The rare case: what is left of the current chunk does not hold `bytes` (rounded). */
static void *alloc_slowly(struct arena *arena, size_t bytes)
{
  bool first = !arena->chunks;
  bool large = bytes > arena->chunk_bytes / 4;
  if (first || !large) {
    size_t chunk_bytes = arena->chunk_bytes & ~(size_t)(ALIGNMENT - 1);
    use_chunk(arena, add_chunk(arena, chunk_bytes));
  }
  if (bytes > (size_t)(arena->end - arena->next)) {
    struct arena_chunk *own = add_chunk(arena, bytes);
    ASAN_POISON_MEMORY_REGION(own->data, own->bytes);
    return own->data;
  }
  char *block = arena->next;
  arena->next += bytes;
  return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
  size_t rounded = SIZE_MAX; /* more than there can be, for what overflows below */
  if (bytes <= SIZE_MAX - ALIGNMENT - red_zone_bytes) {
    size_t least = bytes > 0 ? bytes : 1;
    rounded = (least + red_zone_bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  }
  char *block = arena->next;
  if (rounded <= (size_t)(arena->end - arena->next))
    arena->next += rounded;
  else
    block = alloc_slowly(arena, rounded);
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
  return block;
}

void *arena_new_array(struct arena *arena, size_t count, size_t size)
{
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  return memset(arena_alloc(arena, bytes), 0, bytes);
}

void *arena_new(struct arena *arena, size_t bytes)
{
  return memset(arena_alloc(arena, bytes), 0, bytes);
}

struct text arena_copy(struct arena *arena, struct text text)
{
  char *copy = arena_alloc(arena, text.length + 1);
  if (text.length > 0) memcpy(copy, text.data, text.length);
  copy[text.length] = '\0';
  return (struct text){copy, text.length};
}

struct text arena_print(struct arena *arena, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0) return arena_copy(arena, TEXT(""));

  size_t bytes = (size_t)length + 1;
  char *copy = arena_alloc(arena, bytes);
  va_start(arguments, format);
  vsnprintf(copy, bytes, format, arguments);
  va_end(arguments);
  return (struct text){copy, (size_t)length};
}
