/* Sentences about what is wrong with a value, for the person who sent it. Everything here runs only
 * for values that are not valid, and only if somebody wants to know why.
 *
 * The value of a password is never shown, nor its length, nor anything below it; since a second
 * schema may describe the same field without saying that it is a password, its name alone is
 * enough. */
#include <stdarg.h>
#include <stdio.h>

#include "schema/program.h"

enum { SHOWN_CHARACTERS = 40, SHOWN_CHOICES = 8, CANDIDATES_MAX = 256, PROBLEMS_MAX = 16 };

/* --- pointers */

static void append_token(struct buffer *out, struct text token)
{
  buffer_append_byte(out, '/');
  for (size_t i = 0; i < token.length; i++) {
    char c = token.data[i];
    if (c == '~' || c == '/')
      buffer_append(out, c == '~' ? "~0" : "~1", 2);
    else
      buffer_append_byte(out, c);
  }
}

static void append_place(struct buffer *out, const struct schema_place *place)
{
  if (!place) return;
  append_place(out, place->up);
  if (place->name.data)
    append_token(out, place->name);
  else
    buffer_print(out, "/%u", place->index);
}

static const struct json *child_at(const struct json *value, uint32_t index)
{
  return value->type == JSON_OBJECT ? &value->members[index].value : &value->items[index];
}

/* From a document's root to a value in it. Values stand in the order of their offsets. */
static void append_pointer(struct buffer *out, const struct json *from, const struct json *to)
{
  while (from != to && from->type >= JSON_ARRAY) {
    uint32_t i = from->length;
    while (i > 0 && child_at(from, i - 1)->offset > to->offset) i--;
    if (i-- == 0) return;
    if (from->type == JSON_OBJECT)
      append_token(out, json_text(&from->members[i].key));
    else
      buffer_print(out, "/%u", i);
    from = child_at(from, i);
  }
}

/* Where a schema stands: a pointer, behind the document's name if it is another one than the run
 * began with. */
static void append_location(struct buffer *out, const struct schema_run *run,
                            const struct schema *schema)
{
  if (!schema->value) return; /* nowhere: schema_all_of made it */
  const struct schema_document *document = schema->resource->document;
  if (document != run->root->resource->document && document->source)
    buffer_print(out, "%s#", document->source->path);
  append_pointer(out, document->root, schema->value);
}

static struct text finish(struct schema_run *run, struct buffer *buffer)
{
  struct text text = arena_copy(run->problems->arena, buffer_text(buffer));
  buffer_deinit(buffer);
  return text;
}

static struct text place_text(struct schema_run *run, const struct schema_place *place)
{
  struct buffer buffer = {0};
  append_place(&buffer, place);
  return finish(run, &buffer);
}

bool schema_problem(struct schema_run *run, const struct schema *schema, const char *keyword,
                    const struct json *value, const struct schema_place *place, const char *format,
                    ...)
{
  struct schema_problems *problems = run->problems;
  if (!problems || problems->count >= PROBLEMS_MAX) return false;
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  struct buffer visible = {0}, location = {0};
  buffer_append_visible(&visible, text_of(message));
  struct text text = finish(run, &visible), instance = place_text(run, place);
  for (size_t i = 0; i < problems->count; i++) /* said already, by another schema */
    if (text_equal(problems->items[i].message, text) &&
        text_equal(problems->items[i].instance, instance))
      return false;

  append_location(&location, run, schema);
  if (*keyword) append_token(&location, text_of(keyword));
  problems->items[problems->count++] = (struct schema_problem){
      .instance = instance,
      .keyword = text_of(keyword),
      .location = finish(run, &location),
      .message = text,
      .offset = value->offset,
  };
  return false;
}

/* --- showing a value */

static bool is_secret(const struct schema_run *run, const struct schema *schema,
                      const struct schema_place *place)
{
  if (run->secret > 0 || schema->secret) return true;
  for (; place; place = place->up)
    for (const struct schema_secret *s = schema->set->secrets; place->name.data && s; s = s->next)
      if (text_equal(s->name, place->name)) return true;
  return false;
}

