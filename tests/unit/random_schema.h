/* Random JSON Schemas and random values for them, from a seed.
 *
 * Schemas, values and limits draw on the same few words and numbers, so that they meet: a schema
 * admits some of the values and refuses others. What a schema says is meant for one kind of value,
 * but nothing keeps it from contradicting itself. */
#ifndef WRIT_TESTS_RANDOM_SCHEMA_H
#define WRIT_TESTS_RANDOM_SCHEMA_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"
#include "dice.h"

/* --- What values there are --- */

enum kind { KIND_STRING, KIND_INTEGER, KIND_NUMBER, KIND_BOOLEAN, KIND_ARRAY, KIND_OBJECT };
enum { KIND_SCALARS = KIND_BOOLEAN + 1, VALUES_PER_KIND = 12 };

static const char *const random_values[][VALUES_PER_KIND] = {
    [KIND_STRING] = {"\"\"", "\"a\"", "\"b\"", "\"ab\"", "\" ab \"", "\"abc\"", "\"Abc\"", "\"a1\"",
                     "\"2024-02-29\"", "\"a@b.example\"", "\"7\"", "\"abcdefgh\""},
    [KIND_INTEGER] = {"0", "1", "2", "3", "4", "5", "6", "-1", "-2", "10", "100", "7"},
    [KIND_NUMBER] = {"0", "1", "1.5", "2.5", "3", "-0.5", "4.25", "6", "100", "1e3", "-2", "2.0"},
    [KIND_BOOLEAN] = {"true", "false", "true", "false", "null", "true", "false", "true", "false",
                      "true", "false", "null"},
    [KIND_ARRAY] = {"[]", "[\"a\"]", "[\"b\"]", "[\"a\", \"b\"]", "[\"a\", \"a\"]", "[1]", "[1, 2]",
                    "[\"abc\", \"ab\", \"a\"]", "[\"a\", 1]", "[[]]", "[2, \"b\", 3]",
                    "[{\"name\": \"a\"}]"},
    [KIND_OBJECT] = {"{}", "{\"name\": \"a\"}", "{\"name\": \"ab\", \"count\": 1}",
                     "{\"count\": 2}", "{\"count\": 5, \"flag\": true}", "{\"flag\": false}",
                     "{\"name\": \"\", \"count\": 0, \"flag\": true}", "{\"other\": 1}",
                     "{\"name\": \"abc\", \"other\": 1}", "{\"name\": 1}", "{\"price\": 1.5}",
                     "{\"name\": \"b\", \"price\": 3}"},
};

/* Fields of objects, each with the kind of value that it should have. */
static const struct random_field {
  const char *name;
  enum kind kind;
} random_fields[] = {{"name", KIND_STRING},  {"count", KIND_INTEGER}, {"flag", KIND_BOOLEAN},
                     {"price", KIND_NUMBER}, {"other", KIND_STRING},  {"tags", KIND_ARRAY},
                     {"place", KIND_OBJECT}};
enum { FIELDS = sizeof random_fields / sizeof random_fields[0], FIELDS_NESTED = 5 };

static inline const char *random_value(struct dice *dice, enum kind kind)
{
  if (dice_happens(dice, 3)) kind = (enum kind)dice_below(dice, KIND_OBJECT + 1);
  return random_values[kind][dice_below(dice, VALUES_PER_KIND)];
}

/* --- Schemas --- */

static void random_schema(struct buffer *out, struct dice *dice, enum kind kind, unsigned depth);

/* Begins a member of the object that is being written. */
static inline void random_key(struct buffer *out, const char *key)
{
  buffer_print(out, "%s\"%s\": ", out->data[out->length - 1] == '{' ? "" : ", ", key);
}

/* Now and then a keyword with a number. */
static inline void random_count(struct buffer *out, struct dice *dice, uint32_t percent,
                                const char *key, uint32_t least, uint32_t most)
{
  if (!dice_happens(dice, percent)) return;
  random_key(out, key);
  buffer_print(out, "%u", (unsigned)(least + dice_below(dice, most - least + 1)));
}

