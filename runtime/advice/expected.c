/* Asks the compiled schemas by the JSON that they were made of. */
#include "advice/expected.h"

/* --- The schemas of a place. --- */

/* Whether the schema itself says that what it does not declare is refused. */
static bool says_closed(const struct json *value)
{
  static const char *const keywords[] = {"additionalProperties", "unevaluatedProperties"};
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
    const struct json *said = json_get(value, keywords[i]);
    if (said && said->type == JSON_BOOLEAN && !said->boolean) return true;
  }
  return false;
}

static bool is_open(const struct json *value)
{
  static const char *const keywords[] = {
      "anyOf", "oneOf", "if", "dependentSchemas", "patternProperties", "$dynamicRef"};
  static const char *const closing[] = {"additionalProperties", "unevaluatedProperties"};
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (json_get(value, keywords[i])) return true;
  for (size_t i = 0; i < sizeof closing / sizeof *closing; i++) {
    const struct json *said = json_get(value, closing[i]);
    if (said && !(said->type == JSON_BOOLEAN && !said->boolean)) return true;
  }
  return false;
}

/* What was compiled from a part of the schema. */
static const struct schema *find_part(const struct expected *expected,
                                      const struct schema_view *around, const struct json *value)
{
  const struct schema *found = schema_find(expected->set, value, around->flags);
  return found ? found
               : schema_find(expected->set, value, around->flags & ~(unsigned)SCHEMA_CLOSED);
}

static void add(struct expected *expected, const struct schema *schema)
{
  for (size_t i = 0; i < expected->count; i++)
    if (expected->all[i] == schema) return;
  struct schema_view view = schema_view(schema);
  if (expected->count == EXPECTED_MAX || !view.value || view.value->type != JSON_OBJECT) {
    expected->open = true;
    return;
  }
  expected->all[expected->count++] = schema;
  expected->open = expected->open || is_open(view.value);
  if (view.ref) add(expected, view.ref);
  const struct json *parts = json_get(view.value, "allOf");
  for (uint32_t i = 0; parts && parts->type == JSON_ARRAY && i < parts->length; i++) {
    const struct schema *part = find_part(expected, &view, &parts->items[i]);
    if (part)
      add(expected, part);
    else
      expected->open = true;
  }
}

/* Whether it refuses what is not declared. A compiled root is closed already, so it is asked what
 * its source is as it applies in place; a reference and nothing else is what it leads to. */
static bool closes(const struct expected *expected, const struct schema *schema)
{
  struct schema_view view = schema_view(schema);
  const struct schema *in_place =
      view.value ? schema_find(expected->set, view.value, view.flags) : NULL;
  if (view.is_reference && view.ref) return closes(expected, view.ref);
  return view.closes || (in_place && schema_view(in_place).closes) || says_closed(view.value);
}

static void add_root(struct expected *expected, const struct schema *schema)
{
  struct schema_view view = schema_view(schema);
  if (expected->root_count == EXPECTED_MAX) {
    expected->open = true;
    return;
  }
  expected->roots[expected->root_count++] = schema;
  expected->types &= view.types;
  expected->closed = expected->closed || closes(expected, schema);
  add(expected, schema);
}

static struct expected nothing_expected(const struct schema_set *set, struct text path)
{
  return (struct expected){.set = set, .path = path, .types = ~0U};
}

struct expected expect_schema(const struct schema_set *set, const struct schema *schema)
{
  struct expected expected = nothing_expected(set, TEXT(""));
  add_root(&expected, schema);
  return expected;
}

/* --- Its parts. --- */

/* Adds the schema that stands at a part's place. */
static void add_part(const struct expected *expected, const struct schema_view *around,
                     const struct json *value, struct expected *part)
{
  const struct schema *schema = find_part(expected, around, value);
  if (schema)
    add_root(part, schema);
  else
    part->open = true;
}

