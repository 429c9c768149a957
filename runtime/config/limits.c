/* What writ.json says of the HTTP server's limits. */
#include "base/units.h"
#include "config/reading.h"

static void set_count(const struct json *value, size_t *count)
{
  uint32_t number;
  if (!value) return;
  config_set_number(value, &number);
  *count = number;
}

static void set_time(const struct config_reading *reading, const struct json *value, uint64_t *ms)
{
  int64_t duration = (int64_t)*ms;
  config_set_duration(reading, value, &duration);
  *ms = (uint64_t)duration;
}

/* A length with its unit, which the schema keeps below 10 MB. */
static void set_size(const struct json *value, size_t *bytes)
{
  uint32_t size;
  if (value && units_bytes(json_text(value), &size)) *bytes = size;
}

void config_set_limits(const struct config_reading *reading, const struct json *limits,
                       struct config *config)
{
  struct server_limits *out = &config->limits;
  set_count(json_get(limits, "connections"), &out->connections);
  set_count(json_get(limits, "per_address"), &out->connections_per_address);
  set_count(json_get(limits, "requests"), &out->requests);
  set_count(json_get(limits, "running"), &out->running);
  set_size(json_get(limits, "head"), &out->head.head_bytes);
  set_count(json_get(limits, "fields"), &out->head.fields);
  set_size(json_get(limits, "target"), &out->head.target_bytes);
  set_time(reading, json_get(limits, "first_byte_time"), &out->first_ms);
  set_time(reading, json_get(limits, "head_time"), &out->head_ms);
  set_time(reading, json_get(limits, "body_time"), &out->body_ms);
  set_time(reading, json_get(limits, "body_grace"), &out->body_grace_ms);
  set_count(json_get(limits, "body_rate"), &out->body_rate);
  set_time(reading, json_get(limits, "idle"), &out->idle_ms);
  set_time(reading, json_get(limits, "reply_stall"), &out->write_ms);
  set_count(json_get(limits, "reply_rate"), &out->write_rate);
  set_time(reading, json_get(limits, "linger"), &out->linger_ms);
}

/* How many connections there may be by default is for the process to find out that has them. */
void config_limits_default(struct config *config)
{
  server_limits_default(&config->limits);
  config->limits.connections = 0;
}

struct server_limits config_server_limits(const struct config *config)
{
  struct server_limits limits = config->limits, defaults;
  server_limits_default(&defaults);
  if (limits.connections == 0) limits.connections = defaults.connections;
  limits.drain_ms = (uint64_t)config->drain_ms;
  return limits;
}
