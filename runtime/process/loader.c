/* Loading the app: a builder is begun, and what it makes is taken over (supervisor_internal.h). */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "process/service_manager.h"
#include "process/supervisor_internal.h"

enum {
  DEV_SETTLE_MS = 30,
  BUILD_MAX_MS = 120 * 1000 /* beside a generation that serves: no migration is applied then */
};

/* --- How it went --- */

static void note(struct supervisor *supervisor, const char *failure)
{
  struct board_status *status = board_status(supervisor->board);
  board_set_text(supervisor->board, failure ? failure : "");
  atomic_fetch_add(failure ? &status->failed_reloads : &status->reloads, 1);
  atomic_store(&status->generation, supervisor->generation);
  atomic_store(&status->reload_failed, failure != NULL);
  atomic_store(&status->reload_ms, clock_wall_ms());
}

static void failed(struct supervisor *supervisor, const char *why)
{
  supervisor->build_answered = true;
  if (supervisor->phase == PHASE_STARTING) supervisor_fail(supervisor);
  if (supervisor->phase != PHASE_SERVING) return;
  log_message(LOG_ERROR, "the app has not been loaded again, generation %" PRIu64 " goes on: %s",
              supervisor->generation, why);
  note(supervisor, why);
  service_notify("READY=1");
}

/* --- Watching files --- */

/* The files of a certificate are links, mostly: what they lead to is watched, too. */
static void watch_tls(struct supervisor *supervisor)
{
  const char *files[] = {supervisor->config.tls.certificate, supervisor->config.tls.key};
  for (size_t i = 0; i < 2; i++) {
    char *real = files[i][0] ? realpath(files[i], NULL) : NULL;
    if (files[i][0]) watch_file(supervisor->watch, files[i]);
    if (real) watch_file(supervisor->watch, real);
    free(real);
  }
}

static void watch_keys(struct supervisor *supervisor)
{
  const struct config *config = &supervisor->config;
  for (size_t i = 0; i < config->issuer_count; i++)
    watch_file(supervisor->watch, config->issuers[i].keys_file);
  for (size_t i = 0; i < config->webhook_count; i++)
    if (config->webhooks[i].secret_file[0])
      watch_file(supervisor->watch, config->webhooks[i].secret_file);
  if (config->admin.token_file[0]) watch_file(supervisor->watch, config->admin.token_file);
  watch_tls(supervisor);
}

static void changed(void *context)
{
  loader_build(context);
}

static int open_watch(struct supervisor *supervisor, struct error *error)
{
  return watch_open(&supervisor->loop, supervisor->options->folder, DEV_SETTLE_MS, changed,
                    supervisor, &supervisor->watch, error);
}

/* It has been open since before the app was read, if it could be. */
static int start_watch(struct supervisor *supervisor)
{
  bool dev = supervisor->options->dev;
  if (!dev && !supervisor->config.watch) {
    watch_close(supervisor->watch);
    supervisor->watch = NULL;
    return 0;
  }
  if (!supervisor->watch && open_watch(supervisor, supervisor->error)) return -1;
  if (!dev) watch_set_settle(supervisor->watch, (uint64_t)supervisor->config.settle_ms);
  watch_keys(supervisor);
  return 0;
}

/* --- Taking over --- */

/* The first generation: sockets, memory and workers for it. */
static int start_serving(struct supervisor *supervisor)
{
  size_t count = workers_wanted(supervisor);
  if (sockets_open(&supervisor->sockets, &supervisor->config, count, supervisor->error) ||
      board_create(count, &supervisor->board_fd, &supervisor->board, supervisor->error) ||
      start_watch(supervisor))
    return supervisor_fail(supervisor);
  struct board_status *status = board_status(supervisor->board);
  atomic_store(&status->started_ms, clock_wall_ms());
  atomic_store(&status->generation, supervisor->generation);
  atomic_store(&status->reload_ms, clock_wall_ms());
  workers_start(supervisor, count);
  return 0;
}

/* What people have reviewed is what was read before anything of the app ran. */
static int check_sources(const struct supervisor *supervisor, const struct bundle *bundle,
                         struct error *error)
{
  struct source_tree sources;
  unsigned char hash[HASH_BYTES];
  char hex[2 * HASH_BYTES + 1];
  source_tree_unpack(&sources, bundle, supervisor->options->folder);
  source_tree_hash(&sources, hash);
  source_tree_free(&sources);
  crypto_hex(hex, hash, sizeof hash);
  if (supervisor->build_read && strcmp(hex, supervisor->build_sources) == 0) return 0;
  return error_set(error, "the builder hands over other contracts, or another writ.json, than it "
                          "has read");
}

/* How it is to be served, and how many routes it has. */
static int read_bundle(const struct supervisor *supervisor, int fd, struct config *config,
                       size_t *routes, struct error *error)
{
  struct bundle bundle;
  size_t first, end;
  if (bundle_open(fd, &bundle, error)) return -1;
  int result = check_sources(supervisor, &bundle, error);
  if (result == 0) result = serve_config_of(supervisor->options, &bundle, config, error);
  if (result == 0) log_set_level(config->log_level);
  bundle_range(&bundle, "handler/", &first, &end);
  *routes = end - first;
  bundle_close(&bundle);
  return result;
}

