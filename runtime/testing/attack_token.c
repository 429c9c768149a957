/* Who may call: tokens, roles, scopes, and the signatures of webhooks. */
#include <string.h>

#include "testing/attack_parts.h"

static bool has_caller(struct attack *attack, const char *tried)
{
  struct text help, missing;
  if (attack->scene.caller) return true;
  missing = scene_missing(attack, &help);
  attack_not_tried(attack, text_of(tried), missing, help);
  return false;
}

/* A valid input is not needed: nobody gets so far. But the path wants its parameters. */
static struct attempt attempt_of_anybody(struct attack *attack, const char *tried)
{
  const struct route *route = &attack->contract->route;
  struct json input = attack->scene.input;
  if (input.type == JSON_OBJECT) return attack_attempt(attack, tried);
  input = (struct json){.type = JSON_OBJECT};
  for (size_t i = 0; i < route->parameter_count; i++)
    input = scene_with(attack, &input, route->parameters[i], json_string(TEXT("x")));
  return attack_attempt_with(attack, tried, &input);
}

/* --- Tokens. --- */

static void try_authorization(struct attack *attack, const char *tried, struct text authorization)
{
  struct attempt attempt = attempt_of_anybody(attack, tried);
  attempt.who = NULL;
  attempt.request.authorization = authorization;
  attack_expect_denial(attack, &attempt, DENIAL_UNAUTHENTICATED);
}

static struct text unsigned_jwt(struct attack *attack, const struct person *caller)
{
  char head[128], claims[512];
  struct buffer text = {0};
  struct text header = TEXT("{\"alg\":\"none\",\"typ\":\"JWT\"}");
  buffer_append_text(&text, TEXT("{\"sub\":"));
  json_write(&text, &caller->id);
  buffer_append_text(&text, TEXT(",\"exp\":99999999999}"));
  crypto_base64(head, header.data, header.length);
  claims[0] = 0;
  if (text.length < 300) crypto_base64(claims, text.data, text.length);
  buffer_deinit(&text);
  return arena_print(&attack->arena, "Bearer %s.%s.", head, claims);
}

static struct text with_one_character_changed(struct attack *attack, struct text text)
{
  char *changed = arena_alloc(&attack->arena, text.length + 1);
  memcpy(changed, text.data, text.length);
  changed[text.length] = 0;
  changed[text.length - 2] = changed[text.length - 2] == 'A' ? 'B' : 'A';
  return (struct text){changed, text.length};
}

