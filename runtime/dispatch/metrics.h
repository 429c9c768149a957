/* Metrics: counters that a worker keeps in memory which others can read, and their text for
 * Prometheus.
 *
 * A segment is a block of memory that the caller gives, shared with other processes if it likes.
 * One worker writes to it, from its loop's thread alone; any number of threads and processes read
 * at any time. All that changes is a word that is read and written at once (relaxed atomics: no
 * locks, no barriers, no bus traffic), so a reader sees each counter right, and counters of one
 * moment perhaps some nanoseconds apart. Memory that is all zero is a segment in which nothing has
 * been counted. A segment outlives its worker, and the next one goes on in it.
 *
 * Counts per contract stand in rows, found by the contract's name, at first use: memory that is
 * given for thousands of rows is used by as many as there are. Whatever no row is left for is
 * counted in one row together.
 *
 * A reader trusts no segment: a worker that has been taken over can make its numbers wrong, and
 * nothing else. */
#ifndef WRIT_DISPATCH_METRICS_H
#define WRIT_DISPATCH_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "contract/denial.h"

struct metrics;
struct metrics_row;

/* What is counted of a worker as a whole:  name, kind, family, labels, help
 *
 * COUNTER only grows; SUM and EACH go up and down: the sum of all workers, or each by itself where
 * it is not 0. Rows of one family stand together, and the first has its help. */
#define METRICS(X)                                                                                 \
  X(CALLS_OPEN, SUM, "writ_calls_open", "", "Calls that have begun and not ended")                 \
  X(BATCHES_COMMITTED, COUNTER, "writ_batches_total", "outcome=\"committed\"",                     \
    "Transactions of the writer, by how they ended")                                               \
  X(BATCHES_ROLLED_BACK, COUNTER, "writ_batches_total", "outcome=\"rolled_back\"", "")             \
  X(BATCHES_FAILED, COUNTER, "writ_batches_total", "outcome=\"failed\"", "")                       \
  X(BATCHES_NOT_BEGUN, COUNTER, "writ_batches_total", "outcome=\"not_begun\"", "")                 \
  X(WAL_BYTES, EACH, "writ_wal_bytes", "",                                                         \
    "Size of the database's write-ahead log at the worker's last commit")                          \
  X(AUDIT_WAITING, SUM, "writ_audit_waiting", "",                                                  \
    "Calls and refusals that wait for their row in the audit log to be committed")                 \
  X(AUDIT_COUNTED, SUM, "writ_audit_counted_refusals", "",                                         \
    "Refusals beyond the rate of rows, which wait for one common row")                             \
  X(AUDIT_FAILURES, COUNTER, "writ_audit_failures_total", "",                                      \
    "Rows of refusals that could not be written to the audit log")                                 \
  X(PASSWORD_JOBS, SUM, "writ_password_jobs", "",                                                  \
    "Calls that wait for passwords to be hashed, those being hashed included")                     \
  X(CONNECTIONS_IDLE, SUM, "writ_connections", "state=\"idle\"", "Open connections, by state")     \
  X(CONNECTIONS_RECEIVING, SUM, "writ_connections", "state=\"receiving\"", "")                     \
  X(CONNECTIONS_RUNNING, SUM, "writ_connections", "state=\"running\"", "")                         \
  X(CONNECTIONS_WRITING, SUM, "writ_connections", "state=\"writing\"", "")                         \
  X(CONNECTIONS_CLOSING, SUM, "writ_connections", "state=\"closing\"", "")                         \
  X(CONNECTIONS_ACCEPTED, COUNTER, "writ_connections_accepted_total", "", "Connections accepted")  \
  X(CONNECTIONS_REFUSED, COUNTER, "writ_connections_refused_total", "",                            \
    "Connections closed at once because their address had too many")                               \
  X(CONNECTIONS_EVICTED, COUNTER, "writ_connections_evicted_total", "",                            \
    "Connections closed to make room for new ones")                                                \
  X(CONNECTIONS_STALLED, COUNTER, "writ_connections_stalled_total", "",                            \
    "Connections closed because the client did not take the reply")                                \
  X(TLS_HANDSHAKES, COUNTER, "writ_tls_handshakes_total", "outcome=\"ok\"",                        \
    "TLS handshakes, by how they ended")                                                           \
  X(TLS_HANDSHAKES_FAILED, COUNTER, "writ_tls_handshakes_total", "outcome=\"failed\"", "")         \
  X(TLS_EXPIRES, EACH, "writ_tls_certificate_expires_seconds", "",                                 \
    "When the certificate ends, since 1970")                                                       \
  X(RECEIVED_BYTES, COUNTER, "writ_http_received_bytes_total", "", "Bytes received from clients")  \
  X(SENT_BYTES, COUNTER, "writ_http_sent_bytes_total", "", "Bytes sent to clients")

