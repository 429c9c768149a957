#include "testing/says.h"

#include "testing/pattern_text.h"

enum { PARTS_MAX = 2000 };

void says_init(struct says *says, struct values *values)
{
  *says = (struct says){.values = values};
}

static void reserve(struct says *says, uint32_t capacity)
{
  struct says_part *parts = arena_new_array(says->values->arena, capacity, sizeof *parts);
  if (says->count > 0) memcpy(parts, says->parts, says->count * sizeof *parts);
  says->parts = parts;
  says->capacity = capacity;
}

struct says says_copy(const struct says *says)
{
  struct says copy = *says;
  reserve(&copy, says->capacity + 4);
  return copy;
}

/* False if it is there already, or there are too many. */
static bool add_part(struct says *says, struct says_part part)
{
  for (uint32_t i = 0; i < says->count; i++) {
    if (says->parts[i].source != part.source) continue;
    bool learns = part.sure && !says->parts[i].sure;
    says->parts[i].sure |= part.sure;
    return learns;
  }
  if (says->count == PARTS_MAX) return false;
  if (says->count == says->capacity) reserve(says, says->capacity ? 2 * says->capacity : 4);
  says->parts[says->count++] = part;
  return true;
}

const struct schema *says_schema(const struct says *says, const struct says_part *part,
                                 const struct json *value, bool asks)
{
  unsigned flags = schema_view(part->schema).flags;
  if (asks) flags &= ~(unsigned)SCHEMA_CLOSED;
  return schema_find(says->values->set, value, flags);
}

void says_add(struct says *says, const struct schema *schema, bool sure)
{
  if (!schema) return;
  struct schema_view view = schema_view(schema);
  if (!view.value) return; /* `true` */
  if (view.value->type != JSON_OBJECT) {
    says->never = says->never || (view.value->type == JSON_BOOLEAN && !view.value->boolean);
    return;
  }
  struct says_part part = {schema, view.value, sure};
  if (!add_part(says, part)) return;
  says_add(says, view.ref, sure);
  says_add(says, view.dynamic_ref, false); /* leads elsewhere if the scope says so */
  const struct json *all = json_get(view.value, "allOf");
  for (uint32_t i = 0; all && all->type == JSON_ARRAY && i < all->length; i++)
    says_add(says, says_schema(says, &part, &all->items[i], false), sure);
}

/* As a child a reference is what it leads to. */
static bool closes(const struct schema *schema, unsigned depth)
{
  enum { REFERENCES_MAX = 64 };
  struct schema_view view = schema_view(schema);
  if (view.is_reference && view.ref && depth < REFERENCES_MAX) return closes(view.ref, depth + 1);
  return view.value && view.value->type == JSON_OBJECT && view.closes;
}

void says_add_child(struct says *says, const struct schema *schema, bool sure)
{
  if (!schema) return;
  if (closes(schema, 0)) {
    says->closed = true;
    says->closed_surely |= sure;
  }
  says_add(says, schema, sure);
}

/* --- Members and elements --- */

static void add_at(const struct says *says, const struct says_part *part, const struct json *value,
                   struct says *child)
{
  if (value->type == JSON_BOOLEAN && !value->boolean) child->never = true;
  says_add_child(child, says_schema(says, part, value, false), part->sure);
}

static bool pattern_has(const struct says *says, struct text pattern, struct text name)
{
  const struct pattern_text *read = pattern_text_of(says->values, pattern);
  return read && pattern_text_matches(read, name);
}

/* What `patternProperties` says of the name; true if it says anything. */
static bool add_by_pattern(const struct says *says, const struct says_part *part, struct text name,
                           struct says *member)
{
  const struct json *patterns = json_get(part->source, "patternProperties");
  bool said = false;
  for (uint32_t i = 0; patterns && patterns->type == JSON_OBJECT && i < patterns->length; i++) {
    if (!pattern_has(says, json_text(&patterns->members[i].key), name)) continue;
    said = true;
    if (member) add_at(says, part, &patterns->members[i].value, member);
  }
  return said;
}

static const struct json *property_of(const struct says_part *part, struct text name)
{
  const struct json *properties = json_get(part->source, "properties");
  return properties && properties->type == JSON_OBJECT ? json_get_text(properties, name) : NULL;
}

