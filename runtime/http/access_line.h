/* One line of the access log (access_log.h), as bytes. */
#ifndef WRIT_HTTP_ACCESS_LINE_H
#define WRIT_HTTP_ACCESS_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "http/access_log.h"

/* No line is longer, whatever a client sends: it is at most PIPE_BUF. */
enum { ACCESS_LINE_BYTES = 4096 };

/* The second of the last line as text. Zero-initialised is ready. */
struct access_time {
  int64_t second;
  char text[32];
};

/* Appends a line: JSON, or words for a terminal. */
void access_line(struct buffer *out, struct access_time *time, const struct access_entry *entry,
                 bool in_words);

/* Appends a line that says how many others are missing here. */
void access_line_dropped(struct buffer *out, uint64_t count, bool in_words);

#endif
