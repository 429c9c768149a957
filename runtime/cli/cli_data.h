/* An app's data folder that a subcommand looks at: writ.json, the database, the audit log's key. */
#ifndef WRIT_CLI_CLI_DATA_H
#define WRIT_CLI_CLI_DATA_H

#include <stdbool.h>

#include "base/report.h"
#include "cli/cli.h"
#include "config/config.h"
#include "store/store.h"

struct cli_data {
  struct report report;
  struct config config;
  char path[CONFIG_PATH_BYTES + 16]; /* of the database */
  struct store *store;               /* NULL until it is open */
  struct error error;                /* for whoever uses it */
};

/* Reads writ.json in `folder` (NULL: "."), and says (cli/findings.h) what is wrong with it. `data`
 * (or NULL) is the data folder's path, if not what writ.json says. It has to be closed all the
 * same. */
bool cli_data_find(struct cli_data *data, const char *folder, const char *path, bool json);

/* Opens the database as well, which may be served meanwhile. It must be there. */
bool cli_data_open(struct cli_data *data, const char *folder, const char *path, bool json);
void cli_data_close(struct cli_data *data);

/* False, said on stderr, if the audit log's key cannot be had. */
bool cli_data_key(struct cli_data *data, unsigned char key[HASH_BYTES]);

#endif
