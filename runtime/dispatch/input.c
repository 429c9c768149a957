/* The input: one flat object out of path parameters, query string and body.
 *
 * A name that arrives twice where no array is declared, or from a place where the contract does not
 * expect it, is a 400. Names that the contract does not declare stay in, so that its closed schema
 * refuses them in its own words. */
#include "base/ascii.h"
#include "base/json.h"
#include "base/log.h"
#include "dispatch/call.h"

enum { BODY_DEPTH_MAX = 32, QUERY_FIELDS_MAX = 64 };

static bool malformed(struct call *call, enum denial denial, struct text sentence)
{
  call->verdict = (struct verdict){.denial = denial, .detail = sentence, .public_detail = sentence};
  return false;
}

/* Percent-decoding (RFC 3986, section 2.1); '+' is a space in a query. False for anything that is
 * not UTF-8 without NUL afterwards. */
static bool decode(struct arena *arena, struct text encoded, bool plus_is_space,
                   struct text *decoded)
{
  char *out = arena_alloc(arena, encoded.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < encoded.length; i++) {
    char c = encoded.data[i];
    if (c == '%') {
      int high = i + 2 < encoded.length ? ascii_hex_value(encoded.data[i + 1]) : -1;
      int low = i + 2 < encoded.length ? ascii_hex_value(encoded.data[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      c = (char)(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == 0) return false;
    out[length++] = c;
  }
  out[length] = 0;
  *decoded = (struct text){out, length};
  return text_is_utf8(*decoded);
}

/* Among the first `count` members; NULL if there is none. */
static struct json *find_member(const struct json_builder *object, uint32_t count, struct text name)
{
  for (uint32_t i = 0; i < count; i++)
    if (text_equal(json_text(&object->members[i].key), name)) return &object->members[i].value;
  return NULL;
}

static bool add_path(struct call *call, struct json_builder *object)
{
  const struct route *route = &call->contract->route;
  for (size_t i = 0; i < route->parameter_count; i++) {
    struct text value;
    if (!decode(&call->arena, call->match.values[i], false, &value))
      return malformed(call, DENIAL_MALFORMED, TEXT("the path is not percent-encoded UTF-8"));
    json_builder_add(object, &call->arena, route->parameters[i], json_string(value));
  }
  return true;
}

static bool arrives_twice(struct call *call)
{
  return malformed(call, DENIAL_MALFORMED, TEXT("a name arrives twice: say each field once"));
}

/* What has come so far, and one more: a string becomes an array of two. */
static void append_item(struct arena *arena, struct json *values, struct text item)
{
  if (values->type == JSON_STRING) {
    struct json *items = arena_alloc(arena, QUERY_FIELDS_MAX * sizeof *items);
    items[0] = *values;
    *values = (struct json){.type = JSON_ARRAY, .items = items, .length = 1};
  }
  values->items[values->length++] = json_string(item);
}

static bool add_query(struct call *call, struct json_builder *object)
{
  struct text rest = call->request->query, pair, name, value;
  size_t count = 0;
  if (rest.length == 0) return true;
  while (text_split(&rest, '&', &pair)) {
    if (pair.length == 0) continue;
    if (++count > QUERY_FIELDS_MAX)
      return malformed(call, DENIAL_MALFORMED, TEXT("the query string has too many fields"));
    text_split(&pair, '=', &name);
    if (!decode(&call->arena, name, true, &name) || !decode(&call->arena, pair, true, &value))
      return malformed(call, DENIAL_MALFORMED,
                       TEXT("the query string is not percent-encoded UTF-8"));
    const struct field *field = contract_field(call->contract, name);
    if (field && (field->origin == FIELD_BODY || field->origin == FIELD_WHOLE_BODY))
      return malformed(call, DENIAL_MALFORMED,
                       arena_print(&call->arena,
                                   "%.*s belongs in the body, not in the query string",
                                   TEXT_ARGS(name)));
    struct json *values = find_member(object, object->length, name);
    if (!values)
      json_builder_add(object, &call->arena, name, json_string(value));
    else if (field && field->schema.types & 1U << JSON_ARRAY)
      append_item(&call->arena, values, value);
    else
      return arrives_twice(call);
  }
  return true;
}

static bool is_json(struct text content_type)
{
  struct text type;
  return text_split(&content_type, ';', &type) &&
         text_is_ignoring_case(text_trim(type), "application/json");
}

static const struct field *whole_body_field(const struct contract *contract)
{
  for (size_t i = 0; i < contract->field_count; i++)
    if (contract->fields[i].origin == FIELD_WHOLE_BODY) return &contract->fields[i];
  return NULL;
}

static bool add_body_members(struct call *call, struct json_builder *object,
                             const struct json *body)
{
  uint32_t before = object->length; /* few; among each other the body's names are distinct */
  for (uint32_t i = 0; i < body->length; i++) {
    const struct json_member *member = &body->members[i];
    struct text name = json_text(&member->key);
    const struct field *field = contract_field(call->contract, name);
    if (field && field->origin != FIELD_BODY)
      return malformed(
          call, DENIAL_MALFORMED,
          arena_print(&call->arena, "%.*s does not belong in the body", TEXT_ARGS(name)));
    if (find_member(object, before, name)) return arrives_twice(call);
    json_builder_add(object, &call->arena, name, member->value);
  }
  return true;
}

static bool add_body(struct call *call, struct json_builder *object)
{
  const struct request *request = call->request;
  enum method method = call->contract->route.method;
  bool expected = method != METHOD_GET && method != METHOD_HEAD && method != METHOD_DELETE;
  if (request->body.length == 0) return true; /* `validates` says what is missing */
  if (!expected) return malformed(call, DENIAL_MALFORMED, TEXT("this method takes no body"));
  if (!is_json(request->content_type))
    return malformed(call, DENIAL_UNSUPPORTED_MEDIA_TYPE,
                     TEXT("send the body as Content-Type: application/json"));
  if (request->body.length > call->contract->body_max_bytes)
    return malformed(call, DENIAL_BODY_TOO_LARGE, TEXT("the body is too large"));
  struct json body;
  struct json_error error;
  if (json_read(&call->arena, request->body, &(struct json_limits){.depth = BODY_DEPTH_MAX}, &body,
                &error))
    return malformed(call, DENIAL_MALFORMED,
                     arena_print(&call->arena, "the body is not JSON: %s at byte %u", error.message,
                                 (unsigned)error.offset));
  const struct field *whole = whole_body_field(call->contract);
  if (whole) { /* from nowhere else: add_query sees to that */
    json_builder_add(object, &call->arena, whole->schema.name, body);
    return true;
  }
  if (body.type != JSON_OBJECT)
    return malformed(call, DENIAL_MALFORMED, TEXT("the body must be a JSON object"));
  return add_body_members(call, object, &body);
}

static void log_if_gave_up(const struct call *call, const char *what,
                           const struct schema_problems *problems)
{
  if (problems->gave_up.data)
    log_message(LOG_WARNING, "%s: checking %s%.*s took too long, so it was refused",
                call->contract->name, what, TEXT_ARGS(problems->gave_up));
}

bool valid_or_logged(struct call *call, const struct schema *schema, struct json *value,
                     unsigned settle_flags, const char *what, struct schema_problems *problems)
{
  bool valid =
      schema_settle(schema, value, settle_flags, problems) && schema_valid(schema, value, problems);
  log_if_gave_up(call, what, problems);
  return valid;
}

/* What is not sent and has a default comes in as if it had been sent. */
static void add_defaults(struct call *call, struct json_builder *object)
{
  const struct contract *contract = call->contract;
  uint32_t sent = object->length;
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct schema_field *field = &contract->fields[i].schema;
    if (field->initial && !field->required && !find_member(object, sent, field->name))
      json_builder_add(object, &call->arena, field->name, *field->initial);
  }
}

static bool invalid(struct call *call, const struct schema_problems *problems)
{
  struct text first = problems->count ? problems->items[0].instance : TEXT("");
  call->verdict = (struct verdict){.denial = DENIAL_INVALID_INPUT,
                                   .detail = arena_print(&call->arena, "%.*s", TEXT_ARGS(first)),
                                   .problems = problems};
  return false;
}

bool input_read(struct call *call)
{
  const struct contract *contract = call->contract;
  struct json_builder object = {0};
  struct schema_problems *problems = arena_new(&call->arena, sizeof *problems);
  problems->arena = &call->arena;
  if (!add_path(call, &object) || !add_query(call, &object)) return false;
  struct json strings = json_builder_object(&object);
  if (!schema_settle(contract->input, &strings, SETTLE_COERCE, problems)) {
    log_if_gave_up(call, "input", problems);
    return invalid(call, problems);
  }
  object = (struct json_builder){0};
  for (uint32_t i = 0; i < strings.length; i++)
    json_builder_add(&object, &call->arena, json_text(&strings.members[i].key),
                     strings.members[i].value);
  if (!add_body(call, &object)) return false;
  add_defaults(call, &object);

  call->facts.input = json_builder_object(&object);
  if (!valid_or_logged(call, contract->input, &call->facts.input, SETTLE_NORMALIZE, "input",
                       problems))
    return invalid(call, problems);

  struct facts *facts = &call->facts;
  facts->fields = arena_new_array(&call->arena, contract->field_count + 1, sizeof *facts->fields);
  facts->password_hashes =
      arena_new_array(&call->arena, contract->field_count + 1, sizeof *facts->password_hashes);
  for (uint32_t i = 0; i < facts->input.length; i++) {
    const struct json_member *member = &facts->input.members[i];
    const struct field *field = contract_field(contract, json_text(&member->key));
    if (field) facts->fields[field - contract->fields] = &member->value;
  }
  return true;
}

struct json input_for_handler(const struct call *call)
{
  struct json_builder object = {0};
  struct arena *arena = call->facts.arena;
  for (uint32_t i = 0; i < call->facts.input.length; i++) {
    const struct json_member *member = &call->facts.input.members[i];
    const struct field *field = contract_field(call->contract, json_text(&member->key));
    if (field && !field->schema.password)
      json_builder_add(&object, arena, json_text(&member->key), member->value);
  }
  return json_builder_object(&object);
}
