/* Connections as fast as they can be opened. As many as there are clients are held: with each new
 * one the oldest is given up, by a reset. With "depth" each asks so many times as soon as it is
 * made. */
#include "party.h"

enum { AT_ONCE = 64 };

static void turn(struct party *party, uint64_t now)
{
  size_t count = (size_t)party->settings.clients;
  for (size_t i = 0; i < AT_ONCE && i < count; i++) {
    struct client *client = &party->clients[party->cursor++ % count];
    client_close(party, client, true);
    client_open(party, client, now);
  }
}

/* At once again. */
static uint64_t next(const struct party *party, uint64_t now)
{
  (void)party;
  return now;
}

static bool done(const struct party *party, uint64_t now)
{
  (void)party;
  (void)now;
  return false;
}

static void connected(struct party *party, struct client *client, uint64_t now)
{
  client->target = &party->targets[party->issued++ % party->target_count];
  for (int i = 0; i < party->settings.depth && client->state == CLIENT_CONNECTED; i++)
    client_ask(party, client, now);
}

static void answered(struct party *party, struct client *client, int status, uint64_t now)
{
  (void)party;
  (void)client;
  (void)status;
  (void)now;
}

/* Its place is taken in turn. */
static void ended(struct party *party, struct client *client, uint64_t now)
{
  (void)party;
  (void)client;
  (void)now;
}

const struct behaviour flood_behaviour = {
    .kind = "flood",
    .attacks = true,
    .reads = true,
    .turn = turn,
    .next = next,
    .done = done,
    .connected = connected,
    .answered = answered,
    .ended = ended,
};
