/* Running luacheck, and reading what it prints.
 *
 * No shell. Paths are absolute and end in ".lua", so that none is an option, nor a rockspec, which
 * would be run. It is started in the root folder: Lua looks for modules in the present one first,
 * and an app could have a luacheck/main.lua. */
#include "advice/luacheck.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

enum {
  TIME_MAX_S = 30,
  MEMORY_MAX_BYTES = 1 << 30,
  OUTPUT_MAX_BYTES = 8 << 20,
  READ_BYTES = 64 * 1024,
  NOT_STARTED = 127
};

/* --- Starting it. --- */

static const char *const options[] = {
    "luacheck",    "--no-config", "--no-default-config",
    "--no-cache",  "--no-color",  "--codes",
    "--formatter", "plain",       "--no-global",
    "--std",       "none",        "--no-max-line-length",
    "--ignore",    "6",           "212/input",
    "212/ctx",     "--" /* files follow */
};
enum { OPTIONS = sizeof options / sizeof *options };

/* NULL at the end; each path is a block of its own. */
static char **list_arguments(const struct luacheck *luacheck)
{
  const struct app_scripts *lists[] = {&luacheck->tree->handlers, &luacheck->tree->modules};
  size_t count = OPTIONS, bytes;
  char **arguments =
      memory_new_array(OPTIONS + lists[0]->count + lists[1]->count + 1, sizeof *arguments);
  for (size_t i = 0; i < OPTIONS; i++) arguments[i] = (char *)(uintptr_t)options[i];
  for (size_t list = 0; list < 2; list++)
    for (size_t i = 0; i < lists[list]->count; i++) {
      const struct app_script *script = &lists[list]->items[i];
      if (script->problem) continue;
      bytes = strlen(luacheck->root) + strlen(script->source.path) + 1;
      arguments[count] = memory_new(bytes);
      snprintf(arguments[count++], bytes, "%s%s", luacheck->root, script->source.path);
    }
  return arguments;
}

static void free_arguments(char **arguments)
{
  for (size_t i = OPTIONS; arguments[i]; i++) memory_free(arguments[i]);
  memory_free(arguments);
}

/* In the child. What it reads may have been written to use up all there is. */
static _Noreturn void become_luacheck(char **arguments, int output)
{
  const struct rlimit time = {TIME_MAX_S, TIME_MAX_S};
  const struct rlimit memory = {MEMORY_MAX_BYTES, MEMORY_MAX_BYTES}, core = {0, 0};
  int nothing = open("/dev/null", O_RDWR);
  setpgid(0, 0); /* so that a script that starts the real one ends with it */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(nothing, STDERR_FILENO) < 0 || chdir("/") < 0 || setrlimit(RLIMIT_CPU, &time) < 0 ||
      setrlimit(RLIMIT_AS, &memory) < 0 || setrlimit(RLIMIT_CORE, &core) < 0)
    _exit(NOT_STARTED);
  execvp(arguments[0], arguments);
  _exit(NOT_STARTED);
}

static char *absolute(const char *folder)
{
  char *path = realpath(folder, NULL);
  if (!path) return NULL;
  size_t length = strlen(path);
  char *root = memory_new(length + 2);
  memcpy(root, path, length);
  if (length > 1) root[length] = '/';
  free(path);
  return root;
}

void luacheck_start(struct luacheck *luacheck, const char *app_folder, const struct app_tree *tree)
{
  int ends[2];
  *luacheck = (struct luacheck){.tree = tree, .root = absolute(app_folder), .output = -1};
  if (!luacheck->root || tree->handlers.count + tree->modules.count == 0 ||
      pipe2(ends, O_CLOEXEC) < 0)
    return;
  char **arguments = list_arguments(luacheck);
  luacheck->end_ns = clock_monotonic_ns() + (uint64_t)TIME_MAX_S * 1000000000;
  luacheck->child = fork();
  if (luacheck->child == 0) become_luacheck(arguments, ends[1]);
  close(ends[1]);
  if (luacheck->child < 0) {
    close(ends[0]);
  } else {
    setpgid(luacheck->child, luacheck->child); /* whoever of the two is first */
    luacheck->output = ends[0];
  }
  free_arguments(arguments);
}

/* --- Its end. --- */

/* All that it prints, until it ends; false if it takes too long, or prints too much. */
static bool read_output(const struct luacheck *luacheck, struct buffer *output)
{
  while (output->length < OUTPUT_MAX_BYTES) {
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns >= luacheck->end_ns) return false;
    struct pollfd ready = {.fd = luacheck->output, .events = POLLIN};
    int timeout_ms = (int)((luacheck->end_ns - now_ns) / 1000000) + 1;
    if (poll(&ready, 1, timeout_ms) < 0 && errno != EINTR) return false;
    if (ready.revents == 0) continue;
    ssize_t got = read(luacheck->output, buffer_reserve(output, READ_BYTES), READ_BYTES);
    if (got == 0) return true;
    if (got > 0) output->length += (size_t)got;
  }
  return false;
}

