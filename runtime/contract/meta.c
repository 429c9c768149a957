/* The validator says what is wrong; the description of the nearest keyword says how to mend it.
 * Unknown keywords are looked for by hand, because a good message about them needs a guess at what
 * was meant. */
#include "contract/meta.h"

extern const char contract_meta_schema[], policy_meta_schema[], config_meta_schema[];
extern const size_t contract_meta_schema_length, policy_meta_schema_length,
    config_meta_schema_length;

static void init_one(struct meta_schema *one, const struct source *source, const struct json *root,
                     const struct json *start, struct schema_set *schemas, struct report *report)
{
  one->root = root;
  one->start = start;
  one->compiled = schema_compile(schemas, source, source->path, root, start, SCHEMA_STRICT, report);
}

static const struct json *read_root(struct arena *arena, const struct source *source,
                                    struct report *report)
{
  struct json *root = arena_new(arena, sizeof *root);
  struct json_error wrong = {0};
  if (json_read(arena, source->text, NULL, root, &wrong))
    report_error(report, FINDING_NOT_JSON, source, wrong.offset, NULL, "%s", wrong.message);
  return root;
}

void meta_init(struct meta *meta, struct schema_set *schemas, struct arena *arena,
               struct report *report)
{
  struct source *contract = arena_new(arena, sizeof *contract);
  struct source *policy = arena_new(arena, sizeof *policy);
  struct source *config = arena_new(arena, sizeof *config);
  *contract =
      (struct source){"contract.schema.json", {contract_meta_schema, contract_meta_schema_length}};
  *policy = (struct source){"policy.schema.json", {policy_meta_schema, policy_meta_schema_length}};
  *config = (struct source){"writ.schema.json", {config_meta_schema, config_meta_schema_length}};
  const struct json *root = read_root(arena, contract, report);
  const struct json *template = json_get(json_get(root, "$defs"), "template");
  init_one(&meta->of[DOCUMENT_CONTRACT], contract, root, root, schemas, report);
  init_one(&meta->of[DOCUMENT_TEMPLATE], contract, root, template, schemas, report);
  root = read_root(arena, policy, report);
  init_one(&meta->of[DOCUMENT_POLICY], policy, root, root, schemas, report);
  root = read_root(arena, config, report);
  init_one(&meta->of[DOCUMENT_CONFIG], config, root, root, schemas, report);
}

/* --- Finding one's way through a description --- */

/* Where the schema's `$ref` leads. */
static const struct json *refer(const struct json *root, const struct json *schema)
{
  struct text pointer = json_text(json_get(schema, "$ref"));
  return json_at_pointer(root, (struct text){pointer.data + 1, pointer.length - 1});
}

static const struct json *follow(const struct json *root, const struct json *schema)
{
  while (json_get(schema, "$ref")) schema = refer(root, schema);
  return schema;
}

/* What describes this value: where there is a choice, the alternative for objects. */
static const struct json *describe(const struct json *root, const struct json *schema,
                                   const struct json *value)
{
  schema = follow(root, schema);
  const struct json *choices = json_get(schema, "anyOf");
  for (uint32_t i = 0; value->type == JSON_OBJECT && choices && i < choices->length; i++) {
    const struct json *choice = follow(root, &choices->items[i]);
    if (json_get(choice, "properties")) return choice;
  }
  return schema;
}

static const struct json *describe_member(const struct json *schema, struct text key)
{
  const struct json *found = json_get_text(json_get(schema, "properties"), key);
  return found ? found : json_get(schema, "additionalProperties");
}

/* The place that a JSON Pointer names: what describes it, and its last segment. A segment may lead
 * to what is missing. Names of keywords have no '/' and no '~', so nothing needs unescaping. */
struct place {
  const struct json *schema; /* the nearest with a description; NULL: none */
  struct text name;          /* of the last member on the way; empty at the root */
};

static const struct json *element(const struct json *array, struct text token)
{
  size_t index = 0;
  for (size_t i = 0; i < token.length && index <= array->length; i++)
    index = index * 10 + (size_t)(token.data[i] - '0');
  return index < array->length ? &array->items[index] : NULL;
}

/* What a place says of itself counts more than what it refers to. */
static void note_description(struct place *place, const struct json *root,
                             const struct json *schema)
{
  while (!json_get(schema, "description") && json_get(schema, "$ref")) schema = refer(root, schema);
  if (json_get(schema, "description")) place->schema = schema;
}

static struct place find_place(const struct meta_schema *one, const struct json *value,
                               struct text pointer)
{
  struct place place = {0};
  const struct json *schema = one->start;
  struct text token;
  text_split(&pointer, '/', &token); /* a pointer begins with a slash */
  while (value && text_split(&pointer, '/', &token)) {
    schema = describe(one->root, schema, value);
    if (value->type == JSON_OBJECT) {
      place.name = token;
      value = json_get_text(value, token);
      schema = describe_member(schema, token);
    } else {
      value = value->type == JSON_ARRAY ? element(value, token) : NULL;
      schema = json_get(schema, "items");
    }
    if (!schema || schema->type != JSON_OBJECT) break;
    note_description(&place, one->root, schema);
  }
  return place;
}

/* How to mend it: the first sentence of the description, and an example. */
static void print_help(struct buffer *help, const struct json *schema)
{
  const struct json *description = json_get(schema, "description");
  const struct json *examples = json_get(schema, "examples");
  struct text sentence = json_text(description);
  const char *end = strstr(sentence.data ? sentence.data : "", ". ");
  if (end) sentence.length = (size_t)(end - sentence.data);
  if (text_ends_with(sentence, ".")) sentence.length--;
  buffer_append_text(help, sentence);
  if (!examples || examples->length == 0) return;
  struct buffer example = {0};
  json_write(&example, &examples->items[0]);
  if (example.length < 100)
    buffer_print(help, ", for example %.*s", TEXT_ARGS(buffer_text(&example)));
  buffer_deinit(&example);
}

