/* Routes: what parses, and which contract a path means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "contract/route.h"

/* Contracts are only pointers to a route table: the n-th route's contract is the n-th byte here. */
static const char contracts[32];
static const struct contract *contract(size_t i)
{
  return (const void *)&contracts[i];
}

static void test_methods(void **state)
{
  (void)state;
  for (enum method method = METHOD_GET; method < METHOD_OTHER; method++)
    assert_int_equal(method_of(text_of(method_name(method))), method);
  assert_int_equal(method_of(TEXT("get")), METHOD_OTHER);
  assert_int_equal(method_of(TEXT("TRACE")), METHOD_OTHER);
  assert_int_equal(method_of(TEXT("")), METHOD_OTHER);
}

#define SEGMENTS8  "/a/a/a/a/a/a/a/a"
#define SEGMENTS32 SEGMENTS8 SEGMENTS8 SEGMENTS8 SEGMENTS8
#define BYTES64    "0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
  const char *text;
  const char *parameters; /* NULL: it does not parse */
} parsed[] = {
    {"GET /", ""},
    {"PATCH /users/{user_id}", "user_id "},
    {"DELETE /a/{b}/c/{d}", "b d "},
    {"POST /users:archive", ""},
    {"GET " SEGMENTS32, ""},
    {"GET /{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", "a b c d e f g h "},
    {"GET /{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", NULL},
    {"GET /" BYTES64 BYTES64 BYTES64 BYTES64, NULL},
    {"GET " SEGMENTS32 "/a", NULL},
    {"", NULL},
    {"GET", NULL},
    {"GET ", NULL},
    {"/users", NULL},
    {"get /users", NULL},
    {"OPTIONS /users", NULL},
    {"OTHER /users", NULL},
    {"TRACE /users", NULL},
    {"GET  /users", NULL},
    {"GET users", NULL},
    {"GET /users/", NULL},
    {"GET //users", NULL},
    {"GET /./users", NULL},
    {"GET /users/..", NULL},
    {"GET /us%65rs", NULL},
    {"GET /users?a=b", NULL},
    {"GET /users /x", NULL},
    {"GET /{}", NULL},
    {"GET /{1a}", NULL},
    {"GET /{a-b}", NULL},
    {"GET /x{a}", NULL},
    {"GET /{a}{b}", NULL},
    {"GET /{a", NULL},
    {"GET /{a}/{a}", NULL},
};

static void test_parse(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof parsed / sizeof *parsed; i++) {
    struct route route;
    const char *message = NULL;
    int result = route_parse(text_of(parsed[i].text), &route, &message);
    char names[128] = "";
    for (size_t k = 0; result == 0 && k < route.parameter_count; k++) {
      strncat(names, route.parameters[k].data, route.parameters[k].length);
      strcat(names, " ");
    }
    bool right = parsed[i].parameters ? result == 0 && strcmp(names, parsed[i].parameters) == 0
                                      : result == -1 && message != NULL;
    if (!right) fail_msg("'%s': %d, '%s' (%s)", parsed[i].text, result, names, message);
  }
}

static const char *const routes[] = {
    "GET /",                     /* 0 */
    "GET /users",                /* 1 */
    "POST /users",               /* 2 */
    "GET /users/me",             /* 3 */
    "GET /users/{user_id}",      /* 4 */
    "PATCH /users/{id}",         /* 5 */
    "GET /users/{id}/notes",     /* 6 */
    "GET /{any}/me/{thing}",     /* 7 */
    "HEAD /users/me",            /* 8 */
    "DELETE /notes/{a}/{b}/{c}", /* 9 */
    "GET /a~b",                  /* 10 */
    "GET /p/{a}/{b}/q",          /* 11 */
    "GET /{a}/x/y/z",            /* 12 */
};

enum { NONE = -1 };
#define BIT(method) (1u << METHOD_##method)

