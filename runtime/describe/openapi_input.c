/* The input of a contract, which is one flat object, as OpenAPI wants it: parameters and a body.
 *
 * Each field's schema is what contract and templates declare for it. What they say of the object as
 * a whole (anyOf, if, dependentRequired, …) can be said of the body only if all fields are in the
 * body. Otherwise it stands in x-input, which is the whole schema. */
#include "describe/openapi_internal.h"

/* The schemas that the input must satisfy, as they stand in their files. */
struct source_schema {
  const struct json *value;
  unsigned flags;
};

struct input {
  const struct contract *contract;
  struct source_schema *schemas; /* the contract's, then its templates' */
  size_t schema_count;
  size_t in_path, in_query, in_body; /* how many fields come from where */
  const struct field *whole_body;    /* NULL: the body is an object of fields */
};

const struct document *openapi_document_of(const struct openapi *api,
                                           const struct contract *contract)
{
  const struct document_list *documents = api->generation->documents;
  for (size_t i = 0; i < documents->count; i++)
    if (&documents->items[i].source == contract->source) return &documents->items[i];
  return NULL;
}

static void add_schema(struct input *input, const struct document *document, unsigned flags)
{
  const struct json *requires = json_get(document->root, "requires");
  const struct json *validates = json_get(requires, "validates");
  if (validates) input->schemas[input->schema_count++] = (struct source_schema){validates, flags};
}

static void find_schemas(struct openapi *api, struct input *input)
{
  const struct contract *contract = input->contract;
  input->schemas =
      arena_new_array(api->arena, contract->template_count + 1, sizeof *input->schemas);
  add_schema(input, openapi_document_of(api, contract), SCHEMA_STRICT | SCHEMA_CLOSED);
  for (size_t i = 0; i < contract->template_count; i++)
    add_schema(input, contract->templates[i]->document, SCHEMA_STRICT);
}

static void count_fields(struct input *input)
{
  for (size_t i = 0; i < input->contract->field_count; i++) {
    const struct field *field = &input->contract->fields[i];
    input->in_path += field->origin == FIELD_PATH;
    input->in_query += field->origin == FIELD_QUERY;
    input->in_body += field->origin == FIELD_BODY || field->origin == FIELD_WHOLE_BODY;
    if (field->origin == FIELD_WHOLE_BODY) input->whole_body = field;
  }
}

/* --- One field --- */

/* Collects what a schema and those that apply together with it declare for a field. */
static void collect(struct openapi *api, struct source_schema schema, struct text name,
                    struct json_list *found)
{
  const struct schema *compiled = schema_find(api->generation->schemas, schema.value, schema.flags);
  const struct json *declared = json_get_text(json_get(schema.value, "properties"), name);
  const struct json *all = json_get(schema.value, "allOf");
  if (declared) openapi_push(api, found, openapi_schema(api, declared, schema.flags, true));
  if (!compiled) return;
  const struct schema *ref = schema_view(compiled).ref;
  if (ref && schema_view(ref).value)
    collect(api, (struct source_schema){schema_view(ref).value, schema.flags}, name, found);
  for (uint32_t i = 0; all && i < all->length; i++)
    collect(api, (struct source_schema){&all->items[i], schema.flags}, name, found);
}

static struct json field_schema(struct openapi *api, const struct input *input,
                                const struct field *field)
{
  struct json_list found = {0};
  for (size_t i = 0; i < input->schema_count; i++)
    collect(api, input->schemas[i], field->schema.name, &found);
  if (found.length == 1) return found.items[0];
  return openapi_object(api, "allOf", openapi_array(&found));
}

/* --- Parameters --- */

static void add_parameter(struct openapi *api, const struct input *input, const struct route *path,
                          const struct field *field, struct json_list *parameters)
{
  bool in_path = field->origin == FIELD_PATH;
  struct text name = in_path ? path->parameters[field->path_index] : field->schema.name;
  struct json schema = field_schema(api, input, field);
  struct json_builder parameter = {0};
  openapi_add_text(api, &parameter, "name", name);
  openapi_add_text(api, &parameter, "in", in_path ? TEXT("path") : TEXT("query"));
  openapi_add_text(api, &parameter, "description", json_text(json_get(&schema, "description")));
  if (field->schema.required) openapi_add(api, &parameter, "required", json_boolean(true));
  openapi_add(api, &parameter, "schema", schema);
  if (!text_equal(name, field->schema.name)) /* what problems call it */
    openapi_add_text(api, &parameter, "x-field", field->schema.name);
  openapi_push(api, parameters, json_builder_object(&parameter));
}

