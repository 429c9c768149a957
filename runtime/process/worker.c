/* See worker.h. */
#include "process/worker.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "dispatch/metrics.h"
#include "process/child.h"
#include "process/sockets.h"
#include "process/worker_internal.h"

enum { BEAT_MS = 250, BEATS_PER_MEASUREMENT = 8, ADMIN_CONNECTIONS = 64, IDLE_GRACE_MS = 1000 };

/* --- The end --- */

static void do_nothing(void *context)
{
  (void)context;
}

/* No request is left: what remains on the loop is the writer's. */
static void close_handles(void *context)
{
  struct worker *worker = context;
  if (worker->admin_server) {
    server_close(worker->admin_server, do_nothing, NULL);
    server_abort(worker->admin_server); /* nobody who reads or writes slowly keeps it alive */
  }
  uv_close((uv_handle_t *)&worker->channel, NULL);
  uv_close((uv_handle_t *)&worker->beat, NULL);
  uv_close((uv_handle_t *)&worker->terminate, NULL);
}

static void drain(struct worker *worker)
{
  if (worker->draining) return;
  worker->draining = true;
  server_drain(worker->server, IDLE_GRACE_MS, close_handles, worker);
}

static void on_terminate(uv_signal_t *handle, int number)
{
  (void)number;
  drain(handle->data);
}

/* --- What the supervisor says --- */

static void obey(struct worker *worker, const struct channel_message *message, int fd)
{
  if (message->kind == CHANNEL_BUNDLE && fd >= 0 && !worker->draining) {
    worker_receive_bundle(worker, fd, message->generation);
    return;
  }
  if (message->kind == CHANNEL_BUNDLE && fd < 0)
    child_tell(CHANNEL_FAILED, message->generation, "it has no file descriptor left for it", -1);
  if (fd >= 0) close(fd);
  if (message->kind == CHANNEL_DRAIN) drain(worker);
  if (message->kind == CHANNEL_ABORT) server_abort(worker->server);
}

static void on_message(uv_poll_t *poll, int status, int events)
{
  struct worker *worker = poll->data;
  struct channel_message message;
  enum channel_result result;
  int fd;
  (void)status;
  (void)events;
  while ((result = channel_receive(CHILD_CHANNEL, &message, &fd)) == CHANNEL_RECEIVED)
    obey(worker, &message, fd);
  /* The supervisor is dead, and the kernel about to end this process for it (child_begin). */
  if (result == CHANNEL_ENDED) raise(SIGKILL);
}

static void measure(struct worker *worker)
{
  struct usage usage = usage_read(worker->usage);
  atomic_store(&worker->self->resident_bytes, usage.resident_bytes);
  atomic_store(&worker->self->open_fds, usage.open_fds);
  atomic_store(&worker->self->cpu_ns, usage.cpu_ns);
}

static void on_beat(uv_timer_t *timer)
{
  struct worker *worker = timer->data;
  atomic_store(&worker->self->beat_ns, clock_monotonic_ns());
  if (worker->usage && worker->beats++ % BEATS_PER_MEASUREMENT == 0) measure(worker);
  worker_retire_old(worker);
}

/* --- The beginning --- */

/* Its socket comes after the others. */
static int open_admin(struct worker *worker, struct error *error)
{
  struct listener listener;
  if (!worker->options->admin_socket) return 0;
  if (listener_adopt(CHILD_FDS + 1 + (int)worker->options->socket_count, &listener, error))
    return -1;
  worker->admin_exposed = socket_is_exposed(listener.fd);
  struct admin_config config = worker_admin_config(worker);
  worker->admin = admin_new(&config);
  struct server_limits limits;
  server_limits_default(&limits);
  limits.connections = ADMIN_CONNECTIONS;
  struct server_config server_config = {
      .listeners = &listener, .listener_count = 1, .limits = &limits};
  struct server_handler handler = admin_handler(worker->admin);
  return server_open(&worker->loop, &server_config, &handler, &worker->admin_server, error);
}