static const struct {
  enum method method;
  const char *path;
  int route;
  unsigned allowed;
  const char *values;
} found[] = {
    {METHOD_GET, "/", 0, BIT(GET) | BIT(HEAD), ""},
    {METHOD_POST, "/", NONE, BIT(GET) | BIT(HEAD), ""},
    {METHOD_OTHER, "/", NONE, BIT(GET) | BIT(HEAD), ""},
    {METHOD_GET, "/users", 1, BIT(GET) | BIT(HEAD) | BIT(POST), ""},
    {METHOD_HEAD, "/users", 1, BIT(GET) | BIT(HEAD) | BIT(POST), ""},
    {METHOD_POST, "/users", 2, BIT(GET) | BIT(HEAD) | BIT(POST), ""},
    {METHOD_GET, "/users/me", 3, BIT(GET) | BIT(HEAD) | BIT(PATCH), ""},
    {METHOD_HEAD, "/users/me", 8, BIT(GET) | BIT(HEAD) | BIT(PATCH), ""},
    {METHOD_PATCH, "/users/me", 5, BIT(GET) | BIT(HEAD) | BIT(PATCH), "me "},
    {METHOD_DELETE, "/users/me", NONE, BIT(GET) | BIT(HEAD) | BIT(PATCH), ""},
    {METHOD_GET, "/users/%6de", 3, BIT(GET) | BIT(HEAD) | BIT(PATCH), ""},
    {METHOD_GET, "/users/7", 4, BIT(GET) | BIT(HEAD) | BIT(PATCH), "7 "},
    {METHOD_GET, "/users/a%20b", 4, BIT(GET) | BIT(HEAD) | BIT(PATCH), "a%20b "},
    {METHOD_GET, "/users/{user_id}", 4, BIT(GET) | BIT(HEAD) | BIT(PATCH), "{user_id} "},
    {METHOD_GET, "/users/me/notes", 6, BIT(GET) | BIT(HEAD), "me "}, /* not hidden by /users/me */
    {METHOD_GET, "/users/me/x", 7, BIT(GET) | BIT(HEAD), "users x "},
    {METHOD_DELETE, "/notes/1/2/3", 9, BIT(DELETE), "1 2 3 "},
    {METHOD_GET, "/notes/1/2", NONE, 0, ""},
    {METHOD_GET, "/a%7Eb", 10, BIT(GET) | BIT(HEAD), ""},
    {METHOD_GET, "/p/x/y/z", 12, BIT(GET) | BIT(HEAD), "p "},
    {METHOD_GET, "", NONE, 0, ""},
    {METHOD_OPTIONS, "*", NONE, 0, ""},
    {METHOD_GET, "users", NONE, 0, ""},
    {METHOD_GET, "//", NONE, 0, ""},
    {METHOD_GET, "/users/", NONE, 0, ""},
    {METHOD_GET, "//users", NONE, 0, ""},
    {METHOD_GET, "/Users", NONE, 0, ""},
    {METHOD_GET, "/users/.", NONE, 0, ""},
    {METHOD_GET, "/users/..", NONE, 0, ""},
    {METHOD_GET, "/users/%2e%2E", NONE, 0, ""},
    {METHOD_GET, "/users/a%2fb", NONE, 0, ""},
    {METHOD_GET, "/users/%", NONE, 0, ""},
    {METHOD_GET, "/users/%4", NONE, 0, ""},
    {METHOD_GET, "/users/%zz", NONE, 0, ""},
    {METHOD_GET, "/users/...", 4, BIT(GET) | BIT(HEAD) | BIT(PATCH), "... "},
    {METHOD_GET, "/users/" BYTES64 BYTES64 BYTES64 BYTES64, 4, BIT(GET) | BIT(HEAD) | BIT(PATCH),
     BYTES64 BYTES64 BYTES64 BYTES64 " "},
    {METHOD_GET, SEGMENTS32 "/a", NONE, 0, ""},
};

static void test_find(void **state)
{
  (void)state;
  enum { ROUTES = sizeof routes / sizeof *routes };
  struct arena arena;
  struct route parsed_routes[ROUTES];
  const char *message;
  arena_init(&arena, 4096);
  struct route_table *table = route_table_new(&arena);
  for (size_t i = 0; i < ROUTES; i++) {
    assert_int_equal(route_parse(text_of(routes[i]), &parsed_routes[i], &message), 0);
    assert_null(route_table_add(table, &parsed_routes[i], contract(i)));
  }
  for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
    struct route_match match;
    route_table_find(table, found[i].method, text_of(found[i].path), &match);
    const struct contract *wanted =
        found[i].route == NONE ? NULL : contract((size_t)found[i].route);
    char values[512] = "";
    for (size_t k = 0; k < ROUTE_PARAMETERS_MAX && match.values[k].data; k++) {
      strncat(values, match.values[k].data, match.values[k].length);
      strcat(values, " ");
    }
    if (match.contract != wanted || match.allowed != found[i].allowed ||
        strcmp(values, found[i].values) != 0)
      fail_msg("%s %s: %td, allowed %x, values '%s'", method_name(found[i].method), found[i].path,
               match.contract ? (const char *)(const void *)match.contract - contracts : -1,
               match.allowed, values);
  }
  arena_deinit(&arena);
}

static void test_two_on_one_route(void **state)
{
  (void)state;
  struct arena arena;
  struct route first, second;
  const char *message;
  arena_init(&arena, 4096);
  struct route_table *table = route_table_new(&arena);
  assert_int_equal(route_parse(TEXT("GET /users/{id}/x"), &first, &message), 0);
  assert_int_equal(route_parse(TEXT("GET /users/{other}/x"), &second, &message), 0);
  assert_null(route_table_add(table, &first, contract(0)));
  assert_ptr_equal(route_table_add(table, &second, contract(1)), contract(0));
  arena_deinit(&arena);
}

static void test_many_literals(void **state)
{
  (void)state;
  enum { MANY = 1000 };
  struct arena arena;
  static struct route many[MANY];
  const char *message;
  arena_init(&arena, 65536);
  struct route_table *table = route_table_new(&arena);
  for (size_t i = 0; i < MANY; i++) {
    struct text text = arena_print(&arena, "GET /r%zu", i * 7919 % MANY);
    assert_int_equal(route_parse(text, &many[i], &message), 0);
    assert_null(route_table_add(table, &many[i], (const void *)&many[i]));
  }
  for (size_t i = 0; i < MANY; i++) {
    struct route_match match;
    route_table_find(table, METHOD_GET, many[i].path, &match);
    assert_ptr_equal(match.contract, (const void *)&many[i]);
  }
  arena_deinit(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_methods),       cmocka_unit_test(test_parse),
      cmocka_unit_test(test_find),          cmocka_unit_test(test_two_on_one_route),
      cmocka_unit_test(test_many_literals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
