/* After a run, not one byte that it or an earlier one wrote can be read by the next: not even by a
 * script that can read its whole linear memory (tests/guest/peek.c).
 *
 * A secret is planted in each way there is, by runs that end in each way there is. Then a run looks
 * for any eight neighbouring bytes of it, in both directions, from one end of its memory to the
 * other. What it looks for it knows with all bits turned only. */
#include "sandbox_fixture.h"

#include "sandbox/instance.h"

enum { SECRET_BYTES = 32, STACK_FLOOR = 64 * 1024 };

static uint32_t stack_top, changing; /* of the module, in every instance */
static char secret[SECRET_BYTES + 1], forward[2 * SECRET_BYTES + 1], backward[2 * SECRET_BYTES + 1];

/* Letters, so that it can stand in JSON. The masks are in hexadecimal: they cannot. */
static void make_secret(void)
{
  unsigned char random[SECRET_BYTES];
  crypto_random(random, sizeof random);
  for (int i = 0; i < SECRET_BYTES; i++) secret[i] = (char)('a' + random[i] % 26);
  for (int i = 0; i < SECRET_BYTES; i++) {
    snprintf(forward + 2 * i, 3, "%02x", (unsigned char)~secret[i]);
    snprintf(backward + 2 * i, 3, "%02x", (unsigned char)~secret[SECRET_BYTES - 1 - i]);
  }
}

/* Input: { forward, backward, from, to }; an address where a fragment lies, or null. */
static const char searcher[] =
    "return function(i)\n"
    "  local function bytes(hex)\n"
    "    return (hex:gsub('..', function(h) return string.char(tonumber(h, 16)) end)) end\n"
    "  return PEEK.find(bytes(i.forward), i.from, i.to) or PEEK.find(bytes(i.backward), i.from, "
    "i.to) or null end";

/* Looks through [from, to) in one run. */
static void search(struct fixture *fixture, const struct image *image, uint32_t from, uint32_t to)
{
  struct buffer input = {0};
  buffer_print(&input, "{\"forward\":\"%s\",\"backward\":\"%s\",\"from\":%u,\"to\":%u}", forward,
               backward, from, to);
  buffer_append_byte(&input, 0);
  struct run_limits before = fixture->limits;
  fixture->limits.cpu_ns = UINT64_C(5) * 1000000000;
  fixture->limits.memory_bytes = 8 * 1024 * 1024;
  fixture_run_image(fixture, image, input.data);
  fixture->limits = before;
  buffer_deinit(&input);
}

static void expect_nothing(struct fixture *fixture, const struct image *image, const char *planted)
{
  const uint32_t parts[][2] = {
      {STACK_FLOOR, stack_top}, {stack_top, changing}, {changing, changing + 7 * 1024 * 1024}};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    search(fixture, image, parts[i][0], parts[i][1]);
    if (strcmp(fixture_text(fixture), "null") != 0)
      fail_msg("%s\n  is left: %s", planted, fixture_text(fixture));
  }
}

/* SECRET stands for the secret. It is also in each input, in ctx and in the row that queries give.
 * Each handler ends as its word says; "" is "returned". */
