/* Values made from schemas: a schema in the first line and, perhaps, a pattern in the second.
 *
 * What is made is valid, and the same once more from the same seed; of a schema that nothing
 * satisfies nothing is made. A text that is made of a pattern matches it, and has the length that
 * was asked for. */
#include "fuzz.h"

#include "testing/pattern_text.h"
#include "testing/values.h"

static const struct json_limits limits = {.depth = 64, .nodes = 1000};

static struct text made_by(const struct schema *schema, const struct schema_set *set,
                           struct arena *arena, enum value_shape shape)
{
  struct values values;
  struct json value;
  struct buffer out = {0};
  struct text text = {0};
  values_init(&values, set, arena, 7);
  if (values_make(&values, schema, shape, &value, NULL) == 0) {
    PROMISE(schema_valid(schema, &value, NULL), "a value that is not valid");
    PROMISE(schema_satisfiable(schema), "a value of what has none");
    json_write(&out, &value);
    text = arena_copy(arena, buffer_text(&out));
  }
  values_deinit(&values);
  buffer_deinit(&out);
  return text;
}

static void make_values(struct text text, unsigned flags)
{
  struct arena arena;
  struct report report;
  struct json value;
  const struct source source = {"a.json", text};
  arena_init(&arena, 1 << 14);
  report_init(&report);
  struct schema_set *set = schema_set_new(&arena, NULL, NULL);
  if (json_read(&arena, text, &limits, &value, NULL) == 0) {
    const struct schema *schema =
        schema_compile(set, &source, source.path, &value, &value, flags, &report);
    for (int shape = VALUE_MINIMAL; schema && shape <= VALUE_FULL; shape++) {
      struct text first = made_by(schema, set, &arena, (enum value_shape)shape);
      struct text second = made_by(schema, set, &arena, (enum value_shape)shape);
      PROMISE(text_equal(first, second), "%.*s, then %.*s", TEXT_ARGS(first), TEXT_ARGS(second));
    }
  }
  schema_set_free(set);
  report_deinit(&report);
  arena_deinit(&arena);
}

static uint32_t characters(struct text text)
{
  uint32_t count = 0;
  for (size_t i = 0; i < text.length; i++) count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
  return count;
}

static void make_texts(struct text text)
{
  struct arena arena;
  struct values values;
  arena_init(&arena, 1 << 14);
  struct schema_set *set = schema_set_new(&arena, NULL, NULL);
  values_init(&values, set, &arena, 7);
  const struct pattern_text *pattern = text_is_utf8(text) ? pattern_text_of(&values, text) : NULL;
  for (uint32_t most = 0; pattern && most < 40; most += 7) {
    struct text made;
    if (!pattern_text_make(&values, pattern, most / 2, most, &made)) continue;
    PROMISE(pattern_text_matches(pattern, made), "%.*s does not match", TEXT_ARGS(made));
    PROMISE(characters(made) >= most / 2 && characters(made) <= most, "%.*s, of %u characters",
            TEXT_ARGS(made), most);
  }
  values_deinit(&values);
  schema_set_free(set);
  arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text copy = fuzz_copy(data, size), rest = copy, line;
  if (size > 0 && text_split(&rest, '\n', &line)) {
    make_values(line, 0);
    make_values(line, SCHEMA_STRICT | SCHEMA_CLOSED);
    if (rest.data && text_split(&rest, '\n', &line)) make_texts(line);
  }
  free((void *)copy.data);
  return 0;
}
