/* A party is a number of clients that behave alike, on a thread of its own: healthy ones, or one
 * kind of attackers. Here is what all have in common: connections, replies, and the counts.
 *
 * What counts as what, for each request:
 *
 *   sent       a byte of it was sent, on a connection that a look right before had shown to be open
 *   answered   its reply came whole; also with another status than expected, which is "status" too
 *   reset, closed, timeout, malformed
 *              it was sent and no whole reply came: the connection was reset, was closed, nothing
 *              more came in time, the reply could not be read. Together they are "lost"
 *   refused, unconnected
 *              it was not sent: no connection could be made; none was made in time
 *   failed     lost, refused, unconnected and status
 *
 * No failure is what the server may do at any time: to close a connection while no request is on
 * its way ("closed_idle"), or after a reply that said so ("said_close"; requests that were
 * pipelined behind it were not sent in that sense). A request that crosses the closing of an idle
 * connection is lost: HTTP lets a client repeat some of those, but a server that takes care loses
 * none. */
#ifndef SIEGE_PARTY_H
#define SIEGE_PARTY_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "latency.h"
#include "reply.h"
#include "transport.h"

static const uint64_t SECOND_NS = UINT64_C(1000000000);

enum tally {
  TALLY_TRIED,  /* connections begun */
  TALLY_OPENED, /* of them, made */
  TALLY_OPEN,   /* open at this moment */
  TALLY_SENT,
  TALLY_ANSWERED,
  TALLY_STATUS,
  TALLY_RESET,
  TALLY_CLOSED,
  TALLY_TIMEOUT,
  TALLY_MALFORMED,
  TALLY_REFUSED,
  TALLY_UNCONNECTED,
  TALLY_CLOSED_IDLE,
  TALLY_SAID_CLOSE,
  TALLIES
};

enum { STATUS_MAX = 600, ADDRESSES_MAX = 65536 };

/* Before the attackers come, and after. */
enum phase { PHASE_CALM, PHASE_SIEGE, PHASES };

/* What is the same for all parties. */
struct siege {
  uint16_t port; /* where nothing else is said */
  uint64_t begin_ns, siege_ns;
  _Atomic uint64_t end_ns; /* no healthy client asks anything after */
  atomic_bool over;        /* everybody leaves */
};

/* One party's options, as given on the command line. */
struct settings {
  const char *name, *from, *targets, *path, *token, *part;
  int clients, addresses, depth, renew, requests, status, port, tls;
  double rate, interval, timeout, reopen, ramp;
};

/* A request, ready to be sent. */
struct target {
  char *bytes;
  size_t length;
  size_t number_at; /* where ten digits go that differ each time; 0: nowhere */
  int status;       /* the reply's, if all is well; 0: any */
};

enum client_state { CLIENT_AWAY, CLIENT_CONNECTING, CLIENT_CONNECTED };

struct client {
  struct transport transport;
  enum client_state state;
  struct in_addr source;
  const struct target *target; /* the latest one */
  size_t asked;                /* on this connection */
  size_t awaited;              /* replies to what was sent */
  size_t sent;                 /* bytes of a slow request */
  uint64_t due_ns;             /* when the request should have been sent */
  uint64_t since_ns;           /* when it was begun */
  uint64_t act_ns;             /* when to act next */
  bool resting;                /* in the queue of those with nothing to do */
  struct reply reply;
  char *rest; /* what the socket did not take yet */
  size_t rest_length, rest_used;
};

struct party;

/* How a connection ends. */
enum ending { ENDING_CLOSED, ENDING_RESET, ENDING_TIMEOUT, ENDING_MALFORMED };

struct behaviour {
  const char *kind;
  bool attacks;      /* begins after the calm, at a low priority */
  bool reads;        /* replies are read as they come */
  int receive_bytes; /* size of the socket's buffer, 0 for the kernel's own idea */
  void (*turn)(struct party *party, uint64_t now);           /* does what is due */
  uint64_t (*next)(const struct party *party, uint64_t now); /* when `turn` is due again */
  bool (*done)(const struct party *party, uint64_t now);
  void (*connected)(struct party *party, struct client *client, uint64_t now);
  void (*answered)(struct party *party, struct client *client, int status, uint64_t now);
  void (*ended)(struct party *party, struct client *client, uint64_t now); /* its connection */
};

struct party {
  const struct behaviour *behaviour;
  struct settings settings;
  struct siege *siege;
  struct client *clients;
  struct target *targets;
  size_t target_count, issued;
  struct client **resting; /* a queue of them */
  size_t resting_first, resting_count, busy, cursor;
  uint64_t looked_ns, paused_until_ns, turned_ns;
  double budget; /* connections that may be opened now */
  int epoll;
  struct ssl_ctx_st *tls; /* NULL: not by TLS */
  char *bytes;            /* what was read last */
  atomic_bool finished;
  _Atomic int64_t tallies[PHASES][TALLIES];
  _Atomic uint64_t statuses[STATUS_MAX];
  struct latency latencies[PHASES];
};

extern const struct behaviour healthy_behaviour, slowloris_behaviour, idle_behaviour,
    flood_behaviour, slow_reader_behaviour, pipeline_behaviour;

_Noreturn void die(const char *what);
uint64_t now_ns(void);

/* Makes clients and targets; `settings` are borrowed. */
void party_init(struct party *party, const struct behaviour *behaviour,
                const struct settings *settings, struct siege *siege);

/* The thread: until the behaviour is done, or all is over. */
void *party_run(void *party);

void party_count(struct party *party, enum tally tally, int64_t change);

/* Begins to connect. `connected` is called later, or `ended`. */
void client_open(struct party *party, struct client *client, uint64_t now);

/* Without counting anything; `abrupt`: by a reset, so that no port stays taken. */
void client_close(struct party *party, struct client *client, bool abrupt);

/* The connection is no more, or is given up: counts what that means, closes it, calls `ended`. */
void client_end(struct party *party, struct client *client, enum ending ending, uint64_t now);

/* Sends, and keeps what the socket does not take for later. false: the connection has ended. */
bool client_send(struct party *party, struct client *client, const char *bytes, size_t length,
                 uint64_t now);

/* Sends the next of the targets, and counts it. */
bool client_ask(struct party *party, struct client *client, uint64_t now);

/* Reads up to `most` bytes and acts on what they complete. */
void client_read(struct party *party, struct client *client, size_t most, uint64_t now);

/* From the settings: the lines of the file, or the one path. */
void targets_read(struct party *party);

#endif
