/* What handlers can do, and what they get told when they do it wrong. */
#include "sandbox_fixture.h"

static void run_examples(void **state)
{
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    const struct example *example = &examples[i];
    fixture_run(*state, example->source, example->input);
    const char *text = fixture_text(*state);
    if (!example_is_right(example, text))
      fail_msg("%s\n  gave     %s\n  expected %s", example->source, text, example->expected);
  }
}

static void status_is_the_second_value(void **state)
{
  struct fixture *fixture = *state;
  fixture_run(fixture, "return function() return 'x', 201 end", "null");
  assert_int_equal(fixture->result.status, 201);
  fixture_run(fixture, "return function() return 'x' end", "null");
  assert_int_equal(fixture->result.status, 0);
}

static void traceback_names_the_lines(void **state)
{
  struct fixture *fixture = *state;
  fixture_run(fixture, "local function f()\n  error('deep')\nend\nreturn function()\n  f()\nend",
              "null");
  assert_non_null(strstr(fixture->result.traceback.data, "app/handlers/t.lua:2:"));
  assert_non_null(strstr(fixture->result.traceback.data, "app/handlers/t.lua:5:"));
}

static void queries_reach_the_host(void **state)
{
  struct fixture *fixture = *state;
  fixture_run(fixture,
              "return function(_, ctx) local db = ctx.db.users\n"
              "local r = db.update_profile { slug = 's', n = 1 } db.find() ctx.db.notes.list {}\n"
              "return { r.id, r.name, r.note == null } end",
              "null");
  assert_string_equal(fixture_text(fixture), "[7,\"Ada\",true]");
  buffer_append_byte(&fixture->calls, 0);
  assert_string_equal(fixture->calls.data, "0:{\"n\":1,\"slug\":\"s\"}\n1:null\n2:{}\n");
}

static void queries_that_fail(void **state)
{
  static const struct example failing[] = {
      {"return function(_, ctx) ctx.db.users.delete() end", "1",
       "raised app/handlers/t.lua:1: query 'users.delete' is not granted by the contract"},
      {"return function(_, ctx) ctx.db.admin.purge() end", "1",
       "raised app/handlers/t.lua:1: query 'admin.purge' is not granted by the contract"},
      {"return function(_, ctx) ctx.db.users.find(1) end", "1",
       "raised app/handlers/t.lua:1: query 'users.find' takes a table"},
      {"return function(_, ctx) pcall(ctx.db.users.find, { x = { 0/0 } }) end", "1",
       "breached in a query's parameters: /x/0: not a number (NaN)"},
      {"return function(_, ctx) pcall(ctx.db.users.find, { x = 1/0 }) end", "1",
       "breached in a query's parameters: /x: an infinite number"},
      {"return function(_, ctx) pcall(ctx.db.users.find, { 1 }) end", "1",
       "breached a query's parameters must be an object"},
      {"return function(_, ctx) ctx.db.users:find() end", "1",
       "breached in a query's parameters: /find: a function"},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
    fixture_run(fixture, failing[i].source, failing[i].input);
    if (strncmp(fixture_text(fixture), failing[i].expected, strlen(failing[i].expected)) != 0)
      fail_msg("%s\n gave %s", failing[i].source, fixture_text(fixture));
  }
  fixture->refuse = true;
  fixture_run(fixture, "return function(_, ctx) pcall(ctx.db.users.find) return 1 end", "1");
  fixture->refuse = false;
  assert_int_equal(fixture->result.outcome, RUN_STOPPED);
}

static void large_query_results_arrive(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image = fixture_build(
      fixture, "return function(i, ctx) return #i.rows, #i.rows[1].text end", NULL, 0, &error);
  struct buffer json = {0};
  buffer_print(&json, "{\"rows\":[");
  for (int i = 0; i < 3000; i++)
    buffer_print(&json, "%s{\"id\":%d,\"text\":\"%0100d\"}", i ? "," : "", i, i);
  buffer_append(&json, "]}", 3);
  fixture_run_image(fixture, image, json.data);
  assert_string_equal(fixture_text(fixture), "3000");
  assert_int_equal(fixture->result.status, 100);
  buffer_deinit(&json);
  image_free(image);
}

