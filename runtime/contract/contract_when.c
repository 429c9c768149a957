/* `when` among the rules: what is asked in addition for some inputs. It can only ask for more, so a
 * slip in it is dangerous in one way: asking of fewer inputs than it seems to. Hence a schema here
 * may speak of declared fields only. */
#include "contract/load.h"

static void check_fields(const struct reading *reading, const struct json *schema)
{
  const struct json *properties = member_of(schema, "properties", JSON_OBJECT);
  const struct json *required = member_of(schema, "required", JSON_ARRAY);
  for (uint32_t i = 0; properties && i < properties->length; i++) {
    const struct json *name = &properties->members[i].key;
    int64_t index = field_find(reading, json_text(name), name);
    if (index >= 0 && reading->fields[index].schema.password)
      report_error(reading->report, reading->source, name->offset, "leave it out",
                   "what is asked cannot depend on the password '%s'", name->string);
  }
  for (uint32_t i = 0; required && i < required->length; i++)
    if (required->items[i].type == JSON_STRING)
      field_find(reading, json_text(&required->items[i]), &required->items[i]);
}

static void read_condition(struct reading *reading, const struct json *said,
                           struct condition *condition)
{
  const struct json *input = member_of(member_of(said, "when", JSON_OBJECT), "input", JSON_OBJECT);
  const struct json *require = member_of(said, "require", JSON_OBJECT);
  const struct json *roles = member_of(require, "auth", JSON_ARRAY);
  if (!input || !require) return;
  check_fields(reading, input);
  condition->input =
      schema_compile(reading->loading->schemas, reading->source, reading->document->path,
                     reading->document->root, input, SCHEMA_STRICT, reading->report);
  refuse_passwords(reading, condition->input, input, false);
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
