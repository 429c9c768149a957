/* The byte guard: a strict reader of HTTP/1.1's framing that stands in front of llhttp.
 *
 * Request smuggling lives where two parsers read the same bytes differently, and the llhttp of
 * Debian 12 still accepts several such spellings. So every byte passes here first, through a state
 * machine that knows only the grammar of RFC 9112 without its tolerances, and refuses
 *
 *   - a bare CR or LF, NUL and all other control bytes in request line, fields and trailers,
 *   - a line that begins with space or tab (obs-fold), an empty field name, white space before the
 * colon,
 *   - any version but HTTP/1.0 and HTTP/1.1, any white space in the request line but its two
 * spaces,
 *   - a chunk size that is not 1 to 8 hexadecimal digits, and chunk extensions,
 *   - what is larger than the limits: a head, a target, a number of fields, trailers.
 *
 * The state is kept across calls and moves byte by byte, so a verdict cannot depend on how the
 * bytes were cut into reads. The guard says where a head and where a message end; what the fields
 * mean (how the body is framed) it is told by its caller. It allocates nothing, keeps no byte, and
 * never looks ahead. */
#ifndef WRIT_HTTP_GUARD_H
#define WRIT_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a message is refused: what the client is told before its connection is closed. All static
 * text. */
struct http_fault {
  int status;
  const char *code;   /* as in contract/denial.h: "malformed" */
  const char *detail; /* for people */
};

struct guard_limits {
  size_t head_bytes;   /* request line and fields; trailers have as much again */
  size_t fields;       /* lines of them; trailers have as many again */
  size_t target_bytes; /* the request line's second word */
};

enum guard_verdict {
  GUARD_MORE,   /* all bytes were used, and the message goes on */
  GUARD_HEAD,   /* the last byte used is the head's last */
  GUARD_END,    /* the last byte used is the message's last */
  GUARD_REFUSED /* see `fault`; nothing more may be fed */
};

enum guard_state {
  GUARD_START,
  GUARD_BLANK_LF,
  GUARD_METHOD,
  GUARD_TARGET,
  GUARD_VERSION,
  GUARD_LINE_CR,
  GUARD_LINE_LF,
  GUARD_FIELD_START,
  GUARD_FIELD_NAME,
  GUARD_FIELD_VALUE,
  GUARD_FIELD_LF,
  GUARD_FIELDS_LF,
  GUARD_BODY, /* `remaining` bytes, then the end */
  GUARD_CHUNK_START,
  GUARD_CHUNK_SIZE,
  GUARD_CHUNK_SIZE_LF,
  GUARD_CHUNK_DATA,
  GUARD_CHUNK_CR,
  GUARD_CHUNK_LF,
  GUARD_STATE_REFUSED
};

/* One message's state, in the caller's storage. Read only `blank`, `fields` and `fault`. */
struct guard {
  const struct guard_limits *limits; /* borrowed; may change meanwhile */
  enum guard_state state;
  uint8_t blank;    /* bytes of an empty line before the head: 0 or 2. They belong to no message */
  uint8_t position; /* within the word, version text or chunk size that is being read */
  bool trailers;    /* the fields being read stand after the last chunk */
  size_t bytes;     /* of this head, or of these trailers */
  size_t target_bytes;
  size_t fields; /* lines of the head, or of the trailers */
  uint64_t remaining;
  const struct http_fault *fault;
};

/* Begins a message. */
void guard_init(struct guard *guard, const struct guard_limits *limits);

/* Reads on, at most to the end of the head or of the message; *used says how many bytes that took.
 * After GUARD_HEAD the caller tells how the body is framed, unless there is none and the message is
 * over. */
enum guard_verdict guard_feed(struct guard *guard, const char *data, size_t length, size_t *used);

/* The body has `bytes` bytes, at least one. */
void guard_expect_bytes(struct guard *guard, uint64_t bytes);

/* The body comes in chunks, with trailers. */
void guard_expect_chunks(struct guard *guard);

/* RFC 9110 section 5.6.2: a byte of methods and field names. */
bool guard_is_token(unsigned char byte);

#endif
