#include "runs.h"

#include <math.h>
#include <sodium.h>

#include "base/crypto.h"
#include "fuzz.h"
#include "sandbox/boundary.h"
#include "sandbox/wire.h"

/* --- Random numbers that can be had again. --- */

static uint64_t random_state;

static uint32_t random_next(void)
{
  random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (uint32_t)(random_state >> 32);
}

static void random_fill(void *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++) ((unsigned char *)bytes)[i] = (unsigned char)random_next();
}

static const char *random_name(void)
{
  return "repeatable";
}

void random_begin(uint64_t seed)
{
  random_state = seed;
}

static struct randombytes_implementation repeatable = {
    .implementation_name = random_name, .random = random_next, .buf = random_fill};

/* --- The healthy handler. --- */

static const char healthy[] =
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
    "return function(input, ctx)\n"
    "  local words = {}\n"
    "  for word in input.text:gmatch('%a+') do words[#words + 1] = word:upper() end\n"
    "  ctx.sleep(1)\n"
    "  table.sort(words, function(a, b) return a > b end)\n"
    "  for i = 1, 260 do pcall(error) end\n"
    "  local ok, problem = pcall(error, 'x')\n"
    "  return { fib(input.n), ctx.db.users.find { name = 'ada' }, words, ok, problem }\n"
    "end\n";
static const char healthy_answer[] =
    "[55,{\"id\":7,\"name\":\"ada\"},[\"TWO\",\"ONE\"],false,\"x\"]";

enum { RUNS = 3 }; /* at the same time */

/* A row with the name that it was asked for. */
static bool healthy_query(void *context, uint32_t index, const struct json *parameters,
                          struct json *result)
{
  static struct json_member members[2];
  (void)context;
  PROMISE(index == 0, "query %u", index);
  members[0] = (struct json_member){json_string(TEXT("id")), json_integer(7)};
  members[1] = (struct json_member){json_string(TEXT("name")),
                                    json_string(json_text(json_get(parameters, "name")))};
  *result = (struct json){.type = JSON_OBJECT, .members = members, .length = 2};
  return true;
}

void patient_init(struct patient *patient)
{
  static const char *const queries[] = {"users.find"};
  struct image_spec spec = {.path = "app/handlers/healthy.lua",
                            .source = text_of(healthy),
                            .queries = queries,
                            .query_count = 1,
                            .sleeps = true};
  struct error error = {0};
  PROMISE(randombytes_set_implementation(&repeatable) == 0, "libsodium");
  PROMISE(crypto_init(&error) == 0 && sandbox_new(&patient->sandbox, &error) == 0 &&
              image_build(patient->sandbox, &spec, &patient->healthy, &error) == 0,
          "%s", error.message);
}

static void check_answer(const struct run_result *result)
{
  struct buffer answer = {0};
  PROMISE(result->outcome == RUN_RETURNED, "outcome %d: %.*s", result->outcome,
          TEXT_ARGS(result->message));
  json_write(&answer, &result->value);
  PROMISE(text_is(buffer_text(&answer), healthy_answer), "%.*s", TEXT_ARGS(buffer_text(&answer)));
  buffer_deinit(&answer);
}

void patient_check(struct patient *patient)
{
  static const struct run_limits limits = {
      .cpu_ns = 1000000000, .total_ns = 60000000000, .memory_bytes = 128 * 1024};
  struct json_member fields[] = {{json_string(TEXT("n")), json_integer(10)},
                                 {json_string(TEXT("text")), json_string(TEXT("one two"))}};
  struct json object = {.type = JSON_OBJECT, .members = fields, .length = 2};
  struct run_input input = {.input = &object};
  struct run_host host = {.query = healthy_query};
  struct arena arena[RUNS];
  struct run_result result[RUNS];
  for (size_t i = 0; i < RUNS; i++) {
    arena_init(&arena[i], 4096);
    sandbox_run(patient->sandbox, patient->healthy, &input, &limits, &host, &arena[i], &result[i]);
    PROMISE(result[i].outcome == RUN_SUSPENDED && result[i].sleep_ms == 1, "outcome %d: %.*s",
            result[i].outcome, TEXT_ARGS(result[i].message));
  }
  for (size_t i = 0; i < RUNS; i++) {
    sandbox_resume(patient->sandbox, &result[i]);
    check_result(&result[i], &limits);
    check_answer(&result[i]);
    arena_deinit(&arena[i]);
  }
}

/* --- Results. --- */

static void check_text(struct text text)
{
  PROMISE(text.length <= 4096 && text_is_utf8(text), "%zu bytes: %.*s", text.length,
          TEXT_ARGS(text));
}

static void check_string(const struct json *value)
{
  PROMISE(value->type == JSON_STRING && text_is_utf8(json_text(value)), "a string");
  PROMISE(value->string[value->length] == '\0', "no NUL behind a string");
}

/* Returns the number of values. */
static size_t check_value(const struct json *value, unsigned depth)
{
  bool nested = value->type == JSON_ARRAY || value->type == JSON_OBJECT;
  size_t count = 1;
  PROMISE(!nested || depth < WIRE_DEPTH_MAX, "nested %u deep", depth + 1);
  PROMISE(value->type != JSON_REAL || isfinite(value->real), "%f", value->real);
  if (value->type == JSON_STRING) check_string(value);
  for (uint32_t i = 0; nested && i < value->length; i++) {
    if (value->type == JSON_OBJECT) {
      const struct json_member *member = &value->members[i];
      check_string(&member->key);
      PROMISE(i == 0 || text_compare(json_text(&member[-1].key), json_text(&member->key)) < 0,
              "%s is not after %s", member->key.string, member[-1].key.string);
    }
    count += check_value(value->type == JSON_ARRAY ? &value->items[i] : &value->members[i].value,
                         depth + 1);
  }
  return count;
}

static void check_returned(const struct run_result *result, const struct run_limits *limits)
{
  struct buffer bytes = {0};
  size_t count = check_value(&result->value, 0);
  PROMISE(count <= WIRE_NODES_MAX + 1, "%zu values", count);
  wire_write(&bytes, &result->value);
  PROMISE(bytes.length <= (limits->result_bytes ? limits->result_bytes : 1024 * 1024), "%zu bytes",
          bytes.length);
  buffer_deinit(&bytes);
}

void check_result(const struct run_result *result, const struct run_limits *limits)
{
  enum run_outcome outcome = result->outcome;
  bool explained = outcome == RUN_BREACHED || outcome == RUN_TRAPPED;
  PROMISE(outcome <= RUN_TRAPPED, "outcome %d", outcome);
  PROMISE(!result->suspended, "it is over");
  check_text(result->message);
  check_text(result->traceback);
  PROMISE(!explained || result->message.length > 0, "outcome %d without a word", outcome);
  if (outcome == RUN_RETURNED) check_returned(result, limits);
}
