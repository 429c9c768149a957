/* How many connections each address has, so that one cannot take them all.
 *
 * Of IPv6 the first 64 bits count as one address: whoever has one there has them all. The table is
 * hashed by a secret key, so that addresses cannot be chosen to collide; an address takes memory
 * only while it has connections. One thread. */
#ifndef WRIT_HTTP_PEERS_H
#define WRIT_HTTP_PEERS_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
  struct peer *next;
  uint64_t address[2];
  size_t connections;
  size_t running; /* requests of these, for whoever counts them */
};

enum { PEER_BUCKETS = 4096 };

struct peers {
  unsigned char key[16];
  struct peer *buckets[PEER_BUCKETS];
};

/* In the caller's storage. Draws a key. */
void peers_init(struct peers *peers);

/* Counts one more connection of this address (AF_INET or AF_INET6; an IPv4 client of an IPv6 socket
 * is an IPv4 client). NULL if it has `max` already. */
struct peer *peers_take(struct peers *peers, const struct sockaddr *address, size_t max);

/* One less; with the last one the peer is freed. NULL is allowed. */
void peers_give_back(struct peers *peers, struct peer *peer);

#endif