static int open_server(struct worker *worker, struct error *error)
{
  struct listener listeners[SOCKETS_MAX];
  const struct edition *edition = worker->current;
  size_t count = 0;
  while (count < worker->options->socket_count && count < SOCKETS_MAX) {
    int fd = CHILD_FDS + 1 + (int)count; /* after the board */
    if (listener_adopt(fd, &listeners[count++], error)) return -1;
  }
  struct server_limits limits = config_server_limits(&edition->config);
  struct server_config config = {.listeners = listeners,
                                 .listener_count = count,
                                 .limits = &limits,
                                 .policy = &edition->policy,
                                 .access_log = worker->access_log,
                                 .metrics = worker->metrics};
  struct server_handler handler = worker_handler(edition);
  if (server_open(&worker->loop, &config, &handler, &worker->server, error)) return -1;
  server_set_tls(worker->server, edition->secrets.tls);
  return open_admin(worker, error);
}

static void start_loop(struct worker *worker)
{
  uv_poll_init(&worker->loop, &worker->channel, CHILD_CHANNEL);
  uv_timer_init(&worker->loop, &worker->beat);
  uv_signal_init(&worker->loop, &worker->terminate);
  worker->channel.data = worker->beat.data = worker->terminate.data = worker;
  uv_poll_start(&worker->channel, UV_READABLE, on_message);
  uv_timer_start(&worker->beat, on_beat, 0, BEAT_MS);
  uv_signal_start(&worker->terminate, on_terminate, SIGTERM);
}

/* By what the first generation says of user and data; a later one changes neither. */
static int confine_to(const struct worker *worker, int fd, struct error *error)
{
  struct bundle bundle;
  struct config config;
  if (bundle_open(fd, &bundle, error)) return -1;
  int result = serve_config_of(worker->options, &bundle, &config, error);
  bundle_close(&bundle);
  return result ? -1 : serve_confine(&config, true, true, error);
}

static int start(struct worker *worker, size_t index, struct error *error)
{
  struct channel_message message;
  struct edition *edition;
  int bundle;
  if (!worker->options->no_access_log)
    worker->access_log = access_log_new(&worker->loop, STDOUT_FILENO);
  if (board_attach(CHILD_FDS, index, &worker->board, error)) return -1;
  worker->self = board_worker(worker->board, index);
  if (channel_wait(CHILD_CHANNEL, &message, &bundle) != CHANNEL_RECEIVED || bundle < 0)
    return error_set(error, "the supervisor gives no generation");
  tls_init();
  if (worker->options->admin_socket) worker->usage = usage_open();
  int result = confine_to(worker, bundle, error);
  if (result == 0)
    result = edition_load(worker->options, bundle, message.generation, &edition, error);
  close(bundle);
  if (result || sandbox_new(&worker->sandbox, error)) return -1;
  worker->metrics = metrics_attach(board_metrics(worker->board, index), clock_wall_ms());
  worker->host = (struct edition_host){.loop = &worker->loop,
                                       .sandbox = worker->sandbox,
                                       .limiter = board_limiter(worker->board),
                                       .metrics = worker->metrics,
                                       .workers = board_worker_count(worker->board),
                                       .run_until_ns = &worker->self->run_until_ns};
  if (worker_take_over(worker, edition, error) || open_server(worker, error)) return -1;
  start_loop(worker);
  worker_announce(worker);
  return 0;
}

/* All requests have ended. */
static void finish(struct worker *worker)
{
  server_free(worker->server);
  server_free(worker->admin_server);
  access_log_close(worker->access_log);
  admin_free(worker->admin);
  usage_close(worker->usage);
  worker->current->next = worker->retired;
  worker->retired = worker->current;
  while (worker->retired) {
    worker_retire_old(worker);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
  }
  sandbox_free(worker->sandbox);
  uv_loop_close(&worker->loop);
  board_detach(worker->board);
}

int worker_run(const struct serve_options *options, size_t index)
{
  struct worker worker = {.options = options, .waiting = -1};
  struct error error = {0};
  child_begin("writ-worker");
  signal(SIGINT, SIG_IGN); /* of the terminal, for all: the supervisor decides */
  signal(SIGHUP, SIG_IGN);
  if (uv_loop_init(&worker.loop) < 0)
    error_set(&error, "it has no loop: too few files may be open, or too little memory");
  if (error.message[0] || start(&worker, index, &error)) {
    child_tell(CHANNEL_FAILED, 0, error.message, -1);
    return 1; /* the process ends, and all of this with it */
  }
  uv_run(&worker.loop, UV_RUN_DEFAULT);
  finish(&worker);
  return 0;
}
