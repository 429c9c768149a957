/* Whose things the input names: what is somebody else's, what is nobody's, and other people with
 * the caller's own. */
#include <string.h>

#include "testing/attack_parts.h"

enum { KNOWN_MAX = 48, FOREIGN_TRIED = 3 };

static enum denial denial_of_ownership(const struct ownership *ownership)
{
  return ownership->forbidden ? DENIAL_FORBIDDEN : DENIAL_NOT_OWNER;
}

/* In an array the foreign one stands last, behind what is the caller's. */
static struct json with_element(struct attack *attack, const struct ownership *ownership,
                                const struct json *element)
{
  const struct scene *scene = &attack->scene;
  struct text name = attack->contract->fields[ownership->field].schema.name;
  const struct json *own = json_get_text(&scene->input, name);
  struct json value = *element;
  if (ownership->each) {
    uint32_t count = own && own->type == JSON_ARRAY ? own->length : 0;
    struct json *items = arena_new_array(&attack->arena, count + 1, sizeof *items);
    if (count > 0) memcpy(items, own->items, count * sizeof *items);
    items[count] = *element;
    value = (struct json){.type = JSON_ARRAY, .items = items, .length = count + 1};
    struct json longer = scene_with(attack, &scene->input, name, value);
    if (values_admit(attack->contract, &longer, &attack->arena, NULL)) return longer;
    value.items = &items[count];
    value.length = 1;
  }
  return scene_with(attack, &scene->input, name, value);
}

static bool try_value(struct attack *attack, const struct ownership *ownership,
                      const struct json *value, const char *whose)
{
  struct text name = attack->contract->fields[ownership->field].schema.name;
  struct json input = with_element(attack, ownership, value);
  if (!values_admit(attack->contract, &input, &attack->arena, NULL)) return false;
  attack_pristine(attack);
  struct text tried = arena_print(&attack->arena, "with a %.*s that is %s", TEXT_ARGS(name), whose);
  struct attempt attempt = attack_attempt_with(attack, tried.data, &input);
  attack_expect_denial(attack, &attempt, denial_of_ownership(ownership));
  return true;
}

/* Of everybody else whom the fixtures name. */
static struct json foreign_ids(struct attack *attack)
{
  const struct attack_run *run = attack->run;
  struct json *ids = arena_new_array(&attack->arena, run->people_count + 1, sizeof *ids);
  uint32_t count = 0;
  for (size_t i = 0; i < run->people_count; i++)
    if (&run->people[i] != attack->scene.caller) ids[count++] = run->people[i].id;
  return (struct json){.type = JSON_ARRAY, .items = ids, .length = count};
}

/* One that no row has, made of the schema. */
static void try_made_up(struct attack *attack, const struct ownership *ownership)
{
  struct text name = attack->contract->fields[ownership->field].schema.name;
  struct error ignored = {0};
  struct json input;
  if (values_input(&attack->values, attack->run->generation, attack->contract, VALUE_MINIMAL, NULL,
                   &input, &ignored))
    return;
  const struct json *value = json_get_text(&input, name);
  if (value && ownership->each)
    value = value->type == JSON_ARRAY && value->length > 0 ? &value->items[0] : NULL;
  if (value && scene_belongs(attack, ownership, &attack->scene.input, value,
                             attack->scene.caller) == BELONGS_TO_NOBODY)
    try_value(attack, ownership, value, "nobody's");
}

/* Not the caller's: the query says whose it is, or that it is somebody's, if asked for them. */
static bool is_anothers(struct attack *attack, const struct ownership *ownership,
                        const struct json *value)
{
  const struct attack_run *run = attack->run;
  const struct json *input = &attack->scene.input;
  const struct person *caller = attack->scene.caller;
  switch (scene_belongs(attack, ownership, input, value, caller)) {
  case BELONGS_TO_ANOTHER:
    return true;
  case BELONGS_TO_NOBODY:
    break;
  case BELONGS:
  case BELONGS_UNKNOWN:
    return false;
  }
  for (size_t i = 0; i < run->people_count; i++)
    if (&run->people[i] != caller &&
        scene_belongs(attack, ownership, input, value, &run->people[i]) == BELONGS)
      return true;
  return false;
}

/* How many were tried. */
static size_t try_ownership(struct attack *attack, const struct ownership *ownership)
{
  const struct field *field = &attack->contract->fields[ownership->field];
  struct json known = ownership->self
                          ? foreign_ids(attack)
                          : scene_known_values(attack, field, &attack->scene.input, KNOWN_MAX);
  size_t foreign = 0;
  for (uint32_t i = 0; i < known.length && foreign < FOREIGN_TRIED; i++)
    if (is_anothers(attack, ownership, &known.items[i]))
      foreign += try_value(attack, ownership, &known.items[i], "somebody else's");
  if (!ownership->self) try_made_up(attack, ownership);
  return foreign;
}

