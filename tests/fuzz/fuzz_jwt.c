/* A token as an attacker may write it, up to the first line feed, and a key set as a provider
 * might, after it.
 *
 * No input is signed, so none is a token that is taken. Its header and claims are then signed here:
 * what is taken of those says who it is within the bounds that queries rely on. A key set is read
 * or has errors, and none of its keys has signed what nobody did. */
#include "fuzz.h"

#include "checks/jwt.h"

#define NOW INT64_C(1700000000000)

static const char secret[] = "a secret of the provider's, 32 b";
static const char keys_json[] =
    "{\"keys\":["
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
    "\"x_"
    "FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
    "{\"kty\":\"oct\",\"k\":\"YSBzZWNyZXQgb2YgdGhlIHByb3ZpZGVyJ3MsIDMyIGI\"}]}";

static const struct jwt_issuer issuer = {.issuer = TEXT_INITIALIZER("joe"),
                                         .audience = TEXT_INITIALIZER("us"),
                                         .algorithms = (1U << JWT_ALGORITHMS) - 1,
                                         .leeway_ms = 30000,
                                         .roles = TEXT_INITIALIZER("/a/roles"),
                                         .scopes = TEXT_INITIALIZER("scope")};

static struct jwks *keys;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
  struct report report;
  struct source source = {"keys.json", text_of(keys_json)};
  (void)count;
  (void)arguments;
  crypto_init(NULL);
  report_init(&report);
  keys = jwks_read(&source, issuer.algorithms, &report);
  PROMISE(keys != NULL, "the keys");
  report_deinit(&report);
  return 0;
}

static void check_identity(const struct jwt_identity *identity)
{
  PROMISE(text_equal(identity->issuer, issuer.issuer), "of whom");
  PROMISE(identity->subject.length > 0 && identity->subject.length <= JWT_SUBJECT_MAX_BYTES &&
              text_is_utf8(identity->subject),
          "subject of %zu bytes", identity->subject.length);
  PROMISE(identity->ends_ms > NOW, "expired");
  PROMISE(identity->has_roles && identity->role_count <= JWT_NAMES_MAX, "roles");
  PROMISE(identity->scopes.type == JSON_ARRAY && identity->scopes.length <= JWT_NAMES_MAX,
          "scopes");
  for (uint32_t i = 0; i < identity->scopes.length; i++)
    PROMISE(identity->scopes.items[i].type == JSON_STRING, "scope %u", (unsigned)i);
}

static const char *verify(struct arena *arena, struct text token, struct jwt_identity *identity)
{
  struct jwt jwt;
  const char *why = jwt_read(arena, token, &jwt);
  if (why) return why;
  if (!jwt_find_issuer(&jwt, &issuer, 1)) return "no issuer";
  return jwt_verify(arena, &jwt, &issuer, keys, NOW, identity);
}

/* The token as it is; then its first two parts, taken for the bytes of header and claims, with a
 * good signature. */
static void check_token(struct arena *arena, struct text token)
{
  struct jwt_identity identity;
  struct text rest = token, parts[2];
  struct buffer made = {0};
  unsigned char mac[MAC_BYTES];
  const char *why = verify(arena, token, &identity);
  PROMISE(why != NULL, "a token that nobody has signed");
  if (!text_split(&rest, '.', &parts[0]) || !rest.data || !text_split(&rest, '.', &parts[1]))
    return;
  for (size_t i = 0; i < 2; i++) {
    struct text bytes;
    if (!jwt_decode(arena, parts[i], &bytes))
      bytes = parts[i]; /* plain JSON, for the fuzzer's sake */
    char *encoded = buffer_reserve(&made, BASE64_CHARS(bytes.length) + 1);
    crypto_base64(encoded, bytes.data, bytes.length);
    made.length += BASE64_CHARS(bytes.length);
    if (i == 0) buffer_append_byte(&made, '.');
  }
  struct text message = buffer_text(&made);
  crypto_hmac_sha256(mac, text_of(secret), &message, 1);
  buffer_append_byte(&made, '.');
  char *encoded = buffer_reserve(&made, BASE64_CHARS(MAC_BYTES) + 1);
  crypto_base64(encoded, mac, MAC_BYTES);
  made.length += BASE64_CHARS(MAC_BYTES);
  why = verify(arena, buffer_text(&made), &identity);
  if (!why) check_identity(&identity);
  buffer_deinit(&made);
}

static void check_keys(struct text json)
{
  struct source source = {"keys.json", json};
  struct report report;
  report_init(&report);
  struct jwks *set = jwks_read(&source, issuer.algorithms, &report);
  PROMISE((set == NULL) == (report.errors > 0), "%zu errors", report.errors);
  for (size_t i = 0; set && i < set->count; i++) {
    static const char message[] = "message", zeros[256];
    const struct jwk *key = &set->keys[i];
    struct text signature = {zeros, key->algorithm == JWT_HS256 ? MAC_BYTES : 64};
    PROMISE(!jwk_is_signed(key, text_of(message), signature), "signed by nothing");
  }
  jwks_free(set);
  report_deinit(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text all = fuzz_copy(data, size), rest = all, token;
  struct arena arena;
  arena_init(&arena, 4096);
  if (text_split(&rest, '\n', &token)) check_token(&arena, token);
  if (rest.data) check_keys(rest);
  arena_deinit(&arena);
  free((void *)(uintptr_t)all.data);
  return 0;
}
