/* Sentences about what is wrong with a value, for the person who sent it. Everything here runs only
 * for values that are not valid, and only if somebody wants to know why.
 *
 * The value of a password is never shown, nor its length, nor anything below it, nor what a schema
 * says it must be; since a second schema may describe the same field without saying that it is a
 * password, its name alone is enough. Where a password has no name of its own, no value is shown.
 */
#include <stdarg.h>
#include <stdio.h>

#include "schema/program.h"

enum { SHOWN_CHARACTERS = 40, SHOWN_CHOICES = 8, CANDIDATES_MAX = 256 };

struct text schema_text(struct schema_run *run, struct buffer *buffer)
{
  struct text text = arena_copy(run->problems->arena, buffer_text(buffer));
  buffer_deinit(buffer);
  return text;
}

struct text schema_place_text(struct schema_run *run, const struct schema_place *place)
{
  struct buffer buffer = {0};
  schema_append_place(&buffer, place);
  return schema_text(run, &buffer);
}

static bool said_already(const struct schema_problems *problems, struct text instance,
                         struct text message)
{
  for (size_t i = 0; i < problems->count; i++)
    if (text_equal(problems->items[i].message, message) &&
        text_equal(problems->items[i].instance, instance))
      return true;
  return false;
}

bool schema_problem(struct schema_run *run, const struct schema *schema, const char *keyword,
                    const struct json *value, const struct schema_place *place, const char *format,
                    ...)
{
  struct schema_problems *problems = run->problems;
  if (!problems || run->exhausted || problems->count >= SCHEMA_PROBLEMS_MAX) return false;
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  struct buffer visible = {0}, location = {0};
  if (run->naming > 0) buffer_append_text(&visible, TEXT("has a name that "));
  buffer_append_visible(&visible, text_of(message));
  struct text text = schema_text(run, &visible), instance = schema_place_text(run, place);
  if (said_already(problems, instance, text)) return false;

  schema_append_location(&location, schema, run->root);
  if (*keyword) schema_append_token(&location, text_of(keyword));
  problems->items[problems->count++] = (struct schema_problem){
      .instance = instance,
      .keyword = text_of(keyword),
      .location = schema_text(run, &location),
      .message = text,
      .offset = value->offset,
  };
  return false;
}

/* --- showing a value */

static bool is_secret(const struct schema_run *run, const struct schema *schema,
                      const struct schema_place *place)
{
  const struct schema_set *set = schema->set;
  if (run->secret > 0 || schema->secret || set->hides_all) return true;
  for (; place; place = place->up)
    for (const struct schema_secret *s = set->secrets; place->name.data && s; s = s->next)
      if (text_equal(s->name, place->name)) return true;
  return false;
}

/* What would not be seen, or would change how the rest is: control characters of ASCII and Latin-1,
 * zero width, line separators, changes of direction. */
static bool is_hidden(uint32_t code)
{
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x2069) || code == 0xFEFF;
}

/* As in JSON, and cut if it is long. */
static void append_string(struct buffer *out, struct text text)
{
  buffer_append_byte(out, '"');
  for (unsigned count = 0; text.length > 0 && count < SHOWN_CHARACTERS; count++) {
    struct text sequence = {text.data, text_utf8_sequence(text)};
    if (sequence.length == 0) break; /* cannot be: what was read is UTF-8 */
    uint32_t code = text_utf8_decode(sequence);
    const char *name = code == '\n' ? "\\n" : code == '\t' ? "\\t" : code == '\r' ? "\\r" : NULL;
    if (code == '"' || code == '\\') buffer_append_byte(out, '\\');
    if (name)
      buffer_append_text(out, text_of(name));
    else if (is_hidden(code))
      buffer_print(out, "\\u%04x", (unsigned)code);
    else
      buffer_append_text(out, sequence);
    text.data += sequence.length;
    text.length -= sequence.length;
  }
  buffer_append_text(out, text.length > 0 ? TEXT("…\"") : TEXT("\""));
}

static void append_value(struct buffer *out, const struct json *value)
{
  if (value->type == JSON_STRING)
    append_string(out, json_text(value));
  else if (value->type == JSON_ARRAY || value->type == JSON_OBJECT)
    buffer_append_text(out, value->type == JSON_ARRAY ? TEXT("an array") : TEXT("an object"));
  else
    json_write(out, value);
}

const char *schema_got(struct schema_run *run, const struct schema *schema,
                       const struct json *value, const struct schema_place *place)
{
  if (is_secret(run, schema, place)) return "";
  struct buffer buffer = {0};
  buffer_append_text(&buffer, TEXT("; got "));
  append_value(&buffer, value);
  return schema_text(run, &buffer).data;
}

