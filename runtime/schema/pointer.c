/* JSON Pointers (RFC 6901): to a place in the value that is checked, and to a schema in its
 * document. */
#include "schema/program.h"

void schema_append_token(struct buffer *out, struct text token)
{
  buffer_append_byte(out, '/');
  for (size_t i = 0; i < token.length; i++) {
    char c = token.data[i];
    if (c == '~' || c == '/')
      buffer_append(out, c == '~' ? "~0" : "~1", 2);
    else
      buffer_append_byte(out, c);
  }
}

void schema_append_place(struct buffer *out, const struct schema_place *place)
{
  if (!place) return;
  schema_append_place(out, place->up);
  if (place->name.data)
    schema_append_token(out, place->name);
  else
    buffer_print(out, "/%u", place->index);
}

static const struct json *child_at(const struct json *value, uint32_t index)
{
  return value->type == JSON_OBJECT ? &value->members[index].value : &value->items[index];
}

/* From a document's root to a value in it. Values stand in the order of their offsets. */
static void append_pointer(struct buffer *out, const struct json *from, const struct json *to)
{
  while (from != to && from->type >= JSON_ARRAY) {
    uint32_t i = from->length;
    while (i > 0 && child_at(from, i - 1)->offset > to->offset) i--;
    if (i-- == 0) return;
    if (from->type == JSON_OBJECT)
      schema_append_token(out, json_text(&from->members[i].key));
    else
      buffer_print(out, "/%u", i);
    from = child_at(from, i);
  }
}

/* What schema_all_of made is at home where the first of its schemas is that is written somewhere.
 */
static const struct schema_document *home_of(const struct schema *schema)
{
  if (schema->resource) return schema->resource->document;
  const struct schema_in_place *in = schema->in_place;
  const struct schema_document *found = NULL;
  for (uint32_t i = 0; in && i < in->all_of.length && !found; i++)
    found = home_of(in->all_of.items[i]);
  return found;
}

void schema_append_location(struct buffer *out, const struct schema *schema,
                            const struct schema *root)
{
  if (!schema->value) return; /* nowhere: schema_all_of made it */
  const struct schema_document *document = schema->resource->document;
  if (document->source && !(root && document == home_of(root)))
    buffer_print(out, "%s#", document->source->path);
  append_pointer(out, document->root, schema->value);
}

struct text schema_location(const struct schema *schema, struct arena *arena)
{
  struct buffer buffer = {0};
  schema_append_location(&buffer, schema, NULL);
  struct text text = arena_copy(arena, buffer_text(&buffer));
  buffer_deinit(&buffer);
  return text;
}
