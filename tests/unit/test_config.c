/* writ.json: what is wrong with it is said, and secrets of webhooks are read where it says. */
#include "temporary_app.h"

#include <stdlib.h>

#include "process/config.h"

static void read_json(struct app *app, const char *json, struct config *config, struct error *error)
{
  struct source_tree sources;
  struct report report;
  *error = (struct error){0};
  app_write(app, "writ.json", json);
  report_init(&report);
  source_tree_read(&sources, app->folder, &report);
  int result = config_read(&sources, config, error);
  assert_int_equal(result != 0, error->message[0] != 0);
  source_tree_free(&sources);
  report_deinit(&report);
}

static void test_what_is_wrong_is_said(void **state)
{
  static const struct {
    const char *json, *said;
  } examples[] = {
      {"{\"webhooks\": []}", "webhooks must be an object"},
      {"{\"webhooks\": {\"w\": 1}}", "webhooks.w: Expected object"},
      {"{\"webhooks\": {\"w\": {}}}", "webhooks.w: Object item not found: scheme"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"x\", \"secret_env\": \"E\"}}}",
       "webhooks.w.scheme: \"x\" must be \"stripe\" or \"github\""},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"stripe\"}}}", "say where the secret is"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"stripe\", \"secret_env\": \"E\", \"secret_file\": "
       "\"f\"}}}",
       "say where the secret is, either"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"stripe\", \"secret_env\": \"E\", \"tolerance\": "
       "\"long\"}}}",
       "webhooks.w.tolerance: \"long\" must be a duration"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"github\", \"secret_env\": \"E\", \"tolerance\": "
       "\"5m\"}}}",
       "webhooks.w.tolerance: GitHub's signatures have no time"},
      {"{\"webhooks\": {\"W\": {\"scheme\": \"github\", \"secret_env\": \"E\"}}}",
       "\"W\" must be lower-case letters"},
      {"{\"webhooks\": {\"w\": {\"scheme\": \"github\", \"secret\": \"in the clear\"}}}",
       "webhooks.w: "},
  };
  (void)state;
  struct app app;
  struct config config;
  struct error error;
  app_begin(&app);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    read_json(&app, examples[i].json, &config, &error);
    if (!strstr(error.message, examples[i].said))
      fail_msg("%s: %s", examples[i].json, error.message);
  }
  app_end(&app);
}

static int secrets_of(struct app *app, const char *file, struct arena *arena,
                      struct webhook **webhooks, struct error *error)
{
  struct config config;
  if (file) app_write(app, "w.secret", file);
  read_json(app, "{\"webhooks\": {\"w\": {\"scheme\": \"github\", \"secret_file\": \"w.secret\"}}}",
            &config, error);
  return config_webhook_secrets(&config, arena, webhooks, error);
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
  struct webhook *webhooks;
  struct error error;
  app_begin(&app);
  arena_init(&arena, 1024);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(secrets_of(&app, wrong[i].file, &arena, &webhooks, &error), -1);
    if (!strstr(error.message, wrong[i].said)) fail_msg("%zu: %s", i, error.message);
  }
  if (secrets_of(&app, "\n0123456789abcdef\r\n  1123456789abcdef", &arena, &webhooks, &error))
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
  struct webhook *webhooks;
  struct config config;
  struct error error;
  app_begin(&app);
  arena_init(&arena, 1024);
  read_json(
      &app,
      "{\"webhooks\": {\"w\": {\"scheme\": \"stripe\", \"secret_env\": \"WRIT_TEST_SECRET\"}}}",
      &config, &error);
  assert_int_equal(config.webhooks[0].tolerance_ms, 300000);
  unsetenv("WRIT_TEST_SECRET");
  assert_int_equal(config_webhook_secrets(&config, &arena, &webhooks, &error), -1);
  assert_string_equal(error.message, "webhooks.w needs its secret: set WRIT_TEST_SECRET");
  setenv("WRIT_TEST_SECRET", "0123456789abcdef", 1);
  assert_int_equal(config_webhook_secrets(&config, &arena, &webhooks, &error), 0);
  assert_true(text_is(webhooks[0].secrets[0], "0123456789abcdef"));
  arena_deinit(&arena);
  app_end(&app);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_wrong_is_said),
      cmocka_unit_test(test_secrets),
      cmocka_unit_test(test_secret_of_the_environment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
