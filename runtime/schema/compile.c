/* The set of compiled schemas, and the way from JSON to a program: a queue. Compiling one schema
 * object puts those it contains or refers to on the queue, so that neither nesting nor chains of
 * references cost stack. When the queue is empty, all schemas of the call are looked at once more:
 * those that apply to the same value must not go round in a circle, closed twins are filled in,
 * names of passwords are noted.
 *
 * What a call with errors has compiled is marked broken, and whatever meets it later fails without
 * repeating the findings. */
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "schema/program.h"

struct schema_set *schema_set_new(struct arena *arena, schema_loader loader, void *context)
{
  struct schema_set *set = arena_new(arena, sizeof *set);
  set->arena = arena;
  set->loader = loader;
  set->context = context;
  set->always =
      (struct schema){.set = set, .types = TYPES_ALL, .always = true, .state = STATE_DONE};
  set->never = (struct schema){.set = set, .never = true, .state = STATE_DONE};
  atomic_init(&set->spare, NULL);
  return set;
}

void schema_set_free(struct schema_set *set)
{
  if (!set) return;
  schema_patterns_free(set);
  memory_free(set->cache);
  set->cache = NULL;
  set->cache_length = set->cache_capacity = 0;
}

void schema_error(struct schema_compiler *compiler, enum finding_code code,
                  const struct schema_resource *resource, const struct json *at, const char *help,
                  const char *format, ...)
{
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  compiler->errors++;
  if (compiler->report)
    report_error(compiler->report, code, resource->document->source, at ? at->offset : 0, help,
                 "%s", message);
}

/* --- one struct schema for each JSON value and set of flags */

static size_t cache_slot(const struct schema_set *set, const struct json *value, unsigned flags)
{
  uint64_t hash = ((uint64_t)(uintptr_t)value ^ flags) * UINT64_C(0x9E3779B97F4A7C15);
  size_t slot = (size_t)(hash >> 20) & (set->cache_capacity - 1);
  while (set->cache[slot] && (set->cache[slot]->value != value || set->cache[slot]->flags != flags))
    slot = (slot + 1) & (set->cache_capacity - 1);
  return slot;
}

static void cache_add(struct schema_set *set, struct schema *schema)
{
  if (2 * set->cache_length >= set->cache_capacity) {
    struct schema **old = set->cache;
    size_t old_capacity = set->cache_capacity;
    set->cache_capacity = old_capacity > 0 ? 2 * old_capacity : 256;
    set->cache = memory_new_array(set->cache_capacity, sizeof(struct schema *));
    for (size_t i = 0; i < old_capacity; i++)
      if (old[i]) set->cache[cache_slot(set, old[i]->value, old[i]->flags)] = old[i];
    memory_free(old);
  }
  set->cache[cache_slot(set, schema->value, schema->flags)] = schema;
  set->cache_length++;
}

struct schema *schema_find(const struct schema_set *set, const struct json *value, unsigned flags)
{
  return set->cache_capacity > 0 ? set->cache[cache_slot(set, value, flags)] : NULL;
}

static void enqueue(struct schema_compiler *compiler, struct schema *schema)
{
  *compiler->queue_end = schema;
  compiler->queue_end = &schema->next_queued;
  schema->next_of_batch = compiler->batch;
  compiler->batch = schema;
}

struct schema *schema_node(struct schema_compiler *compiler, const struct json *value,
                           const struct schema_resource *resource)
{
  struct schema_set *set = compiler->set;
  if (value->type == JSON_BOOLEAN && value->boolean) return &set->always;

  struct schema *schema = schema_find(set, value, compiler->flags);
  if (schema) {
    if (schema->broken) compiler->errors++; /* has been reported */
    return schema;
  }
  schema = arena_new(set->arena, sizeof *schema);
  *schema = (struct schema){
      .set = set,
      .value = value,
      .resource = schema_resource_at(set, value, resource),
      .flags = compiler->flags,
      .types = TYPES_ALL,
  };
  cache_add(set, schema);
  enqueue(compiler, schema);
  return schema;
}

/* The form of a schema that is used for a child: see `twin`. */
static struct schema *closed_twin(struct schema_compiler *compiler, struct schema *schema)
{
  bool is_boolean = schema->always || (schema->value && schema->value->type == JSON_BOOLEAN);
  if (!(compiler->flags & SCHEMA_CLOSED) || is_boolean) return schema;
  if (schema->twin) return schema->twin;

  struct schema *twin = arena_new(compiler->set->arena, sizeof *twin);
  twin->set = compiler->set;
  twin->twin = schema;
  twin->requested = true;
  twin->next_twin = compiler->twins;
  compiler->twins = twin;
  schema->twin = twin;
  return twin;
}

struct schema *schema_child(struct schema_compiler *compiler, const struct json *value,
                            const struct schema *parent)
{
  return closed_twin(compiler, schema_node(compiler, value, parent->resource));
}

