/* `writ init`: a small app to begin with, from lua/templates/init. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/ascii.h"
#include "base/embedded.h"
#include "cli/cli.h"
#include "cli/placeholders.h"
#include "cli/plan.h"
#include "cli/print.h"

static const char help[] =
    "usage: writ init [--json] DIR\n\n"
    "Writes a small app into the folder DIR, which is made, or empty (but for .git): people who\n"
    "sign in and keep their tasks, with contracts, queries, migrations, handlers, specs, "
    "AGENTS.md,\n"
    "settings for editors and a Dockerfile. It serves and passes its tests as it is. If anything\n"
    "cannot be written, nothing is.\n\n"
    "  --json  say what was written as a JSON document (docs/json/init.schema.json)\n\n"
    "Exit code 0: it was written; 1: it was not; 2: the command line is not understood.\n\n"
    "example: writ init shop && cd shop && writ check && writ test && writ dev\n";

extern const struct embedded_file init_files[];
extern const size_t init_files_count;
extern const char contract_meta_schema[], policy_meta_schema[], config_meta_schema[];
extern const size_t contract_meta_schema_length, policy_meta_schema_length,
    config_meta_schema_length;

/* --- What is in the way. --- */

enum { NAMED_AT_MOST = 5 };

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_in_the_way(const struct dirent *entry)
{
  return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && strcmp(entry->d_name, ".git");
}

/* -1: there is something, which the error names. */
static int check_empty(struct arena *arena, const char *folder, struct error *error)
{
  struct dirent **entries;
  int count = scandir(folder, &entries, is_in_the_way, NULL);
  if (count < 0) return errno == ENOENT ? 0 : error_set(error, "%s: %s", folder, strerror(errno));
  const char **names = arena_new_array(arena, (size_t)count, sizeof *names);
  for (int i = 0; i < count; i++) {
    names[i] = arena_copy(arena, text_of(entries[i]->d_name)).data;
    free(entries[i]);
  }
  free(entries);
  if (count == 0) return 0;
  qsort(names, (size_t)count, sizeof *names, compare_names);
  struct text list = TEXT("");
  for (int i = 0; i < count && i < NAMED_AT_MOST; i++)
    list = arena_print(arena, "%.*s%s%.40s", TEXT_ARGS(list), i > 0 ? ", " : "", names[i]);
  if (count > NAMED_AT_MOST)
    list = arena_print(arena, "%.*s and %d more", TEXT_ARGS(list), count - NAMED_AT_MOST);
  return error_set(error, "%s: is not empty, and nothing is ever overwritten: in the way %s %.*s",
                   folder, count == 1 ? "is" : "are", TEXT_ARGS(list));
}

/* --- What the app is called. --- */

/* The last component of the folder's path: "shop" of "apps/shop/", "../shop" and, there, ".". */
static struct text name_of(struct arena *arena, const char *folder)
{
  char *real = realpath(folder, NULL);
  struct text path = arena_copy(arena, text_of(real ? real : folder));
  free(real);
  while (path.length > 0 && path.data[path.length - 1] == '/') path.length--;
  size_t start = path.length;
  while (start > 0 && path.data[start - 1] != '/') start--;
  struct buffer visible = {0};
  buffer_append_visible(&visible, (struct text){path.data + start, path.length - start});
  struct text name = arena_copy(arena, buffer_text(&visible));
  buffer_deinit(&visible);
  return name.length > 0 ? name : TEXT("app");
}

/* As the name of a container's image: lower-case letters, digits, single dashes between them. */
static struct text slug_of(struct arena *arena, struct text name)
{
  char *slug = arena_alloc(arena, name.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    if (ascii_is_letter(c) || ascii_is_digit(c))
      slug[length++] = (char)(ascii_is_letter(c) ? c | 0x20 : c);
    else if (length > 0 && slug[length - 1] != '-')
      slug[length++] = '-';
  }
  if (length > 0 && slug[length - 1] == '-') length--;
  slug[length] = '\0';
  return length > 0 ? (struct text){slug, length} : TEXT("app");
}

