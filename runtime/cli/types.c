/* `writ types`: what an editor's language server needs to know of handlers. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/file.h"
#include "cli/cli_app.h"
#include "cli/print.h"
#include "describe/annotations.h"

extern const struct embedded_file library_files[];
extern const size_t library_files_count;
extern const char luarc[];
extern const size_t luarc_length;

static const char help[] =
    "usage: writ types [--check] [--json] [FOLDER]\n\n"
    "Writes what an editor's language server (LuaLS: VS Code, Neovim and others) needs to know of "
    "the\n"
    "handlers of the app in FOLDER (default: .), for completion and checking:\n\n"
    "  .writ/types/    of each contract its input, the queries under ctx.db, errors and replies\n"
    "  .writ/library/  what handlers find besides Lua's own functions\n"
    "  .luarc.json     settings that name these folders, unless there is such a file\n\n"
    "A handler names its types in three lines before its function, as `writ new` writes them. Run "
    "it again\n"
    "when contracts or queries have changed; neither git nor the server need these files.\n\n"
    "  --check   write nothing: exit code 1 if anything would be written or removed\n"
    "  --json    as data: docs/json/types.schema.json; if the app does not load, what is wrong:\n"
    "            docs/json/findings.schema.json\n\n"
    "Exit code 0: done; 1: not current, or the app does not load; 2: the command line is not\n"
    "understood.\n\n"
    "example: writ types && nvim app/handlers/notes/create.lua\n";

enum { FILE_MAX_BYTES = 16 << 20 };

struct writing {
  const char *folder;
  struct arena *arena;
  struct error *error;
  bool check;                           /* nothing is written */
  struct text *all, *written, *removed; /* paths below the folder */
  size_t all_count, written_count, removed_count;
};

static const char *below(const struct writing *writing, struct text path)
{
  return arena_print(writing->arena, "%s/%.*s", writing->folder, TEXT_ARGS(path)).data;
}

/* In the app's own folder, wherever links of an app that nobody has reviewed lead. */
static int make_folders(struct writing *writing, struct text path)
{
  if (file_check_place(writing->folder, path.data, writing->error)) return -1;
  for (size_t i = 0; i < path.length; i++)
    if (path.data[i] == '/' &&
        file_make_folder(below(writing, (struct text){path.data, i}), writing->error))
      return -1;
  return 0;
}

static bool is_current(struct writing *writing, struct text path, struct text text)
{
  struct text now;
  return file_read_below(writing->arena, writing->folder, path.data, FILE_MAX_BYTES, &now, NULL) ==
             0 &&
         text_equal(now, text);
}

static int write_file(struct writing *writing, struct text path, struct text text)
{
  writing->all[writing->all_count++] = path;
  if (is_current(writing, path, text)) return 0;
  writing->written[writing->written_count++] = path;
  if (writing->check) return 0;
  if (make_folders(writing, path)) return -1;
  return file_replace(below(writing, path), 0644, text, writing->error);
}

/* --- What is written. --- */

static int write_library(struct writing *writing)
{
  for (size_t i = 0; i < library_files_count; i++) {
    struct text path = arena_print(writing->arena, ".writ/library/%s", library_files[i].path);
    if (write_file(writing, path, library_files[i].text)) return -1;
  }
  return 0;
}

/* Whatever there is under this name, somebody wrote it. */
static int write_settings(struct writing *writing)
{
  struct text path = TEXT(".luarc.json");
  if (access(below(writing, path), F_OK) == 0) return 0;
  return write_file(writing, path, (struct text){luarc, luarc_length});
}

/* Where the handler is, but for where handlers are. */
static struct text path_of(struct writing *writing, const struct contract *contract)
{
  return arena_print(writing->arena, ".writ/types/%s",
                     contract->handler_path + strlen("app/handlers/"));
}

static int write_contract(struct writing *writing, const struct generation *generation,
                          const struct contract *contract)
{
  struct brief brief;
  struct buffer out = {0};
  int result = brief_of(generation, contract, writing->arena, &brief, writing->error);
  if (result == 0) {
    annotations_write(&out, &brief);
    result = write_file(writing, path_of(writing, contract), buffer_text(&out));
  }
  buffer_deinit(&out);
  return result;
}

