/* Lua's syntax as a tree: the whole grammar, precedence, which local a name means; and that no
 * bytes can do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "syntax_dump.h"

struct example {
  const char *lua, *tree;
};

static void expect(const struct example *examples, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    struct arena arena;
    struct buffer out = {0};
    arena_init(&arena, 4096);
    const struct syntax_function *file = syntax_parse(text_of(examples[i].lua), &arena);
    if (file) dump_block(&out, &file->body);
    if (!file) buffer_append_text(&out, TEXT(" refused"));
    buffer_append_byte(&out, '\0');
    if (strcmp(out.data + (out.length > 1), examples[i].tree) != 0)
      fail_msg("%s\nis      %s\nand not %s", examples[i].lua, out.data + 1, examples[i].tree);
    buffer_deinit(&out);
    arena_deinit(&arena);
  }
}

#define EXPECT(examples) expect(examples, sizeof(examples) / sizeof *(examples))

static void test_precedence(void **state)
{
  (void)state;
  static const struct example examples[] = {
      {"return 1 + 2 * 3", "(return = (+ 1 (* 2 3)))"},
      {"return 1 * 2 + 3", "(return = (+ (* 1 2) 3))"},
      {"return 1 - 2 - 3", "(return = (- (- 1 2) 3))"},
      {"return 2 ^ 3 ^ 4", "(return = (^ 2 (^ 3 4)))"},
      {"return -2 ^ 2", "(return = (neg (^ 2 2)))"},
      {"return 2 ^ -3", "(return = (^ 2 (neg 3)))"},
      {"return not a == b", "(return = (== (not $a) $b))"},
      {"return #a .. b .. c", "(return = (.. (# $a) (.. $b $c)))"},
      {"return a or b and c", "(return = (or $a (and $b $c)))"},
      {"return a and b or c", "(return = (or (and $a $b) $c))"},
      {"return a < b == c", "(return = (== (< $a $b) $c))"},
      {"return a | b ~ c & d", "(return = (| $a (~ $b (& $c $d))))"},
      {"return a & b << c .. d", "(return = (& $a (<< $b (.. $c $d))))"},
      {"return a .. b + c", "(return = (.. $a (+ $b $c)))"},
      {"return ~a // b % c / d", "(return = (/ (% (// (bnot $a) $b) $c) $d))"},
      {"return (a or b) and c", "(return = (and (paren (or $a $b)) $c))"},
      {"return a ~= b, a <= b, a >= b, a > b, a >> b",
       "(return = (~= $a $b) (<= $a $b) (>= $a $b) (> $a $b) (>> $a $b))"},
      {"return - - a, not not a", "(return = (neg (neg $a)) (not (not $a)))"},
  };
  EXPECT(examples);
}

static void test_expressions(void **state)
{
  (void)state;
  static const struct example examples[] = {
      {"return nil, true, false, ...", "(return = nil true false ...)"},
      {"return 0x10, 0xffffffffffffffff, 9223372036854775807, 9223372036854775808",
       "(return = 16 -1 9223372036854775807 9.2233720368547758e+18f)"},
      {"return 3., .5, 1e2, 0x.8p1, 3e-2, 0xA.8",
       "(return = 3f 0.5f 100f 1f 0.029999999999999999f 10.5f)"},
      {"return 'a\\n\\x41\\65\\u{20AC}\\z  \n b\\\\'", "(return = 'a\nAA\xE2\x82\xAC"
                                                       "b\\')"},
      {"return 'a\\\r\nb', \"'\"", "(return = 'a\nb' ''')"},
      {"return [[\nx]], [==[a]]b]=]c]==]", "(return = 'x' 'a]]b]=]c')"},
      {"return a.b.c[d][1]", "(return = (. (. (. (. $a 'b') 'c') $d) 1))"},
      {"return f()(1)'x'{y}:m(2):n''",
       "(return = (call (call (call (call (call (call $f) 1) 'x') {$y}):m 2):n ''))"},
      {"return {1, x = 2; [f] = 3, g(), }", "(return = {1, 'x'=2, $f=3, (call $g)})"},
      {"return {}, {;}", "refused"},
      {"return {a = {b = {}}}", "(return = {'a'={'b'={}}})"},
      {"return function(a, b, ...) return a end", "(return = (function (a b ...) (return = a)))"},
      {"return function(...) end", "(return = (function ( ...)))"},
      {"return (f()).x", "(return = (. (paren (call $f)) 'x'))"},
      {"return x == 'a' --[[ no ]] or --[==[ ]] ]==] 1 -- end", "(return = (or (== $x 'a') 1))"},
  };
  EXPECT(examples);
}

static void test_statements(void **state)
{
  (void)state;
  static const struct example examples[] = {
      {"", ""},
      {"#!/usr/bin/lua\nreturn", "(return)"},
      {";;; local a <const>, b <close> = 1", "(local a b = 1)"},
      {"a, b.c = 1, 2", "(set $a (. $b 'c') = 1 2)"},
      {"f() a:b()", "(call $f) (call $a:b)"},
      {"do local x end x = 1", "(do (local x)) (set $x = 1)"},
      {"while a do break end", "(while = $a (break))"},
      {"repeat local x until x", "(repeat = x (local x))"},
      {"if a then b() elseif c then else d() end",
       "(if $a (do (call $b)) $c (do) else (do (call $d)))"},
      {"for i = 1, 2, 3 do i = i end i = 1", "(for i = 1 2 3 (set i = i)) (set $i = 1)"},
      {"for k, v in pairs(t) do f(k, v) end", "(for-in k v = (call $pairs $t) (call $f k v))"},
      {"for k in next do end", "(for-in k = $next)"},
      {"function a.b.c:d(x) return self, x end",
       "(set (. (. (. $a 'b') 'c') 'd') = (function (self x) (return = self x)))"},
      {"function f() f() end", "(set $f = (function () (call $f)))"},
      {"local function f() f() end", "(local-function f = (function () (call f)))"},
      {"local f = function() f() end", "(local f = (function () (call $f)))"},
      {"goto done ::done:: return;", "(goto) (label) (return)"},
      {"local x = x local x = x", "(local x = $x) (local x = x)"},
      {"a.b['c'] = 1", "(set (. (. $a 'b') 'c') = 1)"},
      {"local a <const> = 1 f{a}", "(local a = 1) (call $f {a})"},
  };
  EXPECT(examples);
}

static void test_refused(void **state)
{
  (void)state;
  static const char *const sources[] = {"return 1 2",
                                        "return return",
                                        "x",
                                        "x.y",
                                        "f() = 1",
                                        "(a) = 1",
                                        "a, f() = 1",
                                        "1 = a",
                                        "for i = 1 do end",
                                        "for i = 1, 2, 3, 4 do end",
                                        "if a",
                                        "if a then",
                                        "end",
                                        "for i = 1 do",
                                        "for 1 = 2 do end",
                                        "local 1",
                                        "local a.b = 1",
                                        "local function a.b() end",
                                        "function a:b.c() end",
                                        "return 'a",
                                        "return 'a\n'",
                                        "return [[a",
                                        "--[[",
                                        "return '\\q'",
                                        "return '\\300'",
                                        "return '\\xg1'",
                                        "return '\\u{110000000000}'",
                                        "return '\\u41'",
                                        "return 0x",
                                        "return 1e",
                                        "return 3..2",
                                        "return 1x",
                                        "return 1.2.3",
                                        "return a..",
                                        "return {a b}",
                                        "return {1",
                                        "return a[",
                                        "return a.1",
                                        "f(",
                                        "a:b",
                                        "a:b.c()",
                                        "a.b:c",
                                        "return function(a,) end",
                                        "return function(..., a) end",
                                        "return @",
                                        "\x80",
                                        "a\x80 = 1",
                                        "return a ! b",
                                        "repeat",
                                        "while a end",
                                        "goto",
                                        "::a",
                                        "local a <",
                                        "return !",
                                        "a = ",
                                        "return not",
                                        "return (",
                                        "return ()",
                                        "local a = 1 = 2",
                                        "do return 1 f() end",
                                        "break = 1"};
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    struct arena arena;
    arena_init(&arena, 1024);
    if (syntax_parse(text_of(sources[i]), &arena)) fail_msg("%s is taken for Lua", sources[i]);
    arena_deinit(&arena);
  }
}

/* --- Locals. --- */

