/* The schema compiler and the validator: one or two schemas and a value, each on a line of its own.
 * With one schema the other admits everything; they may refer to each other, as "a.json" and
 * "b.json".
 *
 * There is no second validator to ask, so the oracle is what must be true of any schema: it
 * compiles or there is a finding; it says the same with and without a list of problems; what it
 * says of a schema in general (its fields, that nothing satisfies it) is true of the value; allOf
 * admits what each one admits; a value that was made ready is ready. And what compiles as a
 * contract's schema is valid under the draft's meta-schema. */
#include "fuzz.h"

#include "schema/schema.h"

enum { PAIR = 2 };

static const struct json_limits limits = {.depth = 64, .nodes = 10000};

struct input {
  struct arena arena;
  struct source sources[PAIR];
  struct json schemas[PAIR], value;
  bool slow; /* a check gave up: enough has been done, for a target that runs often */
};

static const struct json *load(void *context, struct text path, const struct source **source)
{
  struct input *input = context;
  size_t index = text_is(path, "b.json");
  if (index == 0 && !text_is(path, "a.json")) return NULL;
  *source = &input->sources[index];
  return &input->schemas[index];
}

/* False if it is no JSON. */
static bool read_input(struct input *input, struct text text)
{
  struct text rest = text, line[3];
  size_t lines = 0;
  while (lines < 3 && text_split(&rest, '\n', &line[lines])) lines++;
  if (lines < 2) return false;
  input->sources[0] = (struct source){"a.json", line[0]};
  input->sources[1] = (struct source){"b.json", lines == 3 ? line[1] : TEXT("true")};
  for (size_t i = 0; i < PAIR; i++)
    if (json_read(&input->arena, input->sources[i].text, &limits, &input->schemas[i], NULL))
      return false;
  return json_read(&input->arena, line[lines - 1], &limits, &input->value, NULL) == 0;
}

/* NULL if it is wrong. The second time it says the same, and adds nothing to the report. */
static const struct schema *compile(struct schema_set *set, const struct input *input, size_t index,
                                    unsigned flags)
{
  struct report report;
  report_init(&report);
  const struct source *source = &input->sources[index];
  const struct json *value = &input->schemas[index];
  const struct schema *schema =
      schema_compile(set, source, source->path, value, value, flags, &report);
  size_t errors = report.errors;
  bool again = schema_compile(set, source, source->path, value, value, flags, &report) != NULL;
  PROMISE(again == (schema != NULL), "it compiles only once");
  PROMISE(!schema || errors == 0, "%s", report.first->message);
  for (const struct finding *finding = report.first; finding; finding = finding->next)
    PROMISE(finding->message[0], "no message");
  report_deinit(&report);
  return schema;
}

/* The value that a problem is about; where a member is missing, what lacks it. */
static const struct json *pointed(const struct json *value, struct text pointer)
{
  const struct json *found = json_at_pointer(value, pointer);
  const char *slash = pointer.length > 0 ? memrchr(pointer.data, '/', pointer.length) : NULL;
  if (found || !slash) return found;
  return json_at_pointer(value, (struct text){pointer.data, (size_t)(slash - pointer.data)});
}

static bool is_valid(struct input *input, const struct schema *schema, const struct json *value)
{
  struct arena arena;
  arena_init(&arena, 4096);
  struct schema_problems problems = {.arena = &arena};
  bool valid = schema_valid(schema, value, NULL);
  PROMISE(schema_valid(schema, value, &problems) == valid, "with problems: %d", !valid);
  PROMISE((problems.count == 0) == valid, "%zu problems of a value that is %s", problems.count,
          valid ? "valid" : "not valid");
  for (size_t i = 0; i < problems.count; i++) {
    const struct schema_problem *problem = &problems.items[i];
    PROMISE(problem->message.length > 0 && text_is_utf8(problem->message), "%.*s",
            TEXT_ARGS(problem->keyword));
    PROMISE(pointed(value, problem->instance), "%.*s: %.*s", TEXT_ARGS(problem->instance),
            TEXT_ARGS(problem->message));
  }
  PROMISE(!problems.gave_up.data || !valid, "valid, but given up at %s", problems.gave_up.data);
  if (problems.gave_up.data) input->slow = true;
  arena_deinit(&arena);
  return valid;
}

static bool type_fits(const struct schema_field *field, const struct json *value)
{
  unsigned numbers = 1U << JSON_INTEGER | 1U << JSON_REAL, types = field->types;
  bool number = value->type == JSON_INTEGER || value->type == JSON_REAL;
  return number ? types & numbers : types & 1U << value->type;
}

