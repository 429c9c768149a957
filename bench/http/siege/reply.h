/* Reads replies of HTTP/1.1 from bytes that come in pieces. It knows what the servers under test
 * send: a Content-Length, or a status that has no body. Whatever else is "malformed". */
#ifndef SIEGE_REPLY_H
#define SIEGE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLY_HEAD_MAX = 2048 };

enum reply_state { REPLY_MORE, REPLY_DONE, REPLY_MALFORMED };

struct reply {
  char head[REPLY_HEAD_MAX + 1];
  size_t length; /* of the head, so far */
  bool in_body;
  uint64_t body_left;
  int status;
  bool close; /* it said Connection: close */
};

/* For the next one. */
void reply_reset(struct reply *reply);

/* Takes bytes, `used` of them: less than all only if the reply is done. */
enum reply_state reply_feed(struct reply *reply, const char *bytes, size_t length, size_t *used);

/* Whether a byte of it has come. */
bool reply_has_begun(const struct reply *reply);

#endif
