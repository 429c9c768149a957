/* `jwt` of writ.json: the identity providers, and their keys. */
#include <string.h>

#include "config/reading.h"

enum { LEEWAY_DEFAULT_MS = 30 * 1000, LEEWAY_MAX_MS = 5 * 60 * 1000 };

static void set_algorithms(const struct json *names, struct config_issuer *issuer)
{
  enum jwt_algorithm algorithm;
  for (uint32_t i = 0; i < names->length; i++)
    if (jwt_algorithm_find(json_text(&names->items[i]), &algorithm))
      issuer->algorithms |= 1U << algorithm;
}

static void set_leeway(const struct config_reading *reading, const struct json *leeway,
                       struct config_issuer *issuer)
{
  issuer->leeway_ms = LEEWAY_DEFAULT_MS;
  config_set_duration(reading, leeway, &issuer->leeway_ms);
  if (issuer->leeway_ms > LEEWAY_MAX_MS)
    report_error(reading->report, FINDING_JWT_LEEWAY, reading->source, leeway->offset,
                 "5m at most: set the clocks right instead", "`leeway` is too long");
}

static bool is_named(const struct config *config, const char *issuer)
{
  for (size_t i = 0; i < config->issuer_count; i++)
    if (strcmp(config->issuers[i].issuer, issuer) == 0) return true;
  return false;
}

void config_set_issuers(const struct config_reading *reading, const struct json *issuers,
                        struct config *config)
{
  for (uint32_t i = 0; issuers && i < issuers->length; i++) {
    const struct json *json = &issuers->items[i], *name = json_get(json, "issuer");
    if (config->issuer_count == ISSUERS_MAX) return; /* the description has this limit */
    struct config_issuer issuer = {.scopes = "scope"};
    config_set_text(reading, name, issuer.issuer, sizeof issuer.issuer);
    config_set_text(reading, json_get(json, "audience"), issuer.audience, sizeof issuer.audience);
    config_set_text(reading, json_get(json, "roles"), issuer.roles, sizeof issuer.roles);
    config_set_text(reading, json_get(json, "scopes"), issuer.scopes, sizeof issuer.scopes);
    config_set_path(reading, json_get(json, "keys_file"), issuer.keys_file,
                    sizeof issuer.keys_file);
    set_algorithms(json_get(json, "algorithms"), &issuer);
    set_leeway(reading, json_get(json, "leeway"), &issuer);
    if (is_named(config, issuer.issuer))
      report_error(reading->report, FINDING_JWT_ISSUER_TWICE, reading->source, name->offset,
                   "leave one of them out", "there are two entries for this issuer");
    config->issuers[config->issuer_count++] = issuer;
  }
}

int config_open_issuers(const struct config *config, const struct text *keys,
                        struct issuers **issuers, struct report *report)
{
  struct jwt_issuer about[ISSUERS_MAX];
  struct source sources[ISSUERS_MAX];
  for (size_t i = 0; i < config->issuer_count; i++) {
    const struct config_issuer *from = &config->issuers[i];
    about[i] = (struct jwt_issuer){.issuer = text_of(from->issuer),
                                   .audience = text_of(from->audience),
                                   .algorithms = from->algorithms,
                                   .leeway_ms = from->leeway_ms,
                                   .roles = text_of(from->roles),
                                   .scopes = text_of(from->scopes)};
    sources[i] = (struct source){.path = from->keys_file, .text = keys[i]};
  }
  return issuers_open(about, sources, config->issuer_count, issuers, report);
}
