/* Findings: where they are, the order in which they are shown, and that they stay on their line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/report.h"

static void locates(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    size_t offset;
    unsigned line, column;
  } table[] = {
      {"", 0, 1, 1},        {"", 99, 1, 1},       {"abc", 0, 1, 1},    {"abc", 2, 1, 3},
      {"abc", 3, 1, 4},     {"abc", 99, 1, 4},    {"a\nbc", 1, 1, 2},  {"a\nbc", 2, 2, 1},
      {"a\nbc\n", 4, 2, 3}, {"a\nbc\n", 5, 3, 1}, {"\n\n\n", 2, 3, 1}, {"\n\n\n", 3, 4, 1},
      {"a\r\nb", 3, 2, 1},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct source source = {"x", text_of(table[i].text)};
    unsigned line = 0, column = 0;
    source_locate(&source, table[i].offset, &line, &column);
    if (line != table[i].line || column != table[i].column)
      fail_msg("row %zu: %u:%u", i, line, column);
  }
}

static char *printed(struct report *report)
{
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  report_print(report, out);
  fclose(out);
  return text;
}

static void prints_in_order(void **state)
{
  (void)state;
  struct report report;
  report_init(&report);
  char *text = printed(&report);
  assert_string_equal(text, "");
  free(text);

  struct source a = {"a.json", TEXT("{\n  \"x\": 1\n}")}, b = {"b.json", TEXT("{}")};
  struct source unread = {"c.json", {NULL, 0}};
  char help[] = "name a role";
  assert_int_equal(report_error(&report, FINDING_NOT_JSON, &b, 1, NULL, "second %s", "file"), -1);
  assert_int_equal(report_error(&report, FINDING_FIELD_PLACE, &a, 9, help, "later"), -1);
  help[0] = '!'; /* it was copied */
  report_warning(&report, FINDING_QUERY_UNUSED, &a, 4, NULL, "earlier");
  report_error(&report, FINDING_NOT_JSON, &a, 4, NULL, "at the same place");
  report_error(&report, FINDING_FILE_UNREADABLE, &unread, 0, NULL, "cannot be read");
  report_error(&report, FINDING_NO_APP, NULL, 0, NULL, "no contracts");
  assert_int_equal(report.errors, 5);
  assert_int_equal(report.warnings, 1);

  text = printed(&report);
  assert_string_equal(text, "error W0103: no contracts\n"
                            "a.json:2:3: warning W0404: earlier\n"
                            "a.json:2:3: error W0102: at the same place\n"
                            "a.json:2:8: error W0322: later: name a role\n"
                            "b.json:1:2: error W0102: second file\n"
                            "c.json: error W0101: cannot be read\n");
  free(text);
  report_deinit(&report);
}

static void findings_stay_on_their_line(void **state)
{
  (void)state;
  struct report report;
  report_init(&report);
  struct source source = {"evil\n.json", TEXT("x")};
  report_error(&report, FINDING_CONTRACT_LANGUAGE, &source, 0, "\x1B[31m",
               "a\r\nb.json:1:1: error: %s", "\xFF");
  char *text = printed(&report);
  assert_string_equal(text,
                      "evil?.json:1:1: error W0302: a??b.json:1:1: error: \xEF\xBF\xBD: ?[31m\n");
  free(text);
  report_deinit(&report);
}

static void is_json_for_tools(void **state)
{
  (void)state;
  struct report report;
  struct buffer text = {0};
  report_init(&report);
  struct source a = {"a.json", TEXT("{\n}")};
  report_error(&report, FINDING_NOT_JSON, &a, 2, "say \"x\"", "later\n%s", "\xFF");
  report_warning(&report, FINDING_NO_APP, NULL, 0, NULL, "no contracts");
  struct json json = report_json(&report);
  json_write(&text, &json);
  buffer_append_byte(&text, 0);
  assert_string_equal(
      text.data,
      "{\"errors\":1,\"warnings\":1,\"findings\":["
      "{\"file\":null,\"line\":0,\"column\":0,\"severity\":\"warning\",\"code\":\"W0103\","
      "\"message\":\"no contracts\",\"help\":null},"
      "{\"file\":\"a.json\",\"line\":2,\"column\":1,\"severity\":\"error\",\"code\":\"W0102\","
      "\"message\":\"later\\n\xEF\xBF\xBD\",\"help\":\"say \\\"x\\\"\"}]}");
  buffer_deinit(&text);
  report_deinit(&report);
}

static void holds_many_and_long_ones(void **state)
{
  (void)state;
  struct report report;
  report_init(&report);
  for (int i = 0; i < 500; i++)
    report_error(&report, FINDING_NO_APP, NULL, 0, NULL, "%0*d", i * 20, i);
  char *text = printed(&report);
  size_t lines = 0;
  for (const char *at = text; (at = strchr(at, '\n')); at++) lines++;
  assert_int_equal(lines, 500);
  free(text);
  report_deinit(&report);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(locates),
      cmocka_unit_test(prints_in_order),
      cmocka_unit_test(findings_stay_on_their_line),
      cmocka_unit_test(is_json_for_tools),
      cmocka_unit_test(holds_many_and_long_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
