/* Tokens, sessions, principals, roles. */
#include "checks/auth_parts.h"

static struct text cookie_value(struct text cookie, const char *name)
{
  struct text pair, key;
  while (text_split(&cookie, ';', &pair)) {
    pair = text_trim(pair);
    if (text_split(&pair, '=', &key) && text_is(key, name)) return pair;
  }
  return (struct text){"", 0};
}

struct text auth_token(struct text authorization, struct text cookie, const char *cookie_name)
{
  struct text scheme;
  if (authorization.length == 0) return cookie_value(cookie, cookie_name);
  if (!text_split(&authorization, ' ', &scheme) || !text_is_ignoring_case(scheme, "bearer"))
    return (struct text){"", 0};
  return text_trim(authorization);
}

bool auth_unauthenticated(const struct facts *facts, const char *detail, struct verdict *verdict)
{
  *verdict = (struct verdict){.denial = DENIAL_UNAUTHENTICATED,
                              .detail = arena_print(facts->arena, "%s", detail)};
  return false;
}

bool auth_failed(const struct facts *facts, const char *detail, struct verdict *verdict)
{
  *verdict = (struct verdict){.denial = DENIAL_INTERNAL,
                              .detail = arena_print(facts->arena, "%s", detail)};
  return false;
}

void auth_read_roles(struct facts *facts, const struct json *row)
{
  struct principal *principal = &facts->principal;
  const struct json *one = json_get(row, "role"), *many = json_get(row, "roles");
  size_t count = one ? 1 : many && many->type == JSON_ARRAY ? many->length : 0;
  struct text *roles = arena_new_array(facts->arena, count + 1, sizeof *roles);
  for (size_t i = 0; i < count; i++) roles[i] = json_text(one ? one : &many->items[i]);
  principal->roles = roles;
  principal->role_count = count;
}

void auth_narrow_roles(struct facts *facts, const struct text *roles, size_t count)
{
  struct principal *principal = &facts->principal;
  struct text *kept = arena_new_array(facts->arena, principal->role_count + 1, sizeof *kept);
  size_t kept_count = 0;
  for (size_t i = 0; i < principal->role_count; i++)
    if (text_is_among(principal->roles[i], roles, count)) kept[kept_count++] = principal->roles[i];
  principal->roles = kept;
  principal->role_count = kept_count;
}

static void narrow_to_session(struct facts *facts)
{
  const struct json *list = &facts->principal.session.roles;
  if (list->type == JSON_NULL) return;
  struct text *roles = arena_new_array(facts->arena, list->length + 1, sizeof *roles);
  for (uint32_t i = 0; i < list->length; i++) roles[i] = json_text(&list->items[i]);
  auth_narrow_roles(facts, roles, list->length);
}

/* Id and roles as the database has them now. */
static bool read_principal(struct facts *facts, const struct generation *generation,
                           struct verdict *verdict)
{
  struct json row, id = facts->principal.session.principal_id;
  const struct json *value = &id;
  struct store_failure failure;
  struct statement_call call = {.values = &value, .owner = &id, .now_ms = facts->now.integer};
  if (statement_run(generation->principal->items[0], facts->connection, &call, facts->arena, &row,
                    &failure))
    return auth_failed(facts, failure.detail, verdict);
  if (row.type != JSON_OBJECT) return auth_unauthenticated(facts, "the principal is gone", verdict);
  const struct json *found = json_get(&row, "id");
  if (!found || !json_equal(found, &id))
    return auth_unauthenticated(facts, "the principal query gave another id", verdict);
  facts->principal.id = *found;
  auth_read_roles(facts, &row);
  narrow_to_session(facts);
  return true;
}

bool check_roles(struct facts *facts, const struct text *roles, size_t count,
                 struct verdict *verdict)
{
  if (count == 0 || principal_has_role(&facts->principal, roles, count)) return true;
  *verdict =
      (struct verdict){.denial = DENIAL_FORBIDDEN,
                       .detail = TEXT("the principal has none of the roles that may do this")};
  return false;
}

