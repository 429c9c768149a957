/* What a request is for: the host that its head names, and its target's path and query (RFC 9112
 * sections 3.2 and 3.3), by RFC 3986's grammar and nothing beyond it. Nothing is decoded and
 * nothing is rewritten. */
#ifndef WRIT_HTTP_TARGET_H
#define WRIT_HTTP_TARGET_H

#include "dispatch/dispatch.h"
#include "http/guard.h"

/* What an absolute target begins with. */
enum target_scheme { SCHEME_NONE, SCHEME_HTTP, SCHEME_HTTPS };

/* A name of letters, digits and "-._", an IPv4 address or an IPv6 address in brackets; after it, if
 * at all, a colon and a port. Of RFC 3986 section 3.2.2 that leaves out percent-encoding and the
 * marks that no name in the DNS has. */
bool target_is_authority(struct text text);

/* Fills in path and query. `request` has the method already, and the host if there was a Host
 * field; a target with a host of its own must name the same one. Whether its scheme is the
 * connection's is for those to say who know the connection. NULL, or why the request is refused. */
const struct http_fault *target_read(struct request *request, struct text target,
                                     enum target_scheme *scheme);

#endif
