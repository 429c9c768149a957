/* `admin` of writ.json: where it listens, and by which token others may read it. */
#include "config_app.h"

static void test_what_is_wrong_is_said(void **state)
{
  static const struct {
    const char *json, *said;
  } examples[] = {
      {"{\"admin\": true}", "`admin` must be an object"},
      {"{\"admin\": {\"port\": 1}}", "unknown keyword `port`"},
      {"{\"admin\": {\"listen\": \"9180\"}}", "1:22: error: listen: \"9180\" must be host:port"},
      {"{\"admin\": {\"listen\": \"localhost:9180\"}}", "`listen` must be a numeric address here"},
      {"{\"admin\": {\"listen\": \"127.evil.example:1\"}}", "`listen` must be a numeric address"},
      {"{\"admin\": {\"listen\": \"unix:a.sock\"}}", "the socket's path must be absolute"},
      {"{\"admin\": {\"listen\": \"unix:/" LONG TEN "\"}}", "the socket's path is too long"},
      {"{\"admin\": {\"listen\": \"unix:/" LONG LONG "\"}}", "the socket's path is too long"},
      {"{\"admin\": {\"listen\": \"0.0.0.0:9180\"}}",
       "1:11: error: others can reach it, and nothing keeps them from reading it: say "
       "`token_file`"},
      {"{\"admin\": {\"listen\": \"[::]:9180\"}}", "others can reach it"},
      {"{\"admin\": {\"hosts\": [\"a b\"]}}", "must match"},
      {"{\"admin\": {\"hosts\": [\"a:80\"]}}", "must match"},
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

static const struct config_admin *admin_of(struct app *app, const char *json, struct config *config)
{
  char *said = read_json(app, json, config);
  assert_string_equal(said, "");
  free(said);
  return &config->admin;
}

static void test_admin_listener(void **state)
{
  (void)state;
  struct app app;
  struct config config;
  char path[1024];
  app_begin(&app);
  assert_false(admin_of(&app, "{}", &config)->enabled);
  const struct config_admin *admin = admin_of(&app, "{\"admin\": {}}", &config);
  assert_true(admin->enabled);
  assert_string_equal(admin->listen_host, "127.0.0.1");
  assert_int_equal(admin->listen_port, 9180);
  assert_string_equal(admin->token_file, "");
  assert_int_equal(admin->host_count, 0);
  admin = admin_of(&app, "{\"admin\": {\"listen\": \"[::1]:0\"}}", &config);
  assert_string_equal(admin->listen_host, "::1");
  assert_int_equal(admin->listen_port, 0);
  admin = admin_of(&app, "{\"admin\": {\"listen\": \"unix:/run/a:9.sock\"}}", &config);
  assert_string_equal(admin->listen_host, "unix:/run/a:9.sock");
  assert_int_equal(admin->listen_port, 0);
  admin = admin_of(&app,
                   "{\"admin\": {\"listen\": \"0.0.0.0:1\", \"token_file\": \"t\","
                   " \"hosts\": [\"writ.internal\", \"[fd00::1]\"]}}",
                   &config);
  snprintf(path, sizeof path, "%s/t", app.folder);
  assert_string_equal(admin->listen_host, "0.0.0.0");
  assert_string_equal(admin->token_file, path);
  assert_int_equal(admin->host_count, 2);
  assert_string_equal(admin->hosts[0], "writ.internal");
  assert_string_equal(admin->hosts[1], "[fd00::1]");
  app_end(&app);
}

static void test_admin_token(void **state)
{
  static const struct {
    const char *file, *token, *said; /* one of the two */
  } files[] = {
      {"0123456789abcdef\n", "0123456789abcdef", NULL},
      {"  0123456789abcdef-._~+/=", "0123456789abcdef-._~+/=", NULL},
      {"", NULL, "a token of 0 characters can be guessed"},
      {"0123456789abcde\n", NULL, "a token of 15 characters can be guessed"},
      {"0123456789abcdef\n0123456789abcdef\n", NULL, "must hold one token"},
      {"0123456789abcdef 0", NULL, "must hold one token"},
      {"0123456789abcdef\x80", NULL, "must hold one token"},
  };
  static const char json[] = "{\"admin\": {\"token_file\": \"admin.token\"}}";
  (void)state;
  struct app app;
  struct arena arena;
  struct config config;
  struct text token;
  struct error error = {0};
  app_begin(&app);
  arena_init(&arena, 1024);
  admin_of(&app, "{\"admin\": {}}", &config);
  assert_int_equal(config_admin_token(&config, &arena, &token, &error), 0);
  assert_int_equal(token.length, 0);
  admin_of(&app, json, &config);
  assert_int_equal(config_admin_token(&config, &arena, &token, &error), -1);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    error_clear(&error);
    app_write(&app, "admin.token", files[i].file);
    int result = config_admin_token(&config, &arena, &token, &error);
    assert_int_equal(result, files[i].token ? 0 : -1);
    if (files[i].token ? !text_is(token, files[i].token) : !strstr(error.message, files[i].said))
      fail_msg("%s: %s", files[i].file, error.message);
  }
  arena_deinit(&arena);
  app_end(&app);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_wrong_is_said),
      cmocka_unit_test(test_admin_listener),
      cmocka_unit_test(test_admin_token),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
