/* Images and runs. An image is made in three steps, each of them a run like any other: the module's
 * data as it was linked; `open`, once per sandbox, with the library and the prelude; `load`, with
 * one handler. */
#include "sandbox/sandbox.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

enum {
  BUILD_CPU_MS = 250,
  BUILD_MEMORY_BYTES = 16 * 1024 * 1024,
  RESULT_DEFAULT_BYTES = 1024 * 1024
};

/* What runs while an image is made. */
static void enter_open(void *argument)
{
  struct sandbox *sandbox = argument;
  uint32_t seed;
  crypto_random(&seed, sizeof seed);
  GUEST(open)(&sandbox->guest, seed, sandbox->linear.limit);
  instance_trap(sandbox, "the guest returned");
}

static void enter_load(void *argument)
{
  struct sandbox *sandbox = argument;
  uint32_t spec = sandbox->linear.limit - (uint32_t)sandbox->outgoing.length;
  GUEST(load)(&sandbox->guest, spec, spec);
  instance_trap(sandbox, "the guest returned");
}

static void enter_run(void *argument)
{
  struct sandbox *sandbox = argument;
  GUEST(run)
  (&sandbox->guest, sandbox->linear.image_end, (uint32_t)sandbox->outgoing.length,
   sandbox->linear.limit);
  instance_trap(sandbox, "the guest returned");
}

/* Puts an image in place. */
static void lay_out(struct sandbox *sandbox, const struct image *image, uint32_t budget)
{
  struct linear *linear = &sandbox->linear;
  linear_begin(linear, image->end, budget);
  memcpy(linear->base + linear->changing, image->bytes, image->length);
  sandbox->pristine.w2c_memory.size = linear->limit; /* what memory.copy and memory.fill check */
}

/* Copies the present memory up to what the guest calls its top. */
static struct image *capture(struct sandbox *sandbox, uint32_t query_count)
{
  const struct linear *linear = &sandbox->linear;
  uint32_t end = (sandbox->ready_top + 15u) & ~15u;
  if (end < linear->changing) end = linear->changing;
  if (end > linear->high) end = linear->high;
  struct image *image = memory_new(sizeof *image);
  *image = (struct image){.length = end - linear->changing, .end = end, .query_count = query_count};
  image->bytes = memory_new(image->length ? image->length : 1);
  memcpy(image->bytes, linear->base + linear->changing, image->length);
  return image;
}

static int open_guest(struct sandbox *sandbox, struct error *error)
{
  struct arena arena;
  struct run_result result = {0};
  module_init();
  guest_instantiate(&sandbox->guest, &sandbox->link); /* its table points to it: it cannot move */
  GUEST(construct)(&sandbox->guest);
  sandbox->pristine = sandbox->guest;
  if (linear_init(&sandbox->linear, sandbox->guest.w2c_memory.data,
                  *guest_stack_pointer(&sandbox->guest), GUEST(changing)(&sandbox->guest)) != 0)
    return error_set(error, "the guest's memory cannot be laid out");
  linear_begin(&sandbox->linear, sandbox->linear.changing, BUILD_MEMORY_BYTES);
  sandbox->pristine.w2c_memory.size = sandbox->linear.limit;
  arena_init(&arena, 4096);
  sandbox->arena = &arena;
  sandbox->result = &result;
  instance_enter(sandbox, enter_open, UINT64_MAX);
  if (result.outcome == RUN_RETURNED)
    sandbox->opened = capture(sandbox, 0);
  else
    error_set(error, "the prelude failed: %.*s (%s)", TEXT_ARGS(result.message),
              result.outcome == RUN_TRAPPED ? sandbox->trap : "no trap");
  linear_wipe(&sandbox->linear);
  arena_deinit(&arena);
  return sandbox->opened ? 0 : -1;
}

