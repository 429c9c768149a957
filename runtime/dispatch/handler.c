/* The host's side of a run: what ctx offers, what a query may be given, what may be returned. */
#include "base/clock.h"
#include "base/log.h"
#include "dispatch/call.h"

/* Of what the contract says under `keyword`. */
static bool breach(struct call *call, const char *keyword, struct text detail)
{
  call->verdict = (struct verdict){
      .denial = DENIAL_BREACH, .detail = detail, .message = detail, .keyword = keyword};
  return false;
}

static bool binds(const struct use *use, uint32_t compute)
{
  for (size_t i = 0; i < use->query->parameter_count; i++)
    if (use->bindings[i].source == BIND_COMPUTED && use->bindings[i].index == compute) return true;
  return false;
}

/* A parameter that Lua computed: granted by name, bound by this query, valid by its schema. */
static bool take_computed(struct call *call, const struct use *use,
                          const struct json_member *parameter, const struct json **computed)
{
  const struct contract *contract = call->contract;
  struct text name = json_text(&parameter->key);
  for (uint32_t i = 0; i < contract->compute_count; i++) {
    const struct compute *compute = &contract->computes[i];
    if (!text_equal(compute->name, name) || !binds(use, i)) continue;
    struct json *value = arena_new(&call->arena, sizeof *value);
    *value = parameter->value;
    struct schema_problems problems = {.arena = &call->arena};
    if (!valid_or_logged(call, compute->schema, value, SETTLE_EMPTY | SETTLE_NORMALIZE, "computes",
                         &problems))
      return breach(call, "uses.computes",
                    arena_print(&call->arena,
                                "%s: the computed %.*s is not what the contract admits",
                                use->query->name, TEXT_ARGS(name)));
    computed[i] = value;
    return true;
  }
  return breach(call, "uses.computes",
                arena_print(&call->arena,
                            "%s: %.*s cannot be passed: only what `computes` grants can",
                            use->query->name, TEXT_ARGS(name)));
}

static bool nothing_missing(struct call *call, const struct use *use,
                            const struct json *const *computed)
{
  for (size_t i = 0; i < use->query->parameter_count; i++) {
    struct binding binding = use->bindings[i];
    struct text name = use->query->parameters[i];
    if (binding.source == BIND_COMPUTED && !computed[binding.index] &&
        !query_is_optional(use->query, name))
      return breach(call, "uses.computes",
                    arena_print(&call->arena, "%s needs the computed %.*s", use->query->name,
                                TEXT_ARGS(name)));
  }
  return true;
}

static bool run_query(void *context, uint32_t index, const struct json *parameters,
                      struct json *result)
{
  struct call *call = context;
  const struct contract *contract = call->contract;
  if (index >= contract->use_count)
    return breach(call, "uses.queries", TEXT("a query that was not granted"));
  const struct use *use = &contract->uses[index];
  if (use->calls && ++call->runs[index] > use->calls)
    return breach(call, "uses.queries",
                  arena_print(&call->arena, "%s may run %u times a call", use->query->name,
                              (unsigned)use->calls));

  const struct json **computed =
      arena_new_array(&call->arena, contract->compute_count + 1, sizeof *computed);
  if (parameters && parameters->type == JSON_OBJECT) {
    for (uint32_t i = 0; i < parameters->length; i++)
      if (!take_computed(call, use, &parameters->members[i], computed)) return false;
  } else if (parameters && parameters->type != JSON_NULL && parameters->length > 0) {
    return breach(
        call, "uses.computes",
        arena_print(&call->arena, "%s: parameters come as a table of names", use->query->name));
  }
  if (!nothing_missing(call, use, computed)) return false;

  struct store_failure failure;
  if (facts_run(&call->facts, use, call->facts.principal.exempt, computed, result, &failure) == 0)
    return true;
  verdict_of_failure(&call->facts, use, &failure, &call->verdict);
  return false;
}

static void log_line(void *context, struct text line)
{
  const struct call *call = context;
  const struct dispatch_observer *observer = call->dispatcher->config.observer;
  struct buffer fields = {0};
  if (observer) {
    observer->log(observer->context, line);
    return;
  }
  buffer_append_text(&fields, TEXT("\"request_id\":"));
  json_write_string(&fields, text_of(call->request_id));
  buffer_append_text(&fields, TEXT(",\"handler\":"));
  json_write_string(&fields, text_of(call->contract->name));
  buffer_append_text(&fields, TEXT(",\"line\":"));
  json_write_string(&fields, line);
  log_fields(LOG_INFO, "handler", buffer_text(&fields));
  buffer_deinit(&fields);
}

