/* The wheel of deadlines, by hand and against a list that is searched as a whole; and that a tick
 * looks at those only whose time has come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dice.h"
#include "http/deadlines.h"

enum { TICK_MS = 100, LAP_MS = TICK_MS * DEADLINE_SLOTS, START_MS = 123456 };

static void test_comes_up_once(void **state)
{
  (void)state;
  struct deadlines wheel;
  struct deadline a = {0}, b = {0};
  deadlines_init(&wheel, TICK_MS, START_MS);
  assert_null(deadlines_next(&wheel, START_MS));
  deadlines_set(&wheel, &a, START_MS + 250);
  deadlines_set(&wheel, &b, START_MS + 1000);
  assert_null(deadlines_next(&wheel, START_MS + 249));
  assert_ptr_equal(deadlines_next(&wheel, START_MS + 350), &a);
  assert_null(deadlines_next(&wheel, START_MS + 350));
  deadlines_remove(&a); /* is out already */
  deadlines_remove(&b);
  deadlines_remove(&b);
  assert_null(deadlines_next(&wheel, START_MS + 2000));
}

static void test_moves(void **state)
{
  (void)state;
  struct deadlines wheel;
  struct deadline a = {0};
  deadlines_init(&wheel, TICK_MS, START_MS);
  deadlines_set(&wheel, &a, START_MS + 1000);
  deadlines_set(&wheel, &a, START_MS + 5000); /* may come up early */
  deadlines_set(&wheel, &a, START_MS + 300);  /* not late */
  assert_ptr_equal(deadlines_next(&wheel, START_MS + 400), &a);
  deadlines_set(&wheel, &a, START_MS); /* late already */
  assert_ptr_equal(deadlines_next(&wheel, START_MS + 400), &a);
  deadlines_set(&wheel, &a, START_MS + 2 * LAP_MS); /* further than the wheel reaches */
  assert_ptr_equal(deadlines_next(&wheel, START_MS + LAP_MS + 300), &a);
}

/* After a time in which nobody looked, however long. */
static void test_jumps(void **state)
{
  (void)state;
  struct deadlines wheel;
  struct deadline a = {0}, b = {0};
  deadlines_init(&wheel, TICK_MS, START_MS);
  deadlines_set(&wheel, &a, START_MS + 700);
  uint64_t later = START_MS + 1000000000000;
  assert_ptr_equal(deadlines_next(&wheel, later), &a);
  assert_null(deadlines_next(&wheel, later));
  deadlines_set(&wheel, &b, later + 500);
  assert_null(deadlines_next(&wheel, later + 499));
  assert_ptr_equal(deadlines_next(&wheel, later + 600), &b);
}

/* Each is looked at when its time has come, no later than a tick after; and one that was moved away
 * is looked at once a lap at most. */
static void test_many(void **state)
{
  (void)state;
  enum { COUNT = 10000, ROUNDS = 400 };
  static struct {
    struct deadline deadline;
    uint64_t at_ms;
    size_t early;
  } all[COUNT];
  struct deadlines wheel;
  struct dice dice = {7};
  uint64_t now_ms = START_MS;
  deadlines_init(&wheel, TICK_MS, now_ms);
  for (size_t i = 0; i < COUNT; i++) {
    all[i].at_ms = now_ms + dice_below(&dice, 2 * LAP_MS);
    deadlines_set(&wheel, &all[i].deadline, all[i].at_ms);
  }
  for (int round = 0; round < ROUNDS; round++) {
    now_ms += dice_below(&dice, 3 * TICK_MS);
    for (struct deadline *next; (next = deadlines_next(&wheel, now_ms));) {
      size_t i = (size_t)((char *)next - (char *)all) / sizeof *all;
      if (all[i].at_ms > now_ms) {
        all[i].early++;
      } else {
        all[i].at_ms = now_ms + 1 + dice_below(&dice, 2 * LAP_MS);
        all[i].early = 0;
      }
      deadlines_set(&wheel, next, all[i].at_ms);
      assert_true(all[i].early <= 2);
    }
    for (size_t i = 0; i < COUNT; i++) assert_true(all[i].at_ms + TICK_MS > now_ms);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_comes_up_once),
      cmocka_unit_test(test_moves),
      cmocka_unit_test(test_jumps),
      cmocka_unit_test(test_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
