/* Sockets that listen: opened here, by whoever may open sockets, and handed to a server or to
 * another process by their descriptor.
 *
 * A listener is close-on-exec and does not block. Its clients' sockets do not wait for more to send
 * (TCP_NODELAY), and keep little of what has not been sent (TCP_NOTSENT_LOWAT). It can be shared:
 * whoever accepts first has the client, and those in the queue are lost only when the last one
 * closes it. */
#ifndef WRIT_HTTP_LISTENER_H
#define WRIT_HTTP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct listener {
  int fd;
  bool local; /* a unix socket: its clients have no address */
};

/* Listens on a numeric address, IPv4 or IPv6 ("127.0.0.1", "::" for both), port 0 being any free
 * one; or, port or not, on "unix:/path".
 *
 * `reuse_port`: several sockets may have the address (SO_REUSEPORT), and the kernel spreads clients
 * over them.
 *
 * A unix socket's file has mode 0660. One that is there already is replaced if nobody answers on
 * it, which two processes cannot do at the same moment. Sets the process's umask meanwhile: before
 * there are threads. */
int listener_open(const char *host, uint16_t port, bool reuse_port, struct listener *listener,
                  struct error *error);

/* Nobody listens on the address yet, not even who would share it (SO_REUSEPORT): -1 with the error
 * if somebody does. Of unix sockets listener_open finds that out itself. */
int listener_check_free(const char *host, uint16_t port, struct error *error);

/* Takes a socket that somebody else opened (systemd, a parent process): it must be listening, for
 * TCP or on a unix socket. It becomes close-on-exec and non-blocking, and gets the options that
 * its clients need. */
int listener_adopt(int fd, struct listener *listener, struct error *error);

/* Has a TCP socket listen again that somebody who shares it has shut down, where it was opened for
 * a port by number: another is no longer its own. */
void listener_renew(const struct listener *listener);

/* The port; 0 for a unix socket. */
uint16_t listener_port(const struct listener *listener);

/* From now on nobody new comes into the queue, whoever else has the socket; who is in it can still
 * be accepted. So a server that stops can empty the queue and close the socket without losing a
 * client in between. TCP clients try again after a second, and find whoever listens then; a unix
 * socket's are refused. There is no way back. */
int listener_turn_away(const struct listener *listener, struct error *error);

/* Of a client that was accepted after that: takes from it what turns others away. */
void listener_welcome(int fd);

/* Closes the descriptor; a unix socket's file stays. */
void listener_close(struct listener *listener);

#endif
