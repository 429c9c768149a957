/* What a schema says, one keyword at a time, each with the part of the value it is about. */
#include "base/memory.h"
#include "schema/program.h"

/* A schema whose references double at each step says more than anybody can read, or compare. */
enum { CLAIMS_MAX = 4096, STEPS_MAX = 100000, DEPTH_MAX = 256, TARGETS_MAX = 256 };

/* Schemas that are being walked through, innermost first: none is entered twice. */
struct trail {
  const struct trail *up;
  const struct json *value;
  struct text place;
};

struct claiming {
  struct arena *arena;
  struct schema_claim *items;
  size_t count, capacity;
  size_t steps, depth;
  bool too_much;
  /* What the references of the present claim lead to: each stands in it once. */
  const struct json *targets[TARGETS_MAX];
  size_t target_count;
};

/* Counts one more schema or value. False if it is too much. */
static bool enter(struct claiming *claiming)
{
  claiming->depth++;
  if (++claiming->steps > STEPS_MAX || claiming->depth > DEPTH_MAX) claiming->too_much = true;
  return !claiming->too_much;
}

static void walk(struct claiming *claiming, const struct schema *schema, struct text place,
                 const struct trail *up);

static void claim(struct claiming *claiming, struct text place, struct text keyword,
                  struct json value)
{
  if (claiming->count == CLAIMS_MAX) claiming->too_much = true;
  if (claiming->too_much) return;
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

static const struct trail *find_trail(const struct trail *trail, const struct json *value)
{
  while (trail && trail->value != value) trail = trail->up;
  return trail;
}

/* What a keyword of its vocabularies does not know is not compiled, so it claims nothing. */
static bool counts(const struct schema *schema, struct text keyword)
{
  const struct schema_keyword *known = schema_keyword_find(keyword);
  return !is_annotation(keyword) &&
         (!known || (known->vocabulary & schema->resource->vocabularies) != 0);
}

static struct json expand(struct claiming *claiming, const struct schema *around,
                          const struct json *value);

static struct json expand_target(struct claiming *claiming, const struct schema *target)
{
  for (size_t i = 0; i < claiming->target_count; i++)
    if (claiming->targets[i] == target->value)
      return json_string(arena_print(claiming->arena, "no. %zu of those above", i + 1));
  if (claiming->target_count == TARGETS_MAX) claiming->too_much = true;
  if (claiming->too_much) return json_null();
  claiming->targets[claiming->target_count++] = target->value;
  return expand(claiming, target, target->value);
}

/* Where a dynamic reference may lead: all of it, since nobody knows where it comes from. */
static struct json expand_dynamic(struct claiming *claiming, const struct schema_in_place *in)
{
  size_t count = 0, capacity = 1;
  const struct schema_dynamic_target *targets = in->dynamic ? in->dynamic->targets : NULL;
  for (const struct schema_dynamic_target *t = targets; t; t = t->next) capacity++;
  struct json *items = arena_new_array(claiming->arena, capacity, sizeof *items);
  if (in->dynamic_ref->value) items[count++] = expand_target(claiming, in->dynamic_ref);
  for (const struct schema_dynamic_target *t = targets; t; t = t->next)
    if (t->schema && t->schema->value) items[count++] = expand_target(claiming, t->schema);
  return (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)count};
}

/* The schema that was compiled from this value; NULL if it is none, but a name or a constant. */
static const struct schema *schema_of(const struct schema *around, const struct json *value)
{
  const struct schema *schema = schema_find(around->set, value, around->flags);
  return schema ? schema
                : schema_find(around->set, value, around->flags & ~(unsigned)SCHEMA_CLOSED);
}

