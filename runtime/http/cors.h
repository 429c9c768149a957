/* CORS: which pages of other origins a browser lets read replies.
 *
 * Source: https://fetch.spec.whatwg.org/#http-cors-protocol. It takes nothing away from anybody and
 * authorises nobody: a reply says whom the browser may show it to. Preflights are answered from the
 * contracts' methods (the dispatcher's reply to OPTIONS). */
#ifndef WRIT_HTTP_CORS_H
#define WRIT_HTTP_CORS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "checks/origin.h"
#include "dispatch/dispatch.h"

/* All zero: no page of another origin may read anything. Its texts are borrowed. */
struct cors {
  struct origins origins;
  bool everybody;              /* "*": all origins, and then never: */
  bool credentials;            /* cookies may be sent along */
  struct text headers, expose; /* lists, as they are sent; empty: left out */
  uint64_t max_age_s;          /* how long a preflight's answer may be kept */
};

/* What of a request counts here. */
struct cors_question {
  struct text origin; /* empty if it has none */
  bool preflight;     /* OPTIONS with Access-Control-Request-Method */
};

/* Appends the fields that the reply needs. */
void cors_append(struct buffer *out, const struct cors *cors, const struct cors_question *question,
                 const struct reply *reply);

#endif
