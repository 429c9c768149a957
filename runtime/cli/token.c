/* `writ token`: tokens for machines. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "cli/audit.h"
#include "cli/findings.h"
#include "cli/print.h"
#include "contract/generation.h"
#include "store/statement.h"
#include "store/tokens.h"

static const char help[] =
    "usage: writ token create --principal ID --label TEXT --roles LIST --expires AGE [--json] "
    "[FOLDER]\n"
    "       writ token [list] [--principal ID] [--json] [FOLDER]\n"
    "       writ token revoke --id START | --principal ID [--json] [FOLDER]\n\n"
    "Makes, lists and ends tokens for machines that call the app in FOLDER (default: .), which "
    "may\n"
    "be serving meanwhile: it goes by what was changed from the next request on.\n\n"
    "create prints a new token, once and nowhere else. Whoever has it acts as the principal, with\n"
    "no more than:\n"
    "  --principal ID   who it acts as: one whom the policy's `principal` query finds\n"
    "  --label TEXT     what it is for\n"
    "  --roles LIST     those of the principal's roles that count, a,b; '' for none\n"
    "  --scopes LIST    what contracts ask for as `scopes`, a,b (default: none)\n"
    "  --expires AGE    how long it lasts: 12h, 90d\n"
    "list shows those that have not expired, and the beginnings of their ids.\n"
    "revoke ends the one whose id begins so, or all of a principal.\n\n"
    "  --data DIR       where the database is, if not where writ.json says\n"
    "  --json           as JSON, of a list one object a line: docs/json/token.schema.json\n\n"
    "create and revoke write a row of the audit log, and so need its key: WRIT_AUDIT_KEY, or the\n"
    "key file of writ.json.\n\n"
    "Exit code 0: done; 1: nothing was done; 2: the command line is not understood.\n\n"
    "example: writ token create --principal ada --label backup --roles user --scopes notes:read "
    "--expires 90d\n";

struct arguments {
  const char *data, *principal, *label, *roles, *scopes, *expires, *id, *folder;
  bool json;
};

static int fail(struct cli_data *data)
{
  print_error("writ: ", &data->error);
  return EXIT_FINDINGS;
}

static int misused(const char *message)
{
  fprintf(stderr, "writ: %s; see writ token --help\n", message);
  return EXIT_USAGE;
}

/* --- create --- */

/* What the words of "a,b" are, as a JSON array. */
static struct json read_list(struct arena *arena, const char *list)
{
  struct text rest = text_of(list), word;
  struct json *items = arena_new_array(arena, rest.length + 1, sizeof *items);
  uint32_t count = 0;
  while (text_split(&rest, ',', &word)) {
    word = text_trim(word);
    if (word.length > 0) items[count++] = json_string(word);
  }
  return (struct json){.type = JSON_ARRAY, .items = items, .length = count};
}

struct asked {
  struct cli_data *data;
  const struct generation *generation;
  struct text principal;
  struct json roles;
};

/* The row of the policy's query, whose id must be the one that was asked for. 1 if there is one. */
static int ask(const struct asked *asked, struct connection *connection, const struct json *id,
               struct json *row, struct error *error)
{
  struct store_failure failure;
  struct statement_call call = {.values = &id, .owner = id, .now_ms = clock_wall_ms()};
  if (statement_run(asked->generation->principal->items[0], connection, &call,
                    &asked->data->report.arena, row, &failure))
    return error_set(error, "the policy's query for the principal failed: %s", failure.detail);
  const struct json *found = json_get(row, "id");
  return found && json_equal(found, id);
}

static bool has_role(const struct json *row, struct text role)
{
  const struct json *one = json_get(row, "role"), *many = json_get(row, "roles");
  if (one && text_equal(json_text(one), role)) return true;
  for (uint32_t i = 0; many && many->type == JSON_ARRAY && i < many->length; i++)
    if (text_equal(json_text(&many->items[i]), role)) return true;
  return false;
}

