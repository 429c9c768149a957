/* Watching an app's files: what counts, what does not, and when it is told. The loop is run until
 * it has been told, or until a file that counts, touched last, has been: so nothing is waited for
 * in vain. */
#include "temporary_app.h"

#include <sys/stat.h>

#include "process/watch.h"

struct fixture {
  struct app app;
  uv_loop_t loop;
  struct watch *watch;
  unsigned told;
};

static void on_changed(void *context)
{
  struct fixture *fixture = context;
  fixture->told++;
  uv_stop(&fixture->loop);
}

static int set_up(void **state)
{
  static struct fixture fixture;
  struct error error = {0};
  fixture = (struct fixture){0};
  app_begin(&fixture.app);
  app_write(&fixture.app, "contracts/a.json", "{}");
  app_write(&fixture.app, "app/handlers/deep/a.lua", "");
  app_write(&fixture.app, "data/writ.json", "");
  uv_loop_init(&fixture.loop);
  assert_int_equal(watch_open(&fixture.loop, fixture.app.folder, 1, on_changed, &fixture,
                              &fixture.watch, &error),
                   0);
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  watch_close(fixture->watch);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&fixture->loop), 0);
  app_end(&fixture->app);
  return 0;
}

/* Until it is told. */
static void await(struct fixture *fixture)
{
  unsigned before = fixture->told;
  while (fixture->told == before) uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

static void changes_are_told(void **state)
{
  struct fixture *fixture = *state;
  static const char *const names[] = {"contracts/a.json", "contracts/new.sql",
                                      "app/handlers/deep/a.lua", "writ.json", "contracts.manifest"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    app_write(&fixture->app, names[i], "changed");
    await(fixture);
  }
  assert_int_equal(unlink(app_path(&fixture->app, "contracts/new.sql")), 0);
  await(fixture);
}

static void what_does_not_count_is_not_told(void **state)
{
  struct fixture *fixture = *state;
  uint64_t before = watch_changes(fixture->watch);
  app_write(&fixture->app, "contracts/.a.json.swp", "x");
  app_write(&fixture->app, "app/handlers/deep/a.lua~", "x");
  app_write(&fixture->app, "data/writ.json", "x");
  app_write(&fixture->app, "README.md", "x");
  assert_int_equal(watch_changes(fixture->watch), before);
  app_write(&fixture->app, "contracts/a.json", "x");
  assert_int_not_equal(watch_changes(fixture->watch), before);
}

/* A folder that is made, and one that takes another's place, with what is in it. */
static void folders_come_and_go(void **state)
{
  struct fixture *fixture = *state;
  char from[512];
  app_write(&fixture->app, "new/handlers/b.lua", "");
  snprintf(from, sizeof from, "%s", app_path(&fixture->app, "app"));
  assert_int_equal(rename(from, app_path(&fixture->app, "old")), 0);
  snprintf(from, sizeof from, "%s", app_path(&fixture->app, "new"));
  assert_int_equal(rename(from, app_path(&fixture->app, "app")), 0);
  await(fixture);
  app_write(&fixture->app, "app/handlers/b.lua", "changed");
  await(fixture);
  app_write(&fixture->app, "app/lib/more/c.lua", "");
  await(fixture);
  app_write(&fixture->app, "app/lib/more/c.lua", "changed");
  await(fixture);
}

/* As deployments do it: the whole app, by its name. What was there before no longer counts. */
static void the_app_itself_is_replaced(void **state)
{
  struct fixture *fixture = *state;
  char old[128], command[160];
  snprintf(old, sizeof old, "%s.old", fixture->app.folder);
  assert_int_equal(rename(fixture->app.folder, old), 0);
  assert_int_equal(mkdir(fixture->app.folder, 0700), 0);
  app_write(&fixture->app, "contracts/a.json", "{}");
  await(fixture);
  app_write(&fixture->app, "contracts/a.json", "changed");
  await(fixture);
  uint64_t before = watch_changes(fixture->watch);
  snprintf(command, sizeof command, "rm -r %s", old);
  assert_int_equal(system(command), 0);
  assert_int_equal(watch_changes(fixture->watch), before);
}

static void single_files_are_watched(void **state)
{
  struct fixture *fixture = *state;
  app_write(&fixture->app, "keys/others", "");
  watch_file(fixture->watch, app_path(&fixture->app, "keys/id.jwks"));
  uint64_t before = watch_changes(fixture->watch);
  app_write(&fixture->app, "keys/others", "x");
  assert_int_equal(watch_changes(fixture->watch), before);
  app_write(&fixture->app, "keys/id.jwks", "x"); /* that was not there */
  await(fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(changes_are_told, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_does_not_count_is_not_told, set_up, tear_down),
      cmocka_unit_test_setup_teardown(folders_come_and_go, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_app_itself_is_replaced, set_up, tear_down),
      cmocka_unit_test_setup_teardown(single_files_are_watched, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
