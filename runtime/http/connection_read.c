/* What a connection hears (connection.h): requests one after another, each given to the handler.
 *
 * Reading stops only when bytes arrive while a request runs or its reply is being written, or when
 * this connection has had its share of the loop's turn: these bytes (one read's worth at most) wait
 * in `pending`, and a client that sends one request at a time never costs the extra system
 * calls. */
#include "base/clock.h"
#include "base/log.h"
#include "http/connection.h"

static const struct http_fault plain_bytes = {400, "malformed", "this port speaks TLS: use https"};
static const struct http_fault wrong_scheme = {421, "misdirected",
                                               "the target's scheme is not the connection's"};
static const struct http_fault body_too_large = {413, "body_too_large", "the body is too large"};

/* Whose it is */

/* Said at the first one, the second, the fourth, …: a proxy that is set up wrong sends many. */
static void warn_of_proxy(struct connection *connection)
{
  uint64_t count = ++connection->server->malformed_forwarded;
  if ((count & (count - 1)) == 0)
    log_message(LOG_WARNING, "%llu requests by now of trusted proxies say unreadably for whom: %s",
                (unsigned long long)count, connection->address);
}

void connection_identify(struct connection *connection)
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

/* Requests */

static void set_running(struct connection *connection, bool running)
{
  size_t change = running ? 1 : (size_t)-1;
  connection->running = running;
  connection->server->counts.running += change;
  if (connection->peer) connection->peer->running += change;
}

static void on_done(void *context, const struct reply *reply)
{
  struct connection *connection = context;
  set_running(connection, false);
  if (connection->phase != CONNECTION_CLOSED) {
    connection_send_reply(connection, reply);
    return;
  }
  connection_log(connection, reply, 0, clock_wall_ms());
  connection_free_if_over(connection);
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

/* One address could keep all others waiting where handlers sleep, even with connections that it has
 * closed. */
static bool is_overloaded(const struct connection *connection)
{
  const struct server *server = connection->server;
  size_t max = server->limits.running;
  return server->counts.running >= max ||
         (connection->peer && connection->peer->running >= max - max / 2);
}

/* The client has done nothing wrong, and may go on. */
static void refuse_overload(struct connection *connection)
{
  struct server *server = connection->server;
  struct reply reply = {0};
  server_count_refused(server, 503);
  dispatch_problem(&server->arena, 503, "overloaded", "too many requests run at once", &reply);
  reply.headers[reply.header_count++] = (struct reply_header){"Retry-After", TEXT("1")};
  connection_send_reply(connection, &reply);
  arena_reset(&server->arena);
}

static void hand_over(struct connection *connection)
{
  struct server *server = connection->server;
  connection_enter(connection, CONNECTION_RUNNING, CONNECTION_FOREVER);
  set_running(connection, true);
  connection_log_start(connection);
  server->handler.handle(server->handler.context, &connection->message.request, on_done,
                         connection);
}

/* RFC 9110 section 7.4: what is meant for https must not be answered where others can listen, and
 * an answer by TLS is none to what is asked of http. A trusted proxy says which of them it was. */
static bool is_misdirected(const struct connection *connection)
{
  const struct message *message = &connection->message;
  return message->scheme != SCHEME_NONE &&
         message->scheme != (message->request.secure ? SCHEME_HTTPS : SCHEME_HTTP);
}

static void run(struct connection *connection)
{
  connection->requests++;
  connection_identify(connection);
  if (is_misdirected(connection))
    connection_refuse(connection, &wrong_scheme);
  else if (is_too_large(connection))
    connection_refuse(connection, &body_too_large);
  else if (is_overloaded(connection))
    refuse_overload(connection);
  else
    hand_over(connection);
}

static void begin_body(struct connection *connection, bool body_is_here)
{
  const struct server *server = connection->server;
  const struct server_limits *limits = &server->limits;
  struct message *message = &connection->message;
  connection_identify(connection);
  if (is_misdirected(connection)) {
    connection_refuse(connection, &wrong_scheme);
    return;
  }
  size_t max = server->handler.body_max(server->handler.context, message->request.method,
                                        message->request.path);
  connection->handler_changes = server->handler_changes;
  connection_enter(
      connection, CONNECTION_BODY,
      (int64_t)(limits->body_grace_ms < limits->body_ms ? limits->body_grace_ms : limits->body_ms));
  if (message_expect_body(message, max) < 0)
    connection_refuse(connection, message->fault);
  else if (message->expects_continue && !body_is_here)
    connection_send_continue(connection);
}

/* Reads bytes of one request and acts on what they complete; says how many. */
static size_t consume_some(struct connection *connection, struct text bytes)
{
  struct message *message = &connection->message;
  size_t used;
  enum message_state state = message_feed(message, bytes.data, bytes.length, &used);
  connection->unread = bytes.length - used;
  switch (state) {
  case MESSAGE_MORE:
    break;
  case MESSAGE_BODY:
    begin_body(connection, used < bytes.length);
    break;
  case MESSAGE_DONE:
    run(connection);
    break;
  case MESSAGE_REFUSED:
    connection_refuse(connection, message->fault);
    break;
  }
  return used;
}

/* Reads on until the bytes are used up, the connection is busy or over, or has had its share. A
 * handler that answers at once comes back here, not deeper. A head that is here as a whole has no
 * phase of its own. */
static size_t consume(struct connection *connection, struct text bytes)
{
  uint32_t until = connection->requests + REQUESTS_PER_TURN;
  size_t used = 0;
  connection->unread = bytes.length;
  connection->consuming = true;
  while (used < bytes.length && connection_is_receiving(connection) &&
         connection->requests != until)
    used += consume_some(connection, (struct text){bytes.data + used, bytes.length - used});
  connection->consuming = false;
  if (connection->phase < CONNECTION_HEAD && connection->message.begun)
    connection_enter(connection, CONNECTION_HEAD, (int64_t)connection->server->limits.head_ms);
  return used;
}

/* Reading */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
  (void)suggested;
  struct connection *connection = handle->data;
  *buffer = (uv_buf_t){.base = connection->server->read_bytes, .len = SERVER_READ_BYTES};
}

