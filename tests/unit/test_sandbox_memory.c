/* The failure of every allocation: a handler that uses a bit of everything, run with ever more
 * memory until it succeeds. Before that each run must end as RUN_MEMORY, wherever its memory ended,
 * whatever it wraps in pcall. */
#include "sandbox_fixture.h"

/* The host grants whole pages, so a finer step would do the same again. */
enum { STEP_BYTES = 4096, ENOUGH_BYTES = 16 * 1024 * 1024 };

static void memory_ends_everywhere(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image = fixture_build(fixture, example_of_all, NULL, 0, &error);
  int exhausted = 0;
  if (!image) fail_msg("%s", error.message);
  fixture->limits.cpu_ns = UINT64_C(10) * 1000000000;
  fixture->limits.memory_bytes = ENOUGH_BYTES;
  fixture_run_image(fixture, image, EXAMPLE_OF_ALL_INPUT);
  assert_int_equal(fixture->result.outcome, RUN_RETURNED);
  assert_int_equal(fixture->result.value.length, 200);
  for (fixture->limits.memory_bytes = 0; exhausted >= 0;
       fixture->limits.memory_bytes += STEP_BYTES) {
    assert_true(fixture->limits.memory_bytes < ENOUGH_BYTES);
    fixture_run_image(fixture, image, EXAMPLE_OF_ALL_INPUT);
    if (fixture->result.outcome == RUN_RETURNED && fixture->result.value.length == 200) break;
    if (fixture->result.outcome != RUN_MEMORY)
      fail_msg("with %u bytes: %s", fixture->limits.memory_bytes, fixture_text(fixture));
    exhausted++;
  }
  assert_true(exhausted > 50);
  image_free(image);
}

/* Each asks for more than there is, at once or by and by, and would rather hear of it as an error.
 */
static const char *const greedy[] = {
    "('x'):rep(1e7)",
    "('x'):rep(1e9)",
    "('x'):rep(2^31 - 100)",
    "('xyz'):rep(1e6, ',')",
    "local s = ('x'):rep(1000) for i = 1, 40 do s = s .. s end",
    "local t = {} for i = 1, 1e4 do t[i] = ('x'):rep(1000) .. i end return table.concat(t)",
    "local t = {} for i = 1, 1e7 do t[i] = i end",
    "local t = {} for i = 1, 1e7 do t['k' .. i] = i end",
    "local t = {} for i = 1, 50 do t[i] = table.pack(('x'):rep(2e4):byte(1, -1)) end",
    "local t = {} for i = 1, 1e6 do t[i] = function() return i end end",
    "local t = {} for i = 1, 1e6 do t[i] = coroutine.create(print) end",
    "return ('%s'):rep(200):format(table.unpack((function() local t = {} for i = 1, 200 do t[i] = "
    "('x'):rep(3e4) end return t end)()))",
    "return ('x'):rep(3e6):gsub('x', 'yyyy')",
    "return ('x'):rep(3e6):upper():reverse():lower()",
    "return string.pack('s4s4s4', ('x'):rep(1e6), ('y'):rep(1e6), ('z'):rep(1e6)):rep(2)",
    "return utf8.char(table.unpack((function() local t = {} for i = 1, 9e3 do t[i] = 65 + i end "
    "return t "
    "end)())):rep(1000)",
    "return table.move((function() local t = {} for i = 1, 1e5 do t[i] = i end return t end)(), 1, "
    "1e5, "
    "1e5, {}), ('x'):rep(4e6)",
    "local t = setmetatable({}, { __gc = function() return ('x'):rep(1e7) end }) t = nil "
    "for i = 1, 1e6 do t = { t, ('x'):rep(100) } end",
};

static void exhaustion_cannot_be_caught(void **state)
{
  struct fixture *fixture = *state;
  fixture->limits =
      (struct run_limits){.cpu_ns = UINT64_C(10) * 1000000000, .memory_bytes = 4 * 1024 * 1024};
  for (size_t i = 0; i < sizeof greedy / sizeof greedy[0]; i++) {
    char source[1024];
    snprintf(
        source, sizeof source,
        "return function()\n"
        "  local ok, e = pcall(function() %s end)\n"
        "  local co = coroutine.wrap(function() return xpcall(function() %s end, tostring) end)\n"
        "  return { ok, tostring(e):sub(1, 99), co() } end",
        greedy[i], greedy[i]);
    fixture_run(fixture, source, "1");
    if (fixture->result.outcome != RUN_MEMORY)
      fail_msg("%s\n  %s", greedy[i], fixture_text(fixture));
  }
}

int main(void)
{
  static const struct CMUnitTest tests[] = {cmocka_unit_test(memory_ends_everywhere),
                                            cmocka_unit_test(exhaustion_cannot_be_caught)};
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