enum metric {
#define X(name, kind, family, labels, help) METRIC_##name,
  METRICS(X)
#undef X
      METRIC_COUNT
};

/* Distributions of a worker as a whole:  name, family, help */
#define METRIC_HISTOGRAMS(X)                                                                       \
  X(BATCH_JOBS, "writ_batch_jobs", "Jobs that share one transaction and one fsync")                \
  X(WRITE_TURN, "writ_write_turn_seconds", "Wait for the turn to write among all workers")         \
  X(COMMIT, "writ_commit_seconds", "Time of a COMMIT, with its fsync and checkpoint")

enum metric_histogram {
#define X(name, family, help) METRIC_HISTOGRAM_##name,
  METRIC_HISTOGRAMS(X)
#undef X
      METRIC_HISTOGRAM_COUNT
};

/* What is worth knowing of a handler at present. */
enum metric_flag {
  METRIC_UNAVAILABLE, /* it does not load: its route answers 503 */
  METRIC_STALE,       /* its file does not load: the last good version serves */
  METRIC_QUARANTINED, /* closed, or waiting for a run on trial */
  METRIC_FLAG_COUNT
};

const char *metric_flag_name(enum metric_flag flag);

/* How much memory a segment is; a multiple of the page. */
size_t metrics_bytes(void);

/* The worker's side of a segment: `memory` of metrics_bytes(), aligned for words, borrowed for
 * the writer's life. Counters go on from where they stand, what goes up and down begins at 0. For a
 * worker that starts at this wall time. */
struct metrics *metrics_attach(void *memory, int64_t now_ms);

/* --- Counting: on the loop's thread; some nanoseconds each. --- */

void metrics_add(struct metrics *metrics, enum metric metric, uint64_t amount);
void metrics_subtract(struct metrics *metrics, enum metric metric, uint64_t amount);
void metrics_set(struct metrics *metrics, enum metric metric, uint64_t value);

/* In jobs, or in nanoseconds. */
void metrics_observe(struct metrics *metrics, enum metric_histogram histogram, uint64_t value);

/* The clock (monotonic) at which the oldest that waits for its audit row began to; 0: none waits.
 */
void metrics_set_audit_oldest(struct metrics *metrics, uint64_t since_ns);

/* A request that never became a call: what the transport answered it. */
void metrics_count_refused(struct metrics *metrics, int status);

/* The row of a contract; the empty name is that of calls without one. Never NULL. Looks through all
 * rows: keep it. */
struct metrics_row *metrics_row(struct metrics *metrics, struct text contract);

/* A call has ended so; DENIAL_NONE: it succeeded. */
void metrics_count_call(struct metrics_row *row, enum denial denial, uint64_t took_ns);

/* A run of the handler is over. */
void metrics_count_run(struct metrics_row *row, uint64_t took_ns, uint64_t memory_bytes);

/* A generation begins to serve: flags are down, and only those count that come with the number that
 * this returns. */
uint64_t metrics_begin_generation(struct metrics *metrics);
void metrics_set_flag(struct metrics *metrics, uint64_t generation, struct metrics_row *row,
                      enum metric_flag flag, bool on);

/* --- Reading: from anywhere, at any time. --- */

/* Calls back for every contract of which some segment says so, in order of their names, which last
 * for the call; says how many. NULL: only counts. */
size_t metrics_flagged(const void *const *segments, size_t count, enum metric_flag flag,
                       void (*each)(void *context, struct text contract), void *context);

/* Appends all of it in Prometheus' text exposition format, version 0.0.4. `now_ns` is of the
 * monotonic clock. Families of Writ's begin with `writ_`. */
void metrics_write(struct buffer *out, const void *const *segments, size_t count, uint64_t now_ns);

/* --- For others who write families of their own in the same text. --- */

/* "# HELP" and "# TYPE"; type is "counter", "gauge", "summary" or "histogram". */
void metrics_write_family(struct buffer *out, const char *family, const char *type,
                          const char *help);

/* One sample; labels are written as they are (`worker="0"`), none if empty. */
void metrics_write_sample(struct buffer *out, const char *name, struct text labels, uint64_t value);
void metrics_write_seconds(struct buffer *out, const char *name, struct text labels, uint64_t ns);

/* A label's value, escaped, without its quotes; what is not printable ASCII becomes '?'. */
void metrics_write_label(struct buffer *out, struct text value);

#endif
