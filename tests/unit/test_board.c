/* The memory that processes share: what one writes another reads, and no other file is taken for
 * it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "checks/rate_limit.h"
#include "dispatch/metrics.h"
#include "process/board.h"

static void what_one_writes_another_reads(void **state)
{
  (void)state;
  struct error error = {0};
  struct board *ours, *theirs;
  int fd;
  char text[BOARD_TEXT_BYTES];
  int64_t retry_ms;
  assert_int_equal(board_create(3, &fd, &ours, &error), 0);
  assert_int_equal(board_attach(dup(fd), 1, &theirs, &error), 0);
  assert_int_equal(board_worker_count(theirs), 3);
  atomic_store(&board_worker(ours, 2)->beat_ns, 77);
  assert_int_equal(atomic_load(&board_worker(theirs, 2)->beat_ns), 77);
  board_set_text(ours, "contracts/x.json:1:2: no");
  board_get_text(theirs, text);
  assert_string_equal(text, "contracts/x.json:1:2: no");
  assert_true(rate_limiter_take(board_limiter(ours), 42, 1, 60000, 1000000000, &retry_ms));
  assert_false(rate_limiter_take(board_limiter(theirs), 42, 1, 60000, 1000000000, &retry_ms));
  memset(board_metrics(ours, 0), 1, metrics_bytes());
  assert_int_equal(*(const char *)board_metrics(theirs, 0), 1);
  assert_int_equal(*(const char *)board_metrics(theirs, 1), 0);
  assert_int_equal(*(const char *)(const void *)board_worker(theirs, 1), 0);
  board_detach(theirs);
  board_detach(ours);
  close(fd);
}

/* 0, or why the page in which this lies cannot be made writable. */
static int make_writable(const void *place)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uintptr_t begin = (uintptr_t)place / page * page;
  return mprotect((void *)begin, page, PROT_READ | PROT_WRITE) < 0 ? errno : 0;
}

static void a_worker_writes_its_own_words_only(void **state)
{
  (void)state;
  struct error error = {0};
  struct board *ours, *theirs;
  int fd;
  assert_int_equal(board_create(3, &fd, &ours, &error), 0);
  assert_int_equal(board_attach(dup(fd), 3, &theirs, &error), -1);
  assert_int_equal(board_attach(dup(fd), 1, &theirs, &error), 0);
  for (size_t i = 0; i < 3; i++) {
    int expected = i == 1 ? 0 : EACCES;
    assert_int_equal(make_writable(board_worker(theirs, i)), expected);
    assert_int_equal(make_writable((char *)board_metrics(theirs, i)), expected);
    assert_int_equal(make_writable((char *)board_metrics(theirs, i) + metrics_bytes() - 1),
                     expected);
    assert_int_equal(make_writable(board_pid(theirs, i)), EACCES);
  }
  assert_int_equal(make_writable(board_status(theirs)), EACCES);
  assert_int_equal(make_writable(board_limiter(theirs)), EACCES);
  atomic_store(&board_worker(theirs, 1)->beat_ns, 5);
  assert_int_equal(atomic_load(&board_worker(ours, 1)->beat_ns), 5);
  board_detach(theirs);
  board_detach(ours);
  close(fd);
}

static void a_long_text_is_cut(void **state)
{
  (void)state;
  struct error error = {0};
  struct board *board;
  char text[2 * BOARD_TEXT_BYTES], got[BOARD_TEXT_BYTES];
  int fd;
  memset(text, 'a', sizeof text);
  text[sizeof text - 1] = 0;
  assert_int_equal(board_create(1, &fd, &board, &error), 0);
  board_set_text(board, text);
  board_get_text(board, got);
  assert_int_equal(strlen(got), BOARD_TEXT_BYTES - 1);
  board_detach(board);
  close(fd);
}

/* Each byte of the head, changed; and files that are too short. */
static void no_other_file_is_taken(void **state)
{
  (void)state;
  struct error error = {0};
  struct board *board, *other;
  int fd, empty = memfd_create("empty", 0);
  assert_int_equal(board_attach(empty, 0, &other, &error), -1);
  assert_int_equal(board_create(2, &fd, &board, &error), 0);
  for (off_t at = 0; at < 16; at++) {
    unsigned char byte, changed;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    changed = (unsigned char)(byte ^ 0x55);
    assert_int_equal(pwrite(fd, &changed, 1, at), 1);
    assert_int_equal(board_attach(dup(fd), 1, &other, &error), -1);
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
  }
  board_detach(board);
  assert_int_equal(ftruncate(fd, 8192), 0);
  assert_int_equal(board_attach(fd, 0, &other, &error), -1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_one_writes_another_reads),
      cmocka_unit_test(a_worker_writes_its_own_words_only),
      cmocka_unit_test(a_long_text_is_cut),
      cmocka_unit_test(no_other_file_is_taken),
  };
  crypto_init(NULL);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
