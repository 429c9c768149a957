/* Which JSON value does a reference mean?
 *
 * Every document is a resource under its path in the set, and every schema with $id is one under
 * its URI; they are found by URI, and by their root while a JSON Pointer is followed into them.
 * Anchors belong to the resource they stand in. A document that nobody has used yet comes from the
 * loader, unless it is part of the program. Nothing here opens a file or a connection. */
#include <stdio.h>

#include "schema/program.h"

#include "base/ascii.h"

static uint32_t hash_text(struct text text)
{
  uint32_t hash = 2166136261U;
  for (size_t i = 0; i < text.length; i++) hash = (hash ^ (unsigned char)text.data[i]) * 16777619U;
  return (hash ^ hash >> 16) % RESOURCE_BUCKETS;
}

static uint32_t hash_pointer(const void *pointer)
{
  return (uint32_t)((uint64_t)(uintptr_t)pointer * UINT64_C(0x9E3779B97F4A7C15) >> 32) %
         RESOURCE_BUCKETS;
}

static struct schema_resource *resource_new(struct schema_set *set, struct text uri,
                                            const struct json *root,
                                            const struct schema_document *document,
                                            unsigned vocabularies)
{
  struct schema_resource **by_uri = &set->by_uri[hash_text(uri)];
  struct schema_resource **by_root = &set->by_root[hash_pointer(root)];
  struct schema_resource *resource = arena_new(set->arena, sizeof *resource);
  *resource = (struct schema_resource){*by_uri, *by_root, uri, root, document, NULL, vocabularies};
  return *by_uri = *by_root = resource;
}

static struct schema_resource *find_by_uri(const struct schema_set *set, struct text uri)
{
  struct schema_resource *resource = set->by_uri[hash_text(uri)];
  while (resource && !text_equal(resource->uri, uri)) resource = resource->next_by_uri;
  return resource;
}

/* The newest resource with this root: the one its $id names, if there is one. */
static struct schema_resource *find_by_root(const struct schema_set *set, const struct json *root)
{
  struct schema_resource *resource = set->by_root[hash_pointer(root)];
  while (resource && resource->root != root) resource = resource->next_by_root;
  return resource;
}

const struct schema_resource *schema_resource_at(const struct schema_set *set,
                                                 const struct json *value,
                                                 const struct schema_resource *outer)
{
  if (value->type != JSON_OBJECT) return outer;
  const struct schema_resource *own = find_by_root(set, value);
  return own ? own : outer;
}

struct schema_resource *schema_resource_of_document(struct schema_set *set, struct text uri,
                                                    const struct source *source,
                                                    const struct json *root)
{
  struct schema_resource *resource = find_by_uri(set, uri);
  if (resource && resource->root == root) return resource;
  struct schema_document *document = arena_new(set->arena, sizeof *document);
  *document = (struct schema_document){source, root};
  return resource_new(set, arena_copy(set->arena, uri), root, document, VOCABULARY_DEFAULT);
}

/* --- registering what a schema declares */

static void add_anchor(struct schema_compiler *compiler, struct schema_resource *resource,
                       const struct json *name, const struct json *value, bool dynamic)
{
  struct schema_anchor *anchor = resource->anchors;
  while (anchor && !text_equal(anchor->name, json_text(name))) anchor = anchor->next;
  if (anchor && anchor->value == value) {
    anchor->dynamic = anchor->dynamic || dynamic;
    return;
  }
  if (anchor) {
    schema_error(compiler, FINDING_SCHEMA_ANCHOR, resource, name, "give each anchor its own name",
                 "the anchor '%.60s' stands twice in this document", name->string);
    return;
  }
  anchor = arena_new(compiler->set->arena, sizeof *anchor);
  *anchor = (struct schema_anchor){resource->anchors, json_text(name), value, resource, dynamic};
  resource->anchors = anchor;
}

static unsigned vocabulary_bit(struct text uri)
{
  static const char prefix[] = "https://json-schema.org/draft/2020-12/vocab/";
  static const struct {
    const char *name;
    unsigned bit;
  } known[] = {{"core", VOCABULARY_CORE},
               {"applicator", VOCABULARY_APPLICATOR},
               {"unevaluated", VOCABULARY_UNEVALUATED},
               {"validation", VOCABULARY_VALIDATION},
               {"meta-data", VOCABULARY_ANNOTATION},
               {"content", VOCABULARY_ANNOTATION},
               {"format-annotation", VOCABULARY_ANNOTATION},
               {"format-assertion", VOCABULARY_FORMAT_ASSERTION}};
  if (!text_starts_with(uri, prefix)) return 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(uri.data + sizeof prefix - 1, known[i].name) == 0) return known[i].bit;
  return 0;
}

static const struct json *load_document(struct schema_set *set, struct text uri,
                                        const struct source **source)
{
  const struct json *root = schema_meta_document(set->arena, uri, source);
  return root || !set->loader ? root : set->loader(set->context, uri, source);
}