/* Its exit code; -1 if a signal ended it. */
static int wait_for(pid_t child)
{
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void luacheck_finish(struct luacheck *luacheck, struct report *report)
{
  enum { WITH_ERRORS = 2 }; /* more: it could not do its work */
  struct buffer output = {0};
  if (luacheck->output >= 0) {
    bool ended = read_output(luacheck, &output);
    if (!ended) kill(-luacheck->child, SIGKILL);
    int code = wait_for(luacheck->child);
    size_t found = luacheck_read(luacheck, buffer_text(&output), report);
    if (!ended || code < 0)
      report_warning(report, FINDING_LUACHECK, NULL, 0, "leave it out with --no-luacheck",
                     "luacheck was stopped: it took too long or too much");
    else if (found == 0 && code > WITH_ERRORS && code != NOT_STARTED)
      report_warning(report, FINDING_LUACHECK, NULL, 0, "leave it out with --no-luacheck",
                     "luacheck failed with exit code %d", code);
    close(luacheck->output);
  }
  buffer_deinit(&output);
  memory_free(luacheck->root);
  *luacheck = (struct luacheck){.output = -1};
}

/* --- What it says. --- */

static bool skip(struct text *rest, char byte)
{
  if (rest->length == 0 || rest->data[0] != byte) return false;
  *rest = (struct text){rest->data + 1, rest->length - 1};
  return true;
}

/* ":12" */
static bool read_number(struct text *rest, unsigned long *number)
{
  enum { NUMBER_MAX = 1000000 };
  *number = 0;
  if (!skip(rest, ':')) return false;
  while (rest->length > 0 && rest->data[0] >= '0' && rest->data[0] <= '9' && *number < NUMBER_MAX) {
    *number = *number * 10 + (unsigned long)(rest->data[0] - '0');
    skip(rest, rest->data[0]);
  }
  return *number > 0;
}

/* Its columns count characters where a file is UTF-8, ours bytes. */
static size_t offset_of(struct text text, unsigned long line, unsigned long column)
{
  size_t at = 0;
  while (line > 1 && at < text.length) line -= text.data[at++] == '\n';
  for (; column > 1 && at < text.length && text.data[at] != '\n'; column--) {
    size_t length = text_utf8_sequence((struct text){text.data + at, text.length - at});
    at += length > 0 ? length : 1;
  }
  return at;
}

/* A line that begins with this file: `path:line:column: (W211) unused variable 'x'`. */
static bool read_line(const struct app_script *script, struct text rest, struct report *report)
{
  unsigned long line, column;
  struct text code;
  if (!text_starts_with(rest, script->source.path)) return false;
  size_t length = strlen(script->source.path);
  rest = (struct text){rest.data + length, rest.length - length};
  if (!read_number(&rest, &line) || !read_number(&rest, &column) || !skip(&rest, ':')) return false;
  if (!skip(&rest, ' ') || !skip(&rest, '(') || !skip(&rest, 'W')) return false;
  if (!text_split(&rest, ')', &code) || !rest.data) return false;
  report_warning(report, FINDING_LUACHECK, &script->source,
                 offset_of(script->source.text, line, column), NULL, "%.*s (luacheck W%.*s)",
                 TEXT_ARGS(text_trim(rest)), TEXT_ARGS(code));
  return true;
}

/* The file that a line is about, whose warning is added; NULL if there is none. */
static const struct app_script *find_script(const struct app_scripts *scripts, struct text line,
                                            struct report *report)
{
  for (size_t i = 0; i < scripts->count; i++)
    if (read_line(&scripts->items[i], line, report)) return &scripts->items[i];
  return NULL;
}

size_t luacheck_read(const struct luacheck *luacheck, struct text output, struct report *report)
{
  const struct app_script *last = NULL; /* most lines are about the file of the line before */
  size_t root = luacheck->root ? strlen(luacheck->root) : 0, found = 0;
  struct text line;
  while (output.length > 0 && text_split(&output, '\n', &line)) {
    if (!text_starts_with(line, luacheck->root)) continue;
    line = (struct text){line.data + root, line.length - root};
    const struct app_script *about = last && read_line(last, line, report) ? last : NULL;
    if (!about) about = find_script(&luacheck->tree->handlers, line, report);
    if (!about) about = find_script(&luacheck->tree->modules, line, report);
    if (about) found++, last = about;
  }
  return found;
}
