/* The walk through input and schema. */
#include "testing/mutations.h"

#include "testing/mutation_parts.h"

/* --- The walk --- */

/* Alternatives that the value satisfies say something of it, but not for sure. */
static void add_satisfied(struct says *says, const struct says_part *part, const struct json *list,
                          const struct json *value)
{
  for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->length; i++) {
    const struct schema *schema = says_schema(says, part, &list->items[i], false);
    if (schema && schema_valid(schema, value, NULL)) says_add(says, schema, false);
  }
}

static void add_condition(struct says *says, const struct says_part *part, const struct json *value)
{
  const struct json *condition = json_get(part->source, "if");
  if (!condition) return;
  const struct schema *asked = says_schema(says, part, condition, true);
  bool holds = asked ? schema_valid(asked, value, NULL)
                     : condition->type != JSON_BOOLEAN || condition->boolean;
  const struct json *branch = json_get(part->source, holds ? "then" : "else");
  if (branch) says_add(says, says_schema(says, part, branch, false), false);
}

static void add_dependents(struct says *says, const struct says_part *part,
                           const struct json *value)
{
  const struct json *dependents = json_get(part->source, "dependentSchemas");
  if (!dependents || dependents->type != JSON_OBJECT) return;
  for (uint32_t i = 0; i < dependents->length; i++)
    if (json_get_text(value, json_text(&dependents->members[i].key)))
      says_add(says, says_schema(says, part, &dependents->members[i].value, false), false);
}

static void take_satisfied(struct says *says, const struct json *value)
{
  for (uint32_t i = 0; i < says->count; i++) {
    const struct says_part part = says->parts[i];
    add_satisfied(says, &part, json_get(part.source, "anyOf"), value);
    add_satisfied(says, &part, json_get(part.source, "oneOf"), value);
    add_condition(says, &part, value);
    add_dependents(says, &part, value);
  }
}

static void mutate_by(struct mutating *m, const struct spot *spot, bool surely)
{
  struct says_limits limits;
  says_limits(&spot->says, surely, &limits);
  enum certainty certainty = surely ? CERTAIN : ASK;
  mutate_type(m, spot, &limits, certainty);
  mutate_listed(m, spot, &limits, certainty);
  if (spot->value.type == JSON_INTEGER || spot->value.type == JSON_REAL)
    mutate_number(m, spot, &limits, certainty);
  if (spot->value.type == JSON_STRING) mutate_text(m, spot, &limits, certainty);
  if (spot->value.type == JSON_ARRAY) mutate_array(m, spot, &limits, certainty);
  if (spot->value.type == JSON_OBJECT) mutate_object(m, spot, &limits, certainty);
}

static bool is_all_sure(const struct says *says)
{
  for (uint32_t i = 0; i < says->count; i++)
    if (!says->parts[i].sure) return false;
  return true;
}

/* What holds for all parts of the value at a spot. */
static struct spot spot_below(const struct spot *spot)
{
  struct says_limits limits;
  says_limits(&spot->says, false, &limits);
  bool alone = !limits.listed && !(limits.unique && spot->value.length > 1);
  return (struct spot){.up = spot,
                       .textual = spot->textual,
                       .fixed = spot->fixed,
                       .listed = spot->listed || limits.listed,
                       .plain = spot->plain && alone,
                       .depth = spot->depth + 1};
}

static void mutate_members(struct mutating *m, const struct spot *spot)
{
  struct spot member = spot_below(spot);
  for (uint32_t i = 0; i < spot->value.length; i++) {
    member.name = json_text(&spot->value.members[i].key);
    member.value = spot->value.members[i].value;
    const struct field *field = spot->up ? NULL : contract_field(m->contract, member.name);
    if (field) {
      member.textual = field->origin == FIELD_PATH || field->origin == FIELD_QUERY;
      member.password = field->schema.password;
      member.fixed = json_get_text(m->fixed, member.name) != NULL;
    }
    says_member(&spot->says, member.name, &member.says);
    mutate_spot(m, &member);
  }
}

static bool is_prefixed(const struct spot *spot, uint32_t index)
{
  struct says_limits limits;
  says_limits(&spot->says, false, &limits);
  return index < limits.prefix_length;
}

/* The first element stands for all that have the same schema. */
static void mutate_elements(struct mutating *m, const struct spot *spot)
{
  struct spot element = spot_below(spot);
  for (uint32_t i = 0; i < spot->value.length; i++) {
    element.index = i;
    element.value = spot->value.items[i];
    says_element(&spot->says, i, &element.says);
    mutate_spot(m, &element);
    if (!is_prefixed(spot, i)) break;
  }
}

/* A value of an alternative that the present one has not taken, and all about it. */
static void mutate_alternative(struct mutating *m, const struct spot *spot,
                               const struct schema *schema)
{
  enum { ALTERNATIVES_MAX = 40 };
  struct making making = {
      .values = m->values, .full = true, .examples = true, .fixed = m->fixed, .depth = spot->depth};
  struct spot other = *spot;
  struct says says = says_copy(&spot->says);
  if (!schema || schema_valid(schema, &spot->value, NULL)) return;
  if (m->alternatives++ >= ALTERNATIVES_MAX) return;
  says_add(&says, schema, false);
  m->values->steps = MAKE_STEPS;
  if (!make_place(&making, &says, &other.value)) return;
  struct json input = spot_input(m, spot, other.value);
  if (!values_admit(m->contract, &input, m->values->arena, NULL)) return;
  other.other = true;
  mutate_spot(m, &other);
}

