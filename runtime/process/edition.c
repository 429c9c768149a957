/* See edition.h. */
#include "process/edition.h"

#include <stdio.h>

#include "base/memory.h"
#include "process/openapi_part.h"

static int open_store(struct edition *edition, struct error *error)
{
  char database[CONFIG_PATH_BYTES + 16];
  snprintf(database, sizeof database, "%s/writ.db", edition->config.data);
  struct store_config config = {.path = database, .relaxed_sync = edition->config.relaxed_sync};
  return store_open(&config, &edition->store, error);
}

/* The builder has found nothing wrong with it; so if anything is, the database is another. */
static int compile(struct edition *edition, struct error *error)
{
  struct report report;
  size_t handler_errors;
  struct generation_origin origin = {.sources = &edition->sources, .built = &edition->bundle};
  report_init(&report);
  edition->generation = generation_make(&origin, edition->store, &report, &handler_errors);
  const struct finding *first = report.first;
  if (!edition->generation)
    error_set(error, "generation %llu does not load here: %s", (unsigned long long)edition->number,
              first ? first->message : "nobody knows why");
  report_deinit(&report);
  return edition->generation ? 0 : -1;
}

int edition_load(const struct serve_options *options, int bundle, uint64_t number,
                 struct edition **result, struct error *error)
{
  struct edition *edition = memory_new(sizeof *edition);
  edition->number = number;
  arena_init(&edition->arena, 4096);
  if (bundle_open(bundle, &edition->bundle, error) ||
      serve_config_of(options, &edition->bundle, &edition->config, error) ||
      secrets_unpack(&edition->bundle, &edition->config, &edition->secrets, error))
    goto fail;
  edition->policy = config_http_policy(&edition->config, &edition->arena);
  source_tree_unpack(&edition->sources, &edition->bundle, options->folder);
  if (open_store(edition, error) || compile(edition, error)) goto fail;
  *result = edition;
  return 0;

fail:
  edition_free(edition);
  return -1;
}

/* A share of what the machine may do at once, one at least. */
static uint32_t share(uint32_t all, size_t workers)
{
  uint32_t each = all / (uint32_t)workers;
  return each > 0 ? each : 1;
}

static struct text script(void *edition, struct text path)
{
  return app_script_text(&((struct edition *)edition)->bundle, path);
}

int edition_open(struct edition *edition, const struct edition_host *host, bool dev,
                 struct error *error)
{
  const struct config *config = &edition->config;
  struct dispatch_config dispatch_config = {
      .dev = dev,
      .script = dev ? script : NULL,
      .script_context = edition,
      .password_cost = config->password_cost,
      .password_lane = share(config->password_lane, host->workers),
      .password_queue = config->password_queue,
      .session = config->session,
      .cookie_name = config->cookie_name,
      .cookie_secure = config->cookie_secure,
      .trusted_origins = config_trusted_origins(config, &edition->arena),
      .webhooks = edition->secrets.webhooks,
      .webhook_count = config->webhook_count,
      .issuers = edition->secrets.issuers,
      .openapi = openapi_unpack(&edition->bundle),
      .limiter = host->limiter,
      .metrics = host->metrics,
      .run_until_ns = host->run_until_ns};
  log_set_level(config->log_level);
  memcpy(dispatch_config.audit_key, edition->secrets.audit_key, HASH_BYTES);
  return dispatcher_new(host->loop, edition->store, host->sandbox, edition->generation,
                        &dispatch_config, &edition->dispatcher, error);
}

bool edition_retire(struct edition *edition)
{
  switch (edition->retiring) {
  case 0: /* calls still run */
    if (dispatcher_calls(edition->dispatcher) > 0) return false;
    dispatcher_drain(edition->dispatcher);
    break;
  case 1: /* what was only counted is being written */
    if (!dispatcher_is_idle(edition->dispatcher)) return false;
    dispatcher_close(edition->dispatcher);
    break;
  default: /* the loop has closed its handles */
    dispatcher_free(edition->dispatcher);
    edition_free(edition);
    return true;
  }
  edition->retiring++;
  return false;
}

void edition_free(struct edition *edition)
{
  if (!edition) return;
  generation_free(edition->generation);
  if (edition->store) store_close(edition->store);
  secrets_free(&edition->secrets);
  arena_deinit(&edition->arena);
  source_tree_free(&edition->sources);
  bundle_close(&edition->bundle);
  memory_free(edition);
}
