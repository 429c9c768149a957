/* The list of connections, their one timer, and the server's life (server.h). How clients come is
 * accept.c's, what happens on a connection connection.c's. */
#include "http/server.h"

#include <signal.h>
#include <string.h>

#include "base/memory.h"
#include "http/connection.h"

void server_limits_default(struct server_limits *limits)
{
  *limits = (struct server_limits){
      .head = {.head_bytes = 16384, .fields = 100, .target_bytes = 8192},
      .connections = 1024,
      .head_ms = 10000,
      .body_ms = 30000,
      .idle_ms = 60000,
      .write_ms = 30000,
      .linger_ms = 2000,
      .tick_ms = 1000,
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
  return server->connection_count;
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
  if (uv_is_active((uv_handle_t *)&server->timer))
    uv_timer_set_repeat(&server->timer, limits->tick_ms);
  accept_resume(server);
}

void server_set_tls(struct server *server, struct tls_context *context)
{
  struct tls_context *before = server->tls;
  server->tls = tls_context_share(context);
  tls_context_free(before);
}

bool server_evict(struct server *server)
{
  struct connection *oldest = NULL;
  for (struct connection *c = server->connections; c; c = c->next)
    if (c->phase == CONNECTION_IDLE && (!oldest || c->deadline_ms < oldest->deadline_ms))
      oldest = c;
  if (oldest) connection_close(oldest);
  return oldest != NULL;
}

/* The timer */

static void on_tick(uv_timer_t *timer)
{
  struct server *server = timer->data;
  uint64_t now_ms = server_now_ms(server);
  /* A connection that closes stays in the list until its handle is released, after this. */
  for (struct connection *c = server->connections; c; c = c->next) connection_tick(c, now_ms);
  accept_resume(server);
  if (server->connection_count == 0 && !server->full) uv_timer_stop(timer);
}

void server_start_timer(struct server *server)
{
  uint64_t tick_ms = server->limits.tick_ms;
  if (uv_is_active((uv_handle_t *)&server->timer)) return;
  uv_update_time(server->loop);
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

static void on_timer_closed(uv_handle_t *handle)
{
  server_handle_closed(handle->data);
}

/* Whoever has come into a queue meanwhile is accepted before its socket closes. The timer is the
 * last to go: until then it watches over those who finish. */
static void close_if_over(struct server *server)
{
  uv_handle_t *timer = (uv_handle_t *)&server->timer;
  if (!server->closing || server->connection_count > 0 || uv_is_closing(timer)) return;
  accept_queued(server);
  if (server->connection_count > 0) return;
  accept_stop(server);
  uv_close(timer, on_timer_closed);
}

void server_forget(struct server *server, struct connection *connection)
{
  if (connection->next) connection->next->previous = connection->previous;
  if (connection->previous)
    connection->previous->next = connection->next;
  else
    server->connections = connection->next;
  server->connection_count--;
  accept_resume(server);
  close_if_over(server);
}

static void begin_closing(struct server *server, server_closed closed, void *context)
{
  server->closed = closed;
  server->closed_context = context;
  server->closing = true;
}

void server_close(struct server *server, server_closed closed, void *context)
{
  begin_closing(server, closed, context);
  accept_stop(server);
  for (struct connection *c = server->connections; c; c = c->next)
    if (c->phase == CONNECTION_IDLE) connection_close(c);
  close_if_over(server);
}

/* One that has been idle for longer closes at the next tick. */
void server_drain(struct server *server, uint64_t grace_ms, server_closed closed, void *context)
{
  begin_closing(server, closed, context);
  server->grace_ms = grace_ms;
  accept_queued(server);
  for (struct connection *c = server->connections; c; c = c->next)
    if (c->phase == CONNECTION_IDLE && c->deadline_ms > c->since_ms + grace_ms)
      c->deadline_ms = c->since_ms + grace_ms;
  close_if_over(server);
}

void server_abort(struct server *server)
{
  accept_stop(server);
  for (struct connection *c = server->connections; c; c = c->next) connection_close(c);
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

int server_open(uv_loop_t *loop, const struct server_config *config,
                const struct server_handler *handler, struct server **server, struct error *error)
{
  struct server *opened = memory_new(sizeof *opened);
  opened->loop = loop;
  opened->handler = *handler;
  opened->now_ms = config->now_ms;
  if (config->limits)
    opened->limits = *config->limits;
  else
    server_limits_default(&opened->limits);
  if (config->policy) opened->policy = *config->policy;
  arena_init(&opened->arena, 4096);
  ignore_broken_pipes();

  uv_timer_init(loop, &opened->timer);
  opened->timer.data = opened;
  opened->open_handles = 1;
  if (accept_start(opened, config->listeners, config->listener_count, error) < 0) {
    accept_stop(opened);
    uv_close((uv_handle_t *)&opened->timer, on_timer_closed);
    return -1;
  }
  *server = opened;
  return 0;
}
