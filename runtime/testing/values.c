#include "testing/values.h"

#include "contract/document.h"
#include "contract/template.h"
#include "testing/parts.h"
#include "testing/values_make.h"

enum { TRIES = 24 };

static const struct json *no_documents(void *context, struct text path,
                                       const struct source **source)
{
  (void)context, (void)path, (void)source;
  return NULL;
}

void values_init(struct values *values, const struct schema_set *set, struct arena *arena,
                 uint64_t seed)
{
  *values = (struct values){.set = set, .arena = arena, .dice = {seed}};
  arena_init(&values->own, 1 << 16);
  values->probes = schema_set_new(&values->own, no_documents, NULL);
}

void values_deinit(struct values *values)
{
  schema_set_free(values->probes);
  arena_deinit(&values->own);
}

/* --- The schemas of an input --- */

static const struct json *source_of_input(const struct generation *generation,
                                          const struct contract *contract)
{
  const struct document_list *documents = generation->documents;
  for (size_t i = 0; i < documents->count; i++)
    if (&documents->items[i].source == contract->source)
      return json_get(json_get(documents->items[i].root, "requires"), "validates");
  return NULL;
}

void says_of_input(struct values *values, const struct generation *generation,
                   const struct contract *contract, struct says *says)
{
  const struct json *source = source_of_input(generation, contract);
  says_init(says, values);
  if (source)
    says_add_child(says, schema_find(generation->schemas, source, SCHEMA_STRICT | SCHEMA_CLOSED),
                   true);
  for (size_t i = 0; i < contract->template_count; i++)
    says_add(says, contract->templates[i]->schema, true);
}

/* --- As the dispatcher takes it --- */

/* Path and query string carry text, which is coerced; what they carry as a value already is. */
static struct json as_text(const struct json *value, struct arena *arena)
{
  struct json result = *value;
  if (value->type == JSON_ARRAY) {
    result.items = arena_new_array(arena, value->length, sizeof *result.items);
    for (uint32_t i = 0; i < value->length; i++) result.items[i] = as_text(&value->items[i], arena);
    return result;
  }
  if (value->type == JSON_STRING) return result;
  struct buffer out = {0};
  json_write(&out, value);
  result = json_string(arena_copy(arena, buffer_text(&out)));
  buffer_deinit(&out);
  return result;
}

static bool in_body(const struct contract *contract, struct text name)
{
  const struct field *field = contract_field(contract, name);
  return !field || field->origin == FIELD_BODY || field->origin == FIELD_WHOLE_BODY;
}

static void add_defaults(const struct contract *contract, const struct json *input,
                         struct json_builder *members, struct arena *arena)
{
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct schema_field *field = &contract->fields[i].schema;
    if (field->initial && !field->required && !json_get_text(input, field->name))
      json_builder_add(members, arena, field->name, *field->initial);
  }
}

bool values_admit(const struct contract *contract, const struct json *input, struct arena *arena,
                  struct json *settled)
{
  struct schema_problems problems = {.arena = arena};
  struct json_builder texts = {0}, members = {0};
  for (uint32_t i = 0; i < input->length; i++) {
    struct text name = json_text(&input->members[i].key);
    if (!in_body(contract, name))
      json_builder_add(&texts, arena, name, as_text(&input->members[i].value, arena));
  }
  struct json object = json_builder_object(&texts);
  if (!schema_settle(contract->input, &object, SETTLE_COERCE, &problems)) return false;
  for (uint32_t i = 0; i < object.length; i++)
    json_builder_add(&members, arena, json_text(&object.members[i].key), object.members[i].value);
  for (uint32_t i = 0; i < input->length; i++)
    if (in_body(contract, json_text(&input->members[i].key)))
      json_builder_add(&members, arena, json_text(&input->members[i].key), input->members[i].value);
  add_defaults(contract, input, &members, arena);
  object = json_builder_object(&members);
  bool valid = schema_settle(contract->input, &object, SETTLE_NORMALIZE, &problems) &&
               schema_valid(contract->input, &object, NULL);
  if (settled) *settled = object;
  return valid;
}

