/* A schema in words: one fact for each keyword, one for each member that it declares. */
#include "describe/explain_parts.h"

/* --- Phrases. --- */

static struct text words_of_types(struct explainer *explainer, const struct json *value)
{
  static const char *const words[][2] = {{"string", "text"},     {"integer", "a whole number"},
                                         {"number", "a number"}, {"boolean", "true or false"},
                                         {"null", "null"},       {"array", "a list"},
                                         {"object", "an object"}};
  struct text found[8];
  size_t count = 0;
  uint32_t length = value->type == JSON_ARRAY ? value->length : 1;
  for (uint32_t i = 0; i < length && count < 8; i++) {
    const struct json *name = value->type == JSON_ARRAY ? &value->items[i] : value;
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
      if (json_is_string(name, words[k][0])) found[count++] = text_of(words[k][1]);
  }
  return join_words(explainer, found, count, "or");
}

static struct text words_of_format(struct explainer *explainer, const struct json *value)
{
  static const char *const words[][2] = {{"email", "an email address"},
                                         {"uuid", "a UUID"},
                                         {"date", "a date"},
                                         {"time", "a time of day"},
                                         {"date-time", "a date with time"},
                                         {"uri", "a URI"},
                                         {"hostname", "a host name"},
                                         {"password", "a password, which the handler never sees"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (json_is_string(value, words[i][0])) return text_of(words[i][1]);
  return arena_print(explainer->arena, "of format %.*s", TEXT_ARGS(json_text(value)));
}

static struct text words_of_normalize(struct explainer *explainer, const struct json *value)
{
  static const char *const words[][2] = {
      {"trim", "trimmed"}, {"lower", "lower-cased"}, {"upper", "upper-cased"}};
  struct text found[4];
  size_t count = 0;
  for (uint32_t i = 0; value->type == JSON_ARRAY && i < value->length && count < 4; i++)
    for (size_t k = 0; k < 3; k++)
      if (json_is_string(&value->items[i], words[k][0])) found[count++] = text_of(words[k][1]);
  return join_words(explainer, found, count, "and");
}

static struct text words_of_values(struct explainer *explainer, const struct json *value)
{
  struct text *words = arena_new_array(explainer->arena, value->length, sizeof *words);
  for (uint32_t i = 0; i < value->length; i++) words[i] = json_words(explainer, &value->items[i]);
  struct text list = join_words(explainer, words, value->length, "or");
  return arena_print(explainer->arena, "%s%.*s", value->length > 1 ? "one of " : "always ",
                     TEXT_ARGS(list));
}

/* What a keyword means, with its value in place of the %; how its values compare. */
static const struct {
  const char *keyword, *before, *after;
  enum fact_order order;
  struct text (*words)(struct explainer *explainer, const struct json *value); /* or NULL */
} meanings[] = {
    {"type", "", "", ORDER_SUBSET, words_of_types},
    {"format", "", "", ORDER_NONE, words_of_format},
    {"enum", "", "", ORDER_SUBSET, words_of_values},
    {"normalize", "", "", ORDER_NONE, words_of_normalize},
    {"const", "always ", "", ORDER_NONE, NULL},
    {"minLength", "at least ", " characters", ORDER_MORE, NULL},
    {"maxLength", "at most ", " characters", ORDER_LESS, NULL},
    {"minimum", "at least ", "", ORDER_MORE, NULL},
    {"maximum", "at most ", "", ORDER_LESS, NULL},
    {"exclusiveMinimum", "more than ", "", ORDER_MORE, NULL},
    {"exclusiveMaximum", "less than ", "", ORDER_LESS, NULL},
    {"multipleOf", "a multiple of ", "", ORDER_NONE, NULL},
    {"pattern", "matching ", "", ORDER_NONE, NULL},
    {"minItems", "at least ", " elements", ORDER_MORE, NULL},
    {"maxItems", "at most ", " elements", ORDER_LESS, NULL},
    {"minProperties", "at least ", " members", ORDER_MORE, NULL},
    {"maxProperties", "at most ", " members", ORDER_LESS, NULL},
    {"minContains", "at least ", " such elements", ORDER_MORE, NULL},
    {"maxContains", "at most ", " such elements", ORDER_LESS, NULL},
    {"contains", "with elements like ", "", ORDER_NONE, NULL},
    {"propertyNames", "with names like ", "", ORDER_NONE, NULL},
    {"anyOf", "at least one of ", "", ORDER_NONE, NULL},
    {"oneOf", "exactly one of ", "", ORDER_NONE, NULL},
    {"$ref", "of the form of ", "", ORDER_NONE, NULL},
    {"default", "", " if absent", ORDER_NONE, NULL},
};

static bool is_true(const struct json *value)
{
  return value->type == JSON_BOOLEAN && value->boolean;
}

static bool is_false(const struct json *value)
{
  return value->type == JSON_BOOLEAN && !value->boolean;
}

/* Whether it lets members in that no `properties` names, or anything at all. */
static bool is_open(const struct schema_claim *claim)
{
  if (text_is(claim->keyword, "true")) return true;
  return (text_is(claim->keyword, "additionalProperties") ||
          text_is(claim->keyword, "unevaluatedProperties")) &&
         !is_false(&claim->value);
}

/* Whether a keyword's schemas may declare members, which are let in then. */
static bool declares(const struct json *value)
{
  static const char *const names[] = {
      "properties", "patternProperties", "additionalProperties", "unevaluatedProperties",
      "$ref",       "$dynamicRef"};
  if (value->type == JSON_BOOLEAN) return value->boolean;
  for (uint32_t i = 0; value->type >= JSON_ARRAY && i < value->length; i++) {
    bool object = value->type == JSON_OBJECT;
    for (size_t k = 0; object && k < sizeof names / sizeof *names; k++)
      if (json_is_string(&value->members[i].key, names[k])) return true;
    if (declares(object ? &value->members[i].value : &value->items[i])) return true;
  }
  return false;
}

/* What closes an object lets in what these declare, so that they give and take. */
static bool declares_in_place(const struct schema_claim *claim)
{
  static const char *const keywords[] = {
      "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "$dynamicRef"};
  if (text_is(claim->keyword, "patternProperties")) return true;
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (text_is(claim->keyword, keywords[i])) return declares(&claim->value);
  return false;
}

/* An open object's members are closed or not by more than `properties`. */
static enum fact_direction direction_of(const struct schema_claim *claim)
{
  static const char *const either[] = {
      "default",     /* gives a value where there was none */
      "normalize",   /* what is asked of the value is asked afterwards */
      "minContains", /* without it, 1; and it may be 0 */
      "prefixItems", /* `items` speaks of the elements behind them only */
      "$ref"};       /* to a schema around it */
  if (is_open(claim)) return FACT_GRANT;
  if (declares_in_place(claim)) return FACT_EITHER;
  for (size_t i = 0; i < sizeof either / sizeof *either; i++)
    if (text_is(claim->keyword, either[i])) return FACT_EITHER;
  return FACT_RESTRICTION;
}

static struct text phrase_of(struct explainer *explainer, const struct schema_claim *claim,
                             enum fact_order *order)
{
  const struct json *value = &claim->value;
  if (text_is(claim->keyword, "required")) return TEXT("required");
  if (text_is(claim->keyword, "properties")) return TEXT("");
  if (text_is(claim->keyword, "items") && is_true(value)) return TEXT("checked");
  if (text_is(claim->keyword, "prefixItems")) return TEXT("checked by itself");
  if (text_is(claim->keyword, "true")) return TEXT("anything at all");
  if (text_is(claim->keyword, "uniqueItems") && is_true(value)) return TEXT("without duplicates");
  if (text_is(claim->keyword, "not") && is_true(value)) return TEXT("never");
  if (is_open(claim)) return TEXT("with other members as well");
  if (text_is(claim->keyword, "additionalProperties")) return TEXT("no other members");
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
    if (!text_is(claim->keyword, meanings[i].keyword)) continue;
    *order = meanings[i].order;
    struct text words =
        meanings[i].words ? meanings[i].words(explainer, value) : json_words(explainer, value);
    struct text after = text_of(meanings[i].after);
    if (text_is(words, "1") && text_ends_with(after, "s")) after.length--;
    return arena_print(explainer->arena, "%s%.*s%.*s", meanings[i].before, TEXT_ARGS(words),
                       TEXT_ARGS(after));
  }
  struct text words = json_words(explainer, value);
  return arena_print(explainer->arena, "%.*s: %.*s", TEXT_ARGS(claim->keyword), TEXT_ARGS(words));
}

/* --- Places. --- */

static void append_unescaped(struct buffer *out, struct text part)
{
  for (size_t i = 0; i < part.length; i++) {
    bool escaped = part.data[i] == '~' && i + 1 < part.length;
    buffer_append_byte(out, escaped ? "~/*["[(part.data[++i] - '0') & 3] : part.data[i]);
  }
}

/* "/a/b" is "a.b", any element of "/tags" is "tags[]", the first one "tags[0]". */
static struct text words_of_place(struct explainer *explainer, struct text place)
{
  struct buffer out = {0};
  struct text part;
  text_split(&place, '/', &part);
  while (place.data != NULL && text_split(&place, '/', &part)) {
    if (text_is(part, "*")) {
      buffer_append_text(&out, TEXT("[]"));
      continue;
    }
    bool one = text_starts_with(part, "[");
    if (out.length > 0 && !one) buffer_append_byte(&out, '.');
    append_unescaped(&out, text_is(part, "**") ? TEXT("*") : part);
  }
  struct text words = arena_copy(explainer->arena, buffer_text(&out));
  buffer_deinit(&out);
  return words;
}

static struct text outside(struct text place)
{
  while (place.length > 0 && place.data[place.length - 1] != '/') place.length--;
  if (place.length > 0) place.length--;
  return place;
}

/* Whether the value at this place may have members that no `properties` names. */
static bool is_open_at(struct explainer *explainer, const struct schema_claim *claims, size_t count,
                       struct text place)
{
  struct text others = arena_print(explainer->arena, "%.*s/**", TEXT_ARGS(place));
  for (size_t i = 0; i < count; i++) {
    bool here = text_equal(claims[i].place, place);
    if (here && (is_open(&claims[i]) || declares_in_place(&claims[i]))) return true;
    if (text_equal(claims[i].place, others)) return true;
  }
  return false;
}

/* The key of the grant that lets the member at this place, or the nearest one around it, be there;
 * empty for the value itself. Where the member could be there without being named, what is asked
 * of it does not go with its name. */
static struct text key_of_member(struct explainer *explainer, const struct schema_facts *about,
                                 const struct schema_claim *claims, size_t count, struct text place)
{
  while (place.length > 0) {
    struct text around = outside(place);
    for (size_t i = 0; i < count; i++)
      if (text_is(claims[i].keyword, "properties") && text_equal(claims[i].place, place) &&
          (text_ends_with(place, "/**") || !is_open_at(explainer, claims, count, around)))
        return arena_print(explainer->arena, "%s:%.*s", about->prefix, TEXT_ARGS(place));
    place = around;
  }
  return about->part_of;
}

static void show(struct explainer *explainer, const struct schema_facts *about, struct fact *fact,
                 struct text place, struct text phrase)
{
  struct text words = words_of_place(explainer, place);
  if (about->subject.length > 0)
    show_in_list(fact, about->subject, words, phrase);
  else
    show_in_list(fact, words.length > 0 ? words : about->what, TEXT(""), phrase);
}

static void add_member(struct explainer *explainer, const struct schema_facts *about,
                       const struct schema_claim *claim, struct text part_of)
{
  struct text words = words_of_place(explainer, claim->place);
  struct fact *fact =
      add_fact(explainer, about->section, FACT_GRANT,
               arena_print(explainer->arena, "%s:%.*s", about->prefix, TEXT_ARGS(claim->place)),
               "%.*s may have %.*s", TEXT_ARGS(about->what), TEXT_ARGS(words));
  fact->part_of = part_of;
  show(explainer, about, fact, claim->place, TEXT(""));
}

static void add_claim(struct explainer *explainer, const struct schema_facts *about,
                      const struct schema_claim *claim, struct text part_of, bool shown)
{
  enum fact_order order = ORDER_NONE;
  struct text phrase = phrase_of(explainer, claim, &order);
  struct text words = words_of_place(explainer, claim->place);
  bool whole_value = words.length == 0;
  struct fact *fact = add_fact(explainer, about->section, direction_of(claim),
                               arena_print(explainer->arena, "%s:%.*s:%.*s", about->prefix,
                                           TEXT_ARGS(claim->place), TEXT_ARGS(claim->keyword)),
                               "%.*s%s%.*s: %.*s", TEXT_ARGS(words), whole_value ? "" : " in ",
                               TEXT_ARGS(about->what), TEXT_ARGS(phrase));
  fact->value = claim->value;
  fact->order = order;
  fact->part_of = part_of;
  shown = shown && !text_is(claim->keyword, "items") && !text_is(claim->keyword, "prefixItems");
  show(explainer, about, fact, claim->place, shown ? phrase : TEXT(""));
}

enum { RANKS = 4 };

/* That it is there first, then its type, and that it is required last: so sentences read well. */
static int rank_of(const struct schema_claim *claim)
{
  if (text_is(claim->keyword, "properties")) return 0;
  if (text_is(claim->keyword, "type")) return 1;
  return text_is(claim->keyword, "required") ? 3 : 2;
}

static void add_one(struct explainer *explainer, const struct schema_facts *about,
                    const struct schema_claim *claims, size_t count,
                    const struct schema_claim *claim)
{
  bool member = text_is(claim->keyword, "properties");
  bool object = text_is(claim->keyword, "type") && json_is_string(&claim->value, "object");
  bool whole = object && claim->place.length == 0; /* goes without saying, of the input at least */
  if (whole && about->section == SECTION_INPUT) return;
  for (const struct schema_claim *other = claims; member && other < claim; other++)
    if (text_is(other->keyword, "properties") && text_equal(other->place, claim->place))
      return; /* a template speaks of it as well */
  struct text place = member ? outside(claim->place) : claim->place;
  struct text part_of = key_of_member(explainer, about, claims, count, place);
  if (member)
    add_member(explainer, about, claim, place.length > 0 ? part_of : TEXT(""));
  else
    add_claim(explainer, about, claim, part_of, !whole);
}

static bool find_claims(struct explainer *explainer, struct text what, const struct schema *schema,
                        struct schema_claim **claims, size_t *count)
{
  if (schema_claims(schema, explainer->arena, claims, count) == 0) return true;
  if (!explainer->failed)
    error_set(explainer->error,
              "%s: the schema of %.*s says too much to be listed: let it refer less to schemas "
              "that refer to others",
              explainer->contract->source->path, TEXT_ARGS(what));
  explainer->failed = true;
  return false;
}

void add_schema_facts(struct explainer *explainer, const struct schema_facts *about)
{
  struct schema_claim *claims;
  size_t count;
  if (!find_claims(explainer, about->what, about->schema, &claims, &count)) return;
  for (size_t i = 0; i < count; i++) {
    bool seen = false;
    for (size_t k = 0; k < i && !seen; k++) seen = text_equal(claims[k].place, claims[i].place);
    for (int rank = 0; rank < RANKS && !seen; rank++)
      for (size_t k = i; k < count; k++)
        if (text_equal(claims[k].place, claims[i].place) && rank_of(&claims[k]) == rank)
          add_one(explainer, about, claims, count, &claims[k]);
  }
}

struct text words_of_question(struct explainer *explainer, const struct schema *schema,
                              struct text *key)
{
  struct schema_claim *claims;
  size_t count, said = 0;
  *key = TEXT("");
  if (!find_claims(explainer, TEXT("a condition"), schema, &claims, &count)) return *key;
  struct text *words = arena_new_array(explainer->arena, count + 1, sizeof *words);
  for (size_t i = 0; i < count; i++) {
    enum fact_order order;
    struct text place = words_of_place(explainer, claims[i].place);
    struct text value = json_words(explainer, &claims[i].value);
    if (place.length == 0) place = TEXT("the input");
    *key = arena_print(explainer->arena, "%.*s %.*s %.*s=%.*s", TEXT_ARGS(*key),
                       TEXT_ARGS(claims[i].place), TEXT_ARGS(claims[i].keyword), TEXT_ARGS(value));
    if (text_is(claims[i].keyword, "properties")) continue;
    struct text phrase = phrase_of(explainer, &claims[i], &order);
    if (text_is(claims[i].keyword, "required")) phrase = TEXT("there");
    words[said++] =
        arena_print(explainer->arena, "%.*s is %.*s", TEXT_ARGS(place), TEXT_ARGS(phrase));
  }
  if (said == 0) words[said++] = TEXT("anything comes in");
  return join_words(explainer, words, said, "and");
}
