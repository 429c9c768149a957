/* What the HTTP server (http/server.h) may not exceed: plain data, for whoever configures it. */
#ifndef WRIT_HTTP_LIMITS_H
#define WRIT_HTTP_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "http/guard.h"

struct server_limits {
  struct guard_limits head; /* beyond: 431, or 414 for the target */

  /* When all are there a newcomer replaces one: who has made the server wait most for a request (a
   * second before or in a head counts as a minute of idleness between two requests, a second in a
   * body as ten), or else for taking a reply. Where requests run on all of them it waits. */
  size_t connections;
  size_t connections_per_address; /* beyond, a newcomer is closed at once; an IPv6 /64 is one,
                                     trusted proxies and unix sockets have no such limit */
  size_t requests;                /* of a connection; the last reply says so */
  size_t running; /* beyond, or beyond half of it of an address: 503 with Retry-After, and the
                     connection goes on */

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

#endif
