/* writ.json: what is wrong with it is said, and secrets of webhooks are read where it says. */
#include "config_app.h"

#include "http/policy.h"

#define ISSUER      "\"issuer\": \"https://id\", \"audience\": \"app\""
#define GOOD_ISSUER ISSUER ", \"keys_file\": \"k\", \"algorithms\": [\"RS256\", \"EdDSA\"]"

static void test_what_is_wrong_is_said(void **state)
{
  static const struct {
    const char *json, *said;
  } examples[] = {
      {"{", "writ.json:1:2: error: this is not JSON"},
      {"[]", "writ.json:1:1: error: must be an object"},
      {"{\"data\": \"d\",\n \"listn\": 1}",
       "writ.json:2:2: error: unknown keyword `listn`: did you mean"},
      {"{\"workers\": 0}", "`workers` must be at least 1"},
      {"{\"user\": \"a b\"}", "`user` must match"},
      {"{\"drain\": \"5m\"}", "`drain` must match"},
      {"{\"limits\": {\"connections\": 0}}", "`connections` must be at least 16"},
      {"{\"limits\": {\"head\": \"1MB\"}}", "`head` must match"},
      {"{\"limits\": {\"idle\": 60}}", "`idle` must be a string"},
      {"{\"limits\": {\"heads\": \"1KB\"}}", "unknown keyword `heads`"},
      {"{\"listen\": 8080}", "1:12: error: `listen` must be a string; got 8080: Host and port"},
      {"{\"listen\": \"8080\"}", "1:12: error: listen: \"8080\" must be host:port"},
      {"{\"listen\": \"h:65536\"}", "no port between 0 and 65535"},
      {"{\"data\": \"a\\u0000b\"}", "1:10: error: this must be text of at most 1023 bytes"},
      {"{\"api\": {\"version\": \"" LONG "\"}}", "this must be text of at most 99 bytes"},
      {"{\"api\": {\"title\": \"\"}}", "`title` must not be empty"},
      {"{\"session\": {\"lifetime\": \"30 days\"}}", "1:26: error: `lifetime` must match"},
      {"{\"session\": {\"lifetime\": \"999999999d\"}}", "this is too long"},
      {"{\"session\": {\"cookie\": \"a b\"}}", "`cookie` must match"},
      {"{\"database\": {\"synchronous\": \"off\"}}", "must be one of \"full\", \"normal\""},
      {"{\"passwords\": {\"memory\": \"7KB\"}}", "`memory` must be at least 8KB"},
      {"{\"passwords\": {\"at_once\": 0}}", "`at_once` must be at least 1"},
      {"{\"tls\": true}", "`tls` must be an object"},
      {"{\"tls\": {\"certificate\": \"c\"}}", "`key` is required"},
      {"{\"tls\": {\"key\": \"k\"}}", "`certificate` is required"},
      {"{\"tls\": {\"certificate\": \"c\", \"key\": \"\"}}", "`key` must not be empty"},
      {"{\"tls\": {\"certificate\": \"c\", \"key\": \"k\", \"ciphers\": 1}}",
       "unknown keyword `ciphers`"},
      {"{\"webhooks\": []}", "`webhooks` must be an object"},
      {"{\"webhooks\": {\"w\": 1}}", "`w` must be an object"},
      {"{\"webhooks\": {\"w\": {}}}", "`scheme` is required"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"x\", \"secret_env\": \"E\"}}}",
       "must be one of \"stripe\", \"github\""},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"stripe\"}}}", "nothing says where the secret is"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"stripe\", \"secret_env\": \"E\", \"secret_file\": "
       "\"f\"}}}",
       "1:20: error: the secret cannot be in two places"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"stripe\", \"secret_env\": \"E\", \"tolerance\": "
       "\"long\"}}}",
       "`tolerance` must match"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"github\", \"secret_env\": \"E\", \"tolerance\": "
       "\"5m\"}}}",
       "GitHub's signatures have no time: leave it out"},
      {"{\"webhooks\": {\"W\": {\"scheme\": \"github\", \"secret_env\": \"E\"}}}",
       "`W` has a name that must match"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"github\", \"secret\": \"in the clear\"}}}",
       "unknown keyword `secret`"},
      {"{\"jwt\": {}}", "`jwt` must be an array"},
      {"{\"jwt\": [{" ISSUER "}]}", "`keys_file` is required"},
      {"{\"jwt\": [{" ISSUER ", \"keys_file\": \"k\", \"algorithms\": []}]}",
       "`algorithms` must have"},
      {"{\"jwt\": [{" ISSUER ", \"keys_file\": \"k\", \"algorithms\": [\"none\"]}]}",
       "must be one of \"RS256\", \"ES256\", \"EdDSA\", \"HS256\""},
      {"{\"jwt\": [{" ISSUER ", \"keys_file\": \"\", \"algorithms\": [\"RS256\"]}]}",
       "`keys_file` must not be empty"},
      {"{\"jwt\": [{" GOOD_ISSUER ", \"leeway\": \"301s\"}]}",
       "error: `leeway` is too long: 5m at most"},
      {"{\"jwt\": [{" GOOD_ISSUER ", \"leeway\": \"1h\"}]}", "`leeway` must match"},
      {"{\"jwt\": [{" GOOD_ISSUER ", \"jku\": \"https://id\"}]}", "unknown keyword `jku`"},
      {"{\"jwt\": [{" GOOD_ISSUER "}, {" GOOD_ISSUER "}]}",
       "error: there are two entries for this issuer: leave one of them out"},
      {"{\"cors\": {}}", "`origins` is required"},
      {"{\"cors\": {\"origins\": []}}", "`origins` must have"},
      {"{\"cors\": {\"origins\": [\"https://a\",\n \"https://b/\"]}}",
       "writ.json:2:2: error: `https://b/` cannot be an origin: an origin has no path"},
      {"{\"cors\": {\"origins\": [\"null\"]}}",
       "1:23: error: `null` cannot be an origin: `null` is what sandboxed pages"},
      {"{\"cors\": {\"origins\": [\"https://a\", \"https://a\"]}}",
       "`origins` must not repeat an item"},
      {"{\"cors\": {\"origins\": [\"*\"], \"credentials\": true}}",
       "1:23: error: with `credentials`, `*` would let every page on the web act as whoever looks "
       "at it: list the origins, or leave `credentials` out"},
      {"{\"cors\": {\"origins\": [\"https://a\", \"*\"]}}",
       "1:22: error: `*` is all origins already: leave the others out"},
      {"{\"cors\": {\"origins\": [\"https://a\"], \"credentials\": true, \"headers\": [\"*\"]}}",
       "error: with `credentials`, browsers take `*` for a header's name: list the names"},
      {"{\"cors\": {\"origins\": [\"https://a\"], \"headers\": [\"X-A\\r\\nX-B\"]}}", "must match"},
      {"{\"cors\": {\"origins\": [\"https://a\"], \"max_age\": \"999999999d\"}}",
       "this is too long"},
      {"{\"cors\": {\"origins\": [\"https://a\"], \"methods\": [\"GET\"]}}",
       "unknown keyword `methods`"},
      {"{\"proxies\": {}}", "`trusted` is required"},
      {"{\"proxies\": {\"trusted\": [\"10.0.0.0/8\",\n \"10.0.0.1/8\"]}}",
       "writ.json:2:2: error: `10.0.0.1/8`: the bits after those that count must be 0: such as"},
      {"{\"proxies\": {\"trusted\": [\"proxy.example\"]}}",
       "error: `proxy.example`: a network is an IP address"},
      {"{\"proxies\": {\"trusted\": [\"::1\"], \"header\": \"x-real-ip\"}}",
       "must be one of \"x-forwarded-for\", \"forwarded\""},
      {"{\"hsts\": true}", "`hsts` must be an object"},
      {"{\"hsts\": {}}", "`max_age` is required"},
  };
  (void)state;
  struct app app;
  struct config config;
  app_begin(&app);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    char *said = read_json(&app, examples[i].json, &config);
    if (!strstr(said, examples[i].said)) fail_msg("%s: %s", examples[i].json, said);
    free(said);
  }
  app_end(&app);
}