static void append_shown(struct buffer *out, const struct json *value)
{
  if (value->type == JSON_ARRAY || value->type == JSON_OBJECT) {
    buffer_append_text(out, value->type == JSON_ARRAY ? TEXT("an array") : TEXT("an object"));
    return;
  }
  if (value->type != JSON_STRING) {
    json_write(out, value);
    return;
  }
  struct text text = json_text(value);
  size_t bytes = 0;
  for (unsigned count = 0; bytes < text.length && count < SHOWN_CHARACTERS; count++) {
    size_t step = text_utf8_sequence((struct text){text.data + bytes, text.length - bytes});
    bytes += step > 0 ? step : 1;
  }
  buffer_append_byte(out, '"');
  buffer_append_visible(out, (struct text){text.data, bytes});
  buffer_append_text(out, bytes < text.length ? TEXT("…\"") : TEXT("\""));
}

const char *schema_got(struct schema_run *run, const struct schema *schema,
                       const struct json *value, const struct schema_place *place)
{
  if (is_secret(run, schema, place)) return "";
  struct buffer buffer = {0};
  buffer_append_text(&buffer, TEXT("; got "));
  append_shown(&buffer, value);
  return finish(run, &buffer).data;
}

/* --- types, choices, unknown names */

bool schema_problem_type(struct schema_run *run, const struct schema *schema, unsigned types,
                         const char *keyword, const struct json *value,
                         const struct schema_place *place)
{
  static const char *const nouns[] = {[JSON_NULL] = "null",
                                      [JSON_BOOLEAN] = "true or false",
                                      [JSON_INTEGER] = "a whole number",
                                      [JSON_REAL] = "a number",
                                      [JSON_STRING] = "a string",
                                      [JSON_ARRAY] = "an array",
                                      [JSON_OBJECT] = "an object"};
  static const char *const got[] = {
      [JSON_NULL] = "null",       [JSON_BOOLEAN] = "a boolean", [JSON_INTEGER] = "a number",
      [JSON_REAL] = "a number",   [JSON_STRING] = "a string",   [JSON_ARRAY] = "an array",
      [JSON_OBJECT] = "an object"};
  if (!run->problems) return false;
  if (types & 1 << JSON_REAL) types &= ~(1U << JSON_INTEGER);
  struct buffer buffer = {0};
  for (unsigned type = JSON_OBJECT + 1; type-- > 0;) { /* null comes last */
    if (!(types & 1U << type)) continue;
    bool last = (types & ((1U << type) - 1)) == 0;
    buffer_print(&buffer, "%s%s", buffer.length == 0 ? "" : last ? " or " : ", ", nouns[type]);
  }
  bool fraction = value->type == JSON_REAL && types & 1 << JSON_INTEGER;
  const char *wanted = finish(run, &buffer).data;
  return schema_problem(run, schema, keyword, value, place, "must be %s; got %s", wanted,
                        fraction ? "a fraction" : got[value->type]);
}

static void append_choices(struct buffer *out, const struct json *values)
{
  for (uint32_t i = 0; i < values->length && i < SHOWN_CHOICES; i++) {
    if (i > 0) buffer_append_text(out, TEXT(", "));
    append_shown(out, &values->items[i]);
  }
  if (values->length > SHOWN_CHOICES) buffer_append_text(out, TEXT(", …"));
}

