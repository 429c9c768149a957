/* A client's bytes, as they are or by TLS: like send and recv, which say EAGAIN when it is for
 * later. The certificate is not looked at: it is the server that is besieged, not its name. */
#ifndef SIEGE_TRANSPORT_H
#define SIEGE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssl_ctx_st;
struct ssl_st;

/* -1 of `socket`: none. */
struct transport {
  int socket;
  struct ssl_st *tls; /* NULL: as they are */
};

/* For all connections of a party. NULL if it cannot be had. */
struct ssl_ctx_st *transport_context(void);

/* Of a socket that begins to connect. The context is NULL for bytes as they are. false: no memory.
 */
bool transport_open(struct transport *transport, int socket, struct ssl_ctx_st *context);
void transport_close(struct transport *transport);

/* After the socket has connected: 1 if bytes can be sent, 0 if more must come first, -1 if it
 * fails. */
int transport_handshake(struct transport *transport);

ssize_t transport_send(struct transport *transport, const char *bytes, size_t length);
ssize_t transport_receive(struct transport *transport, char *bytes, size_t length);

/* Whether the server has left, or has said something that nobody asked for. */
bool transport_has_ended(struct transport *transport);

#endif
