/* Reading writ.json, by jansson: it is read once, and says line and column itself. */
#include "process/config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"

int config_parse_listen(const char *text, struct config *config, struct error *error)
{
  const char *colon = strrchr(text, ':');
  char *end;
  if (!colon)
    return error_set(error, "listen: \"%s\" must be host:port, such as 127.0.0.1:8080", text);
  unsigned long port = strtoul(colon + 1, &end, 10);
  if (colon[1] == 0 || *end || port > UINT16_MAX)
    return error_set(error, "listen: \"%s\" has no port between 0 and 65535", text);
  const char *host = text;
  size_t length = (size_t)(colon - text);
  if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
    host++;
    length -= 2;
  }
  if (length == 0 || length >= sizeof config->listen_host)
    return error_set(error, "listen: \"%s\" has no host", text);
  memcpy(config->listen_host, host, length);
  config->listen_host[length] = 0;
  config->listen_port = (uint16_t)port;
  return 0;
}

int config_set_path(char *out, size_t size, const char *app_folder, const char *path,
                    struct error *error)
{
  int length = path[0] == '/' ? snprintf(out, size, "%s", path)
                              : snprintf(out, size, "%s/%s", app_folder, path);
  if (length < 0 || (size_t)length >= size)
    return error_set(error, "the path %s is too long", path);
  return 0;
}

