/* An app of this repository, loaded as it lies there: contracts alone, without handlers. */
#ifndef WRIT_TESTS_LOADED_APP_H
#define WRIT_TESTS_LOADED_APP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/generation.h"

static const char *const example_apps[] = {".",
                                           "tests/apps/blog",
                                           "tests/apps/contacts",
                                           "tests/apps/orders",
                                           "tests/apps/papers",
                                           "tests/apps/payments",
                                           "tests/apps/search",
                                           "tests/apps/teams"};
enum { EXAMPLE_APPS = sizeof example_apps / sizeof *example_apps };

struct loaded_app {
  struct source_tree sources;
  struct store *store;
  struct generation *generation;
};

static inline void loaded_app_open(struct loaded_app *app, const char *folder)
{
  struct error error = {0};
  struct report report;
  struct arena arena;
  struct migration *migrations;
  size_t count, handler_errors;
  arena_init(&arena, 4096);
  report_init(&report);
  source_tree_read(&app->sources, folder, &report);
  if (store_open(&(struct store_config){0}, &app->store, &error) ||
      migrations_read(&app->sources, &arena, &migrations, &count, &error) ||
      store_migrate(app->store, migrations, count, NULL, &error))
    fail_msg("%s: %s", folder, error.message);
  app->generation = generation_load(&app->sources, app->store, NULL, &report, &handler_errors);
  if (!app->generation) report_print(&report, stderr);
  assert_non_null(app->generation);
  report_deinit(&report);
  arena_deinit(&arena);
}

static inline void loaded_app_close(struct loaded_app *app)
{
  generation_free(app->generation);
  store_close(app->store);
  source_tree_free(&app->sources);
}

#endif