static bool has_scope(const struct json *scopes, struct text scope)
{
  if (scopes->type == JSON_NULL) return true; /* a person's own session: all of them */
  for (uint32_t i = 0; i < scopes->length; i++)
    if (text_equal(json_text(&scopes->items[i]), scope)) return true;
  return false;
}

bool check_scopes(struct facts *facts, const struct text *scopes, size_t count,
                  struct verdict *verdict)
{
  for (size_t i = 0; i < count; i++) {
    if (has_scope(&facts->principal.session.scopes, scopes[i])) continue;
    *verdict =
        (struct verdict){.denial = DENIAL_INSUFFICIENT_SCOPE,
                         .detail = arena_print(facts->arena, "the token lacks the scope %.*s",
                                               TEXT_ARGS(scopes[i]))};
    return false;
  }
  return true;
}

bool auth_admit(struct facts *facts, const struct generation *generation, struct verdict *verdict)
{
  const struct contract *contract = facts->contract;
  struct principal *principal = &facts->principal;
  if (!check_roles(facts, contract->roles, contract->role_count, verdict) ||
      !check_scopes(facts, contract->scopes, contract->scope_count, verdict))
    return false;
  principal->exempt = principal_has_role(principal, contract->or_roles, contract->or_role_count);
  for (size_t i = 0; contract->names_roles && i < contract->role_count && !principal->exempt; i++) {
    const struct text *role = &contract->roles[i];
    principal->exempt =
        principal_has_role(principal, role, 1) &&
        principal_has_role(&(struct principal){.roles = role, .role_count = 1},
                           generation->privileged_roles, generation->privileged_role_count);
  }
  return true;
}

/* The time of its last use has to be moved forward by what the database says. */
static bool find_remembered(struct facts *facts, const struct token_cache *cache,
                            const struct token_cache_key *key)
{
  return token_cache_find(cache, key, facts) &&
         !session_is_stale(&facts->principal.session, facts->now.integer);
}

bool check_auth(struct facts *facts, const struct generation *generation, struct token_cache *cache,
                uint64_t identities, struct text token, struct verdict *verdict)
{
  struct error error = {0};
  struct token_cache_key key = {.identities = identities};
  if (token.length == 0) return auth_unauthenticated(facts, "no token", verdict);
  crypto_hash_text(key.token, TEXT(""), token);
  if (find_remembered(facts, cache, &key)) return auth_admit(facts, generation, verdict);
  facts->principal = (struct principal){0};
  int found = session_find(facts->connection, token, facts->now.integer, facts->arena,
                           &facts->principal.session, &error);
  if (found < 0) return auth_failed(facts, error.message, verdict);
  if (!found) return auth_unauthenticated(facts, "no such session, or it has ended", verdict);
  if (!read_principal(facts, generation, verdict)) return false;
  facts->principal.signed_in = true;
  token_cache_keep(cache, &key, facts);
  return auth_admit(facts, generation, verdict);
}

bool check_auth_again(struct facts *facts, const struct generation *generation, int64_t now_ms,
                      struct verdict *verdict)
{
  struct error error = {0};
  int found = session_find_again(facts->connection, &facts->principal.session, now_ms, facts->arena,
                                 &error);
  if (found < 0) return auth_failed(facts, error.message, verdict);
  if (!found) return auth_unauthenticated(facts, "the session ended meanwhile", verdict);
  return read_principal(facts, generation, verdict) && auth_admit(facts, generation, verdict);
}

bool check_webhook(struct facts *facts, const struct generation *generation,
                   const struct webhook *webhooks, size_t count, const struct webhook_proof *proof,
                   struct verdict *verdict)
{
  const struct contract *contract = facts->contract;
  const char *why = "writ.json knows no such webhook"; /* refused at load */
  for (size_t i = 0; i < contract->role_count && why; i++) {
    const struct webhook *webhook = webhook_of_role(webhooks, count, contract->roles[i]);
    if (!webhook) continue;
    why = webhook_refuses(webhook, proof, facts->now.integer);
    facts->principal.roles = &contract->roles[i];
  }
  if (why) {
    facts->principal.roles = NULL;
    return auth_unauthenticated(facts, why, verdict);
  }
  facts->principal.role_count = 1;
  return auth_admit(facts, generation, verdict);
}
