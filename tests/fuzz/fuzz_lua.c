/* Lua source, mutated by its own grammar, as a handler behind the wall. Whatever it does, it ends
 * with an outcome; what comes out is as promised; it does the same when it is run again, since
 * nothing of the first run is left; and the healthy handler answers exactly. A trap is an outcome.
 *
 * libFuzzer sees the guest's own branches: the generated C is instrumented for coverage. */
#include "fuzz.h"

#include "lua_mutate.h"
#include "runs.h"

enum { SLEEPS_MAX = 6, LOG_MAX_BYTES = 4096, LARGE = 20000 };

/* What a run did, as text, to be compared with another's. */
struct record {
  struct buffer text;
  size_t logged;
};

static struct patient patient;
static struct arena input_arena; /* lives as long as the program */
static struct json input, context, rows;
static unsigned outcomes[RUN_SUSPENDED + 1], unloaded;

static const struct image_module modules[] = {
    {"m", "app/lib/m.lua", TEXT_INITIALIZER("local m = {} m.m = m return m")},
    {"paging", "app/lib/paging.lua",
     TEXT_INITIALIZER("return { cut = function(rows, size) return rows, #rows > size end }")}};

static const char *const queries[] = {
    "users.find",      "notes.list",       "notes.read",    "users.refuse",
    "users.me",        "notes.create",     "users.create",  "users.update_profile",
    "transfers.enter", "transfers.create", "accounts.open", "accounts.list",
    "accounts.debit",  "accounts.credit",  "notes.delete",  "users.find_by_email"};

/* So that most names mean something, wherever a phrase comes to stand. On the source's first line.
 */
static const char names[] =
    "local t, s, x, i, k, v, self, f = { 1, 2, n = 3 }, 'abc', 7, 2, 'k', {}, {} "
    "f = function(...) return ... end local co = coroutine.create(f) ";

/* --- The host. --- */

static bool answer(void *to, uint32_t index, const struct json *parameters, struct json *result)
{
  static char large[LARGE + 1];
  struct record *record = to;
  buffer_print(&record->text, "%u:", index);
  json_write(&record->text, parameters);
  memset(large, 'x', LARGE);
  switch (index % 4) {
  case 0:
    *result = rows.items[0];
    return true;
  case 1:
    *result = rows;
    return true;
  case 2:
    *result = json_string((struct text){large, LARGE});
    return true;
  default:
    *result = json_null();
    return index != 3;
  }
}

static void take_line(void *to, struct text line)
{
  struct record *record = to;
  record->logged += line.length;
  PROMISE(record->logged <= LOG_MAX_BYTES && text_is_utf8(line), "%zu bytes logged",
          record->logged);
  buffer_append_text(&record->text, line);
}

/* --- Runs. --- */

static void run(const struct image *image, const struct run_limits *limits, struct record *record,
                struct run_result *result, struct arena *arena)
{
  struct run_input call = {.input = &input, .context = &context};
  struct run_host host = {record, answer, take_line};
  random_begin(1);
  sandbox_run(patient.sandbox, image, &call, limits, &host, arena, result);
  for (int i = 0; result->outcome == RUN_SUSPENDED; i++) {
    if (i == 0) patient_check(&patient);
    if (i == SLEEPS_MAX)
      sandbox_abandon(patient.sandbox, result);
    else
      sandbox_resume(patient.sandbox, result);
  }
  check_result(result, limits);
  outcomes[result->outcome]++;
  buffer_print(&record->text, "=%d:%lld:%.*s:%.*s:", result->outcome, (long long)result->status,
               TEXT_ARGS(result->message), TEXT_ARGS(result->traceback));
  if (result->outcome == RUN_RETURNED) json_write(&record->text, &result->value);
}

/* Two runs tell the same, unless time has cut one short. */
static void check_repeatable(const struct image *image)
{
  static const struct run_limits limits = {
      .cpu_ns = 5000000, .total_ns = 10000000000, .memory_bytes = 4 * 1024 * 1024};
  struct record record[2] = {{{0}, 0}};
  struct run_result result[2];
  struct arena arena;
  bool late = false;
  arena_init(&arena, 16384);
  for (int i = 0; i < 2 && !late; i++) {
    run(image, &limits, &record[i], &result[i], &arena);
    late = result[i].outcome == RUN_DEADLINE;
  }
  PROMISE(late || text_equal(buffer_text(&record[0].text), buffer_text(&record[1].text)),
          "first:\n%.*s\nthen:\n%.*s", TEXT_ARGS(buffer_text(&record[0].text)),
          TEXT_ARGS(buffer_text(&record[1].text)));
  for (int i = 0; i < 2; i++) buffer_deinit(&record[i].text);
  arena_deinit(&arena);
}

