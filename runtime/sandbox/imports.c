/* What the guest can ask of the host. Every number it gives is checked; what a healthy guest never
 * does is a trap. While an import works, in_host is set: the deadline is only marked, and acted
 * upon on the way back. */
#undef _FORTIFY_SOURCE
#include "base/crypto.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

enum {
  LOG_MAX_BYTES = 4096,
  TEXT_MAX_BYTES = 4096,
  PARAMETERS_MAX_BYTES = 256 * 1024,
  RANDOM_MAX_BYTES = 64
};

static struct instance *enter_host(struct guest_link *link)
{
  instance_enter_host(link->instance);
  return link->instance;
}

static void leave_host(struct instance *instance)
{
  if (watchdog_expired(&instance->sandbox->watchdog, instance->ticket))
    instance_leave(instance, RUN_DEADLINE);
  instance->in_host = 0;
}

/* The guest's bytes, or the end of the run. */
static struct text bytes_of(struct instance *instance, uint32_t address, uint32_t length)
{
  const char *bytes = linear_range(&instance->linear, address, length, false);
  if (!bytes) instance_trap(instance, "the host was given an address out of bounds");
  return (struct text){bytes, length};
}

/* Lua's protected calls. The generated code's own accesses need no check (nothing a 32-bit address
 * names lies outside the reservation, and a fault there is the guest's), so neither does this one;
 * and as the host's state is in order at every instruction, in_host stays clear up to the throw. */
uint32_t IMPORTED(try)(struct guest_link *link, uint32_t function, uint32_t state, uint32_t data,
                       uint32_t jump)
{
  struct instance *instance = link->instance;
  uint32_t depth = instance->try_depth;
  if (depth == TRIES_MAX) {
    instance_enter_host(instance);
    instance_trap(instance, "protected calls nested too deeply");
  }
  struct try try = {.stack_pointer = *guest_stack_pointer(&instance->guest)};
  instance->tries[depth] = &try;
  instance->try_depth = depth + 1;
  memcpy(instance->linear.base + jump, &depth, sizeof depth);
  if (_setjmp(try.jump) == 0) {
    GUEST(call)(&instance->guest, function, state, data);
  } else {
    *guest_stack_pointer(&instance->guest) = try.stack_pointer;
    leave_host(instance);
  }
  instance->try_depth = depth;
  return 0;
}

void IMPORTED(throw)(struct guest_link *link, uint32_t jump)
{
  struct instance *instance = enter_host(link);
  if (jump >= instance->try_depth) instance_trap(instance, "a throw without a protected call");
  _longjmp(instance->tries[jump]->jump, 1);
}

void IMPORTED(random)(struct guest_link *link, uint32_t address, uint32_t length)
{
  struct instance *instance = enter_host(link);
  void *bytes = linear_range(&instance->linear, address, length, true);
  if (!bytes || length > RANDOM_MAX_BYTES)
    instance_trap(instance, "the host was given an address out of bounds");
  crypto_random(bytes, length);
  leave_host(instance);
}

void IMPORTED(log)(struct guest_link *link, uint32_t address, uint32_t length)
{
  struct instance *instance = enter_host(link);
  struct text line = bytes_of(instance, address, length);
  if (instance->host.log && instance->logged < LOG_MAX_BYTES) {
    struct arena_mark mark = arena_mark(instance->arena);
    line = wire_clean(instance->arena, line, LOG_MAX_BYTES - instance->logged);
    instance->logged += line.length + 1;
    instance->host.log(instance->host.context, line);
    arena_rewind(instance->arena, mark);
  }
  leave_host(instance);
}

/* The parameters of a query: an object or null; Lua's empty table could be either. */
static void read_parameters(struct instance *instance, struct text bytes, struct json *parameters)
{
  struct run_result *result = instance->result;
  if (bytes.length > PARAMETERS_MAX_BYTES) {
    result->message = TEXT("a query's parameters are larger than 256 KB");
    instance_leave(instance, RUN_BREACHED);
  }
  enum wire_outcome outcome = wire_read(instance->arena, bytes, parameters, &result->message);
  if (outcome == WIRE_UNFITTING) {
    result->message =
        arena_print(instance->arena, "in a query's parameters: %.*s", TEXT_ARGS(result->message));
    instance_leave(instance, RUN_BREACHED);
  }
  if (outcome != WIRE_READ) instance_trap(instance, "a query's parameters are malformed");
  if (parameters->type == JSON_ARRAY && parameters->length == 0)
    *parameters = (struct json){.type = JSON_OBJECT};
  if (parameters->type != JSON_OBJECT && parameters->type != JSON_NULL) {
    result->message = TEXT("a query's parameters must be an object: { name = value }");
    instance_leave(instance, RUN_BREACHED);
  }
}

