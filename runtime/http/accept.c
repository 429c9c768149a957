/* How clients come (server.h). The sockets are polled and accepted from here, not by libuv's own
 * listening handles, so that it is up to the server how many come in one turn of the loop, whether
 * the queue is emptied when it stops, and what happens when descriptors run out. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "http/connection.h"

enum { ACCEPTS_PER_TURN = 64 }; /* of one socket; then those who are here come first */

static void on_readable(uv_poll_t *poll, int status, int events);

/* Whether there may be more to accept. */
enum outcome { ACCEPT_MORE, ACCEPT_NONE, ACCEPT_FULL, ACCEPT_BROKEN };

static enum outcome fail(int number)
{
  switch (number) {
  case EAGAIN:
    return ACCEPT_NONE;
  case EMFILE: /* of the process, of the machine, or the kernel lacks memory */
  case ENFILE:
  case ENOBUFS:
  case ENOMEM:
    return ACCEPT_FULL;
  case EBADF:
  case EFAULT:
  case EINVAL: /* nobody comes there any more (listener_turn_away) */
  case ENOTSOCK:
  case EOPNOTSUPP:
    return ACCEPT_BROKEN;
  default: /* this client is gone already, or the network or a firewall does not want it */
    return ACCEPT_MORE;
  }
}

static bool has_room(const struct server *server)
{
  return server->connection_count < server->limits.connections;
}

static bool is_awaited(const struct server_listener *listener)
{
  struct pollfd look = {.fd = listener->socket.fd, .events = POLLIN};
  return poll(&look, 1, 0) > 0;
}

/* A client that is here already goes only if another one waits. */
static enum outcome accept_one(struct server_listener *listener)
{
  struct server *server = listener->server;
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  if (!has_room(server)) {
    if (!is_awaited(listener)) return ACCEPT_NONE;
    if (!server_evict(server)) return ACCEPT_FULL;
  }
  int fd = accept4(listener->socket.fd, (struct sockaddr *)&address, &length,
                   SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return fail(errno);
  server_start_timer(server);
  connection_open(server, fd, listener->socket.local ? NULL : (struct sockaddr *)&address);
  return ACCEPT_MORE;
}

static void on_closed(uv_handle_t *handle)
{
  struct server_listener *listener = handle->data;
  server_handle_closed(listener->server);
}

static void close_listener(struct server_listener *listener)
{
  if (listener->socket.fd < 0) return;
  uv_close((uv_handle_t *)&listener->poll, on_closed);
  listener_close(&listener->socket);
}

/* They wait in the kernel's queue. The timer sees to it that they are not forgotten. */
static void pause_all(struct server *server)
{
  server->full = true;
  for (size_t i = 0; i < server->listener_count; i++)
    if (server->listeners[i].socket.fd >= 0) uv_poll_stop(&server->listeners[i].poll);
  server_start_timer(server);
}

static void accept_some(struct server_listener *listener, size_t max)
{
  enum outcome outcome = ACCEPT_MORE;
  for (size_t i = 0; i < max && outcome == ACCEPT_MORE; i++) outcome = accept_one(listener);
  if (outcome == ACCEPT_FULL) pause_all(listener->server);
  if (outcome == ACCEPT_BROKEN) close_listener(listener);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
  (void)status; /* accept says what is wrong */
  (void)events;
  accept_some(poll->data, ACCEPTS_PER_TURN);
}

void accept_resume(struct server *server)
{
  if (!server->full) return;
  server->full = false;
  for (size_t i = 0; i < server->listener_count; i++)
    if (server->listeners[i].socket.fd >= 0)
      uv_poll_start(&server->listeners[i].poll, UV_READABLE, on_readable);
}

void accept_queued(struct server *server)
{
  for (size_t i = 0; i < server->listener_count; i++)
    if (server->listeners[i].socket.fd >= 0 && !server->full)
      accept_some(&server->listeners[i], SIZE_MAX);
}

static int start(struct server_listener *listener)
{
  struct server *server = listener->server;
  int result = uv_poll_init(server->loop, &listener->poll, listener->socket.fd);
  if (result < 0) {
    listener_close(&listener->socket);
    return result;
  }
  listener->poll.data = listener;
  server->open_handles++;
  return uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

int accept_start(struct server *server, const struct listener *listeners, size_t count,
                 struct error *error)
{
  int result = 0;
  server->listeners = memory_new_array(count, sizeof *server->listeners);
  server->listener_count = count;
  for (size_t i = 0; i < count; i++) {
    server->listeners[i] = (struct server_listener){.socket = listeners[i], .server = server};
    int started = start(&server->listeners[i]);
    if (started < 0) result = started;
  }
  if (result < 0) return error_set(error, "cannot accept connections: %s", uv_strerror(result));
  return 0;
}

void accept_stop(struct server *server)
{
  for (size_t i = 0; i < server->listener_count; i++) close_listener(&server->listeners[i]);
}
