/* The required tests of the official JSON Schema test suite, draft 2020-12.
 *
 * The suite is not part of this repository: the environment variable JSON_SCHEMA_TEST_SUITE names a
 * folder with its `tests/draft2020-12` and `remotes`. Every group gets a set of its own; documents
 * under http://localhost:1234/ come from `remotes`. Formats are annotations here, as the required
 * tests want it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "schema/schema.h"

/* Tests that refer to the meta-schema of the draft itself, which is not part of the suite. */
enum { META_SCHEMA_TESTS = 4 };

struct suite {
  struct arena arena; /* of one file */
  const char *folder;
  bool asked_for_meta_schema;
  unsigned passed, failed, without_meta_schema;
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
  if (text_starts_with(path, "https://json-schema.org/")) suite->asked_for_meta_schema = true;
  if (!text_starts_with(path, base)) return NULL;
  struct text file =
      arena_print(&suite->arena, "%s/remotes/%s", suite->folder, path.data + sizeof base - 1);
  return read_document(suite, file.data, source);
}

static void run_group(struct suite *suite, const char *file, const struct source *source,
                      const struct json *group)
{
  struct arena arena;
  struct report report;
  arena_init(&arena, 1 << 16);
  report_init(&report);
  suite->asked_for_meta_schema = false;
  struct schema_set *set = schema_set_new(&arena, load, suite);
  const struct json *value = json_get(group, "schema"), *tests = json_get(group, "tests");
  const struct schema *schema =
      schema_compile(set, source, "", value, value, SCHEMA_FORMAT_ANNOTATES, &report);
  if (!schema && !suite->asked_for_meta_schema) report_print(&report, stdout);
  for (uint32_t i = 0; i < tests->length; i++) {
    const struct json *test = &tests->items[i], *data = json_get(test, "data");
    bool expected = json_get(test, "valid")->boolean;
    struct schema_problems problems = {.arena = &arena};
    if (!schema && suite->asked_for_meta_schema) {
      suite->without_meta_schema++;
    } else if (schema && schema_valid(schema, data, NULL) == expected &&
               schema_valid(schema, data, &problems) == expected &&
               (problems.count == 0) == expected) {
      suite->passed++;
    } else {
      suite->failed++;
      printf("%s: %s: %s\n", file, json_get(group, "description")->string,
             json_get(test, "description")->string);
    }
  }
  report_deinit(&report);
  schema_set_free(set);
  arena_deinit(&arena);
}

static void test_required(void **state)
{
  (void)state;
  struct suite suite = {.folder = getenv("JSON_SCHEMA_TEST_SUITE")};
  struct arena arena;
  arena_init(&arena, 1 << 16);
  const char *folder = file_join(&arena, suite.folder, "tests/draft2020-12");
  struct text *files;
  size_t count;
  assert_int_equal(file_list(&arena, folder, ".json", &files, &count, NULL), 0);
  assert_true(count > 0);
  for (size_t i = 0; i < count; i++) {
    const struct source *source = NULL;
    arena_init(&suite.arena, 1 << 20);
    const struct json *groups =
        read_document(&suite, file_join(&arena, folder, files[i].data), &source);
    assert_non_null(groups);
    for (uint32_t g = 0; g < groups->length; g++)
      run_group(&suite, files[i].data, source, &groups->items[g]);
    arena_deinit(&suite.arena);
  }
  printf("%u passed, %u failed, %u without the meta-schema\n", suite.passed, suite.failed,
         suite.without_meta_schema);
  arena_deinit(&arena);
  assert_int_equal(suite.failed, 0);
  assert_int_equal(suite.without_meta_schema, META_SCHEMA_TESTS);
}

int main(void)
{
  if (!getenv("JSON_SCHEMA_TEST_SUITE")) {
    fprintf(stderr, "not run: JSON_SCHEMA_TEST_SUITE does not name the suite's folder\n");
    return 77;
  }
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_required)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
