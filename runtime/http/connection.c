/* One client's connection (connection.h) from its first moment to its last: its phases, their
 * deadlines, its end. What it reads is connection_read.c's, what it says connection_write.c's. */
#include "http/connection.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"

static const struct http_fault head_timeout = {408, "timeout", "the head took too long"};
static const struct http_fault body_timeout = {408, "timeout", "the body took too long"};

/* Phases */

/* What metrics call a phase; METRIC_COUNT: nothing, for it is over. */
static enum metric metric_of(enum connection_phase phase)
{
  static const enum metric metrics[CONNECTION_PHASES] = {
      [CONNECTION_OPEN] = METRIC_CONNECTIONS_IDLE,
      [CONNECTION_IDLE] = METRIC_CONNECTIONS_IDLE,
      [CONNECTION_HEAD] = METRIC_CONNECTIONS_RECEIVING,
      [CONNECTION_BODY] = METRIC_CONNECTIONS_RECEIVING,
      [CONNECTION_RUNNING] = METRIC_CONNECTIONS_RUNNING,
      [CONNECTION_WRITING] = METRIC_CONNECTIONS_WRITING,
      [CONNECTION_LINGERING] = METRIC_CONNECTIONS_CLOSING,
      [CONNECTION_CLOSED] = METRIC_COUNT};
  return metrics[phase];
}

static void count_move(const struct server *server, enum connection_phase from,
                       enum connection_phase to)
{
  enum metric less = metric_of(from), more = metric_of(to);
  if (!server->metrics || less == more) return;
  metrics_subtract(server->metrics, less, 1);
  if (more != METRIC_COUNT) metrics_add(server->metrics, more, 1);
}

static void move(struct connection *connection, enum connection_phase phase)
{
  struct server *server = connection->server;
  count_move(server, connection->phase, phase);
  TAILQ_REMOVE(&server->lists[connection->phase], connection, in_phase);
  connection->phase = phase;
  TAILQ_INSERT_TAIL(&server->lists[phase], connection, in_phase);
}

/* An idle connection comes up once before its deadline, to give its memory back. */
static uint64_t trim_at(const struct connection *connection)
{
  return connection->since_ms + TRIM_AFTER_MS;
}

static void watch(struct connection *connection, uint64_t now_ms)
{
  uint64_t at_ms = connection->deadline_ms, trim_ms = trim_at(connection);
  if (connection->phase == CONNECTION_IDLE && now_ms < trim_ms && trim_ms < at_ms) at_ms = trim_ms;
  if (at_ms == UINT64_MAX) return;
  deadlines_set(&connection->server->deadlines, &connection->deadline, at_ms);
}

void connection_enter(struct connection *connection, enum connection_phase phase,
                      int64_t timeout_ms)
{
  struct server *server = connection->server;
  move(connection, phase);
  connection->since_ms = server_now_ms(server);
  connection->deadline_ms =
      timeout_ms < 0 ? UINT64_MAX : connection->since_ms + (uint64_t)timeout_ms;
  if (server->closing) connection_hurry(connection);
  watch(connection, connection->since_ms);
  if (phase == CONNECTION_IDLE && server->pause == SERVER_IS_FULL) accept_resume(server);
}

void connection_hurry(struct connection *connection)
{
  uint64_t grace_ms = connection->server->grace_ms;
  if (connection->phase > CONNECTION_IDLE) return;
  if (connection->deadline_ms <= connection->since_ms + grace_ms) return;
  connection->deadline_ms = connection->since_ms + grace_ms;
  watch(connection, server_now_ms(connection->server));
}

/* The end */

