/* `webhooks` of writ.json, and their secrets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/units.h"
#include "config/reading.h"

enum { TOLERANCE_DEFAULT_MS = 5 * 60 * 1000, SECRET_FILE_MAX_BYTES = 4096, SECRET_MIN_BYTES = 16 };

static void refuse(const struct config_reading *reading, const struct json *at, const char *help,
                   const char *what)
{
  report_error(reading->report, FINDING_WEBHOOK_SECRET, reading->source, at->offset, help, "%s",
               what);
}

static void set_webhook(const struct config_reading *reading, const struct json *json,
                        struct config_webhook *webhook)
{
  const struct json *scheme = json_get(json, "scheme"), *tolerance = json_get(json, "tolerance");
  const struct json *file = json_get(json, "secret_file"), *env = json_get(json, "secret_env");
  webhook->scheme = json_is_string(scheme, "stripe") ? WEBHOOK_STRIPE : WEBHOOK_GITHUB;
  webhook->tolerance_ms = TOLERANCE_DEFAULT_MS;
  config_set_duration(reading, tolerance, &webhook->tolerance_ms);
  if (tolerance && webhook->scheme == WEBHOOK_GITHUB)
    refuse(reading, tolerance, "leave it out", "GitHub's signatures have no time");
  if (!file == !env)
    refuse(reading, json, "say one of `secret_file` and `secret_env`",
           file ? "the secret cannot be in two places" : "nothing says where the secret is");
  config_set_path(reading, file, webhook->secret_file, sizeof webhook->secret_file);
  config_set_text(reading, env, webhook->secret_env, sizeof webhook->secret_env);
}

void config_set_webhooks(const struct config_reading *reading, const struct json *webhooks,
                         struct config *config)
{
  for (uint32_t i = 0; webhooks && i < webhooks->length; i++) {
    const struct json_member *member = &webhooks->members[i];
    if (config->webhook_count == CONFIG_WEBHOOKS_MAX) return; /* the description has this limit */
    struct config_webhook *webhook = &config->webhooks[config->webhook_count++];
    config_set_text(reading, &member->key, webhook->name, sizeof webhook->name);
    set_webhook(reading, &member->value, webhook);
  }
}

int config_read_webhook(const struct config_webhook *from, struct arena *arena, struct text *lines,
                        struct error *error)
{
  if (from->secret_file[0])
    return file_read(arena, from->secret_file, SECRET_FILE_MAX_BYTES, lines, error);
  const char *value = getenv(from->secret_env);
  if (!value)
    return error_set(error, "writ.json: webhooks.%s needs its secret: set %s", from->name,
                     from->secret_env);
  *lines = arena_copy(arena, text_of(value));
  return 0;
}

int config_make_webhook(const struct config_webhook *from, struct text lines,
                        struct webhook *webhook, struct error *error)
{
  struct text line;
  *webhook = (struct webhook){
      .name = from->name, .scheme = from->scheme, .tolerance_ms = from->tolerance_ms};
  while (text_split(&lines, '\n', &line)) {
    line = text_trim(line);
    if (line.length == 0) continue;
    if (line.length < SECRET_MIN_BYTES)
      return error_set(
          error,
          "writ.json: webhooks.%s: a secret of %zu characters can be guessed: it must have "
          "%d at least",
          from->name, line.length, SECRET_MIN_BYTES);
    if (webhook->secret_count == WEBHOOK_SECRETS_MAX)
      return error_set(error, "writ.json: webhooks.%s: there are more than %d secrets", from->name,
                       WEBHOOK_SECRETS_MAX);
    webhook->secrets[webhook->secret_count++] = line;
  }
  if (webhook->secret_count > 0) return 0;
  return error_set(error, "writ.json: webhooks.%s: its secret is empty", from->name);
}
