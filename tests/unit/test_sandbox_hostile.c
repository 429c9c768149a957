/* Scripts written to harm: each must be left with an outcome, in time, and the sandbox must serve a
 * healthy call right after. */
#include "sandbox_fixture.h"

#include <time.h>

#include "base/clock.h"

enum { ANY = 0xff };
#define MASK(outcome) (1u << RUN_##outcome)
static const unsigned stopped_in_time = MASK(DEADLINE) | MASK(MEMORY) | MASK(RAISED);

struct attack {
  const char *source; /* the body of the handler; may be several statements */
  unsigned outcomes;  /* allowed ones, as a mask */
};

static const struct attack attacks[] = {
    /* endless: must be the deadline */
    {"while true do end", MASK(DEADLINE)},
    {"local function f() return f() end f()", MASK(DEADLINE)},
    {"for i = 1, math.huge do end", MASK(DEADLINE)},
    {"::a:: goto a", MASK(DEADLINE)},
    {"string.rep('', 1 << 60)", MASK(DEADLINE)},
    {"while true do pcall(error, 'x') end", MASK(DEADLINE)},
    {"while true do pcall(function() while true do end end) end", MASK(DEADLINE)},
    {"xpcall(function() while true do end end, function() while true do end end)", MASK(DEADLINE)},
    {"xpcall(error, function() while true do end end)", MASK(DEADLINE)},
    {"(('a'):rep(1e5)):find(('a?'):rep(150) .. ('a'):rep(150) .. 'b')",
     MASK(DEADLINE) | MASK(RAISED)},
    {"(('a'):rep(1e5)):find('.-.-.-.-.-b')", MASK(DEADLINE)},
    {"(('x'):rep(3e5)):gsub('.-b', '')", MASK(DEADLINE)},
    {"local s = ('x'):rep(1e6) while true do s:find('y', 1, true) end", MASK(DEADLINE)},
    {"local co = coroutine.wrap(function() while true do end end) co()", MASK(DEADLINE)},
    {"while true do coroutine.wrap(function() coroutine.yield() end)() end", stopped_in_time},
    {"local co co = coroutine.create(function() while true do coroutine.yield() end end)\n"
     "while true do coroutine.resume(co) end",
     MASK(DEADLINE)},
    {"table.sort({ 3, 2, 1, 5, 4 }, function() while true do end end)", MASK(DEADLINE)},
    {"local t = {} for i = 1, 200 do t[i] = i end\n"
     "while true do pcall(table.sort, t, function() return math.random() < 0.5 end) end",
     MASK(DEADLINE)},
    {"setmetatable({}, { __gc = function() while true do end end }) while true do local x = {} end",
     MASK(DEADLINE)},
    {"local x <close> = setmetatable({}, { __close = function() while true do end end })",
     MASK(DEADLINE)},
    {"local x <close> = setmetatable({}, { __close = function() while true do end end }) "
     "error('x')",
     MASK(DEADLINE)},
    {"setmetatable(_G, { __index = function() while true do end end }) return _G.nothing",
     MASK(DEADLINE)},
    {"error(setmetatable({}, { __tostring = function() while true do end end }))", MASK(DEADLINE)},
    {"ctx.log(setmetatable({}, { __tostring = function() while true do end end }))",
     MASK(DEADLINE)},
    {"while true do ctx.db.users.find() end", stopped_in_time},
    {"while true do ctx.log('x') end", MASK(DEADLINE)},
    {"while true do math.randomseed() end", MASK(DEADLINE)},
    {"while true do string.format('%99.99f', 1e308) end", MASK(DEADLINE)},
    {"table.concat(setmetatable({}, { __len = function() return 1 << 50 end, "
     "__index = function() return '' end }))",
     stopped_in_time},
    {"table.unpack({}, 1, 1e7)", MASK(RAISED)},
    {"table.move(setmetatable({}, { __index = function() return 1 end }), 1, 1 << 60, 2, "
     "setmetatable({}, { __newindex = function() end }))",
     MASK(DEADLINE)},
    {"table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)", ANY},
    {"table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)", ANY},
    {"table.sort(setmetatable({}, { __len = function() return 1 << 30 end, "
     "__index = function() return 1 end, __newindex = function() end }))",
     stopped_in_time},
    {"table.move({ 1, 2, 3 }, -(1 << 62), 1 << 62, 1)", MASK(RAISED)},
    {"for i in utf8.codes(('x'):rep(1e6)) do while true do end end", MASK(DEADLINE)},
    /* memory: must be the memory limit, whatever pcall says */
    {"local t = {} while true do t[#t + 1] = {} end", MASK(MEMORY)},
    {"local s = 'x' while true do s = s .. s end", MASK(MEMORY)},
    {"while true do pcall(string.rep, 'x', 1e8) end", MASK(MEMORY)},
    {"pcall(function() local t = {} while true do t[#t + 1] = {} end end) return 'survived'",
     MASK(MEMORY)},
    {"local t = {} while true do t[#t + 1] = coroutine.create(print) end", MASK(MEMORY)},
    {"string.rep('x', 1 << 40)", MASK(MEMORY) | MASK(RAISED)},
    {"string.rep('x', 3e9, 'y')", MASK(MEMORY) | MASK(RAISED)},
    {"('x'):rep(1e6):gsub('x', ('y'):rep(1e6))", MASK(MEMORY) | MASK(RAISED)},
    {"local t = { ('x'):rep(1e6) } for i = 2, 100 do t[i] = t[1] end table.concat(t)",
     MASK(MEMORY)},
    {"local t = {} for i = 1, 30 do t = { t, t, t } end return t", MASK(BREACHED)},
    {"local t = {} for i = 1, 1e6 do t['k' .. i] = i end return t", MASK(MEMORY) | MASK(DEADLINE)},
    {"local t = setmetatable({}, { __mode = 'k' }) while true do t[{}] = {} end", stopped_in_time},
    {"local t = {} for i = 1, 1e5 do t[i] = setmetatable({}, { __gc = function(x) t[x] = x end }) "
     "end t = nil "
     "while true do local x = {} end",
     stopped_in_time},
    /* recursion of every kind: a Lua error */
    {"local function f() return 1 + f() end f()", MASK(RAISED)},
    {"local function f() return (string.gsub('x', 'x', f)) end f()", MASK(RAISED)},
    {"local function f() pcall(f) error('x') end f()", stopped_in_time},
    {"local function f() return select(2, pcall(f)) .. 'x' end return f()",
     stopped_in_time | MASK(RETURNED)},
    {"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. 'x'] "
     "end "
     "return t.a",
     MASK(RAISED)},
    {"local t = {} for i = 1, 1e4 do t = setmetatable({}, { __index = t }) end return t.x",
     MASK(RAISED)},
    {"local t = setmetatable({}, { __tostring = function(s) return tostring(s) end }) tostring(t)",
     MASK(RAISED)},
    {"local function f() for k in pairs(setmetatable({}, { __pairs = f })) do end end f()",
     MASK(RAISED)},
    {"local function f() return coroutine.wrap(f)() end f()", MASK(RAISED)},
    {"local function f() local co = coroutine.create(f) assert(coroutine.resume(co)) end f()",
     MASK(RAISED)},
    {"local function f() table.sort({ 1, 2, 3 }, f) return true end f()", MASK(RAISED)},
    {"local function f() return ('%s'):format(setmetatable({}, { __tostring = f })) end f()",
     MASK(RAISED)},
    {"local function f() local x <close> = setmetatable({}, { __close = f }) end f()",
     stopped_in_time},
    {"local function f() xpcall(error, f) end f()", stopped_in_time | MASK(RETURNED)},
    {"local function f() return table.concat(setmetatable({}, { __len = f })) end f()",
     MASK(RAISED)},
    {"local p = ('('):rep(40) .. 'a' string.find('a', p)", MASK(RAISED)},
    {"string.find('a', ('a-'):rep(1e5) .. 'b')", MASK(RAISED)},
    {"local co co = coroutine.wrap(function() co() end) co()", MASK(RAISED)},
    {"local co co = coroutine.create(function() coroutine.close(co) end) coroutine.resume(co)",
     MASK(RAISED) | MASK(RETURNED)},
    /* at the interpreter itself */
    {"local it = ('x'):rep(300000):gmatch(('.-'):rep(300000) .. 'b') pcall(it) pcall(it) it() it() "
     "return 1",
     ANY},
    {"local s = ('a'):rep(220000) local it = s:gmatch('(' .. ('a?'):rep(110000) .. ')b') "
     "for i = 1, 9 do pcall(it) end return 1",
     ANY},
    {"local it = string.gmatch('a', ('('):rep(300)) pcall(it) pcall(it) return it()", ANY},
    {"return string.pack('!16 i16 s8 z', 1, 'x', 'y'):len()", ANY},
    {"return string.unpack('s8', ('\\xff'):rep(16))", MASK(RAISED)},
    {"return string.unpack('i4', 'abcd', 1 << 62)", MASK(RAISED)},
    {"return (string.format('%' .. ('0'):rep(99) .. 'd', 1))", MASK(RAISED)},
    {"return string.sub('abc', math.mininteger, math.maxinteger)", MASK(RETURNED)},
    {"return string.byte(('x'):rep(1e6), 1, -1)", MASK(RAISED) | MASK(MEMORY)},
    {"return string.char(table.unpack({ 300 }))", MASK(RAISED)},
    {"return math.mininteger // -1 + math.mininteger % -1", MASK(RETURNED)},
    {"return 1 // 0", MASK(RAISED)},
    {"return math.tointeger(2^63) == nil and math.floor(1e300) > 0", MASK(RETURNED)},
    {"return next({}, 'nothing')", MASK(RAISED)},
    {"local t = { 1, 2, 3 } for k in pairs(t) do t[k .. 'x'] = 1 end return 1", ANY},
    {"return select(-1 << 62, 1)", MASK(RAISED)},
    {"return utf8.codepoint(('\\xf4\\x90\\x80\\x80'), 1)", MASK(RAISED)},
    {"return utf8.char(1 << 31)", MASK(RAISED)},
    {"return setmetatable({}, { __gc = error })", MASK(RETURNED)},
    {"ctx.fail(('x'):rep(1e6))", MASK(REFUSED)},
    {"error(('x'):rep(5e5))", MASK(RAISED)},
    {"ctx.db.users.find({ x = ('x'):rep(300000) })", MASK(BREACHED)},
};

