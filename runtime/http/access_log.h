/* The access log: one line for each request that was answered, refused by the parser included.
 *
 * A line is a JSON object, or words where a terminal shows them, with whatever could command it
 * taken out. It says who asked for what and what became of it, never what was said: no query
 * string, no header, no body.
 *
 * Lines are gathered, and written in pieces of whole lines of at most PIPE_BUF bytes, so that those
 * of several processes on one pipe do not mix: full pieces at the end of the loop's turn, and what
 * is less after 20 ms (at once on a terminal), for waking the reader costs more than the line.
 * Nothing here waits: while nobody reads, 256 KB of lines are kept, further ones are dropped, and
 * the line that goes through next says how many.
 *
 * All on the loop's thread. */
#ifndef WRIT_HTTP_ACCESS_LOG_H
#define WRIT_HTTP_ACCESS_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/text.h"
#include "dispatch/dispatch.h"

struct access_log;

/* Writes to `fd`, which stays the caller's. Its handles do not keep the loop alive. SIGPIPE has to
 * be ignored. It opens the other end of a pipe anew, for which it needs /proc: before the process
 * confines itself. Where it cannot, a write may wait if another process fills the pipe just then.
 */
struct access_log *access_log_new(uv_loop_t *loop, int fd);

/* Writes what is left, as far as it can be written at once, and closes the handles; the loop must
 * run once more, which frees the log. NULL is allowed. */
void access_log_close(struct access_log *log);

/* What a line is about. */
struct access_entry {
  const struct request *request; /* its path is empty if its head could not be read */
  const struct reply *reply;
  struct text address;  /* of the client, as far as it is known */
  size_t bytes;         /* of the reply's body that are sent */
  int64_t now_ms;       /* wall clock */
  uint64_t duration_ns; /* from the request's last byte to the reply; 0: it was not looked at */
};

void access_log_add(struct access_log *log, const struct access_entry *entry);

/* Writes all that has been gathered, as far as it can be written at once. */
void access_log_flush(struct access_log *log);

/* How many lines have been dropped by now. */
uint64_t access_log_dropped(const struct access_log *log);

#endif
