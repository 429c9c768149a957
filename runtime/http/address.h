/* IP addresses and networks, as bytes. An IPv4-mapped IPv6 address is the IPv4 address. */
#ifndef WRIT_HTTP_ADDRESS_H
#define WRIT_HTTP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/text.h"

struct address {
  unsigned char bytes[16]; /* IPv4: mapped, ::ffff:192.0.2.1 */
};

/* Reads "192.0.2.1" or "2001:db8::1", nothing around it, no zone. */
bool address_parse(struct text text, struct address *address);

/* Writes the one form that each address has (RFC 5952). */
void address_print(const struct address *address, char out[INET6_ADDRSTRLEN]);

struct network {
  struct address address; /* no bit beyond the prefix is set */
  unsigned bits;          /* of the prefix, 0 to 128; of IPv4 networks 96 more than is written */
  bool v4;
};

/* Reads "10.0.0.0/8", "2001:db8::/32", or an address, which is a network of one. NULL, or what is
 * wrong: static text. */
const char *network_parse(struct text text, struct network *network);

/* IPv4 addresses are in IPv4 networks only: ::/0 does not have them. */
bool network_has(const struct network *network, const struct address *address);

#endif
