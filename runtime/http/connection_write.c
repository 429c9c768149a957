/* What a connection says (connection.h): replies, refusals, and a polite end, so that a refusal's
 * text reaches the client before the reset that unread bytes would cause. */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "http/connection.h"

enum { ONE_RECORD_BYTES = 12 << 10 }; /* a body of so much, and its head, are one record of TLS */

static void on_shutdown(uv_shutdown_t *operation, int status)
{
  (void)operation;
  (void)status; /* the client's end of it, an error or the deadline closes the connection */
}

void connection_linger(struct connection *connection)
{
  buffer_deinit(&connection->pending);
  connection->pending_used = connection->unread = 0;
  connection_enter(connection, CONNECTION_LINGERING, (int64_t)connection->server->limits.linger_ms);
  if (connection->ended ||
      uv_shutdown(&connection->operation.shutdown, connection_stream(connection), on_shutdown) < 0)
    connection_close(connection);
  else if (connection->paused)
    connection_start_reading(connection);
}

static void finish_reply(struct connection *connection)
{
  message_reset(&connection->message);
  if (connection->last) {
    connection_linger(connection);
    return;
  }
  connection_enter(connection, CONNECTION_IDLE, (int64_t)connection->server->limits.idle_ms);
  if (!connection->consuming) connection_resume(connection);
}

static void on_write(uv_write_t *write, int status)
{
  struct connection *connection = write->handle->data;
  if (connection->phase == CONNECTION_CLOSED) return;
  connection->handed += connection->output.length;
  buffer_deinit(&connection->output);
  if (status < 0)
    connection_close(connection);
  else
    finish_reply(connection);
}

/* What lies in the kernel has not been taken, and it can be megabytes. */
int64_t connection_taken(const struct connection *connection)
{
  const uv_stream_t *stream = &connection->socket.stream;
  size_t handed =
      connection->handed + connection->output.length - uv_stream_get_write_queue_size(stream);
  uv_os_fd_t fd;
  int kept = 0;
  if (uv_fileno(&connection->socket.handle, &fd) == 0) ioctl(fd, SIOCOUTQ, &kept);
  return (int64_t)handed - kept;
}

/* The client has not taken all of it at once. What lies in the kernel of replies before counts: it
 * is taken first. */
static void begin_writing(struct connection *connection)
{
  connection_enter(connection, CONNECTION_WRITING, (int64_t)connection->server->limits.write_ms);
  connection->taken = connection->taken_before = connection_taken(connection);
}

/* Keeps what was not written at once, since the caller's bytes are only borrowed, and writes it
 * later. */
static void write_rest(struct connection *connection, const uv_buf_t *buffers, unsigned count,
                       size_t written)
{
  connection->handed = written;
  for (unsigned i = 0; i < count; i++) {
    size_t skip = written < buffers[i].len ? written : buffers[i].len;
    buffer_append(&connection->output, buffers[i].base + skip, buffers[i].len - skip);
    written -= skip;
  }
  uv_buf_t rest = {.base = connection->output.data, .len = connection->output.length};
  if (uv_write(&connection->operation.write, connection_stream(connection), &rest, 1, on_write) < 0)
    connection_close(connection);
  else
    begin_writing(connection);
}

void connection_flush(struct connection *connection)
{
  if (connection_tls_flush(connection) < 0)
    connection_close(connection);
  else if (connection->phase == CONNECTION_WRITING && !connection->flushing)
    finish_reply(connection);
}

void connection_tls_flushed(struct connection *connection, int status)
{
  if (connection->phase == CONNECTION_CLOSED) return;
  if (status < 0)
    connection_close(connection);
  else
    connection_flush(connection);
}

static void encrypt_and_write(struct connection *connection, const uv_buf_t *buffers,
                              unsigned count)
{
  connection->handed = 0;
  if (connection_tls_encrypt(connection, buffers, count) < 0 ||
      connection_tls_flush(connection) < 0)
    connection_close(connection);
  else if (connection->flushing)
    begin_writing(connection);
  else
    finish_reply(connection);
}

static void write_bytes(struct connection *connection, const uv_buf_t *buffers, unsigned count)
{
  size_t total = 0;
  if (connection->tls) {
    encrypt_and_write(connection, buffers, count);
    return;
  }
  for (unsigned i = 0; i < count; i++) total += buffers[i].len;
  int result = uv_try_write(connection_stream(connection), buffers, count);
  size_t written = result > 0 ? (size_t)result : 0;
  if (result < 0 && result != UV_EAGAIN)
    connection_close(connection);
  else if (written == total)
    finish_reply(connection);
  else
    write_rest(connection, buffers, count, written);
}

/* A server that drains answers those requests that are here already, within the grace; the client
 * of a pipeline has sent them in good faith. */
static bool is_last(const struct connection *connection)
{
  const struct server *server = connection->server;
  if (connection->last || !connection->message.keep_alive ||
      connection->requests >= server->limits.requests)
    return true;
  return server->closing &&
         (server_now_ms(server) >= server->grace_until_ms || !connection_has_unread(connection));
}

void connection_send_reply(struct connection *connection, const struct reply *reply)
{
  struct server *server = connection->server;
  const struct message *message = &connection->message;
  connection->last = is_last(connection);
  struct response_manner manner = {
      .close = connection->last,
      .minor_version_0 = message->minor_version_0,
      .secure = message->request.address.data ? message->request.secure : connection->secure,
      .now_ms = clock_wall_ms(),
      .question = {.origin = message->request.origin, .preflight = message->fields.preflight},
      .policy = &server->policy};
  buffer_clear(&server->output);
  response_head(&server->output, &server->date, reply, &manner);
  bool has_body = response_has_body(reply, message->request.method);
  server_count(server, METRIC_SENT_BYTES,
               server->output.length + (has_body ? reply->body.length : 0));
  connection_log(connection, reply, has_body ? reply->body.length : 0, manner.now_ms);
  if (connection->tls && has_body && reply->body.length <= ONE_RECORD_BYTES) {
    buffer_append_text(&server->output, reply->body);
    has_body = false;
  }
  uv_buf_t buffers[2] = {
      {.base = server->output.data, .len = server->output.length},
      {.base = (char *)(uintptr_t)reply->body.data, .len = reply->body.length},
  };
  write_bytes(connection, buffers, has_body ? 2 : 1);
}

void connection_refuse(struct connection *connection, const struct http_fault *fault)
{
  struct server *server = connection->server;
  struct reply reply = {0};
  server_count_refused(server, fault->status);
  if (connection->message.request.path.data)
    connection_identify(connection);
  else
    message_guess_method(&connection->message);
  dispatch_problem(&server->arena, fault->status, fault->code, fault->detail, &reply);
  connection->last = true;
  connection_send_reply(connection, &reply);
  arena_reset(&server->arena);
}

/* RFC 9110 section 10.1.1. If the socket is full the client will send without it, as it must. */
void connection_send_continue(struct connection *connection)
{
  static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
  uv_buf_t buffer = {.base = text, .len = sizeof text - 1};
  if (connection->tls) {
    if (connection_tls_encrypt(connection, &buffer, 1) < 0)
      connection_close(connection);
    else
      connection_flush(connection);
    return;
  }
  int result = uv_try_write(connection_stream(connection), &buffer, 1);
  if (result != (int)buffer.len && result != UV_EAGAIN) connection_close(connection);
}
