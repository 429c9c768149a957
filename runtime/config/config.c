/* Reading writ.json: held against its description first, like a contract. */
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "config/reading.h"
#include "contract/document.h"
#include "contract/meta.h"

enum { PASSWORD_MEMORY_MIN_BYTES = 8 * 1024 };
static const int64_t DAY_MS = 24 * 3600 * 1000;

static int parse_socket(const char *text, char *host, size_t host_size, struct error *error)
{
  size_t prefix = strlen("unix:"), length = strlen(text);
  if (text[prefix] != '/')
    return error_set(error, "listen: the socket's path must be absolute: unix:/run/writ.sock");
  if (length - prefix >= sizeof((struct sockaddr_un *)NULL)->sun_path || length >= host_size)
    return error_set(error, "listen: the socket's path is too long: it has 107 bytes at most");
  memcpy(host, text, length + 1);
  return 0;
}

int config_parse_address(const char *text, char *host, size_t host_size, uint16_t *port,
                         struct error *error)
{
  const char *colon = strrchr(text, ':');
  char *end;
  *port = 0;
  if (strncmp(text, "unix:", 5) == 0) return parse_socket(text, host, host_size, error);
  if (!colon)
    return error_set(error, "listen: \"%s\" must be host:port, such as 127.0.0.1:8080", text);
  unsigned long number = strtoul(colon + 1, &end, 10);
  if (colon[1] == 0 || *end || number > UINT16_MAX)
    return error_set(error, "listen: \"%s\" has no port between 0 and 65535", text);
  size_t length = (size_t)(colon - text);
  if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
    text++;
    length -= 2;
  }
  if (length == 0 || length >= host_size)
    return error_set(error, "listen: \"%s\" has no host", text);
  memcpy(host, text, length);
  host[length] = 0;
  *port = (uint16_t)number;
  return 0;
}

int config_parse_listen(const char *text, struct config *config, struct error *error)
{
  return config_parse_address(text, config->listen_host, sizeof config->listen_host,
                              &config->listen_port, error);
}

void config_set_text(const struct config_reading *reading, const struct json *value, char *out,
                     size_t size)
{
  struct text text = json_text(value);
  if (!value) return;
  if (text.length >= size || memchr(text.data, 0, text.length)) {
    report_error(reading->report, FINDING_CONFIG_LENGTH, reading->source, value->offset, NULL,
                 "this must be text of at most %zu bytes", size - 1);
    return;
  }
  memcpy(out, text.data, text.length);
  out[text.length] = 0;
}

void config_set_duration(const struct config_reading *reading, const struct json *value,
                         int64_t *ms)
{
  if (value && !units_duration_ms(json_text(value), ms))
    report_error(reading->report, FINDING_CONFIG_LENGTH, reading->source, value->offset, NULL,
                 "this is too long");
}

void config_set_path(const struct config_reading *reading, const struct json *value, char *out,
                     size_t size)
{
  char path[CONFIG_PATH_BYTES] = "";
  config_set_text(reading, value, path, sizeof path);
  if (!path[0]) return;
  int length = path[0] == '/' ? snprintf(out, size, "%s", path)
                              : snprintf(out, size, "%s/%s", reading->app_folder, path);
  if (length < 0 || (size_t)length >= size)
    report_error(reading->report, FINDING_CONFIG_LENGTH, reading->source, value->offset, NULL,
                 "the path is too long");
}

static void set_listen(const struct config_reading *reading, const struct json *value,
                       struct config *config)
{
  struct error error = {0};
  if (value && config_parse_listen(json_text(value).data, config, &error))
    report_error(reading->report, FINDING_CONFIG_ADDRESS, reading->source, value->offset, NULL,
                 "%s", error.message);
}

void config_set_number(const struct json *value, uint32_t *number)
{
  if (!value) return;
  *number = value->type == JSON_REAL ? (uint32_t)value->real : (uint32_t)value->integer; /* 2.0 */
}

static void set_passwords(const struct config_reading *reading, const struct json *passwords,
                          struct config *config)
{
  const struct json *memory = json_get(passwords, "memory");
  uint32_t operations = (uint32_t)config->password_cost.operations, bytes;
  config_set_number(json_get(passwords, "operations"), &operations);
  config_set_number(json_get(passwords, "at_once"), &config->password_lane);
  config_set_number(json_get(passwords, "queue"), &config->password_queue);
  config->password_cost.operations = operations;
  if (!memory) return;
  if (!units_bytes(json_text(memory), &bytes) || bytes < PASSWORD_MEMORY_MIN_BYTES)
    report_error(reading->report, FINDING_CONFIG_PASSWORDS, reading->source, memory->offset,
                 "such as 19MB", "`memory` must be at least 8KB, and less than 4096MB");
  else
    config->password_cost.memory_bytes = bytes;
}

