/* Runs: a sandbox's life, its instances, one call after the other. */
#include "sandbox/sandbox.h"

#include "base/clock.h"
#include "base/memory.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

enum {
  RESULT_DEFAULT_BYTES = 1024 * 1024,
  IDLE_MAX = 64,                  /* instances kept ready; beyond, they go back to the kernel */
  OUTGOING_KEPT_BYTES = 64 * 1024 /* of an idle instance */
};

int sandbox_new(struct sandbox **out, struct error *error)
{
  struct sandbox *sandbox = memory_new(sizeof *sandbox);
  int failed = fault_init(sandbox, error);
  if (!failed && watchdog_start(&sandbox->watchdog) != 0)
    failed = error_set(error, "the sandbox cannot start its watchdog thread");
  if (!failed) failed = image_open(sandbox, error);
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
  while (sandbox->idle) {
    struct instance *instance = sandbox->idle;
    sandbox->idle = instance->next_idle;
    instance_free(instance);
  }
  image_free(sandbox->opened);
  memory_free(sandbox);
}

struct instance *sandbox_take(struct sandbox *sandbox)
{
  struct instance *instance = sandbox->idle;
  if (!instance) return instance_new(sandbox);
  sandbox->idle = instance->next_idle;
  sandbox->idle_count--;
  return instance;
}

void sandbox_give_back(struct sandbox *sandbox, struct instance *instance)
{
  if (sandbox->idle_count == IDLE_MAX) {
    instance_free(instance);
    return;
  }
  linear_wipe(&instance->linear);
  buffer_clear(&instance->outgoing);
  if (instance->outgoing.capacity > OUTGOING_KEPT_BYTES) buffer_deinit(&instance->outgoing);
  instance->next_idle = sandbox->idle;
  sandbox->idle = instance;
  sandbox->idle_count++;
}

/* --- A call. --- */

/* The time that os.time tells: ctx.now if it is an integer (milliseconds), else the clock's. */
static int64_t now_ms(const struct run_input *input)
{
  const struct json *now = json_get(input->context, "now");
  return now && now->type == JSON_INTEGER ? now->integer : clock_wall_ms();
}

void sandbox_write_call(struct buffer *out, const struct run_input *input)
{
  static const struct json null = {.type = JSON_NULL};
  int64_t now = now_ms(input);
  buffer_append(out, &now, sizeof now);
  wire_write(out, input->input ? input->input : &null);
  wire_write(out, input->context ? input->context : &null);
}

static void enter_run(struct instance *instance)
{
  GUEST(run)
  (&instance->guest, instance->linear.image_end, (uint32_t)instance->outgoing.length,
   instance->linear.limit);
}

/* No sleep is longer than the time that is left. None is shorter than a millisecond: to suspend and
 * to ask everything again is work that the run's CPU time does not count. */
static void suspend(struct instance *instance)
{
  struct run_result *result = instance->result;
  uint64_t used = clock_thread_cpu_ns() - instance->cpu_began_ns, now = clock_monotonic_ns();
  uint64_t left_ns = instance->total_ends_ns > now ? instance->total_ends_ns - now : 0;
  uint64_t left_ms = (left_ns + 999999) / 1000000;
  instance->cpu_ns = used < instance->cpu_ns ? instance->cpu_ns - used : 0;
  if (result->sleep_ms == 0) result->sleep_ms = 1;
  if (result->sleep_ms > left_ms) {
    result->sleep_ms = left_ms;
    instance->total_ends_ns = 0; /* over when it wakes, be the timer a bit early or not */
  }
  result->suspended = instance;
  instance->sandbox->suspended_count++;
}

/* The run has left its stack, for good or for now. */
static void settle(struct instance *instance)
{
  struct run_result *result = instance->result;
  if (result->outcome == RUN_SUSPENDED) {
    suspend(instance);
    return;
  }
  if (result->outcome == RUN_TRAPPED) result->message = text_of(instance->trap);
  result->memory_bytes = linear_writable(&instance->linear);
  sandbox_give_back(instance->sandbox, instance);
}

static void start(struct instance *instance, const struct run_limits *limits,
                  void (*entry)(struct instance *instance))
{
  struct linear *linear = &instance->linear;
  size_t length = instance->outgoing.length;
  void *place = length <= linear->budget
                    ? linear_range(linear, linear->image_end, (uint32_t)length, true)
                    : NULL;
  if (!place) {
    instance->result->outcome = RUN_MEMORY;
    return;
  }
  memcpy(place, instance->outgoing.data, length);
  if (instance->sleeps) {
    instance->cpu_ns = limits->cpu_ns;
    instance->total_ends_ns = clock_monotonic_ns() + limits->total_ns;
    instance->cpu_began_ns = clock_thread_cpu_ns();
  }
  instance_enter(instance, entry, limits->cpu_ns);
}

void sandbox_enter(struct sandbox *sandbox, const struct image *image,
                   const struct run_input *input, const struct run_limits *limits,
                   const struct run_host *host, struct arena *arena, struct run_result *result,
                   void (*entry)(struct instance *instance))
{
  struct instance *instance = sandbox_take(sandbox);
  *result =
      (struct run_result){.outcome = RUN_OVERLOADED, .message = TEXT(""), .traceback = TEXT("")};
  if (!instance) return;
  instance->arena = arena;
  instance->result = result;
  instance->host = *host;
  instance->query_count = image->query_count;
  instance->sleeps = image->sleeps;
  instance->logged = 0;
  instance->result_bytes = limits->result_bytes ? limits->result_bytes : RESULT_DEFAULT_BYTES;
  sandbox_write_call(&instance->outgoing, input);
  instance_lay_out(instance, image, limits->memory_bytes);
  start(instance, limits, entry);
  settle(instance);
}

void sandbox_run(struct sandbox *sandbox, const struct image *image, const struct run_input *input,
                 const struct run_limits *limits, const struct run_host *host, struct arena *arena,
                 struct run_result *result)
{
  sandbox_enter(sandbox, image, input, limits, host, arena, result, enter_run);
}

/* --- Suspended runs. --- */

/* Takes the run out of its result. */
static struct instance *wake(struct sandbox *sandbox, struct run_result *result)
{
  struct instance *instance = result->suspended;
  result->suspended = NULL;
  sandbox->suspended_count--;
  return instance;
}

void sandbox_resume(struct sandbox *sandbox, struct run_result *result)
{
  struct instance *instance = wake(sandbox, result);
  result->total_passed = clock_monotonic_ns() >= instance->total_ends_ns;
  if (instance->cpu_ns == 0 || result->total_passed) {
    result->outcome = RUN_DEADLINE;
  } else {
    instance->cpu_began_ns = clock_thread_cpu_ns();
    instance_resume(instance, instance->cpu_ns);
  }
  settle(instance);
}

void sandbox_abandon(struct sandbox *sandbox, struct run_result *result)
{
  if (!result->suspended) return;
  sandbox_give_back(sandbox, wake(sandbox, result));
  result->outcome = RUN_STOPPED;
}

bool sandbox_deadline_passed(const struct sandbox *sandbox)
{
  const struct instance *instance = instance_current;
  return instance && watchdog_expired(&sandbox->watchdog, instance->ticket);
}
