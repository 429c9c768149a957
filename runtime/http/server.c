/* The server's life, its lists of connections and its one timer (server.h). How clients come is
 * accept.c's, what happens on a connection that of connection*.c. */
#include "http/server.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/memory.h"
#include "http/connection.h"

enum { CONNECTIONS_MAX = 16384, OTHER_DESCRIPTORS = 128 };

/* As many as the process may have descriptors, which it needs for other things as well. */
static size_t affordable_connections(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return CONNECTIONS_MAX;
  if (limit.rlim_cur >= CONNECTIONS_MAX + OTHER_DESCRIPTORS) return CONNECTIONS_MAX;
  return limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? (size_t)limit.rlim_cur - OTHER_DESCRIPTORS
                                                : (size_t)limit.rlim_cur / 2;
}

void server_limits_default(struct server_limits *limits)
{
  *limits = (struct server_limits){
      .head = {.head_bytes = 16384, .fields = 100, .target_bytes = 8192},
      .connections = affordable_connections(),
      .connections_per_address = 1024,
      .requests = 10000,
      .running = 1024,
      .first_ms = 10000,
      .head_ms = 10000,
      .body_grace_ms = 10000,
      .body_rate = 500,
      .body_ms = 300000,
      .idle_ms = 60000,
      .write_ms = 30000,
      .write_rate = 500,
      .linger_ms = 2000,
      .drain_ms = 30000,
      .tick_ms = 100,
  };
}

uint64_t server_now_ms(const struct server *server)
{
  return server->now_ms ? server->now_ms() : uv_now(server->loop);
}

uint16_t server_port(const struct server *server)
{
  uint16_t port = 0;
  for (size_t i = 0; i < server->listener_count && port == 0; i++)
    port = listener_port(&server->listeners[i].socket);
  return port;
}

size_t server_connections(const struct server *server)
{
  return server->counts.connections;
}

const struct server_counts *server_counts(const struct server *server)
{
  return &server->counts;
}

void server_set_handler(struct server *server, const struct server_handler *handler)
{
  server->handler = *handler;
  server->handler_changes++;
}

void server_set_policy(struct server *server, const struct http_policy *policy)
{
  server->policy = *policy;
}

void server_configure(struct server *server, const struct server_limits *limits)
{
  server->limits = *limits;
  accept_resume(server);
}

void server_set_tls(struct server *server, struct tls_context *context)
{
  struct tls_context *before = server->tls;
  server->tls = tls_context_share(context);
  tls_context_free(before);
  if (server->metrics)
    metrics_set(server->metrics, METRIC_TLS_EXPIRES,
                context ? (uint64_t)tls_context_expires_ms(context) / 1000 : 0);
}

/* What is left for the loop's next turn */

/* So many at a time that those who have just come do not wait for all of them: ten thousand that
 * became idle in the same second are ten thousand system calls to close. */
static void look_at_deadlines(struct server *server)
{
  uint64_t now_ms = server_now_ms(server);
  for (int i = 0; i < DUE_PER_TURN && server->due_left; i++) {
    struct deadline *deadline = deadlines_next(&server->deadlines, now_ms);
    if (deadline)
      connection_due(CONNECTION_OF_DEADLINE(deadline), now_ms);
    else
      server->due_left = false;
  }
}

static void on_later(uv_idle_t *later)
{
  struct server *server = later->data;
  server->handshakes = 0;
  size_t count =
      server->resuming_count < RESUMED_PER_TURN ? server->resuming_count : RESUMED_PER_TURN;
  for (; count > 0 && !TAILQ_EMPTY(&server->resuming); count--) {
    struct connection *connection = TAILQ_FIRST(&server->resuming);
    server_resume_never(connection);
    connection_resume(connection);
  }
  if (server->due_left) look_at_deadlines(server);
  if (!server->due_left && TAILQ_EMPTY(&server->resuming)) uv_idle_stop(later);
}

void server_resume_later(struct connection *connection)
{
  struct server *server = connection->server;
  if (connection->resuming) return;
  connection->resuming = true;
  TAILQ_INSERT_TAIL(&server->resuming, connection, in_resuming);
  server->resuming_count++;
  uv_idle_start(&server->later, on_later);
}

void server_resume_never(struct connection *connection)
{
  struct server *server = connection->server;
  if (!connection->resuming) return;
  connection->resuming = false;
  TAILQ_REMOVE(&server->resuming, connection, in_resuming);
  server->resuming_count--;
}

/* The timer */

/* Once: nobody is accepted after that. */
static void cut_off(struct server *server)
{
  server->cut_at_ms = UINT64_MAX;
  log_message(LOG_WARNING, "requests have not finished in time: their connections are closed");
  server_abort(server);
}