/* What was opened at the start stays as it is until the server is started again. */
static void warn_of_restart(const struct config *before, const struct config *after)
{
  if (strcmp(before->listen_host, after->listen_host) == 0 &&
      before->listen_port == after->listen_port && before->workers == after->workers &&
      before->admin.enabled == after->admin.enabled &&
      strcmp(before->admin.listen_host, after->admin.listen_host) == 0 &&
      before->admin.listen_port == after->admin.listen_port)
    return;
  log_message(LOG_WARNING,
              "writ.json: where it listens and how many workers it has change with a restart only");
}

/* Takes over what the builder has made, if it can be. */
static void take(struct supervisor *supervisor, int fd)
{
  struct error error = {0};
  struct config config;
  size_t routes;
  bool first = supervisor->bundle < 0;
  supervisor->build_answered = true;
  if (supervisor->build_stale || supervisor->phase == PHASE_STOPPING) {
    close(fd); /* files changed while they were read: the watch has it made again */
    return;
  }
  if (read_bundle(supervisor, fd, &config, &routes, &error)) {
    close(fd);
    if (first) error_set(supervisor->error, "%s", error.message);
    failed(supervisor, error.message);
    return;
  }
  if (!first) warn_of_restart(&supervisor->config, &config);
  if (!first) close(supervisor->bundle);
  supervisor->bundle = fd;
  supervisor->config = config;
  supervisor->route_count = routes;
  supervisor->generation++;
  if (first) {
    start_serving(supervisor);
    return;
  }
  log_message(LOG_INFO, "the app has been loaded again: generation %" PRIu64,
              supervisor->generation);
  note(supervisor, NULL);
  if (supervisor->watch) watch_keys(supervisor);
  workers_hand_over(supervisor);
}

/* --- The builder --- */

static struct supervisor *supervisor_of(struct child *builder)
{
  return (struct supervisor *)((char *)builder - offsetof(struct supervisor, builder));
}

/* Once: later on it may be somebody else who says so. */
static void note_read(struct supervisor *supervisor, const struct channel_message *message)
{
  if (supervisor->build_read) return;
  supervisor->build_read = true;
  memcpy(supervisor->build_sources, message->text, 2 * HASH_BYTES);
  /* What changes while it starts is loaded once it has: else it might never start. */
  if (supervisor->watch && supervisor->phase == PHASE_SERVING)
    supervisor->build_stale = watch_changes(supervisor->watch) != supervisor->build_changes;
}

static void received(struct child *child, const struct channel_message *message, int fd)
{
  struct supervisor *supervisor = supervisor_of(child);
  if (message->kind == CHANNEL_BUNDLE && fd >= 0) {
    take(supervisor, fd);
    return;
  }
  if (fd >= 0) close(fd);
  if (message->kind == CHANNEL_READ) note_read(supervisor, message);
  if (message->kind == CHANNEL_FAILED) failed(supervisor, message->text);
}

static void on_limit(uv_timer_t *timer)
{
  struct supervisor *supervisor = timer->data;
  failed(supervisor, "the builder has not come to an end");
  child_kill(&supervisor->builder, SIGKILL);
}

static void ended(struct child *child, int64_t status, int signal)
{
  struct supervisor *supervisor = supervisor_of(child);
  (void)status;
  uv_timer_stop(&supervisor->build_limit);
  if (!supervisor->build_answered)
    failed(supervisor, signal ? "the builder was killed" : "the builder ended");
  if (supervisor->build_again) loader_build(supervisor);
  supervisor_end_if_over(supervisor);
}

/* It is told all that we were: to be freed. */
static char **new_command(const struct supervisor *supervisor)
{
  static char program[] = "writ", command[] = BUILDER_COMMAND;
  char **given = supervisor->options->arguments;
  size_t count = 0;
  while (given[count]) count++;
  char **arguments = memory_new_array(count + 3, sizeof *arguments);
  arguments[0] = program;
  arguments[1] = command;
  memcpy(arguments + 2, given, count * sizeof *given);
  return arguments;
}

static int spawn(struct supervisor *supervisor, struct error *error)
{
  char **arguments = new_command(supervisor);
  int result = child_spawn(&supervisor->loop, &supervisor->builder, arguments, NULL, 0, error);
  memory_free(arguments);
  return result;
}

void loader_build(struct supervisor *supervisor)
{
  struct channel_message message = {.kind = CHANNEL_BUILD, .generation = supervisor->generation};
  struct error error = {0};
  if (supervisor->phase == PHASE_STOPPING) return;
  bool workers_begin = supervisor->phase == PHASE_STARTING && supervisor->bundle >= 0;
  supervisor->build_again = supervisor->builder.alive || workers_begin;
  if (supervisor->build_again) return;
  supervisor->builder = (struct child){.received = received, .ended = ended};
  supervisor->build_answered = supervisor->build_read = supervisor->build_stale = false;
  if (supervisor->watch) supervisor->build_changes = watch_changes(supervisor->watch);
  if (spawn(supervisor, &error)) {
    if (supervisor->phase == PHASE_STARTING) *supervisor->error = error;
    failed(supervisor, error.message);
    return;
  }
  child_send(&supervisor->builder, &message, supervisor->bundle);
  supervisor->build_limit.data = supervisor;
  if (supervisor->phase == PHASE_SERVING)
    uv_timer_start(&supervisor->build_limit, on_limit, BUILD_MAX_MS, 0);
}

void loader_begin(struct supervisor *supervisor)
{
  struct error ignored = {0}; /* tried again if it is wanted */
  open_watch(supervisor, &ignored);
  loader_build(supervisor);
}
