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
#include "http/guard.h"
#include "http/listener.h"
#include "http/policy.h"
#include "http/tls.h"

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

struct server_limits {
  struct guard_limits head; /* beyond: 431, or 414 for the target */

  /* When all are there a newcomer replaces one: the longest idle one, or else the one that has been
   * sending a head or body for longest, or else taking a reply. Where requests run on all of them
   * it waits. */
  size_t connections;
  size_t connections_per_address; /* beyond, a newcomer is closed at once; an IPv6 /64 is one,
                                     trusted proxies and unix sockets have no such limit */
  size_t requests;                /* of a connection; the last reply says so */
  size_t running;                 /* beyond: 503 with Retry-After, and the connection goes on */

  uint64_t first_ms;      /* from accept to the first byte */
  uint64_t head_ms;       /* from the first byte of a head to its last; then 408 */
  uint64_t body_grace_ms; /* from the head's end; from then on the body's bytes must have come at */
  size_t body_rate;       /* so many a second on average since then (0: any), or 408 */
  uint64_t body_ms;       /* from the head's end to the body's; then 408 */
  uint64_t idle_ms;       /* between two requests */
  uint64_t write_ms;      /* in each such time the client must take some of a reply, */
  size_t write_rate;      /* and after the first so many bytes a second on average (0: any) */
  uint64_t linger_ms;     /* for the client to close after the server has said its last */
  uint64_t drain_ms;      /* for all that is left after server_drain; then it is cut off */
  uint64_t tick_ms;       /* how coarse all of these are */
};

/* 16 KB and 100 fields of head, 8 KB of target; 16,384 connections, or as many as the process may
 * have descriptors for; 1,024 of an address; 10,000 requests of a connection; 1,024 at once; 10 s
 * to the first byte, 10 s for a head, 10 s and then 500 bytes/s for a body, 300 s at most; 60 s
 * idle; 30 s and then 500 bytes/s for a reply; 2 s to linger, 30 s to drain; ticks of 0.1 s. */
void server_limits_default(struct server_limits *limits);

/* What has happened since the server was opened, and what is there now. */
struct server_counts {
  size_t open; /* connections with a socket, now */
  size_t
      connections; /* these, and those gone whose request still runs or whose handle closes, now */
  size_t running;  /* requests, now */
  uint64_t accepted;
  uint64_t refused;    /* of them, because their address had too many */
  uint64_t evicted;    /* connections that made room */
  uint64_t timeouts;   /* connections that ended because a head, body or reply took too long */
  uint64_t overloaded; /* requests refused with 503 */
  uint64_t handshakes; /* of TLS that succeeded */
  uint64_t failed_handshakes;
};

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