static struct json expand_object(struct claiming *claiming, const struct schema *around,
                                 const struct json *value)
{
  struct json_builder builder = {0};
  const struct schema *schema = schema_of(around, value);
  const struct schema_in_place *in = schema ? schema->in_place : NULL;
  for (uint32_t i = 0; i < value->length; i++) {
    struct text key = json_text(&value->members[i].key);
    const struct json *member = &value->members[i].value;
    if (schema && !counts(schema, key)) continue;
    struct json copy;
    if (text_is(key, "$ref") && in && in->ref && in->ref->value)
      copy = expand_target(claiming, in->ref);
    else if (text_is(key, "$dynamicRef") && in && in->dynamic_ref)
      copy = expand_dynamic(claiming, in);
    else
      copy = expand(claiming, around, member);
    json_builder_add(&builder, claiming->arena, key, copy);
  }
  return json_builder_object(&builder);
}

static struct json expand(struct claiming *claiming, const struct schema *around,
                          const struct json *value)
{
  struct json copy = *value;
  if (enter(claiming)) {
    if (value->type == JSON_ARRAY) {
      copy.items = arena_new_array(claiming->arena, value->length, sizeof *copy.items);
      for (uint32_t i = 0; i < value->length; i++)
        copy.items[i] = expand(claiming, around, &value->items[i]);
    } else if (value->type == JSON_OBJECT) {
      copy = expand_object(claiming, around, value);
    }
  }
  claiming->depth--;
  return copy;
}

/* --- Keywords that lead to other schemas. --- */

/* An asterisk or a bracket in a name is not one of a place: ~2, ~3. */
static struct text below(const struct claiming *claiming, struct text place, struct text name)
{
  static const char escaped[] = "~/*[";
  struct buffer pointer = {0};
  buffer_append_text(&pointer, place);
  buffer_append_byte(&pointer, '/');
  for (size_t i = 0; i < name.length; i++) {
    const char *found = memchr(escaped, name.data[i], sizeof escaped - 1);
    if (found)
      buffer_print(&pointer, "~%d", (int)(found - escaped));
    else
      buffer_append_byte(&pointer, name.data[i]);
  }
  struct text made = arena_copy(claiming->arena, buffer_text(&pointer));
  buffer_deinit(&pointer);
  return made;
}

/* The schema of a part of the value. `true` admits anything, and is not closed. */
static void walk_part(struct claiming *claiming, const struct schema *schema, struct text place,
                      const struct trail *trail)
{
  if (schema->always && !schema->value)
    claim(claiming, place, TEXT("true"), json_boolean(true));
  else
    walk(claiming, schema, place, trail);
}

static void walk_properties(struct claiming *claiming, const struct schema *schema,
                            struct text place, const struct trail *trail, const struct json *value)
{
  for (uint32_t i = 0; i < value->length; i++) {
    struct text name = json_text(&value->members[i].key);
    const struct schema_property *property = schema_property_find(schema->object, name);
    struct text member = below(claiming, place, name);
    claim(claiming, member, TEXT("properties"), json_boolean(true));
    if (property && property->schema) walk_part(claiming, property->schema, member, trail);
  }
}

static void walk_required(struct claiming *claiming, struct text place, const struct json *value)
{
  for (uint32_t i = 0; i < value->length; i++)
    claim(claiming, below(claiming, place, json_text(&value->items[i])), TEXT("required"),
          json_boolean(true));
}

/* That the elements have a schema counts by itself: without one they may be anything. */
static void walk_items(struct claiming *claiming, const struct schema *items, struct text place,
                       const struct trail *trail)
{
  struct text element = arena_print(claiming->arena, "%.*s/*", TEXT_ARGS(place));
  claim(claiming, element, TEXT("items"), json_boolean(true));
  walk_part(claiming, items, element, trail);
}

static void walk_prefix(struct claiming *claiming, const struct schema_array *array,
                        struct text place, const struct trail *trail)
{
  for (uint32_t i = 0; i < array->prefix_length; i++) {
    struct text element = arena_print(claiming->arena, "%.*s/[%u]", TEXT_ARGS(place), i);
    claim(claiming, element, TEXT("prefixItems"), json_boolean(true));
    walk_part(claiming, array->prefix[i], element, trail);
  }
}

static void walk_additional(struct claiming *claiming, const struct schema *additional,
                            struct text place, const struct trail *trail)
{
  struct text member = arena_print(claiming->arena, "%.*s/**", TEXT_ARGS(place));
  claim(claiming, member, TEXT("properties"), json_boolean(true));
  walk_part(claiming, additional, member, trail);
}