struct schema *schema_question(struct schema_compiler *compiler, const struct json *value,
                               const struct schema *parent)
{
  unsigned flags = compiler->flags;
  compiler->flags &= ~(unsigned)SCHEMA_CLOSED;
  struct schema *schema = schema_node(compiler, value, parent->resource);
  compiler->flags = flags;
  return schema;
}

/* --- when everything is compiled */

struct schema *schema_in_place_next(const struct schema *schema, uint32_t *cursor)
{
  const struct schema_in_place *in = schema->in_place;
  if (!in) return NULL;
  struct schema *const single[] = {in->ref,       in->dynamic_ref, in->not_schema,
                                   in->if_schema, in->then_schema, in->else_schema};
  enum { SINGLE = sizeof single / sizeof *single };
  for (; *cursor < SINGLE; ++*cursor)
    if (single[*cursor]) return single[(*cursor)++];

  uint32_t at = (*cursor)++ - SINGLE;
  const struct schema_list *const lists[] = {&in->all_of, &in->any_of, &in->one_of};
  for (size_t i = 0; i < 3; i++) {
    if (at < lists[i]->length) return lists[i]->items[at];
    at -= lists[i]->length;
  }
  return at < in->dependents_length ? in->dependents[at].schema : NULL;
}

/* Refuses circles and bounds the size of what applies to one value. Notes who is a password. */
static void measure(struct schema_compiler *compiler, struct schema *schema, unsigned depth)
{
  if (schema->state == STATE_DONE) return;
  if (schema->state == STATE_ACTIVE || depth > IN_PLACE_DEPTH_MAX) {
    bool circle = schema->state == STATE_ACTIVE;
    schema_error(compiler, circle ? FINDING_SCHEMA_CIRCLE : FINDING_SCHEMA_TOO_LARGE,
                 schema->resource, schema->value,
                 circle ? "let the reference apply to a member or an element of the value"
                        : "nest fewer schemas that apply to the same value",
                 circle ? "this schema refers to itself for the same value, without end"
                        : "schemas for one value are nested too deeply here");
    schema->state = STATE_DONE;
    return;
  }
  schema->state = STATE_ACTIVE;
  uint32_t cursor = 0, nodes = 1, below = 0;
  for (struct schema *inner; (inner = schema_in_place_next(schema, &cursor));) {
    measure(compiler, inner, depth + 1);
    nodes += inner->in_place_nodes;
    if (nodes > IN_PLACE_NODES_MAX) nodes = IN_PLACE_NODES_MAX + 1;
    if (inner->in_place_depth > below) below = inner->in_place_depth;
    if (inner->secret) schema->secret = true;
  }
  schema->state = STATE_DONE;
  schema->in_place_nodes = nodes;
  schema->in_place_depth = below + 1;
  if (compiler->errors > 0) return;
  if (nodes > IN_PLACE_NODES_MAX)
    schema_error(compiler, FINDING_SCHEMA_TOO_LARGE, schema->resource, schema->value,
                 "refer to fewer schemas",
                 "this schema unfolds to more than %d schemas for one value", IN_PLACE_NODES_MAX);
  else if (below >= IN_PLACE_DEPTH_MAX)
    schema_error(compiler, FINDING_SCHEMA_TOO_LARGE, schema->resource, schema->value,
                 "nest fewer schemas that apply to the same value",
                 "schemas for one value are nested too deeply here");
}

/* Not said where dynamic references exist: the resource it stands in then matters. */
bool schema_is_plain_reference(const struct schema *schema)
{
  const struct schema_in_place *in = schema->in_place;
  if (!in || !in->ref || schema->set->dynamics) return false;
  uint32_t cursor = 1;
  return !schema_in_place_next(schema, &cursor) && schema->types == TYPES_ALL &&
         !schema->constant && !schema->values && !schema->string && !schema->number &&
         !schema->array && !schema->object && !schema->unevaluated_properties &&
         !schema->unevaluated_items;
}

static bool needs_closing(const struct schema *schema)
{
  return !schema->never && (schema->types & 1 << JSON_OBJECT) != 0 && !schema->constant &&
         !schema->values && !schema->unevaluated_properties &&
         !(schema->object && schema->object->additional);
}

/* Makes the schema refuse every member that it does not declare. */
static void close_objects(struct schema *schema)
{
  struct schema_set *set = schema->set;
  schema->closed = true;
  schema->always = false;
  if (schema->in_place) {
    schema->unevaluated_properties = &set->never;
    return;
  }
  struct schema_object *object = arena_new(set->arena, sizeof *object);
  if (schema->object)
    *object = *schema->object;
  else
    object->properties_max = NO_LIMIT;
  object->additional = &set->never;
  schema->object = object;
}

static void become(struct schema *twin, const struct schema *other)
{
  struct schema *open = twin->twin, *next_twin = twin->next_twin;
  *twin = *other;
  twin->twin = open;
  twin->next_twin = next_twin;
}

