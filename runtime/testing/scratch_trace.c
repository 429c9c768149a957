/* What happened inside a call: kept as the dispatcher tells it. */
#include "checks/facts.h"
#include "testing/scratch_internal.h"

void scratch_watch(struct scratch *scratch, struct scratch_trace *trace, struct arena *arena)
{
  scratch->trace = trace;
  if (!trace) return;
  *trace =
      (struct scratch_trace){.arena = arena, .principal_id = json_null(), .roles = json_null()};
  trace->last_query = &trace->queries;
  trace->last_line = &trace->lines;
}

/* A copy by way of its text: what is told lasts for the telling only. */
static struct json copied(struct arena *arena, const struct json *value)
{
  struct json copy;
  struct buffer written = {0};
  json_write(&written, value);
  if (json_read(arena, buffer_text(&written), NULL, &copy, NULL)) copy = json_null();
  buffer_deinit(&written);
  return copy;
}

/* --- Queries. --- */

static const char *source_of(struct arena *arena, const struct contract *contract,
                             struct binding binding)
{
  switch (binding.source) {
  case BIND_FIELD:
    return arena_print(arena, "input.%.*s", TEXT_ARGS(contract->fields[binding.index].schema.name))
        .data;
  case BIND_HAS_FIELD:
    return arena_print(arena, "whether input.%.*s is there",
                       TEXT_ARGS(contract->fields[binding.index].schema.name))
        .data;
  case BIND_PASSWORD:
    return arena_print(arena, "hash of input.%.*s",
                       TEXT_ARGS(contract->fields[binding.index].schema.name))
        .data;
  case BIND_PRINCIPAL_ID:
    return "the principal";
  case BIND_NOW:
    return "the time";
  case BIND_NEW_ID:
    return "a new id";
  case BIND_COMPUTED:
    return "computed by the handler";
  }
  return "";
}

static struct scratch_parameter parameter_of(const struct scratch_trace *trace,
                                             const struct query_run *run, size_t index)
{
  struct binding binding = run->use->bindings[index];
  const struct json *value = run->values[index];
  struct scratch_parameter parameter = {.name = run->use->query->parameters[index],
                                        .source = source_of(trace->arena, run->contract, binding),
                                        .value = value ? copied(trace->arena, value) : json_null()};
  if (binding.source == BIND_PASSWORD && parameter.value.type == JSON_STRING)
    parameter.value = json_string(TEXT("(a hash)"));
  return parameter;
}

/* What credentials are held against is a secret. */
static bool is_shown(const struct query_run *run)
{
  const struct contract *contract = run->contract;
  return run->result && run->use != &contract->credentials.use && run->use != &contract->reauth.use;
}

static void keep_query(void *context, const struct query_run *run)
{
  const struct scratch *scratch = context;
  struct scratch_trace *trace = scratch->trace;
  if (!trace) return;
  const struct query *query = run->use->query;
  struct scratch_query *kept = arena_new(trace->arena, sizeof *kept);
  *kept = (struct scratch_query){.name = text_of(query->name),
                                 .writes = query->writes,
                                 .host = run->host,
                                 .exempt = run->exempt,
                                 .parameter_count = query->parameter_count,
                                 .result = json_null()};
  kept->parameters =
      arena_new_array(trace->arena, query->parameter_count + 1, sizeof *kept->parameters);
  for (size_t i = 0; i < query->parameter_count; i++)
    kept->parameters[i] = parameter_of(trace, run, i);
  kept->shown = is_shown(run);
  if (kept->shown) kept->result = copied(trace->arena, run->result);
  if (run->failure) kept->failure = arena_print(trace->arena, "%s", run->failure->detail);
  *trace->last_query = kept;
  trace->last_query = &kept->next;
}

/* --- The handler, and the end. --- */

static void keep_line(void *context, struct text text)
{
  const struct scratch *scratch = context;
  struct scratch_trace *trace = scratch->trace;
  if (!trace) return;
  struct scratch_line *line = arena_new(trace->arena, sizeof *line);
  line->text = arena_copy(trace->arena, text);
  *trace->last_line = line;
  trace->last_line = &line->next;
}

static void keep_run(void *context, uint64_t cpu_ns, uint32_t memory_bytes)
{
  const struct scratch *scratch = context;
  struct scratch_trace *trace = scratch->trace;
  if (!trace) return;
  trace->ran = true;
  trace->cpu_ns = cpu_ns;
  trace->memory_bytes = memory_bytes;
}

static struct json roles_of(const struct principal *principal, struct arena *arena)
{
  struct json *items = arena_new_array(arena, principal->role_count + 1, sizeof *items);
  for (size_t i = 0; i < principal->role_count; i++)
    items[i] = json_string(arena_copy(arena, principal->roles[i]));
  return (struct json){
      .type = JSON_ARRAY, .items = items, .length = (uint32_t)principal->role_count};
}

static void keep_end(void *context, const struct facts *facts, const struct verdict *verdict)
{
  const struct scratch *scratch = context;
  struct scratch_trace *trace = scratch->trace;
  if (!trace) return;
  trace->principal_id = copied(trace->arena, &facts->principal.id);
  if (trace->principal_id.type != JSON_NULL)
    trace->roles = roles_of(&facts->principal, trace->arena);
  trace->detail = arena_copy(trace->arena, verdict->detail);
  trace->message = arena_copy(trace->arena, verdict->message);
  trace->traceback = arena_copy(trace->arena, verdict->traceback);
}

struct dispatch_observer scratch_observer(struct scratch *scratch)
{
  return (struct dispatch_observer){.queries = {.context = scratch, .ran = keep_query},
                                    .context = scratch,
                                    .log = keep_line,
                                    .ran = keep_run,
                                    .ended = keep_end};
}
