/* `writ audit`: what was done and refused, and whether the log still says what it said. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "contract/source_tree.h"
#include "process/config.h"
#include "store/audit.h"

static const char help[] =
    "usage: writ audit [list] [FILTER…] [--json] [FOLDER]\n"
    "       writ audit verify [--against FILE] [FOLDER]\n"
    "       writ audit checkpoint [FOLDER]\n\n"
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
    "checkpoint prints where the log ends, as one line to be kept elsewhere.\n\n"
    "  --data DIR       where the database is, if not where writ.json says\n\n"
    "verify and checkpoint need the log's key: WRIT_AUDIT_KEY, or the key file of writ.json.\n\n"
    "Exit code 0: done, intact; 1: the log cannot be read or is not intact; 2: usage.\n\n"
    "example: writ audit list --outcome denied --since 24h\n"
    "         writ audit checkpoint >>/mnt/elsewhere/heads; writ audit verify --against "
    "/mnt/elsewhere/heads\n";

struct arguments {
  const char *data, *principal, *action, *outcome, *reason, *handler, *address, *resource;
  const char *since, *until, *limit, *against;
  bool json;
};

struct log {
  struct report report;
  struct config config;
  struct store *store;
  struct error error;
};

/* --- Opening --- */

static bool open_log(struct log *log, const char *folder, const char *data)
{
  char path[1100];
  struct source_tree sources;
  *log = (struct log){0};
  report_init(&log->report);
  source_tree_read(&sources, folder, &log->report);
  bool configured = config_read(&sources, &log->config, &log->report) == 0;
  source_tree_free(&sources);
  if (!configured || log->report.errors > 0) {
    report_print(&log->report, stderr);
    return false;
  }
  snprintf(path, sizeof path, "%s/writ.db", data ? data : log->config.data);
  if (access(path, F_OK))
    error_set(&log->error, "%s: there is no database; name its folder by --data", path);
  else if (store_open(&(struct store_config){.path = path}, &log->store, &log->error) == 0)
    return true;
  print_error("writ: ", &log->error);
  return false;
}

static void close_log(struct log *log)
{
  if (log->store) store_close(log->store);
  report_deinit(&log->report);
}

static bool read_key(struct log *log, unsigned char key[HASH_BYTES])
{
  if (config_audit_key(&log->config, false, key, &log->error) == 0) return true;
  print_error("writ: ", &log->error);
  return false;
}

/* --- list --- */

