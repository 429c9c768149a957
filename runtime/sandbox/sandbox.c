/* Runs: a sandbox's life, and one call after the other. */
#include "sandbox/sandbox.h"

#include "base/clock.h"
#include "base/memory.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

enum { RESULT_DEFAULT_BYTES = 1024 * 1024 };

/* Instantiates the module and makes the image that all others begin with. */
static int open_guest(struct sandbox *sandbox, struct error *error)
{
  module_init();
  guest_instantiate(&sandbox->guest, &sandbox->link); /* its table points to it: it cannot move */
  GUEST(construct)(&sandbox->guest);
  sandbox->pristine = sandbox->guest;
  if (linear_init(&sandbox->linear, sandbox->guest.w2c_memory.data,
                  *guest_stack_pointer(&sandbox->guest), GUEST(changing)(&sandbox->guest)) != 0)
    return error_set(error, "the guest's memory cannot be laid out");
  return image_open(sandbox, error);
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
  buffer_deinit(&sandbox->fates);
  memory_free(sandbox);
}

static void enter_run(void *argument)
{
  struct sandbox *sandbox = argument;
  GUEST(run)
  (&sandbox->guest, sandbox->linear.image_end, (uint32_t)sandbox->outgoing.length,
   sandbox->linear.limit);
  instance_trap(sandbox, "the guest returned");
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
  image_lay_out(sandbox, image, limits->memory_bytes);
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
