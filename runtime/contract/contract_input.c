/* What may come in: one closed schema, and for each of its fields where it comes from. */
#include <stdlib.h>

#include "contract/load.h"

static void wrong_field(const struct reading *reading, enum finding_code code,
                        const struct field *field, const char *help, const char *what)
{
  const struct json *validates = json_get(reading->requires, "validates");
  const struct json *properties = json_get(validates, "properties");
  size_t offset = validates->offset;
  for (uint32_t i = 0; properties && properties->type == JSON_OBJECT && i < properties->length; i++)
    if (text_equal(json_text(&properties->members[i].key), field->schema.name))
      offset = properties->members[i].key.offset;
  report_error(reading->report, code, reading->source, offset, help, "the field '%.*s' %s",
               TEXT_ARGS(field->schema.name), what);
}

/* --- Fields by name --- */

/* Each member of each request is looked for: of so many fields, one after another is as fast. */
enum { FEW_FIELDS = 16 };

static int compare_names(const void *a, const void *b, void *context)
{
  const struct field *fields = context;
  return text_compare(fields[*(const uint32_t *)a].schema.name,
                      fields[*(const uint32_t *)b].schema.name);
}

static void sort_fields(struct contract *contract, struct field *fields, struct arena *arena)
{
  size_t count = contract->field_count;
  if (count <= FEW_FIELDS) return;
  uint32_t *sorted = arena_new_array(arena, count, sizeof *sorted);
  for (size_t i = 0; i < count; i++) sorted[i] = (uint32_t)i;
  qsort_r(sorted, count, sizeof *sorted, compare_names, fields);
  contract->fields_by_name = sorted;
}

const struct ownership *ownership_of_field(const struct ownership *owns, size_t count, size_t field)
{
  for (size_t i = 0; i < count; i++)
    if (owns[i].field == field) return &owns[i];
  return NULL;
}

