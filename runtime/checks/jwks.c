/* Reading key sets, and asking their keys. */
#include "checks/jwks.h"

#include "base/json.h"
#include "base/memory.h"

enum {
  RSA_MIN_BITS = 2048, /* RFC 7518, section 3.3 */
  RSA_MAX_BITS = 8192, /* beyond, one verification takes too long */
  RSA_EXPONENT_MAX_BYTES = 8,
  COORDINATE_BYTES = P256_POINT_BYTES / 2
};

const char *const jwt_algorithm_names[JWT_ALGORITHMS] = {
    [JWT_RS256] = "RS256", [JWT_ES256] = "ES256", [JWT_EDDSA] = "EdDSA", [JWT_HS256] = "HS256"};

bool jwt_algorithm_find(struct text name, enum jwt_algorithm *algorithm)
{
  for (int i = 0; i < JWT_ALGORITHMS; i++) {
    if (!text_is(name, jwt_algorithm_names[i])) continue;
    *algorithm = (enum jwt_algorithm)i;
    return true;
  }
  return false;
}

bool jwt_decode(struct arena *arena, struct text encoded, struct text *bytes)
{
  size_t length = encoded.length / 4 * 3 + encoded.length % 4 * 3 / 4;
  char *decoded = arena_alloc(arena, length + 1);
  *bytes = (struct text){decoded, length};
  return crypto_unbase64(decoded, length, encoded);
}

/* One set being read. */
struct jwks_reading {
  struct jwks *set;
  const struct source *source;
  struct report *report;
};

static bool refuse(const struct jwks_reading *reading, const struct json *at, const char *help,
                   const char *what)
{
  report_error(reading->report, FINDING_JWT_KEYS, reading->source, at->offset, help, "%s", what);
  return false;
}

static bool read_bytes(const struct jwks_reading *reading, const struct json *key, const char *name,
                       struct text *bytes)
{
  const struct json *value = json_get(key, name);
  if (value && value->type == JSON_STRING && value->length > 0 &&
      jwt_decode(&reading->set->arena, json_text(value), bytes))
    return true;
  report_error(reading->report, FINDING_JWT_KEYS, reading->source,
               value ? value->offset : key->offset, NULL,
               "`%s` must be base64url without padding (RFC 7518, section 6)", name);
  return false;
}

/* --- One key, by its type --- */

static size_t bit_length(struct text number)
{
  size_t zeros = 0;
  while (zeros < number.length && number.data[zeros] == 0) zeros++;
  if (zeros == number.length) return 0;
  int spare = __builtin_clz((unsigned char)number.data[zeros]) - __builtin_clz(0xFFU);
  return (number.length - zeros) * 8 - (size_t)spare;
}

static bool read_rsa(const struct jwks_reading *reading, const struct json *json, struct jwk *key)
{
  struct text modulus, exponent;
  const struct json *n = json_get(json, "n"), *e = json_get(json, "e");
  if (!read_bytes(reading, json, "n", &modulus) || !read_bytes(reading, json, "e", &exponent))
    return false;
  size_t bits = bit_length(modulus);
  if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS) {
    report_error(reading->report, FINDING_JWT_KEYS, reading->source, n->offset,
                 "use a key of 2048 to 8192 bits (RFC 7518, section 3.3)",
                 "an RSA key of %zu bits is not taken", bits);
    return false;
  }
  if (exponent.length <= RSA_EXPONENT_MAX_BYTES) key->key = signature_key_rsa(modulus, exponent);
  return key->key || refuse(reading, e, NULL, "`n` and `e` are not those of an RSA key");
}

static bool read_p256(const struct jwks_reading *reading, const struct json *json, struct jwk *key)
{
  struct text x, y;
  unsigned char point[P256_POINT_BYTES];
  if (!read_bytes(reading, json, "x", &x) || !read_bytes(reading, json, "y", &y)) return false;
  if (x.length != COORDINATE_BYTES || y.length != COORDINATE_BYTES)
    return refuse(reading, json, NULL, "`x` and `y` must be 32 bytes each");
  memcpy(point, x.data, COORDINATE_BYTES);
  memcpy(point + COORDINATE_BYTES, y.data, COORDINATE_BYTES);
  key->key = signature_key_p256(point);
  return key->key || refuse(reading, json, NULL, "`x` and `y` are no point of the curve P-256");
}