/* --- Tries --- */

/* Each try is a little different: examples in the first half, fewer optional members in each. */
static bool try_once(struct values *values, const struct says *says, enum value_shape shape,
                     const struct json *fixed, uint32_t number, struct json *value)
{
  struct making making = {.values = values,
                          .full = shape == VALUE_FULL,
                          .examples = number < TRIES / 2,
                          .drops = number % (TRIES / 2) * 10,
                          .fixed = fixed};
  values->steps = MAKE_STEPS;
  return make_place(&making, says, value);
}

int values_make(struct values *values, const struct schema *schema, enum value_shape shape,
                struct json *value, struct error *error)
{
  for (uint32_t i = 0; i < TRIES; i++) {
    struct arena_mark mark = arena_mark(values->arena);
    struct says says;
    says_init(&says, values);
    says_add_child(&says, schema, true);
    if (try_once(values, &says, shape, NULL, i, value) && schema_valid(schema, value, NULL))
      return 0;
    arena_rewind(values->arena, mark);
  }
  *value = json_null();
  return error_set(error, "no valid value could be made: give `examples`");
}

/* Fixed fields in the place of the example's own. */
static struct json overlay(struct arena *arena, const struct json *example,
                           const struct json *fixed)
{
  struct json_builder members = {0};
  for (uint32_t i = 0; i < example->length; i++)
    if (!json_get_text(fixed, json_text(&example->members[i].key)))
      json_builder_add(&members, arena, json_text(&example->members[i].key),
                       example->members[i].value);
  for (uint32_t i = 0; fixed && i < fixed->length; i++)
    json_builder_add(&members, arena, json_text(&fixed->members[i].key), fixed->members[i].value);
  return json_builder_object(&members);
}

static bool can_be_sent(const struct contract *contract, const struct json *input,
                        struct arena *arena)
{
  struct parts parts;
  const char *why;
  parts_of_input(contract, input, arena, &parts);
  return parts_fit(contract, input, &parts, &why);
}

/* Of the author's examples of the whole input the one with the most fields, or the fewest. */
static bool take_example(struct values *values, const struct generation *generation,
                         const struct contract *contract, enum value_shape shape,
                         const struct json *fixed, struct json *input)
{
  const struct json *examples = json_get(source_of_input(generation, contract), "examples");
  bool found = false;
  for (uint32_t i = 0; examples && examples->type == JSON_ARRAY && i < examples->length; i++) {
    if (examples->items[i].type != JSON_OBJECT) continue;
    struct json one = overlay(values->arena, &examples->items[i], fixed);
    bool better = shape == VALUE_FULL ? one.length > input->length : one.length < input->length;
    if ((found && !better) || !values_admit(contract, &one, values->arena, NULL)) continue;
    if (!can_be_sent(contract, &one, values->arena)) continue;
    *input = one;
    found = true;
  }
  return found;
}

int values_input(struct values *values, const struct generation *generation,
                 const struct contract *contract, enum value_shape shape, const struct json *fixed,
                 struct json *input, struct error *error)
{
  if (take_example(values, generation, contract, shape, fixed, input)) return 0;
  for (uint32_t i = 0; i < TRIES; i++) {
    struct arena_mark mark = arena_mark(values->arena);
    struct schema_problems problems = {.arena = values->arena};
    struct says says;
    says_of_input(values, generation, contract, &says);
    if (try_once(values, &says, shape, fixed, i, input) && input->type == JSON_OBJECT &&
        schema_settle(contract->input, input, SETTLE_NORMALIZE, &problems) &&
        values_admit(contract, input, values->arena, NULL) &&
        can_be_sent(contract, input, values->arena))
      return 0;
    arena_rewind(values->arena, mark);
  }
  *input = json_null(); /* the last one is gone with the arena's memory */
  return error_set(error,
                   "no valid input of '%s' could be made: give `examples` in its `validates`",
                   contract->name);
}