static void test_locals(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 4096);
  const struct syntax_function *file = syntax_parse(
      TEXT("local a, b, c = 1, f()\nlocal function g(x) a = x return a, b end"), &arena);
  assert_non_null(file);
  const struct syntax_local *a = file->body.first->locals, *b = a->next, *c = b->next;
  assert_int_equal(a->initial->integer, 1);
  assert_int_equal(b->initial->kind, SYNTAX_CALL);
  assert_null(c->initial);
  assert_true(a->reassigned);
  assert_false(b->reassigned);
  assert_int_equal(b->offset, 9);
  assert_int_equal(b->index, 1);
  assert_int_equal(a->uses->offset, 43);
  assert_int_equal(a->uses->later->offset, 56);
  assert_null(a->uses->later->later);
  const struct syntax_local *g = file->body.first->next->locals;
  const struct syntax_local *x = g->initial->function->parameters;
  assert_int_equal(x->kind, LOCAL_PARAMETER);
  assert_ptr_equal(x->function, g->initial->function);
  assert_ptr_equal(x->function->around, file);
  arena_deinit(&arena);
}

/* --- Whatever may come in. --- */

static bool parses(const char *data, size_t length)
{
  struct arena arena;
  char *copy = malloc(length + 1); /* of its size, so that a byte too far is seen */
  assert_non_null(copy);
  memcpy(copy, data, length);
  arena_init(&arena, 4096);
  bool parsed = syntax_parse((struct text){copy, length}, &arena) != NULL;
  arena_deinit(&arena);
  free(copy);
  return parsed;
}

