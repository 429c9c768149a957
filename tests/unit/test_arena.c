/* The arena: alignment, what survives a reset, blocks larger than a chunk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"

static void blocks_are_aligned_and_apart(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 1024);
  char *previous = NULL;
  size_t previous_bytes = 0;
  for (size_t bytes = 0; bytes < 3000; bytes += 7) {
    char *block = arena_alloc(&arena, bytes);
    assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
    memset(block, 0xA5, bytes);
    if (previous) {
      assert_ptr_not_equal(previous, block);
      for (size_t i = 0; i < previous_bytes; i++)
        assert_int_equal((unsigned char)previous[i], 0xA5);
      memset(previous, 0, previous_bytes);
    }
    for (size_t i = 0; i < bytes; i++) assert_int_equal((unsigned char)block[i], 0xA5);
    previous = block;
    previous_bytes = bytes;
  }
  arena_deinit(&arena);
}

static void reset_keeps_one_chunk(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 4096);
  void *first = arena_alloc(&arena, 10);
  for (int i = 0; i < 100; i++) arena_alloc(&arena, 1000);
  arena_alloc(&arena, 1 << 20);
  arena_reset(&arena);
  assert_ptr_equal(arena_alloc(&arena, 10), first);
  arena_deinit(&arena);
  assert_null(arena.chunks);
  assert_non_null(arena_alloc(&arena, 10)); /* usable again */
  arena_deinit(&arena);
}

static void a_large_block_leaves_the_chunk_in_use(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 4096);
  char *large = arena_alloc(&arena, 100000); /* even as the very first one */
  memset(large, 1, 100000);
  char *before = arena_alloc(&arena, 16);
  memset(arena_alloc(&arena, 50000), 2, 50000);
  char *after = arena_alloc(&arena, 16);
  assert_true(after > before && after - before < 256);
  arena_reset(&arena);
  assert_ptr_equal(arena_alloc(&arena, 16), before);
  arena_deinit(&arena);
}

static void small_blocks_share_chunks(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 4096);
  const char *previous = arena_alloc(&arena, 16);
  int jumps = 0;
  for (int i = 0; i < 1000; i++) {
    const char *block = arena_alloc(&arena, 16);
    jumps += block != previous + 16 && block != previous + 32; /* with a red zone */
    previous = block;
  }
  assert_true(jumps <= 8);
  arena_deinit(&arena);
}

static void rewinding_forgets_what_came_after(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 4096);
  struct arena_mark none = arena_mark(&arena);
  char *kept = arena_alloc(&arena, 16);
  memset(kept, 'k', 16);
  struct arena_mark mark = arena_mark(&arena);
  char *first = arena_alloc(&arena, 16);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 1000; i++) memset(arena_alloc(&arena, 16), 'x', 16);
    memset(arena_alloc(&arena, 50000), 'x', 50000); /* a chunk of its own */
    arena_rewind(&arena, mark);
    assert_ptr_equal(arena.chunks, mark.chunks);
    assert_ptr_equal(arena_alloc(&arena, 16), first);
  }
  for (int i = 0; i < 16; i++) assert_int_equal(kept[i], 'k');
  arena_rewind(&arena, none);
  assert_null(arena.chunks);
  assert_string_equal(arena_copy(&arena, TEXT("again")).data, "again");
  arena_deinit(&arena);
}

static void new_memory_is_zero(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 512);
  memset(arena_alloc(&arena, 400), 0xFF, 400);
  arena_reset(&arena);
  unsigned char *array = arena_new_array(&arena, 100, 3);
  for (size_t i = 0; i < 300; i++) assert_int_equal(array[i], 0);
  int *object = arena_new(&arena, sizeof *object);
  assert_int_equal(*object, 0);
  arena_deinit(&arena);
}

static void copies_end_in_nul(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 512);
  struct text copy = arena_copy(&arena, (struct text){"a\0bc", 3});
  assert_int_equal(copy.length, 3);
  assert_memory_equal(copy.data, "a\0b", 4);
  assert_string_equal(arena_copy(&arena, (struct text){NULL, 0}).data, "");

  struct text printed = arena_print(&arena, "%s-%d", "x", 42);
  assert_string_equal(printed.data, "x-42");
  assert_int_equal(printed.length, 4);
  assert_int_equal(arena_print(&arena, "%2000d", 1).length, 2000);
  arena_deinit(&arena);
}

static void memory_accepts_nothing(void **state)
{
  (void)state;
  char *empty = memory_new(0);
  assert_non_null(empty);
  empty = memory_resize(empty, 0);
  assert_non_null(empty);
  memory_free(empty);
  memory_free(NULL);
  char *copy = memory_copy_string("copy");
  assert_string_equal(copy, "copy");
  memory_free(copy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_are_aligned_and_apart),
      cmocka_unit_test(reset_keeps_one_chunk),
      cmocka_unit_test(a_large_block_leaves_the_chunk_in_use),
      cmocka_unit_test(small_blocks_share_chunks),
      cmocka_unit_test(rewinding_forgets_what_came_after),
      cmocka_unit_test(new_memory_is_zero),
      cmocka_unit_test(copies_end_in_nul),
      cmocka_unit_test(memory_accepts_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
