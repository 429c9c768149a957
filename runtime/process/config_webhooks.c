/* `webhooks` of writ.json, and their secrets. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/units.h"
#include "process/config.h"

enum { TOLERANCE_DEFAULT_MS = 5 * 60 * 1000, SECRET_FILE_MAX_BYTES = 4096, SECRET_MIN_BYTES = 16 };

static bool is_name(const char *name)
{
  return name[0] >= 'a' && name[0] <= 'z' &&
         name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == 0;
}

static int set_scheme(struct config_webhook *webhook, const char *scheme, const char *tolerance,
                      struct error *error)
{
  bool stripe = !strcmp(scheme, "stripe");
  if (!stripe && strcmp(scheme, "github"))
    return error_set(error,
                     "writ.json: webhooks.%s.scheme: \"%s\" must be \"stripe\" or \"github\"",
                     webhook->name, scheme);
  webhook->scheme = stripe ? WEBHOOK_STRIPE : WEBHOOK_GITHUB;
  webhook->tolerance_ms = TOLERANCE_DEFAULT_MS;
  if (!tolerance) return 0;
  if (!stripe)
    return error_set(error, "writ.json: webhooks.%s.tolerance: GitHub's signatures have no time",
                     webhook->name);
  if (!units_duration_ms(text_of(tolerance), &webhook->tolerance_ms))
    return error_set(error,
                     "writ.json: webhooks.%s.tolerance: \"%s\" must be a duration such as 5m",
                     webhook->name, tolerance);
  return 0;
}

static int set_secret(struct config_webhook *webhook, const char *app_folder, const char *file,
                      const char *env, struct error *error)
{
  if (!file == !env)
    return error_set(error,
                     "writ.json: webhooks.%s: say where the secret is, either \"secret_file\" or "
                     "\"secret_env\"",
                     webhook->name);
  if (env && strlen(env) >= sizeof webhook->secret_env)
    return error_set(error, "writ.json: webhooks.%s.secret_env: the name is too long",
                     webhook->name);
  snprintf(webhook->secret_env, sizeof webhook->secret_env, "%s", env ? env : "");
  if (!file) return 0;
  return config_set_path(webhook->secret_file, sizeof webhook->secret_file, app_folder, file,
                         error);
}

static int set_webhook(json_t *json, const char *name, const char *app_folder,
                       struct config_webhook *webhook, struct error *error)
{
  const char *scheme = NULL, *file = NULL, *env = NULL, *tolerance = NULL;
  json_error_t wrong;
  if (!is_name(name) || strlen(name) >= sizeof webhook->name)
    return error_set(
        error, "writ.json: webhooks: \"%s\" must be lower-case letters, digits, _ and -", name);
  memcpy(webhook->name, name, strlen(name) + 1);
  if (json_unpack_ex(json, &wrong, JSON_STRICT, "{s:s, s?s, s?s, s?s}", "scheme", &scheme,
                     "secret_file", &file, "secret_env", &env, "tolerance", &tolerance))
    return error_set(error, "writ.json: webhooks.%s: %s", name, wrong.text);
  if (set_scheme(webhook, scheme, tolerance, error)) return -1;
  return set_secret(webhook, app_folder, file, env, error);
}

int config_set_webhooks(json_t *json, const char *app_folder, struct config *config,
                        struct error *error)
{
  const char *name;
  json_t *value;
  if (!json_is_object(json)) return error_set(error, "writ.json: webhooks must be an object");
  json_object_foreach(json, name, value)
  {
    if (config->webhook_count == CONFIG_WEBHOOKS_MAX)
      return error_set(error, "writ.json: webhooks: there are more than %d", CONFIG_WEBHOOKS_MAX);
    struct config_webhook *webhook = &config->webhooks[config->webhook_count++];
    if (set_webhook(value, name, app_folder, webhook, error)) return -1;
  }
  return 0;
}

static int read_secret(const struct config_webhook *from, struct arena *arena, struct text *secret,
                       struct error *error)
{
  if (from->secret_file[0])
    return file_read(arena, from->secret_file, SECRET_FILE_MAX_BYTES, secret, error);
  const char *value = getenv(from->secret_env);
  if (!value)
    return error_set(error, "webhooks.%s needs its secret: set %s", from->name, from->secret_env);
  *secret = arena_copy(arena, text_of(value));
  return 0;
}

/* One secret a line. */
static int split_secrets(struct text lines, struct webhook *webhook, struct error *error)
{
  struct text line;
  while (text_split(&lines, '\n', &line)) {
    line = text_trim(line);
    if (line.length == 0) continue;
    if (line.length < SECRET_MIN_BYTES)
      return error_set(error, "webhooks.%s: a secret of %zu characters can be guessed; %d at least",
                       webhook->name, line.length, SECRET_MIN_BYTES);
    if (webhook->secret_count == WEBHOOK_SECRETS_MAX)
      return error_set(error, "webhooks.%s: there are more than %d secrets", webhook->name,
                       WEBHOOK_SECRETS_MAX);
    webhook->secrets[webhook->secret_count++] = line;
  }
  if (webhook->secret_count > 0) return 0;
  return error_set(error, "webhooks.%s: its secret is empty", webhook->name);
}

int config_webhook_secrets(const struct config *config, struct arena *arena,
                           struct webhook **webhooks, struct error *error)
{
  *webhooks = arena_new_array(arena, config->webhook_count + 1, sizeof **webhooks);
  for (size_t i = 0; i < config->webhook_count; i++) {
    const struct config_webhook *from = &config->webhooks[i];
    struct webhook *webhook = &(*webhooks)[i];
    struct text lines;
    *webhook = (struct webhook){
        .name = from->name, .scheme = from->scheme, .tolerance_ms = from->tolerance_ms};
    if (read_secret(from, arena, &lines, error) || split_secrets(lines, webhook, error)) return -1;
  }
  return 0;
}
