/* The official JSON Schema test suite, draft 2020-12: the required tests, the optional ones and
 * those of formats.
 *
 * The suite is not part of this repository. The arguments name a folder that has its
 * `tests/draft2020-12` and `remotes`, and say how many groups and tests of each kind must at least
 * be there, so that an empty folder does not pass; kinds that are not mentioned are not run. Every
 * group gets a set of its own; documents under http://localhost:1234/ come from `remotes`. Formats
 * are annotations in the required tests, as those want it, and checked in the others. Where Writ
 * differs on purpose, `differences` says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "schema/schema.h"

enum kind { KIND_REQUIRED, KIND_OPTIONAL, KIND_FORMAT, KINDS };

/* Set by main, then only read. */
static const char *folder;
static unsigned groups_min[KINDS], tests_min[KINDS];

/* Tests that may fail. */
static const struct difference {
  const char *file, *group; /* group NULL: all of the file */
  const char *reason;
} differences[] = {
    {"optional/cross-draft.json", NULL, "$schema does not choose an older draft"},
    {"optional/dependencies-compatibility.json", NULL,
     "`dependencies` is no keyword of draft 2020-12: dependentRequired and dependentSchemas are"},
};
enum { DIFFERENCES = sizeof differences / sizeof *differences };

struct suite {
  struct arena arena; /* of one file */
  const char *file;
  enum kind kind;
  unsigned groups, tests, failed, differ;
  bool met[DIFFERENCES];
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

static bool differs_on_purpose(struct suite *suite, const struct json *group)
{
  for (size_t i = 0; i < DIFFERENCES; i++) {
    const struct difference *one = &differences[i];
    if (strcmp(one->file, suite->file) != 0) continue;
    if (one->group && !json_is_string(json_get(group, "description"), one->group)) continue;
    suite->met[i] = true;
    return true;
  }
  return false;
}

/* Valid or not, the same with and without a list of problems. */
static bool passes(const struct schema *schema, const struct json *test, struct arena *arena)
{
  const struct json *data = json_get(test, "data");
  bool expected = json_get(test, "valid")->boolean;
  struct schema_problems problems = {.arena = arena};
  return schema && schema_valid(schema, data, NULL) == expected &&
         schema_valid(schema, data, &problems) == expected && (problems.count == 0) == expected;
}

static void run_group(struct suite *suite, const struct source *source, const struct json *group)
{
  struct arena arena;
  struct report report;
  arena_init(&arena, 1 << 16);
  report_init(&report);
  struct schema_set *set = schema_set_new(&arena, load, suite);
  const struct json *value = json_get(group, "schema"), *tests = json_get(group, "tests");
  unsigned flags = suite->kind == KIND_REQUIRED ? SCHEMA_FORMAT_ANNOTATES : 0;
  const struct schema *schema = schema_compile(set, source, "", value, value, flags, &report);
  suite->groups++;
  for (uint32_t i = 0; i < tests->length; i++) {
    const struct json *test = &tests->items[i];
    suite->tests++;
    if (passes(schema, test, &arena)) continue;
    if (differs_on_purpose(suite, group)) {
      suite->differ++;
      continue;
    }
    suite->failed++;
    if (!schema) report_print(&report, stdout);
    printf("%s: %s: %s\n", suite->file, json_get(group, "description")->string,
           json_get(test, "description")->string);
  }
  report_deinit(&report);
  schema_set_free(set);
  arena_deinit(&arena);
}

static enum kind kind_of(const char *file)
{
  if (text_starts_with(text_of(file), "optional/format/")) return KIND_FORMAT;
  return text_starts_with(text_of(file), "optional/") ? KIND_OPTIONAL : KIND_REQUIRED;
}

static void run_kind(enum kind kind)
{
  struct suite suite = {.kind = kind};
  struct arena arena;
  struct text *files;
  size_t count;
  arena_init(&arena, 1 << 16);
  const char *tests = file_join(&arena, folder, "tests/draft2020-12");
  assert_int_equal(file_list(&arena, tests, ".json", &files, &count, NULL), 0);
  for (size_t i = 0; i < count; i++) {
    if (kind_of(files[i].data) != kind) continue;
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
  printf("%u groups, %u tests, %u failed, %u differ on purpose\n", suite.groups, suite.tests,
         suite.failed, suite.differ);
  assert_int_equal(suite.failed, 0);
  assert_true(suite.groups >= groups_min[kind]);
  assert_true(suite.tests >= tests_min[kind]);
  for (size_t i = 0; i < DIFFERENCES; i++)
    if (suite.groups > 0 && kind_of(differences[i].file) == kind && !suite.met[i])
      fail_msg("%s differs no longer", differences[i].file);
}

static void required(void **state)
{
  (void)state;
  run_kind(KIND_REQUIRED);
}

static void optional(void **state)
{
  (void)state;
  run_kind(KIND_OPTIONAL);
}

static void formats(void **state)
{
  (void)state;
  run_kind(KIND_FORMAT);
}

int main(int count, char **arguments)
{
  static const struct CMUnitTest all[KINDS] = {
      cmocka_unit_test(required), cmocka_unit_test(optional), cmocka_unit_test(formats)};
  struct CMUnitTest tests[KINDS];
  int kinds = (count - 2) / 2;
  if (count < 4 || count % 2 != 0 || kinds > KINDS) {
    fprintf(stderr, "usage: %s FOLDER REQUIRED_GROUPS TESTS [OPTIONAL_GROUPS TESTS [FORMAT…]]\n",
            arguments[0]);
    return 2;
  }
  folder = arguments[1];
  for (int i = 0; i < kinds; i++) {
    tests[i] = all[i];
    groups_min[i] = (unsigned)strtoul(arguments[2 + 2 * i], NULL, 10);
    tests_min[i] = (unsigned)strtoul(arguments[3 + 2 * i], NULL, 10);
  }
  return _cmocka_run_group_tests("test_schema_suite", tests, (size_t)kinds, NULL, NULL);
}
