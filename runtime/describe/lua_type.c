/* Types from schemas: each claim of a schema finds its place in a tree of types, and says its part
 * there. What stands under anyOf and oneOf is no claim of its own but JSON, read here with the same
 * functions. */
#include "describe/lua_type.h"

#include "schema/schema.h"

/* Nested alternatives, which references may repeat; beyond this it is any value. */
enum { ALTERNATIVES_DEPTH_MAX = 8 };

struct reading {
  struct arena *arena;
  unsigned depth;
};

static struct lua_type *new_type(struct reading *reading)
{
  return arena_new(reading->arena, sizeof(struct lua_type));
}

/* --- The tree. --- */

static struct lua_type *member(struct reading *reading, struct lua_type *type, struct text name,
                               bool required)
{
  for (size_t i = 0; i < type->member_count; i++) {
    struct lua_member *known = &type->members[i];
    if (!text_equal(known->name, name)) continue;
    if (known->conditional) /* now it is declared for all values, by what follows */
      *known = (struct lua_member){.name = name, .type = new_type(reading)};
    known->required |= required;
    return known->type;
  }
  if (type->member_count == type->member_capacity) {
    size_t capacity = type->member_capacity > 0 ? 2 * type->member_capacity : 8;
    struct lua_member *more = arena_new_array(reading->arena, capacity, sizeof *more);
    if (type->member_count > 0) memcpy(more, type->members, type->member_count * sizeof *more);
    type->members = more;
    type->member_capacity = capacity;
  }
  struct lua_type *new = new_type(reading);
  type->members[type->member_count++] =
      (struct lua_member){.name = name, .type = new, .required = required};
  return new;
}

static struct lua_type *element(struct reading *reading, struct lua_type *type)
{
  if (!type->element) type->element = new_type(reading);
  return type->element;
}

static struct lua_type *others(struct reading *reading, struct lua_type *type)
{
  if (!type->others) type->others = new_type(reading);
  type->open = true;
  return type->others;
}

static struct text unescape(struct reading *reading, struct text part)
{
  char *name = arena_alloc(reading->arena, part.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < part.length; i++) {
    bool escaped = part.data[i] == '~' && i + 1 < part.length;
    name[length++] = escaped ? "~/*["[(part.data[++i] - '0') & 3] : part.data[i];
  }
  name[length] = 0;
  return (struct text){name, length};
}

/* The type at a claim's place. Elements with a schema of their own ("[0") get a type that is not
 * shown. */
static struct lua_type *at(struct reading *reading, struct lua_type *root, struct text place,
                           bool required)
{
  struct text part;
  struct lua_type *type = root;
  text_split(&place, '/', &part);
  while (place.data != NULL && text_split(&place, '/', &part)) {
    bool last = place.data == NULL;
    if (text_is(part, "*"))
      type = element(reading, type);
    else if (text_is(part, "**"))
      type = others(reading, type);
    else if (text_starts_with(part, "[")) {
      type->tuple = true;
      type = new_type(reading);
    } else
      type = member(reading, type, unescape(reading, part), required && last);
  }
  return type;
}

/* --- Keywords that say something of the value itself. --- */