/* An id of digits is a number where that is whom the query finds. */
static int find_principal(void *context, struct connection *connection, struct json *id,
                          struct error *error)
{
  const struct asked *asked = context;
  struct json number, row;
  *id = json_string(asked->principal);
  int found = ask(asked, connection, id, &row, error);
  if (found == 0 &&
      json_read(&asked->data->report.arena, asked->principal, NULL, &number, NULL) == 0 &&
      number.type == JSON_INTEGER) {
    *id = number;
    found = ask(asked, connection, id, &row, error);
  }
  if (found < 0) return -1;
  if (!found)
    return error_set(error, "nobody is %.*s by the policy's query for the principal",
                     TEXT_ARGS(asked->principal));
  for (uint32_t i = 0; i < asked->roles.length; i++)
    if (!has_role(&row, json_text(&asked->roles.items[i])))
      return error_set(error, "%.*s has no role %.*s, so the token cannot have it",
                       TEXT_ARGS(asked->principal), TEXT_ARGS(json_text(&asked->roles.items[i])));
  return 0;
}

/* Nothing of it stays but in the database and on stdout. */
static int print_token(char token[TOKEN_CHARS + 1], bool json)
{
  bool printed = printf(json ? "{\"token\":\"%s\"}\n" : "%s\n", token) > 0 && fflush(stdout) == 0;
  crypto_wipe(token, TOKEN_CHARS + 1);
  if (printed) return EXIT_OK;
  fputs("writ: the token was made and could not be printed: revoke it\n", stderr);
  return EXIT_FINDINGS;
}

static int create_for(struct cli_data *data, const struct arguments *arguments,
                      const struct generation *generation, int64_t lifetime_ms)
{
  unsigned char key[HASH_BYTES];
  char token[TOKEN_CHARS + 1];
  struct arena *arena = &data->report.arena;
  struct json scopes = read_list(arena, arguments->scopes);
  struct asked asked = {.data = data,
                        .generation = generation,
                        .principal = text_of(arguments->principal),
                        .roles = read_list(arena, arguments->roles)};
  struct token_terms terms = {.label = text_of(arguments->label),
                              .lifetime_ms = lifetime_ms,
                              .roles = &asked.roles,
                              .scopes = &scopes};
  struct token_audit audit = {.key = key, .now_ms = clock_wall_ms()};
  if (!cli_data_key(data, key)) return EXIT_FINDINGS;
  int result =
      token_create(data->store, &terms, &audit, find_principal, &asked, token, &data->error);
  crypto_wipe(key, sizeof key);
  return result == 0 ? print_token(token, arguments->json) : fail(data);
}

static int create(struct cli_data *data, const struct arguments *arguments)
{
  struct source_tree sources;
  int64_t lifetime_ms;
  size_t handler_errors;
  int code = EXIT_FINDINGS;
  if (!arguments->principal || !arguments->label || !arguments->roles || !arguments->expires)
    return misused("create needs --principal, --label, --roles and --expires");
  if (!units_duration_ms(text_of(arguments->expires), &lifetime_ms) || lifetime_ms == 0)
    return misused("--expires must be a whole number and a unit, such as 12h or 90d");
  source_tree_read(&sources, arguments->folder ? arguments->folder : ".", &data->report);
  struct generation *generation =
      generation_load(&sources, data->store, NULL, &data->report, &handler_errors);
  if (!generation)
    findings_print(&data->report, arguments->json);
  else if (!generation->principal)
    fputs("writ: the policy names no query for the principal\n", stderr);
  else
    code = create_for(data, arguments, generation, lifetime_ms);
  if (generation) generation_free(generation);
  source_tree_free(&sources);
  return code;
}

/* --- list --- */

static struct text time_text(struct arena *arena, int64_t ms)
{
  char text[TIME_CHARS];
  audit_print_time(ms, text);
  return arena_copy(arena, text_of(text));
}

static struct text id_text(struct arena *arena, const struct json *id)
{
  return id->type == JSON_INTEGER ? arena_print(arena, "%" PRId64, id->integer) : json_text(id);
}

/* The array of a column; null, where all count. */
static struct json list_of(struct arena *arena, struct text column)
{
  struct json value;
  if (column.length == 0) return json_null();
  return json_read(arena, arena_copy(arena, column), NULL, &value, NULL) ? json_string(column)
                                                                         : value;
}

static void print_as_json(void *context, const struct token *token)
{
  (void)context;
  struct arena arena;
  arena_init(&arena, 4096);
  const struct print_member columns[] = {
      {"id", json_string(text_of(token->id))},
      {"label", json_string(token->label)},
      {"principal", token->principal_id},
      {"roles", list_of(&arena, token->roles)},
      {"scopes", list_of(&arena, token->scopes)},
      {"started", json_string(time_text(&arena, token->started_ms))},
      {"last_used", json_string(time_text(&arena, token->used_ms))},
      {"expires", json_string(time_text(&arena, token->expires_ms))}};
  print_json_object(stdout, columns, sizeof columns / sizeof *columns);
  putchar('\n');
  arena_deinit(&arena);
}