bool schema_problem_choice(struct schema_run *run, const struct schema *schema,
                           const struct json *value, const struct schema_place *place)
{
  if (!run->problems) return false;
  struct buffer buffer = {0};
  const char *keyword = schema->values ? "enum" : "const";
  if (!schema->values)
    append_shown(&buffer, schema->constant);
  else if (schema->values->length == 1)
    append_shown(&buffer, &schema->values->items[0]);
  else if (schema->values->length > 1)
    buffer_append_text(&buffer, TEXT("one of "));
  if (schema->values && schema->values->length > 1) append_choices(&buffer, schema->values);
  const char *choices = finish(run, &buffer).data;
  return schema_problem(run, schema, keyword, value, place, "must be %.400s%s", choices,
                        schema_got(run, schema, value, place));
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

/* --- the branches of anyOf and oneOf */

/* What keeps one branch from being valid. */
struct attempt {
  struct schema_problems problems;
  unsigned cost, depth;
  bool wrong_type; /* it wants another type altogether */
};

static unsigned slashes(struct text text)
{
  unsigned count = 0;
  for (size_t i = 0; i < text.length; i++) count += text.data[i] == '/';
  return count;
}

static void try_branch(struct schema_run *run, const struct schema *branch,
                       const struct json *value, const struct schema_place *place, unsigned depth,
                       struct attempt *attempt)
{
  struct schema_problems *outer = run->problems;
  attempt->problems.arena = outer->arena;
  run->problems = &attempt->problems;
  (void)schema_run(run, branch, value, place, NULL);
  run->problems = outer;
  for (size_t i = 0; i < attempt->problems.count; i++) {
    const struct schema_problem *problem = &attempt->problems.items[i];
    unsigned at = slashes(problem->instance);
    bool type = text_is(problem->keyword, "type");
    bool choice = text_is(problem->keyword, "const") || text_is(problem->keyword, "enum");
    attempt->cost += choice ? 3 : type ? 2 : 1;
    if (at > attempt->depth) attempt->depth = at;
    if (type && at == depth) attempt->wrong_type = true;
  }
  if (attempt->wrong_type) attempt->cost += 1000;
}

static bool all_constants(struct schema_run *run, const struct schema *schema,
                          const struct schema_list *branches, const char *keyword,
                          const struct json *value, const struct schema_place *place)
{
  struct buffer buffer = {0};
  for (uint32_t i = 0; i < branches->length; i++)
    if (!branches->items[i]->constant) return false;
  for (uint32_t i = 0; i < branches->length && i < SHOWN_CHOICES; i++) {
    if (i > 0) buffer_append_text(&buffer, TEXT(", "));
    append_shown(&buffer, branches->items[i]->constant);
  }
  if (branches->length > SHOWN_CHOICES) buffer_append_text(&buffer, TEXT(", …"));
  const char *choices = finish(run, &buffer).data;
  schema_problem(run, schema, keyword, value, place, "must be one of %.400s%s", choices,
                 schema_got(run, schema, value, place));
  return true;
}

bool schema_problem_branches(struct schema_run *run, const struct schema *schema,
                             const struct schema_list *branches, const char *keyword,
                             const struct json *value, const struct schema_place *place)
{
  struct schema_problems *problems = run->problems;
  if (!problems || run->exhausted || problems->count >= PROBLEMS_MAX) return false;
  if (all_constants(run, schema, branches, keyword, value, place)) return false;

  unsigned depth = slashes(place_text(run, place)), types = 0;
  bool wrong_type = true;
  struct attempt *best = NULL;
  for (uint32_t i = 0; i < branches->length && !run->exhausted; i++) {
    struct attempt *attempt = arena_new(problems->arena, sizeof *attempt);
    try_branch(run, branches->items[i], value, place, depth, attempt);
    types |= schema_declared_types(branches->items[i]);
    wrong_type = wrong_type && attempt->wrong_type;
    if (!best || attempt->cost < best->cost ||
        (attempt->cost == best->cost && attempt->depth > best->depth))
      best = attempt;
  }
  if (wrong_type) return schema_problem_type(run, schema, types, keyword, value, place);
  for (size_t i = 0; best && i < best->problems.count && problems->count < PROBLEMS_MAX; i++)
    problems->items[problems->count++] = best->problems.items[i];
  return false;
}