static unsigned type_of_name(struct text name)
{
  static const struct {
    const char *name;
    enum json_type type;
  } names[] = {{"null", JSON_NULL},    {"boolean", JSON_BOOLEAN}, {"integer", JSON_INTEGER},
               {"number", JSON_REAL},  {"string", JSON_STRING},   {"array", JSON_ARRAY},
               {"object", JSON_OBJECT}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (text_is(name, names[i].name)) return 1u << names[i].type;
  return 0;
}

static const unsigned integer = 1u << JSON_INTEGER, number = 1u << JSON_REAL;

/* Several `type`, through allOf: what all of them let through. A number may be an integer. */
static void say_types(struct lua_type *type, const struct json *value)
{
  unsigned said = value->type == JSON_STRING ? type_of_name(json_text(value)) : 0;
  for (uint32_t i = 0; value->type == JSON_ARRAY && i < value->length; i++)
    said |= type_of_name(json_text(&value->items[i]));
  if (type->types != 0) {
    if (said & number) said |= integer;
    if (type->types & number) type->types |= integer;
    said &= type->types;
  }
  if (said & number) said &= ~integer;
  type->types = said;
}

static void say_values(struct reading *reading, struct lua_type *type, const struct json *value,
                       bool one)
{
  struct json *list = arena_new(reading->arena, sizeof *list);
  *list = *value;
  if (one) {
    struct json *item = arena_new(reading->arena, sizeof *item);
    *item = *value;
    *list = (struct json){.type = JSON_ARRAY, .items = item, .length = 1};
  }
  type->open = true; /* the host closes no schema that lists its values */
  if (list->type == JSON_ARRAY && (!type->values || type->values->length > list->length))
    type->values = list;
}

static const char *const bound_keywords[BOUND_COUNT] = {
    [BOUND_FORMAT] = "format",          [BOUND_PATTERN] = "pattern",
    [BOUND_MIN_LENGTH] = "minLength",   [BOUND_MAX_LENGTH] = "maxLength",
    [BOUND_MINIMUM] = "minimum",        [BOUND_MAXIMUM] = "maximum",
    [BOUND_ABOVE] = "exclusiveMinimum", [BOUND_BELOW] = "exclusiveMaximum",
    [BOUND_MULTIPLE_OF] = "multipleOf", [BOUND_MIN_ITEMS] = "minItems",
    [BOUND_MAX_ITEMS] = "maxItems",     [BOUND_UNIQUE] = "uniqueItems"};

static void say_bound(struct reading *reading, struct lua_type *type, struct text keyword,
                      const struct json *value)
{
  for (size_t i = 0; i < BOUND_COUNT; i++) {
    if (!text_is(keyword, bound_keywords[i])) continue;
    struct json *copy = arena_new(reading->arena, sizeof *copy);
    *copy = *value;
    type->bounds[i] = copy;
  }
}

static void say_alternatives(struct reading *reading, struct lua_type *type,
                             const struct json *value);
static void say_more(struct reading *reading, struct lua_type *type, const struct json *schema);

static bool is_false(const struct json *value)
{
  return value->type == JSON_BOOLEAN && !value->boolean;
}

static void say(struct reading *reading, struct lua_type *type, struct text keyword,
                const struct json *value)
{
  if (text_is(keyword, "type"))
    say_types(type, value);
  else if (text_is(keyword, "enum") || text_is(keyword, "const"))
    say_values(reading, type, value, text_is(keyword, "const"));
  else if (text_is(keyword, "anyOf") || text_is(keyword, "oneOf"))
    say_alternatives(reading, type, value);
  else if (text_is(keyword, "if") || text_is(keyword, "then") || text_is(keyword, "else"))
    say_more(reading, type, value);
  else if (text_is(keyword, "dependentSchemas"))
    for (uint32_t i = 0; value->type == JSON_OBJECT && i < value->length; i++)
      say_more(reading, type, &value->members[i].value);
  else if (text_is(keyword, "prefixItems"))
    type->tuple = true;
  else if (text_is(keyword, "$ref") || text_is(keyword, "$dynamicRef"))
    type->open = true; /* a schema around this one, or one that is known when it is used */
  else if (text_is(keyword, "additionalProperties") || text_is(keyword, "unevaluatedProperties") ||
           text_is(keyword, "patternProperties"))
    type->open = type->open || !is_false(value);
  else
    say_bound(reading, type, keyword, value);
}

/* --- Schemas that are JSON still. --- */

static void read_schema(struct reading *reading, struct lua_type *type, const struct json *schema);

static void read_properties(struct reading *reading, struct lua_type *type,
                            const struct json *schema)
{
  const struct json *properties = json_get(schema, "properties");
  const struct json *required = json_get(schema, "required");
  for (uint32_t i = 0; properties && properties->type == JSON_OBJECT && i < properties->length; i++)
    read_schema(reading, member(reading, type, json_text(&properties->members[i].key), false),
                &properties->members[i].value);
  for (uint32_t i = 0; required && required->type == JSON_ARRAY && i < required->length; i++)
    if (json_get_text(properties, json_text(&required->items[i])))
      member(reading, type, json_text(&required->items[i]), true);
}

static void read_schema(struct reading *reading, struct lua_type *type, const struct json *schema)
{
  if (schema->type != JSON_OBJECT || reading->depth >= ALTERNATIVES_DEPTH_MAX) return;
  reading->depth++;
  read_properties(reading, type, schema);
  for (uint32_t i = 0; i < schema->length; i++) {
    struct text keyword = json_text(&schema->members[i].key);
    const struct json *value = &schema->members[i].value;
    if (text_is(keyword, "items"))
      read_schema(reading, element(reading, type), value);
    else if (text_is(keyword, "$ref") && value->type == JSON_OBJECT) /* what it leads to */
      read_schema(reading, type, value);
    else if (text_is(keyword, "allOf") && value->type == JSON_ARRAY)
      for (uint32_t k = 0; k < value->length; k++) read_schema(reading, type, &value->items[k]);
    else
      say(reading, type, keyword, value);
  }
  reading->depth--;
}

static bool says_nothing(const struct lua_type *type)
{
  return type->types == 0 && !type->values && type->member_count == 0 && !type->element &&
         type->alternative_count == 0;
}

/* One or the other. */
static struct lua_type *either(struct reading *reading, struct lua_type *one,
                               struct lua_type *other)
{
  struct lua_type *type = new_type(reading);
  type->alternatives = arena_new_array(reading->arena, 2, sizeof(void *));
  type->alternatives[0] = one;
  type->alternatives[1] = other;
  type->alternative_count = 2;
  return type;
}

static struct lua_member *find_member(struct lua_type *type, struct text name)
{
  for (size_t i = 0; i < type->member_count; i++)
    if (text_equal(type->members[i].name, name)) return &type->members[i];
  return NULL;
}

/* What else may be there, in an object that has members of its own. */
static void merge(struct reading *reading, struct lua_type *type, const struct lua_type *more)
{
  type->open = type->open || more->open;
  for (size_t i = 0; i < more->alternative_count; i++) merge(reading, type, more->alternatives[i]);
  for (size_t i = 0; i < more->member_count; i++) {
    const struct lua_member *one = &more->members[i];
    struct lua_member *known = find_member(type, one->name);
    if (!known) {
      member(reading, type, one->name, false);
      known = &type->members[type->member_count - 1];
      *known = (struct lua_member){.name = one->name, .type = one->type, .conditional = true};
    } else if (known->conditional) {
      known->type = either(reading, known->type, one->type);
    } else {
      merge(reading, known->type, one->type);
    }
  }
}

/* A schema that applies to some values only declares members for those. */
static void say_more(struct reading *reading, struct lua_type *type, const struct json *schema)
{
  struct lua_type *more = new_type(reading);
  read_schema(reading, more, schema);
  merge(reading, type, more);
}

/* Alternatives that only ask something of a value whose type is known leave its type as it is. */
static void say_alternatives(struct reading *reading, struct lua_type *type,
                             const struct json *value)
{
  if (value->type != JSON_ARRAY) return;
  struct lua_type **types = arena_new_array(reading->arena, value->length + 1, sizeof(void *));
  bool complete = true;
  for (uint32_t i = 0; i < value->length; i++) {
    types[i] = new_type(reading);
    read_schema(reading, types[i], &value->items[i]);
    complete = complete && !says_nothing(types[i]);
  }
  if (type->member_count > 0 || (type->types & 1u << JSON_OBJECT)) {
    for (uint32_t i = 0; i < value->length; i++) merge(reading, type, types[i]);
  } else if (complete && type->types == 0 && type->alternative_count == 0) {
    type->alternatives = types;
    type->alternative_count = value->length;
  } else {
    type->open = true;
  }
}

struct lua_type *lua_type_of_schema(const struct schema *schema, struct arena *arena)
{
  struct reading reading = {.arena = arena};
  struct schema_claim *claims;
  size_t count;
  if (schema_claims(schema, arena, &claims, &count)) return NULL;
  struct lua_type *root = new_type(&reading);
  for (size_t i = 0; i < count; i++) {
    const struct schema_claim *claim = &claims[i];
    bool required = text_is(claim->keyword, "required");
    struct lua_type *type = at(&reading, root, claim->place, required);
    bool alternatives = text_is(claim->keyword, "anyOf") || text_is(claim->keyword, "oneOf");
    if (!required && !alternatives) say(&reading, type, claim->keyword, &claim->value);
  }
  /* What they are read as depends on what else is said of the value. */
  for (size_t i = 0; i < count; i++)
    if (text_is(claims[i].keyword, "anyOf") || text_is(claims[i].keyword, "oneOf"))
      say(&reading, at(&reading, root, claims[i].place, false), claims[i].keyword,
          &claims[i].value);
  return root;
}

const struct lua_member *lua_type_member(const struct lua_type *type, struct text name)
{
  for (size_t i = 0; i < type->member_count; i++)
    if (text_equal(type->members[i].name, name)) return &type->members[i];
  return NULL;
}

bool lua_type_is_union(const struct lua_type *type)
{
  return type->alternative_count > 0 && type->member_count == 0 && !type->open;
}

bool lua_type_is_open(const struct lua_type *type)
{
  return type->open || type->alternative_count > 0;
}

const struct lua_type *lua_type_of_member(const struct lua_type *type,
                                          const struct lua_member *member)
{
  return member->conditional && lua_type_is_open(type) ? NULL : member->type;
}
