/* Schemas in an OpenAPI document.
 *
 * A reference becomes one to components/schemas, whatever file it led to, and what it leads to
 * becomes a component: so nothing is left that only contracts/ could resolve, and $id, $anchor and
 * $defs have no use any more. The host closes schemas without their saying so; here it is said, at
 * the places where compiling closed them. A schema that is used both as a whole value and within
 * another one (allOf, …) therefore becomes two components. */
#include "describe/openapi_internal.h"

/* What becomes of a keyword's value. All that are not listed are copied. */
enum fate {
  FATE_COPY,
  FATE_DROP,
  FATE_CHILD,      /* a schema of member or element */
  FATE_CHILD_LIST, /* several */
  FATE_CHILD_MAP,
  FATE_IN_PLACE, /* a schema for the same value */
  FATE_IN_PLACE_LIST,
  FATE_IN_PLACE_MAP,
  FATE_QUESTION, /* a schema that only asks: never closed */
};

static const struct {
  const char *keyword;
  enum fate fate;
} fates[] = {
    {"$anchor", FATE_DROP},
    {"$comment", FATE_DROP},
    {"$defs", FATE_DROP},
    {"$dynamicAnchor", FATE_DROP},
    {"$dynamicRef", FATE_DROP}, /* said as a $ref */
    {"$id", FATE_DROP},
    {"$schema", FATE_DROP},
    {"$vocabulary", FATE_DROP},
    {"additionalProperties", FATE_CHILD},
    {"allOf", FATE_IN_PLACE_LIST},
    {"anyOf", FATE_IN_PLACE_LIST},
    {"contains", FATE_QUESTION},
    {"contentSchema", FATE_DROP}, /* nobody compiled it */
    {"dependentSchemas", FATE_IN_PLACE_MAP},
    {"else", FATE_IN_PLACE},
    {"if", FATE_IN_PLACE},
    {"items", FATE_CHILD},
    {"not", FATE_QUESTION},
    {"oneOf", FATE_IN_PLACE_LIST},
    {"patternProperties", FATE_CHILD_MAP},
    {"prefixItems", FATE_CHILD_LIST},
    {"properties", FATE_CHILD_MAP},
    {"propertyNames", FATE_IN_PLACE}, /* of strings: there is nothing to close */
    {"then", FATE_IN_PLACE},
    {"unevaluatedItems", FATE_CHILD},
    {"unevaluatedProperties", FATE_CHILD},
};

static enum fate fate_of(struct text keyword)
{
  for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
    if (text_is(keyword, fates[i].keyword)) return fates[i].fate;
  return FATE_COPY;
}

/* --- Components --- */

/* A schema that cannot be an object or an array is FORM_WHOLE wherever it is used. */
enum form {
  FORM_WHOLE, /* of a whole value */
  FORM_PART,  /* of what applies to a value together with others: not closed itself */
  FORM_LOOSE, /* not closed at any depth: of templates and questions */
};

struct component {
  struct component *next;
  const struct json *value;
  unsigned flags;
  enum form form;
  struct text name;
  bool used, made;
  struct json schema;
};

/* Appends the letters and digits of a text, each word with a capital. */
static void append_words(struct buffer *name, struct text text)
{
  bool begins = true;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
    if (lower || upper || digit) buffer_append_byte(name, lower && begins ? (char)(c - 32) : c);
    begins = !lower && !upper && !digit;
  }
}

/* Appends the names on the way from `tree` to the value; false if it is not in there. */
static bool append_way(struct buffer *name, const struct json *tree, const struct json *value)
{
  static const char *const silent[] = {"$defs", "properties", "requires", "ensures", "validates"};
  if (tree == value) return true;
  size_t length = name->length;
  for (uint32_t i = 0; tree->type == JSON_ARRAY && i < tree->length; i++) {
    buffer_print(name, "%u", (unsigned)i);
    if (append_way(name, &tree->items[i], value)) return true;
    name->length = length;
  }
  for (uint32_t i = 0; tree->type == JSON_OBJECT && i < tree->length; i++) {
    bool says = true;
    for (size_t k = 0; k < sizeof silent / sizeof *silent; k++)
      if (json_is_string(&tree->members[i].key, silent[k])) says = false;
    if (says) append_words(name, json_text(&tree->members[i].key));
    if (append_way(name, &tree->members[i].value, value)) return true;
    name->length = length;
  }
  return false;
}

