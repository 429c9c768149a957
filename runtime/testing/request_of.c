#include "testing/request_of.h"

#include "base/ascii.h"

static void append_encoded(struct buffer *out, struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    bool plain = ascii_is_letter(c) || ascii_is_digit(c) || strchr("-._~", c) != NULL;
    if (plain && c != 0)
      buffer_append_byte(out, c);
    else
      buffer_print(out, "%%%02X", (unsigned char)c);
  }
}

static void append_value(struct buffer *out, const struct json *value)
{
  struct buffer written = {0};
  if (value->type == JSON_STRING) {
    append_encoded(out, json_text(value));
    return;
  }
  json_write(&written, value);
  append_encoded(out, buffer_text(&written));
  buffer_deinit(&written);
}

/* The route with each {parameter} replaced. */
static int append_path(struct buffer *out, const struct contract *contract,
                       const struct json *input, struct error *error)
{
  struct text rest = contract->route.path;
  while (rest.length > 0) {
    const char *open = memchr(rest.data, '{', rest.length);
    const char *close = open ? memchr(open, '}', (size_t)(rest.data + rest.length - open)) : NULL;
    size_t literal = close ? (size_t)(open - rest.data) : rest.length;
    buffer_append(out, rest.data, literal);
    if (!close) return 0;
    struct text name = {open + 1, (size_t)(close - open - 1)};
    const struct json *value = json_get_text(input, name);
    if (!value)
      return error_set(error, "the path %.*s needs the field %.*s", TEXT_ARGS(contract->route.path),
                       TEXT_ARGS(name));
    append_value(out, value);
    rest = (struct text){close + 1, rest.length - (size_t)(close + 1 - rest.data)};
  }
  return 0;
}

static void append_pair(struct buffer *out, struct text name, const struct json *value)
{
  if (out->length > 0) buffer_append_byte(out, '&');
  append_encoded(out, name);
  buffer_append_byte(out, '=');
  append_value(out, value);
}

static void append_query(struct buffer *out, struct text name, const struct json *value)
{
  if (value->type != JSON_ARRAY) append_pair(out, name, value);
  for (uint32_t i = 0; value->type == JSON_ARRAY && i < value->length; i++)
    append_pair(out, name, &value->items[i]);
}

static enum field_origin origin_of(const struct contract *contract, struct text name)
{
  enum method method = contract->route.method;
  const struct field *declared = contract_field(contract, name);
  if (declared) return declared->origin;
  bool in_query = method == METHOD_GET || method == METHOD_HEAD || method == METHOD_DELETE;
  for (size_t i = 0; i < contract->field_count; i++)
    in_query |= contract->fields[i].origin == FIELD_WHOLE_BODY;
  return in_query ? FIELD_QUERY : FIELD_BODY;
}

static bool takes_members(const struct contract *contract)
{
  for (size_t i = 0; i < contract->field_count; i++)
    if (contract->fields[i].origin == FIELD_BODY) return true;
  return false;
}

/* One member of the input, unless it is in the path. */
static void add_member(const struct contract *contract, const struct json_member *member,
                       struct arena *arena, struct buffer *query, struct json_builder *members,
                       const struct json **whole)
{
  struct text name = json_text(&member->key);
  switch (origin_of(contract, name)) {
  case FIELD_PATH:
    break;
  case FIELD_QUERY:
    append_query(query, name, &member->value);
    break;
  case FIELD_BODY:
    json_builder_add(members, arena, name, member->value);
    break;
  case FIELD_WHOLE_BODY:
    *whole = &member->value;
    break;
  }
}

static void set_body(struct request *request, const struct json *body, struct arena *arena)
{
  struct buffer written = {0};
  json_write(&written, body);
  request->body = arena_copy(arena, buffer_text(&written));
  request->content_type = TEXT("application/json");
  buffer_deinit(&written);
}

int request_of(const struct contract *contract, const struct json *input, struct arena *arena,
               struct request *request, struct error *error)
{
  struct buffer path = {0}, query = {0};
  struct json_builder members = {0};
  const struct json *whole = NULL;
  if (input->type != JSON_OBJECT) return error_set(error, "the input must be a JSON object");
  *request = (struct request){.method = contract->route.method};
  int result = append_path(&path, contract, input, error);
  for (uint32_t i = 0; i < input->length; i++)
    add_member(contract, &input->members[i], arena, &query, &members, &whole);
  request->path = arena_copy(arena, buffer_text(&path));
  request->query = arena_copy(arena, buffer_text(&query));
  struct json object = json_builder_object(&members);
  if (whole)
    set_body(request, whole, arena);
  else if (members.length > 0 || takes_members(contract))
    set_body(request, &object, arena);
  buffer_deinit(&path);
  buffer_deinit(&query);
  return result;
}
