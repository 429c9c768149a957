/* Small apps for tests, written to a folder that is removed afterwards, and what loading them
 * should find. */
#ifndef WRIT_TESTS_TEMPORARY_APP_H
#define WRIT_TESTS_TEMPORARY_APP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/report.h"
#include "shown_findings.h"

/* A file of the app. Its text NULL: no such file (to take one of a base away). */
struct app_file {
  const char *path, *text;
};

struct app {
  char folder[64];
};

static inline void app_make_folders(const char *path)
{
  char folder[512];
  for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    mkdir(folder, 0777);
  }
}

/* In memory where there is such a place: many small files are slow on a busy disk. */
static inline void app_begin(struct app *app)
{
  snprintf(app->folder, sizeof app->folder, "/dev/shm/writ-test-XXXXXX");
  if (mkdtemp(app->folder)) return;
  snprintf(app->folder, sizeof app->folder, "/tmp/writ-test-XXXXXX");
  assert_non_null(mkdtemp(app->folder));
}

static inline void app_write(const struct app *app, const char *name, const char *text)
{
  char path[512];
  snprintf(path, sizeof path, "%s/%s", app->folder, name);
  unlink(path);
  if (!text) return;
  FILE *file = fopen(path, "w");
  if (!file) {
    app_make_folders(path);
    file = fopen(path, "w");
  }
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* Where a file of it is; good until this is asked again. */
static inline const char *app_path(const struct app *app, const char *name)
{
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", app->folder, name);
  return path;
}

static inline void app_end(const struct app *app)
{
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", app->folder);
  assert_int_equal(system(command), 0);
}

/* Each line of `expected` must be how one line of the report begins, in the report's order, and no
 * finding may be left over. */
static inline void app_expect(struct report *report, const char *name, const char *expected)
{
  char *shown = shown_findings(report);
  const char *line = shown, *want = expected;
  while (*line || *want) {
    size_t line_length = strcspn(line, "\n"), want_length = strcspn(want, "\n");
    if (*line == 0 || *want == 0 || want_length > line_length ||
        memcmp(line, want, want_length) != 0) {
      print_error("%s: expected\n%s\nbut found\n%s\n", name, expected, shown);
      fail();
    }
    line += line_length + (line[line_length] == '\n');
    want += want_length + (want[want_length] == '\n');
  }
  free(shown);
}

#endif
