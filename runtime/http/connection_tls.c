/* TLS on a connection (connection.h): ciphertext on its way between the socket and the session
 * (http/tls.h). Replies and what the handshake answers go through the session's output, so that
 * they leave in the order in which they were encrypted; what the socket does not take at once moves
 * to the connection's output, and the session's fills anew meanwhile. */
#include <string.h>

#include "base/log.h"
#include "http/connection.h"

enum {
  KEPT_BYTES = 64 << 10 /* of memory for ciphertext, until the connection is idle */
};

void connection_tls_begin(struct connection *connection)
{
  connection->tls = tls_session_new(connection->server->tls);
  connection->secure = true;
}

void connection_tls_end(struct connection *connection)
{
  tls_session_free(connection->tls);
  connection->tls = NULL;
  connection->secure = false;
}

bool connection_tls_must_wait(struct connection *connection)
{
  return tls_session_state(connection->tls) == TLS_HANDSHAKE &&
         connection->server->handshakes >= HANDSHAKES_PER_TURN;
}

/* Only what was answered was work. */
static void count_handshake(struct connection *connection, enum tls_state state)
{
  if (tls_session_output(connection->tls)->length > 0 || state != TLS_HANDSHAKE)
    connection->server->handshakes++;
  if (state == TLS_OPEN || state == TLS_ENDED)
    server_count(connection->server, METRIC_TLS_HANDSHAKES, 1);
  else if (state == TLS_FAILED || state == TLS_PLAIN_BYTES)
    server_count(connection->server, METRIC_TLS_HANDSHAKES_FAILED, 1);
}

static void log_failure(const struct connection *connection)
{
  const char *address = connection->address[0] ? connection->address : "unix";
  log_message(LOG_DEBUG, "TLS with %s has failed: %s", address,
              tls_session_failure(connection->tls));
}

enum tls_state connection_tls_receive(struct connection *connection, struct text ciphertext,
                                      struct text *plaintext)
{
  struct buffer *decrypted = &connection->server->decrypted;
  buffer_clear(decrypted);
  enum tls_state before = tls_session_state(connection->tls);
  enum tls_state state = tls_session_receive(connection->tls, ciphertext, decrypted);
  if (before == TLS_HANDSHAKE) count_handshake(connection, state);
  if (before != TLS_FAILED && state == TLS_FAILED) log_failure(connection);
  *plaintext = buffer_text(decrypted);
  return state;
}

int connection_tls_encrypt(struct connection *connection, const uv_buf_t *buffers, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    if (tls_session_send(connection->tls, (struct text){buffers[i].base, buffers[i].len}) < 0)
      return -1;
  if (connection->last) tls_session_close(connection->tls);
  return 0;
}

static void on_flushed(uv_write_t *write, int status)
{
  struct connection *connection = write->handle->data;
  connection->flushing = false;
  connection->handed += connection->output.length;
  buffer_deinit(&connection->output);
  connection_tls_flushed(connection, status);
}

/* The rest of the session's output becomes the connection's. */
static void take_rest(struct connection *connection, size_t written)
{
  struct buffer *output = tls_session_output(connection->tls);
  memmove(output->data, output->data + written, output->length - written);
  output->length -= written;
  buffer_deinit(&connection->output);
  connection->output = *output;
  *output = (struct buffer){0};
}

int connection_tls_flush(struct connection *connection)
{
  struct buffer *output = tls_session_output(connection->tls);
  uv_stream_t *stream = &connection->socket.stream;
  if (connection->flushing || output->length == 0) return 0;
  uv_buf_t all = {.base = output->data, .len = output->length};
  int result = uv_try_write(stream, &all, 1);
  size_t written = result > 0 ? (size_t)result : 0;
  if (result < 0 && result != UV_EAGAIN) return -1;
  connection->handed += written;
  if (written == output->length) {
    buffer_clear(output);
    if (output->capacity > KEPT_BYTES) buffer_deinit(output);
    return 0;
  }
  take_rest(connection, written);
  uv_buf_t rest = {.base = connection->output.data, .len = connection->output.length};
  if (uv_write(&connection->operation.write, stream, &rest, 1, on_flushed) < 0) return -1;
  connection->flushing = true;
  return 0;
}

/* As far as the socket takes it at once: nobody waits for it. */
void connection_tls_say_goodbye(struct connection *connection)
{
  struct buffer *output = tls_session_output(connection->tls);
  if (connection->flushing) return;
  tls_session_close(connection->tls);
  uv_buf_t all = {.base = output->data, .len = output->length};
  if (all.len > 0) uv_try_write(&connection->socket.stream, &all, 1);
  buffer_clear(output);
}

void connection_tls_trim(struct connection *connection)
{
  if (!connection->flushing) buffer_deinit(tls_session_output(connection->tls));
}