static void log_lines(void **state)
{
  struct fixture *fixture = *state;
  fixture_run(fixture,
              "return function(_, ctx) ctx.log('a', 1, nil, null) print(true, '\\xff') end", "1");
  buffer_append_byte(&fixture->log, 0);
  assert_string_equal(fixture->log.data, "a\t1\tnil\tnull\ntrue\t?\n");
  fixture_run(fixture, "return function(_, ctx) for i = 1, 1e4 do ctx.log(('x'):rep(99)) end end",
              "1");
  assert_int_equal(fixture->result.outcome, RUN_RETURNED);
  assert_true(fixture->log.length <= 4096 + 1);
}

/* Each pair: what one call does, and what the next one must find. */
static void nothing_survives_a_call(void **state)
{
  static const char source[] =
      "local upvalue, list, object = 0, {}, { n = 0 }\n"
      "local counter = coroutine.wrap(function() local n = 0 while true do n = n + 1 "
      "coroutine.yield(n) end end)\n"
      "return function(input, ctx)\n"
      "  local seen = { upvalue, #list, object.n, rawget(_G, 'g') or 0, ctx.kept or 0, ('x').y or "
      "0,\n"
      "    string.len('abc'), counter(), rawget(table, 'mine') or 0, getmetatable('').mine or 0 }\n"
      "  upvalue, list[1], object.n, g, ctx.kept = 1, 1, 1, 1, 1\n"
      "  getmetatable('').mine = 1\n"
      "  getmetatable('').__index = { y = 1 }\n"
      "  string.len = function() return 99 end\n"
      "  table.mine, table.concat = 1, nil\n"
      "  ctx.db.users.find = nil\n"
      "  ctx.fail, ctx.log, print, pcall, math.random = nil\n"
      "  setmetatable(_G, nil)\n"
      "  if input == 'error' then error('x') end\n"
      "  if input == 'loop' then while true do end end\n"
      "  if input == 'memory' then local t = {} while true do t[#t + 1] = ('x'):rep(1e4) .. #t end "
      "end\n"
      "  return seen\nend";
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image = fixture_build(fixture, source, NULL, 0, &error);
  assert_non_null(image);
  static const char *const inputs[] = {"1", "\"error\"",  "1", "\"loop\"",
                                       "1", "\"memory\"", "1", "1"};
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    fixture->limits.cpu_ns = strcmp(inputs[i], "\"loop\"") == 0 ? SHORT_NS : LONG_NS;
    fixture_run_image(fixture, image, inputs[i]);
    if (inputs[i][0] == '1')
      assert_string_equal(fixture_text(fixture), "[0,0,0,0,0,0,3,1,0,0]");
    else
      assert_int_not_equal(fixture->result.outcome, RUN_RETURNED);
  }
  image_free(image);
}

static void each_call_has_its_own_randomness(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image = fixture_build(
      fixture, "local at_load = math.random(0) return function() return math.random(0) end", NULL,
      0, &error);
  fixture_run_image(fixture, image, "1");
  int64_t first = fixture->result.value.integer;
  fixture_run_image(fixture, image, "1");
  assert_true(first != fixture->result.value.integer);
  image_free(image);
}

static void images_outlive_their_sandbox(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct image *image = fixture_build(fixture, "return function(i) return i end", NULL, 0, &error);
  sandbox_free(fixture->sandbox);
  assert_int_equal(sandbox_new(&fixture->sandbox, &error), 0);
  fixture_run_image(fixture, image, "[1]");
  assert_string_equal(fixture_text(fixture), "[1]");
  image_free(image);
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(run_examples),
      cmocka_unit_test(status_is_the_second_value),
      cmocka_unit_test(traceback_names_the_lines),
      cmocka_unit_test(queries_reach_the_host),
      cmocka_unit_test(queries_that_fail),
      cmocka_unit_test(large_query_results_arrive),
      cmocka_unit_test(log_lines),
      cmocka_unit_test(nothing_survives_a_call),
      cmocka_unit_test(each_call_has_its_own_randomness),
      cmocka_unit_test(images_outlive_their_sandbox),
  };
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
