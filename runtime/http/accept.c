/* How clients come (server.h), and who makes room for them. The sockets are polled and accepted
 * from here, not by libuv's own listening handles, so that it is up to the server how many come in
 * one turn of the loop, whether the queue is emptied when it stops, and what happens when
 * descriptors run out. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "http/connection.h"

enum {
  ACCEPTS_PER_TURN = 64, /* of one socket; then those who are here come first */
  QUEUE_MAX = 4096,      /* as many as can wait when the server stops */
  LOOKS_FOR_ROOM = 8     /* at how many connections that wait */
};

/* Whether there may be more to accept. */
enum outcome { ACCEPT_MORE, ACCEPT_NONE, ACCEPT_FULL, ACCEPT_STARVED, ACCEPT_BROKEN };

/* Room */

static struct connection *first_in(struct server *server, enum connection_phase phase)
{
  return TAILQ_FIRST(&server->lists[phase]);
}

/* Those of whom a request is awaited, and how much a second of that weighs. A connection that is
 * kept may be idle for a minute, while heads are there within milliseconds, so who sends them
 * slowly, and comes again when thrown out, must not make those leave who have been served. */
static const struct {
  enum connection_phase phase;
  unsigned weight;
} waiting[] = {
    {CONNECTION_IDLE, 1}, {CONNECTION_BODY, 10}, {CONNECTION_OPEN, 60}, {CONNECTION_HEAD, 60}};

enum { WAITING = sizeof waiting / sizeof *waiting };

/* Which of these connections, one of each phase, has made the server wait most; WAITING: none. */
static size_t find_slowest(struct connection *const candidates[WAITING], uint64_t now_ms)
{
  size_t slowest = WAITING;
  uint64_t most = 0;
  for (size_t i = 0; i < WAITING; i++) {
    if (!candidates[i]) continue;
    uint64_t waited = (now_ms - candidates[i]->since_ms) * waiting[i].weight;
    if (slowest < WAITING && waited <= most) continue;
    slowest = i;
    most = waited;
  }
  return slowest;
}

/* Whoever is to send a request, and has not, though there may be bytes of it that nobody has looked
 * at: only a few are asked for those, since asking is a system call. */
static struct connection *find_waiting(struct server *server)
{
  struct connection *candidates[WAITING];
  for (size_t i = 0; i < WAITING; i++) candidates[i] = first_in(server, waiting[i].phase);
  for (int looks = 0; looks < LOOKS_FOR_ROOM; looks++) {
    size_t slowest = find_slowest(candidates, server_now_ms(server));
    if (slowest == WAITING) return NULL;
    struct connection *candidate = candidates[slowest];
    if (candidate->phase > CONNECTION_IDLE || !connection_has_unread(candidate)) return candidate;
    candidates[slowest] = TAILQ_NEXT(candidate, in_phase);
  }
  return NULL;
}

/* Whom a newcomer replaces: who has made the server wait for a request; who is only expected to
 * close; who has been taking a reply for longest. Requests that run are left alone: NULL. */
static struct connection *find_victim(struct server *server)
{
  struct connection *victim = find_waiting(server);
  if (!victim) victim = first_in(server, CONNECTION_LINGERING);
  if (!victim) victim = first_in(server, CONNECTION_WRITING);
  return victim;
}

static void evict(struct connection *victim)
{
  server_count(victim->server, METRIC_CONNECTIONS_EVICTED, 1);
  connection_close(victim);
}

/* Clients */

static bool is_awaited(const struct server_listener *listener)
{
  struct pollfd look = {.fd = listener->socket.fd, .events = POLLIN};
  return poll(&look, 1, 0) > 0;
}

/* Descriptors have run out, and whoever is here already goes only if somebody waits. */
static enum outcome starve(struct server_listener *listener)
{
  struct connection *victim;
  if (!is_awaited(listener)) return ACCEPT_NONE;
  if (!(victim = find_victim(listener->server))) return ACCEPT_STARVED;
  evict(victim);
  return ACCEPT_MORE;
}

static enum outcome fail(struct server_listener *listener, int number)
{
  switch (number) {
  case EAGAIN:
    return ACCEPT_NONE;
  case EMFILE: /* of the process, of the machine, or the kernel lacks memory */
  case ENFILE:
  case ENOBUFS:
  case ENOMEM:
    return starve(listener);
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

/* An IPv4 client of an IPv6 socket is an IPv4 client. */
static void write_address(char out[INET6_ADDRSTRLEN], const struct sockaddr *address)
{
  const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
  if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six))
    uv_inet_ntop(AF_INET, &six->s6_addr[12], out, INET6_ADDRSTRLEN);
  else
    uv_ip_name(address, out, INET6_ADDRSTRLEN);
}

/* False if its address has too many already. */
static bool admit(struct server *server, int fd, const struct sockaddr *from,
                  struct connection *victim)
{
  char address[INET6_ADDRSTRLEN] = "";
  struct peer *peer = NULL;
  if (from) write_address(address, from);
  if (from && !forwarded_trusts(&server->policy.proxies, text_of(address))) {
    peer = peers_take(&server->peers, from, server->limits.connections_per_address);
    if (!peer) return false;
  }
  if (victim) evict(victim);
  server_start_timer(server);
  connection_open(server, fd, from ? address : NULL, peer);
  return true;
}

/* Whoever makes room is known before, and goes only for somebody who may come in. */
static enum outcome accept_one(struct server_listener *listener)
{
  struct server *server = listener->server;
  struct connection *victim = NULL;
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  if (server->counts.open >= server->limits.connections && !(victim = find_victim(server)))
    return ACCEPT_FULL;
  int fd = accept4(listener->socket.fd, (struct sockaddr *)&address, &length,
                   SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return fail(listener, errno);
  if (server->closing && !listener->socket.local) listener_welcome(fd);
  server_count(server, METRIC_CONNECTIONS_ACCEPTED, 1);
  if (!admit(server, fd, listener->socket.local ? NULL : (struct sockaddr *)&address, victim)) {
    server_count(server, METRIC_CONNECTIONS_REFUSED, 1);
    close(fd);
  }
  return ACCEPT_MORE;
}

/* Sockets */

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
static void pause_all(struct server *server, enum server_pause why)
{
  server->pause = why;
  for (size_t i = 0; i < server->listener_count; i++)
    if (server->listeners[i].socket.fd >= 0) uv_poll_stop(&server->listeners[i].poll);
  server_start_timer(server);
}

static void accept_some(struct server_listener *listener, int max)
{
  enum outcome outcome = ACCEPT_MORE;
  for (int i = 0; i < max && outcome == ACCEPT_MORE; i++) outcome = accept_one(listener);
  if (outcome == ACCEPT_FULL) pause_all(listener->server, SERVER_IS_FULL);
  if (outcome == ACCEPT_STARVED) pause_all(listener->server, SERVER_IS_STARVED);
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
  if (server->pause == SERVER_ACCEPTS) return;
  server->pause = SERVER_ACCEPTS;
  for (size_t i = 0; i < server->listener_count; i++)
    if (server->listeners[i].socket.fd >= 0)
      uv_poll_start(&server->listeners[i].poll, UV_READABLE, on_readable);
}

void accept_queued(struct server *server)
{
  for (size_t i = 0; i < server->listener_count; i++)
    if (server->listeners[i].socket.fd >= 0 && server->pause == SERVER_ACCEPTS)
      accept_some(&server->listeners[i], QUEUE_MAX);
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
