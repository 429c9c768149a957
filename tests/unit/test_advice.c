/* Advice about handlers from C: what tests/advice has for data is held to its words by
 * tests/spec/advice_spec.lua. Here: whatever is cut off or repeated does no harm, and nothing is
 * said of a file that is no Lua. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advice/advice.h"
#include "base/file.h"
#include "process/app.h"

static int open_app(void **state)
{
  struct app *app = calloc(1, sizeof *app);
  struct report report;
  report_init(&report);
  int opened = app_open(
      app, &(struct app_options){.folder = "tests/advice", .contracts_only = true}, &report, NULL);
  report_deinit(&report);
  *state = app;
  return opened;
}

static int close_app(void **state)
{
  app_close(*state);
  free(*state);
  return 0;
}

/* How many findings there are, if this is the handler of the contract, or of all. */
static size_t count_findings(const struct app *app, const char *name, struct text source)
{
  size_t found = 0;
  for (size_t i = 0; i < app->generation->contract_count; i++) {
    const struct contract *contract = app->generation->contracts[i];
    if (name && strcmp(name, contract->name) != 0) continue;
    struct app_script script = {.name = contract->name, .source = {contract->handler_path, source}};
    struct app_tree scripts = {.handlers = {.items = &script, .count = 1}};
    struct report report;
    report_init(&report);
    advise_contract(app->generation, contract, &scripts, &report);
    for (const struct finding *finding = report.first; finding; finding = finding->next) {
      assert_string_equal(finding->path, contract->handler_path);
      assert_true(finding->line > 0 && finding->column > 0 && finding->help && finding->help[0]);
    }
    found += report.errors + report.warnings;
    report_deinit(&report);
  }
  return found;
}

static void test_beginnings(void **state)
{
  struct arena arena;
  struct text *paths, text;
  size_t count = 0, found = 0;
  arena_init(&arena, 4096);
  assert_int_equal(file_list(&arena, "tests/advice", ".lua", &paths, &count, NULL), 0);
  assert_true(count > 5);
  for (size_t i = 0; i < count; i++) {
    const char *path = file_join(&arena, "tests/advice", paths[i].data);
    assert_int_equal(file_read(&arena, path, 1 << 20, &text, NULL), 0);
    for (size_t end = 0; end < text.length; end += 41) {
      char *copy = malloc(end + 1); /* of its size, so that a byte too far is seen */
      memcpy(copy, text.data, end);
      found += count_findings(*state, "note", (struct text){copy, end});
      free(copy);
    }
  }
  assert_true(found > 0);
  arena_deinit(&arena);
}

/* Each handler of tests/advice, under every contract. */
static void test_strangers(void **state)
{
  struct arena arena;
  struct text *paths, text;
  size_t count = 0, handlers = 0, found = 0;
  arena_init(&arena, 4096);
  assert_int_equal(file_list(&arena, "tests/advice", ".lua", &paths, &count, NULL), 0);
  for (size_t i = 0; i < count; i++) {
    const char *path = file_join(&arena, "tests/advice", paths[i].data);
    assert_int_equal(file_read(&arena, path, 1 << 20, &text, NULL), 0);
    for (char *begin = strstr(text.data, "---- "), *end; begin; begin = end, handlers++) {
      end = strstr(begin + 1, "\n---- ");
      size_t length = end ? (size_t)(end - begin) : strlen(begin);
      found += count_findings(*state, NULL, (struct text){begin, length});
    }
  }
  assert_true(handlers > 60);
  assert_true(found > handlers);
  arena_deinit(&arena);
}

static void test_repeated(void **state)
{
  static const struct {
    const char *before, *unit, *after;
    bool said;
  } files[] = {
      {"return function(input, ctx) ", "ctx.db.notes.rename() ", "end", true},
      {"return function(input, ctx) ", "if input.size then ctx.db.notes.rename() end ", "end",
       true},
      {"return function(input, ctx) local x = input ", "local x = x ", "return x end", false},
      {"return function(input, ctx) local x = ctx ", "do local x = x ", "", false},
      {"local f ", "local function f(a) return f(a) end ", "return f", false},
      {"local function f(c) return g end ", "f(1, 2) ", "return function(i, c) f(c) end", false},
      {"return function(input, ctx) return ctx", ".db", ".x.y() end", false},
      {"return function(input, ctx) return {", "titel = {}, ", "} end", true},
      {"return function(input, ctx) return {", "id = {", "", false},
      {"return function(input, ctx) while true do ", "while true do end ", "end end", true},
      {"return function(input, ctx) ", "input.a.b.c = input.d.e ", "end", true},
      {"return function(input, ctx) local s = 'SELECT 1' ", "s = s .. s ", "ctx.db(s) end", true},
      {"return ", "function(input, ctx) return ", "", false}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    struct buffer source = {0};
    buffer_append_text(&source, text_of(files[i].before));
    for (int n = 0; n < 1000; n++) buffer_append_text(&source, text_of(files[i].unit));
    buffer_append_text(&source, text_of(files[i].after));
    size_t found = count_findings(*state, "note", buffer_text(&source));
    if (files[i].said && found == 0) fail_msg("nothing is said of %s", files[i].unit);
    buffer_deinit(&source);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_beginnings),
                                     cmocka_unit_test(test_strangers),
                                     cmocka_unit_test(test_repeated)};
  return cmocka_run_group_tests(tests, open_app, close_app);
}
