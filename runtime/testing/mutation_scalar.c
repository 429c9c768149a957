/* Wrong types, and what is not listed. */
#include "base/ascii.h"
#include "testing/mutation_parts.h"

bool limits_are_bounds(const struct says_limits *limits)
{
  return !limits->listed && limits->pattern_count == 0 && limits->format_count == 0 &&
         limits->multiple_count <= 1;
}

/* --- Types --- */

static const char *type_words(enum json_type type)
{
  static const char *const words[] = {
      [JSON_NULL] = "null",        [JSON_BOOLEAN] = "true or false",
      [JSON_INTEGER] = "a number", [JSON_REAL] = "a number with a fraction",
      [JSON_STRING] = "a string",  [JSON_ARRAY] = "an array",
      [JSON_OBJECT] = "an object"};
  return words[type];
}

static struct json sample_of(struct mutating *m, enum json_type type, const struct spot *spot)
{
  bool scalar = spot->value.type < JSON_ARRAY && spot->value.type != JSON_STRING;
  switch (type) {
  case JSON_NULL:
    return json_null();
  case JSON_BOOLEAN:
    return json_boolean(true);
  case JSON_INTEGER:
    return json_integer(7);
  case JSON_REAL:
    return json_real(1.5);
  case JSON_STRING: /* a number as a string, where one is expected */
    return json_string(scalar ? mutation_written(m, &spot->value) : TEXT("text"));
  case JSON_ARRAY:
  case JSON_OBJECT:
    return (struct json){.type = type};
  }
  return json_null();
}

/* "a string or null" */
static const char *wanted_words(struct mutating *m, unsigned types)
{
  struct buffer out = {0};
  if (types & 1U << JSON_REAL) types &= ~(1U << JSON_INTEGER);
  for (unsigned type = JSON_NULL; type <= JSON_OBJECT; type++) {
    if (!(types & 1U << type)) continue;
    if (out.length > 0) buffer_append_text(&out, TEXT(" or "));
    const char *words = type == JSON_REAL      ? "a number"
                        : type == JSON_INTEGER ? "a whole number"
                                               : type_words((enum json_type)type);
    buffer_append_text(&out, text_of(words));
  }
  struct text text = arena_copy(m->values->arena, buffer_text(&out));
  buffer_deinit(&out);
  return text.data;
}

static void mutate_json_type(struct mutating *m, const struct spot *spot, unsigned types,
                             enum certainty certainty)
{
  const char *wanted = wanted_words(m, types);
  for (unsigned type = JSON_NULL; type <= JSON_OBJECT; type++)
    if (!(types & 1U << type))
      mutate_refused(m, spot, certainty, sample_of(m, (enum json_type)type, spot),
                     "%s, where %s is asked for", type_words((enum json_type)type), wanted);
  if (types & 1U << JSON_ARRAY) return;
  struct json item = spot->value, array = {.type = JSON_ARRAY, .items = &item, .length = 1};
  mutate_refused(m, spot, certainty, array, "its value in an array, where %s is asked for", wanted);
}

/* Texts that stand for nothing of a type, one list for each. */
static const char *const no_integers[] = {"abc",
                                          "",
                                          "01",
                                          "-01",
                                          "+1",
                                          "1.0",
                                          "1.5",
                                          "1e2",
                                          " 1",
                                          "1 ",
                                          "1,000",
                                          "0x10",
                                          "1_000",
                                          "١",
                                          "NaN",
                                          "-0",
                                          "--1",
                                          "Infinity",
                                          "9223372036854775808",
                                          "-9223372036854775809",
                                          "true",
                                          "null",
                                          "1;DROP TABLE users",
                                          NULL};
static const char *const no_numbers[] = {
    "abc",  "",    "01",  "+1",   ".5",   "1.",       "1e",        " 1",    "1 ", "1,5",
    "0x10", "NaN", "nan", "true", "null", "Infinity", "-Infinity", "1e999", NULL};
static const char *const no_booleans[] = {"abc", "",   "TRUE",   "True", "1", "0",
                                          "yes", "on", "false ", "null", NULL};

static void mutate_text_type(struct mutating *m, const struct spot *spot, unsigned types,
                             enum certainty certainty)
{
  const char *const *texts = types & 1U << JSON_REAL      ? no_numbers
                             : types & 1U << JSON_INTEGER ? no_integers
                                                          : no_booleans;
  bool number = (types & (1U << JSON_INTEGER | 1U << JSON_REAL)) != 0;
  bool boolean = (types & 1U << JSON_BOOLEAN) != 0;
  const char *wanted = wanted_words(m, types);
  if (types & 1U << JSON_STRING || !(number || boolean)) return;
  for (; *texts; texts++) {
    bool other = number && boolean && text_is(text_of(*texts), "true");
    if (!other)
      mutate_refused(m, spot, certainty, json_string(text_of(*texts)),
                     "the text '%s', where %s is asked for", *texts, wanted);
  }
}

