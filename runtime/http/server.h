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
 * Everything happens on the loop's thread. No function here waits.
 *
 * An idle connection costs about 1.1 KB of memory here, besides the kernel's own: its buffers are
 * given back at the first tick that finds it idle. One that sends or waits for a reply holds its
 * head, its body (at most what the handler's body_max says), up to 64 KB of pipelined bytes, and
 * what of a reply the client has not taken yet. With TLS each costs what http/tls.h says besides:
 * 13 KB when idle. */
#ifndef WRIT_HTTP_SERVER_H
#define WRIT_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "dispatch/dispatch.h"
#include "http/guard.h"
#include "http/listener.h"
#include "http/policy.h"
#include "http/tls.h"

struct server;

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

struct server_limits {
  struct guard_limits head; /* beyond: 431, or 414 for the target */
  size_t
      connections;  /* when full, the longest idle one makes room; if none is idle, new ones wait */
  uint64_t head_ms; /* from the first byte of a head (or from accept) to its last; then 408 */
  uint64_t body_ms; /* from the head to the body's last byte; then 408 */
  uint64_t idle_ms; /* between two requests */
  uint64_t write_ms;  /* for the client to take a reply */
  uint64_t linger_ms; /* for the client to close after the server has said its last */
  uint64_t tick_ms;   /* how often deadlines are looked at: they are this coarse */
};

/* 16 KB and 100 fields of head, 8 KB of target, 1,024 connections, 10 s, 30 s, 60 s, 30 s, 2 s, 1
 * s. */
void server_limits_default(struct server_limits *limits);

struct server_config {
  const struct listener *listeners; /* the sockets are taken over, even if server_open fails */
  size_t listener_count;
  const struct server_limits *limits; /* copied; NULL: the default */
  const struct http_policy *policy;   /* copied, its texts borrowed; NULL: all zero */
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

/* Replies that are written from now on say this. Copied, its texts borrowed until the next one. */
void server_set_policy(struct server *server, const struct http_policy *policy);

/* From now on these limits hold. Deadlines that run already stay as they are. */
void server_configure(struct server *server, const struct server_limits *limits);

/* Clients that come from now on speak TLS, with this certificate, or must be plain if it is NULL,
 * as at first. Those that are here go on as they began. The context is shared, not taken over. */
void server_set_tls(struct server *server, struct tls_context *context);

/* The port of the first of its sockets that has one; 0: none has. */
uint16_t server_port(const struct server *server);

/* Connections that are open, or gone while their request still runs. */
size_t server_connections(const struct server *server);

typedef void (*server_closed)(void *context);

/* Stops accepting, closes idle connections, lets requests that have begun finish (each reply is
 * then its connection's last), and calls back, never from within, when nothing of the server is
 * left on the loop and no request runs. Once only. */
void server_close(struct server *server, server_closed closed, void *context);

/* The same, but no client that has connected is lost. Those who wait in the sockets' queues are
 * accepted first, and while connections are left, whoever still comes: so before this, somebody
 * says listener_turn_away for each socket, unless another process goes on with it. Connections that
 * are idle stay open until they have been for `grace_ms`, because a request may be on its way; its
 * reply is their last. */
void server_drain(struct server *server, uint64_t grace_ms, server_closed closed, void *context);

/* After server_close or server_drain: closes all connections at once. Requests that run still have
 * to call `done`, for nobody, before the server is closed. */
void server_abort(struct server *server);

/* After `closed`, also from within it. NULL is allowed. */
void server_free(struct server *server);

#endif