int sandbox_new(struct sandbox **out, struct error *error)
{
  struct sandbox *sandbox = memory_new(sizeof *sandbox);
  sandbox->link.sandbox = sandbox;
  int failed = fault_init(sandbox, error);
  if (!failed && (stack_init(&sandbox->stack) != 0 || watchdog_start(&sandbox->watchdog) != 0))
    failed = error_set(error, "the sandbox cannot get a stack or a thread");
  if (!failed) failed = open_guest(sandbox, error);
  if (failed) {
    sandbox_free(sandbox);
    return -1;
  }
  *out = sandbox;
  return 0;
}

void sandbox_free(struct sandbox *sandbox)
{
  if (!sandbox) return;
  watchdog_stop(&sandbox->watchdog);
  fault_deinit(sandbox);
  stack_deinit(&sandbox->stack);
  if (sandbox->pristine.w2c_memory.data) guest_release(&sandbox->pristine);
  image_free(sandbox->opened);
  buffer_deinit(&sandbox->outgoing);
  memory_free(sandbox);
}

void image_free(struct image *image)
{
  if (!image) return;
  memory_free(image->bytes);
  memory_free(image);
}

size_t image_bytes(const struct image *image)
{
  return image->length;
}

/* The handler and its modules as the guest's `load` reads them. */
static void write_spec(struct buffer *out, const struct image_spec *spec)
{
  uint32_t query_count = (uint32_t)spec->query_count, module_count = (uint32_t)spec->module_count;
  wire_write_string(out, text_of(spec->path));
  wire_write_string(out, spec->source);
  buffer_append_byte(out, WIRE_ARRAY);
  buffer_append(out, &query_count, sizeof query_count);
  for (size_t i = 0; i < spec->query_count; i++) {
    struct json name = json_string(text_of(spec->queries[i]));
    wire_write(out, &name);
  }
  buffer_append(out, &module_count, sizeof module_count);
  for (size_t i = 0; i < spec->module_count; i++) {
    wire_write_string(out, text_of(spec->modules[i].name));
    wire_write_string(out, text_of(spec->modules[i].path));
    wire_write_string(out, spec->modules[i].source);
  }
}

static int check_spec(const struct image_spec *spec, struct error *error)
{
  if (spec->source.length > HANDLER_SOURCE_MAX_BYTES)
    return error_set(error, "%s:1: the file is larger than %d KB", spec->path,
                     HANDLER_SOURCE_MAX_BYTES / 1024);
  for (size_t i = 0; i < spec->module_count; i++) {
    if (spec->modules[i].source.length > HANDLER_SOURCE_MAX_BYTES)
      return error_set(error, "%s:1: the file is larger than %d KB", spec->modules[i].path,
                       HANDLER_SOURCE_MAX_BYTES / 1024);
  }
  return 0;
}

/* True if the message begins with the path of a file and a colon. */
static bool is_placed(struct text message, const struct image_spec *spec)
{
  bool placed = text_starts_with(message, spec->path);
  for (size_t i = 0; i < spec->module_count && !placed; i++)
    placed = text_starts_with(message, spec->modules[i].path);
  return placed;
}

static int explain(const struct sandbox *sandbox, const struct image_spec *spec,
                   struct error *error)
{
  const char *path = spec->path;
  const struct run_result *result = sandbox->result;
  switch (result->outcome) {
  case RUN_RAISED:
    return is_placed(result->message, spec)
               ? error_set(error, "%.*s", TEXT_ARGS(result->message))
               : error_set(error, "%s:1: %.*s", path, TEXT_ARGS(result->message));
  case RUN_DEADLINE:
    return error_set(error, "%s:1: loading took more than %d ms", path, BUILD_CPU_MS);
  case RUN_MEMORY:
    return error_set(error, "%s:1: loading took more than %d MB of memory", path,
                     BUILD_MEMORY_BYTES >> 20);
  default:
    return error_set(error, "%s:1: loading failed: %s", path,
                     result->outcome == RUN_TRAPPED ? sandbox->trap : "ctx is for calls only");
  }
}

