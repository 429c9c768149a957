/* What the files of the server share; nobody else includes this.
 *
 * A connection goes through phases:
 *
 *   OPEN -> HEAD -> BODY -> RUNNING -> WRITING -> IDLE -> HEAD …
 *                                              -> LINGERING -> CLOSED
 *
 * and from any of them to CLOSED when the client goes away, a deadline passes or room is needed. It
 * owns its socket, one message and its buffers. Its memory lives until the socket's handle is
 * closed and, if a request of it runs, until the handler has called back.
 *
 * The server has one list of connections for each phase, in the order in which they entered it: the
 * first is the one that has been there longest. */
#ifndef WRIT_HTTP_CONNECTION_H
#define WRIT_HTTP_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "dispatch/metrics.h"
#include "http/deadlines.h"
#include "http/message.h"
#include "http/peers.h"
#include "http/response.h"
#include "http/server.h"
#include "http/tls.h"

enum {
  SERVER_READ_BYTES = 65536,
  REQUESTS_PER_TURN = 16,  /* of one connection; then the others come first */
  HANDSHAKES_PER_TURN = 4, /* a step of one takes up to a millisecond, more with large keys */
  RESUMED_PER_TURN = 64,   /* connections that go on with what they have */
  DUE_PER_TURN = 256,      /* connections whose deadlines are looked at */
  TRIM_AFTER_MS = 1000     /* an idle connection's buffers are freed then */
};

enum connection_phase {
  CONNECTION_OPEN,      /* nothing has come yet */
  CONNECTION_IDLE,      /* between two requests */
  CONNECTION_HEAD,      /* a head has begun */
  CONNECTION_BODY,      /* the head is there, its body is not */
  CONNECTION_RUNNING,   /* the handler has the request */
  CONNECTION_WRITING,   /* the client has not taken all of the reply */
  CONNECTION_LINGERING, /* all is said; what still comes is thrown away until the client closes */
  CONNECTION_CLOSED,
  CONNECTION_PHASES
};

TAILQ_HEAD(connection_list, connection);

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
  struct peer *peer; /* NULL: its address is not counted */
  TAILQ_ENTRY(connection) in_phase, in_resuming;
  enum connection_phase phase;
  bool running;   /* the handler has not called back */
  bool released;  /* libuv is done with the handle */
  bool consuming; /* consume() is on the stack: it goes on by itself */
  bool last;      /* the present reply ends the connection */
  bool paused;    /* not reading, because bytes are pending or others come first */
  bool resuming;  /* goes on in the loop's next turn */
  bool ended;     /* the client sends no more */
  bool secure;    /* it speaks TLS */
  bool flushing;  /* libuv writes `output`, which is ciphertext */
  uint32_t requests;
  uint32_t handler_changes; /* as they were when the body's maximum was asked for */
  uint64_t since_ms;        /* when it entered the phase */
  uint64_t deadline_ms;
  struct deadline deadline; /* comes up then, or earlier */
  struct tls_session *tls;  /* NULL: it does not speak TLS */
  struct message message;
  struct buffer pending; /* bytes after the present request, from `pending_used` on; of a handshake
                            that waits, as they came */
  size_t pending_used;
  size_t unread;        /* how many bytes after the present request are here */
  struct buffer output; /* what of a reply could not be written at once */
  size_t handed;        /* how much of the reply being written the kernel has, `output` apart */
  int64_t taken_before; /* connection_taken when the client began to take that reply, */
  int64_t taken;        /* and when the deadline was looked at last */
  char address[INET6_ADDRSTRLEN];
  struct forwarded_client client; /* of the present request, behind its proxies */
  uint64_t started_ns;            /* when the handler got it; 0: it has not, or nobody asks */
};

/* One of the sockets that clients come from. */
struct server_listener {
  uv_poll_t poll;
  struct listener socket; /* fd -1: closed */
  struct server *server;
};

/* Why nobody is accepted. */
enum server_pause {
  SERVER_ACCEPTS,
  SERVER_IS_FULL,   /* until a connection is over or idle */
  SERVER_IS_STARVED /* of descriptors: until a connection is over, or the next tick */
};

struct server {
  uv_loop_t *loop;
  struct server_listener *listeners;
  size_t listener_count;
  uv_timer_t timer;    /* runs while there are connections, or nobody is accepted */
  uv_idle_t later;     /* runs while something is left for the loop's next turn */
  size_t open_handles; /* of all these */
  struct server_handler handler;
  uint32_t handler_changes;
  struct server_limits limits;
  struct http_policy policy;
  struct access_log *access_log; /* borrowed; NULL: none */
  uint64_t malformed_forwarded;  /* requests of trusted proxies that name no client */
  struct tls_context *tls;       /* of clients that come from now on; NULL: they are plain */
  unsigned handshakes;           /* steps of them, since those who wait for one went on last */
  struct server_counts counts;
  struct metrics *metrics; /* NULL: nothing is counted there */
  uint64_t (*now_ms)(void);
  struct connection_list lists[CONNECTION_PHASES];
  struct connection_list resuming;
  size_t resuming_count;
  struct deadlines deadlines;
  struct peers peers;
  enum server_pause pause;
  bool due_left;     /* deadlines may have passed that nobody has looked at */
  bool closing;      /* every reply is its connection's last */
  uint64_t grace_ms; /* how long a connection may be idle then */
  uint64_t grace_until_ms, cut_at_ms;
  server_closed closed;
  void *closed_context;
  struct response_date date;
  struct arena arena;                 /* of one problem reply at a time */
  struct buffer output;               /* of one reply's head at a time */
  struct buffer decrypted;            /* of one read at a time, and one record more */
  char read_bytes[SERVER_READ_BYTES]; /* of one read at a time */
};

