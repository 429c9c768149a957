/* Clients that do nothing wrong: kept-alive connections with one request under way each.
 *
 * With a rate, requests are due at fixed times, whatever the server does (an open loop): one that
 * finds no free client waits for it, and its latency counts from when it was due, connecting
 * included. So a stall is felt by all that it holds up. Without a rate, each client asks again when
 * it has its reply (a closed loop).
 *
 * A client whose connection is gone makes a new one for its next request; with "renew" it leaves
 * after so many replies of its own accord. */
#include "party.h"

static uint64_t timeout_ns(const struct party *party)
{
  return (uint64_t)(party->settings.timeout * 1e9);
}

/* --- Those who have nothing to do: the one that waited longest is next --- */

static void rest(struct party *party, struct client *client)
{
  size_t count = (size_t)party->settings.clients;
  if (client->resting) return;
  client->resting = true;
  party->resting[(party->resting_first + party->resting_count++) % count] = client;
  party->busy--;
}

static struct client *take_resting(struct party *party)
{
  struct client *client = party->resting[party->resting_first];
  party->resting_first = (party->resting_first + 1) % (size_t)party->settings.clients;
  party->resting_count--;
  party->busy++;
  client->resting = false;
  return client;
}

/* --- One request --- */

static void ask(struct party *party, struct client *client, uint64_t due_ns, uint64_t now)
{
  client->due_ns = due_ns;
  client->target = &party->targets[party->issued++ % party->target_count];
  client->since_ns = now;
  if (client->state == CLIENT_CONNECTED && transport_has_ended(&client->transport)) {
    party_count(party, TALLY_CLOSED_IDLE, 1);
    client_close(party, client, false);
  }
  if (client->state == CLIENT_AWAY)
    client_open(party, client, now);
  else
    client_ask(party, client, now);
}

static void connected(struct party *party, struct client *client, uint64_t now)
{
  client_ask(party, client, now);
}

static void answered(struct party *party, struct client *client, int status, uint64_t now)
{
  int expected = client->target->status;
  if (expected == 0 || expected == status)
    latency_note(
        &party->latencies[client->due_ns < party->siege->siege_ns ? PHASE_CALM : PHASE_SIEGE],
        now - client->due_ns);
  if (party->settings.renew > 0 && client->asked >= (size_t)party->settings.renew)
    client_close(party, client, false);
  rest(party, client);
}

/* Who asks at once again gives a server that is not there a moment. */
static void ended(struct party *party, struct client *client, uint64_t now)
{
  if (client->resting) return;
  if (party->settings.rate <= 0) party->paused_until_ns = now + SECOND_NS / 100;
  rest(party, client);
}

/* --- What is due --- */

static uint64_t next_due(const struct party *party, uint64_t now)
{
  if (party->settings.rate <= 0) return now > party->paused_until_ns ? now : party->paused_until_ns;
  return party->siege->begin_ns + (uint64_t)((double)party->issued * 1e9 / party->settings.rate);
}

static void give_up_late(struct party *party, uint64_t now)
{
  if (now < party->looked_ns + SECOND_NS / 10) return;
  party->looked_ns = now;
  for (int i = 0; i < party->settings.clients; i++) {
    struct client *client = &party->clients[i];
    if (!client->resting && now > client->since_ns + timeout_ns(party))
      client_end(party, client, ENDING_TIMEOUT, now);
  }
}

/* Whether there is something to ask, now or later. */
static bool has_more(const struct party *party, uint64_t at_ns)
{
  size_t requests = (size_t)party->settings.requests;
  return at_ns < atomic_load(&party->siege->end_ns) && (requests == 0 || party->issued < requests);
}

static void turn(struct party *party, uint64_t now)
{
  uint64_t due;
  if (party->looked_ns == 0) { /* the first time */
    party->busy = (size_t)party->settings.clients;
    for (int i = 0; i < party->settings.clients; i++) rest(party, &party->clients[i]);
  }
  give_up_late(party, now);
  while (party->resting_count > 0 && (due = next_due(party, now)) <= now && has_more(party, due))
    ask(party, take_resting(party), due, now);
}

static uint64_t next(const struct party *party, uint64_t now)
{
  return party->resting_count > 0 && has_more(party, now) ? next_due(party, now) : UINT64_MAX;
}

static bool done(const struct party *party, uint64_t now)
{
  return !has_more(party, now) && party->busy == 0;
}

const struct behaviour healthy_behaviour = {
    .kind = "healthy",
    .reads = true,
    .turn = turn,
    .next = next,
    .done = done,
    .connected = connected,
    .answered = answered,
    .ended = ended,
};
