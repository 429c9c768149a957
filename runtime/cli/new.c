/* `writ new`: contract, handler, queries and spec of a new route, from a template. */
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/new.h"
#include "cli/print.h"

static const char help[] =
    "usage: writ new [OPTION…] NAME [FOLDER]\n\n"
    "Writes contract, handler, queries and spec of a new route into the app in FOLDER (default: "
    ".),\n"
    "and, for a table that it does not have yet, a migration and a line in contracts/policy.json.\n"
    "What it writes is in order: else nothing is written. Nothing is overwritten. NAME is the\n"
    "contract's (notes.create), or that of a group of contracts (notes, with owner-crud). What is\n"
    "not said is asked for at a terminal.\n\n"
    "  --template NAME  public-read  anybody reads: GET a list or one\n"
    "                   signed-in    who is signed in lists, reads, creates, changes or deletes\n"
    "                                their own, by the route's method\n"
    "                   owner-crud   all five of these, each a contract\n"
    "                   admin-only   the same for a role that is privileged, for everybody's rows\n"
    "                   batch        many are created at once, or none\n"
    "                   login        a session for who knows the password\n"
    "  --route ROUTE    \"PATCH /notes/{note_id}\"; with owner-crud the path of the list\n"
    "  --table NAME     the table (default: what stands before the dot of NAME; login: users)\n"
    "  --fields LIST    \"title:string(1..200),due:date?\": the columns of a new table; of one "
    "that\n"
    "                   is there, those that come in (default: all that may). Types: string, "
    "text,\n"
    "                   integer, number, with least and greatest length or value as (1..200);\n"
    "                   boolean, date, datetime, email, uuid, url, enum(a|b); ? is: may be null\n"
    "  --role ROLES     who may call, with commas between them (default: those of\n"
    "                   contracts/templates/signed_in.json that are not privileged, or whoever is\n"
    "                   signed in; admin-only: the first that the policy calls privileged)\n"
    "  --reason TEXT    why a contract is public\n"
    "  --dry-run        show what would be written\n"
    "  --json           say it as a JSON document (docs/json/new.schema.json)\n\n"
    "Exit code 0: it was written; 1: it was not, since something is in the way or wrong with the\n"
    "app; 2: the command line is wrong, or lacks something.\n\n"
    "example: writ new notes.create --template signed-in --route \"POST /notes\" \\\n"
    "           --fields \"title:string(1..200),body:text(0..20000)\"\n"
    "         writ new projects --template owner-crud --fields \"name:string(1..80),due:date?\"\n";

struct running {
  struct new_asked asked;
  bool dry_run, json;
  struct arena arena;
  struct cli_app opened;
  struct plan plan;
  struct report report; /* of the app as it would be */
  struct error error;
};

/* --- What is said of it. --- */

static void print_document(struct running *running)
{
  struct buffer out = {0};
  bool planned = !running->error.message[0];
  buffer_append_text(&out, TEXT("{\"folder\":"));
  json_write_string(&out, text_of(running->asked.folder));
  buffer_print(&out, ",\"dry_run\":%s,\"files\":[", running->dry_run ? "true" : "false");
  for (size_t i = 0; i < running->plan.count && planned; i++) {
    const struct planned_file *file = &running->plan.files[i];
    buffer_append_text(&out, i > 0 ? TEXT(",{\"path\":") : TEXT("{\"path\":"));
    json_write_string(&out, text_of(file->path));
    buffer_print(&out, ",\"change\":\"%s\"", file->edited ? "edited" : "created");
    if (running->dry_run) {
      buffer_append_text(&out, TEXT(",\"text\":"));
      json_write_string(&out, file->text);
    }
    buffer_append_byte(&out, '}');
  }
  buffer_append_text(&out, TEXT("],\"error\":"));
  if (planned)
    buffer_append_text(&out, TEXT("null"));
  else
    json_write_string(&out, text_of(running->error.message));
  struct json findings =
      report_json(running->report.errors > 0 ? &running->report : &running->opened.report);
  buffer_append_text(&out, TEXT(",\"findings\":"));
  json_write(&out, &findings);
  buffer_append_text(&out, TEXT("}\n"));
  print_json(stdout, buffer_text(&out));
  buffer_deinit(&out);
}

/* Of an edited file only what is new: between the beginning and the end that stay. */
static struct text added(const struct planned_file *file)
{
  size_t start = 0, end = 0, most = file->before.length;
  while (start < most && file->text.data[start] == file->before.data[start]) start++;
  while (end < most - start && file->text.data[file->text.length - 1 - end] ==
                                   file->before.data[file->before.length - 1 - end])
    end++;
  if (file->text.data[start] == ',') start++; /* behind the member before */
  return text_trim((struct text){file->text.data + start, file->text.length - start - end});
}

static void print_plan(const struct running *running)
{
  for (size_t i = 0; i < running->plan.count; i++) {
    const struct planned_file *file = &running->plan.files[i];
    if (running->dry_run && i > 0) fputc('\n', stdout);
    printf("%s %s\n", file->edited ? "edited " : "created", file->path);
    if (running->dry_run) print_lines(stdout, "  ", file->edited ? added(file) : file->text);
  }
}

