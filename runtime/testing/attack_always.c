/* What must be so of every reply, whatever was tried. */
#include "testing/attack_parts.h"

bool reply_succeeded(const struct scratch_reply *reply)
{
  return reply->status >= 200 && reply->status < 400 &&
         (reply->code.length == 0 || text_is(reply->code, "repeated"));
}

static const struct returned *returned_of(const struct contract *contract, int status)
{
  for (size_t i = 0; i < contract->return_count; i++)
    if (contract->returns[i].status == status) return &contract->returns[i];
  return NULL;
}

/* What the handler returned: the host has added the token of a session. */
static struct json without_token(struct attack *attack, const struct json *value)
{
  struct text field = attack->contract->session_field;
  struct json_builder object = {0};
  if (field.length == 0 || value->type != JSON_OBJECT) return *value;
  for (uint32_t i = 0; i < value->length; i++)
    if (!text_equal(json_text(&value->members[i].key), field))
      json_builder_add(&object, &attack->arena, json_text(&value->members[i].key),
                       value->members[i].value);
  return json_builder_object(&object);
}

static void check_returns(struct attack *attack, const struct attempt *attempt,
                          const struct scratch_reply *reply)
{
  const struct returned *returned = returned_of(attack->contract, reply->status);
  struct text expected = TEXT("a reply that `returns` admits");
  struct schema_problems problems = {.arena = &attack->arena};
  struct text why = TEXT("");
  if (!returned) {
    why = arena_print(&attack->arena, "the status %d, which is not declared", reply->status);
  } else if (!returned->schema) {
    if (reply->body.length > 0) why = TEXT("a body, where none is declared");
  } else if (!text_is(reply->content_type, "application/json")) {
    why = arena_print(&attack->arena, "a body of type '%.*s'", TEXT_ARGS(reply->content_type));
  } else {
    struct json value = without_token(attack, &reply->json);
    if (!schema_valid(returned->schema, &value, &problems))
      why = arena_print(&attack->arena, "%.*s: %.*s", TEXT_ARGS(problems.items[0].instance),
                        TEXT_ARGS(problems.items[0].message));
  }
  attack_held(attack, GUARANTEE_RETURNS, why.length == 0, attempt, reply, expected, why,
              "the host let a reply out that its contract does not admit: please report this");
}

/* Whether the newest rows of the log have one of this request. */
static bool has_audit_row(struct attack *attack, const struct scratch_reply *reply)
{
  struct json rows;
  if (!attack_rows(attack,
                   TEXT("SELECT outcome, action FROM (SELECT * FROM writ_audit ORDER BY id DESC "
                        "LIMIT 8) WHERE request_id = ?1 AND outcome = 'ok'"),
                   (struct json[]){json_string(reply->request_id)}, 1, &rows))
    return true;
  return rows.length > 0;
}

static void check_effect(struct attack *attack, const struct attempt *attempt,
                         const struct scratch_reply *reply, bool changed)
{
  const struct contract *contract = attack->contract;
  if (!changed && contract->audit_action.length == 0) return;
  attack_held(attack, GUARANTEE_AUDIT, has_audit_row(attack, reply), attempt, reply,
              changed ? TEXT("a row in the audit log for what was changed")
                      : TEXT("a row in the audit log"),
              TEXT("none"), "the host did something that is in no log: please report this");
}

static void check_refusal(struct attack *attack, const struct attempt *attempt,
                          const struct scratch_reply *reply, bool changed)
{
  attack_held(attack, GUARANTEE_UNDO, !changed, attempt, reply,
              TEXT("a database that is as it was before the refusal"),
              arena_print(&attack->arena, "%d %.*s, and rows that have changed", reply->status,
                          TEXT_ARGS(reply->code)),
              "the host refused a call and kept its effect: please report this");
}

