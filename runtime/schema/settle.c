/* Makes a value ready to be validated: strings from path and query become what the schema declares,
 * `normalize` is applied, Lua's empty tables become objects where those are wanted.
 *
 * It walks value and schema together. What several schemas say of one member (through $ref, allOf,
 * anyOf, oneOf) is put together in a schema of its own for the time of the walk. Only what changes
 * is copied. It never decides whether a value is valid: what does not fit stays as it is and fails
 * later. Its work is bounded by steps; when they run out, some of the value may not be ready. */
#include <math.h>
#include <stdlib.h>

#include "schema/program.h"

#include "base/ascii.h"

enum { STEPS_MAX = 1000000, JOIN_STEPS = 8 };

struct settling {
  unsigned flags;
  struct arena *arena;
  struct schema_run *run; /* whose steps are spent */
  bool wraps; /* a single value becomes an array where one is declared; not within an array */
};

static struct json settle(const struct settling *s, const struct schema *schema,
                          const struct json *value);

/* --- what the schemas say of a member or an element */

/* How several schemas speak of one value. */
enum manner { ALL_OF, ANY_OF };

/* What a schema consists of: itself, unless it has been joined in the same manner. (What has been
 * joined stands in no document.) */
static struct schema_list parts(enum manner manner, struct schema **schema)
{
  const struct schema_in_place *in = (*schema)->value ? NULL : (*schema)->in_place;
  const struct schema_list *list = !in ? NULL : manner == ALL_OF ? &in->all_of : &in->any_of;
  return list && list->length > 0 ? *list : (struct schema_list){.items = schema, .length = 1};
}

static void add_part(struct schema_list *list, struct schema *part)
{
  for (uint32_t i = 0; i < list->length; i++)
    if (list->items[i] == part) return;
  list->items[list->length++] = part;
}

/* What both say; either may be NULL. Each part is there once, or a schema that several alternatives
 * refer to would double what is joined with every level of the value. */
static struct schema *join(const struct settling *s, enum manner manner, struct schema *said,
                           struct schema *more)
{
  if (!said || !more || said == more) return said ? said : more;
  const struct schema_list before = parts(manner, &said), added = parts(manner, &more);
  if (!schema_spend(s->run, JOIN_STEPS + before.length * added.length)) return NULL;
  struct schema_list list = {.length = before.length};
  list.items = arena_new_array(s->arena, before.length + added.length, sizeof(struct schema *));
  memcpy(list.items, before.items, before.length * sizeof(struct schema *));
  for (uint32_t i = 0; i < added.length; i++) add_part(&list, added.items[i]);
  if (list.length == before.length) return said;

  struct schema *joined = arena_new(s->arena, sizeof *joined);
  *joined = (struct schema){.set = said->set, .resource = said->resource, .types = TYPES_ALL};
  joined->in_place = arena_new(s->arena, sizeof *joined->in_place);
  *(manner == ALL_OF ? &joined->in_place->all_of : &joined->in_place->any_of) = list;
  return joined;
}

struct step { /* to a child: a name, or an index if data is NULL */
  struct text name;
  uint32_t index;
};

static struct schema *child_of(const struct settling *s, const struct schema *schema,
                               struct step step);

/* The alternatives' schemas for the child, as alternatives. Those that say nothing do not count. */
static struct schema *child_of_list(const struct settling *s, const struct schema_list *list,
                                    struct step step)
{
  struct schema *child = NULL;
  for (uint32_t i = 0; i < list->length; i++)
    child = join(s, ANY_OF, child, child_of(s, list->items[i], step));
  return child;
}

static struct schema *own_member(const struct settling *s, const struct schema *schema,
                                 struct text name)
{
  const struct schema_object *object = schema->object;
  if (!object) return NULL;
  const struct schema_property *property = schema_property_find(object, name);
  struct schema *child = property ? property->schema : NULL;
  for (uint32_t i = 0; i < object->patterns_length; i++) {
    const struct schema_pattern *pattern = object->patterns[i].pattern;
    enum schema_match match = schema_pattern_match(s->run, schema->set, pattern, name);
    if (match == MATCH_YES) child = join(s, ALL_OF, child, object->patterns[i].schema);
    s->run->exhausted |= match == MATCH_GAVE_UP;
  }
  bool other = !child && object->additional && !object->additional->never;
  return other ? object->additional : child;
}

static struct schema *own_element(const struct schema *schema, uint32_t index)
{
  const struct schema_array *array = schema->array;
  if (!array) return NULL;
  return index < array->prefix_length ? array->prefix[index] : array->items;
}

