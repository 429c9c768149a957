/* A reply's head as bytes. */
#ifndef WRIT_HTTP_RESPONSE_H
#define WRIT_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "dispatch/dispatch.h"
#include "http/policy.h"

/* The Date field's value, made once a second. Zero-initialised is ready. */
struct response_date {
  int64_t second;
  char text[32];
};

/* How the reply goes out, apart from what it says. */
struct response_manner {
  bool close;           /* it is the connection's last */
  bool minor_version_0; /* the client speaks HTTP/1.0: staying open must be said */
  bool secure;          /* over TLS */
  int64_t now_ms;       /* wall clock */
  struct cors_question question;
  const struct http_policy *policy; /* of the server */
};

/* Appends status line and fields, with the empty line. Always says Content-Length (but for 204 and
 * 304), Date, what keeps browsers from doing anything with the reply but to hand it to the page
 * that asked (RFC 6797 over TLS only, if the policy says so), and Cache-Control: no-store unless
 * the reply has its own; X-Request-Id if it has one. A header of the reply whose name or value
 * could break the head is left out, and logged. */
void response_head(struct buffer *out, struct response_date *date, const struct reply *reply,
                   const struct response_manner *manner);

/* Whether the reply's body follows its head, given the request's method. */
bool response_has_body(const struct reply *reply, enum method method);

#endif
