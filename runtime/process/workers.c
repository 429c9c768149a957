/* Workers: begun, given generations, watched, replaced (supervisor_internal.h). */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/supervisor_internal.h"

enum {
  NS_PER_MS = 1000000,
  BACKOFF_MIN_MS = 100,
  BACKOFF_MAX_MS = 10 * 1000,
  YOUNG_MS = 1000,
  START_MS = 60 * 1000, /* for a worker to load what others serve already */
  NUMBER_BYTES = 16
};

static void spawn(struct worker *worker);

static size_t core_count(void)
{
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return count < 1 ? 1 : count > SERVE_WORKERS_MAX ? SERVE_WORKERS_MAX : (size_t)count;
}

size_t workers_wanted(const struct supervisor *supervisor)
{
  return supervisor->config.workers ? supervisor->config.workers : core_count();
}

/* --- What they say, and how they end --- */

static void send_bundle(struct worker *worker)
{
  struct supervisor *supervisor = worker->supervisor;
  struct channel_message message = {.kind = CHANNEL_BUNDLE, .generation = supervisor->generation};
  if (child_send(&worker->child, &message, supervisor->bundle)) return;
  log_message(LOG_ERROR, "worker %zu does not take a generation: it is replaced", worker->index);
  child_kill(&worker->child, SIGKILL);
}

static bool all_serve(const struct supervisor *supervisor)
{
  for (size_t i = 0; i < supervisor->worker_count; i++)
    if (supervisor->workers[i].generation != supervisor->generation) return false;
  return true;
}

/* It cannot load what the others serve. What it has begun with the generation before it finishes.
 */
static void replace(struct worker *worker, const char *why)
{
  const struct channel_message drain = {.kind = CHANNEL_DRAIN};
  log_message(LOG_ERROR, "worker %zu is replaced: %s", worker->index, why);
  if (worker->generation == 0 || !child_send(&worker->child, &drain, -1))
    child_kill(&worker->child, SIGKILL);
}

static void received(struct child *child, const struct channel_message *message, int fd)
{
  struct worker *worker = (struct worker *)child;
  struct supervisor *supervisor = worker->supervisor;
  if (fd >= 0) close(fd); /* none is expected */
  /* Each generation once: what is told the service manager is not for a worker to repeat. */
  if (message->kind == CHANNEL_SERVING && message->generation > worker->generation &&
      message->generation <= supervisor->generation) {
    worker->generation = message->generation;
    if (all_serve(supervisor)) supervisor_settled(supervisor);
  }
  if (message->kind == CHANNEL_FAILED) replace(worker, message->text);
}

static void on_respawn(uv_timer_t *timer)
{
  spawn(timer->data);
}

/* At once, unless it died young: then who has served is back soon all the same, and who never came
 * to serve waits longer each time. */
static void respawn_later(struct worker *worker, bool served)
{
  struct supervisor *supervisor = worker->supervisor;
  uint64_t lived_ms = uv_now(&supervisor->loop) - worker->started_ms, wait_ms = 0;
  if (served) {
    worker->backoff_ms = 0;
    if (lived_ms < YOUNG_MS) wait_ms = BACKOFF_MIN_MS;
  } else {
    worker->backoff_ms = worker->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * worker->backoff_ms;
    if (worker->backoff_ms > BACKOFF_MAX_MS) worker->backoff_ms = BACKOFF_MAX_MS;
    wait_ms = worker->backoff_ms;
  }
  atomic_fetch_add(&board_status(supervisor->board)->restarts, 1);
  uv_timer_start(&worker->respawn, on_respawn, wait_ms, 0);
}

static void ended(struct child *child, int64_t status, int signal)
{
  struct worker *worker = (struct worker *)child;
  struct supervisor *supervisor = worker->supervisor;
  bool served = worker->generation > 0;
  worker->generation = 0;
  atomic_store(board_pid(supervisor->board, worker->index), 0);
  if (supervisor->phase == PHASE_STARTING) supervisor_fail(supervisor);
  if (supervisor->phase == PHASE_SERVING) {
    if (signal)
      log_message(LOG_ERROR, "worker %zu was ended by signal %d (%s)", worker->index, signal,
                  strsignal(signal));
    else
      log_message(LOG_ERROR, "worker %zu ended with status %d", worker->index, (int)status);
    respawn_later(worker, served);
  }
  supervisor_end_if_over(supervisor);
}

/* --- How they begin --- */

/* What a worker's command line is made of. */
struct command {
  char index[NUMBER_BYTES], sockets[NUMBER_BYTES], admin[NUMBER_BYTES];
  char *arguments[16];
  size_t count;
};

static void add(struct command *command, const char *argument)
{
  command->arguments[command->count++] = (char *)(uintptr_t)argument; /* exec changes nothing */
}

