/* GCRA: what is allowed, when it is allowed again, and what a flood of keys does. Time is passed
 * in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/memory.h"
#include "checks/rate_limit.h"

enum { LIMIT = 5, PER_MS = 60000 };
static const uint64_t ms = 1000000;

static struct rate_limiter *new_limiter(size_t keys)
{
  return rate_limiter_init(memory_new(rate_limiter_bytes(keys)), keys);
}

static bool take(struct rate_limiter *limiter, uint64_t key, uint64_t now_ms, int64_t *retry_ms)
{
  return rate_limiter_take(limiter, key, LIMIT, PER_MS, now_ms * ms, retry_ms);
}

static void a_burst_then_one_at_a_time(void **state)
{
  (void)state;
  struct rate_limiter *limiter = new_limiter(1024);
  int64_t retry_ms = 0;
  for (int i = 0; i < LIMIT; i++) assert_true(take(limiter, 42, 1000, &retry_ms));
  assert_false(take(limiter, 42, 1000, &retry_ms));
  assert_int_equal(retry_ms, PER_MS / LIMIT);
  assert_false(take(limiter, 42, 1000 + PER_MS / LIMIT - 1, &retry_ms));
  assert_int_equal(retry_ms, 1);
  assert_true(take(limiter, 42, 1000 + PER_MS / LIMIT, &retry_ms));
  assert_false(take(limiter, 42, 1000 + PER_MS / LIMIT, &retry_ms));
  memory_free(limiter);
}

static void never_more_than_the_limit_in_any_period(void **state)
{
  (void)state;
  struct rate_limiter *limiter = new_limiter(1024);
  int64_t retry_ms;
  int allowed = 0;
  for (uint64_t now_ms = 0; now_ms < 10 * PER_MS; now_ms += 7)
    allowed += take(limiter, 7, now_ms, &retry_ms);
  assert_in_range(allowed, 10 * LIMIT, 10 * LIMIT + LIMIT);
  memory_free(limiter);
}

static void keys_count_alone(void **state)
{
  (void)state;
  struct rate_limiter *limiter = new_limiter(1024);
  int64_t retry_ms;
  for (int i = 0; i < LIMIT; i++) assert_true(take(limiter, UINT64_C(1) << 60, 0, &retry_ms));
  assert_false(take(limiter, UINT64_C(1) << 60, 0, &retry_ms));
  assert_true(take(limiter, UINT64_C(2) << 60, 0, &retry_ms));
  memory_free(limiter);
}

/* One bucket, many keys: newcomers share its strictest word; nobody who was refused is let in by
 * them. */
static void a_flood_of_keys_only_tightens(void **state)
{
  (void)state;
  struct rate_limiter *limiter = new_limiter(8);
  int64_t retry_ms;
  for (int i = 0; i < LIMIT; i++) assert_true(take(limiter, 1, 0, &retry_ms));
  assert_false(take(limiter, 1, 0, &retry_ms));
  int admitted = 0;
  for (uint64_t tag = 2; tag < 1000; tag++) admitted += take(limiter, tag << 48, 0, &retry_ms);
  assert_in_range(admitted, 7, 7 * LIMIT);
  assert_false(take(limiter, 1, 0, &retry_ms));
  assert_true(take(limiter, UINT64_C(5000) << 48, 2 * PER_MS, &retry_ms));
  memory_free(limiter);
}

static void small_periods_and_large_limits(void **state)
{
  (void)state;
  struct rate_limiter *limiter = new_limiter(1024);
  int64_t retry_ms;
  for (int i = 0; i < 10000; i++)
    assert_true(rate_limiter_take(limiter, 9, 10000, 1000, 0, &retry_ms));
  assert_false(rate_limiter_take(limiter, 9, 10000, 1000, 0, &retry_ms));
  assert_true(rate_limiter_take(limiter, 10, 1, 1000, 0, &retry_ms));
  assert_false(rate_limiter_take(limiter, 10, 1, 1000, 999 * ms, &retry_ms));
  assert_true(rate_limiter_take(limiter, 10, 1, 1000, 1000 * ms, &retry_ms));
  memory_free(limiter);
}

