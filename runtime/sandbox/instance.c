/* An instance from reservation to release, and the one door of its runs. */
#undef _FORTIFY_SOURCE
#include "sandbox/instance.h"

#include "base/memory.h"

_Thread_local struct instance *volatile instance_current;

struct instance *instance_new(struct sandbox *sandbox)
{
  struct instance *instance = memory_new(sizeof *instance);
  instance->sandbox = sandbox;
  instance->link.instance = instance;
  if (stack_init(&instance->stack) != 0 || linear_reserve(&instance->linear) != 0) goto fail;
  module_init();
  guest_instantiate(&instance->guest, &instance->link); /* its table points to it: it cannot move */
  GUEST(construct)(&instance->guest);
  instance->pristine = instance->guest;
  if (linear_init(&instance->linear, *guest_stack_pointer(&instance->guest),
                  GUEST(changing)(&instance->guest)) == 0)
    return instance;
fail:
  instance_free(instance);
  return NULL;
}

void instance_free(struct instance *instance)
{
  if (instance->pristine.w2c_memory.data) guest_release(&instance->pristine);
  linear_release(&instance->linear);
  stack_deinit(&instance->stack);
  buffer_deinit(&instance->outgoing);
  memory_free(instance);
}

void instance_lay_out(struct instance *instance, const struct image *image, uint32_t budget)
{
  struct linear *linear = &instance->linear;
  linear_begin(linear, image->end, budget);
  memcpy(linear->base + linear->changing, image->bytes, image->length);
  instance->guest = instance->pristine;
  instance->guest.w2c_memory.size = linear->limit; /* what memory.copy and memory.fill check */
}

/* The first thing on the run's stack. From here on signals may end the run; before, they would jump
 * from one stack while the sanitizer is told of the other. */
static void begin(void *argument)
{
  struct instance *instance = argument;
  instance_current = instance;
  instance->entry(instance);
  instance->in_host = 1;
  instance_trap(instance, "the guest returned");
}

static void landed(struct instance *instance)
{
  stack_landed(&instance->stack);
  watchdog_end(&instance->sandbox->watchdog);
}

void instance_enter(struct instance *instance, void (*entry)(struct instance *instance),
                    uint64_t cpu_ns)
{
  instance->entry = entry;
  instance->try_depth = 0;
  instance->in_host = 0;
  instance->trap = NULL;
  instance->ticket = watchdog_begin(&instance->sandbox->watchdog, cpu_ns);
  if (_setjmp(instance->door) == 0) stack_switch(&instance->stack, begin, instance);
  landed(instance);
}

void instance_resume(struct instance *instance, uint64_t cpu_ns)
{
  instance->ticket = watchdog_begin(&instance->sandbox->watchdog, cpu_ns);
  if (_setjmp(instance->door) == 0) stack_resume(&instance->stack);
  landed(instance);
}

void instance_enter_host(struct instance *instance)
{
  stack_demand_reserve(&instance->stack);
  instance->in_host = 1;
}

void instance_suspend(struct instance *instance)
{
  instance->result->outcome = RUN_SUSPENDED;
  instance_current = NULL;
  stack_suspend(&instance->stack, instance->door);
  instance_current = instance;
}

void instance_leave(struct instance *instance, enum run_outcome outcome)
{
  instance->result->outcome = outcome;
  instance_current = NULL;
  stack_jump_out(&instance->stack, instance->door);
}

void instance_trap(struct instance *instance, const char *which)
{
  instance->trap = which;
  instance_leave(instance, RUN_TRAPPED);
}