static struct json principal_for_handler(const struct call *call)
{
  const struct principal *principal = &call->facts.principal;
  struct arena *arena = call->facts.arena;
  struct json_builder object = {0};
  if (principal->id.type == JSON_NULL) return json_null();
  struct json *roles = arena_new_array(arena, principal->role_count + 1, sizeof *roles);
  for (size_t i = 0; i < principal->role_count; i++) roles[i] = json_string(principal->roles[i]);
  json_builder_add(&object, arena, TEXT("id"), principal->id);
  json_builder_add(
      &object, arena, TEXT("roles"),
      (struct json){.type = JSON_ARRAY, .items = roles, .length = (uint32_t)principal->role_count});
  return json_builder_object(&object);
}

/* ctx without its functions. No header is in it. */
static struct json context_for_handler(const struct call *call)
{
  struct arena *arena = call->facts.arena;
  struct json_builder request = {0}, context = {0};
  const struct route *route = &call->contract->route;
  json_builder_add(&request, arena, TEXT("id"), json_string(text_of(call->request_id)));
  json_builder_add(&request, arena, TEXT("method"),
                   json_string(text_of(method_name(route->method))));
  json_builder_add(&request, arena, TEXT("route"), json_string(arena_copy(arena, route->path)));
  json_builder_add(&request, arena, TEXT("address"),
                   json_string(arena_copy(arena, call->facts.address)));
  json_builder_add(&context, arena, TEXT("principal"), principal_for_handler(call));
  json_builder_add(&context, arena, TEXT("now"), call->facts.now);
  json_builder_add(&context, arena, TEXT("new_id"), call->facts.new_id);
  json_builder_add(&context, arena, TEXT("request"), json_builder_object(&request));
  return json_builder_object(&context);
}

/* ctx.fail(code): only what the contract declares. */
static bool refused(struct call *call, struct text code)
{
  const struct contract *contract = call->contract;
  for (uint32_t i = 0; i < contract->error_count; i++) {
    if (!text_equal(contract->errors[i].code, code)) continue;
    call->verdict = (struct verdict){
        .denial = DENIAL_DECLARED, .declared = i, .detail = TEXT("the handler refused")};
    return false;
  }
  return breach(call, "ensures.errors",
                arena_print(&call->arena, "ctx.fail(\"%.*s\"): the contract declares no such error",
                            TEXT_ARGS(code)));
}

static bool handler_failed(struct call *call, enum denial denial, const struct run_result *result)
{
  call->verdict = (struct verdict){.denial = denial,
                                   .detail = result->message,
                                   .message = result->message,
                                   .traceback = result->traceback};
  return false;
}

/* Ended for what it used up or did: in words for whoever wrote it. */
static bool handler_ended(struct call *call, enum denial denial, const struct run_result *result)
{
  const struct contract *contract = call->contract;
  struct arena *arena = &call->arena;
  struct run_result told = *result;
  if (denial == DENIAL_HANDLER_TRAPPED)
    told.message =
        arena_print(arena, "it crashed Lua inside its sandbox: %.*s", TEXT_ARGS(result->message));
  else if (denial == DENIAL_HANDLER_MEMORY)
    told.message = arena_print(arena, "it needed more than %u KB of memory (limits.memory)",
                               (unsigned)(contract->memory_bytes / 1024));
  else if (result->total_passed)
    told.message =
        arena_print(arena, "it took more than %llu ms from beginning to end (limits.total)",
                    (unsigned long long)(contract->total_ns / 1000000));
  else
    told.message = arena_print(arena, "it used more than %llu ms of CPU time (limits.time)",
                               (unsigned long long)(contract->time_ns / 1000000));
  return handler_failed(call, denial, &told);
}

