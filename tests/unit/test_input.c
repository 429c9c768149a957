/* What path and query string become: the types that the schema declares, wherever it says so, and
 * arrays by repeated names. The handler gives its input back. */
#include "dispatch_fixture.h"

static const struct app_file files[] = {
    {"contracts/migrations/0001_all.sql",
     "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL) STRICT;\n"},
    {"contracts/policy.json",
     "{\"principal\": \"q.principal\", \"tables\": {\"users\": {\"owner\": \"id\"}}}"},
    {"contracts/queries/q.sql",
     "-- name: principal :one\nSELECT id, role FROM users WHERE id = :principal_id;\n"},
    {"contracts/defs/search.json",
     "{\"$defs\": {\n"
     "  \"size\": {\"allOf\": [{\"$ref\": \"#/$defs/whole\"}, {\"minimum\": 1}]},\n"
     "  \"whole\": {\"type\": \"integer\"},\n"
     "  \"sizes\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/size\"}, \"maxItems\": "
     "3},\n"
     "  \"page\": {\"properties\": {\"page\": {\"$ref\": \"#/$defs/size\"},\n"
     "    \"sizes\": {\"$ref\": \"#/$defs/sizes\"}}}}}"},
    {"contracts/echo.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /echo/{id}\",\n"
     " \"requires\": {\"auth\": \"public\", \"reason\": \"It is tested\",\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\n"
     "   \"id\": {\"type\": \"integer\"},\n"
     "   \"real\": {\"type\": \"number\"},\n"
     "   \"flag\": {\"type\": [\"boolean\", \"null\"]},\n"
     "   \"text\": {\"type\": \"string\"},\n"
     "   \"either\": {\"type\": [\"integer\", \"string\"]},\n"
     "   \"level\": {\"enum\": [1, 2, \"top\"]},\n"
     "   \"tags\": {\"type\": \"array\", \"items\": {\"type\": \"string\", \"normalize\": "
     "[\"trim\"]}},\n"
     "   \"flags\": {\"type\": \"array\", \"prefixItems\": [{\"type\": \"boolean\"}],\n"
     "     \"items\": {\"type\": \"number\"}},\n"
     "   \"one\": {\"type\": [\"string\", \"array\"], \"items\": {\"type\": \"integer\"}}},\n"
     "   \"allOf\": [{\"$ref\": \"defs/search.json#/$defs/page\"}],\n"
     "   \"required\": [\"id\"]}},\n"
     " \"ensures\": {\"returns\": {\"type\": \"object\", \"additionalProperties\": true}}}"},
    {"app/handlers/echo.lua", "return function(input) return input end"},
};

static const struct {
  const char *target;
  int status;
  const char *says; /* the reply contains it */
} rows[] = {
    {"GET /echo/7", 200, "{\"id\":7}"},
    {"GET /echo/-7", 200, "{\"id\":-7}"},
    {"GET /echo/07", 422, "\"/id\""},
    {"GET /echo/x", 422, "\"/id\""},
    {"GET /echo/7?real=1.5", 200, "\"real\":1.5"},
    {"GET /echo/7?real=1e3", 200, "\"real\":1000"},
    {"GET /echo/7?real=", 422, "\"/real\""},
    {"GET /echo/7?flag=true", 200, "\"flag\":true"},
    {"GET /echo/7?flag=1", 422, "\"/flag\""},
    {"GET /echo/7?text=5", 200, "\"text\":\"5\""},
    {"GET /echo/7?either=5", 200, "\"either\":\"5\""},
    {"GET /echo/7?level=2", 422, "\"/level\""}, /* a string may stand there, so it is one */
    {"GET /echo/7?level=top", 200, "\"level\":\"top\""},
    /* through $ref and allOf */
    {"GET /echo/7?page=2", 200, "\"page\":2"},
    {"GET /echo/7?page=0", 422, "\"/page\""},
    {"GET /echo/7?page=2.0", 422, "\"/page\""},
    /* arrays */
    {"GET /echo/7?tags=a&tags=b&tags=a", 200, "\"tags\":[\"a\",\"b\",\"a\"]"},
    {"GET /echo/7?tags=a&text=x&tags=b", 200, "\"tags\":[\"a\",\"b\"]"},
    {"GET /echo/7?tags=a", 200, "\"tags\":[\"a\"]"},
    {"GET /echo/7?tags=", 200, "\"tags\":[\"\"]"},
    {"GET /echo/7?tags=1&tags=true", 200, "\"tags\":[\"1\",\"true\"]"},
    {"GET /echo/7?tags=%20a%20&tags=+b", 200, "\"tags\":[\"a\",\"b\"]"},
    {"GET /echo/7?t%61gs=a,b&tags=c", 200, "\"tags\":[\"a,b\",\"c\"]"},
    {"GET /echo/7?flags=true&flags=1&flags=1.5", 200, "\"flags\":[true,1,1.5]"},
    {"GET /echo/7?flags=true&flags=false", 422, "\"/flags/1\""},
    {"GET /echo/7?sizes=3&sizes=4", 200, "\"sizes\":[3,4]"},
    {"GET /echo/7?sizes=3", 200, "\"sizes\":[3]"},
    {"GET /echo/7?sizes=3&sizes=x&sizes=0", 422, "\"/sizes/1\""},
    {"GET /echo/7?sizes=1&sizes=2&sizes=3&sizes=4", 422, "\"/sizes\""},
    {"GET /echo/7?one=1", 200, "\"one\":\"1\""},
    {"GET /echo/7?one=1&one=2", 200, "\"one\":[1,2]"},
    /* a name arrives twice where no array is declared */
    {"GET /echo/7?page=1&page=2", 400, "twice"},
    {"GET /echo/7?page=1&page=1", 400, "twice"},
    {"GET /echo/7?level=1&level=2", 400, "twice"},
    {"GET /echo/7?unknown=1&unknown=2", 400, "twice"},
    {"GET /echo/7?id=7", 400, "twice"},
    {"GET /echo/7?tags=a&tags=%zz", 400, "percent-encoded"},
};

static void test_coercion(void **state)
{
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct exchange exchange;
    exchange_send(fixture, &exchange, rows[i].target, NULL, "");
    fixture_settle(fixture);
    if (exchange.status != rows[i].status || !strstr(exchange.body, rows[i].says))
      fail_msg("%s: %d %s", rows[i].target, exchange.status, exchange.body);
    exchange_end(&exchange);
  }
}

/* As many as a query string may have fields, and one more. */
static void test_many_items(void **state)
{
  struct fixture *fixture = *state;
  struct buffer target = {0};
  buffer_print(&target, "GET /echo/7?tags=0");
  for (int count = 2; count <= 65; count++) {
    struct exchange exchange;
    buffer_print(&target, "&tags=%d%c", count - 1, '\0');
    target.length--;
    exchange_send(fixture, &exchange, target.data, NULL, "");
    fixture_settle(fixture);
    assert_int_equal(exchange.status, count <= 64 ? 200 : 400);
    if (count == 64) assert_non_null(strstr(exchange.body, ",\"62\",\"63\"]"));
    exchange_end(&exchange);
  }
  buffer_deinit(&target);
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  fixture_open(fixture, files, sizeof files / sizeof *files, "");
  *state = fixture;
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_coercion, set_up, fixture_tear_down),
      cmocka_unit_test_setup_teardown(test_many_items, set_up, fixture_tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
