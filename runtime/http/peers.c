/* The table of addresses (peers.h). */
#include "http/peers.h"

#include <string.h>

#include "base/crypto.h"
#include "base/memory.h"

void peers_init(struct peers *peers)
{
  *peers = (struct peers){0};
  crypto_random(peers->key, sizeof peers->key);
}

/* The second word tells an IPv4 address from the beginning of an IPv6 one. */
static void read_address(uint64_t out[2], const struct sockaddr *address)
{
  const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
  out[0] = out[1] = 0;
  if (address->sa_family == AF_INET) {
    memcpy(out, &((const struct sockaddr_in *)address)->sin_addr, 4);
  } else if (IN6_IS_ADDR_V4MAPPED(six)) {
    memcpy(out, &six->s6_addr[12], 4);
  } else {
    memcpy(out, six, 8);
    out[1] = 1;
  }
}

static struct peer **bucket_of(struct peers *peers, const uint64_t address[2])
{
  struct text bytes = {(const char *)address, 16};
  return &peers->buckets[crypto_short_hash(peers->key, bytes) % PEER_BUCKETS];
}

struct peer *peers_take(struct peers *peers, const struct sockaddr *address, size_t max)
{
  uint64_t wanted[2];
  read_address(wanted, address);
  struct peer **bucket = bucket_of(peers, wanted), *peer = *bucket;
  while (peer && memcmp(peer->address, wanted, sizeof wanted) != 0) peer = peer->next;
  if ((peer ? peer->connections : 0) >= max) return NULL;
  if (!peer) {
    peer = memory_new(sizeof *peer);
    memcpy(peer->address, wanted, sizeof wanted);
    peer->next = *bucket;
    *bucket = peer;
  }
  peer->connections++;
  return peer;
}

void peers_give_back(struct peers *peers, struct peer *peer)
{
  if (!peer || --peer->connections > 0) return;
  struct peer **link = bucket_of(peers, peer->address);
  while (*link != peer) link = &(*link)->next;
  *link = peer->next;
  memory_free(peer);
}
