/* What is read of luacheck's output: places in bytes, and nothing that is not about a file of the
 * app. Running it is tests/spec/luacheck_spec.lua. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advice/luacheck.h"
#include "shown_findings.h"

static void reads_what_is_about_the_app(void **state)
{
  (void)state;
  static const struct {
    const char *output, *expected;
  } table[] = {
      {"", ""},
      {"/x/app/handlers/a.lua:1:7: (W211) unused variable 'x'\n",
       "app/handlers/a.lua:1:7: warning: unused variable 'x' (luacheck W211)\n"},
      {"/x/app/handlers/a.lua:1:22: (W211) unused variable 'y'",
       "app/handlers/a.lua:1:24: warning: unused variable 'y' (luacheck W211)\n"},
      {"/x/app/handlers/a.lua:3:9: (W211) z\n/x/app/lib/c.lua:1:1: (W631) long\n",
       "app/handlers/a.lua:3:9: warning: z (luacheck W211)\n"
       "app/lib/c.lua:1:1: warning: long (luacheck W631)\n"},
      {"/x/app/handlers/b.lua:1:5: (W542) empty (if) branch\n",
       "app/handlers/b.lua:1:5: warning: empty (if) branch (luacheck W542)\n"},
      {"/x/app/handlers/b.lua:9:9: (W1) past the end\n/x/app/handlers/b.lua:1:999: (W1) as well\n",
       "app/handlers/b.lua:1:6: warning: past the end (luacheck W1)\n"
       "app/handlers/b.lua:1:6: warning: as well (luacheck W1)\n"},
      /* an error of syntax, which loading says; other files; what is no warning */
      {"/x/app/handlers/a.lua:1:7: (E011) expected something\n", ""},
      {"/y/app/handlers/a.lua:1:7: (W211) x\napp/handlers/a.lua:1:7: (W211) x\n", ""},
      {"/x/app/handlers/a.lua.lua:1:7: (W211) x\n/x/app/handlers/z.lua:1:7: (W211) x\n", ""},
      {"/x/app/handlers/a.lua: I/O error\n/x/app/handlers/a.lua:1\n/x/app/handlers/a.lua:\n", ""},
      {"/x/app/handlers/a.lua:0:0: (W211) x\n/x/app/handlers/a.lua:1:7: (W211\n", ""},
      {"/x/app/handlers/a.lua:99999999999999999999:1: (W211) x\n/x/app/handlers/a.lua:1:7:(W1) x\n",
       ""},
      {"/x/\n\n/x\nTotal: 0 warnings", ""},
  };
  struct app_script handlers[] = {
      {"a",
       {"app/handlers/a.lua", TEXT("local x = \"\xC3\xA4\xC3\xB6\" local y\n\n  local z")},
       NULL},
      {"b", {"app/handlers/b.lua", TEXT("x\xFFy z")}, NULL}};
  struct app_script modules[] = {{"c", {"app/lib/c.lua", TEXT("")}, NULL}};
  const struct app_tree tree = {.handlers = {handlers, 2, NULL}, .modules = {modules, 1, NULL}};
  char root[] = "/x/";
  const struct luacheck luacheck = {.tree = &tree, .root = root, .output = -1};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct report report;
    report_init(&report);
    size_t found = luacheck_read(&luacheck, text_of(table[i].output), &report);
    char *shown = shown_findings(&report);
    assert_string_equal(shown, table[i].expected);
    assert_int_equal(found, report.warnings);
    free(shown);
    report_deinit(&report);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_is_about_the_app),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
