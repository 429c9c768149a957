/* Web origins: whose pages may use the API from a browser.
 *
 * An origin is scheme, host and port as a browser serialises them (RFC 6454 section 6.2; HTML,
 * "origin"): "https://app.example.com", "http://localhost:5173". They are compared byte by byte.
 * `null`, which sandboxed pages and files send, is nobody's and is never among them. */
#ifndef WRIT_CHECKS_ORIGIN_H
#define WRIT_CHECKS_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct origins {
  const struct text *items; /* borrowed; each such that origin_problem finds nothing */
  size_t count;
};

bool origins_have(const struct origins *origins, struct text origin);

/* What a request says of where it comes from: these of its headers, empty if absent. */
struct request_origin {
  struct text host, origin, sec_fetch_site;
};

/* Whether a browser sent it from a page of another site, whose author may have wanted it without
 * its user: not from the same origin, nor from one that is trusted. What says nothing of either is
 * of no browser (of none since 2020). The method is the caller's business.
 *
 * Source: the algorithm of Go 1.25's net/http.CrossOriginProtection; Fetch Metadata,
 * https://www.w3.org/TR/fetch-metadata/. */
bool origin_is_cross_site(const struct request_origin *from, const struct origins *trusted);

/* NULL, or why this cannot be what a browser sends as its origin, and what it would be instead:
 * static text. */
const char *origin_problem(struct text origin);

#endif