static const struct {
  const char *source, *outcome;
} planters[] = {
    {"return function(i) return i.secret end", ""},
    {"return function(_, ctx) return ctx.principal end", ""},
    {"return function(_, ctx) return ctx.db.users.find() end", ""},
    {"return function(_, ctx) return ctx.db.users.find { a = 'SECRET' } end", ""},
    {"return function(i, ctx) ctx.log(i.secret) print(i.secret:rep(20)) end", ""},
    {"local kept = 'SECRET' return function(i) kept = kept .. i.secret return kept end", ""},
    {"return function(i) leaked = i.secret string.leaked = i.secret return _G.leaked end", ""},
    {"return function(i) return i.secret:reverse() .. i.secret:upper() end", ""},
    {"return function(i) local t = {} for n = 1, 2000 do t[n] = i.secret .. n end return #t end",
     ""},
    {"return function(i) return #i.secret:rep(60000) end", ""},
    {"return function(i) local t = {} for n = 1, 30 do t[n] = i.secret:rep(3000) end return #t end",
     ""},
    {"return function(i) return { i.secret:byte(1, -1) } end", ""},
    {"return function(i) local t = {} for n = 1, 500 do\n"
     "  t[n] = coroutine.wrap(function(s) local a = s .. n coroutine.yield(a) end) t[n](i.secret) "
     "end\n"
     "  return #t end",
     ""},
    {"return function(i) local function deep(n, s) if n > 0 then return deep(n - 1, s .. 'x') .. s "
     "end\n"
     "  return s end return #deep(200, i.secret) end",
     ""},
    {"return function(i) local function nest(n) return (i.secret:gsub('^.', function(c)\n"
     "  return n > 0 and nest(n - 1) or c end)) end return #nest(60) end",
     ""},
    {"return function(i) local function nest(n) local s = i.secret .. n\n"
     "  return n > 0 and select(2, pcall(nest, n - 1)) or s end return nest(150) end",
     ""},
    {"return function(i) return ('%s%q%10.40s'):format(i.secret, i.secret, i.secret) end", ""},
    {"return function(i) return string.unpack('z', string.pack('zs4', i.secret, i.secret)) end",
     ""},
    {"return function(i) local t = { i.secret, i.secret .. 1 } table.sort(t, function(a, b)\n"
     "  return a .. i.secret < b .. i.secret end) return table.concat(t, i.secret) end",
     ""},
    {"return function(i) setmetatable({}, { __gc = function() leaked = i.secret .. 'gc' end })\n"
     "  for n = 1, 5000 do local x = i.secret .. n end return 1 end",
     ""},
    {"return function(i) error(i.secret) end", "raised"},
    {"return function(i) error({ i.secret, message = i.secret .. 'm' }) end", "raised"},
    {"return function(i) local function f(n) if n == 0 then error(i.secret:rep(50)) end f(n - 1) "
     "end\n"
     "  f(100) end",
     "raised"},
    {"return function(i) local function f() local s = i.secret .. 'x' return f() .. s end f() end",
     "raised"},
    {"return function(i, ctx) ctx.fail(i.secret) end", "refused"},
    {"return function(i) return { [i.secret] = i.secret, f = print } end", "breached"},
    {"return function(i) return i.secret:rep(40000) end", "breached"},
    {"return function(i) local s = i.secret while true do s = (s .. 'x'):sub(-64) end end",
     "deadline"},
    {"return function(i) while true do pcall(string.rep, i.secret, 1000) end end", "deadline"},
    {"return function(i) local s = i.secret:rep(5000) while true do s:find(s:sub(1, -2) .. '\\0') "
     "end "
     "end",
     "deadline"},
    {"return function(i) local t = {} while true do t[#t + 1] = i.secret .. #t end end", "memory"},
    {"return function(i) local s = i.secret while true do s = s .. s end end", "memory"},
    {"return function(i) PEEK.peek(16, #i.secret) end", "trapped"},
    {"return function(i) local s = i.secret .. 1 PEEK.peek(-17, 4096) return s end", "trapped"},
};

static void plant(struct fixture *fixture, const struct image *image)
{
  char text[256];
  arena_reset(&fixture->arena);
  buffer_clear(&fixture->log);
  buffer_clear(&fixture->calls);
  snprintf(text, sizeof text, "{\"id\":7,\"name\":\"%s\",\"tags\":[\"%s\"]}", secret, secret);
  fixture->row = fixture_json(fixture, text);
  snprintf(text, sizeof text, "{\"secret\":\"%s\",\"%s\":[\"%s\"]}", secret, secret, secret);
  struct json input = fixture_json(fixture, text);
  snprintf(text, sizeof text, "{\"principal\":{\"id\":\"%s\"},\"new_id\":\"%s\",\"now\":5}", secret,
           secret);
  struct json context = fixture_json(fixture, text);
  struct run_input call = {.input = &input, .context = &context};
  sandbox_run(fixture->sandbox, image, &call, &fixture->limits, &fixture->host, &fixture->arena,
              &fixture->result);
}

static struct image *build(struct fixture *fixture, const char *source, bool sleeps)
{
  struct buffer whole = {0};
  const char *rest = source, *found;
  for (; (found = strstr(rest, "SECRET")); rest = found + strlen("SECRET"))
    buffer_print(&whole, "%.*s%s", (int)(found - rest), rest, secret);
  buffer_print(&whole, "%s", rest);
  static const char *const queries[] = {"users.update_profile", "users.find"};
  struct error error = {0};
  struct image *image = NULL;
  struct image_spec spec = {.path = "app/handlers/t.lua",
                            .source = buffer_text(&whole),
                            .queries = queries,
                            .query_count = 2,
                            .sleeps = sleeps};
  if (image_build(fixture->sandbox, &spec, &image, &error) != 0)
    fail_msg("does not load: %s\n%s", error.message, source);
  buffer_deinit(&whole);
  return image;
}

/* First of all: the search finds what is there, in either direction, in this very run. */
static void the_search_finds_what_is_there(void **state)
{
  static const char *const holders[] = {
      "return function(i, ctx) local s = ctx.principal.id return search(i) end",
      "return function(i, ctx) local s = ctx.principal.id:reverse() return search(i) end",
      "return function(i, ctx) local s = { ctx.principal.id:sub(3, 10) } return search(i) end",
      "return function(i, ctx) ctx.db.users.find() return search(i) end"};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof holders / sizeof holders[0]; i++) {
    struct buffer source = {0};
    buffer_print(&source, "local search = (function() %s end)()\n%s", searcher, holders[i]);
    buffer_append_byte(&source, 0);
    struct image *image = build(fixture, source.data, false);
    char text[512];
    arena_reset(&fixture->arena);
    fixture->limits.cpu_ns = UINT64_C(5) * 1000000000;
    snprintf(text, sizeof text, "{\"id\":7,\"name\":\"%s\"}", secret);
    fixture->row = fixture_json(fixture, text);
    snprintf(text, sizeof text, "{\"forward\":\"%s\",\"backward\":\"%s\",\"from\":%u,\"to\":%u}",
             forward, backward, changing, changing + 64 * 1024);
    struct json input = fixture_json(fixture, text);
    snprintf(text, sizeof text, "{\"principal\":{\"id\":\"%s\"}}", secret);
    struct json context = fixture_json(fixture, text);
    struct run_input call = {.input = &input, .context = &context};
    sandbox_run(fixture->sandbox, image, &call, &fixture->limits, &fixture->host, &fixture->arena,
                &fixture->result);
    fixture->limits.cpu_ns = 20000000;
    assert_int_equal(fixture->result.outcome, RUN_RETURNED);
    assert_int_equal(fixture->result.value.type, JSON_INTEGER);
    image_free(image);
    buffer_deinit(&source);
  }
}

