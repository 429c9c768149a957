/* What reading writ.json passes around: private to this folder. Values are of the type that
 * writ.schema.json gives them, or NULL where they are not said: then what they set stays as it is.
 * What is wrong goes to the report. */
#ifndef WRIT_CONFIG_READING_H
#define WRIT_CONFIG_READING_H

#include "base/json.h"
#include "base/report.h"
#include "config/config.h"

struct config_reading {
  const char *app_folder;
  const struct source *source;
  struct report *report;
};

void config_set_text(const struct config_reading *reading, const struct json *value, char *out,
                     size_t size);
void config_set_duration(const struct config_reading *reading, const struct json *value,
                         int64_t *ms);

/* A path is relative to writ.json. */
void config_set_path(const struct config_reading *reading, const struct json *value, char *out,
                     size_t size);

void config_set_number(const struct json *value, uint32_t *number);

void config_set_processes(const struct config_reading *reading, const struct json *root,
                          struct config *config);
void config_limits_default(struct config *config);
void config_set_limits(const struct config_reading *reading, const struct json *limits,
                       struct config *config);
void config_set_admin(const struct config_reading *reading, const struct json *admin,
                      struct config *config);
void config_set_tls(const struct config_reading *reading, const struct json *tls,
                    struct config *config);
void config_set_webhooks(const struct config_reading *reading, const struct json *webhooks,
                         struct config *config);
void config_set_issuers(const struct config_reading *reading, const struct json *issuers,
                        struct config *config);
void config_set_cors(const struct config_reading *reading, const struct json *cors,
                     struct config *config);
void config_set_hsts(const struct config_reading *reading, const struct json *hsts,
                     struct config *config);
void config_set_proxies(const struct config_reading *reading, const struct json *proxies,
                        struct config *config);
void config_set_log(const struct json *json, struct config *config);
void config_set_api(const struct config_reading *reading, const struct json *api,
                    struct config *config);

#endif
