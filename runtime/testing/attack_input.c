/* What comes in: every input beside a valid one, the values at its bounds, hostile strings. */
#include "testing/attack_parts.h"
#include "testing/sample.h"

/* The reply names what is wrong: "/title". */
static bool names_pointer(const struct scratch_reply *reply, struct text pointer)
{
  const struct json *errors = json_get(&reply->json, "errors");
  if (pointer.length == 0 || !errors || errors->length == SCHEMA_PROBLEMS_MAX) return true;
  for (uint32_t i = 0; i < errors->length; i++)
    if (text_equal(json_text(json_get(&errors->items[i], "pointer")), pointer)) return true;
  return false;
}

static void try_refused(struct attack *attack, const struct mutation *mutation,
                        const struct attempt *attempt)
{
  const struct scratch_reply *reply = attack_send(attack, attempt);
  const char *code = denial_code(mutation->denial);
  int status = attack->contract->statuses[mutation->denial];
  bool refused = reply->status == status && text_is(reply->code, code);
  if (attack->error.message[0]) return;
  if (refused && names_pointer(reply, mutation->pointer)) {
    attack_passed(attack);
    return;
  }
  struct text expected = arena_print(&attack->arena, "%d %s", status, code);
  if (refused)
    expected = arena_print(&attack->arena, "%.*s that names %.*s", TEXT_ARGS(expected),
                           TEXT_ARGS(mutation->pointer));
  attack_failed(attack, attempt, reply, expected,
                refused ? arena_copy(&attack->arena, reply->body) : reply_in_words(attack, reply),
                "what `validates` forbids came through to where it is used");
}

static bool is_input_refusal(const struct scratch_reply *reply)
{
  return text_is(reply->code, denial_code(DENIAL_INVALID_INPUT)) ||
         text_is(reply->code, denial_code(DENIAL_MALFORMED));
}

/* Whatever the answer is: the input was valid, and no handler may fail at it. */
static const struct scratch_reply *try_admitted(struct attack *attack,
                                                const struct attempt *attempt)
{
  const struct scratch_reply *reply = attack_send(attack, attempt);
  if (attack->error.message[0]) return reply;
  if (!is_input_refusal(reply) && reply->status < 500) {
    attack_passed(attack);
    return reply;
  }
  attack_failed(attack, attempt, reply,
                is_input_refusal(reply)
                    ? TEXT("an answer: the schema allows this input")
                    : TEXT("an answer, or a refusal that the contract declares"),
                reply_in_words(attack, reply), "");
  return reply;
}

/* Rows that are there, in all tables. */
static int64_t count_rows(struct attack *attack)
{
  struct attack_run *run = attack->run;
  struct buffer sql = {0};
  struct json rows;
  int64_t count = 0;
  buffer_append_text(&sql, TEXT("SELECT 0"));
  for (size_t i = 0; i < run->table_count; i++)
    buffer_print(&sql, " + (SELECT count(*) FROM %.*s)",
                 TEXT_ARGS(sql_quoted(run->tables[i].name, &attack->arena)));
  buffer_append_text(&sql, TEXT(" AS n"));
  if (attack_rows(attack, buffer_text(&sql), NULL, 0, &rows) && rows.length == 1) {
    const struct json *n = json_get(&rows.items[0], "n");
    if (n && n->type == JSON_INTEGER) count = n->integer;
  }
  buffer_deinit(&sql);
  return count;
}

/* What is wrong with a reply to a payload; empty: nothing. */
static struct text judge_payload(struct attack *attack, const struct mutation *mutation,
                                 const struct scratch_reply *reply, int64_t rows_before)
{
  bool has_body = reply->body.length > 0;
  bool is_json = text_is(reply->content_type, "application/json") ||
                 text_is(reply->content_type, "application/problem+json");
  if (has_body && !is_json)
    return arena_print(&attack->arena, "a body of type '%.*s'", TEXT_ARGS(reply->content_type));
  if (has_body && reply->json.type == JSON_NULL && !text_is(reply->body, "null"))
    return TEXT("a body that is no JSON");
  if (!reply_succeeded(reply) && text_contains(reply->body, TEXT("SQLITE_")))
    return TEXT("words of the database in the reply");
  if (attack->contract->writes && reply_succeeded(reply) && !attack->scene.loses_rows &&
      count_rows(attack) < rows_before)
    return arena_print(&attack->arena, "rows that are gone, after %.*s",
                       TEXT_ARGS(mutation->payload));
  return TEXT("");
}

static void try_payload(struct attack *attack, const struct mutation *mutation,
                        const struct attempt *attempt)
{
  int64_t before = attack->contract->writes ? count_rows(attack) : 0;
  size_t failed = attack->result->failed;
  const struct scratch_reply *reply = try_admitted(attack, attempt);
  if (attack->result->failed > failed || attack->error.message[0]) return;
  struct text wrong = judge_payload(attack, mutation, reply, before);
  if (wrong.length > 0)
    attack_failed(attack, attempt, reply, TEXT("data, or nothing of it"), wrong, "");
}

