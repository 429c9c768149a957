/* Who is remembered, for how long, and what makes it forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "checks/jwt.h"
#include "checks/token_cache.h"

struct fixture {
  struct token_cache *cache;
  struct arena arena;
};

static int set_up(void **state)
{
  static struct fixture fixture;
  fixture.cache = token_cache_new();
  arena_init(&fixture.arena, 4096);
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  token_cache_free(fixture->cache);
  arena_deinit(&fixture->arena);
  return 0;
}

static struct token_cache_key key_of(uint32_t set, unsigned char token)
{
  struct token_cache_key key = {.identities = 7};
  memcpy(key.token, &set, sizeof set);
  key.token[HASH_BYTES - 1] = token;
  return key;
}

static struct facts facts_at(struct fixture *fixture, int64_t now_ms)
{
  return (struct facts){.arena = &fixture->arena, .now = json_integer(now_ms)};
}

/* In memory that is overwritten afterwards: a copy is what is remembered. */
static void keep(struct fixture *fixture, const struct token_cache_key *key, int64_t now_ms,
                 const char *id, const char *role)
{
  char id_copy[100], role_copy[8000];
  strcpy(id_copy, id);
  strcpy(role_copy, role);
  struct text roles[] = {text_of(role_copy), TEXT("user")};
  struct json scopes[] = {json_string(text_of(id_copy))};
  struct facts facts = facts_at(fixture, now_ms);
  facts.principal =
      (struct principal){.id = json_string(text_of(id_copy)),
                         .roles = roles,
                         .role_count = 2,
                         .signed_in = true,
                         .session = {.principal_id = json_integer(12),
                                     .ends_ms = 100000,
                                     .scopes = {.type = JSON_ARRAY, .items = scopes, .length = 1}}};
  token_cache_keep(fixture->cache, key, &facts);
  memset(id_copy, 'x', sizeof id_copy);
  memset(role_copy, 'x', sizeof role_copy);
}

static bool is_found(struct fixture *fixture, struct token_cache_key key, int64_t now_ms)
{
  struct facts facts = facts_at(fixture, now_ms);
  return token_cache_find(fixture->cache, &key, &facts);
}

static void remembers_copies(void **state)
{
  struct fixture *fixture = *state;
  struct token_cache_key key = key_of(1, 1);
  struct facts facts = facts_at(fixture, 1001);
  keep(fixture, &key, 1000, "ada", "admin");
  assert_true(token_cache_find(fixture->cache, &key, &facts));
  keep(fixture, &key, 1000, "bob", "none"); /* what was found is the call's own */
  const struct principal *principal = &facts.principal;
  assert_true(text_is(json_text(&principal->id), "ada"));
  assert_true(principal->signed_in);
  assert_int_equal(principal->role_count, 2);
  assert_true(text_is(principal->roles[0], "admin"));
  assert_true(text_is(principal->roles[1], "user"));
  assert_int_equal(principal->session.principal_id.integer, 12);
  assert_true(text_is(json_text(&principal->session.scopes.items[0]), "ada"));
  assert_int_equal(principal->session.roles.type, JSON_NULL);
  assert_null(principal->identity);
}

static void remembers_who_a_provider_names(void **state)
{
  struct fixture *fixture = *state;
  struct token_cache_key key = key_of(1, 1);
  char subject[] = "ada";
  struct text roles[] = {TEXT_INITIALIZER("editor")};
  struct jwt_identity identity = {.issuer = TEXT("https://id.example"),
                                  .subject = text_of(subject),
                                  .ends_ms = 5000,
                                  .has_roles = true,
                                  .roles = roles,
                                  .role_count = 1};
  struct facts facts = facts_at(fixture, 1000);
  facts.principal = (struct principal){
      .id = json_integer(1), .session = {.ends_ms = 5000}, .identity = &identity};
  token_cache_keep(fixture->cache, &key, &facts);
  memset(subject, 'x', 3);
  roles[0] = TEXT("none");
  facts = facts_at(fixture, 1000);
  assert_true(token_cache_find(fixture->cache, &key, &facts));
  assert_true(text_is(facts.principal.identity->subject, "ada"));
  assert_true(text_is(facts.principal.identity->roles[0], "editor"));
}

static void forgets(void **state)
{
  struct fixture *fixture = *state;
  struct token_cache_key key = key_of(1, 1), other = key;
  keep(fixture, &key, 1000, "ada", "admin");
  assert_true(is_found(fixture, key, 1000));
  assert_true(is_found(fixture, key, 1000 + TOKEN_CACHE_MS - 1));
  assert_false(is_found(fixture, key, 1000 + TOKEN_CACHE_MS));
  assert_false(is_found(fixture, key, 999)); /* the clock was set back */
  assert_false(is_found(fixture, key_of(1, 2), 1000));
  other.identities = 8; /* somebody changed something */
  assert_false(is_found(fixture, other, 1000));
  other.identities = 0; /* somebody is about to */
  assert_false(is_found(fixture, other, 1000));
  keep(fixture, &key, 99999, "ada", "admin");
  assert_true(is_found(fixture, key, 99999));
  assert_false(is_found(fixture, key, 100000)); /* the session has ended */
}

static void remembers_nothing_while_it_changes(void **state)
{
  struct fixture *fixture = *state;
  struct token_cache_key key = key_of(1, 1);
  key.identities = 0;
  keep(fixture, &key, 1000, "ada", "admin");
  assert_false(is_found(fixture, key, 1000));
}

static void is_bounded(void **state)
{
  struct fixture *fixture = *state;
  for (unsigned char token = 0; token < 200; token++) {
    struct token_cache_key key = key_of(1, token);
    keep(fixture, &key, 1000 + token, "ada", "admin");
  }
  for (unsigned char token = 0; token < 200; token++)
    assert_int_equal(is_found(fixture, key_of(1, token), 1200), token >= 196);
  char large[5000];
  memset(large, 'r', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  struct token_cache_key key = key_of(2, 1);
  keep(fixture, &key, 1000, "ada", large);
  assert_false(is_found(fixture, key, 1000));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(remembers_copies, set_up, tear_down),
      cmocka_unit_test_setup_teardown(remembers_who_a_provider_names, set_up, tear_down),
      cmocka_unit_test_setup_teardown(forgets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(remembers_nothing_while_it_changes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(is_bounded, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