static void on_tick(uv_timer_t *timer)
{
  struct server *server = timer->data;
  uint64_t now_ms = server_now_ms(server);
  server->due_left = true;
  uv_idle_start(&server->later, on_later);
  accept_resume(server);
  if (server->closing && now_ms >= server->grace_until_ms) accept_stop(server);
  if (server->closing && now_ms >= server->cut_at_ms) cut_off(server);
  if (server->counts.connections == 0 && server->pause == SERVER_ACCEPTS) uv_timer_stop(timer);
}

void server_start_timer(struct server *server)
{
  uint64_t tick_ms = server->limits.tick_ms;
  if (uv_is_active((uv_handle_t *)&server->timer)) return;
  uv_update_time(server->loop);
  if (server->counts.connections == 0)
    deadlines_init(&server->deadlines, tick_ms, server_now_ms(server));
  uv_timer_start(&server->timer, on_tick, tick_ms, tick_ms);
}

/* The end */

void server_handle_closed(struct server *server)
{
  if (--server->open_handles > 0) return;
  if (server->closed)
    server->closed(server->closed_context);
  else
    server_free(server); /* it was never open */
}

static void on_handle_closed(uv_handle_t *handle)
{
  server_handle_closed(handle->data);
}

static void close_handles(struct server *server)
{
  accept_stop(server);
  uv_close((uv_handle_t *)&server->timer, on_handle_closed);
  uv_close((uv_handle_t *)&server->later, on_handle_closed);
}

/* Whoever has come into a queue meanwhile is accepted before its socket closes. The timer is the
 * last to go: until then it watches over those who finish. */
static void close_if_over(struct server *server)
{
  if (!server->closing || uv_is_closing((uv_handle_t *)&server->timer)) return;
  if (server->counts.connections == 0) accept_queued(server);
  if (server->counts.connections == 0) close_handles(server);
}

void server_forget(struct server *server)
{
  server->counts.connections--;
  accept_resume(server);
  close_if_over(server);
}

static void begin_closing(struct server *server, server_closed closed, void *context)
{
  server->closed = closed;
  server->closed_context = context;
  server->closing = true;
  server->cut_at_ms = UINT64_MAX;
}

/* Whoever has been idle for longer than the grace goes at the next tick, unless there are bytes of
 * theirs after all. */
static void hurry_idle(struct server *server)
{
  struct connection *connection;
  TAILQ_FOREACH(connection, &server->lists[CONNECTION_OPEN], in_phase)
  connection_hurry(connection);
  TAILQ_FOREACH(connection, &server->lists[CONNECTION_IDLE], in_phase)
  connection_hurry(connection);
}

void server_close(struct server *server, server_closed closed, void *context)
{
  begin_closing(server, closed, context);
  accept_stop(server);
  hurry_idle(server);
  close_if_over(server);
}

void server_drain(struct server *server, uint64_t grace_ms, server_closed closed, void *context)
{
  uint64_t now_ms = server_now_ms(server);
  begin_closing(server, closed, context);
  server->grace_ms = grace_ms;
  server->grace_until_ms = now_ms + grace_ms;
  server->cut_at_ms = now_ms + server->limits.drain_ms;
  hurry_idle(server);
  close_if_over(server);
}

void server_abort(struct server *server)
{
  accept_stop(server);
  for (int phase = 0; phase < CONNECTION_CLOSED; phase++)
    while (!TAILQ_EMPTY(&server->lists[phase]))
      connection_close(TAILQ_FIRST(&server->lists[phase]));
  close_if_over(server);
}

void server_free(struct server *server)
{
  if (!server) return;
  arena_deinit(&server->arena);
  buffer_deinit(&server->output);
  buffer_deinit(&server->decrypted);
  tls_context_free(server->tls);
  memory_free(server->listeners);
  memory_free(server);
}

/* The beginning */

static void ignore_broken_pipes(void)
{
  struct sigaction action;
  if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
    signal(SIGPIPE, SIG_IGN);
}

static void init_handles(struct server *server)
{
  uv_timer_init(server->loop, &server->timer);
  uv_idle_init(server->loop, &server->later);
  server->timer.data = server->later.data = server;
  server->open_handles = 2;
}

int server_open(uv_loop_t *loop, const struct server_config *config,
                const struct server_handler *handler, struct server **server, struct error *error)
{
  struct server *opened = memory_new(sizeof *opened);
  opened->loop = loop;
  opened->handler = *handler;
  opened->now_ms = config->now_ms;
  opened->metrics = config->metrics;
  if (config->limits)
    opened->limits = *config->limits;
  else
    server_limits_default(&opened->limits);
  if (config->policy) opened->policy = *config->policy;
  opened->access_log = config->access_log;
  for (int phase = 0; phase < CONNECTION_PHASES; phase++) TAILQ_INIT(&opened->lists[phase]);
  TAILQ_INIT(&opened->resuming);
  peers_init(&opened->peers);
  arena_init(&opened->arena, 4096);
  ignore_broken_pipes();
  init_handles(opened);
  if (accept_start(opened, config->listeners, config->listener_count, error) < 0) {
    close_handles(opened);
    return -1;
  }
  *server = opened;
  return 0;
}