static void set_all(const struct config_reading *reading, const struct json *root,
                    struct config *config)
{
  const struct json *session = json_get(root, "session");
  const struct json *secure = json_get(session, "secure"), *openapi = json_get(root, "openapi");
  set_listen(reading, json_get(root, "listen"), config);
  config_set_path(reading, json_get(root, "data"), config->data, sizeof config->data);
  config_set_path(reading, json_get(json_get(root, "audit"), "key_file"), config->audit_key_file,
                  sizeof config->audit_key_file);
  config->relaxed_sync =
      json_is_string(json_get(json_get(root, "database"), "synchronous"), "normal");
  config_set_duration(reading, json_get(session, "lifetime"), &config->session.lifetime_ms);
  config_set_duration(reading, json_get(session, "idle"), &config->session.idle_ms);
  config_set_text(reading, json_get(session, "cookie"), config->cookie_name,
                  sizeof config->cookie_name);
  if (secure) config->cookie_secure = secure->boolean;
  if (openapi) config->openapi = openapi->boolean;
  config_set_tls(reading, json_get(root, "tls"), config);
  config_set_api(reading, json_get(root, "api"), config);
  config_set_processes(reading, root, config);
  config_set_limits(reading, json_get(root, "limits"), config);
  config_set_cors(reading, json_get(root, "cors"), config);
  config_set_hsts(reading, json_get(root, "hsts"), config);
  config_set_log(json_get(root, "log"), config);
  config_set_proxies(reading, json_get(root, "proxies"), config);
  config_set_admin(reading, json_get(root, "admin"), config);
  config_set_webhooks(reading, json_get(root, "webhooks"), config);
  config_set_issuers(reading, json_get(root, "jwt"), config);
  set_passwords(reading, json_get(root, "passwords"), config);
}

static void set_defaults(const char *app_folder, struct config *config)
{
  *config = (struct config){.access_log = true,
                            .log_level = LOG_INFO,
                            .listen_host = "127.0.0.1",
                            .listen_port = 8080,
                            .session = {.lifetime_ms = 30 * DAY_MS, .idle_ms = 7 * DAY_MS},
                            .watch = true,
                            .settle_ms = 250,
                            .drain_ms = 20 * 1000,
                            .hang_ms = 10 * 1000,
                            .cookie_name = "session",
                            .cookie_secure = true,
                            .password_cost = {.operations = 2, .memory_bytes = 19 * 1024 * 1024},
                            .password_lane = 2,
                            .password_queue = 32,
                            .api = {.title = "API", .version = "0.0.0", .server = "/"}};
  config_limits_default(config);
  snprintf(config->data, sizeof config->data, "%s/data", app_folder);
  snprintf(config->audit_key_file, sizeof config->audit_key_file, "%s/keys/audit.key", app_folder);
}

/* Structure first: what follows finds every value of the type that it asks for. */
static bool is_well_formed(struct arena *arena, struct document *document, struct report *report)
{
  struct schema_set *schemas = schema_set_new(arena, NULL, NULL);
  struct meta meta;
  size_t errors = report->errors;
  document_parse(arena, document, report);
  meta_init(&meta, schemas, arena, report);
  meta_check(&meta, document, report);
  schema_set_free(schemas);
  return report->errors == errors;
}

int config_read(const struct source_tree *sources, struct config *config, struct report *report)
{
  const struct source *file = source_tree_find(sources, TEXT("writ.json"));
  size_t errors = report->errors;
  if (strlen(sources->folder) + sizeof "/keys/audit.key" > CONFIG_PATH_BYTES)
    return report_error(report, FINDING_PATH_TOO_LONG, NULL, 0, NULL,
                        "the path of the app's folder is too long");
  set_defaults(sources->folder, config);
  if (!file || !file->text.data) return 0;
  struct document document = {.path = "writ.json", .kind = DOCUMENT_CONFIG, .source = *file};
  struct arena arena;
  arena_init(&arena, 64 * 1024);
  if (is_well_formed(&arena, &document, report))
    set_all(&(struct config_reading){sources->folder, file, report}, document.root, config);
  arena_deinit(&arena);
  return report->errors == errors ? 0 : -1;
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