static bool is_cached(const struct contract *contract)
{
  return contract->cached;
}

static bool takes_key(const struct contract *contract)
{
  return contract->idempotency.present && !contract->idempotency.by_input;
}

/* Headers of the request that are the contract's to ask for. (OpenAPI knows of Authorization,
 * Cookie and Content-Type by other words.) */
static const struct {
  const char *name, *description;
  bool required;
  bool (*taken)(const struct contract *contract);
} headers[] = {
    {"Idempotency-Key", "New for each thing to be done, the same for a repeat", true, takes_key},
    {"If-None-Match", "The ETag of a reply that was kept", false, is_cached},
};

static void add_headers(struct openapi *api, const struct contract *contract,
                        struct json_list *parameters)
{
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    if (!headers[i].taken(contract)) continue;
    struct json_builder parameter = {0};
    openapi_add_text(api, &parameter, "name", text_of(headers[i].name));
    openapi_add_text(api, &parameter, "in", TEXT("header"));
    openapi_add_text(api, &parameter, "description", text_of(headers[i].description));
    if (headers[i].required) openapi_add(api, &parameter, "required", json_boolean(true));
    openapi_add(api, &parameter, "schema",
                openapi_object(api, "type", json_string(TEXT("string"))));
    openapi_push(api, parameters, json_builder_object(&parameter));
  }
}

static struct json parameters_of(struct openapi *api, const struct input *input,
                                 const struct route *path)
{
  struct json_list parameters = {0};
  for (int origin = FIELD_PATH; origin <= FIELD_QUERY; origin++)
    for (size_t i = 0; i < input->contract->field_count; i++)
      if ((int)input->contract->fields[i].origin == origin)
        add_parameter(api, input, path, &input->contract->fields[i], &parameters);
  add_headers(api, input->contract, &parameters);
  return openapi_array(&parameters);
}

/* --- What is said of the object as a whole --- */

/* What all of them admit. The contract's own closes it. */
static struct json whole_schema(struct openapi *api, const struct input *input)
{
  struct json_list all = {0};
  for (size_t i = 0; i < input->schema_count; i++)
    openapi_push(api, &all,
                 openapi_schema(api, input->schemas[i].value, input->schemas[i].flags, true));
  return all.length == 1 ? all.items[0] : openapi_object(api, "allOf", openapi_array(&all));
}

static bool counts_fields(struct text keyword)
{
  return text_is(keyword, "minProperties") || text_is(keyword, "maxProperties");
}

/* Whether parameters and body say all that this keyword of a schema says. How many fields there are
 * can be said of the body if all others are always there. */
static bool is_told(const struct input *input, size_t schema, struct text keyword)
{
  static const char *const told[] = {"type",
                                     "properties",
                                     "required",
                                     "additionalProperties",
                                     "unevaluatedProperties",
                                     "title",
                                     "$defs",
                                     "description",
                                     "examples",
                                     "default",
                                     "$schema",
                                     "$comment",
                                     "$id",
                                     "$anchor",
                                     "$dynamicAnchor"};
  for (size_t i = 0; i < sizeof told / sizeof *told; i++)
    if (text_is(keyword, told[i])) return true;
  return counts_fields(keyword) && schema == 0 && input->in_body > 0 && input->in_query == 0 &&
         !input->whole_body;
}

static bool all_is_told(const struct input *input)
{
  for (size_t i = 0; i < input->schema_count; i++) {
    const struct json *schema = input->schemas[i].value;
    for (uint32_t k = 0; k < schema->length; k++)
      if (!is_told(input, i, json_text(&schema->members[k].key))) return false;
  }
  return true;
}

/* --- The body --- */

