/* `writ try`: one call of a handler, on a database that is made for it and gone afterwards. */
#include "cli/try.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/find_contract.h"
#include "cli/findings.h"
#include "cli/print.h"
#include "testing/request_of.h"

static const char help[] =
    "usage: writ try HANDLER [--as NAME] [--input JSON] [--fixtures FILE] [--json] [FOLDER]\n\n"
    "Calls a handler of the app in FOLDER (default: .) once, behind its contract, on a database\n"
    "made of migrations and fixtures, which is gone afterwards. Served data is never opened, nor\n"
    "any secret that writ.json names. Shows the reply, the queries that ran with what each\n"
    "parameter was bound to and from where, the rows that changed, what the handler logged, its\n"
    "time and memory, and the row of the audit log.\n\n"
    "HANDLER is a contract's name (users.update_profile), its path\n"
    "(contracts/users/update_profile.json) or its route (\"PATCH /users/{user_id}\").\n\n"
    "  --as NAME        who calls: a principal of the fixtures (`-- principal: NAME ID`), or a\n"
    "                   webhook that signs (webhook:stripe); default: nobody\n"
    "  --input JSON     the fields of the contract, as one object: JSON as text, the name of a\n"
    "                   file, or - for standard input; the host splits them into path, query\n"
    "                   string and body. Default: {}\n"
    "  --fixtures FILE  SQL; default: tests/fixtures.sql or fixtures.sql in FOLDER, if there\n"
    "  --status N       fail unless the reply has this status (default: any below 400)\n"
    "  --json           all of it as one document: docs/json/try.schema.json; if the app does not\n"
    "                   load, what is wrong: docs/json/findings.schema.json\n\n"
    "Exit code 0: the reply has the status; 1: it has another, or there is none; 2: the command\n"
    "line is not understood.\n\n"
    "example: writ try users.me --as ada\n"
    "         writ try notes.create --as ada --input '{\"title\": \"Note\", \"body\": \"Text\"}'\n";

enum { INPUT_MAX_BYTES = 16 << 20 };

struct try_options {
  const char *handler, *as, *input, *fixtures, *status, *folder;
  bool json;
};

/* --- The input. --- */

static int read_stdin(struct arena *arena, struct text *text, struct error *error)
{
  struct buffer bytes = {0};
  ssize_t got;
  do {
    got = read(STDIN_FILENO, buffer_reserve(&bytes, 65536), 65536);
    if (got > 0) bytes.length += (size_t)got;
  } while ((got > 0 && bytes.length <= INPUT_MAX_BYTES) || (got < 0 && errno == EINTR));
  *text = arena_copy(arena, buffer_text(&bytes));
  buffer_deinit(&bytes);
  if (got < 0) return error_set(error, "standard input cannot be read");
  return text->length > INPUT_MAX_BYTES ? error_set(error, "the input is too large") : 0;
}

static int read_input(const char *option, struct arena *arena, struct json *input,
                      struct error *error)
{
  struct text text = text_trim(text_of(option ? option : "{}"));
  struct json_error wrong;
  int result = 0;
  if (text_is(text, "-"))
    result = read_stdin(arena, &text, error);
  else if (text.length == 0 || !strchr("{[\"", text.data[0]))
    result = file_read(arena, option, INPUT_MAX_BYTES, &text, error);
  if (result) return -1;
  if (json_read(arena, text, NULL, input, &wrong)) {
    struct source source = {.path = "input", .text = text};
    unsigned line, column;
    source_locate(&source, wrong.offset, &line, &column);
    return error_set(error, "the input is not JSON: %s (line %u, column %u)", wrong.message, line,
                     column);
  }
  return input->type == JSON_OBJECT ? 0 : error_set(error, "the input must be an object of fields");
}

/* --- Who calls. --- */