/* What a contract may say at most, taken as fast as possible for a second, and near to it. */
static void fast_limits(void **state)
{
  (void)state;
  static const struct {
    uint32_t limit, least; /* in the second after the first burst */
  } cases[] = {{RATE_MAX_PER_S, RATE_MAX_PER_S}, {70000, 66666}, {20000, 20000}, {9999, 9900}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct rate_limiter *limiter = new_limiter(1024);
    uint32_t limit = cases[i].limit, burst = 0, passed = 0;
    int64_t retry_ms;
    while (rate_limiter_take(limiter, 1, limit, 1000, 0, &retry_ms)) burst++;
    assert_in_range(burst, cases[i].least, limit);
    assert_int_equal(retry_ms, 1);
    for (uint64_t us = 1; us <= 1000000; us++)
      passed += rate_limiter_take(limiter, 1, limit, 1000, us * 1000, &retry_ms);
    assert_in_range(passed, cases[i].least, limit);
    memory_free(limiter);
  }
}

static void the_longest_period(void **state)
{
  (void)state;
  static const int64_t period_ms = INT64_C(24) * 3600 * 1000 * RATE_PERIOD_MAX_DAYS;
  static const uint64_t years_ms = UINT64_C(6) * 365 * 24 * 3600 * 1000;
  struct rate_limiter *limiter = new_limiter(1024);
  int64_t retry_ms;
  assert_true(rate_limiter_take(limiter, 1, 1, period_ms, years_ms * ms, &retry_ms));
  rate_limiter_charge(limiter, 1, 1, period_ms, 9, years_ms * ms);
  assert_false(rate_limiter_take(limiter, 1, 1, period_ms, years_ms * ms, &retry_ms));
  assert_int_equal(retry_ms, period_ms);
  memory_free(limiter);
}

/* What is charged need not be there. */
static void a_charge_is_waited_for(void **state)
{
  (void)state;
  static const struct {
    uint32_t limit, count, charges;
    int64_t wait_ms;
  } cases[] = {
      {60, 9, 1, 0},        /* ten of sixty are gone */
      {10, 9, 1, 6000},     /* all ten are */
      {10, 9, 2, 60000},    /* nine more */
      {10, 9, 1000, 60000}, /* never more than the period */
      {5, 9, 1, 60000},     /* of a smaller budget all, and one more at most */
      {1, 9, 1, 60000},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct rate_limiter *limiter = new_limiter(1024);
    uint32_t limit = cases[i].limit;
    int64_t retry_ms = 0;
    assert_true(rate_limiter_take(limiter, 3, limit, PER_MS, 0, &retry_ms));
    for (uint32_t k = 0; k < cases[i].charges; k++)
      rate_limiter_charge(limiter, 3, limit, PER_MS, cases[i].count, 0);
    bool allowed = rate_limiter_take(limiter, 3, limit, PER_MS, 0, &retry_ms);
    assert_int_equal(allowed, cases[i].wait_ms == 0);
    if (!allowed) assert_int_equal(retry_ms, cases[i].wait_ms);
    assert_true(
        rate_limiter_take(limiter, 3, limit, PER_MS, (uint64_t)cases[i].wait_ms * ms, &retry_ms));
    memory_free(limiter);
  }
}

/* In a full bucket a charge may fall on a shared word: it never gives anything back. */
static void a_charge_gives_nothing_back(void **state)
{
  (void)state;
  enum { HOUR_MS = 3600000 };
  struct rate_limiter *limiter = new_limiter(8);
  int64_t retry_ms = 0;
  for (uint64_t tag = 1; tag <= 8; tag++)
    assert_true(rate_limiter_take(limiter, tag << 48, 1, HOUR_MS, 0, &retry_ms));
  rate_limiter_charge(limiter, UINT64_C(9) << 48, 1, 1000, 9, 0);
  for (uint64_t tag = 1; tag <= 8; tag++) {
    assert_false(rate_limiter_take(limiter, tag << 48, 1, HOUR_MS, 0, &retry_ms));
    assert_int_equal(retry_ms, HOUR_MS);
  }
  memory_free(limiter);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_burst_then_one_at_a_time),
      cmocka_unit_test(never_more_than_the_limit_in_any_period),
      cmocka_unit_test(keys_count_alone),
      cmocka_unit_test(a_flood_of_keys_only_tightens),
      cmocka_unit_test(small_periods_and_large_limits),
      cmocka_unit_test(fast_limits),
      cmocka_unit_test(the_longest_period),
      cmocka_unit_test(a_charge_is_waited_for),
      cmocka_unit_test(a_charge_gives_nothing_back),
  };
  if (crypto_init(NULL)) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