/* The first field of the scene's input that is not this person's. NULL: all are. */
static const struct ownership *not_theirs(struct attack *attack, const struct person *person)
{
  const struct contract *contract = attack->contract;
  for (size_t i = 0; i < contract->owns_count; i++) {
    const struct ownership *ownership = &contract->owns[i];
    struct text name = contract->fields[ownership->field].schema.name;
    const struct json *value = json_get_text(&attack->scene.input, name);
    if (value && ownership->each)
      value = value->type == JSON_ARRAY && value->length > 0 ? &value->items[0] : NULL;
    if (value && scene_belongs(attack, ownership, &attack->scene.input, value, person) != BELONGS)
      return ownership;
  }
  return NULL;
}

/* The caller's request, sent by somebody else who may call. NULL, or what was not theirs. */
static const struct ownership *try_others(struct attack *attack)
{
  struct attack_run *run = attack->run;
  if (attack->contract->reauth.present) return NULL; /* the password is the caller's */
  for (size_t i = 0; i < run->people_count; i++) {
    struct person *person = &run->people[i];
    if (person == attack->scene.caller || !person_may(person, attack->contract) ||
        person_is_exempt(run, person, attack->contract))
      continue;
    const struct ownership *ownership = not_theirs(attack, person);
    if (!ownership) continue;
    attack_pristine(attack);
    struct attempt attempt =
        attack_attempt(attack, "of somebody else, for what is the first one's");
    attempt_as(attack, &attempt, person);
    attack_expect_denial(attack, &attempt, denial_of_ownership(ownership));
    return ownership;
  }
  return NULL;
}

/* --- Fields of which the contract does not say whose they must be. --- */

/* Some row of somebody else has this value. */
static bool stands_in_foreign_row(const struct attack *attack, const struct json *value)
{
  for (size_t i = 0; i < attack->foreign_count; i++) {
    const struct json *rows = &attack->foreign[i].before;
    for (uint32_t k = 0; k < rows->length; k++)
      for (uint32_t m = 0; m < rows->items[k].length; m++)
        if (json_equal(&rows->items[k].members[m].value, value)) return true;
  }
  return false;
}

/* That nothing foreign was changed or shown is looked at in every reply; here, that it did not need
 * the last of all walls. */
static void try_unowned(struct attack *attack, const struct field *field, const struct json *value)
{
  struct text name = field->schema.name;
  struct json input =
      scene_with(attack, &attack->scene.input, name, scene_as_field(attack, field, value));
  if (!values_admit(attack->contract, &input, &attack->arena, NULL)) return;
  attack_pristine(attack);
  struct text tried = arena_print(&attack->arena, "with a %.*s of somebody else", TEXT_ARGS(name));
  struct attempt attempt = attack_attempt_with(attack, tried.data, &input);
  const struct scratch_reply *reply = attack_send(attack, &attempt);
  struct text got = reply_in_words(attack, reply);
  if (attack->error.message[0]) return;
  if (reply->status < 500 || !text_is(reply->code, denial_code(DENIAL_BREACH)) ||
      !text_contains(got, TEXT("somebody else"))) {
    attack_passed(attack);
    return;
  }
  struct text help = arena_print(
      attack->run->report_arena,
      "the host stopped it at the row; say in the contract whose it must be: \"owns\": { "
      "\"%.*s\": \"self\" }, or a query that tells the owner",
      TEXT_ARGS(name));
  attack_failed(attack, &attempt, reply, TEXT("a refusal before the handler runs"), got, help.data);
}

static void try_unowned_fields(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  for (size_t i = 0; i < contract->field_count && attack->foreign_count > 0; i++) {
    const struct field *field = &contract->fields[i];
    if (ownership_of_field(contract->owns, contract->owns_count, i) || field->schema.password ||
        field->schema.values)
      continue;
    struct json known = scene_known_values(attack, field, &attack->scene.input, KNOWN_MAX);
    size_t tried = 0;
    for (uint32_t k = 0; k < known.length && tried < FOREIGN_TRIED; k++) {
      if (!stands_in_foreign_row(attack, &known.items[k])) continue;
      try_unowned(attack, field, &known.items[k]);
      tried++;
    }
  }
}

void attack_owns(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  const struct scene *scene = &attack->scene;
  struct text help, missing;
  if (scene->caller && scene->input.type == JSON_OBJECT) try_unowned_fields(attack);
  if (contract->owns_count == 0) return;
  if (!scene->caller || scene->input.type != JSON_OBJECT) {
    missing = scene_missing(attack, &help);
    attack_not_tried(attack, TEXT("what is somebody else's"), missing, help);
    return;
  }
  if (person_is_exempt(attack->run, scene->caller, contract)) {
    attack_not_tried(attack, TEXT("what is somebody else's"),
                     TEXT("all whom the fixtures name and who may call may touch every row"),
                     TEXT("add somebody with another of the roles of `auth`"));
    return;
  }
  const struct ownership *others = scene->reply ? try_others(attack) : NULL;
  for (size_t i = 0; i < contract->owns_count; i++) {
    const struct ownership *ownership = &contract->owns[i];
    struct text name = contract->fields[ownership->field].schema.name;
    if (try_ownership(attack, ownership) == 0 && ownership != others)
      attack_not_tried(
          attack,
          arena_print(&attack->arena, "with a %.*s that is somebody else's", TEXT_ARGS(name)),
          TEXT("the fixtures have none"), TEXT("add rows of a second person to the fixtures"));
  }
}
