/* Whether a request can say an input, and gets as far as `validates`. */
#ifndef WRIT_TESTING_SENDABLE_H
#define WRIT_TESTING_SENDABLE_H

#include "testing/request_of.h"

/* True if path and query string have a text for each value in them, no path parameter is empty,
 * "." or "..", or has a slash; the query string has no more fields than the host takes, and the
 * body is no larger and no deeper than it may be. If not, *why is a phrase. `request` is what
 * request_of made of the input. */
bool sendable(const struct contract *contract, const struct json *input,
              const struct request *request, const char **why);

#endif
