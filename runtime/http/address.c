/* Addresses and networks (address.h). */
#include "http/address.h"

#include <arpa/inet.h>

#include "base/ascii.h"

enum { V4_AT = 12, V4_PREFIX_BITS = 96, ADDRESS_BITS = 128 };

static const unsigned char v4_prefix[V4_AT] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const struct address *address)
{
  return memcmp(address->bytes, v4_prefix, V4_AT) == 0;
}

bool address_parse(struct text text, struct address *address)
{
  char string[INET6_ADDRSTRLEN];
  if (text.length == 0 || text.length >= sizeof string) return false;
  if (memchr(text.data, 0, text.length)) return false;
  memcpy(string, text.data, text.length);
  string[text.length] = 0;
  memcpy(address->bytes, v4_prefix, V4_AT);
  return inet_pton(AF_INET, string, address->bytes + V4_AT) == 1 ||
         inet_pton(AF_INET6, string, address->bytes) == 1;
}

void address_print(const struct address *address, char out[INET6_ADDRSTRLEN])
{
  if (is_v4(address))
    inet_ntop(AF_INET, address->bytes + V4_AT, out, INET6_ADDRSTRLEN);
  else
    inet_ntop(AF_INET6, address->bytes, out, INET6_ADDRSTRLEN);
}

/* "0" to `max`, without leading zeros. */
static bool parse_bits(struct text text, unsigned max, unsigned *bits)
{
  if (text.length == 0 || text.length > 3 || (text.length > 1 && text.data[0] == '0')) return false;
  *bits = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (!ascii_is_digit(text.data[i])) return false;
    *bits = *bits * 10 + (unsigned)(text.data[i] - '0');
  }
  return *bits <= max;
}

static bool bit_of(const struct address *address, unsigned bit)
{
  return address->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

const char *network_parse(struct text text, struct network *network)
{
  struct text address, bits = text;
  text_split(&bits, '/', &address);
  if (!address_parse(address, &network->address))
    return "a network is an IP address, and maybe / and how many of its first bits count";
  network->v4 = is_v4(&network->address);
  network->bits = ADDRESS_BITS;
  if (!bits.data) return NULL;
  unsigned offset = network->v4 ? V4_PREFIX_BITS : 0;
  if (!parse_bits(bits, ADDRESS_BITS - offset, &network->bits))
    return network->v4 ? "after / comes a number from 0 to 32"
                       : "after / comes a number from 0 to 128";
  network->bits += offset;
  for (unsigned bit = network->bits; bit < ADDRESS_BITS; bit++)
    if (bit_of(&network->address, bit)) return "the bits after those that count must be 0";
  return NULL;
}

bool network_has(const struct network *network, const struct address *address)
{
  unsigned bytes = network->bits / 8;
  if (network->v4 != is_v4(address)) return false;
  if (memcmp(network->address.bytes, address->bytes, bytes) != 0) return false;
  for (unsigned bit = bytes * 8; bit < network->bits; bit++)
    if (bit_of(&network->address, bit) != bit_of(address, bit)) return false;
  return true;
}