/* Follows $schema to a meta-schema, whose $vocabulary says which keywords count. */
static unsigned vocabularies_of(struct schema_compiler *compiler,
                                const struct schema_resource *resource, const struct json *schema)
{
  if (!strstr(schema->string, "://")) return resource->vocabularies;
  const struct source *source = NULL;
  const struct json *meta = load_document(compiler->set, json_text(schema), &source);
  const struct json *list = json_get(meta, "$vocabulary");
  if (!list || list->type != JSON_OBJECT) return resource->vocabularies;

  unsigned mask = VOCABULARY_CORE | VOCABULARY_WRIT;
  for (uint32_t i = 0; i < list->length; i++) {
    const struct json_member *member = &list->members[i];
    unsigned bit = vocabulary_bit(json_text(&member->key));
    mask |= bit;
    if (!bit && member->value.type == JSON_BOOLEAN && member->value.boolean)
      schema_error(compiler, FINDING_SCHEMA_VOCABULARY, resource, schema,
                   "use the meta-schema of draft 2020-12",
                   "its meta-schema requires the unknown vocabulary '%.200s'", member->key.string);
  }
  return mask;
}

/* In a strict set no $id may take the place of a file or of another $id. */
static void refuse_alias(struct schema_compiler *compiler, const struct schema_resource *resource,
                         const struct json *id, struct text uri)
{
  const struct source *source;
  if (find_by_uri(compiler->set, uri) || schema_meta_document(compiler->set->arena, uri, &source))
    schema_error(compiler, FINDING_SCHEMA_ID, resource, id, "give each schema its own $id",
                 "'%.200s' names another schema already", id->string);
  else if (!memchr(uri.data, ':', uri.length))
    schema_error(compiler, FINDING_SCHEMA_ID, resource, id,
                 "leave $id out, or use a URI like https://example.com/user",
                 "'$id' must have a scheme: a path is the address of a file");
}

static struct schema_resource *enter_id(struct schema_compiler *compiler, const struct json *value,
                                        const struct json *id, struct schema_resource *outer)
{
  struct schema_set *set = compiler->set;
  struct schema_resource *known = find_by_root(set, value);
  struct text reference = json_text(id), uri;
  const char *fragment = memchr(reference.data, '#', reference.length);
  if (fragment && fragment[1] != '\0') {
    schema_error(compiler, FINDING_SCHEMA_ID, outer, id, "use $anchor for a name within a document",
                 "'$id' must not have a fragment");
    return outer;
  }
  if (!schema_uri_resolve(set->arena, outer->uri, reference, &uri)) {
    schema_error(compiler, FINDING_SCHEMA_OUTSIDE, outer, id, NULL,
                 "'$id' leaves the folder of the contracts");
    return outer;
  }
  if (known && (known != outer || text_equal(known->uri, uri))) return known;
  if (compiler->flags & SCHEMA_STRICT) refuse_alias(compiler, outer, id, uri);
  return resource_new(set, uri, value, outer->document, outer->vocabularies);
}

static struct schema_resource *register_schema(struct schema_compiler *compiler,
                                               const struct json *value,
                                               struct schema_resource *resource)
{
  if (value->type != JSON_OBJECT) return resource;
  const struct json *id = json_get(value, "$id"), *schema = json_get(value, "$schema");
  if (id && id->type == JSON_STRING) resource = enter_id(compiler, value, id, resource);
  if (schema && schema->type == JSON_STRING && value == resource->root)
    resource->vocabularies = vocabularies_of(compiler, resource, schema);

  for (uint32_t i = 0; i < value->length; i++) {
    const struct json_member *member = &value->members[i];
    const struct json *inner = &member->value;
    if (inner->type == JSON_STRING) {
      bool dynamic = json_is_string(&member->key, "$dynamicAnchor");
      if (dynamic || json_is_string(&member->key, "$anchor"))
        add_anchor(compiler, resource, inner, value, dynamic);
      continue;
    }
    if (inner->type < JSON_ARRAY) continue;
    const struct schema_keyword *keyword = schema_keyword_find(json_text(&member->key));
    if (!keyword || keyword->shape == SHAPE_OTHER) continue;
    if (keyword->shape == SHAPE_SCHEMA) register_schema(compiler, inner, resource);
    if (keyword->shape == SHAPE_LIST && inner->type == JSON_ARRAY)
      for (uint32_t n = 0; n < inner->length; n++)
        register_schema(compiler, &inner->items[n], resource);
    if (keyword->shape == SHAPE_MAP && inner->type == JSON_OBJECT)
      for (uint32_t n = 0; n < inner->length; n++)
        register_schema(compiler, &inner->members[n].value, resource);
  }
  return resource;
}

const struct schema_resource *schema_register(struct schema_compiler *compiler,
                                              const struct json *value,
                                              const struct schema_resource *resource)
{
  return register_schema(compiler, value, (struct schema_resource *)resource);
}

/* --- following a reference */

