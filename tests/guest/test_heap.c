/* The guest's allocator, natively: blocks never overlap nor change by themselves, and whatever was
 * allocated before, all of the memory can be had again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "heap.h"
#include "imports.h"
#include "pack.h"

enum { MEMORY_BYTES = 1024 * 1024, BLOCKS = 300, STEPS = 20000 };

static _Alignas(4096) unsigned char memory[MEMORY_BYTES];

static struct {
  unsigned char *at;
  size_t bytes;
} blocks[BLOCKS];

static jmp_buf exhausted;

/* --- What heap.c needs of the guest and of the host. --- */

bool packing(void)
{
  return false;
}

void *pack_alloc(void *block, size_t old_bytes, size_t new_bytes)
{
  (void)block, (void)old_bytes, (void)new_bytes;
  abort();
}

bool collect_garbage(void)
{
  return false;
}

void host_end(enum end_kind kind, const void *data, size_t length, int64_t number)
{
  (void)kind, (void)data, (void)length, (void)number;
  longjmp(exhausted, 1);
}

/* --- */

static unsigned char mark_of(size_t i)
{
  return (unsigned char)(i * 31 + 7);
}

static void check(size_t i, size_t bytes)
{
  for (size_t at = 0; at < bytes; at++) assert_int_equal(blocks[i].at[at], mark_of(i));
}

/* False if there was no room; then the block is as it was. */
static bool resize(size_t i, size_t bytes)
{
  if (setjmp(exhausted) != 0) return false;
  unsigned char *at = heap_alloc(NULL, blocks[i].at, blocks[i].bytes, bytes);
  size_t kept = bytes < blocks[i].bytes ? bytes : blocks[i].bytes;
  blocks[i].at = at;
  if (bytes) assert_true(at >= memory && at + bytes <= memory + MEMORY_BYTES);
  check(i, kept);
  blocks[i].bytes = bytes;
  if (bytes) memset(at, mark_of(i), bytes);
  return true;
}

static size_t random_size(void)
{
  static const size_t most[] = {40, 600, 5000, 60000};
  return (size_t)rand() % most[rand() % 4] + 1;
}

static void release_all(void)
{
  for (size_t i = 0; i < BLOCKS; i++) {
    check(i, blocks[i].bytes);
    assert_true(resize(i, 0));
  }
}

static int setup(void **state)
{
  (void)state;
  srand(1);
  memset(blocks, 0, sizeof blocks);
  heap_init((uintptr_t)memory);
  heap_resume((uintptr_t)memory, (uintptr_t)memory + MEMORY_BYTES);
  return 0;
}

static void blocks_keep_what_they_hold(void **state)
{
  (void)state;
  int refused = 0;
  for (int step = 0; step < STEPS; step++) {
    size_t i = (size_t)(rand() % BLOCKS);
    if (!resize(i, rand() % 4 ? random_size() : 0)) refused++;
    if (step % 1000 == 0)
      for (size_t k = 0; k < BLOCKS; k++) check(k, blocks[k].bytes);
  }
  assert_true(refused > 0); /* the limit was met, too */
  release_all();
}

static void everything_can_be_had_again(void **state)
{
  (void)state;
  for (size_t round = 0; round < 20; round++) {
    for (size_t i = 0; i < BLOCKS; i++) resize(i, round % 2 ? random_size() : round * 100 + 1);
    release_all();
    assert_true(resize(0, MEMORY_BYTES - 256));
    assert_true(resize(0, 0));
  }
}

/* Small blocks fill it, two of three go, and their neighbourhoods serve as larger ones. */
static void neighbours_are_joined(void **state)
{
  enum { FILLED = 288 };
  (void)state;
  for (size_t i = 0; i < FILLED; i++) assert_true(resize(i, 3500));
  for (size_t i = 0; i < FILLED; i++)
    if (i % 3) assert_true(resize(i, 0));
  for (size_t i = 1; i < FILLED; i += 3) assert_true(resize(i, 7000));
  release_all();
}

static void a_block_grows_where_it_lies(void **state)
{
  (void)state;
  assert_true(resize(0, 100000));
  assert_true(resize(1, 600000));
  assert_true(resize(2, 100000));
  assert_true(resize(1, 0));
  unsigned char *at = blocks[0].at;
  assert_true(resize(0, 600000)); /* there is no room for both */
  assert_ptr_equal(blocks[0].at, at);
  release_all();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(blocks_keep_what_they_hold, setup),
      cmocka_unit_test_setup(everything_can_be_had_again, setup),
      cmocka_unit_test_setup(neighbours_are_joined, setup),
      cmocka_unit_test_setup(a_block_grows_where_it_lies, setup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
