/* A value for a column: of a list, of an input's schema, of its type and name. */
#include "base/ascii.h"
#include "testing/rows_parts.h"
#include "testing/values_make.h"

/* --- By the contracts --- */

/* "notes" of "notes.create" is the table's name: its field of this name is most likely the column.
 */
static bool is_of_table(const struct contract *contract, struct text table)
{
  return strncmp(contract->name, table.data, table.length) == 0 &&
         contract->name[table.length] == '.';
}

static bool has_field(const struct contract *contract, struct text name)
{
  const struct field *field = contract_field(contract, name);
  return field && !field->schema.password;
}

static const struct contract *contract_with(const struct rows_maker *maker, struct text table,
                                            struct text column)
{
  const struct contract *any = NULL;
  for (size_t i = 0; i < maker->generation->contract_count; i++) {
    const struct contract *contract = maker->generation->contracts[i];
    if (!has_field(contract, column)) continue;
    if (is_of_table(contract, table)) return contract;
    if (!any) any = contract;
  }
  return any;
}

static struct json as_stored(struct rows_maker *maker, struct json value)
{
  struct buffer out = {0};
  if (value.type == JSON_BOOLEAN) return json_integer(value.boolean);
  if (value.type != JSON_ARRAY && value.type != JSON_OBJECT) return value;
  json_write(&out, &value);
  struct json text = json_string(arena_copy(maker->arena, buffer_text(&out)));
  buffer_deinit(&out);
  return text;
}

static bool make_by_field(struct rows_maker *maker, const struct rows_table *table,
                          const struct rows_column *column, struct json *value)
{
  const struct contract *contract = contract_with(maker, table->name, column->name);
  struct making making = {.values = &maker->values, .full = true, .examples = false, .depth = 1};
  struct says input, field;
  if (!contract) return false;
  says_of_input(&maker->values, maker->generation, contract, &input);
  says_member(&input, column->name, &field);
  maker->values.steps = MAKE_STEPS;
  if (field.count == 0 || !make_place(&making, &field, value)) return false;
  *value = as_stored(maker, *value);
  return value->type != JSON_NULL;
}

/* --- By type and name --- */

static struct json text_of_name(struct rows_maker *maker, struct text name)
{
  struct arena *arena = maker->arena;
  unsigned number = maker->number;
  if (text_contains(name, TEXT("email")))
    return json_string(arena_print(arena, "writ%u@example.com", number));
  if (text_contains(name, TEXT("phone")))
    return json_string(arena_print(arena, "+49301234%04u", number % 10000));
  if (text_contains(name, TEXT("url")) || text_contains(name, TEXT("uri")))
    return json_string(arena_print(arena, "https://example.com/%u", number));
  if (text_contains(name, TEXT("date")) || text_contains(name, TEXT("birthday")) ||
      text_ends_with(name, "_on"))
    return json_string(arena_print(arena, "2025-01-%02u", 1 + number % 28));
  if (text_ends_with(name, "_at"))
    return json_string(arena_print(arena, "2025-01-%02uT12:00:00Z", 1 + number % 28));
  if (text_contains(name, TEXT("currency"))) return json_string(TEXT("eur"));
  if (text_contains(name, TEXT("json")) || text_contains(name, TEXT("tags")))
    return json_string(TEXT("[]"));
  return json_string(arena_print(arena, "%.*s %u", TEXT_ARGS(name), number));
}

/* RFC 9562, version 7, of the first day of 2025. */
static struct json new_uuid(struct rows_maker *maker)
{
  uint64_t low = dice_roll(&maker->values.dice);
  return json_string(arena_print(maker->arena, "01941f29-7c00-7000-8%03x-%012llx",
                                 (unsigned)(low >> 52),
                                 (unsigned long long)(low & UINT64_C(0xFFFFFFFFFFFF))));
}

static struct json by_type(struct rows_maker *maker, const struct rows_column *column)
{
  enum { MINUTE_MS = 60000 };
  bool year = text_contains(column->name, TEXT("year"));
  bool time = text_ends_with(column->name, "_at") || text_contains(column->name, TEXT("time"));
  if (text_is_ignoring_case(column->type, "INTEGER") || text_is_ignoring_case(column->type, "INT"))
    return year   ? json_integer(1990 + maker->number % 30)
           : time ? json_integer(scratch_now(maker->scratch) - (int64_t)maker->number * MINUTE_MS)
                  : json_integer(column->identifies ? maker->number : 1 + maker->number % 100);
  if (text_is_ignoring_case(column->type, "REAL")) return json_real(1.5 * maker->number);
  if (text_is_ignoring_case(column->type, "TEXT") && column->identifies) return new_uuid(maker);
  return text_of_name(maker, column->name);
}

struct json rows_value(struct rows_maker *maker, const struct rows_table *table,
                       const struct rows_column *column, int owner, uint32_t turn, uint32_t trial)
{
  struct dice *dice = &maker->values.dice;
  struct rows_principal *principal = owner >= 0 ? &maker->principals[owner] : NULL;
  struct json made;
  if (column->secret) return json_string(maker->password_hash);
  if (column->role && principal && principal->role.length > 0) return json_string(principal->role);
  if (column->owner && principal) return principal->id;
  /* A comparison's own numbers are tried in every second try, a list's values in most. */
  bool listed = column->lists ? trial % 8 != 7 : trial % 2 == 1;
  if (column->listed_count > 0 && listed) {
    uint32_t which = column->lists ? (trial == 0 ? turn : dice_below(dice, column->listed_count))
                                   : turn + trial / 2;
    return column->listed[which % column->listed_count];
  }
  bool by_field = !column->identifies && make_by_field(maker, table, column, &made);
  if (column->nullable && !by_field && (turn == 0 || trial > 15)) return json_null();
  return by_field ? made : by_type(maker, column);
}
