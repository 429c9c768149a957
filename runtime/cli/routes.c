/* `writ routes`: what an app offers to whom, as a table. */
#include <stdio.h>

#include "cli/cli_app.h"
#include "cli/print.h"

static const char help[] =
    "usage: writ routes [--json] [FOLDER]\n\n"
    "Lists the routes of the app in FOLDER (default: .): who may call each, what must be theirs, "
    "which\n"
    "queries its handler may run (writes with a *), and under which name it is audited.\n\n"
    "  --json   as an array of objects: docs/json/routes.schema.json\n\n"
    "Exit code 0: done; 1: the app does not load; 2: the command line is not understood.\n\n"
    "example: writ routes | grep public\n";

/* "a, b, c" of names, into the arena. */
static struct text join(struct arena *arena, struct text list, struct text name)
{
  return arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(list), list.length ? ", " : "",
                     TEXT_ARGS(name));
}

static struct text who(struct arena *arena, const struct contract *contract)
{
  struct text roles = TEXT("");
  if (contract->public) return TEXT("public");
  for (size_t i = 0; i < contract->role_count; i++) roles = join(arena, roles, contract->roles[i]);
  return roles.length ? roles : TEXT("any principal");
}

static struct text owned(struct arena *arena, const struct contract *contract)
{
  struct text fields = TEXT("");
  for (size_t i = 0; i < contract->owns_count; i++)
    fields = join(arena, fields, contract->fields[contract->owns[i].field].schema.name);
  if (contract->privileged) return TEXT("all rows");
  if (contract->or_role_count == 0 || fields.length == 0) return fields.length ? fields : TEXT("-");
  struct text exempt = TEXT("");
  for (size_t i = 0; i < contract->or_role_count; i++)
    exempt = join(arena, exempt, contract->or_roles[i]);
  return arena_print(arena, "%.*s (or %.*s)", TEXT_ARGS(fields), TEXT_ARGS(exempt));
}

static struct text touched(struct arena *arena, const struct contract *contract)
{
  struct text names = TEXT("");
  for (size_t i = 0; i < contract->use_count; i++) {
    const struct query *query = contract->uses[i].query;
    names = join(arena, names,
                 arena_print(arena, "%s%s%s", query->name, query->writes ? "*" : "",
                             contract->uses[i].unowned ? " (unowned)" : ""));
  }
  return names.length ? names : TEXT("-");
}

enum { COLUMNS = 6 };

static void print_table(struct arena *arena, const struct generation *generation)
{
  static const char *const titles[COLUMNS] = {"METHOD", "PATH", "WHO", "OWNS", "QUERIES", "AUDIT"};
  size_t rows = generation->contract_count + 1;
  struct text(*cells)[COLUMNS] = arena_new_array(arena, rows, sizeof *cells);
  size_t widths[COLUMNS] = {0};
  for (size_t i = 0; i < COLUMNS; i++) cells[0][i] = text_of(titles[i]);
  for (size_t i = 1; i < rows; i++) {
    const struct contract *contract = generation->contracts[i - 1];
    struct text audit = contract->audit_action;
    cells[i][0] = text_of(method_name(contract->route.method));
    cells[i][1] = contract->route.path;
    cells[i][2] = who(arena, contract);
    cells[i][3] = owned(arena, contract);
    cells[i][4] = touched(arena, contract);
    cells[i][5] = audit.length ? audit : TEXT("-");
  }
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < COLUMNS; k++)
      if (cells[i][k].length > widths[k]) widths[k] = cells[i][k].length;
  for (size_t i = 0; i < rows; i++) {
    struct text row = TEXT("");
    for (size_t k = 0; k + 1 < COLUMNS; k++)
      row = arena_print(arena, "%.*s%-*.*s  ", TEXT_ARGS(row), (int)widths[k],
                        TEXT_ARGS(cells[i][k]));
    print_visible(stdout,
                  arena_print(arena, "%.*s%.*s", TEXT_ARGS(row), TEXT_ARGS(cells[i][COLUMNS - 1])));
    putchar('\n');
  }
}

/* --- JSON --- */

static struct json strings(struct arena *arena, const struct text *texts, size_t count)
{
  struct json *items = arena_new_array(arena, count + 1, sizeof *items);
  for (size_t i = 0; i < count; i++) items[i] = json_string(texts[i]);
  return (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)count};
}

static struct json owned_fields(struct arena *arena, const struct contract *contract)
{
  struct text *names = arena_new_array(arena, contract->owns_count + 1, sizeof *names);
  for (size_t i = 0; i < contract->owns_count; i++)
    names[i] = contract->fields[contract->owns[i].field].schema.name;
  return strings(arena, names, contract->owns_count);
}

static struct json queries(struct arena *arena, const struct contract *contract)
{
  struct json *items = arena_new_array(arena, contract->use_count + 1, sizeof *items);
  for (size_t i = 0; i < contract->use_count; i++) {
    const struct use *use = &contract->uses[i];
    struct json_builder object = {0};
    json_builder_add(&object, arena, TEXT("name"), json_string(text_of(use->query->name)));
    json_builder_add(&object, arena, TEXT("writes"), json_boolean(use->query->writes));
    json_builder_add(&object, arena, TEXT("unowned"), json_boolean(use->unowned));
    items[i] = json_builder_object(&object);
  }
  return (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)contract->use_count};
}

static void print_route(struct arena *arena, const struct contract *contract)
{
  struct text audit = contract->audit_action;
  const struct print_member members[] = {
      {"contract", json_string(text_of(contract->name))},
      {"method", json_string(text_of(method_name(contract->route.method)))},
      {"path", json_string(contract->route.path)},
      {"summary", json_string(contract->summary)},
      {"public", json_boolean(contract->public)},
      {"roles", strings(arena, contract->roles, contract->role_count)},
      {"scopes", strings(arena, contract->scopes, contract->scope_count)},
      {"privileged", json_boolean(contract->privileged)},
      {"owns", owned_fields(arena, contract)},
      {"or_role", strings(arena, contract->or_roles, contract->or_role_count)},
      {"queries", queries(arena, contract)},
      {"audit", audit.length ? json_string(audit) : json_null()},
      {"handler", json_string(text_of(contract->handler_path))}};
  print_json_object(stdout, members, sizeof members / sizeof *members);
}

static void print_routes(struct arena *arena, const struct generation *generation)
{
  for (size_t i = 0; i < generation->contract_count; i++) {
    fputs(i == 0 ? "[\n  " : ",\n  ", stdout);
    print_route(arena, generation->contracts[i]);
  }
  puts(generation->contract_count ? "\n]" : "[]");
}

int cli_routes(int argc, char **argv)
{
  const char *folder = NULL;
  bool json = false;
  const struct option options[] = {{"--json", NULL, &json}};
  int code;
  if (!cli_options(argc, argv, options, 1, &folder, help, &code)) return code;
  struct cli_app opened;
  bool clean = cli_app_open(&opened, folder ? folder : ".", NULL, json);
  if (clean) (json ? print_routes : print_table)(&opened.report.arena, opened.app.generation);
  cli_app_close(&opened);
  return clean ? EXIT_OK : EXIT_FINDINGS;
}
