/* Values for the schemas of the official JSON Schema test suite, draft 2020-12: wherever the suite
 * has a value that is valid, one is made as well, or it is said that none was found. What was made
 * is valid, and so many of a hundred must be made.
 *
 * The suite is not part of this repository: see test_schema_suite.c. Arguments: the folder, how
 * many groups must at least be there, and how many per cent of them must have a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "testing/values.h"

/* Set by main, then only read. */
static const char *folder;
static unsigned groups_min, percent_min;

struct suite {
  struct arena arena; /* of one file */
  const char *file;
  unsigned groups, made, missed;
};

static const struct json *read_document(struct suite *suite, const char *path,
                                        const struct source **source)
{
  struct source *read = arena_new(&suite->arena, sizeof *read);
  struct json *value = arena_new(&suite->arena, sizeof *value);
  read->path = path;
  if (file_read(&suite->arena, path, 4 << 20, &read->text, NULL)) return NULL;
  if (json_read(&suite->arena, read->text, NULL, value, NULL)) return NULL;
  *source = read;
  return value;
}

static const struct json *load(void *context, struct text path, const struct source **source)
{
  static const char base[] = "http://localhost:1234/";
  struct suite *suite = context;
  if (!text_starts_with(path, base)) return NULL;
  struct text file =
      arena_print(&suite->arena, "%s/remotes/%s", folder, path.data + sizeof base - 1);
  return read_document(suite, file.data, source);
}

/* Whether the suite itself has a value that is valid. */
static bool has_valid(const struct schema *schema, const struct json *tests)
{
  for (uint32_t i = 0; i < tests->length; i++)
    if (schema_valid(schema, json_get(&tests->items[i], "data"), NULL)) return true;
  return false;
}

static void run_group(struct suite *suite, const struct source *source, const struct json *group)
{
  struct arena arena;
  struct report report;
  struct values values;
  struct json value;
  arena_init(&arena, 1 << 16);
  report_init(&report);
  struct schema_set *set = schema_set_new(&arena, load, suite);
  const struct json *root = json_get(group, "schema");
  const struct schema *schema =
      schema_compile(set, source, "", root, root, SCHEMA_FORMAT_ANNOTATES, &report);
  values_init(&values, set, &arena, 7);
  if (schema && has_valid(schema, json_get(group, "tests"))) {
    suite->groups++;
    bool made = values_make(&values, schema, VALUE_FULL, &value, NULL) == 0;
    if (made) assert_true(schema_valid(schema, &value, NULL));
    suite->made += made;
    suite->missed += !made;
    if (!made) print_message("none: %s: %s\n", suite->file, json_get(group, "description")->string);
  }
  values_deinit(&values);
  schema_set_free(set);
  report_deinit(&report);
  arena_deinit(&arena);
}

static void values_of_the_suite(void **state)
{
  (void)state;
  struct suite suite = {0};
  struct arena arena;
  struct text *files;
  size_t count;
  arena_init(&arena, 1 << 16);
  const char *tests = file_join(&arena, folder, "tests/draft2020-12");
  assert_int_equal(file_list(&arena, tests, ".json", &files, &count, NULL), 0);
  for (size_t i = 0; i < count; i++) {
    const struct source *source = NULL;
    arena_init(&suite.arena, 1 << 20);
    suite.file = files[i].data;
    const struct json *groups =
        read_document(&suite, file_join(&arena, tests, suite.file), &source);
    assert_non_null(groups);
    for (uint32_t g = 0; g < groups->length; g++) run_group(&suite, source, &groups->items[g]);
    arena_deinit(&suite.arena);
  }
  arena_deinit(&arena);
  print_message("%u groups with a valid value: %u made, %u not\n", suite.groups, suite.made,
                suite.missed);
  assert_true(suite.groups >= groups_min);
  assert_true(100 * suite.made >= percent_min * suite.groups);
}

int main(int count, char **arguments)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(values_of_the_suite)};
  if (count != 4) {
    fprintf(stderr, "usage: %s FOLDER GROUPS PERCENT\n", arguments[0]);
    return 2;
  }
  folder = arguments[1];
  groups_min = (unsigned)strtoul(arguments[2], NULL, 10);
  percent_min = (unsigned)strtoul(arguments[3], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
