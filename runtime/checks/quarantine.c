/* Quarantine: see quarantine.h. First the state of one route, then whose call is about which. */
#include "checks/quarantine.h"

#include "base/crypto.h"
#include "base/log.h"
#include "base/memory.h"

enum { NS_PER_MS = 1000000 };

static bool is_recent(const struct overrunner *overrunner, uint64_t now_ms)
{
  return overrunner->overruns > 0 && now_ms < overrunner->since_ms + OVERRUN_MEMORY_MS;
}

static struct overrunner *find(struct quarantine *quarantine, uint64_t caller)
{
  for (size_t i = 0; i < OVERRUN_CALLERS; i++) {
    struct overrunner *overrunner = &quarantine->overrunners[i];
    if (overrunner->caller == caller && overrunner->overruns > 0) return overrunner;
  }
  return NULL;
}

/* Nobody's place, or that of whose minute began first. */
static struct overrunner *oldest(struct quarantine *quarantine)
{
  struct overrunner *found = &quarantine->overrunners[0];
  for (size_t i = 1; i < OVERRUN_CALLERS; i++)
    if (quarantine->overrunners[i].since_ms < found->since_ms) found = &quarantine->overrunners[i];
  return found;
}

/* Whoever counted towards a pause stays counted while it lasts, however long ago that was. */
static struct overrunner *add_overrun(struct quarantine *quarantine, uint64_t caller,
                                      uint64_t now_ms)
{
  struct overrunner *overrunner = find(quarantine, caller);
  bool counted = overrunner && overrunner->counted && quarantine->pause_ms;
  if (!overrunner) overrunner = oldest(quarantine);
  if (overrunner->caller != caller || !is_recent(overrunner, now_ms))
    *overrunner = (struct overrunner){.caller = caller, .since_ms = now_ms, .counted = counted};
  overrunner->overruns++;
  return overrunner;
}

static size_t recent(const struct quarantine *quarantine, bool with_counted, uint64_t now_ms)
{
  size_t count = 0;
  for (size_t i = 0; i < OVERRUN_CALLERS; i++) {
    const struct overrunner *overrunner = &quarantine->overrunners[i];
    count += is_recent(overrunner, now_ms) && (with_counted || !overrunner->counted);
  }
  return count;
}

/* True: the route is closed, or closed for longer. */
static bool pause_for(struct quarantine *quarantine, uint32_t pause_ms, uint64_t now_ms)
{
  quarantine->pause_ms = pause_ms < QUARANTINE_PAUSE_MAX_MS ? pause_ms : QUARANTINE_PAUSE_MAX_MS;
  quarantine->trial_at_ms = now_ms + quarantine->pause_ms;
  return true;
}

static bool close_route(struct quarantine *quarantine, uint64_t now_ms)
{
  for (size_t i = 0; i < OVERRUN_CALLERS; i++)
    quarantine->overrunners[i].counted = is_recent(&quarantine->overrunners[i], now_ms);
  return pause_for(quarantine, QUARANTINE_PAUSE_MS, now_ms);
}

static bool prolong(struct quarantine *quarantine, struct overrunner *overrunner, uint64_t now_ms)
{
  overrunner->counted = true;
  return pause_for(quarantine, 2 * quarantine->pause_ms, now_ms);
}

enum quarantine_answer quarantine_ask(struct quarantine *quarantine, uint64_t caller,
                                      uint64_t now_ms, uint64_t *retry_after_ms)
{
  *retry_after_ms = 0;
  if (!quarantine->watched) return QUARANTINE_OPEN;
  if (quarantine->trapped) return QUARANTINE_TRAPPED;
  if (quarantine->pause_ms && now_ms < quarantine->trial_at_ms) {
    *retry_after_ms = quarantine->trial_at_ms - now_ms;
    return QUARANTINE_PAUSED;
  }
  const struct overrunner *overrunner = find(quarantine, caller);
  if (overrunner && overrunner->overruns >= OVERRUNS_MAX && is_recent(overrunner, now_ms)) {
    *retry_after_ms = overrunner->since_ms + OVERRUN_MEMORY_MS - now_ms;
    return QUARANTINE_CALLER;
  }
  if (quarantine->pause_ms) {
    quarantine->on_trial = true;
    quarantine->trial_caller = caller;
    quarantine->trial_at_ms = now_ms + quarantine->pause_ms;
  } else if (recent(quarantine, true, now_ms) == 0) {
    quarantine->watched = false;
  }
  return QUARANTINE_OPEN;
}

/* Whether this run was the trial, which is over then. Runs that began before the pause are not. */
static bool ends_trial(struct quarantine *quarantine, uint64_t caller)
{
  bool was_trial = quarantine->on_trial && quarantine->trial_caller == caller;
  if (was_trial) quarantine->on_trial = false;
  return was_trial;
}

void quarantine_in_time(struct quarantine *quarantine, uint64_t caller)
{
  if (ends_trial(quarantine, caller)) quarantine->pause_ms = 0;
}

bool quarantine_overrun(struct quarantine *quarantine, uint64_t caller, uint64_t now_ms)
{
  bool was_trial = ends_trial(quarantine, caller);
  struct overrunner *overrunner = add_overrun(quarantine, caller, now_ms);
  quarantine->watched = true;
  if (was_trial && !overrunner->counted) return prolong(quarantine, overrunner, now_ms);
  if (was_trial) quarantine->trial_at_ms = now_ms; /* that said nothing new: let another try */
  bool several = recent(quarantine, false, now_ms) >= QUARANTINE_CALLERS;
  return quarantine->pause_ms == 0 && several && close_route(quarantine, now_ms);
}

bool quarantine_trap(struct quarantine *quarantine)
{
  bool first = !quarantine->trapped;
  quarantine->watched = quarantine->trapped = true;
  return first;
}