static struct schema *child_of(const struct settling *s, const struct schema *schema,
                               struct step step)
{
  if (!schema_spend(s->run, 1)) return NULL;
  struct schema *child =
      step.name.data ? own_member(s, schema, step.name) : own_element(schema, step.index);
  const struct schema_in_place *in = schema->in_place;
  if (!in) return child;
  if (in->ref) child = join(s, ALL_OF, child, child_of(s, in->ref, step));
  if (in->dynamic_ref) child = join(s, ALL_OF, child, child_of(s, in->dynamic_ref, step));
  for (uint32_t i = 0; i < in->all_of.length; i++)
    child = join(s, ALL_OF, child, child_of(s, in->all_of.items[i], step));
  child = join(s, ALL_OF, child, child_of_list(s, &in->any_of, step));
  child = join(s, ALL_OF, child, child_of_list(s, &in->one_of, step));
  if (in->then_schema) child = join(s, ALL_OF, child, child_of(s, in->then_schema, step));
  if (in->else_schema) child = join(s, ALL_OF, child, child_of(s, in->else_schema, step));
  for (uint32_t i = 0; i < in->dependents_length; i++)
    child = join(s, ALL_OF, child, child_of(s, in->dependents[i].schema, step));
  return child;
}

/* --- strings to what is declared */

static bool to_integer(struct text text, int64_t *integer)
{
  bool negative = text.length > 0 && text.data[0] == '-';
  size_t digits = text.length - negative;
  const char *first = text.data + negative;
  if (digits == 0 || digits > 19 || (first[0] == '0' && (digits > 1 || negative))) return false;
  uint64_t value = 0;
  for (size_t i = 0; i < digits; i++) {
    if (first[i] < '0' || first[i] > '9') return false;
    value = value * 10 + (uint64_t)(first[i] - '0');
  }
  if (value > (uint64_t)INT64_MAX + negative) return false;
  *integer = negative ? (int64_t)(0 - value) : (int64_t)value;
  return true;
}

/* The grammar of RFC 8259. The text ends in NUL. */
static bool is_json_number(struct text text)
{
  const char *at = text.data;
  if (*at == '-') at++;
  if (!ascii_is_digit(*at) || (at[0] == '0' && ascii_is_digit(at[1]))) return false;
  while (ascii_is_digit(*at)) at++;
  if (*at == '.') {
    if (!ascii_is_digit(*++at)) return false;
    while (ascii_is_digit(*at)) at++;
  }
  if (*at == 'e' || *at == 'E') {
    at++;
    if (*at == '+' || *at == '-') at++;
    if (!ascii_is_digit(*at)) return false;
    while (ascii_is_digit(*at)) at++;
  }
  return at == text.data + text.length;
}

static struct json coerce_string(const struct json *value, unsigned types)
{
  struct text text = json_text(value);
  struct json result = *value;
  int64_t integer;
  if (types & 1 << JSON_INTEGER && to_integer(text, &integer)) {
    result = json_integer(integer);
  } else if (types & 1 << JSON_REAL && text.length < 400 && is_json_number(text)) {
    double real = strtod(text.data, NULL);
    if (isfinite(real)) result = json_real(real);
  } else if (types & 1 << JSON_BOOLEAN && (text_is(text, "true") || text_is(text, "false"))) {
    result = json_boolean(text_is(text, "true"));
  }
  result.offset = value->offset;
  return result;
}

static struct json coerce(const struct settling *s, const struct json *value, unsigned types)
{
  struct json result = *value;
  if (value->type == JSON_STRING && !(types & 1 << JSON_STRING))
    result = coerce_string(value, types);
  bool fits = types & 1U << result.type;
  if (fits || !s->wraps || !(types & 1 << JSON_ARRAY)) return result;

  struct json array = {.type = JSON_ARRAY, .offset = value->offset, .length = 1};
  array.items = arena_alloc(s->arena, sizeof *array.items);
  array.items[0] = *value;
  return array;
}

/* --- normalize */

static unsigned normalization(const struct schema *schema)
{
  unsigned mask = schema->string ? schema->string->normalize : 0;
  uint32_t cursor = 0;
  for (struct schema *inner; (inner = schema_in_place_next(schema, &cursor));)
    mask |= normalization(inner);
  return mask;
}

/* The length of the white space at the start: ASCII's, U+00A0 and U+FEFF. */
static size_t space_at(struct text text)
{
  switch (text.length > 0 ? text.data[0] : '\0') {
  case ' ':
  case '\t':
  case '\n':
  case '\v':
  case '\f':
  case '\r':
    return 1;
  case '\xC2':
    return text_starts_with(text, "\xC2\xA0") ? 2 : 0;
  case '\xEF':
    return text_starts_with(text, "\xEF\xBB\xBF") ? 3 : 0;
  default:
    return 0;
  }
}

static struct text trim(struct text text)
{
  for (size_t bytes; (bytes = space_at(text)) > 0;)
    text = (struct text){text.data + bytes, text.length - bytes};
  for (bool more = true; more && text.length > 0;) {
    more = false;
    for (size_t bytes = 1; bytes <= 3 && bytes <= text.length && !more; bytes++) {
      struct text end = {text.data + text.length - bytes, bytes};
      if (space_at(end) != bytes) continue;
      text.length -= bytes;
      more = true;
    }
  }
  return text;
}