static void take_mutation(void *context, const struct mutation *mutation)
{
  struct attack *attack = context;
  static const enum guarantee guarantees[] = {[MUTATION_REFUSED] = GUARANTEE_INPUT,
                                              [MUTATION_ADMITTED] = GUARANTEE_BOUNDS,
                                              [MUTATION_PAYLOAD] = GUARANTEE_DATA};
  if (attack->error.message[0]) return;
  attack->guarantee = guarantees[mutation->kind];
  if (mutation->denial == DENIAL_MALFORMED) attack->guarantee = GUARANTEE_FORM;
  attack_pristine(attack);
  const char *tried = arena_copy(&attack->arena, mutation->label).data;
  struct attempt attempt = attack_attempt(attack, tried);
  attempt.request.path = mutation->parts.path;
  attempt.request.query = mutation->parts.query;
  attempt.request.body = mutation->parts.body.data ? mutation->parts.body : TEXT("");
  attempt.request.content_type = mutation->parts.body.data ? TEXT("application/json") : TEXT("");
  attempt.input = mutation->input;
  if (mutation->kind == MUTATION_REFUSED)
    try_refused(attack, mutation, &attempt);
  else if (mutation->kind == MUTATION_ADMITTED)
    try_admitted(attack, &attempt);
  else
    try_payload(attack, mutation, &attempt);
}

/* Whether the scene's own request takes rows away. */
static void note_losses(struct attack *attack)
{
  attack_pristine(attack);
  if (!attack->contract->writes || !attack->scene.works) return;
  int64_t before = count_rows(attack);
  struct attempt attempt = attack_attempt(attack, "a valid request");
  attack_send(attack, &attempt);
  attack->scene.loses_rows = count_rows(attack) < before;
  attack_pristine(attack);
}

/* --- Roles, in fields that could be taken for one. --- */

/* A role that the caller has not got is a word like any other: nobody becomes what they write. */
static void try_role(struct attack *attack, struct text field, struct text role)
{
  struct json input = scene_with(attack, &attack->scene.input, field, json_string(role));
  if (!values_admit(attack->contract, &input, &attack->arena, NULL)) return;
  attack_pristine(attack);
  struct text tried =
      arena_print(&attack->arena, "%.*s: the role %.*s", TEXT_ARGS(field), TEXT_ARGS(role));
  struct attempt attempt = attack_attempt_with(attack, tried.data, &input);
  try_admitted(attack, &attempt);
}

static bool takes_any_text(const struct schema_field *field)
{
  return !field->password && !field->values && field->types & 1U << JSON_STRING;
}

static void try_roles(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  struct attack_run *run = attack->run;
  size_t fields = 0, roles = 0;
  attack->guarantee = GUARANTEE_DATA;
  if (!attack->scene.caller) return;
  for (size_t i = 0; i < contract->field_count; i++)
    fields += takes_any_text(&contract->fields[i].schema);
  for (size_t k = 0; k < run->role_count; k++)
    roles += !person_has(attack->scene.caller, run->roles[k]);
  struct sample chosen = sample_of_all(fields * roles, run->most, dice_roll(&run->dice));
  attack_left_out(attack, GUARANTEE_DATA, chosen.left - chosen.wanted);
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct schema_field *field = &contract->fields[i].schema;
    if (!takes_any_text(field)) continue;
    for (size_t k = 0; k < run->role_count && !attack->error.message[0]; k++)
      if (!person_has(attack->scene.caller, run->roles[k]) && sample_takes(&chosen))
        try_role(attack, field->name, run->roles[k]);
  }
}

/* --- All of it. --- */

/* Fields with another value of which the handler would never be reached. What merely has to be
 * there for the call to succeed is tried: no handler may fail where it is not. */
static struct json fixed_fields(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  const struct json *all = &attack->scene.fixed;
  struct json_builder fixed = {0};
  bool asks = contract->credentials.present || contract->reauth.present;
  for (size_t i = 0; i < contract->field_count; i++) {
    struct text name = contract->fields[i].schema.name;
    const struct json *value = json_get_text(all, name);
    if (value && (asks || ownership_of_field(contract->owns, contract->owns_count, i)))
      json_builder_add(&fixed, &attack->arena, name, *value);
  }
  return json_builder_object(&fixed);
}

void attack_input(struct attack *attack)
{
  struct mutation_counts counts = {0};
  if (!scene_has_input(attack, "inputs that the schema forbids, its bounds, hostile strings"))
    return;
  note_losses(attack);
  try_roles(attack);
  struct json fixed = fixed_fields(attack);
  mutations_each(&attack->values, attack->run->generation, attack->contract, &attack->scene.input,
                 &fixed, attack->run->most, take_mutation, attack, &counts);
  attack_left_out(attack, GUARANTEE_INPUT, counts.left_out[MUTATION_REFUSED]);
  attack_left_out(attack, GUARANTEE_BOUNDS, counts.left_out[MUTATION_ADMITTED]);
  attack_left_out(attack, GUARANTEE_DATA, counts.left_out[MUTATION_PAYLOAD]);
  attack_left_out(attack, GUARANTEE_FORM, counts.malformed_left_out);
}