void says_member(const struct says *says, struct text name, struct says *member)
{
  says_init(member, says->values);
  for (uint32_t i = 0; i < says->count; i++) {
    const struct says_part *part = &says->parts[i];
    const struct json *property = property_of(part, name);
    const struct json *additional = json_get(part->source, "additionalProperties");
    if (property) add_at(says, part, property, member);
    bool matched = add_by_pattern(says, part, name, member);
    if (!property && !matched && additional) add_at(says, part, additional, member);
  }
}

bool says_declares(const struct says *says, struct text name)
{
  for (uint32_t i = 0; i < says->count; i++)
    if (property_of(&says->parts[i], name) || add_by_pattern(says, &says->parts[i], name, NULL))
      return true;
  return false;
}

void says_element(const struct says *says, uint32_t index, struct says *element)
{
  says_init(element, says->values);
  for (uint32_t i = 0; i < says->count; i++) {
    const struct says_part *part = &says->parts[i];
    const struct json *prefix = json_get(part->source, "prefixItems");
    const struct json *items = json_get(part->source, "items");
    uint32_t length = prefix && prefix->type == JSON_ARRAY ? prefix->length : 0;
    if (index < length)
      add_at(says, part, &prefix->items[index], element);
    else if (items)
      add_at(says, part, items, element);
  }
}

/* --- Names --- */

static void add_name(struct text **names, uint32_t *count, uint32_t *capacity, struct arena *arena,
                     struct text name)
{
  for (uint32_t i = 0; i < *count; i++)
    if (text_equal((*names)[i], name)) return;
  if (*count == *capacity) {
    *capacity = *capacity ? 2 * *capacity : 8;
    struct text *grown = arena_new_array(arena, *capacity, sizeof *grown);
    if (*count > 0) memcpy(grown, *names, *count * sizeof *grown);
    *names = grown;
  }
  (*names)[(*count)++] = name;
}

struct text *says_required(const struct says *says, bool surely, uint32_t *count)
{
  struct text *names = NULL;
  uint32_t capacity = 0;
  *count = 0;
  for (uint32_t i = 0; i < says->count; i++) {
    const struct json *required = json_get(says->parts[i].source, "required");
    if (!required || required->type != JSON_ARRAY || (surely && !says->parts[i].sure)) continue;
    for (uint32_t k = 0; k < required->length; k++)
      add_name(&names, count, &capacity, says->values->arena, json_text(&required->items[k]));
  }
  return names;
}

struct text *says_declared(const struct says *says, uint32_t *count)
{
  struct text *names = NULL;
  uint32_t capacity = 0;
  *count = 0;
  for (uint32_t i = 0; i < says->count; i++) {
    const struct json *properties = json_get(says->parts[i].source, "properties");
    if (!properties || properties->type != JSON_OBJECT) continue;
    for (uint32_t k = 0; k < properties->length; k++)
      add_name(&names, count, &capacity, says->values->arena,
               json_text(&properties->members[k].key));
  }
  return names;
}

/* --- Unknown members --- */

static bool says_false(const struct json *source, const char *keyword)
{
  const struct json *said = json_get(source, keyword);
  return said && said->type == JSON_BOOLEAN && !said->boolean;
}

/* Whether the schema, or one below it that may apply in place, lets in members that it does not
 * name. Looks at all that could: a name within it may be a property as well as a keyword. */
static bool may_open(const struct json *source, unsigned depth)
{
  static const char *const openings[] = {"patternProperties", "additionalProperties",
                                         "unevaluatedProperties", "$dynamicRef"};
  enum { DEPTH_MAX = 60 };
  if (depth > DEPTH_MAX) return true;
  if (source->type == JSON_ARRAY) {
    for (uint32_t i = 0; i < source->length; i++)
      if (may_open(&source->items[i], depth + 1)) return true;
    return false;
  }
  for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
    if (json_get(source, openings[i]) && !says_false(source, openings[i])) return true;
  static const char *const inner[] = {"anyOf", "oneOf", "then", "else", "if", "dependentSchemas"};
  for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
    const struct json *schemas = json_get(source, inner[i]);
    if (schemas && schemas->type != JSON_BOOLEAN) return true;
  }
  return false;
}

bool says_refuses_unknown(const struct says *says)
{
  bool refuses = says->closed && says->closed_surely, opens = false;
  for (uint32_t i = 0; i < says->count; i++) {
    const struct says_part *part = &says->parts[i];
    const bool patterns = json_get(part->source, "patternProperties") != NULL;
    if (part->sure && !patterns && says_false(part->source, "additionalProperties")) return true;
    refuses |= part->sure && says_false(part->source, "unevaluatedProperties");
    opens |= may_open(part->source, 0);
  }
  return refuses && !opens;
}
