/* The sockets that a server listens on. The supervisor opens them, before anybody gives up rights,
 * and keeps them: who is in the queue of a worker that dies is served by the next one.
 *
 * A TCP address has a socket for each worker (SO_REUSEPORT), so that the kernel spreads clients
 * over them; a unix socket, or one that a service manager hands over, is shared by all. */
#ifndef WRIT_PROCESS_SOCKETS_H
#define WRIT_PROCESS_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "http/listener.h"
#include "process/serve.h"

struct config;

enum { SOCKETS_MAX = 8, SOCKETS_NAME_BYTES = 160 };

/* Zero-initialised there are none. */
struct sockets {
  struct listener given[SOCKETS_MAX]; /* by the service manager; then nothing is opened */
  size_t given_count;
  struct listener own[SERVE_WORKERS_MAX];
  size_t own_count;      /* 1, shared; or one for each worker */
  struct listener admin; /* shared; its descriptor 0: there is none */
  char host[128];
};

/* Takes over what the service manager hands to this process (sd_listen_fds(3)). First of all. */
int sockets_take_over(struct sockets *sockets, struct error *error);

/* Opens what the configuration says, unless there are some. */
int sockets_open(struct sockets *sockets, const struct config *config, size_t workers,
                 struct error *error);

/* A worker's: file descriptors for child_spawn, which stay ours; the admin listener's is none of
 * these. */
size_t sockets_of(const struct sockets *sockets, size_t worker, int fds[SOCKETS_MAX]);

/* Others than this machine can reach a socket that listens: it is on no loopback address, and no
 * unix socket. Also where nobody knows. */
bool socket_is_exposed(int fd);

/* "http://127.0.0.1:8080", for people. */
void sockets_name(const struct sockets *sockets, const char *scheme, char name[SOCKETS_NAME_BYTES]);

/* Nobody new comes into a queue, so that workers can empty them and end (listener_turn_away). The
 * service manager's sockets go on collecting: for whoever it starts next. */
void sockets_turn_away(const struct sockets *sockets);

void sockets_close(struct sockets *sockets);

#endif