static int nobody_is(const struct scratch *scratch, const char *name, struct error *error)
{
  const char *names[64];
  char copies[64][64];
  size_t count, known = 0;
  const struct scratch_principal *all = scratch_principals(scratch, &count);
  for (; known < count && known < 64; known++) {
    snprintf(copies[known], sizeof copies[known], "%.*s", TEXT_ARGS(all[known].name));
    names[known] = copies[known];
  }
  const char *meant = text_suggestion(text_of(name), names, known);
  if (meant)
    return error_set(error, "no principal of the fixtures is called %s; did you mean %s?", name,
                     meant);
  return error_set(error,
                   "no principal of the fixtures is called %s: add a line `-- principal: %s ID`",
                   name, name);
}

static int identify(struct scratch *scratch, const char *as, struct arena *arena,
                    struct request *request, struct error *error)
{
  static const char webhook[] = "webhook:";
  char token[TOKEN_CHARS + 1];
  if (!as) return 0;
  if (text_starts_with(text_of(as), webhook)) {
    if (scratch_sign_webhook(scratch, text_of(as + sizeof webhook - 1), arena, request)) return 0;
    return error_set(error, "writ.json knows no webhook %s", as + sizeof webhook - 1);
  }
  const struct scratch_principal *principal = scratch_principal(scratch, text_of(as));
  if (!principal) return nobody_is(scratch, as, error);
  if (scratch_sign_in(scratch, principal->id, token, error)) return -1;
  request->authorization = arena_print(arena, "Bearer %s", token);
  return 0;
}

static struct text names_of(const struct scratch *scratch, struct arena *arena)
{
  struct text names = TEXT("");
  size_t count;
  const struct scratch_principal *all = scratch_principals(scratch, &count);
  for (size_t i = 0; i < count; i++)
    names = arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(names), i > 0 ? ", " : "",
                        TEXT_ARGS(all[i].name));
  return names;
}

/* --- The call. --- */

/* What developers are shown stands in the same object as what clients get. */
static void split_debug(struct tried *tried, struct arena *arena)
{
  struct json_builder rest = {0};
  const struct json *all = &tried->reply.json, *debug = json_get(all, "debug");
  tried->debug = json_null();
  tried->body = *all;
  if (!debug || !text_is(tried->reply.content_type, "application/problem+json")) return;
  tried->debug = *debug;
  for (uint32_t i = 0; i < all->length; i++)
    if (!json_is_string(&all->members[i].key, "debug"))
      json_builder_add(&rest, arena, json_text(&all->members[i].key), all->members[i].value);
  tried->body = json_builder_object(&rest);
}

/* The body, without the passwords in it. */
static struct json shown_body(const struct tried *tried, struct arena *arena)
{
  struct json body;
  struct json_builder shown = {0};
  const struct contract *contract = tried->contract;
  if (json_read(arena, tried->request.body, NULL, &body, NULL)) return json_null();
  if (body.type != JSON_OBJECT) return body;
  for (uint32_t i = 0; i < body.length; i++) {
    struct text name = json_text(&body.members[i].key);
    struct json value = body.members[i].value;
    for (size_t field = 0; field < contract->field_count; field++)
      if (contract->fields[field].schema.password &&
          text_equal(contract->fields[field].schema.name, name))
        value = json_string(TEXT("(a password)"));
    json_builder_add(&shown, arena, name, value);
  }
  return json_builder_object(&shown);
}

static int read_audit(struct scratch *scratch, struct tried *tried, struct arena *arena,
                      struct error *error)
{
  struct json rows, id = json_string(tried->reply.request_id);
  const struct json values = {.type = JSON_ARRAY, .items = &id, .length = 1};
  static const char sql[] = "SELECT action, outcome, reason, detail, principal_id, handler,"
                            " resource, input, address, request_id, count FROM writ_audit"
                            " WHERE request_id = ? ORDER BY id DESC LIMIT 1";
  if (scratch_rows(scratch, text_of(sql), &values, arena, &rows, error)) return -1;
  tried->audit = rows.length > 0 ? rows.items[0] : json_null();
  return 0;
}

