/* contracts/ and writ.json as they are read: which files, in which order, and what is refused. */
#include "temporary_app.h"

#include "contract/source_tree.h"

struct fixture {
  struct app app;
  struct report report;
  struct source_tree tree;
};

/* Moves it aside and leaves a symbolic link to it. */
static void replace_by_link(const struct fixture *fixture, const char *name)
{
  char aside[256];
  snprintf(aside, sizeof aside, "%s/aside", fixture->app.folder);
  assert_int_equal(rename(app_path(&fixture->app, name), aside), 0);
  assert_int_equal(symlink("aside", app_path(&fixture->app, name)), 0);
}

static int set_up(void **state)
{
  static struct fixture fixture;
  app_begin(&fixture.app);
  app_write(&fixture.app, "contracts/users/list.json", "{}");
  app_write(&fixture.app, "contracts/policy.json", "{ }");
  app_write(&fixture.app, "contracts/queries/users.sql", "-- hello");
  app_write(&fixture.app, "contracts/README.md", "\xE2\x80\xAE is fine where nothing is loaded");
  app_write(&fixture.app, "contracts/.hidden.json", "\x01");
  app_write(&fixture.app, "writ.json", "{\"listen\": \"127.0.0.1:1\"}");
  app_write(&fixture.app, "app/handlers/users/list.lua", "x");
  report_init(&fixture.report);
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  source_tree_free(&fixture->tree);
  report_deinit(&fixture->report);
  app_end(&fixture->app);
  return 0;
}

static void read_tree(struct fixture *fixture, const char *expected)
{
  source_tree_read(&fixture->tree, fixture->app.folder, &fixture->report);
  assert_int_equal(fixture->tree.complete, expected[0] == 0);
  app_expect(&fixture->report, "the tree", expected);
}

static void reads_all_in_order(void **state)
{
  struct fixture *fixture = *state;
  read_tree(fixture, "");
  static const char *const expected[] = {"contracts/README.md", "contracts/policy.json",
                                         "contracts/queries/users.sql", "contracts/users/list.json",
                                         "writ.json"};
  const struct source_tree *tree = &fixture->tree;
  assert_int_equal(tree->count, 5);
  for (size_t i = 0; i < tree->count; i++) {
    assert_string_equal(tree->files[i].path, expected[i]);
    assert_ptr_equal(source_tree_find(tree, text_of(expected[i])), &tree->files[i]);
  }
  assert_true(text_is(tree->files[1].text, "{ }"));
  assert_null(source_tree_find(tree, TEXT("contracts/users/lost.json")));
  assert_string_equal(source_below(&tree->files[2], "contracts/queries/", ".sql"), "users.sql");
  assert_null(source_below(&tree->files[2], "contracts/queries/", ".json"));
  assert_null(source_below(&tree->files[2], "contracts/migrations/", ".sql"));
}

static void reads_what_there_is(void **state)
{
  struct fixture *fixture = *state;
  char command[256];
  snprintf(command, sizeof command, "rm -r '%s/contracts' '%s/writ.json'", fixture->app.folder,
           fixture->app.folder);
  assert_int_equal(system(command), 0);
  read_tree(fixture, "");
  assert_int_equal(fixture->tree.count, 0);
}

static void refuses_what_could_change_unseen(void **state)
{
  struct fixture *fixture = *state;
  assert_int_equal(symlink("policy.json", app_path(&fixture->app, "contracts/link.json")), 0);
  assert_int_equal(symlink("users", app_path(&fixture->app, "contracts/folder")), 0);
  assert_int_equal(symlink("/nowhere", app_path(&fixture->app, "contracts/queries/dangling.sql")),
                   0);
  assert_int_equal(mkfifo(app_path(&fixture->app, "contracts/fifo.json"), 0600), 0);
  replace_by_link(fixture, "writ.json");
  app_write(&fixture->app, "contracts/a b.json", "{}");
  app_write(&fixture->app, "contracts/a\nb.json", "{}");
  app_write(&fixture->app, "contracts/\xC3\xA4.json", "{}");
  read_tree(fixture, "error: writ.json: symbolic links are not followed\n"
                     "contracts/a?b.json: error: names below contracts/\n"
                     "contracts/a b.json: error: names below contracts/\n"
                     "contracts/fifo.json: error: this is not a regular file\n"
                     "contracts/folder: error: symbolic links are not followed\n"
                     "contracts/link.json: error: symbolic links are not followed\n"
                     "contracts/queries/dangling.sql: error: symbolic links are not followed\n"
                     "contracts/\xC3\xA4.json: error: names below contracts/\n");
}

