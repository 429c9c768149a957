/* Policy, templates and contract together: composing only tightens. All rate limits apply, limits
 * take the minimum, and a denial may get another 4xx, the contract's word counting most. */
#include "base/units.h"
#include "contract/load.h"

/* One of those who say something. */
struct layer {
  const struct source *source;
  const char *path;                                 /* below contracts/ */
  const struct json *limits, *rate_limit, *denials; /* or NULL */
  bool shared; /* its rate limits are counted over all routes */
};

static struct layer layer_of(const struct document *document)
{
  const struct json *requires = json_get(document->root, "requires");
  return (struct layer){
      .source = &document->source,
      .path = document->path,
      .limits = member_of(document->root, "limits", JSON_OBJECT),
      .rate_limit = member_of(requires, "rate_limit", JSON_ARRAY),
      .denials = member_of(document->root, "denials", JSON_OBJECT),
  };
}

/* The policy first, the contract last. */
static struct layer *list_layers(const struct reading *reading, size_t *count)
{
  const struct policy *policy = &reading->loading->policy;
  struct layer *layers =
      arena_new_array(reading->arena, reading->template_count + 2, sizeof *layers);
  *count = 0;
  if (policy->document)
    layers[(*count)++] =
        (struct layer){&policy->document->source, policy->document->path, policy->limits,
                       policy->rate_limit,        policy->denials,        true};
  for (size_t i = 0; i < reading->template_count; i++)
    layers[(*count)++] = layer_of(reading->templates[i]->document);
  layers[(*count)++] = layer_of(reading->document);
  return layers;
}

/* --- rate_limit --- */

static void identify(const struct reading *reading, const struct layer *layer, uint32_t index,
                     struct rate_limit *limit)
{
  unsigned char hash[HASH_BYTES];
  const char *route = layer->shared ? "" : reading->contract->name;
  const struct crypto_hash_part parts[] = {
      {route, strlen(route)}, {layer->path, strlen(layer->path)}, {&index, sizeof index}};
  crypto_hash_parts(hash, TEXT("rate_limit"), parts, sizeof parts / sizeof parts[0]);
  memcpy(limit->id, hash, sizeof limit->id);
}

static void read_key(const struct reading *reading, const struct layer *layer,
                     const struct json *item, uint32_t *fields, struct rate_limit *limit)
{
  struct text name = json_text(item);
  limit->by_ip |= text_is(name, "ip");
  limit->by_principal |= text_is(name, "principal");
  if (layer->shared || !text_starts_with(name, "input.")) return;
  const size_t prefix = strlen("input.");
  name = (struct text){name.data + prefix, name.length - prefix};
  int64_t index = field_find(reading, name, NULL);
  if (index < 0 && reading->fields_known)
    report_error(reading->report, FINDING_FIELD_UNKNOWN, layer->source, item->offset,
                 "name a field of the input", "'%.*s' is no field of '%s'", TEXT_ARGS(name),
                 reading->contract->name);
  if (index < 0) return;
  if (reading->fields[index].schema.password)
    report_error(reading->report, FINDING_PASSWORD_USE, layer->source, item->offset,
                 "name another field", "the password '%.*s' cannot tell requests apart",
                 TEXT_ARGS(name));
  fields[limit->field_count++] = (uint32_t)index;
}

static void read_by(const struct reading *reading, const struct layer *layer, const struct json *by,
                    struct rate_limit *limit)
{
  bool many = by && by->type == JSON_ARRAY;
  uint32_t count = many ? by->length : by ? 1 : 0;
  uint32_t *fields = arena_new_array(reading->arena, count + 1, sizeof *fields);
  for (uint32_t i = 0; i < count; i++)
    read_key(reading, layer, many ? &by->items[i] : by, fields, limit);
  limit->fields = fields;
  limit->by = RATE_FIELDS;
  if (limit->field_count == 0 && !limit->by_principal) limit->by = RATE_IP;
  if (limit->field_count == 0 && !limit->by_ip) limit->by = RATE_PRINCIPAL;
}

/* False if it does not apply. */
static bool read_rate_limit(const struct reading *reading, const struct layer *layer,
                            uint32_t index, struct rate_limit *limit)
{
  const struct json *said = &layer->rate_limit->items[index];
  const struct json *number = member_of(said, "limit", JSON_INTEGER);
  const struct json *per = member_of(said, "per", JSON_STRING);
  const struct json *by = json_get(said, "by");
  *limit = (struct rate_limit){0};
  if (!number || number->integer < 1 || number->integer > UINT32_MAX || !per || !by) return false;
  if (!units_duration_ms(json_text(per), &limit->per_ms)) return false;
  limit->limit = (uint32_t)number->integer;
  limit->origin = layer->path;
  limit->shared = layer->shared;
  read_by(reading, layer, by, limit);
  identify(reading, layer, index, limit);
  if (!limit->by_principal || !reading->contract->anonymous) return true;
  if (!layer->shared)
    report_error(reading->report, FINDING_NO_PRINCIPAL, layer->source, by->offset,
                 "count by ip, or by input fields",
                 "'%s' is %s, so there is no principal to count by", reading->contract->name,
                 reading->contract->public ? "public" : "a webhook");
  return false;
}