static void pause_reading(struct connection *connection)
{
  connection->paused = true;
  uv_read_stop(connection_stream(connection));
}

/* A read that fills the buffer would be followed by another one at once: others come first. */
static void receive(struct connection *connection, struct text bytes, bool full_read)
{
  server_count(connection->server, METRIC_RECEIVED_BYTES, bytes.length);
  size_t used = consume(connection, bytes);
  bool receiving = connection_is_receiving(connection);
  if (connection->phase >= CONNECTION_LINGERING) return;
  if (used == bytes.length && !(receiving && full_read)) return;
  buffer_append(&connection->pending, bytes.data + used, bytes.length - used);
  pause_reading(connection);
  if (receiving) server_resume_later(connection);
}

/* A client may close its side and still wait for replies. */
static void end(struct connection *connection)
{
  connection->ended = true;
  if (!connection_is_busy(connection) && !connection->resuming) connection_close(connection);
}

/* The client does not speak TLS, or not as it must: it is told so, if that is possible. */
static void fail_tls(struct connection *connection)
{
  if (connection_is_busy(connection) || connection->flushing)
    connection_close(connection);
  else
    connection_linger(connection);
}

/* Those who come all at once to shake hands must not keep the others waiting. */
static void let_wait(struct connection *connection, struct text ciphertext)
{
  buffer_append_text(&connection->pending, ciphertext);
  connection->unread = connection->pending.length;
  pause_reading(connection);
  server_resume_later(connection);
}

static void receive_ciphertext(struct connection *connection, struct text ciphertext,
                               bool full_read)
{
  struct text plaintext;
  if (connection_tls_must_wait(connection)) {
    let_wait(connection, ciphertext);
    return;
  }
  enum tls_state state = connection_tls_receive(connection, ciphertext, &plaintext);
  if (state == TLS_PLAIN_BYTES) {
    connection_tls_end(connection);
    connection_refuse(connection, &plain_bytes);
    return;
  }
  connection_flush(connection);
  if (connection->phase < CONNECTION_LINGERING && (plaintext.length > 0 || full_read))
    receive(connection, plaintext, full_read);
  if (connection->phase >= CONNECTION_LINGERING) return;
  if (state == TLS_ENDED) end(connection);
  if (state == TLS_FAILED) fail_tls(connection);
}

/* An error is the end of both sides. */
static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
  struct connection *connection = stream->data;
  struct text bytes = {buffer->base, length > 0 ? (size_t)length : 0};
  bool full = length == SERVER_READ_BYTES;
  if (length > 0 && connection->phase < CONNECTION_LINGERING) {
    if (connection->tls)
      receive_ciphertext(connection, bytes, full);
    else
      receive(connection, bytes, full);
  }
  if (length >= 0) return;
  if (length == UV_EOF)
    end(connection);
  else
    connection_close(connection);
}

void connection_start_reading(struct connection *connection)
{
  connection->paused = false;
  if (uv_read_start(connection_stream(connection), on_allocate, on_read) < 0)
    connection_close(connection);
}

/* The handshake has waited. */
static void resume_handshake(struct connection *connection)
{
  struct buffer waiting = connection->pending;
  connection->pending = (struct buffer){0};
  connection->unread = 0;
  receive_ciphertext(connection, buffer_text(&waiting), false);
  buffer_deinit(&waiting);
}

static bool has_waited(const struct connection *connection)
{
  return connection->tls && tls_session_state(connection->tls) == TLS_HANDSHAKE &&
         connection->pending.length > 0;
}

void connection_resume(struct connection *connection)
{
  if (has_waited(connection)) {
    resume_handshake(connection);
    if (!connection_is_receiving(connection) || connection->resuming) return;
  }
  struct buffer *pending = &connection->pending;
  if (pending->length > connection->pending_used) {
    struct text bytes = {pending->data + connection->pending_used,
                         pending->length - connection->pending_used};
    size_t used = consume(connection, bytes);
    if (connection->phase >= CONNECTION_LINGERING) return; /* has nothing pending any more */
    connection->pending_used += used;
    if (!connection_is_receiving(connection)) return;
    if (connection->unread > 0) {
      server_resume_later(connection);
      return;
    }
    buffer_clear(pending);
    connection->pending_used = 0;
  }
  if (connection->ended)
    connection_close(connection);
  else if (connection->paused)
    connection_start_reading(connection);
}