/* What is said without a value must be true of those that are valid. */
static void check_fields(struct arena *arena, const struct schema *schema, const struct json *value,
                         bool valid)
{
  struct schema_field *fields;
  size_t count;
  schema_fields(schema, arena, &fields, &count);
  bool satisfiable = schema_satisfiable(schema);
  PROMISE(satisfiable || !valid, "a valid value of a schema that admits none");
  for (size_t i = 0; valid && value->type == JSON_OBJECT && i < count; i++) {
    const struct json *member = json_get_text(value, fields[i].name);
    PROMISE(member || !fields[i].required, "'%.*s' is missing", TEXT_ARGS(fields[i].name));
    PROMISE(!member || type_fits(&fields[i], member), "'%.*s' is %s", TEXT_ARGS(fields[i].name),
            json_type_name(member->type));
  }
}

static struct buffer written(const struct json *value)
{
  struct buffer out = {0};
  json_write(&out, value);
  return out;
}

static void check_settle(struct input *input, const struct schema *schema)
{
  static const unsigned flags[] = {SETTLE_COERCE | SETTLE_NORMALIZE, SETTLE_NORMALIZE,
                                   SETTLE_EMPTY | SETTLE_NORMALIZE, SETTLE_COERCE};
  const struct json *value = &input->value;
  struct arena *arena = &input->arena;
  struct buffer before = written(value);
  for (size_t i = 0; i < sizeof flags / sizeof *flags && !input->slow; i++) {
    struct schema_problems problems = {.arena = arena};
    struct json once = *value;
    input->slow = !schema_settle(schema, &once, flags[i], &problems);
    if (input->slow) break;
    struct json twice = once;
    PROMISE(schema_settle(schema, &twice, flags[i], &problems), "ready once, and then no more");
    struct buffer first = written(&once), second = written(&twice), after = written(value);
    PROMISE(text_equal(buffer_text(&first), buffer_text(&second)), "%.*s becomes %.*s",
            TEXT_ARGS(buffer_text(&first)), TEXT_ARGS(buffer_text(&second)));
    PROMISE(text_equal(buffer_text(&before), buffer_text(&after)), "the value was changed");
    is_valid(input, schema, &once);
    buffer_deinit(&first);
    buffer_deinit(&second);
    buffer_deinit(&after);
  }
  buffer_deinit(&before);
}

static bool check_one(struct input *input, const struct schema *schema)
{
  bool valid = is_valid(input, schema, &input->value);
  check_fields(&input->arena, schema, &input->value, valid);
  check_settle(input, schema);
  return valid;
}

/* Closing changes what a schema admits; only open ones are compared with their allOf. */
static void check_all(struct input *input, struct schema_set *set, unsigned flags)
{
  const struct schema *both[PAIR];
  bool valid = true;
  for (size_t i = 0; i < PAIR; i++) {
    both[i] = compile(set, input, i, flags);
    if (!both[i]) return;
  }
  for (size_t i = 0; i < PAIR && !input->slow; i++) valid = check_one(input, both[i]) && valid;
  if (input->slow) return;
  const struct schema *all = schema_all_of(set, both, PAIR);
  bool all_valid = check_one(input, all);
  PROMISE(flags & SCHEMA_CLOSED || input->slow || all_valid == valid, "allOf says %d", all_valid);
}

/* Under a set of its own: the draft's meta-schema refers to nothing else. Its formats (of URIs) are
 * not held against what works without. */
static void check_meta(struct input *input)
{
  static const char text[] = "{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}";
  struct arena arena;
  struct json reference;
  arena_init(&arena, 1 << 16);
  struct schema_set *set = schema_set_new(&arena, NULL, NULL);
  PROMISE(json_read(&arena, text_of(text), NULL, &reference, NULL) == 0, "%s", text);
  const struct schema *meta =
      schema_compile(set, NULL, "", &reference, &reference, SCHEMA_FORMAT_ANNOTATES, NULL);
  PROMISE(meta, "the meta-schema does not compile");
  PROMISE(is_valid(input, meta, &input->schemas[0]), "compiles, but is no schema");
  schema_set_free(set);
  arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const unsigned flags[] = {0, SCHEMA_STRICT | SCHEMA_CLOSED, SCHEMA_FORMAT_ANNOTATES};
  struct text text = fuzz_copy(data, size);
  struct input input = {.slow = false};
  arena_init(&input.arena, 1 << 14);
  if (read_input(&input, text)) {
    struct schema_set *set = schema_set_new(&input.arena, load, &input);
    for (size_t i = 0; i < sizeof flags / sizeof *flags && !input.slow; i++)
      check_all(&input, set, flags[i]);
    if (!input.slow && compile(set, &input, 0, SCHEMA_STRICT)) check_meta(&input);
    schema_set_free(set);
  }
  arena_deinit(&input.arena);
  free((void *)(uintptr_t)text.data);
  return 0;
}