static int call(struct scratch *scratch, const struct json *input, struct tried *tried,
                struct arena *arena, struct error *error)
{
  struct request *request = &tried->request;
  if (request_of(tried->contract, input, arena, request, error) ||
      identify(scratch, tried->as, arena, request, error))
    return -1;
  tried->sent = shown_body(tried, arena);
  if (tried->contract->idempotency.present && !tried->contract->idempotency.by_input)
    request->idempotency_key = TEXT("writ-try");
  scratch_watch(scratch, &tried->trace, arena);
  scratch_call(scratch, request, arena, &tried->reply);
  split_debug(tried, arena);
  return scratch_changes(scratch, arena, &tried->changes, error) ||
                 read_audit(scratch, tried, arena, error)
             ? -1
             : 0;
}

static int show(const struct tried *tried, const struct try_options *options, struct arena *arena)
{
  struct error error = {0};
  int wanted = options->status ? atoi(options->status) : 0;
  (options->json ? try_print_json : try_print)(tried, arena);
  if (wanted ? tried->reply.status == wanted : tried->reply.status < 400) return EXIT_OK;
  if (wanted) error_set(&error, "the reply has status %d, not %d", tried->reply.status, wanted);
  print_error("writ: ", &error);
  return EXIT_FINDINGS;
}

/* The error is set if there was no call, and so nothing of it has been shown. */
static int try_in(struct scratch *scratch, const struct try_options *options,
                  const struct json *input, struct arena *arena, struct error *error)
{
  struct tried tried = {.as = options->as, .people = names_of(scratch, arena)};
  tried.contract = cli_find_contract(scratch_generation(scratch), options->handler, arena, error);
  if (!tried.contract || call(scratch, input, &tried, arena, error)) return EXIT_FINDINGS;
  return show(&tried, options, arena);
}

static int try_all(const struct try_options *options)
{
  struct arena arena;
  struct report report;
  struct error error = {0};
  struct scratch *scratch = NULL;
  struct json input;
  struct scratch_options opening = {
      .folder = options->folder, .fixtures = options->fixtures, .dev = true};
  int code = EXIT_FINDINGS;
  arena_init(&arena, 64 * 1024);
  report_init(&report);
  if (read_input(options->input, &arena, &input, &error) == 0) {
    bool opened = scratch_open(&opening, &report, &scratch, &error) == 0 &&
                  scratch_check_people(scratch, &report, &error) == 0;
    if (!options->json || !error.message[0]) findings_print(&report, options->json && !opened);
    if (opened) code = try_in(scratch, options, &input, &arena, &error);
  }
  findings_print_error(&report, &error, options->json);
  scratch_close(scratch);
  report_deinit(&report);
  arena_deinit(&arena);
  return code;
}

static bool is_status(const char *text)
{
  return strlen(text) == 3 && strspn(text, "0123456789") == 3 && text[0] != '0';
}

int cli_try(int argc, char **argv)
{
  struct try_options options = {.folder = "."};
  const struct option known[] = {{"--as", &options.as, NULL},
                                 {"--input", &options.input, NULL},
                                 {"--fixtures", &options.fixtures, NULL},
                                 {"--status", &options.status, NULL},
                                 {"--json", NULL, &options.json}};
  const char **operands = memory_new_array((size_t)argc + 1, sizeof *operands);
  size_t count = 0;
  int code = EXIT_USAGE;
  bool read =
      cli_arguments(argc, argv, known, sizeof known / sizeof *known, operands, &count, help, &code);
  if (read && (count == 0 || count > 2)) {
    fputs("writ: say which handler, and at most a folder; see writ try --help\n", stderr);
    code = EXIT_USAGE;
  } else if (read && options.status && !is_status(options.status)) {
    fprintf(stderr, "writ: --status %s is no status, such as 404\n", options.status);
    code = EXIT_USAGE;
  } else if (read) {
    options.handler = operands[0];
    if (count == 2) options.folder = operands[1];
    code = try_all(&options);
  }
  memory_free(operands);
  return code;
}
