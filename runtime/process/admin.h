/* What whoever runs the server asks it: is it alive (/healthz), may it have requests (/readyz), how
 * is it doing (/metrics). A handler for an HTTP server of its own (http/server.h), on the loop's
 * thread.
 *
 * It only tells, and it tells no browser: a page that a browser shows could make it ask here, on
 * the machine it runs on, by a name that an attacker's DNS server resolves to this address. So Host
 * must be one of a few names, a request that a page made (Origin, Sec-Fetch-Site) is refused, and
 * what counts is a bearer token, never a cookie.
 *
 * What there is to tell comes from a callback: this knows neither supervisor nor workers. */
#ifndef WRIT_PROCESS_ADMIN_H
#define WRIT_PROCESS_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/config.h"
#include "http/server.h"
#include "process/serve.h"

enum { ADMIN_TEXT_BYTES = 512 };

/* A worker's place, whoever fills it at present. 0 stands for what is not known. */
struct admin_worker {
  bool alive;
  const void *metrics; /* its segment (dispatch/metrics.h), borrowed; never NULL */
  uint64_t generation; /* that it serves */
  uint64_t resident_bytes, open_fds, cpu_ns;
};

/* What the processes are like at this moment. */
struct admin_status {
  int64_t started_ms;          /* the server's, wall clock; 0: not known */
  uint64_t generation;         /* the last one that loaded; 0: none yet */
  uint64_t reloads;            /* since the start, the first load not among them */
  uint64_t failed_reloads;     /* of these */
  int64_t reload_ms;           /* wall clock: when the last load ended; 0: none yet */
  bool reload_failed;          /* that one, so that the generation before goes on */
  char text[ADMIN_TEXT_BYTES]; /* why: its first finding, "file:line:column: what" */
  uint64_t restarts;           /* of workers, since the start */
  uint64_t kills;              /* of workers that hung, among those */
  bool draining;               /* it is being stopped */
  struct admin_worker workers[SERVE_WORKERS_MAX];
  size_t worker_count; /* as configured */
};

struct admin_config {
  const char *version;              /* of Writ, borrowed */
  const struct config_admin *terms; /* whose hosts are names that Host may have besides localhost,
                                       127.0.0.1 and [::1], any port with any of them; borrowed */
  struct text token;                /* borrowed; empty: there is none, so that whoever can reach
                                       the socket is told everything. But: */
  bool exposed;                     /* others than this machine can: then without a token nobody
                                       is told more than a probe. Nor where the terms are those of
                                       no listener: it was opened under others */
  /* Fills a status that is all zero. */
  void (*status)(void *context, struct admin_status *status);
  void *context;
  uint64_t (*monotonic_ns)(void); /* NULL: clock_monotonic_ns */
};

struct admin;

struct admin *admin_new(const struct admin_config *config);
void admin_configure(struct admin *admin, const struct admin_config *config); /* from now on */
void admin_free(struct admin *admin); /* when no server has its handler any more */

/* Answers at once, always. */
struct server_handler admin_handler(struct admin *admin);

/* May have requests: something has been loaded, somebody serves it, and it is not being stopped. */
bool admin_is_ready(const struct admin_status *status);

/* --- admin_write.c: what it says. --- */

/* The JSON of /readyz. */
void admin_write_ready(struct buffer *out, const struct admin_status *status);

/* /metrics: those of the workers, and those of the processes. */
void admin_write_metrics(struct buffer *out, const struct admin_status *status, const char *version,
                         uint64_t now_ns);

#endif
