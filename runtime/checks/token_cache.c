/* Sets of four entries, by the token's hash, which clients cannot choose: only tokens that were
 * found get in. The one that was remembered first makes way. */
#include "checks/token_cache.h"

#include <string.h>

#include "base/memory.h"
#include "checks/jwt.h"

enum {
  SETS = 1024,
  WAYS = 4,
  ENTRY_BYTES = 512,     /* of what an entry usually holds */
  ENTRY_MAX_BYTES = 4096 /* one that would need more is not remembered */
};

struct entry {
  struct token_cache_key key; /* identities is 0: empty */
  int64_t kept_ms;
  struct arena arena;
  struct principal principal; /* in the arena */
};

struct token_cache {
  struct entry entries[SETS][WAYS];
};

struct token_cache *token_cache_new(void)
{
  struct token_cache *cache = memory_new(sizeof *cache);
  for (size_t i = 0; i < SETS; i++)
    for (size_t k = 0; k < WAYS; k++) arena_init(&cache->entries[i][k].arena, ENTRY_BYTES);
  return cache;
}

void token_cache_free(struct token_cache *cache)
{
  for (size_t i = 0; cache && i < SETS; i++)
    for (size_t k = 0; k < WAYS; k++) arena_deinit(&cache->entries[i][k].arena);
  memory_free(cache);
}

/* --- Copies. --- */

static size_t texts_bytes(const struct text *texts, size_t count)
{
  size_t bytes = count * sizeof *texts;
  for (size_t i = 0; i < count; i++) bytes += texts[i].length + 1;
  return bytes;
}

static size_t json_bytes(const struct json *value)
{
  size_t bytes = value->type == JSON_STRING ? value->length + 1 : 0;
  for (uint32_t i = 0; value->type == JSON_ARRAY && i < value->length; i++)
    bytes += sizeof *value + json_bytes(&value->items[i]);
  return bytes;
}

static size_t principal_bytes(const struct principal *principal)
{
  const struct jwt_identity *identity = principal->identity;
  const struct session *session = &principal->session;
  size_t bytes = json_bytes(&principal->id) + json_bytes(&session->principal_id) +
                 json_bytes(&session->scopes) + json_bytes(&session->roles) +
                 texts_bytes(principal->roles, principal->role_count);
  if (identity)
    bytes += sizeof *identity + identity->issuer.length + identity->subject.length +
             texts_bytes(identity->roles, identity->role_count) + json_bytes(&identity->scopes);
  return bytes;
}

static const struct text *copy_texts(struct arena *arena, const struct text *texts, size_t count)
{
  struct text *copies = arena_new_array(arena, count + 1, sizeof *copies);
  for (size_t i = 0; i < count; i++) copies[i] = arena_copy(arena, texts[i]);
  return copies;
}

/* Scalars and arrays of them: ids, scopes, roles. */
static struct json copy_json(struct arena *arena, const struct json *value)
{
  struct json copy = *value;
  if (value->type == JSON_STRING) copy.string = arena_copy(arena, json_text(value)).data;
  if (value->type == JSON_ARRAY) {
    copy.items = arena_new_array(arena, value->length + 1, sizeof copy);
    for (uint32_t i = 0; i < value->length; i++) copy.items[i] = copy_json(arena, &value->items[i]);
  }
  return copy;
}

static const struct jwt_identity *copy_identity(struct arena *arena,
                                                const struct jwt_identity *identity)
{
  struct jwt_identity *copy = arena_new(arena, sizeof *copy);
  *copy = *identity;
  copy->issuer = arena_copy(arena, identity->issuer);
  copy->subject = arena_copy(arena, identity->subject);
  copy->roles = copy_texts(arena, identity->roles, identity->role_count);
  copy->scopes = copy_json(arena, &identity->scopes);
  return copy;
}

static struct principal copy_principal(struct arena *arena, const struct principal *principal)
{
  struct principal copy = *principal;
  copy.id = copy_json(arena, &principal->id);
  copy.roles = copy_texts(arena, principal->roles, principal->role_count);
  copy.session.principal_id = copy_json(arena, &principal->session.principal_id);
  copy.session.scopes = copy_json(arena, &principal->session.scopes);
  copy.session.roles = copy_json(arena, &principal->session.roles);
  if (principal->identity) copy.identity = copy_identity(arena, principal->identity);
  return copy;
}

/* --- Finding and remembering. --- */

static size_t set_of(const struct token_cache_key *key)
{
  uint32_t number;
  memcpy(&number, key->token, sizeof number);
  return number % SETS;
}

static bool is_same_token(const struct entry *entry, const struct token_cache_key *key)
{
  return entry->key.identities != 0 && memcmp(entry->key.token, key->token, HASH_BYTES) == 0;
}

static bool is_good(const struct entry *entry, const struct token_cache_key *key, int64_t now_ms)
{
  return entry->key.identities == key->identities && now_ms >= entry->kept_ms &&
         now_ms - entry->kept_ms < TOKEN_CACHE_MS && now_ms < entry->principal.session.ends_ms;
}

bool token_cache_find(const struct token_cache *cache, const struct token_cache_key *key,
                      struct facts *facts)
{
  const struct entry *set = cache->entries[set_of(key)];
  for (size_t i = 0; i < WAYS; i++) {
    if (!is_same_token(&set[i], key)) continue;
    if (!is_good(&set[i], key, facts->now.integer)) return false;
    facts->principal = copy_principal(facts->arena, &set[i].principal);
    return true;
  }
  return false;
}

static struct entry *choose(struct entry *set, const struct token_cache_key *key)
{
  struct entry *oldest = &set[0];
  for (size_t i = 0; i < WAYS; i++) {
    if (is_same_token(&set[i], key) || set[i].key.identities == 0) return &set[i];
    if (set[i].kept_ms < oldest->kept_ms) oldest = &set[i];
  }
  return oldest;
}

void token_cache_keep(struct token_cache *cache, const struct token_cache_key *key,
                      const struct facts *facts)
{
  if (key->identities == 0 || principal_bytes(&facts->principal) > ENTRY_MAX_BYTES) return;
  struct entry *entry = choose(cache->entries[set_of(key)], key);
  arena_reset(&entry->arena);
  entry->key = *key;
  entry->kept_ms = facts->now.integer;
  entry->principal = copy_principal(&entry->arena, &facts->principal);
}