/* False: the keyword is one claim. */
static bool walk_keyword(struct claiming *claiming, const struct schema *schema, struct text place,
                         const struct trail *trail, const struct json_member *member)
{
  struct text keyword = json_text(&member->key);
  const struct json *value = &member->value;
  const struct schema_in_place *in = schema->in_place;
  const struct schema_array *array = schema->array;
  bool is_schema = value->type == JSON_OBJECT;
  if (text_is(keyword, "items") && value->type == JSON_BOOLEAN && value->boolean) return true;
  if (text_is(keyword, "properties") && schema->object) {
    walk_properties(claiming, schema, place, trail, value);
  } else if (text_is(keyword, "required")) {
    walk_required(claiming, place, value);
  } else if (text_is(keyword, "items") && is_schema && array && array->items) {
    walk_items(claiming, array->items, place, trail);
  } else if (text_is(keyword, "prefixItems") && array) {
    walk_prefix(claiming, array, place, trail);
  } else if (text_is(keyword, "additionalProperties") && is_schema && schema->object &&
             schema->object->additional) {
    walk_additional(claiming, schema->object->additional, place, trail);
  } else if (text_is(keyword, "$ref") && in && in->ref) {
    walk_part(claiming, in->ref, place, trail);
  } else if (text_is(keyword, "allOf") && in) {
    for (uint32_t i = 0; i < in->all_of.length; i++)
      walk(claiming, in->all_of.items[i], place, trail);
  } else {
    return false;
  }
  return true;
}

/* What unevaluatedItems is about depends on all that its schema says besides. */
static struct json value_of(struct claiming *claiming, const struct schema *schema,
                            const struct json_member *member)
{
  bool whole = json_is_string(&member->key, "unevaluatedItems");
  bool dynamic = json_is_string(&member->key, "$dynamicRef") && schema->in_place;
  claiming->target_count = 0;
  if (dynamic && schema->in_place->dynamic_ref) return expand_dynamic(claiming, schema->in_place);
  return expand(claiming, schema, whole ? schema->value : &member->value);
}

static void walk_object(struct claiming *claiming, const struct schema *schema, struct text place,
                        const struct trail *trail)
{
  const struct json *value = schema->value;
  for (uint32_t i = 0; value->type == JSON_OBJECT && i < value->length; i++) {
    const struct json_member *member = &value->members[i];
    struct text keyword = json_text(&member->key);
    if (!counts(schema, keyword) || walk_keyword(claiming, schema, place, trail, member)) continue;
    claim(claiming, place, keyword, value_of(claiming, schema, member));
  }
}

static void walk(struct claiming *claiming, const struct schema *schema, struct text place,
                 const struct trail *up)
{
  const struct json *value = schema->value;
  struct trail trail = {up, value, place};
  const struct trail *same = value ? find_trail(up, value) : NULL;
  if (!enter(claiming)) {
    /* too much */
  } else if (same) {
    claim(claiming, place, TEXT("$ref"), json_string(same->place));
  } else if (value) {
    if (value->type == JSON_BOOLEAN && !value->boolean)
      claim(claiming, place, TEXT("not"), json_boolean(true));
    walk_object(claiming, schema, place, &trail);
  } else if (schema->in_place) {
    for (uint32_t i = 0; i < schema->in_place->all_of.length; i++)
      walk(claiming, schema->in_place->all_of.items[i], place, up);
  }
  claiming->depth--;
}

int schema_claims(const struct schema *schema, struct arena *arena, struct schema_claim **claims,
                  size_t *count)
{
  struct claiming claiming = {.arena = arena};
  walk_part(&claiming, schema, TEXT(""), NULL);
  *count = claiming.too_much ? 0 : claiming.count;
  *claims = arena_new_array(arena, *count, sizeof **claims);
  if (*count > 0) memcpy(*claims, claiming.items, *count * sizeof **claims);
  memory_free(claiming.items);
  return claiming.too_much ? -1 : 0;
}
