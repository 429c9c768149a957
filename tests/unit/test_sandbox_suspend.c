/* Runs that suspend: anywhere, many at once, in any order, and never beyond their limits. */
#include "sandbox_fixture.h"

#include "base/clock.h"
#include "base/memory.h"
#include "sandbox/instance.h"

enum { CROWD = 1000 };

static struct image *build(struct fixture *fixture, const char *source, bool sleeps)
{
  struct error error = {0};
  struct image *image = NULL;
  static const char *const queries[] = {"users.update_profile"};
  struct image_spec spec = {.path = "app/handlers/t.lua",
                            .source = text_of(source),
                            .queries = queries,
                            .query_count = 1,
                            .sleeps = sleeps};
  if (image_build(fixture->sandbox, &spec, &image, &error) != 0)
    fail_msg("does not load: %s\n%s", error.message, source);
  return image;
}

/* Resumes until it is over; returns how often it slept. */
static int finish(struct fixture *fixture)
{
  int sleeps = 0;
  for (; fixture->result.outcome == RUN_SUSPENDED; sleeps++) {
    assert_non_null(fixture->result.suspended);
    sandbox_resume(fixture->sandbox, &fixture->result);
  }
  assert_null(fixture->result.suspended);
  return sleeps;
}

/* Where a handler can sleep, how often it does, and what comes of it. */
static const struct {
  const char *source;
  int sleeps;
  const char *expected;
} places[] = {
    {"return function(i, ctx) ctx.sleep(5) return i end", 1, "[3,1,2]"},
    {"return function(i, ctx) for _ = 1, 9 do ctx.sleep(0) end return i end", 9, "[3,1,2]"},
    {"return function(i, ctx)\n"
     "  table.sort(i, function(a, b) ctx.sleep(1) return a < b end) return i end",
     -1, "[1,2,3]"},
    {"return function(_, ctx)\n"
     "  return (('abc'):gsub('.', function(c) ctx.sleep(1) return c:upper() end)) end",
     3, "\"ABC\""},
    {"return function(_, ctx)\n"
     "  local co = coroutine.wrap(function() for i = 1, 3 do ctx.sleep(i) coroutine.yield(i) end "
     "end)\n"
     "  return { co(), co(), co() } end",
     3, "[1,2,3]"},
    {"return function(_, ctx)\n"
     "  local ok, e = pcall(function() ctx.sleep(1) error('after', 0) end) return { ok, e } end",
     1, "[false,\"after\"]"},
    {"return function(_, ctx)\n"
     "  return { pcall(pcall, function() ctx.sleep(1) ctx.sleep(1) return 7 end) } end",
     2, "[true,true,7]"},
    {"return function(_, ctx)\n"
     "  do local c <close> = setmetatable({}, { __close = function() ctx.sleep(1) end }) end\n"
     "  local t = setmetatable({}, { __index = function(_, k) ctx.sleep(1) return k end,\n"
     "    __add = function() ctx.sleep(1) return 'sum' end })\n"
     "  return { t.key, t + 1 } end",
     3, "[\"key\",\"sum\"]"},
    {"return function(_, ctx)\n"
     "  local function deep(n) if n == 0 then ctx.sleep(1) return 0 end return 1 + deep(n - 1) "
     "end\n"
     "  return deep(1000) end",
     1, "1000"},
    {"return function(_, ctx)\n"
     "  local a = ctx.db.users.update_profile().name ctx.sleep(1)\n"
     "  return { a, ctx.db.users.update_profile().id } end",
     1, "[\"Ada\",7]"},
    {"return function(_, ctx) pcall(ctx.sleep, -1) pcall(ctx.sleep, 'x') return 1 end", 0, "1"},
    {"return function(_, ctx) ctx.sleep(1) error('late') end", 1,
     "raised app/handlers/t.lua:1: late"},
    {"return function(_, ctx) ctx.sleep(1) ctx.fail('no') end", 1, "refused no"},
    {"return function(_, ctx) ctx.sleep(1) return { print } end", 1, "breached /0: a function"},
    {"return function(_, ctx) ctx.sleep(1) while true do end end", 1, "deadline "},
    {"return function(_, ctx) ctx.sleep(1) local t = {} while true do t[#t + 1] = { #t } end end",
     1, "memory "},
};

