/* What the fixtures have: values that an id in the input could be, and what the contract's own
 * queries say of them. */
#include <string.h>

#include "base/ascii.h"
#include "testing/attack_parts.h"

enum { ROWS_READ = 24, VALUE_BYTES_MAX = 200 };

/* --- Values. --- */

static const struct json *rows_of(struct attack *attack, struct known_table *table)
{
  if (table->read) return &table->rows;
  struct attack_run *run = attack->run;
  struct text sql = arena_print(&attack->arena, "SELECT * FROM %.*s LIMIT %d",
                                TEXT_ARGS(sql_quoted(table->name, &attack->arena)), ROWS_READ);
  table->read = true; /* in the run's arena: they are for all contracts */
  attack_pristine(attack);
  if (scratch_rows(run->scratch, sql, NULL, &run->arena, &table->rows, &attack->error))
    table->rows = json_null();
  return &table->rows;
}

static bool is_word_byte(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A name stands in SQL as a word. That it may be another thing's name costs a few values more. */
static bool mentions(struct text sql, struct text name)
{
  for (size_t i = 0; i + name.length <= sql.length; i++) {
    struct text at = {sql.data + i, name.length};
    if (text_equal_ignoring_case(at, name) && (i == 0 || !is_word_byte(sql.data[i - 1])) &&
        (i + name.length == sql.length || !is_word_byte(sql.data[i + name.length])))
      return true;
  }
  return false;
}

bool known_mentions(const struct use *use, struct text table)
{
  return use->query && mentions(use->query->sql, table);
}

static bool any_use_mentions(const struct contract *contract, struct text table)
{
  for (size_t i = 0; i < contract->use_count; i++)
    if (known_mentions(&contract->uses[i], table)) return true;
  for (size_t i = 0; i < contract->owns_count; i++)
    if (known_mentions(&contract->owns[i].use, table)) return true;
  for (size_t i = 0; i < contract->rule_count; i++)
    if (known_mentions(&contract->rules[i].use, table)) return true;
  for (size_t i = 0; i < contract->hold_count; i++)
    if (known_mentions(&contract->holds[i].use, table)) return true;
  for (size_t i = 0; i < contract->condition_count; i++)
    for (size_t k = 0; k < contract->conditions[i].owns_count; k++)
      if (known_mentions(&contract->conditions[i].owns[k].use, table)) return true;
  return known_mentions(&contract->credentials.use, table) ||
         known_mentions(&contract->reauth.use, table);
}

static bool could_be_an_id(const struct json *value)
{
  return value->type == JSON_INTEGER ||
         (value->type == JSON_STRING && value->length > 0 && value->length <= VALUE_BYTES_MAX);
}

static bool is_known(const struct json *items, uint32_t count, const struct json *value)
{
  for (uint32_t i = 0; i < count; i++)
    if (json_equal(&items[i], value)) return true;
  return false;
}

static struct json one_element(struct attack *attack, const struct json *value)
{
  struct json *item = arena_new(&attack->arena, sizeof *item);
  *item = *value;
  return (struct json){.type = JSON_ARRAY, .items = item, .length = 1};
}

/* As it would stand in the field: in an array where that is one. */
struct json scene_as_field(struct attack *attack, const struct field *field,
                           const struct json *value)
{
  if (field->schema.types & 1U << value->type) return *value;
  if (value->type == JSON_INTEGER && field->schema.types & 1U << JSON_REAL) return *value;
  if (!(field->schema.types & 1U << JSON_ARRAY)) return *value;
  return one_element(attack, value);
}

struct values_found {
  struct attack *attack;
  const struct field *field;
  const struct json *input; /* valid, to try them in */
  struct json *items;
  uint32_t count, max;
};

static void find_in_row(struct values_found *found, const struct json *row)
{
  struct attack *attack = found->attack;
  for (uint32_t i = 0; i < row->length && found->count < found->max; i++) {
    const struct json *value = &row->members[i].value;
    if (!could_be_an_id(value)) continue;
    if (found->field->origin == FIELD_PATH && value->type == JSON_STRING && value->length == 0)
      continue;
    struct arena_mark mark = arena_mark(&attack->arena);
    struct json as_field = scene_as_field(attack, found->field, value);
    struct json tried = scene_with(attack, found->input, found->field->schema.name, as_field);
    bool fits = !is_known(found->items, found->count, value) &&
                values_admit(attack->contract, &tried, &attack->arena, NULL);
    arena_rewind(&attack->arena, mark);
    if (fits) found->items[found->count++] = *value;
  }
}

struct json scene_known_values(struct attack *attack, const struct field *field,
                               const struct json *input, size_t max)
{
  struct attack_run *run = attack->run;
  struct values_found found = {
      .attack = attack, .field = field, .input = input, .max = (uint32_t)max};
  found.items = arena_new_array(&attack->arena, max + 1, sizeof *found.items);
  for (size_t i = 0; i < run->table_count && !attack->error.message[0]; i++) {
    if (!any_use_mentions(attack->contract, run->tables[i].name)) continue;
    const struct json *rows = rows_of(attack, &run->tables[i]);
    for (uint32_t k = 0; rows->type == JSON_ARRAY && k < rows->length; k++)
      find_in_row(&found, &rows->items[k]);
  }
  return (struct json){.type = JSON_ARRAY, .items = found.items, .length = found.count};
}

struct json scene_with(struct attack *attack, const struct json *input, struct text name,
                       struct json value)
{
  struct json_builder object = {0};
  bool there = false;
  for (uint32_t i = 0; i < input->length; i++) {
    bool same = text_equal(json_text(&input->members[i].key), name);
    json_builder_add(&object, &attack->arena, json_text(&input->members[i].key),
                     same ? value : input->members[i].value);
    there |= same;
  }
  if (!there) json_builder_add(&object, &attack->arena, name, value);
  return json_builder_object(&object);
}

/* --- Questions. --- */

static struct json as_parameter(struct attack *attack, const struct json *value)
{
  struct buffer text = {0};
  if (!value) return json_null();
  if (value->type != JSON_ARRAY && value->type != JSON_OBJECT) return *value;
  json_write(&text, value);
  struct json string = json_string(arena_copy(&attack->arena, buffer_text(&text)));
  buffer_deinit(&text);
  return string;
}

/* False: only a call has what this parameter is bound to. */
static bool bind_value(struct attack *attack, struct binding binding, const struct json *settled,
                       const struct json *principal_id, const struct json *new_id,
                       struct json *value)
{
  const struct contract *contract = attack->contract;
  const struct json *field = NULL;
  if (binding.source == BIND_FIELD || binding.source == BIND_HAS_FIELD)
    field = json_get_text(settled, contract->fields[binding.index].schema.name);
  switch (binding.source) {
  case BIND_FIELD:
    *value = as_parameter(attack, field);
    return true;
  case BIND_HAS_FIELD:
    *value = json_integer(field != NULL);
    return true;
  case BIND_PRINCIPAL_ID:
    *value = principal_id ? *principal_id : json_null();
    return true;
  case BIND_NOW:
    *value = json_integer(scratch_now(attack->scratch));
    return true;
  case BIND_NEW_ID:
    if (new_id) *value = *new_id;
    return new_id != NULL;
  case BIND_PASSWORD:
  case BIND_COMPUTED:
    break;
  }
  return false;
}

static bool ask_row(struct attack *attack, const struct use *use, const struct json *settled,
                    const struct json *principal_id, const struct json *new_id, struct json *row)
{
  enum { PARAMETERS_MAX = 64 };
  const struct query *query = use->query;
  struct json rows, values[PARAMETERS_MAX];
  *row = json_null();
  if (!query || query->choice_count > 0 || query->parameter_count > PARAMETERS_MAX) return false;
  for (size_t i = 0; i < query->parameter_count; i++)
    if (!bind_value(attack, use->bindings[i], settled, principal_id, new_id, &values[i]))
      return false;
  struct error unable = {0}; /* it calls a function that only the app's connections have */
  struct json array = {
      .type = JSON_ARRAY, .items = values, .length = (uint32_t)query->parameter_count};
  if (scratch_rows(attack->scratch, query->sql, &array, &attack->arena, &rows, &unable))
    return false;
  if (rows.length > 0) *row = rows.items[0];
  return true;
}

bool scene_ask_row(struct attack *attack, const struct use *use, const struct json *input,
                   const struct json *principal_id, const struct json *new_id, struct json *row)
{
  struct json settled;
  *row = json_null();
  return values_admit(attack->contract, input, &attack->arena, &settled) &&
         ask_row(attack, use, &settled, principal_id, new_id, row);
}

static struct json first_column(const struct json *row)
{
  return row->type == JSON_OBJECT && row->length > 0 ? row->members[0].value : json_null();
}

bool scene_ask(struct attack *attack, const struct use *use, const struct json *input,
               const struct json *principal_id, const struct json *new_id, struct json *value)
{
  struct json row;
  bool asked = scene_ask_row(attack, use, input, principal_id, new_id, &row);
  *value = first_column(&row);
  return asked;
}

static bool is_listed(const struct json *list, const struct json *value)
{
  for (uint32_t i = 0; i < list->length; i++)
    if (json_equal(&list->items[i], value)) return true;
  return false;
}

enum belonging scene_belongs(struct attack *attack, const struct ownership *ownership,
                             const struct json *input, const struct json *value,
                             const struct person *person)
{
  struct text name = attack->contract->fields[ownership->field].schema.name;
  struct json row, settled, as_field = *value;
  if (ownership->self) return json_equal(value, &person->id) ? BELONGS : BELONGS_TO_ANOTHER;
  if (ownership->each) as_field = one_element(attack, value);
  struct json tried = scene_with(attack, input, name, as_field);
  if (!values_admit(attack->contract, &tried, &attack->arena, &settled)) return BELONGS_UNKNOWN;
  /* The query sees the one element, under the field's name. */
  if (ownership->each) settled = scene_with(attack, &settled, name, *value);
  if (!ask_row(attack, &ownership->use, &settled, &person->id, NULL, &row)) return BELONGS_UNKNOWN;
  struct json owner = first_column(&row);
  if (owner.type == JSON_NULL) return BELONGS_TO_NOBODY;
  bool theirs = ownership->in ? is_listed(ownership->in, &owner) : json_equal(&owner, &person->id);
  return theirs ? BELONGS : BELONGS_TO_ANOTHER;
}
