/* What a schema says, one keyword at a time, each with the part of the value it is about. */
#include "base/memory.h"
#include "schema/program.h"

enum { CLAIMS_MAX = 4096, EXPANSION_DEPTH_MAX = 32 };

/* Schemas that are being walked through, innermost first: none is entered twice. */
struct trail {
  const struct trail *up;
  const struct json *value;
};

struct claiming {
  struct arena *arena;
  struct schema_claim *items;
  size_t count, capacity;
};

static void walk(struct claiming *claiming, const struct schema *schema, struct text place,
                 const struct trail *up);

static void claim(struct claiming *claiming, struct text place, struct text keyword,
                  struct json value)
{
  if (claiming->count == CLAIMS_MAX) return;
  if (claiming->count == claiming->capacity) {
    claiming->capacity = claiming->capacity > 0 ? 2 * claiming->capacity : 32;
    claiming->items = memory_resize(claiming->items, claiming->capacity * sizeof *claiming->items);
  }
  claiming->items[claiming->count++] = (struct schema_claim){place, keyword, value};
}

static bool is_annotation(struct text keyword)
{
  static const char *const names[] = {
      "$anchor",    "$comment",    "$defs",         "$dynamicAnchor",  "$id",
      "$schema",    "$vocabulary", "contentSchema", "contentEncoding", "contentMediaType",
      "deprecated", "description", "examples",      "readOnly",        "title",
      "writeOnly"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (text_is(keyword, names[i])) return true;
  return false;
}

/* --- Values with their references replaced. --- */

static bool is_within(const struct trail *trail, const struct json *value)
{
  for (; trail; trail = trail->up)
    if (trail->value == value) return true;
  return false;
}

static const struct schema *target_of(const struct schema *around, const struct json *value)
{
  const struct schema *schema = schema_find(around->set, value, around->flags);
  return schema && schema->in_place ? schema->in_place->ref : NULL;
}

static struct json expand(struct claiming *claiming, const struct schema *around,
                          const struct json *value, size_t depth)
{
  struct json copy = *value;
  if (depth == EXPANSION_DEPTH_MAX) return json_string(TEXT("…"));
  if (value->type == JSON_ARRAY) {
    copy.items = arena_new_array(claiming->arena, value->length, sizeof *copy.items);
    for (uint32_t i = 0; i < value->length; i++)
      copy.items[i] = expand(claiming, around, &value->items[i], depth + 1);
  } else if (value->type == JSON_OBJECT) {
    const struct schema *target = target_of(around, value);
    struct json_builder builder = {0};
    for (uint32_t i = 0; i < value->length; i++) {
      struct text key = json_text(&value->members[i].key);
      const struct json *member = &value->members[i].value;
      if (text_is(key, "$ref") && target && target->value) member = target->value;
      if (!is_annotation(key))
        json_builder_add(&builder, claiming->arena, key,
                         expand(claiming, around, member, depth + 1));
    }
    copy = json_builder_object(&builder);
  }
  return copy;
}

/* --- Keywords that lead to other schemas. --- */

static struct text below(const struct claiming *claiming, struct text place, struct text name)
{
  struct buffer pointer = {0};
  buffer_append_text(&pointer, place);
  buffer_append_byte(&pointer, '/');
  for (size_t i = 0; i < name.length; i++) {
    bool escaped = name.data[i] == '~' || name.data[i] == '/';
    if (escaped) buffer_append_byte(&pointer, '~');
    buffer_append_byte(&pointer, name.data[i] == '~'   ? '0'
                                 : name.data[i] == '/' ? '1'
                                                       : name.data[i]);
  }
  struct text made = arena_copy(claiming->arena, buffer_text(&pointer));
  buffer_deinit(&pointer);
  return made;
}

static void walk_properties(struct claiming *claiming, const struct schema *schema,
                            struct text place, const struct trail *trail, const struct json *value)
{
  for (uint32_t i = 0; i < value->length; i++) {
    struct text name = json_text(&value->members[i].key);
    const struct schema_property *property = schema_property_find(schema->object, name);
    struct text member = below(claiming, place, name);
    claim(claiming, member, TEXT("properties"), json_boolean(true));
    if (property && property->schema) walk(claiming, property->schema, member, trail);
  }
}

static void walk_required(struct claiming *claiming, struct text place, const struct json *value)
{
  for (uint32_t i = 0; i < value->length; i++)
    claim(claiming, below(claiming, place, json_text(&value->items[i])), TEXT("required"),
          json_boolean(true));
}

static void walk_prefix(struct claiming *claiming, const struct schema_array *array,
                        struct text place, const struct trail *trail)
{
  for (uint32_t i = 0; i < array->prefix_length; i++)
    walk(claiming, array->prefix[i], below(claiming, place, arena_print(claiming->arena, "%u", i)),
         trail);
}

/* False: the keyword is one claim. */
static bool walk_keyword(struct claiming *claiming, const struct schema *schema, struct text place,
                         const struct trail *trail, const struct json_member *member)
{
  struct text keyword = json_text(&member->key);
  const struct json *value = &member->value;
  const struct schema_in_place *in = schema->in_place;
  bool is_schema = value->type == JSON_OBJECT;
  if (text_is(keyword, "properties") && schema->object) {
    walk_properties(claiming, schema, place, trail, value);
  } else if (text_is(keyword, "required")) {
    walk_required(claiming, place, value);
  } else if (text_is(keyword, "items") && is_schema && schema->array && schema->array->items) {
    walk(claiming, schema->array->items, below(claiming, place, TEXT("*")), trail);
  } else if (text_is(keyword, "prefixItems") && schema->array) {
    walk_prefix(claiming, schema->array, place, trail);
  } else if (text_is(keyword, "additionalProperties") && is_schema && schema->object &&
             schema->object->additional) {
    claim(claiming, below(claiming, place, TEXT("*")), TEXT("properties"), json_boolean(true));
    walk(claiming, schema->object->additional, below(claiming, place, TEXT("*")), trail);
  } else if (text_is(keyword, "$ref") && in && in->ref) {
    walk(claiming, in->ref, place, trail);
  } else if (text_is(keyword, "allOf") && in) {
    for (uint32_t i = 0; i < in->all_of.length; i++)
      walk(claiming, in->all_of.items[i], place, trail);
  } else {
    return false;
  }
  return true;
}

static void walk(struct claiming *claiming, const struct schema *schema, struct text place,
                 const struct trail *up)
{
  const struct json *value = schema->value;
  struct trail trail = {up, value};
  if (!value && schema->in_place)
    for (uint32_t i = 0; i < schema->in_place->all_of.length; i++)
      walk(claiming, schema->in_place->all_of.items[i], place, up);
  if (!value) return;
  if (is_within(up, value)) {
    claim(claiming, place, TEXT("$ref"), json_string(TEXT("itself")));
    return;
  }
  if (value->type == JSON_BOOLEAN && !value->boolean)
    claim(claiming, place, TEXT("not"), json_boolean(true));
  for (uint32_t i = 0; value->type == JSON_OBJECT && i < value->length; i++) {
    const struct json_member *member = &value->members[i];
    struct text keyword = json_text(&member->key);
    if (is_annotation(keyword) || walk_keyword(claiming, schema, place, &trail, member)) continue;
    claim(claiming, place, keyword, expand(claiming, schema, &member->value, 0));
  }
}

void schema_claims(const struct schema *schema, struct arena *arena, struct schema_claim **claims,
                   size_t *count)
{
  struct claiming claiming = {.arena = arena};
  walk(&claiming, schema, TEXT(""), NULL);
  *claims = arena_new_array(arena, claiming.count, sizeof **claims);
  if (claiming.count > 0) memcpy(*claims, claiming.items, claiming.count * sizeof **claims);
  *count = claiming.count;
  memory_free(claiming.items);
}