static void nothing_is_left_of_a_run(void **state)
{
  struct fixture *fixture = *state;
  struct image *looks = build(fixture, searcher, false);
  expect_nothing(fixture, looks, "nothing at all");
  for (size_t i = 0; i < sizeof planters / sizeof planters[0]; i++) {
    struct image *image = build(fixture, planters[i].source, false);
    bool waits = strcmp(planters[i].outcome, "deadline") == 0;
    fixture->limits.cpu_ns = waits ? 20000000 : UINT64_C(5) * 1000000000;
    plant(fixture, image);
    const char *word = planters[i].outcome[0] ? planters[i].outcome : NULL;
    if (word ? strncmp(fixture_text(fixture), word, strlen(word)) != 0
             : fixture->result.outcome != RUN_RETURNED)
      fail_msg("%s\n  ended as %s", planters[i].source, fixture_text(fixture));
    image_free(image);
    expect_nothing(fixture, looks, planters[i].source);
  }
  image_free(looks);
}

/* The same memory, now for a large image, now for a small one. */
static void nothing_is_left_of_an_image(void **state)
{
  struct fixture *fixture = *state;
  struct image *looks = build(fixture, searcher, false);
  struct image *large = build(
      fixture,
      "local t = {} for n = 1, 9000 do t[n] = 'SECRET' .. n end return function() return #t end",
      false);
  assert_true(image_bytes(large) > 256 * 1024);
  for (int i = 0; i < 3; i++) {
    plant(fixture, large);
    assert_int_equal(fixture->result.outcome, RUN_RETURNED);
    expect_nothing(fixture, looks, "an image of more than 256 KB");
  }
  struct image *middle = build(
      fixture,
      "local t = {} for n = 1, 900 do t[n] = 'SECRET' .. n end return function() return #t end",
      false);
  assert_true(image_bytes(middle) > 64 * 1024);
  plant(fixture, middle);
  assert_int_equal(fixture->result.outcome, RUN_RETURNED);
  expect_nothing(fixture, looks, "an image of more than 64 KB");
  image_free(large);
  image_free(middle);
  image_free(looks);
}

/* While a run sleeps, others do not see its memory; nor afterwards, however it ends. */
static void nothing_is_left_of_a_sleeper(void **state)
{
  static const char source[] =
      "return function(i, ctx) local s = i.secret:rep(3000) ctx.db.users.find() ctx.sleep(1)\n"
      "  ctx.db.users.find() return #s end";
  struct fixture *fixture = *state;
  struct image *looks = build(fixture, searcher, false), *sleeps = build(fixture, source, true);
  fixture->limits.total_ns = UINT64_C(60) * 1000000000;
  for (int ending = 0; ending < 3; ending++) {
    struct run_result asleep;
    plant(fixture, sleeps);
    assert_int_equal(fixture->result.outcome, RUN_SUSPENDED);
    asleep = fixture->result;
    asleep.suspended->result = &asleep;
    expect_nothing(fixture, looks, "what somebody else holds, asleep");
    if (ending == 0) sandbox_abandon(fixture->sandbox, &asleep);
    if (ending == 1) sandbox_resume(fixture->sandbox, &asleep);
    if (ending == 2) {
      asleep.suspended->total_ends_ns = 0;
      sandbox_resume(fixture->sandbox, &asleep);
    }
    assert_null(asleep.suspended);
    for (int k = 0; k < 2; k++) expect_nothing(fixture, looks, "a sleeper's memory");
  }
  image_free(looks);
  image_free(sleeps);
}

static int setup(void **state)
{
  if (fixture_setup(state) != 0) return -1;
  const struct linear *linear = &((struct fixture *)*state)->sandbox->idle->linear;
  stack_top = linear->stack_top;
  changing = linear->changing;
  make_secret();
  return 0;
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_search_finds_what_is_there),
      cmocka_unit_test(nothing_is_left_of_a_run),
      cmocka_unit_test(nothing_is_left_of_an_image),
      cmocka_unit_test(nothing_is_left_of_a_sleeper),
  };
  return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