const char *schema_has(struct schema_run *run, const struct schema *schema, size_t characters,
                       const struct schema_place *place)
{
  if (is_secret(run, schema, place)) return "";
  return arena_print(run->problems->arena, "; has %zu", characters).data;
}

/* --- types, choices, unknown names */

static void append_types(struct buffer *out, unsigned types)
{
  static const char *const nouns[] = {[JSON_NULL] = "null",
                                      [JSON_BOOLEAN] = "true or false",
                                      [JSON_INTEGER] = "a whole number",
                                      [JSON_REAL] = "a number",
                                      [JSON_STRING] = "a string",
                                      [JSON_ARRAY] = "an array",
                                      [JSON_OBJECT] = "an object"};
  size_t before = out->length;
  if (types & 1 << JSON_REAL) types &= ~(1U << JSON_INTEGER);
  for (unsigned type = JSON_OBJECT + 1; type-- > 0;) { /* null comes last */
    if (!(types & 1U << type)) continue;
    bool last = (types & ((1U << type) - 1)) == 0;
    buffer_print(out, "%s%s", out->length == before ? "" : last ? " or " : ", ", nouns[type]);
  }
}

bool schema_problem_type(struct schema_run *run, const struct schema *schema, unsigned types,
                         const char *keyword, const struct json *value,
                         const struct schema_place *place)
{
  static const char *const kinds[] = {
      [JSON_NULL] = "null",       [JSON_BOOLEAN] = "a boolean", [JSON_INTEGER] = "a number",
      [JSON_REAL] = "a number",   [JSON_STRING] = "a string",   [JSON_ARRAY] = "an array",
      [JSON_OBJECT] = "an object"};
  if (!run->problems) return false;
  struct buffer buffer = {0};
  append_types(&buffer, types);
  const char *wanted = schema_text(run, &buffer).data, *got = schema_got(run, schema, value, place);
  if (*got) return schema_problem(run, schema, keyword, value, place, "must be %s%s", wanted, got);
  return schema_problem(run, schema, keyword, value, place, "must be %s; got %s", wanted,
                        kinds[value->type]);
}

/* A value that a schema lists. It is whole, as long as no password may be in it. */
static void append_listed(struct buffer *out, const struct schema *schema, const struct json *value)
{
  if (value->type < JSON_ARRAY || schema->set->secrets) {
    append_value(out, value);
    return;
  }
  struct buffer json = {0};
  json_write(&json, value);
  struct text text = buffer_text(&json);
  if (text.length > SHOWN_CHARACTERS) text.length = SHOWN_CHARACTERS;
  buffer_append_visible(out, text);
  if (text.length < json.length) buffer_append_text(out, TEXT("…"));
  buffer_deinit(&json);
}

static void append_choice(struct buffer *out, const struct schema *schema,
                          const struct json *values, uint32_t count)
{
  if (count > 1) buffer_append_text(out, TEXT("one of "));
  for (uint32_t i = 0; i < count && i < SHOWN_CHOICES; i++) {
    if (i > 0) buffer_append_text(out, TEXT(", "));
    append_listed(out, schema, &values[i]);
  }
  if (count > SHOWN_CHOICES) buffer_append_text(out, TEXT(", …"));
}

/* Which of them was meant, if not all are shown; "" or a question. */
static const char *closest_choice(struct schema_run *run, const struct json *values, uint32_t count,
                                  const struct json *value)
{
  struct text text = json_text(value);
  if (count <= SHOWN_CHOICES || text.length < 2 || text.length > SHOWN_CHARACTERS) return "";
  struct arena *arena = run->problems->arena;
  const char **candidates = arena_new_array(arena, CANDIDATES_MAX, sizeof *candidates);
  size_t length = 0;
  for (uint32_t i = 0; i < count && length < CANDIDATES_MAX; i++)
    if (values[i].type == JSON_STRING) candidates[length++] = values[i].string;
  const char *near = text_suggestion(text, candidates, length);
  return near ? arena_print(arena, "; did you mean \"%s\"?", near).data : "";
}

bool schema_problem_choice(struct schema_run *run, const struct schema *schema, const char *keyword,
                           const struct json *values, uint32_t count, const struct json *value,
                           const struct schema_place *place)
{
  if (!run->problems) return false;
  if (count == 0) return schema_problem(run, schema, keyword, value, place, "is not allowed");
  if (is_secret(run, schema, place))
    return schema_problem(run, schema, keyword, value, place, "is not an allowed value");
  struct buffer buffer = {0};
  append_choice(&buffer, schema, values, count);
  const char *choice = schema_text(run, &buffer).data;
  return schema_problem(run, schema, keyword, value, place, "must be %s%s%s", choice,
                        schema_got(run, schema, value, place),
                        closest_choice(run, values, count, value));
}

