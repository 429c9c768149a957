/* What is found when a handler loads: in which words, and where. */
#include "sandbox_fixture.h"

static const struct image_module given[] = {
    {"money", "app/lib/money.lua", {"return { cents = function(x) return x * 100 end }", 49}},
    {"text.slug", "app/lib/text/slug.lua", {"local m = require 'money' return m.cents", 40}},
    {"broken", "app/lib/broken.lua", {"return\nreturn", 13}},
    {"raises", "app/lib/raises.lua", {"\nerror 'no'", 11}},
    {"circle", "app/lib/circle.lua", {"local c = require 'circle'", 26}},
    {"nothing", "app/lib/nothing.lua", {"", 0}},
    {"sets", "app/lib/sets.lua", {"function shared() end _G.hidden = { n = 1 }", 43}},
    {"uses", "app/lib/uses.lua", {"return function() return later() end", 36}},
    {"typo", "app/lib/typo.lua", {"return function(name)\n  return nmae\nend", 39}},
};

enum { GIVEN = sizeof given / sizeof *given };

static struct image *build(struct fixture *fixture, const char *source, struct error *error)
{
  *error = (struct error){0};
  return fixture_build(fixture, source, given, GIVEN, error);
}

static void all_fail(struct fixture *fixture, const char *const fails[][2], size_t count)
{
  for (size_t i = 0; i < count; i++) {
    struct error error;
    assert_null(build(fixture, fails[i][0], &error));
    if (strncmp(error.message, fails[i][1], strlen(fails[i][1])) != 0)
      fail_msg("%s\n  gave     %s\n  expected %s", fails[i][0], error.message, fails[i][1]);
  }
}

static void modules(void **state)
{
  static const struct example loads[] = {
      {"local m = require 'money' return function() return m.cents(2) end", "1", "200"},
      {"local c = require 'text.slug' return function() return c(3) end", "1", "300"},
      {"local m = require 'money' return function() return require 'money' == m end", "1", "true"},
      {"require 'nothing' return function() return require 'nothing' end", "1", "true"},
  };
  static const char *const fails[][2] = {
      {"require 'broken'", "app/lib/broken.lua:2:1: unexpected symbol near 'return'"},
      {"require 'raises'", "app/lib/raises.lua:2: no"},
      {"require 'circle'", "app/lib/circle.lua:1: module 'circle' requires itself"},
      {"\nrequire 'absent'", "app/handlers/t.lua:2: no module 'absent' in app/lib"},
      {"require 'io'", "app/handlers/t.lua:1: no module 'io' in app/lib"},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
    struct error error;
    struct image *image = build(fixture, loads[i].source, &error);
    if (!image) fail_msg("%s", error.message);
    fixture_run_image(fixture, image, "1");
    assert_string_equal(fixture_text(fixture), loads[i].expected);
    image_free(image);
  }
  all_fail(fixture, fails, sizeof fails / sizeof *fails);
}

static void syntax_errors(void **state)
{
  static const char *const fails[][2] = {
      {"return function(\n\nend", "app/handlers/t.lua:3:1: <name> or '...' expected near 'end'"},
      {"return function() retrun 1 end", "app/handlers/t.lua:1:26: syntax error near '1'"},
      {"return function()\n  return { a = 1\n    b = 2 } end",
       "app/handlers/t.lua:3:5: '}' expected (to close '{' at line 2) near 'b'"},
      {"return function() return 'ab\nend",
       "app/handlers/t.lua:1:26: unfinished string near ''ab'"},
      {"local s = 'abc\\q'", "app/handlers/t.lua:1:11: invalid escape sequence near ''abc\\q'"},
      {"local a = 5 5", "app/handlers/t.lua:1:13: unexpected symbol near '5'"},
      {"local a = 5 <= 3x", "app/handlers/t.lua:1:16: malformed number near '3x'"},
      {"return function() return {{1, 2}, {1, 2) end",
       "app/handlers/t.lua:1:40: '}' expected near ')'"},
      {"return function()\n  if x then\n", "app/handlers/t.lua:3:1: 'end' expected"},
      {"return { a = ", "app/handlers/t.lua:1:14: unexpected symbol near <eof>"},
      {"local a = \xe2\x80\x9cx\xe2\x80\x9d",
       "app/handlers/t.lua:1:11: unexpected symbol near '<\\226>'"},
      {"\n local function end", "app/handlers/t.lua:2:17: <name> expected near 'end'"},
      /* where only the line is known */
      {"local x <const> = 1\nx = 2", "app/handlers/t.lua:2: attempt to assign to const variable"},
      {"\ngoto nowhere", "app/handlers/t.lua:2: no visible label 'nowhere'"},
      {"\x1bLua", "app/handlers/t.lua:1:1: attempt to load a binary chunk"},
  };
  struct fixture *fixture = *state;
  all_fail(fixture, fails, sizeof fails / sizeof *fails);
  struct buffer source = {0};
  struct error error;
  buffer_print(&source, "\nreturn ");
  for (int i = 0; i < 300; i++) buffer_append_byte(&source, '(');
  buffer_append_byte(&source, 0);
  assert_null(build(fixture, source.data, &error));
  assert_non_null(strstr(error.message, "app/handlers/t.lua:2:"));
  assert_non_null(strstr(error.message, ": nested too deeply"));
  buffer_deinit(&source);
}