int image_build(struct sandbox *sandbox, const struct image_spec *spec, struct image **image,
                struct error *error)
{
  struct arena arena;
  struct run_result result = {0};
  struct linear *linear = &sandbox->linear;
  if (check_spec(spec, error) != 0) return -1;
  sandbox_claim_signals();
  buffer_clear(&sandbox->outgoing);
  write_spec(&sandbox->outgoing, spec);
  if (sandbox->outgoing.length > BUILD_MEMORY_BYTES / 2)
    return error_set(error, "%s:1: the modules are larger than %d MB together", spec->path,
                     BUILD_MEMORY_BYTES >> 21);
  arena_init(&arena, 4096);
  sandbox->arena = &arena;
  sandbox->result = &result;
  sandbox->host = NULL;
  sandbox->query_count = 0;
  lay_out(sandbox, sandbox->opened, BUILD_MEMORY_BYTES);
  /* The sources lie at the far end, so that the image ends below them. */
  void *place = linear_range(linear, linear->limit - (uint32_t)sandbox->outgoing.length,
                             (uint32_t)sandbox->outgoing.length, true);
  memcpy(place, sandbox->outgoing.data, sandbox->outgoing.length);
  instance_enter(sandbox, enter_load, (uint64_t)BUILD_CPU_MS * 1000000);
  int failed = result.outcome == RUN_RETURNED ? 0 : explain(sandbox, spec, error);
  if (!failed) *image = capture(sandbox, (uint32_t)spec->query_count);
  linear_wipe(linear);
  arena_deinit(&arena);
  return failed;
}

/* The time that os.time tells: ctx.now if it is an integer (milliseconds), else the clock's. */
static int64_t now_ms(const struct run_input *input)
{
  const struct json *now = json_get(input->context, "now");
  return now && now->type == JSON_INTEGER ? now->integer : clock_wall_ms();
}

static void write_call(struct buffer *out, const struct run_input *input)
{
  static const struct json null = {.type = JSON_NULL};
  int64_t now = now_ms(input);
  buffer_append(out, &now, sizeof now);
  wire_write(out, input->input ? input->input : &null);
  wire_write(out, input->context ? input->context : &null);
}

static void put_call(struct sandbox *sandbox, uint64_t cpu_ns)
{
  struct linear *linear = &sandbox->linear;
  size_t length = sandbox->outgoing.length;
  void *place = length <= linear->budget
                    ? linear_range(linear, linear->image_end, (uint32_t)length, true)
                    : NULL;
  if (!place) {
    sandbox->result->outcome = RUN_MEMORY;
    return;
  }
  memcpy(place, sandbox->outgoing.data, length);
  instance_enter(sandbox, enter_run, cpu_ns);
}

void sandbox_run(struct sandbox *sandbox, const struct image *image, const struct run_input *input,
                 const struct run_limits *limits, const struct run_host *host, struct arena *arena,
                 struct run_result *result)
{
  uint64_t begun = clock_monotonic_ns();
  *result = (struct run_result){.message = TEXT(""), .traceback = TEXT("")};
  sandbox->arena = arena;
  sandbox->result = result;
  sandbox->host = host;
  sandbox->query_count = image->query_count;
  sandbox->logged = 0;
  sandbox->result_bytes = limits->result_bytes ? limits->result_bytes : RESULT_DEFAULT_BYTES;
  buffer_clear(&sandbox->outgoing);
  write_call(&sandbox->outgoing, input);
  lay_out(sandbox, image, limits->memory_bytes);
  put_call(sandbox, limits->cpu_ns);
  if (result->outcome == RUN_TRAPPED) result->message = text_of(sandbox->trap);
  result->memory_bytes = linear_writable(&sandbox->linear);
  linear_wipe(&sandbox->linear);
  result->cpu_ns = clock_monotonic_ns() - begun;
}

bool sandbox_deadline_passed(const struct sandbox *sandbox)
{
  return watchdog_expired(&sandbox->watchdog, sandbox->ticket);
}
