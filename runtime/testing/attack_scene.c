/* The scene of a contract: somebody who may call, and an input with which the call succeeds.
 *
 * Found by trying, people and inputs in an order that the seed decides: ids of the fixtures' rows
 * where a field is owned, and where one could be any; the rest from `examples` or the schema. The
 * first call that is no refusal is the scene. Without one there is still a valid input, for all
 * attacks that are refused before anything is looked up. */
#include <string.h>

#include "testing/attack_parts.h"

enum { TRIALS_EACH = 48, TRIALS_MAX = 160, KNOWN_MAX = 48 };

/* --- What fields may be, for one caller. --- */

/* A value that is not the caller's, or there is none, stays out. */
static struct json owned_values(struct attack *attack, const struct ownership *ownership,
                                const struct json *known, const struct json *input,
                                const struct person *caller)
{
  struct json *items = arena_new_array(&attack->arena, known->length + 1, sizeof *items);
  uint32_t count = 0;
  if (ownership->self) items[count++] = caller->id;
  for (uint32_t i = 0; i < known->length && !ownership->self; i++)
    if (scene_belongs(attack, ownership, input, &known->items[i], caller) == BELONGS)
      items[count++] = known->items[i];
  return (struct json){.type = JSON_ARRAY, .items = items, .length = count};
}

/* A field whose rows are everybody's, or of whoever the SQL says. */
static bool may_be_known(const struct field *field)
{
  unsigned ids = 1U << JSON_STRING | 1U << JSON_INTEGER;
  return !field->schema.password && !field->schema.values && (field->schema.types & ids) != 0;
}

static const struct credentials *asked_credentials(const struct contract *contract)
{
  if (contract->credentials.present) return &contract->credentials;
  return contract->reauth.present ? &contract->reauth : NULL;
}

void scene_choose(struct attack *attack, struct person *caller)
{
  const struct json *input = &attack->scene.input;
  const struct contract *contract = attack->contract;
  attack->choices =
      arena_new_array(&attack->arena, contract->field_count + 1, sizeof *attack->choices);
  for (size_t i = 0; i < contract->field_count; i++) {
    struct field_choice *choice = &attack->choices[i];
    const struct field *field = &contract->fields[i];
    const struct ownership *ownership = ownership_of_field(contract->owns, contract->owns_count, i);
    choice->owned = caller && ownership && !person_is_exempt(attack->run, caller, contract);
    if (!choice->owned && !may_be_known(field)) continue;
    choice->values = scene_known_values(attack, field, input, KNOWN_MAX);
    if (choice->owned)
      choice->values = owned_values(attack, ownership, &choice->values, input, caller);
  }
}

/* --- Whose password it is. --- */

/* Values of the fields that the query looks at, so that it finds this person. */
static bool find_login(struct attack *attack, const struct person *person, const struct json *input,
                       struct json *fixed)
{
  const struct contract *contract = attack->contract;
  const struct credentials *asked = &contract->credentials;
  for (size_t i = 0; i < asked->use.query->parameter_count; i++) {
    struct binding binding = asked->use.bindings[i];
    if (binding.source != BIND_FIELD) continue;
    struct text name = contract->fields[binding.index].schema.name;
    const struct json *known = &attack->choices[binding.index].values;
    for (uint32_t k = 0; known->type == JSON_ARRAY && k < known->length; k++) {
      struct json row, tried = scene_with(attack, input, name, known->items[k]);
      if (!scene_ask_row(attack, &asked->use, &tried, NULL, NULL, &row)) continue;
      const struct json *id = json_get(&row, "id");
      if (!id || !json_equal(id, &person->id)) continue;
      *fixed = scene_with(attack, fixed, name, known->items[k]);
      return true;
    }
  }
  return false;
}

/* The password that is verified, and who it must be. False: the fixtures do not tell. */
static bool fix_password(struct attack *attack, struct person *caller, const struct json *input,
                         struct json *fixed)
{
  const struct contract *contract = attack->contract;
  const struct credentials *asked = asked_credentials(contract);
  if (!asked) return true;
  struct person *person = caller;
  if (!person) {
    for (size_t i = 0; i < attack->run->people_count && !person; i++) {
      struct person *at = &attack->run->people[i];
      if (at->principal->password.length > 0 && find_login(attack, at, input, fixed)) person = at;
    }
  }
  if (!person || person->principal->password.length == 0) return false;
  attack->scene.login = person;
  *fixed = scene_with(attack, fixed, contract->fields[asked->password].schema.name,
                      json_string(person->principal->password));
  return true;
}

/* --- Trials. --- */

/* One by chance; the first trial takes the first. */
static struct json choose(struct attack *attack, const struct json *values, uint32_t trial)
{
  uint32_t i = trial == 0 ? 0 : dice_below(&attack->run->dice, values->length);
  return values->items[i];
}

/* False: a field is owned, and no row of the fixtures is the caller's. */
static bool fix_fields(struct attack *attack, uint32_t trial, struct json *fixed)
{
  const struct contract *contract = attack->contract;
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct field_choice *choice = &attack->choices[i];
    const struct field *field = &contract->fields[i];
    if (choice->owned && choice->values.length == 0) return false;
    if (choice->values.type != JSON_ARRAY || choice->values.length == 0) continue;
    if (json_get_text(fixed, field->schema.name)) continue;
    if (!choice->owned && (trial < 2 || dice_happens(&attack->run->dice, 50))) continue;
    struct json value = choose(attack, &choice->values, trial);
    *fixed = scene_with(attack, fixed, field->schema.name, scene_as_field(attack, field, &value));
  }
  return true;
}

