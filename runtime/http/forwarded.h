/* Who the client is, behind proxies that are trusted.
 *
 * Anybody can write X-Forwarded-For and Forwarded. So neither is looked at unless the connection
 * comes from a trusted proxy, and of the two only the one that these proxies set. It is read from
 * the right, where the nearest proxy wrote: while an address is that of a trusted proxy, the one to
 * its left is what that proxy saw. What a client wrote itself stands further left and is never
 * reached.
 *
 * Sources: RFC 7239 (Forwarded); MDN, "X-Forwarded-For", for what has no specification. */
#ifndef WRIT_HTTP_FORWARDED_H
#define WRIT_HTTP_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "http/address.h"

enum forwarded_header {
  FORWARDED_X,       /* X-Forwarded-For, and X-Forwarded-Proto for whether it was TLS */
  FORWARDED_STANDARD /* Forwarded */
};

/* All zero: nobody is trusted. */
struct proxies {
  const struct network *trusted; /* borrowed */
  size_t count;
  bool local; /* whoever connects by a unix socket */
  enum forwarded_header header;
};

/* The fields of one request: several lines of one are joined by commas. */
struct forwarded_fields {
  struct text forwarded, x_for, x_proto;
};

/* What is known of the client. */
struct forwarded_client {
  struct text address; /* lies in `storage`, or is the connection's own */
  char storage[INET6_ADDRSTRLEN];
  bool secure;    /* it speaks TLS to the outermost trusted proxy, or here */
  bool malformed; /* a trusted proxy's field cannot be read as far as it had to be */
};

/* Whether this peer (an address, or "unix") is a trusted proxy. */
bool forwarded_trusts(const struct proxies *proxies, struct text peer);

/* Finds the client of a connection from `peer` (an address, or "unix"), which speaks TLS here if
 * `secure`. Where a proxy does not tell (`unknown`, an obfuscated name, nothing readable), the
 * client has the address of that proxy. */
void forwarded_find(const struct proxies *proxies, struct text peer, bool secure,
                    const struct forwarded_fields *fields, struct forwarded_client *client);

#endif
