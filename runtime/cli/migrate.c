/* `writ migrate`: which migrations a database has seen, and applying the others. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/audit.h"
#include "cli/cli_app.h"
#include "cli/findings.h"
#include "cli/print.h"
#include "describe/explain.h"
#include "store/migrate.h"

static const char help[] =
    "usage: writ migrate [status] [--json] [FOLDER]\n"
    "       writ migrate up [--dry-run] [--json] [--trust KEY]… [FOLDER]\n\n"
    "status lists the migrations of the app in FOLDER (default: .) as its database knows them:\n"
    "  applied       and when\n"
    "  pending       `up` would apply it, as `writ serve` does at its start\n"
    "  changed, missing, out of order: nothing is applied until that is mended\n"
    "up applies what is pending, each in a transaction of its own, with a row in the audit log. It "
    "does\n"
    "not begin if `writ check` finds anything wrong, nor while a server uses the database.\n"
    "up --dry-run applies it to a copy instead, which is gone afterwards, and shows what would be\n"
    "different in the schema; the contracts are loaded against that. A server may go on serving. "
    "The\n"
    "copy is as large as the database: in a file without a name in $SQLITE_TMPDIR, $TMPDIR or "
    "/var/tmp.\n\n"
    "  --data DIR    where the database is, if not where writ.json says\n"
    "  --json        of status: an array of { name, state, applied }; of up: an object with what "
    "was\n"
    "                applied, and with --dry-run would be: docs/json/migrate.schema.json\n"
    "  --trust KEY   as in writ check\n\n"
    "up needs the audit log's key: WRIT_AUDIT_KEY, or the key file of writ.json, which is made "
    "with "
    "a\n"
    "new database.\n\n"
    "Exit code 0: done, and all are applied (with --dry-run: would be); 1: something is wrong;\n"
    "2: the command line is not understood; 3: nothing is wrong, and status lists one that\n"
    "is pending.\n\n"
    "example: writ migrate up --dry-run && writ migrate up\n";

struct work {
  struct cli_app opened;
  const char *folder, *data; /* --data, or NULL */
  char database[CONFIG_PATH_BYTES + 16];
  struct arena arena;
  struct migration *migrations;
  size_t count;
  bool json;
  struct error error;
};

/* What is about a file of a migration is shown as a finding in it, anything else as it is. */
static int failed_with(const struct work *work, enum finding_code code)
{
  struct report report;
  report_init(&report);
  if (migrations_report(&work->opened.sources, code, &work->error, &report))
    findings_print(&report, work->json);
  else
    print_error("writ: ", &work->error);
  report_deinit(&report);
  return EXIT_FINDINGS;
}

static int failed(const struct work *work)
{
  return failed_with(work, FINDING_MIGRATION_FAILED);
}

/* The app's files alone; what is wrong with them is said. */
static bool read_app(struct work *work, const struct trust *trust)
{
  struct cli_app *opened = &work->opened;
  cli_app_read(opened, work->folder, trust);
  if (opened->report.errors == 0 && opened->sources.count == 0)
    report_error(&opened->report, FINDING_NO_APP, NULL, 0,
                 "name the folder that has contracts/ and app/", "there is no app in %s",
                 work->folder);
  if (opened->report.errors > 0) findings_print(&opened->report, work->json);
  if (opened->report.errors > 0) return false;
  const char *data = work->data ? work->data : opened->config.data;
  if (strlen(data) >= CONFIG_PATH_BYTES)
    error_set(&work->error, "--data: the path is too long");
  else if (migrations_read(&opened->sources, &work->arena, &work->migrations, &work->count,
                           &work->error) == 0) {
    snprintf(work->database, sizeof work->database, "%s/writ.db", data);
    return true;
  }
  failed_with(work, FINDING_MIGRATION_NAME);
  return false;
}

/* A database that is not there yet is an empty one, and is not made; one that cannot be got at is
 * an error. */
static struct store *open_database(struct work *work)
{
  struct store *store = NULL;
  bool empty = access(work->database, F_OK) < 0 && errno == ENOENT;
  struct store_config config = {.path = empty ? NULL : work->database};
  return store_open(&config, &store, &work->error) == 0 ? store : NULL;
}

