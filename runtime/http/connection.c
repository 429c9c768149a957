/* One client's connection (connection.h): reads requests one after another, has them answered in
 * order, and ends politely, so that a refusal's text reaches the client before the reset that
 * unread bytes would cause.
 *
 * Reading stops only when bytes arrive while a request runs or its reply is being written: these
 * bytes (one read's worth at most) wait in `pending`, and a client that sends one request at a time
 * never costs the extra system calls. */
#include "http/connection.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

static const struct http_fault head_timeout = {408, "timeout", "the head took too long"};
static const struct http_fault body_timeout = {408, "timeout", "the body took too long"};
static const struct http_fault body_too_large = {413, "body_too_large", "the body is too large"};

static const struct http_fault plain_bytes = {400, "malformed", "this port speaks TLS: use https"};

static const uint64_t NEVER = UINT64_MAX;

enum { ONE_RECORD_BYTES = 12 << 10 }; /* a body of so much, and its head, are one record of TLS */

static size_t consume(struct connection *connection, struct text bytes);
static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer);
static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer);

static void enter(struct connection *connection, enum connection_phase phase, uint64_t timeout_ms)
{
  const struct server *server = connection->server;
  if (phase == CONNECTION_IDLE && server->closing && timeout_ms > server->grace_ms)
    timeout_ms = server->grace_ms;
  connection->phase = phase;
  connection->since_ms = server_now_ms(server);
  connection->deadline_ms = timeout_ms == NEVER ? NEVER : connection->since_ms + timeout_ms;
}

static uv_stream_t *stream_of(struct connection *connection)
{
  return &connection->socket.stream;
}

/* A request runs or its reply is under way: nothing more is read meanwhile. */
static bool is_busy(const struct connection *connection)
{
  return connection->phase == CONNECTION_RUNNING || connection->phase == CONNECTION_WRITING;
}

static bool is_receiving(const struct connection *connection)
{
  return connection->phase < CONNECTION_RUNNING;
}

/* The end */

static void release(struct connection *connection)
{
  if (!connection->released || connection->running) return;
  struct server *server = connection->server;
  message_deinit(&connection->message);
  buffer_deinit(&connection->pending);
  buffer_deinit(&connection->output);
  connection_tls_end(connection);
  server_forget(server, connection);
  memory_free(connection);
}

static void on_close(uv_handle_t *handle)
{
  struct connection *connection = handle->data;
  connection->released = true;
  release(connection);
}

void connection_close(struct connection *connection)
{
  if (connection->phase == CONNECTION_CLOSED) return;
  if (connection->tls && connection->phase == CONNECTION_IDLE)
    connection_tls_say_goodbye(connection);
  enter(connection, CONNECTION_CLOSED, NEVER);
  uv_close(&connection->socket.handle, on_close);
}

static void start_reading(struct connection *connection)
{
  connection->paused = false;
  if (uv_read_start(stream_of(connection), on_allocate, on_read) < 0) connection_close(connection);
}

static void on_shutdown(uv_shutdown_t *operation, int status)
{
  (void)operation;
  (void)status; /* the client's end of it, an error or the deadline closes the connection */
}

/* All is said. Closing at once would reset the connection if bytes are still on their way here, and
 * the client might never see the reply. */
static void linger(struct connection *connection)
{
  buffer_deinit(&connection->pending);
  enter(connection, CONNECTION_LINGERING, connection->server->limits.linger_ms);
  if (connection->ended ||
      uv_shutdown(&connection->operation.shutdown, stream_of(connection), on_shutdown) < 0)
    connection_close(connection);
  else if (connection->paused)
    start_reading(connection);
}

/* Writing */

/* The reply is out: on to the next request, which may be here already. */
static void resume(struct connection *connection)
{
  struct buffer *pending = &connection->pending;
  if (pending->length > 0) {
    struct text bytes = {pending->data + connection->pending_used,
                         pending->length - connection->pending_used};
    connection->pending_used += consume(connection, bytes);
    if (!is_receiving(connection)) return;
    buffer_clear(pending);
    connection->pending_used = 0;
  }
  if (connection->ended)
    connection_close(connection);
  else if (connection->paused)
    start_reading(connection);
}