static inline void random_string_keywords(struct buffer *out, struct dice *dice)
{
  static const char *const patterns[] = {"^a", "[0-9]$", "^.{2,3}$", "b", "^[a-z]*$"};
  static const char *const formats[] = {"date", "email", "uri-reference", "regex"};
  static const char *const normalizations[] = {"[\"trim\"]", "[\"lower\"]",
                                               "[\"trim\", \"upper\"]"};
  random_count(out, dice, 25, "minLength", 0, 3);
  random_count(out, dice, 25, "maxLength", 1, 9);
  if (dice_happens(dice, 12)) {
    random_key(out, "pattern");
    buffer_print(out, "\"%s\"", patterns[dice_below(dice, 5)]);
  }
  if (dice_happens(dice, 6)) {
    random_key(out, "format");
    buffer_print(out, "\"%s\"", formats[dice_below(dice, 4)]);
  }
  if (dice_happens(dice, 8)) {
    random_key(out, "normalize");
    buffer_print(out, "%s", normalizations[dice_below(dice, 3)]);
  }
}

static inline void random_number_keywords(struct buffer *out, struct dice *dice)
{
  random_count(out, dice, 20, "minimum", 0, 3);
  random_count(out, dice, 20, "maximum", 2, 7);
  random_count(out, dice, 10, "exclusiveMinimum", 0, 2);
  random_count(out, dice, 10, "exclusiveMaximum", 3, 9);
  random_count(out, dice, 10, "multipleOf", 1, 3);
}

static inline void random_list(struct buffer *out, struct dice *dice, const char *key,
                               enum kind kind, uint32_t most, unsigned depth)
{
  random_key(out, key);
  for (uint32_t i = 0, count = 1 + dice_below(dice, most); i < count; i++) {
    buffer_print(out, i == 0 ? "[" : ", ");
    random_schema(out, dice, kind, depth);
  }
  buffer_print(out, "]");
}

static inline void random_array_keywords(struct buffer *out, struct dice *dice, unsigned depth)
{
  random_count(out, dice, 20, "minItems", 0, 2);
  random_count(out, dice, 20, "maxItems", 1, 3);
  if (dice_happens(dice, 15)) {
    random_key(out, "uniqueItems");
    buffer_print(out, "true");
  }
  if (dice_happens(dice, 10)) random_list(out, dice, "prefixItems", KIND_STRING, 2, depth + 1);
  if (dice_happens(dice, 30)) {
    random_key(out, "items");
    random_schema(out, dice, KIND_STRING, depth + 1);
  }
  if (dice_happens(dice, 10)) {
    random_key(out, "contains");
    random_schema(out, dice, KIND_STRING, depth + 1);
    random_count(out, dice, 30, "minContains", 0, 2);
    random_count(out, dice, 30, "maxContains", 1, 2);
  }
}

/* The names of some fields, as an array. */
static inline void random_names(struct buffer *out, struct dice *dice, uint32_t percent,
                                uint32_t fields)
{
  const char *separator = "[";
  for (uint32_t i = 0; i < fields; i++) {
    if (!dice_happens(dice, percent)) continue;
    buffer_print(out, "%s\"%s\"", separator, random_fields[i].name);
    separator = ", ";
  }
  buffer_print(out, *separator == '[' ? "[]" : "]");
}

/* `name` always, for rate limits that count by it; others as often as `percent` says. */
static inline void random_properties(struct buffer *out, struct dice *dice, uint32_t percent,
                                     bool always_name, unsigned depth)
{
  random_key(out, "properties");
  buffer_print(out, "{");
  for (uint32_t i = 0; i < (depth > 0 ? FIELDS_NESTED : FIELDS); i++) {
    if (!(i == 0 && always_name) && !dice_happens(dice, percent)) continue;
    random_key(out, random_fields[i].name);
    if (dice_happens(dice, 4))
      buffer_print(out, dice_happens(dice, 90) ? "true" : "false");
    else
      random_schema(out, dice, random_fields[i].kind, depth + 1);
  }
  buffer_print(out, "}");
}

