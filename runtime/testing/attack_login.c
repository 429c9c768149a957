/* Passwords that are verified; sessions that begin and end. */
#include "testing/attack_parts.h"

/* --- Passwords. --- */

static struct text another_password(struct attack *attack, struct text password)
{
  struct text other = arena_copy(&attack->arena, password);
  char *bytes = arena_alloc(&attack->arena, other.length + 1);
  memcpy(bytes, other.data, other.length + 1);
  if (other.length > 0) bytes[0] = bytes[0] == 'x' ? 'y' : 'x';
  return (struct text){bytes, other.length};
}

static const struct scratch_reply *try_password(struct attack *attack, const char *tried,
                                                const struct json *input)
{
  if (!values_admit(attack->contract, input, &attack->arena, NULL)) return NULL;
  attack_pristine(attack);
  struct attempt attempt = attack_attempt_with(attack, tried, input);
  return attack_expect_denial(attack, &attempt, DENIAL_WRONG_CREDENTIALS) ? attack->last_reply
                                                                          : NULL;
}

/* A name that the query does not find; null: none was made. */
static struct json input_of_nobody(struct attack *attack, const struct credentials *asked)
{
  struct text name = attack->contract->fields[asked->password].schema.name;
  struct json row, input, fixed = {.type = JSON_OBJECT};
  struct error ignored = {0};
  const struct json *password = json_get_text(&attack->scene.input, name);
  if (password) fixed = scene_with(attack, &fixed, name, *password);
  for (int i = 0; i < 8; i++) {
    if (values_input(&attack->values, attack->run->generation, attack->contract, VALUE_FULL, &fixed,
                     &input, &ignored))
      break;
    if (scene_ask_row(attack, &asked->use, &input, NULL, NULL, &row) && row.type == JSON_NULL)
      return input;
  }
  return json_null();
}

/* But for the request's id. */
static bool same_problem(struct attack *attack, const struct scratch_reply *a,
                         const struct scratch_reply *b)
{
  struct json one = scene_with(attack, &a->json, TEXT("request_id"), json_null());
  struct json other = scene_with(attack, &b->json, TEXT("request_id"), json_null());
  return json_equal(&one, &other);
}

static void try_wrong_passwords(struct attack *attack, const struct credentials *asked)
{
  const struct scene *scene = &attack->scene;
  struct text name = attack->contract->fields[asked->password].schema.name;
  struct text password = json_text(json_get_text(&scene->input, name));
  struct json wrong =
      scene_with(attack, &scene->input, name, json_string(another_password(attack, password)));
  const struct scratch_reply *of_wrong = try_password(attack, "with a wrong password", &wrong);
  if (!attack->contract->credentials.present) return;
  struct json nobody = input_of_nobody(attack, asked);
  if (nobody.type != JSON_OBJECT) return;
  const struct scratch_reply *of_nobody = try_password(attack, "with an unknown name", &nobody);
  if (!of_wrong || !of_nobody) return;
  if (same_problem(attack, of_wrong, of_nobody)) {
    attack_passed(attack);
    return;
  }
  struct attempt attempt = attack_attempt_with(attack, "with an unknown name", &nobody);
  attack_failed(attack, &attempt, of_nobody, TEXT("the same words as for a wrong password"),
                reply_in_words(attack, of_nobody), "clients can tell which names there are");
}

/* --- Sessions. --- */

/* Where a token shows whether it is good: a contract that asks for one. NULL: there is none. */
static const struct contract *any_signed_in(const struct attack *attack)
{
  const struct generation *generation = attack->run->generation;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < generation->contract_count; i++) {
      const struct contract *contract = generation->contracts[i];
      if (!contract->anonymous && contract->scope_count == 0 && (pass == 1 || !contract->writes))
        return contract;
    }
  return NULL;
}