/* "defs/user.json#/$defs/id" is "UserId". */
static void append_name(struct buffer *name, const struct openapi *api,
                        const struct schema_view *view)
{
  const struct document_list *documents = api->generation->documents;
  for (size_t i = 0; i < documents->count; i++) {
    const struct document *document = &documents->items[i];
    if (!document->root || document->source.path != view->source->path) continue;
    struct text path = text_of(document->path);
    if (document->kind == DOCUMENT_SCHEMA) path = text_of(document->path + strlen("defs/"));
    path.length -= strlen(".json");
    append_words(name, path);
    append_way(name, document->root, view->value);
    return;
  }
}

static bool is_taken(const struct openapi *api, struct text name)
{
  for (const struct component *c = api->components; c; c = c->next)
    if (text_equal(c->name, name)) return true;
  return text_is(name, "Problem");
}

static struct text name_component(const struct openapi *api, const struct schema_view *view,
                                  enum form form)
{
  static const char *const suffixes[] = {"", "Part", "Loose"};
  struct buffer buffer = {0};
  append_name(&buffer, api, view);
  buffer_append_text(&buffer, text_of(suffixes[form]));
  struct text plain = arena_copy(api->arena, buffer_text(&buffer)), name = plain;
  buffer_deinit(&buffer);
  for (unsigned n = 2; name.length == 0 || is_taken(api, name); n++)
    name = arena_print(api->arena, "%.*s%u", TEXT_ARGS(plain), n);
  return name;
}

static struct component *component_of(struct openapi *api, const struct schema *schema, bool child)
{
  struct schema_view view = schema_view(schema);
  enum form form = FORM_WHOLE;
  if (view.types & (1U << JSON_OBJECT | 1U << JSON_ARRAY)) {
    if (!child && view.closes) form = FORM_PART;
    if (!(view.flags & SCHEMA_CLOSED)) form = FORM_LOOSE;
  }
  for (struct component *c = api->components; c; c = c->next)
    if (c->value == view.value && c->form == form) return c;
  struct component *component = arena_new(api->arena, sizeof *component);
  *component = (struct component){.value = view.value,
                                  .flags = view.flags,
                                  .form = form,
                                  .name = name_component(api, &view, form)};
  if (!api->components) api->components_end = &api->components;
  *api->components_end = component;
  api->components_end = &component->next;
  return component;
}

static void name_definitions(struct openapi *api, const struct json *schema)
{
  const struct schema *compiled =
      schema_find(api->generation->schemas, schema, SCHEMA_STRICT | SCHEMA_CLOSED);
  const struct json *definitions = json_get(schema, "$defs");
  if (compiled) component_of(api, compiled, true);
  for (uint32_t i = 0; definitions && i < definitions->length; i++)
    name_definitions(api, &definitions->members[i].value);
}

/* Shared schemas get their names before they are used, so that no contract's use of one changes the
 * name of another. */
void openapi_name_schemas(struct openapi *api)
{
  const struct document_list *documents = api->generation->documents;
  for (size_t i = 0; i < documents->count; i++)
    if (documents->items[i].kind == DOCUMENT_SCHEMA)
      name_definitions(api, documents->items[i].root);
}

static struct json ref_to(struct openapi *api, const struct schema *schema, bool child)
{
  struct schema_view view = schema_view(schema);
  if (!view.value) return json_boolean(true); /* what `true` was compiled into */
  if (view.value->type == JSON_BOOLEAN) return *view.value;
  struct component *component = component_of(api, schema, child);
  component->used = true;
  return openapi_ref(api, "schemas", component->name);
}

/* --- Rewriting --- */

static struct json rewrite_list(struct openapi *api, const struct json *list, unsigned flags,
                                bool child)
{
  struct json_list items = {0};
  for (uint32_t i = 0; i < list->length; i++)
    openapi_push(api, &items, openapi_schema(api, &list->items[i], flags, child));
  return openapi_array(&items);
}

static struct json rewrite_map(struct openapi *api, const struct json *map, unsigned flags,
                               bool child)
{
  struct json_builder members = {0};
  for (uint32_t i = 0; i < map->length; i++)
    json_builder_add(&members, api->arena, json_text(&map->members[i].key),
                     openapi_schema(api, &map->members[i].value, flags, child));
  return json_builder_object(&members);
}

