/* Tokens of identity providers: whom they name, and what is left of that person's roles.
 *
 * The signature is verified once. Who the subject is here, with which roles, is asked again inside
 * the transaction, and so is whether the token has expired meanwhile. */
#include "checks/auth_parts.h"
#include "checks/issuers.h"

/* Whom the policy says that this is, as the database has it now. */
static bool find_principal(struct facts *facts, const struct generation *generation,
                           const struct jwt_identity *identity, struct verdict *verdict)
{
  const struct statement_info *info = statement_info(generation->identity->items[0]);
  struct json issuer = json_string(identity->issuer), subject = json_string(identity->subject);
  bool issuer_first = text_is(info->parameters[0], "issuer"); /* the policy checked the names */
  const struct json *values[] = {issuer_first ? &issuer : &subject,
                                 issuer_first ? &subject : &issuer};
  struct statement_call call = {.values = values, .now_ms = facts->now.integer};
  struct store_failure failure;
  struct json row, nobody = json_null();
  call.owner = &nobody;
  if (statement_run(generation->identity->items[0], facts->connection, &call, facts->arena, &row,
                    &failure))
    return auth_failed(facts, failure.detail, verdict);
  const struct json *id = json_get(&row, "id");
  if (!id || (id->type != JSON_STRING && id->type != JSON_INTEGER))
    return auth_unauthenticated(
        facts,
        arena_print(facts->arena, "JWT: nobody here is subject %.*s of %.*s",
                    TEXT_ARGS(identity->subject), TEXT_ARGS(identity->issuer))
            .data,
        verdict);
  if (facts->principal.identity && !json_equal(id, &facts->principal.id))
    return auth_unauthenticated(facts, "JWT: its subject is somebody else meanwhile", verdict);
  facts->principal.id = *id;
  auth_read_roles(facts, &row);
  if (identity->has_roles) auth_narrow_roles(facts, identity->roles, identity->role_count);
  return true;
}

static bool refuse_jwt(const struct facts *facts, const char *why, struct verdict *verdict)
{
  return auth_unauthenticated(facts, arena_print(facts->arena, "JWT: %s", why).data, verdict);
}

bool check_jwt(struct facts *facts, const struct generation *generation,
               const struct issuers *issuers, struct token_cache *cache, uint64_t identities,
               struct text token, struct verdict *verdict)
{
  struct principal *principal = &facts->principal;
  if (!issuers || !generation->identity) /* app.c sees to it that there is the one with the other */
    return refuse_jwt(facts, "writ.json names no identity provider", verdict);
  if (facts->contract->session_end == SESSION_END_THIS)
    return refuse_jwt(facts, "it is no session that could be ended here", verdict);
  struct token_cache_key key = {.identities = identities};
  crypto_hash_text(key.token, TEXT(""), token);
  if (token_cache_find(cache, &key, facts)) return auth_admit(facts, generation, verdict);

  struct jwt_identity *identity = arena_new(facts->arena, sizeof *identity);
  const char *why = issuers_verify(issuers, facts->arena, token, facts->now.integer, identity);
  if (why) return refuse_jwt(facts, why, verdict);
  if (!find_principal(facts, generation, identity, verdict)) return false;
  principal->identity = identity;
  principal->signed_in = true;
  principal->session = (struct session){
      .principal_id = principal->id, .ends_ms = identity->ends_ms, .scopes = identity->scopes};
  token_cache_keep(cache, &key, facts);
  return auth_admit(facts, generation, verdict);
}

bool check_jwt_again(struct facts *facts, const struct generation *generation, int64_t now_ms,
                     struct verdict *verdict)
{
  const struct jwt_identity *identity = facts->principal.identity;
  if (now_ms >= identity->ends_ms)
    return auth_unauthenticated(facts, "JWT: it expired meanwhile", verdict);
  return find_principal(facts, generation, identity, verdict) &&
         auth_admit(facts, generation, verdict);
}