static void mutate_alternatives(struct mutating *m, const struct spot *spot)
{
  static const char *const keywords[] = {"anyOf", "oneOf"};
  for (uint32_t i = 0; i < spot->says.count && !spot->other; i++)
    for (size_t k = 0; k < 2; k++) {
      const struct says_part *part = &spot->says.parts[i];
      const struct json *list = json_get(part->source, keywords[k]);
      for (uint32_t n = 0; list && list->type == JSON_ARRAY && n < list->length; n++)
        mutate_alternative(m, spot, says_schema(&spot->says, part, &list->items[n], false));
    }
}

void mutate_spot(struct mutating *m, const struct spot *given)
{
  enum { DEPTH_MAX = 12 };
  struct arena_mark mark = arena_mark(m->values->arena);
  struct spot spot = *given;
  struct says_limits limits;
  if (spot.depth > DEPTH_MAX) return;
  says_limits(&spot.says, false, &limits);
  spot.plain = spot.plain && !limits.conditional;
  take_satisfied(&spot.says, &spot.value);
  mutate_by(m, &spot, true);
  if (!is_all_sure(&spot.says)) mutate_by(m, &spot, false);
  says_limits(&spot.says, false, &limits);
  if (spot.value.type == JSON_STRING) mutate_payloads(m, &spot, &limits);
  if (spot.value.type == JSON_ARRAY) mutate_filled(m, &spot, &limits);
  if (spot.value.type == JSON_OBJECT) mutate_members(m, &spot);
  if (spot.value.type == JSON_ARRAY) mutate_elements(m, &spot);
  mutate_alternatives(m, given);
  arena_rewind(m->values->arena, mark);
}

/* --- All of the input --- */

/* A field that the input does not have, if it can have it. */
static void mutate_absent(struct mutating *m, const struct spot *root, const struct field *field)
{
  struct making making = {.values = m->values, .full = true, .examples = true, .depth = 1};
  struct says says;
  struct json value, with = root->value;
  says_member(&root->says, field->schema.name, &says);
  m->values->steps = MAKE_STEPS;
  if (!make_place(&making, &says, &value)) return;
  with.members = arena_new_array(m->values->arena, with.length + 1, sizeof *with.members);
  if (with.length > 0)
    memcpy(with.members, root->value.members, with.length * sizeof *with.members);
  with.members[with.length++] = (struct json_member){json_string(field->schema.name), value};
  if (!values_admit(m->contract, &with, m->values->arena, NULL)) return;
  struct spot above = *root;
  above.value = with;
  struct spot member = {.up = &above,
                        .name = field->schema.name,
                        .value = value,
                        .says = says,
                        .textual = field->origin == FIELD_PATH || field->origin == FIELD_QUERY,
                        .password = field->schema.password,
                        .plain = root->plain,
                        .depth = 1};
  mutate_spot(m, &member);
}

/* --- All of it --- */

static void walk(struct mutating *m, const struct json *input)
{
  struct spot root = {.value = *input, .plain = true};
  struct says_limits limits;
  m->alternatives = 0;
  says_of_input(m->values, m->generation, m->contract, &root.says);
  mutate_spot(m, &root);
  says_limits(&root.says, false, &limits);
  root.plain = !limits.conditional;
  take_satisfied(&root.says, &root.value);
  for (size_t i = 0; i < m->contract->field_count; i++) {
    struct arena_mark mark = arena_mark(m->values->arena);
    if (!json_get_text(input, m->contract->fields[i].schema.name))
      mutate_absent(m, &root, &m->contract->fields[i]);
    arena_rewind(m->values->arena, mark);
  }
  mutate_raw(m, input);
}

/* The second walk makes the values that the first one made. */
static void choose(struct mutating *m, const struct json *input, size_t most)
{
  struct dice dice = m->values->dice;
  for (size_t lot = 0; lot < LOTS; lot++) m->chosen[lot] = sample_of_all(SIZE_MAX, 0, 0);
  if (most == 0) return;
  m->counting = true;
  walk(m, input);
  m->counting = false;
  for (size_t lot = 0; lot < LOTS; lot++) {
    m->chosen[lot] = sample_of_all(m->offered[lot], most, dice.state ^ lot);
    size_t left_out = m->offered[lot] - m->chosen[lot].wanted;
    *(lot == MALFORMED ? &m->counts->malformed_left_out : &m->counts->left_out[lot]) += left_out;
  }
  m->values->dice = dice;
}

void mutations_each(struct values *values, const struct generation *generation,
                    const struct contract *contract, const struct json *input,
                    const struct json *fixed, size_t most, mutation_taker take, void *context,
                    struct mutation_counts *counts)
{
  struct mutating m = {.values = values,
                       .generation = generation,
                       .contract = contract,
                       .fixed = fixed,
                       .take = take,
                       .context = context,
                       .counts = counts};
  choose(&m, input, most);
  walk(&m, input);
  buffer_deinit(&m.seen);
}