static bool read_ed25519(const struct jwks_reading *reading, const struct json *json,
                         struct jwk *key)
{
  struct text x;
  if (!read_bytes(reading, json, "x", &x)) return false;
  if (x.length != SIGNING_KEY_BYTES)
    return refuse(reading, json_get(json, "x"), NULL, "`x` must be 32 bytes");
  memcpy(key->ed25519, x.data, SIGNING_KEY_BYTES);
  return true;
}

static bool read_secret(const struct jwks_reading *reading, const struct json *json,
                        struct jwk *key)
{
  if (!read_bytes(reading, json, "k", &key->secret)) return false;
  if (key->secret.length >= JWK_SECRET_MIN_BYTES) return true;
  return refuse(reading, json_get(json, "k"), "use 32 random bytes (RFC 7518, section 3.2)",
                "a secret of less than 32 bytes can be guessed");
}

/* What the type of a key decides. */
struct kind {
  const char *kty, *crv; /* crv: NULL where the type has no curves */
  bool (*read)(const struct jwks_reading *reading, const struct json *json, struct jwk *key);
};

static const struct kind kinds[JWT_ALGORITHMS] = {
    [JWT_RS256] = {"RSA", NULL, read_rsa},
    [JWT_ES256] = {"EC", "P-256", read_p256},
    [JWT_EDDSA] = {"OKP", "Ed25519", read_ed25519},
    [JWT_HS256] = {"oct", NULL, read_secret},
};

/* False: of a type that no token here can be signed by. */
static bool find_kind(const struct json *json, enum jwt_algorithm *algorithm)
{
  for (int i = 0; i < JWT_ALGORITHMS; i++) {
    const struct kind *kind = &kinds[i];
    if (!json_is_string(json_get(json, "kty"), kind->kty)) continue;
    *algorithm = (enum jwt_algorithm)i;
    return !kind->crv || json_is_string(json_get(json, "crv"), kind->crv);
  }
  return false;
}

/* --- Any key --- */

static bool lists(const struct json *array, const char *word)
{
  if (array->type != JSON_ARRAY) return false;
  for (uint32_t i = 0; i < array->length; i++)
    if (json_is_string(&array->items[i], word)) return true;
  return false;
}

/* Whether it is there for verifying, as far as it says what it is for. */
static bool is_for_verifying(const struct json *json)
{
  const struct json *use = json_get(json, "use"), *operations = json_get(json, "key_ops");
  return (!use || json_is_string(use, "sig")) && (!operations || lists(operations, "verify"));
}

static bool is_there(const struct jwks *set, enum jwt_algorithm algorithm, struct text kid)
{
  const char *why;
  for (size_t i = 0; i < set->count; i++)
    if (!kid.data && !set->keys[i].kid.data && set->keys[i].algorithm == algorithm) return true;
  return kid.data && jwks_find(set, algorithm, kid, &why);
}

/* What is said of a key besides its numbers. */
static bool read_common(const struct jwks_reading *reading, const struct json *json,
                        struct jwk *key)
{
  const struct json *alg = json_get(json, "alg"), *kid = json_get(json, "kid");
  const struct json *private = json_get(json, "d");
  if (private)
    return refuse(reading, private,
                  "leave out `d` and what follows from it, and make a new key: "
                  "this one is no longer a secret",
                  "this is a private key, which only the identity provider may have");
  if (alg && !json_is_string(alg, jwt_algorithm_names[key->algorithm]))
    return refuse(reading, alg, NULL, "`alg` is not the algorithm of a key of this type");
  if (kid && kid->type != JSON_STRING) return refuse(reading, kid, NULL, "`kid` must be a string");
  if (kid) key->kid = json_text(kid);
  if (is_there(reading->set, key->algorithm, key->kid))
    return refuse(reading, kid ? kid : json, "give each key a `kid` of its own",
                  "there is another key of this algorithm and `kid`");
  return true;
}

