/* `admin` of writ.json: where the server tells how it is doing, and to whom. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "base/file.h"
#include "config/reading.h"

enum { PORT_DEFAULT = 9180, TOKEN_FILE_MAX_BYTES = 4096, TOKEN_MIN_CHARS = 16 };

static void refuse(const struct config_reading *reading, enum finding_code code,
                   const struct json *at, const char *help, const char *what)
{
  report_error(reading->report, code, reading->source, at->offset, help, "%s", what);
}

static bool is_numeric(const char *host)
{
  unsigned char address[sizeof(struct in6_addr)];
  return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static void set_listen(const struct config_reading *reading, const struct json *listen,
                       struct config_admin *admin)
{
  struct error error = {0};
  if (!listen) return;
  if (config_parse_address(json_text(listen).data, admin->listen_host, sizeof admin->listen_host,
                           &admin->listen_port, &error))
    refuse(reading, FINDING_CONFIG_ADDRESS, listen, NULL, error.message);
  else if (strncmp(admin->listen_host, "unix:", 5) != 0 && !is_numeric(admin->listen_host))
    refuse(reading, FINDING_CONFIG_ADDRESS, listen, "such as 127.0.0.1:9180",
           "`listen` must be a numeric address here");
}

static void set_hosts(const struct config_reading *reading, const struct json *hosts,
                      struct config_admin *admin)
{
  for (uint32_t i = 0; hosts && i < hosts->length && i < CONFIG_ADMIN_HOSTS_MAX; i++)
    config_set_text(reading, &hosts->items[i], admin->hosts[admin->host_count++],
                    sizeof admin->hosts[0]);
}

/* Only this machine can reach it, or whoever may open the socket's file. */
static bool is_local(const struct config_admin *admin)
{
  return strncmp(admin->listen_host, "unix:", 5) == 0 ||
         strncmp(admin->listen_host, "127.", 4) == 0 || strcmp(admin->listen_host, "::1") == 0;
}

void config_set_admin(const struct config_reading *reading, const struct json *json,
                      struct config *config)
{
  struct config_admin *admin = &config->admin;
  if (!json) return;
  *admin = (struct config_admin){
      .enabled = true, .listen_host = "127.0.0.1", .listen_port = PORT_DEFAULT};
  set_listen(reading, json_get(json, "listen"), admin);
  config_set_path(reading, json_get(json, "token_file"), admin->token_file,
                  sizeof admin->token_file);
  set_hosts(reading, json_get(json, "hosts"), admin);
  if (!is_local(admin) && !admin->token_file[0])
    refuse(reading, FINDING_ADMIN_OPEN, json, "say `token_file`, or listen on 127.0.0.1",
           "others can reach it, and nothing keeps them from reading it");
}

int config_admin_token(const struct config *config, struct arena *arena, struct text *token,
                       struct error *error)
{
  const char *path = config->admin.token_file;
  *token = TEXT("");
  if (!config->admin.enabled || !path[0]) return 0;
  if (file_read(arena, path, TOKEN_FILE_MAX_BYTES, token, error)) return -1;
  *token = text_trim(*token);
  if (token->length < TOKEN_MIN_CHARS)
    return error_set(error,
                     "%s: a token of %zu characters can be guessed: it must have %d at least", path,
                     token->length, TOKEN_MIN_CHARS);
  for (size_t i = 0; i < token->length; i++)
    if (token->data[i] <= ' ' || token->data[i] > '~')
      return error_set(error, "%s: must hold one token, of printable characters without a space",
                       path);
  return 0;
}