/* "a,b", "*" for all, "-" for none. */
static struct text words(struct arena *arena, struct text column)
{
  struct json list = list_of(arena, column);
  struct text joined = TEXT("");
  if (list.type != JSON_ARRAY) return TEXT("*");
  for (uint32_t i = 0; i < list.length; i++)
    joined = arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(joined), i ? "," : "",
                         TEXT_ARGS(json_text(&list.items[i])));
  return list.length > 0 ? joined : TEXT("-");
}

static const char line[] = "%-12.12s  %-16.*s  %-16.*s  %-16.*s  %-16.*s  %-24.*s  %-24.*s  %.*s";

static void print_as_line(void *context, const struct token *token)
{
  (void)context;
  struct arena arena;
  arena_init(&arena, 4096);
  print_visible(stdout, arena_print(&arena, line, token->id, TEXT_ARGS(token->label),
                                    TEXT_ARGS(id_text(&arena, &token->principal_id)),
                                    TEXT_ARGS(words(&arena, token->roles)),
                                    TEXT_ARGS(words(&arena, token->scopes)),
                                    TEXT_ARGS(time_text(&arena, token->started_ms)),
                                    TEXT_ARGS(time_text(&arena, token->used_ms)),
                                    TEXT_ARGS(time_text(&arena, token->expires_ms))));
  putchar('\n');
  arena_deinit(&arena);
}

static int list(struct cli_data *data, const struct arguments *arguments)
{
  const struct token_filter filter = {.principal = text_of(arguments->principal),
                                      .id = text_of(arguments->id)};
  token_visitor visit = arguments->json ? print_as_json : print_as_line;
  if (!arguments->json)
    puts("id            label             principal         roles             scopes            "
         "started                   last used                 expires");
  int result =
      token_list(store_reader(data->store), &filter, clock_wall_ms(), visit, NULL, &data->error);
  return result == 0 ? EXIT_OK : fail(data);
}

/* --- revoke --- */

static int revoke(struct cli_data *data, const struct arguments *arguments)
{
  unsigned char key[HASH_BYTES];
  size_t count;
  struct token_filter filter = {.principal = text_of(arguments->principal),
                                .id = text_of(arguments->id)};
  struct token_audit audit = {.key = key, .now_ms = clock_wall_ms()};
  if ((filter.principal.length > 0) == (filter.id.length > 0))
    return misused("revoke needs --id or --principal");
  if (!cli_data_key(data, key)) return EXIT_FINDINGS;
  int result = token_revoke(data->store, &filter, &audit, &count, &data->error);
  crypto_wipe(key, sizeof key);
  if (result < 0) return fail(data);
  if (arguments->json)
    printf("{\"revoked\":%zu}\n", count);
  else
    printf("%zu token%s revoked\n", count, count == 1 ? " was" : "s were");
  return EXIT_OK;
}

static const struct {
  const char *name;
  int (*run)(struct cli_data *data, const struct arguments *arguments);
} verbs[] = {{"list", list}, {"create", create}, {"revoke", revoke}};

int cli_token(int argc, char **argv)
{
  struct arguments arguments = {0};
  const struct option options[] = {
      {"--data", &arguments.data, NULL},     {"--principal", &arguments.principal, NULL},
      {"--label", &arguments.label, NULL},   {"--roles", &arguments.roles, NULL},
      {"--scopes", &arguments.scopes, NULL}, {"--expires", &arguments.expires, NULL},
      {"--id", &arguments.id, NULL},         {"--json", NULL, &arguments.json},
  };
  int (*run)(struct cli_data * data, const struct arguments *arguments) = list;
  int code = EXIT_USAGE;
  for (size_t i = 0; argc > 0 && i < sizeof verbs / sizeof *verbs; i++) {
    if (strcmp(argv[0], verbs[i].name) != 0) continue;
    run = verbs[i].run;
    argc--, argv++;
    break;
  }
  if (!cli_options(argc, argv, options, sizeof options / sizeof *options, &arguments.folder, help,
                   &code))
    return code;
  struct cli_data data;
  code = cli_data_open(&data, arguments.folder, arguments.data, arguments.json)
             ? run(&data, &arguments)
             : EXIT_FINDINGS;
  cli_data_close(&data);
  return code;
}
