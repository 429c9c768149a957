/* `api` of writ.json: what the OpenAPI document says of the app as a whole. */
#include <jansson.h>
#include <string.h>

#include "describe/openapi.h"
#include "process/config.h"

static int set_text(char *out, size_t size, const char *name, const char *text, struct error *error)
{
  if (!text) return 0;
  size_t length = strlen(text);
  if (length == 0 || length >= size)
    return error_set(error, "writ.json: api.%s: must have 1 to %zu bytes", name, size - 1);
  memcpy(out, text, length + 1);
  return 0;
}

int config_set_api(json_t *api, struct config *config, struct error *error)
{
  const char *title = NULL, *version = NULL, *server = NULL, *description = NULL;
  json_error_t wrong;
  if (json_unpack_ex(api, &wrong, JSON_STRICT, "{s?s, s?s, s?s, s?s}", "title", &title, "version",
                     &version, "server", &server, "description", &description))
    return error_set(error, "writ.json: api: %s", wrong.text);
  if (set_text(config->api.title, sizeof config->api.title, "title", title, error) ||
      set_text(config->api.version, sizeof config->api.version, "version", version, error) ||
      set_text(config->api.server, sizeof config->api.server, "server", server, error))
    return -1;
  return set_text(config->api.description, sizeof config->api.description, "description",
                  description, error);
}

struct openapi_info config_openapi(const struct config *config)
{
  _Static_assert((int)CONFIG_WEBHOOKS_MAX <= (int)OPENAPI_SIGNERS_MAX, "each webhook has a place");
  static const char *const headers[] = {
      [WEBHOOK_STRIPE] = "Stripe-Signature", [WEBHOOK_GITHUB] = "X-Hub-Signature-256"};
  struct openapi_info info = {.title = text_of(config->api.title),
                              .version = text_of(config->api.version),
                              .server = text_of(config->api.server),
                              .description = text_of(config->api.description),
                              .cookie = text_of(config->cookie_name),
                              .signer_count = config->webhook_count};
  for (size_t i = 0; i < config->webhook_count; i++) {
    info.signers[i].name = text_of(config->webhooks[i].name);
    info.signers[i].header = headers[config->webhooks[i].scheme];
  }
  return info;
}