/* However many queries a run makes, the host has memory for one only: what it needed for it is
 * forgotten once the result is on its way. */
uint32_t IMPORTED(query)(struct guest_link *link, uint32_t index, uint32_t address, uint32_t length)
{
  struct instance *instance = enter_host(link);
  struct json parameters, result = json_null();
  struct arena_mark mark = arena_mark(instance->arena);
  read_parameters(instance, bytes_of(instance, address, length), &parameters);
  if (index >= instance->query_count || !instance->host.query)
    instance_trap(instance, "a query that was not granted");
  if (!instance->host.query(instance->host.context, index, &parameters, &result))
    instance_leave(instance, RUN_STOPPED);
  buffer_clear(&instance->outgoing);
  wire_write(&instance->outgoing, &result);
  arena_rewind(instance->arena, mark);
  uint32_t waiting = (uint32_t)instance->outgoing.length;
  leave_host(instance);
  return waiting;
}

void IMPORTED(take)(struct guest_link *link, uint32_t address, uint32_t length)
{
  struct instance *instance = enter_host(link);
  void *bytes = linear_range(&instance->linear, address, length, true);
  if (!bytes || length != instance->outgoing.length)
    instance_trap(instance, "the host was given an address out of bounds");
  if (length) memcpy(bytes, instance->outgoing.data, length);
  buffer_clear(&instance->outgoing);
  leave_host(instance);
}

/* ctx.sleep. What a query left to be taken goes: the next piece of this run begins with nothing. */
void IMPORTED(sleep)(struct guest_link *link, uint64_t ms)
{
  struct instance *instance = enter_host(link);
  if (!instance->sleeps) instance_trap(instance, "a sleep that was not granted");
  if (instance->sandbox->suspended_count == SUSPENDED_MAX) instance_leave(instance, RUN_OVERLOADED);
  buffer_clear(&instance->outgoing);
  instance->result->sleep_ms = ms;
  instance_suspend(instance);
  leave_host(instance);
}

static enum run_outcome returned(struct instance *instance, struct text bytes, int64_t status)
{
  struct run_result *result = instance->result;
  if (bytes.length > instance->result_bytes) {
    result->message =
        arena_print(instance->arena, "the result is larger than %u bytes", instance->result_bytes);
    return RUN_BREACHED;
  }
  enum wire_outcome outcome = wire_read(instance->arena, bytes, &result->value, &result->message);
  if (outcome == WIRE_MALFORMED) {
    result->value = json_null();
    instance->trap = "the result is malformed";
    return RUN_TRAPPED;
  }
  if (outcome == WIRE_UNFITTING) {
    result->value = json_null();
    return RUN_BREACHED;
  }
  result->status = status;
  return RUN_RETURNED;
}

/* { message, traceback } */
static enum run_outcome raised(struct instance *instance, struct text bytes)
{
  const char *next = bytes.data, *end = bytes.data + bytes.length;
  struct text *texts[] = {&instance->result->message, &instance->result->traceback};
  uint32_t length;
  if (bytes.length < 5) return RUN_TRAPPED;
  next += 5;
  for (int i = 0; i < 2; i++) {
    if (end - next < 5) return RUN_TRAPPED;
    memcpy(&length, next + 1, sizeof length);
    next += 5;
    if (length > (size_t)(end - next)) return RUN_TRAPPED;
    *texts[i] = wire_clean(instance->arena, (struct text){next, length}, TEXT_MAX_BYTES);
    next += length;
  }
  return RUN_RAISED;
}

void IMPORTED(end)(struct guest_link *link, uint32_t kind, uint32_t address, uint32_t length,
                   uint64_t number)
{
  struct instance *instance = enter_host(link);
  struct text bytes = bytes_of(instance, address, length);
  enum run_outcome outcome = RUN_TRAPPED;
  instance->trap = "an end of no known kind";
  switch (kind) {
  case END_READY:
    if (image_ready(instance, bytes, (int64_t)number)) outcome = RUN_RETURNED;
    break;
  case END_RETURNED:
    outcome = returned(instance, bytes, (int64_t)number);
    break;
  case END_RAISED:
    instance->trap = "the error is malformed";
    outcome = raised(instance, bytes);
    break;
  case END_EXHAUSTED:
    outcome = RUN_MEMORY;
    break;
  case END_REFUSED:
  case END_BREACHED:
    instance->trap = "a breach without a word";
    if (kind == END_BREACHED && length == 0) break;
    instance->result->message = wire_clean(instance->arena, bytes, TEXT_MAX_BYTES);
    outcome = kind == END_REFUSED ? RUN_REFUSED : RUN_BREACHED;
    break;
  default:
    break;
  }
  instance_leave(instance, outcome);
}