static void expect_health(struct fixture *fixture, const struct image *healthy, const char *after)
{
  fixture_run_image(fixture, healthy, "{\"n\":20}");
  if (strcmp(fixture_text(fixture), "[6765,\"Ada\"]") != 0)
    fail_msg("after %s\n  a healthy call gave %s", after, fixture_text(fixture));
}

static void attacks_end_and_leave_nothing(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *healthy = fixture_build(
      fixture,
      "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
      "return function(input, ctx) return { fib(input.n), ctx.db.users.find().name } end",
      NULL, 0, &error);
  assert_non_null(healthy);
  for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
    struct buffer source = {0};
    buffer_print(&source, "return function(input, ctx) %s end", attacks[i].source);
    buffer_append_byte(&source, 0);
    fixture->limits.cpu_ns = attacks[i].outcomes & MASK(DEADLINE) ? SHORT_NS : LONG_NS;
    uint64_t begun = clock_thread_cpu_ns();
    fixture_run(fixture, source.data, "{}");
    uint64_t took = clock_thread_cpu_ns() - begun;
    if (!(attacks[i].outcomes & 1u << fixture->result.outcome))
      fail_msg("%s\n  gave %s", attacks[i].source, fixture_text(fixture));
    if (took > fixture->limits.cpu_ns + 2000000000) /* on a busy machine the watchdog is late */
      fail_msg("%s\n  ran for %llu ms", attacks[i].source, (unsigned long long)took / 1000000);
    assert_true(fixture->result.memory_bytes <= fixture->limits.memory_bytes + 256 * 1024);
    fixture->limits.cpu_ns = LONG_NS;
    expect_health(fixture, healthy, attacks[i].source);
    buffer_deinit(&source);
  }
  image_free(healthy);
}

