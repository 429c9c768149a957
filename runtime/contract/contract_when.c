/* `when` among the rules: what is asked in addition for some inputs. It can only ask for more, so a
 * slip in it is dangerous in one way: asking of fewer inputs than it seems to. Hence a schema here
 * may speak of declared fields only, normalizes nothing, and admits some input. */
#include "contract/load.h"

static void check_schema(const struct reading *reading, const struct json *schema);

static void check_required(const struct reading *reading, const struct json *names)
{
  for (uint32_t i = 0; names && names->type == JSON_ARRAY && i < names->length; i++)
    if (names->items[i].type == JSON_STRING)
      field_find(reading, json_text(&names->items[i]), &names->items[i]);
}

static void check_property(const struct reading *reading, const struct json_member *property)
{
  int64_t index = field_find(reading, json_text(&property->key), &property->key);
  const struct json *normalize = json_get(&property->value, "normalize");
  if (index >= 0 && reading->fields[index].schema.password)
    report_error(reading->report, FINDING_PASSWORD_USE, reading->source, property->key.offset,
                 "leave it out", "what is asked cannot depend on the password '%s'",
                 property->key.string);
  if (normalize)
    report_error(
        reading->report, FINDING_WHEN_NORMALIZES, reading->source, normalize->offset,
        "say it in `requires.validates`: the value has been changed before this looks at it",
        "'%s' is not normalized here", property->key.string);
}

/* The schemas that apply to the input as well. */
static void check_applicators(const struct reading *reading, const struct json *schema)
{
  static const char *const single[] = {"not", "if", "then", "else"};
  static const char *const many[] = {"allOf", "anyOf", "oneOf"};
  for (size_t i = 0; i < sizeof single / sizeof *single; i++)
    check_schema(reading, json_get(schema, single[i]));
  for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
    const struct json *list = member_of(schema, many[i], JSON_ARRAY);
    for (uint32_t k = 0; list && k < list->length; k++) check_schema(reading, &list->items[k]);
  }
}

static void check_schema(const struct reading *reading, const struct json *schema)
{
  if (!schema || schema->type != JSON_OBJECT) return;
  const struct json *properties = member_of(schema, "properties", JSON_OBJECT);
  const struct json *names = member_of(schema, "dependentRequired", JSON_OBJECT);
  const struct json *schemas = member_of(schema, "dependentSchemas", JSON_OBJECT);
  for (uint32_t i = 0; properties && i < properties->length; i++)
    check_property(reading, &properties->members[i]);
  check_required(reading, json_get(schema, "required"));
  for (uint32_t i = 0; names && i < names->length; i++) {
    field_find(reading, json_text(&names->members[i].key), &names->members[i].key);
    check_required(reading, &names->members[i].value);
  }
  for (uint32_t i = 0; schemas && i < schemas->length; i++) {
    field_find(reading, json_text(&schemas->members[i].key), &schemas->members[i].key);
    check_schema(reading, &schemas->members[i].value);
  }
  check_applicators(reading, schema);
}

/* A condition that no input meets asks nothing of anybody. */
static void check_admits(const struct reading *reading, const struct schema *schema,
                         const struct json *at)
{
  if (!schema || !reading->contract->input) return;
  const struct schema *both[] = {reading->contract->input, schema};
  if (!schema_satisfiable(schema_all_of(reading->loading->schemas, both, 2)))
    report_error(reading->report, FINDING_WHEN_NEVER, reading->source, at->offset,
                 "look for values that `requires.validates` does not admit",
                 "no valid input meets this condition, so it would never ask for anything");
}

static void read_condition(struct reading *reading, const struct json *said,
                           struct condition *condition)
{
  const struct json *input = member_of(member_of(said, "when", JSON_OBJECT), "input", JSON_OBJECT);
  const struct json *require = member_of(said, "require", JSON_OBJECT);
  const struct json *roles = member_of(require, "auth", JSON_ARRAY);
  if (!input || !require) return;
  size_t errors_before = reading->report->errors;
  check_schema(reading, input);
  condition->input =
      schema_compile(reading->loading->schemas, reading->source, reading->document->path,
                     reading->document->root, input, SCHEMA_STRICT, reading->report);
  refuse_passwords(reading, condition->input, input, false);
  if (reading->report->errors == errors_before) check_admits(reading, condition->input, input);
  if (roles) condition->roles = read_role_list(reading, roles, &condition->role_count);
  condition->scopes = read_scope_list(reading, member_of(require, "scopes", JSON_ARRAY), false,
                                      &condition->scope_count);
  condition->owns =
      read_owns(reading, member_of(require, "owns", JSON_OBJECT), true, &condition->owns_count);
  condition->rules =
      read_rules(reading, member_of(require, "rules", JSON_ARRAY), &condition->rule_count);
}

void read_conditions(struct reading *reading)
{
  const struct json *list = member_of(reading->requires, "rules", JSON_ARRAY);
  struct contract *contract = reading->contract;
  struct condition *conditions =
      arena_new_array(reading->arena, list ? list->length : 1, sizeof *conditions);
  contract->conditions = conditions;
  for (uint32_t i = 0; list && i < list->length; i++)
    if (json_get(&list->items[i], "when"))
      read_condition(reading, &list->items[i], &conditions[contract->condition_count++]);
}
