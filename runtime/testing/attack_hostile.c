/* Handlers that mean harm in the place of the contract's own (lua/attacks). Whatever one does, the
 * reply is one that `returns` admits, or a refusal after which the database is as it was; what
 * changes is the caller's, and in the audit log. The first and the last are looked at in every
 * reply. */
#include "testing/attack_parts.h"

extern const char attack_state_lua[], attack_junk_lua[], attack_queries_lua[], attack_raise_lua[],
    attack_consume_lua[];
extern const size_t attack_state_lua_length, attack_junk_lua_length, attack_queries_lua_length,
    attack_raise_lua_length, attack_consume_lua_length;

/* As in the Lua files. */
enum { JUNK_WAYS = 24, RAISE_WAYS = 19, CONSUME_WAYS = 9, MEMORY_WAYS = 4, WAYS_MAX = 250 };

static bool replace(struct attack *attack, struct text source)
{
  attack_pristine(attack);
  if (attack->error.message[0] ||
      scratch_replace_handler(attack->scratch, attack->contract, source, &attack->error))
    return false;
  attack->replaced = true;
  return true;
}

/* A request that comes to the handler, unless somebody forbids it. */
static bool has_scene(struct attack *attack, const char *tried)
{
  const struct scene *scene = &attack->scene;
  struct text help, missing;
  if (scene->reply) return true;
  missing = scene_missing(attack, &help);
  attack_not_tried(attack, text_of(tried), missing, help);
  return false;
}

/* --- State. --- */

void attack_state(struct attack *attack)
{
  const struct text none = TEXT("nothing was left");
  if (!has_scene(attack, "two requests, one after the other")) return;
  if (!replace(attack, (struct text){attack_state_lua, attack_state_lua_length})) return;
  for (int i = 0; i < 3 && !attack->error.message[0]; i++) {
    struct attempt attempt = attack_attempt(attack, "after another one, that left traces");
    const struct scratch_reply *reply = attack_send(attack, &attempt);
    struct text message = json_text(json_get(json_get(&reply->json, "debug"), "message"));
    if (!text_is(reply->code, denial_code(DENIAL_HANDLER_FAILED))) {
      attack_not_tried(attack, TEXT("two requests, one after the other"),
                       arena_print(&attack->arena, "no request came to the handler: %.*s",
                                   TEXT_ARGS(reply_in_words(attack, reply))),
                       TEXT("add rows to the fixtures with which one does"));
      break;
    }
    if (text_equal(message, none))
      attack_passed(attack);
    else
      attack_failed(attack, &attempt, reply, none, message,
                    "what one call does is seen by another: please report this");
  }
  attack_reset(attack);
}

/* --- The worst. --- */

/* The last number of the address says which way. */
static struct text address_of_way(struct attack *attack, unsigned way)
{
  unsigned n = (unsigned)attack->run->keys++;
  return arena_print(&attack->arena, "10.%u.%u.%u", n >> 8 & 255, n & 255, way);
}

/* The host itself failed, or did not answer. */
static bool is_host_failure(const struct scratch_reply *reply)
{
  return reply->status == 0 || text_is(reply->code, denial_code(DENIAL_INTERNAL)) ||
         text_is(reply->code, denial_code(DENIAL_NOT_COMMITTED)) ||
         text_is(reply->code, denial_code(DENIAL_OUTCOME_UNKNOWN)) ||
         text_is(reply->code, denial_code(DENIAL_OVERLOADED));
}

/* One of the files, and whether what it does can ever be answered as a success. */
struct hostile {
  const char *tried;
  struct text source;
  unsigned first, count; /* of its ways */
  bool may_succeed;
};

/* What is wrong with the reply; empty: nothing. */
static struct text wrong_with(struct attack *attack, const struct scratch_reply *reply,
                              bool may_succeed, const char **help)
{
  *help = "the host did not contain what a handler did: please report this";
  if (is_host_failure(reply)) return reply_in_words(attack, reply);
  if (!reply_succeeded(reply)) return TEXT("");
  if (!may_succeed) return reply_in_words(attack, reply);
  struct text changed = foreign_changed(attack);
  if (changed.length == 0) return TEXT("");
  return arena_print(&attack->arena, "rows of somebody else that changed in %.*s",
                     TEXT_ARGS(changed));
}

static void judge(struct attack *attack, const struct attempt *attempt,
                  const struct scratch_reply *reply, bool may_succeed)
{
  const char *help;
  if (attack->error.message[0]) return;
  struct text wrong = wrong_with(attack, reply, may_succeed, &help);
  struct text expected =
      may_succeed ? TEXT("a reply that `returns` admits and changes of the caller's rows, or a "
                         "refusal that blames the handler")
                  : TEXT("a refusal that blames the handler");
  if (wrong.length == 0)
    attack_passed(attack);
  else
    attack_failed(attack, attempt, reply, expected, wrong, help);
}

