/* What a call leaves in the audit log.
 *
 * Effects are always recorded one by one, in their own transaction. Refusals could be used to fill
 * the disk or to keep it busy, so past so many a minute per route and reason they are only counted,
 * and one row says how many there were. */
#include "base/log.h"
#include "base/memory.h"
#include "dispatch/call.h"

enum { REFUSALS_PER_MINUTE = 60, MINUTE_MS = 60000, DETAIL_MAX_BYTES = 1024 };

/* Refusals of one route for one reason. */
struct refusal_count {
  const struct contract *contract;
  struct text code; /* the generation's or static */
  enum audit_outcome outcome;
  int64_t minute;
  int64_t recorded,
      uncounted; /* in this minute: with rows of their own, and waiting for a common one */
};

/* A row that is on its way to the writer on its own. */
struct summary {
  struct writer_job job;
  struct refusals *refusals;
  size_t item; /* whose count it is */
  struct audit_entry entry;
};

struct refusals {
  struct dispatcher *dispatcher;
  uv_timer_t *timer; /* its end is the loop's, so its memory is, too */
  struct refusal_count *items;
  size_t count, capacity;
};

enum audit_outcome outcome_of_denial(enum denial denial)
{
  switch (denial) {
  case DENIAL_NONE:
    return AUDIT_OK;
  case DENIAL_BREACH:
  case DENIAL_HANDLER_TRAPPED:
    return AUDIT_BREACH;
  case DENIAL_HANDLER_FAILED:
  case DENIAL_HANDLER_DEADLINE:
  case DENIAL_HANDLER_MEMORY:
  case DENIAL_HANDLER_UNAVAILABLE:
  case DENIAL_QUARANTINED:
  case DENIAL_INTERNAL:
  case DENIAL_OUTCOME_UNKNOWN:
  case DENIAL_OVERLOADED:
  case DENIAL_NOT_COMMITTED:
    return AUDIT_FAILED;
  default:
    return AUDIT_DENIED;
  }
}

static enum audit_outcome outcome_of(const struct call *call)
{
  return outcome_of_denial(call->verdict.denial);
}

struct text call_code(const struct call *call)
{
  const struct verdict *verdict = &call->verdict;
  if (verdict->denial == DENIAL_NONE) return call->repeated ? TEXT("repeated") : TEXT("");
  if (verdict->denial == DENIAL_DECLARED) return call->contract->errors[verdict->declared].code;
  return text_of(denial_code(verdict->denial));
}

static struct text action_of(const struct contract *contract)
{
  return contract->audit_action.length ? contract->audit_action : text_of(contract->name);
}

/* {"field": value, …} of some input fields; never a password. */
static struct text fields_as_json(const struct call *call, const uint32_t *fields, size_t count)
{
  const struct contract *contract = call->contract;
  struct json_builder object = {0};
  struct arena *arena = call->facts.arena;
  for (size_t i = 0; i < count && call->facts.fields; i++) {
    const struct schema_field *field = &contract->fields[fields[i]].schema;
    const struct json *value = call->facts.fields[fields[i]];
    if (value && !field->password) json_builder_add(&object, arena, field->name, *value);
  }
  if (object.length == 0) return TEXT("");
  struct json value = json_builder_object(&object);
  struct buffer buffer = {0};
  json_write(&buffer, &value);
  struct text copy = arena_copy(arena, buffer_text(&buffer));
  buffer_deinit(&buffer);
  return copy;
}

static struct text resource_of(const struct call *call)
{
  const struct contract *contract = call->contract;
  uint32_t *fields = arena_new_array(call->facts.arena, contract->owns_count + 1, sizeof *fields);
  for (size_t i = 0; i < contract->owns_count; i++) fields[i] = contract->owns[i].field;
  return fields_as_json(call, fields, contract->owns_count);
}

/* A detail may quote what a client sent, which is long if the client wants it to be. */
static struct text shortened(struct text detail)
{
  if (detail.length <= DETAIL_MAX_BYTES) return detail;
  detail.length = DETAIL_MAX_BYTES;
  while (detail.length > 0 && ((unsigned char)detail.data[detail.length] & 0xC0) == 0x80)
    detail.length--;
  return detail;
}

struct json call_principal(const struct call *call)
{
  const struct principal *principal = &call->facts.principal;
  if (call->contract && call->contract->webhook && principal->role_count == 1)
    return json_string(principal->roles[0]);
  return principal->id;
}

int record_append(struct call *call, struct connection *connection, struct error *error)
{
  const struct contract *contract = call->contract;
  const struct dispatch_config *config = &call->dispatcher->config;
  struct audit_entry entry = {
      .time_ms = call->facts.now.integer,
      .action = action_of(contract),
      .outcome = outcome_of(call),
      .reason = call_code(call),
      .detail = shortened(call->verdict.detail),
      .principal_id = call_principal(call),
      .handler = text_of(contract->name),
      .resource = resource_of(call),
      .input = fields_as_json(call, contract->audit_fields, contract->audit_field_count),
      .address = call->facts.address,
      .request_id = text_of(call->request_id),
      .duration_us =
          (int64_t)((dispatcher_monotonic_ns(call->dispatcher) - call->started_ns) / 1000),
      .count = 1};
  memcpy(entry.contract_hash, contract->hash, HASH_BYTES);
  memcpy(entry.handler_hash, contract->handler_hash, HASH_BYTES);
  return audit_append(connection, config->audit_key, &entry, error);
}

