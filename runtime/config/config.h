/* writ.json: how an app is served. Contracts say what it may do; this says where. */
#ifndef WRIT_CONFIG_CONFIG_H
#define WRIT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "checks/issuers.h"
#include "checks/webhook.h"
#include "contract/source_tree.h"
#include "http/forwarded.h"
#include "http/limits.h"
#include "store/session.h"

enum {
  CONFIG_WEBHOOKS_MAX = 16,
  CONFIG_ORIGINS_MAX = 32,
  CONFIG_PROXIES_MAX = 64,
  CONFIG_ADMIN_HOSTS_MAX = 8,
  CONFIG_PATH_BYTES = 1024
};

/* A sender of webhooks; its secrets are read when it is served. */
struct config_webhook {
  char name[64];
  enum webhook_scheme scheme;
  int64_t tolerance_ms;
  char secret_file[CONFIG_PATH_BYTES]; /* empty: */
  char secret_env[64];                 /* the name of an environment variable */
};

/* An identity provider. */
struct config_issuer {
  char issuer[256], audience[256], roles[256], scopes[256]; /* roles: empty if they do not count */
  unsigned algorithms;                                      /* 1 << enum jwt_algorithm */
  int64_t leeway_ms;
  char keys_file[CONFIG_PATH_BYTES];
};

/* Pages of other origins. */
struct config_cors {
  char origins[CONFIG_ORIGINS_MAX][256];
  size_t origin_count;
  bool everybody; /* "*", and then there are no origins */
  bool credentials;
  char headers[2200], expose[2200]; /* 32 names of 64 bytes: lists, as they are sent */
  int64_t max_age_ms;
};

/* Where the server tells how it is doing. */
struct config_admin {
  bool enabled;
  char listen_host[128];              /* "127.0.0.1", "::1", "unix:/run/writ/admin.sock" */
  uint16_t listen_port;               /* 0: any free one, or a unix socket */
  char token_file[CONFIG_PATH_BYTES]; /* empty: no token is needed */
  char hosts[CONFIG_ADMIN_HOSTS_MAX][128];
  size_t host_count;
};

struct config {
  char listen_host[128];        /* "127.0.0.1", "::1", "unix:/run/x.sock" */
  uint16_t listen_port;         /* 0: any free one */
  char data[CONFIG_PATH_BYTES]; /* folder of the database, absolute or relative to the working
                                   directory */
  bool relaxed_sync;
  uint32_t workers; /* 0: one for each core */
  char user[64];    /* name or number; empty: nobody else */
  bool watch;       /* the app's files, to load them again */
  int64_t settle_ms, drain_ms, hang_ms;
  struct {
    char certificate[CONFIG_PATH_BYTES], key[CONFIG_PATH_BYTES]; /* both empty: no TLS */
  } tls;
  struct server_limits limits; /* connections 0: not said; drain_ms is above */
  struct session_terms session;
  char cookie_name[64];
  bool cookie_secure;
  char audit_key_file[CONFIG_PATH_BYTES];
  struct password_cost password_cost;
  uint32_t password_lane, password_queue;
  struct config_webhook webhooks[CONFIG_WEBHOOKS_MAX];
  size_t webhook_count;
  struct config_issuer issuers[ISSUERS_MAX];
  size_t issuer_count;
  struct config_admin admin;
  bool access_log;
  enum log_level log_level;
  struct config_cors cors;
  struct network proxies[CONFIG_PROXIES_MAX]; /* that are trusted */
  size_t proxy_count;
  bool local_proxies; /* whoever comes by a unix socket is, too */
  enum forwarded_header forwarded_header;
  char hsts[64]; /* Strict-Transport-Security's value; empty: it is not sent */
  bool openapi;  /* the OpenAPI document is served */
  struct {
    char title[200], version[100], server[500], description[4000];
  } api; /* what it says of the app as a whole */
};

/* Parses writ.json; what it does not say has a default, a file that is not there is all defaults.
 * Findings go to the report; -1 if there are errors. */
int config_read(const struct source_tree *sources, struct config *config, struct report *report);

struct openapi_info;

/* What the OpenAPI document takes from writ.json; borrows from the configuration. */
struct openapi_info config_openapi(const struct config *config);

/* What the HTTP server may not exceed, for the process that asks: where nothing is said of
 * connections, as many as its descriptors allow. */
struct server_limits config_server_limits(const struct config *config);

struct http_policy;

/* What the HTTP server takes from writ.json; borrows from the configuration and the arena. */
struct http_policy config_http_policy(const struct config *config, struct arena *arena);

/* Those whose pages may use the session cookie; borrows likewise. */
struct origins config_trusted_origins(const struct config *config, struct arena *arena);

/* The token of the admin listener as its file says it, in the arena; empty if none is needed. -1:
 * the file cannot be read, or what is in it can be guessed. */
int config_admin_token(const struct config *config, struct arena *arena, struct text *token,
                       struct error *error);

/* "host:port" or "[v6]:port", into host (without the brackets) and port; or "unix:/path", into
 * host, with 0 for the port. */
int config_parse_address(const char *text, char *host, size_t host_size, uint16_t *port,
                         struct error *error);

/* The same, into the configuration. */
int config_parse_listen(const char *text, struct config *config, struct error *error);

/* The audit log's key: from WRIT_AUDIT_KEY (64 hexadecimal digits), or from the key file. With
 * `create` a file that is not there is made. */
int config_audit_key(const struct config *config, bool create, unsigned char key[HASH_BYTES],
                     struct error *error);

/* The secrets of a webhook, one a line, from its file or variable. */
int config_read_webhook(const struct config_webhook *from, struct arena *arena, struct text *lines,
                        struct error *error);

/* Reads the files of certificate and key, PEM, into the arena, which the caller wipes; symbolic
 * links are followed, as tools that renew certificates make them. Both are empty if there is to be
 * no TLS. What is in them, tls_context_new says (http/tls.h). */
int config_read_tls(const struct config *config, struct arena *arena, struct text *certificate,
                    struct text *key, struct error *error);

/* The webhook that has these secrets; it borrows both. -1 if there are none that will do. */
int config_make_webhook(const struct config_webhook *from, struct text lines,
                        struct webhook *webhook, struct error *error);

/* The identity providers with the keys that their files have in them, which the caller frees. They
 * borrow from the configuration. -1 with findings. */
int config_open_issuers(const struct config *config, const struct text *keys,
                        struct issuers **issuers, struct report *report);

#endif