static void test_limits(void **state)
{
  (void)state;
  struct app app;
  struct config config;
  struct server_limits defaults, limits;
  app_begin(&app);
  server_limits_default(&defaults);
  free(read_json(&app, "{\"drain\": \"7s\"}", &config));
  limits = config_server_limits(&config);
  assert_int_equal(limits.drain_ms, 7000);
  limits.drain_ms = defaults.drain_ms;
  assert_memory_equal(&limits, &defaults, sizeof limits);
  char *said = read_json(
      &app,
      "{\"limits\": {\"connections\": 101, \"per_address\": 102, \"requests\": 103, "
      "\"running\": 104, \"head\": \"5KB\", \"fields\": 106, \"target\": \"7KB\", "
      "\"first_byte_time\": \"108ms\", \"head_time\": \"109ms\", \"body_time\": \"110ms\", "
      "\"body_grace\": \"111ms\", \"body_rate\": 0, \"idle\": \"113ms\", "
      "\"reply_stall\": \"114ms\", \"reply_rate\": 115, \"linger\": \"116ms\"}}",
      &config);
  assert_string_equal(said, "");
  free(said);
  limits = config_server_limits(&config);
  const struct server_limits expected = {
      .head = {.head_bytes = 5 << 10, .fields = 106, .target_bytes = 7 << 10},
      .connections = 101,
      .connections_per_address = 102,
      .requests = 103,
      .running = 104,
      .first_ms = 108,
      .head_ms = 109,
      .body_ms = 110,
      .body_grace_ms = 111,
      .idle_ms = 113,
      .write_ms = 114,
      .write_rate = 115,
      .linger_ms = 116,
      .drain_ms = 20000,
      .tick_ms = defaults.tick_ms,
  };
  assert_memory_equal(&limits, &expected, sizeof limits);
  app_end(&app);
}