static bool read_time(const char *text, int64_t *ms)
{
  struct tm tm = {0};
  int64_t age;
  int used = 0;
  if (units_duration_ms(text_of(text), &age)) {
    *ms = clock_wall_ms() - age;
    return true;
  }
  if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3) return false;
  text += used;
  used = 0;
  if (*text && sscanf(text, "T%2d:%2d:%2dZ%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 3)
    return false;
  if (text[used] || (*text && used == 0)) return false;
  tm.tm_year -= 1900;
  tm.tm_mon--;
  struct tm asked = tm;
  *ms = (int64_t)timegm(&tm) * 1000;
  return tm.tm_mon == asked.tm_mon && tm.tm_mday == asked.tm_mday && tm.tm_hour == asked.tm_hour &&
         tm.tm_min == asked.tm_min;
}

static bool read_filter(const struct arguments *arguments, struct audit_filter *filter)
{
  char *end = NULL;
  const char *limit = arguments->limit ? arguments->limit : "100";
  *filter = (struct audit_filter){.principal = text_of(arguments->principal),
                                  .action = text_of(arguments->action),
                                  .outcome = text_of(arguments->outcome),
                                  .reason = text_of(arguments->reason),
                                  .handler = text_of(arguments->handler),
                                  .address = text_of(arguments->address),
                                  .resource = text_of(arguments->resource),
                                  .limit = strtoll(limit, &end, 10)};
  if (*end || end == limit || filter->limit < 0) {
    fprintf(stderr, "writ: --limit %s is no number\n", limit);
    return false;
  }
  const char *const times[] = {arguments->since, arguments->until};
  int64_t *const into[] = {&filter->since_ms, &filter->until_ms};
  for (size_t i = 0; i < 2; i++) {
    if (!times[i] || read_time(times[i], into[i])) continue;
    fprintf(stderr,
            "writ: %s is no time: write 2026-01-31, 2026-01-31T12:00:00Z or an age like 2h\n",
            times[i]);
    return false;
  }
  return true;
}

static struct text time_text(struct arena *arena, int64_t ms)
{
  char text[32];
  struct tm tm;
  time_t seconds = (time_t)(ms / 1000);
  if (!gmtime_r(&seconds, &tm)) return TEXT("");
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
  return arena_print(arena, "%s.%03dZ", text, (int)(ms % 1000));
}

/* JSON in a column as what it is. */
static struct json value_of(struct arena *arena, struct text json)
{
  struct json value;
  if (json.length == 0) return json_null();
  return json_read(arena, arena_copy(arena, json), NULL, &value, NULL) ? json_string(json) : value;
}

static struct json hash_of(struct arena *arena, const unsigned char hash[HASH_BYTES])
{
  char *hex = arena_alloc(arena, 2 * HASH_BYTES + 1);
  crypto_hex(hex, hash, HASH_BYTES);
  return json_string(text_of(hex));
}

static void print_as_json(void *context, int64_t id, const struct audit_entry *entry)
{
  (void)context;
  struct arena arena;
  struct buffer line = {0};
  struct json_builder row = {0};
  arena_init(&arena, 4096);
  const struct {
    const char *name;
    struct json value;
  } columns[] = {{"id", json_integer(id)},
                 {"time", json_string(time_text(&arena, entry->time_ms))},
                 {"action", json_string(entry->action)},
                 {"outcome", json_string(text_of(audit_outcome_name(entry->outcome)))},
                 {"reason", json_string(entry->reason)},
                 {"detail", json_string(entry->detail)},
                 {"principal", entry->principal_id},
                 {"handler", json_string(entry->handler)},
                 {"contract_hash", hash_of(&arena, entry->contract_hash)},
                 {"handler_hash", hash_of(&arena, entry->handler_hash)},
                 {"resource", value_of(&arena, entry->resource)},
                 {"input", value_of(&arena, entry->input)},
                 {"address", json_string(entry->address)},
                 {"request_id", json_string(entry->request_id)},
                 {"duration_us", json_integer(entry->duration_us)},
                 {"count", json_integer(entry->count)}};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    json_builder_add(&row, &arena, text_of(columns[i].name), columns[i].value);
  struct json value = json_builder_object(&row);
  json_write(&line, &value);
  print_json(stdout, buffer_text(&line));
  putchar('\n');
  buffer_deinit(&line);
  arena_deinit(&arena);
}

static void print_as_line(void *context, int64_t id, const struct audit_entry *entry)
{
  (void)context;
  struct arena arena;
  arena_init(&arena, 4096);
  struct text principal = TEXT("-");
  if (entry->principal_id.type == JSON_STRING) principal = json_text(&entry->principal_id);
  if (entry->principal_id.type == JSON_INTEGER)
    principal = arena_print(&arena, "%" PRId64, entry->principal_id.integer);
  struct text line = arena_print(
      &arena, "%6" PRId64 "  %.*s  %-6s  %.*s%s%.*s  by %.*s%s%.*s%s%.*s", id,
      TEXT_ARGS(time_text(&arena, entry->time_ms)), audit_outcome_name(entry->outcome),
      TEXT_ARGS(entry->action), entry->reason.length ? ": " : "", TEXT_ARGS(entry->reason),
      TEXT_ARGS(principal), entry->address.length ? " from " : "", TEXT_ARGS(entry->address),
      entry->resource.length ? "  " : "", TEXT_ARGS(entry->resource));
  print_visible(stdout, line);
  if (entry->count > 1) printf("  (%" PRId64 " times)", entry->count);
  putchar('\n');
  arena_deinit(&arena);
}

static int list(struct log *log, const struct arguments *arguments)
{
  struct audit_filter filter;
  if (!read_filter(arguments, &filter)) return EXIT_USAGE;
  audit_visitor visit = arguments->json ? print_as_json : print_as_line;
  if (audit_list(store_reader(log->store), &filter, visit, NULL, &log->error) == 0) return EXIT_OK;
  print_error("writ: ", &log->error);
  return EXIT_FINDINGS;
}

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

static int verify(struct log *log, const struct arguments *arguments)
{
  unsigned char key[HASH_BYTES];
  struct audit_head kept, head = {0};
  if (!read_key(log, key)) return EXIT_FINDINGS;
  int result = 0;
  if (arguments->against)
    result = read_kept(arguments->against, key, &log->report.arena, &kept, &log->error);
  if (result == 0)
    result = audit_verify(store_reader(log->store), key, arguments->against ? &kept : NULL, &head,
                          &log->error);
  if (result == 0) printf("%" PRId64 " rows, intact\n", head.id);
  print_error("writ: ", &log->error);
  return result == 0 ? EXIT_OK : EXIT_FINDINGS;
}

/* Of a log that is intact: a line that vouches for anything else would be worse than none. */
static int checkpoint(struct log *log, const struct arguments *arguments)
{
  (void)arguments;
  unsigned char key[HASH_BYTES];
  char line[AUDIT_HEAD_CHARS];
  struct audit_head head;
  if (!read_key(log, key)) return EXIT_FINDINGS;
  if (audit_verify(store_reader(log->store), key, NULL, &head, &log->error)) {
    print_error("writ: ", &log->error);
    return EXIT_FINDINGS;
  }
  audit_head_print(&head, key, line);
  puts(line);
  return EXIT_OK;
}

static const struct {
  const char *name;
  int (*run)(struct log *log, const struct arguments *arguments);
} verbs[] = {{"list", list}, {"verify", verify}, {"checkpoint", checkpoint}};

int cli_audit(int argc, char **argv)
{
  struct arguments arguments = {0};
  const struct option options[] = {
      {"--data", &arguments.data, NULL},       {"--principal", &arguments.principal, NULL},
      {"--action", &arguments.action, NULL},   {"--outcome", &arguments.outcome, NULL},
      {"--reason", &arguments.reason, NULL},   {"--handler", &arguments.handler, NULL},
      {"--address", &arguments.address, NULL}, {"--resource", &arguments.resource, NULL},
      {"--since", &arguments.since, NULL},     {"--until", &arguments.until, NULL},
      {"--limit", &arguments.limit, NULL},     {"--against", &arguments.against, NULL},
      {"--json", NULL, &arguments.json},
  };
  int (*run)(struct log * log, const struct arguments *arguments) = list;
  const char *folder = NULL;
  int code = EXIT_USAGE;
  for (size_t i = 0; argc > 0 && i < sizeof verbs / sizeof *verbs; i++) {
    if (!text_is(text_of(argv[0]), verbs[i].name)) continue;
    run = verbs[i].run;
    argc--, argv++;
    break;
  }
  if (!cli_options(argc, argv, options, sizeof options / sizeof *options, &folder, help, &code))
    return code;
  struct log log;
  code =
      open_log(&log, folder ? folder : ".", arguments.data) ? run(&log, &arguments) : EXIT_FINDINGS;
  close_log(&log);
  return code;
}
