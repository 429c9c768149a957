/* Where a schema admits passwords. Messages must not show them, and the host keeps them from
 * handlers and logs as fields of the input; anywhere else it would not know of them. */
#include "base/memory.h"
#include "schema/program.h"

/* --- for messages */

static void note_secret_name(struct schema_set *set, struct text name)
{
  const struct schema_secret *known = set->secrets;
  while (known && !text_equal(known->name, name)) known = known->next;
  if (known) return;
  struct schema_secret *secret = arena_new(set->arena, sizeof *secret);
  *secret = (struct schema_secret){set->secrets, name};
  set->secrets = secret;
}

static bool is_password(const struct schema *schema)
{
  return schema && schema->secret;
}

void schema_note_secrets(struct schema_set *set, const struct schema *schema)
{
  const struct schema_object *object = schema->object;
  const struct schema_array *array = schema->array;
  bool nameless =
      is_password(schema->unevaluated_properties) || is_password(schema->unevaluated_items);
  for (uint32_t i = 0; object && i < object->length; i++)
    if (is_password(object->properties[i].schema))
      note_secret_name(set, object->properties[i].name);
  for (uint32_t i = 0; object && i < object->patterns_length; i++)
    nameless = nameless || is_password(object->patterns[i].schema);
  if (object) nameless = nameless || is_password(object->additional) || is_password(object->names);
  for (uint32_t i = 0; array && i < array->prefix_length; i++)
    nameless = nameless || is_password(array->prefix[i]);
  if (array) nameless = nameless || is_password(array->items) || is_password(array->contains);
  set->hides_all = set->hides_all || nameless || (set->dynamics && set->secrets);
}

/* --- for contracts */

struct search {
  struct arena *arena;
  struct schema_mention **end;
  const struct schema **seen; /* on the heap */
  size_t length, capacity;
};

static bool is_new(struct search *search, const struct schema *schema)
{
  for (size_t i = 0; i < search->length; i++)
    if (search->seen[i] == schema) return false;
  if (search->length == search->capacity) {
    search->capacity = search->capacity > 0 ? 2 * search->capacity : 16;
    search->seen = memory_resize(search->seen, search->capacity * sizeof *search->seen);
  }
  search->seen[search->length++] = schema;
  return true;
}

static void note(struct search *search, const struct schema *schema)
{
  const struct schema_string *string = schema->string;
  if (!string || !string->format || !schema_format_is_password(string->format)) return;
  const struct json *object = schema->value;
  struct schema_mention *mention = arena_new(search->arena, sizeof *mention);
  *mention = (struct schema_mention){.source = schema->resource->document->source,
                                     .location = schema_location(schema, search->arena)};
  for (uint32_t i = 0; i < object->length; i++)
    if (json_is_string(&object->members[i].key, "format"))
      mention->offset = object->members[i].key.offset;
  *search->end = mention;
  search->end = &mention->next;
}

typedef void (*visitor)(struct search *search, const struct schema *schema);

/* Members, as `properties` declares them, and all the other children. */
static void visit_children(struct search *search, const struct schema *schema, visitor member,
                           visitor other)
{
  const struct schema_object *object = schema->object;
  const struct schema_array *array = schema->array;
  for (uint32_t i = 0; object && i < object->length; i++)
    if (object->properties[i].schema) member(search, object->properties[i].schema);
  for (uint32_t i = 0; object && i < object->patterns_length; i++)
    other(search, object->patterns[i].schema);
  for (uint32_t i = 0; array && i < array->prefix_length; i++) other(search, array->prefix[i]);
  const struct schema *const single[] = {
      object ? object->additional : NULL, object ? object->names : NULL,
      array ? array->items : NULL,        array ? array->contains : NULL,
      schema->unevaluated_properties,     schema->unevaluated_items};
  for (size_t i = 0; i < sizeof single / sizeof *single; i++)
    if (single[i]) other(search, single[i]);
}

static void visit_any(struct search *search, const struct schema *schema);

static void visit_in_place(struct search *search, const struct schema *schema, visitor inner)
{
  uint32_t cursor = 0;
  for (const struct schema *next; (next = schema_in_place_next(schema, &cursor));)
    inner(search, next);
  const struct schema_dynamic *dynamic = schema->in_place ? schema->in_place->dynamic : NULL;
  const struct schema_dynamic_target *target = dynamic ? dynamic->targets : NULL;
  for (; target; target = target->next) visit_any(search, target->schema);
}

static void visit_any(struct search *search, const struct schema *schema)
{
  if (!is_new(search, schema)) return;
  note(search, schema);
  visit_children(search, schema, visit_any, visit_any);
  visit_in_place(search, schema, visit_any);
}

/* May be a password itself. */
static void visit_field(struct search *search, const struct schema *schema)
{
  visit_children(search, schema, visit_any, visit_any);
  visit_in_place(search, schema, visit_field);
}

static void visit_input(struct search *search, const struct schema *schema)
{
  note(search, schema);
  visit_children(search, schema, visit_field, visit_any);
  visit_in_place(search, schema, visit_input);
}

struct schema_mention *schema_passwords(const struct schema *schema, bool but_fields,
                                        struct arena *arena)
{
  struct schema_mention *first = NULL;
  struct search search = {.arena = arena, .end = &first};
  const struct schema_set *set = schema->set;
  if (!schema->secret && !set->secrets && !set->hides_all) return NULL;
  if (but_fields)
    visit_input(&search, schema);
  else
    visit_any(&search, schema);
  memory_free(search.seen);
  return first;
}
