/* What writ.json says of processes: how many, whose rights, when they are replaced. */
#include "config/reading.h"

void config_set_processes(const struct config_reading *reading, const struct json *root,
                          struct config *config)
{
  const struct json *reload = json_get(root, "reload"), *watch = json_get(reload, "watch");
  config_set_number(json_get(root, "workers"), &config->workers);
  config_set_text(reading, json_get(root, "user"), config->user, sizeof config->user);
  if (watch) config->watch = watch->boolean;
  config_set_duration(reading, json_get(reload, "settle"), &config->settle_ms);
  config_set_duration(reading, json_get(root, "drain"), &config->drain_ms);
  config_set_duration(reading, json_get(root, "hang"), &config->hang_ms);
}