static void test_what_is_said_counts(void **state)
{
  (void)state;
  struct app app;
  struct config config;
  app_begin(&app);
  char *said = read_json(
      &app,
      "{\"listen\": \"[::1]:0\", \"data\": \"/d\", \"database\": {\"synchronous\": \"normal\"},"
      " \"session\": {\"lifetime\": \"2h\", \"idle\": \"5m\", \"cookie\": \"c\", \"secure\": "
      "false},"
      " \"audit\": {\"key_file\": \"/k\"}, \"openapi\": true, \"api\": {\"title\": \"T\"},"
      " \"passwords\": {\"memory\": \"8KB\", \"operations\": 1, \"at_once\": 2.0, \"queue\": 0}}",
      &config);
  assert_string_equal(said, "");
  free(said);
  assert_string_equal(config.listen_host, "::1");
  assert_int_equal(config.listen_port, 0);
  assert_string_equal(config.data, "/d");
  assert_true(config.relaxed_sync);
  assert_int_equal(config.session.lifetime_ms, 2 * 3600 * 1000);
  assert_int_equal(config.session.idle_ms, 5 * 60 * 1000);
  assert_string_equal(config.cookie_name, "c");
  assert_false(config.cookie_secure);
  assert_string_equal(config.audit_key_file, "/k");
  assert_true(config.openapi);
  assert_string_equal(config.api.title, "T");
  assert_string_equal(config.api.server, "/");
  assert_int_equal(config.password_cost.memory_bytes, 8 * 1024);
  assert_int_equal(config.password_cost.operations, 1);
  assert_int_equal(config.password_lane, 2);
  assert_int_equal(config.password_queue, 0);
  app_end(&app);
}

static void test_issuers(void **state)
{
  (void)state;
  struct app app;
  struct config config;
  char path[1024];
  app_begin(&app);
  char *said = read_json(&app,
                         "{\"jwt\": [{" GOOD_ISSUER "}, {\"issuer\": \"b\", \"audience\": \"app\","
                         " \"keys_file\": \"/k\", \"algorithms\": [\"HS256\"], \"leeway\": \"5m\","
                         " \"roles\": \"/a/b\", \"scopes\": \"scp\"}]}",
                         &config);
  assert_string_equal(said, "");
  free(said);
  assert_int_equal(config.issuer_count, 2);
  const struct config_issuer *one = &config.issuers[0], *two = &config.issuers[1];
  snprintf(path, sizeof path, "%s/k", app.folder);
  assert_string_equal(one->issuer, "https://id");
  assert_string_equal(one->audience, "app");
  assert_string_equal(one->keys_file, path);
  assert_int_equal(one->algorithms, 1U << JWT_RS256 | 1U << JWT_EDDSA);
  assert_int_equal(one->leeway_ms, 30000);
  assert_string_equal(one->roles, "");
  assert_string_equal(one->scopes, "scope");
  assert_string_equal(two->keys_file, "/k");
  assert_int_equal(two->algorithms, 1U << JWT_HS256);
  assert_int_equal(two->leeway_ms, 300000);
  assert_string_equal(two->roles, "/a/b");
  assert_string_equal(two->scopes, "scp");
  app_end(&app);
}

static int read_webhook(const struct config *config, struct arena *arena, struct webhook *webhook,
                        struct error *error)
{
  struct text lines;
  if (config_read_webhook(&config->webhooks[0], arena, &lines, error)) return -1;
  return config_make_webhook(&config->webhooks[0], lines, webhook, error);
}