static void print_next(const struct running *running)
{
  bool table = plan_find(&running->plan, "contracts/policy.json");
  printf("\nNext:\n"
         "  read what is in contracts/%s: it is what people review\n"
         "  writ check --explain    say what the contracts allow\n"
         "  writ test               try it\n",
         table ? ", policy.json and the migration, too" : "");
  if (table)
    fputs("A server that runs has to begin anew: migrations are applied at its start.\n", stdout);
}

/* --- Doing it. --- */

static int usage(struct running *running, const char *flag, const char *what)
{
  error_set(&running->error, "%s is missing: %s", flag, what);
  return EXIT_USAGE;
}

/* What has no default, and was neither said nor asked for. */
static int check_asked(struct running *running)
{
  struct new_asked *asked = &running->asked;
  if (!asked->name) return usage(running, "NAME", "say what it is called, as in notes.create");
  if (!asked->template)
    return usage(running, "--template",
                 "public-read, signed-in, owner-crud, admin-only, batch or login");
  const struct new_template *template = new_template_find(asked->template);
  if (!template) {
    error_set(&running->error,
              "--template: \"%.60s\" is none: public-read, signed-in, owner-crud, admin-only, "
              "batch or login",
              asked->template);
    return EXIT_USAGE;
  }
  if (!asked->route) asked->route = template->route;
  if (!asked->route) return usage(running, "--route", "say method and path, as in \"POST /notes\"");
  const struct json *privileged = json_get(new_policy(&running->opened), "privileged");
  if (!strcmp(template->name, "admin-only") && !asked->role) {
    if (!privileged || privileged->length == 0)
      return usage(running, "--role", "the policy calls none privileged");
    asked->role = json_text(&privileged->items[0]).data;
  }
  return EXIT_OK;
}

static bool load(struct running *running)
{
  struct cli_app *opened = &running->opened;
  cli_app_read(opened, running->asked.folder, NULL);
  struct app_options options = {.folder = running->asked.folder,
                                .sources = &opened->sources,
                                .config = opened->configured ? &opened->config : NULL,
                                .contracts_only = true};
  bool loaded = app_open(&opened->app, &options, &opened->report, &running->error) == 0;
  if (loaded && opened->report.errors == 0 && new_policy(opened)) return true;
  if (opened->sources.count == 0)
    error_set(&running->error, "%s: there is no app here: begin one with writ init",
              running->asked.folder);
  if (!running->json) report_print(&opened->report, stderr);
  error_set(&running->error, "the app has errors: mend them first; `writ check` says which");
  return false;
}

/* Messages about options and operands begin with what they are about. */
static int code_of(const struct error *error)
{
  struct text message = text_of(error->message);
  return text_starts_with(message, "--") || text_starts_with(message, "NAME") ? EXIT_USAGE
                                                                              : EXIT_FINDINGS;
}

static int plan_and_write(struct running *running)
{
  if (!load(running)) return EXIT_FINDINGS;
  bool asks = !running->json && isatty(STDIN_FILENO);
  if (asks) new_ask(&running->asked, &running->opened, &running->arena);
  int code = check_asked(running);
  if (code) return code;
  if (new_plan(&running->plan, &running->opened, &running->asked, &running->error))
    return code_of(&running->error);
  if (!new_plan_is_clean(&running->plan, &running->opened, &running->report, &running->error)) {
    if (!running->json) report_print(&running->report, stderr);
    error_set(&running->error, "nothing was written: with it the app would have these errors");
    return EXIT_FINDINGS;
  }
  if (running->dry_run) return EXIT_OK;
  return plan_write(&running->plan, running->asked.folder, &running->error) ? EXIT_FINDINGS
                                                                            : EXIT_OK;
}

static int run(struct running *running)
{
  arena_init(&running->arena, 1 << 16);
  report_init(&running->report);
  running->plan.arena = &running->arena;
  int code = plan_and_write(running);
  if (running->json) {
    print_document(running);
  } else if (code == EXIT_OK) {
    print_plan(running);
    if (!running->dry_run) print_next(running);
  } else {
    print_error("writ: ", &running->error);
  }
  report_deinit(&running->report);
  cli_app_close(&running->opened);
  arena_deinit(&running->arena);
  return code;
}

int cli_new(int argc, char **argv)
{
  struct running running = {.asked = {.folder = "."}};
  struct new_asked *asked = &running.asked;
  const struct option options[] = {{.name = "--template", .value = &asked->template},
                                   {.name = "--route", .value = &asked->route},
                                   {.name = "--table", .value = &asked->table},
                                   {.name = "--fields", .value = &asked->fields},
                                   {.name = "--role", .value = &asked->role},
                                   {.name = "--reason", .value = &asked->reason},
                                   {.name = "--dry-run", .flag = &running.dry_run},
                                   {.name = "--json", .flag = &running.json}};
  const char **operands = memory_new_array((size_t)argc + 1, sizeof *operands);
  size_t count = 0;
  int code;
  if (cli_arguments(argc, argv, options, sizeof options / sizeof *options, operands, &count, help,
                    &code)) {
    if (count > 0) asked->name = operands[0];
    if (count > 1) asked->folder = operands[1];
    if (count > 2) fprintf(stderr, "writ: %s is not understood; see --help\n", operands[2]);
    code = count > 2 ? EXIT_USAGE : run(&running);
  }
  memory_free(operands);
  return code;
}
