/* Files and folders, in a temporary folder of their own; and the log's lines, read back from a
 * file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"

struct fixture {
  char folder[64];
  struct arena arena;
};

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
  (void)status;
  (void)type;
  (void)walk;
  return remove(path);
}

static int set_up(void **state)
{
  static struct fixture fixture;
  snprintf(fixture.folder, sizeof fixture.folder, "/tmp/writ-test-XXXXXX");
  arena_init(&fixture.arena, 4096);
  *state = &fixture;
  return mkdtemp(fixture.folder) ? 0 : -1;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  arena_deinit(&fixture->arena);
  return nftw(fixture->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(struct fixture *fixture, const char *name)
{
  return file_join(&fixture->arena, fixture->folder, name);
}

static const char *put(struct fixture *fixture, const char *name, struct text text)
{
  const char *path = path_of(fixture, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  if (text.length > 0) assert_int_equal(fwrite(text.data, 1, text.length, file), text.length);
  fclose(file);
  return path;
}

static void joins(void **state)
{
  struct fixture *fixture = *state;
  assert_string_equal(file_join(&fixture->arena, "a", "b/c"), "a/b/c");
  assert_string_equal(file_join(&fixture->arena, "a/", "b"), "a/b");
}

static void reads(void **state)
{
  struct fixture *fixture = *state;
  struct text text;
  const char *path = put(fixture, "x", TEXT("a\0b"));
  assert_int_equal(file_read(&fixture->arena, path, 3, &text, NULL), 0);
  assert_int_equal(text.length, 3);
  assert_memory_equal(text.data, "a\0b", 4);

  struct error error = {0};
  assert_int_equal(file_read(&fixture->arena, path, 2, &text, &error), -1);
  assert_non_null(strstr(error.message, "larger than 2 bytes"));

  assert_int_equal(file_read(&fixture->arena, put(fixture, "empty", TEXT("")), 0, &text, NULL), 0);
  assert_int_equal(text.length, 0);
  assert_non_null(text.data);

  char *large = calloc(1, 300000);
  path = put(fixture, "large", (struct text){large, 300000});
  assert_int_equal(file_read(&fixture->arena, path, 1 << 20, &text, NULL), 0);
  assert_int_equal(text.length, 300000);
  assert_int_equal(file_read(&fixture->arena, path, SIZE_MAX, &text, NULL), 0);
  assert_int_equal(text.length, 300000);
  free(large);

  /* A file that says nothing of its size, and gives something all the same. */
  assert_int_equal(file_read(&fixture->arena, "/proc/self/status", 1 << 20, &text, NULL), 0);
  assert_true(text_starts_with(text, "Name:"));
}

static void reads_only_regular_files(void **state)
{
  struct fixture *fixture = *state;
  static const struct {
    const char *name, *why;
  } table[] = {{"none", "No such file"},
               {"folder", "not a regular file"},
               {"fifo", "not a regular file"},
               {"link", "symbolic link"}};
  put(fixture, "target", TEXT("secret"));
  assert_int_equal(mkdir(path_of(fixture, "folder"), 0700), 0);
  assert_int_equal(mkfifo(path_of(fixture, "fifo"), 0600), 0);
  assert_int_equal(symlink("target", path_of(fixture, "link")), 0);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct error error = {0};
    struct text text;
    const char *path = path_of(fixture, table[i].name);
    assert_int_equal(file_read(&fixture->arena, path, 100, &text, &error), -1);
    assert_non_null(strstr(error.message, table[i].why));
    assert_non_null(strstr(error.message, path));
    assert_null(text.data);
  }
}

static void lists(void **state)
{
  struct fixture *fixture = *state;
  struct text *paths;
  size_t count;
  static const char *const folders[] = {"list", "list/b", "list/b/c", "list/.git", "list/d.json"};
  static const char *const files[] = {"list/z.json",      "list/b.json",  "list/b/c/x.json",
                                      "list/b/a.json",    "list/b/a.sql", "list/.hidden.json",
                                      "list/.git/x.json", "list/json",    "list/d.json/y.json"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    assert_int_equal(mkdir(path_of(fixture, folders[i]), 0700), 0);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) put(fixture, files[i], TEXT("x"));
  assert_int_equal(symlink("z.json", path_of(fixture, "list/link.json")), 0);
  assert_int_equal(symlink("..", path_of(fixture, "list/loop")), 0);

  const char *folder = path_of(fixture, "list");
  assert_int_equal(file_list(&fixture->arena, folder, ".json", &paths, &count, NULL), 0);
  static const char *const expected[] = {"b.json", "b/a.json", "b/c/x.json", "d.json/y.json",
                                         "z.json"};
  assert_int_equal(count, 5);
  for (size_t i = 0; i < count; i++) assert_string_equal(paths[i].data, expected[i]);

  assert_int_equal(file_list(&fixture->arena, folder, ".lua", &paths, &count, NULL), 0);
  assert_int_equal(count, 0);
  assert_int_equal(file_list(&fixture->arena, path_of(fixture, "none"), "", &paths, &count, NULL),
                   0);
  assert_int_equal(count, 0);
  struct error error = {0};
  assert_int_equal(
      file_list(&fixture->arena, path_of(fixture, "list/json"), "", &paths, &count, &error), -1);
  assert_non_null(strstr(error.message, "not a folder"));
}

