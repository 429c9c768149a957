/* A writ.json in a temporary app, and what is said of it. */
#ifndef WRIT_TESTS_CONFIG_APP_H
#define WRIT_TESTS_CONFIG_APP_H

#include "temporary_app.h"

#include <stdlib.h>

#include "config/config.h"

#define TEN  "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* Returns what was wrong, as it is shown; the caller frees it. */
static inline char *read_json(struct app *app, const char *json, struct config *config)
{
  struct source_tree sources;
  struct report report;
  app_write(app, "writ.json", json);
  report_init(&report);
  source_tree_read(&sources, app->folder, &report);
  int result = config_read(&sources, config, &report);
  assert_int_equal(result != 0, report.errors != 0);
  char *said = shown_findings(&report);
  source_tree_free(&sources);
  report_deinit(&report);
  return said;
}

#endif
