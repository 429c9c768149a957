/* `writ backup`: a copy of the database, while it is served. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli_data.h"
#include "cli/print.h"
#include "store/backup.h"

static const char help[] =
    "usage: writ backup [--force] [--json] FILE [FOLDER]\n\n"
    "Makes FILE a copy of the database of the app in FOLDER (default: .), as it is at this moment; "
    "it\n"
    "may be serving meanwhile. The copy is checked, its audit log verified. FILE is there whole, "
    "or\n"
    "not at all.\n\n"
    "  --force     write over a FILE that is there\n"
    "  --data DIR  where the database is, if not where writ.json says\n"
    "  --json      what was made, as an object: docs/json/backup.schema.json\n\n"
    "The key of the audit log (WRIT_AUDIT_KEY, or the key file of writ.json) is not in it, and a "
    "backup\n"
    "cannot be put back without: keep it elsewhere as well. Whoever has FILE can read all that is "
    "in\n"
    "the database.\n\n"
    "Exit code 0: done; 1: there is no new backup; 2: the command line is not understood.\n\n"
    "example: writ backup /mnt/elsewhere/$(date +%F).db\n";

/* Whether there is a key to verify the log with; one that cannot be read is an error. */
static bool find_key(struct cli_data *data, unsigned char key[HASH_BYTES], bool *found)
{
  *found = getenv("WRIT_AUDIT_KEY") || access(data->config.audit_key_file, F_OK) == 0;
  return !*found || cli_data_key(data, key);
}

static void print_words(const struct cli_data *data, const char *path, int64_t bytes,
                        const int64_t *rows)
{
  printf("%s: %" PRId64 " bytes, checked", path, bytes);
  if (rows) printf("; audit log of %" PRId64 " rows, intact", *rows);
  printf("\nthe audit log's key is not in it: keep %s elsewhere as well\n",
         getenv("WRIT_AUDIT_KEY") ? "WRIT_AUDIT_KEY" : data->config.audit_key_file);
}

static void print_object(const char *path, int64_t bytes, const int64_t *rows)
{
  const struct print_member members[] = {{"file", json_string(text_of(path))},
                                         {"bytes", json_integer(bytes)},
                                         {"audit_rows", rows ? json_integer(*rows) : json_null()}};
  print_json_object(stdout, members, sizeof members / sizeof *members);
  putchar('\n');
}

static void print_result(const struct cli_data *data, const char *path,
                         const struct audit_chain *chain, bool verified, bool json)
{
  struct stat status = {.st_size = 0};
  stat(path, &status);
  int64_t rows = chain->head.id - chain->base.last.id;
  if (json)
    print_object(path, status.st_size, verified ? &rows : NULL);
  else
    print_words(data, path, status.st_size, verified ? &rows : NULL);
  fflush(stdout);
  if (!verified) fputs("writ: there is no key, so the audit log was not verified\n", stderr);
}

static int make(struct cli_data *data, const char *path, bool replace, bool json)
{
  unsigned char key[HASH_BYTES];
  struct audit_chain chain;
  bool found;
  if (!replace && access(path, F_OK) == 0)
    error_set(&data->error, "%s is there already; --force writes over it", path);
  else if (!find_key(data, key, &found))
    return EXIT_FINDINGS;
  else if (backup_make(data->store, path, replace, found ? key : NULL, &chain, &data->error) == 0)
    print_result(data, path, &chain, found, json);
  crypto_wipe(key, sizeof key);
  print_error("writ: no backup was made: ", &data->error);
  return data->error.message[0] ? EXIT_FINDINGS : EXIT_OK;
}

int cli_backup(int argc, char **argv)
{
  const char *path = NULL;
  bool force = false, json = false;
  const struct option options[] = {
      {"--data", &path, NULL}, {"--force", NULL, &force}, {"--json", NULL, &json}};
  const char **operands = memory_new_array((size_t)argc + 2, sizeof *operands);
  size_t count;
  int code = EXIT_USAGE;
  if (!cli_arguments(argc, argv, options, sizeof options / sizeof *options, operands, &count, help,
                     &code))
    goto out;
  if (count < 1 || count > 2) {
    fputs("writ: backup needs the name of a file, and at most an app's folder; see --help\n",
          stderr);
    goto out;
  }
  struct cli_data data;
  bool opened = cli_data_open(&data, operands[1], path, json);
  code = opened ? make(&data, operands[0], force, json) : EXIT_FINDINGS;
  cli_data_close(&data);

out:
  memory_free(operands);
  return code;
}