/* Files of contracts that are gone would go on to complete what they had. */
static int remove_others(struct writing *writing, const char *where)
{
  struct text *paths;
  size_t count;
  if (file_list_below(writing->arena, writing->folder, where, ".lua", &paths, &count,
                      writing->error))
    return -1;
  struct text *removed =
      arena_new_array(writing->arena, writing->removed_count + count, sizeof *removed);
  if (writing->removed_count > 0)
    memcpy(removed, writing->removed, writing->removed_count * sizeof *removed);
  writing->removed = removed;
  for (size_t i = 0; i < count; i++) {
    struct text path = arena_print(writing->arena, "%s/%.*s", where, TEXT_ARGS(paths[i]));
    if (text_is_among(path, writing->all, writing->all_count)) continue;
    writing->removed[writing->removed_count++] = path;
    if (!writing->check && unlink(below(writing, path)))
      return error_set(writing->error, "%s: cannot be removed", path.data);
  }
  return 0;
}

static int write_all(struct writing *writing, const struct generation *generation)
{
  size_t most = generation->contract_count + library_files_count + 1;
  writing->all = arena_new_array(writing->arena, most, sizeof *writing->all);
  writing->written = arena_new_array(writing->arena, most, sizeof *writing->written);
  if (write_library(writing)) return -1;
  for (size_t i = 0; i < generation->contract_count; i++)
    if (write_contract(writing, generation, generation->contracts[i])) return -1;
  if (write_settings(writing)) return -1;
  return remove_others(writing, ".writ/types") || remove_others(writing, ".writ/library");
}

/* --- What is said. --- */

static struct json strings(struct arena *arena, const struct text *texts, size_t count)
{
  struct json *items = arena_new_array(arena, count, sizeof *items);
  for (size_t i = 0; i < count; i++) items[i] = json_string(texts[i]);
  return (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)count};
}

static void print_document(const struct writing *writing, bool current)
{
  const struct print_member members[] = {
      {"current", json_boolean(current)},
      {"written", strings(writing->arena, writing->written, writing->written_count)},
      {"removed", strings(writing->arena, writing->removed, writing->removed_count)}};
  print_json_object(stdout, members, sizeof members / sizeof *members);
  putchar('\n');
}

static void print_paths(const char *what, const struct text *paths, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    fputs(what, stdout);
    print_visible(stdout, paths[i]);
    putchar('\n');
  }
}

static void print_result(const struct writing *writing, bool current)
{
  if (writing->check) {
    print_paths("stale: ", writing->written, writing->written_count);
    print_paths("left over: ", writing->removed, writing->removed_count);
  }
  if (current)
    puts("The types are current.");
  else if (writing->check)
    puts("`writ types` makes them current.");
  else
    printf("%zu written, %zu removed\n", writing->written_count, writing->removed_count);
}

int cli_types(int argc, char **argv)
{
  const char *folder = NULL;
  bool check = false, json = false;
  const struct option options[] = {{"--check", NULL, &check}, {"--json", NULL, &json}};
  int code;
  if (!cli_options(argc, argv, options, 2, &folder, help, &code)) return code;
  if (!folder) folder = ".";
  struct cli_app opened;
  struct error error = {0};
  bool done = cli_app_open_contracts(&opened, folder, json);
  code = done ? EXIT_OK : EXIT_FINDINGS;
  if (done) {
    struct writing writing = {
        .folder = folder, .arena = &opened.report.arena, .error = &error, .check = check};
    done = write_all(&writing, opened.app.generation) == 0;
    bool current = writing.written_count + writing.removed_count == 0;
    if (done) (json ? print_document : print_result)(&writing, current);
    if (!done || (check && !current)) code = EXIT_FINDINGS;
  }
  print_error("writ: ", &error);
  cli_app_close(&opened);
  return code;
}
