/* `tls` of writ.json, and the files that it names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "config/reading.h"

enum { PEM_MAX_BYTES = 256 * 1024 };

void config_set_tls(const struct config_reading *reading, const struct json *tls,
                    struct config *config)
{
  config_set_path(reading, json_get(tls, "certificate"), config->tls.certificate,
                  sizeof config->tls.certificate);
  config_set_path(reading, json_get(tls, "key"), config->tls.key, sizeof config->tls.key);
}

static int read_file(struct arena *arena, const char *keyword, const char *path, struct text *text,
                     struct error *error)
{
  struct error cause = {0};
  char *target = realpath(path, NULL);
  if (!target) return error_set(error, "writ.json: %s: %s: %s", keyword, path, strerror(errno));
  int result = file_read(arena, target, PEM_MAX_BYTES, text, &cause);
  free(target);
  return result ? error_set(error, "writ.json: %s: %s", keyword, cause.message) : 0;
}

int config_read_tls(const struct config *config, struct arena *arena, struct text *certificate,
                    struct text *key, struct error *error)
{
  *certificate = *key = (struct text){NULL, 0};
  if (!config->tls.certificate[0]) return 0;
  if (read_file(arena, "tls.certificate", config->tls.certificate, certificate, error) ||
      read_file(arena, "tls.key", config->tls.key, key, error))
    return -1;
  return 0;
}