/* `returns`: the status is declared and the value is what its schema admits. */
static bool accept_value(struct call *call, const struct run_result *result)
{
  const struct contract *contract = call->contract;
  const struct returned *returned = &contract->returns[0];
  for (size_t i = 0; i < contract->return_count && result->status; i++)
    if (contract->returns[i].status == result->status) returned = &contract->returns[i];
  if (result->status && returned->status != result->status)
    return breach(call, "ensures.returns",
                  arena_print(&call->arena, "returns: status %lld is not declared",
                              (long long)result->status));
  call->returned = returned;
  if (!returned->schema) {
    if (result->value.type == JSON_NULL) return true;
    return breach(call, "ensures.returns",
                  TEXT("returns: this status has no body, so return nothing"));
  }
  call->value = result->value;
  struct schema_problems problems = {.arena = &call->arena};
  if (valid_or_logged(call, returned->schema, &call->value, SETTLE_EMPTY, "returns", &problems))
    return true;
  const struct schema_problem *first = &problems.items[0];
  return breach(call, "ensures.returns",
                arena_print(&call->arena, "returns: %.*s%s%.*s", TEXT_ARGS(first->instance),
                            first->instance.length ? ": " : "", TEXT_ARGS(first->message)));
}

static bool sandbox_late(void *sandbox)
{
  return sandbox_deadline_passed(sandbox);
}

static void start(struct call *call)
{
  const struct contract *contract = call->contract;
  struct json input = input_for_handler(call), context = context_for_handler(call);
  struct run_input run_input = {.input = &input, .context = &context};
  struct run_limits limits = {.cpu_ns = contract->time_ns,
                              .total_ns = contract->total_ns,
                              .memory_bytes = contract->memory_bytes};
  struct run_host host = {.context = call, .query = run_query, .log = log_line};
  call->runs = arena_new_array(&call->arena, contract->use_count + 1, sizeof *call->runs);
  sandbox_run(call->dispatcher->sandbox, contract->image, &run_input, &limits, &host, &call->arena,
              &call->run);
}

/* The run is over. False with a verdict. */
static bool judge(struct call *call)
{
  const struct run_result *result = &call->run;
  switch (result->outcome) {
  case RUN_RETURNED:
    return accept_value(call, result);
  case RUN_REFUSED:
    return refused(call, result->message);
  case RUN_STOPPED:
    return false; /* the query's verdict stands */
  case RUN_RAISED:
    return handler_failed(call, DENIAL_HANDLER_FAILED, result);
  case RUN_BREACHED:
    return handler_failed(call, DENIAL_BREACH, result);
  case RUN_DEADLINE:
    return handler_ended(call, DENIAL_HANDLER_DEADLINE, result);
  case RUN_MEMORY:
    return handler_ended(call, DENIAL_HANDLER_MEMORY, result);
  case RUN_TRAPPED:
    return handler_ended(call, DENIAL_HANDLER_TRAPPED, result);
  case RUN_OVERLOADED:
    return handler_failed(call, DENIAL_OVERLOADED, result);
  case RUN_SUSPENDED:
    break;
  }
  return handler_failed(call, DENIAL_INTERNAL, result);
}

/* Whoever watches over this process does not take a handler that uses its time for one that hangs.
 */
static void allow_time(const struct call *call, uint64_t ns)
{
  const struct dispatch_config *config = &call->dispatcher->config;
  if (!config->run_until_ns) return;
  atomic_store_explicit(config->run_until_ns, ns ? clock_monotonic_ns() + ns : 0,
                        memory_order_relaxed);
}

/* Asking for CPU time is a system call. */
static uint64_t observer_clock(const struct call *call)
{
  return call->dispatcher->config.observer ? clock_thread_cpu_ns() : 0;
}

static void tell_observer(const struct call *call)
{
  const struct dispatch_observer *observer = call->dispatcher->config.observer;
  if (observer) observer->ran(observer->context, call->cpu_ns, call->run.memory_bytes);
}

enum step_result handler_run(struct call *call)
{
  struct sandbox *sandbox = call->dispatcher->sandbox;
  allow_time(call, call->contract->time_ns);
  uint64_t begun_ns = count_clock(call), begun_cpu_ns = observer_clock(call);
  connection_set_interrupt(call->facts.connection, sandbox_late, sandbox);
  if (call->run.suspended)
    sandbox_resume(sandbox, &call->run);
  else
    start(call);
  allow_time(call, 0);
  call->run_ns += count_clock(call) - begun_ns;
  call->cpu_ns += observer_clock(call) - begun_cpu_ns;
  if (call->run.outcome == RUN_SUSPENDED) return STEP_WAIT;
  tell_observer(call);
  count_run(call);
  return judge(call) ? STEP_NEXT : STEP_DENY;
}
