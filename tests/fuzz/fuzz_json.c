/* Our JSON reader against jansson: both accept or both refuse, and what they read is the same. Then
 * what our writer writes is read again, by both, and is what it was.
 *
 * Where they differ on purpose: integers beyond 64 bits are doubles here and an error there; NUL in
 * a name is an error there; nesting may be deeper there. */
#include "fuzz.h"

#include "base/json.h"
#include "oracle.h"

enum { DEPTH_MAX = 1000, NODES_MAX = 100000 };

static const struct json_limits limits = {.depth = DEPTH_MAX, .nodes = NODES_MAX};

/* Our value in the oracle's words. */
static void describe(struct buffer *out, const struct json *value, bool all_reals)
{
  switch (value->type) {
  case JSON_NULL:
    oracle_put_word(out, 'n');
    return;
  case JSON_BOOLEAN:
    oracle_put_word(out, value->boolean ? 't' : 'f');
    return;
  case JSON_INTEGER:
    if (all_reals)
      oracle_put_real(out, (double)value->integer);
    else
      oracle_put_integer(out, value->integer);
    return;
  case JSON_REAL:
    oracle_put_real(out, value->real);
    return;
  case JSON_STRING:
    PROMISE(value->string[value->length] == '\0', "no NUL behind a string");
    oracle_put_string(out, json_text(value));
    return;
  case JSON_ARRAY:
    oracle_put_word(out, '[');
    for (uint32_t i = 0; i < value->length; i++) describe(out, &value->items[i], all_reals);
    oracle_put_word(out, ']');
    return;
  case JSON_OBJECT:
    oracle_put_word(out, '{');
    for (uint32_t i = 0; i < value->length; i++) {
      oracle_put_string(out, json_text(&value->members[i].key));
      describe(out, &value->members[i].value, all_reals);
    }
    oracle_put_word(out, '}');
    return;
  }
}

static void check_same(const struct json *value, const struct oracle *oracle)
{
  struct buffer ours = {0};
  describe(&ours, value, oracle->all_reals);
  PROMISE(text_equal(buffer_text(&ours), buffer_text(&oracle->value)), "%.*s or %.*s",
          TEXT_ARGS(buffer_text(&ours)), TEXT_ARGS(buffer_text(&oracle->value)));
  buffer_deinit(&ours);
}

static bool differs_on_purpose(const struct json_error *problem, const struct oracle *oracle)
{
  return oracle->nul_in_name || strstr(problem->message, "nested") != NULL;
}

/* Reads what was written; the same value, and the same bytes when it is written again. */
static void check_round_trip(struct arena *arena, const struct json *value, bool known_to_oracle,
                             void (*write)(struct buffer *, const struct json *))
{
  struct buffer once = {0}, twice = {0};
  struct json again;
  struct json_error problem = {0};
  write(&once, value);
  PROMISE(json_read(arena, buffer_text(&once), &limits, &again, &problem) == 0, "%s",
          problem.message);
  PROMISE(json_equal(value, &again) && json_equal(&again, value), "%.*s",
          TEXT_ARGS(buffer_text(&once)));
  write(&twice, &again);
  PROMISE(text_equal(buffer_text(&once), buffer_text(&twice)), "%.*s is written as %.*s",
          TEXT_ARGS(buffer_text(&once)), TEXT_ARGS(buffer_text(&twice)));
  if (known_to_oracle) {
    struct oracle oracle = oracle_read(buffer_text(&once));
    PROMISE(oracle.accepted, "jansson: %s: %.*s", oracle.problem, TEXT_ARGS(buffer_text(&once)));
    check_same(&again, &oracle);
    buffer_deinit(&oracle.value);
  }
  buffer_deinit(&once);
  buffer_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text text = fuzz_copy(data, size);
  struct arena arena;
  struct json value;
  struct json_error problem = {0};
  arena_init(&arena, 1024);
  bool accepted = json_read(&arena, text, &limits, &value, &problem) == 0;
  struct oracle oracle = oracle_read(text);
  PROMISE(accepted || problem.message[0] != '\0', "refused without a word");
  PROMISE(accepted || problem.offset <= size, "the error lies at %u of %zu", problem.offset, size);
  if (!differs_on_purpose(&problem, &oracle)) {
    PROMISE(accepted == oracle.accepted, "ours: %s; jansson: %s", problem.message, oracle.problem);
    if (accepted) check_same(&value, &oracle);
  }
  if (accepted) {
    check_round_trip(&arena, &value, oracle.accepted, json_write);
    check_round_trip(&arena, &value, oracle.accepted, json_write_pretty);
  }
  buffer_deinit(&oracle.value);
  arena_deinit(&arena);
  free((void *)(uintptr_t)text.data);
  return 0;
}
