/* Finding an app's database for a subcommand. */
#include "cli/cli_data.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/findings.h"
#include "cli/print.h"
#include "contract/source_tree.h"

bool cli_data_find(struct cli_data *data, const char *folder, const char *path, bool json)
{
  struct source_tree sources;
  *data = (struct cli_data){.store = NULL};
  report_init(&data->report);
  source_tree_read(&sources, folder ? folder : ".", &data->report);
  bool configured = config_read(&sources, &data->config, &data->report) == 0;
  source_tree_free(&sources);
  if (!configured || data->report.errors > 0) {
    findings_print(&data->report, json);
    return false;
  }
  if (path && strlen(path) >= CONFIG_PATH_BYTES) {
    fputs("writ: --data: the path is too long\n", stderr);
    return false;
  }
  snprintf(data->path, sizeof data->path, "%s/writ.db", path ? path : data->config.data);
  return true;
}

bool cli_data_open(struct cli_data *data, const char *folder, const char *path, bool json)
{
  if (!cli_data_find(data, folder, path, json)) return false;
  if (access(data->path, F_OK) < 0 && errno == ENOENT)
    error_set(&data->error, "%s: there is no database; name its folder by --data", data->path);
  else if (store_open(&(struct store_config){.path = data->path}, &data->store, &data->error) == 0)
    return true;
  print_error("writ: ", &data->error);
  return false;
}

void cli_data_close(struct cli_data *data)
{
  if (data->store) store_close(data->store);
  report_deinit(&data->report);
}

bool cli_data_key(struct cli_data *data, unsigned char key[HASH_BYTES])
{
  if (config_audit_key(&data->config, false, key, &data->error) == 0) return true;
  print_error("writ: ", &data->error);
  return false;
}