/* The limit is a promise in both directions. */
static void no_run_gets_less_than_its_limit(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image =
      fixture_build(fixture, "return function() while true do end end", NULL, 0, &error);
  fixture->limits.cpu_ns = SHORT_NS;
  for (int i = 0; i < 20; i++) {
    uint64_t begun = clock_thread_cpu_ns();
    fixture_run_image(fixture, image, "1");
    assert_true(clock_thread_cpu_ns() - begun >= fixture->limits.cpu_ns);
    assert_int_equal(fixture->result.outcome, RUN_DEADLINE);
  }
  fixture->limits.cpu_ns = LONG_NS;
  image_free(image);
}

/* A query that takes long: the deadline is marked, seen by the host, and acted upon on the way
 * back. */
static bool slow_query(void *context, uint32_t index, const struct json *parameters,
                       struct json *result)
{
  struct fixture *fixture = context;
  uint64_t begun = clock_thread_cpu_ns();
  (void)index, (void)parameters;
  while (!sandbox_deadline_passed(fixture->sandbox) && clock_thread_cpu_ns() - begun < 1000000000)
    continue;
  buffer_append_byte(&fixture->calls, sandbox_deadline_passed(fixture->sandbox) ? '!' : '?');
  *result = json_null();
  return true;
}

static void the_deadline_waits_for_the_host(void **state)
{
  struct fixture *fixture = *state;
  fixture->host.query = slow_query;
  fixture->limits.cpu_ns = SHORT_NS;
  fixture_run(fixture, "return function(_, ctx) pcall(ctx.db.users.find) return 1 end", "1");
  fixture->limits.cpu_ns = LONG_NS;
  fixture->host.query = fixture_query;
  assert_int_equal(fixture->result.outcome, RUN_DEADLINE);
  assert_int_equal(fixture->calls.length, 1);
  assert_int_equal(fixture->calls.data[0], '!');
}