/* Of each example of the input what stands in the body. */
static struct json body_examples(struct openapi *api, const struct input *input,
                                 const struct json *examples)
{
  struct json_list list = {0};
  for (uint32_t i = 0; i < examples->length; i++) {
    const struct json *example = &examples->items[i];
    struct json_builder body = {0};
    for (uint32_t k = 0; example->type == JSON_OBJECT && k < example->length; k++) {
      struct text name = json_text(&example->members[k].key);
      const struct field *field = contract_field(input->contract, name);
      if (field && field->origin == FIELD_BODY)
        json_builder_add(&body, api->arena, name, example->members[k].value);
    }
    openapi_push(api, &list, json_builder_object(&body));
  }
  return openapi_array(&list);
}

/* Those of the fields that are in the body. */
static struct json split_body(struct openapi *api, const struct input *input)
{
  const struct json *validates = input->schemas[0].value;
  struct json_builder body = {0}, properties = {0};
  struct json_list required = {0};
  for (size_t i = 0; i < input->contract->field_count; i++) {
    const struct field *field = &input->contract->fields[i];
    if (field->origin != FIELD_BODY) continue;
    json_builder_add(&properties, api->arena, field->schema.name, field_schema(api, input, field));
    if (field->schema.required) openapi_push(api, &required, json_string(field->schema.name));
  }
  openapi_add(api, &body, "type", json_string(TEXT("object")));
  openapi_add(api, &body, "properties", json_builder_object(&properties));
  if (required.length) openapi_add(api, &body, "required", openapi_array(&required));
  for (uint32_t i = 0; i < validates->length; i++) {
    struct text keyword = json_text(&validates->members[i].key);
    const struct json *value = &validates->members[i].value;
    if (counts_fields(keyword) && is_told(input, 0, keyword) && value->type == JSON_INTEGER) {
      int64_t left = value->integer - (int64_t)input->in_path;
      json_builder_add(&body, api->arena, keyword, json_integer(left > 0 ? left : 0));
    }
    if (text_is(keyword, "examples") && value->type == JSON_ARRAY)
      openapi_add(api, &body, "examples", body_examples(api, input, value));
  }
  openapi_add(api, &body, "additionalProperties", json_boolean(false));
  return json_builder_object(&body);
}

static bool body_is_required(const struct input *input, const struct json *schema)
{
  const struct json *least = json_get(schema, "minProperties");
  if (input->whole_body) return input->whole_body->schema.required;
  if (least && least->type == JSON_INTEGER && least->integer > 0) return true;
  for (size_t i = 0; i < input->contract->field_count; i++) {
    const struct field *field = &input->contract->fields[i];
    if (field->origin == FIELD_BODY && field->schema.required) return true;
  }
  return false;
}

static struct json request_body(struct openapi *api, const struct input *input)
{
  bool split = input->in_path + input->in_query > 0;
  struct json_builder body = {0};
  struct json schema = input->whole_body ? field_schema(api, input, input->whole_body)
                       : split           ? split_body(api, input)
                                         : whole_schema(api, input);
  openapi_add_text(
      api, &body, "description",
      arena_print(api->arena, "At most %u bytes.", (unsigned)input->contract->body_max_bytes));
  openapi_add(api, &body, "required", json_boolean(body_is_required(input, &schema)));
  openapi_add(api, &body, "content",
              openapi_object(api, "application/json", openapi_object(api, "schema", schema)));
  return json_builder_object(&body);
}

void openapi_add_input(struct openapi *api, const struct contract *contract,
                       const struct route *path, struct json_builder *operation)
{
  struct input input = {.contract = contract};
  find_schemas(api, &input);
  count_fields(&input);
  struct json parameters = parameters_of(api, &input, path);
  bool split = input.in_path + input.in_query > 0 || input.whole_body;
  if (parameters.length) openapi_add(api, operation, "parameters", parameters);
  if (input.in_body) openapi_add(api, operation, "requestBody", request_body(api, &input));
  if ((split || !input.in_body) && !all_is_told(&input))
    openapi_add(api, operation, "x-input", whole_schema(api, &input));
}
