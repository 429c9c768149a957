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

static struct sandbox *enter_host(struct guest_link *link)
{
  struct sandbox *sandbox = link->sandbox;
  if (!stack_has_reserve(&sandbox->stack)) instance_trap(sandbox, "stack exhausted");
  sandbox->in_host = 1;
  return sandbox;
}

static void leave_host(struct sandbox *sandbox)
{
  sandbox->in_host = 0;
  if (watchdog_expired(&sandbox->watchdog, sandbox->ticket)) instance_leave(sandbox, RUN_DEADLINE);
}

/* The guest's bytes, or the end of the run. */
static struct text bytes_of(struct sandbox *sandbox, uint32_t address, uint32_t length)
{
  const char *bytes = linear_range(&sandbox->linear, address, length, false);
  if (!bytes) instance_trap(sandbox, "the host was given an address out of bounds");
  return (struct text){bytes, length};
}

/* Lua's protected calls. The generated code's own accesses need no check (nothing a 32-bit address
 * names lies outside the reservation, and a fault there is the guest's), so neither does this one;
 * and as the host's state is in order at every instruction, in_host stays clear. */
uint32_t IMPORTED(try)(struct guest_link *link, uint32_t function, uint32_t state, uint32_t data,
                       uint32_t jump)
{
  struct sandbox *sandbox = link->sandbox;
  uint32_t depth = sandbox->try_depth;
  if (depth == TRIES_MAX) instance_trap(sandbox, "protected calls nested too deeply");
  struct try *try = &sandbox->tries[depth];
  sandbox->try_depth = depth + 1;
  try->stack_pointer = *guest_stack_pointer(&sandbox->guest);
  memcpy(sandbox->linear.base + jump, &depth, sizeof depth);
  if (_setjmp(try->jump) == 0)
    GUEST(call)(&sandbox->guest, function, state, data);
  else
    *guest_stack_pointer(&sandbox->guest) = try->stack_pointer;
  sandbox->try_depth = (uint32_t)(try - sandbox->tries);
  return 0;
}

void IMPORTED(throw)(struct guest_link *link, uint32_t jump)
{
  struct sandbox *sandbox = link->sandbox;
  if (jump >= sandbox->try_depth) instance_trap(sandbox, "a throw without a protected call");
  _longjmp(sandbox->tries[jump].jump, 1);
}

void IMPORTED(random)(struct guest_link *link, uint32_t address, uint32_t length)
{
  struct sandbox *sandbox = enter_host(link);
  void *bytes = linear_range(&sandbox->linear, address, length, true);
  if (!bytes || length > RANDOM_MAX_BYTES)
    instance_trap(sandbox, "the host was given an address out of bounds");
  crypto_random(bytes, length);
  leave_host(sandbox);
}

void IMPORTED(log)(struct guest_link *link, uint32_t address, uint32_t length)
{
  struct sandbox *sandbox = enter_host(link);
  struct text line = bytes_of(sandbox, address, length);
  if (sandbox->host && sandbox->host->log && sandbox->logged < LOG_MAX_BYTES) {
    line = wire_clean(sandbox->arena, line, LOG_MAX_BYTES - sandbox->logged);
    sandbox->logged += line.length + 1;
    sandbox->host->log(sandbox->host->context, line);
  }
  leave_host(sandbox);
}

/* The parameters of a query: an object or null; Lua's empty table could be either. */
static void read_parameters(struct sandbox *sandbox, struct text bytes, struct json *parameters)
{
  struct run_result *result = sandbox->result;
  if (bytes.length > PARAMETERS_MAX_BYTES) {
    result->message = TEXT("a query's parameters are larger than 256 KB");
    instance_leave(sandbox, RUN_BREACHED);
  }
  enum wire_outcome outcome = wire_read(sandbox->arena, bytes, parameters, &result->message);
  if (outcome == WIRE_UNFITTING) {
    result->message =
        arena_print(sandbox->arena, "in a query's parameters: %.*s", TEXT_ARGS(result->message));
    instance_leave(sandbox, RUN_BREACHED);
  }
  if (outcome != WIRE_READ) instance_trap(sandbox, "a query's parameters are malformed");
  if (parameters->type == JSON_ARRAY && parameters->length == 0)
    *parameters = (struct json){.type = JSON_OBJECT};
  if (parameters->type != JSON_OBJECT && parameters->type != JSON_NULL) {
    result->message = TEXT("a query's parameters must be an object: { name = value }");
    instance_leave(sandbox, RUN_BREACHED);
  }
}