/* What the queries of `unchanged` give, those that can be asked from outside a call. */
struct json check_before(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  struct json *values =
      arena_new_array(&attack->arena, contract->unchanged_count + 1, sizeof *values);
  const struct json *id = attack->scene.caller ? &attack->scene.caller->id : NULL;
  for (size_t i = 0; i < contract->unchanged_count; i++)
    scene_ask(attack, &contract->unchanged[i], &attack->scene.input, id, NULL, &values[i]);
  return (struct json){
      .type = JSON_ARRAY, .items = values, .length = (uint32_t)contract->unchanged_count};
}

static void check_unchanged_queries(struct attack *attack, const struct attempt *attempt,
                                    const struct scratch_reply *reply, const struct json *before)
{
  struct json after = check_before(attack);
  for (uint32_t i = 0; i < after.length; i++)
    attack_held(attack, GUARANTEE_RULES, json_equal(&before->items[i], &after.items[i]), attempt,
                reply, TEXT("what `unchanged` asks for to be as before"),
                arena_print(&attack->arena, "another value of %s",
                            attack->contract->unchanged[i].query->name),
                "the host kept what `unchanged` forbids: please report this");
}

/* Of a reply to the caller; others have other rows. */
static void check_secrets(struct attack *attack, const struct attempt *attempt,
                          const struct scratch_reply *reply)
{
  if (attack->secret_count == 0 || attempt->who != attack->scene.caller) return;
  struct text seen = foreign_seen(attack, attempt, reply);
  attack_held(attack, GUARANTEE_OWNS, seen.length == 0, attempt, reply,
              TEXT("nothing of somebody else's rows"),
              arena_print(&attack->arena, "'%.*s' in the reply", TEXT_ARGS(seen)),
              "a query gave rows that the policy says are not the caller's");
}

/* Whether a condition is met by what the call left. It may look at :new_id, of which the reply may
 * tell: any of its texts. */
static bool hold_is_met(struct attack *attack, const struct rule *rule,
                        const struct attempt *attempt, const struct scratch_reply *reply)
{
  const struct person *who = attempt->who;
  const struct json *id = who ? &who->id : NULL, *body = &reply->json;
  struct json value;
  if (scene_ask(attack, &rule->use, &attempt->input, id, NULL, &value))
    return value.type == JSON_INTEGER && value.integer == 1;
  bool asked = false;
  for (uint32_t i = 0; body->type == JSON_OBJECT && i < body->length; i++) {
    const struct json *new_id = &body->members[i].value;
    if (new_id->type != JSON_STRING || new_id->length != UUID_CHARS ||
        !scene_ask(attack, &rule->use, &attempt->input, id, new_id, &value))
      continue;
    asked = true;
    if (value.type == JSON_INTEGER && value.integer == 1) return true;
  }
  return !asked;
}

static void check_holds(struct attack *attack, const struct attempt *attempt,
                        const struct scratch_reply *reply)
{
  const struct contract *contract = attack->contract;
  if (attempt->input.type != JSON_OBJECT || text_is(reply->code, "repeated")) return;
  for (size_t i = 0; i < contract->hold_count; i++)
    attack_held(attack, GUARANTEE_RULES, hold_is_met(attack, &contract->holds[i], attempt, reply),
                attempt, reply,
                arena_print(&attack->arena, "a refusal, as %s does not hold",
                            contract->holds[i].use.query->name),
                reply_in_words(attack, reply),
                "the host kept what `holds` forbids: please report this");
}

void check_reply(struct attack *attack, const struct attempt *attempt,
                 const struct scratch_reply *reply, bool changed, const struct json *before)
{
  if (!reply_succeeded(reply)) {
    check_refusal(attack, attempt, reply, changed);
    return;
  }
  if (reply->status != 304) check_returns(attack, attempt, reply);
  check_secrets(attack, attempt, reply);
  check_effect(attack, attempt, reply, changed);
  check_holds(attack, attempt, reply);
  check_unchanged_queries(attack, attempt, reply, before);
}