static void check_rate(const struct loading *loading, const struct document *document,
                       const struct json *said)
{
  enum { DAY_MS = 24 * 3600 * 1000 };
  const struct json *limit = member_of(said, "limit", JSON_INTEGER);
  const struct json *per = member_of(said, "per", JSON_STRING);
  int64_t per_ms;
  if (!limit || !per || !units_duration_ms(json_text(per), &per_ms)) return;
  if (per_ms > (int64_t)RATE_PERIOD_MAX_DAYS * DAY_MS)
    report_error(loading->report, FINDING_RATE_RANGE, &document->source, per->offset,
                 "count by a shorter period", "a period of %s is longer than %d days", per->string,
                 RATE_PERIOD_MAX_DAYS);
  else if (limit->integer > per_ms * (RATE_MAX_PER_S / 1000))
    report_error(loading->report, FINDING_RATE_RANGE, &document->source, limit->offset,
                 "allow less, or leave it out: it would limit nobody",
                 "%lld per %s is more than %d a second, which is the most that can be counted",
                 (long long)limit->integer, per->string, RATE_MAX_PER_S);
}

void check_rates(const struct loading *loading, const struct document *document,
                 const struct json *list)
{
  for (uint32_t i = 0; list && i < list->length; i++)
    check_rate(loading, document, &list->items[i]);
}

static void compose_rate_limits(struct reading *reading, const struct layer *layers, size_t count)
{
  size_t most = 0;
  for (size_t i = 0; i < count; i++)
    most += layers[i].rate_limit ? layers[i].rate_limit->length : 0;
  struct rate_limit *limits = arena_new_array(reading->arena, 2 * most + 1, sizeof *limits);
  struct rate_limit *sorted = limits + most;
  struct contract *contract = reading->contract;
  size_t found = 0;
  for (size_t i = 0; i < count; i++)
    for (uint32_t k = 0; layers[i].rate_limit && k < layers[i].rate_limit->length; k++)
      found += read_rate_limit(reading, &layers[i], k, &limits[found]);
  for (int stage = RATE_IP; stage <= RATE_FIELDS; stage++)
    for (size_t i = 0; i < found; i++)
      if ((int)limits[i].by == stage) sorted[contract->rate_limit_count++] = limits[i];
  contract->rate_limits = sorted;
}

/* --- limits --- */

enum {
  TIME_DEFAULT_MS = 10,
  TOTAL_DEFAULT_MS = 1000,
  MEMORY_DEFAULT = 4 << 20,
  BODY_DEFAULT = 64 << 10
};

/* Whoever raises a limit in vain should hear of it. */
static void warn_of_cut(const struct reading *reading, const struct layer *layers, size_t count,
                        size_t least, const char *name)
{
  const struct json *said = member_of(layers[count - 1].limits, name, JSON_STRING);
  if (!said || least + 1 == count) return;
  const struct json *counts = member_of(layers[least].limits, name, JSON_STRING);
  report_warning(reading->report, FINDING_LIMIT_CUT, reading->source, said->offset,
                 "say no more than that here, or raise it there",
                 "`limits.%s` is %s here, but %s in contracts/%s: the least counts", name,
                 said->string, counts->string, layers[least].path);
}

/* What the contract says itself, last of all, or else the default; and whoever says less. */

static uint32_t least_bytes(const struct reading *reading, const struct layer *layers, size_t count,
                            const char *name, uint32_t otherwise)
{
  uint32_t least = otherwise, bytes;
  size_t which = count - 1;
  for (size_t i = count; i-- > 0;) {
    const struct json *said = member_of(layers[i].limits, name, JSON_STRING);
    bool own = i + 1 == count;
    if (!said || !units_bytes(json_text(said), &bytes) || (!own && bytes >= least)) continue;
    least = bytes;
    which = i;
  }
  warn_of_cut(reading, layers, count, which, name);
  return least;
}

static uint64_t least_ns(const struct reading *reading, const struct layer *layers, size_t count,
                         const char *name, int64_t otherwise_ms)
{
  int64_t least = otherwise_ms, ms;
  size_t which = count - 1;
  for (size_t i = count; i-- > 0;) {
    const struct json *said = member_of(layers[i].limits, name, JSON_STRING);
    bool own = i + 1 == count;
    if (!said || !units_duration_ms(json_text(said), &ms) || (!own && ms >= least)) continue;
    least = ms;
    which = i;
  }
  warn_of_cut(reading, layers, count, which, name);
  return (uint64_t)least * 1000000;
}

/* --- denials --- */

static void compose_denials(struct reading *reading, const struct layer *layers, size_t count)
{
  int *statuses = reading->contract->statuses;
  for (int i = 0; i < DENIAL_DECLARED; i++) statuses[i] = denial_status((enum denial)i);
  for (size_t i = 0; i < count; i++)
    for (uint32_t k = 0; layers[i].denials && k < layers[i].denials->length; k++) {
      const struct json_member *member = &layers[i].denials->members[k];
      enum denial denial = denial_of(json_text(&member->key));
      bool renumbers = denial != DENIAL_NONE && statuses[denial] < 500 &&
                       member->value.type == JSON_INTEGER && member->value.integer >= 400 &&
                       member->value.integer < 500;
      if (renumbers) statuses[denial] = (int)member->value.integer;
    }
}

void compose(struct reading *reading)
{
  size_t count;
  struct layer *layers = list_layers(reading, &count);
  compose_rate_limits(reading, layers, count);
  reading->contract->time_ns = least_ns(reading, layers, count, "time", TIME_DEFAULT_MS);
  reading->contract->total_ns = least_ns(reading, layers, count, "total", TOTAL_DEFAULT_MS);
  reading->contract->memory_bytes = least_bytes(reading, layers, count, "memory", MEMORY_DEFAULT);
  reading->contract->body_max_bytes = least_bytes(reading, layers, count, "body", BODY_DEFAULT);
  compose_denials(reading, layers, count);
}