/* --- status --- */

static void print_object(const struct migration_status *status, struct text time, bool first)
{
  const char *state = migration_state_name(status->state);
  const struct print_member members[] = {
      {"name", json_string(text_of(status->name))},
      {"state", json_string(text_of(state))},
      {"applied", time.length ? json_string(time) : json_null()}};
  printf("%s\n  ", first ? "[" : ",");
  print_json_object(stdout, members, sizeof members / sizeof *members);
}

static void print_line(const struct migration_status *status, struct text time)
{
  struct text name = text_of(status->name);
  print_visible(stdout, name);
  printf("%*s  %-12s  %.*s\n", name.length < 30 ? 30 - (int)name.length : 0, "",
         migration_state_name(status->state), TEXT_ARGS(time));
}

static int print_status(struct work *work, const struct migration_status *statuses, size_t count)
{
  size_t pending;
  for (size_t i = 0; i < count; i++) {
    char written[TIME_CHARS] = "";
    if (statuses[i].applied_ms) audit_print_time(statuses[i].applied_ms, written);
    struct text time = arena_copy(&work->arena, text_of(written));
    if (work->json)
      print_object(&statuses[i], time, i == 0);
    else
      print_line(&statuses[i], time);
  }
  if (work->json) puts(count == 0 ? "[]" : "\n]");
  fflush(stdout);
  if (migrations_check(statuses, count, &pending, &work->error)) return failed(work);
  return pending > 0 ? EXIT_PENDING : EXIT_OK;
}

static int status(struct work *work, const struct trust *trust)
{
  struct migration_status *statuses;
  size_t count;
  if (!read_app(work, trust)) return EXIT_FINDINGS;
  struct store *store = open_database(work);
  if (!store) return failed(work);
  count = work->count;
  int read = store_migration_status(store_reader(store), work->migrations, &count, &work->arena,
                                    &statuses, &work->error);
  store_close(store);
  return read == 0 ? print_status(work, statuses, count) : failed(work);
}

/* --- up --- */

/* The names of those that were pending. */
static struct json names_of(struct work *work, size_t applied)
{
  struct json *names = arena_new_array(&work->arena, applied + 1, sizeof *names);
  for (size_t i = 0; i < applied; i++)
    names[i] = json_string(text_of(work->migrations[work->count - applied + i].name));
  return (struct json){.type = JSON_ARRAY, .items = names, .length = (uint32_t)applied};
}

static void print_applied(struct work *work, size_t applied)
{
  if (work->json) {
    const struct print_member members[] = {{"applied", names_of(work, applied)}};
    print_json_object(stdout, members, 1);
    putchar('\n');
    return;
  }
  for (size_t i = work->count - applied; i < work->count; i++)
    printf("applied %s\n", work->migrations[i].name);
  if (applied == 0) puts("nothing is pending");
}

/* As `writ serve` does it at its start. */
static int apply(struct work *work)
{
  struct app app;
  struct report report;
  struct app_options options = {.folder = work->folder,
                                .sources = &work->opened.sources,
                                .database = work->database,
                                .relaxed_sync = work->opened.config.relaxed_sync,
                                .alone = true,
                                .contracts_only = true,
                                .config = &work->opened.config};
  if (work->opened.manifest.version > 0) options.manifest = &work->opened.manifest;
  report_init(&report);
  bool done = app_open(&app, &options, &report, &work->error) == 0;
  if (done) print_applied(work, app.applied);
  if (done) app_close(&app);
  if (!done) findings_print(&report, work->json);
  report_deinit(&report);
  return done ? EXIT_OK : failed(work);
}

/* What `writ check` finds wrong is found before anything is done. */
static int up(struct work *work, const struct trust *trust)
{
  if (!read_app(work, trust) ||
      !cli_app_load(&work->opened, (struct app_options){.folder = work->folder}, work->json))
    return EXIT_FINDINGS;
  app_close(&work->opened.app);
  const char *data = work->data ? work->data : work->opened.config.data;
  return file_make_folder(data, &work->error) == 0 ? apply(work) : failed(work);
}

