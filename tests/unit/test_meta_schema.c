/* The description of the language, which editors show and which findings quote: every keyword of
 * contract.schema.json, policy.schema.json and writ.schema.json has a title, a description and
 * examples that it admits itself, its default is admitted too, and docs/contract.md names it.
 *
 * Runs in the root of the repository. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/report.h"
#include "schema/schema.h"

struct walk {
  struct arena arena;
  struct report report;
  struct schema_set *set;
  struct source source;
  struct json root;
  struct text manual;          /* docs/contract.md */
  const struct json *ways[32]; /* schemas on the way, so that no circle is followed */
  size_t depth, keywords, findings;
};

static void complain(struct walk *walk, struct text keyword, const struct json *at,
                     const char *what)
{
  unsigned line, column;
  source_locate(&walk->source, at->offset, &line, &column);
  print_error("%s:%u:%u: '%.*s' %s\n", walk->source.path, line, column, TEXT_ARGS(keyword), what);
  walk->findings++;
}

/* One step. */
static const struct json *follow(const struct walk *walk, const struct json *schema)
{
  const struct json *reference = json_get(schema, "$ref");
  if (!reference) return schema;
  struct text pointer = json_text(reference);
  assert_true(text_starts_with(pointer, "#"));
  const struct json *found =
      json_at_pointer(&walk->root, (struct text){pointer.data + 1, pointer.length - 1});
  assert_non_null(found);
  return found;
}

/* What the place says itself, or else what it refers to. */
static const struct json *annotation(const struct walk *walk, const struct json *schema,
                                     const char *name)
{
  while (!json_get(schema, name) && json_get(schema, "$ref")) schema = follow(walk, schema);
  return json_get(schema, name);
}

static void check_admitted(struct walk *walk, struct text keyword, const struct json *schema,
                           const struct json *value, const char *what)
{
  const struct schema *compiled = schema_compile(walk->set, &walk->source, walk->source.path,
                                                 &walk->root, schema, SCHEMA_STRICT, &walk->report);
  assert_non_null(compiled);
  if (value && !schema_valid(compiled, value, NULL)) complain(walk, keyword, value, what);
}

static bool contains(struct text text, const char *quote, struct text word)
{
  struct buffer quoted = {0};
  buffer_print(&quoted, "%s%.*s%s", quote, TEXT_ARGS(word), quote);
  bool found = memmem(text.data, text.length, quoted.data, quoted.length) != NULL;
  buffer_deinit(&quoted);
  return found;
}

static void check_keyword(struct walk *walk, struct text keyword, const struct json *schema)
{
  walk->keywords++;
  if (json_text(annotation(walk, schema, "title")).length == 0)
    complain(walk, keyword, schema, "has no title");
  struct text description = json_text(annotation(walk, schema, "description"));
  if (!text_ends_with(description, ".") && !text_ends_with(description, "\""))
    complain(walk, keyword, schema, "has no description that is a sentence");
  check_admitted(walk, keyword, schema, annotation(walk, schema, "default"),
                 "does not admit its default");
  const struct json *examples = annotation(walk, schema, "examples");
  if (!examples || examples->type != JSON_ARRAY || examples->length == 0) {
    complain(walk, keyword, schema, "has no examples");
    return;
  }
  for (uint32_t i = 0; i < examples->length; i++)
    check_admitted(walk, keyword, schema, &examples->items[i], "does not admit its example");
  if (!contains(walk->manual, "`", keyword) && !contains(walk->manual, "\"", keyword))
    complain(walk, keyword, schema, "is not in docs/contract.md");
}

/* Names of members may be keywords as well: the codes of denials. */
static void check_names(struct walk *walk, const struct json *names)
{
  const struct json *all = json_get(names ? follow(walk, names) : NULL, "enum");
  for (uint32_t i = 0; all && i < all->length; i++)
    if (!contains(walk->manual, "`", json_text(&all->items[i])))
      complain(walk, json_text(&all->items[i]), &all->items[i], "is not in docs/contract.md");
}

static void walk_schema(struct walk *walk, const struct json *schema)
{
  static const char *const lists[] = {"anyOf", "oneOf", "allOf"};
  static const char *const inner[] = {"items", "additionalProperties", "then", "else"};
  while (json_get(schema, "$ref")) schema = follow(walk, schema);
  for (size_t i = 0; i < walk->depth; i++)
    if (walk->ways[i] == schema) return;
  assert_true(walk->depth < sizeof walk->ways / sizeof walk->ways[0]);
  walk->ways[walk->depth++] = schema;
  check_names(walk, json_get(schema, "propertyNames"));
  const struct json *properties = json_get(schema, "properties");
  for (uint32_t i = 0; properties && i < properties->length; i++) {
    const struct json_member *keyword = &properties->members[i];
    if (keyword->value.type != JSON_OBJECT) continue; /* `false`: not here */
    check_keyword(walk, json_text(&keyword->key), &keyword->value);
    walk_schema(walk, &keyword->value);
  }
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    const struct json *list = json_get(schema, lists[i]);
    for (uint32_t k = 0; list && k < list->length; k++) walk_schema(walk, &list->items[k]);
  }
  for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
    if (json_get(schema, inner[i])) walk_schema(walk, json_get(schema, inner[i]));
  walk->depth--;
}

static void walk_file(const char *path, const char *start, size_t keywords_at_least)
{
  struct walk walk = {.source = {.path = path}};
  struct error error = {0};
  arena_init(&walk.arena, 64 * 1024);
  report_init(&walk.report);
  assert_int_equal(file_read(&walk.arena, path, 1 << 20, &walk.source.text, &error), 0);
  assert_int_equal(file_read(&walk.arena, "docs/contract.md", 1 << 20, &walk.manual, &error), 0);
  assert_int_equal(json_read(&walk.arena, walk.source.text, NULL, &walk.root, NULL), 0);
  walk.set = schema_set_new(&walk.arena, NULL, NULL);
  walk_schema(&walk, json_at_pointer(&walk.root, text_of(start)));
  assert_int_equal(walk.findings, 0);
  assert_true(walk.keywords >= keywords_at_least);
  schema_set_free(walk.set);
  report_deinit(&walk.report);
  arena_deinit(&walk.arena);
}

static void contracts_are_described(void **state)
{
  (void)state;
  walk_file("contracts/contract.schema.json", "", 60);
}

static void templates_are_described(void **state)
{
  (void)state;
  walk_file("contracts/contract.schema.json", "/$defs/template", 10);
}

static void policies_are_described(void **state)
{
  (void)state;
  walk_file("contracts/policy.schema.json", "", 20);
}

static void writ_json_is_described(void **state)
{
  (void)state;
  walk_file("contracts/writ.schema.json", "", 25);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(contracts_are_described),
      cmocka_unit_test(templates_are_described),
      cmocka_unit_test(policies_are_described),
      cmocka_unit_test(writ_json_is_described),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
