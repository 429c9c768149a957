/* What server.c and connection.c share; nobody else includes this.
 *
 * A connection goes through phases:
 *
 *   IDLE -> HEAD -> BODY -> RUNNING -> WRITING -> IDLE …
 *                                              -> LINGERING -> CLOSED
 *
 * and from any of them to CLOSED when the client goes away or a deadline passes. It owns its
 * socket, one message and its buffers. Its memory lives until the socket's handle is closed and, if
 * a request of it runs, until the handler has called back. */
#ifndef WRIT_HTTP_CONNECTION_H
#define WRIT_HTTP_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/arena.h"
#include "http/message.h"
#include "http/response.h"
#include "http/server.h"
#include "http/tls.h"

enum { SERVER_READ_BYTES = 65536 };

struct connection;

/* One of the sockets that clients come from. */
struct server_listener {
  uv_poll_t poll;
  struct listener socket; /* fd -1: closed */
  struct server *server;
};

struct server {
  uv_loop_t *loop;
  struct server_listener *listeners;
  size_t listener_count;
  uv_timer_t timer;    /* runs while there are connections, or the process lacks descriptors */
  size_t open_handles; /* of all these */
  struct server_handler handler;
  struct server_limits limits;
  struct http_policy policy;
  uint64_t malformed_forwarded; /* requests of trusted proxies that name no client */
  struct tls_context *tls;      /* of connections that come from now on; NULL: there is none */
  uint64_t (*now_ms)(void);
  struct connection *connections;
  size_t connection_count;
  bool full;         /* nobody is accepted until there is room */
  bool closing;      /* every reply is its connection's last */
  uint64_t grace_ms; /* how long a connection may be idle then */
  uint32_t handler_changes;
  server_closed closed;
  void *closed_context;
  struct response_date date;
  struct arena arena;                 /* of one problem reply at a time */
  struct buffer output;               /* of one reply's head at a time */
  struct buffer decrypted;            /* of one read at a time, and one record more */
  char read_bytes[SERVER_READ_BYTES]; /* of one read at a time */
};

enum connection_phase {
  CONNECTION_IDLE,      /* between two requests, or before the first */
  CONNECTION_HEAD,      /* a head has begun */
  CONNECTION_BODY,      /* the head is there, its body is not */
  CONNECTION_RUNNING,   /* the handler has the request */
  CONNECTION_WRITING,   /* the client has not taken all of the reply */
  CONNECTION_LINGERING, /* all is said; what still comes is thrown away until the client closes */
  CONNECTION_CLOSED
};

struct connection {
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t local;
  } socket;
  union {
    uv_write_t write;
    uv_shutdown_t shutdown;
  } operation; /* the one under way */
  struct server *server;
  struct connection *next, *previous;
  enum connection_phase phase;
  bool running;      /* the handler has not called back */
  bool released;     /* libuv is done with the handle */
  bool consuming;    /* consume() is on the stack: it goes on by itself */
  bool last;         /* the present reply ends the connection */
  bool paused;       /* not reading, because bytes are pending */
  bool ended;        /* the client sends no more */
  bool secure;       /* it speaks TLS */
  bool flushing;     /* libuv writes `output`, which is ciphertext */
  uint64_t since_ms; /* the phase */
  uint64_t deadline_ms;
  uint32_t handler_changes; /* as they were when the body's maximum was asked for */
  struct tls_session *tls;  /* NULL: it does not speak TLS */
  struct message message;
  struct buffer pending; /* bytes after the present request, from `pending_used` on */
  size_t pending_used;
  struct buffer output; /* what of a reply could not be written at once */
  char address[INET6_ADDRSTRLEN];
  struct forwarded_client client; /* of the present request, behind its proxies */
};

/* Takes over a client's socket. `address` is NULL for a unix socket's. */
void connection_open(struct server *server, int fd, const struct sockaddr *address);

/* Acts on a deadline that has passed, and gives back an idle connection's memory. */
void connection_tick(struct connection *connection, uint64_t now_ms);

/* Closes the socket now. A request that runs goes on, for nobody. */
void connection_close(struct connection *connection);

/* The present time for deadlines. */
uint64_t server_now_ms(const struct server *server);

/* Takes a connection that is over out of the server's list; the last one may end a server that
 * closes. */
void server_forget(struct server *server, struct connection *connection);

/* Lets the timer run. */
void server_start_timer(struct server *server);

/* Closes the connection that has been idle longest; false if none is. */
bool server_evict(struct server *server);

/* A handle of the server's is closed; the last one ends it. */
void server_handle_closed(struct server *server);

/* --- connection_tls.c, of connections that speak TLS --- */

/* With the context that the server has now. */
void connection_tls_begin(struct connection *connection);
void connection_tls_end(struct connection *connection);

/* What the ciphertext says; the bytes are the server's until the next read of any connection. What
 * the client must be told is left for connection_tls_flush. */
enum tls_state connection_tls_receive(struct connection *connection, struct text ciphertext,
                                      struct text *plaintext);

/* Leaves it for connection_tls_flush, and with the last reply that nothing follows. */
int connection_tls_encrypt(struct connection *connection, const uv_buf_t *buffers, unsigned count);

/* Sends what there is to be sent: all of it, unless the connection is `flushing` afterwards. Then
 * connection_tls_flushed is called, with libuv's status. -1: the connection is broken. */
int connection_tls_flush(struct connection *connection);
void connection_tls_flushed(struct connection *connection, int status);

/* Tells the client, if that does not take long, that the connection closes. */
void connection_tls_say_goodbye(struct connection *connection);

/* Gives back memory. */
void connection_tls_trim(struct connection *connection);

/* --- accept.c --- */

/* Looks for clients at these sockets. If it fails, those that have begun are closed by
 * accept_stop. */
int accept_start(struct server *server, const struct listener *listeners, size_t count,
                 struct error *error);

/* There may be room again. */
void accept_resume(struct server *server);

/* Accepts all who wait. */
void accept_queued(struct server *server);

/* Closes the sockets. */
void accept_stop(struct server *server);

#endif
