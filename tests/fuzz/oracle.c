/* The JSON oracle: reads with jansson and spells what it read. */
#include "oracle.h"

#include <jansson.h>
#include <stdio.h>

void oracle_put_word(struct buffer *out, char word)
{
  buffer_print(out, " %c", word);
}

void oracle_put_integer(struct buffer *out, int64_t integer)
{
  buffer_print(out, " i%lld", (long long)integer);
}

void oracle_put_real(struct buffer *out, double real)
{
  buffer_print(out, " r%a", real + 0.0);
}

void oracle_put_string(struct buffer *out, struct text text)
{
  buffer_print(out, " s%zu:", text.length);
  buffer_append_text(out, text);
}

static void describe(struct buffer *out, const json_t *value);

static void describe_object(struct buffer *out, json_t *value)
{
  const char *key;
  json_t *member;
  oracle_put_word(out, '{');
  json_object_foreach(value, key, member)
  {
    oracle_put_string(out, text_of(key));
    describe(out, member);
  }
  oracle_put_word(out, '}');
}

static void describe(struct buffer *out, const json_t *value)
{
  switch (json_typeof(value)) {
  case JSON_NULL:
    oracle_put_word(out, 'n');
    return;
  case JSON_TRUE:
  case JSON_FALSE:
    oracle_put_word(out, json_is_true(value) ? 't' : 'f');
    return;
  case JSON_INTEGER:
    oracle_put_integer(out, json_integer_value(value));
    return;
  case JSON_REAL:
    oracle_put_real(out, json_real_value(value));
    return;
  case JSON_STRING:
    oracle_put_string(out, (struct text){json_string_value(value), json_string_length(value)});
    return;
  case JSON_ARRAY:
    oracle_put_word(out, '[');
    for (size_t i = 0; i < json_array_size(value); i++) describe(out, json_array_get(value, i));
    oracle_put_word(out, ']');
    return;
  case JSON_OBJECT:
    describe_object(out, (json_t *)(uintptr_t)value);
    return;
  }
}

static uint32_t depth_of(json_t *value)
{
  const char *key;
  json_t *inner;
  size_t index;
  uint32_t deepest = 0, depth;
  if (!json_is_array(value) && !json_is_object(value)) return 0;
  json_array_foreach(value, index, inner) if ((depth = depth_of(inner)) > deepest) deepest = depth;
  json_object_foreach(value, key, inner) if ((depth = depth_of(inner)) > deepest) deepest = depth;
  return deepest + 1;
}

struct oracle oracle_read(struct text text)
{
  struct oracle oracle = {0};
  size_t flags = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
  json_error_t error;
  json_t *value = json_loadb(text.data, text.length, flags, &error);
  if (value == NULL && json_error_code(&error) == json_error_numeric_overflow) {
    oracle.all_reals = true;
    value = json_loadb(text.data, text.length, flags | JSON_DECODE_INT_AS_REAL, &error);
  }
  if (value != NULL && memchr(text.data, 0, text.length) == NULL) {
    oracle.accepted = true;
    oracle.depth = depth_of(value);
    describe(&oracle.value, value);
  } else if (value != NULL) { /* to jansson, a NUL behind the value is the end */
    snprintf(oracle.problem, sizeof oracle.problem, "there is a NUL in the text");
  } else {
    oracle.nul_in_name = json_error_code(&error) == json_error_null_byte_in_key;
    snprintf(oracle.problem, sizeof oracle.problem, "%s", error.text);
  }
  json_decref(value);
  return oracle;
}
