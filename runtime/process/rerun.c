/* Generations are compared by their bundles: what was read, and what was built of it. */
#include "process/rerun.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "contract/handler_part.h"
#include "process/child.h"
#include "process/serve.h"

struct rerun {
  struct child child;
  uv_loop_t *loop;
  const char *const *command;
  const char *address; /* NULL: it is not known */
  void (*ended)(void *context);
  void *context;
  struct bundle served;
  bool everything; /* it is about all contracts; else about these: */
  struct arena arena;
  const char **names;
  size_t count, capacity;
  bool again; /* once what runs has ended */
  bool stopped;
};

/* --- What has changed. --- */

static bool part_is(const struct bundle *bundle, struct bundle_part part)
{
  struct text other;
  return bundle_find(bundle, part.name, &other) && text_equal(other, part.bytes);
}

/* "contracts/users/update_profile.json" is that contract's; "contracts/queries/users.sql" nobody's
 * alone. */
static bool is_of(const char *path, const char *contract)
{
  static const char folder[] = "contracts/", ending[] = ".json";
  size_t length = strlen(contract);
  if (strncmp(path, folder, sizeof folder - 1) != 0) return false;
  path += sizeof folder - 1;
  for (size_t i = 0; i < length; i++)
    if (path[i] != (contract[i] == '.' ? '/' : contract[i])) return false;
  return strcmp(path + length, ending) == 0;
}

static bool is_of_one(const struct bundle *bundle, const char *path)
{
  size_t first, end;
  bundle_range(bundle, "handler/", &first, &end);
  for (; first < end; first++)
    if (is_of(path, bundle_part(bundle, first).name + strlen("handler/"))) return true;
  return false;
}

/* Whether something changed that more than one contract may go by: queries, policy, definitions. */
static bool shared_changed(const struct bundle *before, const struct bundle *after)
{
  size_t first, end, count, others;
  bundle_range(before, "contracts/", &count, &others);
  bundle_range(after, "contracts/", &first, &end);
  bool changed = false;
  for (size_t i = first; i < end && !changed; i++) {
    struct bundle_part part = bundle_part(after, i);
    changed = !part_is(before, part) && !is_of_one(after, part.name);
  }
  for (; count < others && !changed; count++) {
    struct bundle_part part = bundle_part(before, count);
    struct text ignored;
    changed = !bundle_find(after, part.name, &ignored) && !is_of_one(before, part.name);
  }
  return changed;
}

static void add(struct rerun *rerun, const char *name)
{
  for (size_t i = 0; i < rerun->count; i++)
    if (strcmp(rerun->names[i], name) == 0) return;
  if (rerun->count == rerun->capacity) {
    rerun->capacity = rerun->capacity ? 2 * rerun->capacity : 16;
    rerun->names = memory_resize(rerun->names, rerun->capacity * sizeof *rerun->names);
  }
  rerun->names[rerun->count++] = arena_copy(&rerun->arena, text_of(name)).data;
}

static bool contract_changed(const struct bundle *before, const struct bundle *after,
                             const char *name)
{
  struct handler_part was, is;
  size_t first, end;
  if (!handler_part_find(after, name, &is)) return false;
  if (!handler_part_find(before, name, &was) || was.state != is.state ||
      memcmp(was.handler_hash, is.handler_hash, HASH_BYTES) != 0)
    return true;
  bundle_range(after, "contracts/", &first, &end);
  for (; first < end; first++) {
    struct bundle_part part = bundle_part(after, first);
    if (is_of(part.name, name)) return !part_is(before, part);
  }
  return true;
}

static void note_changes(struct rerun *rerun, const struct bundle *after)
{
  size_t first, end;
  rerun->everything |= shared_changed(&rerun->served, after);
  bundle_range(after, "handler/", &first, &end);
  for (; first < end; first++) {
    const char *name = bundle_part(after, first).name + strlen("handler/");
    if (contract_changed(&rerun->served, after, name)) add(rerun, name);
  }
}

static void forget_changes(struct rerun *rerun)
{
  arena_reset(&rerun->arena);
  rerun->count = 0;
  rerun->everything = false;
}

/* --- Running. --- */

static void begin(struct rerun *rerun);

static void ended(struct child *child, int64_t status, int signal)
{
  struct rerun *rerun = (struct rerun *)child;
  (void)status;
  if (rerun->again)
    begin(rerun);
  else if (!signal)
    forget_changes(rerun);
  rerun->ended(rerun->context);
}

/* It has nothing to say by the channel. */
static void received(struct child *child, const struct channel_message *message, int fd)
{
  (void)child;
  (void)message;
  if (fd >= 0) close(fd);
}

static void begin(struct rerun *rerun)
{
  static const char program[] = "writ", beside[] = BESIDE_COMMAND, contract[] = "--contract",
                    address[] = "--address";
  struct error error = {0};
  size_t count = 0, words = 0;
  while (rerun->command[count]) count++;
  const char **arguments = memory_new_array(count + 2 * rerun->count + 5, sizeof *arguments);
  arguments[words++] = program;
  arguments[words++] = beside;
  memcpy(arguments + words, rerun->command, count * sizeof *arguments);
  words += count;
  if (rerun->address) {
    arguments[words++] = address;
    arguments[words++] = rerun->address;
  }
  for (size_t i = 0; i < rerun->count && !rerun->everything; i++) {
    arguments[words++] = contract;
    arguments[words++] = rerun->names[i];
  }
  rerun->again = false;
  rerun->child = (struct child){.received = received, .ended = ended};
  if (child_spawn(rerun->loop, &rerun->child, (char **)(uintptr_t)arguments, NULL, 0, &error))
    log_message(LOG_ERROR, "%s", error.message);
  memory_free(arguments);
}

struct rerun *rerun_new(uv_loop_t *loop, const char *const *command, void (*over)(void *context),
                        void *context)
{
  struct rerun *rerun = memory_new(sizeof *rerun);
  *rerun = (struct rerun){.loop = loop, .command = command, .ended = over, .context = context};
  arena_init(&rerun->arena, 4096);
  return rerun;
}

void rerun_free(struct rerun *rerun)
{
  if (!rerun) return;
  bundle_close(&rerun->served);
  arena_deinit(&rerun->arena);
  memory_free(rerun->names);
  memory_free(rerun);
}

void rerun_served(struct rerun *rerun, int fd, const char *address)
{
  struct bundle bundle;
  struct error error = {0};
  rerun->address = address;
  if (rerun->stopped) return;
  if (bundle_open(fd, &bundle, &error)) {
    log_message(LOG_ERROR, "%s", error.message);
    return;
  }
  if (rerun->served.bytes) note_changes(rerun, &bundle);
  bundle_close(&rerun->served);
  rerun->served = bundle;
  if (rerun->count == 0 && !rerun->everything) return;
  rerun->again = rerun->child.alive;
  if (rerun->child.alive)
    child_kill(&rerun->child, SIGTERM);
  else
    begin(rerun);
}

void rerun_stop(struct rerun *rerun)
{
  if (!rerun) return;
  rerun->stopped = true;
  rerun->again = false;
  child_kill(&rerun->child, SIGTERM);
}

bool rerun_is_alive(const struct rerun *rerun)
{
  return rerun && rerun->child.alive;
}