/* Answers with a megabyte. */
static bool large_query(void *context, uint32_t index, const struct json *parameters,
                        struct json *result)
{
  struct fixture *fixture = context;
  (void)index, (void)parameters;
  char *bytes = arena_alloc(&fixture->arena, 1 << 20);
  memset(bytes, 'x', 1 << 20);
  *result = json_string((struct text){bytes, 1 << 20});
  return true;
}

/* Called between queries: nothing of the one before may be left. */
static void check_arena(void *context, struct text line)
{
  struct fixture *fixture = context;
  (void)line;
  if (fixture->calls.length == 0)
    buffer_append(&fixture->calls, &fixture->arena.chunks, sizeof fixture->arena.chunks);
  assert_memory_equal(fixture->calls.data, &fixture->arena.chunks, sizeof fixture->arena.chunks);
}

/* A handler that asks again and again must not fill the host's memory, whatever becomes of its own.
 */
static void queries_do_not_pile_up_in_the_host(void **state)
{
  struct fixture *fixture = *state;
  fixture->host.query = large_query;
  fixture->host.log = check_arena;
  fixture_run(fixture,
              "return function(_, ctx) local n = 0\n"
              "for i = 1, 200 do print(i) n = n + #ctx.db.users.find { a = ('y'):rep(20000) } end\n"
              "return n end",
              "1");
  fixture->host.query = fixture_query;
  fixture->host.log = fixture_log;
  assert_string_equal(fixture_text(fixture), "209715200");
}

static void garbage_is_collected_within_the_limit(void **state)
{
  struct fixture *fixture = *state;
  fixture_run(fixture,
              "return function() local keep\n"
              "for i = 1, 300 do keep = { ('x'):rep(300000 + i * 50), { i } } end\n"
              "for i = 1, 2e5 do keep = { i, keep and keep[1] } end\n"
              "local s = '' for i = 1, 3000 do s = s .. 'abcdefghij' end return #s end",
              "1");
  assert_string_equal(fixture_text(fixture), "30000");
}

static void input_larger_than_the_limit(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image = fixture_build(fixture, "return function(i) return #i end", NULL, 0, &error);
  struct buffer json = {0};
  buffer_print(&json, "\"%0900000d\"", 1);
  buffer_append_byte(&json, 0);
  fixture_run_image(fixture, image, json.data);
  assert_string_equal(fixture_text(fixture), "900000");
  fixture->limits.memory_bytes = 128 * 1024;
  fixture_run_image(fixture, image, json.data);
  assert_int_equal(fixture->result.outcome, RUN_MEMORY);
  fixture_run_image(fixture, image, "\"abc\"");
  assert_string_equal(fixture_text(fixture), "3");
  fixture->limits.memory_bytes = 4 * 1024 * 1024;
  buffer_deinit(&json);
  image_free(image);
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(attacks_end_and_leave_nothing),
      cmocka_unit_test(no_run_gets_less_than_its_limit),
      cmocka_unit_test(the_deadline_waits_for_the_host),
      cmocka_unit_test(queries_do_not_pile_up_in_the_host),
      cmocka_unit_test(garbage_is_collected_within_the_limit),
      cmocka_unit_test(input_larger_than_the_limit),
  };
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
