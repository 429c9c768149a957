/* app/ as it is read: which files, under which names, and what is kept of what is wrong. */
#include "temporary_app.h"

#include "contract/app_tree.h"
#include "sandbox/sandbox.h"

struct fixture {
  struct app app;
  struct app_tree tree;
};

static int set_up(void **state)
{
  static struct fixture fixture;
  app_begin(&fixture.app);
  app_write(&fixture.app, "app/handlers/users/list.lua", "list");
  app_write(&fixture.app, "app/handlers/users.lua", "users");
  app_write(&fixture.app, "app/handlers/README.md", "no script");
  app_write(&fixture.app, "app/handlers/.#users.lua", "an editor's");
  app_write(&fixture.app, "app/handlers/.git/x.lua", "hidden");
  app_write(&fixture.app, "app/lib/text/slug.lua", "slug");
  app_write(&fixture.app, "app/lib/money.lua", "");
  app_write(&fixture.app, "app/elsewhere.lua", "x");
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  app_tree_free(&fixture->tree);
  app_end(&fixture->app);
  return 0;
}

static void expect(const struct app_script *script, const char *path, const char *name,
                   const char *text)
{
  assert_string_equal(script->source.path, path);
  assert_string_equal(script->name, name);
  assert_null(script->problem);
  assert_true(text_is(script->source.text, text));
}

static void reads_scripts_in_order(void **state)
{
  struct fixture *fixture = *state;
  const struct app_tree *tree = &fixture->tree;
  assert_int_equal(symlink("users.lua", app_path(&fixture->app, "app/handlers/link.lua")), 0);
  assert_int_equal(mkfifo(app_path(&fixture->app, "app/lib/pipe.lua"), 0600), 0);
  app_tree_read(&fixture->tree, fixture->app.folder);
  assert_int_equal(tree->handlers.count, 2);
  expect(&tree->handlers.items[0], "app/handlers/users.lua", "users", "users");
  expect(&tree->handlers.items[1], "app/handlers/users/list.lua", "users.list", "list");
  assert_int_equal(tree->modules.count, 2);
  expect(&tree->modules.items[0], "app/lib/money.lua", "money", "");
  expect(&tree->modules.items[1], "app/lib/text/slug.lua", "text.slug", "slug");
  assert_null(tree->handlers.problem);
  assert_null(tree->modules.problem);
  assert_ptr_equal(app_scripts_find(&tree->handlers, "app/handlers/users/list.lua"),
                   &tree->handlers.items[1]);
  assert_null(app_scripts_find(&tree->handlers, "app/lib/money.lua"));
}

/* What was read stays as it was read. */
static void needs_the_folder_once(void **state)
{
  struct fixture *fixture = *state;
  app_tree_read(&fixture->tree, fixture->app.folder);
  app_write(&fixture->app, "app/handlers/users.lua", "changed");
  app_write(&fixture->app, "app/handlers/users/list.lua", NULL);
  expect(&fixture->tree.handlers.items[0], "app/handlers/users.lua", "users", "users");
  expect(&fixture->tree.handlers.items[1], "app/handlers/users/list.lua", "users.list", "list");
}

static void reads_what_there_is(void **state)
{
  struct fixture *fixture = *state;
  char command[256];
  snprintf(command, sizeof command, "rm -r '%s/app'", fixture->app.folder);
  assert_int_equal(system(command), 0);
  app_tree_read(&fixture->tree, fixture->app.folder);
  assert_int_equal(fixture->tree.handlers.count + fixture->tree.modules.count, 0);
  assert_null(fixture->tree.handlers.problem);
  assert_null(app_scripts_find(&fixture->tree.handlers, "app/handlers/users.lua"));
}

static void keeps_what_is_wrong(void **state)
{
  struct fixture *fixture = *state;
  assert_int_equal(
      truncate(app_path(&fixture->app, "app/handlers/users.lua"), HANDLER_SOURCE_MAX_BYTES + 1), 0);
  assert_int_equal(
      truncate(app_path(&fixture->app, "app/handlers/users/list.lua"), HANDLER_SOURCE_MAX_BYTES),
      0);
  app_tree_read(&fixture->tree, fixture->app.folder);
  const struct app_scripts *handlers = &fixture->tree.handlers;
  assert_string_equal(handlers->items[0].problem, "it cannot be read: larger than 65536 bytes");
  assert_null(handlers->items[0].source.text.data);
  assert_null(handlers->items[1].problem);
  assert_int_equal(handlers->items[1].source.text.length, HANDLER_SOURCE_MAX_BYTES);
}

/* A folder that is not what it should be, which is something else than an empty one. */
static void tells_nothing_there_from_nothing_known(void **state)
{
  struct fixture *fixture = *state;
  char aside[256];
  snprintf(aside, sizeof aside, "%s", app_path(&fixture->app, "aside"));
  assert_int_equal(rename(app_path(&fixture->app, "app/handlers"), aside), 0);
  assert_int_equal(symlink("../aside", app_path(&fixture->app, "app/handlers")), 0);
  app_tree_read(&fixture->tree, fixture->app.folder);
  assert_int_equal(fixture->tree.handlers.count, 0);
  assert_string_equal(fixture->tree.handlers.problem,
                      "app/handlers: not a folder, or a symbolic link, which is not followed");
  assert_int_equal(fixture->tree.modules.count, 2);
  assert_null(fixture->tree.modules.problem);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(reads_scripts_in_order),
      TEST(needs_the_folder_once),
      TEST(reads_what_there_is),
      TEST(keeps_what_is_wrong),
      TEST(tells_nothing_there_from_nothing_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