static void fill_twin(struct schema_compiler *compiler, struct schema *twin)
{
  if (!twin->requested) return;
  twin->requested = false;
  struct schema *open = twin->twin;
  if (schema_is_plain_reference(open)) {
    struct schema *target = closed_twin(compiler, open->in_place->ref);
    fill_twin(compiler, target);
    become(twin, target);
    return;
  }
  become(twin, open);
  if (needs_closing(twin)) close_objects(twin);
}

/* Sees to it that each dynamic name leads to a compiled schema in each resource that has it.
 * Returns false if there was nothing to add. */
static bool add_dynamic_targets(struct schema_compiler *compiler)
{
  bool added = false;
  struct schema_set *set = compiler->set;
  for (struct schema_dynamic *dynamic = set->dynamics; dynamic; dynamic = dynamic->next) {
    if ((dynamic->flags | SCHEMA_CLOSED) != (compiler->flags | SCHEMA_CLOSED)) continue;
    compiler->flags = dynamic->flags;
    for (size_t i = 0; i < RESOURCE_BUCKETS; i++)
      for (struct schema_resource *r = set->by_uri[i]; r; r = r->next_by_uri)
        for (struct schema_anchor *a = r->anchors; a; a = a->next) {
          if (!a->dynamic || !text_equal(a->name, dynamic->name)) continue;
          struct schema_dynamic_target *t = dynamic->targets;
          while (t && t->resource != r) t = t->next;
          if (t) continue;
          t = arena_new(set->arena, sizeof *t);
          *t = (struct schema_dynamic_target){dynamic->targets, r, NULL};
          dynamic->targets = t;
          t->schema = schema_node(compiler, a->value, a->resource);
          added = true;
        }
  }
  return added;
}

static void drain_queue(struct schema_compiler *compiler)
{
  do {
    while (compiler->queue) {
      struct schema *schema = compiler->queue;
      compiler->queue = schema->next_queued;
      if (!compiler->queue) compiler->queue_end = &compiler->queue;
      compiler->flags = schema->flags;
      schema_compile_keywords(compiler, schema);
    }
  } while (add_dynamic_targets(compiler));
}

static void finish(struct schema_compiler *compiler)
{
  for (struct schema *schema = compiler->batch; schema; schema = schema->next_of_batch)
    measure(compiler, schema, 1);
  if (compiler->errors > 0) {
    for (struct schema *schema = compiler->batch; schema; schema = schema->next_of_batch)
      schema->broken = true;
    return;
  }
  while (compiler->twins) {
    struct schema *twin = compiler->twins;
    compiler->twins = twin->next_twin;
    fill_twin(compiler, twin);
  }
  for (struct schema *schema = compiler->batch; schema; schema = schema->next_of_batch)
    schema_note_secrets(compiler->set, schema);
}

const struct schema *schema_compile(struct schema_set *set, const struct source *source,
                                    const char *path, const struct json *document,
                                    const struct json *value, unsigned flags, struct report *report)
{
  struct schema_compiler compiler = {.set = set, .report = report, .flags = flags};
  compiler.queue_end = &compiler.queue;
  const struct schema_resource *resource =
      schema_resource_of_document(set, text_of(path), source, document ? document : value);
  resource = schema_register(&compiler, value, resource);
  struct schema *root = closed_twin(&compiler, schema_node(&compiler, value, resource));
  drain_queue(&compiler);
  finish(&compiler);
  return compiler.errors == 0 ? root : NULL;
}

const struct schema *schema_all_of(struct schema_set *set, const struct schema *const *schemas,
                                   size_t count)
{
  if (count == 0) return &set->always;
  if (count == 1) return schemas[0];

  struct schema *all = arena_new(set->arena, sizeof *all);
  *all = (struct schema){
      .set = set, .resource = schemas[0]->resource, .types = TYPES_ALL, .state = STATE_DONE};
  all->in_place = arena_new(set->arena, sizeof *all->in_place);
  struct schema_list *list = &all->in_place->all_of;
  list->items = arena_new_array(set->arena, count, sizeof *list->items);
  list->length = (uint32_t)count;

  for (size_t i = 0; i < count; i++) {
    if (schemas[i]->secret) all->secret = true;
    list->items[i] = (struct schema *)schemas[i];
  }
  return all;
}

/* --- what was compiled */

struct schema_view schema_view(const struct schema *schema)
{
  const struct schema_in_place *in = schema->in_place;
  bool object = (schema_declared_types(schema) & 1 << JSON_OBJECT) != 0;
  return (struct schema_view){
      .value = schema->value,
      .source = schema->resource ? schema->resource->document->source : NULL,
      .flags = schema->flags,
      .ref = in ? in->ref : NULL,
      .dynamic_ref = in ? in->dynamic_ref : NULL,
      .is_reference = schema_is_plain_reference(schema),
      .in_place = in != NULL,
      .closes = schema->flags & SCHEMA_CLOSED && object && needs_closing(schema),
      .types = schema_declared_types(schema),
  };
}
