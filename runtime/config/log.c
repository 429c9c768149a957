/* `log` of writ.json: what is said of requests, and of the server. */
#include "config/reading.h"

void config_set_log(const struct json *json, struct config *config)
{
  static const char *const levels[] = {
      [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};
  const struct json *access = json_get(json, "access"), *level = json_get(json, "level");
  config->access_log = access ? access->boolean : true;
  config->log_level = LOG_INFO;
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (json_is_string(level, levels[i])) config->log_level = (enum log_level)i;
}
