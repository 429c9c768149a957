/* Loading, starting, replacing, stopping (supervisor.h). Everything is an event: a message or the
 * end of a child, a signal, a change of files, a tick of the watchdog. */
#include "process/supervisor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/bundle.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "process/board.h"
#include "process/child.h"
#include "process/config.h"
#include "process/service_manager.h"
#include "process/sockets.h"
#include "process/watch.h"

enum {
  TICK_MS = 500,
  NS_PER_MS = 1000000,
  BACKOFF_MIN_MS = 100,
  BACKOFF_MAX_MS = 10 * 1000,
  STABLE_MS = 10 * 1000, /* a worker that has lived so long begins anew at the least backoff */
  START_MS = 60 * 1000,  /* for a worker to load what others serve already */
  DEV_SETTLE_MS = 30,
  ARGUMENTS_MAX = 64
};

enum phase { PHASE_STARTING, PHASE_SERVING, PHASE_STOPPING };

struct worker {
  struct child child;
  struct supervisor *supervisor;
  size_t index;
  uv_timer_t respawn;
  uint64_t started_ms;
  uint64_t backoff_ms;
  uint64_t generation; /* that it serves; 0: none yet */
};

struct supervisor {
  const struct serve_options *options;
  struct error *error; /* why it could not start */
  uv_loop_t loop;
  enum phase phase;
  bool failed;    /* to start */
  unsigned stops; /* how often it was asked to */
  uv_signal_t terminate, interrupt, hangup;
  uv_timer_t tick, drain;

  struct config config; /* of the generation that is served */
  struct sockets sockets;
  struct board *board;
  int board_fd;
  struct worker workers[BOARD_WORKERS_MAX];
  size_t worker_count;

  struct child builder;
  bool build_again;       /* something changed meanwhile, or it was asked for */
  bool build_answered;    /* the builder has said how it went */
  uint64_t build_changes; /* watch_changes when it began */
  bool build_stale;
  int bundle; /* what is served; -1: nothing yet */
  uint64_t generation;
  size_t route_count;
  struct watch *watch;
};

static void build(struct supervisor *supervisor);
static void spawn_worker(struct worker *worker);
static void stop(struct supervisor *supervisor, const char *why);

/* --- The end --- */

static bool anybody_lives(const struct supervisor *supervisor)
{
  bool alive = supervisor->builder.alive;
  for (size_t i = 0; i < supervisor->worker_count; i++) alive |= supervisor->workers[i].child.alive;
  return alive;
}

