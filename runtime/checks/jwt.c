/* The signature is looked at before any claim but `iss`, which only chooses whose keys it is held
 * against. Everything is bounded before it is read: the token by JWT_MAX_BYTES, its JSON in depth
 * and values. */
#include "checks/jwt.h"

#include <string.h>

bool jwt_has_form(struct text token)
{
  return token.length > 0 && memchr(token.data, '.', token.length) != NULL;
}

/* --- Taking apart --- */

static bool read_object(struct arena *arena, struct text encoded, struct json *object)
{
  static const struct json_limits limits = {.depth = 16, .nodes = 1000};
  struct text bytes;
  return jwt_decode(arena, encoded, &bytes) &&
         json_read(arena, bytes, &limits, object, NULL) == 0 && object->type == JSON_OBJECT;
}

/* "JWT" of RFC 7519, "at+jwt" of RFC 9068: other types are for other uses (RFC 8725, section 3.11).
 */
static bool is_right_type(const struct json *typ)
{
  return !typ || text_is_ignoring_case(json_text(typ), "JWT") ||
         text_is_ignoring_case(json_text(typ), "at+jwt");
}

/* Keys and addresses of keys in a header (jwk, jku, x5c, x5u) are nobody's word but the sender's:
 * they are not looked at. */
static const char *read_header(const struct json *header, struct jwt *jwt)
{
  const struct json *alg = json_get(header, "alg"), *kid = json_get(header, "kid");
  if (!alg || alg->type != JSON_STRING) return "its header has no alg";
  if (json_get(header, "crit")) return "its header has critical extensions, which are unknown here";
  if (!is_right_type(json_get(header, "typ"))) return "its typ is neither JWT nor at+jwt";
  if (kid && kid->type != JSON_STRING) return "its kid is no string";
  jwt->algorithm = json_text(alg);
  if (kid) jwt->kid = json_text(kid);
  return NULL;
}

const char *jwt_read(struct arena *arena, struct text token, struct jwt *jwt)
{
  struct text parts[3], rest = token;
  struct json header;
  *jwt = (struct jwt){0};
  if (token.length > JWT_MAX_BYTES) return "the token is longer than 8 KB";
  for (size_t i = 0; i < 3; i++)
    if (!text_split(&rest, '.', &parts[i]) || parts[i].length == 0)
      return "the token is not three parts with a dot between them";
  if (rest.data) return "the token has more than three parts: encrypted ones are not taken";
  if (!read_object(arena, parts[0], &header)) return "its header is not a JSON object in base64url";
  const char *why = read_header(&header, jwt);
  if (why) return why;
  if (!read_object(arena, parts[1], &jwt->claims))
    return "its claims are not a JSON object in base64url";
  if (!jwt_decode(arena, parts[2], &jwt->signature)) return "its signature is not base64url";
  jwt->message = (struct text){token.data, parts[0].length + 1 + parts[1].length};
  return NULL;
}

const struct jwt_issuer *jwt_find_issuer(const struct jwt *jwt, const struct jwt_issuer *issuers,
                                         size_t count)
{
  const struct json *iss = json_get(&jwt->claims, "iss");
  for (size_t i = 0; i < count; i++)
    if (iss && iss->type == JSON_STRING && text_equal(json_text(iss), issuers[i].issuer))
      return &issuers[i];
  return NULL;
}

/* --- The signature --- */

static const char *refuse_signature(const struct jwt *jwt, const struct jwt_issuer *issuer,
                                    const struct jwks *keys)
{
  enum jwt_algorithm algorithm;
  const char *why;
  if (!jwt_algorithm_find(jwt->algorithm, &algorithm) || !(issuer->algorithms & 1U << algorithm))
    return "its alg is not among the issuer's algorithms";
  const struct jwk *key = jwks_find(keys, algorithm, jwt->kid, &why);
  if (!key) return why;
  return jwk_is_signed(key, jwt->message, jwt->signature)
             ? NULL
             : "its signature is not that of the issuer's key";
}

/* --- Claims --- */

/* A NumericDate: seconds, of which there may be parts. None beyond the year 9999. */
static bool read_time(const struct json *value, int64_t *ms)
{
  static const int64_t seconds_max = INT64_C(253402300799);
  if (value->type == JSON_INTEGER && value->integer >= 0 && value->integer <= seconds_max)
    *ms = value->integer * 1000;
  else if (value->type == JSON_REAL && value->real >= 0 && value->real <= (double)seconds_max)
    *ms = (int64_t)(value->real * 1000);
  else
    return false;
  return true;
}

