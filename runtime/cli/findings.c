#include "cli/findings.h"

#include <stdio.h>

#include "cli/print.h"

void findings_print_json(struct report *report)
{
  struct buffer document = {0};
  struct json findings = report_json(report);
  json_write_pretty(&document, &findings);
  print_json(stdout, buffer_text(&document));
  putchar('\n');
  fflush(stdout);
  buffer_deinit(&document);
}

void findings_print(struct report *report, bool json)
{
  if (json && report->errors > 0)
    findings_print_json(report);
  else
    report_print(report, stderr);
}

void findings_print_error(struct report *report, const struct error *error, bool json)
{
  if (!error->message[0]) return;
  if (!json) {
    print_error("writ: ", error);
    return;
  }
  report_error(report, FINDING_APP_UNOPENED, NULL, 0, NULL, "%s", error->message);
  findings_print_json(report);
}
