/* writ.json: how an app is served. Contracts say what it may do; this says where. */
#ifndef WRIT_PROCESS_CONFIG_H
#define WRIT_PROCESS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/error.h"

struct config {
  char listen_host[64]; /* "127.0.0.1", "::1" */
  uint16_t listen_port; /* 0: any free one */
  char data[1024];      /* folder of the database, absolute or relative to the working directory */
  bool relaxed_sync;
  int64_t session_lifetime_ms;
  char cookie_name[64];
  bool cookie_secure;
  char audit_key_file[1024];
  struct password_cost password_cost;
  uint32_t password_lane, password_queue;
};

/* Reads `<app_folder>/writ.json`; what it does not say has a default, a file that is not there is
 * all defaults. An unknown key is an error. */
int config_read(const char *app_folder, struct config *config, struct error *error);

/* "host:port" or "[v6]:port". */
int config_parse_listen(const char *text, struct config *config, struct error *error);

/* The audit log's key: from WRIT_AUDIT_KEY (64 hexadecimal digits), or from the key file. With
 * `create` a file that is not there is made. */
int config_audit_key(const struct config *config, bool create, unsigned char key[HASH_BYTES],
                     struct error *error);

#endif
