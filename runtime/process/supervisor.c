/* Starting and stopping (supervisor.h). Everything is an event: a message or the end of a child, a
 * signal, a change of files, a tick of the watchdog. */
#include "process/supervisor.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "process/service_manager.h"
#include "process/supervisor_internal.h"

enum { LAST_WORDS_MS = 2000 };

/* --- The end --- */

static void close_handle(uv_handle_t *handle, void *context)
{
  (void)context;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

/* Once the handlers are closed, one that asks once more would end us by its signal. */
static void hear_no_more(void)
{
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

void supervisor_end_if_over(struct supervisor *supervisor)
{
  if (supervisor->phase != PHASE_STOPPING || supervisor->builder.alive ||
      workers_live(supervisor) || rerun_is_alive(supervisor->rerun))
    return;
  watch_close(supervisor->watch);
  supervisor->watch = NULL;
  hear_no_more();
  uv_walk(&supervisor->loop, close_handle, NULL); /* nothing else is left on it */
}

static void on_drain_limit(uv_timer_t *timer)
{
  log_message(LOG_WARNING, "requests have not finished in time: they are cut off");
  workers_kill(timer->data);
}

void supervisor_stop(struct supervisor *supervisor, const char *why)
{
  if (supervisor->phase == PHASE_STOPPING) return;
  supervisor->phase = PHASE_STOPPING;
  if (why) log_message(LOG_INFO, "stopping on %s", why);
  service_notify("STOPPING=1");
  if (supervisor->board) atomic_store(&board_status(supervisor->board)->draining, true);
  workers_stop_respawning(supervisor);
  child_kill(&supervisor->builder, SIGKILL);
  rerun_stop(supervisor->rerun);
  sockets_turn_away(&supervisor->sockets);
  workers_tell(supervisor, CHANNEL_DRAIN);
  /* A worker ends by itself a little sooner. */
  uv_timer_start(&supervisor->drain, on_drain_limit,
                 (uint64_t)supervisor->config.drain_ms + LAST_WORDS_MS, 0);
  supervisor_end_if_over(supervisor);
}

int supervisor_fail(struct supervisor *supervisor)
{
  supervisor->failed = true;
  supervisor_stop(supervisor, NULL);
  return -1;
}

/* Asked once more, connections are cut; and once more, processes. */
static void on_terminate(uv_signal_t *handle, int number)
{
  struct supervisor *supervisor = handle->data;
  supervisor->stops++;
  if (supervisor->stops == 1)
    supervisor_stop(supervisor, number == SIGTERM ? "SIGTERM" : "SIGINT");
  else if (supervisor->stops == 2)
    workers_tell(supervisor, CHANNEL_ABORT);
  else
    workers_kill(supervisor);
}

/* --- Serving --- */

static void name_address(const struct supervisor *supervisor, char address[SOCKETS_NAME_BYTES])
{
  bool tls = supervisor->config.tls.certificate[0] != 0;
  sockets_name(&supervisor->sockets, tls ? "https" : "http", address);
}

static void announce(const struct supervisor *supervisor)
{
  char address[SOCKETS_NAME_BYTES];
  name_address(supervisor, address);
  printf("writ: serving %zu routes of %s on %s\n", supervisor->route_count,
         supervisor->options->folder, address);
  fflush(stdout);
}

static void on_tick(uv_timer_t *timer)
{
  workers_watch(timer->data);
}

static void on_watchdog(uv_timer_t *timer)
{
  (void)timer;
  service_notify("WATCHDOG=1");
}

void supervisor_settled(struct supervisor *supervisor)
{
  if (supervisor->phase == PHASE_STOPPING) return;
  if (supervisor->rerun) {
    bool known = supervisor->sockets.given_count == 0;
    name_address(supervisor, supervisor->address);
    rerun_served(supervisor->rerun, supervisor->bundle, known ? supervisor->address : NULL);
  }
  if (supervisor->phase == PHASE_STARTING) {
    supervisor->phase = PHASE_SERVING;
    uint64_t watchdog_ms = service_watchdog_ms();
    if (watchdog_ms > 0)
      uv_timer_start(&supervisor->watchdog, on_watchdog, watchdog_ms, watchdog_ms);
    announce(supervisor);
    service_notify("READY=1");
    if (supervisor->build_again) loader_build(supervisor); /* what was asked for meanwhile */
    return;
  }
  service_notify("READY=1");
}

static void on_hangup(uv_signal_t *handle, int number)
{
  struct supervisor *supervisor = handle->data;
  (void)number;
  if (supervisor->phase == PHASE_STOPPING) return;
  log_message(LOG_INFO, "loading the app again on SIGHUP");
  if (supervisor->phase == PHASE_SERVING) service_notify_reloading();
  loader_build(supervisor);
}

/* --- The beginning --- */

static void on_signal(struct supervisor *supervisor, uv_signal_t *handle, int number,
                      uv_signal_cb callback)
{
  uv_signal_init(&supervisor->loop, handle);
  handle->data = supervisor;
  uv_signal_start(handle, callback, number);
}

static void on_rerun_ended(void *supervisor)
{
  supervisor_end_if_over(supervisor);
}

int supervise(const struct serve_options *options, struct error *error)
{
  struct supervisor *supervisor = memory_new(sizeof *supervisor); /* some 100 KB */
  supervisor->options = options;
  supervisor->error = error;
  supervisor->bundle = supervisor->board_fd = -1;
  supervisor->config.drain_ms = 1000; /* while there is nothing to finish */
  signal(SIGPIPE, SIG_IGN);           /* whoever reads the log may end before us */
  int result = uv_loop_init(&supervisor->loop);
  if (result < 0) {
    memory_free(supervisor);
    return error_set(error, "cannot start: %s: raise the limits of this process (ulimit)",
                     uv_strerror(result));
  }
  uv_timer_init(&supervisor->loop, &supervisor->tick);
  uv_timer_init(&supervisor->loop, &supervisor->drain);
  uv_timer_init(&supervisor->loop, &supervisor->watchdog);
  uv_timer_init(&supervisor->loop, &supervisor->build_limit);
  supervisor->tick.data = supervisor->drain.data = supervisor;
  on_signal(supervisor, &supervisor->terminate, SIGTERM, on_terminate);
  on_signal(supervisor, &supervisor->interrupt, SIGINT, on_terminate);
  on_signal(supervisor, &supervisor->hangup, SIGHUP, on_hangup);
  if (options->on_change)
    supervisor->rerun =
        rerun_new(&supervisor->loop, options->on_change, on_rerun_ended, supervisor);
  uv_timer_start(&supervisor->tick, on_tick, WATCH_MS, WATCH_MS);
  if (sockets_take_over(&supervisor->sockets, error))
    supervisor_fail(supervisor);
  else
    loader_begin(supervisor);
  uv_run(&supervisor->loop, UV_RUN_DEFAULT);

  sockets_close(&supervisor->sockets);
  rerun_free(supervisor->rerun);
  if (supervisor->bundle >= 0) close(supervisor->bundle);
  if (supervisor->board_fd >= 0) close(supervisor->board_fd);
  board_detach(supervisor->board);
  uv_loop_close(&supervisor->loop);
  result = supervisor->failed ? -1 : 0;
  memory_free(supervisor);
  return result;
}