static void finish_reply(struct connection *connection)
{
  message_reset(&connection->message);
  if (connection->last) {
    linger(connection);
    return;
  }
  enter(connection, CONNECTION_IDLE, connection->server->limits.idle_ms);
  if (!connection->consuming) resume(connection);
}

static void on_write(uv_write_t *write, int status)
{
  struct connection *connection = write->handle->data;
  if (connection->phase == CONNECTION_CLOSED) return;
  buffer_clear(&connection->output);
  if (status < 0)
    connection_close(connection);
  else
    finish_reply(connection);
}

/* Keeps what was not written at once, since the caller's bytes are only borrowed, and writes it
 * later. */
static void write_rest(struct connection *connection, const uv_buf_t *buffers, unsigned count,
                       size_t written)
{
  buffer_clear(&connection->output);
  for (unsigned i = 0; i < count; i++) {
    size_t skip = written < buffers[i].len ? written : buffers[i].len;
    buffer_append(&connection->output, buffers[i].base + skip, buffers[i].len - skip);
    written -= skip;
  }
  enter(connection, CONNECTION_WRITING, connection->server->limits.write_ms);
  uv_buf_t rest = {.base = connection->output.data, .len = connection->output.length};
  if (uv_write(&connection->operation.write, stream_of(connection), &rest, 1, on_write) < 0)
    connection_close(connection);
}

/* What TLS has to say goes out; a reply that is out is done. */
static void flush(struct connection *connection)
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
    flush(connection);
}

static void encrypt_and_write(struct connection *connection, const uv_buf_t *buffers,
                              unsigned count)
{
  enter(connection, CONNECTION_WRITING, connection->server->limits.write_ms);
  if (connection_tls_encrypt(connection, buffers, count) < 0)
    connection_close(connection);
  else
    flush(connection);
}

static void write_bytes(struct connection *connection, const uv_buf_t *buffers, unsigned count)
{
  size_t total = 0;
  if (connection->tls) {
    encrypt_and_write(connection, buffers, count);
    return;
  }
  for (unsigned i = 0; i < count; i++) total += buffers[i].len;
  int result = uv_try_write(stream_of(connection), buffers, count);
  size_t written = result > 0 ? (size_t)result : 0;
  if (result < 0 && result != UV_EAGAIN)
    connection_close(connection);
  else if (written == total)
    finish_reply(connection);
  else
    write_rest(connection, buffers, count, written);
}