/* What lies outside is not reached through any component, whatever it is swapped for. */
static void stays_below(void **state)
{
  struct fixture *fixture = *state;
  struct text text, *paths;
  size_t count;
  assert_int_equal(mkdir(path_of(fixture, "app"), 0700), 0);
  assert_int_equal(mkdir(path_of(fixture, "app/lib"), 0700), 0);
  assert_int_equal(mkdir(path_of(fixture, "out"), 0700), 0);
  put(fixture, "app/lib/a.lua", TEXT("a"));
  put(fixture, "out/b.lua", TEXT("secret"));
  assert_int_equal(symlink("../out", path_of(fixture, "app/out")), 0);
  assert_int_equal(symlink("../../out/b.lua", path_of(fixture, "app/lib/b.lua")), 0);
  assert_int_equal(mkfifo(path_of(fixture, "app/lib/c.lua"), 0600), 0);
  assert_int_equal(symlink("app", path_of(fixture, "link")), 0);

  const char *folder = path_of(fixture, "link"); /* the folder itself is taken as it is */
  assert_int_equal(file_read_below(&fixture->arena, folder, "lib/a.lua", 9, &text, NULL), 0);
  assert_true(text_is(text, "a"));
  assert_int_equal(file_list_below(&fixture->arena, folder, "lib", ".lua", &paths, &count, NULL),
                   0);
  assert_int_equal(count, 1);
  assert_string_equal(paths[0].data, "a.lua");

  static const struct {
    const char *path, *why;
  } table[] = {{"out/b.lua", "not a folder"},      {"lib/b.lua", "symbolic links"},
               {"lib/c.lua", "not a regular"},     {"../out/b.lua", "Invalid"},
               {"lib/../../out/b.lua", "Invalid"}, {"/etc/passwd", "Invalid"},
               {"lib//a.lua", "Invalid"},          {"lib/./a.lua", "Invalid"}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct error error = {0};
    const char *path = table[i].path;
    assert_int_equal(file_read_below(&fixture->arena, folder, path, 9, &text, &error), -1);
    assert_non_null(strstr(error.message, table[i].why));
    assert_null(text.data);
  }
  struct error error = {0};
  assert_int_equal(file_list_below(&fixture->arena, folder, "out", ".lua", &paths, &count, &error),
                   -1);
  assert_string_equal(error.message,
                      "out: not a folder, or a symbolic link, which is not followed");
}

static void lists_sixteen_folders_deep(void **state)
{
  struct fixture *fixture = *state;
  struct buffer path = {0};
  buffer_append_text(&path, TEXT("deep"));
  struct text *paths;
  size_t count;
  for (int depth = 1; depth <= 17; depth++) {
    buffer_append_byte(&path, '\0');
    assert_int_equal(mkdir(path_of(fixture, path.data), 0700), 0);
    path.length--;
    struct error error = {0};
    int result = file_list(&fixture->arena, path_of(fixture, "deep"), "", &paths, &count, &error);
    assert_int_equal(result, depth <= 16 ? 0 : -1);
    if (result) assert_non_null(strstr(error.message, "too deep"));
    buffer_append_text(&path, TEXT("/d"));
  }
  buffer_deinit(&path);
}

/* What one call writes to stderr, as a file gets it. */
static struct text logged(struct fixture *fixture, enum log_level level, const char *message,
                          struct text fields)
{
  const char *path = path_of(fixture, "log");
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), before = dup(STDERR_FILENO);
  dup2(file, STDERR_FILENO);
  if (fields.data)
    log_fields(level, message, fields);
  else
    log_message(level, "%s", message);
  dup2(before, STDERR_FILENO);
  close(before);
  close(file);
  struct text text;
  assert_int_equal(file_read(&fixture->arena, path, 10000, &text, NULL), 0);
  return text;
}

static void logs_json_lines(void **state)
{
  struct fixture *fixture = *state;
  struct text nothing = {NULL, 0};
  struct text line = logged(fixture, LOG_WARNING, "a\n\"b\"\x1B", nothing);
  struct json value;
  assert_int_equal(line.data[line.length - 1], '\n');
  assert_null(memchr(line.data, '\n', line.length - 1));
  assert_int_equal(json_read(&fixture->arena, line, NULL, &value, NULL), 0);
  assert_true(json_is_string(json_get(&value, "message"), "a\n\"b\"\x1B"));
  assert_true(json_is_string(json_get(&value, "level"), "warning"));
  struct text time = json_text(json_get(&value, "time"));
  assert_int_equal(time.length, 24);
  assert_true(text_starts_with(time, "20") && time.data[10] == 'T' && text_ends_with(time, "Z"));

  line = logged(fixture, LOG_ERROR, "request", TEXT("\"status\":500"));
  assert_int_equal(json_read(&fixture->arena, line, NULL, &value, NULL), 0);
  assert_int_equal(json_get(&value, "status")->integer, 500);
  line = logged(fixture, LOG_INFO, "request", TEXT(""));
  assert_int_equal(json_read(&fixture->arena, line, NULL, &value, NULL), 0);

  assert_int_equal(logged(fixture, LOG_DEBUG, "dropped", nothing).length, 0);
  log_set_level(LOG_ERROR);
  assert_int_equal(logged(fixture, LOG_WARNING, "dropped", nothing).length, 0);
  assert_true(logged(fixture, LOG_ERROR, "kept", nothing).length > 0);
  log_set_level(LOG_INFO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(joins),           TEST(reads),       TEST(reads_only_regular_files),
      TEST(lists),           TEST(stays_below), TEST(lists_sixteen_folders_deep),
      TEST(logs_json_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
