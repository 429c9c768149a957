/* GCRA over tagged words. See rate_limit.h; the algorithm is that of ITU-T I.371, annex A. */
#include "checks/rate_limit.h"

#include <stdatomic.h>

#include "base/crypto.h"

/* A word: 16 bits of tag, 48 bits of TAT in microseconds of the monotonic clock (8.9 years, of
 * which what is charged for the longest period takes two). */
enum { TAG_BITS = 16, TAT_BITS = 48, BUCKET_WORDS = 8, TICKS_PER_MS = 1000 };
enum { NS_PER_TICK = 1000000 / TICKS_PER_MS };
#define TAT_MASK ((UINT64_C(1) << TAT_BITS) - 1)

struct rate_limiter {
  union {
    struct {
      size_t bucket_mask;
      unsigned char key[16];
    };
    char head[RATE_LIMITER_HEAD_BYTES];
  };
  _Atomic uint64_t words[];
};

static size_t buckets_for(size_t keys)
{
  size_t buckets = 1;
  while (buckets * BUCKET_WORDS < keys && buckets < SIZE_MAX / 1024) buckets *= 2;
  return buckets;
}

size_t rate_limiter_bytes(size_t keys)
{
  return sizeof(struct rate_limiter) + buckets_for(keys) * BUCKET_WORDS * sizeof(uint64_t);
}

struct rate_limiter *rate_limiter_init(void *memory, size_t keys)
{
  struct rate_limiter *limiter = memory;
  limiter->bucket_mask = buckets_for(keys) - 1;
  crypto_random(limiter->key, sizeof limiter->key);
  return limiter;
}

/* A limit in ticks. */
struct pace {
  uint64_t period, interval, tolerance;
};

static struct pace pace_of(uint32_t limit, int64_t per_ms)
{
  struct pace pace = {.period = (uint64_t)per_ms * TICKS_PER_MS};
  pace.interval = (pace.period + limit - 1) / limit; /* rounded up: never more than the limit */
  if (pace.interval == 0) pace.interval = 1;
  pace.tolerance = pace.period > pace.interval ? pace.period - pace.interval : 0;
  return pace;
}

/* The word that counts for a tag: its own, else a free one, else the strictest. */
static _Atomic uint64_t *find_word(_Atomic uint64_t *bucket, uint64_t tag, uint64_t now_ticks)
{
  _Atomic uint64_t *unused = NULL, *strictest = NULL;
  uint64_t latest = 0;
  for (size_t i = 0; i < BUCKET_WORDS; i++) {
    uint64_t word = atomic_load_explicit(&bucket[i], memory_order_relaxed);
    uint64_t tat = word & TAT_MASK;
    bool live = tat > now_ticks;
    if (live && word >> TAT_BITS == tag) return &bucket[i];
    if (!live && !unused) unused = &bucket[i];
    if (live && tat >= latest) {
      latest = tat;
      strictest = &bucket[i];
    }
  }
  return unused ? unused : strictest;
}

/* A key's word as it was seen at one moment. */
struct sight {
  _Atomic uint64_t *word;
  uint64_t seen, tag, tat;
};

static struct sight look(struct rate_limiter *limiter, uint64_t key, uint64_t now)
{
  struct sight sight = {.tag = key >> (64 - TAG_BITS)};
  sight.word =
      find_word(&limiter->words[(key & limiter->bucket_mask) * BUCKET_WORDS], sight.tag, now);
  sight.seen = atomic_load_explicit(sight.word, memory_order_relaxed);
  sight.tat = sight.seen & TAT_MASK;
  if (sight.tat > now)
    sight.tag = sight.seen >> TAT_BITS;
  else
    sight.tat = now;
  return sight;
}

/* False if somebody else was faster: look again. */
static bool advance(struct sight *sight, uint64_t tat)
{
  uint64_t next = sight->tag << TAT_BITS | (tat & TAT_MASK);
  return atomic_compare_exchange_weak_explicit(sight->word, &sight->seen, next,
                                               memory_order_relaxed, memory_order_relaxed);
}

bool rate_limiter_take(struct rate_limiter *limiter, uint64_t key, uint32_t limit, int64_t per_ms,
                       uint64_t now_ns, int64_t *retry_after_ms)
{
  uint64_t now = now_ns / NS_PER_TICK;
  struct pace pace = pace_of(limit, per_ms);
  for (;;) {
    struct sight sight = look(limiter, key, now);
    if (sight.tat - now > pace.tolerance) {
      uint64_t wait = sight.tat - now - pace.tolerance;
      *retry_after_ms = (int64_t)((wait + TICKS_PER_MS - 1) / TICKS_PER_MS);
      return false;
    }
    if (advance(&sight, sight.tat + pace.interval)) return true;
  }
}

void rate_limiter_charge(struct rate_limiter *limiter, uint64_t key, uint32_t limit, int64_t per_ms,
                         uint32_t count, uint64_t now_ns)
{
  uint64_t now = now_ns / NS_PER_TICK;
  struct pace pace = pace_of(limit, per_ms);
  uint64_t latest = now + pace.tolerance + pace.period;
  for (;;) {
    struct sight sight = look(limiter, key, now);
    uint64_t tat = sight.tat + count * pace.interval;
    if (tat > latest) tat = latest;
    if (tat <= sight.tat) return; /* a shared word may be beyond already */
    if (advance(&sight, tat)) return;
  }
}

static uint64_t limit_key(const struct rate_limiter *limiter, const struct facts *facts,
                          const struct rate_limit *limit)
{
  struct buffer parts = {0};
  char storage[ADDRESS_KEY_BYTES];
  buffer_append(&parts, limit->id, sizeof limit->id);
  if (limit->by == RATE_IP || limit->by_ip) {
    struct text address = facts_address_key(facts, storage);
    buffer_append_byte(&parts, (char)address.length);
    buffer_append_text(&parts, address);
  }
  if (limit->by == RATE_PRINCIPAL || limit->by_principal) json_write(&parts, &facts->principal.id);
  for (size_t i = 0; i < limit->field_count; i++) {
    const struct json *value = facts->fields[limit->fields[i]];
    buffer_append_byte(&parts, '\n'); /* JSON text holds none, so parts cannot run together */
    if (value) json_write(&parts, value);
  }
  uint64_t key = crypto_short_hash(limiter->key, buffer_text(&parts));
  buffer_deinit(&parts);
  return key;
}

bool check_rate_limits(struct rate_limiter *limiter, const struct facts *facts, enum rate_key stage,
                       uint64_t now_ns, struct verdict *verdict)
{
  const struct contract *contract = facts->contract;
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    int64_t retry_after_ms;
    if (limit->by != stage) continue;
    if (rate_limiter_take(limiter, limit_key(limiter, facts, limit), limit->limit, limit->per_ms,
                          now_ns, &retry_after_ms))
      continue;
    *verdict =
        (struct verdict){.denial = DENIAL_RATE_LIMITED,
                         .detail = arena_print(facts->arena, "%u per %lld ms",
                                               (unsigned)limit->limit, (long long)limit->per_ms),
                         .retry_after_ms = retry_after_ms,
                         .limit = limit->limit};
    return false;
  }
  return true;
}

void charge_rate_limits(struct rate_limiter *limiter, const struct facts *facts, uint32_t count,
                        uint64_t now_ns)
{
  const struct contract *contract = facts->contract;
  for (size_t i = 0; i < contract->rate_limit_count; i++) {
    const struct rate_limit *limit = &contract->rate_limits[i];
    rate_limiter_charge(limiter, limit_key(limiter, facts, limit), limit->limit, limit->per_ms,
                        count, now_ns);
  }
}