bool connection_has_unread(const struct connection *connection)
{
  uv_os_fd_t fd;
  int bytes = 0;
  if (connection->unread > 0) return true;
  if (uv_fileno(&connection->socket.handle, &fd) < 0) return false;
  return ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

void connection_free_if_over(struct connection *connection)
{
  if (!connection->released || connection->running) return;
  struct server *server = connection->server;
  TAILQ_REMOVE(&server->lists[CONNECTION_CLOSED], connection, in_phase);
  message_deinit(&connection->message);
  buffer_deinit(&connection->pending);
  buffer_deinit(&connection->output);
  connection_tls_end(connection);
  peers_give_back(&server->peers, connection->peer);
  memory_free(connection);
  server_forget(server);
}

static void on_close(uv_handle_t *handle)
{
  struct connection *connection = handle->data;
  connection->released = true;
  connection_free_if_over(connection);
}

void connection_close(struct connection *connection)
{
  if (connection->phase == CONNECTION_CLOSED) return;
  if (connection->tls && connection->phase <= CONNECTION_IDLE)
    connection_tls_say_goodbye(connection);
  move(connection, CONNECTION_CLOSED);
  connection->deadline_ms = UINT64_MAX;
  connection->server->counts.open--;
  deadlines_remove(&connection->deadline);
  server_resume_never(connection);
  uv_close(&connection->socket.handle, on_close);
}

/* Deadlines */

static uint64_t by_rate(uint64_t begun_ms, uint64_t grace_ms, size_t bytes, size_t rate)
{
  return rate ? begun_ms + grace_ms + (uint64_t)bytes * 1000 / rate : UINT64_MAX;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* Each byte that has come gives the body more time, up to its maximum. */
static void look_at_body(struct connection *connection, uint64_t now_ms)
{
  const struct server_limits *limits = &connection->server->limits;
  connection->deadline_ms = earlier(connection->since_ms + limits->body_ms,
                                    by_rate(connection->since_ms, limits->body_grace_ms,
                                            connection->message.body.length, limits->body_rate));
  if (now_ms >= connection->deadline_ms) connection_refuse(connection, &body_timeout);
}

/* The client has to take something each time, and all in all not less than the rate. */
static void look_at_writing(struct connection *connection, uint64_t now_ms)
{
  const struct server_limits *limits = &connection->server->limits;
  int64_t taken = connection_taken(connection);
  int64_t bytes = taken - connection->taken_before;
  bool stuck = taken == connection->taken;
  connection->taken = taken;
  connection->deadline_ms = earlier(now_ms + limits->write_ms,
                                    by_rate(connection->since_ms, limits->write_ms,
                                            bytes > 0 ? (size_t)bytes : 0, limits->write_rate));
  if (!stuck && now_ms < connection->deadline_ms) return;
  server_count(connection->server, METRIC_CONNECTIONS_STALLED, 1);
  connection_close(connection);
}

/* Nothing may be lost that is here and has not been looked at, because the loop was busy. */
static void look_at_idle(struct connection *connection, uint64_t now_ms)
{
  if (connection_has_unread(connection)) return;
  message_trim(&connection->message);
  buffer_deinit(&connection->pending);
  if (!connection->flushing) buffer_deinit(&connection->output);
  if (connection->tls) connection_tls_trim(connection);
  if (now_ms >= connection->deadline_ms) connection_close(connection);
}

void connection_due(struct connection *connection, uint64_t now_ms)
{
  bool due = now_ms >= connection->deadline_ms;
  switch (connection->phase) {
  case CONNECTION_OPEN:
    if (due && !connection_has_unread(connection)) connection_close(connection);
    break;
  case CONNECTION_IDLE:
    if (due || now_ms >= trim_at(connection)) look_at_idle(connection, now_ms);
    break;
  case CONNECTION_HEAD:
    if (due) connection_refuse(connection, &head_timeout);
    break;
  case CONNECTION_BODY:
    if (due) look_at_body(connection, now_ms);
    break;
  case CONNECTION_WRITING:
    if (due) look_at_writing(connection, now_ms);
    break;
  case CONNECTION_LINGERING:
    if (due) connection_close(connection);
    break;
  case CONNECTION_RUNNING:
  case CONNECTION_CLOSED:
  case CONNECTION_PHASES:
    break;
  }
  /* What is still there is about to go on; if it does not, it comes up at the next tick. */
  if (connection->deadline_ms <= now_ms) connection->deadline_ms = now_ms + 1;
  watch(connection, now_ms);
}

/* The beginning */

static int open_socket(struct connection *connection, int fd, bool tcp)
{
  uv_loop_t *loop = connection->server->loop;
  int result;
  if (tcp) {
    uv_tcp_init(loop, &connection->socket.tcp);
    result = uv_tcp_open(&connection->socket.tcp, fd);
  } else {
    uv_pipe_init(loop, &connection->socket.local, 0);
    result = uv_pipe_open(&connection->socket.local, fd);
  }
  if (result < 0) close(fd);
  connection->socket.handle.data = connection;
  return result;
}

void connection_open(struct server *server, int fd, const char *address, struct peer *peer)
{
  struct connection *connection = memory_new(sizeof *connection);
  connection->server = server;
  connection->peer = peer;
  server->counts.open++;
  server->counts.connections++;
  server_count(server, METRIC_CONNECTIONS_IDLE, 1);
  message_init(&connection->message, &server->limits.head);
  TAILQ_INSERT_TAIL(&server->lists[CONNECTION_OPEN], connection, in_phase);
  connection_enter(connection, CONNECTION_OPEN, (int64_t)server->limits.first_ms);
  if (open_socket(connection, fd, address != NULL) < 0) {
    connection_close(connection);
    return;
  }
  if (server->tls) connection_tls_begin(connection);
  if (address) memcpy(connection->address, address, strlen(address) + 1);
  connection_start_reading(connection);
}
