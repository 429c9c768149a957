/* Our JSON reader against jansson: both accept or both refuse, and what they read is the same. Then
 * what our writer writes is read again, by both, and is what it was; no double is written with more
 * digits than it needs.
 *
 * Where they differ on purpose: integers beyond 64 bits are doubles here and an error there; NUL in
 * a name is an error there; nesting may be deeper there, and is counted. */
#include "fuzz.h"

#include "base/json.h"
#include "oracle.h"

enum { DEPTH_MAX = 24, NODES_MAX = 100000, DIGITS_MAX = 17 };

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

static bool differs_on_purpose(const struct oracle *oracle)
{
  return oracle->nul_in_name || oracle->depth > DEPTH_MAX;
}

/* --- doubles --- */

/* How few significant digits read back as the double: with each number of them the nearest, and its
 * neighbours. */
static int digits_needed(double real)
{
  for (int count = 1; count < DIGITS_MAX; count++) {
    char text[32], digits[32];
    snprintf(text, sizeof text, "%.*e", count - 1, real);
    size_t length = 0;
    for (const char *c = text; *c != 'e'; c++)
      if (*c >= '0' && *c <= '9') digits[length++] = *c;
    digits[length] = '\0';
    long exponent = strtol(strchr(text, 'e') + 1, NULL, 10) - (count - 1);
    unsigned long long nearest = strtoull(digits, NULL, 10);
    for (unsigned long long candidate = nearest - 1; candidate <= nearest + 1; candidate++) {
      snprintf(text, sizeof text, "%s%llue%ld", real < 0 ? "-" : "", candidate, exponent);
      if (strtod(text, NULL) == real) return count;
    }
  }
  return DIGITS_MAX;
}

/* Without the zeros at both ends. */
static int digits_written(struct text number)
{
  int count = 0, zeros = 0;
  for (size_t i = 0; i < number.length && number.data[i] != 'e'; i++) {
    char c = number.data[i];
    if (c < '0' || c > '9' || (c == '0' && count == 0)) continue;
    count++;
    zeros = c == '0' ? zeros + 1 : 0;
  }
  return count - zeros;
}

static void check_shortest(const struct json *value)
{
  bool object = value->type == JSON_OBJECT;
  for (uint32_t i = 0; (object || value->type == JSON_ARRAY) && i < value->length; i++)
    check_shortest(object ? &value->members[i].value : &value->items[i]);
  if (value->type != JSON_REAL || value->real == 0) return;
  struct buffer out = {0};
  json_write_real(&out, value->real);
  int written = digits_written(buffer_text(&out)), needed = digits_needed(value->real);
  PROMISE(written == needed, "%.*s has %d digits, %d are enough", TEXT_ARGS(buffer_text(&out)),
          written, needed);
  buffer_deinit(&out);
}

/* --- both ways --- */

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
  if (oracle.accepted && oracle.depth > DEPTH_MAX)
    PROMISE(!accepted && strstr(problem.message, "nested"), "%u deep: %s", oracle.depth,
            problem.message);
  if (!differs_on_purpose(&oracle)) {
    PROMISE(accepted == oracle.accepted, "ours: %s; jansson: %s", problem.message, oracle.problem);
    if (accepted) check_same(&value, &oracle);
  }
  if (accepted) {
    check_shortest(&value);
    check_round_trip(&arena, &value, oracle.accepted, json_write);
    check_round_trip(&arena, &value, oracle.accepted, json_write_pretty);
  }
  buffer_deinit(&oracle.value);
  arena_deinit(&arena);
  free((void *)(uintptr_t)text.data);
  return 0;
}