/* What an unknown keyword, and what else is not as the meta schema wants it, is called in each kind
 * of document. */
static const struct {
  enum finding_code keyword, language;
} codes[] = {[DOCUMENT_CONTRACT] = {FINDING_CONTRACT_KEYWORD, FINDING_CONTRACT_LANGUAGE},
             [DOCUMENT_TEMPLATE] = {FINDING_CONTRACT_KEYWORD, FINDING_CONTRACT_LANGUAGE},
             [DOCUMENT_SCHEMA] = {FINDING_SCHEMA_KEYWORD, FINDING_SCHEMA_VALUE},
             [DOCUMENT_POLICY] = {FINDING_POLICY_KEYWORD, FINDING_POLICY_LANGUAGE},
             [DOCUMENT_CONFIG] = {FINDING_CONFIG_KEYWORD, FINDING_CONFIG_LANGUAGE}};

/* --- Unknown keywords --- */

struct search {
  const struct meta *meta;
  const struct document *document;
  struct report *report;
};

/* Whether contracts have this keyword, which here belongs nowhere. */
static bool is_of_contracts(const struct search *search, struct text key)
{
  const struct json *root = search->meta->of[DOCUMENT_CONTRACT].root;
  if (search->document->kind == DOCUMENT_CONTRACT) return false;
  static const char *const places[] = {"", "/$defs/requires", "/$defs/uses", "/$defs/ensures"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    const struct json *place = json_at_pointer(root, text_of(places[i]));
    if (json_get_text(json_get(place, "properties"), key)) return true;
  }
  return false;
}

static void report_unknown(const struct search *search, const struct json *key,
                           const struct json *known)
{
  const struct source *source = &search->document->source;
  const char *names[64], *meant;
  size_t count = 0;
  for (uint32_t i = 0; i < known->length && count < 64; i++)
    names[count++] = known->members[i].key.string;
  if (is_of_contracts(search, json_text(key))) {
    static const char *const instead[] = {
        [DOCUMENT_TEMPLATE] = "a template only restricts what contracts allow",
        [DOCUMENT_POLICY] = "the policy only restricts what contracts allow",
        [DOCUMENT_CONFIG] = "writ.json says only how the app is served"};
    report_error(search->report, FINDING_GRANT_OUTSIDE, source, key->offset,
                 "write it there, where the reviewer sees it", "`%s` belongs to a contract; %s",
                 key->string, instead[search->document->kind]);
    return;
  }
  struct buffer help = {0};
  meant = text_suggestion(json_text(key), names, count);
  if (meant) {
    buffer_print(&help, "did you mean `%s`?", meant);
  } else {
    buffer_print(&help, "here may stand ");
    for (size_t i = 0; i < count; i++)
      buffer_print(&help, "%s`%s`", i == 0 ? "" : i + 1 == count ? " and " : ", ", names[i]);
  }
  buffer_append_byte(&help, 0);
  report_error(search->report, codes[search->document->kind].keyword, source, key->offset,
               help.data, "unknown keyword `%s`", key->string);
  buffer_deinit(&help);
}

static void find_unknown(const struct search *search, const struct json *schema,
                         const struct json *value)
{
  const struct json *root = search->meta->of[search->document->kind].root;
  schema = describe(root, schema, value);
  if (value->type == JSON_ARRAY && json_get(schema, "items"))
    for (uint32_t i = 0; i < value->length; i++)
      find_unknown(search, json_get(schema, "items"), &value->items[i]);
  if (value->type != JSON_OBJECT) return;
  const struct json *rest = json_get(schema, "additionalProperties");
  bool closed = rest && rest->type == JSON_BOOLEAN && !rest->boolean;
  for (uint32_t i = 0; i < value->length; i++) {
    const struct json_member *member = &value->members[i];
    const struct json *next = describe_member(schema, json_text(&member->key));
    if (next && next->type == JSON_OBJECT)
      find_unknown(search, next, &member->value);
    else if (closed)
      report_unknown(search, &member->key, json_get(schema, "properties"));
  }
}

/* --- Everything else --- */

static void report_problem(const struct meta_schema *one, const struct document *document,
                           const struct schema_problem *problem, struct report *report)
{
  struct place place = find_place(one, document->root, problem->instance);
  struct buffer help = {0};
  if (place.schema) print_help(&help, place.schema);
  buffer_append_byte(&help, 0);
  report_error(report, codes[document->kind].language, &document->source, problem->offset,
               help.length > 1 ? help.data : NULL, "%s%.*s%s%.*s", place.name.length ? "`" : "",
               TEXT_ARGS(place.name), place.name.length ? "` " : "", TEXT_ARGS(problem->message));
  buffer_deinit(&help);
}

void meta_check(const struct meta *meta, const struct document *document, struct report *report)
{
  const struct meta_schema *one = &meta->of[document->kind];
  struct arena arena;
  if (!one->compiled || !document->root) return;
  arena_init(&arena, 4096);
  struct schema_problems problems = {.arena = &arena};
  /* An unknown keyword is among the problems, where only its message would be poor. */
  if (!schema_valid(one->compiled, document->root, &problems)) {
    find_unknown(&(struct search){meta, document, report}, one->start, document->root);
    for (size_t i = 0; i < problems.count; i++)
      if (!text_is(problems.items[i].keyword, "additionalProperties"))
        report_problem(one, document, &problems.items[i], report);
  }
  arena_deinit(&arena);
}
