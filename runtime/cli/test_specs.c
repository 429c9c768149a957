/* `writ test`: an app's busted specs.
 *
 * lua/writ/run_specs.lua runs busted in a Lua of the machine and writes what came out to a file
 * that has no name, which it inherits. */
#include "cli/test_specs.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/installed.h"

extern char **environ;

enum { REPORT_MAX_BYTES = 16 << 20, OWN_ARGUMENTS = 8 };

/* --- Whether there are any. --- */

static int find_specs(const char *folder, struct arena *arena, bool *own_settings, bool *any,
                      struct error *error)
{
  struct text *paths;
  size_t count;
  if (file_list_below(arena, folder, "tests", "_spec.lua", &paths, &count, error)) return -1;
  *own_settings = access(file_join(arena, folder, ".busted"), F_OK) == 0;
  *any = count > 0 || *own_settings;
  return 0;
}

/* --- What is run. --- */

struct command {
  const char *folder;
  const char **arguments, **environment;
  int report; /* file descriptor */
  bool quiet_stdout;
};

/* Whether one of busted's arguments is a file or folder to run instead of all. */
static bool names_specs(const struct test_specs_options *options, struct arena *arena)
{
  for (size_t i = 0; i < options->argument_count; i++) {
    const char *argument = options->arguments[i];
    const char *path = argument[0] == '/' ? argument : file_join(arena, options->folder, argument);
    if (argument[0] != '-' && access(path, F_OK) == 0) return true;
  }
  return false;
}

/* busted would run all others instead. */
static int check_specs_named(const struct test_specs_options *options, struct arena *arena,
                             struct error *error)
{
  for (size_t i = 0; i < options->argument_count; i++) {
    const char *argument = options->arguments[i];
    const char *path = argument[0] == '/' ? argument : file_join(arena, options->folder, argument);
    if (argument[0] != '-' && text_ends_with(text_of(argument), "_spec.lua") &&
        access(path, F_OK) < 0)
      return error_set(error, "%s: %s", argument, strerror(errno));
  }
  return 0;
}

static const char **arguments_of(const struct test_specs_options *options, const char *lua_folder,
                                 bool own_settings, int report, struct arena *arena)
{
  const char **arguments =
      arena_new_array(arena, options->argument_count + OWN_ARGUMENTS, sizeof *arguments);
  size_t count = 0;
  arguments[count++] = "lua5.4";
  arguments[count++] = file_join(arena, lua_folder, "writ/run_specs.lua");
  arguments[count++] = arena_print(arena, "/proc/self/fd/%d", report).data;
  for (size_t i = 0; i < options->argument_count; i++) arguments[count++] = options->arguments[i];
  if (!own_settings && !names_specs(options, arena)) arguments[count++] = "tests";
  return arguments;
}

/* Ours first, then what the variable says, or Lua's default (an empty entry). The variable of this
 * version has precedence. */
static const char *search_path(struct arena *arena, const char *name, const char *general_name,
                               const char *own)
{
  const char *former = getenv(name);
  if (!former) former = getenv(general_name);
  return arena_print(arena, "%s=%s;%s", name, own, former ? former : ";").data;
}

#ifdef WRIT_LUA_PRELOAD
/* A sanitized module needs its runtime in the process before it. */
static const char *preload(struct arena *arena)
{
  const char *former = getenv("LD_PRELOAD");
  return arena_print(arena, "LD_PRELOAD=%s %s", WRIT_LUA_PRELOAD, former ? former : "").data;
}
#endif

static bool is_set_here(const char *variable)
{
  static const char *const names[] = {"LUA_PATH_5_4=", "LUA_CPATH_5_4=",
#ifdef WRIT_LUA_PRELOAD
                                      "LD_PRELOAD="
#endif
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(variable, names[i], strlen(names[i])) == 0) return true;
  return false;
}

static const char **environment_of(const char *lua_folder, const char *module_folder,
                                   struct arena *arena)
{
  size_t count = 0, kept = 0;
  while (environ[count]) count++;
  const char **environment = arena_new_array(arena, count + OWN_ARGUMENTS, sizeof *environment);
  for (size_t i = 0; i < count; i++)
    if (!is_set_here(environ[i])) environment[kept++] = environ[i];
  environment[kept++] =
      search_path(arena, "LUA_PATH_5_4", "LUA_PATH", file_join(arena, lua_folder, "?.lua"));
  environment[kept++] =
      search_path(arena, "LUA_CPATH_5_4", "LUA_CPATH", file_join(arena, module_folder, "?.so"));
#ifdef WRIT_LUA_PRELOAD
  environment[kept++] = preload(arena);
#endif
  return environment;
}

/* --- Running it. --- */

static int spawn(const struct command *command, pid_t *child)
{
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, command->folder);
  if (command->quiet_stdout)
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  int result = posix_spawnp(child, command->arguments[0], &actions, NULL,
                            (char *const *)command->arguments, (char *const *)command->environment);
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

/* -1: it could not be started. Its exit code, or 128 and the signal that ended it. */
static int run(const struct command *command, int *code, struct error *error)
{
  pid_t child;
  int status;
  fflush(stdout);
  int result = spawn(command, &child);
  if (result == ENOENT)
    return error_set(error, "the specs need Lua 5.4, and there is no lua5.4: on Debian, "
                            "apt-get install lua5.4 lua-busted");
  if (result) return error_set(error, "cannot run lua5.4: %s", strerror(result));
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return error_set(error, "lost lua5.4: %s", strerror(errno));
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return 0;
}

/* --- What came out. --- */