/* What stands between the quotes of a JSON string. */
static struct text json_of(struct arena *arena, struct text text)
{
  struct buffer out = {0};
  json_write_string(&out, text);
  struct text inner = arena_copy(arena, (struct text){out.data + 1, out.length - 2});
  buffer_deinit(&out);
  return inner;
}

/* --- Writing it. --- */

static void plan_app(struct plan *plan, const char *folder)
{
  struct text name = name_of(plan->arena, folder);
  struct placeholder text[] = {{"name", name}, {"slug", slug_of(plan->arena, name)}};
  struct placeholder json[] = {{"name", json_of(plan->arena, name)}};
  for (size_t i = 0; i < init_files_count; i++) {
    const struct embedded_file *file = &init_files[i];
    bool is_json = text_ends_with(text_of(file->path), ".json");
    plan_create(plan, file->path,
                placeholders_fill(plan->arena, file->text, is_json ? json : text,
                                  is_json ? 1 : sizeof text / sizeof *text));
  }
  plan_create(plan, "contracts/contract.schema.json",
              (struct text){contract_meta_schema, contract_meta_schema_length});
  plan_create(plan, "contracts/policy.schema.json",
              (struct text){policy_meta_schema, policy_meta_schema_length});
  plan_create(plan, "contracts/writ.schema.json",
              (struct text){config_meta_schema, config_meta_schema_length});
}

static void print_document(const struct plan *plan, const char *folder, const struct error *error)
{
  struct buffer out = {0};
  bool written = !error->message[0];
  buffer_append_text(&out, TEXT("{\"folder\":"));
  json_write_string(&out, text_of(folder));
  buffer_append_text(&out, TEXT(",\"files\":["));
  for (size_t i = 0; i < plan->count && written; i++) {
    if (i > 0) buffer_append_byte(&out, ',');
    json_write_string(&out, text_of(plan->files[i].path));
  }
  buffer_append_text(&out, TEXT("],\"error\":"));
  if (written)
    buffer_append_text(&out, TEXT("null"));
  else
    json_write_string(&out, text_of(error->message));
  buffer_append_text(&out, TEXT("}\n"));
  print_json(stdout, buffer_text(&out));
  buffer_deinit(&out);
}

static void print_next(const struct plan *plan, const char *folder)
{
  printf("%zu files are in ", plan->count);
  print_visible(stdout, text_of(folder));
  fputs("\n\nNext:\n", stdout);
  if (strcmp(folder, ".")) {
    fputs("  cd ", stdout);
    print_visible(stdout, text_of(folder));
    fputc('\n', stdout);
  }
  fputs("  writ check   say all that is wrong with it: nothing yet\n"
        "  writ test    attack every contract, and run the specs in tests/\n"
        "  writ dev     serve it on http://127.0.0.1:8080, to the people of tests/fixtures.sql\n\n"
        "README.md says how to try it, AGENTS.md is for those who write code for you.\n",
        stdout);
}

int cli_init(int argc, char **argv)
{
  const char *folder = NULL;
  bool json = false;
  const struct option options[] = {{.name = "--json", .flag = &json}};
  int code;
  if (!cli_options(argc, argv, options, 1, &folder, help, &code)) return code;
  if (!folder || !folder[0]) {
    fputs("writ: init needs the name of a folder, as in: writ init shop; see writ init --help\n",
          stderr);
    return EXIT_USAGE;
  }
  struct arena arena;
  struct error error = {0};
  arena_init(&arena, 1 << 16);
  struct plan plan = {.arena = &arena};
  plan_app(&plan, folder);
  code = check_empty(&arena, folder, &error) || plan_write(&plan, folder, &error) ? EXIT_FINDINGS
                                                                                  : EXIT_OK;
  if (json)
    print_document(&plan, folder, &error);
  else if (code == EXIT_OK)
    print_next(&plan, folder);
  else
    print_error("writ: ", &error);
  arena_deinit(&arena);
  return code;
}