/* Memory runs out wherever the size of the source happens to put that. */
static void check_cramped(const struct image *image, size_t size)
{
  struct run_limits limits = {.cpu_ns = 5000000,
                              .total_ns = 10000000000,
                              .memory_bytes = 16384 + (uint32_t)(size % 64) * 2048,
                              .result_bytes = 1000};
  struct record record = {{0}, 0};
  struct run_result result;
  struct arena arena;
  arena_init(&arena, 16384);
  run(image, &limits, &record, &result, &arena);
  buffer_deinit(&record.text);
  arena_deinit(&arena);
}

/* The source as a handler; NULL with the error if it does not load. */
static struct image *build(const uint8_t *data, size_t size, struct error *error)
{
  struct buffer source = {0};
  struct image *image = NULL;
  struct image_spec spec = {.path = "app/handlers/f.lua",
                            .modules = modules,
                            .module_count = sizeof modules / sizeof *modules,
                            .queries = queries,
                            .query_count = sizeof queries / sizeof *queries,
                            .sleeps = true};
  buffer_append_text(&source, text_of(names));
  buffer_append(&source, data, size);
  spec.source = buffer_text(&source);
  random_begin(1);
  int failed = image_build(patient.sandbox, &spec, &image, error);
  buffer_deinit(&source);
  return failed ? NULL : image;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct error error = {0};
  struct image *image = build(data, size, &error);
  if (image) {
    check_repeatable(image);
    check_cramped(image, size);
  } else {
    unloaded++;
    PROMISE(text_starts_with(text_of(error.message), "app/"), "%s", error.message);
  }
  image_free(image);
  patient_check(&patient);
  return 0;
}

/* --- libFuzzer. --- */

/* Most changes break a script. Those that no longer load are of little use to go on from. */
static bool is_useful(const uint8_t *data, size_t size)
{
  struct image *image = build(data, size, NULL);
  image_free(image);
  return image != NULL;
}

enum { ATTEMPTS = 8 };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
  uint8_t *before = malloc(size + 1);
  size_t changed = size;
  if (!before) abort();
  memcpy(before, data, size);
  for (unsigned i = 0; i < ATTEMPTS; i++) {
    memcpy(data, before, size);
    changed = lua_mutate(data, size, size_max, seed + i);
    if (is_useful(data, changed)) break;
  }
  free(before);
  return changed;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t out_max, unsigned seed)
{
  struct text first = {(const char *)a, a_size}, second = {(const char *)b, b_size};
  size_t size = 0;
  for (unsigned i = 0; i < ATTEMPTS; i++) {
    size = lua_cross(first, second, out, out_max, seed + i);
    if (is_useful(out, size)) break;
  }
  return size;
}

/* Whether the scripts were of any use shows in how they ended. */
static void show_outcomes(void)
{
  static const char *const words[] = {"returned", "refused", "stopped", "raised",    "breached",
                                      "deadline", "memory",  "trapped", "overloaded"};
  fprintf(stderr, "outcomes: not loaded %u", unloaded);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    fprintf(stderr, ", %s %u", words[i], outcomes[i]);
  fputc('\n', stderr);
}

static struct json parse(const char *text)
{
  struct json value;
  PROMISE(json_read(&input_arena, text_of(text), NULL, &value, NULL) == 0, "%s", text);
  return value;
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
  (void)count, (void)arguments;
  arena_init(&input_arena, 4096);
  input = parse("{\"n\":10,\"text\":\"one two, th\\u00e9 3\",\"list\":[1,2.5,\"x\",null,true,[]],"
                "\"rows\":[{\"k\":\"a\",\"v\":1},{\"k\":\"b\",\"v\":2}],\"page_size\":2}");
  context = parse("{\"principal\":{\"id\":\"u1\",\"roles\":[\"user\"]},\"now\":1700000000123,"
                  "\"new_id\":\"n1\",\"request\":{\"method\":\"GET\"}}");
  rows = parse("[{\"id\":1,\"name\":\"ada\",\"note\":null},{\"id\":2,\"name\":\"eve\"},"
               "{\"id\":3,\"name\":\"bob\",\"size\":0.5}]");
  random_begin(1);
  patient_init(&patient);
  atexit(show_outcomes);
  return 0;
}
