/* `writ audit`: what was done and refused, and whether the log still says what it said. */
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "cli/audit.h"
#include "cli/print.h"

static const char help[] =
    "usage: writ audit [list] [FILTER…] [--json] [FOLDER]\n"
    "       writ audit verify [--against FILE] [--json] [FOLDER]\n"
    "       writ audit checkpoint [FOLDER]\n"
    "       writ audit prune --before TIME [--json] [FOLDER]\n\n"
    "Reads the audit log of the app in FOLDER (default: .), which may be serving meanwhile.\n\n"
    "list shows rows, the newest first; a row must pass every filter:\n"
    "  --principal ID   --action NAME   --outcome ok|denied|failed|breach   --reason CODE\n"
    "  --handler NAME   --address ADDRESS   --resource PART\n"
    "  --since TIME, --until TIME   2026-01-31, 2026-01-31T12:00:00Z, or an age such as 2h\n"
    "  --limit N        at most so many (default: 100; 0: all)\n"
    "  --json           one JSON object a line, with every column\n"
    "verify reads the whole log, and says the first row that was changed, added, moved or "
    "removed.\n"
    "  --against FILE   compare with a checkpoint as well: only so do rows show that were cut off\n"
    "                   at the end\n"
    "checkpoint prints where the log ends, as one line to be kept elsewhere.\n"
    "prune removes the oldest rows for good; verify still proves the others, and says what went.\n"
    "  --before TIME    rows from before this time, up to the first that is not\n\n"
    "  --data DIR       where the database is, if not where writ.json says\n"
    "  --json           the result as an object; all kinds: docs/json/audit.schema.json\n\n"
    "verify, checkpoint and prune need the log's key: WRIT_AUDIT_KEY, or the key file of "
    "writ.json.\n\n"
    "Exit code 0: done, intact; 1: the log cannot be read or is not intact; 2: the command line\n"
    "is not understood.\n\n"
    "example: writ audit list --outcome denied --since 24h\n"
    "         writ audit checkpoint >>/mnt/elsewhere/heads; writ audit verify --against "
    "/mnt/elsewhere/heads\n";

/* --- verify, checkpoint --- */

/* The last line of the file. */
static int read_kept(const char *path, const unsigned char key[HASH_BYTES], struct arena *arena,
                     struct audit_head *kept, struct error *error)
{
  struct text lines, line, last = TEXT("");
  if (file_read(arena, path, 64 * 1024 * 1024, &lines, error)) return -1;
  while (text_split(&lines, '\n', &line))
    if (text_trim(line).length > 0) last = line;
  return audit_head_read(last, key, kept, error);
}

static void print_intact(const struct audit_chain *chain, bool json)
{
  char time[TIME_CHARS] = "";
  if (json) {
    bool pruned = chain->base.last.id > 0;
    if (pruned) audit_print_time(chain->base.pruned_ms, time);
    const struct print_member members[] = {
        {"rows", json_integer(chain->head.id - chain->base.last.id)},
        {"last_row", json_integer(chain->head.id)},
        {"pruned_to_row", pruned ? json_integer(chain->base.last.id) : json_null()},
        {"pruned_at", pruned ? json_string(text_of(time)) : json_null()},
        {"told_by_row", pruned ? json_integer(chain->base.told_by) : json_null()}};
    print_json_object(stdout, members, sizeof members / sizeof *members);
    putchar('\n');
    return;
  }
  int64_t rows = chain->head.id - chain->base.last.id;
  printf("%" PRId64 " row%s, intact\n", rows, rows == 1 ? "" : "s");
  if (chain->base.last.id == 0) return;
  audit_print_time(chain->base.pruned_ms, time);
  printf("rows up to %" PRId64 " were pruned at %s, as row %" PRId64 " tells\n",
         chain->base.last.id, time, chain->base.told_by);
}

static int verify(struct cli_data *data, const struct audit_arguments *arguments)
{
  unsigned char key[HASH_BYTES];
  struct audit_chain chain = {.head.id = 0};
  struct audit_head kept;
  if (!cli_data_key(data, key)) return EXIT_FINDINGS;
  int result = 0;
  if (arguments->against)
    result = read_kept(arguments->against, key, &data->report.arena, &kept, &data->error);
  if (result == 0)
    result = audit_verify(store_reader(data->store), key, arguments->against ? &kept : NULL, &chain,
                          &data->error);
  if (result == 0) print_intact(&chain, arguments->json);
  print_error("writ: ", &data->error);
  return result == 0 ? EXIT_OK : EXIT_FINDINGS;
}

/* Of a log that is intact: a line that vouches for anything else would be worse than none. */
static int checkpoint(struct cli_data *data, const struct audit_arguments *arguments)
{
  (void)arguments;
  unsigned char key[HASH_BYTES];
  char line[AUDIT_HEAD_CHARS];
  struct audit_chain chain;
  if (!cli_data_key(data, key)) return EXIT_FINDINGS;
  if (audit_verify(store_reader(data->store), key, NULL, &chain, &data->error)) {
    print_error("writ: ", &data->error);
    return EXIT_FINDINGS;
  }
  audit_head_print(&chain.head, key, line);
  puts(line);
  return EXIT_OK;
}

/* Each with the options that it knows: what is not understood must not be passed over, least of all
 * by what cannot be undone. */
struct verb {
  const char *name;
  int (*run)(struct cli_data *data, const struct audit_arguments *arguments);
  const struct option *options;
  size_t count;
};

int cli_audit(int argc, char **argv)
{
  struct audit_arguments arguments = {0};
  const struct option list_options[] = {
      {"--data", &arguments.data, NULL},       {"--principal", &arguments.principal, NULL},
      {"--action", &arguments.action, NULL},   {"--outcome", &arguments.outcome, NULL},
      {"--reason", &arguments.reason, NULL},   {"--handler", &arguments.handler, NULL},
      {"--address", &arguments.address, NULL}, {"--resource", &arguments.resource, NULL},
      {"--since", &arguments.since, NULL},     {"--until", &arguments.until, NULL},
      {"--limit", &arguments.limit, NULL},     {"--json", NULL, &arguments.json}};
  const struct option verify_options[] = {{"--data", &arguments.data, NULL},
                                          {"--json", NULL, &arguments.json},
                                          {"--against", &arguments.against, NULL}};
  const struct option prune_options[] = {{"--data", &arguments.data, NULL},
                                         {"--json", NULL, &arguments.json},
                                         {"--before", &arguments.before, NULL}};
  const struct verb verbs[] = {
      {"list", audit_list_rows, list_options, sizeof list_options / sizeof *list_options},
      {"verify", verify, verify_options, 3},
      {"checkpoint", checkpoint, verify_options, 1},
      {"prune", audit_prune_rows, prune_options, 3}};
  const struct verb *verb = verbs;
  const char *folder = NULL;
  int code = EXIT_USAGE;
  for (size_t i = 0; argc > 0 && i < sizeof verbs / sizeof *verbs; i++) {
    if (!text_is(text_of(argv[0]), verbs[i].name)) continue;
    verb = &verbs[i];
    argc--, argv++;
    break;
  }
  if (!cli_options(argc, argv, verb->options, verb->count, &folder, help, &code)) return code;
  struct cli_data data;
  code = cli_data_open(&data, folder, arguments.data, arguments.json) ? verb->run(&data, &arguments)
                                                                      : EXIT_FINDINGS;
  cli_data_close(&data);
  return code;
}
