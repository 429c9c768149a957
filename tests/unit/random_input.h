/* Random inputs for schemas over the fields of random_schema.h. Guesses alone would hardly ever be
 * admitted, so they are repaired where the validator finds them wrong, and some spoilt again. */
#ifndef WRIT_TESTS_RANDOM_INPUT_H
#define WRIT_TESTS_RANDOM_INPUT_H

#include "random_schema.h"
#include "schema/schema.h"

/* The values of random_values, read. */
struct input_pool {
  struct json values[KIND_OBJECT + 1][VALUES_PER_KIND];
};

struct input {
  struct json_member members[16]; /* with distinct keys */
  uint32_t length;
};

static inline void input_pool_init(struct input_pool *pool, struct arena *arena)
{
  for (int kind = 0; kind <= KIND_OBJECT; kind++)
    for (int i = 0; i < VALUES_PER_KIND; i++)
      assert_int_equal(
          json_read(arena, text_of(random_values[kind][i]), NULL, &pool->values[kind][i], NULL), 0);
}

static inline struct json input_value(const struct input *input)
{
  return (struct json){.type = JSON_OBJECT,
                       .members = (struct json_member *)input->members,
                       .length = input->length};
}

static inline struct json input_random_value(const struct input_pool *pool, struct dice *dice,
                                             struct text field)
{
  enum kind kind = KIND_STRING;
  for (size_t i = 0; i < FIELDS; i++)
    if (text_is(field, random_fields[i].name)) kind = random_fields[i].kind;
  if (dice_happens(dice, 3)) kind = (enum kind)dice_below(dice, KIND_OBJECT + 1);
  return pool->values[kind][dice_below(dice, VALUES_PER_KIND)];
}

/* A name that outlives what the field was found in. */
static inline struct text input_name(struct text field)
{
  static const char *const others[] = {"who", "password", "unheard_of"};
  for (size_t i = 0; i < FIELDS; i++)
    if (text_is(field, random_fields[i].name)) return text_of(random_fields[i].name);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    if (text_is(field, others[i])) return text_of(others[i]);
  fail_msg("there is no field %.*s", TEXT_ARGS(field));
  return field;
}

static inline void input_set(struct input *input, struct text field, struct json value)
{
  for (uint32_t i = 0; i < input->length; i++)
    if (text_equal(json_text(&input->members[i].key), field)) {
      input->members[i].value = value;
      return;
    }
  if (input->length == sizeof input->members / sizeof input->members[0]) return;
  input->members[input->length++] = (struct json_member){json_string(input_name(field)), value};
}

static inline void input_remove(struct input *input, struct text field)
{
  for (uint32_t i = 0; i < input->length; i++)
    if (text_equal(json_text(&input->members[i].key), field))
      input->members[i] = input->members[--input->length];
}

static inline void input_guess(struct input *input, const struct input_pool *pool,
                               struct dice *dice)
{
  input->length = 0;
  input_set(input, TEXT("who"), pool->values[KIND_STRING][1]);
  for (size_t i = 0; i < FIELDS; i++)
    if (dice_happens(dice, 40))
      input_set(input, text_of(random_fields[i].name),
                input_random_value(pool, dice, text_of(random_fields[i].name)));
}

/* Another value for each field that the schema finds wrong, or none. False if nothing was wrong. */
static inline bool input_repair(struct input *input, const struct schema *schema,
                                const struct input_pool *pool, struct dice *dice,
                                struct arena *arena)
{
  struct schema_problems problems = {.arena = arena};
  struct json value = input_value(input);
  if (schema_valid(schema, &value, &problems)) return false;
  for (size_t i = 0; i < problems.count; i++) {
    struct text pointer = problems.items[i].instance, field;
    text_split(&pointer, '/', &field); /* what stands before the first slash: nothing */
    bool field_known = text_split(&pointer, '/', &field);
    if (!field_known) field = text_of(random_fields[dice_below(dice, FIELDS)].name);
    bool closed = text_starts_with(problems.items[i].keyword, "unevaluated") ||
                  text_starts_with(problems.items[i].keyword, "additional");
    if (dice_happens(dice, closed ? 95 : 25))
      input_remove(input, field);
    else
      input_set(input, field, input_random_value(pool, dice, field));
  }
  return true;
}

static inline void input_spoil(struct input *input, const struct input_pool *pool,
                               struct dice *dice)
{
  static const char *const names[] = {"who", "password", "unheard_of", "name", "place"};
  struct text field = dice_happens(dice, 30)
                          ? text_of(names[dice_below(dice, 5)])
                          : text_of(random_fields[dice_below(dice, FIELDS)].name);
  if (dice_happens(dice, 30))
    input_remove(input, field);
  else
    input_set(input, field, input_random_value(pool, dice, field));
}

#endif