/* prefix + unit × count + suffix × count */
static bool parses_nested(const char *prefix, const char *unit, size_t count, const char *suffix)
{
  struct buffer source = {0};
  buffer_append_text(&source, text_of(prefix));
  for (size_t i = 0; i < count; i++) buffer_append_text(&source, text_of(unit));
  for (size_t i = 0; i < count; i++) buffer_append_text(&source, text_of(suffix));
  bool parsed = parses(source.data, source.length);
  buffer_deinit(&source);
  return parsed;
}

static void test_depth(void **state)
{
  (void)state;
  static const struct {
    const char *prefix, *unit, *suffix;
  } nests[] = {{"return ", "{", "}"},
               {"return ", "(", "1)"},
               {"return 1", "..1", ""},
               {"return ", "- ", "1"},
               {"return ", "not ", "1"},
               {"", "do ", "end "},
               {"", "if a then ", "end "},
               {"", "while a do ", "end "},
               {"return ", "function() return ", " 1 end"},
               {"return 1", "^1", ""},
               {"return a", ".b", ""},
               {"return a", "()", ""},
               {"return 1", "+1", ""},
               {"return a", "[a", "]"},
               {"return ", "f{", "}"},
               {"return a", " and a", ""}};
  for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
    parses_nested(nests[i].prefix, nests[i].unit, 30, nests[i].suffix);
    if (parses_nested(nests[i].prefix, nests[i].unit, 20000, nests[i].suffix))
      fail_msg("%s is nested 20,000 times", nests[i].unit);
  }
  assert_true(parses_nested("return ", "{", 150, "}"));
  assert_true(parses_nested("return 1", "+1", 900, ""));
  assert_true(parses_nested("", "if a then elseif b then end ", 2000, ""));
  assert_true(parses_nested("local a ", "do local a end ", 2000, ""));
  assert_false(parses_nested("", "local a ", 201, ""));
}

static void test_files(void **state)
{
  (void)state;
  static const char *const folders[] = {"tests/ordinary",     "app",        "lua/prelude",
                                        "lua/templates/init", "lua/writ",   "lua/attacks",
                                        "lua/examples",       "tests/apps", "tests/attacks",
                                        "tests/spec",         "bench"};
  size_t files = 0;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    struct arena arena;
    struct text *paths, text;
    size_t count = 0;
    arena_init(&arena, 4096);
    assert_int_equal(file_list(&arena, folders[i], ".lua", &paths, &count, NULL), 0);
    for (size_t j = 0; j < count; j++, files++) {
      const char *path = file_join(&arena, folders[i], paths[j].data);
      assert_int_equal(file_read(&arena, path, 1 << 20, &text, NULL), 0);
      if (!parses(text.data, text.length)) fail_msg("%s is Lua", path);
      size_t step = text.length < 4096 ? 1 : 97;
      for (size_t length = 0; length < text.length; length += step) parses(text.data, length);
    }
    arena_deinit(&arena);
  }
  assert_true(files > 100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_precedence), cmocka_unit_test(test_expressions),
      cmocka_unit_test(test_statements), cmocka_unit_test(test_refused),
      cmocka_unit_test(test_locals),     cmocka_unit_test(test_depth),
      cmocka_unit_test(test_files)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
