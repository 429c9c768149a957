/* See serve.h. */
#include "process/serve.h"

#include <string.h>

#include "base/bundle.h"
#include "process/confine.h"
#include "process/user.h"

static int check_dev(const struct config *config, struct error *error)
{
  const char *host = config->listen_host;
  bool loopback = !strncmp(host, "127.", 4) || !strcmp(host, "::1") || !strncmp(host, "unix:", 5);
  if (loopback) return 0;
  return error_set(error,
                   "--dev tells everything to everybody, so it listens on loopback only, "
                   "not on %s",
                   host);
}

int serve_config(const struct serve_options *options, const struct source_tree *sources,
                 struct config *config, struct report *report, struct error *error)
{
  if (config_read(sources, config, report)) return -1;
  if (options->listen && config_parse_listen(options->listen, config, error)) return -1;
  if (options->data) {
    if (strlen(options->data) >= sizeof config->data)
      return error_set(error, "--data: the path is too long");
    memcpy(config->data, options->data, strlen(options->data) + 1);
  }
  if (options->workers > 0) config->workers = (uint32_t)options->workers;
  if (options->dev) {
    config->cookie_secure = false;
    return check_dev(config, error);
  }
  return 0;
}

int serve_config_of(const struct serve_options *options, const struct bundle *bundle,
                    struct config *config, struct error *error)
{
  struct source_tree sources;
  struct report report;
  report_init(&report);
  source_tree_unpack(&sources, bundle, options->folder);
  int result = serve_config(options, &sources, config, &report, error);
  if (report.first) error_set(error, "writ.json: %s", report.first->message);
  source_tree_free(&sources);
  report_deinit(&report);
  return result;
}

int serve_confine(const struct config *config, bool accepts, bool quiet, struct error *error)
{
  struct user user;
  struct confinement confinement = {.data = config->data, .accepts = accepts, .quiet = quiet};
  if (config->user[0]) {
    if (user_find(config->user, &user, error)) return -1;
    confinement.user = &user;
  }
  return confine(&confinement, error);
}