static void refuses_a_linked_folder(void **state)
{
  struct fixture *fixture = *state;
  replace_by_link(fixture, "contracts");
  read_tree(fixture, "error: contracts: not a folder, or a symbolic link");
}

static void refuses_what_is_too_large(void **state)
{
  struct fixture *fixture = *state;
  assert_int_equal(truncate(app_path(&fixture->app, "contracts/README.md"), 4 * 1024 * 1024), 0);
  assert_int_equal(truncate(app_path(&fixture->app, "contracts/policy.json"), 4 * 1024 * 1024 + 1),
                   0);
  read_tree(fixture,
            "contracts/policy.json: error: it cannot be read: larger than 4194304 bytes\n");
  assert_null(source_tree_find(&fixture->tree, TEXT("contracts/policy.json"))->text.data);
}

static void refuses_what_cannot_be_seen(void **state)
{
  struct fixture *fixture = *state;
  app_write(&fixture->app, "contracts/users/list.json", "{\n\"a\": \"\xE2\x80\xAE\"}");
  app_write(&fixture->app, "contracts/policy.json", "{\n \"\\u0061\": 1}");
  app_write(&fixture->app, "contracts/queries/users.sql", "SELECT\xE2\x80\x8B 1");
  app_write(&fixture->app, "contracts/migrations/0001_a.sql", "-- \\u0061\n\xEF\xBB\xBF");
  app_write(&fixture->app, "contracts/migrations/0002_b.sql", "CHECK\xC2\xA0(a)");
  app_write(&fixture->app, "writ.json", "{\x7F}");
  read_tree(fixture, "contracts/migrations/0001_a.sql:2:1: error: U+FEFF BYTE ORDER MARK\n"
                     "contracts/migrations/0002_b.sql:1:6: error: U+00A0 looks like white space\n"
                     "contracts/policy.json:2:3: error: an escape hides\n"
                     "contracts/queries/users.sql:1:7: error: U+200B ZERO WIDTH SPACE\n"
                     "contracts/users/list.json:2:7: error: U+202E RIGHT-TO-LEFT OVERRIDE\n"
                     "writ.json:1:2: error: U+007F DELETE\n");
}

static void hash_tree(struct fixture *fixture, unsigned char hash[HASH_BYTES])
{
  source_tree_free(&fixture->tree);
  read_tree(fixture, "");
  source_tree_hash(&fixture->tree, hash);
}

static bool survives_a_bundle(struct fixture *fixture, const unsigned char hash[HASH_BYTES])
{
  struct bundle_writer writer;
  struct bundle bundle;
  struct source_tree tree;
  unsigned char unpacked[HASH_BYTES];
  int fd;
  bundle_writer_init(&writer);
  source_tree_pack(&fixture->tree, &writer);
  bundle_add(&writer, "handler/x", TEXT("is none of them"));
  assert_int_equal(bundle_seal(&writer, &fd, NULL), 0);
  assert_int_equal(bundle_open(fd, &bundle, NULL), 0);
  source_tree_unpack(&tree, &bundle, "/nowhere");
  source_tree_hash(&tree, unpacked);
  source_tree_free(&tree);
  bundle_close(&bundle);
  bundle_writer_deinit(&writer);
  close(fd);
  return memcmp(hash, unpacked, sizeof unpacked) == 0;
}

static void has_a_hash_of_all_of_it(void **state)
{
  static const struct app_file changes[] = {{"contracts/users/list.json", "[]"},
                                            {"writ.json", "{}"},
                                            {"contracts/queries/empty.sql", ""},
                                            {"contracts/policy.json", NULL},
                                            {"writ.json", NULL}};
  struct fixture *fixture = *state;
  unsigned char before[HASH_BYTES], hash[HASH_BYTES];
  hash_tree(fixture, before);
  assert_true(survives_a_bundle(fixture, before));
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    app_write(&fixture->app, changes[i].path, changes[i].text);
    hash_tree(fixture, hash);
    assert_memory_not_equal(hash, before, sizeof hash);
    assert_true(survives_a_bundle(fixture, hash));
    memcpy(before, hash, sizeof hash);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(reads_all_in_order),
      TEST(reads_what_there_is),
      TEST(refuses_what_could_change_unseen),
      TEST(refuses_a_linked_folder),
      TEST(refuses_what_is_too_large),
      TEST(refuses_what_cannot_be_seen),
      TEST(has_a_hash_of_all_of_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