static void send_reply(struct connection *connection, const struct reply *reply)
{
  struct server *server = connection->server;
  const struct message *message = &connection->message;
  struct response_manner manner = {
      .close = connection->last,
      .minor_version_0 = message->minor_version_0,
      .secure = connection->secure || message->request.secure,
      .now_ms = clock_wall_ms(),
      .question = {.origin = message->request.origin, .preflight = message->fields.preflight},
      .policy = &server->policy};
  buffer_clear(&server->output);
  response_head(&server->output, &server->date, reply, &manner);
  bool has_body = response_has_body(reply, message->request.method);
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

/* Said at the first one, the second, the fourth, …: a proxy that is set up wrong sends many. */
static void warn_of_proxy(struct connection *connection)
{
  uint64_t count = ++connection->server->malformed_forwarded;
  if ((count & (count - 1)) == 0)
    log_message(LOG_WARNING, "%llu requests by now of trusted proxies say unreadably for whom: %s",
                (unsigned long long)count, connection->address);
}

/* Finds out whose request it is, once its head is there. */
static void identify(struct connection *connection)
{
  struct message *message = &connection->message;
  if (message->request.address.data) return;
  struct forwarded_client *client = &connection->client;
  struct forwarded_fields fields = {.forwarded = buffer_text(&message->forwarded),
                                    .x_for = buffer_text(&message->x_forwarded_for),
                                    .x_proto = message->fields.x_forwarded_proto};
  struct text peer = connection->address[0] ? text_of(connection->address) : TEXT("unix");
  forwarded_find(&connection->server->policy.proxies, peer, connection->secure, &fields, client);
  if (client->malformed) warn_of_proxy(connection);
  message->request.address = client->address;
  message->request.secure = client->secure;
}

/* Tells the client what is wrong with its bytes, and ends: where the next request begins is
 * unknown. */
static void refuse(struct connection *connection, const struct http_fault *fault)
{
  struct server *server = connection->server;
  struct reply reply = {0};
  if (connection->message.request.path.data) identify(connection);
  dispatch_problem(&server->arena, fault->status, fault->code, fault->detail, &reply);
  connection->last = true;
  send_reply(connection, &reply);
  arena_reset(&server->arena);
}

/* The client waits for this before it sends the body (RFC 9110 section 10.1.1). If the socket is
 * full the client will send without it, as it must. */
static void send_continue(struct connection *connection)
{
  static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
  uv_buf_t buffer = {.base = text, .len = sizeof text - 1};
  if (connection->tls) {
    if (connection_tls_encrypt(connection, &buffer, 1) < 0)
      connection_close(connection);
    else
      flush(connection);
    return;
  }
  int result = uv_try_write(stream_of(connection), &buffer, 1);
  if (result != (int)buffer.len && result != UV_EAGAIN) connection_close(connection);
}

/* Requests */

static void on_done(void *context, const struct reply *reply)
{
  struct connection *connection = context;
  connection->running = false;
  if (connection->phase == CONNECTION_CLOSED) {
    release(connection);
    return;
  }
  connection->last = !connection->message.keep_alive || connection->server->closing;
  send_reply(connection, reply);
}

/* The handler may have been replaced since it said how large the body may be. */
static bool is_too_large(const struct connection *connection)
{
  const struct server *server = connection->server;
  const struct request *request = &connection->message.request;
  if (request->body.length == 0 || connection->handler_changes == server->handler_changes)
    return false;
  return request->body.length >
         server->handler.body_max(server->handler.context, request->method, request->path);
}

static void run(struct connection *connection)
{
  const struct server_handler *handler = &connection->server->handler;
  identify(connection);
  if (is_too_large(connection)) {
    refuse(connection, &body_too_large);
    return;
  }
  enter(connection, CONNECTION_RUNNING, NEVER);
  connection->running = true;
  handler->handle(handler->context, &connection->message.request, on_done, connection);
}

static void begin_body(struct connection *connection, bool body_is_here)
{
  const struct server_handler *handler = &connection->server->handler;
  struct message *message = &connection->message;
  identify(connection);
  size_t max = handler->body_max(handler->context, message->request.method, message->request.path);
  connection->handler_changes = connection->server->handler_changes;
  enter(connection, CONNECTION_BODY, connection->server->limits.body_ms);
  if (message_expect_body(message, max) < 0)
    refuse(connection, message->fault);
  else if (message->expects_continue && !body_is_here)
    send_continue(connection);
}

/* Reads bytes of one request and acts on what they complete; says how many. */
static size_t consume_some(struct connection *connection, struct text bytes)
{
  struct message *message = &connection->message;
  size_t used;
  if (connection->phase == CONNECTION_IDLE)
    enter(connection, CONNECTION_HEAD, connection->server->limits.head_ms);
  switch (message_feed(message, bytes.data, bytes.length, &used)) {
  case MESSAGE_MORE:
    break;
  case MESSAGE_BODY:
    begin_body(connection, used < bytes.length);
    break;
  case MESSAGE_DONE:
    run(connection);
    break;
  case MESSAGE_REFUSED:
    refuse(connection, message->fault);
    break;
  }
  return used;
}

/* Reads on until the bytes are used up or the connection is busy or over. A handler that answers at
 * once comes back here, not deeper. */
static size_t consume(struct connection *connection, struct text bytes)
{
  size_t used = 0;
  connection->consuming = true;
  while (used < bytes.length && is_receiving(connection))
    used += consume_some(connection, (struct text){bytes.data + used, bytes.length - used});
  connection->consuming = false;
  return used;
}

static void receive(struct connection *connection, struct text bytes)
{
  size_t used = consume(connection, bytes);
  if (!is_busy(connection) || used == bytes.length) return;
  buffer_append(&connection->pending, bytes.data + used, bytes.length - used);
  connection->paused = true;
  uv_read_stop(stream_of(connection));
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
  (void)suggested;
  struct connection *connection = handle->data;
  *buffer = (uv_buf_t){.base = connection->server->read_bytes, .len = SERVER_READ_BYTES};
}

/* A client may close its side and still wait for the reply. */
static void end(struct connection *connection)
{
  connection->ended = true;
  if (!is_busy(connection)) connection_close(connection);
}

/* The client does not speak TLS, or not as it must: it is told so, if that is possible. */
static void fail_tls(struct connection *connection)
{
  if (is_busy(connection) || connection->flushing)
    connection_close(connection);
  else
    linger(connection);
}

static void receive_ciphertext(struct connection *connection, struct text ciphertext)
{
  struct text plaintext;
  enum tls_state state = connection_tls_receive(connection, ciphertext, &plaintext);
  if (state == TLS_PLAIN_BYTES) {
    connection_tls_end(connection);
    refuse(connection, &plain_bytes);
    return;
  }
  flush(connection);
  if (plaintext.length > 0 && connection->phase < CONNECTION_LINGERING)
    receive(connection, plaintext);
  if (connection->phase >= CONNECTION_LINGERING) return;
  if (state == TLS_ENDED) end(connection);
  if (state == TLS_FAILED) fail_tls(connection);
}

/* An error is the end of both sides. */
static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
  struct connection *connection = stream->data;
  struct text bytes = {buffer->base, length > 0 ? (size_t)length : 0};
  if (length > 0 && connection->phase < CONNECTION_LINGERING) {
    if (connection->tls)
      receive_ciphertext(connection, bytes);
    else
      receive(connection, bytes);
  }
  if (length >= 0) return;
  if (length == UV_EOF)
    end(connection);
  else
    connection_close(connection);
}