static void try_way(struct attack *attack, const struct hostile *hostile, unsigned way,
                    bool may_succeed)
{
  if (attack->dirty || !attack->replaced)
    if (!replace(attack, hostile->source)) return;
  struct attempt attempt = attack_attempt(attack, hostile->tried);
  attempt.request.address = address_of_way(attack, way);
  judge(attack, &attempt, attack_send(attack, &attempt), may_succeed);
}

/* Where each call verifies one, a quarter of the ways must do. */
static bool costs_a_password(const struct contract *contract)
{
  return contract->credentials.present || contract->reauth.present;
}

static void try_ways(struct attack *attack, const struct hostile *hostile)
{
  unsigned step = costs_a_password(attack->contract) && hostile->count > 4 ? 4 : 1;
  unsigned first = hostile->first + (step > 1 ? dice_below(&attack->run->dice, step) : 0);
  if (!replace(attack, hostile->source)) return;
  for (unsigned way = first; way < hostile->first + hostile->count && way < WAYS_MAX; way += step) {
    if (attack->error.message[0]) break;
    try_way(attack, hostile, way, hostile->may_succeed);
  }
  attack_reset(attack);
}

/* --- Queries. --- */

static bool binds(const struct use *use, size_t compute)
{
  for (size_t i = 0; i < use->query->parameter_count; i++)
    if (use->bindings[i].source == BIND_COMPUTED && use->bindings[i].index == compute) return true;
  return false;
}

/* The file, behind a table of what each query may be passed: data, in Lua's words. */
static struct text queries_source(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  struct buffer source = {0};
  buffer_append_text(&source, TEXT("local computes = {"));
  for (size_t i = 0; i < contract->use_count; i++) {
    buffer_print(&source, " [\"%s\"] = {", contract->uses[i].query->name);
    for (size_t k = 0; k < contract->compute_count; k++)
      if (binds(&contract->uses[i], k))
        buffer_print(&source, " \"%.*s\",", TEXT_ARGS(contract->computes[k].name));
    buffer_append_text(&source, TEXT(" },"));
  }
  buffer_append_text(&source, TEXT(" }\n"));
  buffer_append(&source, attack_queries_lua, attack_queries_lua_length);
  struct text text = arena_copy(&attack->arena, buffer_text(&source));
  buffer_deinit(&source);
  return text;
}

/* Each of them twice: a write may run once, unless the contract says more. */
static bool may_run_twice(const struct contract *contract)
{
  for (size_t i = 0; i < contract->use_count; i++)
    if (contract->uses[i].calls == 1) return false;
  return true;
}

/* In the order of lua/attacks/queries.lua: all, all backwards, both twice, one alone, all but one.
 */
static void try_queries(struct attack *attack)
{
  unsigned queries = (unsigned)attack->contract->use_count;
  struct hostile hostile = {.tried = "to a handler that runs its queries in other ways",
                            .source = queries_source(attack),
                            .count = 2,
                            .may_succeed = true};
  if (queries == 0) return;
  try_ways(attack, &hostile);
  hostile.first = 4;
  hostile.count = 2 * queries;
  try_ways(attack, &hostile);
  hostile.tried = "to a handler that runs its queries twice";
  hostile.first = 2;
  hostile.count = 2;
  hostile.may_succeed = may_run_twice(attack->contract);
  try_ways(attack, &hostile);
}

/* Time is dear: the plainest way, and one of the others. */
static void try_to_consume(struct attack *attack)
{
  struct hostile hostile = {.tried = "to a handler that takes all memory",
                            .source = {attack_consume_lua, attack_consume_lua_length},
                            .count = MEMORY_WAYS};
  try_ways(attack, &hostile);
  hostile.tried = "to a handler that never ends";
  hostile.first = MEMORY_WAYS;
  hostile.count = 1;
  try_ways(attack, &hostile);
  hostile.first += 1 + dice_below(&attack->run->dice, CONSUME_WAYS - MEMORY_WAYS - 1);
  try_ways(attack, &hostile);
}

void attack_hostile(struct attack *attack)
{
  const struct hostile junk = {.tried = "to a handler that returns junk",
                               .source = {attack_junk_lua, attack_junk_lua_length},
                               .count = JUNK_WAYS,
                               .may_succeed = true};
  const struct hostile raise = {.tried = "to a handler that raises errors",
                                .source = {attack_raise_lua, attack_raise_lua_length},
                                .count = RAISE_WAYS};
  if (!has_scene(attack, "hostile handlers")) return;
  try_ways(attack, &junk);
  try_ways(attack, &raise);
  try_queries(attack);
  try_to_consume(attack);
}
