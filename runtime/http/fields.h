/* What a request's head means: its fields one by one, then all of them together. Functions return
 * NULL or why the request is refused. */
#ifndef WRIT_HTTP_FIELDS_H
#define WRIT_HTTP_FIELDS_H

#include "base/text.h"
#include "http/message.h"

/* Takes in one field, the white space around its value removed. */
const struct http_fault *fields_add(struct message *message, struct text name, struct text value);

/* Trailers are read by nobody. But whoever merges them into the head, as a proxy may, would read
 * another request if one of them framed, routed or authenticated it (RFC 9110 section 6.5.1). */
const struct http_fault *fields_check_trailer(struct text name);

/* After the last field: checks what must be there once, decides how the body is framed and whether
 * the connection goes on, and fills in the request's method, path and query. `head` begins with the
 * method. */
const struct http_fault *fields_conclude(struct message *message, struct text head);

#endif