static struct json rewrite_value(struct openapi *api, enum fate fate, const struct json *value,
                                 unsigned flags)
{
  switch (fate) {
  case FATE_CHILD:
  case FATE_IN_PLACE:
    return openapi_schema(api, value, flags, fate == FATE_CHILD);
  case FATE_CHILD_LIST:
  case FATE_IN_PLACE_LIST:
    return rewrite_list(api, value, flags, fate == FATE_CHILD_LIST);
  case FATE_CHILD_MAP:
  case FATE_IN_PLACE_MAP:
    return rewrite_map(api, value, flags, fate == FATE_CHILD_MAP);
  case FATE_QUESTION:
    return openapi_schema(api, value, flags & ~(unsigned)SCHEMA_CLOSED, false);
  case FATE_COPY:
  case FATE_DROP:
    break;
  }
  return *value;
}

/* A reference to `true` says nothing, one to `false` admits nothing. */
static void add_ref(struct openapi *api, struct json ref, struct json_builder *out)
{
  if (ref.type == JSON_OBJECT)
    openapi_add(api, out, "$ref", ref.members[0].value);
  else if (!ref.boolean)
    openapi_add(api, out, "not", json_builder_object(&(struct json_builder){0}));
}

static void rewrite_member(struct openapi *api, const struct schema_view *view, bool child,
                           const struct json_member *member, struct json_builder *out)
{
  struct text key = json_text(&member->key);
  enum fate fate = fate_of(key);
  if (text_is(key, "$ref") && view->ref) {
    add_ref(api, ref_to(api, view->ref, child && view->is_reference), out);
  } else if (text_is(key, "$dynamicRef") && view->dynamic_ref && !view->ref) {
    add_ref(api, ref_to(api, view->dynamic_ref, false), out);
  } else if (text_is(key, "normalize")) {
    openapi_add(api, out, "x-normalize", member->value);
  } else if (fate != FATE_DROP) {
    json_builder_add(out, api->arena, key, rewrite_value(api, fate, &member->value, view->flags));
  }
  if (text_is(key, "format") && json_is_string(&member->value, "password") &&
      !json_get(view->value, "writeOnly"))
    openapi_add(api, out, "writeOnly", json_boolean(true));
}

/* `$dynamicRef` beside `$ref`, as one more of allOf. It leads to where it does if the scope says
 * nothing else: OpenAPI's components have no scope. */
static void add_dynamic(struct openapi *api, const struct schema *schema, struct json_builder *out)
{
  struct json_list all = {0};
  struct json_member *said = NULL;
  for (uint32_t i = 0; i < out->length; i++)
    if (json_is_string(&out->members[i].key, "allOf")) said = &out->members[i];
  for (uint32_t i = 0; said && i < said->value.length; i++)
    openapi_push(api, &all, said->value.items[i]);
  openapi_push(api, &all, ref_to(api, schema, false));
  if (said)
    said->value = openapi_array(&all);
  else
    openapi_add(api, out, "allOf", openapi_array(&all));
}

struct json openapi_schema(struct openapi *api, const struct json *value, unsigned flags,
                           bool child)
{
  const struct schema *schema = schema_find(api->generation->schemas, value, flags);
  if (!schema || value->type != JSON_OBJECT) return *value;
  struct schema_view view = schema_view(schema);
  struct json_builder out = {0};
  for (uint32_t i = 0; i < value->length; i++)
    rewrite_member(api, &view, child, &value->members[i], &out);
  if (view.dynamic_ref && view.ref) add_dynamic(api, view.dynamic_ref, &out);
  if (child && view.closes && !view.is_reference)
    openapi_add(api, &out, view.in_place ? "unevaluatedProperties" : "additionalProperties",
                json_boolean(false));
  return json_builder_object(&out);
}

/* --- All of them --- */

/* Making one may use others, also such as come before it. True if there was one to make. */
static bool make_components(struct openapi *api)
{
  bool made = false;
  for (struct component *c = api->components; c; c = c->next) {
    if (!c->used || c->made) continue;
    c->made = made = true;
    c->schema = openapi_schema(api, c->value, c->flags, c->form == FORM_WHOLE);
  }
  return made;
}

struct json openapi_components(struct openapi *api)
{
  struct json_builder schemas = {0};
  while (make_components(api)) continue;
  for (const struct component *c = api->components; c; c = c->next)
    if (c->used) json_builder_add(&schemas, api->arena, c->name, c->schema);
  openapi_add(api, &schemas, "Problem", openapi_problem_schema(api));
  openapi_sort(&schemas);
  return json_builder_object(&schemas);
}