static inline void server_count(const struct server *server, enum metric metric, uint64_t amount)
{
  if (server->metrics) metrics_add(server->metrics, metric, amount);
}

static inline void server_count_refused(const struct server *server, int status)
{
  if (server->metrics) metrics_count_refused(server->metrics, status);
}

/* --- server.c --- */

/* The present time for deadlines. */
uint64_t server_now_ms(const struct server *server);

/* Lets the timer run. */
void server_start_timer(struct server *server);

/* Calls connection_resume in the loop's next turn, without a system call; or not, after all. */
void server_resume_later(struct connection *connection);
void server_resume_never(struct connection *connection);

/* A connection's memory is freed; the last one may end a server that closes. */
void server_forget(struct server *server);

/* A handle of the server's is closed; the last one ends it. */
void server_handle_closed(struct server *server);

/* --- connection_tls.c, of connections that speak TLS --- */

/* With the context that the server has now. */
void connection_tls_begin(struct connection *connection);
void connection_tls_end(struct connection *connection);

/* Whether it shakes hands, and others come first in this turn of the loop. */
bool connection_tls_must_wait(struct connection *connection);

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

/* Accepts those who wait now. */
void accept_queued(struct server *server);

/* Closes the sockets. */
void accept_stop(struct server *server);

/* --- connection.c: its life --- */

enum { CONNECTION_FOREVER = -1 };

/* Takes over a client's socket, and a peer that counts it. `address` as text; NULL: it is a unix
 * socket's. */
void connection_open(struct server *server, int fd, const char *address, struct peer *peer);

/* Begins a phase, which lasts so long at most, or CONNECTION_FOREVER. */
void connection_enter(struct connection *connection, enum connection_phase phase,
                      int64_t timeout_ms);

/* Acts on a deadline that may have passed, and gives back an idle connection's memory. */
void connection_due(struct connection *connection, uint64_t now_ms);

/* A server that drains gives it no more than the grace. */
void connection_hurry(struct connection *connection);

/* Bytes of the client's are here or in the kernel, not looked at yet. */
bool connection_has_unread(const struct connection *connection);

/* Closes the socket now. A request that runs goes on, for nobody. */
void connection_close(struct connection *connection);

/* Frees it if nothing needs it any more. */
void connection_free_if_over(struct connection *connection);

#define CONNECTION_OF_DEADLINE(pointer)                                                            \
  ((struct connection *)((char *)(pointer)-offsetof(struct connection, deadline)))

static inline uv_stream_t *connection_stream(struct connection *connection)
{
  return &connection->socket.stream;
}

/* A request runs or its reply is under way: nothing more is read meanwhile. */
static inline bool connection_is_busy(const struct connection *connection)
{
  return connection->phase == CONNECTION_RUNNING || connection->phase == CONNECTION_WRITING;
}

static inline bool connection_is_receiving(const struct connection *connection)
{
  return connection->phase < CONNECTION_RUNNING;
}

/* --- connection_read.c: requests --- */

void connection_start_reading(struct connection *connection);

/* Goes on with the bytes that are here, then with reading. */
void connection_resume(struct connection *connection);

/* Finds out whose request it is, once its head is there. */
void connection_identify(struct connection *connection);

/* --- connection_write.c: replies --- */

/* All is said. Closing at once would reset the connection if bytes are still on their way here, and
 * the client might never see the reply. */
void connection_linger(struct connection *connection);

/* What TLS has to say goes out; a reply that is out is done. */
void connection_flush(struct connection *connection);

void connection_send_reply(struct connection *connection, const struct reply *reply);

/* Tells the client what is wrong with its bytes, and ends: where the next request begins is
 * unknown. */
void connection_refuse(struct connection *connection, const struct http_fault *fault);

/* How much the client's side has acknowledged, of a reply that is being written: less than nothing
 * while there is something left of earlier replies. Only differences count. */
int64_t connection_taken(const struct connection *connection);

/* The client waits for this before it sends the body. */
void connection_send_continue(struct connection *connection);

/* --- connection_log.c: the access log, if there is one --- */

/* The handler gets the request now. */
void connection_log_start(struct connection *connection);

/* The present request, or what there is of it, is answered, with so many bytes of body; none are
 * sent to a client that is gone. */
void connection_log(struct connection *connection, const struct reply *reply, size_t bytes,
                    int64_t now_ms);

#endif