const struct field *contract_field(const struct contract *contract, struct text name)
{
  if (!contract->fields_by_name) {
    for (size_t i = 0; i < contract->field_count; i++)
      if (text_equal(contract->fields[i].schema.name, name)) return &contract->fields[i];
    return NULL;
  }
  size_t low = 0, high = contract->field_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct field *field = &contract->fields[contract->fields_by_name[middle]];
    int order = text_compare(name, field->schema.name);
    if (order == 0) return field;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

/* --- The schema --- */

/* Why no input can be valid, which is most often a name that only `required` has. */
static const char *mend_empty_input(const struct reading *reading, const struct json *validates)
{
  const struct json *required = member_of(validates, "required", JSON_ARRAY);
  for (uint32_t i = 0; required && i < required->length; i++)
    if (field_find(reading, json_text(&required->items[i]), NULL) < 0)
      return arena_print(reading->arena,
                         "`required` lists '%.*s', which `properties` does not declare",
                         TEXT_ARGS(json_text(&required->items[i])))
          .data;
  return reading->template_count == 0
             ? "look for keywords that contradict each other"
             : "look for keywords that contradict each other, in templates as well";
}

static void compile_input(struct reading *reading, const struct json *validates)
{
  const struct schema **all =
      arena_new_array(reading->arena, reading->template_count + 1, sizeof *all);
  size_t count = 0;
  bool failed = false;
  all[count++] = schema_compile(reading->loading->schemas, reading->source, reading->document->path,
                                reading->document->root, validates, SCHEMA_STRICT | SCHEMA_CLOSED,
                                reading->report);
  if (!all[0]) return;
  refuse_passwords(reading, all[0], validates, true);
  for (size_t i = 0; i < reading->template_count; i++) {
    failed |= reading->templates[i]->broken;
    if (reading->templates[i]->schema) all[count++] = reading->templates[i]->schema;
  }
  reading->fields_known = true;
  struct schema_field *fields;
  schema_fields(all[0], reading->arena, &fields, &reading->contract->field_count);
  reading->fields =
      arena_new_array(reading->arena, reading->contract->field_count + 1, sizeof *reading->fields);
  reading->contract->fields = reading->fields;
  for (size_t i = 0; i < reading->contract->field_count; i++) reading->fields[i].schema = fields[i];
  sort_fields(reading->contract, reading->fields, reading->arena);
  if (failed) return;
  reading->contract->input =
      count == 1 ? all[0] : schema_all_of(reading->loading->schemas, all, count);
  if (!schema_satisfiable(reading->contract->input))
    report_error(reading->report, FINDING_SCHEMA_EMPTY, reading->source, validates->offset,
                 mend_empty_input(reading, validates),
                 "no input can be valid: the schemas together admit nothing");
}

/* --- Where each field comes from --- */

/* "/notes/:note_id", as others write parameters: here that is text, and the field would come from
 * elsewhere. */
static void refuse_colons(struct reading *reading)
{
  struct text rest = reading->contract->route.path, segment;
  const struct json *route = json_get(reading->document->root, "route");
  while (text_split(&rest, '/', &segment)) {
    if (!text_starts_with(segment, ":")) continue;
    struct text name = {segment.data + 1, segment.length - 1};
    if (field_find(reading, name, NULL) < 0) continue;
    report_error(reading->report, FINDING_ROUTE_WRONG, reading->source, route->offset,
                 arena_print(reading->arena, "write {%.*s}", TEXT_ARGS(name)).data,
                 "':%.*s' is text here, and no parameter", TEXT_ARGS(name));
  }
}

static void place_path_fields(struct reading *reading)
{
  refuse_colons(reading);
  const struct route *route = &reading->contract->route;
  const struct json *at = json_get(reading->document->root, "route");
  for (size_t i = 0; i < route->parameter_count; i++) {
    int64_t index = field_find(reading, route->parameters[i], at);
    if (index < 0) continue;
    struct field *field = &reading->fields[index];
    field->origin = FIELD_PATH;
    field->path_index = (uint32_t)i;
    if (!field->schema.required)
      wrong_field(reading, FINDING_FIELD_PLACE, field, "list it under `required`",
                  "is a path parameter, which is never absent");
  }
}

static void place_query_fields(struct reading *reading)
{
  const struct json *list = member_of(reading->requires, "query", JSON_ARRAY);
  for (uint32_t i = 0; list && i < list->length; i++) {
    int64_t index = field_find(reading, json_text(&list->items[i]), &list->items[i]);
    if (index < 0) continue;
    struct field *field = &reading->fields[index];
    if (field->origin == FIELD_PATH)
      report_error(reading->report, FINDING_FIELD_PLACE, reading->source, list->items[i].offset,
                   "leave it out, or out of the route", "'%s' comes from the path",
                   list->items[i].string);
    else
      field->origin = FIELD_QUERY;
  }
}

static void place_whole_body(struct reading *reading, bool has_body)
{
  const struct json *name = member_of(reading->requires, "body", JSON_STRING);
  if (!name) return;
  int64_t index = field_find(reading, json_text(name), name);
  if (!has_body) {
    report_error(reading->report, FINDING_FIELD_PLACE, reading->source, name->offset,
                 "leave it out", "a %s has no body", method_name(reading->contract->route.method));
    return;
  }
  if (index < 0) return;
  for (size_t i = 0; i < reading->contract->field_count; i++) {
    struct field *field = &reading->fields[i];
    if (i == (size_t)index && field->origin == FIELD_BODY)
      field->origin = FIELD_WHOLE_BODY;
    else if (i == (size_t)index)
      report_error(reading->report, FINDING_FIELD_PLACE, reading->source, name->offset,
                   "leave it out", "'%s' comes from path or query string", name->string);
    else if (field->origin == FIELD_BODY)
      wrong_field(reading, FINDING_FIELD_PLACE, field,
                  "list it under `query`, or put it into the body's own schema",
                  "has no place left: `body` gives the whole body to another");
  }
}

/* --- What each place can carry --- */

static void check_field(const struct reading *reading, const struct field *field)
{
  static const char *const reserved[] = {"principal_id", "now", "new_id"};
  const unsigned array = 1U << JSON_ARRAY, object = 1U << JSON_OBJECT;
  bool in_url = field->origin == FIELD_PATH || field->origin == FIELD_QUERY;
  for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
    if (text_is(field->schema.name, reserved[i]))
      wrong_field(reading, FINDING_FIELD_RESERVED, field, "rename it",
                  "has a name that the host binds itself");
  if (in_url && field->schema.password)
    wrong_field(reading, FINDING_PASSWORD_FIELD, field, "take it from the body",
                "is a password, and would stand in the URL, which is logged");
  else if (field->origin == FIELD_PATH && field->schema.types & (array | object))
    wrong_field(reading, FINDING_FIELD_PLACE, field,
                "declare a `type` of string, integer, number or boolean",
                "comes from the path, which carries no arrays and objects");
  else if (field->origin == FIELD_QUERY && field->schema.types & object)
    wrong_field(reading, FINDING_FIELD_PLACE, field,
                "declare a `type` of string, integer, number or boolean, or an array of these",
                "comes from the query string, which carries no objects");
  if (in_url && reading->contract->webhook)
    wrong_field(reading, FINDING_FIELD_PLACE, field,
                "take it from the body, or write a route for each of its values",
                "comes from the URL, which the webhook does not sign");
  if (field->schema.password && field->schema.initial)
    wrong_field(reading, FINDING_PASSWORD_FIELD, field, "leave its `default` out",
                "is a password, and known to everybody");
  else if (field->schema.initial && !field->schema.initial_fits)
    wrong_field(reading, FINDING_FIELD_DEFAULT, field, "give it one that its schema admits",
                "has a `default` that is not valid");
  if (field->schema.password && field->schema.types != 1U << JSON_STRING)
    wrong_field(reading, FINDING_PASSWORD_FIELD, field, "declare \"type\": \"string\"",
                "is a password, and so a string");
  if (field->schema.password && field->origin == FIELD_WHOLE_BODY)
    wrong_field(reading, FINDING_PASSWORD_FIELD, field, "make the body an object",
                "is a password and the whole body");
}

void read_input(struct reading *reading)
{
  enum method method = reading->contract->route.method;
  bool has_body = method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH;
  const struct json *validates = member_of(reading->requires, "validates", JSON_OBJECT);
  if (!validates) return;
  compile_input(reading, validates);
  for (size_t i = 0; i < reading->contract->field_count; i++)
    reading->fields[i].origin = has_body ? FIELD_BODY : FIELD_QUERY;
  place_path_fields(reading);
  place_query_fields(reading);
  place_whole_body(reading, has_body);
  if (reading->contract->webhook && !has_body)
    report_error(reading->report, FINDING_WEBHOOK_METHOD, reading->source,
                 reading->contract->auth_offset, "let it POST to this route",
                 "a webhook signs its body, and a %s has none", method_name(method));
  for (size_t i = 0; i < reading->contract->field_count; i++)
    check_field(reading, &reading->fields[i]);
}