static void sleeps_anywhere(void **state)
{
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    struct image *image = build(fixture, places[i].source, true);
    bool endless = strncmp(places[i].expected, "deadline", strlen("deadline")) == 0;
    fixture->limits.cpu_ns = endless ? SHORT_NS : LONG_NS;
    fixture_run_image(fixture, image, "[3,1,2]");
    int sleeps = finish(fixture);
    const char *text = fixture_text(fixture);
    if (strncmp(text, places[i].expected, strlen(places[i].expected)) != 0 ||
        (places[i].sleeps < 0 ? sleeps == 0 : sleeps != places[i].sleeps))
      fail_msg("%s\n  slept %d times and gave %s\n  expected %d and %s", places[i].source, sleeps,
               text, places[i].sleeps, places[i].expected);
    image_free(image);
  }
  assert_int_equal(fixture->sandbox->suspended_count, 0);
}

static void sleep_must_be_granted(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture, "return function(_, ctx) ctx.sleep(1) end", false);
  fixture_run_image(fixture, image, "1");
  assert_int_equal(fixture->result.outcome, RUN_RAISED);
  assert_non_null(strstr(fixture->result.message.data, "t.lua:1: the contract does not grant"));
  image_free(image);
}

/* --- Many at once. --- */

struct sleeper {
  struct arena arena;
  struct run_result result;
};

static void start(struct fixture *fixture, const struct image *image, struct sleeper *sleeper,
                  int64_t number)
{
  struct json input = json_integer(number), context = {.type = JSON_OBJECT};
  struct run_input call = {.input = &input, .context = &context};
  arena_init(&sleeper->arena, 1024);
  sandbox_run(fixture->sandbox, image, &call, &fixture->limits, &fixture->host, &sleeper->arena,
              &sleeper->result);
}

static const char keeper[] =
    "return function(n, ctx)\n"
    "  local t = {} for i = 1, 50 do t[i] = n * i end\n"
    "  local co = coroutine.wrap(function() ctx.sleep(1) coroutine.yield() end) co()\n"
    "  local s = 0 for i = 1, 50 do s = s + t[i] end ctx.sleep(1)\n"
    "  return s\n"
    "end";

/* Every one has its own memory and stack, in whatever order they go on. */
static void a_thousand_sleep_at_once(void **state)
{
  struct fixture *fixture = *state;
  struct sleeper *crowd = memory_new_array(CROWD, sizeof *crowd);
  struct image *image = build(fixture, keeper, true);
  for (size_t i = 0; i < CROWD; i++) start(fixture, image, &crowd[i], (int64_t)i);
  assert_int_equal(fixture->sandbox->suspended_count, CROWD);
  fixture_run(fixture, "return function() return 'awake' end", "1");
  assert_string_equal(fixture_text(fixture), "\"awake\"");
  for (size_t i = 0; i < CROWD; i++) sandbox_resume(fixture->sandbox, &crowd[i * 7 % CROWD].result);
  for (size_t i = CROWD; i-- > 0;) {
    struct sleeper *sleeper = &crowd[i];
    assert_int_equal(sleeper->result.outcome, RUN_SUSPENDED);
    if (i % 3 == 0) {
      sandbox_abandon(fixture->sandbox, &sleeper->result);
      assert_int_equal(sleeper->result.outcome, RUN_STOPPED);
    } else {
      sandbox_resume(fixture->sandbox, &sleeper->result);
      assert_int_equal(sleeper->result.outcome, RUN_RETURNED);
      assert_int_equal(sleeper->result.value.integer, (int64_t)i * 1275);
    }
    arena_deinit(&sleeper->arena);
  }
  assert_int_equal(fixture->sandbox->suspended_count, 0);
  image_free(image);
  memory_free(crowd);
}