/* Whether the host knows whose token this is. */
static bool token_is_good(struct attack *attack, const struct contract *contract, struct text token)
{
  struct scratch_reply reply;
  struct request request;
  struct json input = {.type = JSON_OBJECT};
  for (size_t i = 0; i < contract->route.parameter_count; i++)
    input = scene_with(attack, &input, contract->route.parameters[i], json_string(TEXT("x")));
  request_of(contract, &input, &attack->arena, &request, &attack->error);
  request.authorization = arena_print(&attack->arena, "Bearer %.*s", TEXT_ARGS(token));
  scratch_call(attack->scratch, &request, &attack->arena, &reply);
  attack->result->requests++;
  return !text_is(reply.code, denial_code(DENIAL_UNAUTHENTICATED));
}

/* In the reply's field, or its cookie; empty: it has none. */
static struct text token_in(struct attack *attack, const struct scratch_reply *reply)
{
  const struct contract *contract = attack->contract;
  struct text token = TEXT(""), name;
  if (contract->session_field.length > 0)
    token = json_text(json_get_text(&reply->json, contract->session_field));
  for (size_t i = 0; i < reply->header_count && token.length == 0; i++) {
    struct text value = reply->headers[i].value, first;
    if (text_is(reply->headers[i].name, "Set-Cookie") && text_split(&value, ';', &first) &&
        text_split(&first, '=', &name))
      token = first;
  }
  return token;
}

static void verdict(struct attack *attack, bool passed, const struct attempt *attempt,
                    const char *expected, const char *got)
{
  if (passed)
    attack_passed(attack);
  else
    attack_failed(attack, attempt, NULL, text_of(expected), text_of(got), "");
}

static void try_start(struct attack *attack)
{
  const struct contract *asks = any_signed_in(attack);
  attack_reset(attack);
  struct attempt attempt = attack_attempt(attack, "that begins a session");
  const struct scratch_reply *reply = attack_send(attack, &attempt);
  if (attack->error.message[0] || !reply_succeeded(reply)) return;
  struct text token = token_in(attack, reply);
  if (token.length == 0)
    verdict(attack, false, &attempt, "a reply with a token", "none in it");
  else if (asks)
    verdict(attack, token_is_good(attack, asks, token), &attempt,
            "a token by which its holder is known", "one that is not good for anything");
}

static struct text token_of(const struct attempt *attempt)
{
  struct text token = attempt->request.authorization;
  size_t skipped = sizeof "Bearer " - 1;
  return (struct text){token.data + skipped, token.length - skipped};
}

static void try_end(struct attack *attack)
{
  enum session_end end = attack->contract->session_end;
  attack_reset(attack);
  struct attempt other = attack_attempt(attack, "of the same person's other session");
  attack->scene.caller->token[0] = 0;
  struct attempt attempt = attack_attempt(attack, "that ends sessions");
  if (!reply_succeeded(attack_send(attack, &attempt)) || attack->error.message[0]) return;
  bool own = token_is_good(attack, attack->contract, token_of(&attempt));
  bool others = token_is_good(attack, attack->contract, token_of(&other));
  verdict(attack, own == (end == SESSION_END_OTHERS), &attempt,
          end == SESSION_END_OTHERS ? "this session to go on" : "this session to be over",
          own ? "a token that is still good" : "a token that is no longer good");
  verdict(attack, others == (end == SESSION_END_THIS), &attempt,
          end == SESSION_END_THIS ? "the other session to go on" : "the other session to be over",
          others ? "a token that is still good" : "a token that is no longer good");
  attack_reset(attack);
}

void attack_login(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  const struct scene *scene = &attack->scene;
  bool starts = contract->session_start != SESSION_NONE;
  bool ends = contract->session_end != SESSION_KEEP;
  bool asks = contract->credentials.present || contract->reauth.present;
  struct text help, missing;
  if (!starts && !ends && !asks) return;
  if (!scene->reply || (asks && !scene->login)) {
    missing = scene_missing(attack, &help);
    attack_not_tried(attack, TEXT("passwords and sessions"), missing, help);
    return;
  }
  if (contract->credentials.present) try_wrong_passwords(attack, &contract->credentials);
  if (contract->reauth.present) try_wrong_passwords(attack, &contract->reauth);
  if ((starts || ends) && !scene->works) {
    missing = scene_missing(attack, &help);
    attack_not_tried(attack, TEXT("sessions that begin or end"), missing, help);
    return;
  }
  if (starts) try_start(attack);
  if (ends && scene->caller) try_end(attack);
}
