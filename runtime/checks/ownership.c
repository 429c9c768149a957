/* Ownership of named fields. Rows are guarded again, one by one, by the store. */
#include "checks/ownership.h"

static bool listed(const struct json *list, const struct json *value)
{
  for (uint32_t i = 0; i < list->length; i++)
    if (json_equal(&list->items[i], value)) return true;
  return false;
}

static bool owned(const struct facts *facts, const struct ownership *ownership,
                  const struct json *value, struct verdict *verdict)
{
  const struct json *principal = &facts->principal.id;
  if (ownership->self) return json_equal(value, principal);

  /* The query sees this one element under the field's name. */
  struct facts narrowed = *facts;
  size_t count = facts->contract->field_count;
  narrowed.fields = arena_new_array(facts->arena, count, sizeof *narrowed.fields);
  memcpy(narrowed.fields, facts->fields, count * sizeof *narrowed.fields);
  narrowed.fields[ownership->field] = value;

  struct json owner;
  if (facts_ask_value(&narrowed, &ownership->use, &owner, verdict)) return false;
  if (owner.type == JSON_NULL) return false;
  return ownership->in ? listed(ownership->in, &owner) : json_equal(&owner, principal);
}

static bool refuse(const struct facts *facts, const struct ownership *ownership,
                   struct verdict *verdict)
{
  if (verdict->denial == DENIAL_INTERNAL) return false;
  struct text name = facts->contract->fields[ownership->field].schema.name;
  *verdict = (struct verdict){
      .denial = ownership->forbidden ? DENIAL_FORBIDDEN : DENIAL_NOT_OWNER,
      .detail = arena_print(facts->arena, "%.*s is not the principal's", TEXT_ARGS(name))};
  return false;
}

bool check_ownership(struct facts *facts, const struct ownership *owns, size_t count,
                     struct verdict *verdict)
{
  if (facts->principal.exempt) return true;
  *verdict = (struct verdict){0};
  for (size_t i = 0; i < count; i++) {
    const struct ownership *ownership = &owns[i];
    const struct json *value = facts->fields[ownership->field];
    if (!value || value->type == JSON_NULL) return refuse(facts, ownership, verdict);
    if (!ownership->each) {
      if (!owned(facts, ownership, value, verdict)) return refuse(facts, ownership, verdict);
      continue;
    }
    if (value->type != JSON_ARRAY) return refuse(facts, ownership, verdict);
    for (uint32_t k = 0; k < value->length; k++)
      if (!owned(facts, ownership, &value->items[k], verdict))
        return refuse(facts, ownership, verdict);
  }
  return true;
}