static char change_case(char c, unsigned mask)
{
  if (mask & NORMALIZE_LOWER && c >= 'A' && c <= 'Z') return (char)(c + ('a' - 'A'));
  if (mask & NORMALIZE_UPPER && c >= 'a' && c <= 'z') return (char)(c - ('a' - 'A'));
  return c;
}

static struct json normalize_string(const struct settling *s, const struct json *value,
                                    unsigned mask)
{
  struct text text = json_text(value), wanted = mask & NORMALIZE_TRIM ? trim(text) : text;
  bool same = wanted.length == text.length;
  bool cased = mask & (NORMALIZE_LOWER | NORMALIZE_UPPER);
  for (size_t i = 0; i < wanted.length && same && cased; i++)
    same = change_case(wanted.data[i], mask) == wanted.data[i];
  if (same) return *value;
  char *copy = arena_alloc(s->arena, wanted.length + 1);
  for (size_t i = 0; i < wanted.length; i++) copy[i] = change_case(wanted.data[i], mask);
  copy[wanted.length] = '\0';
  struct json result = json_string((struct text){copy, wanted.length});
  result.offset = value->offset;
  return result;
}

static struct json settle_scalar(const struct settling *s, const struct schema *schema,
                                 const struct json *value, unsigned types)
{
  if (!(s->flags & SETTLE_NORMALIZE)) return *value;
  if (value->type == JSON_STRING) {
    unsigned mask = normalization(schema);
    return mask ? normalize_string(s, value, mask) : *value;
  }
  bool whole = value->type == JSON_REAL && types & 1 << JSON_INTEGER && !(types & 1 << JSON_REAL) &&
               schema_is_whole(value) && fabs(value->real) < 9223372036854775808.0;
  if (!whole) return *value;
  struct json result = json_integer((int64_t)value->real);
  result.offset = value->offset;
  return result;
}

/* --- containers */

static bool same_value(const struct json *a, const struct json *b)
{
  if (a->type != b->type || a->length != b->length) return false;
  switch (a->type) {
  case JSON_STRING:
    return a->string == b->string;
  case JSON_ARRAY:
    return a->items == b->items;
  case JSON_OBJECT:
    return a->members == b->members;
  default:
    return true; /* the type says it: nothing else makes one of these from another */
  }
}

static struct json settle_array(const struct settling *s, const struct schema *schema,
                                const struct json *value)
{
  struct json result = *value;
  struct settling within = {s->flags, s->arena, s->run, false};
  for (uint32_t i = 0; i < value->length; i++) {
    struct schema *child = child_of(s, schema, (struct step){.index = i});
    if (!child || child->always) continue;
    struct json settled = settle(&within, child, &value->items[i]);
    if (same_value(&settled, &value->items[i])) continue;
    if (result.items == value->items) {
      result.items = arena_alloc(s->arena, value->length * sizeof *result.items);
      memcpy(result.items, value->items, value->length * sizeof *result.items);
    }
    result.items[i] = settled;
  }
  return result;
}

static struct json settle_object(const struct settling *s, const struct schema *schema,
                                 const struct json *value)
{
  struct json result = *value;
  for (uint32_t i = 0; i < value->length; i++) {
    const struct json_member *member = &value->members[i];
    struct schema *child = child_of(s, schema, (struct step){.name = json_text(&member->key)});
    if (!child || child->always) continue;
    struct json settled = settle(s, child, &member->value);
    if (same_value(&settled, &member->value)) continue;
    if (result.members == value->members) {
      result.members = arena_alloc(s->arena, value->length * sizeof *result.members);
      memcpy(result.members, value->members, value->length * sizeof *result.members);
    }
    result.members[i].value = settled;
  }
  return result;
}

static struct json settle(const struct settling *s, const struct schema *schema,
                          const struct json *value)
{
  unsigned types = schema_declared_types(schema);
  struct json result = s->flags & SETTLE_COERCE ? coerce(s, value, types) : *value;
  bool wants_object = types & 1 << JSON_OBJECT && !(types & 1 << JSON_ARRAY);
  if (result.type == JSON_ARRAY && result.length == 0 && wants_object && s->flags & SETTLE_EMPTY)
    return (struct json){.type = JSON_OBJECT, .offset = value->offset};
  if (result.type == JSON_ARRAY) return settle_array(s, schema, &result);
  if (result.type == JSON_OBJECT) return settle_object(s, schema, &result);
  return settle_scalar(s, schema, &result, types);
}

bool schema_settle(const struct schema *schema, struct json *value, unsigned flags,
                   struct schema_problems *problems)
{
  struct schema_run run = {.steps = STEPS_MAX};
  struct settling settling = {flags, problems->arena, &run, true};
  *value = settle(&settling, schema, value);
  return !run.exhausted || schema_too_complex(schema, value, problems);
}
