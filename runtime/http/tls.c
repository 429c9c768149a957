/* One connection's TLS (tls.h). OpenSSL reads from the bytes that came and writes into the output
 * by a BIO of our own: no byte is copied on the way, and what it cannot use at once does not exist:
 * without read-ahead it takes all that came, keeping at most one incomplete record. */
#include "http/tls.h"

#include <openssl/err.h>

#include "base/memory.h"
#include "http/tls_context.h"

enum {
  RECORD_BYTES = 16384, /* of plaintext */
  RECORD_HEADER_BYTES = 5,
  HANDSHAKE_MAX_BYTES = 32 << 10, /* from the client; ours is below 2 KB without its certificates */
  CONTROL_MAX_MESSAGES = 64
};

struct tls_session {
  struct tls_context *context;
  SSL *ssl; /* NULL until the first record is complete */
  struct buffer first_record;
  enum tls_state state;
  bool closed;            /* close_notify is out */
  bool spent;             /* the client has used up what it may make us do */
  unsigned control_count; /* messages after the handshake that are no data */
  size_t handshake_bytes; /* that came */
  struct text input;      /* what came and is not used; only during tls_session_receive */
  struct buffer output;
  const char *failure;
};

/* What stands between OpenSSL and the bytes */

/* No more is taken from a client that exceeds its bounds: then OpenSSL fails by itself. */
static int read_input(BIO *bio, char *out, size_t size, size_t *length)
{
  struct tls_session *session = BIO_get_data(bio);
  size_t take = size < session->input.length ? size : session->input.length;
  BIO_clear_retry_flags(bio);
  if (session->state == TLS_HANDSHAKE) {
    session->handshake_bytes += take;
    if (session->handshake_bytes > HANDSHAKE_MAX_BYTES) session->spent = true;
  }
  if (session->spent) return 0;
  if (take == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  memcpy(out, session->input.data, take);
  session->input.data += take;
  session->input.length -= take;
  *length = take;
  return 1;
}

static int write_output(BIO *bio, const char *data, size_t size, size_t *length)
{
  struct tls_session *session = BIO_get_data(bio);
  buffer_append(&session->output, data, size);
  *length = size;
  return 1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
  (void)bio;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_transport_new(void)
{
  BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "connection");
  if (method && BIO_meth_set_read_ex(method, read_input) &&
      BIO_meth_set_write_ex(method, write_output) && BIO_meth_set_ctrl(method, control))
    return method;
  BIO_meth_free(method);
  return NULL;
}

/* OpenSSL itself bounds neither updates of keys nor the refusals to renegotiate, and has to answer
 * each. */
void tls_watch_messages(int sent, int version, int type, const void *data, size_t length, SSL *ssl,
                        void *argument)
{
  struct tls_session *session = argument;
  (void)sent;
  (void)version;
  (void)data;
  (void)length;
  (void)ssl;
  if (session->state == TLS_HANDSHAKE || (type != SSL3_RT_HANDSHAKE && type != SSL3_RT_ALERT))
    return;
  if (++session->control_count > CONTROL_MAX_MESSAGES) session->spent = true;
}

/* Life */

struct tls_session *tls_session_new(struct tls_context *context)
{
  struct tls_session *session = memory_new(sizeof *session);
  session->context = tls_context_share(context);
  return session;
}

void tls_session_free(struct tls_session *session)
{
  if (!session) return;
  SSL_free(session->ssl);
  tls_context_free(session->context);
  buffer_deinit(&session->first_record);
  buffer_deinit(&session->output);
  memory_free(session);
}

enum tls_state tls_session_state(const struct tls_session *session)
{
  return session->state;
}

const char *tls_session_failure(const struct tls_session *session)
{
  return session->failure;
}

struct buffer *tls_session_output(struct tls_session *session)
{
  return &session->output;
}

/* Receiving */

static void fail(struct tls_session *session)
{
  const char *reason = ERR_reason_error_string(ERR_peek_error());
  session->state = TLS_FAILED;
  if (session->spent) reason = "too much that is no data";
  session->failure = reason ? reason : "no reason given";
}

static void open_ssl(struct tls_session *session)
{
  SSL *ssl = SSL_new(session->context->ssl);
  BIO *bio = BIO_new(session->context->transport);
  if (!ssl || !bio) {
    SSL_free(ssl);
    BIO_free(bio);
    fail(session);
    return;
  }
  BIO_set_data(bio, session);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_msg_callback_arg(ssl, session);
  SSL_set_accept_state(ssl);
  session->ssl = ssl;
}

static void shake_hands(struct tls_session *session)
{
  int result = SSL_do_handshake(session->ssl);
  if (result == 1)
    session->state = TLS_OPEN;
  else if (SSL_get_error(session->ssl, result) != SSL_ERROR_WANT_READ)
    fail(session);
}

static void read_records(struct tls_session *session, struct buffer *plaintext)
{
  size_t length;
  while (SSL_read_ex(session->ssl, buffer_reserve(plaintext, RECORD_BYTES), RECORD_BYTES, &length))
    plaintext->length += length;
  switch (SSL_get_error(session->ssl, 0)) {
  case SSL_ERROR_WANT_READ:
    break;
  case SSL_ERROR_ZERO_RETURN:
    session->state = TLS_ENDED;
    break;
  default:
    fail(session);
  }
}

static void decrypt(struct tls_session *session, struct text input, struct buffer *plaintext)
{
  ERR_clear_error();
  session->input = input;
  if (!session->ssl) open_ssl(session);
  if (session->state == TLS_HANDSHAKE) shake_hands(session);
  if (session->state == TLS_OPEN) read_records(session, plaintext);
  session->input = (struct text){0};
  ERR_clear_error();
}

/* No record of TLS begins with a letter, and all requests do. */
static bool is_plain_request(struct text first)
{
  return first.data[0] >= 'A' && first.data[0] <= 'Z';
}

/* Whether it is the beginning of a record that holds a handshake's messages, and goes on (RFC 8446
 * section 5.1). */
static bool is_part_of_record(struct text bytes)
{
  const unsigned char *header = (const unsigned char *)bytes.data;
  if (header[0] != SSL3_RT_HANDSHAKE) return false;
  if (bytes.length < RECORD_HEADER_BYTES) return true;
  size_t length = (size_t)header[3] << 8 | header[4];
  return length <= RECORD_BYTES && bytes.length < RECORD_HEADER_BYTES + length;
}

/* OpenSSL takes 70 KB to wait for its first record: so it is not begun before that is here. */
static void gather_first_record(struct tls_session *session, struct text bytes,
                                struct buffer *plaintext)
{
  struct buffer *gathered = &session->first_record;
  if (gathered->length > 0 || is_part_of_record(bytes)) {
    buffer_append_text(gathered, bytes);
    bytes = buffer_text(gathered);
  }
  if (is_part_of_record(bytes)) return;
  decrypt(session, bytes, plaintext);
  buffer_deinit(gathered);
}

enum tls_state tls_session_receive(struct tls_session *session, struct text ciphertext,
                                   struct buffer *plaintext)
{
  if (session->state > TLS_OPEN || ciphertext.length == 0) return session->state;
  if (session->ssl)
    decrypt(session, ciphertext, plaintext);
  else if (session->first_record.length == 0 && is_plain_request(ciphertext))
    session->state = TLS_PLAIN_BYTES;
  else
    gather_first_record(session, ciphertext, plaintext);
  return session->state;
}

/* Sending */

static bool can_send(const struct tls_session *session)
{
  return (session->state == TLS_OPEN || session->state == TLS_ENDED) && !session->closed;
}

int tls_session_send(struct tls_session *session, struct text plaintext)
{
  size_t length;
  if (!can_send(session)) return -1;
  if (plaintext.length == 0) return 0;
  ERR_clear_error();
  if (SSL_write_ex(session->ssl, plaintext.data, plaintext.length, &length)) return 0;
  fail(session);
  ERR_clear_error();
  return -1;
}

void tls_session_close(struct tls_session *session)
{
  if (!can_send(session)) return;
  ERR_clear_error();
  SSL_shutdown(session->ssl);
  ERR_clear_error();
  session->closed = true;
}
