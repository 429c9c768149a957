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

static void modules(void **state)
{
  static const struct image_module given[] = {
      {"money", "app/lib/money.lua", {"return { cents = function(x) return x * 100 end }", 49}},
      {"text.slug", "app/lib/text/slug.lua", {"local m = require 'money' return m.cents", 40}},
      {"broken", "app/lib/broken.lua", {"return\nreturn", 13}},
      {"raises", "app/lib/raises.lua", {"\nerror 'no'", 11}},
      {"circle", "app/lib/circle.lua", {"local c = require 'circle'", 26}},
      {"nothing", "app/lib/nothing.lua", {"", 0}},
  };
  static const struct example loads[] = {
      {"local m = require 'money' return function() return m.cents(2) end", "1", "200"},
      {"local c = require 'text.slug' return function() return c(3) end", "1", "300"},
      {"local m = require 'money' return function() return require 'money' == m end", "1", "true"},
      {"require 'nothing' return function() return require 'nothing' end", "1", "true"},
  };
  static const char *const fails[][2] = {
      {"require 'broken'", "app/lib/broken.lua:2:1: unexpected symbol near"},
      {"require 'raises'", "app/lib/raises.lua:2: no"},
      {"require 'circle'", "app/lib/circle.lua:1: module 'circle' requires itself"},
      {"\nrequire 'absent'", "app/handlers/t.lua:2: no module 'absent' in app/lib"},
      {"require 'io'", "app/handlers/t.lua:1: no module 'io' in app/lib"},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
    struct error error = {0};
    struct image *image = fixture_build(fixture, loads[i].source, given, 6, &error);
    if (!image) fail_msg("%s", error.message);
    fixture_run_image(fixture, image, "1");
    assert_string_equal(fixture_text(fixture), loads[i].expected);
    image_free(image);
  }
  for (size_t i = 0; i < sizeof fails / sizeof *fails; i++) {
    struct error error = {0};
    assert_null(fixture_build(fixture, fails[i][0], given, 6, &error));
    if (strncmp(error.message, fails[i][1], strlen(fails[i][1])) != 0)
      fail_msg("%s gave %s", fails[i][0], error.message);
  }
}

/* What looks like an undefined global, and is none; and what is one although it is hard to see. */
static void globals_that_are_defined(void **state)
{
  static const char *const loads[] = {
      "local _ENV = { a = 1 } return function() return a, nosuch end",
      "return function() local _ENV = { x = 1 } return (function() return x, y end)() end",
      "function helper() return other() end function other() end return function() helper() end",
      "counter = 0 return function() counter = counter + 1 end",
      "return function() return rawget(_G, 'anything'), _G.print end",
      "x, y = 1, 2 return function() return x + y end",
      "return function() local print <const> = 1 return print end",
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
    struct error error = {0};
    struct image *image = fixture_build(fixture, loads[i], NULL, 0, &error);
    if (!image) fail_msg("%s gave %s", loads[i], error.message);
    image_free(image);
  }
  /* with so many constants, names no longer fit into instructions */
  for (int undefined = 0; undefined < 2; undefined++) {
    struct error error = {0};
    struct buffer source = {0};
    buffer_print(&source, "local t = {");
    for (int i = 0; i < 300; i++) buffer_print(&source, "'s%d',", i);
    buffer_print(&source, "}\nlater = 1\nlocal x = later, %s\nreturn function() end",
                 undefined ? "latre" : "later");
    buffer_append_byte(&source, 0);
    struct image *image = fixture_build(fixture, source.data, NULL, 0, &error);
    assert_int_equal(image == NULL, undefined);
    if (undefined)
      assert_string_equal(error.message, "app/handlers/t.lua:3: undefined 'latre': there is "
                                         "neither a local nor a global of that name");
    image_free(image);
    buffer_deinit(&source);
  }
}

static void handlers_that_do_not_load(void **state)
{
  static const char *const fails[][2] = {
      {"", "app/handlers/t.lua:1: the file must end with"},
      {"return {}", "app/handlers/t.lua:1: the file must end with"},
      {"return function(\n\nend", "app/handlers/t.lua:3:1: <name> or '...' expected near 'end'"},
      {"return function() retrun 1 end", "app/handlers/t.lua:1:26: syntax error near '1'"},
      {"return function()\n  return { a = 1\n    b = 2 } end",
       "app/handlers/t.lua:3:5: '}' expected (to close '{' at line 2) near 'b'"},
      {"return function() return 'ab\nend",
       "app/handlers/t.lua:1:26: unfinished string near ''ab'"},
      {"local a = 5 5", "app/handlers/t.lua:1:13: unexpected symbol near '5'"},
      {"return function() return {{1, 2}, {1, 2) end",
       "app/handlers/t.lua:1:40: '}' expected near ')'"},
      {"return function()\n  if x then\n", "app/handlers/t.lua:3:1: 'end' expected"},
      {"\n\nerror('at load')", "app/handlers/t.lua:3: at load"},
      /* globals that are nowhere defined */
      {"local x = nosuch", "app/handlers/t.lua:1: undefined 'nosuch': there is neither"},
      {"return function(input)\n  return inptu.x end",
       "app/handlers/t.lua:2: undefined 'inptu': did you mean 'input'?"},
      {"local total = 0\nreturn function()\n  local function f() return totla end\nend",
       "app/handlers/t.lua:3: undefined 'totla': did you mean 'total'?"},
      {"return function() return strnig.rep('x', 2) end",
       "app/handlers/t.lua:1: undefined 'strnig': did you mean 'string'?"},
      {"return function() local f = io.open end",
       "app/handlers/t.lua:1: undefined 'io': a handler"},
      {"return function() return zz or yy end\n", "app/handlers/t.lua:1: undefined 'zz': there"},
      {"local function f()\n\n  return second\nend\nlocal x = first\n",
       "app/handlers/t.lua:3: undefined 'second'"},
      {"error({})", "app/handlers/t.lua:1: an error that is not a string but a table"},
      {"while true do end", "app/handlers/t.lua:1: loading took more than 250 ms"},
      {"local t = {} for i = 1, 1e9 do t[i] = i end",
       "app/handlers/t.lua:1: loading took more than 16 MB"},
      {"\x1bLua", "app/handlers/t.lua:1: attempt to load a binary chunk"},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof fails / sizeof *fails; i++) {
    struct error error = {0};
    assert_null(fixture_build(fixture, fails[i][0], NULL, 0, &error));
    if (strncmp(error.message, fails[i][1], strlen(fails[i][1])) != 0)
      fail_msg("%s gave %s", fails[i][0], error.message);
  }
  char *large = test_malloc(HANDLER_SOURCE_MAX_BYTES + 2);
  memset(large, ' ', HANDLER_SOURCE_MAX_BYTES + 1);
  large[HANDLER_SOURCE_MAX_BYTES + 1] = 0;
  struct error error = {0};
  assert_null(fixture_build(fixture, large, NULL, 0, &error));
  assert_string_equal(error.message, "app/handlers/t.lua:1: the file is larger than 64 KB");
  test_free(large);
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
      cmocka_unit_test(modules),
      cmocka_unit_test(globals_that_are_defined),
      cmocka_unit_test(handlers_that_do_not_load),
      cmocka_unit_test(nothing_survives_a_call),
      cmocka_unit_test(each_call_has_its_own_randomness),
      cmocka_unit_test(images_outlive_their_sandbox),
  };
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
