/* What the kernel says that this process uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "base/clock.h"
#include "process/usage.h"

enum { BUSY_NS = 100000000 }; /* ten of the kernel's ticks */

static void be_busy(void *context)
{
  (void)context;
  while (clock_thread_cpu_ns() < BUSY_NS) continue;
}

static void all_threads_count(void **state)
{
  (void)state;
  uv_thread_t thread;
  struct usage_probe *probe = usage_open();
  uint64_t before_ns = usage_read(probe).cpu_ns;
  assert_int_equal(uv_thread_create(&thread, be_busy, NULL), 0);
  uv_thread_join(&thread);
  assert_true(usage_read(probe).cpu_ns >= before_ns + BUSY_NS / 2);
  usage_close(probe);
}

static void descriptors_and_memory_count(void **state)
{
  (void)state;
  int fds[2];
  struct usage_probe *probe = usage_open();
  struct usage before = usage_read(probe);
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(usage_read(probe).open_fds, before.open_fds + 2);
  assert_true(before.open_fds >= 3);
  assert_true(before.resident_bytes > 100000);
  close(fds[0]);
  close(fds[1]);
  assert_int_equal(usage_read(probe).open_fds, before.open_fds);
  usage_close(probe);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_threads_count),
      cmocka_unit_test(descriptors_and_memory_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