static int read_report(int descriptor, struct arena *arena, struct json *report,
                       struct error *error)
{
  off_t length = lseek(descriptor, 0, SEEK_END);
  if (length < 0 || length > REPORT_MAX_BYTES) return error_set(error, "the report is too large");
  char *bytes = arena_alloc(arena, (size_t)length + 1);
  if (pread(descriptor, bytes, (size_t)length, 0) != length)
    return error_set(error, "cannot read the report: %s", strerror(errno));
  struct text text = {bytes, (size_t)length};
  *report = json_null();
  if (length > 0 && json_read(arena, text, NULL, report, NULL))
    return error_set(error, "the report is no JSON");
  return 0;
}

static size_t number(const struct json *report, const char *name)
{
  const struct json *value = json_get(report, name);
  return value && value->type == JSON_INTEGER && value->integer > 0 ? (size_t)value->integer : 0;
}

static void take_failures(const struct json *list, struct arena *arena, struct test_specs *specs)
{
  if (!list || list->type != JSON_ARRAY) return;
  struct test_specs_failure *failures = arena_new_array(arena, list->length, sizeof *failures);
  for (uint32_t i = 0; i < list->length; i++) {
    const struct json *item = &list->items[i], *error = json_get(item, "error");
    failures[i] = (struct test_specs_failure){.name = json_text(json_get(item, "name")),
                                              .file = json_text(json_get(item, "file")),
                                              .line = (unsigned)number(item, "line"),
                                              .message = json_text(json_get(item, "message")),
                                              .error = error && error->type == JSON_BOOLEAN &&
                                                       error->boolean};
  }
  specs->failures = failures;
  specs->failure_count = list->length;
}

/* Without a report they were not run, or not to their end: busted did not understand, or a spec
 * ended the process. */
static int take_report(const struct json *report, int code, struct arena *arena,
                       struct test_specs *specs, struct error *error)
{
  struct text missing = json_text(json_get(report, "missing"));
  if (text_is(missing, "busted"))
    return error_set(error, "the specs need busted for Lua 5.4, which is not installed: on Debian, "
                            "apt-get install lua-busted");
  if (missing.length > 0)
    return error_set(error, "the specs need %.*s, and lua5.4 is none", TEXT_ARGS(missing));
  if (report->type == JSON_NULL)
    return error_set(error, "the specs were not run to their end: lua5.4 ended with %d", code);
  specs->passed = number(report, "passed");
  specs->failed = number(report, "failed");
  specs->errors = number(report, "errors");
  specs->pending = number(report, "pending");
  take_failures(json_get(report, "failures"), arena, specs);
  return 0;
}

static int run_with(struct command *command, const struct test_specs_options *options,
                    bool own_settings, struct arena *arena, struct test_specs *specs,
                    struct error *error)
{
  int code = 0;
  struct json report;
  const char *lua_folder = installed_path(arena, "share/writ/lua", error);
  const char *module_folder = installed_path(arena, "lib/writ", error);
  if (!lua_folder || !module_folder) return -1;
  command->arguments = arguments_of(options, lua_folder, own_settings, command->report, arena);
  command->environment = environment_of(lua_folder, module_folder, arena);
  if (run(command, &code, error) || read_report(command->report, arena, &report, error)) return -1;
  return take_report(&report, code, arena, specs, error);
}

int test_specs_run(const struct test_specs_options *options, struct arena *arena,
                   struct test_specs *specs, struct error *error)
{
  bool own_settings;
  *specs = (struct test_specs){0};
  if (find_specs(options->folder, arena, &own_settings, &specs->any, error)) return -1;
  if (check_specs_named(options, arena, error)) return -1;
  if (!specs->any) return 0;
  struct command command = {.folder = options->folder,
                            .report = memfd_create("writ-specs", 0),
                            .quiet_stdout = options->quiet_stdout};
  if (command.report < 0) return error_set(error, "cannot make a report: %s", strerror(errno));
  int result = run_with(&command, options, own_settings, arena, specs, error);
  close(command.report);
  return result;
}

/* --- As JSON. --- */

static struct json failure_json(const struct test_specs_failure *failure, struct arena *arena)
{
  struct json_builder object = {0};
  struct json file = failure->file.length > 0 ? json_string(failure->file) : json_null();
  json_builder_add(&object, arena, TEXT("name"), json_string(failure->name));
  json_builder_add(&object, arena, TEXT("file"), file);
  json_builder_add(&object, arena, TEXT("line"), json_integer(failure->line));
  json_builder_add(&object, arena, TEXT("message"), json_string(failure->message));
  json_builder_add(&object, arena, TEXT("error"), json_boolean(failure->error));
  return json_builder_object(&object);
}

struct json test_specs_json(const struct test_specs *specs, struct arena *arena)
{
  struct json_builder object = {0};
  struct json failures = {.type = JSON_ARRAY, .length = (uint32_t)specs->failure_count};
  failures.items = arena_new_array(arena, specs->failure_count, sizeof *failures.items);
  for (size_t i = 0; i < specs->failure_count; i++)
    failures.items[i] = failure_json(&specs->failures[i], arena);
  json_builder_add(&object, arena, TEXT("passed"), json_integer((int64_t)specs->passed));
  json_builder_add(&object, arena, TEXT("failed"), json_integer((int64_t)specs->failed));
  json_builder_add(&object, arena, TEXT("errors"), json_integer((int64_t)specs->errors));
  json_builder_add(&object, arena, TEXT("pending"), json_integer((int64_t)specs->pending));
  json_builder_add(&object, arena, TEXT("failures"), failures);
  return json_builder_object(&object);
}