uint32_t IMPORTED(query)(struct guest_link *link, uint32_t index, uint32_t address, uint32_t length)
{
  struct sandbox *sandbox = enter_host(link);
  struct json parameters, result = json_null();
  read_parameters(sandbox, bytes_of(sandbox, address, length), &parameters);
  if (index >= sandbox->query_count || !sandbox->host || !sandbox->host->query)
    instance_trap(sandbox, "a query that was not granted");
  if (!sandbox->host->query(sandbox->host->context, index, &parameters, &result))
    instance_leave(sandbox, RUN_STOPPED);
  buffer_clear(&sandbox->outgoing);
  wire_write(&sandbox->outgoing, &result);
  uint32_t waiting = (uint32_t)sandbox->outgoing.length;
  leave_host(sandbox);
  return waiting;
}

void IMPORTED(take)(struct guest_link *link, uint32_t address, uint32_t length)
{
  struct sandbox *sandbox = enter_host(link);
  void *bytes = linear_range(&sandbox->linear, address, length, true);
  if (!bytes || length != sandbox->outgoing.length)
    instance_trap(sandbox, "the host was given an address out of bounds");
  if (length) memcpy(bytes, sandbox->outgoing.data, length);
  buffer_clear(&sandbox->outgoing);
  leave_host(sandbox);
}

static enum run_outcome returned(struct sandbox *sandbox, struct text bytes, int64_t status)
{
  struct run_result *result = sandbox->result;
  if (bytes.length > sandbox->result_bytes) {
    result->message =
        arena_print(sandbox->arena, "the result is larger than %u bytes", sandbox->result_bytes);
    return RUN_BREACHED;
  }
  enum wire_outcome outcome = wire_read(sandbox->arena, bytes, &result->value, &result->message);
  if (outcome == WIRE_MALFORMED) {
    result->value = json_null();
    sandbox->trap = "the result is malformed";
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
static enum run_outcome raised(struct sandbox *sandbox, struct text bytes)
{
  const char *next = bytes.data, *end = bytes.data + bytes.length;
  struct text *texts[] = {&sandbox->result->message, &sandbox->result->traceback};
  uint32_t length;
  if (bytes.length < 5) return RUN_TRAPPED;
  next += 5;
  for (int i = 0; i < 2; i++) {
    if (end - next < 5) return RUN_TRAPPED;
    memcpy(&length, next + 1, sizeof length);
    next += 5;
    if (length > (size_t)(end - next)) return RUN_TRAPPED;
    *texts[i] = wire_clean(sandbox->arena, (struct text){next, length}, TEXT_MAX_BYTES);
    next += length;
  }
  return RUN_RAISED;
}

void IMPORTED(end)(struct guest_link *link, uint32_t kind, uint32_t address, uint32_t length,
                   uint64_t number)
{
  struct sandbox *sandbox = enter_host(link);
  struct text bytes = bytes_of(sandbox, address, length);
  enum run_outcome outcome = RUN_TRAPPED;
  sandbox->trap = "an end of no known kind";
  switch (kind) {
  case END_READY:
    sandbox->ready_top = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
    buffer_clear(&sandbox->fates);
    buffer_append_text(&sandbox->fates, bytes);
    outcome = RUN_RETURNED;
    break;
  case END_RETURNED:
    outcome = returned(sandbox, bytes, (int64_t)number);
    break;
  case END_RAISED:
    sandbox->trap = "the error is malformed";
    outcome = raised(sandbox, bytes);
    break;
  case END_EXHAUSTED:
    outcome = RUN_MEMORY;
    break;
  case END_REFUSED:
  case END_BREACHED:
    sandbox->result->message = wire_clean(sandbox->arena, bytes, TEXT_MAX_BYTES);
    outcome = kind == END_REFUSED ? RUN_REFUSED : RUN_BREACHED;
    break;
  default:
    break;
  }
  instance_leave(sandbox, outcome);
}