/* --- up --dry-run --- */

static void print_difference(struct work *work, const struct explanation *before,
                             const struct explanation *after)
{
  struct change *changes;
  size_t count;
  explanation_compare(before, after, &work->arena, &changes, &count);
  for (size_t i = 0; i < count; i++) {
    print_visible(stdout, changes[i].sentence);
    putchar('\n');
    print_lines(stdout, "    ", changes[i].diff);
  }
  if (count == 0) puts("the schema stays as it is");
  fflush(stdout);
}

static void print_dry_object(struct work *work, size_t applied, const struct explanation *before,
                             const struct explanation *after)
{
  struct change *changes;
  size_t count;
  explanation_compare(before, after, &work->arena, &changes, &count);
  struct json *items = arena_new_array(&work->arena, count + 1, sizeof *items);
  for (size_t i = 0; i < count; i++) {
    struct json_builder object = {0};
    bool differs = changes[i].diff.length > 0;
    json_builder_add(&object, &work->arena, TEXT("sentence"), json_string(changes[i].sentence));
    json_builder_add(&object, &work->arena, TEXT("diff"),
                     differs ? json_string(changes[i].diff) : json_null());
    items[i] = json_builder_object(&object);
  }
  const struct print_member members[] = {
      {"would_apply", names_of(work, applied)},
      {"schema", {.type = JSON_ARRAY, .items = items, .length = (uint32_t)count}}};
  print_json_object(stdout, members, sizeof members / sizeof *members);
  putchar('\n');
  fflush(stdout);
}

/* Applies what is pending to the copy, and says what that changed. */
static int try_all(struct work *work, struct store *copy)
{
  struct explanation before, after;
  size_t applied;
  if (explain_schema(copy, &work->arena, &before, &work->error) ||
      store_migrate(copy, work->migrations, work->count, &applied, &work->error) ||
      explain_schema(copy, &work->arena, &after, &work->error))
    return -1;
  if (work->json) {
    print_dry_object(work, applied, &before, &after);
    return 0;
  }
  for (size_t i = work->count - applied; i < work->count; i++)
    printf("would apply %s\n", work->migrations[i].name);
  if (applied == 0) puts("nothing is pending");
  if (applied > 0) print_difference(work, &before, &after);
  return 0;
}

static int dry_run(struct work *work, const struct trust *trust)
{
  struct store *copy = NULL;
  if (!read_app(work, trust)) return EXIT_FINDINGS;
  struct store *store = open_database(work);
  if (!store) return failed(work);
  int result = store_open(&(struct store_config){.copy_of = store}, &copy, &work->error);
  store_close(store);
  if (result == 0) result = try_all(work, copy);
  if (result) {
    if (copy) store_close(copy);
    return failed(work);
  }
  bool fits = cli_app_load(&work->opened,
                           (struct app_options){.folder = work->folder, .store = copy}, false);
  return fits ? EXIT_OK : EXIT_FINDINGS;
}

/* --- The command. --- */

int cli_migrate(int argc, char **argv)
{
  struct work work = {.folder = NULL};
  bool dry = false;
  struct trust trust;
  int code;
  if (!cli_trust(&argc, argv, &trust, &code)) return code;
  const struct option options[] = {
      {"--data", &work.data, NULL}, {"--json", NULL, &work.json}, {"--dry-run", NULL, &dry}};
  bool is_up = argc > 0 && text_is(text_of(argv[0]), "up");
  if (is_up || (argc > 0 && text_is(text_of(argv[0]), "status"))) argc--, argv++;
  if (!cli_options(argc, argv, options, sizeof options / sizeof *options, &work.folder, help,
                   &code))
    return code;
  if (dry && !is_up) {
    fputs("writ: migrate status knows no --dry-run; see --help\n", stderr);
    return EXIT_USAGE;
  }
  if (!work.folder) work.folder = ".";
  arena_init(&work.arena, 16 * 1024);
  code = !is_up ? status(&work, &trust) : dry ? dry_run(&work, &trust) : up(&work, &trust);
  cli_app_close(&work.opened);
  arena_deinit(&work.arena);
  return code;
}