/* All that it has to know before there is a generation. Secrets come with that. */
static void write_command(const struct worker *worker, size_t socket_count, struct command *command)
{
  const struct supervisor *supervisor = worker->supervisor;
  const struct serve_options *options = supervisor->options;
  snprintf(command->index, NUMBER_BYTES, "%zu", worker->index);
  snprintf(command->sockets, NUMBER_BYTES, "%zu", socket_count);
  snprintf(command->admin, NUMBER_BYTES, "%d", supervisor->sockets.admin.fd > 0);
  add(command, "writ");
  add(command, WORKER_COMMAND);
  add(command, command->index);
  add(command, command->sockets);
  add(command, command->admin);
  if (options->dev) add(command, "--dev");
  if (options->no_access_log) add(command, "--no-access-log");
  if (options->listen) { /* which --dev looks at */
    add(command, "--listen");
    add(command, options->listen);
  }
  if (options->data) {
    add(command, "--data");
    add(command, options->data);
  }
  add(command, options->folder);
}

static void spawn(struct worker *worker)
{
  struct supervisor *supervisor = worker->supervisor;
  struct board_worker *shared = board_worker(supervisor->board, worker->index);
  const struct listener *admin = &supervisor->sockets.admin;
  struct command command = {0};
  struct error error = {0};
  int fds[CHILD_FDS_MAX];
  fds[0] = supervisor->board_fd;
  size_t sockets = sockets_of(&supervisor->sockets, worker->index, fds + 1), count = 1 + sockets;
  if (admin->fd > 0) fds[count++] = admin->fd;
  write_command(worker, sockets, &command);
  worker->started_ms = uv_now(&supervisor->loop);
  atomic_store(&shared->generation, 0);
  atomic_store(&shared->run_until_ns, 0);
  atomic_store(&shared->beat_ns, clock_monotonic_ns());
  if (child_spawn(&supervisor->loop, &worker->child, command.arguments, fds, count, &error)) {
    log_message(LOG_ERROR, "worker %zu: %s", worker->index, error.message);
    if (!worker->child.alive) ended(&worker->child, 127, 0);
    return;
  }
  atomic_store(board_pid(supervisor->board, worker->index),
               uv_process_get_pid(&worker->child.process));
  send_bundle(worker);
}

void workers_start(struct supervisor *supervisor, size_t count)
{
  for (size_t i = 0; i < count && supervisor->phase != PHASE_STOPPING; i++) {
    struct worker *worker = &supervisor->workers[supervisor->worker_count++];
    *worker = (struct worker){
        .child = {.received = received, .ended = ended}, .supervisor = supervisor, .index = i};
    uv_timer_init(&supervisor->loop, &worker->respawn);
    worker->respawn.data = worker;
    spawn(worker);
  }
}

/* --- All of them --- */

void workers_hand_over(struct supervisor *supervisor)
{
  for (size_t i = 0; i < supervisor->worker_count; i++)
    if (supervisor->workers[i].child.alive) send_bundle(&supervisor->workers[i]);
}

void workers_tell(struct supervisor *supervisor, enum channel_kind kind)
{
  struct channel_message message = {.kind = kind};
  for (size_t i = 0; i < supervisor->worker_count; i++)
    child_send(&supervisor->workers[i].child, &message, -1);
}

void workers_kill(struct supervisor *supervisor)
{
  for (size_t i = 0; i < supervisor->worker_count; i++)
    child_kill(&supervisor->workers[i].child, SIGKILL);
}

bool workers_live(const struct supervisor *supervisor)
{
  bool alive = false;
  for (size_t i = 0; i < supervisor->worker_count; i++) alive |= supervisor->workers[i].child.alive;
  return alive;
}

void workers_stop_respawning(struct supervisor *supervisor)
{
  for (size_t i = 0; i < supervisor->worker_count; i++)
    uv_timer_stop(&supervisor->workers[i].respawn);
}

/* --- Watching over them --- */

/* Who was suspended itself (a terminal's Ctrl-Z, a frozen container) knows nothing of what others
 * did meanwhile: for all of them time begins anew. */
static void note_being_awake(struct supervisor *supervisor, uint64_t now_ns)
{
  if (now_ns - supervisor->watched_ns > 2 * (uint64_t)WATCH_MS * NS_PER_MS)
    supervisor->awake_ns = now_ns;
  supervisor->watched_ns = now_ns;
}

/* Its loop has not turned for too long, beyond what the handler that it runs is allowed. */
static bool hangs(const struct supervisor *supervisor, const struct worker *worker, uint64_t now_ns)
{
  struct board_worker *shared = board_worker(supervisor->board, worker->index);
  uint64_t grace_ms = worker->generation == 0 ? START_MS : (uint64_t)supervisor->config.hang_ms;
  uint64_t since = atomic_load(&shared->beat_ns), until = atomic_load(&shared->run_until_ns);
  if (until > since) since = until;
  if (supervisor->awake_ns > since) since = supervisor->awake_ns;
  return now_ns > since && now_ns - since > grace_ms * NS_PER_MS;
}

void workers_watch(struct supervisor *supervisor)
{
  uint64_t now_ns = clock_monotonic_ns();
  note_being_awake(supervisor, now_ns);
  for (size_t i = 0; i < supervisor->worker_count; i++) {
    struct worker *worker = &supervisor->workers[i];
    if (!worker->child.alive || !hangs(supervisor, worker, now_ns)) continue;
    log_message(LOG_ERROR, "worker %zu hangs: it is killed", i);
    atomic_fetch_add(&board_status(supervisor->board)->kills, 1);
    child_kill(&worker->child, SIGKILL);
  }
}
