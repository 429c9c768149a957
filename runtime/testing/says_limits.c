/* All that is said of one place, put together: of several limits the tightest counts. */
#include "testing/says.h"

int says_compare(const struct json *a, const struct json *b)
{
  long double x = a->type == JSON_INTEGER ? (long double)a->integer : (long double)a->real;
  long double y = b->type == JSON_INTEGER ? (long double)b->integer : (long double)b->real;
  return (x > y) - (x < y);
}

static bool is_number(const struct json *value)
{
  return value && (value->type == JSON_INTEGER || value->type == JSON_REAL);
}

/* `sign` 1: the larger one is the tighter. */
static void tighten_number(const struct json *source, const char *keyword, int sign,
                           const struct json **limit)
{
  const struct json *said = json_get(source, keyword);
  if (!is_number(said)) return;
  if (!*limit || says_compare(said, *limit) * sign > 0) *limit = said;
}

static bool count_of(const struct json *source, const char *keyword, uint32_t *count)
{
  const struct json *said = json_get(source, keyword);
  if (!is_number(said)) return false;
  double value = said->type == JSON_INTEGER ? (double)said->integer : said->real;
  *count = value <= 0 ? 0 : value >= (double)UINT32_MAX ? UINT32_MAX : (uint32_t)value;
  return true;
}

static void tighten_counts(const struct json *source, const char *least, const char *most,
                           uint32_t *min, uint32_t *max)
{
  uint32_t count;
  if (count_of(source, least, &count) && count > *min) *min = count;
  if (count_of(source, most, &count) && count < *max) *max = count;
}

static unsigned type_of_name(const struct json *name)
{
  for (unsigned type = JSON_NULL; type <= JSON_OBJECT; type++)
    if (json_is_string(name, json_type_name((enum json_type)type)))
      return type == JSON_REAL ? 1U << JSON_REAL | 1U << JSON_INTEGER : 1U << type;
  return 0;
}

static void limit_types(const struct json *source, struct says_limits *limits)
{
  const struct json *type = json_get(source, "type");
  unsigned mask = 0;
  if (!type) return;
  if (type->type == JSON_STRING) mask = type_of_name(type);
  for (uint32_t i = 0; type->type == JSON_ARRAY && i < type->length; i++)
    mask |= type_of_name(&type->items[i]);
  limits->types &= mask;
}

static bool is_among(const struct json *value, const struct json *items, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (json_equal(value, &items[i])) return true;
  return false;
}

static void limit_values(const struct says *says, const struct json *items, uint32_t count,
                         struct says_limits *limits)
{
  struct json *kept = arena_new_array(says->values->arena, count + 1, sizeof *kept);
  uint32_t kept_count = 0;
  for (uint32_t i = 0; i < count; i++)
    if (!limits->listed || is_among(&items[i], limits->listed, limits->listed_count))
      kept[kept_count++] = items[i];
  limits->listed = kept;
  limits->listed_count = kept_count;
}

static void limit_text(const struct json *source, struct says_limits *limits)
{
  const struct json *pattern = json_get(source, "pattern"), *format = json_get(source, "format");
  const struct json *normalize = json_get(source, "normalize");
  tighten_counts(source, "minLength", "maxLength", &limits->length_min, &limits->length_max);
  if (pattern && pattern->type == JSON_STRING && limits->pattern_count < SAYS_LIST_MAX)
    limits->patterns[limits->pattern_count++] = json_text(pattern);
  if (format && format->type == JSON_STRING && limits->format_count < SAYS_LIST_MAX)
    limits->formats[limits->format_count++] = json_text(format);
  for (uint32_t i = 0; normalize && normalize->type == JSON_ARRAY && i < normalize->length; i++) {
    limits->trim |= json_is_string(&normalize->items[i], "trim");
    limits->lower |= json_is_string(&normalize->items[i], "lower");
    limits->upper |= json_is_string(&normalize->items[i], "upper");
  }
}

static bool has_condition(const struct says_part *part)
{
  static const char *const keywords[] = {"$dynamicRef",
                                         "anyOf",
                                         "oneOf",
                                         "not",
                                         "if",
                                         "contains",
                                         "minContains",
                                         "maxContains",
                                         "dependentRequired",
                                         "dependentSchemas",
                                         "propertyNames",
                                         "patternProperties",
                                         "unevaluatedItems",
                                         "unevaluatedProperties"};
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (json_get(part->source, keywords[i])) return true;
  return !part->sure;
}

static void limit_by(const struct says *says, const struct says_part *part,
                     struct says_limits *limits)
{
  const struct json *source = part->source, *value = json_get(source, "const");
  const struct json *values = json_get(source, "enum"), *prefix = json_get(source, "prefixItems");
  const struct json *multiple = json_get(source, "multipleOf");
  const struct json *unique = json_get(source, "uniqueItems");
  limit_types(source, limits);
  if (value) limit_values(says, value, 1, limits);
  if (values && values->type == JSON_ARRAY)
    limit_values(says, values->items, values->length, limits);
  tighten_number(source, "minimum", 1, &limits->minimum);
  tighten_number(source, "exclusiveMinimum", 1, &limits->exclusive_minimum);
  tighten_number(source, "maximum", -1, &limits->maximum);
  tighten_number(source, "exclusiveMaximum", -1, &limits->exclusive_maximum);
  if (is_number(multiple) && limits->multiple_count < SAYS_LIST_MAX)
    limits->multiples[limits->multiple_count++] = multiple;
  limit_text(source, limits);
  tighten_counts(source, "minItems", "maxItems", &limits->items_min, &limits->items_max);
  limits->unique |= unique && unique->type == JSON_BOOLEAN && unique->boolean;
  if (prefix && prefix->type == JSON_ARRAY && prefix->length > limits->prefix_length)
    limits->prefix_length = prefix->length;
  tighten_counts(source, "minProperties", "maxProperties", &limits->members_min,
                 &limits->members_max);
}

void says_limits(const struct says *says, bool surely, struct says_limits *limits)
{
  *limits = (struct says_limits){.types = (1U << (JSON_OBJECT + 1)) - 1,
                                 .length_max = UINT32_MAX,
                                 .items_max = UINT32_MAX,
                                 .members_max = UINT32_MAX,
                                 .conditional = says->never};
  for (uint32_t i = 0; i < says->count; i++) {
    limits->conditional |= has_condition(&says->parts[i]);
    if (surely && !says->parts[i].sure) continue;
    limit_by(says, &says->parts[i], limits);
  }
}
