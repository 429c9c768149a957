/* The HTTP/1 server: turns bytes into struct request and struct reply into bytes, and does nothing
 * more.
 *
 * It accepts clients of the sockets it is given (http/listener.h), and reads requests one after
 * another from each connection; each goes to the handler, whose reply is written before the next
 * request is looked at (so pipelined requests are answered in order, and at most one read's worth
 * of them waits in memory). What is wrong with the bytes themselves is answered here, by a
 * problem+json reply, and the connection is closed, since nobody knows where the next request would
 * begin.
 *
 * Nobody can take it all: each connection has its share of a turn of the loop, and then the others
 * come first; each address has a number of connections; when there is no room, whoever is idle or
 * slow makes room for a newcomer; and past a number of requests that run, more are refused with 503
 * at once, instead of all of them becoming slow.
 *
 * Everything happens on the loop's thread. No function here waits.
 *
 * What a connection costs here, besides the kernel's socket and its buffers:
 *
 *   SERVER_CONNECTION_BYTES   always; no more before its first request, and when it has been idle
 *                             for a second
 *   head.head_bytes           while a head comes, and until its request is answered; as much again
 *                             for cookies that come in several fields
 *   body_max(…)               while a body comes, and until its request is answered
 *   64 KB                     of pipelined requests that wait for their turn
 *   the reply                 or what the client has not taken of it; one at a time
 *   with TLS                  what http/tls.h says besides: 13 KB when idle
 *
 * (Buffers grow by doubling: up to twice that.) The server has 100 KB of its own, and 48 bytes for
 * each address. */
#ifndef WRIT_HTTP_SERVER_H
#define WRIT_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "dispatch/dispatch.h"
#include "http/access_log.h"
#include "http/limits.h"
#include "http/listener.h"
#include "http/policy.h"
#include "http/tls.h"

struct metrics;
struct server;

enum { SERVER_CONNECTION_BYTES = 1536 };

/* Who answers: the dispatcher, or a test. */
struct server_handler {
  void *context;
  /* Calls `done` exactly once, now or later, with `done_context`. The request is borrowed until
   * then. */
  void (*handle)(void *context, const struct request *request, dispatch_done done,
                 void *done_context);
  /* How large a body this request may have; asked before any of it is read. */
  size_t (*body_max)(void *context, enum method method, struct text path);
};

/* What is there now. What has happened is counted in the metrics (dispatch/metrics.h). */
struct server_counts {
  size_t open;        /* connections with a socket */
  size_t connections; /* these, and those gone whose request still runs or whose handle closes */
  size_t running;     /* requests */
};

struct server_config {
  const struct listener *listeners; /* the sockets are taken over, even if server_open fails */
  size_t listener_count;
  const struct server_limits *limits; /* copied; NULL: the default */
  const struct http_policy *policy;   /* copied, its texts borrowed; NULL: all zero */
  struct access_log *access_log;      /* borrowed; NULL: none */
  struct metrics *metrics;            /* to count in (dispatch/metrics.h); NULL: nowhere */
  uint64_t (*now_ms)(void);           /* for deadlines; NULL: the loop's clock */
};

/* Accepts from now on. The handler is copied, its context borrowed. Sets SIGPIPE to be ignored if
 * it has its default action: a client that goes away must not end the process. If it fails, the
 * loop still has to run once to close what was opened. */
int server_open(uv_loop_t *loop, const struct server_config *config,
                const struct server_handler *handler, struct server **server, struct error *error);

/* Requests that begin from now on go to this handler; those that the one before has been given are
 * its until it calls back, and then it is never called again. */
void server_set_handler(struct server *server, const struct server_handler *handler);

/* From now on these limits hold. Deadlines that run already stay as they are; nobody is thrown out
 * because there may be fewer now. The tick changes once there is no connection. */
void server_configure(struct server *server, const struct server_limits *limits);

/* Replies that are written from now on say this, and these proxies are believed. Copied, its texts
 * borrowed until the next one. */
void server_set_policy(struct server *server, const struct http_policy *policy);

/* Clients that come from now on speak TLS, with this certificate, or must be plain if it is NULL,
 * as at first. Those that are here go on as they began. The context is shared, not taken over. */
void server_set_tls(struct server *server, struct tls_context *context);

/* The port of the first of its sockets that has one; 0: none has. */
uint16_t server_port(const struct server *server);

/* Connections that are open, or gone while their request still runs. */
size_t server_connections(const struct server *server);

/* Borrowed; changes on the loop. */
const struct server_counts *server_counts(const struct server *server);

typedef void (*server_closed)(void *context);

/* Stops accepting, closes idle connections, lets requests that have begun finish (each reply is
 * then its connection's last), and calls back, never from within, when nothing of the server is
 * left on the loop and no request runs. Once only. */
void server_close(struct server *server, server_closed closed, void *context);

/* The same, but no request is lost. Those who wait in the sockets' queues are accepted first, and
 * for `grace_ms`, as long as connections are left, whoever still comes; so before this, somebody
 * says listener_turn_away for each socket, unless another process goes on with it. A connection
 * that is idle stays open until it has been for `grace_ms`, because a request may be on its way;
 * its reply is the last. What is left after limits.drain_ms is cut off. */
void server_drain(struct server *server, uint64_t grace_ms, server_closed closed, void *context);

/* After server_close or server_drain: closes all connections at once. Requests that run still have
 * to call `done`, for nobody, before the server is closed. */
void server_abort(struct server *server);

/* After `closed`, also from within it. NULL is allowed. */
void server_free(struct server *server);

#endif