static void try_forged(struct attack *attack, struct person *caller)
{
  struct text good = attempt_of_anybody(attack, "").request.authorization;
  if (good.length < sizeof "Bearer ") return;
  try_authorization(attack, "with a token of which one character is changed",
                    with_one_character_changed(attack, good));
  try_authorization(attack, "with a made-up token",
                    TEXT("Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
  try_authorization(attack, "with an empty token", TEXT("Bearer "));
  try_authorization(attack, "with SQL for a token", TEXT("Bearer ' OR '1'='1"));
  try_authorization(attack, "with a JSON Web Token that nobody signed",
                    unsigned_jwt(attack, caller));
}

static void try_expired(struct attack *attack)
{
  struct attempt attempt = attempt_of_anybody(attack, "with a token that has expired");
  int64_t now_ms = scratch_now(attack->scratch);
  scratch_set_now(attack->scratch, now_ms + attack->run->config->session.lifetime_ms + 1000);
  attack_expect_denial(attack, &attempt, DENIAL_UNAUTHENTICATED);
  attack_reset(attack);
}

/* One statement beside the app. False: it could not be run. */
static bool change(struct attack *attack, const char *sql, const struct json *values, size_t count)
{
  struct json rows;
  struct error refused = {0};
  struct json array = {
      .type = JSON_ARRAY, .items = (struct json *)values, .length = (uint32_t)count};
  attack->dirty = true;
  return scratch_rows(attack->scratch, text_of(sql), count ? &array : NULL, &attack->arena, &rows,
                      &refused) == 0;
}

/* What was changed beside the app is no effect of a call. */
static void note_change(struct attack *attack)
{
  scratch_digest(attack->scratch, attack->digest, &attack->error);
}

static void try_ended(struct attack *attack)
{
  struct attempt attempt = attempt_of_anybody(attack, "with a token whose session has ended");
  attack_send(attack, &attempt); /* it was good, and may be remembered */
  if (change(attack, "DELETE FROM writ_session", NULL, 0)) {
    note_change(attack);
    attack_expect_denial(attack, &attempt, DENIAL_UNAUTHENTICATED);
  }
  attack_reset(attack);
}

static void try_deleted(struct attack *attack, const struct person *caller)
{
  const char *tried = "of somebody who was deleted meanwhile";
  struct text table, column;
  struct attempt attempt = attempt_of_anybody(attack, tried);
  if (!principal_column(attack, "id", &table, &column)) {
    attack_not_tried(attack, text_of(tried),
                     TEXT("the principal query does not say which column its id is from"),
                     TEXT("let it select the column itself"));
    return;
  }
  attack_send(attack, &attempt); /* it was good, and may be remembered */
  struct text sql = arena_print(&attack->arena, "DELETE FROM %.*s WHERE %.*s = ?1",
                                TEXT_ARGS(sql_quoted(table, &attack->arena)),
                                TEXT_ARGS(sql_quoted(column, &attack->arena)));
  change(attack, "PRAGMA foreign_keys = off", NULL, 0);
  bool gone = change(attack, sql.data, &caller->id, 1);
  change(attack, "PRAGMA foreign_keys = on", NULL, 0);
  if (gone) {
    note_change(attack);
    attack_expect_denial(attack, &attempt, DENIAL_UNAUTHENTICATED);
  } else {
    attack_not_tried(attack, text_of(tried), TEXT("the database does not let their row go"),
                     TEXT("add somebody to the fixtures on whom nothing depends"));
  }
  attack_reset(attack);
}

static bool changes_things(const struct contract *contract)
{
  return contract->route.method != METHOD_GET && contract->route.method != METHOD_HEAD;
}

static void try_cross_site(struct attack *attack)
{
  const char *name = attack->run->config->cookie_name;
  struct attempt attempt =
      attempt_of_anybody(attack, "with the session's cookie, from a page of another site");
  struct text token = attempt.request.authorization;
  if (!changes_things(attack->contract) || !text_starts_with(token, "Bearer ")) return;
  attempt.request.authorization = TEXT("");
  attempt.request.cookie = arena_print(&attack->arena, "%s=%s", name, token.data + 7);
  attempt.request.sec_fetch_site = TEXT("cross-site");
  attack_expect_denial(attack, &attempt, DENIAL_CROSS_SITE);
}

void attack_token(struct attack *attack)
{
  struct person *caller = attack->scene.caller;
  if (attack->contract->anonymous) return;
  try_authorization(attack, "without a token", TEXT(""));
  if (!has_caller(attack, "forged, expired and ended tokens")) return;
  try_forged(attack, caller);
  try_cross_site(attack);
  try_expired(attack);
  try_ended(attack);
  try_deleted(attack, caller);
}

/* --- Roles. --- */

static struct person *somebody_with(struct attack *attack, struct text role)
{
  struct attack_run *run = attack->run;
  for (size_t i = 0; i < run->people_count; i++)
    if (run->people[i].found && person_has(&run->people[i], role) &&
        !person_may(&run->people[i], attack->contract))
      return &run->people[i];
  return NULL;
}

/* Somebody who may call is given another role, between two requests with one token. */
static void try_demoted(struct attack *attack, struct text role)
{
  struct person *caller = attack->scene.caller;
  struct text table, column, id_table, id_column;
  struct text tried =
      arena_print(&attack->arena, "of somebody who was made %.*s meanwhile", TEXT_ARGS(role));
  struct json value = json_string(role);
  if (principal_column(attack, "roles", &table, &column))
    value = json_string(arena_print(&attack->arena, "[\"%.*s\"]", TEXT_ARGS(role)));
  else if (!principal_column(attack, "role", &table, &column))
    table = TEXT("");
  if (table.length == 0 || !principal_column(attack, "id", &id_table, &id_column) ||
      !text_equal(table, id_table)) {
    attack_not_tried(attack, tried, TEXT("the principal query does not say where a role stands"),
                     TEXT("let it select the columns id and role of one table"));
    return;
  }
  struct attempt attempt = attempt_of_anybody(attack, tried.data);
  struct text sql = arena_print(&attack->arena, "UPDATE %.*s SET %.*s = ?1 WHERE %.*s = ?2",
                                TEXT_ARGS(sql_quoted(table, &attack->arena)),
                                TEXT_ARGS(sql_quoted(column, &attack->arena)),
                                TEXT_ARGS(sql_quoted(id_column, &attack->arena)));
  if (change(attack, sql.data, (struct json[]){value, caller->id}, 2)) {
    note_change(attack);
    attack_expect_denial(attack, &attempt, DENIAL_FORBIDDEN);
  } else {
    attack_not_tried(attack, tried, TEXT("the database does not let them have that role"),
                     TEXT(""));
  }
  attack_reset(attack);
}

static void try_role(struct attack *attack, struct text role)
{
  struct person *person = somebody_with(attack, role);
  struct text tried = arena_print(&attack->arena, "of somebody who is %.*s", TEXT_ARGS(role));
  if (!person) {
    attack_not_tried(attack, tried,
                     arena_print(&attack->arena,
                                 "the fixtures name nobody who is %.*s and nothing else",
                                 TEXT_ARGS(role)),
                     TEXT("add a row for one, and `-- principal: NAME ID` above it"));
    return;
  }
  struct attempt attempt = attempt_of_anybody(attack, tried.data);
  attempt_as(attack, &attempt, person);
  attack_expect_denial(attack, &attempt, DENIAL_FORBIDDEN);
}

void attack_roles(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  const struct attack_run *run = attack->run;
  bool demoted = false;
  if (contract->anonymous || contract->role_count == 0) return;
  for (size_t i = 0; i < run->role_count; i++) {
    struct text role = run->roles[i];
    if (text_is_among(role, contract->roles, contract->role_count)) continue;
    try_role(attack, role);
    if (!demoted && attack->scene.caller && attack->scene.caller->role_count == 1)
      try_demoted(attack, role);
    demoted = true;
  }
}

/* --- Scopes. --- */

static bool narrow_sessions(struct attack *attack, const struct contract *contract, size_t without)
{
  struct buffer scopes = {0};
  buffer_append_byte(&scopes, '[');
  for (size_t i = 0; i < contract->scope_count; i++) {
    if (i == without) continue;
    if (scopes.length > 1) buffer_append_byte(&scopes, ',');
    json_write_string(&scopes, contract->scopes[i]);
  }
  buffer_append_byte(&scopes, ']');
  struct json value = json_string(arena_copy(&attack->arena, buffer_text(&scopes)));
  buffer_deinit(&scopes);
  return change(attack, "UPDATE writ_session SET scopes = ?1", &value, 1);
}

void attack_scopes(struct attack *attack)
{
  const struct contract *contract = attack->contract;
  if (contract->scope_count == 0) return;
  if (!has_caller(attack, "tokens without a scope")) return;
  for (size_t i = 0; i < contract->scope_count; i++) {
    attack_reset(attack);
    struct text tried = arena_print(&attack->arena, "with a token that lacks the scope %.*s",
                                    TEXT_ARGS(contract->scopes[i]));
    struct attempt attempt = attempt_of_anybody(attack, tried.data);
    if (narrow_sessions(attack, contract, i))
      attack_expect_denial(attack, &attempt, DENIAL_INSUFFICIENT_SCOPE);
  }
}

/* --- Webhooks. --- */

void attack_webhook(struct attack *attack)
{
  static const struct {
    const char *tried;
    enum attempt_sign sign;
  } tries[] = {{"without a signature", SIGN_NOT},
               {"signed with another secret", SIGN_WRONGLY},
               {"with the signature of another body", SIGN_OTHER_BODY}};
  if (!attack->contract->webhook) return;
  for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
    struct attempt attempt = attempt_of_anybody(attack, tries[i].tried);
    attempt.sign = tries[i].sign;
    attack_expect_denial(attack, &attempt, DENIAL_UNAUTHENTICATED);
  }
  if (attempt_is_dated(attack)) {
    struct attempt attempt = attempt_of_anybody(attack, "signed long ago");
    attempt.sign = SIGN_LONG_AGO;
    attack_expect_denial(attack, &attempt, DENIAL_UNAUTHENTICATED);
  }
}