static const char *refuse_times(const struct json *claims, const struct jwt_issuer *issuer,
                                int64_t now_ms, int64_t *ends_ms)
{
  const struct json *exp = json_get(claims, "exp"), *nbf = json_get(claims, "nbf");
  const struct json *iat = json_get(claims, "iat");
  int64_t until, from = 0, issued = 0;
  if (!exp) return "it has no exp";
  if (!read_time(exp, &until) || (nbf && !read_time(nbf, &from)) ||
      (iat && !read_time(iat, &issued)))
    return "its exp, nbf or iat is no time in seconds";
  *ends_ms = until + issuer->leeway_ms;
  if (now_ms >= *ends_ms) return "it has expired";
  if (now_ms < from - issuer->leeway_ms) return "it is not valid yet";
  if (now_ms < issued - issuer->leeway_ms) return "it was issued in the future";
  return NULL;
}

static bool is_for(const struct json *aud, struct text audience)
{
  bool found = false;
  if (!aud) return false;
  if (aud->type == JSON_STRING) return text_equal(json_text(aud), audience);
  for (uint32_t i = 0; aud->type == JSON_ARRAY && i < aud->length; i++) {
    if (aud->items[i].type != JSON_STRING) return false;
    found |= text_equal(json_text(&aud->items[i]), audience);
  }
  return found;
}

/* What a query is asked about: short, and without control characters. */
static bool is_subject(const struct json *sub)
{
  struct text text = json_text(sub);
  for (size_t i = 0; i < text.length; i++)
    if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F) return false;
  return text.length > 0 && text.length <= JWT_SUBJECT_MAX_BYTES;
}

/* By its name or, if that begins with a slash, by JSON Pointer. */
static const struct json *claim_at(const struct json *claims, struct text name)
{
  return text_starts_with(name, "/") ? json_at_pointer(claims, name) : json_get_text(claims, name);
}

/* The words of a string, as OAuth has scopes, or the strings of an array. Whatever else it is, it
 * gives none. */
static struct json *read_names(struct arena *arena, const struct json *claim, uint32_t *count)
{
  struct json *names = arena_new_array(arena, JWT_NAMES_MAX, sizeof *names);
  struct text rest = json_text(claim), word;
  *count = 0;
  if (claim && claim->type == JSON_STRING)
    while (*count < JWT_NAMES_MAX && text_split(&rest, ' ', &word))
      if (word.length > 0) names[(*count)++] = json_string(arena_copy(arena, word));
  for (uint32_t i = 0; claim && claim->type == JSON_ARRAY && i < claim->length; i++)
    if (*count < JWT_NAMES_MAX && claim->items[i].type == JSON_STRING)
      names[(*count)++] = json_string(json_text(&claim->items[i]));
  return names;
}

static void read_grants(struct arena *arena, const struct json *claims,
                        const struct jwt_issuer *issuer, struct jwt_identity *identity)
{
  uint32_t count;
  struct json *names = read_names(arena, claim_at(claims, issuer->scopes), &count);
  identity->scopes = (struct json){.type = JSON_ARRAY, .items = names, .length = count};
  identity->has_roles = issuer->roles.length > 0;
  if (!identity->has_roles) return;
  names = read_names(arena, claim_at(claims, issuer->roles), &count);
  struct text *roles = arena_new_array(arena, count + 1, sizeof *roles);
  for (uint32_t i = 0; i < count; i++) roles[i] = json_text(&names[i]);
  identity->roles = roles;
  identity->role_count = count;
}

const char *jwt_verify(struct arena *arena, const struct jwt *jwt, const struct jwt_issuer *issuer,
                       const struct jwks *keys, int64_t now_ms, struct jwt_identity *identity)
{
  const struct json *claims = &jwt->claims, *sub = json_get(claims, "sub");
  *identity = (struct jwt_identity){.issuer = issuer->issuer};
  const char *why = refuse_signature(jwt, issuer, keys);
  if (why) return why;
  if (!text_equal(json_text(json_get(claims, "iss")), issuer->issuer))
    return "its iss is another issuer";
  if (!is_for(json_get(claims, "aud"), issuer->audience)) return "its aud is not this service";
  why = refuse_times(claims, issuer, now_ms, &identity->ends_ms);
  if (why) return why;
  if (!is_subject(sub)) return "its sub is no text of 1 to 255 bytes";
  identity->subject = json_text(sub);
  read_grants(arena, claims, issuer, identity);
  return NULL;
}