static struct text percent_decode(struct arena *arena, struct text text)
{
  char *out = arena_alloc(arena, text.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    int high = text.data[i] == '%' && i + 2 < text.length ? ascii_hex_value(text.data[i + 1]) : -1;
    int low = high >= 0 ? ascii_hex_value(text.data[i + 2]) : -1;
    if (low >= 0) {
      out[length++] = (char)(high << 4 | low);
      i += 2;
    } else {
      out[length++] = text.data[i];
    }
  }
  out[length] = '\0';
  return (struct text){out, length};
}

/* One token of a JSON Pointer with ~0 and ~1 undone, in place of `token`'s own bytes. */
static struct text unescape_token(struct arena *arena, struct text token)
{
  if (!memchr(token.data, '~', token.length)) return token;
  char *out = arena_alloc(arena, token.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < token.length; i++) {
    bool escape = token.data[i] == '~' && i + 1 < token.length &&
                  (token.data[i + 1] == '0' || token.data[i + 1] == '1');
    if (escape) i++;
    out[length++] = !escape ? token.data[i] : token.data[i] == '0' ? '~' : '/';
  }
  return (struct text){out, length};
}

static const struct json *element_at(const struct json *array, struct text token)
{
  uint64_t index = 0;
  bool canonical = token.length == 1 || (token.length > 1 && token.data[0] != '0');
  if (!canonical || token.length > 10) return NULL;
  for (size_t i = 0; i < token.length; i++) {
    if (token.data[i] < '0' || token.data[i] > '9') return NULL;
    index = index * 10 + (uint64_t)(token.data[i] - '0');
  }
  return index < array->length ? &array->items[index] : NULL;
}

static const struct json *follow_pointer(struct schema_set *set, struct text pointer,
                                         const struct schema_resource **resource)
{
  const struct json *value = (*resource)->root;
  struct text rest = {pointer.data + 1, pointer.length - 1}, token;
  while (value && text_split(&rest, '/', &token)) {
    token = unescape_token(set->arena, token);
    value = value->type == JSON_ARRAY ? element_at(value, token) : json_get_text(value, token);
    if (value) *resource = schema_resource_at(set, value, *resource);
  }
  return value;
}

/* The resource that the part of a reference before '#' means; NULL after an error. */
static const struct schema_resource *find_resource(struct schema_compiler *compiler,
                                                   const struct schema *from, const struct json *at,
                                                   struct text reference)
{
  struct schema_set *set = compiler->set;
  struct text uri;
  if (reference.length == 0) return from->resource;
  if (!schema_uri_resolve(set->arena, from->resource->uri, reference, &uri)) {
    schema_error(compiler, FINDING_SCHEMA_OUTSIDE, from->resource, at,
                 "refer to a file within that folder",
                 "the reference '%.200s' leaves the folder of the contracts", at->string);
    return NULL;
  }
  if (text_equal(uri, from->resource->uri)) return from->resource;
  const struct schema_resource *found = find_by_uri(set, uri);
  if (!found) {
    const struct source *source = NULL;
    const struct json *root = load_document(set, uri, &source);
    if (root) {
      found = schema_resource_of_document(set, uri, source, root);
      found = schema_register(compiler, root, found);
    }
  }
  if (!found) {
    schema_error(compiler, FINDING_SCHEMA_REFERENCE, from->resource, at,
                 "a reference to another file is relative to the file it stands in",
                 "there is no '%.200s' to refer to", uri.data);
    return NULL;
  }
  return schema_resource_at(set, found->root, found);
}

static const struct schema_anchor *find_anchor(const struct schema_resource *resource,
                                               struct text name)
{
  const struct schema_anchor *anchor = resource->anchors;
  while (anchor && !text_equal(anchor->name, name)) anchor = anchor->next;
  return anchor;
}

struct schema *schema_resolve(struct schema_compiler *compiler, const struct schema *from,
                              const struct json *reference, struct text *dynamic)
{
  struct schema_set *set = compiler->set;
  struct text text = json_text(reference), fragment = {NULL, 0};
  const char *hash = memchr(text.data, '#', text.length);
  if (hash) {
    fragment = (struct text){hash + 1, text.length - (size_t)(hash + 1 - text.data)};
    text.length = (size_t)(hash - text.data);
  }
  const struct schema_resource *resource = find_resource(compiler, from, reference, text);
  if (!resource) return NULL;

  const struct json *target = resource->root;
  fragment = percent_decode(set->arena, fragment);
  if (fragment.length > 0 && fragment.data[0] == '/') {
    target = follow_pointer(set, fragment, &resource);
    if (target) resource = schema_register(compiler, target, resource);
  } else if (fragment.length > 0) {
    const struct schema_anchor *anchor = find_anchor(resource, fragment);
    target = anchor ? anchor->value : NULL;
    if (anchor && anchor->dynamic) *dynamic = anchor->name;
  }
  if (target && (target->type == JSON_OBJECT || target->type == JSON_BOOLEAN))
    return schema_node(compiler, target, resource);
  schema_error(compiler, FINDING_SCHEMA_REFERENCE, from->resource, reference,
               "check the part after '#'",
               target ? "the reference '%.200s' does not lead to a schema"
                      : "the reference '%.200s' leads nowhere",
               reference->string);
  return NULL;
}