static void close_handle(uv_handle_t *handle, void *context)
{
  (void)context;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

/* When all children are gone: nothing is left for the loop but handles. */
static void end_if_over(struct supervisor *supervisor)
{
  if (supervisor->phase != PHASE_STOPPING || anybody_lives(supervisor)) return;
  watch_close(supervisor->watch);
  supervisor->watch = NULL;
  uv_walk(&supervisor->loop, close_handle, NULL);
}

static void tell_all(struct supervisor *supervisor, enum channel_kind kind)
{
  struct channel_message message = {.kind = kind};
  for (size_t i = 0; i < supervisor->worker_count; i++)
    child_send(&supervisor->workers[i].child, &message, -1);
}

static void kill_all(struct supervisor *supervisor)
{
  child_kill(&supervisor->builder, SIGKILL);
  for (size_t i = 0; i < supervisor->worker_count; i++)
    child_kill(&supervisor->workers[i].child, SIGKILL);
}

static void on_drain_limit(uv_timer_t *timer)
{
  struct supervisor *supervisor = timer->data;
  log_message(LOG_WARNING, "requests have not finished in time: they are cut off");
  kill_all(supervisor);
}

static void stop(struct supervisor *supervisor, const char *why)
{
  if (supervisor->phase == PHASE_STOPPING) return;
  supervisor->phase = PHASE_STOPPING;
  if (why) log_message(LOG_INFO, "stopping on %s", why);
  service_notify("STOPPING=1");
  if (supervisor->board) atomic_store(&board_status(supervisor->board)->draining, true);
  for (size_t i = 0; i < supervisor->worker_count; i++)
    uv_timer_stop(&supervisor->workers[i].respawn);
  child_kill(&supervisor->builder, SIGKILL);
  sockets_turn_away(&supervisor->sockets);
  tell_all(supervisor, CHANNEL_DRAIN);
  /* A worker ends by itself a little sooner. */
  uv_timer_start(&supervisor->drain, on_drain_limit, (uint64_t)supervisor->config.drain_ms + 2000,
                 0);
  end_if_over(supervisor);
}

static int fail(struct supervisor *supervisor)
{
  supervisor->failed = true;
  stop(supervisor, NULL);
  return -1;
}

static void on_terminate(uv_signal_t *handle, int number)
{
  struct supervisor *supervisor = handle->data;
  supervisor->stops++;
  if (supervisor->stops == 1) stop(supervisor, number == SIGTERM ? "SIGTERM" : "SIGINT");
  if (supervisor->stops == 2) tell_all(supervisor, CHANNEL_ABORT);
  if (supervisor->stops > 2) kill_all(supervisor);
}

/* --- Workers --- */

static void announce(const struct supervisor *supervisor)
{
  char address[SOCKETS_NAME_BYTES];
  bool tls = supervisor->config.tls.certificate[0] != 0;
  sockets_name(&supervisor->sockets, tls ? "https" : "http", address);
  printf("writ: serving %zu routes of %s on %s\n", supervisor->route_count,
         supervisor->options->folder, address);
  fflush(stdout);
}

static bool all_serve(const struct supervisor *supervisor)
{
  for (size_t i = 0; i < supervisor->worker_count; i++)
    if (supervisor->workers[i].generation != supervisor->generation) return false;
  return true;
}

/* Every worker serves the newest generation. */
static void settle(struct supervisor *supervisor)
{
  if (supervisor->phase == PHASE_STOPPING || !all_serve(supervisor)) return;
  if (supervisor->phase == PHASE_STARTING) {
    supervisor->phase = PHASE_SERVING;
    announce(supervisor);
  }
  service_notify("READY=1");
}

static bool send_bundle(struct worker *worker)
{
  struct supervisor *supervisor = worker->supervisor;
  struct channel_message message = {.kind = CHANNEL_BUNDLE, .generation = supervisor->generation};
  if (child_send(&worker->child, &message, supervisor->bundle)) return true;
  log_message(LOG_ERROR, "worker %zu does not take a generation: it is replaced", worker->index);
  child_kill(&worker->child, SIGKILL);
  return false;
}

static void worker_received(struct child *child, const struct channel_message *message, int fd)
{
  struct worker *worker = (struct worker *)child;
  if (fd >= 0) close(fd); /* none is expected */
  if (message->kind == CHANNEL_SERVING && message->generation <= worker->supervisor->generation) {
    worker->generation = message->generation;
    settle(worker->supervisor);
  }
  if (message->kind != CHANNEL_FAILED) return;
  log_message(LOG_ERROR, "worker %zu: %s", worker->index, message->text);
  child_kill(&worker->child, SIGKILL);
}

static void on_respawn(uv_timer_t *timer)
{
  spawn_worker(timer->data);
}

static void respawn_later(struct worker *worker)
{
  struct supervisor *supervisor = worker->supervisor;
  bool stable = uv_now(&supervisor->loop) - worker->started_ms > STABLE_MS;
  atomic_fetch_add(&board_status(supervisor->board)->restarts, 1);
  worker->backoff_ms = stable || worker->backoff_ms == 0 ? 0 : worker->backoff_ms;
  uv_timer_start(&worker->respawn, on_respawn, worker->backoff_ms, 0);
  worker->backoff_ms = worker->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * worker->backoff_ms;
  if (worker->backoff_ms > BACKOFF_MAX_MS) worker->backoff_ms = BACKOFF_MAX_MS;
}

static void worker_ended(struct child *child, int64_t status, int signal)
{
  struct worker *worker = (struct worker *)child;
  struct supervisor *supervisor = worker->supervisor;
  worker->generation = 0;
  atomic_store(&board_worker(supervisor->board, worker->index)->pid, 0);
  if (supervisor->phase == PHASE_STARTING) fail(supervisor);
  if (supervisor->phase == PHASE_SERVING) {
    if (signal)
      log_message(LOG_ERROR, "worker %zu was ended by signal %d (%s)", worker->index, signal,
                  strsignal(signal));
    else
      log_message(LOG_ERROR, "worker %zu ended with status %d", worker->index, (int)status);
    respawn_later(worker);
  }
  end_if_over(supervisor);
}

/* What a worker has to know before there is a generation. Secrets come with that. */
static void worker_arguments(const struct worker *worker, char index[16], char sockets[16],
                             size_t socket_count, char **arguments)
{
  bool admin = worker->supervisor->sockets.admin.fd > 0;
  const struct serve_options *options = worker->supervisor->options;
  size_t count = 0;
  snprintf(index, 16, "%zu", worker->index);
  snprintf(sockets, 16, "%zu", socket_count);
  arguments[count++] = (char *)"writ";
  arguments[count++] = (char *)WORKER_COMMAND;
  arguments[count++] = index;
  arguments[count++] = sockets;
  arguments[count++] = (char *)(admin ? "1" : "0");
  if (options->dev) arguments[count++] = (char *)"--dev";
  if (options->data) {
    arguments[count++] = (char *)"--data";
    arguments[count++] = (char *)(uintptr_t)options->data;
  }
  arguments[count++] = (char *)(uintptr_t)options->folder;
  arguments[count] = NULL;
}

static void spawn_worker(struct worker *worker)
{
  struct supervisor *supervisor = worker->supervisor;
  struct board_worker *shared = board_worker(supervisor->board, worker->index);
  struct error error = {0};
  char index[16], socket_count[16], *arguments[11];
  int fds[CHILD_FDS_MAX];
  fds[0] = supervisor->board_fd;
  size_t count = 1 + sockets_of(&supervisor->sockets, worker->index, fds + 1);
  worker_arguments(worker, index, socket_count, count - 1, arguments);
  if (supervisor->sockets.admin.fd > 0) fds[count++] = supervisor->sockets.admin.fd;
  worker->started_ms = uv_now(&supervisor->loop);
  atomic_store(&shared->generation, 0);
  atomic_store(&shared->run_until_ns, 0);
  atomic_store(&shared->beat_ns, clock_monotonic_ns());
  if (child_spawn(&supervisor->loop, &worker->child, arguments, NULL, fds, count, &error)) {
    log_message(LOG_ERROR, "worker %zu: %s", worker->index, error.message);
    return;
  }
  atomic_store(&shared->pid, uv_process_get_pid(&worker->child.process));
  send_bundle(worker);
}

/* Its loop has not turned for too long, beyond what the handler that it runs is allowed. */
static bool hangs(const struct supervisor *supervisor, const struct worker *worker, uint64_t now_ns)
{
  struct board_worker *shared = board_worker(supervisor->board, worker->index);
  uint64_t grace_ms = worker->generation == 0 ? START_MS : (uint64_t)supervisor->config.hang_ms;
  uint64_t since = atomic_load(&shared->beat_ns), until = atomic_load(&shared->run_until_ns);
  if (until > since) since = until;
  return now_ns > since && now_ns - since > grace_ms * NS_PER_MS;
}

static void on_tick(uv_timer_t *timer)
{
  struct supervisor *supervisor = timer->data;
  uint64_t now_ns = clock_monotonic_ns();
  for (size_t i = 0; i < supervisor->worker_count; i++) {
    struct worker *worker = &supervisor->workers[i];
    if (!worker->child.alive || !hangs(supervisor, worker, now_ns)) continue;
    log_message(LOG_ERROR, "worker %zu hangs: it is killed", i);
    atomic_fetch_add(&board_status(supervisor->board)->kills, 1);
    child_kill(&worker->child, SIGKILL);
  }
}

/* --- Loading --- */

static void note_load(struct supervisor *supervisor, const char *failure)
{
  struct board_status *status = board_status(supervisor->board);
  board_set_text(supervisor->board, failure ? failure : "");
  atomic_fetch_add(failure ? &status->failed_reloads : &status->reloads, 1);
  atomic_store(&status->generation, supervisor->generation);
  atomic_store(&status->reload_failed, failure != NULL);
  atomic_store(&status->reload_ms, clock_wall_ms());
}

static void load_failed(struct supervisor *supervisor, const char *why)
{
  supervisor->build_answered = true;
  if (supervisor->phase == PHASE_STARTING) {
    fail(supervisor);
    return;
  }
  if (supervisor->phase == PHASE_STOPPING) return;
  log_message(LOG_ERROR, "the app has not been loaded again, generation %llu goes on: %s",
              (unsigned long long)supervisor->generation, why);
  note_load(supervisor, why);
  service_notify("READY=1");
}

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

static void on_changed(void *context)
{
  build(context);
}

static int start_watch(struct supervisor *supervisor)
{
  const struct serve_options *options = supervisor->options;
  uint64_t settle_ms = options->dev ? DEV_SETTLE_MS : (uint64_t)supervisor->config.settle_ms;
  if (!options->dev && !supervisor->config.watch) return 0;
  if (watch_open(&supervisor->loop, options->folder, settle_ms, on_changed, supervisor,
                 &supervisor->watch, supervisor->error))
    return -1;
  watch_keys(supervisor);
  return 0;
}

static size_t core_count(void)
{
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return count < 1 ? 1 : count > BOARD_WORKERS_MAX ? BOARD_WORKERS_MAX : (size_t)count;
}

static size_t wanted_workers(const struct supervisor *supervisor)
{
  if (supervisor->options->workers) return supervisor->options->workers;
  return supervisor->config.workers ? supervisor->config.workers : core_count();
}

/* The first generation: sockets, memory and workers for it. */
static int start_serving(struct supervisor *supervisor)
{
  struct config *config = &supervisor->config;
  size_t count = wanted_workers(supervisor);
  if (sockets_open(&supervisor->sockets, config, count, supervisor->error) ||
      board_create(count, &supervisor->board_fd, &supervisor->board, supervisor->error) ||
      start_watch(supervisor))
    return fail(supervisor);
  struct board_status *status = board_status(supervisor->board);
  atomic_store(&status->started_ms, clock_wall_ms());
  atomic_store(&status->generation, supervisor->generation);
  uv_timer_start(&supervisor->tick, on_tick, TICK_MS, TICK_MS);
  for (size_t i = 0; i < count; i++) {
    struct worker *worker = &supervisor->workers[supervisor->worker_count++];
    *worker = (struct worker){.child = {.received = worker_received, .ended = worker_ended},
                              .supervisor = supervisor,
                              .index = i};
    uv_timer_init(&supervisor->loop, &worker->respawn);
    worker->respawn.data = worker;
    spawn_worker(worker);
  }
  return 0;
}

static void serve_generation(struct supervisor *supervisor)
{
  if (supervisor->phase == PHASE_STARTING && supervisor->worker_count == 0) {
    start_serving(supervisor);
    return;
  }
  log_message(LOG_INFO, "the app has been loaded again: generation %llu",
              (unsigned long long)supervisor->generation);
  note_load(supervisor, NULL);
  if (supervisor->watch) watch_keys(supervisor);
  for (size_t i = 0; i < supervisor->worker_count; i++)
    if (supervisor->workers[i].child.alive) send_bundle(&supervisor->workers[i]);
}

/* How it is to be served, and how many routes it has. */
static int read_bundle(const struct supervisor *supervisor, int fd, struct config *config,
                       size_t *routes, struct error *error)
{
  struct bundle bundle;
  size_t first, end;
  if (bundle_open(fd, &bundle, error)) return -1;
  int result = serve_config_of(supervisor->options, &bundle, config, error);
  bundle_range(&bundle, "handler/", &first, &end);
  *routes = end - first;
  bundle_close(&bundle);
  return result;
}

/* Takes over what the builder has made, if it can be read. */
static void take_bundle(struct supervisor *supervisor, int fd)
{
  struct error error = {0};
  struct config config;
  size_t routes;
  supervisor->build_answered = true;
  if (supervisor->build_stale || supervisor->phase == PHASE_STOPPING) {
    close(fd); /* files changed while they were read: the watch has it made again */
    return;
  }
  if (read_bundle(supervisor, fd, &config, &routes, &error)) {
    close(fd);
    load_failed(supervisor, error.message);
    return;
  }
  if (supervisor->bundle >= 0) close(supervisor->bundle);
  supervisor->bundle = fd;
  supervisor->config = config;
  supervisor->route_count = routes;
  supervisor->generation++;
  serve_generation(supervisor);
}

static void builder_received(struct child *child, const struct channel_message *message, int fd)
{
  struct supervisor *supervisor =
      (struct supervisor *)((char *)child - offsetof(struct supervisor, builder));
  if (message->kind == CHANNEL_BUNDLE && fd >= 0) {
    take_bundle(supervisor, fd);
    return;
  }
  if (fd >= 0) close(fd);
  if (message->kind == CHANNEL_READ && supervisor->watch)
    supervisor->build_stale = watch_changes(supervisor->watch) != supervisor->build_changes;
  if (message->kind == CHANNEL_FAILED) load_failed(supervisor, message->text);
}

static void builder_ended(struct child *child, int64_t status, int signal)
{
  struct supervisor *supervisor =
      (struct supervisor *)((char *)child - offsetof(struct supervisor, builder));
  (void)status;
  if (!supervisor->build_answered)
    load_failed(supervisor, signal ? "the builder was killed" : "the builder ended");
  if (supervisor->build_again && supervisor->phase == PHASE_SERVING) build(supervisor);
  end_if_over(supervisor);
}

static void builder_arguments(const struct supervisor *supervisor, char **arguments)
{
  size_t count = 0;
  arguments[count++] = (char *)"writ";
  arguments[count++] = (char *)BUILDER_COMMAND;
  for (char **at = supervisor->options->arguments; *at && count < ARGUMENTS_MAX - 1; at++)
    arguments[count++] = *at;
  arguments[count] = NULL;
}

/* Has the app loaded, now or once the builder at work is done. */
static void build(struct supervisor *supervisor)
{
  struct channel_message message = {.kind = CHANNEL_BUILD, .generation = supervisor->generation};
  struct error error = {0};
  char *arguments[ARGUMENTS_MAX];
  if (supervisor->phase == PHASE_STOPPING) return;
  supervisor->build_again = supervisor->builder.alive;
  if (supervisor->builder.alive) return;
  builder_arguments(supervisor, arguments);
  supervisor->builder = (struct child){.received = builder_received, .ended = builder_ended};
  supervisor->build_answered = supervisor->build_stale = false;
  if (supervisor->watch) supervisor->build_changes = watch_changes(supervisor->watch);
  if (child_spawn(&supervisor->loop, &supervisor->builder, arguments, NULL, NULL, 0, &error)) {
    log_message(LOG_ERROR, "%s", error.message);
    return;
  }
  child_send(&supervisor->builder, &message, supervisor->bundle);
}

static void on_hangup(uv_signal_t *handle, int number)
{
  struct supervisor *supervisor = handle->data;
  (void)number;
  if (supervisor->phase != PHASE_SERVING) return;
  log_message(LOG_INFO, "loading the app again on SIGHUP");
  service_notify_reloading();
  build(supervisor);
}

/* --- The beginning --- */

static void on_signal(struct supervisor *supervisor, uv_signal_t *handle, int number,
                      uv_signal_cb callback)
{
  uv_signal_init(&supervisor->loop, handle);
  handle->data = supervisor;
  uv_signal_start(handle, callback, number);
}

int supervise(const struct serve_options *options, struct error *error)
{
  struct supervisor *supervisor = memory_new(sizeof *supervisor); /* some 100 KB */
  supervisor->options = options;
  supervisor->error = error;
  supervisor->bundle = supervisor->board_fd = -1;
  supervisor->config.drain_ms = 1000; /* while there is nothing to finish */
  uv_loop_init(&supervisor->loop);
  uv_timer_init(&supervisor->loop, &supervisor->tick);
  uv_timer_init(&supervisor->loop, &supervisor->drain);
  supervisor->tick.data = supervisor->drain.data = supervisor;
  on_signal(supervisor, &supervisor->terminate, SIGTERM, on_terminate);
  on_signal(supervisor, &supervisor->interrupt, SIGINT, on_terminate);
  on_signal(supervisor, &supervisor->hangup, SIGHUP, on_hangup);
  if (sockets_take_over(&supervisor->sockets, error))
    fail(supervisor);
  else
    build(supervisor);
  uv_run(&supervisor->loop, UV_RUN_DEFAULT);

  sockets_close(&supervisor->sockets);
  if (supervisor->bundle >= 0) close(supervisor->bundle);
  if (supervisor->board_fd >= 0) close(supervisor->board_fd);
  board_detach(supervisor->board);
  uv_loop_close(&supervisor->loop);
  int result = supervisor->failed ? -1 : 0;
  memory_free(supervisor);
  return result;
}
