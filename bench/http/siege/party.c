/* Connections and counts that all parties have in common, and their thread's loop (party.h). */
#include "party.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 65536, EVENTS = 256, ATTACKERS_NICE = 15 };

_Noreturn void die(const char *what)
{
  fprintf(stderr, "bench_siege: %s: %s\n", what, strerror(errno));
  exit(1);
}

uint64_t now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

void party_count(struct party *party, enum tally tally, int64_t change)
{
  enum phase phase = now_ns() < party->siege->siege_ns ? PHASE_CALM : PHASE_SIEGE;
  atomic_fetch_add_explicit(&party->tallies[phase][tally], change, memory_order_relaxed);
}

/* --- Beginning and end of a connection --- */

static void connect_client(const struct party *party, struct client *client)
{
  const int one = 1, receive_bytes = party->behaviour->receive_bytes;
  int port = party->settings.port ? party->settings.port : party->siege->port;
  struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr = client->source};
  struct sockaddr_in server = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                              .data.ptr = client};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || !transport_open(&client->transport, fd, party->tls)) die("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (receive_bytes > 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  if (bind(fd, (struct sockaddr *)&source, sizeof source)) die("bind");
  if (epoll_ctl(party->epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
  if (connect(fd, (struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS)
    die("connect"); /* a refusal comes as an event */
}

void client_open(struct party *party, struct client *client, uint64_t now)
{
  client->state = CLIENT_CONNECTING;
  client->asked = client->awaited = client->sent = 0;
  client->since_ns = now;
  reply_reset(&client->reply);
  party_count(party, TALLY_TRIED, 1);
  connect_client(party, client);
}

void client_close(struct party *party, struct client *client, bool abrupt)
{
  if (client->state == CLIENT_AWAY) return;
  if (client->state == CLIENT_CONNECTED) party_count(party, TALLY_OPEN, -1);
  if (abrupt)
    setsockopt(client->transport.socket, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
               sizeof(struct linger));
  transport_close(&client->transport);
  free(client->rest);
  client->rest = NULL;
  client->state = CLIENT_AWAY;
}

static void count_ending(struct party *party, const struct client *client, enum ending ending)
{
  static const enum tally lost[] = {TALLY_CLOSED, TALLY_RESET, TALLY_TIMEOUT, TALLY_MALFORMED};
  if (client->state == CLIENT_CONNECTING)
    party_count(party, ending == ENDING_TIMEOUT ? TALLY_UNCONNECTED : TALLY_REFUSED, 1);
  else if (client->awaited > 0)
    party_count(party, lost[ending], (int64_t)client->awaited);
  else
    party_count(party, TALLY_CLOSED_IDLE, 1);
}

void client_end(struct party *party, struct client *client, enum ending ending, uint64_t now)
{
  count_ending(party, client, ending);
  client_close(party, client, party->behaviour->attacks);
  party->behaviour->ended(party, client, now);
}

/* --- Sending --- */

static void keep_rest(struct client *client, const char *bytes, size_t length)
{
  char *rest = malloc(length);
  if (!rest) die("memory");
  memcpy(rest, bytes, length);
  free(client->rest);
  client->rest = rest;
  client->rest_length = length;
  client->rest_used = 0;
}

bool client_send(struct party *party, struct client *client, const char *bytes, size_t length,
                 uint64_t now)
{
  ssize_t sent = transport_send(&client->transport, bytes, length);
  if (sent < 0 && errno != EAGAIN) {
    client_end(party, client, ENDING_RESET, now);
    return false;
  }
  size_t done = sent < 0 ? 0 : (size_t)sent;
  if (done < length) keep_rest(client, bytes + done, length - done);
  return true;
}

static bool send_rest(struct party *party, struct client *client, uint64_t now)
{
  while (client->rest) {
    ssize_t sent = transport_send(&client->transport, client->rest + client->rest_used,
                                  client->rest_length - client->rest_used);
    if (sent < 0 && errno == EAGAIN) return true;
    if (sent < 0) {
      client_end(party, client, ENDING_RESET, now);
      return false;
    }
    client->rest_used += (size_t)sent;
    if (client->rest_used < client->rest_length) continue;
    free(client->rest);
    client->rest = NULL;
  }
  return true;
}

bool client_ask(struct party *party, struct client *client, uint64_t now)
{
  const struct target *target = client->target;
  char digits[11];
  if (target->number_at > 0) {
    snprintf(digits, sizeof digits, "%010zu", party->issued % 10000000000);
    memcpy(target->bytes + target->number_at, digits, 10);
  }
  client->asked++;
  client->awaited++;
  party_count(party, TALLY_SENT, 1);
  return client_send(party, client, target->bytes, target->length, now);
}

/* --- Receiving --- */

/* A whole reply is there; the connection may be gone afterwards. */
static void take_reply(struct party *party, struct client *client, uint64_t now)
{
  int status = client->reply.status;
  bool close = client->reply.close;
  const struct target *target = client->target;
  reply_reset(&client->reply);
  client->awaited--;
  party_count(party, TALLY_ANSWERED, 1);
  if (status < STATUS_MAX)
    atomic_fetch_add_explicit(&party->statuses[status], 1, memory_order_relaxed);
  if (target && target->status != 0 && target->status != status)
    party_count(party, TALLY_STATUS, 1);
  party->behaviour->answered(party, client, status, now);
  if (!close || client->state == CLIENT_AWAY) return;
  party_count(party, TALLY_SAID_CLOSE, 1);
  client_close(party, client, party->behaviour->attacks);
  party->behaviour->ended(party, client, now);
}

/* Bytes that nobody asked for are a server's last words on an idle connection. */
static void take_bytes(struct party *party, struct client *client, size_t length, uint64_t now)
{
  for (size_t begin = 0, used; begin < length && client->state == CLIENT_CONNECTED; begin += used) {
    if (client->awaited == 0) {
      client_end(party, client, ENDING_CLOSED, now);
      return;
    }
    switch (reply_feed(&client->reply, party->bytes + begin, length - begin, &used)) {
    case REPLY_MORE:
      break;
    case REPLY_DONE:
      take_reply(party, client, now);
      break;
    case REPLY_MALFORMED:
      client_end(party, client, ENDING_MALFORMED, now);
      break;
    }
  }
}

void client_read(struct party *party, struct client *client, size_t most, uint64_t now)
{
  size_t left = most;
  while (left > 0 && client->state == CLIENT_CONNECTED) {
    size_t wanted = left < READ_BYTES ? left : READ_BYTES;
    ssize_t got = transport_receive(&client->transport, party->bytes, wanted);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      client_end(party, client, got == 0 ? ENDING_CLOSED : ENDING_RESET, now);
      return;
    }
    left -= (size_t)got;
    take_bytes(party, client, (size_t)got, now);
  }
}

/* --- The loop --- */

/* Whether the connection is made; an event of one that was closed meanwhile says nothing. */
static bool finish_connecting(struct party *party, struct client *client, uint64_t now)
{
  int problem = 0;
  socklen_t length = sizeof problem;
  struct sockaddr_in peer;
  socklen_t peer_length = sizeof peer;
  getsockopt(client->transport.socket, SOL_SOCKET, SO_ERROR, &problem, &length);
  if (problem != 0) {
    client_end(party, client, ENDING_RESET, now);
    return false;
  }
  if (getpeername(client->transport.socket, (struct sockaddr *)&peer, &peer_length)) return false;
  int ready = transport_handshake(&client->transport);
  if (ready < 0) client_end(party, client, ENDING_RESET, now);
  if (ready <= 0) return false;
  client->state = CLIENT_CONNECTED;
  party_count(party, TALLY_OPENED, 1);
  party_count(party, TALLY_OPEN, 1);
  party->behaviour->connected(party, client, now);
  return client->state == CLIENT_CONNECTED;
}

static void on_event(struct party *party, struct client *client, uint32_t events, uint64_t now)
{
  if (client->state == CLIENT_AWAY) return;
  if (client->state == CLIENT_CONNECTING && !finish_connecting(party, client, now)) return;
  if ((events & EPOLLOUT) && !send_rest(party, client, now)) return;
  if (party->behaviour->reads)
    client_read(party, client, SIZE_MAX, now);
  else if (events & (EPOLLERR | EPOLLHUP))
    client_end(party, client, ENDING_RESET, now);
}

static void wait_and_act(struct party *party)
{
  struct epoll_event events[EVENTS];
  uint64_t now = now_ns(), next = party->behaviour->next(party, now);
  uint64_t left = next > now ? next - now : 0;
  if (left > SECOND_NS / 10) left = SECOND_NS / 10; /* to see that all is over */
  struct timespec timeout = {0, (long)left};
  int count = epoll_pwait2(party->epoll, events, EVENTS, &timeout, NULL);
  if (count < 0 && errno != EINTR) die("epoll_pwait2");
  for (int i = 0; i < count; i++) on_event(party, events[i].data.ptr, events[i].events, now_ns());
}

void *party_run(void *context)
{
  struct party *party = context;
  prctl(PR_SET_TIMERSLACK, 1); /* requests are due to the microsecond */
  if (party->behaviour->attacks)
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), ATTACKERS_NICE);
  party->turned_ns = now_ns();
  for (uint64_t now; !atomic_load(&party->siege->over);) {
    now = now_ns();
    if (now >= party->siege->siege_ns || !party->behaviour->attacks)
      party->behaviour->turn(party, now);
    if (party->behaviour->done(party, now)) break;
    wait_and_act(party);
  }
  atomic_store(&party->finished, true);
  return NULL;
}

/* --- The beginning --- */

void party_init(struct party *party, const struct behaviour *behaviour,
                const struct settings *settings, struct siege *siege)
{
  size_t count = (size_t)settings->clients;
  struct in_addr first;
  party->behaviour = behaviour;
  party->settings = *settings;
  party->siege = siege;
  party->clients = calloc(count, sizeof *party->clients);
  party->resting = calloc(count, sizeof *party->resting);
  party->bytes = malloc(READ_BYTES);
  party->epoll = epoll_create1(0);
  if (settings->tls && !(party->tls = transport_context())) die("TLS");
  if (!party->clients || !party->resting || !party->bytes || party->epoll < 0) die("party");
  if (inet_aton(settings->from, &first) == 0) die(settings->from);
  for (size_t i = 0; i < count; i++) {
    uint32_t offset = (uint32_t)(i % (size_t)settings->addresses);
    party->clients[i].transport.socket = -1;
    party->clients[i].source.s_addr = htonl(ntohl(first.s_addr) + offset);
  }
  targets_read(party);
}
