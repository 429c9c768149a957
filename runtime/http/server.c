/* The listener, the list of connections and their one timer (server.h). What happens on a
 * connection is connection.c's. */
#include "http/server.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "http/connection.h"

enum { BACKLOG = 1024 };

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
  return server->port;
}

size_t server_connections(const struct server *server)
{
  return server->connection_count;
}

/* Makes room by closing the connection that has the least idle time left; false if none is idle. */
static bool evict(struct server *server)
{
  struct connection *oldest = NULL;
  for (struct connection *c = server->connections; c; c = c->next)
    if (c->phase == CONNECTION_IDLE && (!oldest || c->deadline_ms < oldest->deadline_ms))
      oldest = c;
  if (oldest) connection_close(oldest);
  return oldest != NULL;
}

static void on_tick(uv_timer_t *timer)
{
  struct server *server = timer->data;
  uint64_t now_ms = server_now_ms(server);
  /* A connection that closes stays in the list until its handle is released, after this. */
  for (struct connection *c = server->connections; c; c = c->next) connection_tick(c, now_ms);
  if (server->waiting) evict(server);
}

static void accept_one(struct server *server)
{
  if (!uv_is_active((uv_handle_t *)&server->timer)) {
    uv_update_time(server->loop);
    uv_timer_start(&server->timer, on_tick, server->limits.tick_ms, server->limits.tick_ms);
  }
  connection_accept(server);
}

/* Until the client is accepted libuv looks for no others: they wait in the kernel's queue. */
static void on_connection(uv_stream_t *listener, int status)
{
  struct server *server = listener->data;
  if (status < 0)
    log_message(LOG_WARNING, "cannot accept a connection: %s", uv_strerror(status));
  else if (server->connection_count < server->limits.connections || evict(server))
    accept_one(server);
  else
    server->waiting = true;
}

/* The end */

static void on_handle_closed(uv_handle_t *handle)
{
  struct server *server = handle->data;
  if (--server->open_handles > 0) return;
  if (server->closed)
    server->closed(server->closed_context);
  else
    server_free(server); /* it was never open */
}

/* The timer is the last to go: until then it watches over those who finish. */
static void close_timer_if_over(struct server *server)
{
  if (server->closing && server->connection_count == 0)
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
}

void server_forget(struct server *server, struct connection *connection)
{
  if (connection->next) connection->next->previous = connection->previous;
  if (connection->previous)
    connection->previous->next = connection->next;
  else
    server->connections = connection->next;
  server->connection_count--;
  if (server->waiting && !server->closing) {
    server->waiting = false;
    accept_one(server);
  }
  if (server->connection_count == 0 && !server->closing) uv_timer_stop(&server->timer);
  close_timer_if_over(server);
}

static void stop_listening(struct server *server)
{
  server->closing = true;
  uv_close((uv_handle_t *)&server->listener, on_handle_closed);
  close_timer_if_over(server);
}

void server_close(struct server *server, server_closed closed, void *context)
{
  server->closed = closed;
  server->closed_context = context;
  for (struct connection *c = server->connections; c; c = c->next)
    if (c->phase == CONNECTION_IDLE) connection_close(c);
  stop_listening(server);
}

void server_abort(struct server *server)
{
  for (struct connection *c = server->connections; c; c = c->next) connection_close(c);
}

void server_free(struct server *server)
{
  if (!server) return;
  arena_deinit(&server->arena);
  buffer_deinit(&server->output);
  memory_free(server);
}

/* The beginning */

static void ignore_broken_pipes(void)
{
  struct sigaction action;
  if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
    signal(SIGPIPE, SIG_IGN);
}

static int parse_address(const struct server_config *config, struct sockaddr_storage *address)
{
  int result = uv_ip4_addr(config->address, config->port, (struct sockaddr_in *)address);
  if (result < 0)
    result = uv_ip6_addr(config->address, config->port, (struct sockaddr_in6 *)address);
  return result;
}

static uint16_t bound_port(const struct server *server)
{
  struct sockaddr_storage address = {0};
  int length = sizeof address;
  if (uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &length) < 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                             : ((struct sockaddr_in *)&address)->sin_port);
}

static int listen_on(struct server *server, const struct server_config *config)
{
  struct sockaddr_storage address = {0};
  int result = parse_address(config, &address);
  if (result == 0) result = uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0);
  if (result == 0) result = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
  return result;
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
  arena_init(&opened->arena, 4096);
  ignore_broken_pipes();

  uv_tcp_init(loop, &opened->listener);
  uv_timer_init(loop, &opened->timer);
  opened->listener.data = opened;
  opened->timer.data = opened;
  opened->open_handles = 2;
  int result = listen_on(opened, config);
  if (result < 0) {
    stop_listening(opened);
    return error_set(error, "cannot listen on %s port %u: %s", config->address,
                     (unsigned)config->port, uv_strerror(result));
  }
  opened->port = bound_port(opened);
  *server = opened;
  return 0;
}
