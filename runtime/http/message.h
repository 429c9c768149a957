/* One HTTP/1 request: bytes in, a struct request or a refusal out. No sockets, no clock.
 *
 * The guard reads every byte first and finds the end of head and message. A complete head is then
 * given to llhttp in one piece, so that all texts are contiguous, and body bytes as they come. Both
 * must agree on where the head ends, on how many fields it has, and on the very byte that ends the
 * message: where they differ, the request is refused, since some other parser on the way here might
 * side with the other. How the body is framed is decided here, by the strictest reading of RFC 9112
 * section 6, and again by llhttp.
 *
 * A message holds at most the head (struct guard_limits) and the body (what message_expect_body
 * allows). */
#ifndef WRIT_HTTP_MESSAGE_H
#define WRIT_HTTP_MESSAGE_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "dispatch/dispatch.h"
#include "http/guard.h"
#include "http/target.h"

enum message_state {
  MESSAGE_MORE,   /* all bytes were used, and the request goes on */
  MESSAGE_BODY,   /* the head is there and a body follows: message_expect_body comes next */
  MESSAGE_DONE,   /* the request is complete */
  MESSAGE_REFUSED /* see `fault`; answer, then close: where the next request begins is unknown */
};

/* What the fields of a head said, beyond what struct request takes. */
struct message_fields {
  uint8_t hosts, content_lengths, transfer_encodings, traceparents;
  bool chunked, close, keep_alive, expects_continue, preflight;
  uint64_t content_length;
  struct text x_forwarded_proto; /* of several the last */
};

/* One at a time per connection, used again and again. */
struct message {
  struct request request;    /* from MESSAGE_BODY on; its texts until message_reset */
  bool begun;                /* a byte of it has come */
  bool keep_alive;           /* the client will send more requests, and may */
  bool minor_version_0;      /* HTTP/1.0 */
  bool expects_continue;     /* wants a 100 before it sends the body */
  enum target_scheme scheme; /* of the target; it need not be the connection's */
  const struct http_fault *fault;

  struct guard guard;
  llhttp_t parser;
  struct buffer head, body, cookies;
  struct buffer forwarded, x_forwarded_for; /* the lines of each, joined by commas */
  size_t body_max;
  struct message_fields fields;
  struct text target, name; /* name: of the field whose value comes next */
  size_t field_count;
  char trailer[32]; /* the name of the trailer that is being read: longer than any that counts */
  uint8_t trailer_length;
  bool head_complete, complete; /* as llhttp sees it */
};

/* Prepares a message in the caller's storage. The limits are borrowed. */
void message_init(struct message *message, const struct guard_limits *limits);
void message_deinit(struct message *message);

/* Ready for the next request. The buffers keep their memory, but for that of a large body. */
void message_reset(struct message *message);

/* Gives the buffers' memory back; only between two requests. */
void message_trim(struct message *message);

/* Reads on, at most to the end of the head or of the request; *used says how many bytes that took.
 */
enum message_state message_feed(struct message *message, const char *data, size_t length,
                                size_t *used);

/* Takes the method, which the reply depends on, out of a head that was refused or is not complete.
 */
void message_guess_method(struct message *message);

/* After MESSAGE_BODY: how large the body may be. -1 (refused) if the head already says that it is
 * larger. */
int message_expect_body(struct message *message, size_t body_max);

#endif
