/* `proxies` of writ.json: who may say for whom they ask. */
#include <string.h>

#include "config/reading.h"

static void add_proxy(const struct config_reading *reading, const struct json *item,
                      struct config *config)
{
  struct text name = json_text(item);
  struct network *network = &config->proxies[config->proxy_count];
  if (text_is(name, "unix")) {
    config->local_proxies = true;
    return;
  }
  const char *problem = network_parse(name, network);
  if (problem) {
    report_error(reading->report, FINDING_PROXY_ADDRESS, reading->source, item->offset,
                 "such as 10.0.0.0/8, ::1, or unix for whoever comes by a unix socket",
                 "`%.*s`: %s", TEXT_ARGS(name), problem);
    return;
  }
  if (network->bits == (network->v4 ? 96 : 0))
    report_warning(reading->report, FINDING_PROXY_ANYBODY, reading->source, item->offset,
                   "list the proxies only", "whoever connects may say that they are somebody else");
  config->proxy_count++; /* the description has this limit */
}

void config_set_proxies(const struct config_reading *reading, const struct json *proxies,
                        struct config *config)
{
  const struct json *trusted = json_get(proxies, "trusted");
  for (uint32_t i = 0; trusted && i < trusted->length && i < CONFIG_PROXIES_MAX; i++)
    add_proxy(reading, &trusted->items[i], config);
  if (json_is_string(json_get(proxies, "header"), "forwarded"))
    config->forwarded_header = FORWARDED_STANDARD;
}
