/* `cors` and `hsts` of writ.json: what browsers are told. */
#include "http/policy.h"

#include <stdio.h>
#include <string.h>

#include "config/reading.h"

enum { SECOND_MS = 1000, MAX_AGE_DEFAULT_MS = 600 * SECOND_MS };

static bool is_local(struct text origin)
{
  return text_starts_with(origin, "http://localhost") || text_starts_with(origin, "http://127.") ||
         text_starts_with(origin, "http://[::1]");
}

static void add_origin(const struct config_reading *reading, const struct json *item,
                       struct config_cors *cors)
{
  struct text origin = json_text(item);
  const char *problem = text_is(origin, "*") ? NULL : origin_problem(origin);
  if (problem) {
    report_error(reading->report, FINDING_CORS_ORIGIN, reading->source, item->offset, problem,
                 "`%.*s` cannot be an origin", TEXT_ARGS(origin));
    return;
  }
  if (text_is(origin, "*")) {
    cors->everybody = true;
    if (cors->credentials)
      report_error(reading->report, FINDING_CORS_ANY, reading->source, item->offset,
                   "list the origins, or leave `credentials` out",
                   "with `credentials`, `*` would let every page on the web act as whoever looks "
                   "at it");
    return;
  }
  if (cors->credentials && text_starts_with(origin, "http://") && !is_local(origin))
    report_warning(reading->report, FINDING_CORS_PLAIN, reading->source, item->offset,
                   "serve it over https",
                   "whoever is between a browser and `%.*s` can put pages there that use the "
                   "cookies here",
                   TEXT_ARGS(origin));
  config_set_text(reading, item, cors->origins[cors->origin_count],
                  sizeof cors->origins[cors->origin_count]);
  cors->origin_count++; /* the description has this limit */
}

static void set_origins(const struct config_reading *reading, const struct json *list,
                        struct config_cors *cors)
{
  for (uint32_t i = 0; list && i < list->length && i < CONFIG_ORIGINS_MAX; i++)
    add_origin(reading, &list->items[i], cors);
  if (cors->everybody && list->length > 1)
    report_error(reading->report, FINDING_CORS_ANY, reading->source, list->offset,
                 "leave the others out", "`*` is all origins already");
}

/* Names of header fields, as the list that is sent. The description knows what a name is made of,
 * and how many there may be. */
static void set_names(const struct config_reading *reading, const struct json *list,
                      bool credentials, char *out, size_t size)
{
  size_t used = 0;
  if (!list) return;
  out[0] = 0;
  for (uint32_t i = 0; i < list->length && used < size; i++) {
    struct text name = json_text(&list->items[i]);
    used += (size_t)snprintf(out + used, size - used, "%s%.*s", i ? ", " : "", TEXT_ARGS(name));
    if (credentials && text_is(name, "*"))
      report_error(reading->report, FINDING_CORS_ANY, reading->source, list->items[i].offset,
                   "list the names", "with `credentials`, browsers take `*` for a header's name");
  }
}

void config_set_cors(const struct config_reading *reading, const struct json *json,
                     struct config *config)
{
  struct config_cors *cors = &config->cors;
  const struct json *credentials = json_get(json, "credentials");
  *cors = (struct config_cors){.max_age_ms = MAX_AGE_DEFAULT_MS,
                               .headers = "Authorization, Content-Type, Idempotency-Key",
                               .expose = "Retry-After, X-Request-Id"};
  if (!json) return;
  if (credentials) cors->credentials = credentials->boolean;
  set_origins(reading, json_get(json, "origins"), cors);
  set_names(reading, json_get(json, "headers"), cors->credentials, cors->headers,
            sizeof cors->headers);
  set_names(reading, json_get(json, "expose"), cors->credentials, cors->expose,
            sizeof cors->expose);
  config_set_duration(reading, json_get(json, "max_age"), &cors->max_age_ms);
}

void config_set_hsts(const struct config_reading *reading, const struct json *hsts,
                     struct config *config)
{
  const struct json *subdomains = json_get(hsts, "subdomains");
  int64_t ms = 0;
  if (!hsts) return;
  config_set_duration(reading, json_get(hsts, "max_age"), &ms);
  snprintf(config->hsts, sizeof config->hsts, "max-age=%lld%s", (long long)(ms / SECOND_MS),
           subdomains && subdomains->boolean ? "; includeSubDomains" : "");
}

static struct origins origins_of(const struct config_cors *cors, struct arena *arena)
{
  struct text *items = arena_new_array(arena, cors->origin_count + 1, sizeof *items);
  for (size_t i = 0; i < cors->origin_count; i++) items[i] = text_of(cors->origins[i]);
  return (struct origins){.items = items, .count = cors->origin_count};
}

struct origins config_trusted_origins(const struct config *config, struct arena *arena)
{
  return config->cors.credentials ? origins_of(&config->cors, arena) : (struct origins){0};
}

struct http_policy config_http_policy(const struct config *config, struct arena *arena)
{
  const struct config_cors *cors = &config->cors;
  return (struct http_policy){.cors = {.origins = origins_of(cors, arena),
                                       .everybody = cors->everybody,
                                       .credentials = cors->credentials,
                                       .headers = text_of(cors->headers),
                                       .expose = text_of(cors->expose),
                                       .max_age_s = (uint64_t)(cors->max_age_ms / SECOND_MS)},
                              .proxies = {.trusted = config->proxies,
                                          .count = config->proxy_count,
                                          .local = config->local_proxies,
                                          .header = config->forwarded_header},
                              .hsts = text_of(config->hsts),
                              .access_log = config->access_log};
}
