#include "testing/parts.h"

#include "testing/request_of.h"

enum { QUERY_FIELDS_MAX = 64, BODY_DEPTH_MAX = 32 }; /* as dispatch/input.c has it */

static uint32_t depth_of(const struct json *value)
{
  uint32_t deepest = 0;
  bool array = value->type == JSON_ARRAY;
  if (!array && value->type != JSON_OBJECT) return 0;
  for (uint32_t i = 0; i < value->length; i++) {
    uint32_t depth = depth_of(array ? &value->items[i] : &value->members[i].value);
    if (depth > deepest) deepest = depth;
  }
  return deepest + 1;
}

/* Path and query carry scalars, the query arrays of them too. */
static const char *text_obstacle(const struct field *field, const struct json *value)
{
  bool path = field->origin == FIELD_PATH, array = value->type == JSON_ARRAY;
  struct text text = json_text(value);
  if (value->type == JSON_NULL || value->type == JSON_OBJECT || (array && path))
    return "no text stands for it";
  for (uint32_t i = 0; array && i < value->length; i++)
    if (value->items[i].type == JSON_NULL || value->items[i].type >= JSON_ARRAY)
      return "no text stands for it";
  if (array && value->length == 0) return "no text stands for an empty array";
  if (memchr(text.data ? text.data : "", 0, text.length)) return "a NUL is malformed there";
  if (!path || value->type != JSON_STRING) return NULL;
  if (text.length == 0 || text_is(text, ".") || text_is(text, ".."))
    return "no path has such a segment";
  return memchr(text.data, '/', text.length) ? "a slash ends the segment" : NULL;
}

bool parts_fit(const struct contract *contract, const struct json *input, const struct parts *parts,
               const char **why)
{
  size_t pairs = parts->query.length > 0;
  *why = parts->path.length > 0 ? NULL : "the path lacks a field";
  for (uint32_t i = 0; i < input->length && !*why; i++) {
    const struct field *field = contract_field(contract, json_text(&input->members[i].key));
    if (field && (field->origin == FIELD_PATH || field->origin == FIELD_QUERY))
      *why = text_obstacle(field, &input->members[i].value);
  }
  for (size_t i = 0; i < parts->query.length; i++) pairs += parts->query.data[i] == '&';
  if (!*why && pairs > QUERY_FIELDS_MAX) *why = "the query string has too many fields";
  if (!*why && parts->body.length > contract->body_max_bytes) *why = "the body is too large";
  if (!*why && depth_of(input) > BODY_DEPTH_MAX) *why = "the body is too deep";
  return *why == NULL;
}

void parts_of_input(const struct contract *contract, const struct json *input, struct arena *arena,
                    struct parts *parts)
{
  struct request request;
  bool whole = request_of(contract, input, arena, &request, NULL) == 0;
  *parts = (struct parts){whole ? request.path : TEXT(""), request.query, request.body};
}