static int set_session(json_t *session, struct config *config, struct error *error)
{
  const char *lifetime = NULL, *cookie = NULL;
  int secure = config->cookie_secure;
  json_error_t wrong;
  if (json_unpack_ex(session, &wrong, JSON_STRICT, "{s?s, s?s, s?b}", "lifetime", &lifetime,
                     "cookie", &cookie, "secure", &secure))
    return error_set(error, "writ.json: session: %s", wrong.text);
  config->cookie_secure = secure != 0;
  if (lifetime && !units_duration_ms(text_of(lifetime), &config->session_lifetime_ms))
    return error_set(error, "writ.json: session.lifetime: \"%s\" must be a duration such as 30d",
                     lifetime);
  if (!cookie) return 0;
  if (cookie[0] == 0 || strlen(cookie) >= sizeof config->cookie_name ||
      strspn(cookie, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
          strlen(cookie))
    return error_set(error, "writ.json: session.cookie: \"%s\" must be letters, digits, _ and -",
                     cookie);
  memcpy(config->cookie_name, cookie, strlen(cookie) + 1);
  return 0;
}

static int set_passwords(json_t *passwords, struct config *config, struct error *error)
{
  const char *memory = NULL;
  int operations = (int)config->password_cost.operations;
  int at_once = (int)config->password_lane, queue = (int)config->password_queue;
  uint32_t bytes;
  json_error_t wrong;
  if (json_unpack_ex(passwords, &wrong, JSON_STRICT, "{s?s, s?i, s?i, s?i}", "memory", &memory,
                     "operations", &operations, "at_once", &at_once, "queue", &queue))
    return error_set(error, "writ.json: passwords: %s", wrong.text);
  if (operations < 1 || operations > 100 || at_once < 1 || at_once > 64 || queue < 0 ||
      queue > 10000)
    return error_set(error, "writ.json: passwords: operations must be 1 to 100, at_once 1 to 64, "
                            "queue 0 to 10000");
  if (memory) {
    if (!units_bytes(text_of(memory), &bytes) || bytes < 8 * 1024)
      return error_set(
          error, "writ.json: passwords.memory: \"%s\" must be a size such as 19MB, at least 8KB",
          memory);
    config->password_cost.memory_bytes = bytes;
  }
  config->password_cost.operations = (uint64_t)operations;
  config->password_lane = (uint32_t)at_once;
  config->password_queue = (uint32_t)queue;
  return 0;
}

static int set_all(json_t *root, const char *app_folder, struct config *config, struct error *error)
{
  const char *schema = NULL, *listen = NULL, *data = NULL, *synchronous = NULL, *key_file = NULL;
  json_t *session = NULL, *passwords = NULL, *webhooks = NULL, *api = NULL;
  int openapi = 0;
  json_error_t wrong;
  if (json_unpack_ex(root, &wrong, JSON_STRICT,
                     "{s?s, s?s, s?s, s?{s?s}, s?o, s?{s?s}, s?o, s?o, s?o, s?b}", "$schema",
                     &schema, "listen", &listen, "data", &data, "database", "synchronous",
                     &synchronous, "session", &session, "audit", "key_file", &key_file, "passwords",
                     &passwords, "webhooks", &webhooks, "api", &api, "openapi", &openapi))
    return error_set(error, "writ.json: %s", wrong.text);
  if (listen && config_parse_listen(listen, config, error)) return -1;
  if (data && config_set_path(config->data, sizeof config->data, app_folder, data, error))
    return -1;
  if (key_file && config_set_path(config->audit_key_file, sizeof config->audit_key_file, app_folder,
                                  key_file, error))
    return -1;
  if (synchronous && strcmp(synchronous, "full") && strcmp(synchronous, "normal"))
    return error_set(error,
                     "writ.json: database.synchronous: \"%s\" must be \"full\" or \"normal\"",
                     synchronous);
  config->relaxed_sync = synchronous && !strcmp(synchronous, "normal");
  config->openapi = openapi != 0;
  if (api && config_set_api(api, config, error)) return -1;
  if (session && set_session(session, config, error)) return -1;
  if (webhooks && config_set_webhooks(webhooks, app_folder, config, error)) return -1;
  return passwords ? set_passwords(passwords, config, error) : 0;
}

int config_read(const struct source_tree *sources, struct config *config, struct error *error)
{
  const char *app_folder = sources->folder;
  *config = (struct config){.listen_host = "127.0.0.1",
                            .listen_port = 8080,
                            .session_lifetime_ms = INT64_C(30) * 24 * 3600 * 1000,
                            .cookie_name = "session",
                            .cookie_secure = true,
                            .password_cost = {.operations = 2, .memory_bytes = 19 * 1024 * 1024},
                            .password_lane = 2,
                            .password_queue = 32,
                            .api = {.title = "API", .version = "0.0.0", .server = "/"}};
  if (config_set_path(config->data, sizeof config->data, app_folder, "data", error) ||
      config_set_path(config->audit_key_file, sizeof config->audit_key_file, app_folder,
                      "keys/audit.key", error))
    return -1;
  const struct source *file = source_tree_find(sources, TEXT("writ.json"));
  if (!file || !file->text.data) return 0;
  json_error_t wrong;
  json_t *root = json_loadb(file->text.data, file->text.length, JSON_REJECT_DUPLICATES, &wrong);
  if (!root) return error_set(error, "writ.json:%d:%d: %s", wrong.line, wrong.column, wrong.text);
  int result = set_all(root, app_folder, config, error);
  json_decref(root);
  return result;
}

static int parse_key(struct text hex, unsigned char key[HASH_BYTES])
{
  hex = text_trim(hex);
  if (hex.length != 2 * HASH_BYTES) return -1;
  for (size_t i = 0; i < HASH_BYTES; i++) {
    char digits[3] = {hex.data[2 * i], hex.data[2 * i + 1], 0};
    char *end;
    key[i] = (unsigned char)strtoul(digits, &end, 16);
    if (*end || digits[0] == '+' || digits[0] == '-' || digits[0] == ' ') return -1;
  }
  return 0;
}

/* Its folder is made as well, one level deep. */
static int create_key(const char *path, unsigned char key[HASH_BYTES], struct error *error)
{
  char hex[2 * HASH_BYTES + 2], folder[1024];
  const char *slash = strrchr(path, '/');
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 0, path);
  if (folder[0]) mkdir(folder, 0700); /* if that fails, open says why */
  crypto_random(key, HASH_BYTES);
  crypto_hex(hex, key, HASH_BYTES);
  hex[2 * HASH_BYTES] = '\n';
  return file_create(path, 0600, (struct text){hex, 2 * HASH_BYTES + 1}, error);
}

int config_audit_key(const struct config *config, bool create, unsigned char key[HASH_BYTES],
                     struct error *error)
{
  char line[256];
  const char *path = config->audit_key_file;
  const char *given = getenv("WRIT_AUDIT_KEY");
  if (given) {
    if (parse_key(text_of(given), key) == 0) return 0;
    return error_set(error, "WRIT_AUDIT_KEY must be 64 hexadecimal digits");
  }
  FILE *file = fopen(path, "re");
  if (!file && errno == ENOENT && create) return create_key(path, key, error);
  if (!file)
    return error_set(error,
                     "the audit log needs a key: set WRIT_AUDIT_KEY to 64 hexadecimal digits, "
                     "or put them into %s (%s)",
                     path, strerror(errno));
  size_t length = fread(line, 1, sizeof line, file);
  fclose(file);
  if (parse_key((struct text){line, length}, key) == 0) return 0;
  return error_set(error, "%s: must hold 64 hexadecimal digits", path);
}