/* --- The routes of a generation. --- */

/* A route's state, which goes with its handler from generation to generation. */
struct watch {
  size_t users; /* generations */
  struct quarantine quarantine;
};

struct quarantines {
  unsigned char key[16];
  size_t count;
  struct watch *watches[]; /* by contract.index */
};

struct quarantines *quarantines_new(size_t contract_count)
{
  struct quarantines *quarantines =
      memory_new(sizeof *quarantines + contract_count * sizeof quarantines->watches[0]);
  crypto_random(quarantines->key, sizeof quarantines->key);
  quarantines->count = contract_count;
  for (size_t i = 0; i < contract_count; i++) {
    quarantines->watches[i] = memory_new(sizeof *quarantines->watches[i]);
    quarantines->watches[i]->users = 1;
  }
  return quarantines;
}

static void let_go(struct watch *watch)
{
  if (--watch->users == 0) memory_free(watch);
}

void quarantines_free(struct quarantines *quarantines)
{
  if (!quarantines) return;
  for (size_t i = 0; i < quarantines->count; i++) let_go(quarantines->watches[i]);
  memory_free(quarantines);
}

void quarantines_adopt(struct quarantines *quarantines, const struct generation *generation,
                       struct quarantines *former, const struct generation *former_generation)
{
  memcpy(quarantines->key, former->key, sizeof former->key); /* callers keep their hashes */
  for (size_t i = 0, k = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i], *before = NULL;
    int order = -1;
    for (; k < former_generation->contract_count; k++) {
      before = former_generation->contracts[k];
      order = strcmp(before->name, contract->name);
      if (order >= 0) break;
    }
    if (order != 0 || memcmp(before->handler_hash, contract->handler_hash, HASH_BYTES) != 0)
      continue;
    let_go(quarantines->watches[i]);
    quarantines->watches[i] = former->watches[k];
    quarantines->watches[i]->users++;
  }
}

static uint64_t caller_of(const struct quarantines *quarantines, const struct facts *facts)
{
  struct buffer who = {0};
  char storage[ADDRESS_KEY_BYTES];
  if (facts->principal.id.type == JSON_NULL)
    buffer_append_text(&who, facts_address_key(facts, storage));
  else
    json_write(&who, &facts->principal.id);
  uint64_t caller = crypto_short_hash(quarantines->key, buffer_text(&who));
  buffer_deinit(&who);
  return caller;
}

/* The state of a call's route. What is known against another handler says nothing of this one. */
static struct quarantine *state_of(struct quarantines *quarantines, const struct facts *facts)
{
  struct quarantine *quarantine = &quarantines->watches[facts->contract->index]->quarantine;
  const unsigned char *handler = facts->contract->handler_hash;
  if (memcmp(quarantine->handler_hash, handler, HASH_BYTES) == 0) return quarantine;
  *quarantine = (struct quarantine){0};
  memcpy(quarantine->handler_hash, handler, HASH_BYTES);
  return quarantine;
}

static bool is_watched(const struct quarantines *quarantines, const struct facts *facts)
{
  return quarantines->watches[facts->contract->index]->quarantine.watched;
}

bool check_quarantine(struct quarantines *quarantines, const struct facts *facts, uint64_t now_ns,
                      struct verdict *verdict)
{
  if (!is_watched(quarantines, facts)) return true;
  struct quarantine *quarantine = state_of(quarantines, facts);
  uint64_t retry_after_ms;
  enum quarantine_answer answer = quarantine_ask(quarantine, caller_of(quarantines, facts),
                                                 now_ns / NS_PER_MS, &retry_after_ms);
  if (answer == QUARANTINE_OPEN) return true;
  *verdict = (struct verdict){.denial = DENIAL_QUARANTINED,
                              .detail = TEXT("the handler trapped: closed until it changes"),
                              .retry_after_ms = (int64_t)retry_after_ms};
  if (answer == QUARANTINE_PAUSED)
    verdict->detail = arena_print(facts->arena, "overruns by several callers: closed for %u ms",
                                  (unsigned)quarantine->pause_ms);
  if (answer == QUARANTINE_CALLER) {
    verdict->denial = DENIAL_RATE_LIMITED;
    verdict->detail = arena_print(facts->arena, "%d overruns in %d ms", (int)OVERRUNS_MAX,
                                  (int)OVERRUN_MEMORY_MS);
    verdict->public_detail = TEXT("Too many of these requests ran out of time");
  }
  return false;
}

void note_in_time(struct quarantines *quarantines, const struct facts *facts)
{
  if (!is_watched(quarantines, facts)) return;
  quarantine_in_time(state_of(quarantines, facts), caller_of(quarantines, facts));
}

void note_overrun(struct quarantines *quarantines, const struct facts *facts, uint64_t now_ns)
{
  struct quarantine *quarantine = state_of(quarantines, facts);
  if (quarantine_overrun(quarantine, caller_of(quarantines, facts), now_ns / NS_PER_MS))
    log_message(LOG_WARNING, "%s is quarantined for %u ms: overruns by several callers",
                facts->contract->name, (unsigned)quarantine->pause_ms);
}

void note_trap(struct quarantines *quarantines, const struct facts *facts)
{
  if (quarantine_trap(state_of(quarantines, facts)))
    log_message(LOG_ERROR, "%s is quarantined until its handler changes: it trapped",
                facts->contract->name);
}

bool route_is_quarantined(const struct quarantines *quarantines, const struct contract *contract)
{
  const struct quarantine *quarantine = &quarantines->watches[contract->index]->quarantine;
  return quarantine->watched && (quarantine->trapped || quarantine->pause_ms > 0) &&
         memcmp(quarantine->handler_hash, contract->handler_hash, HASH_BYTES) == 0;
}