static void test_browsers(void **state)
{
  (void)state;
  struct app app;
  struct config config;
  struct arena arena;
  app_begin(&app);
  arena_init(&arena, 1024);
  free(read_json(&app, "{}", &config));
  struct http_policy policy = config_http_policy(&config, &arena);
  assert_int_equal(policy.cors.origins.count, 0);
  assert_false(policy.cors.everybody);
  assert_int_equal(policy.hsts.length, 0);

  char *said = read_json(&app,
                         "{\"cors\": {\"origins\": [\"https://a.example\", "
                         "\"http://localhost:5173\"], \"credentials\": true,"
                         " \"headers\": [], \"expose\": [\"X-A\", \"X-B\"], \"max_age\": \"1h\"},"
                         " \"hsts\": {\"max_age\": \"365d\", \"subdomains\": true}}",
                         &config);
  assert_string_equal(said, "");
  free(said);
  policy = config_http_policy(&config, &arena);
  assert_int_equal(policy.cors.origins.count, 2);
  assert_true(text_is(policy.cors.origins.items[1], "http://localhost:5173"));
  assert_true(policy.cors.credentials);
  assert_true(text_is(policy.cors.headers, ""));
  assert_true(text_is(policy.cors.expose, "X-A, X-B"));
  assert_int_equal(policy.cors.max_age_s, 3600);
  assert_true(text_is(policy.hsts, "max-age=31536000; includeSubDomains"));
  assert_int_equal(config_trusted_origins(&config, &arena).count, 2);

  said = read_json(&app, "{\"cors\": {\"origins\": [\"http://a.example\"], \"credentials\": true}}",
                   &config);
  assert_non_null(strstr(said, "warning: whoever is between a browser and `http://a.example`"));
  free(said);
  policy = config_http_policy(&config, &arena);
  assert_true(text_is(policy.cors.headers, "Authorization, Content-Type, Idempotency-Key"));
  assert_int_equal(policy.cors.max_age_s, 600);

  free(read_json(&app, "{\"cors\": {\"origins\": [\"*\"]}, \"hsts\": {\"max_age\": \"1d\"}}",
                 &config));
  policy = config_http_policy(&config, &arena);
  assert_true(policy.cors.everybody);
  assert_int_equal(policy.cors.origins.count, 0);
  assert_int_equal(config_trusted_origins(&config, &arena).count, 0);
  assert_true(text_is(policy.hsts, "max-age=86400"));
  arena_deinit(&arena);
  app_end(&app);
}

static void test_proxies(void **state)
{
  (void)state;
  struct app app;
  struct config config;
  struct arena arena;
  app_begin(&app);
  arena_init(&arena, 1024);
  free(read_json(&app, "{}", &config));
  struct http_policy policy = config_http_policy(&config, &arena);
  assert_int_equal(policy.proxies.count, 0);
  assert_false(policy.proxies.local);
  char *said = read_json(&app,
                         "{\"proxies\": {\"trusted\": [\"10.0.0.0/8\", \"unix\", \"::1\"],"
                         " \"header\": \"forwarded\"}}",
                         &config);
  assert_string_equal(said, "");
  free(said);
  policy = config_http_policy(&config, &arena);
  assert_int_equal(policy.proxies.count, 2);
  assert_int_equal(policy.proxies.trusted[0].bits, 104);
  assert_true(policy.proxies.local);
  assert_int_equal(policy.proxies.header, FORWARDED_STANDARD);
  said = read_json(&app, "{\"proxies\": {\"trusted\": [\"::/0\"]}}", &config);
  assert_non_null(strstr(said, "1:26: warning: whoever connects may say"));
  free(said);
  policy = config_http_policy(&config, &arena);
  assert_int_equal(policy.proxies.header, FORWARDED_X);
  arena_deinit(&arena);
  app_end(&app);
}

static int secrets_of(struct app *app, const char *file, struct arena *arena,
                      struct webhook *webhooks, struct error *error)
{
  struct config config;
  if (file) app_write(app, "w.secret", file);
  *error = (struct error){0};
  free(read_json(app,
                 "{\"webhooks\": {\"w\": {\"scheme\": \"github\", \"secret_file\": \"w.secret\"}}}",
                 &config));
  return read_webhook(&config, arena, webhooks, error);
}