static void undefined_globals(void **state)
{
  static const char *const fails[][2] = {
      {"return function(input)\n  return inptu.x end",
       "app/handlers/t.lua:2:10: undefined 'inptu': did you mean 'input'?"},
      {"local x = nosuch", "app/handlers/t.lua:1:11: undefined 'nosuch': there is neither"},
      {"local m = requier 'money'", "app/handlers/t.lua:1:11: undefined 'requier': did you mean"},
      /* in functions that nobody calls, the first one in the file */
      {"local total = 0\nreturn function()\n  local function f() return totla end\nend",
       "app/handlers/t.lua:3:29: undefined 'totla': did you mean 'total'?"},
      {"local function f()\n\n  return second\nend\nlocal function g() return first end\n"
       "return f",
       "app/handlers/t.lua:3:10: undefined 'second'"},
      {"local m = require 'typo' return m",
       "app/lib/typo.lua:2:10: undefined 'nmae': did you mean 'name'?"},
      {"local f = require 'uses' return f", "app/lib/uses.lua:1:26: undefined 'later'"},
      /* the names that are visible there, and no others */
      {"local function fact(n) return fcat(n - 1) end return fact",
       "app/handlers/t.lua:1:31: undefined 'fcat': did you mean 'fact'?"},
      {"return function() for index, value in pairs {} do print(valeu) end end",
       "app/handlers/t.lua:1:57: undefined 'valeu': did you mean 'value'?"},
      {"return function()\n  do local hidden = 2 end\n  return hiden end",
       "app/handlers/t.lua:3:10: undefined 'hiden': there is neither"},
      {"return function()\n  local x = amuont\n  local amount = 1 end",
       "app/handlers/t.lua:2:13: undefined 'amuont': there is neither"},
      {"return function() return strnig.rep('x', 2) end",
       "app/handlers/t.lua:1:26: undefined 'strnig': did you mean 'string'?"},
      {"return function() return Flase or fasle end",
       "app/handlers/t.lua:1:26: undefined 'Flase': did you mean 'false'?"},
      {"return function() return z or yy end", "app/handlers/t.lua:1:26: undefined 'z': there"},
      /* the place is the use, not what else is called so, nor where its value is needed */
      {"return function()\n  -- inptu\n  local x = 'inptu' .. _VERSION, _VERSION.inptu, inptu end",
       "app/handlers/t.lua:3:50: undefined 'inptu'"},
      {"return function(input)\n  return inptu\n\n    + 1 end",
       "app/handlers/t.lua:2:10: undefined 'inptu'"},
      {"return function(input)\r\n  local inptu = inptu\r\nend",
       "app/handlers/t.lua:2:9: undefined 'inptu'"},
      /* an _ENV that is a local shields only what is below it */
      {"do local _ENV = {} local x = fine end return function() return wrong end",
       "app/handlers/t.lua:1:64: undefined 'wrong'"},
      {"return function() local _ENV <const> = _ENV return 1 end, count",
       "app/handlers/t.lua:1:59"},
      {"return _ENV.cuont", "app/handlers/t.lua:1: undefined 'cuont'"},
      /* what is left out by intention, and what was never there */
      {"return function() local f = io.open end",
       "app/handlers/t.lua:1:29: undefined 'io': a handler has no files: it reads and writes"},
      {"return function()\n  os.time() os.execute 'ls' end",
       "app/handlers/t.lua:2:16: undefined 'os.execute': a handler cannot start programs"},
      {"return load", "app/handlers/t.lua:1:8: undefined 'load': a handler cannot compile code"},
      {"return function(s) return string.fromat(s) end",
       "app/handlers/t.lua:1:34: undefined 'string.fromat': did you mean 'string.format'?"},
      {"return function(s) return math.cosh(s) end",
       "app/handlers/t.lua:1:32: undefined 'math.cosh': did you mean 'math.cos'?"},
      {"return function(s) return utf8.normalize(s) end",
       "app/handlers/t.lua:1:32: undefined 'utf8.normalize': the library has nothing"},
  };
  struct fixture *fixture = *state;
  all_fail(fixture, fails, sizeof fails / sizeof *fails);
}