static bool append_summary(struct writer_job *job, struct connection *connection)
{
  struct summary *summary = (struct summary *)job;
  const struct dispatcher *dispatcher = summary->refusals->dispatcher;
  return audit_append(connection, dispatcher->config.audit_key, &summary->entry, NULL) == 0;
}

static void summary_done(struct writer_job *job, bool committed, const struct error *error)
{
  struct summary *summary = (struct summary *)job;
  if (!committed) { /* the next one takes them along */
    summary->refusals->items[summary->item].uncounted += summary->entry.count;
    count_refusals(summary->refusals->dispatcher, summary->entry.count);
    count_audit_failure(summary->refusals->dispatcher);
    log_message(LOG_ERROR, "counted refusals could not be audited: %s", error->message);
  }
  memory_free(summary);
}

/* One row for what was only counted. */
static void summarize(struct refusals *refusals, struct refusal_count *item)
{
  if (item->uncounted <= 0) return;
  struct summary *summary = memory_new(sizeof *summary);
  const struct contract *contract = item->contract;
  summary->refusals = refusals;
  summary->item = (size_t)(item - refusals->items);
  summary->job = (struct writer_job){.run = append_summary, .done = summary_done};
  summary->entry = (struct audit_entry){.time_ms = (item->minute + 1) * MINUTE_MS - 1,
                                        .action = action_of(contract),
                                        .outcome = item->outcome,
                                        .reason = item->code,
                                        .detail = TEXT("counted together"),
                                        .principal_id = json_null(),
                                        .handler = text_of(contract->name),
                                        .count = item->uncounted};
  memcpy(summary->entry.contract_hash, contract->hash, HASH_BYTES);
  memcpy(summary->entry.handler_hash, contract->handler_hash, HASH_BYTES);
  count_refusals(refusals->dispatcher, -item->uncounted);
  item->uncounted = 0;
  writer_submit(refusals->dispatcher->writer, &summary->job);
}

static struct refusal_count *find_count(struct refusals *refusals, const struct call *call)
{
  const struct contract *contract = call->contract;
  struct text code = call_code(call);
  for (size_t i = 0; i < refusals->count; i++)
    if (refusals->items[i].contract == contract && text_equal(refusals->items[i].code, code))
      return &refusals->items[i];
  if (refusals->count == refusals->capacity) {
    refusals->capacity = refusals->capacity ? 2 * refusals->capacity : 64;
    refusals->items = memory_resize(refusals->items, refusals->capacity * sizeof *refusals->items);
  }
  struct refusal_count *item = &refusals->items[refusals->count++];
  *item = (struct refusal_count){.contract = contract, .code = code, .outcome = outcome_of(call)};
  return item;
}

void refusal_take_back(struct call *call)
{
  if (call->counted == 0) return;
  struct refusal_count *item = &call->dispatcher->refusals->items[call->counted - 1];
  if (!call->recorded) {
    item->uncounted--; /* below 0, if they were summarized meanwhile: the next sum is the less */
    count_refusals(call->dispatcher, -1);
  } else if (item->minute == call->facts.now.integer / MINUTE_MS) {
    item->recorded--;
  }
  call->counted = 0;
}

bool refusal_is_recorded(struct call *call)
{
  struct refusals *refusals = call->dispatcher->refusals;
  refusal_take_back(call);
  struct refusal_count *item = find_count(refusals, call);
  int64_t minute = call->facts.now.integer / MINUTE_MS;
  call->counted = (size_t)(item - refusals->items) + 1;
  if (minute != item->minute) {
    summarize(refusals, item);
    item->minute = minute;
    item->recorded = 0;
  }
  call->recorded = item->recorded < REFUSALS_PER_MINUTE;
  if (call->recorded) {
    item->recorded++;
  } else {
    item->uncounted++;
    count_refusals(call->dispatcher, 1);
  }
  return call->recorded;
}

/* A count must not wait for the next refusal of its kind, which may never come. */
static void minute_passed(uv_timer_t *timer)
{
  struct refusals *refusals = timer->data;
  int64_t minute = dispatcher_now_ms(refusals->dispatcher) / MINUTE_MS;
  for (size_t i = 0; i < refusals->count; i++)
    if (refusals->items[i].minute != minute) summarize(refusals, &refusals->items[i]);
}

struct refusals *refusals_new(struct dispatcher *dispatcher)
{
  struct refusals *refusals = memory_new(sizeof *refusals);
  refusals->dispatcher = dispatcher;
  refusals->timer = memory_new(sizeof *refusals->timer);
  refusals->timer->data = refusals;
  uv_timer_init(dispatcher->loop, refusals->timer);
  uv_timer_start(refusals->timer, minute_passed, MINUTE_MS, MINUTE_MS);
  uv_unref((uv_handle_t *)refusals->timer);
  return refusals;
}

static void free_timer(uv_handle_t *timer)
{
  memory_free(timer);
}

void refusals_close(struct refusals *refusals)
{
  uv_close((uv_handle_t *)refusals->timer, free_timer);
}

void refusals_flush(struct refusals *refusals)
{
  for (size_t i = 0; i < refusals->count; i++) summarize(refusals, &refusals->items[i]);
}

void refusals_free(struct refusals *refusals)
{
  memory_free(refusals->items);
  memory_free(refusals);
}