/* What an object may say beside `properties`. Nothing of it closes the object. */
static inline void random_object_keywords(struct buffer *out, struct dice *dice, unsigned depth)
{
  const uint32_t fields = depth > 0 ? FIELDS_NESTED : FIELDS;
  if (dice_happens(dice, 25)) {
    random_key(out, "required");
    random_names(out, dice, 15, fields);
  }
  random_count(out, dice, 8, "minProperties", 0, 3);
  random_count(out, dice, 8, "maxProperties", 2, fields);
  if (dice_happens(dice, 5)) {
    random_key(out, "propertyNames");
    buffer_print(out, "{\"maxLength\": %u}", (unsigned)(4 + dice_below(dice, 2)));
  }
  if (dice_happens(dice, 6)) {
    random_key(out, "patternProperties");
    buffer_print(out, "{\"%s\": ", dice_happens(dice, 50) ? "^[a-m]" : "e$");
    random_schema(out, dice, KIND_STRING, depth + 1);
    buffer_print(out, "}");
  }
  if (dice_happens(dice, 6)) {
    random_key(out, "dependentRequired");
    buffer_print(out, "{\"%s\": ", random_fields[dice_below(dice, fields)].name);
    random_names(out, dice, 20, fields);
    buffer_print(out, "}");
  }
  if (dice_happens(dice, 6)) {
    random_key(out, "dependentSchemas");
    buffer_print(out, "{\"%s\": ", random_fields[dice_below(dice, fields)].name);
    random_schema(out, dice, KIND_OBJECT, depth + 1);
    buffer_print(out, "}");
  }
}

/* Applicators in place: the schemas within them mean the same value. */
static inline void random_applicators(struct buffer *out, struct dice *dice, enum kind kind,
                                      unsigned depth)
{
  static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
  for (size_t i = 0; i < 3; i++)
    if (dice_happens(dice, 7)) random_list(out, dice, lists[i], kind, 3, depth + 1);
  if (dice_happens(dice, 5)) {
    random_key(out, "not");
    random_schema(out, dice, kind, depth + 1);
  }
  if (dice_happens(dice, 5)) {
    random_key(out, "if");
    random_schema(out, dice, kind, depth + 1);
    random_key(out, "then");
    random_schema(out, dice, kind, depth + 1);
    random_key(out, "else");
    random_schema(out, dice, kind, depth + 1);
  }
  if (dice_happens(dice, 6)) {
    static const char *const shared[] = {
        [KIND_STRING] = "word", [KIND_INTEGER] = "small", [KIND_NUMBER] = "small",
        [KIND_BOOLEAN] = "any", [KIND_ARRAY] = "some",    [KIND_OBJECT] = "named"};
    random_key(out, "$ref");
    buffer_print(out, "\"../defs/shared.json#/$defs/%s\"", shared[kind]);
  }
}

/* contracts/defs/shared.json, which the schemas refer to. */
static const char random_shared_schemas[] =
    "{ \"$defs\": { \"word\": { \"type\": \"string\", \"maxLength\": 8 },\n"
    "  \"small\": { \"type\": \"number\", \"maximum\": 50 },\n"
    "  \"any\": {}, \"some\": { \"type\": \"array\", \"minItems\": 1 },\n"
    "  \"named\": { \"properties\": { \"name\": { \"$ref\": \"#/$defs/word\" } } } } }\n";

static inline void random_keywords(struct buffer *out, struct dice *dice, enum kind kind,
                                   unsigned depth)
{
  static const char *const types[] = {"string", "integer", "number", "boolean", "array", "object"};
  if (dice_happens(dice, 50)) {
    random_key(out, "type");
    if (dice_happens(dice, 85))
      buffer_print(out, "\"%s\"", types[kind]);
    else
      buffer_print(out, "[\"%s\", \"null\"]", types[kind]);
  }
  if (dice_happens(dice, 6)) {
    random_key(out, "const");
    buffer_print(out, "%s", random_value(dice, kind));
  } else if (dice_happens(dice, 10)) {
    random_key(out, "enum");
    const char *const *some = random_values[kind] + dice_below(dice, VALUES_PER_KIND - 4);
    buffer_print(out, "[%s, %s, %s, %s, %s]", some[0], some[1], some[2], some[3], some[4]);
  }
  if (kind == KIND_STRING) random_string_keywords(out, dice);
  if (kind == KIND_INTEGER || kind == KIND_NUMBER) random_number_keywords(out, dice);
  if (kind == KIND_ARRAY) random_array_keywords(out, dice, depth);
  if (kind == KIND_OBJECT && depth < 3) {
    if (dice_happens(dice, 60)) random_properties(out, dice, 40, false, depth);
    random_object_keywords(out, dice, depth);
  }
  if (depth < 3) random_applicators(out, dice, kind, depth);
}

static inline void random_schema(struct buffer *out, struct dice *dice, enum kind kind,
                                 unsigned depth)
{
  buffer_print(out, "{");
  random_keywords(out, dice, kind, depth);
  buffer_print(out, "}");
}

#endif