static const struct json nothing_fixed = {.type = JSON_OBJECT};

bool scene_roll(struct attack *attack, struct person *caller, uint32_t trial, struct json *input,
                struct json *fixed)
{
  struct error ignored = {0};
  enum value_shape shape = trial % 2 == 0 ? VALUE_MINIMAL : VALUE_FULL;
  *fixed = nothing_fixed;
  return fix_password(attack, caller, &attack->scene.input, fixed) &&
         fix_fields(attack, trial, fixed) &&
         values_input(&attack->values, attack->run->generation, attack->contract, shape, fixed,
                      input, &ignored) == 0;
}

static bool try_once(struct attack *attack, struct person *caller, uint32_t trial)
{
  struct scene *scene = &attack->scene;
  struct json input, fixed;
  if (!scene_roll(attack, caller, trial, &input, &fixed)) return false;
  scene->caller = caller;
  struct attempt attempt = attack_attempt_with(attack, "a valid request", &input);
  const struct scratch_reply *reply = attack_send(attack, &attempt);
  scene->input = input;
  scene->fixed = fixed;
  scene->works = reply_succeeded(reply);
  scene->reply = reply;
  if (reply->status >= 500 && !scene->broken) {
    scene->broken = reply;
    scene->breaking = arena_new(&attack->arena, sizeof attempt);
    *scene->breaking = attempt;
  }
  return scene->works;
}

static bool try_caller(struct attack *attack, struct person *caller, uint32_t *budget)
{
  scene_choose(attack, caller);
  for (uint32_t trial = 0; trial<TRIALS_EACH && * budget> 0; trial++, (*budget)--) {
    if (attack->error.message[0]) return true;
    if (try_once(attack, caller, trial)) return true;
  }
  return false;
}

/* Any valid input, whatever becomes of it. False: none is found. */
static bool find_input(struct attack *attack)
{
  struct scene *scene = &attack->scene;
  scene->fixed = nothing_fixed;
  return values_input(&attack->values, attack->run->generation, attack->contract, VALUE_FULL, NULL,
                      &scene->input, &scene->why_no_input) == 0;
}

void scene_find(struct attack *attack)
{
  struct attack_run *run = attack->run;
  const struct contract *contract = attack->contract;
  uint32_t budget = TRIALS_MAX;
  attack->scene = (struct scene){0};
  if (!find_input(attack)) return;
  if (contract->anonymous) {
    try_caller(attack, NULL, &budget);
    return;
  }
  /* First those who need to own what they name: their attacks are more. */
  for (int exempt = 0; exempt < 2; exempt++) {
    for (size_t i = 0; i < run->people_count; i++) {
      struct person *person = &run->people[i];
      if (!person_may(person, contract) || person_is_exempt(run, person, contract) != (exempt == 1))
        continue;
      if (!attack->scene.caller) attack->scene.caller = person;
      if (try_caller(attack, person, &budget)) return;
    }
  }
}

/* --- What is missing. --- */

struct text scene_missing(struct attack *attack, struct text *help)
{
  const struct contract *contract = attack->contract;
  const struct scene *scene = &attack->scene;
  struct arena *arena = &attack->arena;
  if (scene->input.type != JSON_OBJECT) {
    *help = TEXT("give `validates` a valid input as `examples`");
    return arena_print(arena, "no valid input was found: %s", scene->why_no_input.message);
  }
  if (!contract->anonymous && !scene->caller) {
    struct text roles = TEXT("");
    for (size_t i = 0; i < contract->role_count; i++)
      roles = arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(roles), i ? " or " : "",
                          TEXT_ARGS(contract->roles[i]));
    *help = TEXT("add a row for one to the fixtures, and `-- principal: NAME ID` above it");
    if (roles.length == 0) return TEXT("the fixtures name nobody");
    return arena_print(arena, "the fixtures name nobody who is %.*s", TEXT_ARGS(roles));
  }
  if (!scene->reply) {
    bool password = asked_credentials(contract) && !scene->login;
    *help = password ? TEXT("write it behind the id: `-- principal: NAME ID PASSWORD`")
                     : TEXT("add rows to the fixtures that belong to them");
    if (password) return TEXT("the fixtures do not say the password of anybody");
    return TEXT("no row of the fixtures belongs to anybody who may call");
  }
  if (scene->broken) {
    *help = TEXT("mend that first");
    return arena_print(arena, "no request succeeded; one made the handler fail: %.*s",
                       TEXT_ARGS(reply_in_words(attack, scene->broken)));
  }
  *help = TEXT("add rows to the fixtures, or an input with which it succeeds to `examples` of "
               "`validates`");
  return arena_print(arena, "no request succeeded; the last one got %.*s",
                     TEXT_ARGS(reply_in_words(attack, scene->reply)));
}

bool scene_has_input(struct attack *attack, const char *tried)
{
  const struct scene *scene = &attack->scene;
  struct text help, missing;
  if (scene->input.type == JSON_OBJECT && (attack->contract->anonymous || scene->caller))
    return true;
  missing = scene_missing(attack, &help);
  attack_not_tried(attack, text_of(tried), missing, help);
  return false;
}
