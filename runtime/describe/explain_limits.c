/* How often a contract may be called, and what a call may use up; and who says so. */
#include "base/units.h"
#include "contract/document.h"
#include "contract/template.h"
#include "describe/explain_parts.h"

struct text words_of_duration(struct explainer *explainer, int64_t ms)
{
  static const struct {
    int64_t ms;
    const char *one, *many;
  } units[] = {{86400000, "a day", "days"},
               {3600000, "an hour", "hours"},
               {60000, "a minute", "minutes"},
               {1000, "a second", "seconds"}};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (ms % units[i].ms == 0)
      return ms == units[i].ms ? text_of(units[i].one)
                               : arena_print(explainer->arena, "%lld %s",
                                             (long long)(ms / units[i].ms), units[i].many);
  return arena_print(explainer->arena, "%lld ms", (long long)ms);
}

/* --- rate_limit --- */

/* "a minute", "in 2 minutes". */
static struct text words_of_period(struct explainer *explainer, int64_t ms)
{
  struct text words = words_of_duration(explainer, ms);
  return words.data[0] == 'a' ? words : arena_print(explainer->arena, "in %.*s", TEXT_ARGS(words));
}

/* What is counted: "each address", "each principal", "each address with the same email". */
static struct text words_of_by(struct explainer *explainer, const struct rate_limit *limit,
                               struct text *key)
{
  const struct contract *contract = explainer->contract;
  struct text *words = arena_new_array(explainer->arena, limit->field_count + 2, sizeof *words);
  struct text *names = arena_new_array(explainer->arena, limit->field_count + 2, sizeof *names);
  size_t count = 0;
  bool ip = limit->by == RATE_IP || limit->by_ip;
  bool principal = limit->by == RATE_PRINCIPAL || limit->by_principal;
  if (ip) names[count] = TEXT("ip"), words[count++] = TEXT("address");
  if (principal) names[count] = TEXT("principal"), words[count++] = TEXT("principal");
  for (size_t i = 0; i < limit->field_count; i++) {
    struct text field = contract->fields[limit->fields[i]].schema.name;
    names[count] = arena_print(explainer->arena, "input.%.*s", TEXT_ARGS(field));
    words[count++] = field;
  }
  struct text list = {"", 0};
  for (size_t i = 0; i < count; i++)
    list = arena_print(explainer->arena, "%.*s%s%.*s", TEXT_ARGS(list), i > 0 ? "," : "",
                       TEXT_ARGS(names[i]));
  *key = list;
  return join_words(explainer, words, count, "and");
}

static struct json rate_value(struct explainer *explainer, int64_t limit, int64_t per_ms)
{
  struct json *pair = arena_new_array(explainer->arena, 2, sizeof *pair);
  pair[0] = json_integer(limit);
  pair[1] = json_integer(per_ms);
  return (struct json){.type = JSON_ARRAY, .items = pair, .length = 2};
}

void explain_rate_limits(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    struct text key, by = words_of_by(explainer, limit, &key);
    struct text per = words_of_period(explainer, limit->per_ms);
    struct fact *fact =
        add_fact(explainer, SECTION_LIMITS, FACT_RESTRICTION,
                 arena_print(explainer->arena, "%s:%.*s", limit->shared ? "rate.all" : "rate",
                             TEXT_ARGS(key)),
                 "%u call%s %.*s for each %.*s%s", limit->limit, limit->limit == 1 ? "" : "s",
                 TEXT_ARGS(per), TEXT_ARGS(by), limit->shared ? ", over all routes together" : "");
    fact->value = rate_value(explainer, limit->limit, limit->per_ms);
    fact->order = ORDER_RATE;
    bool own = text_is(text_of(contract->source->path + strlen("contracts/")), limit->origin);
    if (!own) fact->origin = text_of(limit->origin);
    fact->of_app = limit->shared;
  }
}

/* --- limits --- */