/* What looks like an undefined global, and is none. */
static void defined_globals(void **state)
{
  static const char *const loads[] = {
      "local _ENV = { a = 1 } return function() return a, nosuch end",
      "return function() local _ENV = { x = 1 } return (function() return x, y end)() end",
      "return function(_ENV) return x, y end",
      "function helper() return other() end function other() end return function() helper() end",
      "counter = 0 return function() counter = counter + 1 end",
      "return function() if x then return x end end, function() x = 1 end",
      "x, y = 1, 2 return function() return x + y end",
      "return function() local print <const> = 1 return print end",
      /* set by modules, whichever comes first */
      "require 'sets' return function() return shared(), hidden.n end",
      "local f = require 'uses' function later() end return f",
      /* a file that can define anything */
      "return function() return rawget(_G, 'anything'), anything end",
      "return function() return anything, rawget(_G, 'anything') end",
      "return function() _G.calls = 1 return calls end",
      "_ENV = setmetatable({}, { __index = _G }) return function() return anything end",
      "return function() return select(_ENV, 1.5), anything end",
      "local env = _ENV return function() env.x = 1 return x end",
      /* libraries: what is added, and what is only looked for */
      "function string.trim(s) return s end return function() return string.trim 'x' end",
      "return function() string.trim = print return string.trim 'x' end",
      "return function() return os.getenv and 1, math.pow or 2, utf8.x == nil, not table.y end",
      "config = {} return function() return config.absent end",
      "return function() local string = {} return string.fromat end",
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
    struct error error;
    struct image *image = build(fixture, loads[i], &error);
    if (!image) fail_msg("%s gave %s", loads[i], error.message);
    image_free(image);
  }
}

/* With so many constants, and with names of such a length, they no longer fit into instructions. */
static void globals_by_registers(void **state)
{
  static const char long_name[] = "a_name_that_is_longer_than_the_forty_bytes_of_a_short_string";
  struct fixture *fixture = *state;
  for (int undefined = 0; undefined < 2; undefined++) {
    struct error error;
    struct buffer source = {0};
    buffer_print(&source, "local t = {");
    for (int i = 0; i < 300; i++) buffer_print(&source, "'s%d',", i);
    buffer_print(&source, "}\nlater = 1\nlocal x = later, %s\nreturn function() end",
                 undefined ? "latre" : "later");
    buffer_append_byte(&source, 0);
    struct image *image = build(fixture, source.data, &error);
    assert_int_equal(image == NULL, undefined);
    if (undefined)
      assert_string_equal(error.message,
                          "app/handlers/t.lua:3:18: undefined 'latre': did you mean 'later'?");
    image_free(image);
    buffer_clear(&source);
    buffer_print(&source, "%s = 1 return function() return %s%s end", long_name, long_name,
                 undefined ? "r" : "");
    buffer_append_byte(&source, 0);
    image = build(fixture, source.data, &error);
    assert_int_equal(image == NULL, undefined);
    image_free(image);
    buffer_deinit(&source);
  }
}

static void other_errors(void **state)
{
  static const char *const fails[][2] = {
      {"", "app/handlers/t.lua:1: the file must end with `return function(input, ctx) ... end`; it "
           "returned nil"},
      {"return {}", "app/handlers/t.lua:1: the file must end with `return function(input, ctx) ... "
                    "end`; it returned table"},
      {"\n\nerror('at load')", "app/handlers/t.lua:3: at load"},
      {"error({})", "app/handlers/t.lua:1: an error that is not a string but a table"},
      {"while true do end", "app/handlers/t.lua:1: loading took more than 250 ms"},
      {"local t = {} for i = 1, 1e9 do t[i] = i end",
       "app/handlers/t.lua:1: loading took more than 16 MB"},
      {"local t = ('x'):rep(1100000) return function() return #t end",
       "app/handlers/t.lua:1: once loaded, the file and its modules keep more than 1 MB of memory"},
  };
  struct fixture *fixture = *state;
  all_fail(fixture, fails, sizeof fails / sizeof *fails);
  char *large = test_malloc(HANDLER_SOURCE_MAX_BYTES + 2);
  memset(large, ' ', HANDLER_SOURCE_MAX_BYTES + 1);
  large[HANDLER_SOURCE_MAX_BYTES + 1] = 0;
  struct error error;
  assert_null(build(fixture, large, &error));
  assert_string_equal(error.message, "app/handlers/t.lua:1: the file is larger than 64 KB");
  test_free(large);
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(modules),
      cmocka_unit_test(syntax_errors),
      cmocka_unit_test(undefined_globals),
      cmocka_unit_test(defined_globals),
      cmocka_unit_test(globals_by_registers),
      cmocka_unit_test(other_errors),
  };
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