/* Life */

/* The client's address as text; an IPv4 client of an IPv6 socket is an IPv4 client. */
static void write_address(struct connection *connection, const struct sockaddr *address)
{
  const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
  char *out = connection->address;
  if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six))
    uv_inet_ntop(AF_INET, &six->s6_addr[12], out, sizeof connection->address);
  else
    uv_ip_name(address, out, sizeof connection->address);
}

static int open_socket(struct connection *connection, int fd, const struct sockaddr *address)
{
  uv_loop_t *loop = connection->server->loop;
  int result;
  if (address) {
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

void connection_open(struct server *server, int fd, const struct sockaddr *address)
{
  struct connection *connection = memory_new(sizeof *connection);
  connection->server = server;
  connection->next = server->connections;
  if (server->connections) server->connections->previous = connection;
  server->connections = connection;
  server->connection_count++;
  message_init(&connection->message, &server->limits.head);
  enter(connection, CONNECTION_IDLE, server->limits.head_ms);
  if (open_socket(connection, fd, address) < 0) {
    connection_close(connection);
    return;
  }
  if (server->tls) connection_tls_begin(connection);
  if (address) {
    write_address(connection, address);
    uv_tcp_nodelay(&connection->socket.tcp, 1);
  }
  start_reading(connection);
}

void connection_tick(struct connection *connection, uint64_t now_ms)
{
  bool due = now_ms >= connection->deadline_ms;
  switch (connection->phase) {
  case CONNECTION_IDLE:
    message_trim(&connection->message);
    buffer_deinit(&connection->pending);
    if (!connection->flushing) buffer_deinit(&connection->output);
    if (connection->tls) connection_tls_trim(connection);
    if (due) connection_close(connection);
    break;
  case CONNECTION_HEAD:
    if (due) refuse(connection, &head_timeout);
    break;
  case CONNECTION_BODY:
    if (due) refuse(connection, &body_timeout);
    break;
  case CONNECTION_WRITING:
  case CONNECTION_LINGERING:
    if (due) connection_close(connection);
    break;
  case CONNECTION_RUNNING:
  case CONNECTION_CLOSED:
    break;
  }
}