static void too_many_sleepers_are_turned_away(void **state)
{
  struct fixture *fixture = *state;
  struct sleeper *crowd = memory_new_array(SUSPENDED_MAX + 1, sizeof *crowd);
  struct image *image = build(fixture, "return function(_, ctx) ctx.sleep(1) end", true);
  for (size_t i = 0; i <= SUSPENDED_MAX; i++) start(fixture, image, &crowd[i], 1);
  assert_int_equal(crowd[SUSPENDED_MAX - 1].result.outcome, RUN_SUSPENDED);
  assert_int_equal(crowd[SUSPENDED_MAX].result.outcome, RUN_OVERLOADED);
  fixture_run(fixture, "return function() return 'awake' end", "1");
  assert_string_equal(fixture_text(fixture), "\"awake\"");
  for (size_t i = 0; i <= SUSPENDED_MAX; i++) {
    sandbox_abandon(fixture->sandbox, &crowd[i].result);
    arena_deinit(&crowd[i].arena);
  }
  fixture_run_image(fixture, image, "1");
  assert_int_equal(finish(fixture), 1);
  image_free(image);
  memory_free(crowd);
}

/* --- Limits. --- */

/* CPU time is that of all pieces together: no piece alone is over the limit here. */
static void pieces_add_up(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture,
                              "return function(_, ctx) while true do\n"
                              "  for _ = 1, 1e4 do end ctx.sleep(0) end end",
                              true);
  fixture->limits.cpu_ns = SHORT_NS;
  uint64_t begun = clock_thread_cpu_ns();
  fixture_run_image(fixture, image, "1");
  assert_int_equal(fixture->result.outcome, RUN_SUSPENDED);
  assert_true(finish(fixture) > 10);
  assert_int_equal(fixture->result.outcome, RUN_DEADLINE);
  uint64_t used = clock_thread_cpu_ns() - begun;
  assert_true(used >= fixture->limits.cpu_ns);
  assert_true(used < fixture->limits.total_ns / 10); /* it was not the total that ended it */
  fixture->limits.cpu_ns = LONG_NS;
  image_free(image);
}

static void no_sleep_is_for_nothing(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture, "return function(_, ctx) ctx.sleep(0) return 1 end", true);
  fixture_run_image(fixture, image, "1");
  assert_int_equal(fixture->result.outcome, RUN_SUSPENDED);
  assert_int_equal(fixture->result.sleep_ms, 1);
  assert_int_equal(finish(fixture), 1);
  assert_int_equal(fixture->result.outcome, RUN_RETURNED);
  image_free(image);
}

static void the_total_ends_a_sleep(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture, "return function(_, ctx) ctx.sleep(1) return 1 end", true);
  fixture->limits.total_ns = 1;
  fixture_run_image(fixture, image, "1");
  assert_int_equal(fixture->result.outcome, RUN_SUSPENDED);
  sandbox_resume(fixture->sandbox, &fixture->result);
  assert_int_equal(fixture->result.outcome, RUN_DEADLINE);
  assert_int_equal(fixture->sandbox->suspended_count, 0);
  fixture->limits.total_ns = UINT64_C(3500) * 1000000;
  static const char *const sources[] = {"return function(_, ctx) ctx.sleep(1 << 60) end",
                                        "return function(_, ctx) ctx.sleep(math.maxinteger) end"};
  for (size_t i = 0; i < 2; i++) {
    struct image *endless = build(fixture, sources[i], true);
    fixture_run_image(fixture, endless, "1");
    assert_int_equal(fixture->result.outcome, RUN_SUSPENDED);
    assert_true(fixture->result.sleep_ms <= 3500);      /* to the end of its time, no longer */
    sandbox_resume(fixture->sandbox, &fixture->result); /* early: it would not have slept enough */
    assert_int_equal(fixture->result.outcome, RUN_DEADLINE);
    assert_true(fixture->result.total_passed);
    image_free(endless);
  }
  fixture->limits.total_ns = UINT64_C(60) * 1000000000;
  image_free(image);
}

static int setup(void **state)
{
  if (fixture_setup(state) != 0) return -1;
  ((struct fixture *)*state)->limits.total_ns = UINT64_C(60) * 1000000000;
  return 0;
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(sleeps_anywhere),
      cmocka_unit_test(sleep_must_be_granted),
      cmocka_unit_test(a_thousand_sleep_at_once),
      cmocka_unit_test(too_many_sleepers_are_turned_away),
      cmocka_unit_test(pieces_add_up),
      cmocka_unit_test(no_sleep_is_for_nothing),
      cmocka_unit_test(the_total_ends_a_sleep),
  };
  return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