bool expect_member(const struct expected *expected, struct arena *arena, struct text name,
                   struct expected *member)
{
  bool declared = false;
  *member = nothing_expected(expected->set,
                             arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(expected->path),
                                         expected->path.length > 0 ? "." : "", TEXT_ARGS(name)));
  for (size_t i = 0; i < expected->count; i++) {
    struct schema_view view = schema_view(expected->all[i]);
    const struct json *value = json_get_text(json_get(view.value, "properties"), name);
    if (!value) continue;
    declared = true;
    add_part(expected, &view, value, member);
  }
  return declared;
}

bool expect_elements(const struct expected *expected, struct arena *arena,
                     struct expected *elements)
{
  bool alike = false;
  *elements =
      nothing_expected(expected->set, arena_print(arena, "%.*s[]", TEXT_ARGS(expected->path)));
  for (size_t i = 0; i < expected->count; i++) {
    struct schema_view view = schema_view(expected->all[i]);
    const struct json *value = json_get(view.value, "items");
    if (json_get(view.value, "prefixItems")) return false;
    if (!value) continue;
    alike = true;
    add_part(expected, &view, value, elements);
  }
  return alike;
}

uint32_t expected_elements_max(const struct expected *expected)
{
  uint32_t most = UINT32_MAX;
  for (size_t i = 0; i < expected->count; i++) {
    const struct json *said = json_get(schema_view(expected->all[i]).value, "maxItems");
    if (said && said->type == JSON_INTEGER && said->integer >= 0 && said->integer < most)
      most = (uint32_t)said->integer;
  }
  return most;
}

/* --- What it says. --- */

static size_t count_names(const struct expected *expected, struct text *names, const char *keyword)
{
  size_t count = 0;
  for (size_t i = 0; i < expected->count; i++) {
    const struct json *list = json_get(schema_view(expected->all[i]).value, keyword);
    bool object = list && list->type == JSON_OBJECT;
    for (uint32_t j = 0; list && (object || list->type == JSON_ARRAY) && j < list->length; j++) {
      struct text name = json_text(object ? &list->members[j].key : &list->items[j]);
      if (names && text_is_among(name, names, count)) continue;
      if (names) names[count] = name;
      count++;
    }
  }
  return count;
}

const struct text *expected_names(const struct expected *expected, struct arena *arena,
                                  bool required, size_t *count)
{
  const char *keyword = required ? "required" : "properties";
  struct text *names = arena_new_array(arena, count_names(expected, NULL, keyword), sizeof *names);
  *count = count_names(expected, names, keyword);
  return names;
}

static unsigned with_integers(unsigned types)
{
  return types & 1U << JSON_REAL ? types | 1U << JSON_INTEGER : types;
}

bool expected_excludes(const struct expected *expected, unsigned types)
{
  return (with_integers(expected->types) & types) == 0;
}

const char *expected_types(const struct expected *expected, struct arena *arena)
{
  static const struct {
    enum json_type type;
    const char *words;
  } kinds[] = {{JSON_OBJECT, "an object"},   {JSON_ARRAY, "an array"},
               {JSON_STRING, "a string"},    {JSON_REAL, "a number"},
               {JSON_INTEGER, "an integer"}, {JSON_BOOLEAN, "a boolean"},
               {JSON_NULL, "null"}};
  struct text words = TEXT("");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    bool shadowed = kinds[i].type == JSON_INTEGER && expected->types & 1U << JSON_REAL;
    if (shadowed || !(expected->types & 1U << kinds[i].type)) continue;
    words = arena_print(arena, "%.*s%s%s", TEXT_ARGS(words), words.length > 0 ? " or " : "",
                        kinds[i].words);
  }
  return words.length > 0 ? words.data : "nothing";
}

bool expected_refutes(const struct expected *expected, const struct json *value,
                      struct arena *arena, struct text *message)
{
  for (size_t i = 0; i < expected->root_count; i++) {
    struct schema_problems problems = {.arena = arena};
    if (!schema_refutes(expected->roots[i], value)) continue;
    schema_valid(expected->roots[i], value, &problems);
    *message = problems.count > 0 ? problems.items[0].message : TEXT("is not valid");
    return true;
  }
  return false;
}