static void collect_names(const struct schema *schema, const char **names, size_t *count)
{
  const struct schema_object *object = schema->object;
  for (uint32_t i = 0; object && i < object->length && *count < CANDIDATES_MAX; i++)
    if (object->properties[i].schema) names[(*count)++] = object->properties[i].name.data;
  uint32_t cursor = 0;
  for (struct schema *inner;
       *count < CANDIDATES_MAX && (inner = schema_in_place_next(schema, &cursor));)
    collect_names(inner, names, count);
}

bool schema_problem_unknown(struct schema_run *run, const struct schema *schema,
                            const char *keyword, const struct json *value,
                            const struct schema_place *place)
{
  if (!run->problems) return false;
  const char **names = arena_new_array(run->problems->arena, CANDIDATES_MAX, sizeof *names);
  size_t count = 0;
  collect_names(schema, names, &count);
  const char *near = place->name.length > 1 ? text_suggestion(place->name, names, count) : NULL;
  if (schema->closed) keyword = "additionalProperties";
  if (near)
    return schema_problem(run, schema, keyword, value, place,
                          "is not a known field; did you mean '%.60s'?", near);
  return schema_problem(run, schema, keyword, value, place, "is not a known field");
}

/* --- schemas in words, for `not` and `contains` */

static bool says_only(const struct schema *schema, bool string)
{
  return !schema->in_place && !schema->number && !schema->array && !schema->object &&
         !schema->unevaluated_properties && !schema->unevaluated_items &&
         (string || !schema->string);
}

/* Appends what the schema admits, if that takes no more than a few words. */
static bool append_noun(struct buffer *out, const struct schema *schema)
{
  while (schema_is_plain_reference(schema)) schema = schema->in_place->ref;
  const struct schema_string *string = schema->string;
  bool listed = schema->constant || schema->values;
  if (schema->always || schema->never || !says_only(schema, !listed)) return false;
  if (schema->constant) {
    append_choice(out, schema, schema->constant, 1);
  } else if (schema->values) {
    append_choice(out, schema, schema->values->items, schema->values->length);
  } else if (!string) {
    if (schema->types == TYPES_ALL) return false;
    append_types(out, schema->types);
  } else {
    bool plain = string->length_min == 0 && string->length_max == NO_LIMIT;
    if (!plain || (string->pattern && string->format)) return false;
    if (string->format) buffer_append_text(out, text_of(string->format->noun));
    if (string->pattern) buffer_append_text(out, TEXT("text that matches the pattern "));
    if (string->pattern) schema_append_pattern(out, string->pattern);
  }
  return true;
}

static const char *noun_of(struct schema_run *run, const struct schema *schema,
                           const struct schema_place *place)
{
  struct buffer buffer = {0};
  bool known = !is_secret(run, schema, place) && append_noun(&buffer, schema);
  const char *noun = schema_text(run, &buffer).data;
  return known ? noun : NULL;
}

bool schema_problem_not(struct schema_run *run, const struct schema *schema,
                        const struct json *value, const struct schema_place *place)
{
  if (!run->problems) return false;
  const struct schema *not_schema = schema->in_place->not_schema;
  const char *noun = noun_of(run, not_schema, place);
  if (noun) return schema_problem(run, schema, "not", value, place, "must not be %s", noun);
  const struct schema_object *object = not_schema->object;
  bool field = object && object->required == 1 && object->length == 1 &&
               not_schema->value->length == 1 && value->type == JSON_OBJECT;
  struct schema_place member = {.up = place, .name = field ? object->properties[0].name : TEXT("")};
  if (field) value = json_get_text(value, member.name);
  return schema_problem(run, schema, "not", value, field ? &member : place,
                        not_schema->always || field ? "is not allowed"
                                                    : "is not allowed in this form");
}

bool schema_problem_contains(struct schema_run *run, const struct schema *schema, bool too_many,
                             uint32_t has, const struct json *value,
                             const struct schema_place *place)
{
  if (!run->problems) return false;
  const struct schema_array *array = schema->array;
  uint32_t limit = too_many ? array->contains_max : array->contains_min;
  const char *noun = noun_of(run, array->contains, place);
  const char *keyword = too_many ? "maxContains" : limit == 1 ? "contains" : "minContains";
  if (noun && !too_many && limit == 1)
    return schema_problem(run, schema, keyword, value, place, "must contain %s", noun);
  if (noun)
    return schema_problem(run, schema, keyword, value, place,
                          "must contain %s at %s %u time%s; has %u", noun,
                          too_many ? "most" : "least", limit, limit == 1 ? "" : "s", has);
  return schema_problem(run, schema, keyword, value, place,
                        "must contain at %s %u item%s of the described form; has %u",
                        too_many ? "most" : "least", limit, limit == 1 ? "" : "s", has);
}