void mutate_type(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                 enum certainty certainty)
{
  const unsigned all = (1U << (JSON_OBJECT + 1)) - 1;
  if (!spot->up) return; /* an input is an object by itself */
  if (limits->types == 0 || limits->types == all) return;
  if (!spot->textual) {
    mutate_json_type(m, spot, limits->types, certainty);
  } else if (limits->types & 1U << JSON_ARRAY) {
    if (spot->value.type == JSON_ARRAY) return; /* its elements are looked at */
  } else {
    mutate_text_type(m, spot, limits->types, certainty);
  }
  bool null = limits->types & 1U << JSON_NULL && !limits->listed && !spot->textual;
  if (null)
    mutate_admitted(m, spot, spot->plain ? CERTAIN : ASK, json_null(), "null, which it may be");
}

/* --- const and enum --- */

static struct json as_normalized(struct mutating *m, const struct says_limits *limits,
                                 struct json value)
{
  struct text text = json_text(&value);
  if (value.type != JSON_STRING) return value;
  char *out = arena_alloc(m->values->arena, text.length + 1);
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    out[i] = (lower && limits->upper) || (upper && limits->lower) ? (char)(c ^ 32) : c;
  }
  out[text.length] = '\0';
  struct text result = {out, text.length};
  return json_string(limits->trim ? text_trim(result) : result);
}

static bool is_listed(struct mutating *m, const struct says_limits *limits, struct json value)
{
  struct json normalized = as_normalized(m, limits, value);
  for (uint32_t i = 0; i < limits->listed_count; i++)
    if (json_equal(&normalized, &limits->listed[i])) return true;
  return false;
}

static struct text in_other_case(struct mutating *m, struct text text)
{
  char *out = arena_alloc(m->values->arena, text.length + 1);
  for (size_t i = 0; i < text.length; i++)
    out[i] = ascii_is_letter(text.data[i]) ? (char)(text.data[i] ^ 32) : text.data[i];
  out[text.length] = '\0';
  return (struct text){out, text.length};
}

static void refuse_unlisted(struct mutating *m, const struct spot *spot,
                            const struct says_limits *limits, enum certainty certainty,
                            struct json value, const char *what)
{
  if (is_listed(m, limits, value)) return;
  mutate_refused(m, spot, certainty, value, "%s%s, which is not listed",
                 mutation_written(m, &value).data, what);
}

/* A value that is listed passes, if nothing else is said that it could break. */
static bool passes_listed(struct mutating *m, const struct says_limits *limits,
                          const struct json *one)
{
  return limits->length_min == 0 && limits->length_max == UINT32_MAX &&
         limits->pattern_count + limits->format_count + limits->multiple_count == 0 &&
         !limits->minimum && !limits->maximum && !limits->exclusive_minimum &&
         !limits->exclusive_maximum && limits->types & 1U << one->type && one->type < JSON_ARRAY &&
         is_listed(m, limits, *one);
}

void mutate_listed(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                   enum certainty certainty)
{
  enum { TRIED = 40 };
  if (!limits->listed || !spot->up) return;
  bool sure = spot->plain && certainty == CERTAIN;
  const struct json *string = NULL;
  for (uint32_t i = 0; i < limits->listed_count && i < TRIED; i++) {
    const struct json *one = &limits->listed[i];
    if (one->type == JSON_STRING && !string) string = one;
    mutate_admitted(m, spot, sure && passes_listed(m, limits, one) ? CERTAIN : ASK, *one,
                    "%s, which is listed", mutation_written(m, one).data);
  }
  refuse_unlisted(m, spot, limits, certainty, json_string(TEXT("writ-unlisted")), "");
  refuse_unlisted(m, spot, limits, certainty, json_string(TEXT("")), " (an empty text)");
  refuse_unlisted(m, spot, limits, certainty, json_integer(987654321), "");
  if (!string) return;
  struct text text = json_text(string);
  if (limits->conditional) certainty = ASK; /* `normalize` of an alternative counts as well */
  refuse_unlisted(m, spot, limits, certainty, json_string(in_other_case(m, text)),
                  " (in another case)");
  refuse_unlisted(m, spot, limits, certainty,
                  json_string(arena_print(m->values->arena, "%.*s ", TEXT_ARGS(text))),
                  " (with a blank)");
}