/* An algorithm that is not known here at all: one of the keys that are passed over. */
static bool has_foreign_algorithm(const struct json *json)
{
  const struct json *alg = json_get(json, "alg");
  enum jwt_algorithm algorithm;
  return alg && alg->type == JSON_STRING && !jwt_algorithm_find(json_text(alg), &algorithm);
}

static bool read_key(const struct jwks_reading *reading, const struct json *json)
{
  struct jwks *set = reading->set;
  struct jwk key = {0};
  if (json->type != JSON_OBJECT) return refuse(reading, json, NULL, "a key must be an object");
  if (!find_kind(json, &key.algorithm) || !is_for_verifying(json) || has_foreign_algorithm(json))
    return true;
  if (set->count == JWKS_KEYS_MAX)
    return refuse(reading, json, "keep those that are in use", "there are more than 64 keys");
  if (!read_common(reading, json, &key) || !kinds[key.algorithm].read(reading, json, &key))
    return false;
  set->keys[set->count++] = key;
  return true;
}

static bool read_set(const struct jwks_reading *reading, unsigned algorithms)
{
  struct json root;
  struct json_error error;
  bool good = true, usable = false;
  if (json_read(&reading->set->arena, reading->source->text, NULL, &root, &error)) {
    report_error(reading->report, FINDING_NOT_JSON, reading->source, error.offset, NULL, "%s",
                 error.message);
    return false;
  }
  const struct json *keys = json_get(&root, "keys");
  if (!keys || keys->type != JSON_ARRAY)
    return refuse(reading, &root, "write { \"keys\": [ … ] } (RFC 7517, section 5)",
                  "this is no key set");
  for (uint32_t i = 0; i < keys->length; i++) good &= read_key(reading, &keys->items[i]);
  for (size_t i = 0; i < reading->set->count; i++)
    usable |= (algorithms & 1U << reading->set->keys[i].algorithm) != 0;
  if (good && !usable)
    return refuse(reading, keys, "put in a key of an algorithm that writ.json lists",
                  "no key of this set can verify a token");
  return good;
}

struct jwks *jwks_read(const struct source *source, unsigned algorithms, struct report *report)
{
  struct jwks *set = memory_new(sizeof *set);
  arena_init(&set->arena, 4096);
  if (read_set(&(struct jwks_reading){set, source, report}, algorithms)) return set;
  jwks_free(set);
  return NULL;
}

void jwks_free(struct jwks *set)
{
  if (!set) return;
  for (size_t i = 0; i < set->count; i++) signature_key_free(set->keys[i].key);
  arena_wipe(&set->arena);
  arena_deinit(&set->arena);
  memory_free(set);
}

/* --- Asking --- */

const struct jwk *jwks_find(const struct jwks *set, enum jwt_algorithm algorithm, struct text kid,
                            const char **why)
{
  const struct jwk *found = NULL;
  *why = kid.data ? "the issuer has no key of this kid and algorithm"
                  : "the issuer has no key of this algorithm";
  for (size_t i = 0; i < set->count; i++) {
    const struct jwk *key = &set->keys[i];
    if (key->algorithm != algorithm || (kid.data && !(key->kid.data && text_equal(key->kid, kid))))
      continue;
    if (found) {
      *why = "it has no kid, and the issuer has several keys of this algorithm";
      return NULL;
    }
    found = key;
  }
  return found;
}

bool jwk_is_signed(const struct jwk *key, struct text message, struct text signature)
{
  const unsigned char *bytes = (const unsigned char *)signature.data;
  unsigned char mac[MAC_BYTES];
  switch (key->algorithm) {
  case JWT_RS256:
    return signature_is_rs256(key->key, message, signature);
  case JWT_ES256:
    return signature.length == P256_SIGNATURE_BYTES && signature_is_es256(key->key, message, bytes);
  case JWT_EDDSA:
    return signature.length == SIGNATURE_BYTES && crypto_is_signed(bytes, key->ed25519, message);
  case JWT_HS256:
    crypto_hmac_sha256(mac, key->secret, &message, 1);
    return signature.length == MAC_BYTES && crypto_equal(mac, bytes, MAC_BYTES);
  case JWT_ALGORITHMS:
    break;
  }
  return false;
}