enum unit { UNIT_MS, UNIT_BYTES };

static bool says(const struct document *document, const char *name, enum unit unit, int64_t amount)
{
  const struct json *said = document ? json_get(json_get(document->root, "limits"), name) : NULL;
  int64_t ms;
  uint32_t bytes;
  if (!said) return false;
  if (unit == UNIT_MS) return units_duration_ms(json_text(said), &ms) && ms == amount;
  return units_bytes(json_text(said), &bytes) && bytes == amount;
}

/* Who said it, the contract first; the default if nobody did. */
static struct text origin_of(struct explainer *explainer, const char *name, enum unit unit,
                             int64_t amount)
{
  const struct contract *contract = explainer->contract;
  const struct document_list *documents = explainer->generation->documents;
  struct text own = text_of(contract->source->path + strlen("contracts/"));
  if (says(document_find(documents, own), name, unit, amount)) return TEXT("");
  for (size_t i = 0; i < contract->template_count; i++)
    if (says(contract->templates[i]->document, name, unit, amount))
      return text_of(contract->templates[i]->document->path);
  if (says(document_find(documents, TEXT("policy.json")), name, unit, amount))
    return TEXT("policy.json");
  return TEXT("the default");
}

static struct fact *explain_limit(struct explainer *explainer, const char *name, const char *what,
                                  enum unit unit, int64_t amount)
{
  struct text words;
  if (unit == UNIT_MS)
    words = arena_print(explainer->arena, "%lld ms", (long long)amount);
  else if (amount % (1 << 20) == 0)
    words = arena_print(explainer->arena, "%lld MB", (long long)(amount >> 20));
  else if (amount % (1 << 10) == 0)
    words = arena_print(explainer->arena, "%lld KB", (long long)(amount >> 10));
  else
    words = arena_print(explainer->arena, "%lld bytes", (long long)amount);
  struct fact *fact = add_fact(explainer, SECTION_LIMITS, FACT_RESTRICTION,
                               arena_print(explainer->arena, "limit:%s", name),
                               "%s of at most %.*s", what, TEXT_ARGS(words));
  fact->value = json_integer(amount);
  fact->order = ORDER_LESS;
  fact->origin = origin_of(explainer, name, unit, amount);
  return fact;
}

void explain_limits(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  explain_limit(explainer, "time", "CPU time", UNIT_MS, (int64_t)(contract->time_ns / 1000000));
  if (contract->sleeps)
    explain_limit(explainer, "total", "time from beginning to end", UNIT_MS,
                  (int64_t)(contract->total_ns / 1000000))
        ->part_of = TEXT("sleep");
  explain_limit(explainer, "memory", "memory", UNIT_BYTES, contract->memory_bytes);
  explain_limit(explainer, "body", "a body", UNIT_BYTES, contract->body_max_bytes);
}

/* --- The policy's own. --- */

void explain_policy_rates(struct explainer *explainer, const struct json *policy)
{
  const struct json *list = json_get(policy, "rate_limit");
  for (uint32_t i = 0; list && i < list->length; i++) {
    const struct json *limit = json_get(&list->items[i], "limit");
    struct text by = json_text(json_get(&list->items[i], "by"));
    int64_t per_ms;
    if (!units_duration_ms(json_text(json_get(&list->items[i], "per")), &per_ms)) continue;
    struct text per = words_of_period(explainer, per_ms);
    struct fact *fact =
        add_fact(explainer, SECTION_POLICY, FACT_RESTRICTION,
                 arena_print(explainer->arena, "rate.all:%.*s", TEXT_ARGS(by)),
                 "%lld calls %.*s for each %s, over all routes together", (long long)limit->integer,
                 TEXT_ARGS(per), text_is(by, "ip") ? "address" : "principal");
    fact->value = rate_value(explainer, limit->integer, per_ms);
    fact->order = ORDER_RATE;
    fact->origin = TEXT("policy.json");
  }
}
