/* `api` of writ.json: what the OpenAPI document says of the app as a whole. */
#include "describe/openapi.h"
#include "config/reading.h"

void config_set_api(const struct config_reading *reading, const struct json *api,
                    struct config *config)
{
  config_set_text(reading, json_get(api, "title"), config->api.title, sizeof config->api.title);
  config_set_text(reading, json_get(api, "version"), config->api.version,
                  sizeof config->api.version);
  config_set_text(reading, json_get(api, "server"), config->api.server, sizeof config->api.server);
  config_set_text(reading, json_get(api, "description"), config->api.description,
                  sizeof config->api.description);
}

struct openapi_info config_openapi(const struct config *config)
{
  _Static_assert((int)CONFIG_WEBHOOKS_MAX <= (int)OPENAPI_SIGNERS_MAX, "each webhook has a place");
  _Static_assert((int)ISSUERS_MAX <= (int)OPENAPI_ISSUERS_MAX, "each issuer has a place");
  static const char *const headers[] = {
      [WEBHOOK_STRIPE] = "Stripe-Signature", [WEBHOOK_GITHUB] = "X-Hub-Signature-256"};
  struct openapi_info info = {.title = text_of(config->api.title),
                              .version = text_of(config->api.version),
                              .server = text_of(config->api.server),
                              .description = text_of(config->api.description),
                              .cookie = text_of(config->cookie_name),
                              .signer_count = config->webhook_count,
                              .issuer_count = config->issuer_count};
  for (size_t i = 0; i < config->issuer_count; i++)
    info.issuers[i] = text_of(config->issuers[i].issuer);
  for (size_t i = 0; i < config->webhook_count; i++) {
    info.signers[i].name = text_of(config->webhooks[i].name);
    info.signers[i].header = headers[config->webhooks[i].scheme];
  }
  return info;
}
