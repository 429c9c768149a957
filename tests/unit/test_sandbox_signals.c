/* Signals at the worst moment: whatever the guest does to its native stack, and whenever a signal
 * arrives, the run ends or goes on, and the process lives. */
#include "sandbox_fixture.h"

#include <alloca.h>

#include "sandbox/instance.h"

/* --- At the end of the native stack. A guest that has been taken over recurses as it likes, so it
 * can call an import with any number of bytes left. --- */

static size_t left_bytes; /* what the next run leaves of its stack */
static int call;          /* which import it calls there */

static void call_import(struct instance *instance)
{
  uint32_t heap = instance->linear.changing;
  switch (call) {
  case 0:
    IMPORTED(random)(&instance->link, heap, 8);
    break;
  case 1:
    IMPORTED(log)(&instance->link, heap, 8);
    break;
  case 2:
    IMPORTED(end)(&instance->link, 0, heap, 8, 0);
    break;
  case 3:
    IMPORTED(throw)(&instance->link, 7);
    break;
  case 4:
    IMPORTED(try)(&instance->link, 0, 0, 0, heap);
    break;
  default:
    wasm_rt_trap(WASM_RT_TRAP_UNREACHABLE);
  }
}

static void descend(struct instance *instance)
{
  uintptr_t here = (uintptr_t)__builtin_frame_address(0), low = (uintptr_t)instance->stack.low;
  volatile char *lowest = alloca(here - low - left_bytes);
  *lowest = 0;
  call_import(instance);
  *lowest = 0;
}

static void enter(struct fixture *fixture, const struct image *image,
                  void (*entry)(struct instance *))
{
  struct json input = json_null(), context = {.type = JSON_OBJECT};
  struct run_input nothing = {.input = &input, .context = &context};
  arena_reset(&fixture->arena);
  sandbox_enter(fixture->sandbox, image, &nothing, &fixture->limits, &fixture->host,
                &fixture->arena, &fixture->result, entry);
}

static void imports_at_the_end_of_the_stack(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image = fixture_build(fixture, "return function(i) return i end", NULL, 0, &error);
  for (call = 0; call < 6; call++) {
    for (left_bytes = 64; left_bytes < 4096; left_bytes += 16) {
      enter(fixture, image, descend);
      assert_int_equal(fixture->result.outcome, RUN_TRAPPED);
    }
  }
  fixture_run_image(fixture, image, "[1]");
  assert_string_equal(fixture_text(fixture), "[1]");
  image_free(image);
}

/* --- The thread's signal mask. --- */

/* Whoever started us may have blocked them all: masks are inherited. */
static void blocked_signals_are_unblocked(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  sigset_t all, before;
  sandbox_free(fixture->sandbox);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  assert_int_equal(sandbox_new(&fixture->sandbox, &error), 0);
  fixture->limits.cpu_ns = SHORT_NS;
  fixture_run(fixture, "return function() while true do end end", "1");
  assert_int_equal(fixture->result.outcome, RUN_DEADLINE);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(imports_at_the_end_of_the_stack),
      cmocka_unit_test(blocked_signals_are_unblocked),
  };
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
