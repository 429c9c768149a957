/* `writ restore`: a backup takes the place of the database. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/cli_data.h"
#include "cli/print.h"
#include "store/backup.h"

static const char help[] =
    "usage: writ restore [--keep-sessions] [--json] FILE [FOLDER]\n\n"
    "Puts a copy of FILE, which `writ backup` made, in the place of the database of the app in "
    "FOLDER\n"
    "(default: .), if FILE is sound and its audit log verifies. Nothing may have the database "
    "open: stop\n"
    "the server first. The present database is kept, as writ.db.before-TIME.\n\n"
    "All sessions and tokens end, as some of them may have been ended after the backup was made. A "
    "row\n"
    "in the audit log says where the log before had ended.\n\n"
    "  --keep-sessions  let the backup's sessions and tokens live on\n"
    "  --damaged        go on though the present database cannot be read: what manifest was "
    "served last\n"
    "                   is forgotten\n"
    "  --data DIR       where the database is, if not where writ.json says\n"
    "  --json           what was done, as an object: docs/json/restore.schema.json\n\n"
    "It needs the audit log's key: WRIT_AUDIT_KEY, or the key file of writ.json.\n\n"
    "Exit code 0: done; 1: it is not put back; 2: the command line is not understood.\n\n"
    "example: writ restore /mnt/elsewhere/2026-01-31.db\n";

/* A new machine has none. */
static bool make_folder(struct cli_data *data)
{
  char *slash = strrchr(data->path, '/');
  *slash = 0;
  bool made = mkdir(data->path, 0700) == 0 || errno == EEXIST;
  if (!made) error_set(&data->error, "%s: cannot be made: %s", data->path, strerror(errno));
  *slash = '/';
  print_error("writ: ", &data->error);
  return made;
}

static void print_result(const struct restore *restore, const struct restored *restored)
{
  printf("%s was put back; its audit log ended with row %" PRId64 "\n", restore->backup,
         restored->chain.head.id);
  if (restored->kept[0])
    printf("the database before, whose log ended with row %" PRId64 ", is kept as %s\n",
           restored->before.id, restored->kept);
  if (!restore->keep_sessions)
    printf("%" PRId64 " session%s ended\n", restored->sessions_ended,
           restored->sessions_ended == 1 ? "" : "s");
}

static void print_object(const struct restore *restore, const struct restored *restored)
{
  bool kept = restored->kept[0], ended = !restore->keep_sessions;
  const struct print_member members[] = {
      {"file", json_string(text_of(restore->backup))},
      {"audit_row", json_integer(restored->chain.head.id)},
      {"kept", kept ? json_string(text_of(restored->kept)) : json_null()},
      {"kept_audit_row", kept ? json_integer(restored->before.id) : json_null()},
      {"sessions_ended", ended ? json_integer(restored->sessions_ended) : json_null()}};
  print_json_object(stdout, members, sizeof members / sizeof *members);
  putchar('\n');
}

static int run(struct cli_data *data, struct restore *restore, bool json)
{
  unsigned char key[HASH_BYTES];
  struct restored restored;
  if (!cli_data_key(data, key) || !make_folder(data)) return EXIT_FINDINGS;
  restore->database = data->path;
  restore->key = key;
  restore->now_ms = clock_wall_ms();
  int result = backup_restore(restore, &restored, &data->error);
  crypto_wipe(key, sizeof key);
  if (result == 0) (json ? print_object : print_result)(restore, &restored);
  print_error("writ: ", &data->error);
  return result == 0 ? EXIT_OK : EXIT_FINDINGS;
}

int cli_restore(int argc, char **argv)
{
  const char *path = NULL;
  bool json = false;
  struct restore restore = {.backup = NULL};
  const struct option options[] = {{"--data", &path, NULL},
                                   {"--keep-sessions", NULL, &restore.keep_sessions},
                                   {"--damaged", NULL, &restore.damaged},
                                   {"--json", NULL, &json}};
  const char **operands = memory_new_array((size_t)argc + 2, sizeof *operands);
  size_t count;
  int code = EXIT_USAGE;
  if (!cli_arguments(argc, argv, options, sizeof options / sizeof *options, operands, &count, help,
                     &code))
    goto out;
  if (count < 1 || count > 2) {
    fputs("writ: restore needs the name of a file, and at most an app's folder; see --help\n",
          stderr);
    goto out;
  }
  restore.backup = operands[0];
  struct cli_data data;
  bool found = cli_data_find(&data, operands[1], path, json);
  code = found ? run(&data, &restore, json) : EXIT_FINDINGS;
  cli_data_close(&data);

out:
  memory_free(operands);
  return code;
}
