#include "transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

struct ssl_ctx_st *transport_context(void)
{
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (!context) return NULL;
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  return context;
}

bool transport_open(struct transport *transport, int socket, struct ssl_ctx_st *context)
{
  *transport = (struct transport){.socket = socket};
  if (!context) return true;
  transport->tls = SSL_new(context);
  if (!transport->tls || !SSL_set_fd(transport->tls, socket)) return false;
  SSL_set_connect_state(transport->tls);
  return true;
}

void transport_close(struct transport *transport)
{
  SSL_free(transport->tls);
  close(transport->socket);
  *transport = (struct transport){.socket = -1};
}

/* What it was, as recv would say it. */
static ssize_t result_of(const struct transport *transport, int result)
{
  if (result > 0) return result;
  int problem = SSL_get_error(transport->tls, result);
  ERR_clear_error();
  if (problem == SSL_ERROR_ZERO_RETURN) return 0;
  errno = problem == SSL_ERROR_WANT_READ || problem == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  return -1;
}

int transport_handshake(struct transport *transport)
{
  if (!transport->tls) return 1;
  ssize_t result = result_of(transport, SSL_do_handshake(transport->tls));
  return result > 0 ? 1 : result < 0 && errno == EAGAIN ? 0 : -1;
}

ssize_t transport_send(struct transport *transport, const char *bytes, size_t length)
{
  if (!transport->tls) return send(transport->socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  return result_of(transport, SSL_write(transport->tls, bytes, (int)length));
}

ssize_t transport_receive(struct transport *transport, char *bytes, size_t length)
{
  if (!transport->tls) return recv(transport->socket, bytes, length, MSG_DONTWAIT);
  return result_of(transport, SSL_read(transport->tls, bytes, (int)length));
}

bool transport_has_ended(struct transport *transport)
{
  char byte;
  ssize_t got = transport->tls ? result_of(transport, SSL_peek(transport->tls, &byte, 1))
                               : recv(transport->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || errno != EAGAIN;
}
