/* That the route does what it is for, for everybody who may call; and that what it did for one
 * request is not seen by the next. */
#include "testing/attack_parts.h"

enum { MORE_REQUESTS = 8, OTHERS_MAX = 4, TRIALS_EACH = 4 };

static void must_not_break(struct attack *attack, const struct attempt *attempt,
                           const struct scratch_reply *reply)
{
  if (attack->error.message[0]) return;
  if (reply->status < 500)
    attack_passed(attack);
  else
    attack_failed(attack, attempt, reply,
                  TEXT("an answer that `returns` admits, or a refusal that the contract declares"),
                  reply_in_words(attack, reply), "");
}

/* Others that the schema allows: rarely the same way through the handler. */
static void try_more(struct attack *attack)
{
  struct json input, fixed;
  for (uint32_t i = 0; i < MORE_REQUESTS && !attack->error.message[0]; i++) {
    attack_pristine(attack);
    if (!scene_roll(attack, attack->scene.caller, i + 2, &input, &fixed)) continue;
    struct attempt attempt = attack_attempt_with(attack, "that is valid", &input);
    must_not_break(attack, &attempt, attack_send(attack, &attempt));
  }
}

/* A valid request of this person. False: there is none. */
static bool try_person(struct attack *attack, struct person *person, const char *tried)
{
  struct json input, fixed;
  scene_choose(attack, person);
  for (uint32_t trial = 0; trial < TRIALS_EACH; trial++) {
    if (!scene_roll(attack, person, trial, &input, &fixed)) continue;
    struct attempt attempt = attack_attempt_with(attack, tried, &input);
    attempt_as(attack, &attempt, person);
    must_not_break(attack, &attempt, attack_send(attack, &attempt));
    return true;
  }
  return false;
}

static void try_others(struct attack *attack)
{
  struct attack_run *run = attack->run;
  size_t others = 0;
  for (size_t i = 0; i < run->people_count && others < OTHERS_MAX; i++) {
    struct person *person = &run->people[i];
    if (person == attack->scene.caller || !person_may(person, attack->contract)) continue;
    attack_pristine(attack);
    struct text tried =
        arena_print(&attack->arena, "of %.*s, who may call", TEXT_ARGS(person->principal->name));
    others += try_person(attack, person, tried.data);
  }
}

/* Whoever has just come has nothing yet. */
static void try_newcomer(struct attack *attack)
{
  const struct attack_run *run = attack->run;
  struct person *caller = attack->scene.caller;
  struct text table, column;
  struct json gone;
  bool deleted = false;
  if (attack->contract->owns_count > 0 || !principal_column(attack, "id", &table, &column)) return;
  attack_pristine(attack);
  /* Children first, as far as foreign keys let them go. */
  for (size_t round = 0; round < run->table_count; round++) {
    for (size_t i = 0; i < run->table_count; i++) {
      struct text condition = foreign_condition(attack, run->tables[i].name);
      if (condition.length == 0 || text_equal_ignoring_case(run->tables[i].name, table)) continue;
      struct text sql = arena_print(&attack->arena, "DELETE FROM %.*s WHERE NOT (%.*s)",
                                    TEXT_ARGS(sql_quoted(run->tables[i].name, &attack->arena)),
                                    TEXT_ARGS(condition));
      struct error ignored = {0};
      struct json values = {.type = JSON_ARRAY, .items = &caller->id, .length = 1};
      deleted |= scratch_rows(attack->scratch, sql, &values, &attack->arena, &gone, &ignored) == 0;
    }
  }
  attack->dirty = true;
  if (scratch_digest(attack->scratch, attack->digest, &attack->error)) return;
  if (deleted) try_person(attack, caller, "of somebody to whom nothing belongs yet");
  attack_reset(attack);
}

void attack_serves(struct attack *attack)
{
  const struct scene *scene = &attack->scene;
  struct text help;
  if (scene->broken) must_not_break(attack, scene->breaking, scene->broken);
  if (scene->works) {
    attack_passed(attack);
    try_more(attack);
    if (scene->caller) {
      try_others(attack);
      try_newcomer(attack);
      scene_choose(attack, scene->caller);
    }
  } else if (!scene->broken) {
    struct text missing = scene_missing(attack, &help);
    attack_not_tried(attack, TEXT("a request that succeeds"), missing, help);
  }
}
