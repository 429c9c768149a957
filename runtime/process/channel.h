/* What supervisor, builder and workers tell each other: short messages over a pair of sockets, each
 * with at most one file descriptor. A message comes whole or not at all (SOCK_SEQPACKET).
 *
 * Both ends are this program, but what comes from a worker is checked like input: it may have been
 * taken over. */
#ifndef WRIT_PROCESS_CHANNEL_H
#define WRIT_PROCESS_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { CHANNEL_TEXT_BYTES = 512 };

enum channel_kind {
  CHANNEL_BUILD = 1, /* supervisor to builder: begin; with what is served, if it is not the first */
  CHANNEL_READ,      /* builder: all files have been read; `text` is source_tree_hash */
  CHANNEL_BUNDLE,    /* builder to supervisor, supervisor to worker: a generation */
  CHANNEL_SERVING,   /* worker: it serves this generation */
  CHANNEL_FAILED,    /* builder, worker: that did not work, `text` says why */
  CHANNEL_DRAIN,     /* supervisor to worker: finish what has begun, and end */
  CHANNEL_ABORT      /* and close all connections now */
};

struct channel_message {
  uint64_t kind; /* enum channel_kind */
  uint64_t generation;
  char text[CHANNEL_TEXT_BYTES]; /* ends in 0 */
};

/* Two ends, both close-on-exec and nonblocking. */
int channel_pair(int ends[2], struct error *error);

/* Sends a message, with a file descriptor (or -1), which stays the caller's. False if the other end
 * is gone, or does not read: nothing here ever waits. */
bool channel_send(int end, const struct channel_message *message, int fd);

enum channel_result { CHANNEL_RECEIVED, CHANNEL_NOTHING, CHANNEL_ENDED };

/* Receives a message. *fd is the receiver's, or -1: also of a message that was sent with one, where
 * this process has as many as it may. Anything but a whole, known message ends the channel. */
enum channel_result channel_receive(int end, struct channel_message *message, int *fd);

/* Waits for one. */
enum channel_result channel_wait(int end, struct channel_message *message, int *fd);

#endif
