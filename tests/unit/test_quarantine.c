/* Quarantine: what each run is answered, and what its end means for those after it. Time is passed
 * in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "checks/quarantine.h"

enum { EVENTS_MAX = 48 };

/* What a run does if it may begin; SLEEP never ends, but by a later END. */
enum run { NONE, FINE, OVERRUN, TRAP, SLEEP, END };
enum { OPEN = QUARANTINE_OPEN, CALLER = QUARANTINE_CALLER, PAUSED = QUARANTINE_PAUSED };
enum { TRAPPED = QUARANTINE_TRAPPED };
enum { ANN = 1, BEN, CAT, DAN, EVA, FAY, GUS, HAL, IDA, JIM, KIM, EVE };

static const struct scenario {
  const char *name;
  struct {
    uint64_t at_ms, caller;
    enum run run;
    int answer;
    uint64_t retry_after_ms;
  } events[EVENTS_MAX];
} scenarios[] = {
    {"one caller alone loses the route for the rest of its minute, others never",
     {{100, EVE, OVERRUN, OPEN, 0},
      {110, EVE, OVERRUN, OPEN, 0},
      {120, EVE, OVERRUN, OPEN, 0},
      {130, EVE, OVERRUN, OPEN, 0},
      {130, EVE, FINE, OPEN, 0},
      {140, EVE, OVERRUN, OPEN, 0},
      {140, ANN, FINE, OPEN, 0},
      {150, EVE, OVERRUN, OPEN, 0},
      {160, EVE, OVERRUN, CALLER, 59940},
      {160, ANN, FINE, OPEN, 0},
      {60099, EVE, FINE, CALLER, 1},
      {60100, EVE, OVERRUN, OPEN, 0},
      {60100, ANN, FINE, OPEN, 0}}},

    {"two callers do not close it",
     {{0, ANN, OVERRUN, OPEN, 0},
      {1, BEN, OVERRUN, OPEN, 0},
      {2, ANN, OVERRUN, OPEN, 0},
      {3, BEN, OVERRUN, OPEN, 0},
      {4, CAT, FINE, OPEN, 0}}},

    {"three callers close it for a second, and a run in time opens it",
     {{0, ANN, OVERRUN, OPEN, 0},
      {10, BEN, OVERRUN, OPEN, 0},
      {20, CAT, OVERRUN, OPEN, 0},
      {20, DAN, FINE, PAUSED, 1000},
      {20, ANN, FINE, PAUSED, 1000},
      {1019, DAN, FINE, PAUSED, 1},
      {1020, DAN, FINE, OPEN, 0},
      {1020, EVA, FINE, OPEN, 0},
      {1020, ANN, FINE, OPEN, 0}}},

    {"three callers in more than a minute do not",
     {{0, ANN, OVERRUN, OPEN, 0},
      {30000, BEN, OVERRUN, OPEN, 0},
      {60000, CAT, OVERRUN, OPEN, 0},
      {60001, DAN, FINE, OPEN, 0},
      {60002, EVA, OVERRUN, OPEN, 0}, /* but these are, after Ben */
      {60003, DAN, FINE, PAUSED, 999}}},

    {"each trial that overruns doubles the pause, up to a minute",
     {{0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {0, DAN, OVERRUN, PAUSED, 1000},
      {1000, DAN, OVERRUN, OPEN, 0},
      {1000, EVA, OVERRUN, PAUSED, 2000},
      {3000, EVA, OVERRUN, OPEN, 0},
      {3000, FAY, OVERRUN, PAUSED, 4000},
      {7000, FAY, OVERRUN, OPEN, 0},
      {7000, GUS, OVERRUN, PAUSED, 8000},
      {15000, GUS, OVERRUN, OPEN, 0},
      {15000, HAL, OVERRUN, PAUSED, 16000},
      {31000, HAL, OVERRUN, OPEN, 0},
      {31000, IDA, OVERRUN, PAUSED, 32000},
      {63000, IDA, OVERRUN, OPEN, 0},
      {63000, JIM, OVERRUN, PAUSED, 60000},
      {123000, JIM, OVERRUN, OPEN, 0},
      {123000, KIM, OVERRUN, PAUSED, 60000},
      {183000, KIM, FINE, OPEN, 0},
      {183001, BEN, OVERRUN, OPEN, 0}, /* and from one second again */
      {183001, CAT, OVERRUN, OPEN, 0},
      {183001, DAN, OVERRUN, OPEN, 0},
      {183001, EVA, OVERRUN, PAUSED, 1000}}},

    {"whoever closed it does not prolong the pause",
     {{0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {1000, ANN, OVERRUN, OPEN, 0},
      {1000, BEN, OVERRUN, OPEN, 0},
      {1000, DAN, FINE, OPEN, 0},
      {1001, EVA, FINE, OPEN, 0}}},

    {"nor does one who has prolonged it, however long it is by now",
     {{0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {1000, EVE, OVERRUN, OPEN, 0},
      {1000, DAN, FINE, PAUSED, 2000},
      {90000, EVE, OVERRUN, OPEN, 0}, /* long after her minute */
      {90000, ANN, OVERRUN, OPEN, 0},
      {90000, DAN, FINE, OPEN, 0},
      {90001, EVA, FINE, OPEN, 0}}},

    {"nor closes it again in the same minute",
     {{0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {1000, DAN, FINE, OPEN, 0},
      {1001, ANN, OVERRUN, OPEN, 0},
      {1001, BEN, OVERRUN, OPEN, 0},
      {1001, CAT, OVERRUN, OPEN, 0},
      {1002, DAN, FINE, OPEN, 0},
      {1003, EVA, OVERRUN, OPEN, 0},
      {1003, FAY, OVERRUN, OPEN, 0},
      {1003, DAN, FINE, OPEN, 0},
      {60000, ANN, OVERRUN, OPEN, 0},
      {60000, DAN, FINE, PAUSED, 1000}}},

    {"there is one trial at a time, and one that never ends holds up nobody for long",
     {{0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {1000, DAN, SLEEP, OPEN, 0},
      {1001, EVA, FINE, PAUSED, 999},
      {2000, EVA, SLEEP, OPEN, 0},
      {2001, DAN, END, OPEN, 0}, /* no longer the trial */
      {2002, FAY, FINE, PAUSED, 998},
      {2003, EVA, END, OPEN, 0},
      {2004, FAY, FINE, OPEN, 0}}},

    {"a run that began before the pause does not end it",
     {{0, DAN, SLEEP, OPEN, 0},
      {0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {500, DAN, END, OPEN, 0},
      {501, DAN, FINE, PAUSED, 499}}},

    {"a caller that has used up its overruns is no trial",
     {{0, ANN, OVERRUN, OPEN, 0},
      {0, ANN, OVERRUN, OPEN, 0},
      {0, ANN, OVERRUN, OPEN, 0},
      {0, ANN, OVERRUN, OPEN, 0},
      {0, ANN, OVERRUN, OPEN, 0},
      {0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {1000, ANN, OVERRUN, CALLER, 59000},
      {1000, DAN, FINE, OPEN, 0}}},

    {"a trap closes it for good",
     {{0, ANN, TRAP, OPEN, 0},
      {1, ANN, FINE, TRAPPED, 0},
      {1000, BEN, FINE, TRAPPED, 0},
      {UINT64_C(100000000000), BEN, FINE, TRAPPED, 0}}},

    {"and so does one on trial",
     {{0, ANN, OVERRUN, OPEN, 0},
      {0, BEN, OVERRUN, OPEN, 0},
      {0, CAT, OVERRUN, OPEN, 0},
      {1000, DAN, TRAP, OPEN, 0},
      {200000, DAN, FINE, TRAPPED, 0}}},
};

static void every_scenario(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    const struct scenario *scenario = &scenarios[i];
    struct quarantine quarantine = {0};
    for (size_t k = 0; k < EVENTS_MAX && scenario->events[k].run != NONE; k++) {
      uint64_t at_ms = scenario->events[k].at_ms + 1, caller = scenario->events[k].caller;
      enum run run = scenario->events[k].run;
      if (run == END) {
        quarantine_in_time(&quarantine, caller);
        continue;
      }
      uint64_t retry_after_ms;
      int answer = (int)quarantine_ask(&quarantine, caller, at_ms, &retry_after_ms);
      if (answer != scenario->events[k].answer ||
          retry_after_ms != scenario->events[k].retry_after_ms)
        fail_msg("%s: event %zu: answer %d, again in %llu ms", scenario->name, k + 1, answer,
                 (unsigned long long)retry_after_ms);
      if (answer != OPEN) continue;
      if (run == FINE) quarantine_in_time(&quarantine, caller);
      if (run == OVERRUN) quarantine_overrun(&quarantine, caller, at_ms);
      if (run == TRAP) quarantine_trap(&quarantine);
    }
  }
}

/* More callers than are remembered: they close the route as often as their number allows, and each
 * has its due; nothing else happens. */
static void a_flood_of_callers(void **state)
{
  (void)state;
  struct quarantine quarantine = {0};
  uint64_t retry_after_ms, now_ms = 1, longest = 0;
  for (uint64_t caller = 1; caller <= 1000; caller++) {
    while (quarantine_ask(&quarantine, caller, now_ms, &retry_after_ms) != QUARANTINE_OPEN) {
      if (retry_after_ms > longest) longest = retry_after_ms;
      now_ms += retry_after_ms;
    }
    quarantine_overrun(&quarantine, caller, now_ms);
  }
  assert_int_equal(longest, QUARANTINE_PAUSE_MAX_MS);
  now_ms += QUARANTINE_PAUSE_MAX_MS;
  assert_int_equal(quarantine_ask(&quarantine, 2000, now_ms, &retry_after_ms), QUARANTINE_OPEN);
  quarantine_in_time(&quarantine, 2000);
  assert_int_equal(quarantine_ask(&quarantine, 2000, now_ms, &retry_after_ms), QUARANTINE_OPEN);
  assert_false(quarantine.watched); /* the healthy path is one branch again */
}

/* --- Whose call it is, and about which handler. --- */

struct world {
  struct arena arena;
  struct quarantines *quarantines;
  struct contract contract, other;
};

static bool admitted(struct world *world, const struct contract *contract, const char *id,
                     const char *address, struct verdict *verdict)
{
  struct facts facts = {.contract = contract, .arena = &world->arena, .address = text_of(address)};
  facts.principal.id = id ? json_string(text_of(id)) : json_null();
  *verdict = (struct verdict){0};
  return check_quarantine(world->quarantines, &facts, 1000000, verdict);
}

static void overruns(struct world *world, const struct contract *contract, const char *id,
                     const char *address)
{
  struct facts facts = {.contract = contract, .arena = &world->arena, .address = text_of(address)};
  facts.principal.id = id ? json_string(text_of(id)) : json_null();
  note_overrun(world->quarantines, &facts, 1000000);
}

static void set_up(struct world *world)
{
  *world = (struct world){.contract = {.name = "a", .index = 0}, .other = {.name = "b"}};
  world->other.index = 1;
  arena_init(&world->arena, 4096);
  world->quarantines = quarantines_new(2);
}

static void tear_down(struct world *world)
{
  quarantines_free(world->quarantines);
  arena_deinit(&world->arena);
}

static void callers_are_principals_or_addresses(void **state)
{
  static const struct {
    const char *id, *address;
    bool same; /* as ada at 192.0.2.1, or as 2001:db8::1 */
  } as_ada[] = {{"ada", "198.51.100.7", true}, {"bob", "192.0.2.1", false}},
    as_address[] = {{NULL, "2001:db8::ffff:1", true}, {NULL, "2001:db8:0:1::1", false}};
  struct world world;
  struct verdict verdict;
  (void)state;
  set_up(&world);
  for (int i = 0; i < OVERRUNS_MAX; i++) overruns(&world, &world.contract, "ada", "192.0.2.1");
  for (int i = 0; i < OVERRUNS_MAX; i++) overruns(&world, &world.other, NULL, "2001:db8::1");
  for (size_t i = 0; i < 2; i++) {
    assert_int_not_equal(
        admitted(&world, &world.contract, as_ada[i].id, as_ada[i].address, &verdict),
        as_ada[i].same);
    if (as_ada[i].same) assert_int_equal(verdict.denial, DENIAL_RATE_LIMITED);
    assert_int_not_equal(admitted(&world, &world.other, NULL, as_address[i].address, &verdict),
                         as_address[i].same);
  }
  tear_down(&world);
}

static void another_handler_begins_anew(void **state)
{
  struct world world;
  struct verdict verdict;
  (void)state;
  set_up(&world);
  struct facts facts = {.contract = &world.contract, .arena = &world.arena};
  note_trap(world.quarantines, &facts);
  assert_false(admitted(&world, &world.contract, "ada", "", &verdict));
  assert_int_equal(verdict.denial, DENIAL_QUARANTINED);
  assert_int_equal(verdict.retry_after_ms, 0);
  assert_true(admitted(&world, &world.other, "ada", "", &verdict));
  world.contract.handler_hash[0] ^= 1;
  assert_true(admitted(&world, &world.contract, "ada", "", &verdict));
  tear_down(&world);
}

/* --- Reloads --- */

enum { ROUTES = 3 };

/* A generation of these names, in order; each handler's hash is one byte. */
struct routes {
  struct contract contracts[ROUTES], *list[ROUTES];
  struct generation generation;
  struct quarantines *quarantines;
};

static void make_routes(struct routes *routes, const char *const names[ROUTES], const char *hashes)
{
  *routes = (struct routes){0};
  for (uint32_t i = 0; i < ROUTES && names[i]; i++) {
    routes->contracts[i] = (struct contract){.name = names[i], .index = i};
    routes->contracts[i].handler_hash[0] = (unsigned char)hashes[i];
    routes->list[i] = &routes->contracts[i];
    routes->generation.contract_count++;
  }
  routes->generation.contracts = routes->list;
  routes->quarantines = quarantines_new(routes->generation.contract_count);
}

static void adopt(struct routes *routes, const struct routes *former)
{
  quarantines_adopt(routes->quarantines, &routes->generation, former->quarantines,
                    &former->generation);
}

static bool is_open(struct world *world, const struct routes *routes, size_t index,
                    const char *address)
{
  struct verdict verdict;
  struct facts facts = {
      .contract = &routes->contracts[index], .arena = &world->arena, .address = text_of(address)};
  return check_quarantine(routes->quarantines, &facts, 0, &verdict);
}

static void trap(struct world *world, const struct routes *routes, size_t index)
{
  struct facts facts = {.contract = &routes->contracts[index], .arena = &world->arena};
  note_trap(routes->quarantines, &facts);
}

static void a_reload_forgets_only_what_has_changed(void **state)
{
  static const char *const before[] = {"b", "d", "f"}, *const after[] = {"a", "b", "f"};
  struct world world;
  struct routes old, new;
  (void)state;
  set_up(&world);
  make_routes(&old, before, "\1\2\3");
  for (size_t i = 0; i < ROUTES; i++) trap(&world, &old, i);
  make_routes(&new, after, "\2\1\4");
  adopt(&new, &old);
  quarantines_free(old.quarantines);
  assert_true(is_open(&world, &new, 0, ""));
  assert_false(is_open(&world, &new, 1, ""));
  assert_true(is_open(&world, &new, 2, ""));
  quarantines_free(new.quarantines);
  tear_down(&world);
}

/* Calls of the former generation go on for a while: what they do counts for both. */
static void what_the_last_calls_bring_to_light_counts(void **state)
{
  static const char *const names[] = {"a", "b", "c"};
  struct world world;
  struct routes first, second, third;
  (void)state;
  set_up(&world);
  make_routes(&first, names, "\1\2\3");
  make_routes(&second, names, "\1\2\4");
  make_routes(&third, names, "\1\2\3");
  adopt(&second, &first);
  adopt(&third, &second);
  quarantines_free(second.quarantines);
  trap(&world, &first, 0);
  trap(&world, &first, 2);
  assert_false(is_open(&world, &third, 0, ""));
  assert_true(is_open(&world, &third, 1, ""));
  assert_true(is_open(&world, &third, 2, "")); /* it was another in between */
  quarantines_free(third.quarantines);
  assert_false(is_open(&world, &first, 0, ""));
  quarantines_free(first.quarantines);
  tear_down(&world);
}

static void callers_are_known_again(void **state)
{
  static const char *const names[] = {"a", NULL, NULL};
  struct world world;
  struct routes old, new;
  (void)state;
  set_up(&world);
  make_routes(&old, names, "\1");
  struct facts facts = {
      .contract = &old.contracts[0], .arena = &world.arena, .address = TEXT("192.0.2.1")};
  for (int i = 0; i < OVERRUNS_MAX; i++) note_overrun(old.quarantines, &facts, 0);
  make_routes(&new, names, "\1");
  adopt(&new, &old);
  quarantines_free(old.quarantines);
  assert_false(is_open(&world, &new, 0, "192.0.2.1"));
  assert_true(is_open(&world, &new, 0, "192.0.2.2"));
  quarantines_free(new.quarantines);
  tear_down(&world);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_scenario),
      cmocka_unit_test(a_flood_of_callers),
      cmocka_unit_test(callers_are_principals_or_addresses),
      cmocka_unit_test(another_handler_begins_anew),
      cmocka_unit_test(a_reload_forgets_only_what_has_changed),
      cmocka_unit_test(what_the_last_calls_bring_to_light_counts),
      cmocka_unit_test(callers_are_known_again),
  };
  if (crypto_init(NULL)) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