static void test_secrets(void **state)
{
  static const struct {
    const char *file, *said;
  } wrong[] = {
      {NULL, "w.secret"},
      {"", "webhooks.w: its secret is empty"},
      {"\n \n", "webhooks.w: its secret is empty"},
      {"short", "webhooks.w: a secret of 5 characters can be guessed"},
      {"0123456789abcdef\n1123456789abcdef\n2123456789abcdef\n3123456789abcdef\n4123456789abcdef\n",
       "webhooks.w: there are more than 4 secrets"},
  };
  (void)state;
  struct app app;
  struct arena arena;
  struct webhook webhooks[1];
  struct error error;
  app_begin(&app);
  arena_init(&arena, 1024);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(secrets_of(&app, wrong[i].file, &arena, webhooks, &error), -1);
    if (!strstr(error.message, wrong[i].said)) fail_msg("%zu: %s", i, error.message);
  }
  if (secrets_of(&app, "\n0123456789abcdef\r\n  1123456789abcdef", &arena, webhooks, &error))
    fail_msg("%s", error.message);
  assert_int_equal(webhooks[0].secret_count, 2);
  assert_true(text_is(webhooks[0].secrets[0], "0123456789abcdef"));
  assert_true(text_is(webhooks[0].secrets[1], "1123456789abcdef"));
  arena_deinit(&arena);
  app_end(&app);
}

static void test_secret_of_the_environment(void **state)
{
  (void)state;
  struct app app;
  struct arena arena;
  struct webhook webhooks[1];
  struct config config;
  struct error error = {0};
  app_begin(&app);
  arena_init(&arena, 1024);
  free(read_json(
      &app,
      "{\"webhooks\": {\"w\": {\"scheme\": \"stripe\", \"secret_env\": \"WRIT_TEST_SECRET\"}}}",
      &config));
  assert_int_equal(config.webhooks[0].tolerance_ms, 300000);
  unsetenv("WRIT_TEST_SECRET");
  assert_int_equal(read_webhook(&config, &arena, webhooks, &error), -1);
  assert_string_equal(error.message,
                      "writ.json: webhooks.w needs its secret: set WRIT_TEST_SECRET");
  setenv("WRIT_TEST_SECRET", "0123456789abcdef", 1);
  error_clear(&error);
  assert_int_equal(read_webhook(&config, &arena, webhooks, &error), 0);
  assert_true(text_is(webhooks[0].secrets[0], "0123456789abcdef"));
  arena_deinit(&arena);
  app_end(&app);
}

/* Renewed certificates lie behind symbolic links. */
static void test_tls_files(void **state)
{
  (void)state;
  struct app app;
  struct arena arena;
  struct config config;
  struct error error = {0};
  struct text certificate = TEXT("x"), key = TEXT("x");
  char target[512], link[512];
  app_begin(&app);
  arena_init(&arena, 1024);
  free(read_json(&app, "{}", &config));
  assert_int_equal(config_read_tls(&config, &arena, &certificate, &key, &error), 0);
  assert_int_equal(certificate.length + key.length, 0);

  char *said =
      read_json(&app, "{\"tls\": {\"certificate\": \"c.pem\", \"key\": \"k.pem\"}}", &config);
  assert_string_equal(said, "");
  free(said);
  assert_int_equal(config_read_tls(&config, &arena, &certificate, &key, &error), -1);
  assert_non_null(strstr(error.message, "writ.json: tls.certificate: "));
  assert_non_null(strstr(error.message, "/c.pem: No such file"));
  error_clear(&error);

  app_write(&app, "archive/c2.pem", "certificate");
  snprintf(target, sizeof target, "%s/archive/c2.pem", app.folder);
  snprintf(link, sizeof link, "%s/c.pem", app.folder);
  assert_int_equal(symlink(target, link), 0);
  assert_int_equal(config_read_tls(&config, &arena, &certificate, &key, &error), -1);
  assert_non_null(strstr(error.message, "writ.json: tls.key: "));
  error_clear(&error);

  app_write(&app, "k.pem", "key");
  assert_int_equal(config_read_tls(&config, &arena, &certificate, &key, &error), 0);
  assert_true(text_is(certificate, "certificate"));
  assert_true(text_is(key, "key"));

  unlink(link);
  symlink("/dev/zero", link);
  assert_int_equal(config_read_tls(&config, &arena, &certificate, &key, &error), -1);
  assert_non_null(strstr(error.message, "not a regular file"));
  unlink(link);
  arena_deinit(&arena);
  app_end(&app);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_wrong_is_said),
      cmocka_unit_test(test_what_is_said_counts),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_issuers),
      cmocka_unit_test(test_browsers),
      cmocka_unit_test(test_proxies),
      cmocka_unit_test(test_secrets),
      cmocka_unit_test(test_secret_of_the_environment),
      cmocka_unit_test(test_tls_files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
